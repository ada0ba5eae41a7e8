"""Service contracts, from their first day to the renewal at which they are not renewed.

Whether a customer takes one hangs on what they need. At every renewal, once a year or twice, the customer leaves with
a probability θ of their own that never changes, and θ is Beta(α, β) over the customers of a group of needs: the
shifted-beta-geometric model (Fader and Hardie 2007, Journal of Interactive Marketing 21(1)); a period is what lies
between two renewals, however long. Who leaves, leaves for one of six reasons, competing risks in proportions of the
group that change neither with θ nor with time.

In some worlds one region's service breaks down for half a year: who would have renewed then leaves with a probability
of their own, for the reason `service`. And the firm tries to keep customers before the end of their contracts: see
`approach`. Both are outside the sBG; where the planted models are the whole truth neither does anything.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.approach import People, approach
from crmlab.company.campaigns import Campaign, CampaignsWorld
from crmlab.company.made import Frame, Made, table
from crmlab.company.prices import price_level
from crmlab.company.setting import Block, Setting
from crmlab.simulate.contracts import NEVER, anniversary, periods_stayed

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Reasons = NDArray[np.object_]

YEARLY, HALF_YEARLY = 12, 6


@dataclass(frozen=True)
class ContractsWorld:
    """How contracts begin and end.

    Attributes
    ----------
    take_up : tuple of float
        The share of each of the four groups of needs that takes a contract; chosen so that it rises with them.
    alpha, beta : tuple of float
        Of the chance to leave at a renewal, Beta in each group. Chosen around the two segments of Fader and Hardie
        2007 (0.668, 3.806 and 0.704, 1.182), so that groups differ both in their mean and in how unlike customers are.
    churn : float or None
        One chance to leave for everybody, in whose place α and β say nothing.
    starts_within_days : int
        Contracts begin uniformly over so many days after the first purchase; chosen.
    half_yearly : float
        The share renewed twice a year instead of once; chosen.
    reasons : dict
        For each reason, its share among those of each group who leave of themselves. Chosen so that price leads in
        the first group and service in the last.
    reason_unknown : float
        The share of those who left whose reason nobody wrote down, at random; chosen.
    shock_region : str
        Where the service breaks down.
    shock_from, shock_days : int
        The first day of it, and how long it lasts: not above half a year, so that each contract meets it once.
    shock_leaves : float
        The chance that who would have renewed in it does not; 0 where there is no shock.
    services : tuple of str
        With which words the names of products begin that are sold as contracts.
    price, firm_price : float
        Tomans of Esfand 1403 for a year where no product is known, and by what firms pay more; chosen.
    half_price : float
        What half a year costs of what a year does; above a half, as half-years are dearer.
    days_before : int
        How long before a renewal the firm calls.
    """

    SECTION: ClassVar[str] = "contracts"

    take_up: tuple[float, ...]
    alpha: tuple[float, ...]
    beta: tuple[float, ...]
    churn: float | None
    starts_within_days: int
    half_yearly: float
    reasons: dict[str, tuple[float, ...]]
    reason_unknown: float
    shock_region: str
    shock_from: int
    shock_days: int
    shock_leaves: float
    services: tuple[str, ...]
    price: float
    firm_price: float
    half_price: float
    days_before: int

    def reason_shares(self) -> Frame:
        """The share of each reason (columns) in each group (rows, from 1)."""
        weights = pd.DataFrame(self.reasons, index=pd.RangeIndex(1, len(self.alpha) + 1, name="need_segment"))
        return weights.div(weights.sum(axis=1), axis=0)


def planted(setting: Setting, known: Made) -> Made:  # noqa: ARG001 – every group takes what has been made
    """The truth `contract_segments`: of each `need_segment` its `take_up`, `alpha`, `beta` and share of each reason.

    `alpha` and `beta` are missing where everybody leaves with the one probability `churn`.
    """
    world = setting.world(ContractsWorld)
    alike = world.churn is not None
    truth = world.reason_shares().add_prefix("reason_").reset_index()
    truth.insert(1, "take_up", world.take_up)
    truth.insert(2, "alpha", np.nan if alike else world.alpha)
    truth.insert(3, "beta", np.nan if alike else world.beta)
    truth.insert(4, "churn", world.churn if alike else np.nan)
    return Made(truth={"contract_segments": truth})


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`contracts`, at most one a customer.

    Needs `truth["customers"]`; takes the products and prices from the tables `products` and `economy` and consent from
    `customers` where they are there.

    Truth: `contracts` has `contract_id`, `customer_id`, `need_segment`, `theta`, `periods` (how many they stay, seen or
    not, shock and campaign included; infinite: for ever), `reason` (of all who leave, also later), `shocked` and
    `campaign` (whether one of the two changed how it ended). `renewals` has a row for each contract in the campaign:
    `campaign_id`, `contract_id`, `customer_id`, `day` of the call, and `renews_anyway`.
    """
    world = setting.world(ContractsWorld)
    drawn = _Drawn.of(setting, world, known, block)
    drawn, shocked = _after_shock(setting, world, known, block, drawn)
    renewals, drawn, kept = _after_campaigns(setting, known, block, drawn)
    has = np.flatnonzero(drawn.has)
    ids = np.array([f"G{block.number:03}{number:05}" for number in range(1, block.size + 1)], dtype=object)
    truth = pd.DataFrame(
        {
            "contract_id": ids,
            "customer_id": block.customer_ids,
            "need_segment": known.truth["customers"]["need_segment"].to_numpy(),
            "theta": drawn.theta,
            "periods": drawn.periods,
            "reason": drawn.reason,
            "shocked": shocked,
            "campaign": kept,
        }
    ).iloc[has]
    renewals.insert(1, "contract_id", ids[renewals.pop("place")])
    contracts = _table(setting, world, known, block, drawn).assign(contract_id=ids).iloc[has]
    return Made(
        {"contracts": table("contracts", {str(name): contracts[name] for name in contracts})},
        {"contracts": truth.reset_index(drop=True), "renewals": renewals},
    )


