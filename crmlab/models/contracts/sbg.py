"""A churn rate of each customer's own: the shifted-beta-geometric model (sBG [1]_).

Each customer leaves at every renewal with a probability θ of their own, always the same, and θ is Beta(α, β) over
customers. Those who leave easily leave first, so the retention rate of a cohort, (β + t − 1) / (α + β + t − 1), rises
with every period though nobody changes.

References
----------
.. [1] Fader and Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1), eq. (5)–(7).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from crmlab.models.contracts import beta_survival, diagnosis
from crmlab.models.contracts.base import ContractModel, check_enough, climb
from crmlab.models.contracts.geometric import best, rough_churn
from crmlab.models.contracts.kept import Kept, RenewalPeriod, Survivors, check_period, kept_of
from crmlab.models.maximise import NO_GAIN, PLAUSIBLE_GAIN, Maximum
from crmlab.models.results import Diagnosis

Vector = NDArray[np.float64]

ALIKE = 1e9  # α + β where the model is the geometric one to nine digits
CONCENTRATIONS = (2.0, 20.0)  # α + β to begin from


@dataclass(frozen=True, kw_only=True)
class ShiftedBetaGeometric(ContractModel):
    """The sBG model: churn rates a period are Beta(`alpha`, `beta`) over customers; their mean is α / (α + β)."""

    name = "sBG"
    parameters = ("alpha", "beta")

    @staticmethod
    def log_survival(params: Mapping[str, Any], periods: ArrayLike) -> Vector:
        """Logarithm of [B(α, β + t) / B(α, β)], eq. (6)."""
        return beta_survival.log_survival(params["alpha"], params["beta"], periods)

    @staticmethod
    def slopes(theta: Vector, ages: Vector) -> tuple[Vector, Vector]:
        """Logarithm of S at ln α and ln β, and its slopes."""
        alpha, beta = np.exp(theta)[..., None]
        by_alpha, by_beta, _ = beta_survival.slopes(alpha, beta, ages)
        return beta_survival.log_survival(alpha, beta, ages), np.array([alpha * by_alpha, beta * by_beta])

    def churn_after(self, renewals: ArrayLike) -> Vector:
        """Mean churn rate of those who have made so many renewals, α / (α + β + n): sorting in one number."""
        alpha, beta = self.params["alpha"], self.params["beta"]
        return np.asarray(alpha / (alpha + beta + np.asarray(renewals, dtype=np.float64)))


def fit_sbg(survivors: Survivors, *, time_unit: RenewalPeriod) -> ShiftedBetaGeometric:
    """α and β by maximum likelihood.

    Where one churn rate for all is as likely (α, β → ∞), that limit comes back, with a serious diagnosis: α + β is
    then 10⁹, without standard errors.

    Parameters
    ----------
    survivors : Kept or sequence
        What was counted, or the survivors of one cohort (or of several) at every renewal, its size first.
    time_unit : {'day', 'week', 'month', 'quarter', 'year'}
        From one renewal to the next.

    Raises
    ------
    DataError
        If the survivors cannot be, or there are too few of them or of their periods.
    ParameterError
        If `time_unit` is none of the five.
    """
    check_period(time_unit)
    seen = kept_of(survivors)
    check_enough(seen, 2)
    geometric = best(seen)
    found = climb(seen, ShiftedBetaGeometric.slopes, starts(seen))
    gain = found.value - geometric.value
    if gain < NO_GAIN:
        found = _alike(geometric)
    values = np.exp(found.theta)
    covariance = found.covariance * np.outer(values, values)
    names = list(ShiftedBetaGeometric.parameters)
    model = ShiftedBetaGeometric(
        params=dict(zip(names, map(float, values), strict=True)),
        log_likelihood=found.value,
        standard_errors=pd.Series(np.sqrt(np.diag(covariance)), index=names),
        covariance=pd.DataFrame(covariance, index=names, columns=names),
        n_customers=round(seen.n),
        diagnosis=(),
        time_unit=time_unit,
        observed=seen.periods,
    )
    return replace(model, diagnosis=_diagnosis(seen, found, gain))


def starts(seen: Kept) -> list[Vector]:
    """Logarithms of α and β with about the churn rate that was seen, customers much or little different."""
    churn = rough_churn(seen)
    return [np.log([churn * total, (1 - churn) * total]) for total in CONCENTRATIONS]


def _alike(geometric: Maximum) -> Maximum:
    churn = expit(geometric.theta[0])
    return Maximum(
        theta=np.log([churn * ALIKE, (1 - churn) * ALIKE]),
        value=geometric.value,
        covariance=np.full((2, 2), np.nan),
        undetermined=np.zeros(2, dtype=bool),
        converged=geometric.converged,
    )


def _diagnosis(seen: Kept, found: Maximum, gain: float) -> tuple[Diagnosis, ...]:
    said = [*diagnosis.of_the_data(seen, 2)]
    if gain < NO_GAIN:
        said.append(diagnosis.alike())
    elif gain < PLAUSIBLE_GAIN:
        said.append(diagnosis.difference_not_shown())
    said += diagnosis.of_the_search(found, ShiftedBetaGeometric.parameters)
    said += diagnosis.endless(dict(zip(ShiftedBetaGeometric.parameters, np.exp(found.theta), strict=True)))
    return tuple(sorted(said, key=lambda one: not one.serious))
