"""The BG/BB model of purchases that can be made only at given times: seasons, yearly fairs, monthly boxes.

At each opportunity a customer who is still one buys with a probability p of their own; before each they leave for good
with a probability θ of their own. p is Beta(α, β) and θ is Beta(γ, δ) among customers, independently (Fader, Hardie and
Shang 2010, Marketing Science 29(6)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError
from crmlab.models.buying.base import FORGOTTEN, BuyingModel, Counts, Future, Seen, check_horizon
from crmlab.models.buying.bgbb_fit import fitted_fields
from crmlab.models.buying.bgbb_likelihood import alive_at_next, count_probability
from crmlab.models.histories import Histories, histories

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BGBB(BuyingModel):
    """The BG/BB model of purchases at opportunities: `alpha`, `beta`, `gamma`, `delta` (Fader, Hardie and Shang 2010).

    Attributes
    ----------
    opportunities_per_year : float
        What ties opportunities to the calendar, for discount rates, which are by the year. NaN: not given.
    """

    opportunities_per_year: float = float("nan")

    name: ClassVar[str] = "BG/BB"
    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")

    @staticmethod
    def alive_given(params: Mapping[str, Any], x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Probability of being a customer at the next opportunity, the paper's P(alive at n + 1), eq. (11)."""
        return alive_at_next(params, np.asarray(x), np.asarray(t_x), np.asarray(T))

    @staticmethod
    def future(rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Purchases at the next `horizon` opportunities.

        Who is a customer at the next has p ~ Beta(α + x, β + n − x) and, independently, θ ~ Beta(γ, δ + n + 1). When
        within the horizon they buy is taken as uniform up to the last opportunity met.
        """
        opportunities = _whole(horizon)
        x, t_x, n = seen.x[:, None], seen.t_x[:, None], seen.T[:, None]
        buys = rng.beta(params["alpha"] + x, params["beta"] + n - x)
        leaves = rng.beta(params["gamma"], params["delta"] + n + 1)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            more = np.floor(np.log1p(-rng.random(leaves.shape)) / np.log1p(-leaves))
        met = np.minimum(1 + np.where(leaves > 0, more, np.inf), opportunities).astype(np.int64)
        met[rng.random(met.shape) >= BGBB.alive_given(params, x, t_x, n)] = 0
        made = rng.binomial(met, buys)
        return Future(made, met / max(opportunities, 1), np.zeros(met.shape, dtype=bool))

    def purchases_if_alive(self, of: Histories, *, horizon_days: float, discount_rate_per_year: float = 0.0) -> Vector:
        """Purchases expected at so many opportunities of who is a customer at the next one, one a history.

        Summed opportunity by opportunity, each discounted to the last one seen: eq. (13) over P(alive at n + 1), which
        its closed form leaves undefined at γ = 1. The horizon is a number of opportunities.
        """
        check_horizon(horizon_days)
        alpha, beta, gamma, delta = (self.params[name] for name in ("alpha", "beta", "gamma", "delta"))
        discount = np.exp(-self._decay(discount_rate_per_year))
        ages, place = np.unique(of.T, return_inverse=True)
        total, here = np.zeros_like(ages), np.ones_like(ages)
        for ahead in range(1, _whole(horizon_days) + 1):
            total += here * discount**ahead
            here *= (delta + ages + ahead) / (gamma + delta + ages + ahead)
        return np.asarray((alpha + of.x) / (alpha + beta + of.T) * total[place])

    def residual_if_alive(self, of: Histories, *, discount_rate_per_year: float) -> Vector:
        """Purchases expected for ever of who is a customer at the next opportunity: DERT (eq. (14)) over P(alive)."""
        if discount_rate_per_year <= 0:
            raise ParameterError(
                f"discount_rate_per_year is {discount_rate_per_year}; above 0, or purchases for ever have no finite sum"
            )
        horizon = float(np.ceil(FORGOTTEN / self._decay(discount_rate_per_year)))
        return self.purchases_if_alive(of, horizon_days=horizon, discount_rate_per_year=discount_rate_per_year)

    def counts(self, n: Counts, days: Vector) -> Vector:
        """P(X(t) = n) of a new customer at the first so many opportunities, eq. (7)."""
        opportunities = np.asarray(days, dtype=np.float64)
        for one in np.unique(opportunities):
            _whole(float(one))
        return count_probability(self.params, np.asarray(n, dtype=np.int64), opportunities.astype(np.int64))

    def _decay(self, discount_rate_per_year: float) -> float:
        """The continuous rate of discount from one opportunity to the next."""
        if discount_rate_per_year == 0:
            return 0.0
        if np.isnan(self.opportunities_per_year):
            raise ParameterError(
                "BG/BB counts opportunities, and does not know how many there are in a year: "
                "give opportunities_per_year to fit_bgbb to discount by the year"
            )
        return float(np.log1p(discount_rate_per_year)) / self.opportunities_per_year


def fit_bgbb(table: pd.DataFrame, *, opportunities_per_year: float | None = None) -> BGBB:
    """The BG/BB model of the histories in `table`.

    Where a model in which nobody ever leaves (γ → 0) is as likely, that model comes back, with a serious diagnosis:
    `gamma` is then 1e-9, `delta` 1. Where customers differ so little that only the ratio of two parameters is
    determined, one of these is a million and has no standard error, and the diagnosis says what the ratio means.

    Parameters
    ----------
    table : DataFrame
        `x` (opportunities bought at, after the first purchase), `t_x` (number of the last of them, 0 without one), `n`
        (opportunities there were); optionally `weight`, how many customers a row stands for.
    opportunities_per_year : float, optional
        Needed to discount; 1 for a yearly appeal, 12 for a monthly one.

    Raises
    ------
    DataError
        If a column is missing, a history is impossible, or there are too few customers or repeat buyers.
    ParameterError
        If `opportunities_per_year` is not above 0.
    """
    if opportunities_per_year is not None and not 0 < opportunities_per_year < np.inf:
        raise ParameterError(f"opportunities_per_year is {opportunities_per_year}; it is above 0")
    per_year = np.nan if opportunities_per_year is None else opportunities_per_year
    return BGBB(opportunities_per_year=per_year, **fitted_fields(histories(table)))


def _whole(opportunities: float) -> int:
    if opportunities != np.floor(opportunities):
        raise ParameterError(f"periods is {opportunities}; BG/BB counts opportunities, which are whole numbers")
    return int(opportunities)
