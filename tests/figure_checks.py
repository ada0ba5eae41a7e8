"""What holds of every figure: its words can be read, it is labelled and told, and it is the same twice."""

import itertools
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from crmlab import figures
from crmlab.figures import style

SMALLEST = 9  # points
TOUCH = 1.0  # pixels by which the boxes of two texts may meet: a box has room around its letters


def check_figure(draw: Callable[[], Axes], *, labels: str = "x") -> str:
    """The alt text of the figure that `draw` makes, which can be read, is labelled, and is the same when made again.

    `labels` names the axes of which one of the figure's parts has to have a label: `x`, `xy`, or none.
    """
    ax = draw()
    check_texts(ax)
    assert ax.get_title(loc="left")
    for axis in labels:
        assert any(getattr(part, f"get_{axis}label")() for part in ax.figure.axes), axis
    alt = style.alt_text(ax)
    assert alt.endswith(".")
    assert any(sign.isdigit() for sign in alt)
    assert "nan" not in alt
    assert figures.show(draw()).png == figures.show(draw()).png
    return alt


def check_texts(ax: Axes) -> None:
    """Fail if a text of the figure is cut off, small, or stands over another."""
    ax.figure.draw_without_rendering()
    width, height = ax.figure.bbox.size
    boxes = {text: text.get_window_extent() for text in drawn_texts(ax)}
    for text, box in boxes.items():
        assert min(box.x0, box.y0) >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y1 <= height, text.get_text()
        assert text.get_fontsize() >= SMALLEST, text.get_text()
    over = [
        (one.get_text(), other.get_text())
        for one, other in itertools.combinations(boxes, 2)
        if boxes[one].padded(-TOUCH).overlaps(boxes[other].padded(-TOUCH))
    ]
    assert not over, over


def drawn_texts(ax: Axes) -> list[Text]:
    """The texts of the whole figure that are seen: no tick beyond the limits is."""
    limits: dict[Text, Bbox] = {
        text: part.viewLim.padded(1e-9)
        for part in ax.figure.axes
        for text in part.xaxis.get_ticklabels(which="both") + part.yaxis.get_ticklabels(which="both")
    }
    texts = [text for text in ax.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in texts if text not in limits or limits[text].contains(*text.get_position())]
