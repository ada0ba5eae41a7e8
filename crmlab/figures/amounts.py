"""Amounts up an axis: in thousands, millions or thousand millions, on whole ticks, with room for labels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.figures.ticks import AsCount
from crmlab.language import mark, translated

SCALES = ((1e9, mark("billion")), (1e6, mark("million")), (1e3, mark("thousand")))

LEAST_FOR_SCALE = 10  # of the larger unit, from which amounts are written in it


def scale_of(most: float, currency: str) -> tuple[float, str]:
    """What amounts up to `most` are divided by, and what they are then called."""
    for size, word in SCALES:
        if most >= LEAST_FOR_SCALE * size:
            return size, f"{translated(word)} {currency}"
    return 1.0, currency


def whole_ticks(ax: Axes) -> None:
    """Few ticks of whole numbers up the axis: none is rounded to another."""
    ax.yaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def room_above(ax: Axes, heights: np.ndarray) -> None:
    """Place for a label above the highest bar, and some below the lowest."""
    span = float(heights.max() - heights.min()) or 1.0
    ax.set_ylim(float(heights.min()) - (0.05 * span if heights.min() < 0 else 0), float(heights.max()) + 0.14 * span)