@dataclass(frozen=True)
class _Drawn:
    """The contracts of a block, one place for each customer, also for those who have none.

    `start` counts days from the start of the window; `months` is the length of a period.
    """

    has: Flags
    start: Whole
    months: Whole
    theta: Numbers
    periods: Numbers
    reason: Reasons

    @classmethod
    def of(cls, setting: Setting, world: ContractsWorld, known: Made, block: Block) -> "_Drawn":
        """As they would be if nothing came between."""
        customers, n = known.truth["customers"], block.size
        group = customers["need_segment"].to_numpy(dtype=np.int64) - 1
        start = customers["joined"].to_numpy(dtype=np.int64) + _rng(setting, "start", block).integers(
            0, world.starts_within_days, n
        )
        wanted = _rng(setting, "taken", block).random(n) < np.array(world.take_up)[group]
        theta = _rng(setting, "theta", block).beta(np.array(world.alpha)[group], np.array(world.beta)[group])
        if world.churn is not None:
            theta = np.full(n, world.churn)
        cumulative = world.reason_shares().cumsum(axis=1).to_numpy()[group]
        # The last sum may fall short of one by a rounding error.
        number = (_rng(setting, "reason", block).random(n)[:, None] >= cumulative[:, :-1]).sum(axis=1)
        return cls(
            has=wanted & (start < setting.days),
            start=start,
            months=np.where(_rng(setting, "months", block).random(n) < world.half_yearly, HALF_YEARLY, YEARLY),
            theta=theta,
            periods=periods_stayed(_rng(setting, "periods", block), theta),
            reason=np.array(list(world.reasons), dtype=object)[number],
        )

    def day_of(self, setting: Setting, renewal: Whole) -> Whole:
        """The day of each contract's renewal of that number, counted from the start of the window."""
        first = np.datetime64(setting.start, "D")
        return (anniversary(first + self.start, renewal, self.months, "M") - first).astype(np.int64)

    def due_within(self, setting: Setting, first: int, last: int) -> Whole:
        """The number of each contract's first renewal between the days, if it still runs by then; otherwise 0."""
        found = np.zeros(self.start.size, dtype=np.int64)
        for number in range(12 * setting.days // 365 // HALF_YEARLY, 0, -1):
            day = self.day_of(setting, np.full(found.size, number))
            found = np.where((day >= first) & (day <= last), number, found)
        return np.where(self.has & (self.periods >= found), found, 0)


def _rng(setting: Setting, part: str, block: Block) -> np.random.Generator:
    return setting.rng(f"contracts.{part}", block)


def _after_shock(
    setting: Setting, world: ContractsWorld, known: Made, block: Block, drawn: _Drawn
) -> tuple[_Drawn, Flags]:
    """The contracts after the region's service broke down, and which of them ended by it."""
    due = drawn.due_within(setting, world.shock_from, world.shock_from + world.shock_days - 1)
    here = (known.truth["customers"]["region"] == world.shock_region).to_numpy()
    would_stay = (due > 0) & (drawn.periods > due)
    ends = here & would_stay & (_rng(setting, "shock", block).random(block.size) < world.shock_leaves)
    after = replace(drawn, periods=np.where(ends, due, drawn.periods), reason=np.where(ends, "service", drawn.reason))
    return after, ends


def _after_campaigns(setting: Setting, known: Made, block: Block, drawn: _Drawn) -> tuple[Frame, _Drawn, Flags]:
    """Who is in the campaigns before renewals, the contracts after them, and which of them they changed."""
    parts, changed, people = [], np.zeros(block.size, dtype=bool), People.of(setting, known)
    for campaign in setting.world(CampaignsWorld).about("renewal"):
        part, drawn, turned = _after_campaign(setting, people, block, campaign, drawn)
        parts.append(part)
        changed |= turned
    return pd.concat(parts, ignore_index=True), drawn, changed


def _after_campaign(
    setting: Setting, people: People, block: Block, campaign: Campaign, drawn: _Drawn
) -> tuple[Frame, _Drawn, Flags]:
    world = setting.world(ContractsWorld)
    first = campaign.start + world.days_before
    due = drawn.due_within(setting, first, first + campaign.contact_days - 1)
    day = drawn.day_of(setting, np.maximum(due, 1)) - world.days_before
    anyway = drawn.periods > due
    has = (due > 0) & (setting.rng(f"contacts.{campaign.id}.share", block).random(block.size) < campaign.share)
    turned = has & approach(setting, people, block, campaign, day=day, anyway=anyway).turned(anyway)
    more = periods_stayed(setting.rng(f"contacts.{campaign.id}.periods", block), drawn.theta)
    periods = np.where(turned, np.where(anyway, due, due + more), drawn.periods)
    part = pd.DataFrame(
        {
            "campaign_id": campaign.id,
            "place": np.flatnonzero(has),
            "customer_id": block.customer_ids[has],
            "day": day[has],
            "renews_anyway": anyway[has],
        }
    )
    return part, replace(drawn, periods=periods), turned


def _table(setting: Setting, world: ContractsWorld, known: Made, block: Block, drawn: _Drawn) -> Frame:
    end = drawn.day_of(setting, np.minimum(drawn.periods, NEVER).astype(np.int64))
    ended = end < setting.days
    told = ended & (_rng(setting, "told", block).random(block.size) >= world.reason_unknown)
    product_id, price = _sold(setting, world, known, block)
    firm = (known.truth["customers"]["customer_type"] == "firm").to_numpy()
    price = price * np.where(firm, world.firm_price, 1.0) * np.where(drawn.months == HALF_YEARLY, world.half_price, 1.0)
    return pd.DataFrame(
        {
            "customer_id": block.customer_ids,
            **({} if product_id is None else {"product_id": product_id}),
            "start": setting.date(drawn.start),
            "end": pd.Series(setting.date(np.where(ended, end, 0))).where(ended),
            "period_months": drawn.months,
            "price": price * price_level(setting, known, np.minimum(drawn.start, setting.days - 1)),
            "reason": pd.Series(drawn.reason).where(told),
        }
    )


def _sold(setting: Setting, world: ContractsWorld, known: Made, block: Block) -> tuple[Reasons | None, Numbers]:
    """Which product each contract is of, where there are such products, and what a year of it costs."""
    products = known.tables.get("products")
    if products is not None:
        products = products[products["name"].str.startswith(world.services)]
    if products is None or products.empty:
        return None, np.full(block.size, world.price)
    place = _rng(setting, "product", block).integers(0, len(products), block.size)
    prices = products["list_price"].to_numpy(dtype=float)[place]
    return products["product_id"].to_numpy(dtype=object)[place], prices
