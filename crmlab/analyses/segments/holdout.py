"""How well the moves of the first periods foretell the states of the last ones, against changing nothing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.analyses.segments.chain import first_order, recency_chain, step_counts
from crmlab.analyses.segments.states import STATES, Panel
from crmlab.analyses.segments.transitions import window_of
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, mark, tr

LEAST_TRAINING = 2
METHODS = ("recency", "first_order", "same")


@dataclass(frozen=True, kw_only=True)
class HoldOut:
    """Forecasts of the sizes of the states at the last end, beside what they were.

    Attributes
    ----------
    table : DataFrame
        One row a state: `state`, `start` (customers when the hold-out begins), `actual` (when it ends), and by
        method: `recency` (the chain that remembers the time since the last purchase), `first_order` (that of the
        states alone), both with as many newcomers a period as before; `same` (nothing changes).
    error : dict
        By method: customers put in a wrong state, as a share of all there are at the end (the sum of the absolute
        differences, halved where the totals agree: each misplaced customer is missing in one state and too many in
        another).
    periods, trained_on : int
        How many periods were held out, and how many the moves were counted over.
    window : str
        The days held out.
    """

    table: pd.DataFrame
    error: dict[str, float]
    periods: int
    trained_on: int
    window: str


def hold_out(of: Panel, *, periods: int = 0) -> HoldOut:
    """Forecast the last `periods` periods from the moves of those before (0: the last third).

    Raises
    ------
    DataError
        If fewer than two periods are left to count moves over.
    ParameterError
        If `periods` is below 0.
    """
    if periods < 0:
        raise ParameterError(f"periods is {periods}; it is 0 (the last third) or more")
    held = periods or max(of.periods // 3, 1)
    trained = of.periods - held
    if trained < LEAST_TRAINING:
        message = tr(
            "of {all} periods {held} are to be held out, which leaves {left} to learn from, and at least {least} are "
            "needed; hold out fewer, or add older records",
            all=count(of.periods),
            held=count(held),
            left=count(max(trained, 0)),
            least=count(LEAST_TRAINING),
        )
        raise DataError(message)
    start, actual = _counts(of, trained), _counts(of, of.periods)
    told = {"recency": _by_recency(of, trained, held), "first_order": _by_state(of, trained, held), "same": start}
    table = pd.DataFrame({"state": STATES, "start": start, mark("actual"): actual, **told})
    error = {name: _misplaced(forecast, actual) for name, forecast in told.items()}
    window = window_of(of, trained, of.periods)
    return HoldOut(table=table, error=error, periods=held, trained_on=trained, window=window)


def hold_out_error(found: HoldOut) -> Estimate:
    """The error of the chain that remembers recency, without an interval: one hold-out is one case."""
    return Estimate(
        value=found.error["recency"],
        low=None,
        high=None,
        n=int(found.table["actual"].sum()),
        level=0.95,
        method=tr("no interval: one hold-out is a single case"),
        denominator=tr("customers known at the end of the hold-out"),
        window=found.window,
    )


def _by_recency(of: Panel, trained: int, held: int) -> np.ndarray:
    chain = recency_chain(of, last=trained)
    shares, sizes = chain.shares(), step_counts(of, chain, trained)
    for _ in range(held):
        sizes = sizes @ shares + chain.joined / chain.periods
    return np.bincount(chain.state, weights=sizes, minlength=len(STATES))


def _by_state(of: Panel, trained: int, held: int) -> np.ndarray:
    chain = recency_chain(of, last=trained)
    coming = np.bincount(chain.state, weights=chain.joined, minlength=len(STATES)) / chain.periods
    shares, sizes = first_order(of, 0, trained), _counts(of, trained)
    for _ in range(held):
        sizes = sizes @ shares + coming
    return sizes


def _counts(of: Panel, end: int) -> np.ndarray:
    return np.array([(of.state[:, end] == code).sum() for code in range(len(STATES))], dtype=np.float64)


def _misplaced(forecast: np.ndarray, actual: np.ndarray) -> float:
    return float(np.abs(forecast - actual).sum() / 2 / actual.sum())
