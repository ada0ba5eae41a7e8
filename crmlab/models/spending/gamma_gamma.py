"""The Gamma–Gamma model of spend per purchase, fitted to a customer summary.

A purchase costs Gamma(p, rate ν) with a ν of the customer's own, and ν is Gamma(q, rate γ) among customers,
independently of how often they buy (Fader, Hardie and Lee 2005, Journal of Marketing Research 42(4); Fader and
Hardie, note 025).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, psi
from scipy.stats import norm

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, number, percent, tr, trn
from crmlab.models.histories import SPEND, by_count, check_columns, distinct_rows, row_weights
from crmlab.models.maximise import Maximum, maximise
from crmlab.models.results import Diagnosis, FittedModel, estimates, not_converged, serious_first

Vector = NDArray[np.float64]

LEAST_REPEAT_BUYERS = 20
FEW_REPEAT_BUYERS = 100
STRONG_CORRELATION = 0.3


@dataclass(frozen=True, kw_only=True)
class GammaGamma(FittedModel):
    """The Gamma–Gamma model of spend per purchase: `p`, `q`, `gamma` (Fader and Hardie, note 025).

    Attributes
    ----------
    n_left_out : int
        Customers with repeat purchases whose mean value is not above zero: the model has no place for them.
    """

    parameters: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    n_left_out: int

    @staticmethod
    def gamma_at(params: Mapping[str, Any], x: Vector) -> Vector:
        """The γ of customers with `x` repeat purchases: the same for all. `params` broadcast against `x`."""
        return np.asarray(params["gamma"] + np.zeros(np.shape(x)))


def fit_gamma_gamma(customers: pd.DataFrame) -> GammaGamma:
    """The Gamma–Gamma model of the customers with repeat purchases.

    The mean value is that of repeat purchases, as in the papers. Customers whose mean is not above zero (free items
    only) are left out and counted in `n_left_out`: a Gamma distribution has no place for them.

    Parameters
    ----------
    customers : DataFrame
        A customer summary: `repeats` and `mean_repeat_value`, and `weight` where rows stand for several customers.

    Raises
    ------
    DataError
        If the table is no customer summary, or fewer than 20 customers are left.
    """
    x, m, stand_for = repeat_spend(customers)
    usable = m > 0
    n_customers, n_left_out = int(stand_for[usable].sum()), int(stand_for[~usable].sum())
    _check_enough(n_customers, n_left_out)
    rows, _, weights = distinct_rows(x[usable], m[usable], weights=stand_for[usable])
    scale = float(np.average(rows[:, 1], weights=weights))
    found = _maximum(rows[:, 0], rows[:, 1] / scale, weights)
    return GammaGamma(
        **estimates(found, {"p": 1.0, "q": 1.0, "gamma": scale}),
        log_likelihood=found.value - float(weights.sum() * np.log(scale)),
        n_customers=n_customers,
        diagnosis=serious_first(_diagnosis(customers, found, n_left_out)),
        n_left_out=n_left_out,
    )


def expected_spend(spending: GammaGamma, customers: pd.DataFrame) -> pd.Series:
    """Mean value of a purchase expected of each customer, given those seen (note 025, eq. (5)).

    Between the customer's own mean and that of all; who bought once is expected to spend the mean of all. The index is
    that of `customers`.

    Raises
    ------
    DataError
        If `customers` is no customer summary, or q ≤ 1 and somebody bought once: their mean does not exist.
    """
    check_columns(customers, ("repeats", SPEND))
    x, m = spend_seen(customers)
    p, q = spending.params["p"], spending.params["q"]
    gamma = spending.gamma_at(spending.params, x)
    weight = p * x + q - 1
    if (weight <= 0).any():
        raise DataError(
            tr(
                "The mean spend of customers about whom little is known does not exist: customers differ so much that "
                "q is {q}, and it has to be above 1. No value can be forecast with this model of spend.",
                q=number(q),
            )
        )
    return pd.Series(p * (gamma + x * m) / weight, index=customers.index, name="spend")


def repeat_spend(customers: pd.DataFrame) -> tuple[Vector, Vector, Vector]:
    """`repeats`, `mean_repeat_value` and weight of the customers with repeat purchases."""
    check_columns(customers, ("repeats", SPEND))
    repeat = customers["repeats"].to_numpy() > 0
    x = customers["repeats"].to_numpy(dtype="float64")[repeat]
    m = customers[SPEND].to_numpy(dtype="float64", na_value=np.nan)[repeat]
    if not np.isfinite(m).all():
        raise DataError(
            f"{SPEND} is missing for {int((~np.isfinite(m)).sum()):,} customers with repeat purchases; it is the mean "
            "value of the purchases after the first"
        )
    return x, m, row_weights(customers)[repeat]


def spend_seen(customers: pd.DataFrame) -> tuple[Vector, Vector]:
    """`repeats` and the mean value seen of every customer, 0 for who bought once or got free items only."""
    x = customers["repeats"].to_numpy(dtype="float64")
    m = customers[SPEND].to_numpy(dtype="float64", na_value=np.nan)
    return x, np.where(x > 0, np.maximum(np.nan_to_num(m), 0.0), 0.0)


def spend_correlation(customers: pd.DataFrame, *, level: float = 0.95) -> Estimate:
    """Correlation of repeat purchases and their mean value, among customers with a repeat purchase of some value.

    The model takes them to be independent. Pearson's r, with Fisher's interval; no interval below four customers.
    """
    x, m, weights = repeat_spend(customers)
    x, m, weights = x[m > 0], m[m > 0], weights[m > 0]
    n = int(weights.sum())
    varies = n > 3 and np.ptp(x) > 0 and np.ptp(m) > 0  # noqa: PLR2004 - Fisher's n − 3
    value = _pearson(x, m, weights) if varies else float("nan")
    low, high = _fisher(value, n, level) if varies else (None, None)
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=n,
        level=level,
        method=tr("Pearson's correlation with Fisher's interval"),
        evidence="association",
        denominator=tr("customers with a repeat purchase"),
        window=tr("from each customer's first purchase to the last day observed"),
    )


def log_likelihood(theta: Vector, x: Vector, m: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood of the Gamma–Gamma and its gradient, at the logarithms of p, q and γ (note 025, eq. (1a))."""
    value, (of_p, of_q), of_gamma = summed(theta[0], theta[1], np.full_like(x, theta[2]), x=x, m=m, weights=weights)
    return value, np.array([of_p, of_q, of_gamma.sum()])


