"""One function a figure: a table in, Axes out. No figure computes a statistic."""

from crmlab.figures.concentration import lorenz, migration_heatmap, share_by_window, top_shares
from crmlab.figures.style import show
from crmlab.figures.value import calibration, naive_values, tiers, tornado, tracking, value_fan

__all__ = [
    "calibration",
    "lorenz",
    "migration_heatmap",
    "naive_values",
    "share_by_window",
    "show",
    "tiers",
    "top_shares",
    "tornado",
    "tracking",
    "value_fan",
]
