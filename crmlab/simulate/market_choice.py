"""Customers who choose among suppliers: what satisfaction does where there are many, and where there is one.

A customer with satisfaction s, a standard normal score, gets utility `level` + `per_point` · s + `switching_cost` from
the present supplier and a standard Gumbel error from each of k rivals: P(stay) = 1 / (1 + k exp(−u)) (McFadden's
logit). More rivals and lower switching costs shift the curve; its slope in log-odds stays the same, but its slope on
the scale of the probability does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

Vector = NDArray[np.float64]

REGIONS = (300, 150, 130, 120, 110, 90, 60, 40)
"""Customers who answer in each of eight regions, the last three without choice."""
CAPTIVE = 3


def stays(satisfaction: ArrayLike, *, rivals: float, switching_cost: float = 0.0, per_point: float = 1.0) -> Vector:
    """The probability to stay, for each of `satisfaction`, with so many rivals; with none it is 1.

    `switching_cost` is in the unit of utility, that of the rivals' Gumbel error (standard deviation 1.28).
    """
    score = np.asarray(satisfaction, dtype=np.float64)
    if rivals <= 0:
        return np.ones_like(score)
    return np.asarray(expit(per_point * score + switching_cost - np.log(rivals)))


def after_shock(
    rng: np.random.Generator, *, rivals: float, switching_cost: float, shock: float, years: int, n: int = 20_000
) -> Vector:
    """The share still there after 0, 1, … `years`, if satisfaction falls by `shock` in the first year and stays there.

    Every year each customer who is left chooses anew, with the same satisfaction.
    """
    chance = stays(rng.standard_normal(n) - shock, rivals=rivals, switching_cost=switching_cost)
    return np.array([float((chance**year).mean()) for year in range(years + 1)])


@dataclass(frozen=True)
class Answers:
    """What customers answered: one value a customer. `region` counts from 0; `captive` says who has no choice."""

    region: NDArray[np.int64]
    captive: NDArray[np.bool_]
    satisfaction: Vector
    stayed: NDArray[np.bool_]


def markets(
    rng: np.random.Generator,
    *,
    effect: float = 1.1,
    slope: float = 1.1,
    level: float = 0.4,
    region_sd: float = 0.1,
    sizes: tuple[int, ...] = REGIONS,
    captive: int = CAPTIVE,
) -> Answers:
    """Answers in several regions, in the last `captive` of which satisfaction is worth less.

    P(stay) = logistic(level + region + b · s), b = `slope` with choice and `slope` − `effect` without; the regions'
    own levels are Normal(0, `region_sd`).
    """
    region = np.repeat(np.arange(len(sizes)), sizes)
    without = region >= len(sizes) - captive
    score = rng.standard_normal(region.size)
    own = level + region_sd * rng.standard_normal(len(sizes))
    chance = expit(own[region] + np.where(without, slope - effect, slope) * score)
    return Answers(region, without, score, rng.random(region.size) < chance)


def worth_of_a_point(slope: float, *, level: float = 0.4, region_sd: float = 0.1) -> float:
    """The mean of p (1 − p) · slope over customers and regions: what `markets` plants on the scale of the probability.

    By Gauss–Hermite quadrature; score and region together are normal.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    chance = expit(level + np.hypot(slope, region_sd) * nodes)
    return float(slope * (weights @ (chance * (1 - chance))) / weights.sum())


def stay_and_worth(*, rivals: float, switching_cost: float = 0.0, per_point: float = 1.0) -> tuple[float, float]:
    """The mean share that stays, and the mean change of it with a point of satisfaction, over normal satisfaction."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    chance = stays(nodes, rivals=rivals, switching_cost=switching_cost, per_point=per_point)
    mean = weights / weights.sum()
    return float(mean @ chance), float(per_point * (mean @ (chance * (1 - chance))))
