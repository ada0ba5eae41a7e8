"""How the BG/BB is fitted: its maximum, the simpler models at its edges, and what is said where these do as well.

At its edges nobody leaves (γ → 0: the beta-binomial), all leave with one probability (γ and δ → ∞), or all buy with
one (α and β → ∞). The last two are ridges that rise for ever, as on the cruises of the paper.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmlab.errors import DataError, together
from crmlab.language import count, percent, tr
from crmlab.models.buying import diagnosis
from crmlab.models.buying.bgbb_likelihood import log_likelihood
from crmlab.models.buying.edges import to_the_edge, with_fixed
from crmlab.models.buying.fitting import LEAST_CUSTOMERS, LEAST_REPEAT_BUYERS
from crmlab.models.histories import Histories
from crmlab.models.maximise import NO_GAIN, Maximum, maximise
from crmlab.models.results import Diagnosis, estimates, not_converged, serious_first

Vector = NDArray[np.float64]

NAMES = ("alpha", "beta", "gamma", "delta")
NOBODY_LEAVES = np.log(1e-9)  # log γ where leaving has no weight to nine digits
RIDGES = {"one_probability_of_buying": (1, 0), "one_probability_of_leaving": (3, 2)}


def fitted_fields(of: Histories) -> dict[str, Any]:
    """The fields of the fitted model."""
    _check(of)

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        return log_likelihood(theta, of.x, of.t_x, of.T, of.weights)

    nobody_leaves = with_fixed(likelihood, {2: NOBODY_LEAVES, 3: 0.0}, [np.zeros(4)])
    starts = [np.zeros(4), np.log([1.0, 1.0, 0.5, 5.0]), np.r_[nobody_leaves.theta[:2], np.log([0.5, 20.0])]]
    found = maximise(likelihood, starts)
    ridges: list[str] = []
    if found.value - nobody_leaves.value < NO_GAIN:
        found = nobody_leaves
    else:
        found, ridges = to_the_edge(likelihood, found, RIDGES)
    dropout = found.value - nobody_leaves.value
    return {
        **estimates(found, dict.fromkeys(NAMES, 1.0)),
        "log_likelihood": found.value,
        "n_customers": int(of.weights.sum()),
        "diagnosis": serious_first(_diagnosis(of, found, dropout, ridges)),
        "time_unit": "opportunity",
    }


def _check(of: Histories) -> None:
    """Refuse what opportunities cannot be, or too little of it."""
    part = (np.floor(of.T) != of.T) | (of.t_x != np.floor(of.t_x))
    more = of.x > of.t_x
    customers, repeat_buyers = int(of.weights.sum()), int(of.weights[of.x > 0].sum())
    rules = [
        (
            not part.any(),
            tr("{n} histories have t_x or n that is no whole number of opportunities", n=count(part.sum())),
        ),
        (not more.any(), tr("{n} histories have more purchases x than opportunities up to t_x", n=count(more.sum()))),
        (
            customers >= LEAST_CUSTOMERS,
            tr(
                "there are {n} customers, and at least {least} are needed",
                n=count(customers),
                least=count(LEAST_CUSTOMERS),
            ),
        ),
        (
            repeat_buyers >= LEAST_REPEAT_BUYERS,
            tr(
                "{n} of them bought at an opportunity after the first purchase, and at least {least} are needed",
                n=count(repeat_buyers),
                least=count(LEAST_REPEAT_BUYERS),
            ),
        ),
    ]
    problems = [text for holds, text in rules if not holds]
    if problems:
        raise DataError(together(tr("A model of purchases at opportunities cannot be fitted:"), problems))


def _diagnosis(of: Histories, found: Maximum, dropout: float, ridges: Sequence[str]) -> list[Diagnosis]:
    said = diagnosis.few_customers(int(of.weights[of.x > 0].sum()))
    params = dict(zip(NAMES, np.exp(found.theta).tolist(), strict=True))
    if found.theta[2] <= NOBODY_LEAVES:
        said.append(diagnosis.no_dropout("gamma"))
    elif not diagnosis.dropout_is_shown(dropout):
        said.append(diagnosis.dropout_not_shown())
    elif not ridges:
        said += diagnosis.flat(found, params)
    if "one_probability_of_buying" in ridges:
        said.append(_one_probability_of_buying(params["alpha"] / (params["alpha"] + params["beta"])))
    if "one_probability_of_leaving" in ridges:
        said.append(_one_probability_of_leaving(params["gamma"] / (params["gamma"] + params["delta"])))
    return said + not_converged(found)


def _one_probability_of_buying(share: float) -> Diagnosis:
    sentence = tr(
        "Customers cannot be told apart by how often they buy: all of them look as if they bought at {share} of the "
        "opportunities. The parameters alpha and beta by themselves have no meaning, only their ratio; forecasts can "
        "still be sound.",
        share=percent(share),
    )
    return Diagnosis(kind="one_probability_of_buying", sentence=sentence, serious=True)


def _one_probability_of_leaving(share: float) -> Diagnosis:
    sentence = tr(
        "Customers cannot be told apart by how soon they leave: all of them look as if {share} of them left before "
        "each opportunity. The parameters gamma and delta by themselves have no meaning, only their ratio; forecasts "
        "can still be sound.",
        share=percent(share),
    )
    return Diagnosis(kind="one_probability_of_leaving", sentence=sentence, serious=True)
