"""The likelihood of the BG/BB: still a customer after n opportunities, or gone before one after the last purchase.

With p ~ Beta(α, β) and θ ~ Beta(γ, δ)

    L = B(α+x, β+n−x) / B(α, β) · B(γ, δ+n) / B(γ, δ)
        + Σ B(α+x, β+k−x) / B(α, β) · B(γ+1, δ+k) / B(γ, δ),   k from t_x to n − 1

(Fader, Hardie and Shang 2010, Marketing Science 29(6), eq. (5)), k the opportunities met. The ratios of Beta functions
are products of so many factors as there are opportunities, taken as sums of logarithms: differences of log-Gamma
functions lose their digits where the parameters are large.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

Vector = NDArray[np.float64]
Places = NDArray[np.int64]


def log_likelihood(theta: Vector, x: Vector, t_x: Vector, n: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood of the BG/BB and its gradient, at the logarithms of α, β, γ and δ."""
    values = np.exp(theta)
    value, slopes = _at(values, weights, *(column.astype(np.int64) for column in (x, t_x, n)))
    return value, slopes * values


def alive_at_next(params: Mapping[str, Any], x: Vector, t_x: Vector, n: Vector) -> Vector:
    """Probability of being a customer at the opportunity after the n seen; everything broadcasts (eq. (11)).

    The ways of having left are summed backwards from the last, relative to having stayed.
    """
    alpha, beta, gamma, delta = (
        np.asarray(params[name], dtype=np.float64) for name in ("alpha", "beta", "gamma", "delta")
    )
    shape = np.broadcast_shapes(alpha.shape, beta.shape, gamma.shape, delta.shape, x.shape, t_x.shape, n.shape)
    gone, ratio = np.zeros(shape), np.ones(shape)
    with np.errstate(over="ignore"):  # a silence so long that nobody is left
        for met in range(int(n.max(initial=0)) - 1, int(t_x.min(initial=0)) - 1, -1):
            inside = (t_x <= met) & (met < n)
            silent = (alpha + beta + met) / np.where(inside, beta + met - x, 1)
            ratio = np.where(inside, ratio * silent * (gamma + delta + met) / (delta + met), ratio)
            gone += np.where(inside, ratio * gamma / (gamma + delta + met), 0)
    return np.asarray((delta + n) / (gamma + delta + n) / (1 + gone))


def count_probability(params: Mapping[str, float], count: Places, n: Places) -> Vector:
    """Probability of `count` purchases at the first n opportunities (eq. (7)); the two broadcast."""
    alpha, beta, gamma, delta = (params[name] for name in ("alpha", "beta", "gamma", "delta"))
    count, n = np.broadcast_arrays(count, n)
    most = int(n.max(initial=0))
    found = np.zeros(count.shape)
    for met in range(most + 1):
        at = np.full(count.shape, met)
        may = (count <= met) & (met <= n)
        bought = np.where(may, count, 0)
        ways = gammaln(met + 1) - gammaln(bought + 1) - gammaln(met - bought + 1)
        buying, _ = _buying(alpha, beta, bought, at, most)
        staying, _ = _staying(gamma, delta, at, met < n, most)
        found += np.where(may, np.exp(ways + buying + staying), 0)
    return found


def _at(params: Vector, weights: Vector, x: Places, t_x: Places, n: Places) -> tuple[float, Vector]:
    """The log-likelihood and its slopes by α, β, γ and δ."""
    alpha, beta, gamma, delta = params
    # One row a history, one column for each way: met k = t_x, t_x + 1, … opportunities and left, or stayed (last).
    met = np.minimum(t_x[:, None] + np.arange(int((n - t_x).max()) + 1), n[:, None])
    gone = t_x[:, None] + np.arange(met.shape[1]) < n[:, None]
    possible = gone.copy()
    possible[:, -1] = True
    met[:, -1], gone[:, -1] = n, False
    most = int(n.max())
    buying, buying_slopes = _buying(alpha, beta, x[:, None], met, most)
    staying, staying_slopes = _staying(gamma, delta, met, gone, most)
    ways = np.where(possible, buying + staying, -np.inf)
    each = logsumexp(ways, axis=1)
    shares = np.exp(ways - each[:, None]) * weights[:, None]
    slopes = np.array([(shares * slope).sum() for slope in (*buying_slopes, *staying_slopes)])
    return float((each * weights).sum()), slopes


def _buying(alpha: float, beta: float, x: Places, met: Places, most: int) -> tuple[Vector, tuple[Vector, Vector]]:
    """Log B(α+x, β+met−x) / B(α, β), and its slopes by α and β."""
    steps = np.arange(most)
    bought, not_bought, either = (np.r_[0, np.cumsum(np.log(one + steps))] for one in (alpha, beta, alpha + beta))
    by_bought, by_not, by_either = (np.r_[0, np.cumsum(1 / (one + steps))] for one in (alpha, beta, alpha + beta))
    missed = np.maximum(met - x, 0)
    value = bought[x] + not_bought[missed] - either[met]
    return value, (by_bought[x] - by_either[met], by_not[missed] - by_either[met])


def _staying(gamma: float, delta: float, met: Places, gone: Any, most: int) -> tuple[Vector, tuple[Vector, Vector]]:
    """The logarithm of having met so many opportunities and then, where `gone`, left; its slopes by γ and δ."""
    steps = np.arange(most + 1)
    both = gamma + delta + steps
    stayed = np.r_[0, np.cumsum(-np.log1p(gamma / (delta + steps)))]
    by_gamma = np.r_[0, np.cumsum(-1 / both)]
    by_delta = np.r_[0, np.cumsum(gamma / (delta + steps) / both)]
    value = stayed[met] + np.where(gone, np.log(gamma / both)[met], 0)
    leaving = np.where(gone, 1 / both[met], 0)
    return value, (by_gamma[met] + np.where(gone, 1 / gamma, 0) - leaving, by_delta[met] - leaving)
