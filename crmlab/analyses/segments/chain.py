"""A chain that remembers the time since the last purchase, and the sizes the states tend to while new customers come.

The usual chain has the states for its steps, lets nobody in, and asks for its stationary mix. Two things are wrong
with that. The next step depends on how long ago somebody bought, not on the state alone; and a company without new
customers has, in the long run, no `new` ones and whatever mix the last leavers have. So here the steps are the states
split by the number of period ends since the last purchase (the recency states of Pfeifer and Carraway [1]_), customers
who lapse leave, and each period brings those who buy for the first time and those who return from having lapsed. With
Q the shares that move between the steps and b the customers who come in a period, the sizes tend to b (I − Q)⁻¹: the
inflow times the fundamental matrix of an absorbing chain [2]_.

References
----------
.. [1] Pfeifer and Carraway (2000), Modeling customer relationships as Markov chains, Journal of Interactive Marketing
   14(2).
.. [2] Kemeny and Snell (1960), Finite Markov Chains, chapter 3.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from crmlab.analyses.segments.states import IN_TOUCH, LAPSED, STATES, UNKNOWN, Panel
from crmlab.analyses.segments.transitions import moves_by_customer, window_of
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr

Matrix = NDArray[np.float64]

GROUPS = 40
"""Groups of customers that the jackknife leaves out one at a time."""

SQUARINGS = 60
"""The long run: a lazy chain after 2^60 periods."""


@dataclass(frozen=True)
class Chain:
    """Moves between the steps of a chain that remembers recency, counted over `periods` periods.

    Attributes
    ----------
    state, band : ndarray
        What each step is: a position in `STATES`, and the period ends since the last purchase; by state, then band.
        `lapsed` is the last step, whatever the band.
    moves : ndarray
        Customers who moved from step to step.
    joined : ndarray
        Customers who bought for the first time, by the step they were in when that period ended.
    periods : int
        Periods counted.
    """

    state: NDArray[np.int64]
    band: NDArray[np.int64]
    moves: Matrix
    joined: Matrix
    periods: int

    def shares(self) -> Matrix:
        """The share of each step that moves to each.

        Steps first reached at the last end have not been seen to be left: theirs are the shares of the nearest band,
        in the same state if there is one. `lapsed`, if nobody returned, keeps everybody.
        """
        leaving = self.moves.sum(axis=1)
        left = np.flatnonzero(leaving[:-1] > 0)
        shares: Matrix = np.eye(len(self.moves))
        for step in range(len(self.moves)):
            source = step
            if leaving[step] == 0 and step < len(self.moves) - 1 and left.size:
                other = self.state[left] != self.state[step]
                source = left[np.lexsort((np.abs(self.band[left] - self.band[step]), other))[0]]
            if leaving[source] > 0:
                shares[step] = self.moves[source] / leaving[source]
        return shares

    def limit(self) -> Matrix:
        """The customers that each step but `lapsed` tends to hold while as many come each period as came on average.

        Those who return from having lapsed come too. NaN if some step is never left.
        """
        inside = self.shares()[:-1, :-1]
        coming = (self.joined[:-1] + self.moves[-1, :-1]) / self.periods
        try:
            sizes = np.linalg.solve((np.eye(len(inside)) - inside).T, coming)
        except np.linalg.LinAlgError:
            return np.full(len(coming), np.nan)
        return sizes.astype(np.float64)


def recency_chain(of: Panel, *, first: int = 0, last: int | None = None) -> Chain:
    """The chain of the periods between the ends `first` and `last` of the panel, all by default."""
    step = _steps(of)
    return _chain(of, step, _check_ends(of, first, last), np.ones(len(of.customers), dtype=bool))


def limit_sizes(of: Panel, *, rng: np.random.Generator, level: float = 0.95) -> pd.DataFrame:
    """The size each state tends to if customers go on coming and behaving as in all periods of the panel.

    Parameters
    ----------
    of : Panel
    rng : numpy.random.Generator
        Draws the groups of customers that the jackknife leaves out.
    level : float
        Level of the intervals, which allow for chance among customers, not for a change of the times.

    Returns
    -------
    DataFrame
        One row a state but `lapsed`, and one, `in_touch`, for the first four together: `state`, `now` (customers at
        the last end), `value` (the size it tends to), `low`, `high`. `lapsed` tends to no size: it is where customers
        go. All are NaN if some customers never leave, so that the states grow without limit.

    """
    step, ends = _steps(of), (0, of.periods)
    everyone = np.ones(len(of.customers), dtype=bool)
    whole = _by_state(_chain(of, step, ends, everyone))
    group = rng.integers(0, GROUPS, len(of.customers))
    # Left-out groups are of unequal size; each remainder stands for all customers.
    weights = np.array([len(group) / max((group != left).sum(), 1) for left in range(GROUPS)])
    parts = np.array([_by_state(_chain(of, step, ends, group != left)) for left in range(GROUPS)]) * weights[:, None]
    error = np.sqrt((GROUPS - 1) / GROUPS * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
    reach = student.ppf((1 + level) / 2, GROUPS - 1) * error
    now = [*((of.state[:, -1] == code).sum() for code in range(LAPSED)), of.in_touch[:, -1].sum()]
    table = pd.DataFrame({"state": [*STATES[:LAPSED], "in_touch"], "now": now, "value": whole})
    return table.assign(low=np.maximum(whole - reach, 0), high=whole + reach)


def limit_in_touch(of: Panel, sizes: pd.DataFrame, *, level: float = 0.95) -> Estimate | None:
    """How many customers in touch `limit_sizes` says the company tends to; None if it says none."""
    row = sizes[sizes["state"] == "in_touch"].iloc[0]
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if np.isnan(value):
        return None
    return Estimate(
        value=value,
        low=None if np.isnan(low) else low,
        high=None if np.isnan(high) else high,
        n=len(of.customers),
        level=level,
        method=tr("inflow times fundamental matrix; jackknife over groups of customers"),
        evidence="model",
        denominator=tr("customers in touch in the long run, with inflow and moves as they were"),
        window=window_of(of, 0, of.periods),
    )


def stationary_mix(of: Panel, *, first: int = 0, last: int | None = None) -> pd.Series:
    """Where the usual chain takes today's customers in the long run: shares of all customers, by state.

    Nobody new comes, and the present state alone decides the next: what the textbook computes, for comparison.
    """
    start, stop = _check_ends(of, first, last)
    shares = first_order(of, start, stop)
    lazy = (shares + np.eye(len(shares))) / 2  # the same long run, without going round in circles
    for _ in range(SQUARINGS):
        lazy = lazy @ lazy
        lazy /= lazy.sum(axis=1, keepdims=True)
    today = np.array([(of.state[:, stop] == code).sum() for code in range(len(STATES))], dtype=np.float64)
    return pd.Series(today @ lazy / today.sum(), index=list(STATES))


def first_order(of: Panel, first: int, last: int) -> Matrix:
    """The shares of the usual chain, states by states; who is in a state nobody was seen to leave stays there."""
    moves = moves_by_customer(of, first, last).sum(axis=0).astype(np.float64)
    leaving = moves.sum(axis=1, keepdims=True)
    shares: Matrix = np.divide(moves, leaving, out=np.eye(len(moves)), where=leaving > 0)
    return shares


def step_counts(of: Panel, chain: Chain, end: int) -> Matrix:
    """How many customers stand in each step of `chain` at an end; steps it does not know count to the nearest band."""
    code, band = of.state[:, end].astype(np.int64), of.band[:, end]
    counts = np.zeros(len(chain.state))
    counts[-1] = (code == LAPSED).sum()
    inside = (code != UNKNOWN) & (code != LAPSED)
    steps, customers = np.unique(np.column_stack([code, band])[inside], axis=0, return_counts=True)
    for (state, bands), size in zip(steps, customers, strict=True):
        far = np.abs(chain.band[:-1] - bands)
        # Where nobody was ever in this state, the nearest band of any other.
        counts[np.lexsort((far, chain.state[:-1] != state))[0]] += size
    return counts


def _steps(of: Panel) -> NDArray[np.int64]:
    """State and band as one number, `LAPSED` whatever the band; `UNKNOWN` before the first purchase."""
    width = int(of.band.max()) + 1
    code = of.state.astype(np.int64)
    return np.where(code == UNKNOWN, UNKNOWN, code * width + np.where(code == LAPSED, 0, of.band))


def _chain(of: Panel, step: NDArray[np.int64], ends: tuple[int, int], chosen: NDArray[np.bool_]) -> Chain:
    first, last = ends
    width = int(of.band.max()) + 1
    window = step[:, first : last + 1]
    known = np.union1d(window[window != UNKNOWN], [LAPSED * width])
    place = np.searchsorted(known, window[chosen])
    before, after = window[chosen][:, :-1] != UNKNOWN, place[:, 1:]
    n = len(known)
    moved = np.bincount((place[:, :-1] * n + after)[before], minlength=n * n).reshape(n, n)
    fresh = ~before & (window[chosen][:, 1:] != UNKNOWN)
    joined = np.bincount(after[fresh], minlength=n)
    return Chain(known // width, known % width, moved.astype(np.float64), joined.astype(np.float64), last - first)


def _by_state(chain: Chain) -> Matrix:
    sizes = chain.limit()
    if np.isnan(sizes).any():
        return np.full(LAPSED + 1, np.nan)
    each = np.array([sizes[chain.state[:-1] == code].sum() for code in range(LAPSED)])
    return np.append(each, each[: len(IN_TOUCH)].sum())


def _check_ends(of: Panel, first: int, last: int | None) -> tuple[int, int]:
    stop = of.periods if last is None else last
    if not 0 <= first < stop <= of.periods:
        raise ParameterError(f"no period lies between the ends {first} and {stop}; the panel has 0 to {of.periods}")
    return first, stop
