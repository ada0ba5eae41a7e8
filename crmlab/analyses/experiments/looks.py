"""Looking at a test before it is over: what it costs, and bounds that pay for it.

Looking five times at the usual bound of 1.96 raises the chance of a false alarm from 5 % to 14 %. Group-sequential
bounds keep it at 5 % over all looks together: O'Brien and Fleming (1979, Biometrics 35) for looks evenly spaced, the
spending function of Lan and DeMets (1983, Biometrika 70) for looks at any time. The chance of crossing is integrated
from look to look (Armitage, McPherson and Rowe 1969, Journal of the Royal Statistical Society A 132).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import norm

from crmlab.analyses.experiments.rows import counted
from crmlab.errors import ParameterError

NODES = 201
WIDEST = 8.0
"""No bound needs to be wider: a z beyond it has a chance of 10⁻¹⁵."""


def crossing(bounds: ArrayLike, information: ArrayLike, *, drift: float = 0.0) -> np.ndarray:
    """The chance that |z| first exceeds its bound at each look.

    Parameters
    ----------
    bounds : array of float
        One for each look, above 0.
    information : array of float
        The share of all customers whose result is in at each look, rising, at most 1.
    drift : float
        The expected z with all results in; 0 in the null world.

    Raises
    ------
    ParameterError
        If the two do not match, or information does not rise from above 0 to at most 1.
    """
    at = np.asarray(information, dtype=np.float64)
    limits = np.minimum(np.asarray(bounds, dtype=np.float64), WIDEST)
    _check(at, limits)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    # On the scale of Brownian motion: B(t) = z √t, with independent normal increments of mean drift · Δt.
    place, mass, before, found = np.zeros(1), np.ones(1), 0.0, []
    for t, limit in zip(at, limits, strict=True):
        edge, spread = limit * sqrt(t), sqrt(t - before)
        middle = place + drift * (t - before)
        beyond = norm.sf((edge - middle) / spread) + norm.cdf((-edge - middle) / spread)
        found.append(float(mass @ beyond))
        density = norm.pdf((edge * nodes[:, None] - middle) / spread) / spread
        place, mass, before = edge * nodes, edge * weights * (density @ mass), t
    return np.asarray(found)


def peeking_alarm(looks: int, *, alpha: float = 0.05) -> float:
    """The chance of a false alarm with `looks` evenly spaced looks, each at the bound of a single one.

    Armitage, McPherson and Rowe (1969), table 2: .05, .083, .107, .126, .142 for one to five, .193 for ten.
    """
    single = float(norm.ppf(1 - alpha / 2))
    return float(crossing([single] * looks, _even(looks)).sum())


def obrien_fleming(looks: int, *, alpha: float = 0.05) -> np.ndarray:
    """O'Brien and Fleming's bounds for |z| at evenly spaced looks: c √(looks / look).

    For five: 4.562, 3.226, 2.634, 2.281, 2.040 (Jennison and Turnbull 2000, *Group sequential methods*, table 2.3).
    """
    at = np.asarray(_even(looks))

    def excess(last: float) -> float:
        return float(crossing(last / np.sqrt(at), at).sum()) - alpha

    last = float(brentq(excess, 0.5, WIDEST, xtol=1e-8))
    return np.asarray(last / np.sqrt(at))


def spending_bounds(information: Sequence[float], *, alpha: float = 0.05) -> np.ndarray:
    """Bounds for |z| at looks of any spacing, spending alpha as O'Brien and Fleming's do (Lan and DeMets 1983).

    By information t each side has spent 2 − 2Φ(z(alpha/4) / √t). For five even looks: 4.877, 3.357, 2.680, 2.290 and
    2.031.
    Looks not planned before may be added, as long as the results do not decide when to look.
    """
    at = np.asarray(information, dtype=np.float64)
    _check(at, np.ones_like(at))
    spent = 4 * norm.sf(norm.ppf(1 - alpha / 4) / np.sqrt(at))
    bounds: list[float] = []
    for look in range(at.size):
        wanted = spent[look] - (spent[look - 1] if look else 0.0)

        def excess(bound: float, look: int = look, wanted: float = wanted) -> float:
            return float(crossing([*bounds, bound], at[: look + 1])[-1]) - wanted

        bounds.append(float(brentq(excess, 0.1, WIDEST, xtol=1e-8)) if excess(WIDEST) < 0 else WIDEST)
    return np.asarray(bounds)


def monitored(rows: pd.DataFrame, *, window_days: int, looks: int = 5, alpha: float = 0.05) -> pd.DataFrame:
    """What one would have seen, and been allowed to say, at each of `looks` looks at a test.

    A customer's result is in when their window has passed. Looks are at the days on which even shares of the results
    are in; days that fall together make one look.

    Returns
    -------
    DataFrame
        `look`, `day`, `n` (customers whose result is in), `information`, `value` (difference of shares), `z`, `bound`
        (Lan and DeMets), `single` (of a test with one look), `low`, `high` (repeated interval, value ± bound times
        error: valid at every look; Jennison and Turnbull 1989), `crossed`.
    """
    ordered = rows.sort_values(["date", "customer_id"], ignore_index=True)
    done = pd.to_datetime(ordered["date"]).dt.date
    cuts = sorted({done.iloc[max(-(-len(ordered) * look // looks), 1) - 1] for look in range(1, looks + 1)})
    parts = [ordered[done <= cut] for cut in cuts]
    usable = [(cut, part) for cut, part in zip(cuts, parts, strict=True) if _error(part) > 0]
    information = [len(part) / len(ordered) for _, part in usable]
    bounds = spending_bounds(information, alpha=alpha) if usable else np.zeros(0)
    single = float(norm.ppf(1 - alpha / 2))
    found = [
        _look(number, cut + timedelta(days=window_days), part, float(bound), single) | {"information": share}
        for number, ((cut, part), share, bound) in enumerate(zip(usable, information, bounds, strict=True), 1)
    ]
    names = ["look", "day", "n", "information", "value", "z", "bound", "single", "low", "high", "crossed"]
    return pd.DataFrame(found, columns=names)


def _look(number: int, day: date, part: pd.DataFrame, bound: float, single: float) -> dict[str, object]:
    (hits, n), (other_hits, other_n) = counted(part)
    value, error = hits / n - other_hits / other_n, _error(part)
    return {
        "look": number,
        "day": day,
        "n": len(part),
        "value": value,
        "z": value / error,
        "bound": bound,
        "single": single,
        "low": max(-1.0, value - bound * error),
        "high": min(1.0, value + bound * error),
        "crossed": abs(value / error) > bound,
    }


def _error(part: pd.DataFrame) -> float:
    """Standard error of the difference of shares under one common share; 0 where it cannot be told."""
    (hits, n), (other_hits, other_n) = counted(part)
    if not (n and other_n):
        return 0.0
    pooled = (hits + other_hits) / (n + other_n)
    return sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))


def _even(looks: int) -> list[float]:
    if looks < 1:
        raise ParameterError(f"{looks} looks cannot be planned: give 1 or more")
    return [look / looks for look in range(1, looks + 1)]


def _check(at: np.ndarray, limits: np.ndarray) -> None:
    rising = at.size and at[0] > 0 and (np.diff(at) > 0).all() and at[-1] <= 1 + 1e-12
    if at.shape != limits.shape or not rising or not (limits > 0).all():
        raise ParameterError(
            f"looks at information {at.tolist()} with bounds {limits.tolist()} cannot be used: as many bounds above 0 "
            "as looks, and information that rises from above 0 to at most 1"
        )
