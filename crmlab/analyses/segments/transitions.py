"""Which state follows which: shares of customers who moved from state to state over a period, with intervals."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.segments.shares import share_of_cases
from crmlab.analyses.segments.states import STATES, UNKNOWN, Panel
from crmlab.analyses.segments.wording import days_between, state_name
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr

Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """The shares that moved from each state to each over a period.

    Attributes
    ----------
    table : DataFrame
        One row a pair of states that has a customer in `before`: `before`, `after`, `customers` (moves counted), then
        the fields of `Estimate`, `value` being the share of the row `before`. The shares of a row sum to 1.
    window : str
        The days from the first look to the last.
    periods : int
        Over how many periods moves are counted together.
    """

    table: pd.DataFrame
    window: str
    periods: int

    def estimate(self, before: str, after: str) -> Estimate | None:
        """The share of `before` that was in `after` a period later; None if nobody was in `before`."""
        rows = self.table[(self.table["before"] == before) & (self.table["after"] == after)]
        if rows.empty:
            return None
        row = rows.drop(columns=["before", "after", "customers"]).iloc[0]
        return Estimate(**{str(name): value for name, value in row.items()})

    def matrix(self) -> pd.DataFrame:
        """The shares, one row a state before and one column a state after; NaN where nobody was in `before`."""
        wide = self.table.pivot_table(index="before", columns="after", values="value")
        return wide.reindex(index=list(STATES), columns=list(STATES))


def transitions(of: Panel, *, first: int = 0, last: int | None = None, level: float = 0.95) -> Transitions:
    """Which state follows which, over the periods `first` to `last` of the panel together (all by default).

    Parameters
    ----------
    of : Panel
    first, last : int
        Positions in `of.ends`: moves from one end to the next are counted from `first` up to `last`.
    level : float
        Level of the intervals. They are Wilson's; over several periods customers are clusters.

    Raises
    ------
    ParameterError
        If there is no period between `first` and `last`.
    """
    stop = of.periods if last is None else last
    if not 0 <= first < stop <= of.periods:
        raise ParameterError(f"no period lies between the ends {first} and {stop}; the panel has 0 to {of.periods}")
    moved = moves_by_customer(of, first, stop)
    window = window_of(of, first, stop)
    rows = []
    for before, name in enumerate(STATES):
        cases = moved[:, before].sum(axis=1)
        for after, then in enumerate(STATES):
            said = tr("customers who were {state} when a period began", state=state_name(name))
            found = share_of_cases(moved[:, before, after], cases, level=level, denominator=said, window=window)
            if found is not None:
                rows.append(
                    {"before": name, "after": then, "customers": int(moved[:, before, after].sum())} | vars(found)
                )
    return Transitions(table=pd.DataFrame(rows), window=window, periods=stop - first)


def moves_by_customer(of: Panel, first: int, last: int) -> Counts:
    """How often each customer moved from each state to each: customers by states before by states after."""
    kinds = len(STATES)
    before, after = of.state[:, first:last].astype(np.int64), of.state[:, first + 1 : last + 1].astype(np.int64)
    customer, period = np.nonzero(before != UNKNOWN)
    cell = (customer * kinds + before[customer, period]) * kinds + after[customer, period]
    return np.bincount(cell, minlength=of.state.shape[0] * kinds**2).reshape(-1, kinds, kinds)


def window_of(of: Panel, first: int, last: int) -> str:
    """The days after the look `first` up to the look `last`, as text."""
    return days_between(of.ends[first] + timedelta(days=1), of.ends[last])
