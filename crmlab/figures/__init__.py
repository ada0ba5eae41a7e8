"""One function a figure: a table in, Axes out. No figure computes a statistic."""

from crmlab.figures.concentration import lorenz, migration_heatmap, share_by_window, top_shares
from crmlab.figures.style import show

__all__ = ["lorenz", "migration_heatmap", "share_by_window", "show", "top_shares"]
