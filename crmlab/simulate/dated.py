"""What all simulated histories share: a window of days, and ids, days and amounts as a shop would book them."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together

Amounts = NDArray[np.float64]
Rules = list[tuple[bool, str]]


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days simulated, both ends inclusive, and over how many of them customers join; a world adds the rest."""

    start: date
    observed_until: date
    acquired_over_days: int

    def __post_init__(self) -> None:
        """Refuse what breaks a rule, all of it at once."""
        in_order = (self.days >= 1, f"observed_until {self.observed_until} is before start {self.start}")
        problems = [text for holds, text in [in_order, *self.rules()] if not holds]
        if problems:
            raise ParameterError(together("purchases cannot be simulated:", problems))

    @property
    def days(self) -> int:
        """How many days."""
        return (self.observed_until - self.start).days + 1

    def rules(self) -> Rules:
        """What has to hold of the world's values, each with what to say where it does not."""
        return []

    def above_zero(self, *names: str) -> Rules:
        """The rules that these values are finite and above 0."""
        values = {name: getattr(self, name) for name in names}
        return [(0 < value < math.inf, f"{name} is {value}; it is above 0") for name, value in values.items()]

    def acquired_within(self, least: int) -> Rules:
        """The rule that customers join within the window, `acquired_over_days` being `least` or more."""
        value, most = self.acquired_over_days, max(self.days, least)
        return [(least <= value <= most, f"acquired_over_days is {value}; it is {least} to the window's {most} days")]


def booked(ids: pd.Index, customer: NDArray[np.int64], day: NDArray[np.datetime64], spent: Amounts) -> pd.DataFrame:
    """Purchases as a table of transactions: `customer_id`, `date`, `amount` in cents."""
    return pd.DataFrame({"customer_id": ids.take(customer), "date": day, "amount": cents(spent)})


def customer_ids(first: int, n: int) -> pd.Index:
    """`n` ids that number through from `first`."""
    return "C" + pd.Index(np.arange(first, first + n)).astype("str").str.zfill(9)


def dates(start: date, day: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Days after `start` as dates."""
    return (np.datetime64(start, "D") + day.astype("timedelta64[D]")).astype("datetime64[s]")


def cents(amounts: Amounts) -> Amounts:
    """Amounts rounded to cents, at least one: a purchase that rounds to nothing would count as a free item."""
    return np.maximum(np.round(amounts, 2), 0.01)


def check_positive(**counts: int) -> None:
    """Refuse counts below 1, all of them at once."""
    problems = [f"{name} is {value}; it is 1 or more" for name, value in counts.items() if value < 1]
    if problems:
        raise ParameterError(together("purchases cannot be simulated:", problems))
