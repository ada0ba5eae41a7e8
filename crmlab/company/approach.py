"""Who of a campaign is approached and what it does to them: the planted effect of every contact.

Each customer of the campaign either answers without it (y₀ = 1) or not (y₀ = 0): for buying that stands in the log of
purchases, for renewals in the contracts, before any campaign. An approach that arrives changes it with

    P(answers | y₀ = 0) = won_over · factor of the income band       for the persuadable, 0 for the others,
    P(answers | y₀ = 1) = 1 − put_off                                for those not to be disturbed, 1 for the others,

so that p₀ = y₀ and p₁ (the chance to answer when approached, arriving or not) are known for every contact, and the true
average effect of a campaign is the mean of p₁ − p₀. In the discount test the answer hangs on the price alone: the
log-odds of buying rise by `sensitivity` times the share offered, in each third of trust, so that a logit with an
interaction of discount and third is the true model.

An approach goes out to all who are to be approached, but is stopped for who has not agreed to be contacted, and does
not always arrive.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from crmlab.company.campaigns import Campaign, CampaignsWorld
from crmlab.company.made import Made
from crmlab.company.setting import Block, Setting

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.int64]

THIRDS = (-0.4307, 0.4307)  # of a standard normal
OPENS, CLOSES, EVENING = 9, 21, 17


@dataclass(frozen=True)
class Approach:
    """What one campaign does, one place for each customer of the block, whether in the campaign or not.

    Attributes
    ----------
    day : array of int
        The day of the contact, counted from the start.
    hour : array of int
        Its hour.
    channel : array of str
        How.
    treated, arrives : array of bool
        Whether the customer is to be approached; whether an approach arrives, or would.
    discount : array
        The share offered, or that would be.
    won_over, put_off : array
        The chance that an approach that arrives turns a no into a yes, a yes into a no.
    """

    day: Days
    hour: Days
    channel: NDArray[np.object_]
    treated: Flags
    arrives: Flags
    discount: Numbers
    won_over: Numbers
    put_off: Numbers
    roll: Numbers

    def p1(self, anyway: Flags) -> Numbers:
        """The chance to answer when approached, of those who answer anyway and those who do not."""
        return np.where(anyway, 1 - self.arrives * self.put_off, self.arrives * self.won_over)

    def turned(self, anyway: Flags) -> Flags:
        """Whose answer the campaign changes."""
        return self.treated & self.arrives & (self.roll < np.where(anyway, self.put_off, self.won_over))


@dataclass(frozen=True)
class People:
    """What decides how the customers of a block take to being approached, one place for each.

    Attributes
    ----------
    joined : array of int
        The day of their first purchase, counted from the start.
    agreed : array of bool
        Who may be contacted.
    third : array of int
        Which third of trust they belong to, 0 that of least trust.
    kind : array of str
        Their `uplift_type`.
    factor : array
        By what their income band multiplies `won_over`.
    """

    joined: Days
    agreed: Flags
    third: Days
    kind: NDArray[np.object_]
    factor: Numbers

    @classmethod
    def of(cls, setting: Setting, known: Made) -> "People":
        """Needs `truth["customers"]`, and the table `customers` for consent; where it is not there, all have agreed."""
        customers = known.truth["customers"]
        by_income = setting.world(CampaignsWorld).by_income
        return cls(
            joined=customers["joined"].to_numpy(dtype=np.int64),
            agreed=_agreed(known),
            third=np.digitize(customers["trust"], THIRDS).astype(np.int64),
            kind=customers["uplift_type"].to_numpy(dtype=object),
            factor=np.array([by_income[one] for one in customers["income_band"]]),
        )


def approach(
    setting: Setting,
    people: People,
    block: Block,
    campaign: Campaign,
    *,
    day: Days,
    anyway: Flags,
    chosen_ones: Flags | None = None,
) -> Approach:
    """How a campaign goes about it and what that does.

    Parameters
    ----------
    setting : Setting
        Which company.
    people : People
        The customers of the block.
    block : Block
        Which block.
    campaign : Campaign
        Which campaign.
    day : array of int
        On which day each is contacted, counted from the start.
    anyway : array of bool
        Who answers without it.
    chosen_ones : array of bool, optional
        Who is approached, where chance does not decide.
    """
    world, n = setting.world(CampaignsWorld), block.size
    rng = setting.rng(f"contacts.{campaign.id}.approach", block)
    by_chance = rng.random(n) < world.approached(campaign)
    which = rng.integers(0, len(campaign.channels), n)
    hour = rng.integers(OPENS, CLOSES, n)
    discount = rng.choice(campaign.discounts, n)
    reach = np.array([world.reach[one] for one in campaign.channels])[which]
    phone = np.array([one == "phone" for one in campaign.channels])[which]
    arrives = rng.random(n) < reach + world.evening_reach * (phone & (hour >= EVENING))
    won_over, put_off = _effects(world, campaign, people, discount, anyway)
    return Approach(
        day=day,
        hour=hour,
        channel=np.array(campaign.channels, dtype=object)[which],
        treated=by_chance if chosen_ones is None else chosen_ones,
        arrives=people.agreed & arrives,
        discount=discount,
        won_over=won_over,
        put_off=put_off,
        roll=rng.random(n),
    )


def _agreed(known: Made) -> Flags:
    ids = known.truth["customers"]["customer_id"]
    if "customers" not in known.tables:
        return np.ones(len(ids), dtype=bool)
    said = known.tables["customers"].drop_duplicates("customer_id")
    yes = said.loc[said["may_contact"].fillna(value=False).to_numpy(dtype=bool), "customer_id"]
    return ids.isin(yes.astype(object)).to_numpy()


def _effects(
    world: CampaignsWorld, campaign: Campaign, people: People, discount: Numbers, anyway: Flags
) -> tuple[Numbers, Numbers]:
    if campaign.about == "discount":
        return _won_by_price(world, people, discount, anyway), np.zeros(discount.size)
    won = np.where(people.kind == "persuadable", world.effect * campaign.won_over * people.factor, 0.0)
    return won, np.where(people.kind == "do_not_disturb", world.effect * campaign.put_off, 0.0)


def _won_by_price(world: CampaignsWorld, people: People, discount: Numbers, anyway: Flags) -> Numbers:
    """How many of those who do not buy anyway have to, for the log-odds of all to rise as they are to."""
    third = people.third
    seen = np.bincount(third[people.agreed], minlength=len(THIRDS) + 1)
    without = (np.bincount(third[people.agreed & anyway], minlength=len(THIRDS) + 1) + 0.5) / (seen + 1)
    slope = world.effect * np.array(world.sensitivity_by_trust)
    with_it = expit(logit(without)[third] + slope[third] * discount)
    return np.asarray((with_it - without[third]) / (1 - without[third]))
