"""The two models fitted together, or in plain words why they cannot be trusted."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from crmlab.errors import CrmlabError
from crmlab.models import BGNBD, GammaGamma, fit_bgnbd, fit_gamma_gamma

TimeUnit = Literal["day", "week", "month"]

FORBID = {"not_converged", "no_dropout", "flat", "infinite_mean"}
"""Diagnoses that leave no number of a fit to plan with. Other faults are for the hold-out to judge."""

SAID_ELSEWHERE = {"bought_once", "correlation"}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A model of buying and one of spending, or the reasons why there are none.

    Attributes
    ----------
    buying : BGNBD or None
        None where it could not be fitted.
    spending : GammaGamma or None
    problems : tuple of str
        What forbids using the pair: it could not be fitted, or it was and means nothing.
    notes : tuple of str
        What a reader should know of a pair that can be used.
    """

    buying: BGNBD | None
    spending: GammaGamma | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether both were fitted and nothing forbids using them."""
        return self.buying is not None and self.spending is not None and not self.problems

    def parameters(self) -> pd.DataFrame:
        """Both models' parameters with standard errors, as their `summary()` gives them; empty without a fit."""
        fitted = [(model, name) for model, name in ((self.buying, "BG/NBD"), (self.spending, "Gamma–Gamma")) if model]
        tables = [model.summary().assign(model=name) for model, name in fitted]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def fit_both(customers: pd.DataFrame, *, time_unit: TimeUnit = "week") -> Fit:
    """BG/NBD and Gamma–Gamma fitted to a customer summary; nothing is raised for data that cannot carry them."""
    problems: list[str] = []
    notes: list[str] = []
    buying: BGNBD | None = None
    spending: GammaGamma | None = None
    try:
        buying = fit_bgnbd(customers, time_unit=time_unit)
    except CrmlabError as error:
        problems.append(str(error))
    try:
        spending = fit_gamma_gamma(customers)
    except CrmlabError as error:
        problems.append(str(error))
    for model in (buying, spending):
        for found in model.diagnosis if model is not None else ():
            if found.kind not in SAID_ELSEWHERE:
                (problems if found.kind in FORBID else notes).append(found.sentence)
    return Fit(buying=buying, spending=spending, problems=tuple(problems), notes=tuple(notes))
