"""Customers who buy at a rate of their own and may leave after a purchase: the worlds of BG/NBD, MBG/NBD and NBD.

Fader, Hardie and Lee (2005), Marketing Science 24(2), section 3; Batislam, Denizel and Filiztekin (2007), in whose
world one may leave after the first purchase, too; and Ehrenberg (1959), in whose nobody leaves. Spend is Gamma–Gamma
(Fader and Hardie, note 025). Drawn in continuous time, so that no purchase of a day hides another.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.simulate.dated import Rules, Window, booked, check_positive, customer_ids, dates

Vector = NDArray[np.float64]
Places = NDArray[np.int64]

DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class DropoutHistories:
    """Simulated purchases of customers who may leave, and the truth they were drawn from.

    Attributes
    ----------
    transactions : DataFrame
        `customer_id` (text), `date` (datetime64, midnight), `amount` (float, rounded to cents, at least 0.01), by
        customer and time. The first purchase of every customer is in it. Two purchases on one day are two rows.
    truth : DataFrame
        One row a customer: `customer_id`, `acquired` (the day of the first purchase), `purchases_per_week` (λ),
        `p_dropout` (p), `mean_spend`, the values planted, and `left` (the day of the purchase after which the customer
        left, NaT for who is still one on `observed_until`). Of customers who leave at any moment: see
        `pareto_nbd_histories`.
    moments : array
        Of each transaction, days since the beginning of `start`, with fractions.
    start, observed_until : date
        The window, both days inclusive.
    """

    transactions: pd.DataFrame
    truth: pd.DataFrame
    moments: Vector
    start: date
    observed_until: date

    def customers(self, until: date) -> pd.DataFrame:
        """The customer summary at the end of the day `until`, in continuous time: what the models' theory is about.

        Columns `customer_id`, `repeats`, `t_x`, `T` and `mean_repeat_value` as `customer_summary` has them, `t_x` and
        `T` in days with fractions, and `later_purchases` and `later_value`, from then up to `observed_until`. Only
        customers with a purchase by then.
        """
        end = float((until - self.start).days + 1)
        seen = self.moments < end
        rows = self.transactions.assign(moment=self.moments)
        by_customer = rows[seen].groupby("customer_id")
        later = rows[~seen].groupby("customer_id")["amount"]
        found = by_customer.agg(
            n=("moment", "size"), first=("moment", "min"), last=("moment", "max"), total=("amount", "sum")
        )
        repeats = found["n"] - 1
        repeat_value = found["total"] - by_customer["amount"].first()
        return pd.DataFrame(
            {
                "repeats": repeats,
                "t_x": found["last"] - found["first"],
                "T": end - found["first"],
                "mean_repeat_value": repeat_value / repeats.where(repeats > 0),
                "later_purchases": later.size().reindex(found.index, fill_value=0),
                "later_value": later.sum().reindex(found.index, fill_value=0.0),
            }
        ).reset_index()


@dataclass(frozen=True, kw_only=True)
class _World(Window):
    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    gamma: float
    chances_at_first: int  # to leave: 1 where the first purchase is one, 0 where only repeat purchases are

    def rules(self) -> Rules:
        return [
            *self.above_zero("r", "alpha", "b", "p", "q", "gamma"),
            (0 <= self.a < math.inf, f"a is {self.a}; it is above 0, or 0 for customers who never leave"),
            *self.acquired_within(1),
        ]


def bgnbd_histories(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    r: float = 0.243,
    alpha: float = 4.414,
    a: float = 0.793,
    b: float = 2.426,
    p: float = 6.25,
    q: float = 3.74,
    gamma: float = 15.44,
    acquired_over_days: int = 84,
) -> DropoutHistories:
    """Purchases of `n_customers` new customers from `start` to `observed_until`, and the truth behind them.

    The parameters are by default those published for CDNOW.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers : int
        Customers acquired; each has a first purchase in the window.
    start, observed_until : date
        The window, both days inclusive.
    r, alpha : float
        Purchases a week are Gamma with shape r and rate `alpha` (weeks) among customers.
    a, b : float
        The probability to leave after a repeat purchase is Beta(a, b) among customers. a = 0: the null world, in
        which nobody ever leaves.
    p, q, gamma : float
        A purchase costs Gamma with shape p and a rate that is Gamma(q) with rate `gamma` among customers. Mean spend
        exists for q > 1.
    acquired_over_days : int
        Customers join uniformly over the first so many days.

    Raises
    ------
    ParameterError
        If a value is out of range; all of them are named at once.
    """
    world = _World(
        start=start,
        observed_until=observed_until,
        r=r,
        alpha=alpha,
        a=a,
        b=b,
        p=p,
        q=q,
        gamma=gamma,
        acquired_over_days=acquired_over_days,
        chances_at_first=0,
    )
    return _histories(rng, world, n_customers)


def mbgnbd_histories(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    r: float = 0.525,
    alpha: float = 6.183,
    a: float = 0.891,
    b: float = 1.614,
    p: float = 6.25,
    q: float = 3.74,
    gamma: float = 15.44,
    acquired_over_days: int = 84,
) -> DropoutHistories:
    """The same in the world of MBG/NBD, in which a customer may leave after the first purchase already.

    The parameters, by default those fitted to CDNOW, mean what they mean in `bgnbd_histories`; a share a / (a + b) of
    the customers never buys again.
    """
    world = _World(
        start=start,
        observed_until=observed_until,
        r=r,
        alpha=alpha,
        a=a,
        b=b,
        p=p,
        q=q,
        gamma=gamma,
        acquired_over_days=acquired_over_days,
        chances_at_first=1,
    )
    return _histories(rng, world, n_customers)


def nbd_histories(
    rng: np.random.Generator, *, n_customers: int, start: date, observed_until: date, **world: Any
) -> DropoutHistories:
    """The same in the world of the NBD, in which nobody leaves.

    `world` holds the other arguments of `bgnbd_histories`, without `a` and `b`.
    """
    return bgnbd_histories(rng, n_customers=n_customers, start=start, observed_until=observed_until, a=0.0, **world)


def _histories(rng: np.random.Generator, world: _World, n_customers: int) -> DropoutHistories:
    check_positive(n_customers=n_customers)
    rates = rng.gamma(world.r, 1 / (world.alpha * DAYS_PER_WEEK), n_customers)
    leaves = rng.beta(world.a, world.b, n_customers) if world.a > 0 else np.zeros(n_customers)
    spend_rates = rng.gamma(world.q, 1 / world.gamma, n_customers)
    joined = rng.random(n_customers) * world.acquired_over_days
    customer, moments, left = _purchases(rng, world, rates, leaves, joined)
    ids = customer_ids(1, n_customers)
    spent = rng.gamma(world.p, 1 / spend_rates[customer])
    truth = pd.DataFrame(
        {
            "customer_id": ids,
            "acquired": _day(world, joined),
            "purchases_per_week": rates * DAYS_PER_WEEK,
            "p_dropout": leaves,
            "mean_spend": world.p / spend_rates,
            "left": pd.Series(_day(world, np.nan_to_num(left))).where(np.isfinite(left)),
        }
    )
    transactions = booked(ids, customer, _day(world, moments), spent)
    return DropoutHistories(transactions, truth, moments, world.start, world.observed_until)


def due_purchases(rng: np.random.Generator, rates: Vector, joined: Vector, end: float) -> tuple[Places, Vector]:
    """Customer (by place) and moment of each repeat purchase of customers who never leave, by customer and time.

    Purchases come at each customer's rate, from the moment each joined up to `end`, all in one unit of time.
    """
    exposure = end - joined
    due = rng.poisson(rates * exposure)
    customer = np.repeat(np.arange(rates.size), due)
    # Given their number, the purchases of a Poisson process fall uniformly on the time exposed.
    moments = joined[customer] + rng.random(customer.size) * exposure[customer]
    return customer, moments[np.lexsort((moments, customer))]


def until_leaving(
    rng: np.random.Generator, customer: Places, moments: Vector, leaves: Vector, *, chances_at_first: int = 0
) -> tuple[NDArray[np.bool_], Vector, NDArray[np.bool_]]:
    """Which repeat purchases are made, the moment each customer leaves at (NaN: at none), who leaves at the first.

    `customer` and `moments` are by customer and time; `leaves` is each customer's chance to leave after a purchase.
    """
    due = np.bincount(customer, minlength=leaves.size)
    number = np.arange(customer.size) - np.repeat(np.cumsum(due) - due, due) + 1
    final = _last_purchase(rng, leaves) - chances_at_first
    at_final = number == final[customer]
    left = np.full(leaves.size, np.nan)
    left[customer[at_final]] = moments[at_final]
    return number <= final[customer], left, final == 0


def _purchases(
    rng: np.random.Generator, world: _World, rates: Vector, leaves: Vector, joined: Vector
) -> tuple[Places, Vector, Vector]:
    """Customer and moment of each purchase, by customer and time, and when each customer left (NaN: did not)."""
    customer, moments = due_purchases(rng, rates, joined, world.days)
    made, left, at_first = until_leaving(rng, customer, moments, leaves, chances_at_first=world.chances_at_first)
    everyone = np.r_[np.arange(rates.size), customer[made]]
    when = np.r_[joined, moments[made]]
    order = np.lexsort((when, everyone))
    return everyone[order], when[order], np.where(at_first, joined, left)


def _last_purchase(rng: np.random.Generator, leaves: Vector) -> Vector:
    """Number of the chance to leave that each customer takes: geometric, infinite where p is 0."""
    final = np.full(leaves.size, np.inf)
    may = leaves > 0
    final[may] = rng.geometric(leaves[may])
    return final


def _day(world: _World, moments: Vector) -> NDArray[np.datetime64]:
    return dates(world.start, np.floor(moments).astype(np.int64))
