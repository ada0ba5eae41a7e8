"""The whale curve: profit added up from the most to the least profitable customer, and how sure its peak is.

The curve rises while customers earn money and falls where they lose it [1]_. Its peak is the gains of those who earn
by the profit of all, so that 140 % says: the firm made 140 and gave 40 back.

The interval is a studentised bootstrap of customers on the log scale, each resample with the standard error of a ratio
from its influence function. It covers the peak of endlessly many customers of this kind over windows of the same
length. A few huge losses decide the peak, and where a resample may miss them the interval is too short. Hits of 200
seeds at 95 % (179 to 198 are right): 185 for 800 customers served lognormally (σ = .8), 178 and so **too few** for
600; drawn again from the 4,301 of Negin, of whom two lose most, 182 for as many and 170, **too few**, for 1,000.

References
----------
.. [1] Kaplan and Narayanan (2001), Measuring and managing customer profitability, Journal of Cost Management 15(5).
"""

from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, tr
from crmlab.resamples import multiplicities
from crmlab.shares import share

Values = NDArray[np.float64]
DECILES = 10
LEAST_RESAMPLES = 99
MAX_BOOTSTRAP = 20_000
BLOCK = 2_000_000  # numbers held at once: 16 MB


@dataclass(frozen=True, kw_only=True)
class Whale:
    """The curve and its peak.

    Attributes
    ----------
    curve : DataFrame
        `customers` and `profit`, shares from 0, one row a customer, most profitable first; `profit` is of the total
        and NaN where the total is not above zero.
    peak : Estimate or None
        Gains by total: 1 where nobody loses money. None where the total is not above zero: then there is nothing to
        be a share of.
    earning : Estimate
        Share of customers who earn more than nothing: where the peak stands.
    gains, losses, total : float
        Of those who earn, of those who lose (below zero), and of all.
    """

    curve: pd.DataFrame
    peak: Estimate | None
    earning: Estimate
    gains: float
    losses: float
    total: float


def whale(
    profits: ArrayLike,
    *,
    denominator: str,
    window: str,
    rng: np.random.Generator,
    n_resamples: int = 999,
    level: float = 0.95,
) -> Whale:
    """The whale curve of `profits`, one number a customer.

    Raises
    ------
    DataError
        If there are no profits, or one is missing or infinite.
    ParameterError
        If there are fewer than 99 resamples.
    """
    falling = sorted_profits(profits)
    gains, losses = fsum(falling[falling > 0]), fsum(falling[falling < 0])
    total = fsum(falling)
    positive = total > 0
    made = np.concatenate([[0.0], np.cumsum(falling)])
    peak = None
    if positive:
        ends = peak_interval(falling, rng=rng, n_resamples=n_resamples, level=level)
        peak = Estimate(
            value=gains / total,
            low=ends[0],
            high=ends[1],
            n=falling.size,
            level=level,
            method=_method(ends, falling.size),
            denominator=tr("profit of all: {who}", who=denominator),
            window=window,
        )
    return Whale(
        curve=pd.DataFrame(
            {
                "customers": np.arange(falling.size + 1) / falling.size,
                "profit": made / total if positive else np.nan,
            }
        ),
        peak=peak,
        earning=share(int((falling > 0).sum()), falling.size, denominator=denominator, window=window, level=level),
        gains=gains,
        losses=losses,
        total=total,
    )


def sorted_profits(profits: ArrayLike) -> Values:
    """`profits` from the largest to the smallest.

    Raises
    ------
    DataError
        If there are none, or one is missing or infinite.
    """
    values = np.sort(np.asarray(profits, dtype=np.float64).ravel())[::-1]
    if not values.size:
        raise DataError(tr("there are no customers whose profit could be put in order"))
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise DataError(
            tr(
                "{n} of {all} profits are missing or infinite; give every customer a number",
                n=count(bad),
                all=count(values.size),
            )
        )
    return values


