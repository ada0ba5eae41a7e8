"""What it costs to win customers, by month, branch, channel and kind, with diminishing returns in every channel.

What is won with a spending S in a month is proportional to S^e, e below 1, so that N new customers of channel c cost

    C_cm = level_m · cost_c · N̄_c · (N_cm / N̄_c)^(1/e_c) · exp(ε_cm),   ε ~ N(0, σ²),

N̄ being what a mean month brings, and the next one costs 1/e times what one costs on average. The customers are given:
the firm spends what it takes. So the logarithm of cost is regressed on that of customers, and not the other way about,
which would mistake the noise in cost for noise in customers and call returns more diminishing than they are. `level_m`
makes the channels of a month add up to what the branches report to have spent (`kpi_monthly`): prices, seasons and the
roll-out are in it, and effects of months take it out. A branch has the same part of every channel as of the whole. Of
each channel fixed shares go to wages, media, direct mail and fees.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from crmlab.company.latents import CHANNELS
from crmlab.company.made import Frame, Made, table
from crmlab.company.months import month_dates, month_of
from crmlab.company.setting import Setting
from crmlab.company.sums import Sums


@dataclass(frozen=True)
class Channel:
    """How customers are won through one channel.

    Attributes
    ----------
    elasticity : float
        e: by what percentage more customers are won with one per cent more spending.
    cost : float
        What one costs in a month like the mean; only how channels differ counts.
    kinds : dict
        What is spent on which kind of cost; the shares add up to 1.
    """

    elasticity: float
    cost: float
    kinds: dict[str, float]


@dataclass(frozen=True)
class DemandWorld:
    """What new customers cost.

    Attributes
    ----------
    channels : dict
        By channel. Elasticities are chosen between .45 and .8, so that the difference shows. Of advertising alone
        studies find lower ones (Sethuraman, Tellis and Briesch 2011, Journal of Marketing Research 48(3): .12 in the
        short run).
    noise : float
        Standard deviation of the logarithm of a channel's cost in a month; chosen.
    """

    SECTION: ClassVar[str] = "demand_costs"

    channels: dict[str, Channel]
    noise: float


def make(setting: Setting, known: Made, sums: Sums) -> Made:
    """`demand_costs` of the whole company, from the customers won and from what branches report to have spent."""
    kpi = known.tables["kpi_monthly"]
    day = (kpi["month"] - pd.Timestamp(setting.start)).dt.days
    spent = kpi[["branch_id"]].assign(month=month_of(setting, day), amount=kpi["demand_cost"].astype("float64"))
    return make_demand_costs(setting, won(known.tables["branches"]["branch_id"], sums), spent)


def won(branches: pd.Series, sums: Sums) -> Frame:
    """How many customers were won: `month` (its number, from 0), `branch_id`, `channel`, `new_customers`."""
    branch, month, channel = np.nonzero(sums.won)
    return pd.DataFrame(
        {
            "month": month,
            "branch_id": branches.to_numpy(dtype=object)[branch],
            "channel": np.array(list(CHANNELS), dtype=object)[channel],
            "new_customers": sums.won[branch, month, channel].astype(np.int64),
        }
    )


def make_demand_costs(setting: Setting, new: Frame, spent: Frame) -> Made:
    """`demand_costs`.

    Parameters
    ----------
    setting : Setting
        Which company.
    new : DataFrame
        As `won` makes it, of the whole company.
    spent : DataFrame
        What each branch spent: `month` (its number, from 0), `branch_id`, `amount`.

    Returns
    -------
    Made
        `demand_costs`, with rows for the months and branches of `spent` in months in which anybody was won; the number
        of customers won stands on the row of every kind. Truth: `demand_curves` has `channel`, `elasticity`, `cost`;
        `demand_months` has `month`, `channel`, `new_customers`, `spent` (all branches) and `level`.
    """
    world = setting.world(DemandWorld)
    by_channel = _by_channel(setting, world, new, spent)
    total = spent.groupby("month")["amount"].transform("sum")
    cells = spent.assign(part=spent["amount"] / total)[["month", "branch_id", "part"]].merge(by_channel, on="month")
    cells = cells.drop(columns="new_customers").merge(new, on=["month", "branch_id", "channel"], how="left")
    rows = cells.merge(_kinds(world), on="channel")
    rows = rows.sort_values(["month", "branch_id", "channel", "kind"], ignore_index=True)
    made = table(
        "demand_costs",
        {
            "month": month_dates(setting, rows["month"]),
            **{name: rows[name] for name in ("branch_id", "channel", "kind")},
            "amount": rows["spent"] * rows["part"] * rows["share"],
            "new_customers": rows["new_customers"].fillna(0),
        },
    )
    curves = [(name, one.elasticity, one.cost) for name, one in world.channels.items()]
    return Made(
        {"demand_costs": made},
        {
            "demand_curves": pd.DataFrame(curves, columns=["channel", "elasticity", "cost"]),
            "demand_months": by_channel,
        },
    )


def _by_channel(setting: Setting, world: DemandWorld, new: Frame, spent: Frame) -> Frame:
    """What was spent on each channel in each month in which anybody was won."""
    wide = new.pivot_table(index="month", columns="channel", values="new_customers", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=list(world.channels), fill_value=0)
    wide = wide[wide.index.isin(spent["month"])]
    mean = np.maximum(wide.to_numpy().mean(axis=0), 1.0)
    of_one = np.array([one.cost for one in world.channels.values()])
    power = 1 / np.array([one.elasticity for one in world.channels.values()])
    noise = world.noise * setting.rng("demand_costs.noise").standard_normal(wide.shape)
    # Where nobody came there was spending in vain: what half a customer would have cost.
    cost = of_one * mean * (np.maximum(wide.to_numpy(), 0.5) / mean) ** power * np.exp(noise)
    level = spent.groupby("month")["amount"].sum().reindex(wide.index).to_numpy(dtype=float) / cost.sum(axis=1)
    return pd.DataFrame(
        {
            "month": np.repeat(wide.index.to_numpy(), len(power)),
            "channel": np.tile(list(world.channels), len(wide)),
            "new_customers": wide.to_numpy().ravel(),
            "spent": (cost * level[:, None]).ravel(),
            "level": np.repeat(level, len(power)),
        }
    )


def _kinds(world: DemandWorld) -> Frame:
    rows = [(name, kind, share) for name, one in world.channels.items() for kind, share in one.kinds.items()]
    return pd.DataFrame(rows, columns=["channel", "kind", "share"])
