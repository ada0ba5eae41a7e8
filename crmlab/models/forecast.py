"""What customers will buy and spend in a horizon, simulated from the posterior predictive.

Every draw takes parameters as uncertain as the fit left them; then, for each customer, whether they are still one, a
rate, a dropout probability and a spend of their own given their history; then the purchases themselves. The intervals
therefore cover what will happen, not only where its mean lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together
from crmlab.estimate import Estimate
from crmlab.language import count, number, tr
from crmlab.models.buying.base import DAYS_PER_YEAR, BuyingModel, Seen
from crmlab.models.draws import fixed_parameters, parameter_draws
from crmlab.models.expectations import length
from crmlab.models.histories import check_columns, distinct_rows, histories, row_weights
from crmlab.models.results import Diagnosis, serious_first
from crmlab.models.simulated import Horizon, simulate
from crmlab.models.spending.gamma_gamma import GammaGamma, expected_spend, spend_seen

Vector = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST_DRAWS = 100
CELLS = 1_000_000  # customers times draws held at a time, or purchases where these are more: some 100 MB
COLUMNS = [
    "customer_id",
    "p_alive",
    "purchases",
    "purchases_low",
    "purchases_high",
    "value",
    "value_low",
    "value_high",
]
BOUNDS = ("purchases_low", "purchases_high", "value_low", "value_high")


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Purchases and revenue of a horizon that begins where the observation ends.

    Attributes
    ----------
    customers : DataFrame
        One row a customer, in the order and with the index of the table asked about: `customer_id`, `p_alive`,
        `purchases`, `purchases_low`, `purchases_high`, `value`, `value_low`, `value_high`. Point values are
        expectations under the fitted parameters; low and high are a prediction interval of what this one customer
        will do, so low is often 0. Customers with the same history have the same row.
    total_purchases, total_value, buyers : Estimate
        Purchases, discounted revenue, and customers who buy at least once. The interval is a prediction interval; the
        value is the expectation under the fitted parameters (of `buyers`: the mean of the draws).
    horizon_days : float
        Length of the horizon; in opportunities where the model counts these.
    discount_rate_per_year : float
        Effective annual rate at which each purchase is discounted, from its own time to the start of the horizon.
    diagnosis : tuple of Diagnosis
        That of both models and of the forecast itself, serious things first.
    """

    customers: pd.DataFrame
    total_purchases: Estimate
    total_value: Estimate
    buyers: Estimate
    horizon_days: float
    discount_rate_per_year: float
    diagnosis: tuple[Diagnosis, ...]


def forecast(
    model: BuyingModel,
    spending: GammaGamma,
    customers: pd.DataFrame,
    *,
    horizon_days: float | None = None,
    periods: float | None = None,
    rng: np.random.Generator,
    n_draws: int = 1000,
    level: float = 0.95,
    discount_rate_per_year: float = 0.0,
) -> Forecast:
    """Purchases and revenue of each customer and of all in a horizon from now on, with prediction intervals.

    The order of the rows and the ids change nothing: customers are sorted by their histories before chance comes in.

    Parameters
    ----------
    model, spending : BuyingModel, GammaGamma
        Fitted models, to these customers or to others like them.
    customers : DataFrame
        A customer summary. The horizon begins where its observation ends. Where a column `weight` says that a row
        stands for several customers, the totals are of all of them, and the row is that of each.
    horizon_days, periods : float
        The length of the horizon, above 0: one of the two, in days or in the model's unit of time.
    rng : numpy.random.Generator
        The only source of chance.
    n_draws : int
        At least 100.
    level : float
        Of the prediction intervals.
    discount_rate_per_year : float
        Effective annual rate, 0 or more; nominal where values are in the money of their day.

    Raises
    ------
    DataError
        If `customers` is no customer summary, or mean spend does not exist (q ≤ 1).
    ParameterError
        If an argument is out of range; all of them are named at once.
    """
    _check(customers, n_draws, level, discount_rate_per_year, horizon_days=horizon_days, periods=periods)
    days = float(length(model, horizon_days=horizon_days, periods=periods))
    decay = float(np.log1p(discount_rate_per_year)) / DAYS_PER_YEAR
    points = _points(model, spending, customers, days, discount_rate_per_year)
    buying = parameter_draws(rng, model, n_draws)
    spend = parameter_draws(rng, spending, n_draws)
    rows, place, weights = distinct_rows(*_seen(customers), weights=row_weights(customers))
    likely = np.empty(len(rows))
    likely[place] = points["purchases"]
    drawn = _Drawn(len(rows), n_draws, level)
    unit = float(model.in_units(1))
    horizon = Horizon(days * unit, decay / unit)
    for chunk in _chunks(np.repeat(np.arange(len(rows)), weights.astype(np.int64)), likely, n_draws):
        x, t_x, T, m = rows[chunk].T
        seen = Seen(x, t_x * unit, T * unit, m)
        drawn.take(chunk, *simulate(rng, model, seen, buying, spend, horizon=horizon, gamma_at=spending.gamma_at))
    bounds = pd.DataFrame(drawn.bounds[place], index=customers.index, columns=list(BOUNDS))
    total_purchases, total_value, buyers = drawn.totals(points, row_weights(customers), _window(model, days))
    own = [found for found in map(fixed_parameters, (model, spending)) if found]
    return Forecast(
        customers=points.join(bounds)[COLUMNS],
        total_purchases=total_purchases,
        total_value=total_value,
        buyers=buyers,
        horizon_days=days,
        discount_rate_per_year=discount_rate_per_year,
        diagnosis=serious_first([*own, *model.diagnosis, *spending.diagnosis]),
    )


