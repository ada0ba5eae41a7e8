"""What a roll-out in waves did: effects by group and month against branches that are not live yet.

Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), without covariates: a group g is the branches that went
live in the same month. Its effect in month t is the mean change of its branches since before g, less the mean change of
branches that are not live in t (their equation for not-yet-treated controls). No branch that is live ever stands in for
one that is not, which is what a regression on branch and month effects does (Goodman-Bacon 2021, ibid.).

The base is the mean of up to `base_months` months before going live; with 1 it is the paper's, the last month alone.
More months make a steadier base, and ask for parallel changes over all of them.

Intervals leave out one branch at a time (the cluster jackknife, MacKinnon, Nielsen and Webb 2023, Journal of Applied
Econometrics 38(5)) with t on as many degrees as live branches that are counted, less 1: with a dozen of them, a
bootstrap of branches is too narrow. The band of all months together takes its critical value from the largest |t| over
the months when the left-out differences are multiplied by Webb's six random weights (Webb 2023, Canadian Journal of
Economics 56(3)), the multiplier bootstrap by branch.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from crmlab.analyses.impact.panel import Flags, Panel, Vector
from crmlab.errors import DataError, ParameterError

WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
LEAST_LIVE, LEAST_OTHERS = 3, 2
LEAST_OF_A_MONTH = 5
"""Branches a single month's effect must rest on to be given an interval: with fewer, one wave decides, and the band of
all months covered 0.44 to 0.89 of simulated truths instead of 0.95."""
DRAWS = 1999


@dataclass(frozen=True, kw_only=True)
class Design:
    """How the comparison is made.

    Attributes
    ----------
    base_months : int
        How many months before going live are the base, at most.
    never_only : bool
        Compare with branches that never go live alone, and not also with those that are not live yet.
    """

    base_months: int = 12
    never_only: bool = False

    def __post_init__(self) -> None:
        if self.base_months < 1:
            raise ParameterError(f"base_months is {self.base_months}: a base has one month at least")


@dataclass(frozen=True, kw_only=True)
class RolloutEffect:
    """What going live did, in the panel's units (logarithms: exp(value) − 1 is the relative change).

    Attributes
    ----------
    value, low, high, error : float
        The mean effect over the counted branches and the months they were live, its interval and its jackknife error.
    df : int
        Degrees of freedom of t.
    p_value : float
        Two-sided, of no effect.
    level : float
        Of the interval.
    branches, controls : int
        Counted branches that went live, and the others that are compared with.
    cells : int
        Branch-months that the mean is over.
    by_month : DataFrame
        `months_live` (negative before), `effect`, `low`, `high` (each month by itself), `band_low`, `band_high` (all
        months together), `branches`. The ends are NaN where an effect rests on fewer than five branches.
    groups : DataFrame
        `group` (the month of going live, from 0), `month`, `effect`, `branches`.
    slope, slope_low, slope_high : float
        Change of the difference per month before going live: what the pre-trend test tests. NaN with a single month.
    """

    value: float
    low: float
    high: float
    error: float
    df: int
    p_value: float
    level: float
    branches: int
    controls: int
    cells: int
    by_month: pd.DataFrame
    groups: pd.DataFrame
    slope: float
    slope_low: float
    slope_high: float


@dataclass(frozen=True)
class _Cells:
    """By group (rows) and month: effects, how many branches each rests on, and how long the group has been live."""

    effect: Vector
    branches: Vector
    since: Vector
    group: Vector


def rollout_effect(
    found: Panel,
    *,
    rng: np.random.Generator,
    counted: Flags | None = None,
    design: Design | None = None,
    level: float = 0.95,
) -> RolloutEffect:
    """The mean effect of going live, month by month since then and over all.

    Parameters
    ----------
    found : Panel
        Usually of logarithms, so that effects are relative (Roth and Sant'Anna 2023, Econometrica 91(2), on why
        parallel changes of logarithms and of amounts are different claims).
    rng : numpy.random.Generator
        For the critical value of the band alone.
    counted : array of bool, optional
        The branches whose effect is asked for; all others serve as controls as long as they are not live.
    design : Design, optional
        The base and the controls.
    level : float
        Of the intervals.

    Raises
    ------
    DataError
        With fewer than three counted branches that went live, or fewer than two others to compare with.
    """
    chosen = np.ones(found.live.size, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    how = design or Design()
    _check(found, chosen, how)
    whole = _cells(found.numbers, found.live, chosen, how)
    at = np.arange(-int(whole.group.max()), found.numbers.shape[1])
    kept = ~np.eye(found.live.size, dtype=bool)
    left_out = np.array(
        [_summary(_cells(found.numbers[k], found.live[k], chosen[k], how), at) for k in kept], dtype=float
    )
    summary = _summary(whole, at)
    live = int((chosen & np.isfinite(found.live)).sum())
    counts = _month_counts(whole, at)
    error, reach = _jackknife(left_out), float(student.ppf((1 + level) / 2, live - 1))
    error[2:][counts < LEAST_OF_A_MONTH] = np.nan
    band = reach * _widening(left_out[:, 2:], error[2:], rng, level)
    low, high = summary - reach * error, summary + reach * error
    by_month = pd.DataFrame(
        {
            "months_live": at,
            "effect": summary[2:],
            "low": low[2:],
            "high": high[2:],
            "band_low": summary[2:] - band * error[2:],
            "band_high": summary[2:] + band * error[2:],
            "branches": counts,
        }
    )
    ratio = abs(summary[0]) / error[0] if error[0] > 0 else np.inf
    return RolloutEffect(
        value=float(summary[0]),
        low=float(low[0]),
        high=float(high[0]),
        error=float(error[0]),
        df=live - 1,
        p_value=float(2 * student.sf(ratio, live - 1)),
        level=level,
        branches=live,
        controls=found.live.size - live,
        cells=int(whole.branches[(whole.since >= 0)].sum()),
        by_month=by_month[by_month["branches"] > 0].reset_index(drop=True),
        groups=_long(whole),
        slope=float(summary[1]),
        slope_low=float(low[1]),
        slope_high=float(high[1]),
    )


def group_time(found: Panel, *, counted: Flags | None = None, design: Design | None = None) -> pd.DataFrame:
    """The effects by group and month alone: `group`, `month`, `effect`, `branches`; months before going live too."""
    chosen = np.ones(found.live.size, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    return _long(_cells(found.numbers, found.live, chosen, design or Design()))


def overall(found: Panel, *, counted: Flags | None = None, design: Design | None = None) -> float:
    """The mean effect over counted branches and the months they were live; NaN where there is none."""
    table = group_time(found, counted=counted, design=design)
    after = table[table["month"] >= table["group"]]
    return float(np.average(after["effect"], weights=after["branches"])) if len(after) else float("nan")


def webb_weights(rng: np.random.Generator, shape: tuple[int, ...]) -> Vector:
    """Webb's six-point weights: ±√½, ±1, ±√(3/2), each with probability 1/6; mean 0, variance 1."""
    weights: Vector = rng.choice(np.concatenate([-WEBB, WEBB]), size=shape)
    return weights


