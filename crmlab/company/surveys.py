"""The survey of satisfaction, trust, needs and how customers came, with the faults that surveys have.

**Who answers.** A share of the customers is asked, each in one mode. Answering has log-odds of the mode's own plus
`response_per_satisfaction` · satisfaction: answers are missing not at random, and no weight by mode repairs it. A
random part of the silent is followed up until they answer, which does (double sampling, Hansen and Hurwitz 1946).

**What they answer.** Scales are cut from the latent quantity plus normal error at the same quantiles for all.

**Competition.** A year later they are asked whether they stayed. Where the region's market is competitive (Herfindahl
index below `competitive_below`) the log-odds rise with satisfaction; where customers have no choice they do not:
satisfied or not, they stay (Jones and Sasser 1995). It is an answer of theirs, and says nothing of the purchase log.

**How they came.** Who does not remember the true channel names another, mostly one that is much in sight (`credited`).

**Needs.** Each of four segments agrees with two of eight statements more than the others do. Importance and
performance of six parts of the offer differ by part alone.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from crmlab.company.latents import REGIONS, chosen
from crmlab.company.made import Frame, Made, table
from crmlab.company.setting import Block, Setting
from crmlab.tables.schema.service import NEEDS, OFFERINGS

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]

YEAR, ASKED_OVER_DAYS = 365, 60  # asked over so many days, so that a year is left to see who stayed
CUTS_7 = norm.ppf([0.05, 0.15, 0.30, 0.50, 0.72, 0.90])
CUTS_11 = norm.ppf([0.02, 0.04, 0.07, 0.11, 0.17, 0.28, 0.40, 0.58, 0.76, 0.90])
WANTED, OTHERWISE = 5.6, 3.2  # mean agreement with the statements of the own segment, and with the rest
IMPORTANCE = (6.2, 5.4, 5.9, 4.1, 3.6, 4.8)
PERFORMANCE = (5.5, 5.2, 3.8, 4.9, 4.7, 4.4)


@dataclass(frozen=True)
class SurveysWorld:
    """Who is asked, who answers, and what stands behind the answers.

    Attributes
    ----------
    asked : float
        The share of customers that is asked.
    modes, response : dict
        Shares of the modes, and the log-odds of answering in each at average satisfaction.
    response_per_satisfaction : float
        Change of these log-odds with a standard deviation of satisfaction.
    followed_up : float
        The share of the silent that is followed up.
    error : float
        Standard deviation of the error of a scale, the latent quantity having 1.
    stays : float
        The chance to stay at average satisfaction.
    stays_per_satisfaction : dict
        Change of its log-odds with a standard deviation of satisfaction, in `competitive` and `captive` regions.
    competitive_below : float
        The Herfindahl index below which a region is competitive.
    remembers : float
        The chance to name the true channel.
    credited : dict
        What is named otherwise.
    product_spread : float
        Standard deviation of the products' own effect on satisfaction.
    silent_mode, silent_region : str or None
        A mode nobody answers in, and a region where nobody was asked.
    """

    SECTION: ClassVar[str] = "surveys"

    asked: float
    modes: dict[str, float]
    response: dict[str, float]
    response_per_satisfaction: float
    followed_up: float
    error: float
    stays: float
    stays_per_satisfaction: dict[str, float]
    competitive_below: float
    remembers: float
    credited: dict[str, float]
    product_spread: float
    silent_mode: str | None = None
    silent_region: str | None = None


def competition(setting: Setting, known: Made) -> Made:
    """The truth `choice`: each region's Herfindahl index when customers were asked, and whether it is competitive.

    Made once; needs the table `market`.
    """
    world = setting.world(SurveysWorld)
    market = known.tables["market"]
    asked = setting.date([setting.days - YEAR])[0]
    period = market.loc[market["period"] <= asked, "period"].max()
    now = market[market["period"] == period]
    index = (now["share"] ** 2).groupby(now["region"]).sum().reindex(list(REGIONS))
    frame = pd.DataFrame({"region": index.index, "hhi": index.to_numpy()})
    return Made(truth={"choice": frame.assign(competitive=frame["hhi"] < world.competitive_below)})


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`surveys` of the block's customers, and the truth `answers`: what everybody who was asked would have answered."""
    world = setting.world(SurveysWorld)
    asked = _asked(setting, world, known, block)
    would = _would_answer(setting, world, asked, block)
    responded, follow_up = _responded(setting, world, asked, block)
    answers = {
        name: pd.Series(values).where(responded) for name, values in would.items() if name not in ("mode", "date")
    }
    frame = table(
        "surveys",
        {
            "response_id": [f"S{block.number:03}-{number:06}" for number in range(len(asked))],
            "customer_id": asked["customer_id"],
            "date": setting.date(setting.days - YEAR - asked["days_before"]),
            "mode": asked["mode"],
            "responded": responded,
            "follow_up": follow_up,
            **answers,
            **({"product_id": asked["product_id"]} if "product_id" in asked else {}),
        },
    )
    truth = pd.DataFrame({"response_id": frame["response_id"], "customer_id": frame["customer_id"], **would})
    return Made({"surveys": frame}, {"answers": truth.assign(captive=~asked["competitive"].to_numpy(dtype=bool))})


