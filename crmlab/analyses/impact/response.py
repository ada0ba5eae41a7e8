"""Who answers a survey, and what that does to what it says.

Weights make those who answer resemble all who were asked in what is known of them. Where answering depends on what is
asked about, nothing that is known of them repairs it. A random part of the silent, followed up until they answer, does
(double sampling, Hansen and Hurwitz 1946, Journal of the American Statistical Association 41); without one, only bounds
hold (Manski 1990, American Economic Review 80(2)).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.analyses.impact.panel import Flags, Vector
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.shares import share, wilson

LEAST = 30
RAW, WEIGHTED, FOLLOWED = mark("those who answered at once"), mark("weighted to all asked"), mark("with the follow-up")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A share among all who were asked, estimated in three ways, and its bounds.

    Attributes
    ----------
    raw, weighted : Estimate
        Of those who answered at once: as they are, and weighted by mode and region to all asked.
    followed : Estimate or None
        With the silent represented by those of them who were followed up; None where too few were.
    bounds : tuple of float
        Between these the share lies whatever the silent would have said, followed up or not; no interval.
    asked, at_once, followed_up : int
    """

    raw: Estimate
    weighted: Estimate
    followed: Estimate | None
    bounds: tuple[float, float]
    asked: int
    at_once: int
    followed_up: int


def by_mode(rows: pd.DataFrame, hit: Flags, *, level: float = 0.95) -> pd.DataFrame:
    """By mode: how many were asked, what share answered at once with its interval, and the share of hits among them.

    Parameters
    ----------
    rows : DataFrame
        As `attribution.answers` makes it.
    hit : array of bool
        For each row, whether the answer is one that is counted; read only where there is one.

    Returns
    -------
    DataFrame
        `mode`, `asked`, `answered`, `rate`, `low`, `high`, `hits` (share of those who answered at once), `hits_low`,
        `hits_high`, and `silent` (share of those followed up; NaN of none).
    """
    once = (rows["responded"] & ~rows["follow_up"]).to_numpy()
    late = (rows["responded"] & rows["follow_up"]).to_numpy()
    table = pd.DataFrame({"mode": rows["mode"], "once": once, "late": late, "hit": once & hit, "late_hit": late & hit})
    sums = table.groupby("mode").agg(
        asked=("once", "size"),
        answered=("once", "sum"),
        n=("hit", "sum"),
        late=("late", "sum"),
        late_n=("late_hit", "sum"),
    )
    low, high = wilson(sums["answered"], sums["asked"], level=level)
    hits_low, hits_high = wilson(sums["n"], sums["answered"], level=level)
    return pd.DataFrame(
        {
            "mode": sums.index,
            "asked": sums["asked"].to_numpy(),
            "answered": sums["answered"].to_numpy(),
            "rate": (sums["answered"] / sums["asked"]).to_numpy(),
            "low": low,
            "high": high,
            "hits": (sums["n"] / sums["answered"].where(sums["answered"] > 0)).to_numpy(),
            "hits_low": hits_low,
            "hits_high": hits_high,
            "silent": (sums["late_n"] / sums["late"].where(sums["late"] > 0)).to_numpy(),
        }
    )


def answered(rows: pd.DataFrame, hit: Flags, *, window: str, level: float = 0.95) -> Answered:
    """The share of hits among all asked, from those who answered at once, weighted, and with the follow-up.

    Raises
    ------
    DataError
        With fewer than 30 answers at once.
    """
    hit = np.asarray(hit, dtype=bool)
    once = (rows["responded"] & ~rows["follow_up"]).to_numpy()
    late = (rows["responded"] & rows["follow_up"]).to_numpy()
    n, first, second = len(rows), int(once.sum()), int(late.sum())
    if first < LEAST:
        raise DataError(f"{first} of {n} asked answered at once; {LEAST} answers are needed")
    of = tr("customers asked")
    hits, silent = int((once & hit).sum()), n - first
    return Answered(
        raw=share(hits, first, denominator=tr("customers who answered at once"), window=window, level=level),
        weighted=_weighted(rows, once, hit, window=window, level=level),
        followed=_double(np.array([n, first, second]), hit[once], hit[late], (of, window, level))
        if second >= LEAST or silent == 0
        else None,
        bounds=(hits / n, (hits + silent) / n),
        asked=n,
        at_once=first,
        followed_up=second,
    )


def _weighted(rows: pd.DataFrame, once: Flags, hit: Flags, *, window: str, level: float) -> Estimate:
    """Post-stratified by mode and region: a cell counts as many as were asked; one without answers does not count."""
    cell = rows["mode"].astype("string").fillna("") + "|" + rows["region"].astype("string").fillna("")
    table = pd.DataFrame({"cell": cell.to_numpy(), "once": once, "hit": once & hit}).groupby("cell").sum()
    table["asked"] = cell.value_counts().reindex(table.index)
    table = table[table["once"] > 0]
    weight = table["asked"] / table["asked"].sum()
    rate = table["hit"] / table["once"]
    value = float((weight * rate).sum())
    # In small cells a rate of 0 or 1 would count as known for sure: each cell's variance is taken at the overall share.
    variance = float((weight**2 * value * (1 - value) / table["once"]).sum())
    return _normal(
        value, variance, int(table["once"].sum()), (tr("customers asked, by mode and region"), window, level)
    )


def _double(sizes: Vector, first: Flags, second: Flags, words: tuple[str, str, float]) -> Estimate:
    n, answered_, followed = (float(size) for size in sizes)
    part = answered_ / n
    mean, other = float(first.mean()), float(second.mean()) if second.size else 0.0
    value = part * mean + (1 - part) * other
    variance = part**2 * mean * (1 - mean) / answered_ + part * (1 - part) * (mean - other) ** 2 / n
    if followed:
        variance += (1 - part) ** 2 * other * (1 - other) / followed
    return _normal(value, variance, int(answered_ + followed), words)


def _normal(value: float, variance: float, n: int, words: tuple[str, str, float]) -> Estimate:
    denominator, window, level = words
    reach = float(norm.ppf((1 + level) / 2)) * float(np.sqrt(variance))
    return Estimate(
        value=value,
        low=max(0.0, value - reach),
        high=min(1.0, value + reach),
        n=n,
        level=level,
        method=tr("normal interval of a weighted mean"),
        denominator=denominator,
        window=window,
    )
