"""The likelihood of the Pareto/NBD: still a customer at T, or gone at a moment y between the last purchase and T.

Given λ and μ who made x purchases, the last at t_x, is still here with weight λ^x exp(−(λ + μ)T) or left at y with
density λ^x exp(−λy) · μ exp(−μy). With λ ~ Gamma(r, α) and μ ~ Gamma(s, β)

    L = Γ(r + x) / Γ(r) · α^r β^s · [(α + T)^−(r+x) (β + T)^−s + s ∫ (α + y)^−(r+x) (β + y)^−(s+1) dy],  y from t_x to T

(Schmittlein, Morrison and Colombo 1987, Management Science 33(1); Fader and Hardie 2005, note 009, eq. (15) to (18)).
The papers write the integral as the difference of two ₂F₁. These overflow for many purchases, and where t_x is close to
T, as it is for every good customer, their difference is left with few digits. So the integral is computed as such: its
integrand is positive, and everything is relative to its value at t_x, so that nothing overflows or cancels.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmlab.models.histories import by_count

Vector = NDArray[np.float64]
Params = tuple[Any, ...]  # r, α, s and β: numbers, or arrays that broadcast against the histories

FADED = 38.0  # e-fold: what is smaller than the integrand's value at t_x by this much is below its last digit
NARROWING = 6  # Newton's steps towards the moment at which it has faded
# Nodes of Gauss–Legendre quadrature for intervals over which the integrand falls by at most so many e-folds, and which
# are at most so long on the log scale. Each set gives eleven digits.
RULES = ((4, 0.5, 0.4), (6, 2.0, 1.0), (9, 6.0, 2.5), (15, 14.0, 4.0), (44, np.inf, np.inf))
BLOCK = 4096  # histories at a time


def log_likelihood(theta: Vector, x: Vector, t_x: Vector, T: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood of the Pareto/NBD and its gradient, at the logarithms of r, α, s and β.

    The gradient is that of the quadrature, node by node. `t_x`, `T`, α and β are in one unit of time.
    """
    r, alpha, s, beta = np.exp(theta)
    numbers, times = by_count(x, weights)
    head, head_slope = rising(r, numbers)
    # Sums, not products of vectors, whose last digit would depend on the number of threads.
    total, gradient = float((times * head).sum()), np.array([(times * head_slope).sum(), 0, 0, 0])
    for block in _blocks(x.size):
        value, slopes = by_history((r, alpha, s, beta), x[block], t_x[block], T[block])
        total += float((weights[block] * value).sum())
        gradient += (slopes * weights[block]).sum(axis=1)
    return total, gradient * [r, 1, s, 1]


def by_history(params: Params, x: Vector, t_x: Vector, T: Vector) -> tuple[Vector, Vector]:
    """The logarithm of L without Γ(r + x) / Γ(r), and its slopes by r, log α, s and log β, one a history.

    α and β may differ from history to history.
    """
    r, alpha, s, beta = params
    of = Relative(params, x, t_x, T)
    gone, gone_alpha, gone_beta, inverse_alpha, inverse_beta = of.left(slopes=True)
    total = of.here + gone
    from_alpha, from_beta = np.log(alpha / (alpha + t_x)), np.log(beta / (beta + t_x))
    value = (r + x) * from_alpha - x * np.log(alpha) + s * from_beta + np.log(total)
    slopes = np.array(
        [
            from_alpha - (of.here * of.later_alpha + gone_alpha) / total,
            r - (r + x) * alpha * (of.here / (alpha + T) + inverse_alpha) / total,
            from_beta + (gone / s - of.here * of.later_beta - gone_beta) / total,
            s - beta * (s * of.here / (beta + T) + (s + 1) * inverse_beta) / total,
        ]
    )
    return value, slopes


def alive_given(params: Params, x: Vector, t_x: Vector, T: Vector) -> Vector:
    """Probability of still being a customer at T; everything broadcasts (Fader and Hardie, note 009, eq. (36))."""
    whole = np.broadcast_arrays(*params, x, t_x, T)
    found = np.empty(whole[0].size)
    for block in _blocks(found.size):
        *some, x, t_x, T = (part.flat[block].astype(np.float64) for part in whole)
        of = Relative(tuple(some), x, t_x, T)
        found[block] = of.here / (of.here + of.left(slopes=False)[0])
    return found.reshape(whole[0].shape)


def rising(r: float, numbers: Vector) -> tuple[Vector, Vector]:
    """Log Γ(r + x) − log Γ(r) and its slope by r at each of `numbers`, as sums: the difference cancels for large r."""
    steps = r + np.arange(max(int(numbers.max(initial=0)), 1))
    place = numbers.astype(np.int64)
    return np.r_[0, np.cumsum(np.log(steps))][place], np.r_[0, np.cumsum(1 / steps)][place]


