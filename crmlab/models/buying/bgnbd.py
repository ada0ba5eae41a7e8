"""The BG/NBD model of repeat purchases, fitted to a customer summary.

While a customer is with us, purchases come at a rate λ of the customer's own; after each repeat purchase the customer
leaves for good with a probability p of their own. λ is Gamma(r, rate α) and p is Beta(a, b) among customers,
independently (Fader, Hardie and Lee 2005, Marketing Science 24(2)).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError, together
from crmlab.estimate import Estimate
from crmlab.language import count, number, percent, tr
from crmlab.models.buying import beta_geometric
from crmlab.models.buying.beta_geometric import BetaGeometric
from crmlab.models.histories import Histories, histories
from crmlab.models.lifetimes_fit import bgnbd_start
from crmlab.models.maximise import Maximum, maximise
from crmlab.models.results import DAYS, Diagnosis, TimeUnit

Vector = NDArray[np.float64]

NAMES = ["r", "alpha", "a", "b"]
LEAST_CUSTOMERS = 30  # below it four parameters say more about the draw than about the customers
LEAST_REPEAT_BUYERS = 10
FEW_REPEAT_BUYERS = 100
NOBODY_LEAVES = np.log(1e-9)  # log a where the model is the NBD: dropout has no weight to nine digits
CLOSE_TO_NOBODY = 1e-4  # log-likelihood: less than this is the numerical noise of a → 0
PLAUSIBLE_GAIN = 1.353  # half the 95 % point of the even mix of chi-square 0 and 1: one parameter at its boundary


@dataclass(frozen=True, kw_only=True)
class BGNBD(BetaGeometric):
    """The BG/NBD model of repeat purchases: `r`, `alpha`, `a`, `b` (Fader, Hardie and Lee 2005).

    Only `alpha` depends on the unit of time.
    """

    name: ClassVar[str] = "BG/NBD"
    chances_at_first: ClassVar[int] = 0


def fit_bgnbd(customers: pd.DataFrame, *, time_unit: TimeUnit = "week") -> BGNBD:
    """The BG/NBD model of `customers`.

    Where a model in which nobody ever leaves (NBD, a → 0) is as likely, that model comes back, with a serious
    diagnosis: `a` is then 1e-9, `b` 1, both without standard errors.

    Parameters
    ----------
    customers : DataFrame
        A customer summary: `repeats`, `t_x` and `T` in days.
    time_unit : {'day', 'week', 'month'}
        The unit of `alpha` and of the log-likelihood. Predictions do not depend on it.

    Raises
    ------
    DataError
        If the table is no customer summary, or there are too few customers or repeat buyers.
    ParameterError
        If `time_unit` is none of the three.
    """
    if time_unit not in DAYS:
        raise ParameterError(f"time_unit is {time_unit!r}; it is one of {', '.join(map(repr, DAYS))}")
    of = histories(customers)
    _check_enough(of)
    scale = float(np.average(of.T, weights=of.weights))
    found, nobody_leaves = _both_maxima(of, scale)
    dropout = found.value - nobody_leaves.value
    if dropout < CLOSE_TO_NOBODY:
        found = nobody_leaves
    return _result(of, found, dropout, scale, time_unit)


def share_bought_once(customers: pd.DataFrame) -> Estimate:
    """Share of the customers to whom the model gives a probability of 1 to be still a customer, by construction.

    They bought on one day only, and in this model a customer can leave only after a repeat purchase. Counted among
    these customers, so without an interval.
    """
    of = histories(customers)
    return Estimate(
        value=float(of.weights[of.x == 0].sum() / of.weights.sum()),
        low=None,
        high=None,
        n=int(of.weights.sum()),
        level=0.95,
        method=tr("counted among these customers, so without an interval"),
        denominator=tr("all customers with a purchase up to the last day observed"),
        window=tr("from each customer's first purchase to the last day observed"),
    )


def log_likelihood(theta: Vector, x: Vector, t_x: Vector, T: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood of the BG/NBD and its gradient, at the logarithms of r, α, a and b.

    Fader, Hardie and Lee (2005), eq. (6); `t_x`, `T` and α are in one unit of time.
    """
    return beta_geometric.log_likelihood(theta, x, t_x, T, weights, chances_at_first=BGNBD.chances_at_first)


def _both_maxima(of: Histories, scale: float) -> tuple[Maximum, Maximum]:
    """The maximum, and that among models in which nobody leaves; time in units of `scale` days."""
    scaled = (of.x, of.t_x / scale, of.T / scale, of.weights)

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        return log_likelihood(theta, *scaled)

    own = np.log([0.5, 0.5, 1.0, 2.0])
    nobody_leaves = maximise(likelihood, [np.r_[own[:2], NOBODY_LEAVES, 0.0]], fixed=(2, 3))
    starts = [own, np.r_[nobody_leaves.theta[:2], np.log([0.05, 1.0])]]
    reference = bgnbd_start(*scaled)
    if reference is not None:
        starts.append(reference)
    return maximise(likelihood, starts), nobody_leaves