def _check(found: Panel, chosen: Flags, how: Design) -> None:
    if chosen.shape != found.live.shape:
        raise ParameterError(f"`counted` has {chosen.size} entries for {found.live.size} branches: give one for each")
    live = np.isfinite(found.live)
    of_interest = int((chosen & live).sum())
    first = found.live[chosen & live].min() if of_interest else 0.0
    others = int((found.live > first).sum()) if not how.never_only else int((~live).sum())
    if of_interest < LEAST_LIVE or others < LEAST_OTHERS:
        raise DataError(
            f"an effect of the roll-out needs {LEAST_LIVE} branches that went live and {LEAST_OTHERS} that went live "
            f"later or never; there are {of_interest} and {others}"
        )


def _cells(values: Vector, live: Vector, counted: Flags, how: Design) -> _Cells:
    groups = np.unique(live[counted & np.isfinite(live)])
    months = np.arange(values.shape[1])
    effect, branches = np.full((2, groups.size, months.size), np.nan)
    for row, group in enumerate(groups):
        at = int(group)
        base, _ = _mean(values[:, max(at - how.base_months, 0) : at], axis=1)
        change = values - base[:, None]
        later = np.isinf(live)[:, None] if how.never_only else live[:, None] > np.maximum(months, at)
        own, branches[row] = _mean(np.where((counted & (live == group))[:, None], change, np.nan), axis=0)
        others, n = _mean(np.where(later, change, np.nan), axis=0)
        effect[row] = own - others
        branches[row] = np.where(n > 0, branches[row], 0)
    since = months - groups[:, None]
    return _Cells(np.where(branches > 0, effect, 0.0), branches, since, groups)


