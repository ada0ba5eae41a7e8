"""Who is followed from a day on, to their loss or to the last day observed, and by which clock.

The clock runs in chances where the days of the chances are known, as in a contract: the first renewal, the second.
Without a contract it runs in days, and who has long to their deadline has a baseline apart from who has little, because
a deadline far off cannot pass early: as a feature it would break the assumption by construction.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.churn.chances import CONTRACT, EPOCH, Chances, anniversaries, number_of
from crmlab.analyses.churn.cohort import Cohort, open_cohort
from crmlab.analyses.churn.features import Records

Values = NDArray[np.float64]

MOST_CHANCES = 24

DEADLINES = (30, 90, 180)
"""Days to a customer's own deadline at which one baseline ends and the next begins."""


@dataclass(frozen=True, kw_only=True)
class Spells:
    """Customers followed from a day on.

    Attributes
    ----------
    of : Cohort
        Who they are, with features as of `start`.
    time : ndarray
        Chances (contracts) or days until following ends, with or without a loss.
    lost : ndarray of bool
        Whether it ended with a loss.
    lost_after : ndarray
        Days from `start` to the loss; NaN where there was none.
    stratum : ndarray
        Which baseline each one has.
    dates : ndarray or None
        Contracts: days from `start` to each one's next chance, the one after it, ..., customers by chances.
    start, until : date
    """

    of: Cohort
    time: Values
    lost: NDArray[np.bool_]
    lost_after: Values
    stratum: NDArray[np.int64]
    dates: Values | None
    start: date
    until: date

    @property
    def features(self) -> pd.DataFrame:
        """The history before the first day, without what the clock or the baselines say already."""
        return self.of.history.drop(columns="days_left")

    def clock(self, days: float) -> Values:
        """How far each one's clock is after so many days."""
        if self.dates is None:
            return np.full(self.time.size, float(days))
        return np.asarray((self.dates <= days).sum(axis=1), dtype=np.float64)


def spells(of: Records, chances: Chances, start: date, *, until: date) -> Spells:
    """Everybody who was a customer at the end of `start`, followed to their loss or to `until`."""
    met = open_cohort(of, chances, start)
    at, end, units = number_of(start), number_of(until), met.rows["unit"]
    ahead = chances.table[(chances.table["settled"] > at) & chances.table["unit"].isin(units)]
    seen = ahead[ahead["lost"].notna() & (ahead["settled"] <= end)]
    losses = seen[seen["lost"].astype(bool)].groupby("unit")["settled"].min()
    lost_on = losses.reindex(units).to_numpy(dtype=np.float64)
    lost = ~np.isnan(lost_on)
    common: dict[str, Any] = {"of": met, "lost": lost, "lost_after": lost_on - at, "start": start, "until": until}
    if chances.setting == CONTRACT:
        counted = seen.groupby("unit").size().reindex(units).fillna(0)
        passed = np.asarray(counted, dtype=np.float64)
        stratum = np.zeros(lost.size, dtype=np.int64)
        return Spells(time=passed, stratum=stratum, dates=_dates(met.rows, at), **common)
    time = np.asarray(np.where(lost, lost_on, float(end)) - at, dtype=np.float64)
    stratum = np.searchsorted(np.array(DEADLINES), met.rows["due"].to_numpy() - at, side="left")
    return Spells(time=time, stratum=stratum, dates=None, **common)


def _dates(rows: pd.DataFrame, at: int) -> Values:
    """Days from `at` to each contract's next renewals."""
    start = pd.Timestamp(EPOCH) + pd.to_timedelta(rows["clock"], unit="D")
    days = [
        (anniversaries(start, (rows["number"] + later) * rows["period_months"]) - pd.Timestamp(EPOCH)).dt.days
        for later in range(MOST_CHANCES)
    ]
    return np.asarray(np.column_stack(days) - at, dtype=np.float64)
