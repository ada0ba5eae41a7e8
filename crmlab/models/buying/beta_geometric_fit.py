"""How BG/NBD and MBG/NBD are fitted: one likelihood, with a chance to leave more or less, against nobody leaving."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, psi

from crmlab.models.buying import diagnosis
from crmlab.models.buying.beta_geometric import BetaGeometric
from crmlab.models.buying.fitting import Scaled, found_in_units, maximum, scaled
from crmlab.models.buying.nbd import nbd_maximum
from crmlab.models.histories import Histories, by_count
from crmlab.models.maximise import NO_GAIN, Maximum
from crmlab.models.results import Diagnosis, TimeUnit, not_converged

Vector = NDArray[np.float64]
Model = TypeVar("Model", bound=BetaGeometric)

NOBODY_LEAVES = np.log(1e-9)  # log a where the model is the NBD: dropout has no weight to nine digits


def fit_beta_geometric(
    kind: type[Model],
    customers: pd.DataFrame,
    time_unit: TimeUnit,
    *,
    say: Callable[[Histories], Diagnosis] | None = None,
) -> Model:
    """The model `kind` of `customers`, or that in which nobody leaves if it is as likely.

    `say` is what there is to say of the histories themselves in this model.
    """
    data = scaled(customers, time_unit)
    nobody_leaves = _nobody_leaves(data)
    found = _maximum(kind, data, nobody_leaves)
    dropout = found.value - nobody_leaves.value
    if dropout < NO_GAIN:
        found = nobody_leaves
    said = [say(data.of)] if say else []
    said += _diagnosis(data, found, dropout)
    return kind(**found_in_units(data, found, kind.parameters, times=("alpha",), diagnosis=said))


def log_likelihood(
    theta: Vector, x: Vector, t_x: Vector, T: Vector, weights: Vector, *, chances_at_first: int
) -> tuple[float, Vector]:
    """Log-likelihood and its gradient, at the logarithms of r, α, a and b.

    Fader, Hardie and Lee (2005), eq. (6), as the sum of the logarithms of A1 to A4 of their section 7, with x + c
    chances to leave instead of x; `t_x`, `T` and α are in one unit of time.
    """
    r, alpha, a, b = np.exp(theta)
    numbers, times = by_count(x, weights)
    chances, n = numbers + chances_at_first, times.sum()
    value = (
        (gammaln(r + numbers) - gammaln(r) + gammaln(b + chances) - gammaln(a + b + chances)) @ times
        + n * (r * theta[1] + gammaln(a + b) - gammaln(b))
    )  # fmt: skip
    exponent, at_end, at_last = r + x, np.log(alpha + T), np.log(alpha + t_x)
    stayed_before, log_before = _before(b, x + chances_at_first)
    odds = theta[2] - log_before + exponent * (at_end - at_last)
    left, log_both = _left(odds)
    # Sums, not products of matrices: these are shared out among threads, on whose number the last digits then depend.
    value += (weights * (log_both - exponent * at_end)).sum()
    left *= weights
    stayed = weights - left
    by_a, both = left.sum(), n * psi(a + b) - psi(a + b + chances) @ times
    slopes = [
        (psi(r + numbers) - psi(r)) @ times + n * theta[1] - (stayed * at_end + left * at_last).sum(),
        n * r / alpha - (exponent * (stayed / (alpha + T) + left / (alpha + t_x))).sum(),
        both + by_a / a,
        both + psi(b + chances) @ times - n * psi(b) - (left / stayed_before).sum(),
    ]
    return float(value), np.array(slopes) * np.exp(theta)


def _before(b: float, chances: Vector) -> tuple[Vector, Vector]:
    """B + chances − 1 and its logarithm, one for each of the few numbers; infinite without a chance to leave."""
    whole = chances.astype(np.int64)
    table = b + np.arange(whole.max() + 1.0) - 1
    table[0] = np.inf
    return table[whole], np.log(table)[whole]


def _left(odds: Vector) -> tuple[Vector, Vector]:
    """Probability of having left and log(1 + odds), at the logarithm of its odds."""
    small = np.exp(-np.abs(odds))
    return np.where(odds > 0, 1.0, small) / (1 + small), np.maximum(odds, 0) + np.log1p(small)


def _nobody_leaves(data: Scaled) -> Maximum:
    """The NBD's maximum as one of this model, with a and b held where dropout has no weight."""
    nbd = nbd_maximum(data)
    covariance = np.full((4, 4), np.nan)
    covariance[:2, :2] = nbd.covariance
    return Maximum(
        theta=np.r_[nbd.theta, NOBODY_LEAVES, 0.0],
        value=nbd.value,
        covariance=covariance,
        undetermined=np.r_[nbd.undetermined, False, False],
        converged=nbd.converged,
    )


def _maximum(kind: type[BetaGeometric], data: Scaled, nobody_leaves: Maximum) -> Maximum:
    def likelihood(theta: Vector, *histories: Vector) -> tuple[float, Vector]:
        return log_likelihood(theta, *histories, chances_at_first=kind.chances_at_first)

    starts = [np.log([0.5, 0.5, 1.0, 2.0]), np.r_[nobody_leaves.theta[:2], np.log([0.05, 1.0])]]
    return maximum(data, likelihood, starts)


def _diagnosis(data: Scaled, found: Maximum, dropout: float) -> list[Diagnosis]:
    said = diagnosis.few_customers(data.repeat_buyers)
    if found.theta[2] <= NOBODY_LEAVES:
        said.append(diagnosis.no_dropout("a"))
    elif not diagnosis.dropout_is_shown(dropout):
        said.append(diagnosis.dropout_not_shown())
    else:
        values = np.exp(found.theta) * [1, data.units, 1, 1]
        said += diagnosis.flat(found, dict(zip(BetaGeometric.parameters, values.tolist(), strict=True)))
    return said + not_converged(found)
