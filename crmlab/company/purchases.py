"""Who bought when, and for how much: orders without their lines.

A customer's first purchase is on the day `joined`. Then purchases come as a Poisson process at the customer's own rate,
on the clock of the seasons (`calendar`); after each repeat purchase the customer leaves for good with a chance of their
own. Without seasons and habit that is BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24(2), section 3), drawn by
the mechanics of `crmlab.simulate.dropout`.

**Habit** (state dependence): in one segment of needs each purchase, the first one included, gives rise to
Poisson(habit) further ones, each after a time uniform on `habit_days`: the hazard is habit / habit_days a day higher
for so long. It is a self-exciting process drawn by its clusters (Hawkes and Oakes 1974, Journal of Applied Probability
11(3)), with 1 / (1 − habit) purchases in the place of one while nobody leaves.

An order is worth Gamma(p) with the customer's mean spend, the Gamma–Gamma model, in tomans of the window's last month;
what is paid is that times the price level of the month, in whole tomans, one at least. A purchase is a customer-day, so
an order that would be a customer's second of a day is booked on the next day that has none: otherwise the customers who
buy most would seem to buy less often than the model has it (about one order in a hundred is moved, nearly always by one
day).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.calendar import Clock, season_clock
from crmlab.company.economy import price_levels
from crmlab.company.latents import LatentsWorld
from crmlab.company.made import Frame, Made
from crmlab.company.months import month_of
from crmlab.company.setting import Block, Setting
from crmlab.simulate.dropout import due_purchases, until_leaving

Vector = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAYS_PER_WEEK = 7
GIANT_PER_WEEK, GIANT_TIMES = 2.0, 60.0  # how often the giant buys, and how many times a common order each is worth


@dataclass(frozen=True)
class PurchasesWorld:
    """What there is beside the planted models.

    Attributes
    ----------
    habit : float
        Further purchases that one purchase gives rise to, on average; 0: none, and below 1. Chosen.
    habit_days : int
        Within how many days. Chosen: four weeks.
    habit_segment : int
        In which segment of needs (1 to 4). Chosen.
    magnets_per_week : float
        How often the cost magnets buy, who then never leave and whose orders are of the median worth; 0: like
        everybody. Chosen so that they make about ten times as many orders as others.
    giant : bool
        Whether the company's first customer buys far more than all others.
    one_time_region : str
        The region whose customers never buy again; empty: none.
    """

    SECTION: ClassVar[str] = "purchases"

    habit: float
    habit_days: int
    habit_segment: int
    magnets_per_week: float
    giant: bool
    one_time_region: str


def make(setting: Setting, known: Made, block: Block) -> Made:
    """The truth `purchases`, one row an order by day, and `buyers`, one row a customer; no table.

    `purchases`: `order_id`, `customer_id`, `moment` (days since the start, with fractions, as the process has it),
    `day` it is booked on and `month` (both whole, from 0), `number` (0 for the first of the customer), `from_habit`,
    `real_value` (tomans of the last month, with fractions) and `value` (whole tomans paid).

    `buyers`: `customer_id`, `purchases_per_week`, `p_dropout`, `mean_spend` (as this world has them), `first_day`,
    `left` (the day of the purchase after which the customer left; NaN for who is still one), `orders`.
    """
    world = setting.world(PurchasesWorld)
    buyers = _as_in_this_world(known.truth["customers"], world, block)
    joined = buyers["first_day"].to_numpy() + setting.rng("purchases.first", block).random(block.size)
    customer, moments, from_habit, left = _orders(setting, block, buyers, joined, season_clock(known))
    number = np.arange(customer.size) - np.searchsorted(customer, customer)
    real = _values(setting, block, buyers["mean_spend"].to_numpy()[customer])
    day = _one_a_day(customer, np.floor(moments).astype(np.int64), number, setting.days - 1)
    month = month_of(setting, day)
    purchases = pd.DataFrame(
        {
            "customer_id": buyers["customer_id"].to_numpy()[customer],
            "moment": moments,
            "day": day,
            "month": month,
            "number": number,
            "from_habit": from_habit,
            "real_value": real,
            "value": np.maximum(np.round(real * price_levels(known)[month]), 1).astype(np.int64),
        }
    ).sort_values(["day", "moment"], kind="stable", ignore_index=True)
    purchases.insert(0, "order_id", [f"S{block.number + 1:03}{row:06}" for row in range(1, len(purchases) + 1)])
    orders = np.bincount(customer, minlength=block.size)
    # Who left did so at their last order, on the day it is booked on.
    left_on = np.where(np.isnan(left), np.nan, day[np.cumsum(orders) - 1])
    buyers = buyers.drop(columns="segment").assign(left=left_on, orders=orders)
    return Made(truth={"purchases": purchases, "buyers": buyers})


def _as_in_this_world(customers: Frame, world: PurchasesWorld, block: Block) -> Frame:
    buyers = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "purchases_per_week": customers["purchases_per_week"],
            "p_dropout": customers["p_dropout"],
            "mean_spend": customers["mean_spend"],
            "first_day": customers["joined"],
            "segment": customers["need_segment"],
        }
    )
    if world.magnets_per_week:
        magnet = (customers["service_use"] == "cost_magnet").to_numpy()
        usual = [world.magnets_per_week, 0, customers["mean_spend"].median()]
        buyers.loc[magnet, ["purchases_per_week", "p_dropout", "mean_spend"]] = usual
    if world.giant and block.first == 0:
        spend = GIANT_TIMES * customers["mean_spend"].median()
        buyers.loc[0, ["purchases_per_week", "p_dropout", "mean_spend", "first_day"]] = [GIANT_PER_WEEK, 0, spend, 0]
    # Who never buys again is at a rate of zero and, having no habit either, in no segment.
    once = (customers["region"] == world.one_time_region).to_numpy()
    return buyers.assign(
        purchases_per_week=buyers["purchases_per_week"].mask(once, 0.0), segment=buyers["segment"].mask(once, 0)
    )


def _orders(
    setting: Setting, block: Block, buyers: Frame, joined: Vector, clock: Clock
) -> tuple[Places, Vector, Flags, Vector]:
    """Customer, moment and origin of each order, by customer and time, and when each customer left (NaN: did not)."""
    rates = buyers["purchases_per_week"].to_numpy() / DAYS_PER_WEEK
    everyone = np.arange(block.size)
    customer, times = due_purchases(setting.rng("purchases.times", block), rates, clock.time(joined), clock.end)
    moments = clock.moments(times)
    follower, later = _from_habit(setting, block, buyers, np.r_[everyone, customer], np.r_[joined, moments])
    customer, moments = np.r_[customer, follower], np.r_[moments, later]
    order = np.lexsort((moments, customer))
    customer, moments, is_follower = customer[order], moments[order], order >= times.size
    leaves = buyers["p_dropout"].to_numpy()
    made, left, _ = until_leaving(setting.rng("purchases.leaving", block), customer, moments, leaves)
    of, when = np.r_[everyone, customer[made]], np.r_[joined, moments[made]]
    from_habit = np.r_[np.zeros(block.size, dtype=bool), is_follower[made]]
    order = np.lexsort((when, of))
    return of[order], when[order], from_habit[order], left


def _from_habit(setting: Setting, block: Block, buyers: Frame, of: Places, at: Vector) -> tuple[Places, Vector]:
    """Customer and moment of all purchases that those `of` customers `at` moments give rise to, children's included."""
    rng, world = setting.rng("purchases.habit", block), setting.world(PurchasesWorld)
    mean = np.where(buyers["segment"] == world.habit_segment, world.habit, 0.0)
    customers, moments = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    while of.size:
        children = rng.poisson(mean[of])
        of, at = np.repeat(of, children), np.repeat(at, children)
        at = at + world.habit_days * rng.random(at.size)
        of, at = of[at < setting.days], at[at < setting.days]
        customers.append(of)
        moments.append(at)
    return np.concatenate(customers), np.concatenate(moments)


def _one_a_day(customer: Places, day: Places, number: Places, last: int) -> Places:
    """The days of orders by customer and time, each moved to the next day on which the customer has none before it."""
    apart = customer * (2 * last)  # so that no customer's days touch those of another
    later = np.maximum.accumulate(day - number + apart) - apart + number
    from_end = np.bincount(customer)[customer] - 1 - number
    return np.asarray(np.minimum(later, last - from_end))


def _values(setting: Setting, block: Block, mean_spend: Vector) -> Vector:
    """What each order is worth in tomans of the last month; the orders are by customer and time."""
    shape = setting.world(LatentsWorld).p
    drawn: Vector = setting.rng("purchases.values", block).gamma(shape, size=mean_spend.size)
    return drawn * mean_spend / shape
