"""Numbers of purchases: how often each occurs, and how probable each is."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammaln, xlogy

Vector = NDArray[np.float64]


def by_count(x: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """The distinct whole numbers in `x`, ascending, and the summed weight of each.

    Gamma functions of a hundred numbers instead of a hundred thousand are most of the speed of a likelihood.
    """
    totals = np.bincount(x.astype(np.int64), weights=weights)
    numbers = np.flatnonzero(totals)
    return numbers.astype(np.float64), totals[numbers].astype(np.float64)


def nbd_counts(n: ArrayLike, t: ArrayLike, r: float, alpha: float) -> Vector:
    """Probability of n purchases in the time t at rates λ ~ Gamma(r, rate α)."""
    n, t = np.asarray(n, dtype=np.float64), np.asarray(t, dtype=np.float64)
    logarithm = gammaln(r + n) - gammaln(r) - gammaln(n + 1) - r * np.log1p(t / alpha)
    return np.asarray(np.exp(logarithm + xlogy(n, t / (alpha + t))))


def nbd_at_least(n: ArrayLike, t: ArrayLike, r: float, alpha: float) -> Vector:
    """Probability of n purchases or more in the time t at rates λ ~ Gamma(r, rate α)."""
    n, t = np.asarray(n, dtype=np.float64), np.asarray(t, dtype=np.float64)
    return np.asarray(np.where(n > 0, betainc(np.maximum(n, 1), r, t / (alpha + t)), 1.0))
