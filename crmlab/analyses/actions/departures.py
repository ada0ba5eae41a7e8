"""How the last report's probabilities to leave did: how many were expected to leave, and how many did.

If each customer leaves with the probability that was stated, independently of the others, the number who leave has
the Poisson-binomial distribution: a sum of unlike Bernoulli variables, whose probabilities follow from one
convolution a customer (Hong 2013, *Computational Statistics and Data Analysis* 59, on the exact and other ways).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmlab.errors import DataError


@dataclass(frozen=True, kw_only=True)
class DeparturesScore:
    """Expected and actual departures of an earlier list of calls.

    Attributes
    ----------
    n : int
        Customers of the list whose day has come.
    expected : float
        Sum of their probabilities.
    low, high : int
        Between which the number of departures lies with 95 % probability, if the stated ones are right.
    actual : int
        How many left.
    """

    n: int
    expected: float
    low: int
    high: int
    actual: int

    @property
    def held(self) -> bool:
        """Whether what came is what the stated probabilities allow."""
        return self.low <= self.actual <= self.high


def departures_score(calls: pd.DataFrame, ends: pd.DataFrame, *, after: date, until: date) -> DeparturesScore | None:
    """The score of an earlier list of calls; None where the day of none of its customers has come.

    Parameters
    ----------
    calls : DataFrame
        The earlier list: `unit`, `due`, `probability`.
    ends : DataFrame
        What became of each chance to leave: `unit`, `due`, `lost` (True or False; missing where it is not known yet).
        A unit of the list with no such row for its day had a new day before it, and stayed.
    after, until : date
        The list's last day of data, and the last day observed now.

    Raises
    ------
    DataError
        If the list lacks one of its columns.
    """
    absent = [name for name in ("unit", "due", "probability") if name not in calls.columns]
    if absent:
        raise DataError(f"the earlier list of calls lacks the columns {absent}; it has {list(calls.columns)}")
    due = pd.to_datetime(calls["due"])
    come = calls.assign(due=due)[(due > pd.Timestamp(after)) & (due <= pd.Timestamp(until))]
    if come.empty:
        return None
    known = ends.assign(due=pd.to_datetime(ends["due"])).drop_duplicates(["unit", "due"])
    both = come[["unit", "due", "probability"]].merge(known, on=["unit", "due"], how="left")
    lost = both["lost"].astype("boolean").fillna(value=False)
    low, high = poisson_binomial_range(both["probability"].to_numpy(dtype=np.float64))
    return DeparturesScore(
        n=len(both), expected=float(both["probability"].sum()), low=low, high=high, actual=int(lost.sum())
    )


def poisson_binomial_range(p: ArrayLike, level: float = 0.95) -> tuple[int, int]:
    """Between which numbers the count of successes lies with at least `level`, tails of equal probability at most."""
    mass = np.ones(1)
    for one in np.asarray(p, dtype=np.float64):
        mass = np.convolve(mass, [1 - one, one])
    below = np.cumsum(mass)
    tail = (1 - level) / 2
    return int(np.searchsorted(below, tail)), int(np.searchsorted(below, 1 - tail))
