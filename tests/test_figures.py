"""Figures by the data they were given: what is drawn, what is said, nothing cut off, the same bytes twice."""

import base64
import io
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.image import imread

from crmlab import figures
from crmlab.figures import style
from crmlab.figures.ticks import AsPercent
from tests.figure_checks import check_figure

GROUPS = ["top fifth", "2nd fifth", "3rd fifth", "4th fifth", "last fifth", "did not buy"]


def lorenz(top: float = 0.2, share: float = 0.621) -> Axes:
    curve = pd.DataFrame({"customers": [0.0, 0.5, 0.8, 1.0], "value": [0.0, 0.12, 0.379, 1.0]})
    return figures.lorenz(curve, top=top, share=share, customers="known customers who bought", window="the year 1998")


def top_shares(low: float | None = 0.2) -> Axes:
    table = pd.DataFrame(
        {
            "top": [0.01, 0.2, 0.5],
            "customers": [12_345, 246_900, 617_250],
            "value": [0.25, 0.621, 0.9],
            "low": [low, 0.6, 0.88],
            "high": [None if low is None else 0.31, 0.65, 0.92],
        }
    )
    return figures.top_shares(table, customers="known customers who bought", window="the year 1998")


def windows() -> pd.DataFrame:
    rows = [(3, "buyers", 0.508), (12, "buyers", 0.621), (3, "all", 1.0), (12, "all", 0.914)]
    rows += [(3, "everyone", 0.508), (12, "everyone", 0.621)]
    table = pd.DataFrame(rows, columns=["months", "base", "value"])
    return table.assign(low=table["value"] - 0.03, high=(table["value"] + 0.03).clip(upper=1))


def share_by_window() -> Axes:
    return figures.share_by_window(windows(), top=0.2)


def migration(stay: float = 0.44) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product([GROUPS, GROUPS], names=["before", "after"]).to_frame(index=False)
    same = grid["before"] == grid["after"]
    share = np.where(same, stay, (1 - stay) / 5)
    return grid.assign(share=share, customers=share * 123_456.0)


def heatmap() -> Axes:
    return figures.migration_heatmap(migration(), first="1997-07-01 to 1997-12-31", second="1998-01-01 to 1998-06-30")


ALL: dict[str, Callable[[], Axes]] = {
    "lorenz": lorenz,
    "top_shares": top_shares,
    "share_by_window": share_by_window,
    "heatmap": heatmap,
}

every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="x" if draw is top_shares else "xy")


@every_figure
def test_the_picture_has_what_a_notebook_needs(draw: Callable[[], Axes]) -> None:
    data, about = figures.show(draw())._repr_mimebundle_()
    picture = imread(io.BytesIO(base64.b64decode(data["image/png"])))
    size = about["image/png"]
    assert size["width"] == 720
    assert picture.shape[:2] == (2 * size["height"], 2 * size["width"])
    assert size["alt"].endswith(".")
    assert "%" in size["alt"]
    assert data["text/plain"] == size["alt"]


@every_figure
def test_the_picture_says_nothing_of_what_drew_it(draw: Callable[[], Axes]) -> None:
    assert b"Software" not in figures.show(draw()).png


@every_figure
def test_the_style_of_the_session_neither_leaks_in_nor_out(draw: Callable[[], Axes]) -> None:
    ours = figures.show(draw()).png
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.dpi": 10, "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        assert figures.show(draw()).png == ours
        assert dict(mpl.rcParams) == before


def test_lines_and_cells_are_told_apart_in_grey() -> None:
    shades = [style.luminance(colour) for colour, _, _ in style.LINES.values()]
    assert np.diff(sorted(shades)).min() > 0.15
    assert len({line for _, line, _ in style.LINES.values()}) == len(style.LINES)
    assert len({marker for _, _, marker in style.LINES.values()}) == len(style.LINES)


def test_luminance_of_known_colours() -> None:
    # WCAG 2: white 1, black 0, pure red its weight .2126.
    assert [style.luminance(colour) for colour in ("white", "black", "#ff0000")] == pytest.approx([1, 0, 0.2126])


def test_lorenz_draws_the_curve_and_marks_the_top() -> None:
    ax = lorenz()
    equality, curve, mark = ax.lines
    assert equality.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert curve.get_ydata().tolist() == [0, 0.12, 0.379, 1]
    assert mark.get_xydata()[0].tolist() == pytest.approx([0.8, 0.379])
    assert ax.get_title(loc="left") == "The top 20 % of customers make 62.1 % of the value"
    assert "62.1 %" in style.alt_text(ax)


def test_lorenz_shows_a_curve_below_zero() -> None:
    curve = pd.DataFrame({"customers": [0.0, 0.5, 1.0], "value": [0.0, -0.3, 1.0]})
    ax = figures.lorenz(curve, top=0.2, share=1.1, customers="customers", window="1998")
    assert ax.get_ylim()[0] == -0.3


def test_top_shares_draws_bars_and_intervals() -> None:
    ax = top_shares()
    assert [bar.get_width() for bar in ax.patches] == [0.25, 0.621, 0.9]
    assert ax.get_title(loc="left") == "The top 1 % make 25.0 %, the top 50 % make 90.0 %"
    assert "the top 1 % make 25.0 % (20.0 to 31.0)" in style.alt_text(ax)


def test_an_estimate_without_interval_is_drawn_without_one() -> None:
    ax = top_shares(low=None)
    assert "the top 1 % make 25.0 %," in style.alt_text(ax)


