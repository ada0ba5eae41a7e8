"""A logit with a ridge: chances from what is known of customers, that no thin group of them can send to 0 or 1.

statsmodels fits the same (`GLM.fit_regularized`, and the tests compare), at some twenty times the cost; uplift needs
fifteen fits a campaign.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from crmlab.errors import DataError

Vector = NDArray[np.float64]
MOST_STEPS, SMALL, FURTHEST = 100, 1e-10, 3.0


def ridge_logit(
    features: ArrayLike, outcome: ArrayLike, *, prior_sd: float, weights: ArrayLike | None = None
) -> Vector:
    """Coefficients, the intercept first, at the top of the weighted likelihood with normal priors.

    Parameters
    ----------
    features : array, shape (n, k)
        Standardised, so that one prior serves all.
    outcome : array, shape (n,)
        0 or 1.
    prior_sd : float
        Standard deviation of the prior of every coefficient but the intercept, which has none of its own (1,000).
    weights : array, shape (n,), optional
        What each row counts for.

    Raises
    ------
    DataError
        If all outcomes are the same: then there is nothing to tell apart.
    """
    x = np.column_stack([np.ones(len(np.asarray(outcome))), np.asarray(features, dtype=np.float64)])
    y = np.asarray(outcome, dtype=np.float64)
    w = np.ones(y.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if y.size == 0 or y.min() == y.max():
        raise DataError("all customers answered alike: no chance can be told from another")
    penalty = np.r_[1e-6, np.full(x.shape[1] - 1, 1 / prior_sd**2)]
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        p = expit(x @ beta)
        slope = x.T @ (w * (y - p)) - penalty * beta
        curve = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        # Halved where too long: with a ridge the likelihood has one top, and short steps climb to it.
        beta = beta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < SMALL:
            break
    return np.asarray(beta)


def chance(beta: Vector, features: ArrayLike) -> Vector:
    """The chance of a yes of customers with these features."""
    return np.asarray(expit(beta[0] + np.asarray(features, dtype=np.float64) @ beta[1:]))


def standardised(train: Vector, other: Vector) -> tuple[Vector, Vector]:
    """Both in units of the standard deviation of the first, around its mean, no further than three from it.

    A feature that never varies becomes 0. Without the bound a handful of odd customers would bend the slope for all.
    """
    mean, spread = train.mean(axis=0), train.std(axis=0)
    scale = np.where(spread > 0, spread, np.inf)
    own, others = (np.clip((x - mean) / scale, -FURTHEST, FURTHEST) for x in (train, other))
    return own, others
