"""Customers who can buy only at given times and may leave before each: the world of BG/BB.

Fader, Hardie and Shang (2010), Marketing Science 29(6), section 2: seasons, yearly fairs, monthly boxes.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together
from crmlab.simulate.dated import check_positive, customer_ids

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class OpportunityHistories:
    """Simulated purchases at opportunities, and the truth they were drawn from.

    Attributes
    ----------
    bought : array of bool
        Customers by opportunities after the first purchase: whether they bought.
    truth : DataFrame
        One row a customer: `customer_id`, `p_buy` (p), `p_leave` (θ), the values planted, and `stayed`, at how many of
        the opportunities they were still a customer.
    """

    bought: NDArray[np.bool_]
    truth: pd.DataFrame

    def customers(self, n: int) -> pd.DataFrame:
        """The histories after `n` opportunities.

        Columns `customer_id`, `x` (purchases), `t_x` (number of the opportunity of the last of them, 0 without one),
        `n`, `alive` (whether they will still be a customer at the next opportunity, unknown and so null after the last
        one simulated) and `later_purchases`, at all opportunities after these.
        """
        seen = self.bought[:, :n]
        last = n - seen[:, ::-1].argmax(axis=1)
        return pd.DataFrame(
            {
                "customer_id": self.truth["customer_id"],
                "x": seen.sum(axis=1),
                "t_x": np.where(seen.any(axis=1), last, 0),
                "n": n,
                "alive": (self.truth["stayed"] > n) if n < self.bought.shape[1] else None,
                "later_purchases": self.bought[:, n:].sum(axis=1),
            }
        )


def bgbb_histories(
    rng: np.random.Generator,
    *,
    n_customers: int,
    n_opportunities: int,
    alpha: float = 1.204,
    beta: float = 0.750,
    gamma: float = 0.657,
    delta: float = 2.783,
) -> OpportunityHistories:
    """Whether each of `n_customers` new customers bought at each of `n_opportunities` after their first purchase.

    The parameters are by default those published for the donations of the paper.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers, n_opportunities : int
        1 or more.
    alpha, beta : float
        The probability to buy at an opportunity is Beta(alpha, beta) among customers.
    gamma, delta : float
        The probability to leave before each opportunity is Beta(gamma, delta) among customers. gamma = 0: the null
        world, in which nobody ever leaves. delta = inf: everybody leaves with the probability `gamma` itself.

    Raises
    ------
    ParameterError
        If a value is out of range; all of them are named at once.
    """
    _check(gamma, delta, alpha=alpha, beta=beta)
    check_positive(n_customers=n_customers, n_opportunities=n_opportunities)
    buys = rng.beta(alpha, beta, n_customers)
    leaves = np.full(n_customers, float(gamma))
    if gamma > 0 and math.isfinite(delta):
        leaves = rng.beta(gamma, delta, n_customers)
    with np.errstate(divide="ignore", over="ignore"):
        # How many opportunities are met before leaving is geometric, without end where θ is 0.
        stayed = np.floor(np.log1p(-rng.random(n_customers)) / np.log1p(-leaves))
    stayed = np.minimum(np.where(leaves > 0, stayed, np.inf), n_opportunities)
    here = np.arange(n_opportunities) < stayed[:, None]
    bought = here & (rng.random(here.shape) < buys[:, None])
    truth = pd.DataFrame(
        {
            "customer_id": customer_ids(1, n_customers),
            "p_buy": buys,
            "p_leave": leaves,
            "stayed": stayed.astype(np.int64),
        }
    )
    return OpportunityHistories(bought, truth)


def _check(gamma: float, delta: float, **above_zero: float) -> None:
    rules = [
        *((0 < value < math.inf, f"{name} is {value}; it is above 0") for name, value in above_zero.items()),
        (0 <= gamma < math.inf, f"gamma is {gamma}; it is above 0, or 0 for customers who never leave"),
        (delta > 0, f"delta is {delta}; it is above 0, or inf for one probability of leaving"),
        (math.isfinite(delta) or gamma < 1, f"gamma is {gamma}; with delta = inf it is a probability below 1"),
    ]
    problems = [text for holds, text in rules if not holds]
    if problems:
        raise ParameterError(together("purchases cannot be simulated:", problems))
