"""The two models fitted together, or in plain words why they cannot be trusted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from crmlab.errors import CrmlabError
from crmlab.language import tr
from crmlab.models import (
    BuyingModel,
    DependentGammaGamma,
    GammaGamma,
    Independence,
    fit_bgnbd,
    fit_dependent_gamma_gamma,
    fit_gamma_gamma,
    fit_mbgnbd,
    fit_nbd,
    fit_pareto_nbd,
    independence,
)

TimeUnit = Literal["day", "week", "month"]
ModelName = Literal["NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD"]

FITS: Mapping[str, Callable[..., BuyingModel]] = {
    "NBD": fit_nbd,
    "BG/NBD": fit_bgnbd,
    "MBG/NBD": fit_mbgnbd,
    "Pareto/NBD": fit_pareto_nbd,
}
"""The models of buying that are compared, simplest first. In NBD nobody ever leaves."""

FORBID = {"not_converged", "no_dropout", "flat", "infinite_mean"}
"""Diagnoses that leave no number of a fit to plan with. Other faults are for the hold-out to judge."""

SAID_ELSEWHERE = {"bought_once", "correlation"}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A model of buying and one of spending, or the reasons why there are none.

    Attributes
    ----------
    buying : BuyingModel or None
        None where it could not be fitted.
    spending : GammaGamma or None
        The one to use: that in which spend depends on frequency where independence is rejected, else Gamma–Gamma.
    independent : GammaGamma or None
        Gamma–Gamma itself.
    dependent_spending : GammaGamma or None
        The one in which spend depends on frequency; None where independence is not rejected, or it is of no use.
    independence : Independence or None
        The test of whether spend has to do with frequency; None where it could not be made.
    problems : tuple of str
        What forbids using the pair: it could not be fitted, or it was and means nothing.
    notes : tuple of str
        What a reader should know of a pair that can be used.
    """

    buying: BuyingModel | None
    spending: GammaGamma | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    independent: GammaGamma | None = None
    dependent_spending: GammaGamma | None = None
    independence: Independence | None = None

    @property
    def usable(self) -> bool:
        """Whether both were fitted and nothing forbids using them."""
        return self.buying is not None and self.spending is not None and not self.problems

    @property
    def dependent(self) -> bool:
        """Whether the spending in use depends on frequency."""
        return isinstance(self.spending, DependentGammaGamma)

    @property
    def other_spending(self) -> GammaGamma | None:
        """Where independence is rejected, the model of spending that is not in use."""
        if self.dependent_spending is None:
            return None
        return self.independent if self.dependent else self.dependent_spending

    def with_independent_spend(self) -> "Fit":
        """The same with Gamma–Gamma itself as the model of spending."""
        return replace(self, spending=self.independent)

    def parameters(self) -> pd.DataFrame:
        """The models' parameters with standard errors, as their `summary()` gives them; empty without a fit.

        With independence rejected both models of spending are in it.
        """
        named = [
            (self.buying, self.buying.name if self.buying else ""),
            (self.independent, "Gamma–Gamma"),
            (self.dependent_spending, tr("Gamma–Gamma by frequency")),
        ]
        tables = [model.summary().assign(model=name) for model, name in named if model]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def fit_both(customers: pd.DataFrame, *, model: ModelName = "BG/NBD", time_unit: TimeUnit = "week") -> Fit:
    """A model of buying and one of spending fitted to a customer summary; data that cannot carry them raise nothing."""
    buying, spending = _tried(FITS[model], customers, time_unit=time_unit), _tried(fit_gamma_gamma, customers)
    problems = [found for found in (buying, spending) if isinstance(found, str)]
    notes: list[str] = []
    for fitted in (buying, spending):
        for found in () if isinstance(fitted, str) else fitted.diagnosis:
            if found.kind not in SAID_ELSEWHERE:
                (problems if found.kind in FORBID else notes).append(found.sentence)
    independent = None if isinstance(spending, str) else spending
    other, test = (None, None) if independent is None or problems else _dependent(customers, independent)
    return Fit(
        buying=None if isinstance(buying, str) else buying,
        spending=other or independent,
        problems=tuple(problems),
        notes=tuple(notes),
        independent=independent,
        dependent_spending=other,
        independence=test,
    )


def _dependent(
    customers: pd.DataFrame, independent: GammaGamma
) -> tuple[DependentGammaGamma | None, Independence | None]:
    """The model in which spend depends on frequency, if independence is rejected and it is of use; and the test."""
    found = _tried(fit_dependent_gamma_gamma, customers, independent)
    if isinstance(found, str):
        return None, None
    test = independence(independent, found)
    return (found if test.rejected() and usable(found) else None), test


def usable(model: BuyingModel | GammaGamma) -> bool:
    """Whether nothing was found about a fit that forbids planning with its numbers."""
    return not any(found.kind in FORBID for found in model.diagnosis)


def _tried(fit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `fit` gives, or its error as a sentence."""
    try:
        return fit(*args, **kwargs)
    except CrmlabError as error:
        return str(error)
