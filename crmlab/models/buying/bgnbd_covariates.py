"""BG/NBD with what is known of customers beforehand: static covariates of how often they buy and of how they leave.

A customer with covariates z of the rate and w of dropout has α·exp(−γ'z), a·exp(δ'w) and b·exp(δ'w) for α, a and b: one
coefficient for a and b, as CLVTools has it (after Fader and Hardie 2007, note 019). So one more of z multiplies the
customer's rates by exp(γ). The mean chance to leave after a purchase, a / (a + b), is not moved by w: it is how much
customers differ in it that is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from crmlab.models.buying.base import BuyingModel
from crmlab.models.buying.beta_geometric import BetaGeometric
from crmlab.models.buying.bgnbd import BGNBD, bought_once, fit_bgnbd
from crmlab.models.buying.covariates import likelihood_at
from crmlab.models.buying.with_covariates import WithCovariates, fit_with_covariates
from crmlab.models.results import TimeUnit


@dataclass(frozen=True, kw_only=True)
class BGNBDCovariates(WithCovariates, BetaGeometric):
    """The BG/NBD model with static covariates: `r`, and `alpha`, `a`, `b` of a customer whose covariates are all 0.

    A covariate one higher multiplies rates by exp(γ), a and b by exp(δ): γ stands in `rate`, δ in `dropout`.
    """

    name: ClassVar[str] = "BG/NBD with covariates"
    chances_at_first: ClassVar[int] = 0
    plain: ClassVar[type[BuyingModel]] = BGNBD
    times: ClassVar[tuple[str, ...]] = ("alpha",)
    by_rate: ClassVar[Mapping[str, int]] = {"alpha": -1}
    by_dropout: ClassVar[Mapping[str, int]] = {"a": 1, "b": 1}


def fit_bgnbd_covariates(
    customers: pd.DataFrame,
    *,
    rate: Sequence[str] = (),
    dropout: Sequence[str] = (),
    time_unit: TimeUnit = "week",
) -> BGNBDCovariates:
    """The BG/NBD model of `customers` with static covariates.

    Compare its log-likelihood with that of `fit_bgnbd` on the same customers: twice the difference is chi-square with
    as many degrees of freedom as there are coefficients, where the covariates say nothing.

    Parameters
    ----------
    customers : DataFrame
        A customer summary (`repeats`, `t_x`, `T` in days) with the covariates as columns of numbers: what was known
        at the first purchase. Groups are columns of 0 and 1, one fewer than there are groups.
    rate, dropout : sequence of str
        The columns that move how often customers buy, and how they leave; at least one in all. A column can be both.
    time_unit : {'day', 'week', 'month'}
        The unit of `alpha` and of the log-likelihood.

    Raises
    ------
    DataError
        If the table is no customer summary, there are too few customers, or a covariate is missing, no number, the
        same for everybody, or follows from the others.
    ParameterError
        If no covariate is named, one is named twice in a list, or `time_unit` is none of the three.
    """
    return fit_with_covariates(
        BGNBDCovariates,
        customers,
        (rate, dropout),
        time_unit,
        fit_plain=fit_bgnbd,
        likelihood_at=likelihood_at,
        say=lambda of: [bought_once(of)],
    )
