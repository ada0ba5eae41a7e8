"""The ways of measuring a roll-out that are in use, from the plainest on, and what each takes for granted.

Before and after · branch and month effects with one coefficient (two-way fixed effects), with three standard errors ·
interrupted time series with season. All are kept to be compared with `rollout`, which is the one to go by.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import t as student

from crmlab.analyses.impact.panel import Flags, Panel, Vector, before_and_after
from crmlab.analyses.impact.rollout import webb_weights
from crmlab.errors import DataError

LEAST = 3
DRAWS = 999


@dataclass(frozen=True, kw_only=True)
class Change:
    """One way's answer, in the panel's units.

    Attributes
    ----------
    value, low, high : float
        The change and its interval.
    n : int
        Branches it rests on.
    level : float
    """

    value: float
    low: float
    high: float
    n: int
    level: float


@dataclass(frozen=True, kw_only=True)
class TwoWay:
    """One coefficient of being live beside branch and month effects.

    Attributes
    ----------
    value : float
        The coefficient.
    p_plain, p_clustered, p_wild : float
        That it is none: as if all branch-months were independent; with errors clustered by branch; by the wild cluster
        bootstrap.
    change : Change
        With the clustered interval.
    """

    value: float
    p_plain: float
    p_clustered: float
    p_wild: float
    change: Change


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """An interrupted time series of the branches that went live.

    Attributes
    ----------
    change : Change
        Of the level a year after going live: the step and twelve months of the changed slope.
    step, slope : Change
        The two parts.
    table : DataFrame
        A row for each month: `month`, `observed` and `expected` (without CRM), means over the branches.
    """

    change: Change
    step: Change
    slope: Change
    table: pd.DataFrame


def naive(found: Panel, counted: Flags | None = None, *, level: float = 0.95) -> Change:
    """All months after going live less all before, the mean over live branches with the interval of t."""
    chosen = _chosen(found, counted)
    live = found.is_live
    with np.errstate(invalid="ignore"):
        pairs = [
            np.nanmean(row[at]) - np.nanmean(row[~at])
            for row, at in zip(found.numbers[chosen], live[chosen], strict=True)
            if np.isfinite(row[at]).any() and np.isfinite(row[~at]).any()
        ]
    return mean_change(np.array(pairs), level=level)


def same_months(found: Panel, counted: Flags | None = None, *, level: float = 0.95) -> Change:
    """The last year less the year before going live, in the same months of the year, with the interval of t."""
    pairs = before_and_after(found, counted)
    return mean_change((pairs["after"] - pairs["before"]).to_numpy(dtype=float), level=level)


def mean_change(differences: Vector, *, level: float = 0.95) -> Change:
    """The mean of one difference a branch, with the interval of t.

    Raises
    ------
    DataError
        With fewer than three branches.
    """
    n = differences.size
    if n < LEAST:
        raise DataError(f"a mean change needs {LEAST} branches that report before and after going live; there are {n}")
    reach = float(student.ppf((1 + level) / 2, n - 1)) * float(differences.std(ddof=1)) / np.sqrt(n)
    value = float(differences.mean())
    return Change(value=value, low=value - reach, high=value + reach, n=n, level=level)


def two_way(
    found: Panel, *, rng: np.random.Generator, counted: Flags | None = None, level: float = 0.95, draws: int = DRAWS
) -> TwoWay:
    """The coefficient of being live beside branch and month effects, of counted branches and all that never go live.

    Its one number is a mean of comparisons, some of which take branches that are live already for controls, and so
    enter with the wrong sign where effects grow (Goodman-Bacon 2021). The wild bootstrap imposes no effect and draws
    Webb's weights by branch (Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90(3)).

    Raises
    ------
    DataError
        If being live varies in no month, so that there is no coefficient.
    """
    kept = np.isinf(found.live) | (np.ones(found.live.size, bool) if counted is None else counted)
    y, treated, branch, fixed = _design(found.numbers[kept], found.is_live[kept])
    within = treated - fixed @ (fixed.T @ treated)
    if (within**2).sum() < 1e-8 * max((treated**2).sum(), 1.0):
        raise DataError("being live tells no branch from another in any month: there is nothing to compare it with")
    n, df = np.unique(branch).size, y.size - fixed.shape[1] - 1
    rest = y - fixed @ (fixed.T @ y)
    size = float((within**2).sum())
    value = float(within @ rest) / size
    error = float(np.sqrt(((rest - value * within) ** 2).sum() / df / size))
    own = _t_values(rest, within, branch, fixed, None)[0]
    stars = _t_values(rest, within, branch, fixed, webb_weights(rng, (draws, n)))
    reach = abs(float(student.ppf((1 + level) / 2, n - 1)) * value / own)
    return TwoWay(
        value=value,
        p_plain=float(2 * student.sf(abs(value) / error, df)),
        p_clustered=float(2 * student.sf(abs(own), n - 1)),
        p_wild=float((np.abs(stars) >= abs(own) * (1 - 1e-12)).mean()),
        change=Change(value=value, low=value - reach, high=value + reach, n=n, level=level),
    )


def interrupted(found: Panel, counted: Flags | None = None, *, level: float = 0.95) -> Interrupted:
    """A step and a change of slope when a branch goes live, beside its level, a common trend and the season.

    Segmented regression (Bernal, Cummins and Gasparrini 2017, International Journal of Epidemiology 46(1)) of the
    branches that went live, errors clustered by branch. No branch is a control: whatever else began at the time, and a
    trend that is no straight line, is taken for the effect.

    Raises
    ------
    DataError
        With fewer than three live branches, or months that do not cover two years.
    """
    chosen = _chosen(found, counted)
    if chosen.sum() < LEAST or found.numbers.shape[1] < 24:  # noqa: PLR2004 - season and trend cannot be told apart
        raise DataError(
            f"an interrupted series needs {LEAST} live branches and 24 months; there are {int(chosen.sum())} and "
            f"{found.numbers.shape[1]}"
        )
    values = found.numbers[chosen]
    branch, month = np.nonzero(np.isfinite(values))
    since = month - found.live[chosen][branch] + 1
    crm = np.column_stack([since > 0, np.maximum(since, 0)]).astype(float)
    season = pd.get_dummies(pd.Series([found.months[m].month for m in month]), drop_first=True, dtype=float)
    level_of = pd.get_dummies(pd.Series(branch), dtype=float)
    x = np.column_stack([crm, month, season, level_of])
    fit = sm.OLS(values[branch, month], x).fit(
        cov_type="cluster", cov_kwds={"groups": branch, "df_correction": True}, use_t=True
    )
    expected = fit.fittedvalues - crm @ fit.params[:2]
    table = pd.DataFrame({"month": month, "observed": values[branch, month], "expected": expected})
    table = table.groupby("month", as_index=False).mean()
    table["month"] = [found.months[m] for m in table["month"]]
    return Interrupted(
        change=_linear(fit, np.array([1.0, 12.0]), int(chosen.sum()), level),
        step=_linear(fit, np.array([1.0, 0.0]), int(chosen.sum()), level),
        slope=_linear(fit, np.array([0.0, 1.0]), int(chosen.sum()), level),
        table=table,
    )


def _linear(fit: "sm.regression.linear_model.RegressionResults", weights: Vector, n: int, level: float) -> Change:
    value = float(weights @ fit.params[:2])
    error = float(np.sqrt(weights @ fit.cov_params()[:2, :2] @ weights))
    reach = float(student.ppf((1 + level) / 2, n - 1)) * error
    return Change(value=value, low=value - reach, high=value + reach, n=n, level=level)


def _chosen(found: Panel, counted: Flags | None) -> Flags:
    live = np.isfinite(found.live)
    return live if counted is None else live & counted


def _design(values: Vector, live: Flags) -> tuple[Vector, Vector, NDArray[np.int64], Vector]:
    """What is known, whether live, which branch, and an orthonormal basis of branch and month effects."""
    branch, month = np.nonzero(np.isfinite(values))
    columns = np.column_stack([pd.get_dummies(branch, dtype=float), pd.get_dummies(month, dtype=float)])
    size, directions = np.linalg.eigh(columns.T @ columns)
    used = size > 1e-9 * size[-1]
    basis = columns @ (directions[:, used] / np.sqrt(size[used]))
    return values[branch, month], live[branch, month].astype(float), branch.astype(np.int64), basis


def _t_values(y: Vector, x: Vector, branch: NDArray[np.int64], fixed: Vector, weights: Vector | None) -> Vector:
    """The t values of x, clustered by branch: of y itself, or of y times each row of `weights`, a weight a branch."""
    _, which = np.unique(branch, return_inverse=True)
    outcomes = y[:, None] if weights is None else y[:, None] * weights[:, which].T
    size = float((x**2).sum())
    value = x @ outcomes / size
    rest = outcomes - fixed @ (fixed.T @ outcomes) - np.outer(x, value)
    n = int(which.max()) + 1
    sums = np.zeros((n, outcomes.shape[1]))
    np.add.at(sums, which, x[:, None] * rest)
    correction = n / (n - 1) * (y.size - 1) / (y.size - fixed.shape[1] - 1)
    t_values: Vector = value / (np.sqrt(correction * (sums**2).sum(axis=0)) / size)
    return t_values
