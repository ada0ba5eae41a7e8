"""The NBD: customers who buy at a rate of their own and never leave, against which dropout has to show itself.

Purchases come at a rate λ of the customer's own, and λ is Gamma(r, rate α) among customers, so their number is negative
binomial (Ehrenberg 1959, Applied Statistics 8(1)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, psi

from crmlab.models.buying import diagnosis
from crmlab.models.buying.base import DAYS_PER_YEAR, BuyingModel, Counts, Future, Seen, check_horizon, due_at_rates
from crmlab.models.buying.counting import nbd_counts
from crmlab.models.buying.fitting import Scaled, found_in_units, maximum, scaled
from crmlab.models.histories import Histories, by_count
from crmlab.models.maximise import Maximum
from crmlab.models.results import TimeUnit, not_converged

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class NBD(BuyingModel):
    """The NBD model of repeat purchases: `r`, `alpha`; nobody leaves, so everybody is still a customer."""

    name: ClassVar[str] = "NBD"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha")

    @staticmethod
    def alive_given(params: Mapping[str, Any], x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Probability of still being a customer: 1."""
        return np.ones(np.broadcast_shapes(np.shape(params["r"]), np.shape(x), np.shape(t_x), np.shape(T)))

    @staticmethod
    def future(rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Purchases of the horizon, at rates λ ~ Gamma(r + x, α + T)."""
        made = due_at_rates(rng, seen, params, horizon)
        return Future(made, np.ones(made.shape), np.zeros(made.shape, dtype=bool))

    def purchases_if_alive(self, of: Histories, *, horizon_days: float, discount_rate_per_year: float = 0.0) -> Vector:
        """Purchases expected in the horizon, each discounted to today, one a history: they come evenly."""
        check_horizon(horizon_days)
        decay = np.log1p(discount_rate_per_year) / DAYS_PER_YEAR
        lasting = -np.expm1(-decay * horizon_days) / decay if decay > 0 else horizon_days
        rate = (self.params["r"] + of.x) / (self.params["alpha"] + self.in_units(of.T))
        return np.asarray(rate * self.in_units(lasting))

    def counts(self, n: Counts, days: Vector) -> Vector:
        """P(X(t) = n) of a new customer, negative binomial."""
        return nbd_counts(n, self.in_units(days), self.params["r"], self.params["alpha"])


def fit_nbd(customers: pd.DataFrame, *, time_unit: TimeUnit = "week") -> NBD:
    """The NBD model of `customers`, who are taken never to leave; asked for and refused as by `fit_bgnbd`.

    Its log-likelihood is of the times of the purchases, as that of the models with dropout, so the two compare.
    """
    data = scaled(customers, time_unit)
    found = nbd_maximum(data)
    values = np.exp(found.theta) * [1, data.units]
    said = diagnosis.few_customers(data.repeat_buyers) + not_converged(found)
    said += diagnosis.flat(found, dict(zip(NBD.parameters, values.tolist(), strict=True)))
    return NBD(**found_in_units(data, found, NBD.parameters, times=("alpha",), diagnosis=said))


def nbd_maximum(data: Scaled) -> Maximum:
    """Where the likelihood of the NBD is largest, time in units of `data.scale`."""
    mean = float(np.average(data.of.x, weights=data.of.weights))
    # With T about 1 the mean of the rates is about that of the repeat purchases.
    starts = [np.log([r, r / mean]) for r in (0.5, 5.0)]
    return maximum(data, log_likelihood, starts)


def log_likelihood(theta: Vector, x: Vector, t_x: Vector, T: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood of the NBD and its gradient, at the logarithms of r and α.

    The density of the x purchase times, Γ(r + x) / Γ(r) · α^r / (α + T)^(r+x): when they were does not matter, so
    `t_x` is not used. `T` and α are in one unit of time.
    """
    del t_x
    r, alpha = np.exp(theta)
    n = float(weights.sum())
    numbers, times = by_count(x, weights)
    at_end = weights * np.log(alpha + T)
    value = (gammaln(r + numbers) - gammaln(r)) @ times + n * r * theta[1] - ((r + x) * at_end).sum()
    slopes = [
        (psi(r + numbers) - psi(r)) @ times + n * theta[1] - at_end.sum(),
        n * r / alpha - (weights * (r + x) / (alpha + T)).sum(),
    ]
    return float(value), np.array(slopes) * np.exp(theta)
