"""From a score to a decision: how many leavers so many calls reach, what a call may cost, and whom the score fails."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlab.analyses.churn.bands import band_of
from crmlab.analyses.churn.chances import number_of
from crmlab.analyses.churn.cohort import Cohort
from crmlab.analyses.churn.features import YEAR, Records
from crmlab.analyses.churn.quality import captured, checked
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share, wilson

Values = NDArray[np.float64]
LEAST_IN_RATE = 20
SUCCESSES = (0.05, 0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What the first `size` calls reach.

    Attributes
    ----------
    size, n, lost : int
        Calls, customers they were chosen from, and how many of these left.
    hits : float
        Leavers among the calls; of equal scores at the boundary a fair share.
    by_chance : float
        Leavers that as many calls drawn by lot reach on average.
    precision : Estimate
        The share of the calls that went to a leaver.
    """

    size: int
    n: int
    lost: int
    hits: float
    by_chance: float
    precision: Estimate


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """Errors by group: `table`, and in `tests` whether they differ by more than chance.

    Attributes
    ----------
    table : DataFrame
        `grouping`, `group`, `customers`, `lost`, `missed` (share of those who left whom nobody would have called) with
        `missed_low` and `missed_high`, `stayed`, `in_vain` (share of those who stayed who would have been called) with
        its ends. A share of fewer than 20 is left out (NaN).
    tests : DataFrame
        `grouping`, `error` (`missed` or `in_vain`), `p_value` (chi-square of homogeneity), `holm`.
    """

    table: pd.DataFrame
    tests: pd.DataFrame


def reach(lost: ArrayLike, score: ArrayLike, size: int, *, denominator: str, window: str) -> Reach:
    """What calling the `size` highest scores reaches.

    Raises
    ------
    ParameterError
        If `size` is below 1.
    """
    if size < 1:
        raise ParameterError(tr("There are no calls to make: give a capacity of 1 or more."))
    y, s = checked(lost, score)
    size = min(size, y.size)
    hits = captured(y, s, size)
    low, high = wilson([hits], [size])
    precision = Estimate(
        value=hits / size,
        low=float(low[0]),
        high=float(high[0]),
        n=size,
        level=0.95,
        method=tr("Wilson interval"),
        denominator=tr("the first calls by score, of {of}", of=denominator),
        window=window,
    )
    return Reach(
        size=size, n=y.size, lost=int(y.sum()), hits=hits, by_chance=size * float(y.mean()), precision=precision
    )


def gains(lost: ArrayLike, score: ArrayLike) -> pd.DataFrame:
    """By number of calls, highest scores first: `calls`, `hits`, `by_chance`."""
    y, s = checked(lost, score)
    calls = np.unique(np.linspace(1, y.size, min(y.size, 100)).round().astype(int))
    hits = [captured(y, s, int(size)) for size in calls]
    return pd.DataFrame({"calls": calls, "hits": hits, "by_chance": calls * y.mean()})


def thresholds(
    p: ArrayLike, *, contact_cost: float, value_kept: float, successes: Sequence[float] = SUCCESSES
) -> pd.DataFrame:
    """From which probability on a call pays, if of those who would leave so many are kept by it.

    A call costs `contact_cost` and brings success · probability · `value_kept`: it pays from contact_cost / (success ·
    value_kept) on. Columns: `success`, `threshold` (above 1: never), `customers` (of `p`, above it). The success is an
    assumption until a test with a hold-out has measured it, and it need not be the same at every risk.

    Raises
    ------
    ParameterError
        If cost or value is not above 0.
    """
    if not (contact_cost > 0 and value_kept > 0):
        raise ParameterError(tr("What a call costs and what a kept customer brings must be above 0."))
    least = contact_cost / (np.asarray(successes, dtype=float) * value_kept)
    said = np.asarray(p, dtype=float)
    return pd.DataFrame(
        {"success": list(successes), "threshold": least, "customers": [int((said >= one).sum()) for one in least]}
    )


def break_even_success(reached: Reach, *, contact_cost: float, value_kept: float) -> float:
    """The share of the leavers called that has to be kept for the calls to pay for themselves; above 1: they cannot."""
    return contact_cost * reached.size / (reached.hits * value_kept) if reached.hits else np.inf


def yearly_margin(of: Records, test: Cohort, margin_rate: float) -> float:
    """Mean margin of the customers of `test` from purchases in the year before their window, in the client's money."""
    at = min(number_of(day) for day in test.rows["start"])
    year = of.days[(of.days["day"] > at - YEAR) & (of.days["day"] <= at)]
    spent = year.groupby("customer_id")["value"].sum().reindex(test.rows["customer_id"]).fillna(0)
    return margin_rate * float(spent.mean())


def called(score: ArrayLike, capacity: int, *, then: ArrayLike = ()) -> NDArray[np.bool_]:
    """Who is among the `capacity` highest scores; of equal ones the highest in `then`, then those that stand first."""
    s, t = np.asarray(score, dtype=np.float64), np.asarray(then, dtype=np.float64)
    found = np.zeros(s.size, dtype=bool)
    found[np.lexsort((-(t if t.size else s), -s))[:capacity]] = True
    return found


