"""Pareto/NBD with what is known of customers beforehand: static covariates of how often they buy and how soon they go.

A customer with covariates z of the rate and w of dropout has α·exp(−γ'z) and β·exp(−δ'w) for α and β (Fader and Hardie
2007, note 019; as CLVTools has it). So one more of z multiplies the rate of buying by exp(γ), and one more of w that of
leaving by exp(δ).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.models.buying.base import BuyingModel
from crmlab.models.buying.covariates import BEFORE, Known, along
from crmlab.models.buying.fitting import Scaled
from crmlab.models.buying.gamma_rates import GammaRates
from crmlab.models.buying.pareto_likelihood import by_history, rising
from crmlab.models.buying.pareto_nbd import ParetoNBD, fit_pareto_nbd
from crmlab.models.buying.with_covariates import WithCovariates, fit_with_covariates
from crmlab.models.histories import by_count
from crmlab.models.maximise import LogLikelihood
from crmlab.models.results import TimeUnit

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ParetoNBDCovariates(WithCovariates, GammaRates):
    """The Pareto/NBD model with static covariates: `r`, `s`, and `alpha`, `beta` of a customer whose covariates are 0.

    A covariate one higher multiplies the rate of buying by exp(γ), that of leaving by exp(δ): γ stands in `rate`, δ in
    `dropout`.
    """

    name: ClassVar[str] = "Pareto/NBD with covariates"
    plain: ClassVar[type[BuyingModel]] = ParetoNBD
    times: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    by_rate: ClassVar[Mapping[str, int]] = {"alpha": -1}
    by_dropout: ClassVar[Mapping[str, int]] = {"beta": -1}


def fit_pareto_nbd_covariates(
    customers: pd.DataFrame,
    *,
    rate: Sequence[str] = (),
    dropout: Sequence[str] = (),
    time_unit: TimeUnit = "week",
) -> ParetoNBDCovariates:
    """The Pareto/NBD model of `customers` with static covariates.

    Compare its log-likelihood with that of `fit_pareto_nbd` on the same customers: twice the difference is chi-square
    with as many degrees of freedom as there are coefficients, where the covariates say nothing.

    Parameters
    ----------
    customers : DataFrame
        A customer summary (`repeats`, `t_x`, `T` in days) with the covariates as columns of numbers: what was known
        at the first purchase. Groups are columns of 0 and 1, one fewer than there are groups.
    rate, dropout : sequence of str
        The columns that move how often customers buy, and how soon they leave; at least one in all. A column can be
        both.
    time_unit : {'day', 'week', 'month'}
        The unit of `alpha`, `beta` and of the log-likelihood.

    Raises
    ------
    DataError
        If the table is no customer summary, there are too few customers, or a covariate is missing, no number, the
        same for everybody, or follows from the others.
    ParameterError
        If no covariate is named, one is named twice in a list, or `time_unit` is none of the three.
    """
    return fit_with_covariates(
        ParetoNBDCovariates,
        customers,
        (rate, dropout),
        time_unit,
        fit_plain=fit_pareto_nbd,
        likelihood_at=likelihood_at,
    )


def likelihood_at(data: Scaled, of: Known) -> LogLikelihood:
    """Log-likelihood of Pareto/NBD and its gradient, at log r, α, s, β and the coefficients γ and δ."""
    x, t_x, T, weights = data.data
    n_rate = of.on_rate.shape[1]
    numbers, times = by_count(x, weights)

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        r, s = np.exp(theta[0]), np.exp(theta[2])
        alpha = np.exp(theta[1] - along(of.on_rate, theta[BEFORE : BEFORE + n_rate]))
        beta = np.exp(theta[3] - along(of.on_dropout, theta[BEFORE + n_rate :]))
        head, by_r = rising(r, numbers)
        value, slopes = by_history((r, alpha, s, beta), x, t_x, T)
        slopes *= weights
        gradient = np.r_[
            r * (slopes[0].sum() + (times * by_r).sum()),
            slopes[1].sum(),
            s * slopes[2].sum(),
            slopes[3].sum(),
            -(slopes[1][:, None] * of.on_rate).sum(axis=0),
            -(slopes[3][:, None] * of.on_dropout).sum(axis=0),
        ]
        return float((weights * value).sum() + (times * head).sum()), gradient

    return likelihood
