"""Contracts whose truth is known: customers leave at a renewal, all alike, at a rate of their own, or a changing one.

The worlds of the geometric, the shifted-beta-geometric (Fader and Hardie 2007, Journal of Interactive Marketing 21(1))
and the beta-discrete-Weibull model (Fader, Hardie, Liu, Davin and Steenburgh 2018, ibid. 43). Contracts begin on days
of their own and are renewed on anniversaries, so that cohorts of all ages are observed at once.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together
from crmlab.simulate.dated import check_positive, customer_ids, dates

Vector = NDArray[np.float64]
Period = Literal["day", "week", "month", "quarter", "year"]

STEP = {"day": (1, "D"), "week": (7, "D"), "month": (1, "M"), "quarter": (3, "M"), "year": (12, "M")}
NEVER = 1e6  # periods: beyond it no calendar goes


@dataclass(frozen=True)
class ContractHistories:
    """Simulated contracts and the truth they were drawn from.

    Attributes
    ----------
    contracts : DataFrame
        One row a customer: `customer_id` (text), `start`, and `end`, the first day no longer covered (datetime64,
        midnight; NaT for who is still a customer on `observed_until`).
    truth : DataFrame
        One row a customer: `customer_id`, `p_leave` (θ, the chance to leave at the first renewal) and `periods` (how
        many periods they stay, known or not by the end of the window).
    start, observed_until : date
        The window, both days inclusive.
    period : str
        From one renewal to the next.
    """

    contracts: pd.DataFrame
    truth: pd.DataFrame
    start: date
    observed_until: date
    period: Period


def geometric_contracts(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    churn: float,
    period: Period = "year",
    acquired_over_days: int = 1,
) -> ContractHistories:
    """The null world: everybody leaves at a renewal with the same probability `churn`, 0 to below 1.

    The other arguments and the errors are those of `bdw_contracts`.
    """
    world = _World(start, observed_until, period, acquired_over_days, {"churn": churn})
    check_positive(n_customers=n_customers)
    return _histories(rng, world, np.full(n_customers, churn), 1.0)


def sbg_contracts(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    alpha: float,
    beta: float,
    period: Period = "year",
    acquired_over_days: int = 1,
) -> ContractHistories:
    """Everybody leaves at a renewal with a probability of their own, Beta(`alpha`, `beta`), that never changes.

    The other arguments and the errors are those of `bdw_contracts`.
    """
    return bdw_contracts(
        rng,
        n_customers=n_customers,
        start=start,
        observed_until=observed_until,
        alpha=alpha,
        beta=beta,
        c=1.0,
        period=period,
        acquired_over_days=acquired_over_days,
    )


def bdw_contracts(
    rng: np.random.Generator,
    *,
    n_customers: int,
    start: date,
    observed_until: date,
    alpha: float,
    beta: float,
    c: float,
    period: Period = "year",
    acquired_over_days: int = 1,
) -> ContractHistories:
    """Customers who stay beyond t renewals with probability (1 − θ)^(t^c), θ ~ Beta(`alpha`, `beta`).

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers : int
        Customers acquired.
    start, observed_until : date
        The window, both days inclusive.
    alpha, beta : float
        Of the chance to leave at the first renewal.
    c : float
        Above 1 a customer's risk rises with time, below 1 it falls; 1 is the world of the sBG.
    period : {'day', 'week', 'month', 'quarter', 'year'}
        From one renewal to the next. A month is over on the same day of the next one, or on its last day.
    acquired_over_days : int
        Customers join uniformly over the first so many days; 1: all on the first day, one cohort.

    Raises
    ------
    ParameterError
        If a value is out of range; all of them are named at once.
    """
    world = _World(start, observed_until, period, acquired_over_days, {"alpha": alpha, "beta": beta, "c": c})
    check_positive(n_customers=n_customers)
    return _histories(rng, world, rng.beta(alpha, beta, n_customers), c)


def periods_stayed(rng: np.random.Generator, theta: Vector, c: float = 1.0) -> Vector:
    """For each chance to leave at the first renewal, how many periods that customer stays; infinite where it is 0.

    It is the first t with (1 − θ)^(t^c) below a uniform number.
    """
    log_u = np.log1p(-rng.random(theta.size))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        reached = (log_u / np.log1p(-theta)) ** (1 / c)
    return np.maximum(np.ceil(np.where(theta > 0, reached, np.inf)), 1.0)


def anniversary(
    joined: NDArray[np.datetime64], number: NDArray[np.int64], length: int | NDArray[np.int64], unit: str
) -> NDArray[np.datetime64]:
    """The day on which so many periods are over, each of `length` days (`unit` "D") or months ("M")."""
    over = (number * length).astype(f"timedelta64[{unit}]")
    if unit == "D":
        return np.asarray(joined + over)
    month = joined.astype("datetime64[M]")
    reached = month + over
    last = (reached + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(np.minimum(reached.astype("datetime64[D]") + (joined - month), last))


@dataclass(frozen=True)
class _World:
    start: date
    observed_until: date
    period: str
    acquired_over_days: int
    params: dict[str, float]

    def __post_init__(self) -> None:
        days = (self.observed_until - self.start).days + 1
        rules = [
            (days >= 1, f"observed_until {self.observed_until} is before start {self.start}"),
            (self.period in STEP, f"period is {self.period!r}; it is one of {', '.join(map(repr, get_args(Period)))}"),
            (
                1 <= self.acquired_over_days <= max(days, 1),
                f"acquired_over_days is {self.acquired_over_days}; it is 1 to the window's {max(days, 1)} days",
            ),
            *(
                (0 <= value < 1, f"churn is {value}; it is 0 to below 1")
                if name == "churn"
                else (0 < value < math.inf, f"{name} is {value}; it is above 0")
                for name, value in self.params.items()
            ),
        ]
        problems = [problem for holds, problem in rules if not holds]
        if problems:
            raise ParameterError(together("contracts cannot be simulated:", problems))


def _histories(rng: np.random.Generator, world: _World, theta: Vector, c: float) -> ContractHistories:
    joined = dates(world.start, rng.integers(0, world.acquired_over_days, theta.size)).astype("datetime64[D]")
    stays = periods_stayed(rng, theta, c)
    ends = anniversary(joined, np.minimum(stays, NEVER).astype(np.int64), *STEP[world.period])
    seen = ends <= np.datetime64(world.observed_until, "D")
    ids = customer_ids(1, theta.size)
    contracts = pd.DataFrame(
        {
            "customer_id": ids,
            "start": joined.astype("datetime64[s]"),
            "end": np.where(seen, ends, np.datetime64("NaT", "D")).astype("datetime64[s]"),
        }
    )
    truth = pd.DataFrame({"customer_id": ids, "p_leave": theta, "periods": stays})
    return ContractHistories(contracts, truth, world.start, world.observed_until, world.period)  # type: ignore[arg-type]
