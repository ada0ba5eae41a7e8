"""Purchases and their value in a horizon, drawn for customers given their histories and for drawn parameters.

How many purchases and up to when is the buying model's to say (its `future`). What they are worth is Gamma–Gamma: a
spend rate ν ~ Gamma(q + p·x, γ + x·m), its posterior given x and the mean value m.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmlab.models.buying.base import BuyingModel, Counts, Future, Seen
from crmlab.models.spending.gamma_gamma import GammaGamma

Vector = NDArray[np.float64]
GammaAt = Callable[[Mapping[str, Any], Vector], Vector]


@dataclass(frozen=True)
class Horizon:
    """Its length in the model's unit of time, and the continuous rate of discount per such unit."""

    length: float
    decay: float


def simulate(
    rng: np.random.Generator,
    model: BuyingModel,
    seen: Seen,
    buying: Mapping[str, Vector],
    spending: Mapping[str, Vector],
    *,
    horizon: Horizon,
    gamma_at: GammaAt = GammaGamma.gamma_at,
) -> tuple[Counts, Vector]:
    """Purchases in the horizon and their discounted value, customers by draws.

    `gamma_at` is that of the spending model: the γ of who bought x times, for drawn parameters.
    """
    future = model.future(rng, seen, buying, horizon.length)
    customer, draw = np.nonzero(future.made)
    cells = Future(future.made[customer, draw], future.end[customer, draw], future.last_at_end[customer, draw])
    spend = {name: values[draw] for name, values in spending.items()}
    value = np.zeros(future.made.shape)
    spend["gamma"] = gamma_at(spend, seen.x[customer])
    rate = _spend_rate(rng, seen.x[customer], seen.m[customer], spend)
    if horizon.decay == 0:
        # The sum of so many Gamma(p) purchases is Gamma with so many times the shape.
        value[customer, draw] = rng.standard_gamma(spend["p"] * cells.made) / rate
    else:
        value[customer, draw] = _discounted(rng, cells, spend["p"], horizon) / rate
    return future.made, value


def _spend_rate(rng: np.random.Generator, x: Vector, m: Vector, spend: Mapping[str, Vector]) -> Vector:
    return np.asarray(rng.standard_gamma(spend["q"] + spend["p"] * x) / (spend["gamma"] + x * m))


def _discounted(rng: np.random.Generator, of: Future, p: Vector, horizon: Horizon) -> Vector:
    """Sum of Gamma(p) purchases, each discounted from its own time to the start of the horizon."""
    cell = np.repeat(np.arange(of.made.size), of.made)
    time = rng.random(cell.size) * of.end[cell]
    time[np.cumsum(of.made)[of.last_at_end] - 1] = of.end[of.last_at_end]
    spent = rng.standard_gamma(p[cell]) * np.exp(-horizon.decay * horizon.length * time)
    return np.asarray(np.bincount(cell, weights=spent, minlength=of.made.size), dtype=np.float64)
