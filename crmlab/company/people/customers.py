"""`customers`: what the firm has in its book on the last day, right or not.

Address, phone, e-mail, income, marital status and children are the last that the firm has learnt of (`history`).
Consent: P(`may_contact`) = expit(a + b·trust). Belief: the sales force orders customers by

    w·z + u·[served much] + √(1 − w²)·e,   e ~ N(0, 1),

where z is the standardised log of the revenue to be expected of a customer until the last day, spend an order times
1 + (1 − exp(−λ·p·t)) / p orders (BG/NBD of a customer with rate λ and chance to leave p), and calls a fixed share of
each two thousand `high` and `middle`. What serving a customer costs does not enter: who is seen often is rather taken
for a good one. The channel is the true one or, where nobody asked, mostly `branch`. Attitude to risk: more averse with
age.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from crmlab.company.latents import CHANNELS, chosen
from crmlab.company.made import Frame, Made, table
from crmlab.company.people.history import Spells
from crmlab.company.people.invented import Words, city_of
from crmlab.company.people.lives import DAYS_PER_YEAR, People
from crmlab.company.people.worlds import CustomersWorld
from crmlab.company.setting import Block, Setting

DAYS_PER_WEEK = 7
MIDDLE_AGE = 40
DEFAULT_CHANNEL = "branch"


def customers(setting: Setting, known: Made, block: Block, people: People, spells: dict[str, Spells]) -> Made:
    """The table `customers` of a block, and the truth `people`."""
    world, latents = setting.world(CustomersWorld), known.truth["customers"]

    def rng(part: str) -> np.random.Generator:
        return setting.rng(f"customers.{part}", block)

    belief = _belief(rng("belief"), world, setting, latents)
    consent = 1 / (1 + np.exp(-(world.consent_intercept + world.consent_by_trust * latents["trust"].to_numpy())))
    columns = {
        "customer_id": people["customer_id"],
        "name": people["name"],
        "joined_on": setting.date(people["registered"]),
        "may_contact": rng("consent").random(block.size) < consent,
        "customer_type": latents["customer_type"],
        "region": latents["region"],
        "channel": _channel(rng("channel"), world, latents["channel"].to_numpy(dtype=object)),
        "risk_attitude": _risk(rng("risk"), world, people["age"]),
        "believed_value": _called(belief, world),
        **_as_recorded(setting, people, spells),
        **_branch(rng("branch"), known, latents["region"].to_numpy(dtype=object)),
    }
    relative = people["relative"]
    truth = {
        **{name: people[name] for name in ("customer_id", "name", "female", "age")},
        "relative": np.where(relative >= 0, people["customer_id"][relative], ""),
        "channel": latents["channel"],
        "may_contact_chance": consent,
        "belief_score": belief,
    }
    return Made({"customers": table("customers", columns)}, {"people": pd.DataFrame(truth)})


def expected_revenue(latents: Frame, last_day: int) -> NDArray[np.float64]:
    """What each customer can be expected to have bought for until the last day, in tomans; no season, no inflation."""
    rate, leaving = latents["purchases_per_week"].to_numpy(), latents["p_dropout"].to_numpy()
    weeks = (last_day - latents["joined"].to_numpy()) / DAYS_PER_WEEK
    orders = 1 - np.expm1(-rate * leaving * weeks) / leaving
    return np.asarray(latents["mean_spend"].to_numpy() * orders)


def _belief(rng: np.random.Generator, world: CustomersWorld, setting: Setting, latents: Frame) -> NDArray[np.float64]:
    volume = np.log(expected_revenue(latents, setting.days - 1))
    z = (volume - volume.mean()) / volume.std()
    seen_often = (latents["service_use"] != "normal").to_numpy()
    noise = np.sqrt(1 - world.belief_by_volume**2) * rng.standard_normal(len(latents))
    return np.asarray(world.belief_by_volume * z + world.belief_by_use * seen_often + noise)


def _called(belief: NDArray[np.float64], world: CustomersWorld) -> Words:
    above = 1 - pd.Series(belief).rank(method="first").sub(1).div(belief.size).to_numpy()
    high, middle = world.believed_high, world.believed_high + world.believed_middle
    return np.select([above <= high, above <= middle], ["high", "middle"], "low").astype(object)


def _channel(rng: np.random.Generator, world: CustomersWorld, true: Words) -> Words:
    right, default = rng.random((2, true.size))
    guess = np.where(default < world.channel_default, DEFAULT_CHANNEL, chosen(rng, CHANNELS, true.size))
    return np.where(right < world.channel_right, true, guess)


def _risk(rng: np.random.Generator, world: CustomersWorld, age: NDArray[np.float64]) -> Words:
    years = np.where(np.isnan(age), 0.0, age - MIDDLE_AGE)
    aversion = world.aversion_by_age * years + rng.standard_normal(age.size)
    averse_above, seeking_below = norm.ppf(1 - world.averse), norm.ppf(world.seeking)
    found = np.select([aversion > averse_above, aversion < seeking_below], ["averse", "seeking"], "neutral")
    return found.astype(object)


def _as_recorded(setting: Setting, people: People, spells: dict[str, Spells]) -> dict[str, Any]:
    """What hangs on the last that the firm has learnt of."""
    n = people["age"].size
    book = {field: one.in_book(n, one.value) for field, one in spells.items()}
    born = spells["children"]
    married, children = book["marital_status"] == "married", book["children"].astype(float)
    others = np.where(married, people["others_married"], people["others_alone"])
    since = born.in_book(n, np.where(born.order > 0, born.first, np.nan)).astype(float)
    return {
        **{name: book[name] for name in ("address", "phone", "email", "income_band", "marital_status")},
        "city": city_of(book["address"]),
        "children": children,
        "household_size": 1 + married + children + others,
        "birth_date": _dates(setting, people["registered"] - people["age"] * DAYS_PER_YEAR),
        "youngest_child_born": _dates(setting, np.where(np.isnan(since), people["youngest_born"], since)),
    }


def _branch(rng: np.random.Generator, known: Made, region: Words) -> dict[str, Words]:
    """One of the branches of the customer's region, any of them where it has none; nothing where there are none."""
    if "branches" not in known.tables:
        return {}
    branches, chance = known.tables["branches"], rng.random(region.size)
    everywhere = branches["branch_id"].to_numpy(dtype=object)
    found = everywhere[(chance * everywhere.size).astype(int)]
    for name, own in branches.groupby("region"):
        here, ids = region == name, own["branch_id"].to_numpy(dtype=object)
        found[here] = ids[(chance[here] * ids.size).astype(int)]
    return {"branch_id": found}


def _dates(setting: Setting, day: NDArray[np.float64]) -> "pd.Series[pd.Timestamp]":
    return pd.Series(setting.date(np.floor(np.nan_to_num(day)))).where(~np.isnan(day))
