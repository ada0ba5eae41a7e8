"""How chance and differences of logarithms are said."""

import numpy as np

from crmlab.language import (
    interval,
    number,
    signed_percent,
    tr,
)

SMALLEST = 0.001


def chance(p_value: float) -> str:
    """A p value in words, none of them zero."""
    return tr("below {p}", p=number(SMALLEST, 3)) if p_value < SMALLEST else number(p_value, 3)


def relative(low: float, high: float, level: float) -> str:
    """The interval of a difference of logarithms, as relative changes."""
    return interval(float(np.expm1(low)), float(np.expm1(high)), signed_percent, level)