def _result(of: Histories, found: Maximum, dropout: float, scale: float, time_unit: TimeUnit) -> BGNBD:
    units = scale / DAYS[time_unit]
    values = np.exp(found.theta) * [1, units, 1, 1]
    covariance = found.covariance * np.outer(values, values)
    n_repeats = float(of.x @ of.weights)
    return BGNBD(
        params=dict(zip(NAMES, map(float, values), strict=True)),
        # The density of x purchase times carries one unit of time for each purchase.
        log_likelihood=found.value - n_repeats * float(np.log(units)),
        standard_errors=pd.Series(np.sqrt(np.diag(covariance)), index=NAMES),
        covariance=pd.DataFrame(covariance, index=NAMES, columns=NAMES),
        n_customers=int(of.weights.sum()),
        diagnosis=tuple(sorted(_diagnosis(of, found, dropout), key=lambda one: not one.serious)),
        time_unit=time_unit,
    )


def _check_enough(of: Histories) -> None:
    customers, repeat_buyers = int(of.weights.sum()), int(of.weights[of.x > 0].sum())
    problems = []
    if customers < LEAST_CUSTOMERS:
        problems.append(
            tr(
                "there are {n} customers, and at least {least} are needed",
                n=count(customers),
                least=count(LEAST_CUSTOMERS),
            )
        )
    if repeat_buyers < LEAST_REPEAT_BUYERS:
        problems.append(
            tr(
                "{n} of them bought on a second day, and at least {least} are needed",
                n=count(repeat_buyers),
                least=count(LEAST_REPEAT_BUYERS),
            )
        )
    if problems:
        raise DataError(together(tr("A model of purchases cannot be fitted:"), problems))


def _diagnosis(of: Histories, found: Maximum, dropout: float) -> list[Diagnosis]:
    nobody_leaves = found.theta[2] <= NOBODY_LEAVES
    said = [_bought_once(of)]
    repeat_buyers = int(of.weights[of.x > 0].sum())
    if repeat_buyers < FEW_REPEAT_BUYERS:
        said.append(_few(repeat_buyers))
    if nobody_leaves:
        said.append(_nobody_leaves())
    elif dropout < PLAUSIBLE_GAIN:
        said.append(_dropout_not_shown())
    elif found.undetermined.any():
        said.append(_flat(found))
    if not found.converged:
        said.append(_not_converged())
    return said


def _bought_once(of: Histories) -> Diagnosis:
    share = float(of.weights[of.x == 0].sum() / of.weights.sum())
    sentence = tr(
        "{share} of the customers bought on one day only. In this model a customer can leave only after a "
        "repeat purchase, so their probability of still being a customer is 100 % by construction and says nothing "
        "about them.",
        share=percent(share),
    )
    return Diagnosis(kind="bought_once", sentence=sentence, serious=False)


def _few(repeat_buyers: int) -> Diagnosis:
    sentence = tr(
        "The model rests on {n} customers with a repeat purchase; below {few} its intervals are rough.",
        n=count(repeat_buyers),
        few=count(FEW_REPEAT_BUYERS),
    )
    return Diagnosis(kind="few_customers", sentence=sentence, serious=False)


def _not_converged() -> Diagnosis:
    sentence = tr("The search for the parameters did not come to rest: none of the model's numbers should be used.")
    return Diagnosis(kind="not_converged", sentence=sentence, serious=True)


def _nobody_leaves() -> Diagnosis:
    sentence = tr(
        "The purchases look as if no customer ever left (the dropout parameter a goes to 0). The probability of still "
        "being a customer is then 100 % for everybody and means nothing, and forecasts assume that nobody will leave."
    )
    return Diagnosis(kind="no_dropout", sentence=sentence, serious=True)


def _dropout_not_shown() -> Diagnosis:
    sentence = tr(
        "A model in which no customer ever leaves explains these purchases about as well. Who has left cannot be told "
        "from them, so the probabilities of still being a customer carry little information."
    )
    return Diagnosis(kind="dropout_not_shown", sentence=sentence, serious=True)


def _flat(found: Maximum) -> Diagnosis:
    values = np.exp(found.theta)
    sentence = tr(
        "The purchases do not determine the parameters {names} (found: {values}): very different values explain them "
        "as well. The model's forecasts can still be sound; these parameters by themselves, and the standard errors of "
        "the others, which take them as known, are not.",
        names=", ".join(name for name, loose in zip(NAMES, found.undetermined, strict=True) if loose),
        values=", ".join(number(value) for value, loose in zip(values, found.undetermined, strict=True) if loose),
    )
    return Diagnosis(kind="flat", sentence=sentence, serious=True)
