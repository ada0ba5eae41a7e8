"""Leads, opportunities, their way through the stages, and what representatives did for them.

**Leads** come from a channel into a territory and are routed to a representative there, or to anybody. The log odds
that a lead becomes an opportunity are c + source + ease − δ log₂(1 + hours to the first call): every doubling of the
hours costs δ. Who is never called stands as one called after `hours_uncalled`.

**Stages.** An opportunity stays in stage s for 1 + Poisson(G) days, G being Gamma with shape k, so m_s on average and
with the variance (m_s − 1) + (m_s − 1)²/k. Then it goes back with chance b (not from the first stage); otherwise it
advances with log odds logit(a_s) + skill + ease + source and is lost otherwise. Out of the last stage it is won. One
stage, the bottleneck, has a larger m_s and a smaller a_s. The chance w_s to be won from stage s solves
w_s = A_s w_{s+1} + b w_{s−1}, w_6 = 1, where A_s = (1 − b) times the chance to advance: a system of five equations.
Every opportunity goes on until the window ends: what is open is censored at `observed_until` alone.

**What is said.** A representative states, when opening it, a chance that is Beta around logit⁻¹(logit(w_1) + optimism);
the better an opportunity is documented, the smaller its spread.

**Activities** are spread over the days of each stay; what the system does takes a fraction of the minutes once CRM has
gone live at the branch.

`world`: the parameters · `sellers`: who may sell where and when · `leads` · `stages` · `opportunities` · `activities`.
"""

import pandas as pd

from crmlab.company.made import Made
from crmlab.company.pipeline import activities, leads, opportunities, stages
from crmlab.company.pipeline.sellers import sellers
from crmlab.company.pipeline.world import PipelineWorld
from crmlab.company.setting import Block, Setting
from crmlab.tables.schema.selling import STAGES

__all__ = ["PipelineWorld", "make", "planted"]


def planted(setting: Setting, known: Made) -> Made:
    """The truth that holds for all blocks: `stages`, `sources` and `pipeline`.

    `stages` has `stage`, `advance` (the chance to advance, were it neither sent back nor helped by skill, ease or
    source), `days` (mean stay) and `back`; `sources` has `source` and what it adds to the log odds to become an
    opportunity (`conversion`) and to advance (`advance`); `pipeline` has the single numbers of the world by `name`.
    """
    world = setting.world(PipelineWorld)
    single = {name: value for name, value in vars(world).items() if isinstance(value, int | float)}
    return Made(
        truth={
            "stages": pd.DataFrame(
                {"stage": STAGES, "advance": world.advance, "days": world.days, "back": stages.back_shares(world)}
            ),
            "sources": pd.DataFrame(
                {
                    "source": list(world.sources),
                    "conversion": list(world.sources.values()),
                    "advance": [effect * world.sources_on_stages for effect in world.sources.values()],
                }
            ),
            "pipeline": pd.DataFrame({"name": list(single), "value": [float(value) for value in single.values()]}),
            "sellers": sellers(setting, known).truth,
        }
    )


def make(setting: Setting, known: Made, block: Block) -> Made:
    """Tables `leads`, `opportunities`, `stage_history` and `activities` of a block, and the truth of the first two.

    Truth: `leads` has `lead_id`, `log_odds` and `conversion`, the chance to become an opportunity; `opportunities` has
    `opportunity_id`, `log_odds` (what skill, ease and source add at every stage) and `win_probability` when opened.
    """
    world, force = setting.world(PipelineWorld), sellers(setting, known)
    came = leads.draw(setting, world, force, block)
    deals = opportunities.draw(setting, world, force, block, known=known, leads=came)
    stays = stages.walk(setting, world, block, deals)
    done = activities.make(setting, world, force, block, leads=came, deals=deals, stays=stays)
    return Made(
        {
            "leads": leads.as_table(setting, force, came, deals),
            "opportunities": opportunities.as_table(setting, force, deals, stays),
            "stage_history": stages.as_table(setting, deals, stays),
            "activities": done,
        },
        {
            "leads": came[["lead_id", "log_odds", "conversion"]],
            "opportunities": deals[["opportunity_id", "log_odds", "win_probability"]],
        },
    )
