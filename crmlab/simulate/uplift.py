"""Randomised campaigns whose effect on every customer is known, and customers who come back by themselves.

Four kinds of customers, as in `crmlab.company`: the persuadable turn a no into a yes when contacted, the sure say yes
and the lost no whatever is done, and those not to be disturbed turn a yes into a no. Two signals that the firm sees say
something of who is which: `risk` of who would be lost, `openness` of who can be persuaded and who wants to be left
alone. That they are two is the point: who is at risk is not who can be persuaded (Ascarza 2018, Journal of Marketing
Research 55).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together
from crmlab.simulate.dated import check_positive

Vector = NDArray[np.float64]

PERSUADABLE, SURE, LOST, DO_NOT_DISTURB = "persuadable", "sure", "lost", "do_not_disturb"
KINDS = (PERSUADABLE, SURE, LOST, DO_NOT_DISTURB)
SHARES = (0.22, 0.35, 0.35, 0.08)
LEANINGS = np.array([[0.0, 1.0], [-1.0, 0.0], [1.0, 0.0], [0.0, -1.0]])
"""Of each kind, by how much its log-weight rises with `risk` and with `openness`."""
WON_OVER, PUT_OFF = 0.6, 0.6
LATE_WEEK = 4
FEATURES = ("risk", "openness", "log_value")


@dataclass(frozen=True)
class UpliftTrial:
    """A simulated randomised campaign and the truth behind it.

    Attributes
    ----------
    table : DataFrame
        One row a customer: `customer_id`, `risk`, `openness` (standard normal), `log_value`, `value` (what a yes is
        worth), `treated` and `response` (bool).
    truth : DataFrame
        One row a customer, in the same order: `customer_id`, `kind` (of `KINDS`), `p0` and `p1`: the chance of a yes
        of a customer with these signals, left alone and contacted.
    """

    table: pd.DataFrame
    truth: pd.DataFrame


def uplift_trial(
    rng: np.random.Generator,
    *,
    n_customers: int,
    effect: float = 1.0,
    treated: float = 0.5,
    mean_value: float = 200.0,
    value_spread: float = 0.5,
) -> UpliftTrial:
    """A campaign in which chance decides who is contacted.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers : int
        Customers in the campaign.
    effect : float
        1: contacts win over 60 % of the persuadable and put off 60 % of those not to be disturbed; 0: they do nothing,
        the null world. Between the two in proportion.
    treated : float
        The share that is contacted, above 0 and below 1.
    mean_value, value_spread : float
        What a yes is worth is log-normal with this mean and this standard deviation of the logarithm, and says
        nothing of who says yes.

    Raises
    ------
    ParameterError
        If an argument is out of its range: all of them at once.
    """
    _check(n_customers, effect, treated, mean_value, value_spread)
    signals = rng.standard_normal((n_customers, 2))
    shares = kind_shares(signals)
    kind = (rng.random(n_customers)[:, None] >= shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    log_value = np.log(mean_value) - value_spread**2 / 2 + value_spread * rng.standard_normal(n_customers)
    contacted = rng.random(n_customers) < treated
    yes = np.isin(kind, [KINDS.index(SURE), KINDS.index(DO_NOT_DISTURB)])
    rate = np.where(yes, PUT_OFF * (kind == KINDS.index(DO_NOT_DISTURB)), WON_OVER * (kind == 0)) * effect
    turned = contacted & (rng.random(n_customers) < rate)
    p0, p1 = chances(signals, effect=effect)
    ids = [f"C{number:06}" for number in range(1, n_customers + 1)]
    table = pd.DataFrame(
        {
            "customer_id": ids,
            "risk": signals[:, 0],
            "openness": signals[:, 1],
            "log_value": log_value,
            "value": np.exp(log_value),
            "treated": contacted,
            "response": yes ^ turned,
        }
    )
    truth = pd.DataFrame({"customer_id": ids, "kind": np.array(KINDS, dtype=object)[kind], "p0": p0, "p1": p1})
    return UpliftTrial(table=table, truth=truth)


def kind_shares(signals: Vector) -> Vector:
    """Chances of the four `KINDS` (columns) for customers with these signals (rows: `risk`, `openness`)."""
    weights = np.array(SHARES) * np.exp(np.asarray(signals) @ LEANINGS.T)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def chances(signals: Vector, *, effect: float = 1.0) -> tuple[Vector, Vector]:
    """The chance of a yes of customers with these signals, left alone and contacted."""
    persuadable, sure, _, dogs = kind_shares(signals).T
    p0 = sure + dogs
    return p0, p0 + effect * (WON_OVER * persuadable - PUT_OFF * dogs)


@dataclass(frozen=True)
class Returns:
    """Simulated customers who left and may come back.

    Attributes
    ----------
    table : DataFrame
        One row a customer: `followed`, the days from the exit to the end of observation; `days`, to the return if that
        comes before, otherwise `followed`; `returned` (bool).
    ratio : float
        How many times likelier a return is in the first week than in the fourth: the truth.
    """

    table: pd.DataFrame
    ratio: float


def returns_after_exit(
    rng: np.random.Generator,
    *,
    n_customers: int,
    weekly_hazard: float = 0.02,
    ratio: float = 4.0,
    decay_weeks: float = 3.0,
    followed_weeks: int = 26,
) -> Returns:
    """Customers who come back by themselves, the likelier the shorter they have been away.

    In week w the chance to return is `weekly_hazard` · (1 + (`ratio` − 1) · 2^(−(w − 1) / `decay_weeks`)); the day
    within the week is uniform. Observation ends uniformly within the second half of `followed_weeks`. With `ratio` 1
    the chance is the same in every week: the null world.
    """
    check_positive(n_customers=n_customers, followed_weeks=followed_weeks)
    weeks = np.arange(followed_weeks)
    hazard = weekly_hazard * (1 + (ratio - 1) * 2.0 ** (-weeks / decay_weeks))
    if followed_weeks < LATE_WEEK or not (decay_weeks > 0 and (hazard > 0).all() and (hazard < 1).all()):
        raise ParameterError(
            f"weekly_hazard {weekly_hazard:g}, ratio {ratio:g} and decay_weeks {decay_weeks:g} over {followed_weeks} "
            "weeks cannot be simulated: every chance lies between 0 and 1, weeks are four or more"
        )
    back = rng.random((n_customers, followed_weeks)) < hazard
    week = np.where(back.any(axis=1), back.argmax(axis=1), followed_weeks)
    day = 7 * week + rng.integers(0, 7, n_customers)
    end = 7 * rng.integers(followed_weeks // 2, followed_weeks + 1, n_customers)
    returned = (week < followed_weeks) & (day < end)
    table = pd.DataFrame({"followed": end, "days": np.where(returned, day, end), "returned": returned})
    return Returns(table=table, ratio=float(hazard[0] / hazard[LATE_WEEK - 1]))


def _check(n_customers: int, effect: float, treated: float, mean_value: float, value_spread: float) -> None:
    problems: list[Any] = []
    if n_customers < 1:
        problems.append(f"n_customers is {n_customers}: give 1 or more")
    if not 0 <= effect <= 1:
        problems.append(f"effect is {effect:g}: give a number from 0 to 1")
    if not 0 < treated < 1:
        problems.append(f"treated is {treated:g}: give a share above 0 and below 1")
    if mean_value <= 0 or value_spread < 0:
        problems.append(
            f"mean_value is {mean_value:g}, value_spread {value_spread:g}: the first is above 0, the other not below"
        )
    if problems:
        raise ParameterError(together("no campaign can be simulated:", problems))
