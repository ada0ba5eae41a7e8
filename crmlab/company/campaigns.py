"""The firm's campaigns: of all four types of programme, some tried out with a group left alone by chance, some not.

Who is in a campaign and what comes of it is drawn in `contacts` (buying) and `contracts` (renewals). The campaigns
about buying follow one another so that no answer can fall into the window of two of them: what a contact did to the
purchases is then one number, whatever else the firm does.

Campaigns for the best customers choose them by what they spent in the year before. Who is chosen for a good year has,
by chance alone, a poorer one after it, and buys more than the others without any campaign: compared with their own
past the gift does harm, compared with the others it works wonders, and neither is so.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from crmlab.company.made import Frame, Made, table
from crmlab.company.setting import Setting

About = Literal["nobody", "buying", "discount", "renewal"]
Audience = Literal["nobody", "all", "best", "lapsed", "lapsed_best", "renewing"]


@dataclass(frozen=True)
class Campaign:
    """One campaign.

    Attributes
    ----------
    id, name, programme, offer : str
        As in the table; name and offer as the firm's own people write them.
    about : {'nobody', 'buying', 'discount', 'renewal'}
        What an answer is: none (it addresses people who are no customers), a purchase within the window, a purchase
        at one of several discounts, a contract renewed.
    audience : {'nobody', 'all', 'best', 'lapsed', 'lapsed_best', 'renewing'}
        Whom it is for. For the best, chance decides nothing: the best are approached, the others serve as comparison.
    start, contact_days, window_days : int
        The day it begins, counted from the start of the window; over how many days customers are contacted; how many
        days after the contact an answer counts.
    fixed_cost_per_customer : float
        Tomans, apart from contacts and gifts, for each customer of the company.
    share : float
        The share of the audience that is in it.
    approached : float
        The share of those that is approached, the rest being left alone; not used for the best.
    channels : tuple of str
        Through which the contact is made, drawn evenly.
    won_over : float
        Of the persuadable who would not have answered, how many answer when approached (before the factor of their
        income band).
    put_off : float
        Of those who do not want to be disturbed and would have answered, how many do not when approached.
    gift : float
        Tomans given to each customer approached who answers.
    discounts : tuple of float
        The shares offered off the price, drawn evenly.
    """

    id: str
    name: str
    programme: str
    offer: str
    about: About
    start: int
    contact_days: int
    window_days: int
    fixed_cost_per_customer: float
    audience: Audience = "nobody"
    share: float = 1.0
    approached: float = 0.5
    channels: tuple[str, ...] = ()
    won_over: float = 0.0
    put_off: float = 0.0
    gift: float = 0.0
    discounts: tuple[float, ...] = (0.0,)

    @property
    def randomised(self) -> bool:
        """Whether chance decides who is approached."""
        return self.audience in ("all", "lapsed", "renewing")

    @property
    def last_day(self) -> int:
        """The last day on which an answer counts, counted from the start."""
        return self.start + self.contact_days - 1 + self.window_days


@dataclass(frozen=True)
class CampaignsWorld:
    """What the campaigns are and do.

    Attributes
    ----------
    campaigns : tuple of Campaign
        All of them.
    effect : float
        1 where campaigns do what is planted, 0 where they do nothing: in `clean`, so that buying and staying are the
        planted models and nothing else, and in `null`.
    by_income : dict
        By what `won_over` is multiplied for each income band, so that part of who is persuadable can be read from
        what everybody sees; chosen so that its mean over customers is 1.
    sensitivity_by_trust : tuple of float
        By how much the log-odds of buying rise with the share offered off the price, for the third of customers that
        trusts the firm least, the middle third, and the third that trusts it most. Chosen so that 20 % off nearly
        triples the odds of the first and hardly moves the last.
    reach : dict
        The share of contacts that arrive, by channel; chosen. Letters and calls of today's firms differ about so.
    evening_reach : float
        What is added to it for a phone call after 17:00.
    contact_costs : dict
        Tomans for each contact, by channel; chosen at the order of what they cost in 1402.
    best : float
        The share of customers that are the best.
    lapsed_after : int
        Days without a purchase after which a customer counts as lapsed.
    without_control : tuple of str
        Campaigns whose group left alone was approached after all: nobody is left to compare with.
    control_lost : dict
        Campaigns of whose group left alone a share of rows was lost on the way to the table.
    """

    SECTION: ClassVar[str] = "campaigns"

    campaigns: tuple[Campaign, ...]
    effect: float
    by_income: dict[str, float]
    sensitivity_by_trust: tuple[float, float, float]
    reach: dict[str, float]
    evening_reach: float
    contact_costs: dict[str, float]
    best: float
    lapsed_after: int
    without_control: tuple[str, ...] = ()
    control_lost: dict[str, float] | None = None

    def about(self, *kinds: About) -> tuple[Campaign, ...]:
        """The campaigns about one of these, the earliest first."""
        return tuple(sorted((one for one in self.campaigns if one.about in kinds), key=lambda one: one.start))

    def approached(self, campaign: Campaign) -> float:
        """The share approached where chance decides."""
        return 1.0 if campaign.id in self.without_control else campaign.approached


def make(setting: Setting, known: Made) -> Made:  # noqa: ARG001
    """`campaigns`. Needs nothing.

    Truth: `campaigns` has `campaign_id`, `won_over`, `put_off` (both 0 where campaigns do nothing) and `approached`,
    the share that was to be approached; `discount_test` has `trust_third` (1 trusts least) and `sensitivity`.
    """
    world = setting.world(CampaignsWorld)
    all_of_them = world.campaigns
    start = np.array([one.start for one in all_of_them])
    last_contact = start + [one.contact_days - 1 for one in all_of_them]
    made = table(
        "campaigns",
        {
            "campaign_id": [one.id for one in all_of_them],
            "name": [one.name for one in all_of_them],
            "programme": [one.programme for one in all_of_them],
            "offer": [one.offer for one in all_of_them],
            "start": setting.date(start),
            "end": setting.date(last_contact),
            "fixed_cost": [one.fixed_cost_per_customer * setting.profile.customers for one in all_of_them],
            "window_days": [one.window_days for one in all_of_them],
            "randomised": [one.randomised for one in all_of_them],
            "planned_share": [one.approached if one.randomised else np.nan for one in all_of_them],
        },
    )
    return Made({"campaigns": made}, _truth(world))


def _truth(world: CampaignsWorld) -> dict[str, Frame]:
    thirds = world.sensitivity_by_trust
    return {
        "campaigns": pd.DataFrame(
            {
                "campaign_id": [one.id for one in world.campaigns],
                "about": [one.about for one in world.campaigns],
                "audience": [one.audience for one in world.campaigns],
                "won_over": [one.won_over * world.effect for one in world.campaigns],
                "put_off": [one.put_off * world.effect for one in world.campaigns],
                "approached": [world.approached(one) if one.randomised else np.nan for one in world.campaigns],
            }
        ),
        "discount_test": pd.DataFrame(
            {"trust_third": [1, 2, 3], "sensitivity": [third * world.effect for third in thirds]}
        ),
    }
