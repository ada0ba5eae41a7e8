"""Customers who tell others of a firm: alike in any case, followed only where an effect is planted.

Each customer buys at a rate of their own (Gamma) from the day of joining on. Who tells whom follows resemblance: the
more a customer buys, the more often they tell, and they tell those next to them in the order of rates (`alike`), so
that the told buy more than the others even if the telling does nothing. With probability `effect` a telling brings
about one purchase within the days after it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, together

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class WordOfMouth:
    """Tellings and purchases in the form in which they are analysed.

    Attributes
    ----------
    tellings : DataFrame
        `from`, `to`, `day`.
    purchases : DataFrame
        `customer`, `day`.
    joined : Series
        The first day of each customer, by customer.
    last_day : int
        The last day observed.
    effect : float
        The planted chance that a telling brings about a purchase.
    """

    tellings: pd.DataFrame
    purchases: pd.DataFrame
    joined: pd.Series
    last_day: int
    effect: float


def word_of_mouth(
    rng: np.random.Generator,
    *,
    n_customers: int = 800,
    n_tellings: int = 900,
    days: int = 1000,
    purchases_per_year: float = 1.5,
    alike: float = 0.9,
    effect: float = 0.0,
    within: int = 90,
) -> WordOfMouth:
    """One firm's tellings.

    Parameters
    ----------
    alike : float
        The share of tellings that go to one of the ten nearest in the order of rates; the others go to anybody.
    effect : float
        The chance that a telling brings about a purchase within `within` days.

    Raises
    ------
    ParameterError
        If a share is none; all of them are named at once.
    """
    shares = {"alike": alike, "effect": effect}
    wrong = [f"{name} {got:g} is to be a share from 0 to 1" for name, got in shares.items() if not 0 <= got <= 1]
    if wrong:
        raise ParameterError(together("this world cannot be made:", wrong))
    rate = np.sort(rng.gamma(0.8, purchases_per_year / 0.8, n_customers))
    joined = rng.integers(0, days // 2, n_customers)
    bought = rng.poisson(rate * (days - joined) / DAYS_PER_YEAR)
    who = np.repeat(np.arange(n_customers), bought)
    day = joined[who] + np.floor(rng.random(who.size) * (days + 1 - joined[who])).astype(np.int64)
    teller = rng.choice(n_customers, n_tellings, p=rate / rate.sum())
    near = np.clip(teller + rng.integers(1, 6, n_tellings) * rng.choice([-1, 1], n_tellings), 0, n_customers - 1)
    to = np.where(rng.random(n_tellings) < alike, near, rng.integers(0, n_customers, n_tellings))
    first = np.maximum(joined[teller], joined[to])
    told = first + np.floor(rng.random(n_tellings) * (days + 1 - first)).astype(np.int64)
    led = rng.random(n_tellings) < effect
    later = told[led] + rng.integers(1, within + 1, int(led.sum()))
    seen = later <= days
    return WordOfMouth(
        pd.DataFrame({"from": teller, "to": to, "day": told})[teller != to].reset_index(drop=True),
        pd.DataFrame({"customer": np.r_[who, to[led][seen]], "day": np.r_[day, later[seen]]}),
        pd.Series(joined),
        days,
        effect,
    )
