"""One churn rate for everybody: the geometric model, in which retention never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from crmlab.errors import ParameterError
from crmlab.language import tr
from crmlab.models.contracts.base import ContractModel, check_enough, climb
from crmlab.models.contracts.diagnosis import of_the_data, of_the_search
from crmlab.models.contracts.kept import Kept, RenewalPeriod, Survivors, check_period, kept_of
from crmlab.models.maximise import Maximum

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Geometric(ContractModel):
    """The geometric model: whoever is a customer leaves at the next renewal with probability `churn`."""

    name = "geometric"
    parameters = ("churn",)

    @staticmethod
    def log_survival(params: Mapping[str, Any], periods: ArrayLike) -> Vector:
        """Logarithm of (1 − θ)^t."""
        return np.asarray(np.asarray(periods, dtype=np.float64) * np.log1p(-np.asarray(params["churn"])))

    @staticmethod
    def slopes(theta: Vector, ages: Vector) -> tuple[Vector, Vector]:
        """Logarithm of S at the log odds of the churn rate, and its slope."""
        odds = theta[0][..., None]
        return -ages * np.logaddexp(0, odds), (-ages * expit(odds))[None]

    @staticmethod
    def to_theta(params: Mapping[str, float]) -> Vector:
        """Log odds: a churn rate stays below 1."""
        return np.array([logit(params["churn"])])

    @classmethod
    def from_theta(cls, theta: Vector) -> dict[str, Any]:
        """The churn rate."""
        return {"churn": expit(theta[0])}

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """As for every model, but with an interval normal on the scale of log odds, so that it stays below 1."""
        table = super().summary(level)
        churn = table["value"]
        reach = norm.ppf((1 + level) / 2) * table["standard_error"] / (churn * (1 - churn))
        return table.assign(low=expit(logit(churn) - reach), high=expit(logit(churn) + reach))


def fit_geometric(survivors: Survivors, *, time_unit: RenewalPeriod) -> Geometric:
    """One churn rate for all: losses over renewals where every renewal was counted.

    Parameters
    ----------
    survivors : Kept or sequence
        What was counted, or the survivors of one cohort (or of several) at every renewal, its size first.
    time_unit : {'day', 'week', 'month', 'quarter', 'year'}
        From one renewal to the next; the churn rate is per such period.

    Raises
    ------
    DataError
        If the survivors cannot be, or there are too few of them.
    ParameterError
        If `time_unit` is none of the five.
    """
    check_period(time_unit)
    seen = kept_of(survivors)
    check_enough(seen, 1)
    found = best(seen)
    churn = float(expit(found.theta[0]))
    variance = found.covariance * (churn * (1 - churn)) ** 2
    diagnosis = [*of_the_search(found, ("churn",)), *of_the_data(seen, 1)]
    return Geometric(
        params={"churn": churn},
        log_likelihood=found.value,
        standard_errors=pd.Series(np.sqrt(np.diag(variance)), index=["churn"]),
        covariance=pd.DataFrame(variance, index=["churn"], columns=["churn"]),
        n_customers=round(seen.n),
        diagnosis=tuple(diagnosis),
        time_unit=time_unit,
        observed=seen.periods,
    )


def best(seen: Kept) -> Maximum:
    """The maximum of the likelihood, at the log odds of the churn rate."""
    return climb(seen, Geometric.slopes, [[logit(rough_churn(seen))]])


def rough_churn(seen: Kept) -> float:
    """A churn rate to begin a search with: losses over renewals, as if those who left had done so in mid-interval."""
    counted = seen.intervals
    until = np.where(np.isfinite(counted.gone), (counted.stayed + 1 + counted.gone) / 2, counted.stayed)
    renewals = float((until - counted.known) @ counted.weights)
    return float(np.clip(seen.lost / max(renewals, 1e-9), 1e-6, 1 - 1e-6))


def endpoint_geometric(survivors: Sequence[float], *, time_unit: RenewalPeriod) -> Geometric:
    """The churn rate that joins the first number of survivors with the last: what is left out is everything between."""
    counts = Kept.of_cohort(survivors).cohorts[0].survivors
    return Geometric.known(time_unit=time_unit, churn=1 - (counts[-1] / counts[0]) ** (1 / (len(counts) - 1)))


def implied_churn(lost: float, periods: float) -> float:
    """The churn rate a period, one for all, that loses the share `lost` in so many periods.

    Raises
    ------
    ParameterError
        If `lost` is not between 0 and 1 or `periods` not above 0.
    """
    if not 0 < lost < 1 or not periods > 0:
        raise ParameterError(
            tr(
                "lost is {lost} and periods {periods}; give a share between 0 and 1, and time above 0.",
                lost=str(lost),
                periods=str(periods),
            )
        )
    return float(1 - (1 - lost) ** (1 / periods))
