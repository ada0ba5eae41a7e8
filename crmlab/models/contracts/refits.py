"""How sure a model of contracts is: customers like those observed are drawn from it, and the model is fitted again.

The parametric bootstrap (Efron and Tibshirani 1993, section 6.5). Unlike a normal distribution around the estimates it
holds where customers are nearly alike, α and β have no upper limit and their likelihood is far from a parabola. All
samples are fitted at once: Newton's steps on arrays, with curvature taken in absolute value, so that they go up also
where the likelihood is flat or bends the other way.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError
from crmlab.models.contracts.base import ContractModel, LogSurvival, log_likelihood
from crmlab.models.contracts.kept import Intervals, Survivors, kept_of
from crmlab.models.maximise import LARGEST, SMALLEST

Vector = NDArray[np.float64]

LEAST_DRAWS = 100
MOST_STEPS = 60
CLOSE = 1e-4  # of a maximum, in log-likelihood: far below what chance moves it by
FAR = 100.0  # α + β to begin from where they are infinite: the slope there still shows the way
STEP = 1e-4


def refits(model: ContractModel, seen: Survivors, *, rng: np.random.Generator, n_draws: int = 400) -> pd.DataFrame:
    """`n_draws` rows of parameters: `model` fitted again to customers drawn from it, counted as those in `seen` were.

    Every interval of a model of contracts is made of these rows. They hold chance and what it does to the estimates,
    not that the model may be wrong.

    Parameters
    ----------
    model : ContractModel
        Fitted to `seen`.
    seen : Kept or sequence
        What it was fitted to; only sizes and ages of the cohorts are used.
    rng : numpy.random.Generator
        The only source of chance.
    n_draws : int
        At least 100.

    Raises
    ------
    DataError
        If the survivors cannot be.
    ParameterError
        If there are too few draws.
    """
    if n_draws < LEAST_DRAWS:
        raise ParameterError(f"n_draws is {n_draws}; it is at least {LEAST_DRAWS}")
    kept = kept_of(seen)
    numbers = []
    for cohort in kept.cohorts:
        here = np.full(n_draws, round(cohort.survivors[0]))
        stay = model.survival_from(cohort.ages[:-1], np.diff(cohort.ages))
        for share in stay:
            remain = rng.binomial(here, min(float(share), 1.0))
            numbers.append(here - remain)
            here = remain
        numbers.append(here)
    theta = _begin(model)
    found = _climb_all(
        np.tile(theta[:, None], n_draws), kept.intervals_of(np.array(numbers, dtype=float).T), model.slopes
    )
    return pd.DataFrame(model.from_theta(found))


def _begin(model: ContractModel) -> Vector:
    params = dict(model.params)
    shrink = min(1.0, FAR / (params.get("alpha", 0.0) + params.get("beta", 0.0) or FAR))
    for name in {"alpha", "beta"} & params.keys():
        params[name] *= shrink
    return model.to_theta(params)


def _climb_all(theta: Vector, seen: Intervals, slopes: LogSurvival) -> Vector:
    """The maxima of all samples, parameters by samples."""
    damping = np.full(theta.shape[1], 1e-3)
    value, gradient = log_likelihood(theta, seen, slopes)
    for _ in range(MOST_STEPS):
        step = _step(theta, gradient, seen, slopes, damping)
        trial = np.clip(theta + step, SMALLEST, LARGEST)
        tried, there = log_likelihood(trial, seen, slopes)
        gain = tried - value
        better = gain > 0
        theta = np.where(better, trial, theta)
        value, gradient = np.where(better, tried, value), np.where(better, there, gradient)
        damping = np.clip(np.where(better, damping / 10, damping * 10), 1e-9, 1e9)
        promised = np.abs((gradient * step).sum(axis=0))
        if (promised[~better] < CLOSE).all() and (gain[better] < CLOSE).all():
            break
    return theta


def _step(theta: Vector, gradient: Vector, seen: Intervals, slopes: LogSurvival, damping: Vector) -> Vector:
    rows = []
    for place in range(len(theta)):
        moved = np.zeros((len(theta), 1))
        moved[place] = STEP
        ahead, behind = (log_likelihood(theta + sign * moved, seen, slopes)[1] for sign in (1, -1))
        rows.append((ahead - behind) / (2 * STEP))
    hessian = np.array(rows).transpose(2, 0, 1)
    curvature, axes = np.linalg.eigh(-(hessian + hessian.transpose(0, 2, 1)) / 2)
    bend = np.abs(curvature) + damping[:, None] * np.maximum(np.abs(curvature).max(axis=1, keepdims=True), 1e-9)
    along = np.einsum("nji,jn->ni", axes, gradient) / bend
    step = np.einsum("nij,nj->in", axes, along)
    return np.asarray(np.clip(step, -1, 1))
