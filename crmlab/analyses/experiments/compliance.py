"""When not everybody is reached: the effect of the attempt, of being reached, and two comparisons that mislead.

Who is reached is not decided by chance, so only the arms may be compared as they were drawn (intention to treat). That
difference divided by the difference in reach is the effect on those who are reached if approached and not otherwise
(complier average causal effect), if nothing but the contact itself makes the arms differ and nobody is put off by
being drawn (Imbens and Angrist 1994, Econometrica 62; Angrist, Imbens and Rubin 1996, JASA 91). It is two-stage least
squares with the arm as instrument; the error is the one robust to unequal variances.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.analyses.experiments.rows import arms, counted, whom
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, tr
from crmlab.trials import difference_of_shares

WEAK = 10.0
"""Below this first-stage F the ratio's normal interval is not to be trusted (Staiger and Stock 1997)."""


@dataclass(frozen=True)
class Compliance:
    """Four answers to one test.

    Attributes
    ----------
    reach : Estimate
        Share reached of those to be approached, less that of those left alone.
    intention : Estimate
        Effect of being in the arm: what the campaign as it was run did.
    compliers : Estimate or None
        Effect of being reached, on those whom the campaign reached; None where the arms hardly differ in reach.
    per_protocol, as_treated : Estimate or None
        Those reached against the arm left alone, and against everybody who was not reached: who is reached was not
        decided by chance, so these say what a careless analyst would say. None where a group is empty.
    """

    reach: Estimate
    intention: Estimate
    compliers: Estimate | None
    per_protocol: Estimate | None
    as_treated: Estimate | None

    def estimates(self) -> Mapping[str, Estimate]:
        """The effects on responses that can be told, by name."""
        named = {
            "intention": self.intention,
            "compliers": self.compliers,
            "per_protocol": self.per_protocol,
            "as_treated": self.as_treated,
        }
        return {name: one for name, one in named.items() if one is not None}


def reached_estimates(rows: pd.DataFrame, *, window: str, level: float = 0.95) -> Compliance:
    """The effect on responses by intention, on those reached, and by the two comparisons that mislead.

    Parameters
    ----------
    rows : DataFrame
        `treated`, `delivered`, `responded`.
    """
    told: Any = {"denominator": whom(rows), "window": window, "level": level}
    reached = rows["delivered"].to_numpy(dtype=bool)
    treated = rows["treated"].to_numpy(dtype=bool)
    return Compliance(
        reach=difference_of_shares(*counted(rows, "delivered"), **told),
        intention=difference_of_shares(*counted(rows), **told),
        compliers=_compliers(rows, window, level),
        per_protocol=_between(rows[treated & reached], rows[~treated & ~reached], window, level),
        as_treated=_between(rows[reached], rows[~reached], window, level),
    )


def complier_effect(rows: pd.DataFrame, *, window: str, outcome: str = "responded", level: float = 0.95) -> Estimate:
    """The effect of being reached on `outcome`, for those whom being drawn made reached: the Wald ratio.

    (ȳ₁ − ȳ₀) / (d̄₁ − d̄₀), with error √(s²(u)₁/n₁ + s²(u)₀/n₀) / |d̄₁ − d̄₀| where u = y − effect · d.

    Raises
    ------
    DataError
        If an arm has fewer than two customers, or the arms differ so little in reach (first-stage F below 10) that
        the ratio's interval cannot be trusted.
    """
    first, second = arms(rows)
    if min(len(first), len(second)) < 2:  # noqa: PLR2004 - one customer has no variance
        raise DataError(f"arms of {len(first)} and {len(second)} customers cannot be compared: each needs at least 2")
    y = [arm[outcome].to_numpy(dtype=np.float64) for arm in (first, second)]
    d = [arm["delivered"].to_numpy(dtype=np.float64) for arm in (first, second)]
    reach = float(d[0].mean() - d[1].mean())
    noise = _error(*d)
    if reach == 0 or reach**2 < WEAK * noise**2:
        raise DataError(
            f"those to be approached were reached by {reach:.3f} more often than those left alone, too little to "
            "divide by: only the effect by intention can be told"
        )
    value = float(y[0].mean() - y[1].mean()) / reach
    error = _error(*(out - value * got for out, got in zip(y, d, strict=True))) / abs(reach)
    distance = float(norm.ppf((1 + level) / 2)) * error
    return Estimate(
        value=value,
        low=value - distance,
        high=value + distance,
        n=len(rows),
        level=level,
        method=tr("ratio of two differences (two-stage least squares with the arm as instrument)"),
        evidence="experiment",
        denominator=whom(rows),
        window=window,
    )


def _compliers(rows: pd.DataFrame, window: str, level: float) -> Estimate | None:
    try:
        return complier_effect(rows, window=window, level=level)
    except DataError:
        return None


def _error(first: np.ndarray, second: np.ndarray) -> float:
    return sqrt(float(first.var(ddof=1)) / first.size + float(second.var(ddof=1)) / second.size)


def _between(some: pd.DataFrame, others: pd.DataFrame, window: str, level: float) -> Estimate | None:
    if some.empty or others.empty:
        return None
    whom_ = tr("{some} reached and {others} not reached", some=count(len(some)), others=count(len(others)))
    hits = [(int(part["responded"].sum()), len(part)) for part in (some, others)]
    return difference_of_shares(*hits, denominator=whom_, window=window, level=level)
