"""Signs that somebody may buy, who was to call them and how soon, and which of them became opportunities."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from crmlab.company.latents import CHANNELS, chosen
from crmlab.company.made import Frame, table
from crmlab.company.pipeline.sellers import Numbers, Sellers
from crmlab.company.pipeline.world import PipelineWorld
from crmlab.company.setting import Block, Setting

Vector = NDArray[np.float64]


def draw(setting: Setting, world: PipelineWorld, force: Sellers, block: Block) -> Frame:
    """The leads of a block, one row each, by the day.

    Columns: `lead_id`; `day`; `source`; `territory` and `rep`, by number; `hours`, missing where nobody called;
    `log_odds` and `conversion` to become an opportunity; `opened`, the day on which it did, missing where it did not.
    """
    rng = setting.rng("leads", block)
    n = round(world.leads_per_customer * block.size)
    day = np.sort(_days(rng, n, world.growth, setting.days))
    source = chosen(rng, CHANNELS, n)
    territory = rng.choice(force.firms.size, size=n, p=force.firms / force.firms.sum())
    rep = force.routed(setting.rng("leads.routed", block), territory, day, world.at_home)
    hours = _hours(setting.rng("leads.hours", block), world, force.is_live(rep, day))
    waited = np.where(np.isnan(hours), world.hours_uncalled, hours)
    effect = pd.Series(source).map(world.sources).to_numpy(dtype=float)
    log_odds = world.conversion + effect + force.ease[territory] - world.lost_per_doubling * np.log2(1 + waited)
    conversion = expit(log_odds)
    converting = setting.rng("leads.converted", block)
    opened = day + np.ceil(waited / 24) + converting.integers(0, 4, n)
    became = (converting.random(n) < conversion) & (opened < setting.days)
    made = pd.DataFrame(
        {
            "lead_id": [f"L{block.number + 1:03}{row:05}" for row in range(1, n + 1)],
            "day": day,
            "source": source,
            "territory": territory,
            "rep": rep,
            # A call that falls after the last day has not been made yet.
            "hours": np.where(day + hours / 24 < setting.days, hours, np.nan),
            "log_odds": log_odds,
            "conversion": conversion,
            "opened": np.where(became, opened, np.nan),
        }
    )
    return made if world.deals_of_the_last is None else _held(made, world, force, block)


def as_table(setting: Setting, force: Sellers, leads: Frame, deals: Frame) -> Frame:
    """The table `leads`; `deals` are those that became opportunities, in the order of the leads."""
    became = leads["opened"].notna().to_numpy()
    opportunity = pd.Series(index=leads.index, dtype="str")
    opportunity[became] = deals["opportunity_id"].to_numpy()
    territory = leads["territory"].to_numpy()
    return table(
        "leads",
        {
            "lead_id": leads["lead_id"],
            "created_on": setting.date(leads["day"]),
            "source": leads["source"],
            "region": force.regions[territory],
            "territory_id": force.territory_ids[territory],
            "rep_id": force.rep_ids[leads["rep"].to_numpy()],
            "hours_to_first_call": leads["hours"].round(2),
            "converted": became,
            "opportunity_id": opportunity,
        },
    )


def _days(rng: np.random.Generator, n: int, growth: float, days: int) -> Numbers:
    """Days with a density that grows in a straight line to 1 + growth times what it was."""
    reached = rng.random(n) * (1 + growth / 2)
    share = reached if growth == 0 else (np.sqrt(1 + 2 * growth * reached) - 1) / growth
    return np.floor(share * days).astype(np.int64)


def _hours(rng: np.random.Generator, world: PipelineWorld, live: NDArray[np.bool_]) -> Vector:
    hours = world.hours_median * np.exp(world.hours_spread * rng.standard_normal(live.size))
    hours *= np.where(live, world.hours_after_live, 1)
    return np.where(rng.random(live.size) < world.called, hours, np.nan)


def _held(leads: Frame, world: PipelineWorld, force: Sellers, block: Block) -> Frame:
    """The same leads, of which the last that became opportunities are the last representative's, so many as wanted."""
    if block.number > 0 or world.deals_of_the_last is None:
        return leads
    last = force.rep_ids.size - 1
    could = leads.index[leads["opened"].notna() & (leads["day"] >= force.hired[last])]
    rep = leads["rep"].copy()
    rep[could[-world.deals_of_the_last :]] = last
    return leads.assign(rep=rep)
