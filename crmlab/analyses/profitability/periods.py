"""The days an account is about: two periods of equal length that end with the last day observed."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from crmlab.errors import DataError, ParameterError
from crmlab.language import day, tr


@dataclass(frozen=True)
class Window:
    """From `first` to `last`, both days inclusive."""

    first: date
    last: date

    def __str__(self) -> str:
        return tr("{first} to {last}", first=day(self.first), last=day(self.last))


@dataclass(frozen=True)
class Periods:
    """Two periods of `months` months, one after the other, and both together."""

    earlier: Window
    later: Window
    months: int

    @property
    def both(self) -> Window:
        """The window of the account."""
        return Window(self.earlier.first, self.later.last)


def two_periods(*, observed_until: date, first: date, months: int) -> Periods:
    """Two periods of `months` months up to `observed_until`, or the longest that fit after the `first` day of the data.

    Raises
    ------
    ParameterError
        If `months` is not a whole number of at least 1.
    DataError
        If not even two months fit.
    """
    if isinstance(months, bool) or not isinstance(months, int) or months < 1:
        raise ParameterError(f"a period of {months!r} months cannot be counted; give whole months, 1 or more")
    for length in range(months, 0, -1):
        found = Periods(
            Window(_start(observed_until, 2 * length), _start(observed_until, length) - timedelta(days=1)),
            Window(_start(observed_until, length), observed_until),
            length,
        )
        if found.both.first >= first:
            return found
    raise DataError(
        tr(
            "two periods of a month each do not fit between the first day, {first}, and {until}; whether a loss "
            "repeats itself needs a longer history",
            first=day(first),
            until=day(observed_until),
        )
    )


def _start(until: date, months: int) -> date:
    """The day on which the last `months` months up to `until` begin."""
    after = pd.Timestamp(until + timedelta(days=1))
    start: date = (after - pd.DateOffset(months=months)).date()
    return start
