"""The way of opportunities through the stages, and the chance to be won from each of them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from crmlab.company.made import Frame, joined, table
from crmlab.company.pipeline.world import PipelineWorld
from crmlab.company.setting import Block, Setting
from crmlab.tables.schema.selling import STAGES

Vector = NDArray[np.float64]
LAST = len(STAGES) - 1


def back_shares(world: PipelineWorld) -> Vector:
    """The chance to go back from each stage: none from the first."""
    return np.where(np.arange(LAST + 1) > 0, world.back, 0.0)


def advance_chances(world: PipelineWorld, log_odds: Vector) -> Vector:
    """The chance to advance from each stage (columns), were it not sent back, of opportunities (rows) by `log_odds`."""
    return np.asarray(expit(logit(world.advance) + log_odds[:, None]), dtype=np.float64)


def win_probabilities(world: PipelineWorld, log_odds: Vector) -> Vector:
    """The chance to be won from each stage (columns) of opportunities (rows): w_s = A_s w_{s+1} + b_s w_{s-1}."""
    back = back_shares(world)
    forward = (1 - back) * advance_chances(world, log_odds)
    system = np.tile(np.eye(LAST + 1), (log_odds.size, 1, 1))
    steps = np.arange(LAST)
    system[:, steps, steps + 1] = -forward[:, :-1]
    system[:, steps + 1, steps] = -back[1:]
    won = np.zeros_like(forward)
    won[:, LAST] = forward[:, LAST]
    return np.asarray(np.linalg.solve(system, won[:, :, None])[:, :, 0], dtype=np.float64)


def walk(setting: Setting, world: PipelineWorld, block: Block, deals: Frame) -> Frame:
    """All stays that began within the window, one row each.

    Columns: `deal`, the number of the row in `deals`; `stage`, by number; `entered` and `left`, days; `outcome`, which
    is `open`, and `left` after the last day, where the window ends first; `last`, whether it is the deal's last.
    """
    rng = setting.rng("stage_history", block)
    mean, back, k = np.array(world.days), back_shares(world), world.days_shape
    chances = advance_chances(world, deals["log_odds"].to_numpy())
    deal, stage = np.arange(len(deals)), np.zeros(len(deals), dtype=np.int64)
    entered = deals["opened"].to_numpy()
    steps = []
    while deal.size:  # every stay takes a day or more, so that the window ends it
        left = entered + 1 + rng.poisson(rng.gamma(k, (mean[stage] - 1) / k))
        goes_back = rng.random(deal.size) < back[stage]
        forward = ~goes_back & (rng.random(deal.size) < chances[deal, stage])
        outcome = np.where(goes_back, "back", np.where(forward, "advanced", "lost"))
        outcome = np.where(left < setting.days, outcome, "open")
        after = stage + np.where(forward, 1, -1)
        goes_on = np.isin(outcome, ["advanced", "back"]) & (after <= LAST)
        columns = {"deal": deal, "stage": stage, "entered": entered, "left": left, "outcome": outcome}
        steps.append(pd.DataFrame({**columns, "last": ~goes_on}))
        deal, stage, entered = deal[goes_on], after[goes_on], left[goes_on]
    return joined(steps).sort_values(["deal", "entered"], ignore_index=True) if steps else _none()


def as_table(setting: Setting, deals: Frame, stays: Frame) -> Frame:
    """The table `stage_history`."""
    left = pd.Series(setting.date(stays["left"]))
    return table(
        "stage_history",
        {
            "opportunity_id": deals["opportunity_id"].to_numpy()[stays["deal"]],
            "stage": np.array(STAGES, dtype=object)[stays["stage"]],
            "entered_on": setting.date(stays["entered"]),
            "left_on": left.where((stays["outcome"] != "open").to_numpy()),
            "outcome": stays["outcome"],
        },
    )


def _none() -> Frame:
    numbers = pd.DataFrame({name: np.array([], dtype=np.int64) for name in ("deal", "stage", "entered", "left")})
    return numbers.assign(outcome=np.array([], dtype=object), last=np.array([], dtype=bool))
