"""What the silent would have said: bounds and a follow-up, where weights can only pretend.

Answers are missing not at random when the satisfied answer more often. Weights by what is known of people (here the
mode they were asked in) repair what that explains, and nothing else. Two things hold without any model: whoever is
silent has some answer on the scale (bounds, Manski 1989, Journal of Human Resources 24), and a random part of the
silent, asked until it answers, speaks for all of them (Hansen and Hurwitz 1946, Journal of the American Statistical
Association 41).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import wilson

SCALE = (1.0, 7.0)
FEWEST = 2  # followed up: one answer has no variance


@dataclass(frozen=True)
class Silence:
    """The mean satisfaction of all who were asked, as four ways have it; in points of the scale.

    Attributes
    ----------
    asked, at_once, followed : int
        How many were asked, answered at once, and answered when followed up.
    naive, weighted : Estimate
        Of those who answered at once: as they are, and weighted so that every mode counts as it was asked.
    worst, best : float
        If all who did not answer at once had given the lowest, or the highest answer.
    repaired : Estimate or None
        From the follow-up; None where fewer than two were followed up.
    """

    asked: int
    at_once: int
    followed: int
    naive: Estimate
    weighted: Estimate
    worst: float
    best: float
    repaired: Estimate | None

    def table(self) -> pd.DataFrame:
        """`way`, `value`, `low`, `high` of each, for a figure; the bounds as an interval without a middle."""
        rows = [(tr("answered at once"), self.naive), (tr("weighted by mode"), self.weighted)]
        if self.repaired:
            rows.append((tr("with the follow-up"), self.repaired))
        ends = [(way, one.value, one.low, one.high) for way, one in rows]
        bounds = (tr("bounds, whatever the silent think"), np.nan, self.worst, self.best)
        return pd.DataFrame([*ends, bounds], columns=["way", "value", "low", "high"])

    def holding(self, truth: float) -> list[str]:
        """The ways whose interval holds `truth`."""
        table = self.table()
        return list(table.loc[(table["low"] <= truth) & (truth <= table["high"]), "way"])


def response(asked: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Who answered at once, by mode: `mode`, `asked`, `answered`, `share`, `low`, `high`, most often first."""
    counted = asked.assign(answered=asked["responded"] & ~asked["follow_up"]).groupby("mode")["answered"]
    table = counted.agg(asked="size", answered="sum").reset_index()
    low, high = wilson(table["answered"], table["asked"], level=level)
    table = table.assign(share=table["answered"] / table["asked"], low=low, high=high)
    return table.sort_values(["share", "mode"], ascending=[False, True], ignore_index=True)


def silence(asked: pd.DataFrame, *, window: str, level: float = 0.95) -> Silence:
    """The mean satisfaction of all who were asked.

    Parameters
    ----------
    asked : DataFrame
        `responded`, `follow_up` (bool), `mode`, `satisfaction` (1 to 7, NaN for the silent). At least two answered at
        once.
    """
    spoken = asked["responded"] & asked["satisfaction"].notna()
    first = asked[spoken & ~asked["follow_up"]]
    late = asked.loc[spoken & asked["follow_up"], "satisfaction"].to_numpy(float)
    score, n = first["satisfaction"].to_numpy(float), len(asked)
    share = score.size / n
    wanted = asked["mode"].value_counts()
    # A mode nobody answered in has nobody to count for it: its weight is lost, which is one more fault of weights.
    weight = first["mode"].map(wanted / first["mode"].value_counts()).to_numpy(float)
    mean = float(np.average(score, weights=weight))
    error = float(np.sqrt((weight**2 * (score - mean) ** 2).sum())) / weight.sum()
    return Silence(
        asked=n,
        at_once=score.size,
        followed=late.size,
        naive=_estimate(
            score.mean(), score.std(ddof=1) / np.sqrt(score.size), score.size, _naive(), window=window, level=level
        ),
        weighted=_estimate(mean, error, score.size, tr("weighted by mode"), window=window, level=level),
        worst=share * score.mean() + (1 - share) * SCALE[0],
        best=share * score.mean() + (1 - share) * SCALE[1],
        repaired=_repaired(score, late, n, window, level) if late.size >= FEWEST else None,
    )


def _repaired(first: np.ndarray, late: np.ndarray, n: int, window: str, level: float) -> Estimate:
    """The estimate w m₁ + (1 − w) m₂; its variance is w² s₁²/n₁ + (1 − w)² s₂²/n₂ + w (1 − w) (m₁ − m₂)² / n."""
    share = first.size / n
    value = share * first.mean() + (1 - share) * late.mean()
    variance = (
        share**2 * first.var(ddof=1) / first.size
        + (1 - share) ** 2 * late.var(ddof=1) / late.size
        + share * (1 - share) * (first.mean() - late.mean()) ** 2 / n
    )
    return _estimate(
        value, np.sqrt(variance), n, tr("follow-up of the silent (Hansen and Hurwitz)"), window=window, level=level
    )


def _naive() -> str:
    return tr("mean of those who answered at once")


def _estimate(value: float, error: float, n: int, method: str, *, window: str, level: float) -> Estimate:
    reach = float(norm.ppf((1 + level) / 2)) * float(error)
    return Estimate(
        value=float(value),
        low=float(value) - reach,
        high=float(value) + reach,
        n=n,
        level=level,
        method=method,
        denominator=tr("customers who were asked"),
        window=window,
    )
