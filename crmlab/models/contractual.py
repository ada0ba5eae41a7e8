"""Contracts: how many are kept from period to period, with one churn rate for all or one of each customer's own.

The shifted-beta-geometric model (sBG [1]_): each customer ends the contract at every renewal with a probability θ of
their own, always the same, and θ is Beta(α, β) over customers. Those who leave easily leave first, so the retention
rate of a cohort, (β + t − 1) / (α + β + t − 1), rises with every period though nobody changes. With one θ for all it
is the geometric model, and the retention rate stays where it is.

References
----------
.. [1] Fader and Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1); for customers
   of any tenure: Fader and Hardie (2010), Customer-base valuation in a contractual setting: the perils of ignoring
   heterogeneity, Marketing Science 29(1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln

from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, tr

Values = NDArray[np.float64]
BOUNDS = (-9.0, 12.0)  # of ln α, ln β


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Customers of cohorts with contracts, by period since their start.

    Attributes
    ----------
    lost : tuple of float
        Customers who left at the end of period 1, 2, …
    kept : tuple of float
        Customers last seen as customers after 1, 2, … periods: cohorts of other ages end at other periods.
    """

    lost: tuple[float, ...]
    kept: tuple[float, ...]

    @classmethod
    def of_cohort(cls, survivors: Sequence[float]) -> "Kept":
        """From one cohort's survivors, its with its size first.

        Raises
        ------
        DataError
            If there are fewer than two numbers, one is above the one before it, or the last is below zero.
        """
        numbers = np.asarray(survivors, dtype=np.float64)
        if numbers.size < 2 or (np.diff(numbers) > 0).any() or not numbers[-1] >= 0:  # noqa: PLR2004
            raise DataError(
                tr("Survivors of a cohort are two numbers or more, none above the one before it and none below zero.")
            )
        lost = -np.diff(numbers)
        return cls(lost=tuple(lost), kept=(*(0.0 for _ in lost[:-1]), float(numbers[-1])))

    @property
    def n(self) -> float:
        """How many customers there were at the start."""
        return sum(self.lost) + sum(self.kept)

    @property
    def exposures(self) -> float:
        """Renewals that were observed: customers times periods."""
        both = np.add(self.lost, self.kept)
        return float(both @ np.arange(1, len(both) + 1))


@dataclass(frozen=True, kw_only=True)
class Geometric:
    """One churn rate for everybody: `churn` a period."""

    churn: float

    def survival(self, periods: ArrayLike) -> Values:
        """Share still a customer after so many periods."""
        return np.asarray((1 - self.churn) ** np.asarray(periods, dtype=np.float64), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class ShiftedBetaGeometric:
    """A churn rate of each customer's own.

    Attributes
    ----------
    alpha, beta : float
        Of the Beta distribution of the customers' churn rates a period; their mean is α / (α + β).
    log_likelihood : float
        Of the customers it was fitted to.
    n : float
        How many these were.
    observed : int
        Periods that were observed; whatever is said beyond them rests on the model alone.
    """

    alpha: float
    beta: float
    log_likelihood: float
    n: float
    observed: int

    def survival(self, periods: ArrayLike) -> Values:
        """Share of a new cohort still customers after so many periods: B(α, β + t) / B(α, β)."""
        t = np.asarray(periods, dtype=np.float64)
        return np.asarray(np.exp(betaln(self.alpha, self.beta + t) - betaln(self.alpha, self.beta)), dtype=np.float64)

    def retention(self, periods: ArrayLike) -> Values:
        """Of those who were still customers one period earlier, the share still customers after `periods` (1, 2, …)."""
        t = np.asarray(periods, dtype=np.float64)
        return np.asarray((self.beta + t - 1) / (self.alpha + self.beta + t - 1), dtype=np.float64)

    def base_survival(self, customers: Mapping[int, float], periods: ArrayLike) -> Values:
        """Share of a base of mixed tenures still customers after so many periods.

        Each customer's chance is that of their tenure n, S(n + t) / S(n): whoever has stayed for long is likelier to
        stay (Fader and Hardie 2010).

        Parameters
        ----------
        customers : mapping of int to float
            How many customers of the base have been so for how many periods.
        """
        t = np.atleast_1d(np.asarray(periods, dtype=np.float64))
        n, size = np.array(list(customers)), np.array(list(customers.values()), dtype=np.float64)
        each = self.survival(n[:, None] + t[None, :]) / self.survival(n)[:, None]
        return np.asarray(size @ each / size.sum(), dtype=np.float64)


def fit_geometric(seen: Kept) -> Geometric:
    """The churn rate by maximum likelihood: losses over renewals."""
    return Geometric(churn=sum(seen.lost) / seen.exposures)


def endpoint_geometric(survivors: Sequence[float]) -> Geometric:
    """The churn rate that joins the first number of survivors with the last: what is left out is everything between."""
    kept = survivors[-1] / survivors[0]
    return Geometric(churn=float(1 - kept ** (1 / (len(survivors) - 1))))


def implied_churn(lost: float, periods: float) -> float:
    """The churn rate a period, one for all, that loses the share `lost` in so many periods.

    Raises
    ------
    ParameterError
        If `lost` is not between 0 and 1 or `periods` not above 0.
    """
    if not 0 < lost < 1 or not periods > 0:
        raise ParameterError(
            tr(
                "lost is {lost} and periods {periods}; give a share between 0 and 1, and time above 0.",
                lost=str(lost),
                periods=str(periods),
            )
        )
    return float(1 - (1 - lost) ** (1 / periods))


def fit_sbg(seen: Kept) -> ShiftedBetaGeometric:
    """α and β by maximum likelihood, from cohorts of one age or of several.

    Raises
    ------
    DataError
        If fewer than two periods were observed, nobody left or everybody did: one rate is then all there is to know.
    """
    if len(seen.lost) < 2 or sum(seen.lost) == 0 or sum(seen.kept) == 0:  # noqa: PLR2004 - two parameters
        raise DataError(
            tr("Churn rates that differ between customers need two periods or more in which some left and some stayed.")
        )
    return _climb(seen, (0.0, 0.0))


def _climb(seen: Kept, start: tuple[float, float]) -> ShiftedBetaGeometric:
    def loss(theta: Values) -> float:
        return -_log_likelihood(np.clip(theta, *BOUNDS), seen) / seen.n

    # Flat near the top: a simplex is slower than a gradient, and reaches the last digits.
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-12, "maxiter": 1000})
    theta = np.clip(best.x, *BOUNDS)
    alpha, beta = np.exp(theta)
    return ShiftedBetaGeometric(
        alpha=float(alpha),
        beta=float(beta),
        log_likelihood=_log_likelihood(theta, seen),
        n=seen.n,
        observed=len(seen.lost),
    )


