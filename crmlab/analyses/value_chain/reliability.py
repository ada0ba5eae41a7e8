"""Whether statements measure one thing, and whether the people of a branch agree: α, ω and the intraclass correlation.

α takes every statement to measure the same thing equally well; ω does not [1]_. Neither says that *one* thing is
measured. A mean over a branch stands for the branch only where branches differ by more than people within them do,
which the intraclass correlations tell [2]_.

References
----------
.. [1] Cronbach (1951), Psychometrika 16; Feldt (1965), Psychometrika 30, for the interval; McDonald (1999), Test
       theory: a unified treatment, for ω.
.. [2] Shrout and Fleiss (1979), Psychological Bulletin 86, ICC(1,1) and ICC(1,k) and their intervals.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f
from statsmodels.multivariate.factor import Factor
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr

LEAST_FOR_OMEGA = 3  # with two statements one factor cannot be told from two loadings and a correlation
LEAST_UNIQUE = 0.05


def alpha(scores: ArrayLike, *, window: str = "", level: float = 0.95) -> Estimate:
    """Cronbach's α of people (rows) by statements (columns), with Feldt's interval.

    The interval takes people to be independent and errors to be alike; people of one branch answer more alike, so it is
    the narrowest that could be given.

    Raises
    ------
    DataError
        If there are fewer than two people or statements, a value is missing, or all people have the same sum.
    """
    table = _scores(scores)
    n, k = table.shape
    between = float(table.sum(axis=1).var(ddof=1))
    if between == 0:
        raise DataError("all people have the same sum of scores: nothing can be said of how well it is measured")
    value = k / (k - 1) * (1 - float(table.var(axis=0, ddof=1).sum()) / between)
    tail = (1 - level) / 2
    ends = [1 - (1 - value) * float(f.ppf(1 - side, n - 1, (n - 1) * (k - 1))) for side in (tail, 1 - tail)]
    return Estimate(
        value=value,
        low=ends[0],
        high=ends[1],
        n=n,
        level=level,
        method=tr("Cronbach's α with Feldt's interval"),
        denominator=tr("people who answered all statements of the scale"),
        window=window,
    )


def omega(scores: ArrayLike) -> float:
    """McDonald's ω of standardised statements under one factor fitted by maximum likelihood.

    (Σλ)² / ((Σλ)² + Σ(1 − λ²)). With equal loadings it is the α of the standardised statements. NaN with fewer than
    three statements, where one factor is not identified.
    """
    table = _scores(scores)
    if table.shape[1] < LEAST_FOR_OMEGA:
        return float("nan")
    return omega_of(np.corrcoef(table, rowvar=False), n=len(table))


def omega_of(correlations: ArrayLike, *, n: int) -> float:
    """`omega` from the correlations of the statements, of `n` people; NaN where the fit finds no top."""
    given = np.asarray(correlations, dtype=np.float64)
    model = Factor(corr=given, n_factor=1, method="ml", nobs=n)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            fitted = model.fit(start=_first_component(given))
        except ConvergenceWarning:  # a statement that would need a variance below zero (Heywood)
            return float("nan")
    loadings = np.real(fitted.loadings[:, 0])  # of a symmetric matrix, and still of a complex type with numpy 2.5
    common = float(loadings.sum()) ** 2
    return common / (common + float((1 - loadings**2).sum()))


def _first_component(correlations: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Loadings and uniquenesses to start the fit from; by itself it starts by chance, and ends elsewhere each time."""
    values, vectors = np.linalg.eigh(correlations)
    loadings = vectors[:, -1:] * np.sqrt(values[-1])
    return loadings, np.maximum(1 - loadings[:, 0] ** 2, LEAST_UNIQUE)


@dataclass(frozen=True)
class Agreement:
    """How much of the differences between people lies between their groups.

    Attributes
    ----------
    one : Estimate
        ICC(1), the share of variance between groups, with the interval of the F distribution.
    mean : float
        ICC(2), how reliable the mean of a group is; below 0 where groups differ by less than chance would have it.
    groups : int
        How many groups there are.
    """

    one: Estimate
    mean: float
    groups: int

    @property
    def may_aggregate(self) -> bool:
        """Whether groups differ by more than chance explains: the interval of ICC(1) lies above 0."""
        return self.one.low is not None and self.one.low > 0


def agreement(values: ArrayLike, groups: ArrayLike, *, window: str = "", level: float = 0.95) -> Agreement:
    """ICC(1) and ICC(2) by analysis of variance; with groups of unlike size, their size is n₀ of that analysis.

    Raises
    ------
    DataError
        If there are fewer than two groups, or no group has two members.
    """
    frame = pd.DataFrame({"value": np.asarray(values, dtype=np.float64), "group": np.asarray(groups)}).dropna()
    sizes = frame.groupby("group")["value"].size().to_numpy()
    n, g = len(frame), len(sizes)
    if g < 2 or n <= g:  # noqa: PLR2004
        raise DataError(f"agreement within groups needs two groups and more people than groups; got {n} in {g}")
    size = (n - float((sizes**2).sum()) / n) / (g - 1)
    means = frame.groupby("group")["value"].transform("mean")
    within = float(((frame["value"] - means) ** 2).sum()) / (n - g)
    between = float(((means - frame["value"].mean()) ** 2).sum()) / (g - 1)
    if within == 0:
        raise DataError("all members of every group have the same value: there is no variance within groups")
    ratio, tail = between / within, (1 - level) / 2
    ends = (ratio / float(f.ppf(1 - tail, g - 1, n - g)), ratio * float(f.ppf(1 - tail, n - g, g - 1)))
    low, high = ((end - 1) / (end + size - 1) for end in ends)
    one = Estimate(
        value=(ratio - 1) / (ratio + size - 1),
        low=low,
        high=high,
        n=n,
        level=level,
        method=tr("ICC(1) from analysis of variance, interval of the F distribution"),
        denominator=tr("people in their branches"),
        window=window,
    )
    return Agreement(one, 1 - 1 / ratio if ratio > 0 else float("-inf"), g)


def _scores(scores: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:  # noqa: PLR2004
        raise DataError(f"α needs a table of two people or more by two statements or more; got the shape {table.shape}")
    if np.isnan(table).any():
        raise DataError("α needs every score; leave people out who did not answer all statements")
    return table
