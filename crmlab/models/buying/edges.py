"""The edges of a model at which a spread among customers has no width: there a likelihood is a ridge without a top.

A Gamma narrows as its shape and rate go to infinity, a Beta as both of its parameters do; only their ratio then counts.
A search stops anywhere on such a ridge, at numbers that look plausible and are not. So the edge itself is fitted.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from crmlab.models.maximise import LARGEST, PLAUSIBLE_GAIN, LogLikelihood, Maximum, maximise

Vector = NDArray[np.float64]
Pair = tuple[int, int]

LOOSE = 0.5  # standard error of a logarithm: below it the edge is many standard errors away


def to_the_edge(likelihood: LogLikelihood, found: Maximum, pairs: Mapping[str, Pair]) -> tuple[Maximum, list[str]]:
    """`found`, or the edge to which its flat ridges lead where that is plausible, and the names of these ridges.

    `pairs` names two positions each: what is held large at the edge, and what goes with it.
    """
    ridges = [name for name, pair in pairs.items() if _loose(found, pair)]
    for some in (ridges, *([one] for one in ridges if len(ridges) > 1)):
        if some:
            edge = _narrowed(likelihood, found, [pairs[name] for name in some])
            if edge.value > found.value - PLAUSIBLE_GAIN:
                return edge, some
    return found, []


def _loose(found: Maximum, pair: Pair) -> bool:
    """Whether a pair of parameters is so little determined that their edge may do as well."""
    spread = np.sqrt(np.diag(found.covariance)[list(pair)])
    return bool(found.undetermined[list(pair)].any() or spread.min() > LOOSE)


def with_fixed(likelihood: LogLikelihood, fixed: Mapping[int, float], starts: Sequence[Vector]) -> Maximum:
    """The maximum with the logarithms at the positions `fixed` held; `starts` are of all parameters.

    The covariance is NaN at what is held, which is not called undetermined.
    """
    held = list(fixed)
    size = starts[0].size
    free = np.setdiff1d(np.arange(size), held)

    def whole(part: Vector) -> Vector:
        theta = np.empty(size)
        theta[held] = list(fixed.values())
        theta[free] = part
        return theta

    def restricted(part: Vector) -> tuple[float, Vector]:
        value, gradient = likelihood(whole(part))
        return value, gradient[free]

    top = maximise(restricted, [start[free] for start in starts])
    return _embedded(top, whole(top.theta), free, np.ones(free.size))


def _narrowed(likelihood: LogLikelihood, found: Maximum, pairs: Sequence[Pair]) -> Maximum:
    """The maximum with the first of each pair held at `LARGEST`, and undetermined.

    What is searched in place of the second is the ratio of the two, which is of the order of 1.
    """
    held, other = (np.array(part) for part in zip(*pairs, strict=True))
    free = np.setdiff1d(np.arange(found.theta.size), held)

    def whole(part: Vector) -> Vector:
        theta = np.full(found.theta.size, LARGEST)
        theta[free] = part
        theta[other] = LARGEST - theta[other]
        return theta

    def restricted(part: Vector) -> tuple[float, Vector]:
        value, gradient = likelihood(whole(part))
        gradient[other] *= -1
        return value, gradient[free]

    start = found.theta.copy()
    start[other] = start[held] - start[other]
    top = maximise(restricted, [start[free]])
    edge = _embedded(top, whole(top.theta), free, np.where(np.isin(free, other), -1.0, 1.0))
    edge.undetermined[held] = True
    return edge


def _embedded(top: Maximum, theta: Vector, free: NDArray[np.int64], turn: Vector) -> Maximum:
    """A maximum over the parameters `free` as one over all; `turn` has their signs in the search."""
    covariance = np.full((theta.size, theta.size), np.nan)
    covariance[np.ix_(free, free)] = top.covariance * np.outer(turn, turn)
    undetermined = np.zeros(theta.size, dtype=bool)
    undetermined[free] = top.undetermined
    return Maximum(theta, top.value, covariance, undetermined, top.converged)
