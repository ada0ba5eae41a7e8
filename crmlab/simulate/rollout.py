"""A roll-out whose truth is known: branches that go live in waves, and what a new customer costs them.

The logarithm of what a new customer costs in branch b and month t is α_b + τ t + season(t) + f_b(t) + ε, at constant
prices, with α_b ~ N(0, σ_α²) and ε ~ N(0, σ²) times √(1 − ρ²) plus ρ times that of the month before. f is the effect:
log(1 + e) · min((k + 1) / R, 1) in the k-th month after going live (k = 0, 1, ...), zero before and at branches that
do not work by a process.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together

Vector = NDArray[np.float64]
YEAR = 12


@dataclass(frozen=True)
class Rollout:
    """A simulated roll-out and its truth.

    Attributes
    ----------
    log_cost : array, branches × months
        Logarithm of what a new customer costs.
    live : array
        By branch the first month with CRM, from 0; infinite where it never goes live.
    by_process : array of bool
        Which branches work by a process, and so can have an effect.
    effect : array, branches × months
        What CRM changed the logarithm by.
    """

    log_cost: Vector
    live: Vector
    by_process: NDArray[np.bool_]
    effect: Vector


def simulate_rollout(
    rng: np.random.Generator,
    *,
    effect: float = -0.15,
    branches: int = 24,
    months: int = 48,
    waves: tuple[int, ...] = (8, 12, 16, 20, 24, 28),
    never: float = 0.25,
    with_process: float = 0.5,
    ramp_months: int = 9,
    noise: float = 0.15,
    persistence: float = 0.0,
    branch_spread: float = 0.25,
    trend: float = 0.004,
    season: float = 0.15,
    worst_first: bool = False,
) -> Rollout:
    """One roll-out.

    Parameters
    ----------
    rng : numpy.random.Generator
    effect : float
        e, the relative change of the cost once CRM is fully in use; 0: none.
    branches, months : int
        How many.
    waves : tuple of int
        The months in which a wave goes live; the waves are of one size, or nearly so.
    never : float
        Share of branches that never go live.
    with_process : float
        Share of branches that work by a process, drawn without regard to the waves.
    ramp_months : int
        R.
    noise, persistence, branch_spread : float
        σ, ρ and σ_α.
    trend, season : float
        τ, and what the logarithm is higher by in the first and the last month of each year.
    worst_first : bool
        Whether the branches that were dearest in the months before the first wave go live first, instead of branches
        drawn by chance.

    Raises
    ------
    ParameterError
        If a share is not one, a wave lies outside the months, or the effect is −1 or less.
    """
    _check({"never": never, "with_process": with_process}, effect=effect, waves=waves, months=months, rho=persistence)
    alpha = branch_spread * rng.standard_normal((branches, 1))
    month = np.arange(months)
    shared = trend * month + season * np.isin(month % YEAR, [0, YEAR - 1])
    quiet = alpha + shared + _noise(rng, (branches, months), noise, persistence)
    live = _waves(branches, waves, never)
    chance = rng.permutation(branches)
    order = np.argsort(-quiet[:, : min(waves)].mean(axis=1)) if worst_first else chance
    went = np.empty(branches)
    went[order] = live
    by_process = np.arange(branches) < round(with_process * branches)
    by_process = by_process[rng.permutation(branches)]
    ramp = np.clip((month - np.where(np.isfinite(went), went, months)[:, None] + 1) / ramp_months, 0, 1)
    changed = np.log1p(effect) * ramp * by_process[:, None]
    return Rollout(quiet + changed, went, by_process, changed)


def _noise(rng: np.random.Generator, shape: tuple[int, int], sd: float, persistence: float) -> Vector:
    drawn = sd * rng.standard_normal(shape)
    for month in range(1, shape[1]):
        drawn[:, month] = persistence * drawn[:, month - 1] + np.sqrt(1 - persistence**2) * drawn[:, month]
    return drawn


def _waves(branches: int, waves: tuple[int, ...], never: float) -> Vector:
    live = branches - round(never * branches)
    which = np.arange(live) * len(waves) // max(live, 1)
    return np.concatenate([np.array(waves, dtype=float)[which], np.full(branches - live, np.inf)])


def _check(shares: dict[str, float], *, effect: float, waves: tuple[int, ...], months: int, rho: float) -> None:
    problems = [f"{name} is {share:g}, no share" for name, share in shares.items() if not 0 <= share <= 1]
    if effect <= -1:
        problems.append(f"effect is {effect:g}: a cost cannot fall by all of it or more")
    if not waves or min(waves) < 1 or max(waves) >= months:
        problems.append(f"waves {waves} do not lie between month 1 and the last, {months - 1}")
    if not -1 < rho < 1:
        problems.append(f"persistence is {rho:g}; it lies between -1 and 1")
    if problems:
        raise ParameterError(together("this roll-out cannot be simulated:", problems))
