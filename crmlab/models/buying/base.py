"""What every model of repeat purchases can be asked, so that expectations and forecasts need not know which it is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import ParameterError
from crmlab.models.histories import Histories, histories
from crmlab.models.results import DAYS, FittedModel, TimeUnit

Vector = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAYS_PER_YEAR = 365.25
MOST = 1e9  # purchases expected in the horizon: a rate beyond it is the tail of a flat likelihood
FORGOTTEN = 40.0  # e-fold of discount after which nothing counts: exp(−40) is below the last digit


@dataclass(frozen=True)
class Seen:
    """What was seen of some customers, one place each: times in the model's unit, `m` the mean repeat value."""

    x: Vector
    t_x: Vector
    T: Vector
    m: Vector


@dataclass(frozen=True)
class Future:
    """Drawn purchases in a horizon, customers by draws.

    Attributes
    ----------
    made : array of int
        How many purchases.
    end : array
        Up to which share of the horizon they lie: 1 for who stayed.
    last_at_end : array of bool
        Whether the last purchase falls exactly at `end`, because one leaves at a purchase; the others are uniform
        up to there.
    """

    made: Counts
    end: Vector
    last_at_end: Flags


@dataclass(frozen=True, kw_only=True)
class BuyingModel(FittedModel, ABC):
    """A fitted model of repeat purchases; theory and simulation are in its own unit of time.

    Attributes
    ----------
    time_unit : str
        `day`, `week` or `month` (a twelfth of 365.25 days); `opportunity` where purchases can be made only at given
        times, and histories are counted in these.
    """

    time_unit: TimeUnit

    name: ClassVar[str]

    def in_units(self, days: ArrayLike) -> Vector:
        """So many days in the model's unit of time; opportunities stay what they are."""
        return np.asarray(days, dtype="float64") / self.days_per_unit

    @property
    def days_per_unit(self) -> float:
        """Days in the model's unit of time; 1 where histories are not in days."""
        return DAYS.get(self.time_unit, 1.0)

    @staticmethod
    @abstractmethod
    def alive_given(params: Mapping[str, Any], x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Probability of still being a customer.

        `params` are numbers, or arrays that broadcast against the histories, which are in the model's unit of time.
        """

    @staticmethod
    @abstractmethod
    def future(rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Purchases in the next `horizon` units of time, drawn from the posterior predictive.

        `params` has one value a draw. `seen` is in value order, so that chance does not depend on names.
        """

    @abstractmethod
    def purchases_if_alive(self, of: Histories, *, horizon_days: float, discount_rate_per_year: float = 0.0) -> Vector:
        """Purchases expected in the horizon of who is still a customer, each discounted to today, one a history.

        Discounting is continuous at log1p of the annual rate.
        """

    @abstractmethod
    def counts(self, n: Counts, days: Vector) -> Vector:
        """Probability that a new customer makes `n` repeat purchases in the first `days`; the two broadcast."""

    def residual_if_alive(self, of: Histories, *, discount_rate_per_year: float) -> Vector:
        """Purchases expected for ever of who is still a customer, each discounted to today, one a history.

        DERT over P(alive). The horizon is so long that what lies beyond is discounted by exp(−40).
        """
        horizon = FORGOTTEN / np.log1p(discount_rate_per_year) * DAYS_PER_YEAR
        return self.purchases_if_alive(of, horizon_days=horizon, discount_rate_per_year=discount_rate_per_year)

    def alive(self, of: Histories) -> Vector:
        """Probability of still being a customer, one a history."""
        return self.alive_given(self.given(of), of.x, self.in_units(of.t_x), self.in_units(of.T))

    def read(self, customers: pd.DataFrame) -> Histories:
        """The distinct histories of a customer summary, with what else the model has to know of a customer."""
        return histories(customers)

    def given(self, of: Histories) -> Mapping[str, Any]:  # noqa: ARG002 - where customers differ in them, it is used
        """The parameters of these histories: the model's own, or one value a history where covariates move them."""
        return self.params


def due_at_rates(rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Counts:
    """Purchases of who does not leave, customers by draws, at rates λ ~ Gamma(r + x, α + T)."""
    rate = rng.standard_gamma(params["r"] + seen.x[:, None]) / (params["alpha"] + seen.T[:, None])
    return rng.poisson(np.minimum(rate * horizon, MOST))


def check_horizon(days: float) -> None:
    """Refuse a horizon that is negative or no number."""
    if not (np.isfinite(days) and days >= 0):
        raise ParameterError(f"horizon_days is {days}; it is 0 or more days")