def peak_interval(
    profits: ArrayLike, *, rng: np.random.Generator, n_resamples: int = 999, level: float = 0.95
) -> tuple[float | None, float | None]:
    """Ends of the interval of gains by total; None twice where a resample's total is not above zero.

    Beyond 20,000 customers the standard error is used with the normal distribution.
    """
    if n_resamples < LEAST_RESAMPLES:
        raise ParameterError(f"n_resamples is {n_resamples}; at least {LEAST_RESAMPLES} are needed for the tails")
    values = sorted_profits(profits)
    if fsum(values) <= 0:
        return None, None
    gains = np.maximum(values, 0)
    moments = np.column_stack([gains, values, gains**2, gains * values, values**2])
    log_peak, error = (float(part[0]) for part in _log_ratio(moments.sum(axis=0)[None, :], values.size))
    if error == 0:
        return (1.0, 1.0) if not (values < 0).any() else (None, None)
    if values.size > MAX_BOOTSTRAP:
        reach = norm.ppf((1 + level) / 2) * error
        return _ends(log_peak - reach, log_peak + reach)
    steps = _steps(moments, log_peak, rng, n_resamples)
    if steps is None:
        return None, None
    lower, upper = np.quantile(steps, [(1 - level) / 2, (1 + level) / 2])
    return _ends(log_peak - upper * error, log_peak - lower * error)


def _ends(low: float, high: float) -> tuple[float, float]:
    """On the scale of the peak, which is never below 1."""
    return max(1.0, float(np.exp(low))), max(1.0, float(np.exp(high)))


def _steps(moments: Values, log_peak: float, rng: np.random.Generator, n_resamples: int) -> Values | None:
    """How many standard errors each resample is off; None where one's total is not above zero."""
    n = len(moments)
    block = max(1, BLOCK // n)
    found: list[Values] = []
    for first in range(0, n_resamples, block):
        counts = multiplicities(n, min(block, n_resamples - first), rng=rng).astype(np.float64)
        summed = counts @ moments
        if (summed[:, 1] <= 0).any():
            return None
        value, error = _log_ratio(summed, n)
        found.append(np.divide(value - log_peak, error, out=np.zeros_like(value), where=error > 0))
    return np.concatenate(found)


def _log_ratio(summed: Values, n: int) -> tuple[Values, Values]:
    """log(gains / total) and its standard error, from sums of gains, total and their products: one row a sample."""
    gains, total, gains_2, both, total_2 = summed.T
    ratio = gains / total
    variance = (gains_2 - 2 * ratio * both + ratio**2 * total_2) / n  # of gains − ratio · total, whose mean is zero
    tiny = 1e-12 * np.abs(gains_2 / n)
    error = np.sqrt(np.where(variance > tiny, variance, 0.0) / n) / (gains / n)
    return np.log(ratio), error


def _method(ends: tuple[float | None, float | None], n: int) -> str:
    if ends[0] is None:
        return tr("no interval: the total of some resamples is not above zero")
    if n > MAX_BOOTSTRAP:
        return tr("normal interval with influence-function standard error, log scale")
    return tr("studentised bootstrap of customers, log scale")


def deciles(customers: pd.DataFrame, *, by: str = "contribution", groups: int = DECILES) -> pd.DataFrame:
    """The customers in `groups` groups of equal size by `by`, the most profitable first.

    Returns
    -------
    DataFrame
        `group` (1 the most profitable), `customers`, the sums of `revenue`, `margin`, `cost_to_serve`, `contribution`.
    """
    group = group_of(customers[by], groups=groups)
    summed = customers.groupby(group)[["revenue", "margin", "cost_to_serve", "contribution"]].agg(fsum)
    summed.insert(0, "customers", group.value_counts())
    return summed.rename_axis("group").reset_index()


def group_of(values: pd.Series, *, groups: int = DECILES) -> pd.Series:
    """Each customer's group, 1 the largest values; equal values fall as they come out of a sort by value."""
    order = np.argsort(-values.to_numpy(dtype=float), kind="stable")
    group = np.empty(len(values), dtype=np.int64)
    group[order] = np.arange(len(values)) * groups // max(len(values), 1) + 1
    return pd.Series(group, index=values.index, name="group")