def _mean(values: Vector, axis: int) -> tuple[Vector, Vector]:
    """The mean of what is known, and of how many; NaN of none."""
    known = np.isfinite(values)
    n = known.sum(axis=axis).astype(float)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0), n


def _summary(cells: _Cells, at: NDArray[np.int64]) -> Vector:
    """The mean effect, the slope before going live, and the mean effect at each number of months since."""
    after = cells.since >= 0
    value = _weighted(cells.effect, cells.branches * after)
    counts = _month_counts(cells, at)
    totals = _by_month(cells, cells.effect * cells.branches, at)
    by_month = np.divide(totals, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    before = (at < 0) & np.isfinite(by_month)
    slope = np.nan
    if before.sum() > 1:
        weights = counts[before]
        x = at[before] - np.average(at[before], weights=weights)
        slope = float((weights * x * by_month[before]).sum() / (weights * x**2).sum())
    return np.array([value, slope, *by_month])


def _weighted(values: Vector, weights: Vector) -> float:
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else float("nan")


def _month_counts(cells: _Cells, at: NDArray[np.int64]) -> Vector:
    return _by_month(cells, cells.branches, at)


def _by_month(cells: _Cells, numbers: Vector, at: NDArray[np.int64]) -> Vector:
    """The sum of `numbers` by how long their group has been live."""
    place = (cells.since - at[0]).astype(np.int64).ravel()
    inside = (place >= 0) & (place < at.size)
    sums: Vector = np.bincount(place[inside], weights=numbers.ravel()[inside], minlength=at.size).astype(np.float64)
    return sums


def _jackknife(left_out: Vector) -> Vector:
    """Standard errors from estimates with each branch left out once; NaN where leaving one out leaves nothing."""
    n = len(left_out)
    error: Vector = np.sqrt((n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    return error


def _widening(left_out: Vector, error: Vector, rng: np.random.Generator, level: float) -> float:
    """How many times wider a band of all months is than the interval of one, from the multiplier bootstrap."""
    usable = np.isfinite(error) & (error > 0)
    if not usable.any():
        return 1.0
    n = len(left_out)
    scaled = (left_out - left_out.mean(axis=0))[:, usable] * np.sqrt((n - 1) / n) / error[usable]
    drawn = np.abs(webb_weights(rng, (DRAWS, n)) @ scaled)
    alone = np.quantile(drawn, level, axis=0).mean()
    return float(max(np.quantile(drawn.max(axis=1), level) / alone, 1.0))


def _long(cells: _Cells) -> pd.DataFrame:
    row, month = np.nonzero(cells.branches > 0)
    return pd.DataFrame(
        {
            "group": cells.group[row].astype(int),
            "month": month,
            "effect": cells.effect[row, month],
            "branches": cells.branches[row, month].astype(int),
        }
    )