def _blocks(n: int) -> Iterator[slice]:
    """The places of n histories, so many at a time that what is computed of them stays in the processor's cache."""
    return (slice(first, first + BLOCK) for first in range(0, n, BLOCK))


class Relative:
    """Weights of histories relative to (α + t_x)^−(r+x) (β + t_x)^−s.

    Attributes
    ----------
    later_alpha, later_beta : array
        Logarithms of (α + T) / (α + t_x) and (β + T) / (β + t_x).
    here : array
        The weight of still being a customer at T.
    """

    def __init__(self, params: Params, x: Vector, t_x: Vector, T: Vector) -> None:
        r, alpha, s, beta = params
        # The nearer of the two poles, −α and −β, sets the scale on which the integrand varies: u is the logarithm of
        # the distance from it, in which the integrand has no pole closer than π.
        self.swap = np.asarray(beta < alpha)
        near, far = np.where(self.swap, beta, alpha), np.where(self.swap, alpha, beta)
        self.near, self.far = near + t_x, far + t_x
        self.span = np.log1p((T - t_x) / self.near)
        far_span = np.log1p((T - t_x) / self.far)
        self.later_alpha = np.where(self.swap, far_span, self.span)
        self.later_beta = np.where(self.swap, self.span, far_span)
        self.here = np.exp(-(r + x) * self.later_alpha - s * self.later_beta)
        self.power = np.where(self.swap, s, r + x - 1)
        self.far_power = np.where(self.swap, r + x, s + 1)
        self.fall = self.power * self.span + self.far_power * far_span
        # Where β is far, dy / (β + y) has the factor near / far at t_x.
        self.scale = s * np.where(self.swap, 1.0, self.near / self.far)

    def left(self, *, slopes: bool) -> Vector:
        """Having left between t_x and T: s times the integral, as the first row.

        With `slopes` four more: the same with (α + y) / (α + t_x) and (β + y) / (β + t_x), logarithms of both, and with
        1 / (α + y) and 1 / (β + y) under the integral. Histories that need as many nodes go together.
        """
        found = np.zeros((5 if slopes else 1, self.span.size))
        ratio = self.near / self.far
        reach, fall = _until_faded(self.span, self.fall, self.power, self.far_power, ratio)
        left = self.span > 0
        for count, most_fall, longest in RULES:
            chosen = np.flatnonzero(left & (fall <= most_fall) & (reach <= longest))
            left[chosen] = False
            if chosen.size:
                cells = (part[chosen] for part in (reach, self.power, self.far_power, ratio))
                found[:, chosen] = _integrals(count, *cells, slopes=slopes)
        found *= self.scale * reach
        if slopes:
            found[3] /= self.near
            found[4] /= self.far
            if self.swap.ndim == 0:
                return found[[0, 2, 1, 4, 3]] if self.swap else found
            found[:, self.swap] = found[:, self.swap][[0, 2, 1, 4, 3]]
        return found


def _until_faded(span: Vector, fall: Vector, power: Vector, far_power: Vector, ratio: Vector) -> tuple[Vector, Vector]:
    """Where the integrand in u is FADED, or `span` if that comes first, and by how much it has fallen there.

    Its logarithm is concave in u, so Newton's steps from the right stay right of the place and lose nothing.
    """
    faded = fall > FADED
    if not faded.any():
        return span, fall
    u, power, far_power, ratio = span[faded], power[faded], far_power[faded], ratio[faded]
    for _ in range(NARROWING):
        grown = ratio * np.exp(u)
        beyond = 1 - ratio + grown
        u = u - (power * u + far_power * np.log(beyond) - FADED) / (power + far_power * grown / beyond)
    reach, fall = span.copy(), fall.copy()
    reach[faded], fall[faded] = u, FADED
    return reach, fall


def _integrals(count: int, reach: Vector, power: Vector, far_power: Vector, ratio: Vector, *, slopes: bool) -> Vector:
    """Of the integrand over u from 0 to `reach`, over `reach`: alone, and with logarithms and inverses of both."""
    found = np.zeros((5 if slopes else 1, reach.size))
    for share, weight in zip(*_rule(count), strict=True):
        u = share * reach
        grown = np.exp(u)
        beyond = (1 - ratio) + ratio * grown
        log_far = np.log(beyond)
        at = weight * np.exp(-power * u - far_power * log_far)
        found[0] += at
        if slopes:
            found[1] += at * u
            found[2] += at * log_far
            found[3] += at / grown
            found[4] += at / beyond
    return found


@cache
def _rule(count: int) -> tuple[list[float], list[float]]:
    """Nodes and weights of Gauss–Legendre quadrature over the interval from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return ((nodes + 1) / 2).tolist(), (weights / 2).tolist()
