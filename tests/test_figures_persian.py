"""Figures in a language from right to left: font, digits, days, marks of direction, and nothing left behind."""

from collections.abc import Callable, Iterator
from datetime import date

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.text import Text

from crmlab import figures
from crmlab.figures import direction, style
from crmlab.language import speaking
from tests.figure_checks import check_texts

GROUPS = ["top fifth", "2nd fifth", "3rd fifth", "4th fifth", "last fifth", "did not buy"]
WINDOW = "۱۳۷۶/۰۴/۱۰ تا ۱۳۷۷/۰۴/۰۹"


@pytest.fixture(autouse=True)
def persian() -> Iterator[None]:
    with speaking("fa"):
        yield


def lorenz() -> Axes:
    curve = pd.DataFrame({"customers": [0.0, 0.5, 0.8, 1.0], "value": [0.0, 0.12, 0.379, 1.0]})
    return figures.lorenz(curve, top=0.2, share=0.621, customers="مشتریان", window=WINDOW)


def top_shares() -> Axes:
    table = pd.DataFrame({"top": [0.01, 0.5], "customers": [12_345, 617_250], "value": [0.25, 0.9]})
    table = table.assign(low=table["value"] - 0.03, high=table["value"] + 0.03)
    return figures.top_shares(table, customers="مشتریان", window=WINDOW)


def share_by_window() -> Axes:
    rows = [(3, "buyers", 0.508), (12, "buyers", 0.621), (3, "all", 1.0), (12, "all", 0.914)]
    table = pd.DataFrame(rows, columns=["months", "base", "value"])
    return figures.share_by_window(table.assign(low=table["value"] - 0.03, high=table["value"]), top=0.2)


def heatmap() -> Axes:
    grid = pd.MultiIndex.from_product([GROUPS, GROUPS], names=["before", "after"]).to_frame(index=False)
    share = np.where(grid["before"] == grid["after"], 0.44, 0.112)
    table = grid.assign(share=share, customers=share * 123_456.0)
    return figures.migration_heatmap(table, first=WINDOW, second=WINDOW)


@style.styled
def plain() -> Axes:
    """Axes that have matplotlib's own numbers and days."""
    ax = style.new_axes()
    ax.plot([date(1998, 3, 21), date(1998, 6, 30)], [-1500.5, 20000.5], label="RFM و ارزش")
    ax.set_xticks([date(1998, 3, 21), date(1998, 6, 30)])
    ax.set_title("RFM و ارزش\nCLV")
    style.legend(ax)
    return style.described(ax, "alt")


every_figure = pytest.mark.parametrize("draw", [lorenz, top_shares, share_by_window, heatmap, plain])


def drawn(draw: Callable[[], Axes]) -> Axes:
    """The axes as `show` leaves them: it turns them before it saves them."""
    ax = draw()
    figures.show(ax)
    return ax


def texts(ax: Axes) -> list[Text]:
    found = ax.figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [text for text in found if isinstance(text, Text) and text.get_text()]


@every_figure
def test_no_text_has_latin_digits(draw: Callable[[], Axes]) -> None:
    for text in texts(drawn(draw)):
        assert not set(text.get_text()) & set("0123456789"), text.get_text()


@every_figure
def test_every_text_is_in_the_font_of_the_package(draw: Callable[[], Axes]) -> None:
    for text in texts(draw()):
        assert text.get_fontfamily()[0] == direction.FAMILY
    with direction.fonts():
        for weight in ("normal", "bold"):
            found = font_manager.findfont(font_manager.FontProperties(family=[direction.FAMILY], weight=weight))
            assert str(direction.FONTS) in str(found)


@every_figure
def test_no_text_is_cut_off_small_or_over_another(draw: Callable[[], Axes]) -> None:
    ax = draw()
    with direction.fonts():
        direction.turned(ax.get_figure(root=True))
        check_texts(ax)


@every_figure
def test_the_same_table_gives_the_same_bytes(draw: Callable[[], Axes]) -> None:
    assert figures.show(draw()).png == figures.show(draw()).png


@every_figure
def test_letters_are_joined_and_none_is_missing(draw: Callable[[], Axes], recwarn: pytest.WarningsRecorder) -> None:
    figures.show(draw())
    assert not [str(warning.message) for warning in recwarn if "missing" in str(warning.message)]


def test_what_a_figure_says_in_words_has_the_marks_of_the_language() -> None:
    curve = pd.DataFrame({"day": [0, 100, 200], "at_risk": [30, 20, 10], "censored": [0, 1, 2]})
    curve = curve.assign(survival=[1.0, 0.8, 0.6], low=[1.0, 0.7, 0.5], high=[1.0, 0.9, 0.7])
    survival = figures.survival(curve, title="ماندن", ylabel="سهم", xlabel="روز", level=0.95)
    bars = pd.DataFrame({"years": [0.4, 1.4], "value": [26.91, 103.56]})
    naive = figures.naive_values(bars, labels=["نخست", "آخر"], currency="USD")
    told = [style.alt_text(ax) for ax in (survival, naive)]
    assert "، " in told[0]
    assert "؛ " in told[1]
    assert not [alt for alt in told if ", " in alt or "; " in alt]


def test_time_runs_from_left_to_right() -> None:
    left, right = drawn(share_by_window).get_xlim()
    assert left < right


def test_titles_stand_on_the_right_and_legends_have_their_marks_there() -> None:
    ax = drawn(share_by_window)
    assert ax.get_title(loc="right")
    legend = ax.get_legend()
    assert legend is not None
    text, handle = legend.get_texts()[0], legend.legend_handles[0]
    assert handle is not None
    assert text.get_window_extent().x0 < handle.get_window_extent().x0


def test_matplotlibs_own_numbers_and_days_are_those_of_the_language() -> None:
    ax = drawn(plain)
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown == ["۱۳۷۷/۰۱/۰۱", "۱۳۷۷/۰۴/۰۹"]
    assert "۲۰۰۰۰" in [label.get_text() for label in ax.get_yticklabels()]


def test_lines_that_begin_with_latin_letters_are_marked_from_right_to_left() -> None:
    assert drawn(plain).get_title(loc="right") == "\u200fRFM و ارزش\nCLV"
    assert direction.marked("RFM") == "RFM"
    assert direction.marked("ارزش RFM") == "ارزش RFM"
    assert direction.marked(direction.marked("RFM و ارزش")) == "\u200fRFM و ارزش"


def test_nothing_is_left_behind() -> None:
    figures.show(lorenz())
    families, settings = {font.name for font in font_manager.fontManager.ttflist}, dict(mpl.rcParams)
    figures.show(lorenz())
    assert {font.name for font in font_manager.fontManager.ttflist} == families
    assert direction.FAMILY not in families
    assert dict(mpl.rcParams) == settings


def test_english_figures_have_their_own_font() -> None:
    with speaking("en"):
        ax = drawn(plain)
    assert {text.get_fontfamily()[0] for text in texts(ax)} == {"DejaVu Sans"}
