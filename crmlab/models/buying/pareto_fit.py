"""How the Pareto/NBD is fitted: its maximum, the simpler models at its edges, and what is said where these do as well.

At three edges the Pareto/NBD is a simpler model: nobody leaves (s → 0: the NBD), all leave at one rate (s and β → ∞,
s / β the rate), all buy at one rate (r and α → ∞). There the likelihood is a ridge that rises for ever, and a search
stops somewhere on it; so the edge itself is fitted, and comes back where it is as likely.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmlab.language import number, tr
from crmlab.models.buying import diagnosis
from crmlab.models.buying.edges import to_the_edge
from crmlab.models.buying.fitting import MANY, Scaled, found_in_units
from crmlab.models.buying.nbd import nbd_maximum
from crmlab.models.buying.pareto_likelihood import log_likelihood
from crmlab.models.histories import Histories, distinct_rows
from crmlab.models.maximise import NO_GAIN, LogLikelihood, Maximum, maximise
from crmlab.models.results import Diagnosis, not_converged

Vector = NDArray[np.float64]

NAMES = ("r", "alpha", "s", "beta")
NOBODY_LEAVES = np.log(1e-9)  # log s where the model is the NBD: leaving has no weight to nine digits
APPROACHES = 12  # at most so many steps from there; each gains a digit
AT_TOP = 1e-11  # log-likelihood: a step that promises less has arrived
RIDGES = {"one_rate_of_buying": (0, 1), "one_rate_of_leaving": (2, 3)}  # shape and rate of a Gamma that narrows


def fitted_fields(data: Scaled) -> dict[str, Any]:
    """The fields of the fitted model."""

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        return log_likelihood(theta, *data.data)

    nobody_leaves = _nobody_leaves(data)
    found = _maximum(data, likelihood, nobody_leaves)
    ridges: list[str] = []
    if found.value - nobody_leaves.value < NO_GAIN:
        found = nobody_leaves
    else:
        found, ridges = to_the_edge(likelihood, found, RIDGES)
    dropout = found.value - nobody_leaves.value
    said = _diagnosis(data, found, dropout, ridges)
    return found_in_units(data, found, NAMES, times=("alpha", "beta"), diagnosis=said)


def _nobody_leaves(data: Scaled) -> Maximum:
    """The NBD's maximum as one of this model, with s and β held where leaving has no weight."""
    # When the last purchase was does not matter to the NBD: many fewer histories.
    rows, place, weights = distinct_rows(data.of.x, data.of.T, weights=data.of.weights)
    fewer = Histories(rows[:, 0], np.zeros(len(rows)), rows[:, 1], weights, place)
    nbd = nbd_maximum(Scaled(fewer, data.scale, data.time_unit))
    covariance = np.full((len(NAMES), len(NAMES)), np.nan)
    covariance[:2, :2] = nbd.covariance
    theta = np.r_[nbd.theta, NOBODY_LEAVES, 0.0]
    return Maximum(theta, nbd.value, covariance, np.r_[nbd.undetermined, False, False], nbd.converged)


def _maximum(data: Scaled, likelihood: LogLikelihood, nobody_leaves: Maximum) -> Maximum:
    starts = [np.log([0.5, 0.5, 0.5, 0.5]), np.r_[nobody_leaves.theta[:2], np.log([0.1, 1.0])]]
    if data.of.x.size > MANY:
        rounded = data.rounded()
        near = maximise(lambda theta: log_likelihood(theta, *rounded), starts)
        starts = [_approach(likelihood, near)]
    return maximise(likelihood, starts)


def _approach(likelihood: LogLikelihood, near: Maximum) -> Vector:
    """Where the likelihood of all leads from `near`, the maximum of rounded histories.

    The curvature is about the same, so each of Newton's steps needs one likelihood.
    """
    if not np.isfinite(near.covariance).all():
        return near.theta
    theta, (value, gradient) = near.theta, likelihood(near.theta)
    for _ in range(APPROACHES):
        step = near.covariance @ gradient
        if gradient @ step < AT_TOP:
            break
        trial, before = theta + step, value
        value, gradient = likelihood(trial)
        if not value > before:
            break
        theta = trial
    return theta


def _diagnosis(data: Scaled, found: Maximum, dropout: float, ridges: Sequence[str]) -> list[Diagnosis]:
    said = diagnosis.few_customers(data.repeat_buyers)
    values = np.exp(found.theta) * [1, data.units, 1, data.units]
    if found.theta[2] <= NOBODY_LEAVES:
        said.append(diagnosis.no_dropout("s"))
    elif not diagnosis.dropout_is_shown(dropout):
        said.append(diagnosis.dropout_not_shown())
    elif not ridges:
        said += diagnosis.flat(found, dict(zip(NAMES, values.tolist(), strict=True)))
    say = {"one_rate_of_buying": _one_rate_of_buying, "one_rate_of_leaving": _one_rate_of_leaving}
    for name in ridges:
        shape, rate = RIDGES[name]
        said.append(say[name](float(values[rate] / values[shape]), data.time_unit))
    return said + not_converged(found)


def _one_rate_of_buying(between: float, time_unit: str) -> Diagnosis:
    sentences = {
        "day": tr(
            "Customers cannot be told apart by how often they buy: all of them look as if they bought every {n} days. "
            "The parameters r and alpha by themselves have no meaning, only their ratio; forecasts can still be sound.",
            n=number(between),
        ),
        "week": tr(
            "Customers cannot be told apart by how often they buy: all of them look as if they bought every {n} weeks. "
            "The parameters r and alpha by themselves have no meaning, only their ratio; forecasts can still be sound.",
            n=number(between),
        ),
        "month": tr(
            "Customers cannot be told apart by how often they buy: all of them look as if they bought every {n} "
            "months. The parameters r and alpha by themselves have no meaning, only their ratio; forecasts can still "
            "be sound.",
            n=number(between),
        ),
    }
    return Diagnosis(kind="one_rate_of_buying", sentence=sentences[time_unit], serious=True)


def _one_rate_of_leaving(stay: float, time_unit: str) -> Diagnosis:
    sentences = {
        "day": tr(
            "Customers cannot be told apart by how long they stay: all of them look as if they stayed {n} days on "
            "average. The parameters s and beta by themselves have no meaning, only their ratio; forecasts can still "
            "be sound.",
            n=number(stay),
        ),
        "week": tr(
            "Customers cannot be told apart by how long they stay: all of them look as if they stayed {n} weeks on "
            "average. The parameters s and beta by themselves have no meaning, only their ratio; forecasts can still "
            "be sound.",
            n=number(stay),
        ),
        "month": tr(
            "Customers cannot be told apart by how long they stay: all of them look as if they stayed {n} months on "
            "average. The parameters s and beta by themselves have no meaning, only their ratio; forecasts can still "
            "be sound.",
            n=number(stay),
        ),
    }
    return Diagnosis(kind="one_rate_of_leaving", sentence=sentences[time_unit], serious=True)
