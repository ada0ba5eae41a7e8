"""People and firms who are not yet customers, whom the firm approaches or not, and who of them it wins.

Who they are is drawn as customers are. The firm approaches one with a chance that hangs on what everybody sees, firms
and the well-off rather than others, and otherwise by lot. The log-odds of becoming a customer are

    intercept + Σ coefficient · attribute + contacted · effect of the approach,

with nothing else behind it, so that a logit on the table's own columns is the true model, though the share won among
those approached, compared with that among the others, mistakes whom the firm picked for what the approach does.

Who is won is one of the customers of the block who are of the same type, region, income and channel: they became one
on the day of their first purchase. Where no such customer is left, the lists were never joined, and the row does not
say which customer it was.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from crmlab.company.latents import CHANNELS, INCOME_BANDS, REGIONS, LatentsWorld, chosen
from crmlab.company.made import Frame, Made, table
from crmlab.company.setting import Block, Setting

Numbers = NDArray[np.float64]
Days = NDArray[np.int64]

SECTORS = {"hotel": 0.15, "restaurant": 0.25, "office": 0.25, "clinic": 0.15, "school": 0.10, "workshop": 0.10}
HOUSEHOLD = {1: 0.08, 2: 0.20, 3: 0.28, 4: 0.27, 5: 0.12, 6: 0.05}
"""People in a household; chosen near the census of 1395, with 3.3 on average."""

SAME = ["customer_type", "region", "income_band", "channel"]


@dataclass(frozen=True)
class ProspectsWorld:
    """Who is approached and who is won.

    Attributes
    ----------
    approached, approached_firm, approached_high : float
        The chance to be approached, and what is added to it for firms and for high incomes; chosen.
    coefficients : dict
        Of the log-odds to be won: `intercept`, `contacted`, `firm`, `low`, `high` (income), `log_size` (natural
        logarithm of people), and channels by their names, the others being 0. Chosen so that about one in eight is won.
    firm_size_log_mean, firm_size_log_sd : float
        Of the natural logarithm of the people of a firm; chosen so that half have under 12.
    listed_before_days, won_after_days : float
        Mean days from being listed to being approached, or to what would have been that day, and from there to the
        first purchase; exponential, chosen.
    """

    SECTION: ClassVar[str] = "prospects"

    approached: float
    approached_firm: float
    approached_high: float
    coefficients: dict[str, float]
    firm_size_log_mean: float
    firm_size_log_sd: float
    listed_before_days: float
    won_after_days: float


def planted(setting: Setting, known: Made) -> Made:  # noqa: ARG001 – every group takes what has been made
    """The truth `prospect_score`: `term` and `coefficient`."""
    coefficients = setting.world(ProspectsWorld).coefficients
    return Made(truth={"prospect_score": pd.DataFrame(coefficients.items(), columns=["term", "coefficient"])})


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`prospects`: of the company's the part that falls to the block. Needs `truth["customers"]`.

    Truth: `prospects` has `prospect_id`, `p_contacted`, `p_converted` (as it is, approached or not), `p_if_contacted`
    and `p_if_left`.
    """
    world, numbers = setting.world(ProspectsWorld), _numbers(setting, block)
    seen = _drawn(setting, world, block, numbers.size)
    p_contacted = (
        world.approached
        + world.approached_firm * (seen["customer_type"] == "firm")
        + world.approached_high * (seen["income_band"] == "high")
    ).to_numpy()
    contacted = _rng(setting, "contacted", block).random(numbers.size) < p_contacted
    score = attributes(seen) @ pd.Series(world.coefficients).drop(["intercept", "contacted"])
    left = world.coefficients["intercept"] + score.to_numpy()
    p_left, p_if = expit(left), expit(left + world.coefficients["contacted"])
    p = np.where(contacted, p_if, p_left)
    converted = _rng(setting, "converted", block).random(numbers.size) < p
    seen["prospect_id"] = [f"R{number + 1:06}" for number in numbers]
    truth = {"p_contacted": p_contacted, "p_converted": p, "p_if_contacted": p_if, "p_if_left": p_left}
    return Made(
        {"prospects": _table(setting, known, block, seen, contacted=contacted, converted=converted)},
        {"prospects": pd.DataFrame({"prospect_id": seen["prospect_id"], **truth})},
    )


