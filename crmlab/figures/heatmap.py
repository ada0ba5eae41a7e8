"""A heat map of shares with their numbers in the cells, for every figure that shows one."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from crmlab.figures.style import luminance
from crmlab.language import count

HALFWAY = 0.18  # the luminance at which black and white text have the same contrast (WCAG 2)


def draw_shares(ax: Axes, shares: pd.DataFrame, *, darkest: float = 1.0, fontsize: float = 10) -> None:
    """Fill `ax` with a cell for each share of `shares` (0 to 1), its per cent in it; an empty cell where it is NaN.

    Rows and columns are labelled by the caller; `darkest` is the share with the darkest colour.
    """
    values = shares.to_numpy(dtype=np.float64)
    sns.heatmap(
        shares,
        ax=ax,
        cmap="Blues",
        vmin=0,
        vmax=darkest,
        annot=np.array([[count(100 * share) for share in row] for row in values]),
        fmt="",
        annot_kws={"fontsize": fontsize},
        linewidths=1.2,
        linecolor="white",
        cbar=False,
    )
    colours = np.asarray(ax.collections[0].get_facecolor())
    drawn = colours[~np.isnan(values.ravel())]
    for text, colour in zip(ax.texts, drawn, strict=True):
        text.set_color("white" if luminance(colour) < HALFWAY else "black")
    ax.grid(visible=False)
    ax.tick_params(length=0)