def stakes(of: Records, test: Cohort, p: ArrayLike) -> pd.DataFrame:
    """Risk by value: `risk`, `value` (thirds, 1 is low), `customers`, `expected` and `lost`, and `spent_by_lost`.

    Value is what customers spent in the year before the window; `spent_by_lost` is that of those who then left.
    """
    at = min(number_of(day) for day in test.rows["start"])
    year = of.days[(of.days["day"] > at - YEAR) & (of.days["day"] <= at)]
    spent = year.groupby("customer_id")["value"].sum().reindex(test.rows["customer_id"]).fillna(0).to_numpy()
    said = np.asarray(p, dtype=np.float64)
    frame = pd.DataFrame(
        {"risk": band_of(said), "value": band_of(spent), "expected": said, "lost": test.lost, "spent": spent}
    )
    frame["spent_by_lost"] = frame["spent"] * frame["lost"]
    by = frame.groupby(["risk", "value"])
    found = by.agg(customers=("lost", "size"), expected=("expected", "sum"), lost=("lost", "sum"))
    return found.assign(spent_by_lost=by["spent_by_lost"].sum()).reset_index()


def base_rates(parts: Sequence[Cohort]) -> pd.DataFrame:
    """By window: `start` (first day), `chances`, `lost`, `share`, `low`, `high` (Wilson)."""
    table = pd.DataFrame(
        {
            "start": [part.rows["start"].iloc[0] for part in parts],
            "chances": [len(part.rows) for part in parts],
            "lost": [int(part.lost.sum()) for part in parts],
        }
    )
    table["share"] = table["lost"] / table["chances"]
    table["low"], table["high"] = wilson(table["lost"], table["chances"])
    return table


def base_rate_shift(train: Cohort, test: Cohort) -> Estimate:
    """The share that left in `test` less that in `train`, with Newcombe's interval (1998)."""
    (a, n), (b, m) = ((int(one.lost.sum()), len(one.rows)) for one in (test, train))
    low, high = confint_proportions_2indep(a, n, b, m, method="newcomb")
    return Estimate(
        value=a / n - b / m,
        low=float(low),
        high=float(high),
        n=n + m,
        level=0.95,
        method=tr("hybrid score interval of a difference (Newcombe)"),
        evidence="association",
        denominator=test.denominator,
        window=test.window,
    )


def fairness(groups: pd.DataFrame, lost: ArrayLike, called: ArrayLike) -> Fairness:
    """Whom the calls miss and whom they bother in vain, by group."""
    y, c = np.asarray(lost, dtype=bool), np.asarray(called, dtype=bool)
    rows, tests = [], []
    for grouping in groups.columns:
        known = groups[grouping].notna().to_numpy()
        names = groups.loc[known, grouping].astype(str)
        errors = {"missed": (y, ~c), "in_vain": (~y, c)}
        for name in sorted(names.unique()):
            own = known & (groups[grouping].astype(str) == name).to_numpy()
            rows.append({"grouping": grouping, "group": name, **_rates(y[own], c[own])})
        for error, (of, wrong) in errors.items():
            p = _homogeneous(groups[grouping].astype(str).where(known), of & known, wrong)
            tests.append({"grouping": grouping, "error": error, "p_value": p})
    table = pd.DataFrame(rows, columns=_FAIR)
    tried = pd.DataFrame(tests, columns=["grouping", "error", "p_value"]).dropna().reset_index(drop=True)
    tried["holm"] = multipletests(tried["p_value"], method="holm")[1]
    return Fairness(table=table, tests=tried)


_FAIR = [
    *("grouping", "group", "customers", "lost", "missed", "missed_low", "missed_high"),
    *("stayed", "in_vain", "in_vain_low", "in_vain_high"),
]


def _rates(y: NDArray[np.bool_], c: NDArray[np.bool_]) -> dict[str, float]:
    found: dict[str, float] = {"customers": y.size, "lost": int(y.sum()), "stayed": int((~y).sum())}
    for error, wrong, n in (
        ("missed", int((y & ~c).sum()), found["lost"]),
        ("in_vain", int((~y & c).sum()), found["stayed"]),
    ):
        enough = n >= LEAST_IN_RATE
        told = share(wrong, int(n), denominator="", window="") if enough else None
        found[error] = told.value if told else np.nan
        found[f"{error}_low"] = float(told.low) if told and told.low is not None else np.nan
        found[f"{error}_high"] = float(told.high) if told and told.high is not None else np.nan
    return found


def _homogeneous(group: pd.Series, of: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> float:
    """The p-value of equal shares in all groups with 20 or more; NaN where fewer than two have so many."""
    counts = pd.crosstab(group[of].to_numpy(), wrong[of])
    counts = counts[counts.sum(axis=1) >= LEAST_IN_RATE]
    counts = counts.loc[:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:  # noqa: PLR2004 - two groups, two outcomes
        return np.nan
    return float(chi2_contingency(counts.to_numpy(), correction=False).pvalue)