def attributes(prospects: Frame) -> Frame:
    """What the log-odds are made of besides the contact, as numbers, one column for each coefficient.

    `prospects` has the columns of the table, and `channel` or `source`.
    """
    source = prospects["channel"] if "channel" in prospects else prospects["source"]
    return pd.DataFrame(
        {
            "firm": (prospects["customer_type"] == "firm").astype(float),
            "low": (prospects["income_band"] == "low").astype(float),
            "high": (prospects["income_band"] == "high").astype(float),
            "log_size": np.log(prospects["size"].astype(float)),
            "referral": (source == "referral").astype(float),
            "direct_mail": (source == "direct_mail").astype(float),
        }
    )


def _rng(setting: Setting, part: str, block: Block) -> np.random.Generator:
    return setting.rng(f"prospects.{part}", block)


def _numbers(setting: Setting, block: Block) -> Days:
    """The numbers of the prospects that fall to the block."""
    prospects, customers = setting.profile.prospects, setting.profile.customers
    ends = np.array([block.first, block.first + block.size]) * prospects // customers
    return np.arange(*ends)


def _drawn(setting: Setting, world: ProspectsWorld, block: Block, n: int) -> Frame:
    firms = setting.world(LatentsWorld).firms
    rng = _rng(setting, "people", block)
    firm = rng.random(n) < firms
    staff = np.exp(rng.normal(world.firm_size_log_mean, world.firm_size_log_sd, n))
    at_home = chosen(rng, HOUSEHOLD, n).astype(float)
    return pd.DataFrame(
        {
            "customer_type": np.where(firm, "firm", "person"),
            "region": chosen(rng, REGIONS, n),
            "income_band": chosen(rng, INCOME_BANDS, n),
            "channel": chosen(rng, CHANNELS, n),
            "sector": pd.Series(chosen(rng, SECTORS, n)).where(firm),
            "size": np.where(firm, np.maximum(np.round(staff), 1), at_home),
        }
    )


def _table(
    setting: Setting,
    known: Made,
    block: Block,
    seen: Frame,
    *,
    contacted: NDArray[np.bool_],
    converted: NDArray[np.bool_],
) -> Frame:
    world, rng = setting.world(ProspectsWorld), _rng(setting, "days", block)
    won = _customers_won(setting, known, block, seen, converted)
    n = len(seen)
    # Those who were not won would have been on a day like that of those who were.
    day = np.where(won["joined"].notna(), won["joined"].fillna(0), rng.integers(0, _last_joined(setting), n))
    day = day.astype(np.int64)
    approach = np.maximum(day - rng.exponential(world.won_after_days, n).astype(np.int64), 0)
    listed = np.maximum(approach - rng.exponential(world.listed_before_days, n).astype(np.int64), 0)
    return table(
        "prospects",
        {
            **{
                name: seen[name] for name in ("prospect_id", "customer_type", "region", "income_band", "sector", "size")
            },
            "listed_on": setting.date(listed),
            "source": seen["channel"],
            "contacted": contacted,
            "contacted_on": pd.Series(setting.date(approach)).where(contacted),
            "converted": converted,
            "converted_on": pd.Series(setting.date(day)).where(converted),
            "customer_id": won["customer_id"],
        },
    )


def _last_joined(setting: Setting) -> int:
    return min(setting.world(LatentsWorld).joined_over_days, setting.days)


def _customers_won(setting: Setting, known: Made, block: Block, seen: Frame, converted: NDArray[np.bool_]) -> Frame:
    """For each prospect who was won `customer_id` and `joined` of a customer like them; missing where there is none."""
    customers = known.truth["customers"]
    mixed = customers.iloc[_rng(setting, "which", block).permutation(len(customers))]
    mixed = mixed.assign(turn=mixed.groupby(SAME).cumcount())
    turn = seen[converted].groupby(SAME).cumcount().reindex(seen.index)
    return seen.assign(turn=turn)[[*SAME, "turn"]].merge(
        mixed[[*SAME, "turn", "customer_id", "joined"]], on=[*SAME, "turn"], how="left"
    )
