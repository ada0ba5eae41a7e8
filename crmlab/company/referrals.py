"""Referrals: who told whom about the firm, and what came of it.

A customer tells others at a rate of tellings · exp(s · influence − s²/2), with s `per_influence`, so that the average
stays what it is; given the rate, the number is negative binomial. Those with much influence are the benchmarks whom
others follow. Satisfied customers tell good things more often; who was told buys within 90 days with a chance that
follows the sign, as the firm recorded it. Up to `known` of those told are customers themselves, of the same block.
The numbers are chosen so that one customer in four tells anybody, as few as surveys of referrals find.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from crmlab.company.made import Made, table
from crmlab.company.setting import Block, Setting

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class ReferralsWorld:
    """How often customers tell others, and with what effect.

    Attributes
    ----------
    tellings : float
        Tellings a customer and year, on average.
    shape : float
        Shape of their negative binomial.
    per_influence : float
        Change of the logarithm of the rate with one standard deviation of influence.
    known : float
        The share of those told who are customers.
    good, good_per_satisfaction : float
        The chance that good is told at average satisfaction, and its change in log-odds with a standard deviation.
    buys_after : dict
        By sign, the chance that who was told buys within 90 days.
    """

    SECTION: ClassVar[str] = "referrals"

    tellings: float
    shape: float
    per_influence: float
    known: float
    good: float
    good_per_satisfaction: float
    buys_after: dict[str, float]


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`referrals` by the block's customers, and the truth `tellers`: each customer's true rate a year."""
    world = setting.world(ReferralsWorld)
    rng = setting.rng("referrals", block)
    customers = known.truth["customers"]
    ids, joined = customers["customer_id"].to_numpy(dtype=object), customers["joined"].to_numpy()
    slope = world.per_influence
    rate = world.tellings * np.exp(slope * customers["influence"].to_numpy() - slope**2 / 2)
    years = (setting.days - joined) / DAYS_PER_YEAR
    who = np.repeat(np.arange(ids.size), rng.poisson(rate * years * rng.gamma(world.shape, 1 / world.shape, ids.size)))
    n = who.size
    others = (who + rng.integers(1, ids.size, n)) % ids.size
    satisfied = customers["satisfaction"].to_numpy()[who]
    good = rng.random(n) < expit(logit(world.good) + world.good_per_satisfaction * satisfied)
    buys = rng.random(n) < np.where(good, world.buys_after["good"], world.buys_after["bad"])
    day = joined[who] + np.floor(rng.random(n) * (setting.days - joined[who])).astype(int)
    # Who comes later is not a customer yet, and is told without being known.
    known_to = (rng.random(n) < world.known) & (joined[others] <= day)
    told = table(
        "referrals",
        {
            "referral_id": [f"W{block.number:03}-{number:06}" for number in range(n)],
            "from_customer_id": ids[who],
            "to_customer_id": pd.Series(ids[others], dtype="str").where(known_to),
            "date": setting.date(day),
            "sign": np.where(good, "good", "bad"),
            "bought_after": buys,
        },
    )
    return Made({"referrals": told}, {"tellers": pd.DataFrame({"customer_id": ids, "tellings_per_year": rate})})
