"""Maximum likelihood on the log scale: from several starts, the best optimum kept, with the curvature there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Vector = NDArray[np.float64]
LogLikelihood = Callable[[Vector], tuple[float, Vector]]

SMALLEST, LARGEST = np.log(1e-6), np.log(1e6)  # of a parameter, in data scaled to be about 1
CLOSE = 1e-6  # of a maximum: what another Newton step would add to the log-likelihood
NEAR = 0.1  # of a logarithm: tops closer than this are one
NO_GAIN = 1e-4  # log-likelihood: what a richer model gains by the last digits of its search alone
PLAUSIBLE_GAIN = 1.353  # half the 95 % point of the even mix of chi-square 0 and 1: one at its boundary, others known
NEWTON_STEPS = 20
FLAT = 3.0  # standard error of a logarithm: a factor of 20 either way is as good


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is largest.

    Attributes
    ----------
    theta : array
        Logarithms of the parameters.
    value : float
        The log-likelihood there.
    covariance : array
        Of `theta`, from the inverse of the curvature. NaN in the rows and columns of undetermined parameters, and
        everywhere if the curvature is not that of a maximum.
    undetermined : array of bool
        Parameters that ended at `SMALLEST` or `LARGEST`, or along which the likelihood is
        flat: a standard error above `FLAT`. The covariance of the others is that given these.
    converged : bool
        Whether the gradient vanishes, as measured by what another step would gain.
    """

    theta: Vector
    value: float
    covariance: Vector
    undetermined: NDArray[np.bool_]
    converged: bool


def maximise(log_likelihood: LogLikelihood, starts: Sequence[Vector]) -> Maximum:
    """The best maximum reached from `starts`.

    Parameters
    ----------
    log_likelihood : callable
        Takes the logarithms of the parameters and gives value and gradient with respect to them.
    starts : sequence of array
        Logarithms of the parameters to begin from.
    """
    log_likelihood = _remembered(log_likelihood)
    best = tops(log_likelihood, starts)[0]
    best = _newton(log_likelihood, best, _inside(best))
    covariance, gain = _curvature(log_likelihood, best, _inside(best))
    undetermined = np.isnan(np.diag(covariance))
    return Maximum(best, log_likelihood(best)[0], covariance, undetermined, bool(abs(gain) < CLOSE))


def tops(log_likelihood: LogLikelihood, starts: Sequence[Vector]) -> list[Vector]:
    """What is reached from `starts`, the best first; what lies close to a better one is that one."""
    reached = sorted((_climb(log_likelihood, start) for start in starts), key=lambda theta: -log_likelihood(theta)[0])
    return [
        theta
        for place, theta in enumerate(reached)
        if all(np.abs(theta - better).max() > NEAR for better in reached[:place])
    ]


def _remembered(log_likelihood: LogLikelihood) -> LogLikelihood:
    """The same, computed once at each place: a search comes back to where it was."""
    found: dict[bytes, tuple[float, Vector]] = {}

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        place = theta.tobytes()
        if place not in found:
            found[place] = log_likelihood(theta)
        value, gradient = found[place]
        return value, gradient.copy()

    return likelihood


def _climb(log_likelihood: LogLikelihood, start: Vector) -> Vector:
    def downhill(theta: Vector) -> tuple[float, Vector]:
        value, gradient = log_likelihood(theta)
        return -value, -gradient

    inside = np.clip(start, SMALLEST, LARGEST)
    bounds = [(SMALLEST, LARGEST)] * inside.size
    found = minimize(
        downhill, inside, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-13}
    )
    # A start from which the search ran off is worth no more than the start itself.
    return np.asarray(found.x if np.isfinite(found.fun) else inside, dtype=np.float64)


def _inside(theta: Vector) -> NDArray[np.int64]:
    return np.flatnonzero((theta > SMALLEST + CLOSE) & (theta < LARGEST - CLOSE))


def _newton(log_likelihood: LogLikelihood, theta: Vector, inside: NDArray[np.int64]) -> Vector:
    """Newton's steps, taken for as long as they go up: a quasi-Newton search stops a few digits early."""
    for _ in range(NEWTON_STEPS):
        value, gradient = log_likelihood(theta)
        hessian = _hessian(log_likelihood, theta, inside)
        if not _is_maximum(hessian):
            break
        step = np.linalg.solve(-hessian, gradient[inside])
        if gradient[inside] @ step < CLOSE**2:
            break
        trial = theta.copy()
        trial[inside] = np.clip(theta[inside] + np.clip(step, -1, 1), SMALLEST, LARGEST)
        if not log_likelihood(trial)[0] > value:
            break
        theta = trial
    return theta


def _curvature(log_likelihood: LogLikelihood, theta: Vector, inside: NDArray[np.int64]) -> tuple[Vector, float]:
    """Covariance of `theta`, and half the gain another Newton step promises; infinite where there is no maximum."""
    covariance = np.full((theta.size, theta.size), np.nan)
    gradient = log_likelihood(theta)[1]
    hessian = _hessian(log_likelihood, theta, inside)
    kept = np.arange(inside.size)
    while kept.size:
        within = hessian[np.ix_(kept, kept)]
        if _is_maximum(within):
            inverse = np.linalg.inv(-within)
            spread = np.sqrt(np.diag(inverse))
            if spread.max() <= FLAT:
                place = inside[kept]
                covariance[np.ix_(place, place)] = inverse
                return covariance, float(gradient[place] @ inverse @ gradient[place]) / 2
        kept = np.delete(kept, _flattest(within))
    return covariance, np.inf


def _flattest(hessian: Vector) -> int:
    """The parameter that moves most along the direction in which the likelihood changes least."""
    if not np.isfinite(hessian).all():
        return len(hessian) - 1
    return int(np.abs(np.linalg.eigh(-hessian)[1][:, 0]).argmax())


def _hessian(log_likelihood: LogLikelihood, theta: Vector, inside: NDArray[np.int64]) -> Vector:
    """Central differences of the gradient; steps of 1e-4 of a logarithm leave some nine digits."""
    rows = []
    for place in inside:
        step = np.zeros(theta.size)
        step[place] = 1e-4
        change = log_likelihood(theta + step)[1] - log_likelihood(theta - step)[1]
        rows.append(change[inside] / 2e-4)
    hessian = np.array(rows).reshape(len(inside), len(inside))
    return (hessian + hessian.T) / 2


def _is_maximum(hessian: Vector) -> bool:
    if not np.isfinite(hessian).all():
        return False
    curvature = np.linalg.eigvalsh(-hessian)
    # Below this the smallest curvature is rounding: the likelihood is flat in that direction.
    return bool(curvature.size == 0 or curvature[0] > 1e-9 * max(curvature[-1], 1))