def _asked(setting: Setting, world: SurveysWorld, known: Made, block: Block) -> Frame:
    rng = setting.rng("surveys.asked", block)
    customers = known.truth["customers"]
    old_enough = customers["joined"].to_numpy() < setting.days - YEAR - ASKED_OVER_DAYS
    drawn = (rng.random(len(customers)) < world.asked) & old_enough
    if world.silent_region:
        drawn &= customers["region"].to_numpy() != world.silent_region
    asked = customers[drawn].reset_index(drop=True)
    asked["mode"] = chosen(rng, world.modes, len(asked))
    asked["days_before"] = rng.integers(0, ASKED_OVER_DAYS, len(asked))
    asked = asked.merge(known.truth["choice"][["region", "competitive"]], on="region", how="left")
    if "products" in known.tables:
        ids = known.tables["products"]["product_id"].to_numpy(dtype=object)
        # The same effects in every block: they belong to the products.
        effects = setting.rng("surveys.products").standard_normal(ids.size) * world.product_spread
        which = rng.integers(0, ids.size, len(asked))
        asked["product_id"], asked["product_effect"] = ids[which], effects[which]
    else:
        asked["product_effect"] = 0.0
    return asked


def _would_answer(setting: Setting, world: SurveysWorld, asked: Frame, block: Block) -> dict[str, Vector]:
    rng = setting.rng("surveys.answers", block)
    n = len(asked)
    satisfaction, trust = asked["satisfaction"].to_numpy(), asked["trust"].to_numpy()
    spread = float(np.sqrt(1 + world.error**2))

    def scale(latent: Vector, cuts: Vector = CUTS_7, lowest: int = 1) -> Vector:
        return np.searchsorted(cuts * spread, latent + world.error * rng.standard_normal(n)).astype(float) + lowest

    commitment = 0.7 * trust + np.sqrt(1 - 0.7**2) * rng.standard_normal(n)
    slope = np.where(
        asked["competitive"], world.stays_per_satisfaction["competitive"], world.stays_per_satisfaction["captive"]
    )
    stays = logit(world.stays) + slope * satisfaction
    remembered = rng.random(n) < world.remembers
    return {
        "recommend": scale(satisfaction, CUTS_11, 0),
        "satisfaction": scale(satisfaction + asked["product_effect"].to_numpy()),
        "trust": scale(trust),
        "commitment": scale(commitment),
        "fit": scale(rng.standard_normal(n)),
        "effort": scale(0.5 * satisfaction + np.sqrt(0.75) * rng.standard_normal(n)),
        "intends_to_stay": scale(commitment),
        "stayed": rng.random(n) < expit(stays),
        "share_of_wallet": rng.beta(4 * expit(0.5 * commitment), 4 * (1 - expit(0.5 * commitment))),
        "heard_from": np.where(remembered, asked["channel"], chosen(rng, world.credited, n)),
        **_needs(rng, asked["need_segment"].to_numpy()),
        **_offer(rng, n),
    }


def _needs(rng: np.random.Generator, segment: NDArray[np.int64]) -> dict[str, Vector]:
    """Agreement with the statements: the first two belong to segment 1, the next two to segment 2, and so on."""
    items = np.arange(NEEDS)
    mean = np.where(items // 2 == segment[:, None] - 1, WANTED, OTHERWISE)
    points = np.clip(np.rint(mean + rng.standard_normal(mean.shape)), 1, 7)
    return {f"need_{item + 1}": points[:, item] for item in items}


def _offer(rng: np.random.Generator, n: int) -> dict[str, Vector]:
    points: dict[str, Vector] = {}
    for kind, means in (("importance", IMPORTANCE), ("performance", PERFORMANCE)):
        scores = np.clip(np.rint(np.array(means) + rng.standard_normal((n, OFFERINGS))), 1, 7)
        points |= {f"{kind}_{item + 1}": scores[:, item] for item in range(OFFERINGS)}
    return points


def _responded(setting: Setting, world: SurveysWorld, asked: Frame, block: Block) -> tuple[Flags, Flags]:
    rng = setting.rng("surveys.response", block)
    odds = asked["mode"].map(world.response).to_numpy(dtype=float)
    odds = odds + world.response_per_satisfaction * asked["satisfaction"].to_numpy()
    at_once = (rng.random(len(asked)) < expit(odds)) & (asked["mode"] != world.silent_mode).to_numpy()
    followed = ~at_once & (rng.random(len(asked)) < world.followed_up)
    return at_once | followed, followed
