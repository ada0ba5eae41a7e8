"""A survey that the satisfied answer more often, with a random part of the silent followed up until it answers."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

Columns = dict[str, NDArray[np.generic]]

CUTS = norm.ppf([0.05, 0.15, 0.30, 0.50, 0.72, 0.90])
MODES = {"email": 0.35, "web": 0.25, "phone": 0.25, "post": 0.15}
RESPONSE = {"email": -0.9, "web": -0.6, "phone": 0.3, "post": -1.1}
"""Log-odds of an answer at average satisfaction."""


def survey(rng: np.random.Generator, *, n: int = 1500, effect: float = 0.7, followed_up: float = 0.2) -> Columns:
    """What was asked of `n` customers, by column.

    `mode`, `responded`, `follow_up`, `satisfaction` (1 to 7, NaN for the silent), and `would_say`: what everybody would
    have answered. The log-odds of an answer rise by `effect` with a standard deviation of satisfaction; `followed_up`
    is the share of the silent that is asked again and answers.
    """
    latent = rng.standard_normal(n)
    mode = rng.choice(np.array(list(MODES)), size=n, p=list(MODES.values()))
    by_mode = np.select([mode == name for name in RESPONSE], list(RESPONSE.values()))
    at_once = rng.random(n) < expit(by_mode + effect * latent)
    late = ~at_once & (rng.random(n) < followed_up)
    says = np.searchsorted(CUTS, latent).astype(float) + 1
    return {
        "mode": mode.astype(object),
        "responded": at_once | late,
        "follow_up": late,
        "satisfaction": np.where(at_once | late, says, np.nan),
        "would_say": says,
    }


def mean_answer() -> float:
    """The mean of what everybody would say: 1 + Σ P(above a cut) = 1 + .95 + .85 + .70 + .50 + .28 + .10 = 4.38."""
    return float(1 + norm.sf(CUTS).sum())