def summed(
    log_p: float, log_q: float, log_gamma: Vector, *, x: Vector, m: Vector, weights: Vector
) -> tuple[float, tuple[float, float], Vector]:
    """Log-likelihood of mean values m of x purchases, its slopes by ln p and ln q, and by each customer's own ln γ."""
    p, q, gamma = np.exp(log_p), np.exp(log_q), np.exp(log_gamma)
    numbers, times = by_count(x, weights)
    shapes, n = p * numbers, times.sum()
    total = gamma + x * m
    log_spent, log_total = weights * np.log(m), weights * np.log(total)
    by_number = gammaln(shapes + q) - gammaln(shapes) + shapes * np.log(numbers)
    value = by_number @ times + q * (weights @ log_gamma) - n * gammaln(q)
    value += ((p * x - 1) * log_spent - (p * x + q) * log_total).sum()
    of_p = (numbers * (psi(shapes + q) - psi(shapes) + np.log(numbers))) @ times + (x * (log_spent - log_total)).sum()
    of_q = psi(shapes + q) @ times - n * psi(q) + weights @ log_gamma - log_total.sum()
    return float(value), (float(p * of_p), float(q * of_q)), weights * (q - (p * x + q) * gamma / total)


def _maximum(x: Vector, m: Vector, weights: Vector) -> Maximum:
    def likelihood(theta: Vector) -> tuple[float, Vector]:
        return log_likelihood(theta, x, m, weights)

    starts = [np.log([2.0, 3.0, 1.0]), np.log([5.0, 10.0, 2.0])]
    return maximise(likelihood, starts)


def _pearson(x: Vector, m: Vector, weights: Vector) -> float:
    covariance = np.cov(x, m, fweights=weights.astype(np.int64))
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def _fisher(value: float, n: int, level: float) -> tuple[float, float]:
    reach = norm.ppf((1 + level) / 2) / np.sqrt(n - 3)
    middle = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def _check_enough(n: int, n_left_out: int) -> None:
    if n < LEAST_REPEAT_BUYERS:
        raise DataError(
            tr(
                "A model of spend cannot be fitted: {n} customers have a repeat purchase with a value above zero, and "
                "at least {least} are needed. Left out, because their repeat purchases were worth nothing: {left_out}.",
                n=count(n),
                least=count(LEAST_REPEAT_BUYERS),
                left_out=count(n_left_out),
            )
        )


def _diagnosis(customers: pd.DataFrame, found: Maximum, n_left_out: int) -> list[Diagnosis]:
    said = [_correlation(spend_correlation(customers))]
    said += _left_out(n_left_out)
    if found.undetermined.any():
        sentence = tr(
            "The purchases do not determine the model of spend (found: p {p}, q {q}): very different values explain "
            "them as well. Customers may hardly differ in what they spend, or spend the same every time.",
            p=number(float(np.exp(found.theta[0]))),
            q=number(float(np.exp(found.theta[1]))),
        )
        said.append(Diagnosis(kind="flat", sentence=sentence, serious=True))
    said += not_converged(found)
    if found.theta[1] <= 0:
        sentence = tr(
            "Mean spend does not exist: the spread between customers is so wide that q is {q}, and it has to be above "
            "1. No value can be forecast with this model of spend.",
            q=number(float(np.exp(found.theta[1]))),
        )
        said.append(Diagnosis(kind="infinite_mean", sentence=sentence, serious=True))
    return said


def _left_out(n: int) -> list[Diagnosis]:
    if not n:
        return []
    sentence = trn(
        n,
        "{n} customer with repeat purchases worth nothing was left out of the model of spend.",
        "{n} customers with repeat purchases worth nothing were left out of the model of spend.",
        n=count(n),
    )
    return [Diagnosis(kind="left_out", sentence=sentence, serious=False)]


def _correlation(of: Estimate) -> Diagnosis:
    strong = abs(of.value) >= STRONG_CORRELATION and not of.contains(0)
    values = {"r": number(of.value), "n": count(of.n), "shared": percent(of.value**2)}
    if strong:
        sentence = tr(
            "Among the {n} customers with a repeat purchase, how often they buy and what they spend go together "
            "(correlation {r}). The model takes them to be independent, so its values are off for heavy buyers.",
            n=values["n"],
            r=values["r"],
        )
    else:
        sentence = tr(
            "Among the {n} customers with a repeat purchase, the correlation of how often they buy and what they spend "
            "is {r}: one explains {shared} of the other's spread. The model takes them to be independent.",
            **values,
        )
    return Diagnosis(kind="correlation", sentence=sentence, serious=strong)
