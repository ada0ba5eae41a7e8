"""Shares of cases that come in clusters, and normal intervals within −1 to 1."""

import numpy as np
from scipy.stats import norm

from crmlab.estimate import Estimate
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
        evidence="association",
        denominator=denominator,
        window=window,
    )
