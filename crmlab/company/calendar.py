"""The year of an Iranian shop: Nowruz, which the Jalali calendar fixes, and Ramadan, which moves through it.

Purchases come at w(d) times a customer's own pace, with

    w(d) = c · before_nowruz^[Esfand] · nowruz^[1 to 13 Farvardin] · ramadan^[Ramadan] · end_of_summer^[Shahrivar]
             · trend_per_year^(years since the start),

c so that the mean of w over the window is 1. A process of constant pace becomes one of pace w by a change of time
(Brown et al. 2002, Neural Computation 14(2), time rescaling): `Clock` turns days into the time in which the pace is
constant, and back. Where all factors are 1, the clock is that of the days.

Ramadan is that of the tabular Islamic calendar with civil epoch and leap years 2, 5, 7, 10, 13, 16, 18, 21, 24, 26 and
29 of thirty (Dershowitz and Reingold, Calendrical Calculations, chapter "The Islamic calendar"). Iran goes by the
sighting of the moon: the first day seen may be one or two days off the table's.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame, Made
from crmlab.company.months import first_days, month_of
from crmlab.company.setting import Setting

Vector = NDArray[np.float64]

FEATURES = ("before_nowruz", "nowruz", "ramadan", "end_of_summer")
"""What makes one day of the year unlike another."""

DAYS_PER_YEAR = 365.25
MONTHS = 12
_BEFORE_HIJRI = 227_014  # days from the proleptic Gregorian 0001-01-01 (1) to 1 Muharram of the year 1 (227015)
_RAMADAN, _ESFAND, _SHAHRIVAR, _SIZDAH = 9, 12, 6, 13


@dataclass(frozen=True)
class SeasonWorld:
    """By what factor purchases come faster or slower; 1 is no effect.

    Attributes
    ----------
    before_nowruz : float
        In Esfand, the month before the new year. Chosen: shopping for Nowruz is the peak of the year.
    nowruz : float
        On the thirteen days of the holidays. Chosen: most shops are shut for several of them.
    ramadan : float
        In Ramadan. Chosen: shorter opening hours.
    end_of_summer : float
        In Shahrivar. Chosen: the sale of what is left of the summer.
    trend_per_year : float
        From one year to the next, over all customers who are still there. Chosen: a slow fall.
    """

    SECTION: ClassVar[str] = "season"

    before_nowruz: float
    nowruz: float
    ramadan: float
    end_of_summer: float
    trend_per_year: float


@dataclass(frozen=True)
class Clock:
    """Time in which purchases come at a constant pace: `edges` are the days' beginnings, `passed` the time by them."""

    passed: Vector

    @property
    def end(self) -> float:
        """The time at the end of the window."""
        return float(self.passed[-1])

    def time(self, moments: Any) -> Vector:
        """The time that has passed at moments given in days since the start."""
        return np.asarray(np.interp(moments, np.arange(self.passed.size), self.passed))

    def moments(self, times: Any) -> Vector:
        """The moments, in days since the start, at which so much time has passed."""
        return np.asarray(np.interp(times, self.passed, np.arange(self.passed.size)))


def make(setting: Setting, known: Made) -> Made:
    """The truth of the seasons: `day`, its weight w, and which of the season's features it has."""
    del known  # the calendar needs nothing that others made
    features = season_features(setting)
    weights = season_weights(features, setting.world(SeasonWorld))
    return Made(truth={"season": features.assign(weight=weights)})


def season_clock(known: Made) -> Clock:
    """The clock of the seasons that `make` planted."""
    return Clock(np.r_[0.0, np.cumsum(known.truth["season"]["weight"].to_numpy())])


def season_features(setting: Setting) -> Frame:
    """One row for each day of the window: `day` (from 0), and the features of the season as true or false."""
    day = np.arange(setting.days)
    place = month_of(setting, day)
    # The window begins with the first month of a year.
    month, day_of_month = place % MONTHS + 1, day - np.array(first_days(setting))[place] + 1
    return pd.DataFrame(
        {
            "day": day,
            "before_nowruz": month == _ESFAND,
            "nowruz": (month == 1) & (day_of_month <= _SIZDAH),
            "ramadan": hijri(setting.start.toordinal() + day)[1] == _RAMADAN,
            "end_of_summer": month == _SHAHRIVAR,
        }
    )


def season_weights(features: Frame, world: SeasonWorld) -> Vector:
    """The pace of purchases on each day, 1 on average, from the frame of `season_features`."""
    log_weight: Vector = features["day"].to_numpy() / DAYS_PER_YEAR * np.log(world.trend_per_year)
    for name in FEATURES:
        log_weight = log_weight + np.log(getattr(world, name)) * features[name].to_numpy()
    weights: Vector = np.exp(log_weight) / np.exp(log_weight).mean()
    return weights


def hijri(ordinal: Any) -> tuple[Any, Any, Any]:
    """Year, month and day of the tabular Islamic calendar; what is seen of the moon may be a day or two off.

    `ordinal` is one proleptic Gregorian ordinal, or an array of them.

    >>> [int(part) for part in hijri(738_956)]  # 11 March 2024
    [1445, 9, 1]
    """
    year = (30 * (ordinal - _BEFORE_HIJRI - 1) + 10_646) // 10_631
    in_year = ordinal - _first_of_year(year)
    # Months have 30 and 29 days by turns.
    month = np.minimum((2 * in_year + 59) // 59, MONTHS)
    return year, month, in_year - (59 * (month - 1) + 1) // 2 + 1


def _first_of_year(year: Any) -> Any:
    return _BEFORE_HIJRI + (year - 1) * 354 + (3 + 11 * year) // 30 + 1