def forecast_kept(
    model: ShiftedBetaGeometric,
    seen: Kept,
    *,
    periods: int,
    rng: np.random.Generator,
    n_draws: int = 300,
    level: float = 0.95,
) -> Estimate:
    """How many of `model.n` new customers will still be so after `periods`, with a prediction interval.

    Parametric bootstrap: cohorts like the ones observed are drawn from the model and fitted again, then the customers
    kept are drawn from each fit. It covers chance and the uncertainty of α and β, not that the model may be wrong.
    """
    expected = float(model.n * model.survival(periods))
    drawn = np.array([_kept_once(model, seen, periods, rng) for _ in range(n_draws)])
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        value=expected,
        low=float(min(low, expected)),
        high=float(max(high, expected)),
        n=round(model.n),
        level=level,
        method=tr("shifted-beta-geometric model, prediction interval by parametric bootstrap"),
        denominator=tr("customers of a new cohort of the same size"),
        window=tr("{ahead} periods, of which {seen} were observed", ahead=count(periods), seen=count(model.observed)),
    )


def _kept_once(model: ShiftedBetaGeometric, seen: Kept, periods: int, rng: np.random.Generator) -> float:
    at_risk = np.add(seen.lost, seen.kept)[::-1].cumsum()[::-1]
    rates = 1 - model.retention(np.arange(1, len(at_risk) + 1))
    lost, kept = [], []
    left = float(at_risk[0])
    for rate, ended in zip(rates, seen.kept, strict=True):
        gone = float(rng.binomial(round(left), rate))
        stay = min(ended, left - gone) if ended < at_risk[-1] else left - gone
        lost.append(gone)
        kept.append(max(0.0, stay))
        left = max(0.0, left - gone - kept[-1])
    again = Kept(lost=tuple(lost), kept=tuple(kept))
    refitted = _climb(again, (float(np.log(model.alpha)), float(np.log(model.beta))))
    return float(rng.binomial(round(model.n), min(1.0, float(refitted.survival(periods)))))


def _log_likelihood(theta: Values, seen: Kept) -> float:
    alpha, beta = np.exp(theta)
    t = np.arange(1, len(seen.lost) + 1)
    start = betaln(alpha, beta)
    left = betaln(alpha + 1, beta + t - 1) - start  # ln P(T = t)
    stayed = betaln(alpha, beta + t) - start  # ln S(t)
    return float(left @ np.array(seen.lost) + stayed @ np.array(seen.kept))
