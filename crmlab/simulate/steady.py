"""Customers who buy at a constant rate and never leave.

Every customer buys at a constant rate of their own and never leaves, so the number of purchases in a window is
negative binomial (NBD: Ehrenberg 1959, Applied Statistics 8(1)); spend is Gamma around a mean of their own
(Gamma–Gamma: Fader and Hardie, note 025). Nothing else is going on: no season, no trend, no returns.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.simulate.dated import Rules, Window, booked, check_positive, customer_ids, dates

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class PurchaseHistories:
    """Simulated purchases and the truth they were drawn from.

    Attributes
    ----------
    transactions : DataFrame
        `customer_id` (text), `date` (datetime64, midnight), `amount` (float, rounded to cents, at least 0.01), by
        customer and date. Two purchases on one day are two rows. A customer who bought nothing has no row.
    truth : DataFrame
        One row per customer, buyers or not: `customer_id`, `acquired` (NaT: before the window),
        `purchases_per_year` and `mean_spend`, the values planted, not the values drawn.
    start, observed_until : date
        The window, both days inclusive.
    """

    transactions: pd.DataFrame
    truth: pd.DataFrame
    start: date
    observed_until: date


@dataclass(frozen=True, kw_only=True)
class _World(Window):
    purchases_per_year: float
    r: float
    mean_spend: float
    spend_cv_between: float
    spend_cv_within: float

    def rules(self) -> Rules:
        spreads = {name: getattr(self, name) for name in ("spend_cv_between", "spend_cv_within")}
        return [
            (self.r > 0, f"r is {self.r}; it is above 0, or math.inf for customers who all buy at the same rate"),
            *self.above_zero("purchases_per_year", "mean_spend"),
            *((0 <= value < math.inf, f"{name} is {value}; it is 0 or more") for name, value in spreads.items()),
            *self.acquired_within(0),
        ]


def purchase_histories(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    purchases_per_year: float = 4.0,
    r: float = 1.0,
    mean_spend: float = 40.0,
    spend_cv_between: float = 0.6,
    spend_cv_within: float = 0.5,
    acquired_over_days: int = 0,
    first_number: int = 1,
) -> PurchaseHistories:
    """Purchases of `n_customers` customers from `start` to `observed_until`, and the truth behind them.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers : int
        Customers in the truth; those who bought nothing are not among the transactions.
    start, observed_until : date
        The window, both days inclusive.
    purchases_per_year : float
        Mean of the customers' rates.
    r : float
        Shape of the Gamma the rates are drawn from; its scale is 1/α with α = r / mean rate. Small r: a few buy
        most. `math.inf`: the null world, in which every customer buys at the same rate.
    mean_spend : float
        Mean of the customers' mean spends per purchase.
    spend_cv_between : float
        Coefficient of variation of the customers' mean spends; 0: all alike. The means are inverse Gamma.
    spend_cv_within : float
        Coefficient of variation of a customer's purchases around their mean; 0: every purchase costs the mean.
    acquired_over_days : int
        0: everybody was a customer before the window, so all are exposed to it equally. Otherwise customers join
        uniformly over the first so many days, and their first purchase stands on the day they joined.
    first_number : int
        Number of the first customer's id, for histories made in parts.

    Raises
    ------
    ParameterError
        If a value is out of range; all of them are named at once.
    """
    world = _World(
        start=start,
        observed_until=observed_until,
        purchases_per_year=purchases_per_year,
        r=r,
        mean_spend=mean_spend,
        spend_cv_between=spend_cv_between,
        spend_cv_within=spend_cv_within,
        acquired_over_days=acquired_over_days,
    )
    check_positive(n_customers=n_customers)
    rates = _rates(rng, world, n_customers)
    means = _mean_spends(rng, world, n_customers)
    joined = _days_joined(rng, world, n_customers)
    customer, day = _purchase_days(rng, world, rates, joined)
    ids = customer_ids(first_number, n_customers)
    transactions = booked(ids, customer, dates(world.start, day), _amounts(rng, world, means[customer]))
    truth = pd.DataFrame(
        {
            "customer_id": ids,
            "acquired": pd.Series(dates(world.start, joined)).where(joined >= 0),
            "purchases_per_year": rates,
            "mean_spend": means,
        }
    )
    return PurchaseHistories(transactions, truth, start, observed_until)


def purchase_history_chunks(
    rng: np.random.Generator, *, n_customers: int, customers_per_chunk: int = 100_000, **world: Any
) -> Iterator[PurchaseHistories]:
    """The histories of `n_customers` in parts of `customers_per_chunk`, so that memory holds one part at a time.

    Each part has a child of `rng` to itself, so a part does not depend on how many came before it; ids number
    through. `world` holds the other arguments of `purchase_histories`, whose errors come with the first part. A
    generator gives other children each time it is asked, so start from a fresh one to get the same parts again.
    """
    check_positive(n_customers=n_customers, customers_per_chunk=customers_per_chunk)
    firsts = range(0, n_customers, customers_per_chunk)
    for first, child in zip(firsts, rng.spawn(len(firsts)), strict=True):
        size = min(customers_per_chunk, n_customers - first)
        yield purchase_histories(child, n_customers=size, first_number=first + 1, **world)


def _rates(rng: np.random.Generator, world: _World, n: int) -> NDArray[np.float64]:
    if math.isinf(world.r):
        return np.full(n, world.purchases_per_year)
    return rng.gamma(world.r, world.purchases_per_year / world.r, n)


def _mean_spends(rng: np.random.Generator, world: _World, n: int) -> NDArray[np.float64]:
    if world.spend_cv_between == 0:
        return np.full(n, world.mean_spend)
    # 1/Gamma(q) has mean 1/(q − 1) and squared coefficient of variation 1/(q − 2).
    q = 2 + world.spend_cv_between**-2
    return world.mean_spend * (q - 1) / rng.gamma(q, size=n)


def _days_joined(rng: np.random.Generator, world: _World, n: int) -> NDArray[np.int64]:
    if world.acquired_over_days == 0:
        return np.full(n, -1)
    return rng.integers(0, world.acquired_over_days, n)


def _purchase_days(
    rng: np.random.Generator, world: _World, rates: NDArray[np.float64], joined: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The customer's position and the day of each purchase, by customer and day; `joined` −1: before the window."""
    exposure = world.days - 1 - joined
    counts = rng.poisson(rates / DAYS_PER_YEAR * exposure)
    later = np.repeat(np.arange(len(rates)), counts)
    # Given their number, the purchases of a Poisson process fall uniformly on the days exposed.
    later_days = joined[later] + 1 + np.floor(rng.random(len(later)) * exposure[later]).astype(np.int64)
    first = np.flatnonzero(joined >= 0)
    customer, day = np.concatenate([first, later]), np.concatenate([joined[first], later_days])
    order = np.argsort(customer * world.days + day, kind="stable")
    return customer[order], day[order]


def _amounts(rng: np.random.Generator, world: _World, means: NDArray[np.float64]) -> NDArray[np.float64]:
    if world.spend_cv_within == 0:
        return means
    p = world.spend_cv_within**-2
    return means * rng.gamma(p, 1 / p, len(means))
