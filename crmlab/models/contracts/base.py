"""What every model of contracts is and can say: survival, retention, and how it is fitted to what was counted."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import DataError, ParameterError, together
from crmlab.language import count, tr
from crmlab.models.contracts.kept import PERIODS_A_YEAR, Intervals, Kept, RenewalPeriod, check_period
from crmlab.models.maximise import Maximum, maximise
from crmlab.models.results import FittedModel

Vector = NDArray[np.float64]
LogSurvival = Callable[[Vector, Vector], tuple[Vector, Vector]]

LEAST_CUSTOMERS = 30  # below it the parameters say more about the draw than about the customers
LEAST_LOST = 10


@dataclass(frozen=True, kw_only=True)
class ContractModel(FittedModel):
    """A model of how long contracts are kept; time is counted in renewals.

    Attributes
    ----------
    time_unit : str
        From one renewal to the next: `day`, `week`, `month`, `quarter` or `year`. Every number of periods that goes
        in or comes out is in it.
    observed : int
        Renewals of the oldest cohort that were observed; whatever is said beyond them rests on the model alone.
    """

    time_unit: RenewalPeriod
    observed: int

    name: ClassVar[str]

    @staticmethod
    @abstractmethod
    def log_survival(params: Mapping[str, Any], periods: ArrayLike) -> Vector:
        """Logarithm of S(t), given parameters that are numbers or arrays and broadcast against `periods`."""

    @staticmethod
    @abstractmethod
    def slopes(theta: Vector, ages: Vector) -> tuple[Vector, Vector]:
        """Logarithm of S at the ages and its slopes, at parameters on the scale on which they are found.

        `theta` has the parameters along its first axis; others are kept, before that of the ages.
        """

    @staticmethod
    def to_theta(params: Mapping[str, float]) -> Vector:
        """Parameters on the scale on which they are found: their logarithms."""
        return np.log(list(params.values()))

    @classmethod
    def from_theta(cls, theta: Vector) -> dict[str, Any]:
        """The parameters, numbers or arrays."""
        return dict(zip(cls.parameters, np.exp(theta), strict=True))

    @classmethod
    def known(cls, *, time_unit: RenewalPeriod, **params: float) -> Self:
        """A model with these parameters, fitted to nobody: without likelihood, errors and diagnosis.

        Raises
        ------
        ParameterError
            If a parameter is missing, unknown or not above 0, a churn rate not below 1, or `time_unit` unknown.
        """
        check_period(time_unit)
        problems = [
            f"{name} is no parameter; they are {', '.join(cls.parameters)}"
            for name in params
            if name not in cls.parameters
        ]
        problems += [f"{name} is missing" for name in cls.parameters if name not in params]
        problems += [f"{name} is {value}; it is above 0" for name, value in params.items() if not 0 < value < np.inf]
        if params.get("churn", 0) >= 1:
            problems.append(f"churn is {params['churn']}; it is below 1")
        if problems:
            raise ParameterError(together(f"{cls.name} needs other parameters:", problems))
        unknown = np.full(len(cls.parameters), np.nan)
        return cls(
            params={name: float(params[name]) for name in cls.parameters},
            log_likelihood=np.nan,
            standard_errors=pd.Series(unknown, index=list(cls.parameters)),
            covariance=pd.DataFrame(
                np.outer(unknown, unknown), index=list(cls.parameters), columns=list(cls.parameters)
            ),
            n_customers=0,
            diagnosis=(),
            time_unit=time_unit,
            observed=0,
        )

    @property
    def periods_a_year(self) -> float:
        """Renewal periods in a year."""
        return PERIODS_A_YEAR[self.time_unit]

    def discount_rate(self, per_year: float) -> float:
        """The rate a period that compounds to `per_year` in a year."""
        return float(np.expm1(np.log1p(per_year) / self.periods_a_year))

    def survival(self, periods: ArrayLike) -> Vector:
        """Share of a new cohort still customers after so many renewals; 1 at 0."""
        return np.asarray(np.exp(self.log_survival(self.params, periods)))

    def survival_from(self, renewals: ArrayLike, periods: ArrayLike) -> Vector:
        """Of customers who have made so many `renewals`, the share still customers `periods` later; they broadcast."""
        n, t = np.asarray(renewals, dtype=np.float64), np.asarray(periods, dtype=np.float64)
        return np.asarray(np.exp(self.log_survival(self.params, n + t) - self.log_survival(self.params, n)))

    def retention(self, periods: ArrayLike) -> Vector:
        """Of those who made the renewal before, the share who make renewal number `periods` (1, 2, …)."""
        return self.survival_from(np.asarray(periods, dtype=np.float64) - 1, 1)


def log_likelihood(theta: Vector, seen: Intervals, log_survival: LogSurvival) -> tuple[Vector, Vector]:
    """Log-likelihood of what was counted, and its gradient, at the parameters `theta`.

    Who was there at age k, still there at a and had left by b has probability [S(a) − S(b)] / S(k), where S(∞) = 0
    (Fader and Hardie 2007, note 017, eq. (3) for counts at every renewal, eq. (4) for the first and last one).

    Parameters
    ----------
    theta : array
        Parameters along the first axis. Where it has others, the weights have them too: many samples at once.
    log_survival : callable
        Takes `theta` and ages, and gives ln S and its slopes with respect to `theta`.
    """
    ages, place = np.unique(np.r_[seen.known, seen.stayed, seen.gone], return_inverse=True)
    known, stayed, gone = place.reshape(3, -1)
    values, slopes = log_survival(theta, np.where(np.isfinite(ages), ages, 0.0))
    values = np.where(np.isfinite(ages), values, -np.inf)
    with np.errstate(under="ignore"):
        left = np.exp(values[..., gone] - values[..., stayed])  # of those still there at a, still there at b
        share = np.maximum(-np.expm1(values[..., gone] - values[..., stayed]), 1e-300)
    each = values[..., stayed] - values[..., known] + np.log(share)
    slope = slopes[..., stayed] - slopes[..., known] + (slopes[..., stayed] - slopes[..., gone]) * left / share
    return np.asarray((each * seen.weights).sum(axis=-1)), np.asarray((slope * seen.weights).sum(axis=-1))


def climb(seen: Kept, log_survival: LogSurvival, starts: Sequence[ArrayLike]) -> Maximum:
    """The maximum of the likelihood, from parameters to begin with on the scale of `log_survival`."""
    intervals = seen.intervals

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        value, gradient = log_likelihood(theta, intervals, log_survival)
        return float(value), gradient

    return maximise(likelihood, [np.asarray(start, dtype=np.float64) for start in starts])


def check_enough(seen: Kept, parameters: int) -> None:
    """Refuse counts from which a model with so many parameters cannot be fitted; all problems at once.

    Raises
    ------
    DataError
        If there are fewer than 30 customers, fewer than 10 left, none is left, or retention was observed at fewer ages
        than there are parameters.
    """
    kept = sum(cohort.survivors[-1] for cohort in seen.cohorts if len(cohort.ages) > 1)
    rules = [
        (seen.n >= LEAST_CUSTOMERS, _too_few_customers(seen.n)),
        (seen.lost >= LEAST_LOST, _too_few_lost(seen.lost)),
        (kept > 0, tr("nobody is left, so how long the longest contracts last cannot be told")),
        (steps(seen) >= parameters, _too_few_steps(steps(seen), parameters)),
    ]
    problems = [problem for holds, problem in rules if not holds]
    if problems:
        raise DataError(together(tr("A model of contracts cannot be fitted:"), problems))


def steps(seen: Kept) -> int:
    """How many different retention shares were observed: pairs of ages between which somebody could leave."""
    intervals = seen.intervals
    could = np.isfinite(intervals.gone)
    return len(np.unique(np.column_stack([intervals.stayed, intervals.gone])[could], axis=0))


def _too_few_customers(n: float) -> str:
    return tr(
        "there are {n} customers, and at least {least} are needed (counts, not percentages)",
        n=count(n),
        least=count(LEAST_CUSTOMERS),
    )


def _too_few_lost(n: float) -> str:
    return tr("{n} of them left, and at least {least} must have", n=count(n), least=count(LEAST_LOST))


def _too_few_steps(found: int, needed: int) -> str:
    return tr(
        "different stretches of time over which customers were counted: {found}; a model of {needed} parameters needs "
        "as many, so give the survivors of more periods, or of cohorts of more ages",
        found=count(found),
        needed=count(needed),
    )