def test_share_by_window_draws_one_line_a_denominator() -> None:
    ax = share_by_window()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["known customers who bought", "all known customers", "everyone who bought, newcomers too"]
    assert ax.containers[0].lines[0].get_ydata().tolist() == [0.508, 0.621]
    assert ax.get_title(loc="left") == "The top 20 % of buyers: 50.8 % over 3 months, 62.1 % over 12"
    assert "among all known customers, 3: 100.0 % (97.0 to 100.0)" in style.alt_text(ax)


def test_share_of_one_window_and_one_denominator() -> None:
    table = windows().query("months == 12 and base == 'buyers'")
    ax = figures.share_by_window(table, top=0.2)
    assert ax.get_title(loc="left") == "The top 20 % of buyers: 62.1 % over 12 months"


def test_heatmap_writes_the_shares_in_the_order_of_the_groups() -> None:
    ax = heatmap()
    numbers = np.array([int(text.get_text()) for text in ax.texts]).reshape(6, 6)
    assert np.diag(numbers).tolist() == [44] * 6
    assert [label.get_text().split(" (")[0] for label in ax.get_yticklabels()] == GROUPS
    assert "44 % stayed in it and 11 % did not buy" in ax.get_title(loc="left")


def test_heatmap_numbers_stand_out_from_their_cells() -> None:
    grid = migration()
    grid["share"] = np.linspace(0, 1, 36)
    ax = figures.migration_heatmap(grid, first="one", second="two")
    ax.figure.draw_without_rendering()
    for text, colour in zip(ax.texts, ax.collections[0].get_facecolor(), strict=True):
        light, dark = sorted([style.luminance(colour), style.luminance(text.get_color())], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4, text.get_text()


def test_a_group_nobody_was_in_has_no_row() -> None:
    grid = migration()
    nobody = grid["before"] == "did not buy"
    grid.loc[nobody, ["customers", "share"]] = [0.0, np.nan]
    ax = figures.migration_heatmap(grid, first="one", second="two")
    assert len(ax.get_yticklabels()) == len(ax.get_xticklabels()) - 1
    assert "nan" not in style.alt_text(ax)


def test_tables_are_left_as_they_were() -> None:
    table, grid = windows(), migration()
    before = table.copy(), grid.copy()
    figures.share_by_window(table, top=0.2)
    figures.migration_heatmap(grid, first="one", second="two")
    pd.testing.assert_frame_equal(table, before[0])
    pd.testing.assert_frame_equal(grid, before[1])


def titled(title: str, labels: list[str]) -> Axes:
    @style.styled
    def draw() -> Axes:
        ax = style.new_axes()
        ax.barh(labels, [1] * len(labels))
        ax.set_title(title)
        return style.described(ax, "bars")

    return draw()


def test_a_title_is_folded_only_where_it_does_not_fit_and_then_evenly() -> None:
    said = "What was expected lies within the interval in 7 of 10 groups"
    assert titled(said, ["a"]).get_title(loc="left") == said
    ax = titled(said, ["a label that leaves the bars little place"])
    first, second = ax.get_title(loc="left").split("\n")
    assert f"{first} {second}" == said
    assert abs(len(first) - len(second)) < 15
    assert (
        ax.figure.findobj(lambda found: getattr(found, "get_text", str)() == ax.get_title(loc="left"))[0]
        .get_window_extent()
        .x1
        <= ax.figure.bbox.width
    )


@pytest.mark.parametrize(
    ("label", "width", "lines"),
    [
        ("days from first to last purchase (right: bought lately), 502 days after the first", 78, 2),
        ("customers left alone on purpose", 26, 2),
        ("horizon", 22, 1),
        ("", 22, 1),
    ],
)
def test_a_label_is_folded_into_even_lines(label: str, width: int, lines: int) -> None:
    folded = style.folded(label, width).split("\n")
    assert " ".join(folded) == label
    assert len(folded) == lines
    assert max(map(len, folded)) <= width
    assert lines == 1 or len(folded[-1].split()) > 1  # no word is left over


def test_a_figure_without_alt_text_is_not_shown() -> None:
    with pytest.raises(ValueError, match="no alt text"):
        figures.show(style.new_axes())


def test_a_figure_can_be_shown_again() -> None:
    ax = lorenz()
    assert figures.show(ax) == figures.show(ax)


def test_axes_without_a_figure_are_not_shown() -> None:
    ax = lorenz()
    ax.remove()
    with pytest.raises(ValueError, match="belong to no figure"):
        figures.show(ax)


@pytest.mark.parametrize(
    ("ticks", "said"),
    [([0, 0.2, 0.8], ["0 %", "20 %", "80 %"]), ([0, 0.025, 0.05], ["0.0 %", "2.5 %", "5.0 %"])],
)
def test_no_tick_of_a_share_is_rounded(ticks, said):
    ax = style.new_axes()
    ax.set_yticks(ticks)
    ax.yaxis.set_major_formatter(AsPercent())
    assert [label.get_text() for label in ax.get_yticklabels()] == said


def test_a_number_keeps_its_per_cent_sign_where_a_title_is_folded() -> None:
    told = "63 % make the first renewal, 95 % of those who stayed renewal 12"
    for width in range(8, 60):
        lines = style.folded(told, width).split("\n")
        assert " ".join(lines) == told
        assert not any(line.startswith("%") for line in lines)
