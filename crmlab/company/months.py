"""The months of the window: Jalali months, so that each year is whole and Nowruz begins it."""

from functools import cache
from typing import Any

import jdatetime
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.setting import Setting

Days = NDArray[np.int64]


@cache
def first_days(setting: Setting) -> tuple[int, ...]:
    """The first day of each month of the window, counted from its start: 48 of them in four years."""
    month, firsts = jdatetime.date.fromgregorian(date=setting.start), []
    while (day := (month.togregorian() - setting.start).days) < setting.days:
        firsts.append(day)
        month = jdatetime.date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return tuple(firsts)


def month_of(setting: Setting, day: Any) -> Days:
    """The number of the month, from 0, in which each day lies; days are counted from the start of the window."""
    return np.searchsorted(np.array(first_days(setting)), np.asarray(day), side="right").astype(np.int64) - 1


def month_dates(setting: Setting, month: Any) -> pd.DatetimeIndex:
    """The first day of each month of those numbers, as a date."""
    return setting.date(np.array(first_days(setting))[np.asarray(month)])
