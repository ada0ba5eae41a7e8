"""Every silence of every customer: from one purchase to the next, or to the last day observed.

All of this folder is answered from this one table: how long customers usually wait, who has been silent for longer
than that, how many of those came back, and how long it takes to the second purchase.
"""

from datetime import date

import ibis
import numpy as np
import pandas as pd
from ibis import Table

from crmlab.errors import DataError
from crmlab.language import day as spoken_day
from crmlab.language import tr
from crmlab.summary import purchases

COLUMNS = ("customer_id", "purchase", "since_first", "began", "days", "returned")


def silences(transactions: Table, *, observed_until: date) -> pd.DataFrame:
    """One row a purchase: the silence that followed it, by customer and day.

    Parameters
    ----------
    transactions : ibis.Table
        A clean table. A purchase is a customer-day, as `crmlab.summary.purchases` defines it.
    observed_until : date
        The last day observed, inclusive.

    Returns
    -------
    DataFrame
        `customer_id`; `purchase` (1, 2, …: which purchase of the customer the silence followed); `since_first` (days
        from the first purchase to this one); `began` (days from 1970-01-01 to this purchase); `days` (to the next
        purchase, 1 or more, or to `observed_until`, 0 or more); `returned` (whether a purchase ended it).

    Raises
    ------
    DataError
        If nothing was purchased, or a purchase is dated after `observed_until`.
    """
    bought = purchases(transactions)
    days = bought.date.cast("date").delta(ibis.date(1970, 1, 1), unit="day")
    rows = bought.select("customer_id", day=days.cast("int64")).order_by("customer_id", "day").to_pyarrow().to_pandas()
    if rows.empty:
        raise DataError(tr("There is no purchase in the transactions: nobody can be silent who never bought."))
    end = (observed_until - date(1970, 1, 1)).days
    if (rows["day"] > end).any():
        text = tr("Purchases are dated after observed_until {until}: correct it.", until=spoken_day(observed_until))
        raise DataError(text)
    # An engine may sort text by a locale's rules; all order here is that of the characters' code points.
    rows = rows.sort_values(["customer_id", "day"], kind="stable", ignore_index=True)
    return _from_days(rows, end)


def _from_days(rows: pd.DataFrame, end: int) -> pd.DataFrame:
    day, customer = rows["day"].to_numpy(), rows["customer_id"]
    begins = np.r_[True, (customer.to_numpy()[1:] != customer.to_numpy()[:-1])]
    first = np.flatnonzero(begins)
    sizes = np.diff(np.r_[first, len(rows)])
    following = np.r_[day[1:], end]
    last = np.r_[begins[1:], True]
    return pd.DataFrame(
        {
            "customer_id": customer,
            "purchase": np.arange(len(rows)) - np.repeat(first, sizes) + 1,
            "since_first": day - np.repeat(day[first], sizes),
            "began": day,
            "days": np.where(last, end, following) - day,
            "returned": ~last,
        }
    )


def without_lead_in(silences: pd.DataFrame, lead_in_days: int) -> pd.DataFrame:
    """`silences` without the customers whose first purchase is within `lead_in_days` of the first of all.

    In records that begin in mid-history, customers of old look like new ones in the first days.

    Raises
    ------
    DataError
        If nobody is left.
    """
    joined = silences["began"] - silences["since_first"]
    kept: pd.DataFrame = silences[joined >= joined.min() + lead_in_days].reset_index(drop=True)
    if kept.empty:
        text = tr("Nobody made a first purchase after the lead-in of {days} days; shorten it.", days=str(lead_in_days))
        raise DataError(text)
    return kept


def first_day(silences: pd.DataFrame) -> date:
    """The day of the first purchase of all, from a table that `silences` returned."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(silences["began"].min()))


def window_of(silences: pd.DataFrame, observed_until: date) -> str:
    """The days from the first purchase to the last day observed, in words."""
    start, end = spoken_day(first_day(silences)), spoken_day(observed_until)
    return tr("{start} to {end}", start=start, end=end)
