"""Churn rates that differ and may change with time: the beta-discrete-Weibull model (BdW [1]_).

A customer's chance of being one after t renewals is (1 − θ)^(t^c), and θ is Beta(α, β) over customers: with c above 1
a customer's own risk of leaving rises with time, with c below 1 it falls, with c = 1 the model is the sBG. Retention of
a cohort is what sorting and time make of it together: it can fall first and rise afterwards.

References
----------
.. [1] Fader, Hardie, Liu, Davin and Steenburgh (2018), "How to project customer retention" revisited: the role of
   duration dependence, Journal of Interactive Marketing 43, who write γ and δ for α and β.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from crmlab.models.contracts import beta_survival, diagnosis, sbg
from crmlab.models.contracts.base import ContractModel, check_enough, climb
from crmlab.models.contracts.geometric import best, rough_churn
from crmlab.models.contracts.kept import Kept, RenewalPeriod, Survivors, check_period, kept_of
from crmlab.models.maximise import NO_GAIN, Maximum
from crmlab.models.results import Diagnosis

Vector = NDArray[np.float64]

FURTHEST = 100.0  # of ln t^c: beyond it nobody is left, and numbers would overflow
PLAUSIBLE_GAIN = 1.921  # half the 95 % point of chi-square with one degree of freedom
OTHER_C = (0.5, 2.0)


@dataclass(frozen=True, kw_only=True)
class BetaDiscreteWeibull(ContractModel):
    """The BdW model: `alpha` and `beta` of how customers differ, `c` of how their risk changes with time."""

    name = "BdW"
    parameters = ("alpha", "beta", "c")

    @staticmethod
    def log_survival(params: Mapping[str, Any], periods: ArrayLike) -> Vector:
        """Logarithm of [B(α, β + t^c) / B(α, β)]."""
        x, _ = _stretched(np.asarray(periods, dtype=np.float64), np.asarray(params["c"], dtype=np.float64))
        return beta_survival.log_survival(params["alpha"], params["beta"], x)

    @staticmethod
    def slopes(theta: Vector, ages: Vector) -> tuple[Vector, Vector]:
        """Logarithm of S at ln α, ln β and ln c, and its slopes."""
        alpha, beta, c = np.exp(theta)[..., None]
        x, log_x = _stretched(ages, c)
        by_alpha, by_beta, by_x = beta_survival.slopes(alpha, beta, x)
        values = beta_survival.log_survival(alpha, beta, x)
        return values, np.array([alpha * by_alpha, beta * by_beta, by_x * x * log_x])


def fit_bdw(survivors: Survivors, *, time_unit: RenewalPeriod) -> BetaDiscreteWeibull:
    """α, β and c by maximum likelihood.

    Where one risk for all is as likely (α, β → ∞, the discrete Weibull model), that limit comes back, with a serious
    diagnosis: α + β is then 10⁹, and only c has a standard error.

    Parameters
    ----------
    survivors : Kept or sequence
        What was counted, or the survivors of one cohort (or of several) at every renewal, its size first.
    time_unit : {'day', 'week', 'month', 'quarter', 'year'}
        From one renewal to the next. c does not depend on it only while a customer's risk is the same at every
        renewal: fit the model in the unit in which contracts are renewed.

    Raises
    ------
    DataError
        If the survivors cannot be, or there are too few of them or of their periods.
    ParameterError
        If `time_unit` is none of the five.
    """
    check_period(time_unit)
    seen = kept_of(survivors)
    check_enough(seen, 3)
    without_time = climb(seen, sbg.ShiftedBetaGeometric.slopes, sbg.starts(seen))
    all_alike = climb(seen, _alike_slopes, [[logit(rough_churn(seen)), np.log(c)] for c in (1.0, *OTHER_C)])
    begin = [np.r_[without_time.theta, 0.0], *(np.r_[sbg.starts(seen)[0], np.log(c)] for c in OTHER_C)]
    found = climb(seen, BetaDiscreteWeibull.slopes, begin)
    alike = found.value - all_alike.value < NO_GAIN
    if alike:
        found = _limit(all_alike)
    values = np.exp(found.theta)
    covariance = found.covariance * np.outer(values, values)
    names = list(BetaDiscreteWeibull.parameters)
    gain = found.value - max(without_time.value, best(seen).value)
    return BetaDiscreteWeibull(
        params=dict(zip(names, map(float, values), strict=True)),
        log_likelihood=found.value,
        standard_errors=pd.Series(np.sqrt(np.diag(covariance)), index=names),
        covariance=pd.DataFrame(covariance, index=names, columns=names),
        n_customers=round(seen.n),
        diagnosis=_diagnosis(seen, found, gain, alike=alike),
        time_unit=time_unit,
        observed=seen.periods,
    )


def _alike_slopes(theta: Vector, ages: Vector) -> tuple[Vector, Vector]:
    """The discrete Weibull, t^c · ln(1 − θ), at the log odds of θ and ln c, and its slopes."""
    odds, c = theta[0][..., None], np.exp(theta[1])[..., None]
    x, log_x = _stretched(ages, c)
    values = -x * np.logaddexp(0, odds)
    return values, np.array([-x * expit(odds), values * log_x])


def _limit(alike: Maximum) -> Maximum:
    """The same maximum at α, β and c, where α and β are infinite."""
    churn = expit(alike.theta[0])
    covariance = np.full((3, 3), np.nan)
    covariance[2, 2] = alike.covariance[1, 1]
    return Maximum(
        theta=np.log([churn * sbg.ALIKE, (1 - churn) * sbg.ALIKE, np.exp(alike.theta[1])]),
        value=alike.value,
        covariance=covariance,
        undetermined=np.array([False, False, alike.undetermined[1]]),
        converged=alike.converged,
    )


def _stretched(ages: Vector, c: Vector) -> tuple[Vector, Vector]:
    """t^c, exactly t where c is 1, and its logarithm, 0 at age 0."""
    log_x = np.where(ages > 0, np.minimum(c * np.log(np.maximum(ages, 1e-300)), FURTHEST), 0.0)
    with np.errstate(over="ignore"):
        return np.minimum(np.power(ages, c), np.exp(FURTHEST)), log_x


def _diagnosis(seen: Kept, found: Maximum, gain: float, *, alike: bool) -> tuple[Diagnosis, ...]:
    said = [*diagnosis.of_the_data(seen, 3)]
    if alike:
        said.append(diagnosis.alike_in_time())
    if gain < PLAUSIBLE_GAIN:
        said.append(diagnosis.time_not_shown())
    said += diagnosis.of_the_search(found, BetaDiscreteWeibull.parameters)
    said += diagnosis.endless(dict(zip(BetaDiscreteWeibull.parameters, np.exp(found.theta), strict=True)))
    return tuple(sorted(said, key=lambda one: not one.serious))
