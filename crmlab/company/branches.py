"""Branches, their territories and representatives: where the firm sells, when CRM went live there, and who is good.

**Process and sponsorship.** A branch has a sponsorship S ~ N(0, 1) and a readiness R = ρS + √(1 − ρ²)E. The half of the
branches with the larger readiness works by a process: its process score is +g, that of the others −g, each with a noise
of its own. Sponsorship so helps to have a process and is not needed for it: of the branches with S below its median,
1/2 − arcsin(ρ)/π have one (the orthant probability of the bivariate normal), a third for ρ = 1/2.

**Roll-out.** CRM goes live in waves, on the first day of a month; which branch is in which wave, or in none, is drawn
without looking at anything, so that branches not yet live are what the others would have been.

**Territories and representatives.** Each branch has one territory, whose ease A ~ N(0, σ_A²) is added to the log odds
of every stage of a sale; the number of firms in it is log-normal and correlated with A. A representative's skill
B ~ N(0, σ_B²) is added likewise and is independent of the ease of the home territory. The two are told apart only
because many deals are routed to representatives at home elsewhere (`pipeline`).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.latents import REGIONS
from crmlab.company.made import Frame, Made, table
from crmlab.company.months import first_days
from crmlab.company.setting import Setting

Vector = NDArray[np.float64]
Numbers = NDArray[np.int64]

REGION_NAMES = {
    "Tehran": "تهران",
    "Khorasan": "خراسان",
    "Isfahan": "اصفهان",
    "Fars": "فارس",
    "Azerbaijan": "آذربایجان",
    "Khuzestan": "خوزستان",
    "Gilan": "گیلان",
    "Kerman": "کرمان",
}
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
YEAR = 365


@dataclass(frozen=True)
class BranchesWorld:
    """Where CRM went live when, and how branches, territories and representatives differ.

    Attributes
    ----------
    never : float
        The share of branches where CRM has not gone live: chosen, so that some stay to compare with to the end.
    first_wave, months_between_waves, waves : int
        In which month of the window (from 0) the first wave goes live, how many months lie between two waves, and how
        many there are: chosen, so that there is a year before the first and a year after the last.
    process_gap, process_noise : float
        The process score of a branch is ± the gap with that standard deviation around it: chosen, so that a survey of
        ten people can tell the two kinds of branches apart.
    sponsorship_and_process : float
        ρ, the correlation of sponsorship and readiness, above −1 and below 1; 0: sponsorship has no influence.
    ease_sd, skill_sd : float
        Standard deviations of ease and skill, in log odds of advancing from one stage to the next: chosen, so that the
        chances to win at the sixteenth and the eighty-fourth percentile of skill are about as 3 to 5.
    firms : float
        Median number of firms in a territory: chosen.
    ease_and_firms : float
        The correlation of ease with the logarithm of that number.
    hired_before_years : float
        Representatives were hired uniformly over so many years before the start, and over `hired_within_years` after.
    hired_within_years : float
        See above; 0: nobody comes after the start.
    trained : float
        The share of representatives of live branches that are trained, within four months of the later of going live
        and being hired.
    wage : float
        Median wage of an hour, tomans: chosen, about three times the legal minimum of 1403.
    lonely_branch : bool
        Whether the last branch has one representative at most.
    """

    SECTION: ClassVar[str] = "branches"

    never: float
    first_wave: int
    months_between_waves: int
    waves: int
    process_gap: float
    process_noise: float
    sponsorship_and_process: float
    ease_sd: float
    skill_sd: float
    firms: float
    ease_and_firms: float
    hired_before_years: float
    hired_within_years: float
    trained: float
    wage: float
    lonely_branch: bool


def make(setting: Setting, known: Made) -> Made:  # noqa: ARG001 – every group takes what has been made
    """Tables `branches`, `territories` and `reps`, and the truth of each under the same name.

    Truth: `branches` has `branch_id`, `sponsorship`, `process_score`, `high_process`, `live_month` (the number of the
    month from 0, missing where CRM never went live); `territories` has `territory_id` and `ease`; `reps` has `rep_id`,
    `skill` and `hired`, the day counted from the start, which may lie before it.
    """
    world = setting.world(BranchesWorld)
    regions = _regions(setting)
    truth = _branch_truth(setting, world, regions.size)
    territories, ease = _territories(setting, world, regions)
    reps, skill = _reps(setting, world, regions, truth)
    staff = _branch_of_each_rep(setting, world, regions)
    branches = _branches(setting, regions, truth, np.bincount(staff, minlength=regions.size))
    return Made(
        {"branches": branches, "territories": territories, "reps": reps},
        {"branches": truth, "territories": ease, "reps": skill},
    )


def ids(letter: str, n: int, width: int) -> NDArray[np.object_]:
    """Ids such as `B01`."""
    return np.array([f"{letter}{number:0{width}}" for number in range(1, n + 1)], dtype=object)


def _regions(setting: Setting) -> NDArray[np.object_]:
    """The region of each branch: as many in each as it has customers, by largest remainders, the largest first."""
    quota = pd.Series(REGIONS) * setting.profile.branches
    whole = quota.astype(int)
    short = setting.profile.branches - int(whole.sum())
    whole[(quota - whole).nlargest(short).index] += 1
    return np.repeat(whole.index.to_numpy(dtype=object), whole.to_numpy())


def _branch_truth(setting: Setting, world: BranchesWorld, n: int) -> Frame:
    rng = setting.rng("branches.process")
    sponsorship, own, noise = rng.standard_normal((3, n))
    rho = world.sponsorship_and_process
    readiness = rho * sponsorship + np.sqrt(1 - rho**2) * own
    high = readiness.argsort().argsort() >= n / 2
    return pd.DataFrame(
        {
            "branch_id": ids("B", n, 2),
            "sponsorship": sponsorship,
            "process_score": np.where(high, world.process_gap, -world.process_gap) + world.process_noise * noise,
            "high_process": high,
            "live_month": pd.array(_live_months(setting, world, n), dtype="Int64"),
        }
    )


def _live_months(setting: Setting, world: BranchesWorld, n: int) -> list[int | None]:
    live = n - round(world.never * n)
    wave = np.arange(live) * world.waves // live  # the waves are of one size, or nearly so
    months: list[int | None] = [world.first_wave + world.months_between_waves * int(number) for number in wave]
    months += [None] * (n - live)
    return [months[place] for place in setting.rng("branches.waves").permutation(n)]


def _branches(setting: Setting, regions: NDArray[np.object_], truth: Frame, reps: Numbers) -> Frame:
    rng = setting.rng("branches.table")
    number = pd.Series(regions).groupby(regions).cumcount() + 1
    firsts = np.array(first_days(setting))
    live = truth["live_month"]
    went = pd.Series(setting.date(firsts[live.fillna(0).astype(int)])).where(live.notna().to_numpy())
    return table(
        "branches",
        {
            "branch_id": truth["branch_id"],
            "name": [
                f"شعبهٔ {REGION_NAMES[region]} {place}".translate(PERSIAN_DIGITS)
                for region, place in zip(regions, number, strict=True)
            ],
            "region": regions,
            "opened_on": setting.date(-rng.integers(1 * YEAR, 20 * YEAR, regions.size)),
            "crm_live_on": went,
            "staff": reps + 3 + rng.poisson(5, regions.size),
        },
    )


def _territories(setting: Setting, world: BranchesWorld, regions: NDArray[np.object_]) -> tuple[Frame, Frame]:
    ease, own = setting.rng("territories").standard_normal((2, regions.size))
    rho = world.ease_and_firms
    size = world.firms * np.exp(0.4 * (rho * ease + np.sqrt(1 - rho**2) * own))
    territory_ids = ids("T", regions.size, 2)
    made = table(
        "territories",
        {
            "territory_id": territory_ids,
            "branch_id": ids("B", regions.size, 2),
            "region": regions,
            "firms": np.maximum(size.round(), 1),
        },
    )
    return made, pd.DataFrame({"territory_id": territory_ids, "ease": world.ease_sd * ease})


def _branch_of_each_rep(setting: Setting, world: BranchesWorld, regions: NDArray[np.object_]) -> Numbers:
    """One for each branch first, the others where the customers are."""
    n, branches = setting.profile.reps, regions.size
    # Customers of a region are shared by its branches.
    weights = np.array([REGIONS[region] / (regions == region).sum() for region in regions])
    if world.lonely_branch:
        weights[-1] = 0
    more = setting.rng("reps.branches").choice(branches, size=max(n - branches, 0), p=weights / weights.sum())
    return np.sort(np.concatenate([np.arange(min(n, branches)), more]))


def _reps(setting: Setting, world: BranchesWorld, regions: NDArray[np.object_], truth: Frame) -> tuple[Frame, Frame]:
    branch = _branch_of_each_rep(setting, world, regions)
    n = branch.size
    hired = setting.rng("reps.hired").uniform(-world.hired_before_years, world.hired_within_years, n) * YEAR
    hired_on = np.floor(hired).astype(np.int64)
    hired_on[0] = min(hired_on[0], 0)  # somebody sells from the first day
    trained_on = _trained(setting, world, truth["live_month"].iloc[branch], hired_on)
    rep_ids = ids("R", n, 3)
    made = table(
        "reps",
        {
            "rep_id": rep_ids,
            "branch_id": ids("B", regions.size, 2)[branch],
            "territory_id": ids("T", regions.size, 2)[branch],
            "hired_on": setting.date(hired_on),
            "trained_on": trained_on,
            "wage": world.wage * np.exp(0.25 * setting.rng("reps.wage").standard_normal(n)),
        },
    )
    skill = world.skill_sd * setting.rng("reps.skill").standard_normal(n)
    return made, pd.DataFrame({"rep_id": rep_ids, "skill": skill, "hired": hired_on})


def _trained(setting: Setting, world: BranchesWorld, live: pd.Series, hired: Numbers) -> pd.Series:
    rng = setting.rng("reps.trained")
    firsts = np.array(first_days(setting))
    day = np.maximum(firsts[live.fillna(0).astype(int)], hired) + rng.integers(0, 120, hired.size)
    is_trained = live.notna().to_numpy() & (rng.random(hired.size) < world.trained) & (day < setting.days)
    return pd.Series(setting.date(day)).where(is_trained)
