"""Sales that may be made: whose, for whom, for how much, what was said of them, and how they stand."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from crmlab.company.made import Frame, Made, table
from crmlab.company.pipeline.sellers import Numbers, Sellers
from crmlab.company.pipeline.stages import LAST, win_probabilities
from crmlab.company.pipeline.world import PipelineWorld
from crmlab.company.prices import price_level
from crmlab.company.setting import Block, Setting
from crmlab.tables.schema.selling import STAGES

Vector = NDArray[np.float64]
DOCUMENTS_PRECISION = 6.0  # a + b of the Beta that the share of documents is drawn from
FIRMS_TO_PERSONS = 5.0  # how much likelier an opportunity is to be for a firm than for a person


def draw(setting: Setting, world: PipelineWorld, force: Sellers, block: Block, *, known: Made, leads: Frame) -> Frame:
    """The opportunities that became of the leads of a block, in their order, before they go their way.

    Columns: `opportunity_id`, `customer_id` (missing where it is for no customer), `rep`, `territory`, `source`,
    `opened`, `amount`, `documents`, `log_odds`, `win_probability`, `stated`.
    """
    became = leads[leads["opened"].notna()]
    n, opened, rep = len(became), became["opened"].to_numpy().astype(np.int64), became["rep"].to_numpy()
    effect = became["source"].map(world.sources).to_numpy(dtype=float) * world.sources_on_stages
    log_odds = force.skill[rep] + force.ease[became["territory"].to_numpy()] + effect
    won = win_probabilities(world, log_odds)[:, 0]
    rng = setting.rng("opportunities.documents", block)
    mean = world.documents + world.documents_gain * force.is_live(rep, opened)
    documents = rng.beta(DOCUMENTS_PRECISION * mean, DOCUMENTS_PRECISION * (1 - mean))
    amount = np.exp(world.amount_spread * setting.rng("opportunities.amount", block).standard_normal(n))
    return pd.DataFrame(
        {
            "opportunity_id": [f"O{block.number + 1:03}{row:05}" for row in range(1, n + 1)],
            "customer_id": _customers(setting, world, known, block, opened),
            "rep": rep,
            "territory": became["territory"].to_numpy(),
            "source": became["source"].to_numpy(),
            "opened": opened,
            "amount": world.amount * amount * price_level(setting, known, opened),
            "documents": documents,
            "log_odds": log_odds,
            "win_probability": won,
            "stated": _stated(setting, world, block, won, documents),
        }
    )


def as_table(setting: Setting, force: Sellers, deals: Frame, stays: Frame) -> Frame:
    """The table `opportunities`, as it stands on the last day: by the last stay of each."""
    last = stays[stays["last"]].set_index("deal").loc[list(range(len(deals)))]
    still = (last["outcome"] == "open").to_numpy()
    won = ((last["outcome"] == "advanced") & (last["stage"] == LAST)).to_numpy()
    rep, territory = deals["rep"].to_numpy(), deals["territory"].to_numpy()
    return table(
        "opportunities",
        {
            "opportunity_id": deals["opportunity_id"],
            "customer_id": deals["customer_id"],
            "rep_id": force.rep_ids[rep],
            "territory_id": force.territory_ids[territory],
            "source": deals["source"],
            "region": force.regions[territory],
            "created_on": setting.date(deals["opened"]),
            "closed_on": pd.Series(setting.date(last["left"])).where(~still),
            "stage": np.array(STAGES, dtype=object)[last["stage"]],
            "amount": deals["amount"],
            "state": np.where(still, "open", np.where(won, "won", "lost")),
            "stated_probability": deals["stated"],
            "documents": deals["documents"].round(2),
        },
    )


def _customers(setting: Setting, world: PipelineWorld, known: Made, block: Block, day: Numbers) -> pd.Series:
    """For whom each is: one of the block's customers, firms above all, who had bought by then; or nobody known."""
    customers = known.truth["customers"]
    rng = setting.rng("opportunities.customers", block)
    weight = np.where(customers["customer_type"] == "firm", FIRMS_TO_PERSONS, 1.0)
    drawn = rng.choice(len(customers), size=day.size, p=weight / weight.sum())
    is_one = (rng.random(day.size) < world.for_customers) & (customers["joined"].to_numpy()[drawn] <= day)
    return pd.Series(customers["customer_id"].to_numpy()[drawn], dtype="str").where(is_one)


def _stated(setting: Setting, world: PipelineWorld, block: Block, won: Vector, documents: Vector) -> Vector:
    """Beta around the chance the representative believes in, which is the true one but for the optimism."""
    believed = expit(logit(won) + world.optimism)
    precision = world.spread_plain + world.spread_documented * documents
    stated: Vector = setting.rng("opportunities.stated", block).beta(precision * believed, precision * (1 - believed))
    return stated
