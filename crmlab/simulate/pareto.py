"""Customers who buy and leave at rates of their own, at any moment: the world of Pareto/NBD and Gamma–Gamma.

Schmittlein, Morrison and Colombo (1987), Management Science 33(1), section 2, and Fader and Hardie, note 025, drawn in
continuous time, so that no purchase of a day hides another.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.simulate.dated import Rules, Window, booked, check_positive, customer_ids, dates
from crmlab.simulate.dropout import DAYS_PER_WEEK, DropoutHistories

Vector = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _World(Window):
    r: float
    alpha: float
    s: float
    beta: float
    p: float
    q: float
    gamma: float

    def rules(self) -> Rules:
        return [
            *self.above_zero("r", "alpha", "beta", "p", "q", "gamma"),
            (0 <= self.s < math.inf, f"s is {self.s}; it is above 0, or 0 for customers who never leave"),
            *self.acquired_within(1),
        ]


def pareto_nbd_histories(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    r: float = 0.553,
    alpha: float = 10.578,
    s: float = 0.606,
    beta: float = 11.669,
    p: float = 6.25,
    q: float = 3.74,
    gamma: float = 15.44,
    acquired_over_days: int = 84,
) -> DropoutHistories:
    """Purchases of `n_customers` new customers from `start` to `observed_until`, and the truth behind them.

    The parameters are by default those published for CDNOW. The truth has `departures_per_week` (μ) in place of
    `p_dropout`, and `left` is the day on which a customer left, at any time after the last purchase.

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
    s, beta : float
        The rate of leaving, a week, is Gamma with shape s and rate `beta` (weeks) among customers. s = 0: the null
        world, in which nobody ever leaves.
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
        s=s,
        beta=beta,
        p=p,
        q=q,
        gamma=gamma,
        acquired_over_days=acquired_over_days,
    )
    check_positive(n_customers=n_customers)
    rates = rng.gamma(r, 1 / (alpha * DAYS_PER_WEEK), n_customers)
    leaving = rng.gamma(s, 1 / (beta * DAYS_PER_WEEK), n_customers) if s > 0 else np.zeros(n_customers)
    spend_rates = rng.gamma(q, 1 / gamma, n_customers)
    joined = rng.random(n_customers) * acquired_over_days
    with np.errstate(divide="ignore"):  # who never leaves
        left = joined + rng.standard_exponential(n_customers) / leaving
    customer, moments = _purchases(rng, rates, joined, np.minimum(left, world.days))
    ids, gone = customer_ids(1, n_customers), left < world.days
    truth = pd.DataFrame(
        {
            "customer_id": ids,
            "acquired": _day(start, joined),
            "purchases_per_week": rates * DAYS_PER_WEEK,
            "departures_per_week": leaving * DAYS_PER_WEEK,
            "mean_spend": p / spend_rates,
            "left": pd.Series(_day(start, np.where(gone, left, 0))).where(gone),
        }
    )
    transactions = booked(ids, customer, _day(start, moments), rng.gamma(p, 1 / spend_rates[customer]))
    return DropoutHistories(transactions, truth, moments, start, observed_until)


def _purchases(rng: np.random.Generator, rates: Vector, joined: Vector, until: Vector) -> tuple[Places, Vector]:
    """Customer and moment of each purchase, the first included, by customer and time."""
    made = rng.poisson(rates * (until - joined))
    customer = np.repeat(np.arange(rates.size), made)
    # Given their number, the purchases of a Poisson process fall uniformly on the time exposed.
    moments = joined[customer] + rng.random(customer.size) * (until - joined)[customer]
    everyone = np.r_[np.arange(rates.size), customer]
    when = np.r_[joined, moments]
    order = np.lexsort((when, everyone))
    return everyone[order], when[order]


def _day(start: date, moments: Vector) -> NDArray[np.datetime64]:
    return dates(start, np.floor(moments).astype(np.int64))
