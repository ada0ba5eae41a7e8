"""A share with its interval: the one way in which crmlab says how sure `hits` of `n` is."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr


def share(hits: int, n: int, *, denominator: str, window: str, level: float = 0.95) -> Estimate:
    """`hits` of `n` as a share with Wilson's interval.

    Raises
    ------
    DataError
        If `n` is 0.
    """
    if n < 1:
        raise DataError("a share of nobody cannot be computed: there are no customers in the denominator")
    low, high = wilson(hits, n, level=level)
    return Estimate(
        value=hits / n,
        low=float(low),
        high=float(high),
        n=n,
        level=level,
        method=tr("Wilson interval"),
        denominator=denominator,
        window=window,
    )


def wilson(hits: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Ends of Wilson's interval (1927, Journal of the American Statistical Association 22) for one or several shares.

    Cases need not be whole: where they depend on each other, `n` is how many independent ones they are worth. NaN
    where `n` is 0.
    """
    of, count = np.asarray(n, dtype=np.float64), np.asarray(hits, dtype=np.float64)
    square = norm.ppf((1 + level) / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        value = count / of
        middle = (value + square / (2 * of)) / (1 + square / of)
        reach = np.sqrt(square * (value * (1 - value) + square / (4 * of)) / of) / (1 + square / of)
    # Exact at the bounds, where rounding would leave 1e-18.
    low = np.where(count == 0, 0.0, np.clip(middle - reach, 0, 1))
    high = np.where(count == of, 1.0, np.clip(middle + reach, 0, 1))
    return np.where(of > 0, low, np.nan), np.where(of > 0, high, np.nan)
