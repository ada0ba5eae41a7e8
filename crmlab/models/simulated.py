"""Purchases and their value in a horizon, drawn for customers given their histories and for drawn parameters.

Who is still a customer has a rate λ ~ Gamma(r + x, α + T), a dropout probability p ~ Beta(a, b + x) and a spend rate
ν ~ Gamma(q + p·x, γ + x·m): the posteriors of BG/NBD and Gamma–Gamma given x, t_x, T and the mean value m.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmlab.models.expectations import alive_given

Vector = NDArray[np.float64]
Counts = NDArray[np.int64]

MOST = 1e9  # purchases expected in the horizon: a rate beyond it is the tail of a flat likelihood


@dataclass(frozen=True)
class Seen:
    """What was seen of some customers, one place each: times in the model's unit, `m` the mean repeat value."""

    x: Vector
    t_x: Vector
    T: Vector
    m: Vector


@dataclass(frozen=True)
class Horizon:
    """Its length in the model's unit of time, and the continuous rate of discount per such unit."""

    length: float
    decay: float


def simulate(
    rng: np.random.Generator,
    seen: Seen,
    buying: Mapping[str, Vector],
    spending: Mapping[str, Vector],
    horizon: Horizon,
) -> tuple[Counts, Vector]:
    """Purchases in the horizon and their discounted value, customers by draws."""
    due = _due(rng, seen, buying, horizon.length)
    customer, draw = np.nonzero(due)
    made, stayed = _made(rng, seen.x[customer], due[customer, draw], buying["a"][draw], buying["b"][draw])
    spend = {name: values[draw] for name, values in spending.items()}
    purchases = np.zeros_like(due)
    purchases[customer, draw] = made
    value = np.zeros(due.shape)
    rate = _spend_rate(rng, seen.x[customer], seen.m[customer], spend)
    if horizon.decay == 0:
        # The sum of so many Gamma(p) purchases is Gamma with so many times the shape.
        value[customer, draw] = rng.standard_gamma(spend["p"] * made) / rate
    else:
        end = _end(rng, due[customer, draw], made, stayed)
        value[customer, draw] = _discounted(rng, made, end, spend["p"], horizon) / rate
    return purchases, value


def _due(rng: np.random.Generator, seen: Seen, buying: Mapping[str, Vector], length: float) -> Counts:
    """Purchases that would be made without further dropout; none by who has left."""
    x, t_x, T = seen.x[:, None], seen.t_x[:, None], seen.T[:, None]
    rate = rng.standard_gamma(buying["r"] + x) / (buying["alpha"] + T)
    due = rng.poisson(np.minimum(rate * length, MOST))
    here = rng.random(due.shape) < alive_given(buying, x, t_x, T)
    return np.where(here, due, 0)


def _made(rng: np.random.Generator, x: Vector, due: Counts, a: Vector, b: Vector) -> tuple[Counts, NDArray[np.bool_]]:
    """Purchases made of those due: after each the customer leaves with probability p. Also who stayed throughout."""
    p = rng.beta(a, b + x)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # The purchase after which the customer leaves is geometric; infinite where p is 0.
        last = np.floor(np.log(rng.random(p.size)) / np.log1p(-p)) + 1
    last = np.where(np.isnan(last), np.inf, last)
    return np.minimum(due, last).astype(np.int64), last >= due


def _spend_rate(rng: np.random.Generator, x: Vector, m: Vector, spend: Mapping[str, Vector]) -> Vector:
    return np.asarray(rng.standard_gamma(spend["q"] + spend["p"] * x) / (spend["gamma"] + x * m))


def _end(rng: np.random.Generator, due: Counts, made: Counts, stayed: NDArray[np.bool_]) -> Vector:
    """When the customer left, as a share of the horizon; NaN for who stayed throughout.

    Given their number, purchases due are uniform, so the k-th of n falls at Beta(k, n − k + 1).
    """
    end = np.full(made.size, np.nan)
    left = ~stayed
    end[left] = rng.beta(made[left], due[left] - made[left] + 1)
    return end


def _discounted(rng: np.random.Generator, made: Counts, end: Vector, p: Vector, horizon: Horizon) -> Vector:
    """Sum of Gamma(p) purchases, each discounted from its own time to the start of the horizon.

    Who left did so at their last purchase, and made the others uniformly up to there.
    """
    cell = np.repeat(np.arange(made.size), made)
    left = np.isfinite(end)
    time = rng.random(cell.size) * np.where(left, end, 1.0)[cell]
    time[np.cumsum(made)[left] - 1] = end[left]
    spent = rng.standard_gamma(p[cell]) * np.exp(-horizon.decay * horizon.length * time)
    return np.asarray(np.bincount(cell, weights=spent, minlength=made.size), dtype=np.float64)
