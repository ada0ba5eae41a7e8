"""A Gamma–Gamma model in which spend may depend on how often one buys, and the test that it does not.

As Gamma–Gamma, but the spend rate of a customer with x repeat purchases is ν ~ Gamma(q, rate γ·x^δ): the logarithm of
mean spend, p·γ·x^δ / (q − 1), is linear in that of frequency. At δ = 0 it is Gamma–Gamma, so twice the gain in
log-likelihood is chi-square with one degree of freedom where frequency and spend are independent. That the two should
be modelled together is the finding of Glady, Baesens and Croux (2009), Expert Systems with Applications 36; this form
of the dependence is ours, because it is nested and has a likelihood.

Who bought once has no frequency of repeat purchases and gets the mean of who bought again once: below that nothing was
seen, and a power of x would run off to zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, tr
from crmlab.models.histories import distinct_rows
from crmlab.models.maximise import Maximum, maximise
from crmlab.models.results import Diagnosis, estimates, not_converged, serious_first
from crmlab.models.spending.gamma_gamma import GammaGamma, repeat_spend, summed

Vector = NDArray[np.float64]

LEAST_FREQUENCIES = 2  # numbers of repeat purchases that occur: of one alone nothing can be learnt about frequency


@dataclass(frozen=True, kw_only=True)
class DependentGammaGamma(GammaGamma):
    """Gamma–Gamma with spend that depends on frequency: `p`, `q`, `gamma`, `doubling`.

    `doubling` is 2^δ: what mean spend is multiplied with where x is twice as large; 1 is independence. `gamma` is that
    of who bought again once.
    """

    parameters: ClassVar[tuple[str, ...]] = (*GammaGamma.parameters, "doubling")

    @property
    def elasticity(self) -> float:
        """δ: mean spend is higher by δ % where x is higher by 1 %."""
        return float(np.log2(self.params["doubling"]))

    @staticmethod
    def gamma_at(params: Mapping[str, Any], x: Vector) -> Vector:
        """The γ of customers with `x` repeat purchases, γ·x^δ, and γ for none. `params` broadcast against `x`."""
        return np.asarray(params["gamma"] * params["doubling"] ** doublings(x))


@dataclass(frozen=True, kw_only=True)
class Independence:
    """Whether spend has to do with frequency.

    Attributes
    ----------
    elasticity : Estimate
        δ with a normal interval; without one where its standard error is unknown.
    statistic : float
        Twice the log-likelihood gained by letting δ differ from 0.
    p_value : float
        Chance of such a statistic where frequency and spend are independent (chi-square, one degree of freedom).
    """

    elasticity: Estimate
    statistic: float
    p_value: float

    def rejected(self, level: float = 0.05) -> bool:
        """Whether independence is rejected at this level."""
        return self.p_value < level


def fit_dependent_gamma_gamma(customers: pd.DataFrame, independent: GammaGamma) -> DependentGammaGamma:
    """The model of the customers with repeat purchases in which spend may depend on their number.

    Parameters
    ----------
    customers : DataFrame
        A customer summary: `repeats` and `mean_repeat_value`, and `weight` where rows stand for several customers.
    independent : GammaGamma
        The model with δ = 0 fitted to the same customers, from which the search starts.

    Raises
    ------
    DataError
        If the table is no customer summary, or all customers bought equally often: nothing can be said of δ.
    """
    x, m, stand_for = repeat_spend(customers)
    usable = m > 0
    rows, _, weights = distinct_rows(x[usable], m[usable], weights=stand_for[usable])
    if np.unique(rows[:, 0]).size < LEAST_FREQUENCIES:
        raise DataError(
            tr(
                "Whether spend depends on frequency cannot be learnt: the {n} customers with a repeat purchase of some "
                "value all bought equally often.",
                n=count(int(weights.sum())),
            )
        )
    scale = float(np.average(rows[:, 1], weights=weights))
    start = np.log([independent.params["p"], independent.params["q"], independent.params["gamma"] / scale, 1.0])
    found = maximise(lambda theta: log_likelihood(theta, rows[:, 0], rows[:, 1] / scale, weights), [start])
    return DependentGammaGamma(
        **estimates(found, {"p": 1.0, "q": 1.0, "gamma": scale, "doubling": 1.0}),
        log_likelihood=found.value - float(weights.sum() * np.log(scale)),
        n_customers=int(weights.sum()),
        diagnosis=serious_first(_diagnosis(independent, found)),
        n_left_out=independent.n_left_out,
    )


def log_likelihood(theta: Vector, x: Vector, m: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood and its gradient, at the logarithms of p, q, γ and 2^δ: note 025, eq. (1a), with γ·x^δ."""
    above = doublings(x)
    value, (of_p, of_q), of_gamma = summed(theta[0], theta[1], theta[2] + theta[3] * above, x=x, m=m, weights=weights)
    return value, np.array([of_p, of_q, of_gamma.sum(), of_gamma @ above])


def doublings(x: Vector) -> Vector:
    """How often 1 has to be doubled to make `x`; 0 for no repeat purchase."""
    return np.asarray(np.log2(np.maximum(x, 1)))


def independence(independent: GammaGamma, dependent: DependentGammaGamma, *, level: float = 0.95) -> Independence:
    """The likelihood-ratio test of δ = 0, and δ with its interval. Both models are of the same customers."""
    # The larger model cannot be the worse one; below zero is the last digit of its search.
    statistic = max(2 * (dependent.log_likelihood - independent.log_likelihood), 0.0)
    error = float(dependent.standard_errors["doubling"] / dependent.params["doubling"] / np.log(2))
    reach = float(norm.ppf((1 + level) / 2)) * error
    known = bool(np.isfinite(reach))
    return Independence(
        elasticity=Estimate(
            value=dependent.elasticity,
            low=dependent.elasticity - reach if known else None,
            high=dependent.elasticity + reach if known else None,
            n=dependent.n_customers,
            level=level,
            method=tr("maximum likelihood of a Gamma–Gamma regression, normal interval"),
            evidence="association",
            denominator=tr("customers with a repeat purchase"),
            window=tr("from each customer's first purchase to the last day observed"),
        ),
        statistic=statistic,
        p_value=float(chi2.sf(statistic, 1)),
    )


def _diagnosis(independent: GammaGamma, found: Maximum) -> list[Diagnosis]:
    """What was said of the independent model and holds here too, but not that it takes spend to be independent."""
    kept = {"left_out"} | ({"infinite_mean"} if found.theta[1] <= 0 else set())
    said = [one for one in independent.diagnosis if one.kind in kept]
    return said + not_converged(found)
