"""What follows from rates of buying and of leaving that are Gamma among customers: Pareto/NBD, however it is fitted.

λ is Gamma(r, rate α) and μ is Gamma(s, rate β), independently. Given a history of who is still a customer λ is
Gamma(r + x, α + T) and μ is Gamma(s, β + T), still independently, so most of it is one integral over time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import exprel

from crmlab.models.buying.base import (
    DAYS_PER_YEAR,
    FORGOTTEN,
    MOST,
    BuyingModel,
    Counts,
    Future,
    Seen,
    check_horizon,
)
from crmlab.models.buying.counting import nbd_counts
from crmlab.models.buying.pareto_likelihood import alive_given
from crmlab.models.histories import Histories

Vector = NDArray[np.float64]

NODES = 64  # of Gauss–Legendre quadrature over a discounted horizon
PANELS, PANEL_NODES = 32, 16  # of that over the moment a new customer left


@dataclass(frozen=True, kw_only=True)
class GammaRates(BuyingModel):
    """A model with `r`, `alpha`, `s` and `beta`; `alpha` and `beta` depend on the unit of time."""

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    @staticmethod
    def alive_given(params: Mapping[str, Any], x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Probability of still being a customer (Fader and Hardie 2005, note 009, eq. (36))."""
        return alive_given(tuple(params[name] for name in GammaRates.parameters), x, t_x, T)

    @staticmethod
    def future(rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Purchases of the horizon, made until one leaves or it ends.

        Who is still here has λ ~ Gamma(r + x, α + T) and, independently, μ ~ Gamma(s, β + T).
        """
        x, t_x, T = seen.x[:, None], seen.t_x[:, None], seen.T[:, None]
        rate = rng.standard_gamma(params["r"] + x) / (params["alpha"] + T)
        leaving = rng.standard_gamma(np.broadcast_to(params["s"], rate.shape)) / (params["beta"] + T)
        with np.errstate(divide="ignore"):  # where nobody leaves the rate can be 0
            stay = np.minimum(rng.standard_exponential(rate.shape) / leaving, horizon)
        stay[rng.random(rate.shape) >= GammaRates.alive_given(params, x, t_x, T)] = 0.0
        made = rng.poisson(np.minimum(rate * stay, MOST))
        return Future(made, stay / horizon, np.zeros(rate.shape, dtype=bool))

    def purchases_if_alive(self, of: Histories, *, horizon_days: float, discount_rate_per_year: float = 0.0) -> Vector:
        """Purchases expected in the horizon of who is still a customer, each discounted to today, one a history.

        The mean rate (r + x) / (α + T) over the time they will be with us: Fader and Hardie (2005), note 009, eq. (41),
        without discount, which stays finite at s = 1; for an endless horizon DERT over P(alive) (Fader, Hardie and Lee
        2005, Journal of Marketing Research 42(4), eq. (2)), whose Ψ is the integral computed here.
        """
        check_horizon(horizon_days)
        params = self.given(of)
        r, alpha, s, beta = (params[name] for name in self.parameters)
        spans, place = np.unique(beta + self.in_units(of.T), return_inverse=True)
        decay = np.log1p(discount_rate_per_year) / DAYS_PER_YEAR * self.days_per_unit
        lasting = time_with_us(s, spans, float(self.in_units(horizon_days)), decay)[place]
        return np.asarray((r + of.x) / (alpha + self.in_units(of.T)) * lasting)

    def counts(self, n: Counts, days: Vector) -> Vector:
        """P(X(t) = n) of a new customer: who is still here at t, or left at τ before it with what was bought up to τ.

        Fader and Hardie (2006), note on the Pareto/NBD's P(X(t) = n), as an integral over τ: its closed form is a
        difference of series that cancels.
        """
        r, alpha, s, beta = (self.params[name] for name in ("r", "alpha", "s", "beta"))
        n, t = np.broadcast_arrays(np.asarray(n, dtype=np.float64), self.in_units(days))
        found = nbd_counts(n, t, r, alpha) * np.exp(-s * np.log1p(t / beta))
        soonest = min(alpha / (r + 1), beta / (s + 1))  # the logarithm of τ + this is the scale on which things happen
        for share, weight in zip(*_panels(), strict=True):
            logarithm = share * np.log1p(t / soonest)
            left = soonest * np.expm1(logarithm)
            density = s * np.exp(-(s + 1) * np.log1p(left / beta) + logarithm) / beta
            found = found + weight * soonest * np.log1p(t / soonest) * density * nbd_counts(n, left, r, alpha)
        return np.asarray(found)


def time_with_us(s: float, span: Vector, horizon: float, decay: float) -> Vector:
    """Mean of the time until one leaves or the horizon ends, discounted at the rate `decay`: μ ~ Gamma(s, `span`).

    That is ∫ exp(−decay·τ) (1 + τ / span)^−s dτ. It is taken over w = log(1 + τ / span), up to where what is left is
    below the last digit.
    """
    end = np.log1p(horizon / span)
    if decay == 0:
        return np.asarray(span * end * exprel((1 - s) * end))
    pace = decay * span
    end = np.minimum(end, np.log1p(FORGOTTEN / pace))
    if s > 1:
        end = np.minimum(end, FORGOTTEN / (s - 1))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros_like(span)
    for share, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        w = share * end
        total += weight * np.exp((1 - s) * w - pace * np.expm1(w))
    return np.asarray(span * end * total)


def _panels() -> tuple[Vector, Vector]:
    """Nodes and weights of quadrature over the interval from 0 to 1, in panels of equal length."""
    nodes, weights = np.polynomial.legendre.leggauss(PANEL_NODES)
    starts = np.arange(PANELS)[:, None]
    return ((starts + (nodes + 1) / 2) / PANELS).ravel(), np.tile(weights / 2 / PANELS, PANELS)
