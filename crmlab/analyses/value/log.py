"""What the purchase log says of periods: who bought again in one, day by day, and what newcomers brought.

A repeat purchase is any purchase but a customer's first. Everything is counted in the engine; only a row a customer
or a row a day comes out.
"""

from datetime import date, timedelta

import ibis
import pandas as pd

from crmlab.analyses.value.basis import DAYS_PER_YEAR
from crmlab.language import day, tr
from crmlab.summary import purchases

MONEY = "decimal(24, 6)"  # exact sums: the order of rows changes no digit


def period(start: date, end: date) -> str:
    """The days from `start` to `end`, both inclusive, in words."""
    return tr("{start} to {end}", start=day(start), end=day(end))


def opening(customers: pd.DataFrame, observed_until: date) -> date:
    """The day of the first purchase in the log, from a customer summary."""
    return observed_until - timedelta(days=int(customers["T"].max()))


def days_before(until: date, days: int) -> tuple[date, date]:
    """First and last of the `days` days that end with `until`."""
    return until - timedelta(days=days - 1), until


def until_day(transactions: ibis.Table, until: date) -> ibis.Table:
    """The transactions up to `until`, inclusive."""
    return transactions.filter(transactions.date <= ibis.date(until))


def repeat_purchases(transactions: ibis.Table, *, start: date, end: date, known_by: date) -> pd.DataFrame:
    """Repeat purchases from `start` to `end` of each customer whose first purchase was on `known_by` or before.

    Returns
    -------
    DataFrame
        `customer_id`, `purchases` (int64), `value` (float64), sorted by id; who bought nothing again has no row.
    """
    again = _with_first(transactions, known_by=known_by).filter(
        lambda t: (t.date > t.first_day) & t.date.between(ibis.date(start), ibis.date(end))
    )
    counted = again.group_by("customer_id").agg(purchases=again.count(), value=again.value.sum().cast("float64"))
    return pd.DataFrame(counted.to_pyarrow().to_pandas()).sort_values("customer_id", ignore_index=True)


def by_day(transactions: ibis.Table, *, known_by: date) -> tuple[pd.Series, pd.Series]:
    """First and repeat purchases a day of the customers known by `known_by`: two series with days as index."""
    bought = _with_first(transactions, known_by=known_by)
    is_first = bought.date == bought.first_day
    daily = bought.group_by("date").agg(first=is_first.sum(), again=(~is_first).sum())
    frame = daily.to_pyarrow().to_pandas().sort_values("date")
    index = pd.DatetimeIndex(pd.to_datetime(frame["date"]))
    first, again = (pd.Series(frame[name].to_numpy(dtype="int64"), index=index) for name in ("first", "again"))
    return first, again


def first_period_values(
    transactions: ibis.Table, *, days: int, observed_until: date, discount_rate_per_year: float
) -> pd.DataFrame:
    """What each customer brought in the first purchase and in the `days` days after it, if observed that long.

    Each purchase is discounted from its own day to that of the first purchase.

    Returns
    -------
    DataFrame
        `customer_id`, `first_day` and `value` (float64), sorted by id.
    """
    oldest = observed_until - timedelta(days=days)
    bought = _with_first(transactions, known_by=oldest)
    age = bought.date.delta(bought.first_day, unit="day")
    early = bought.filter(age <= days)
    age = early.date.delta(early.first_day, unit="day").cast("float64")
    factor = ibis.literal(1 + discount_rate_per_year).cast("float64") ** (-age / DAYS_PER_YEAR)
    worth = (early.value.cast("float64") * factor).cast(MONEY) if discount_rate_per_year else early.value
    summed = early.group_by("customer_id").agg(first_day=early.first_day.min(), value=worth.sum().cast("float64"))
    return pd.DataFrame(summed.to_pyarrow().to_pandas()).sort_values("customer_id", ignore_index=True)


def purchase_total(transactions: ibis.Table) -> float:
    """The value of all purchases; returns booked on days of their own are not in it."""
    total = purchases(transactions).value.sum().cast("float64").to_pyarrow().as_py()
    return float(total or 0.0)


def _with_first(transactions: ibis.Table, *, known_by: date) -> ibis.Table:
    """Purchases of the customers known by `known_by`, each with the day of that customer's first."""
    bought = purchases(transactions)
    first = bought.group_by("customer_id").agg(first_day=bought.date.min())
    known = first.filter(first.first_day <= ibis.date(known_by))
    return bought.join(known, "customer_id")
