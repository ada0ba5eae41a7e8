"""What serving customers cost, event by event, and what the firm spends whoever buys.

For each order chance decides how often each driver of cost occurs: Poisson with a mean that hangs on how much the
customer makes the firm work (`service_use`). An event costs its minutes, Gamma around the driver's mean, times the
wage of a minute, plus material, times the price level of its day. Customers served much cost more than the margin
their orders leave; of the cost magnets an order costs still more, so that a customer of many orders is a loss. Credit
costs the share a year that capital costs for the days the customer has to pay, where the log says how many.

Fixed costs are a sum a month and kind for each customer of the company, times the price level.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame, Made, table
from crmlab.company.months import first_days, month_dates
from crmlab.company.prices import price_level
from crmlab.company.setting import Block, Setting

Numbers = NDArray[np.float64]
Days = NDArray[np.int64]

CREDIT = "credit"
YEAR = 365


@dataclass(frozen=True)
class Driver:
    """One cause of cost.

    Attributes
    ----------
    per_order : dict
        How often it occurs for an order, on average, by the customer's `service_use`.
    minutes : float
        How long it takes on average; the standard deviation is half of it.
    material : float
        Tomans of Esfand 1403 beside the time.
    after_days : float
        How many days after the order on average; exponential, 0 for the day itself.
    """

    per_order: dict[str, float]
    minutes: float
    material: float
    after_days: float


@dataclass(frozen=True)
class CostsWorld:
    """What serving costs.

    Attributes
    ----------
    drivers : dict
        The causes of cost. Chosen so that a customer of ordinary use costs about a fifth of the margin of an order
        and one of heavy use more than the whole.
    wage_a_minute : float
        Tomans of Esfand 1403; chosen near 20 million a month for 11,000 minutes.
    capital_a_year : float
        What money that customers owe costs; chosen near the deposit rate.
    margin_rate : float
        The share of an amount that is margin, where the log does not say what goods cost.
    dearer : float
        By what the costs of all events are multiplied: 1, and more where they eat the margin.
    fixed : dict
        Tomans of Esfand 1403 a month and customer of the company, by kind. Chosen so that they are about half of the
        margin left after the cost to serve.
    """

    SECTION: ClassVar[str] = "costs"

    drivers: dict[str, Driver]
    wage_a_minute: float
    capital_a_year: float
    margin_rate: float
    dearer: float
    fixed: dict[str, float]


def make_fixed(setting: Setting, known: Made) -> Made:
    """`fixed_costs`; needs nothing, and follows prices where `economy` is there."""
    world, days = setting.world(CostsWorld), np.array(first_days(setting))
    kinds, months = len(world.fixed), np.repeat(np.arange(days.size), len(world.fixed))
    amounts = np.tile(list(world.fixed.values()), days.size) * setting.profile.customers
    made = table(
        "fixed_costs",
        {
            "month": month_dates(setting, months),
            "kind": list(world.fixed) * (months.size // kinds),
            "amount": amounts * price_level(setting, known, days[months]),
        },
    )
    return Made({"fixed_costs": made})


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`cost_events` of a block.

    Needs the block's `transactions` as they are in the end (`order_id`, `customer_id`, `date`, `amount`; `cost` for the
    margin and `due_days` for credit where they are there) and `truth["customers"]`.

    Truth: `contributions` has `customer_id`, `service_use`, `orders`, `revenue` (less returns), `contribution_before`
    (revenue less goods) and `contribution_after` the cost to serve, in the tomans of each day.
    """
    world = setting.world(CostsWorld)
    lines = _of_the_block(block, known.tables["transactions"])
    orders = _orders(setting, lines)
    use = known.truth["customers"].set_index("customer_id")["service_use"]
    orders["use"] = orders["customer_id"].map(use).to_numpy()
    parts = [_events(setting, block, orders, name) for name in world.drivers] + [_credit(world, orders)]
    events = pd.concat(parts, ignore_index=True).sort_values(["order", "day"], kind="stable", ignore_index=True)
    level = np.where(events["driver"] == CREDIT, 1.0, price_level(setting, known, events["day"].to_numpy()))
    of = events.pop("order").to_numpy()
    events["amount"] = (events["amount"] * level * world.dearer).round()
    events["customer_id"] = orders["customer_id"].array.take(of)
    made = table(
        "cost_events",
        {
            "event_id": [f"V{block.number:03}{number:06}" for number in range(1, len(events) + 1)],
            "date": setting.date(events["day"]),
            "order_id": orders["order_id"].array.take(of),
            **{name: events[name] for name in ("customer_id", "driver", "minutes", "amount")},
        },
    )
    return Made({"cost_events": made}, {"contributions": _contributions(world, known, lines, events)})


