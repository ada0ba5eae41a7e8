"""Employees asked how the firm works, before CRM went live anywhere and after it had gone live wherever it has.

**Factors.** Each statement belongs to one scale and measures its factor F with a loading λ: X = λF + √(1 − λ²) e,
scored from 1 to 5 by where X lies between four thresholds. The factor of a person is √ι · b + √(1 − ι) · u with a part
b of the branch and a part u of the person, all of variance 1: ι is the intraclass correlation of F. The person's parts
of all scales share a common part g (who likes to agree): u = √h · g + √(1 − h) · own. So two statements of one scale
correlate by λ₁λ₂ before they are scored, which with the thresholds fixes their covariance and Cronbach's α.

**Truth.** The branch part of sponsorship and of process is what `branches` holds. After going live, the factor of
crm_capability has risen by γ₀ + γ_P · (works by a process) + γ_S · S; those of data and training by γ₀. γ_S > 0:
sponsorship helps. It is not needed: a branch without it that works by a process has a larger rise than one with it that
does not, and the roll-out pays there (`kpi`).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.branches import BranchesWorld, ids
from crmlab.company.made import Frame, Made, joined, table
from crmlab.company.months import first_days
from crmlab.company.setting import Setting

Vector = NDArray[np.float64]
Numbers = NDArray[np.int64]
RISE_WITH_CRM = ("data", "training")
DAYS_TO_ANSWER = 21


@dataclass(frozen=True)
class OrgSurveyWorld:
    """The structure of what employees say.

    Attributes
    ----------
    loadings : dict
        Of each scale, the loading of each of its statements on its factor; chosen between 0.55 and 0.85, which gives
        values of α between 0.6 and 0.85, such as scales in use have.
    thresholds : tuple of float
        Where X passes from each score to the next, in standard deviations.
    branch_share : float
        ι, the share of a factor's variance that lies between branches.
    halo : float
        h, the share of the person's part that all scales have in common.
    waves : tuple of int
        The months of the window (from 0) in which the two waves begin: before the first going live and after the last.
    responds : float
        The share of the staff that answers a wave.
    gain, process_gain, sponsorship_gain : float
        γ₀, γ_P and γ_S, in standard deviations of the factor; all 0: no effect of the roll-out. Chosen.
    """

    SECTION: ClassVar[str] = "org_survey"

    loadings: dict[str, tuple[float, ...]]
    thresholds: tuple[float, ...]
    branch_share: float
    halo: float
    waves: tuple[int, int]
    responds: float
    gain: float
    process_gain: float
    sponsorship_gain: float


def make(setting: Setting, known: Made) -> Made:
    """Table `org_survey`, and the truth `org_survey_items` and `org_survey_branches`.

    Truth: `org_survey_items` has `item`, `scale` and `loading`; `org_survey_branches` has, for each branch, scale and
    `wave` (1 or 2), the `factor` of the branch, its part of the person's factor and its rise together.
    """
    world = setting.world(OrgSurveyWorld)
    branch = np.repeat(np.arange(setting.profile.branches), known.tables["branches"]["staff"].to_numpy(dtype=int))
    parts, rises = _branch_parts(setting, known, world), _rises(known, world)
    persons = np.sqrt(1 - world.branch_share) * _persons(setting, world, branch.size)
    factors = np.sqrt(world.branch_share) * parts
    waves = [
        _wave(setting, world, number, branch, persons + (factors + number * rises)[branch])
        for number in range(len(world.waves))
    ]
    return Made(
        {"org_survey": joined(waves)},
        {
            "org_survey_items": _items(world),
            "org_survey_branches": joined(
                _branch_truth(known, world, wave, factors + (wave - 1) * rises) for wave in (1, 2)
            ),
        },
    )


def _branch_parts(setting: Setting, known: Made, world: OrgSurveyWorld) -> Vector:
    """By branch and scale, with a variance of one."""
    truth, of = known.truth["branches"], setting.world(BranchesWorld)
    parts = setting.rng("org_survey.branches").standard_normal((len(truth), len(world.loadings)))
    scales = list(world.loadings)
    parts[:, scales.index("sponsorship")] = truth["sponsorship"]
    parts[:, scales.index("process")] = truth["process_score"] / np.hypot(of.process_gap, of.process_noise)
    return parts


def _rises(known: Made, world: OrgSurveyWorld) -> Vector:
    """By branch and scale: what the factor has risen by in the second wave."""
    truth = known.truth["branches"]
    live = truth["live_month"].notna().to_numpy()
    rises = np.zeros((live.size, len(world.loadings)))
    for number, scale in enumerate(world.loadings):
        if scale in RISE_WITH_CRM:
            rises[:, number] = world.gain * live
        elif scale == "crm_capability":
            by_process = world.process_gain * truth["high_process"].to_numpy(dtype=float)
            by_sponsorship = world.sponsorship_gain * truth["sponsorship"].to_numpy()
            rises[:, number] = live * (world.gain + by_process + by_sponsorship)
    return rises


def _persons(setting: Setting, world: OrgSurveyWorld, n: int) -> Vector:
    """By person and scale, with a variance of one; the same in both waves."""
    rng = setting.rng("org_survey.persons")
    own, common = rng.standard_normal((n, len(world.loadings))), rng.standard_normal((n, 1))
    persons: Vector = np.sqrt(world.halo) * common + np.sqrt(1 - world.halo) * own
    return persons


def _wave(setting: Setting, world: OrgSurveyWorld, number: int, branch: Numbers, factors: Vector) -> Frame:
    rng = setting.rng(f"org_survey.wave_{number + 1}")
    n, items = branch.size, _items(world)
    answers = rng.random(n) < world.responds
    day = first_days(setting)[world.waves[number]] + rng.integers(0, DAYS_TO_ANSWER, n)
    scale = items["scale"].map({name: place for place, name in enumerate(world.loadings)}).to_numpy()
    loading = items["loading"].to_numpy()
    x = factors[:, scale] * loading + np.sqrt(1 - loading**2) * rng.standard_normal((n, len(items)))
    score = 1 + np.searchsorted(np.array(world.thresholds), x[answers])
    return table(
        "org_survey",
        {
            "respondent_id": np.repeat(ids("E", n, 4)[answers], len(items)),
            "branch_id": np.repeat(ids("B", setting.profile.branches, 2)[branch[answers]], len(items)),
            "date": setting.date(np.repeat(day[answers], len(items))),
            "item": np.tile(items["item"].to_numpy(dtype=object), int(answers.sum())),
            "score": score.ravel(),
        },
    )


def _items(world: OrgSurveyWorld) -> Frame:
    rows = [
        (f"{scale}_{number}", scale, loading)
        for scale, loadings in world.loadings.items()
        for number, loading in enumerate(loadings, start=1)
    ]
    return pd.DataFrame(rows, columns=["item", "scale", "loading"])


def _branch_truth(known: Made, world: OrgSurveyWorld, wave: int, factors: Vector) -> Frame:
    branches, scales = factors.shape
    return pd.DataFrame(
        {
            "branch_id": np.repeat(known.truth["branches"]["branch_id"].to_numpy(dtype=object), scales),
            "scale": np.tile(np.array(list(world.loadings), dtype=object), branches),
            "wave": wave,
            "factor": factors.ravel(),
        }
    )
