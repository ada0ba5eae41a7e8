"""How every figure looks, and how it leaves a notebook: one style, readable in grey, with alt text.

Figures are made without pyplot, so that none is left open and no global setting changes. At the report's width
of 720 CSS pixels no text is smaller than 9 points.
"""

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from textwrap import wrap
from typing import Any, ParamSpec
from weakref import WeakKeyDictionary

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from PIL import Image

from crmlab.figures import direction, room
from crmlab.language import current, is_right_to_left

WIDTH = 720  # CSS pixels
CSS_PIXELS_PER_INCH = 96
SCALE = 2
WIDTH_OF_LABEL = 78  # characters that fit along the lower axis
LINES_OF_TITLE = 3  # at most
MARGIN = 8  # CSS pixels left free at the figure's edge
COMPRESSION = 3  # of zlib's nine: near the size of the default for half its time
LINEAR_BELOW = 0.04045  # where sRGB's transfer curve begins to bend

# Luminances far apart, so that a grey print keeps them apart; line styles and markers say it again.
DARK, MIDDLE, LIGHT = "#12355b", "#c65d21", "#e3b23c"
PALE = "#a9c1dc"
INK, QUIET, FAINT = "#1f2328", "#59636e", "#d1d9e0"
LINES = {0: (DARK, "-", "o"), 1: (MIDDLE, "--", "s"), 2: (LIGHT, "-.", "^")}

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.labelsize": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,  # as the numbers in sentences and tables
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
Arguments = ParamSpec("Arguments")

_alt_texts: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


def styled(draw: Callable[Arguments, Axes]) -> Callable[Arguments, Axes]:
    """`draw` within crmlab's style, whatever style the session has set; the session's own is left as it was."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Axes:
        with _our_style():
            return draw(*args, **kwargs)

    return drawn


def new_axes(height: int = 420) -> Axes:
    """Empty Axes of the report's width and `height`, both in CSS pixels."""
    size = (WIDTH / CSS_PIXELS_PER_INCH, height / CSS_PIXELS_PER_INCH)
    figure = Figure(figsize=size, dpi=SCALE * CSS_PIXELS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def described(ax: Axes, alt: str) -> Axes:
    """`ax` with what a reader who cannot see it is told, and room for its words.

    Its title stands on as few even lines as fit on the figure, and no label of an axis over another.
    """
    figure = _figure(ax)
    figure.stale = not _laid_out(ax)  # and true again as soon as anything of it is changed
    _alt_texts[figure] = alt
    return ax


def folded(label: str, width: int = WIDTH_OF_LABEL) -> str:
    """`label` on as few lines as it needs, as even as its words allow, so that no word is left over for the last."""
    return _on_lines(label, len(_words_on_lines(label, width)))


def alt_text(ax: Axes) -> str:
    """The alt text of `ax`.

    Raises
    ------
    ValueError
        If its figure has none, which is a fault of the figure function.
    """
    try:
        return _alt_texts[_figure(ax)]
    except KeyError:
        raise ValueError("this figure has no alt text; its function must end with described(ax, alt)") from None


@dataclass(frozen=True)
class Picture:
    """A finished figure as a cell output: PNG at twice the size it is shown at, with alt text."""

    png: bytes
    alt: str
    width: int
    height: int

    def _repr_mimebundle_(
        self,
        include: Any = None,  # noqa: ARG002
        exclude: Any = None,  # noqa: ARG002
    ) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, "width": self.width, "height": self.height}}


def show(ax: Axes) -> Picture:
    """The figure of `ax` as a cell output; the same table gives the same bytes."""
    figure, alt = _figure(ax), alt_text(ax)
    buffer = io.BytesIO()
    with _our_style():
        direction.turned(figure)
        if not figure.stale:
            figure.set_layout_engine("none")  # everything has the place it was given with the title
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # nothing of it is transparent
        picture.save(buffer, "png", compress_level=COMPRESSION, dpi=(figure.dpi, figure.dpi))
    width, height = (round(float(inches) * CSS_PIXELS_PER_INCH) for inches in figure.get_size_inches())
    return Picture(buffer.getvalue(), alt, width, height)


def legend(ax: Axes, **options: Any) -> Legend:
    """The legend of `ax`, its marks on the side where its lines begin in the language spoken."""
    return ax.legend(markerfirst=not is_right_to_left(current()), **options)


def legend_below(ax: Axes, columns: int) -> None:
    """The legend of `ax` under it, where it covers nothing of what is drawn."""
    handles, labels = ax.get_legend_handles_labels()
    first = not is_right_to_left(current())
    below: Any = {"loc": "outside lower center", "ncols": columns, "markerfirst": first}
    _figure(ax).legend(handles, labels, **below)


def luminance(colour: Any) -> float:
    """Relative luminance of a colour, 0 (black) to 1 (white), as WCAG 2 defines it."""
    channels = (c / 12.92 if c <= LINEAR_BELOW else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


@contextmanager
def _our_style() -> Iterator[None]:
    with mpl.rc_context(), direction.fonts():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        if is_right_to_left(current()):
            mpl.rcParams.update(direction.STYLE)
        yield


def _laid_out(ax: Axes) -> bool:
    """Give the title its lines and everything its place; False where the one did not settle the other."""
    figure, layout = _figure(ax), _figure(ax).get_layout_engine()
    title = ax.get_title(loc=mpl.rcParams["axes.titlelocation"])
    guessed = _lines_of_title(ax, title)
    if layout is None:
        return False
    layout.execute(figure)  # so that the axes have their place; nothing need be drawn for it
    if room.made(figure):
        layout.execute(figure)
    return _lines_of_title(ax, title) == guessed


def _lines_of_title(ax: Axes, title: str) -> int:
    """Set the title on as few lines as fit where the axes are now; how many these are."""
    edges, width = ax.get_window_extent(), _figure(ax).bbox.width
    free = edges.x1 if mpl.rcParams["axes.titlelocation"] == "right" else width - edges.x0
    for lines in range(1, LINES_OF_TITLE + 1):
        text = ax.set_title(title if lines == 1 else _on_lines(title, lines))
        if text.get_window_extent().width <= free - MARGIN * SCALE:
            return lines
    return LINES_OF_TITLE


def _on_lines(label: str, lines: int) -> str:
    """`label` on at most so many lines, none longer than it must be; a number keeps its per cent sign beside it."""
    whole = label.replace(" %", "\u00a0%")
    widths = range(-(-len(whole) // max(lines, 1)), len(whole) + 1)
    ways = (_words_on_lines(whole, width) for width in widths if width)
    found = next((way for way in ways if len(way) <= lines), [whole])
    return "\n".join(found).replace("\u00a0%", " %")


def _words_on_lines(label: str, width: int) -> list[str]:
    return wrap(label, width, break_long_words=False)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure; they were removed from it")
    return figure
