"""What nobody sees of a customer: how often they want to buy, when they leave, what they spend, need and believe.

Buying and leaving are those of BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24(2)), spending that of the
Gamma–Gamma model (Fader and Hardie 2013): each customer has a rate of their own, Gamma(r, α), a chance to leave after
a repeat purchase, Beta(a, b), and a level of spend. All other groups of tables read these frames; none changes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame
from crmlab.company.setting import Block, Setting

REGIONS = {
    "Tehran": 0.30,
    "Khorasan": 0.15,
    "Isfahan": 0.13,
    "Fars": 0.12,
    "Azerbaijan": 0.11,
    "Khuzestan": 0.09,
    "Gilan": 0.06,
    "Kerman": 0.04,
}
"""Where customers live, and how many of them."""

CHANNELS = {"branch": 0.34, "social": 0.20, "search": 0.16, "referral": 0.14, "partner": 0.10, "direct_mail": 0.06}
"""Through which channel customers truly came, and how many of them."""

INCOME_BANDS = {"low": 0.35, "middle": 0.45, "high": 0.20}


@dataclass(frozen=True)
class LatentsWorld:
    """The mixture customers are drawn from.

    Attributes
    ----------
    r, alpha_weeks : float
        Purchases a week are Gamma with shape r and rate alpha (weeks).
    a, b : float
        The chance to leave after a repeat purchase is Beta(a, b).
    p, q, gamma : float
        The value of an order is Gamma with shape p and a rate that is Gamma(q) with rate gamma (tomans).
    joined_over_days : int
        Customers come uniformly over so many days from the start, so that some are new on the last ones.
    early, early_days : float, int
        But so large a share comes in the first so many days: the firm grew fast in its first year. Chosen so that the
        campaigns of that year have customers enough.
    firms : float
        The share of customers that are firms.
    trust_and_satisfaction : float
        The correlation of the two.
    uplift_types : dict
        Shares of customers by how they take to being approached.
    need_segments : tuple of float
        Shares of the four groups of needs.
    heavy_users : float
        The share that is served much for what it buys.
    cost_magnets : int
        How many customers carry much of the fixed cost, in the whole company.
    """

    SECTION: ClassVar[str] = "latents"

    r: float
    alpha_weeks: float
    a: float
    b: float
    p: float
    q: float
    gamma: float
    joined_over_days: int
    early: float
    early_days: int
    firms: float
    trust_and_satisfaction: float
    uplift_types: dict[str, float]
    need_segments: tuple[float, ...]
    heavy_users: float
    cost_magnets: int


def customers(setting: Setting, block: Block) -> Frame:
    """The truth of a block's customers, one row each, in the order of their ids.

    Columns: `customer_id`; `joined`, the day of the first purchase counted from the start; `purchases_per_week`,
    `p_dropout`, `mean_spend` (tomans an order); `customer_type`, `region`, `channel`, `income_band`; `need_segment`
    (1 to 4), `uplift_type`; `trust`, `satisfaction`, `influence` (standard normal); `service_use` (`normal`, `heavy`
    or `cost_magnet`).
    """
    world = setting.world(LatentsWorld)
    n = block.size

    def rng(part: str) -> np.random.Generator:
        return setting.rng(f"latents.{part}", block)

    trust = rng("trust").standard_normal(n)
    rho = world.trust_and_satisfaction
    return pd.DataFrame(
        {
            "customer_id": block.customer_ids,
            "joined": _joined(rng("joined"), world, n),
            "purchases_per_week": rng("rates").gamma(world.r, 1 / world.alpha_weeks, n),
            "p_dropout": rng("dropout").beta(world.a, world.b, n),
            "mean_spend": world.p / rng("spend").gamma(world.q, 1 / world.gamma, n),
            "customer_type": np.where(rng("type").random(n) < world.firms, "firm", "person"),
            "region": chosen(rng("region"), REGIONS, n),
            "channel": chosen(rng("channel"), CHANNELS, n),
            "income_band": chosen(rng("income"), INCOME_BANDS, n),
            "need_segment": chosen(rng("needs"), dict(enumerate(world.need_segments, start=1)), n).astype(int),
            "uplift_type": chosen(rng("uplift"), world.uplift_types, n),
            "trust": trust,
            "satisfaction": rho * trust + np.sqrt(1 - rho**2) * rng("satisfaction").standard_normal(n),
            "influence": rng("influence").standard_normal(n),
            "service_use": _service_use(rng("service_use"), world, block),
        }
    )


def _joined(rng: np.random.Generator, world: LatentsWorld, n: int) -> NDArray[np.int64]:
    early = rng.random(n) < world.early
    return np.where(early, rng.integers(0, world.early_days, n), rng.integers(0, world.joined_over_days, n))


def chosen(rng: np.random.Generator, shares: Mapping[Any, float], n: int) -> NDArray[np.object_]:
    """One of the keys for each of `n`, drawn with their shares, which need not add up to one."""
    weights = np.array(list(shares.values()), dtype=float)
    keys = np.array(list(shares), dtype=object)
    return keys[rng.choice(keys.size, size=n, p=weights / weights.sum())]


def _service_use(rng: np.random.Generator, world: LatentsWorld, block: Block) -> NDArray[np.object_]:
    use = np.where(rng.random(block.size) < world.heavy_users, "heavy", "normal").astype(object)
    # The magnets are customers of the company, not of each block.
    use[: max(world.cost_magnets - block.first, 0)] = "cost_magnet"
    return use
