"""What a fitted model is: parameters, how sure they are, and what is wrong with them in plain words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.language import mark, tr
from crmlab.models.maximise import Maximum

TimeUnit = Literal["day", "week", "month", "opportunity"]
DAYS: Mapping[str, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One thing that was found out about a fit.

    Attributes
    ----------
    kind : str
        What it is about, an English key: `not_converged`, `no_dropout`, `flat`, `few_customers`, `infinite_mean`, ...
    sentence : str
        The same for a reader, in the language spoken when the model was fitted.
    serious : bool
        Whether numbers of the model mislead who does not know it.
    """

    kind: str
    sentence: str
    serious: bool


def serious_first(found: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """In the order in which a reader needs them."""
    return tuple(sorted(found, key=lambda one: not one.serious))


@dataclass(frozen=True, kw_only=True)
class FittedModel:
    """A model fitted by maximum likelihood.

    Attributes
    ----------
    params : mapping of str to float
        The parameters by their names in the papers.
    log_likelihood : float
        Of the data in the client's units, as the papers print it: comparable between models of the same data.
    standard_errors : Series
        By parameter, from the curvature of the log-likelihood. NaN for a parameter at its boundary or that
        the data do not determine, which the others then take as known; `diagnosis` says so. It takes the model to be
        true: on CDNOW, which is not quite so, customers drawn again spread r and alpha of the models with dropout by
        15 to 45 % more (`tests/models/test_bootstrap.py`), as `with_robust_errors` has it.
    covariance : DataFrame
        Of the estimates, parameters by parameters, NaN as in `standard_errors`.
    n_customers : int
        Customers the likelihood is of.
    diagnosis : tuple of Diagnosis
        What a reader has to know about the fit, serious things first. Empty: nothing was found.
    """

    parameters: ClassVar[tuple[str, ...]]  # their names in the order of `params`

    params: Mapping[str, float]
    log_likelihood: float
    standard_errors: pd.Series
    covariance: pd.DataFrame
    n_customers: int
    diagnosis: tuple[Diagnosis, ...]

    @property
    def serious(self) -> bool:
        """Whether anything serious was found about the fit."""
        return any(found.serious for found in self.diagnosis)

    def found(self, kind: str) -> Diagnosis | None:
        """The diagnosis of this kind, or None."""
        return next((one for one in self.diagnosis if one.kind == kind), None)

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """One row a parameter: `parameter`, `value`, `standard_error`, `low`, `high`.

        The interval is normal on the log scale, where the parameters were estimated, so it stays above zero.
        """
        value = pd.Series(self.params, dtype="float64")
        reach = norm.ppf((1 + level) / 2) * self.standard_errors / value
        table = pd.DataFrame(
            {
                "value": value,
                "standard_error": self.standard_errors,
                "low": value * np.exp(-reach),
                "high": value * np.exp(reach),
            }
        )
        return table.rename_axis(mark("parameter")).reset_index()


def not_converged(found: Maximum) -> list[Diagnosis]:
    """That the search did not come to rest, if it did not."""
    if found.converged:
        return []
    sentence = tr("The search for the parameters did not come to rest: none of the model's numbers should be used.")
    return [Diagnosis(kind="not_converged", sentence=sentence, serious=True)]


def estimates(found: Maximum, units: Mapping[str, float]) -> dict[str, Any]:
    """`params`, `standard_errors` and `covariance` of what was found on the log scale.

    `units` has the names of the parameters in the order of `found.theta`, and what each is multiplied with to leave the
    scale of the search.
    """
    names = list(units)
    values = np.exp(found.theta) * np.array(list(units.values()))
    covariance = found.covariance * np.outer(values, values)
    return {
        "params": dict(zip(names, map(float, values), strict=True)),
        "standard_errors": pd.Series(np.sqrt(np.diag(covariance)), index=names),
        "covariance": pd.DataFrame(covariance, index=names, columns=names),
    }
