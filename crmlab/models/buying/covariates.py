"""Histories with the covariates of the customers who have them, and the likelihood of BG/NBD there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, psi

from crmlab.errors import DataError, together
from crmlab.models.buying.fitting import Scaled
from crmlab.models.histories import Histories, check_columns, distinct_rows, histories, row_weights

Vector = NDArray[np.float64]
Names = tuple[str, ...]

MOST = 30.0  # of the logarithm of a factor: beyond it is nothing that customers do
BEFORE = 4  # parameters before the coefficients


@dataclass(frozen=True)
class Known(Histories):
    """Distinct histories with covariates: one row a history, one column a covariate of the rate or of dropout."""

    on_rate: Vector
    on_dropout: Vector

    def standardised(self, by_rate: Mapping[int, int], by_dropout: Mapping[int, int]) -> tuple["Known", Vector]:
        """The same with covariates of mean 0 and spread 1, and the matrix back.

        The matrix takes the logarithms of the parameters and the coefficients from that scale to that of the
        covariates. Positions of the parameters that covariates move come with the sign: α·exp(−γz) has −1.
        """
        both = np.column_stack([self.on_rate, self.on_dropout])
        mean = np.average(both, axis=0, weights=self.weights)
        spread = np.sqrt(np.average((both - mean) ** 2, axis=0, weights=self.weights))
        back = np.diag(np.r_[np.ones(BEFORE), 1 / spread])
        n_rate = self.on_rate.shape[1]
        # α·exp(−γ(z − m)/s) is α·exp(γm/s) times exp(−(γ/s)z).
        for moved, columns in ((by_rate, slice(0, n_rate)), (by_dropout, slice(n_rate, None))):
            for place, sign in moved.items():
                back[place, BEFORE:][columns] = -sign * (mean / spread)[columns]
        standard = (both - mean) / spread
        return replace(self, on_rate=standard[:, :n_rate], on_dropout=standard[:, n_rate:]), back


def known(customers: pd.DataFrame, rate: Names, dropout: Names) -> Known:
    """The distinct histories of `customers` with the columns `rate` and `dropout`.

    Raises
    ------
    DataError
        If the table is no customer summary, or a covariate is not there or no finite number for somebody.
    """
    check_columns(customers, (*rate, *dropout))
    plain = histories(customers)
    columns = [_numbers(customers, name) for name in (*rate, *dropout)]
    seen = [plain.per_customer(values) for values in (plain.x, plain.t_x, plain.T)]
    rows, place, weights = distinct_rows(*seen, *columns, weights=row_weights(customers))
    first = len(seen) + len(rate)
    return Known(rows[:, 0], rows[:, 1], rows[:, 2], weights, place, rows[:, len(seen) : first], rows[:, first:])


def check_informative(of: Known, rate: Names, dropout: Names) -> None:
    """Refuse covariates whose coefficients no data can tell: the same for everybody, or following from the others."""
    problems = []
    for names, values in ((rate, of.on_rate), (dropout, of.on_dropout)):
        constant = [name for name, column in zip(names, values.T, strict=True) if np.ptp(column) == 0]
        problems += [f"{name} is the same for every customer" for name in constant]
        if not constant and names:
            spread = (values - values.mean(axis=0)) / values.std(axis=0)
            if np.linalg.matrix_rank(spread) < len(names):
                problems.append(f"one of {', '.join(names)} follows from the others")
    if problems:
        raise DataError(together("these covariates say nothing:", problems))


def likelihood_at(data: Scaled, of: Known) -> Callable[[Vector], tuple[float, Vector]]:
    """Log-likelihood of BG/NBD and its gradient, at log r, α, a, b and the coefficients γ and δ.

    Fader, Hardie and Lee (2005), eq. (6), with α·exp(−γ'z), a·exp(δ'w) and b·exp(δ'w) for each history.
    """
    x, t_x, T, weights = data.data
    n_rate = of.on_rate.shape[1]

    def likelihood(theta: Vector) -> tuple[float, Vector]:
        r = np.exp(theta[0])
        faster = along(of.on_rate, theta[BEFORE : BEFORE + n_rate])
        surer = along(of.on_dropout, theta[BEFORE + n_rate :])
        alpha, a, b = np.exp(theta[1] - faster), np.exp(theta[2] + surer), np.exp(theta[3] + surer)
        each, by_r, by_alpha, by_a, by_b = _parts((x, t_x, T), r, alpha, a, b)
        by_dropout = by_a + by_b
        slopes = [
            *((weights * slope).sum() for slope in (by_r, by_alpha, by_a, by_b)),
            *(-(weights * by_alpha)[:, None] * of.on_rate).sum(axis=0),
            *((weights * by_dropout)[:, None] * of.on_dropout).sum(axis=0),
        ]
        return float((weights * each).sum()), np.array(slopes)

    return likelihood


def _parts(seen: tuple[Vector, ...], r: float, alpha: Vector, a: Vector, b: Vector) -> tuple[Vector, ...]:
    """Of each history the log-likelihood, and its slopes by the logarithms of r, α, a and b."""
    x, t_x, T = seen
    at_end, at_last = np.log(alpha + T), np.log(alpha + t_x)
    before = b + np.maximum(x, 1) - 1
    odds = np.where(x > 0, np.log(a) - np.log(before) + (r + x) * (at_end - at_last), -np.inf)
    left = np.exp(-np.logaddexp(0, -odds))
    each = (
        gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * at_end
        + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x) + np.logaddexp(0, odds)
    )  # fmt: skip
    both = psi(a + b) - psi(a + b + x)
    return (
        each,
        r * (psi(r + x) - psi(r) + np.log(alpha) - (1 - left) * at_end - left * at_last),
        r - (r + x) * alpha * ((1 - left) / (alpha + T) + left / (alpha + t_x)),
        a * both + left,
        b * (both + psi(b + x) - psi(b) - left / before),
    )


def along(values: Vector, coefficients: Vector) -> Vector:
    """The logarithm of what the covariates multiply each history with, within bounds."""
    # Clipped where a line search goes astray, so that it finds its way back instead of an overflow.
    return np.asarray(np.clip((values * coefficients).sum(axis=1), -MOST, MOST))


def _numbers(customers: pd.DataFrame, name: str) -> Vector:
    column = customers[name]
    if not pd.api.types.is_numeric_dtype(column):
        raise DataError(f"the covariate {name} is {column.dtype}; it is numbers, and groups are columns of 0 and 1")
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    missing = ~np.isfinite(values)
    if missing.any():
        raise DataError(f"the covariate {name} is missing or no finite number for {int(missing.sum()):,} customers")
    return values
