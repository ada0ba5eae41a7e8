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

from crmlab.estimate import Estimate
from crmlab.language import percent, tr
from crmlab.models.buying import beta_geometric_fit
from crmlab.models.buying.beta_geometric import BetaGeometric
from crmlab.models.buying.beta_geometric_fit import fit_beta_geometric
from crmlab.models.histories import Histories, histories
from crmlab.models.results import Diagnosis, TimeUnit

Vector = NDArray[np.float64]


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
        A customer summary: `repeats`, `t_x` and `T` in days; optionally `weight`, how many customers a row stands for.
    time_unit : {'day', 'week', 'month'}
        The unit of `alpha` and of the log-likelihood. Predictions do not depend on it.

    Raises
    ------
    DataError
        If the table is no customer summary, or there are too few customers or repeat buyers.
    ParameterError
        If `time_unit` is none of the three.
    """
    return fit_beta_geometric(BGNBD, customers, time_unit, say=bought_once)


def share_bought_once(customers: pd.DataFrame) -> Estimate:
    """Share of the customers to whom the model gives a probability of 1 to be still a customer, by construction.

    They bought on one day only, and in this model a customer can leave only after a repeat purchase. Counted among
    these customers, so without an interval.
    """
    of = histories(customers)
    return Estimate(
        value=of.share_bought_once,
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
    return beta_geometric_fit.log_likelihood(theta, x, t_x, T, weights, chances_at_first=BGNBD.chances_at_first)


def bought_once(of: Histories) -> Diagnosis:
    """For how many the model says nothing of whether they are still customers."""
    sentence = tr(
        "{share} of the customers bought on one day only. In this model a customer can leave only after a "
        "repeat purchase, so their probability of still being a customer is 100 % by construction and says nothing "
        "about them.",
        share=percent(of.share_bought_once),
    )
    return Diagnosis(kind="bought_once", sentence=sentence, serious=False)