def _of_the_block(block: Block, lines: Frame) -> Frame:
    """The lines that say whose they are, when and how much."""
    told = lines["customer_id"].isin(block.customer_ids) & lines["date"].notna() & lines["amount"].notna()
    return lines[told]


def _orders(setting: Setting, lines: Frame) -> Frame:
    """The orders sold, by their number: `order_id`, `customer_id`, `day`, `amount`, `due_days`."""
    sold = lines[lines["amount"] > 0]
    number, ids = pd.factorize(sold["order_id"])
    # A line of no order has number −1 and no event.
    kept = sold[number >= 0].iloc[np.unique(number[number >= 0], return_index=True)[1]]
    day = (kept["date"] - pd.Timestamp(setting.start)).dt.days
    return pd.DataFrame(
        {
            "order_id": np.asarray(ids, dtype=object),
            "customer_id": kept["customer_id"].to_numpy(dtype=object),
            "day": day.to_numpy(dtype=np.int64),
            "amount": np.bincount(number[number >= 0], weights=sold["amount"].to_numpy(dtype=float)[number >= 0]),
            "due_days": kept["due_days"].to_numpy(dtype=float, na_value=0.0) if "due_days" in kept else 0.0,
        }
    )


def _events(setting: Setting, block: Block, orders: Frame, name: str) -> Frame:
    """The events of one driver, on days of the window: those that would come after it are not in it."""
    world, rng = setting.world(CostsWorld), setting.rng(f"cost_events.{name}", block)
    driver = world.drivers[name]
    times = rng.poisson(orders["use"].map(driver.per_order).to_numpy(dtype=float))
    of = np.repeat(np.arange(len(orders)), times)
    minutes = np.maximum(rng.gamma(4, driver.minutes / 4, of.size), 1).round()
    day = orders["day"].to_numpy()[of] + rng.exponential(driver.after_days, of.size).astype(np.int64)
    amount = minutes * world.wage_a_minute + driver.material
    found = pd.DataFrame({"order": of, "day": day, "driver": name, "minutes": minutes, "amount": amount})
    return found[day < setting.days]


def _credit(world: CostsWorld, orders: Frame) -> Frame:
    """What it costs to wait for the money of each order sold on credit, on the day it was sold."""
    sold = np.flatnonzero(orders["due_days"] > 0)
    years = orders["due_days"].to_numpy()[sold] / YEAR
    amount = orders["amount"].to_numpy()[sold] * years * world.capital_a_year
    day = orders["day"].to_numpy()[sold]
    return pd.DataFrame({"order": sold, "day": day, "driver": CREDIT, "minutes": np.nan, "amount": amount})


def _contributions(world: CostsWorld, known: Made, lines: Frame, events: Frame) -> Frame:
    """What each customer left before and after the cost to serve."""
    amount = lines["amount"].to_numpy(dtype=float)
    goods = lines["cost"].to_numpy(dtype=float) if "cost" in lines else amount * (1 - world.margin_rate)
    by_customer = pd.DataFrame(
        {"customer_id": lines["customer_id"].to_numpy(), "revenue": amount, "contribution_before": amount - goods}
    ).groupby("customer_id")
    customers = known.truth["customers"][["customer_id", "service_use"]].set_index("customer_id")
    truth = customers.join(by_customer.sum()).fillna({"revenue": 0.0, "contribution_before": 0.0})
    sold = lines[lines["amount"] > 0]
    truth.insert(1, "orders", sold.groupby("customer_id")["order_id"].nunique().reindex(truth.index, fill_value=0))
    served = events.groupby("customer_id")["amount"].sum().reindex(truth.index, fill_value=0.0)
    return truth.assign(contribution_after=truth["contribution_before"] - served).reset_index()
