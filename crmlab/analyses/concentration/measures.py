"""Concentration of a set of values: top shares, Gini index, Lorenz curve, and how few customers make most of it.

Point estimates only; `intervals` says how sure they are. Values are sorted before any sum, so that neither the
order of customers nor their names change a bit of a result.
"""

from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import DataError, ParameterError
from crmlab.language import count, tr
from crmlab.language.numbers import localised

Values = NDArray[np.float64]

# Sums of doubles are exact to about 1e-16 of their size for each term; a share reached to 12 digits is reached.
ROUNDING = 1e-12


def sorted_values(values: ArrayLike) -> Values:
    """`values` as doubles from smallest to largest.

    Raises
    ------
    DataError
        If there are no values, one is missing or infinite, or they do not sum to more than zero, because then
        a share of the total means nothing.
    """
    array = np.sort(np.asarray(values, dtype=np.float64).ravel())
    if array.size == 0:
        raise DataError(tr("there are no customers to measure: the list of values is empty"))
    not_finite = int((~np.isfinite(array)).sum())
    if not_finite:
        raise DataError(
            tr(
                "{n} of {values} values are missing or infinite; give every customer a number",
                n=count(not_finite),
                values=count(array.size),
            )
        )
    total = float(array.sum())
    if total <= 0:
        raise DataError(
            tr(
                "the values of {n} customers sum to {total}; shares of a total need a total above zero",
                n=count(array.size),
                total=localised(f"{total:g}"),
            )
        )
    return array


def top_count(n: int, top: float) -> int:
    """How many customers the top `top` of `n` are: `top · n` rounded up, computed exactly.

    In doubles 0.2 · 35 is 7.000000000000001, which would round up to 8; the decimal that was written counts.

    Raises
    ------
    ParameterError
        If `top` is not between 0 and 1, both excluded.
    """
    return ceil(_between_0_and_1(top, "top") * n)


def top_share(values: ArrayLike, top: float = 0.2) -> float:
    """Share of the total made by the `top_count` largest values.

    With negative values (net returns, losses) it can be above 1: the rest then take away from the total.

    Raises
    ------
    DataError, ParameterError
        As `sorted_values` and `top_count`.
    """
    ascending = sorted_values(values)
    largest = ascending[ascending.size - top_count(ascending.size, top) :]
    return float(largest.sum() / ascending.sum())


def top_customers(values: ArrayLike, share: float = 0.8) -> int:
    """The smallest number of customers who together make at least `share` of the total.

    Raises
    ------
    DataError, ParameterError
        As `sorted_values`; and if `share` is not between 0 and 1.
    """
    wanted = float(_between_0_and_1(share, "share"))
    ascending = sorted_values(values)
    reached = np.cumsum(ascending[::-1]) >= wanted * ascending.sum() * (1 - ROUNDING)
    return int(reached.argmax()) + 1


def gini(values: ArrayLike) -> float:
    """Gini index: half the mean absolute difference of two customers over the mean; 0 when all are equal.

    It is the index of these n values as a population (its largest value is 1 − 1/n), so that repeating every
    customer leaves it as it is. With negative values it can exceed 1 and no longer compares between groups
    [1]_; it is returned all the same, and `Concentration.negative` counts the values that cause it.

    References
    ----------
    .. [1] Chen, Tsaur and Rhai (1982), The Gini coefficient and negative income, Oxford Economic Papers 34(3).
    """
    ascending = sorted_values(values)
    n = ascending.size
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float((weights * ascending).sum() / (n * ascending.sum()))


def lorenz_curve(values: ArrayLike, *, points: int = 201) -> pd.DataFrame:
    """The Lorenz curve, poorest customer first: `customers` and `value`, both as shares from 0 to 1.

    Every customer is a point while there are fewer than `points`; beyond that, `points` evenly spaced ones.
    With negative values the curve dips below zero.
    """
    ascending = sorted_values(values)
    n = ascending.size
    cumulative = np.concatenate([[0.0], np.cumsum(ascending)])
    kept = np.unique(np.linspace(0, n, min(points, n + 1)).round().astype(int))
    return pd.DataFrame({"customers": kept / n, "value": cumulative[kept] / cumulative[-1]})


def membership(values: ArrayLike, top: float, *, eligible: ArrayLike | None = None) -> Values:
    """To which degree each customer is in the top `top`: 1 above the cut, 0 below, a fraction for a tie at it.

    Customers tied at the cut share the places that are left, each the same fraction, so that the degrees sum to
    `top_count` exactly whatever the order of the rows. Results come in the order of `values`. Only `eligible`
    customers (by default all) are counted and ranked; the others have degree 0.
    """
    array = np.asarray(values, dtype=np.float64)
    ranked = np.ones(array.size, dtype=bool) if eligible is None else np.asarray(eligible, dtype=bool)
    places = top_count(int(ranked.sum()), top)
    if places == 0:
        return np.zeros(array.size)
    cut = np.sort(array[ranked])[-places]
    above, tied = ranked & (array > cut), ranked & (array == cut)
    degree: Values = above + tied * ((places - int(above.sum())) / int(tied.sum()))
    return degree


def _between_0_and_1(number: Any, name: str) -> Fraction:
    exact = Fraction(str(float(number))) if np.isfinite(number) else Fraction(0)
    if not 0 < exact < 1:
        raise ParameterError(f"{name} is {number!r}; it must lie between 0 and 1, such as 0.2 for a fifth")
    return exact
