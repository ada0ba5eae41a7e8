"""Purchases at a rate of one's own until one leaves right after a purchase: what BG/NBD and MBG/NBD share.

λ is Gamma(r, rate α) and the probability p to leave at a chance to do so is Beta(a, b) among customers, independently.
The two models differ in one thing: whether the first purchase is such a chance already. Here c is 0 (BG/NBD) or 1
(MBG/NBD), so who made x repeat purchases and is still a customer stayed at x + c chances.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, expit, hyp2f1

from crmlab.models.buying.base import (
    DAYS_PER_YEAR,
    BuyingModel,
    Counts,
    Flags,
    Future,
    Seen,
    check_horizon,
    due_at_rates,
)
from crmlab.models.buying.counting import nbd_at_least, nbd_counts
from crmlab.models.histories import Histories, distinct_rows

Vector = NDArray[np.float64]

NODES = 48  # of Gauss–Legendre quadrature over the horizon; twice as many change nothing in the tenth digit
PANELS = np.array([0, 1e-9, 1e-6, 1e-3, 0.03, 0.2, 0.8, 0.97, 0.999, 1])  # of quantiles of p, close at the ends
PANEL_NODES = 16


@dataclass(frozen=True, kw_only=True)
class BetaGeometric(BuyingModel):
    """A model with `r`, `alpha`, `a` and `b`; only `alpha` depends on the unit of time."""

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    chances_at_first: ClassVar[int]

    @classmethod
    def alive_given(cls, params: Mapping[str, Any], x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Probability of still being a customer: B(a, b + x + c) (α + T)^−(r+x) against leaving at t_x."""
        r, alpha, a, b = (params[name] for name in cls.parameters)
        chances = x + cls.chances_at_first
        odds = np.log(a) - np.log(b + np.maximum(chances, 1) - 1) + (r + x) * np.log((alpha + T) / (alpha + t_x))
        return np.asarray(np.where(chances > 0, expit(-odds), 1.0))

    @classmethod
    def future(cls, rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Purchases of the horizon: who is still here has λ ~ Gamma(r + x, α + T) and p ~ Beta(a, b + x + c)."""
        due = due_at_rates(rng, seen, params, horizon)
        alive = cls.alive_given(params, seen.x[:, None], seen.t_x[:, None], seen.T[:, None])
        due[rng.random(due.shape) >= alive] = 0
        customer, draw = np.nonzero(due)
        cells = due[customer, draw]
        stays = params["b"][draw] + seen.x[customer] + cls.chances_at_first
        made, left = _made(rng, cells, rng.beta(params["a"][draw], stays))
        future = Future(np.zeros_like(due), np.ones(due.shape), np.zeros(due.shape, dtype=bool))
        future.made[customer, draw] = made
        future.last_at_end[customer, draw] = left
        # Given their number, purchases due are uniform, so the k-th of n falls at Beta(k, n − k + 1).
        future.end[customer[left], draw[left]] = rng.beta(made[left], cells[left] - made[left] + 1)
        return future

    def purchases_if_alive(self, of: Histories, *, horizon_days: float, discount_rate_per_year: float = 0.0) -> Vector:
        """Purchases expected in the horizon of who is still a customer, each discounted to today, one a history.

        While a customer is with us λ is Gamma(r + x, α + T) and p is Beta(a, b + x + c), so purchases are due at time
        τ from now at the mean of λ·exp(−λpτ). With v = τ / (α + T), its mean over λ is (r + x) / (α + T) ·
        (1 + p·v)^−(r+x+1), and that over p is Gauss's ₂F₁, which Pfaff's transformation brings to moderate numbers.
        Integrated over τ it equals the papers' closed forms (for BG/NBD eq. (10)), but it stays finite for
        a + b < 1, for a = 1 and for purchases in the hundreds.
        """
        check_horizon(horizon_days)
        given = self.given(of)
        # When the last purchase was does not matter to who is still here: many fewer integrals than histories.
        columns = np.broadcast_arrays(of.x, of.T, *(given[name] for name in self.parameters))
        distinct, place, _ = distinct_rows(*columns, weights=of.weights)
        x, T, r, alpha, a, b = distinct.T
        span = alpha + self.in_units(T)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        log_end = np.log1p(self.in_units(horizon_days) / span)
        decay = np.log1p(discount_rate_per_year) / DAYS_PER_YEAR * float(horizon_days)
        total = np.zeros_like(span)
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            log_grown = node * log_end  # log(1 + v): the integrand is smooth in it, however long the horizon
            share = np.expm1(log_grown) * span / max(float(self.in_units(horizon_days)), 1e-300)
            survival = _mean_survival(r + x + 1, a, b + x + self.chances_at_first, log_grown)
            total += weight * np.exp(log_grown - decay * share) * survival
        return np.asarray(((r + x) * log_end * total)[place])

    def counts(self, n: Counts, days: Vector) -> Vector:
        """P(X(t) = n) of a new customer: n purchases made and stayed, or left at the n-th of those due.

        Fader, Hardie and Lee (2005), eq. (8); Batislam, Denizel and Filiztekin (2007) for the modified model.
        """
        r, alpha, a, b = (self.params[name] for name in self.parameters)
        t, chances = self.in_units(days), n + self.chances_at_first
        stayed = np.exp(betaln(a, b + chances) - betaln(a, b))
        left = np.where(chances > 0, np.exp(betaln(a + 1, b + np.maximum(chances, 1) - 1) - betaln(a, b)), 0.0)
        return np.asarray(stayed * nbd_counts(n, t, r, alpha) + left * nbd_at_least(n, t, r, alpha))


def _made(rng: np.random.Generator, due: Counts, p: Vector) -> tuple[Counts, Flags]:
    """Purchases made of those due: after each the customer leaves with probability p. Also who left."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # The purchase after which the customer leaves is geometric; infinite where p is 0.
        last = np.floor(np.log(rng.random(p.size)) / np.log1p(-p)) + 1
    last = np.where(np.isnan(last), np.inf, last)
    return np.minimum(due, last).astype(np.int64), last < due


def _mean_survival(power: Vector, a: Vector, b: Vector, log_grown: Vector) -> Vector:
    """Mean of (1 + p·v)^−`power` over p ~ Beta(a, b), with 1 + v = exp(`log_grown`)."""
    with np.errstate(all="ignore"):
        mean = np.exp(-a * log_grown) * hyp2f1(a + b - power, a, a + b, -np.expm1(-log_grown))
    bad = ~np.isfinite(mean)
    if bad.any():
        mean[bad] = _mean_by_quantiles(power[bad], a[bad], b[bad], log_grown[bad])
    return np.asarray(mean)


def _mean_by_quantiles(power: Vector, a: Vector, b: Vector, log_grown: Vector) -> Vector:
    """The same as an integral over the quantiles of p, for a and b so large that ₂F₁ overflows."""
    nodes, weights = np.polynomial.legendre.leggauss(PANEL_NODES)
    middle, half = (PANELS[1:] + PANELS[:-1]) / 2, np.diff(PANELS) / 2
    levels = (middle[:, None] + half[:, None] * nodes).ravel()
    shapes, place, _ = distinct_rows(a, b, weights=np.ones(a.size))
    p = np.array([betaincinv(*shape, levels) for shape in shapes])[place]
    survival = np.exp(-power[:, None] * np.log1p(p * np.expm1(log_grown)[:, None]))
    return np.asarray(survival @ (half[:, None] * weights).ravel())
