"""A firm's people answering about it, and its branches doing well or badly: factors, branches and an effect planted.

Each statement measures its scale's factor F with a loading λ, X = λF + √(1 − λ²) e, and F = √ι · b + √(1 − ι) · u has a
part b of the branch and a part u of the person, all of variance 1. So ι is the intraclass correlation of F, and two
statements of one scale correlate by λ₁λ₂. The outcome of a branch is effect · s + noise, with s the branch part of its
first scale: what the head's support does. With an effect of 0 it does nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, together

LEAST = 2  # branches, people in each, statements of a scale
LOADINGS: Mapping[str, tuple[float, ...]] = {"sponsorship": (0.8, 0.75, 0.7, 0.65), "process": (0.8, 0.7, 0.6)}


@dataclass(frozen=True)
class Organisation:
    """Answers, outcomes, and what was planted.

    Attributes
    ----------
    answers : DataFrame
        One row a person: `branch_id`, and each statement's X, called by scale and number (`process_1`), not rounded to
        points.
    branches : DataFrame
        `branch_id`, `support` (the branch part of the first scale), `outcome`.
    alpha : dict
        Of each scale, the α of its statements in the population.
    branch_share, effect : float
        ι, and the change of the outcome with a standard deviation of support.
    """

    answers: pd.DataFrame
    branches: pd.DataFrame
    alpha: dict[str, float]
    branch_share: float
    effect: float

    def scale(self, name: str) -> pd.DataFrame:
        """People by the statements of one scale."""
        return self.answers[[column for column in self.answers if str(column).rpartition("_")[0] == name]]


def organisation(
    rng: np.random.Generator,
    *,
    n_branches: int = 24,
    people: int = 10,
    loadings: Mapping[str, Sequence[float]] = LOADINGS,
    branch_share: float = 0.2,
    effect: float = 0.0,
) -> Organisation:
    """One firm with so many branches and people in each.

    Raises
    ------
    ParameterError
        If an argument is out of range; all of them are named at once.
    """
    _check(n_branches, people, loadings, branch_share)
    branch = np.repeat(np.arange(n_branches), people)
    names = np.array([f"B{number + 1:02}" for number in range(n_branches)], dtype=object)
    columns: dict[str, np.ndarray] = {"branch_id": names[branch]}
    support = np.zeros(0)
    for scale, strengths in loadings.items():
        of_branch = rng.standard_normal(n_branches)
        support = support if support.size else of_branch
        factor = np.sqrt(branch_share) * of_branch[branch]
        factor = factor + np.sqrt(1 - branch_share) * rng.standard_normal(branch.size)
        for number, strength in enumerate(strengths, start=1):
            error = np.sqrt(1 - strength**2) * rng.standard_normal(branch.size)
            columns[f"{scale}_{number}"] = strength * factor + error
    outcome = effect * support + rng.standard_normal(n_branches)
    return Organisation(
        pd.DataFrame(columns),
        pd.DataFrame({"branch_id": names, "support": support, "outcome": outcome}),
        {scale: population_alpha(strengths) for scale, strengths in loadings.items()},
        branch_share,
        effect,
    )


def population_alpha(loadings: Sequence[float]) -> float:
    """α of statements of variance 1 that correlate by λ₁λ₂: k/(k − 1) · (1 − k / Var(sum))."""
    strengths = np.asarray(loadings, dtype=np.float64)
    k = len(strengths)
    return float(k / (k - 1) * (1 - k / (k + strengths.sum() ** 2 - (strengths**2).sum())))


def _check(n_branches: int, people: int, loadings: Mapping[str, Sequence[float]], branch_share: float) -> None:
    sizes = {"n_branches": n_branches, "people": people}
    problems = [f"{name} {got} is to be {LEAST} or more" for name, got in sizes.items() if got < LEAST]
    if not 0 <= branch_share <= 1:
        problems.append(f"branch_share {branch_share:g} is to be a share from 0 to 1")
    problems += [
        f"the loadings of {scale} are to be two or more between -1 and 1; got {tuple(strengths)}"
        for scale, strengths in loadings.items()
        if len(strengths) < LEAST or not all(abs(one) <= 1 for one in strengths)
    ]
    if problems:
        raise ParameterError(together("this organisation cannot be made:", problems))
