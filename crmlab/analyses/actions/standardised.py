"""What customers did one period ago, if they had been in today's situations in the proportions of a list.

A list mixes situations: most come to it by their own, some because another notebook named them. The shares of the
situations are known; the list's share is their mean with the list's own customers as weights (direct
standardisation). Its interval is that of a linear combination of binomial shares from their Wilson limits, by the
recovery of variances: Zou, Huang and Zhang (2009), *Computational Statistics and Data Analysis* 53(4), 1080–1085:
low = Σ wₖpₖ − √Σ wₖ²(pₖ − lₖ)², high = Σ wₖpₖ + √Σ wₖ²(uₖ − pₖ)².

The value of a purchase is the ratio of two such means, what they paid over whether they bought: the combined ratio
estimate of stratified samples, Cochran (1977), *Sampling Techniques*, section 6.11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import t as student

from crmlab.analyses.actions.baseline import LEAST_BUYERS, Baseline
from crmlab.estimate import Estimate
from crmlab.language import count, tr

Weighted = Sequence[tuple[float, Baseline]]


def standardised(mix: Mapping[str, int], before: Mapping[str, Baseline]) -> Baseline | None:
    """The baseline of a list whose customers are in these situations.

    Parameters
    ----------
    mix : mapping
        Situation -> how many of the list's customers are in it now.
    before : mapping
        From `baselines`. Customers in a situation that nobody was in then have no weight.

    Returns
    -------
    Baseline or None
        Of one situation its own; None where nobody was in any of them.
    """
    known = {name: n for name, n in mix.items() if n and name in before}
    total = sum(known.values())
    parts = [(n / total, before[name]) for name, n in known.items()]
    if len(parts) <= 1:
        return parts[0][1] if parts else None
    buyers = sum(part.buyers for _, part in parts)
    return Baseline(
        repurchase=_share(parts),
        value=_value(parts, buyers) if buyers >= LEAST_BUYERS else None,
        buyers=buyers,
    )


def covered(mix: Mapping[str, int], before: Mapping[str, Baseline]) -> float:
    """The share of a list's customers whose situation somebody was in one period ago; 0 for an empty list."""
    total = sum(mix.values())
    return sum(n for name, n in mix.items() if name in before) / total if total else 0.0


def _share(parts: Weighted) -> Estimate:
    weights = np.array([weight for weight, _ in parts])
    rates = [part.repurchase for _, part in parts]
    value, low, high = (
        np.array([getattr(rate, end) for rate in rates], dtype=np.float64) for end in ("value", "low", "high")
    )
    mean = float(weights @ value)
    return replace(
        rates[0],
        value=mean,
        low=max(0.0, mean - float(np.sqrt(np.square(weights * (value - low)).sum()))),
        high=min(1.0, mean + float(np.sqrt(np.square(weights * (high - value)).sum()))),
        n=sum(rate.n for rate in rates),
        denominator=tr("customers who were in the situations of the list one period ago"),
        method=tr("shares by situation with the list's weights; interval from their Wilson limits (Zou et al. 2009)"),
    )


def _value(parts: Weighted, buyers: int) -> Estimate:
    """Mean of the first purchase of those who bought, with each situation's weight, and its linearised interval."""
    weights = np.array([weight for weight, _ in parts])
    n, bought = (np.array([pick(part) for _, part in parts], dtype=np.float64) for pick in (_size, _bought))
    sums, squares = np.array([part.paid for _, part in parts]).T
    share = float(weights @ (bought / n))
    mean = float(weights @ (sums / n)) / share
    left, left_squares = sums - mean * bought, squares - 2 * mean * sums + mean**2 * bought
    spread = (left_squares - left**2 / n) / np.maximum(n - 1, 1)
    error = float(np.sqrt((np.square(weights) * spread / n).sum())) / share
    level, window = parts[0][1].repurchase.level, parts[0][1].repurchase.window
    reach = float(student.ppf((1 + level) / 2, buyers - 1)) * error
    return Estimate(
        value=mean,
        low=mean - reach,
        high=mean + reach,
        n=buyers,
        level=level,
        method=tr("ratio of means by situation with the list's weights, linearised (Cochran 1977)"),
        denominator=tr("those of them who bought ({n})", n=count(buyers)),
        window=window,
    )


def _size(part: Baseline) -> int:
    return part.repurchase.n


def _bought(part: Baseline) -> int:
    return part.buyers
