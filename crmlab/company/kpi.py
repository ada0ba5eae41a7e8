"""What each branch reports of each month, with the effect of the roll-out planted in what a new customer costs.

Revenue, new customers, repeat rate and first-contact resolution are counted (`sums`). What is spent to win customers is
the number won by the cost of one, whose logarithm in branch b and month t is

    log c + α_b + τ t + season(t) + f_b(t) + ε,  α_b ~ N(0, σ_α²), ε ~ N(0, σ²),

at constant prices. f_b(t) is the effect: zero where CRM is not live and at every branch that does not work by a
process; at the others log(1 + e) · min((k + 1)/R, 1) in the k-th month after going live (k = 0, 1, ...), so that a cost
that is down by `-e` in the end is down by less in the first R months. Because the effect ramps up and begins at
different times, the single coefficient of a regression on branch and month effects is no average of it: branches that
went live early stand in for untreated ones when late ones go live (Goodman-Bacon 2021, Journal of Econometrics 225(2)).

How many of the firm's measures a branch reports rises in the same way at every live branch, process or not.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Made, table
from crmlab.company.months import first_days, month_dates
from crmlab.company.prices import price_level
from crmlab.company.setting import Setting
from crmlab.company.sums import Sums

Vector = NDArray[np.float64]
MONTHS = 12


@dataclass(frozen=True)
class KpiWorld:
    """What a new customer costs, and what the roll-out does to it.

    Attributes
    ----------
    cost_of_one : float
        c, median cost of a new customer, tomans of the month that prices are compared with: chosen, about a fifth of
        what an order brings.
    branch_sd, noise_sd : float
        σ_α and σ: chosen, so that 24 branches show the mean effect with a standard error of about an eighth.
    trend : float
        τ, the change of the logarithm a month, at constant prices; 0: none.
    season : float
        What the logarithm is higher in the months before and after Nowruz (the twelfth and the first).
    effect : float
        e, the change of the cost at branches with a process once CRM is fully in use, as a share; 0: none. Chosen.
    ramp_months : int
        R, after how many months it is: chosen.
    measured, measured_gain, measured_sd : float
        Mean share of measures reported before going live, what it gains in the end, and its spread.
    month_missing : bool
        Whether the first branch has not reported its twenty-first month.
    none_won : bool
        Whether the second branch reports an eleventh month in which it won nobody, although it spent.
    """

    SECTION: ClassVar[str] = "kpi"

    cost_of_one: float
    branch_sd: float
    noise_sd: float
    trend: float
    season: float
    effect: float
    ramp_months: int
    measured: float
    measured_gain: float
    measured_sd: float
    month_missing: bool
    none_won: bool


MISSING, NONE_WON = (0, 20), (1, 10)
"""Branch and month, by number from 0, of what the awkward world does."""


def make(setting: Setting, known: Made, sums: Sums) -> Made:
    """Table `kpi_monthly`, and under the same name its truth.

    Truth: `branch_id`, `month`, `months_live` (missing before), `effect` (the share by which CRM has changed the cost
    of a new customer, such as −0.15) and `cost_of_one`, as it was drawn.
    """
    world = setting.world(KpiWorld)
    since = _months_live(setting, known)
    ramp = np.clip((since + 1) / world.ramp_months, 0, 1)
    effect = np.log1p(world.effect) * ramp * known.truth["branches"]["high_process"].to_numpy()[:, None]
    cost = _cost_of_one(setting, known, world, effect)
    won = sums.new_customers.copy()
    if world.none_won:
        won[NONE_WON] = 0
    columns = _columns(setting, known, sums, won=won, cost=cost)
    columns["measured"] = _measured(setting, world, ramp)
    truth = {
        "branch_id": columns["branch_id"],
        "month": columns["month"],
        "months_live": pd.array(np.where(since < 0, np.nan, since).ravel(), dtype="Int64"),
        "effect": np.expm1(effect).ravel() + 0.0,  # no minus zero
        "cost_of_one": cost.ravel(),
    }
    kept = np.ones(since.shape, dtype=bool)
    if world.month_missing:
        kept[MISSING] = False
    made = table("kpi_monthly", columns)[kept.ravel()].reset_index(drop=True)
    return Made({"kpi_monthly": made}, {"kpi_monthly": pd.DataFrame(truth)})


def _months_live(setting: Setting, known: Made) -> Vector:
    """By branch and month: how many months ago CRM went live, 0 in the month itself, below zero before."""
    live = known.truth["branches"]["live_month"].to_numpy(dtype=float, na_value=np.inf)
    since: Vector = np.arange(len(first_days(setting))) - live[:, None]
    return np.maximum(since, -1)


def _cost_of_one(setting: Setting, known: Made, world: KpiWorld, effect: Vector) -> Vector:
    branches, months = effect.shape
    month = np.arange(months)
    at_nowruz = np.isin(month % MONTHS, [0, MONTHS - 1])
    own = world.branch_sd * setting.rng("kpi_monthly.branch").standard_normal((branches, 1))
    noise = world.noise_sd * setting.rng("kpi_monthly.noise").standard_normal(effect.shape)
    shared = world.trend * month + world.season * at_nowruz
    cost: Vector = world.cost_of_one * np.exp(own + shared + effect + noise)
    return cost * price_level(setting, known, np.array(first_days(setting)))


def _columns(setting: Setting, known: Made, sums: Sums, *, won: Vector, cost: Vector) -> dict[str, Vector]:
    branches, months = won.shape
    spent = np.round(cost * np.maximum(won, 1))  # where nobody comes, what one would have cost is spent in vain
    before = np.hstack([np.zeros((branches, 1)), sums.buyers[:, :-1]])
    return {
        "branch_id": np.repeat(known.tables["branches"]["branch_id"].to_numpy(dtype=object), months),
        "month": np.tile(month_dates(setting, np.arange(months)).to_numpy(), branches),
        "new_customers": won.ravel(),
        "demand_cost": spent.ravel(),
        "cost_per_new_customer": _share(spent, won).ravel(),
        "revenue": sums.revenue.ravel(),
        "repeat_rate": _share(sums.again, before).ravel(),
        "first_contact_resolution": _share(sums.at_first_contact, sums.closed).ravel(),
    }


def _measured(setting: Setting, world: KpiWorld, ramp: Vector) -> Vector:
    noise = world.measured_sd * setting.rng("kpi_monthly.measured").standard_normal(ramp.shape)
    return np.clip(world.measured + world.measured_gain * ramp + noise, 0, 1).ravel()


def _share(part: Vector, whole: Vector) -> Vector:
    shares: Vector = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return shares
