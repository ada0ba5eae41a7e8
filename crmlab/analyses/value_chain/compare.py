"""Two small groups compared, and a line through few points: an interval, and a permutation that leans on no shape."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t, ttest_ind
from statsmodels.regression.linear_model import OLS

from crmlab.errors import DataError
from crmlab.estimate import Estimate, Evidence
from crmlab.language import count, tr

PERMUTATIONS = 999
LEAST_POINTS_OVER = 2  # points more than coefficients
MOST_EQUAL = 1e-12


@dataclass(frozen=True)
class Compared:
    """A difference or slope with its interval, and the p-value of a permutation.

    Attributes
    ----------
    estimate : Estimate
        The difference (first group less second), or the slope.
    p : float
        Share of 999 permutations and the one observed that are at least as far from nothing.
    groups : tuple of int
        Cases in the first and second group; of a slope, the cases and the coefficients.
    """

    estimate: Estimate
    p: float
    groups: tuple[int, int]

    @property
    def sure(self) -> bool:
        """Whether the interval leaves nothing out but zero: it does not contain it."""
        return not self.estimate.contains(0.0)


def compared(
    first: ArrayLike,
    second: ArrayLike,
    *,
    denominator: str,
    window: str,
    rng: np.random.Generator,
    level: float = 0.95,
    evidence: Evidence = "association",
) -> Compared:
    """Difference of two means with Welch's interval; the permutation exchanges who is in which group.

    `evidence` is what the groups make it: an `association`, unless they were formed so that they can be compared.

    Raises
    ------
    DataError
        If a group has fewer than two cases, or nothing varies.
    """
    one, two = _clean(first), _clean(second)
    if min(len(one), len(two)) < 2:  # noqa: PLR2004
        raise DataError(f"two cases of each kind are needed to compare them; got {len(one)} and {len(two)}")
    both = np.concatenate([one, two])
    if np.ptp(both) < MOST_EQUAL:
        raise DataError("all cases have the same value: there is nothing to compare")
    ends = ttest_ind(one, two, equal_var=False).confidence_interval(level)
    value = float(one.mean() - two.mean())
    shuffled = rng.permuted(np.tile(both, (PERMUTATIONS, 1)), axis=1)
    by_chance = shuffled[:, : len(one)].mean(axis=1) - shuffled[:, len(one) :].mean(axis=1)
    estimate = Estimate(
        value=value,
        low=float(ends.low),
        high=float(ends.high),
        n=len(both),
        level=level,
        method=tr("difference of means, Welch's interval; permutation of {n} orders", n=count(PERMUTATIONS)),
        evidence=evidence,
        denominator=denominator,
        window=window,
    )
    return Compared(estimate, _p(by_chance, value), (len(one), len(two)))


def slope(
    outcome: ArrayLike,
    cause: ArrayLike,
    *others: ArrayLike,
    denominator: str,
    window: str,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Compared:
    """The slope of `outcome` on `cause`, `others` held constant: least squares with the t interval.

    The permutation puts the residuals of `cause` on `others` into another order (Draper and Stoneman 1966 permute the
    cause itself; with other columns its residuals keep what they share).

    Raises
    ------
    DataError
        If there are hardly more cases than coefficients, or the cause does not vary.
    """
    columns = np.column_stack([np.asarray(one, dtype=np.float64) for one in (outcome, cause, *others)])
    y, x, *rest = columns[~np.isnan(columns).any(axis=1)].T
    base = np.column_stack([np.ones(len(y)), *rest])
    if len(y) < base.shape[1] + 1 + LEAST_POINTS_OVER:
        raise DataError(f"{len(y)} cases are too few for a slope beside {base.shape[1]} other coefficients")
    own = x - base @ np.linalg.lstsq(base, x, rcond=None)[0]
    left = y - base @ np.linalg.lstsq(base, y, rcond=None)[0]
    if float(own @ own) < MOST_EQUAL:
        raise DataError("the cause does not vary once the other columns are held constant")
    fitted = OLS(y, np.column_stack([x, base])).fit()
    value, error = float(fitted.params[0]), float(fitted.bse[0])
    reach = float(t.ppf((1 + level) / 2, fitted.df_resid)) * error
    by_chance = rng.permuted(np.tile(own, (PERMUTATIONS, 1)), axis=1) @ left / float(own @ own)
    estimate = Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=len(y),
        level=level,
        method=tr("least squares, t interval; permutation of {n} orders", n=count(PERMUTATIONS)),
        evidence="association",
        denominator=denominator,
        window=window,
    )
    return Compared(estimate, _p(by_chance, value), (len(y), base.shape[1] + 1))


def slope_clustered(
    outcome: ArrayLike, mark: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> tuple[float, float]:
    """The difference of the outcome's means with and without a mark, and half of its interval, errors clustered.

    Least squares with the covariance of Liang and Zeger (1986, Biometrika 73) and the t distribution of the clusters
    less one.
    """
    codes = np.unique(np.asarray(cluster).astype(str), return_inverse=True)[1]
    marked = np.asarray(mark, dtype=np.float64)
    design = np.column_stack([np.ones(len(marked)), marked])
    fitted = OLS(np.asarray(outcome, dtype=np.float64), design).fit(cov_type="cluster", cov_kwds={"groups": codes})
    reach = float(t.ppf((1 + level) / 2, int(codes.max()))) * float(fitted.bse[1])
    return float(fitted.params[1]), reach


def clustered_mean(values: NDArray[np.float64], cluster: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """The mean, and half of its interval with errors that may depend on each other within a cluster.

    √(g / (g − 1) · Σ_c (Σ_i∈c e_i)²) / n with the t distribution of g − 1 degrees of freedom, for g clusters (Liang and
    Zeger 1986, Biometrika 73). NaN with a single cluster.
    """
    mean = float(values.mean())
    sums = pd.Series(values - mean).groupby(np.asarray(cluster)).sum().to_numpy()
    g = len(sums)
    if g < 2:  # noqa: PLR2004
        return mean, float("nan")
    error = float(np.sqrt(g / (g - 1) * (sums**2).sum())) / len(values)
    return mean, float(t.ppf((1 + level) / 2, g - 1)) * error


def _p(by_chance: NDArray[np.float64], value: float) -> float:
    return float((1 + (np.abs(by_chance) >= abs(value) - MOST_EQUAL).sum()) / (len(by_chance) + 1))


def _clean(values: ArrayLike) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    return found[~np.isnan(found)]
