"""Money of several years on one basis: the prices of the last month observed, where a price index is known."""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.language import day, number, tr
from crmlab.tables.kept import kept_frame

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Prices:
    """What amounts of a day are multiplied by, so that all are in the money of one day.

    Attributes
    ----------
    months : ndarray of datetime64
        First days of months, ascending; empty where amounts stay as they are.
    factors : ndarray
        What amounts of each month are multiplied by.
    until : date
        The day in whose prices amounts are.
    """

    months: NDArray[np.datetime64]
    factors: Values
    until: date

    @property
    def real(self) -> bool:
        """Whether amounts are brought to one basis."""
        return self.months.size > 0

    def factor(self, dates: ArrayLike) -> Values:
        """What an amount of each of the `dates` is multiplied by."""
        days = np.asarray(dates, dtype="datetime64[D]")
        if not self.real:
            return np.ones(days.size)
        return self.factors[np.searchsorted(self.months, days, side="right") - 1]

    @property
    def label(self) -> str:
        """In what money amounts are, for a heading: `at the prices of 2025-03-20`."""
        return tr("at the prices of {day}", day=day(self.until)) if self.real else tr("at the prices of each day")

    @property
    def sentence(self) -> str:
        """What was done to amounts, and by how much the oldest were raised."""
        if not self.real:
            return tr(
                "Amounts are in the money of their day: no price index covers these days, so years weigh unequally."
            )
        return tr(
            "Amounts of all months are brought to the prices of {day} with the client's price index; those of the "
            "first month are multiplied by {factor}.",
            day=day(self.until),
            factor=number(float(self.factors[0])),
        )


def as_they_are(until: date) -> Prices:
    """Amounts in the money of their day."""
    return Prices(np.empty(0, dtype="datetime64[D]"), np.empty(0), until)


def prices(economy: ibis.Table | None, *, first: date, until: date) -> Prices:
    """The price basis of amounts from `first` to `until`: real where `economy` has a price index for all those days.

    An index above zero is needed for the month of `first` and every later row; months between rows take the row
    before them.
    """
    unknown = as_they_are(until)
    if economy is None or "price_index" not in economy.columns:
        return unknown
    frame = kept_frame(economy, ["month", "price_index"]).sort_values("month")
    months = pd.to_datetime(frame["month"]).to_numpy().astype("datetime64[D]")
    index = frame["price_index"].to_numpy(dtype=float)
    before = months <= np.datetime64(first, "D")
    inside = (months <= np.datetime64(until, "D")) & (np.arange(months.size) >= before.sum() - 1)
    if not before.any() or not (index[inside] > 0).all():
        return unknown
    return Prices(months[inside], index[inside][-1] / index[inside], until)
