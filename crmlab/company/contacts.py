"""Who was in a campaign, what it cost and what came of it; and the purchases that campaigns made or prevented.

The campaigns about buying are taken one after the other. For each, whoever bought in the days after their contact
answers anyway (y₀); `approach` says whose answer the campaign changes; those it wins get an order in the log, those it
puts off lose theirs. Response and revenue are then read from the log as it stands in the end, so that both agree with
the transactions whatever is in them. Where campaigns do nothing (`clean`, `null`) the log stays as it was.

A renewal is the answer to the campaign before the end of contracts; it comes from `contracts`.

What is offered off the price, and gifts, are paid back to the customer: the price in the log is the full one, and what
was given away stands in the cost of the contact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.approach import Approach, People, approach
from crmlab.company.campaigns import Campaign, CampaignsWorld
from crmlab.company.made import Frame, Made, table
from crmlab.company.purchase_log import Log, log_of
from crmlab.company.setting import Block, Setting
from crmlab.company.transactions import in_the_export

Group = Callable[[Setting, Made, Block], Made]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

YEAR = 365


def with_campaigns(sales: Group) -> Group:
    """The group that makes what `sales` makes, its transactions as campaigns changed them, and `contacts`.

    Truth of the sales stays what it is without campaigns; `contacts` of the truth says what they changed. A month that
    is missing from the export misses what campaigns sold in it too, though their own records count it.
    """

    def make(setting: Setting, known: Made, block: Block) -> Made:
        sold = sales(setting, known, block)
        answered = make_contacts(setting, known | sold, block)
        exported = {"transactions": in_the_export(setting, answered.tables["transactions"])}
        return Made(sold.tables | answered.tables | exported, sold.truth | answered.truth)

    return make


def make_contacts(setting: Setting, known: Made, block: Block) -> Made:
    """`contacts`, and `transactions` as they are after the campaigns.

    Needs `transactions` of the block before any campaign (`order_id`, `customer_id`, `date`, `amount`; all other
    columns are carried along), `truth["customers"]`, `truth["renewals"]` from `contracts`, and for consent the table
    `customers`; where that is not there, everybody may be contacted.

    Truth: `contacts` has `contact_id`, `campaign_id`, `customer_id`, `uplift_type`, `trust_third` (1 trusts least),
    `arrives` (whether an approach does or would), `p0` (1 who answers when left alone, else 0) and `p1` (the chance to
    answer when approached).
    """
    world, people = setting.world(CampaignsWorld), People.of(setting, known)
    log = log_of(setting, block, known.tables["transactions"])
    parts: list[_Part] = []
    for campaign in world.about("buying", "discount"):
        part = _buying(setting, people, block, campaign, log)
        log = _changed(setting, block, part, log)
        parts.append(part)
    parts += [_renewals(setting, known, people, block, campaign) for campaign in world.about("renewal")]
    rows = _rows(setting, people, block, parts, log)
    rows = rows[_arrived_in_table(setting, world, block, rows)].reset_index(drop=True)
    rows["contact_id"] = [f"T{block.number:03}{number:06}" for number in range(1, len(rows) + 1)]
    contacts = table("contacts", {name: rows[name] for name in CONTACT_COLUMNS})
    return Made({"transactions": log.table(setting), "contacts": contacts}, {"contacts": rows[TRUTH_COLUMNS]})


CONTACT_COLUMNS = (
    *("contact_id", "campaign_id", "customer_id", "date", "channel", "hour", "arm", "discount_rate"),
    *("delivered", "response", "revenue", "cost"),
)
TRUTH_COLUMNS = ["contact_id", "campaign_id", "customer_id", "uplift_type", "trust_third", "arrives", "p0", "p1"]


def average_effects(truth: Frame) -> pd.Series:
    """The true average effect of approaching everybody in each campaign, from the truth of its contacts."""
    return (truth["p1"] - truth["p0"]).groupby(truth["campaign_id"]).mean()


@dataclass(frozen=True)
class _Part:
    """One campaign: whom it has, how it goes about it, who answers anyway, and whose answer it changes."""

    campaign: Campaign
    has: Flags
    how: Approach
    anyway: Flags
    turned: Flags

    @property
    def first(self) -> NDArray[np.int64]:
        """The first day after the contact; for who is not in it none."""
        return self.how.day + 1

    @property
    def last(self) -> NDArray[np.int64]:
        """The last day on which an answer counts."""
        return self.how.day + self.campaign.window_days


def _buying(setting: Setting, people: People, block: Block, campaign: Campaign, log: Log) -> _Part:
    has, best = _audience(setting, people, block, campaign, log)
    drawn = setting.rng(f"contacts.{campaign.id}.day", block).integers(0, campaign.contact_days, block.size)
    day = campaign.start + drawn
    anyway = log.bought(day + 1, day + campaign.window_days)
    chosen_ones = None if campaign.randomised else best
    how = approach(setting, people, block, campaign, day=day, anyway=anyway, chosen_ones=chosen_ones)
    return _Part(campaign, has, how, anyway, has & how.turned(anyway))


def _audience(setting: Setting, people: People, block: Block, campaign: Campaign, log: Log) -> tuple[Flags, Flags]:
    """Who is in the campaign, and who of them are the best by what they spent in the year before it."""
    world, start = setting.world(CampaignsWorld), np.full(block.size, campaign.start)
    has = people.joined < campaign.start
    if campaign.audience.startswith("lapsed"):
        has = has & ~log.bought(start - world.lapsed_after, start - 1)
    has = has & (setting.rng(f"contacts.{campaign.id}.share", block).random(block.size) < campaign.share)
    back = YEAR + (world.lapsed_after if campaign.audience == "lapsed_best" else 0)
    spent = log.spent(start - back, start - 1)
    least = np.quantile(spent[has], 1 - world.best) if has.any() else 0.0
    return has, has & (spent > 0) & (spent >= least)


def _changed(setting: Setting, block: Block, part: _Part, log: Log) -> Log:
    """The log after a campaign."""
    campaign, rng = part.campaign, setting.rng(f"contacts.{part.campaign.id}.orders", block)
    log = log.without(part.turned & part.anyway, part.first, part.last)
    won = np.flatnonzero(part.turned & ~part.anyway)
    log = log.with_orders(won, part.first[won] + rng.integers(0, campaign.window_days, won.size), rng)
    reached = part.has & part.how.treated & part.how.arrives
    return log.offered(campaign.id, reached, part.first, part.last)


def _renewals(setting: Setting, known: Made, people: People, block: Block, campaign: Campaign) -> _Part:
    """The campaign before the end of contracts, as `contracts` has drawn it."""
    drawn = known.truth["renewals"]
    drawn = drawn[drawn["campaign_id"] == campaign.id].set_index("customer_id").reindex(block.customer_ids)
    has = drawn["day"].notna().to_numpy()
    day = drawn["day"].fillna(0).to_numpy(dtype=np.int64)
    anyway = drawn["renews_anyway"].eq(True).to_numpy(dtype=bool)
    how = approach(setting, people, block, campaign, day=day, anyway=anyway)
    return _Part(campaign, has, how, anyway, has & how.turned(anyway))


def _rows(setting: Setting, people: People, block: Block, parts: list[_Part], log: Log) -> Frame:
    """The rows of all campaigns, and what the truth says of each."""
    columns = [_columns(setting, people, block, part, log) for part in parts]
    rows = pd.DataFrame({name: np.concatenate([one[name] for one in columns]) for name in columns[0]})
    return rows.assign(date=setting.date(rows["day"]))


def _columns(setting: Setting, people: People, block: Block, part: _Part, log: Log) -> dict[str, NDArray[Any]]:
    """The rows of one campaign; response and revenue from the log, but for renewals, which stand in the contracts."""
    world, how, campaign, has = setting.world(CampaignsWorld), part.how, part.campaign, part.has
    answered = part.anyway ^ part.turned if campaign.about == "renewal" else log.bought(part.first, part.last)
    spent = log.spent(part.first, part.last)
    reached = how.treated & how.arrives
    offered = np.where(how.treated, how.discount, 0.0)
    given = np.where(answered & reached, campaign.gift + offered * np.maximum(spent, 0), 0.0)
    contact = pd.Series(how.channel).map(world.contact_costs).to_numpy() * (how.treated & people.agreed)
    columns = {
        "campaign_id": np.full(block.size, campaign.id, dtype=object),
        "customer_id": block.customer_ids,
        "day": how.day,
        "channel": how.channel,
        "hour": how.hour,
        "arm": np.where(how.treated, "treat", "do_nothing"),
        "discount_rate": offered,
        "delivered": reached,
        "response": answered,
        "revenue": spent,
        "cost": contact + given,
        "uplift_type": people.kind,
        "trust_third": people.third + 1,
        "arrives": how.arrives,
        "p0": part.anyway.astype(float),
        "p1": how.p1(part.anyway),
    }
    return {name: values[has] for name, values in columns.items()}


def _arrived_in_table(setting: Setting, world: CampaignsWorld, block: Block, rows: Frame) -> Flags:
    """Which rows are in the table: all, but where a share of those left alone was lost on the way."""
    lost = rows["campaign_id"].map(world.control_lost or {}).fillna(0.0).to_numpy(dtype=float)
    left_alone = (rows["arm"] == "do_nothing").to_numpy()
    return ~left_alone | (setting.rng("contacts.lost", block).random(len(rows)) >= lost)