class _Drawn:
    """What was drawn so far: totals by draw, and bounds by history."""

    def __init__(self, n_histories: int, n_draws: int, level: float) -> None:
        self.level = level
        self.bounds = np.zeros((n_histories, len(BOUNDS)))
        self.purchases = np.zeros(n_draws)
        self.value = np.zeros(n_draws)
        self.buyers = np.zeros(n_draws)

    def take(self, chunk: Places, purchases: Places, value: Vector) -> None:
        """Purchases and value of the customers with the histories `chunk`, customers by draws."""
        self.purchases += purchases.sum(axis=0)
        self.value += value.sum(axis=0)
        self.buyers += (purchases > 0).sum(axis=0)
        # All who share a history get the bounds of the first of them, whatever their order.
        first = np.r_[True, chunk[1:] != chunk[:-1]]
        self.bounds[chunk[first]] = np.column_stack(
            [*_bounds(purchases[first], self.level), *_bounds(value[first], self.level)]
        )

    def totals(self, points: pd.DataFrame, weights: Vector, window: str) -> tuple[Estimate, Estimate, Estimate]:
        """Purchases, value and buyers of all."""
        n = int(weights.sum())
        # Sorted, so that the order of the rows does not change the last digit.
        purchases, value = (float(np.sort(points[name] * weights).sum()) for name in ("purchases", "value"))
        return (
            self._total(purchases, self.purchases, n, window),
            self._total(value, self.value, n, window),
            self._total(float(self.buyers.mean()), self.buyers, n, window),
        )

    def _total(self, value: float, draws: Vector, n: int, window: str) -> Estimate:
        low, high = _bounds(draws[None, :], self.level)
        return Estimate(
            value=value,
            low=float(low[0]),
            high=float(high[0]),
            n=n,
            level=self.level,
            method=tr(
                "prediction interval: {n} draws of the posterior predictive, parameters included", n=count(draws.size)
            ),
            denominator=tr("all customers with a purchase up to the last day observed"),
            window=window,
            evidence="model",
        )


def _window(model: BuyingModel, horizon: float) -> str:
    if model.time_unit == "opportunity":
        return tr("the {n} opportunities to buy after the last one observed", n=number(horizon, 0))
    return tr("the {n} days after the last day observed", n=number(horizon, 0))


def _bounds(draws: NDArray[Any], level: float) -> tuple[Vector, Vector]:
    """The two order statistics of each row that leave (1 − level) / 2 of n + 1 places outside, or less."""
    n = draws.shape[1]
    low = max(int((n + 1) * (1 - level) / 2) - 1, 0)
    high = n - 1 - low
    ordered = np.partition(draws, (low, high), axis=1)
    return ordered[:, low].astype(np.float64), ordered[:, high].astype(np.float64)


def _points(
    model: BuyingModel,
    spending: GammaGamma,
    customers: pd.DataFrame,
    horizon_days: float,
    discount_rate_per_year: float,
) -> pd.DataFrame:
    """The expectations of each customer: `customer_id`, `p_alive`, `purchases`, `value`."""
    of = histories(customers)
    here = model.alive(of)
    plain = here * model.purchases_if_alive(of, horizon_days=horizon_days)
    discounted = here * model.purchases_if_alive(
        of, horizon_days=horizon_days, discount_rate_per_year=discount_rate_per_year
    )
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "p_alive": of.per_customer(here),
            "purchases": of.per_customer(plain),
            "value": of.per_customer(discounted) * expected_spend(spending, customers).to_numpy(),
        },
        index=customers.index,
    )


def _seen(customers: pd.DataFrame) -> tuple[Vector, Vector, Vector, Vector]:
    x, m = spend_seen(customers)
    return x, customers["t_x"].to_numpy(dtype="float64"), customers["T"].to_numpy(dtype="float64"), m


def _chunks(histories_: Places, likely: Vector, n_draws: int) -> Iterator[Places]:
    """`histories_` in parts that need about as much memory as `CELLS` numbers in each of some ten arrays."""
    load = np.cumsum(n_draws * (1 + likely[histories_]))
    return iter(np.split(histories_, np.flatnonzero(np.diff(load // CELLS)) + 1))


def _check(
    customers: pd.DataFrame, n_draws: int, level: float, discount_rate_per_year: float, **horizon: float | None
) -> None:
    check_columns(customers, ("customer_id",))
    given = {name: value for name, value in horizon.items() if value is not None}
    rules = [
        *((0 < value < np.inf, f"{name} is {value}; it is above 0") for name, value in given.items()),
        (n_draws >= LEAST_DRAWS, f"n_draws is {n_draws}; it is at least {LEAST_DRAWS}"),
        (0 < level < 1, f"level is {level}; it is between 0 and 1"),
        (
            0 <= discount_rate_per_year < np.inf,
            f"discount_rate_per_year is {discount_rate_per_year}; it is 0 or more, 0.2 for 20 % a year",
        ),
    ]
    problems = [problem for holds, problem in rules if not holds]
    if problems:
        raise ParameterError(together("purchases cannot be forecast:", problems))
