"""Tests whose truth is known: by chance or chosen by somebody, with customers who are not reached, looked at early.

Half of the customers are attached to the firm: they buy more often and are reached more easily. So who is reached, and
whom somebody would choose, buy more often anyway; only the arms that chance made are alike.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, together
from crmlab.simulate.dated import customer_ids

BEGIN = date(2025, 1, 1)
MORE_BOUGHT, MORE_REACHED = 0.1, 0.2
MEAN_ORDER, CONTACT_DAYS = 50.0, 20


@dataclass(frozen=True)
class SimulatedTest:
    """A test and its truth.

    Attributes
    ----------
    rows : DataFrame
        One row a customer: `customer_id`, `date` (of the contact), `treated`, `delivered`, `responded`, `offer`,
        `revenue` (0 where not responded), `cost`, `before` (what was bought before), `bought_before`.
    compliers, intention : float
        The planted effects on the chance to respond: of being reached, and of being in the arm to be approached.
    """

    rows: pd.DataFrame
    compliers: float
    intention: float


def simulated_test(
    rng: np.random.Generator,
    *,
    customers: int = 2000,
    effect: float = 0.05,
    baseline: float = 0.2,
    share: float = 0.5,
    reach: float = 0.6,
    chosen: bool = False,
) -> SimulatedTest:
    """A test of one contact.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    customers : int
        4 or more.
    effect : float
        What being reached adds to the chance to respond; 0 in the null world.
    baseline : float
        Chance to respond when left alone, on average: .1 more for the attached, .1 less for the others.
    share : float
        Chance to be approached.
    reach : float
        Chance to be reached if approached, on average: .2 more for the attached, .2 less for the others.
    chosen : bool
        Whether somebody chose instead of chance: the attached with .8, the others with .2.

    Raises
    ------
    ParameterError
        If a probability that follows from these is none.
    """
    _check(customers, baseline, effect, share, reach)
    attached = rng.permutation(customers) < customers / 2
    side = np.where(attached, 1.0, -1.0)
    treated = rng.random(customers) < (0.5 + 0.3 * side if chosen else share)
    delivered = treated & (rng.random(customers) < reach + MORE_REACHED * side)
    anyway = baseline + MORE_BOUGHT * side
    responded = rng.random(customers) < anyway + effect * delivered
    size = MEAN_ORDER * rng.gamma(4.0, 0.25, customers)
    bought_before = rng.random(customers) < anyway
    day = rng.integers(0, CONTACT_DAYS, customers)
    rows = {
        "customer_id": customer_ids(1, customers),
        "date": [BEGIN + timedelta(days=int(one)) for one in day],
        "treated": treated,
        "delivered": delivered,
        "responded": responded,
        "offer": 0.0,
        "revenue": np.where(responded, size * rng.gamma(16.0, 1 / 16, customers), 0.0),
        "cost": treated.astype(np.float64),
        "before": size * (0.2 + rng.poisson(12 * anyway)) * rng.gamma(16.0, 1 / 16, customers),
        "bought_before": bought_before,
    }
    return SimulatedTest(pd.DataFrame(rows), compliers=effect, intention=effect * reach)


def peeked(
    rng: np.random.Generator, *, tests: int, looks: int, per_look: int = 500, baseline: float = 0.2, effect: float = 0.0
) -> np.ndarray:
    """The z of each of `looks` looks (columns) at each of `tests` tests (rows).

    Between two looks the results of `per_look` customers come into each of two arms; z is that of the difference of
    shares so far, under one common share.
    """
    shares = np.array([baseline + effect, baseline])
    hits = rng.binomial(per_look, shares[:, None, None], (2, tests, looks)).cumsum(axis=2)
    n = per_look * np.arange(1, looks + 1)
    pooled = hits.sum(axis=0) / (2 * n)
    error = np.sqrt(pooled * (1 - pooled) * 2 / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (hits[0] - hits[1]) / n / error
    return np.asarray(np.nan_to_num(z))


def _check(customers: int, baseline: float, effect: float, share: float, reach: float) -> None:
    low, high = baseline - MORE_BOUGHT + min(effect, 0.0), baseline + MORE_BOUGHT + max(effect, 0.0)
    rules = [
        (customers >= 4, f"customers is {customers}; it is 4 or more"),  # noqa: PLR2004 - two arms of two
        (
            low >= 0 and high <= 1,
            f"baseline {baseline:g} with effect {effect:g} gives chances from {low:g} to {high:g}",
        ),
        (0 < share < 1, f"share is {share:g}; it is between 0 and 1"),
        (MORE_REACHED <= reach <= 1 - MORE_REACHED, f"reach is {reach:g}; it is from 0.2 to 0.8"),
    ]
    problems = [text for holds, text in rules if not holds]
    if problems:
        raise ParameterError(together("a test cannot be simulated:", problems))
