"""Shares of cases that come in clusters and differences of shares, each with its interval."""

import numpy as np
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import wilson


def clustered_wilson(hits: np.ndarray, n: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """A share and Wilson's interval for it where cases come in clusters: one entry of `hits` and `n` a customer.

    The interval takes as many independent cases as would give the standard error of the ratio with customers as
    clusters (Korn and Graubard 1998), never more than there are; where nothing varies, as many as customers.
    """
    total = float(n.sum())
    value = float(hits.sum()) / total
    variance = float(np.square(hits - value * n).sum()) / total**2
    cases = min(total, value * (1 - value) / variance) if variance > 0 else float((n > 0).sum())
    low, high = wilson([value * cases], [cases], level=level)
    return value, float(low[0]), float(high[0])


def difference(
    first: tuple[int, int], second: tuple[int, int], *, denominator: str, window: str, level: float = 0.95
) -> Estimate:
    """Share of `second` less that of `first`, each (hits, n), with the hybrid score interval of Newcombe (1998)."""
    (hits, n), (other_hits, other_n) = second, first
    low, high = confint_proportions_2indep(hits, n, other_hits, other_n, method="newcomb", alpha=1 - level)
    return Estimate(
        value=hits / n - other_hits / other_n,
        low=float(low),
        high=float(high),
        n=n + other_n,
        level=level,
        method=tr("hybrid score interval of a difference (Newcombe)"),
        denominator=denominator,
        window=window,
    )


def normal(value: float, error: float, n: int, *, method: str, denominator: str, window: str, level: float) -> Estimate:
    """`value` with a normal interval of standard error `error`, kept within −1 to 1."""
    reach = float(norm.ppf((1 + level) / 2)) * error
    return Estimate(
        value=value,
        low=max(-1.0, value - reach),
        high=min(1.0, value + reach),
        n=n,
        level=level,
        method=method,
        denominator=denominator,
        window=window,
    )
