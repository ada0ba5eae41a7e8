"""What a fitted model of buying expects: purchases still to come, those of a new customer, and who is still a customer.

Times are asked for in days or in periods, the model's own unit of time; a model of opportunities knows only periods.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import ParameterError
from crmlab.models.buying.base import BuyingModel
from crmlab.models.histories import Histories

Vector = NDArray[np.float64]


def expected_purchases(
    model: BuyingModel, customers: pd.DataFrame, *, horizon_days: float | None = None, periods: float | None = None
) -> pd.Series:
    """Purchases each customer is expected to make in the next `horizon_days` or `periods`.

    The index is that of `customers`. For BG/NBD: Fader, Hardie and Lee (2005), eq. (10).

    Raises
    ------
    DataError
        If `customers` is no customer summary.
    ParameterError
        If the horizon is not given exactly once, is negative or no number.
    """
    days = float(length(model, horizon_days=horizon_days, periods=periods))
    of = model.read(customers)
    values = model.alive(of) * model.purchases_if_alive(of, horizon_days=days)
    return pd.Series(of.per_customer(values), index=customers.index, name="purchases")


def expected_purchases_new_customer(
    model: BuyingModel, *, days: ArrayLike | None = None, periods: ArrayLike | None = None
) -> Vector:
    """Repeat purchases expected of a new customer in the first so many `days` or `periods`.

    An array of the shape of what was given. For BG/NBD: Fader, Hardie and Lee (2005), eq. (9).
    """
    asked = length(model, days=days, periods=periods)
    new = new_customer()
    alive = model.alive(new)
    found = [(alive * model.purchases_if_alive(new, horizon_days=float(day)))[0] for day in asked.ravel()]
    return np.array(found).reshape(asked.shape)


def probability_alive(model: BuyingModel, customers: pd.DataFrame) -> pd.Series:
    """Probability that each customer has not left. In BG/NBD: 1 by construction for who bought once.

    The index is that of `customers`. For BG/NBD: Fader and Hardie (2008), note 021.
    """
    of = model.read(customers)
    return pd.Series(of.per_customer(model.alive(of)), index=customers.index, name="p_alive")


def probability_of_n_purchases(
    model: BuyingModel, n: ArrayLike, *, days: ArrayLike | None = None, periods: ArrayLike | None = None
) -> Vector:
    """Probability that a new customer makes exactly `n` repeat purchases in the first so many `days` or `periods`.

    The two broadcast: a column of times against a row of numbers gives a table. For BG/NBD: Fader, Hardie and Lee
    (2005), eq. (8).

    Raises
    ------
    ParameterError
        If `n` is no whole number of 0 or more, or the time is not given exactly once, is negative or no number.
    """
    numbers = np.asarray(n, dtype=np.float64)
    if not ((numbers >= 0) & (numbers == np.floor(numbers)) & np.isfinite(numbers)).all():
        raise ParameterError(f"n is {n!r}; it is a whole number of purchases, 0 or more")
    asked = length(model, days=days, periods=periods)
    return model.counts(*np.broadcast_arrays(numbers.astype(np.int64), asked))


def discounted_residual_purchases(
    model: BuyingModel, customers: pd.DataFrame, *, discount_rate_per_year: float
) -> pd.Series:
    """Purchases each customer is expected to make from now on for ever, each discounted to today (DERT).

    Discounted at log1p of the effective annual rate, continuously, from each purchase's own time. Times margin and mean
    spend this is the residual lifetime value (Fader, Hardie and Lee 2005, Journal of Marketing Research 42(4)). The
    index is that of `customers`.

    Raises
    ------
    DataError
        If `customers` is no customer summary.
    ParameterError
        If the rate is not above 0: without discounting the sum need not be finite.
    """
    check_rate(discount_rate_per_year)
    of = model.read(customers)
    values = model.alive(of) * model.residual_if_alive(of, discount_rate_per_year=discount_rate_per_year)
    return pd.Series(of.per_customer(values), index=customers.index, name="discounted_purchases")


def discounted_purchases_new_customer(model: BuyingModel, *, discount_rate_per_year: float) -> float:
    """Repeat purchases expected of a new customer for ever, each discounted to the day of the first purchase (DET).

    The first purchase itself is not among them.

    Raises
    ------
    ParameterError
        If the rate is not above 0: without discounting the sum need not be finite.
    """
    check_rate(discount_rate_per_year)
    new = new_customer()
    values = model.alive(new) * model.residual_if_alive(new, discount_rate_per_year=discount_rate_per_year)
    return float(values[0])


def check_rate(discount_rate_per_year: float) -> None:
    """Refuse a rate at which a sum without end need not be finite."""
    if not 0 < discount_rate_per_year < np.inf:
        raise ParameterError(
            f"discount_rate_per_year is {discount_rate_per_year}; without a horizon it is above 0, 0.2 for 20 % a year"
        )


def new_customer() -> Histories:
    """The history of a customer at the moment of the first purchase."""
    nothing = np.zeros(1)
    return Histories(x=nothing, t_x=nothing, T=nothing, weights=np.ones(1), place=np.zeros(1, dtype=np.int64))


def length(model: BuyingModel, **given: ArrayLike | None) -> Vector:
    """The one time given, in days; for a model of opportunities, in these."""
    named = {name: value for name, value in given.items() if value is not None}
    if len(named) != 1:
        raise ParameterError(
            f"a length of time is given once, as {' or '.join(given)}; it was given {len(named)} times"
        )
    ((name, value),) = named.items()
    if name != "periods" and model.time_unit == "opportunity":
        raise ParameterError(f"{model.name} counts opportunities to buy, not days: give periods instead of {name}")
    asked = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(asked) & (asked >= 0)).all():
        raise ParameterError(f"{name} is {value}; it is 0 or more {name if name == 'periods' else 'days'}")
    return asked * (model.days_per_unit if name == "periods" else 1.0)
