"""Room for the words along the axes: where they are crowded an axis has fewer numbers, or the figure grows."""

from itertools import pairwise

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

GAPS = (4.0, 10.0)  # pixels at least between two labels, side by side and stacked; a CSS pixel has two
FEWEST = 2  # steps that an axis keeps
HIGHEST = 5.0  # times its height to which a part grows; two names at nearly one place would want a tower


def made(figure: Figure) -> bool:
    """Give the labels of all axes the room they lack; whether there was any to give.

    The axes need have their places, and want new ones afterwards. Names along the upright axis cannot be left out, so
    that the figure grows by what the most crowded two of them lack; numbers can.
    """
    axes = [(axis, along) for ax in figure.axes for axis, along in ((ax.xaxis, 0), (ax.yaxis, 1))]
    thinned = [_thinned(axis, along) for axis, along in axes]
    lacking = [(_crowding(axis, 1) - 1) * axis.axes.bbox.height for axis, along in axes if along]
    most = max(lacking, default=0.0)
    if most > 0:
        width, height = figure.get_size_inches()
        figure.set_size_inches(float(width), float(height) + most / figure.dpi)
    return any(thinned) or most > 0


def _thinned(axis: Axis, along: int) -> bool:
    """Whether numbers that matplotlib chose stood too close, and are now as many as there is room for."""
    locator = axis.get_major_locator()
    if not isinstance(locator, MaxNLocator) or _crowding(axis, along) <= 1:
        return False
    for steps in range(len(axis.get_majorticklocs()) - 2, FEWEST - 1, -1):
        locator.set_params(nbins=steps)
        if _crowding(axis, along) <= 1:
            break
    return True


def _crowding(axis: Axis, along: int) -> float:
    """How many times as far apart the closest two labels of an axis ought to be, at most `HIGHEST`; 1 with room."""
    ends = sorted((box.get_points()[:, along] for box in _boxes(axis, along)), key=sum)
    wanted = [(b[1] - b[0] + a[1] - a[0] + 2 * GAPS[along], b.sum() - a.sum()) for a, b in pairwise(ends)]
    return float(max((want / max(there, want / HIGHEST) for want, there in wanted), default=1.0))


def _boxes(axis: Axis, along: int) -> list[Bbox]:
    """The boxes of the labels that are seen: no label of a tick beyond the limits is."""
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    labels = [one for one in axis.get_majorticklabels() if one.get_visible() and one.get_text().strip()]
    seen = [one for one in labels if low - slack <= one.get_position()[along] <= high + slack]
    return [one.get_window_extent() for one in seen]
