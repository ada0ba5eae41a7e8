"""Whether there is much of the effect without much of the condition: the ceiling of necessary condition analysis.

The ceiling CE-FDH is the step line over the highest outcome seen up to each value of the condition; the effect size is
the empty area above it, as a share of the rectangle from the least to the greatest of both (Dul 2016, Organizational
Research Methods 19(1)). Chance alone leaves an empty corner, and leaves more of it where few lie at the edges: the
permutation test says how often (Dul, van der Laan and Kuik 2020, Organizational Research Methods 23(2)). A condition
that is necessary is not enough: nothing here looks at what happens *below* the ceiling.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import DataError

Vector = NDArray[np.float64]

SMALL, LARGE = 0.1, 0.3  # Dul's benchmarks: below .1 small, .1 to .3 medium, from .3 large


@dataclass(frozen=True)
class Necessary:
    """What necessary condition analysis says.

    Attributes
    ----------
    effect : float
        The empty share of the rectangle, 0 to 1.
    p : float
        How often a random pairing leaves as much or more empty: (1 + cases) / (1 + permutations).
    permutations, n : int
    without_one : float
        The effect with that one point of the ceiling left out which changes it most.
    ceiling : DataFrame
        `x`, `y`: the step line, one row where it rises.
    correlation : float
        Pearson's, for comparison: how the condition goes with the outcome on average.
    """

    effect: float
    p: float
    permutations: int
    n: int
    without_one: float
    ceiling: pd.DataFrame
    correlation: float

    @property
    def holds(self) -> bool:
        """Not trivially small (.1 or more), more than chance leaves (p ≤ .05), and not hanging on one customer."""
        return self.effect >= SMALL and self.p <= 0.05 and self.without_one >= SMALL  # noqa: PLR2004


def effect_size(x: ArrayLike, y: ArrayLike) -> float:
    """The empty share above the CE-FDH ceiling.

    Points (0, 0), (1, 0), (2, 2): below x = 2 nothing is above 0, so 2 × 2 of 2 × 2 is empty: 1. With (0, 1) instead
    of (0, 0): the ceiling is 1 up to x = 2, and half of it is empty: .5.

    Raises
    ------
    DataError
        If there are fewer than three pairs, or one of the two does not vary.
    """
    xs, ys = _checked(x, y)
    order = np.argsort(xs, kind="stable")
    return _empty(xs[order], ys[order])


def necessary(x: ArrayLike, y: ArrayLike, *, rng: np.random.Generator, permutations: int = 999) -> Necessary:
    """Whether `x` looks necessary for `y`, with a permutation test and a check for outliers.

    Parameters
    ----------
    x, y : array_like
        Condition and outcome, one value a customer, no missing values; more of `x` for more of `y`.

    Raises
    ------
    DataError
        As `effect_size`.
    """
    xs, ys = _checked(x, y)
    order = np.argsort(xs, kind="stable")
    xs, ys = xs[order], ys[order]
    found = _empty(xs, ys)
    chance = np.array([_empty(xs, rng.permutation(ys)) for _ in range(permutations)])
    rises = _corners(xs, ys)
    without = [_empty(np.delete(xs, one), np.delete(ys, one)) for one in _peers(xs, ys)]
    return Necessary(
        effect=found,
        p=float((1 + (chance >= found - 1e-12).sum()) / (1 + permutations)),
        permutations=permutations,
        n=xs.size,
        without_one=min([*without, found], key=lambda value: -abs(value - found)),
        ceiling=pd.DataFrame(rises, columns=["x", "y"]),
        correlation=float(np.corrcoef(xs, ys)[0, 1]),
    )


def bottleneck(found: Necessary, wanted: ArrayLike) -> pd.DataFrame:
    """The least condition seen with each `wanted` outcome or more: `wanted`, `least`; NaN where nobody reached it."""
    steps = found.ceiling
    least = [steps.loc[steps["y"] >= one, "x"].min() for one in np.asarray(wanted, dtype=np.float64)]
    return pd.DataFrame({"wanted": np.asarray(wanted, dtype=np.float64), "least": least})


def _checked(x: ArrayLike, y: ArrayLike) -> tuple[Vector, Vector]:
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    fit = xs.shape == ys.shape and xs.size >= 3 and np.isfinite(xs).all() and np.isfinite(ys).all()  # noqa: PLR2004
    if not fit or np.ptp(xs) == 0 or np.ptp(ys) == 0:
        raise DataError(f"a ceiling needs at least 3 pairs without gaps that differ in both values; got {xs.size}")
    return xs, ys


def _empty(xs: Vector, ys: Vector) -> float:
    """Of pairs sorted by x. Among equal x the step has no width, so their order does not matter."""
    ceiling = np.maximum.accumulate(ys)
    area = np.ptp(xs) * np.ptp(ys)
    return float(((ys.max() - ceiling[:-1]) * np.diff(xs)).sum() / area) if area else 0.0


def _corners(xs: Vector, ys: Vector) -> list[tuple[float, float]]:
    top = pd.Series(ys).groupby(xs).max().cummax()
    rises = top[top.diff().fillna(1) > 0]
    return list(zip(rises.index.to_numpy(float).tolist(), rises.to_numpy(float).tolist(), strict=True))


def _peers(xs: Vector, ys: Vector) -> list[int]:
    """One row for each corner of the ceiling. Where two customers share a corner, leaving one out changes nothing."""
    return [int(np.flatnonzero((xs == x) & (ys == y))[0]) for x, y in _corners(xs, ys)]
