"""What a fitted BG/NBD expects: purchases still to come, purchases of a new customer, and who is still a customer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, expit, hyp2f1

from crmlab.errors import ParameterError
from crmlab.models.histories import Histories, histories
from crmlab.models.results import BGNBD

Vector = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
NODES = 48  # of Gauss–Legendre quadrature over the horizon; twice as many change nothing in the tenth digit
PANELS = np.array([0, 1e-9, 1e-6, 1e-3, 0.03, 0.2, 0.8, 0.97, 0.999, 1])  # of quantiles of p, close at the ends
PANEL_NODES = 16


def expected_purchases(model: BGNBD, customers: pd.DataFrame, *, horizon_days: float) -> pd.Series:
    """Purchases each customer is expected to make in the next `horizon_days` (Fader, Hardie and Lee 2005, eq. (10)).

    The index is that of `customers`.

    Raises
    ------
    DataError
        If `customers` is no customer summary.
    ParameterError
        If `horizon_days` is negative or no number.
    """
    of = histories(customers)
    values = alive(model, of) * purchases_if_alive(model, of, horizon_days=horizon_days)
    return pd.Series(of.per_customer(values), index=customers.index, name="purchases")


def expected_purchases_new_customer(model: BGNBD, *, days: ArrayLike) -> Vector:
    """Repeat purchases expected of a new customer in the first so many `days` (Fader, Hardie and Lee 2005, eq. (9)).

    An array of the shape of `days`.
    """
    asked = np.asarray(days, dtype=np.float64)
    nothing = np.zeros(1)
    new = Histories(x=nothing, t_x=nothing, T=nothing, weights=np.ones(1), place=np.zeros(1, dtype=np.int64))
    found = [purchases_if_alive(model, new, horizon_days=float(day))[0] for day in asked.ravel()]
    return np.array(found).reshape(asked.shape)


def probability_alive(model: BGNBD, customers: pd.DataFrame) -> pd.Series:
    """Probability that each customer has not left: 1 by construction for who bought once.

    The index is that of `customers`. Fader and Hardie (2008), note 021.
    """
    of = histories(customers)
    return pd.Series(of.per_customer(alive(model, of)), index=customers.index, name="p_alive")


def alive(model: BGNBD, of: Histories) -> Vector:
    """Probability of still being a customer, one a history."""
    return alive_given(model.params, of.x, model.in_units(of.t_x), model.in_units(of.T))


def alive_given(params: Mapping[str, Any], x: Vector, t_x: Vector, T: Vector) -> Vector:
    """The same given `params`, numbers or arrays that broadcast against the histories, in one unit of time."""
    r, alpha, a, b = (params[name] for name in ("r", "alpha", "a", "b"))
    odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    return np.asarray(np.where(x > 0, expit(-odds), 1.0))


def purchases_if_alive(
    model: BGNBD, of: Histories, *, horizon_days: float, discount_rate_per_year: float = 0.0
) -> Vector:
    """Purchases expected in the horizon of who is still a customer, each discounted to today, one a history.

    While a customer is with us λ is Gamma(r + x, α + T) and p is Beta(a, b + x), so purchases are due at time τ from
    now at the mean of λ·exp(−λpτ). With v = τ / (α + T), its mean over λ is (r + x) / (α + T) · (1 + p·v)^−(r+x+1), and
    that over p is Gauss's ₂F₁, which Pfaff's transformation brings to moderate numbers. Integrated over τ it equals
    eq. (10), but it stays finite for a + b < 1, for a = 1 and for purchases in the hundreds.
    """
    if not (np.isfinite(horizon_days) and horizon_days >= 0):
        raise ParameterError(f"horizon_days is {horizon_days}; it is 0 or more days")
    r, alpha, a, b = (model.params[name] for name in ("r", "alpha", "a", "b"))
    span = alpha + model.in_units(of.T)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    log_end = np.log1p(model.in_units(horizon_days) / span)
    decay = np.log1p(discount_rate_per_year) / DAYS_PER_YEAR * float(horizon_days)
    total = np.zeros_like(span)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        log_grown = node * log_end  # log(1 + v): the integrand is smooth in it, however long the horizon
        share = np.expm1(log_grown) * span / max(float(model.in_units(horizon_days)), 1e-300)
        total += weight * np.exp(log_grown - decay * share) * _mean_survival(r, a, b, of.x, log_grown)
    return (r + of.x) * log_end * total


def _mean_survival(r: float, a: float, b: float, x: Vector, log_grown: Vector) -> Vector:
    """Mean of (1 + p·v)^−(r+x+1) over p ~ Beta(a, b + x), with 1 + v = exp(`log_grown`)."""
    with np.errstate(all="ignore"):
        mean = np.exp(-a * log_grown) * hyp2f1(a + b - r - 1, a, a + b + x, -np.expm1(-log_grown))
    bad = ~np.isfinite(mean)
    if bad.any():
        mean[bad] = _mean_by_quantiles(r, a, b, x[bad], log_grown[bad])
    return np.asarray(mean)


def _mean_by_quantiles(r: float, a: float, b: float, x: Vector, log_grown: Vector) -> Vector:
    """The same as an integral over the quantiles of p, for a and b so large that ₂F₁ overflows."""
    nodes, weights = np.polynomial.legendre.leggauss(PANEL_NODES)
    middle, half = (PANELS[1:] + PANELS[:-1]) / 2, np.diff(PANELS) / 2
    levels = (middle[:, None] + half[:, None] * nodes).ravel()
    shapes, place = np.unique(x, return_inverse=True)
    p = np.array([betaincinv(a, b + shape, levels) for shape in shapes])[place]
    survival = np.exp(-(r + x[:, None] + 1) * np.log1p(p * np.expm1(log_grown)[:, None]))
    return np.asarray(survival @ (half[:, None] * weights).ravel())
