"""Who bought on which day, as sorted arrays: what every question about states on past days is answered from."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError
from crmlab.language import day as spoken_day
from crmlab.language import tr
from crmlab.summary import purchases

Days = NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """The purchases up to a day, by customer and day.

    Attributes
    ----------
    customers : Index
        The ids of all customers with a purchase, sorted.
    customer : ndarray
        For each purchase the position of its customer in `customers`.
    day : ndarray
        For each purchase its day, counted from 1970-01-01.
    until : date
        The last day observed, inclusive.
    """

    customers: pd.Index
    customer: Days
    day: Days
    until: date

    @property
    def n(self) -> int:
        """How many customers there are."""
        return len(self.customers)

    @property
    def first_day(self) -> date:
        """The day of the first purchase of all."""
        return date_of(int(self.day.min()))

    def starts(self) -> Days:
        """Where each customer's purchases begin; one more at the end."""
        return np.searchsorted(self.customer, np.arange(self.n + 1))


def history(transactions: ibis.Table, *, until: date) -> History:
    """The purchases up to `until`, as `crmlab.summary.purchases` defines them; later rows are not looked at.

    Raises
    ------
    DataError
        If nothing was purchased.
    """
    bought = purchases(transactions)
    bought = bought.filter(bought.date <= ibis.date(until))
    rows = bought.select("customer_id", day=bought.date.cast("timestamp")).to_pyarrow().to_pandas()
    if rows.empty:
        message = tr(
            "there is no purchase up to {until}: nobody is in any state. Check observed_until, the column mapped to "
            "amount, and which rule excluded the rows (crmlab check counts them)",
            until=spoken_day(until),
        )
        raise DataError(message)
    customer, customers = pd.factorize(rows["customer_id"], sort=True)
    day = rows["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((day, customer))
    return History(pd.Index(customers), customer[order].astype(np.int64), day[order], until)


@dataclass(frozen=True)
class Gaps:
    """The time from each purchase to the customer's next: `days`, and whether it is over (`ended`) or still open."""

    days: Days
    ended: NDArray[np.bool_]

    @property
    def closed(self) -> int:
        """How many gaps ended with a purchase."""
        return int(self.ended.sum())


def gaps(of: History) -> Gaps:
    """One gap a purchase; that after a customer's last purchase is open, and counts up to the last day observed."""
    last = np.append(of.customer[1:] != of.customer[:-1], True)
    following = np.append(of.day[1:], 0)
    end = np.where(last, day_number(of.until), following)
    return Gaps(end - of.day, ~last)


def share_ended(of: Gaps) -> pd.Series:
    """The share of gaps that have ended by each number of days, open gaps allowed for (Kaplan–Meier, index: days).

    The open gaps are the long ones: leaving them out would make customers look quicker to return than they are.
    """
    at = np.unique(of.days[of.ended])
    ending = np.searchsorted(np.sort(of.days[of.ended]), at, side="right")
    ends = np.diff(ending, prepend=0)
    at_risk = len(of.days) - np.searchsorted(np.sort(of.days), at, side="left")
    return pd.Series(1 - np.cumprod(1 - ends / at_risk), index=at)


def days_by_which(of: Gaps, share: float) -> int:
    """Days after a purchase by which `share` of the returns that this history shows have happened.

    Raises
    ------
    DataError
        If nobody ever bought a second time.
    """
    if of.closed == 0:
        message = tr(
            "nobody bought on a second day, so there are no gaps between purchases to tell from when a customer is "
            "late; set active_days and lapsed_days, or add older records"
        )
        raise DataError(message)
    ended = share_ended(of)
    # Doubles: a share that is reached to 12 digits is reached.
    return int(ended.index[(ended >= share * ended.iloc[-1] * (1 - 1e-12)).to_numpy().argmax()])


def day_number(day: date) -> int:
    """The day as a number, counted from 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def date_of(number: int) -> date:
    """The day that `day_number` gives this number."""
    return date(1970, 1, 1) + timedelta(days=number)
