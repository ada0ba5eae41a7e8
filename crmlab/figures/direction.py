"""Figures in a language written from right to left: its font, its digits on the axes, its labels the right way round.

Axes keep their direction: time runs from left to right, and so do numbers. Letters are joined and ordered by matplotlib
itself (3.11 or newer).
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import matplotlib.dates
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, ScalarFormatter

from crmlab.language import FONTS, current, day, is_right_to_left
from crmlab.language.numbers import localised

FAMILY = "Vazirmatn"
STYLE: dict[Any, Any] = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "axes.titlelocation": "right",
    "xtick.major.pad": 7,  # its lines are higher, and the two axes' first numbers meet in a corner
}

_FILES = ("Vazirmatn-Regular.ttf", "Vazirmatn-Bold.ttf")
_RIGHT_TO_LEFT_MARK = "\u200f"


@contextmanager
def fonts() -> Iterator[None]:
    """Let matplotlib know the language's font inside the block, and no longer."""
    manager = font_manager.fontManager
    before = list(manager.ttflist)
    if is_right_to_left(current()):
        for name in _FILES:
            manager.addfont(FONTS / name)
    try:
        yield
    finally:
        manager.ttflist[:] = before


def turned(figure: Figure) -> None:
    """`figure`, its axes' numbers and days, its labels and its legends made right for the language spoken."""
    if not is_right_to_left(current()):
        return
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            _localise(axis)
    texts: list[Any] = figure.findobj(Text)
    for text in texts:
        text.set_text(marked(text.get_text()))
    legends: list[Any] = figure.findobj(Legend)
    for legend in legends:
        legend.set_alignment("right")


def marked(text: str) -> str:
    """`text`, each line of it that has Persian in it but begins with Latin letters marked as right to left."""
    return "\n".join(map(_marked, text.split("\n")))


def _marked(line: str) -> str:
    kinds = [kind for letter in line if (kind := unicodedata.bidirectional(letter)) in ("L", "R", "AL")]
    mixed = kinds[:1] == ["L"] and set(kinds) != {"L"}
    return f"{_RIGHT_TO_LEFT_MARK}{line}" if mixed and not line.startswith(_RIGHT_TO_LEFT_MARK) else line


class _LocalisedNumbers(ScalarFormatter):
    """matplotlib's own numbers, in the digits of the language."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return localised(super().__call__(x, pos))


def _localise(axis: Any) -> None:
    """Digits and days of the language on an axis that has matplotlib's own; formatters of ours speak it already."""
    formatter = axis.get_major_formatter()
    if type(formatter) is ScalarFormatter:
        axis.set_major_formatter(_LocalisedNumbers())
    elif isinstance(formatter, matplotlib.dates.AutoDateFormatter | matplotlib.dates.ConciseDateFormatter):
        axis.set_major_formatter(FuncFormatter(_day_at))


def _day_at(place: float, _: int | None = None) -> str:
    moment: datetime = matplotlib.dates.num2date(place)  # type: ignore[no-untyped-call]
    return day(moment.date())
