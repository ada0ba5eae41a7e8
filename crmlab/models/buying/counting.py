"""How probable each number of purchases is while nobody leaves."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammaln, xlogy

Vector = NDArray[np.float64]


def nbd_counts(n: ArrayLike, t: ArrayLike, r: float, alpha: float) -> Vector:
    """Probability of n purchases in the time t at rates λ ~ Gamma(r, rate α)."""
    n, t = np.asarray(n, dtype=np.float64), np.asarray(t, dtype=np.float64)
    logarithm = gammaln(r + n) - gammaln(r) - gammaln(n + 1) - r * np.log1p(t / alpha)
    return np.asarray(np.exp(logarithm + xlogy(n, t / (alpha + t))))


def nbd_at_least(n: ArrayLike, t: ArrayLike, r: float, alpha: float) -> Vector:
    """Probability of n purchases or more in the time t at rates λ ~ Gamma(r, rate α)."""
    n, t = np.asarray(n, dtype=np.float64), np.asarray(t, dtype=np.float64)
    return np.asarray(np.where(n > 0, betainc(np.maximum(n, 1), r, t / (alpha + t)), 1.0))
