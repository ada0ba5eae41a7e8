"""The effect of one arm over another: differences of shares and of means, absolute and relative, with intervals.

All are by intention: everybody counts in the arm that chance gave them, whatever happened then. Groups that chance did
not make are compared the same way by whoever says so: their `evidence` is another.
"""

from math import exp, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from crmlab.errors import DataError, together
from crmlab.estimate import Estimate, Evidence
from crmlab.language import tr

Count = tuple[int, int]
"""Hits, and of how many."""


def difference_of_shares(
    treated: Count,
    control: Count,
    *,
    denominator: str,
    window: str,
    level: float = 0.95,
    evidence: Evidence = "experiment",
) -> Estimate:
    """Share of `treated` less that of `control`, with the hybrid score interval of Newcombe.

    Parameters
    ----------
    treated, control : (hits, n)
        Customers who did it, and all customers of the arm.

    Raises
    ------
    DataError
        If an arm is empty, or has more hits than customers.

    Notes
    -----
    Newcombe 1998, Statistics in Medicine 17(8), method 10: 56/70 − 48/80 is .2, from .0524 to .3339.
    """
    _check_counts(treated, control)
    (hits, n), (other_hits, other_n) = treated, control
    low, high = confint_proportions_2indep(hits, n, other_hits, other_n, method="newcomb", alpha=1 - level)
    return Estimate(
        value=hits / n - other_hits / other_n,
        low=max(-1.0, float(low)),
        high=min(1.0, float(high)),
        n=n + other_n,
        level=level,
        method=tr("hybrid score interval of a difference (Newcombe)"),
        denominator=denominator,
        window=window,
        evidence=evidence,
    )


def relative_difference_of_shares(
    treated: Count,
    control: Count,
    *,
    denominator: str,
    window: str,
    level: float = 0.95,
    evidence: Evidence = "experiment",
) -> Estimate:
    """Share of `treated` relative to that of `control`, less one: .1 is a tenth more; with Koopman's score interval.

    Raises
    ------
    DataError
        If an arm is empty or has more hits than customers, or nobody in the control arm did it: nothing is relative
        to nothing.

    Notes
    -----
    Koopman 1984, Biometrics 40(2): 36/40 to 16/80 is 4.5 times, from 2.94 to 7.15.
    """
    _check_counts(treated, control)
    (hits, n), (other_hits, other_n) = treated, control
    if other_hits == 0:
        raise DataError("a relative difference needs somebody in the control arm who did it: there is nobody")
    low, high = confint_proportions_2indep(
        hits, n, other_hits, other_n, compare="ratio", method="score", correction=False, alpha=1 - level
    )
    return Estimate(
        value=hits / n / (other_hits / other_n) - 1,
        low=float(low) - 1,
        high=float(high) - 1,
        n=n + other_n,
        level=level,
        method=tr("score interval of a ratio of shares (Koopman)"),
        denominator=denominator,
        window=window,
        evidence=evidence,
    )


def difference_of_means(
    treated: ArrayLike,
    control: ArrayLike,
    *,
    denominator: str,
    window: str,
    level: float = 0.95,
    evidence: Evidence = "experiment",
) -> Estimate:
    """Mean of `treated` less that of `control`, with Welch's interval (each arm has its own variance).

    Those who bought nothing count with 0: the mean is per customer of the arm, not per buyer.

    Raises
    ------
    DataError
        If an arm has fewer than two customers, or a value is missing.
    """
    arms = _arms(treated, control)
    compared = CompareMeans(*(DescrStatsW(arm) for arm in arms))
    still = all(np.ptp(arm) == 0 for arm in arms)
    value = float(arms[0].mean() - arms[1].mean())
    low, high = (value, value) if still else compared.tconfint_diff(alpha=1 - level, usevar="unequal")
    return Estimate(
        value=value,
        low=float(low),
        high=float(high),
        n=arms[0].size + arms[1].size,
        level=level,
        method=tr("interval of a difference of means (Welch)"),
        denominator=denominator,
        window=window,
        evidence=evidence,
    )


def relative_difference_of_means(
    treated: ArrayLike,
    control: ArrayLike,
    *,
    denominator: str,
    window: str,
    level: float = 0.95,
    evidence: Evidence = "experiment",
) -> Estimate:
    """Mean of `treated` relative to that of `control`, less one; interval by the delta method on the log of the ratio.

    The error of log(a / b) is √(s²_a / (n_a a²) + s²_b / (n_b b²)).

    Raises
    ------
    DataError
        If an arm has fewer than two customers, a value is missing, or a mean is not above zero.
    """
    arms = _arms(treated, control)
    means = [float(arm.mean()) for arm in arms]
    if min(means) <= 0:
        raise DataError(f"a relative difference needs means above zero; they are {means[0]:g} and {means[1]:g}")
    error = sqrt(sum(arm.var(ddof=1) / arm.size / mean**2 for arm, mean in zip(arms, means, strict=True)))
    middle, reach = log(means[0] / means[1]), float(norm.ppf((1 + level) / 2)) * error
    return Estimate(
        value=means[0] / means[1] - 1,
        low=exp(middle - reach) - 1,
        high=exp(middle + reach) - 1,
        n=arms[0].size + arms[1].size,
        level=level,
        method=tr("interval of a ratio of means (delta method on its logarithm)"),
        denominator=denominator,
        window=window,
        evidence=evidence,
    )


def stratified_difference(
    treated: np.ndarray, responded: np.ndarray, left: np.ndarray, responded_left: np.ndarray, *, level: float = 0.95
) -> tuple[float, float, float]:
    """The difference of shares over strata, and its interval; all arguments hold a count for each stratum.

    Σ w (p₁ − p₀) / Σ w with w = n₁ n₀ / (n₁ + n₀) (Cochran 1954; Mantel and Haenszel 1959), with the variance of
    Greenland and Robins (1985, Biometrics 41) for independent binomial arms. One stratum of 100 treated with 30
    responses and 50 left alone with 10: .30 − .20 = .10, its variance .3 · .7 / 100 + .2 · .8 / 50.
    """
    weight = treated * left / (treated + left)
    p, q = responded / treated, responded_left / left
    difference = float(np.sum(weight * (p - q)) / weight.sum())
    variance = float(np.sum(weight**2 * (p * (1 - p) / treated + q * (1 - q) / left)) / weight.sum() ** 2)
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt(variance)
    return difference, max(-1.0, difference - reach), min(1.0, difference + reach)


def _check_counts(treated: Count, control: Count) -> None:
    problems = [
        f"the {name} arm has {hits} hits of {n} customers: give at least one customer, and hits from 0 to their number"
        for name, (hits, n) in (("treated", treated), ("control", control))
        if n < 1 or not 0 <= hits <= n
    ]
    if problems:
        raise DataError(together("the shares of two arms cannot be compared:", problems))


def _arms(treated: ArrayLike, control: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    first, second = (np.asarray(values, dtype=np.float64).ravel() for values in (treated, control))
    problems = []
    for name, arm in (("treated", first), ("control", second)):
        if arm.size < 2:  # noqa: PLR2004 - one value has no variance
            problems.append(f"the {name} arm has {arm.size} customers: at least 2 are needed")
        elif not np.isfinite(arm).all():
            problems.append(f"the {name} arm lacks a value for {int((~np.isfinite(arm)).sum())} of {arm.size}: fill in")
    if problems:
        raise DataError(together("the means of two arms cannot be compared:", problems))
    return first, second
