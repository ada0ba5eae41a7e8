"""What representatives did: the first calls of leads, and what each stay in a stage took."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.latents import chosen
from crmlab.company.made import Frame, joined, table
from crmlab.company.pipeline.sellers import Sellers
from crmlab.company.pipeline.world import PipelineWorld
from crmlab.company.setting import Block, Setting

Flags = NDArray[np.bool_]
BY_THE_SYSTEM = ("letter", "quote", "report")  # what a system can do
MINUTES_SPREAD = 0.5  # standard deviation of the logarithm of the minutes of one kind


def make(
    setting: Setting, world: PipelineWorld, force: Sellers, block: Block, *, leads: Frame, deals: Frame, stays: Frame
) -> Frame:
    """The table `activities` of a block, by the day."""
    done = joined([_first_calls(leads), _during_stays(setting, world, block, deals, stays)])
    done = done.sort_values("day", kind="stable", ignore_index=True)
    n = len(done)
    rng = setting.rng("activities", block)
    kind = done["kind"].astype(object).where(done["kind"].notna(), chosen(rng, world.kinds, n)).to_numpy()
    rep = done["rep"].to_numpy()
    live = force.is_live(rep, done["day"].to_numpy())
    by_system = np.isin(kind, BY_THE_SYSTEM) & _happens(rng, live, world.automated, world.automated_live)
    shorter = np.where(by_system & live, world.minutes_automated, 1.0)
    mean = pd.Series(kind).map(world.minutes).to_numpy(dtype=float) * shorter
    minutes = mean * np.exp(MINUTES_SPREAD * rng.standard_normal(n) - MINUTES_SPREAD**2 / 2)
    return table(
        "activities",
        {
            "activity_id": [f"A{block.number + 1:03}{row:06}" for row in range(1, n + 1)],
            "rep_id": force.rep_ids[rep],
            "customer_id": done["customer_id"],
            "opportunity_id": done["opportunity_id"],
            "date": setting.date(done["day"]),
            "kind": kind,
            "minutes": minutes.round(1),
            "automated": by_system,
            "planned": _happens(rng, live, world.planned, world.planned_live),
            "in_error": _happens(rng, live, world.in_error, world.in_error_live),
        },
    )


def _first_calls(leads: Frame) -> Frame:
    called = leads[leads["hours"].notna()]
    nobody = pd.Series(index=range(len(called)), dtype="str")
    return pd.DataFrame(
        {
            "rep": called["rep"].to_numpy(),
            "day": (called["day"] + called["hours"] // 24).to_numpy().astype(np.int64),
            "kind": pd.Series(["call"] * len(called), dtype="str"),
            "customer_id": nobody,
            "opportunity_id": nobody,
        }
    )


def _during_stays(setting: Setting, world: PipelineWorld, block: Block, deals: Frame, stays: Frame) -> Frame:
    rng = setting.rng("activities.days", block)
    stay = stays.take(np.repeat(np.arange(len(stays)), 1 + rng.poisson(world.activities_a_stay - 1, len(stays))))
    end = np.minimum(stay["left"].to_numpy(), setting.days - 1)
    entered, deal = stay["entered"].to_numpy(), stay["deal"].to_numpy()
    return pd.DataFrame(
        {
            "rep": deals["rep"].to_numpy()[deal],
            "day": rng.integers(entered, end + 1),
            "kind": pd.Series(index=range(len(stay)), dtype="str"),
            "customer_id": deals["customer_id"].array.take(deal),
            "opportunity_id": deals["opportunity_id"].array.take(deal),
        }
    )


def _happens(rng: np.random.Generator, live: Flags, before: float, after: float) -> Flags:
    return rng.random(live.size) < np.where(live, after, before)
