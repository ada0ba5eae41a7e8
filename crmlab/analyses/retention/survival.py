"""Kaplan–Meier curves: the share still without an event, day by day, where some were not followed to theirs.

Greenwood's variance; bands are pointwise on the log-minus-log scale [1]_, which keeps them in 0 to 1: each day's
interval covers that day's share with the level stated, the whole curve at once less often.

References
----------
.. [1] Kalbfleisch and Prentice (1980), The Statistical Analysis of Failure Time Data; the curve: Kaplan and Meier
   (1958), Journal of the American Statistical Association 53.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr

Values = NDArray[np.float64]
LEAST_LEVEL = 0.5


@dataclass(frozen=True, kw_only=True)
class SurvivalCurve:
    """A Kaplan–Meier curve with its pointwise band.

    Attributes
    ----------
    table : DataFrame
        One row a day with an event or an end of observation, and day 0: `day`, `at_risk` (followed up to that day and
        without an event before it), `events`, `censored`, `survival` (share without an event by the end of the day),
        `low`, `high` (NaN where there is no band: before the first event, and once the curve is at 0).
    n : int
        How many were followed.
    level : float
        Level of the band, on each day.
    """

    table: pd.DataFrame
    n: int
    level: float

    @property
    def last_day(self) -> int:
        """The longest time anyone was followed."""
        return int(self.table["day"].iloc[-1])

    def at(self, day: float, *, denominator: str, window: str, happened: bool = False) -> Estimate:
        """The share without an event by the end of `day`, or with `happened` the share who had one.

        Raises
        ------
        DataError
            If nobody was followed so long.
        """
        if day > self.last_day:
            raise DataError(tr("Nobody was followed for {days} days.", days=f"{day:g}"))
        row = self.table[self.table["day"] <= day].iloc[-1]
        ends = (float(row["low"]), float(row["high"]))
        value = float(row["survival"])
        if happened:
            value, ends = 1 - value, (1 - ends[1], 1 - ends[0])
        low, high = (None, None) if np.isnan(ends).any() else ends
        method = tr("Kaplan–Meier, pointwise log-minus-log interval")
        if low is None:
            method = tr("Kaplan–Meier; no interval where nobody, or everybody, had the event")
        return Estimate(
            value=value,
            low=low,
            high=high,
            n=self.n,
            level=self.level,
            method=method,
            denominator=denominator,
            window=window,
        )

    def day_when(self, share: float) -> tuple[float | None, float | None, float | None]:
        """The first day on which at most `share` is without an event, and its interval; None where not reached.

        The interval holds the days on which the band leaves room for `share` (Brookmeyer and Crowley 1982).
        """
        reached = (_first_day(self.table, name, share) for name in ("survival", "low", "high"))
        day, earliest, latest = reached
        return day, earliest, latest

    def steepest(self) -> tuple[int, float]:
        """The day on which the curve falls most, the first of equal ones, and by how much."""
        falls = (self.table["survival"].shift(fill_value=1.0) - self.table["survival"]).to_numpy()
        at = int(np.argmax(falls))
        return int(self.table["day"].iloc[at]), float(falls[at])


def kaplan_meier(days: ArrayLike, happened: ArrayLike, *, level: float = 0.95) -> SurvivalCurve:
    """The curve of those who were followed for `days` each, to their event (`happened`) or to the end of observation.

    Somebody whose observation ends on the day of another's event is at risk on that day.

    Raises
    ------
    DataError
        If nobody was followed.
    ParameterError
        If `level` is not between 0.5 and 1, or a time is negative or missing.
    """
    time, event = np.asarray(days, dtype=np.float64), np.asarray(happened, dtype=bool)
    _check(time, level)
    followed = pd.DataFrame({"day": time, "event": event}).groupby("day")["event"].agg(["sum", "size"])
    fitted = SurvfuncRight(time, event.astype(np.int64))
    day = np.union1d([0.0], followed.index.to_numpy(dtype=np.float64))
    events = followed["sum"].reindex(day, fill_value=0).to_numpy(dtype=np.int64)
    ended = followed["size"].reindex(day, fill_value=0).to_numpy(dtype=np.int64)
    position = np.searchsorted(np.asarray(fitted.surv_times), day, side="right") - 1
    survival = np.where(position >= 0, np.r_[fitted.surv_prob, 1.0][position], 1.0)
    error = np.where(position >= 0, np.r_[fitted.surv_prob_se, 0.0][position], 0.0)
    low, high = _band(survival, error, level)
    table = pd.DataFrame(
        {
            "day": day.astype(np.int64),
            "at_risk": len(time) - np.r_[0, np.cumsum(ended)[:-1]],
            "events": events,
            "censored": ended - events,
            "survival": survival,
            "low": low,
            "high": high,
        }
    )
    return SurvivalCurve(table=table, n=len(time), level=level)


def _check(time: Values, level: float) -> None:
    if not LEAST_LEVEL < level < 1:
        raise ParameterError(tr("The level is {level}; it must lie between 0.5 and 1.", level=str(level)))
    if time.size == 0:
        raise DataError(tr("Nobody was followed: there is no curve."))
    if not (time >= 0).all():
        raise ParameterError(tr("A time of observation is below zero or missing."))


def _band(survival: Values, error: Values, level: float) -> tuple[Values, Values]:
    inside = (survival > 0) & (survival < 1)
    low, high = np.full_like(survival, np.nan), np.full_like(survival, np.nan)
    s, e = survival[inside], error[inside]
    # ln(−ln S) has standard error e / (S·|ln S|); S to the power exp(± z times that) are the ends.
    step = norm.ppf((1 + level) / 2) * e / (s * -np.log(s))
    low[inside], high[inside] = s ** np.exp(step), s ** np.exp(-step)
    return low, high


def _first_day(table: pd.DataFrame, column: str, share: float) -> float | None:
    days = table.loc[table[column] <= share, "day"]
    return None if days.empty else float(days.iloc[0])
