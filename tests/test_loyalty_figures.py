"""Figures of choice, satisfaction and trust by the data they were given: nothing cut off, the same bytes twice."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures import style
from tests.figure_checks import check_figure

REGIONS = pd.DataFrame(
    {"region": ["Tehran", "A region with a name that is rather long", "Kerman"], "hhi": [0.09, 0.24, 1.0]}
).assign(effective=lambda table: 1 / table["hhi"])


def curve() -> pd.DataFrame:
    rows = [
        (captive, point, 0.7 if captive else 0.1 * point + 0.1) for captive in (False, True) for point in range(1, 8)
    ]
    table = pd.DataFrame(rows, columns=["captive", "satisfaction", "share"])
    return table.assign(low=table["share"] - 0.1, high=table["share"] + 0.1)


def slopes() -> pd.DataFrame:
    return REGIONS.assign(slope=[0.1, 0.08, 0.0], low=[0.05, 0.0, -0.1], high=[0.15, 0.16, 0.1])


def means() -> pd.DataFrame:
    ways = ["answered at once", "with the follow-up", "bounds, whatever the silent think"]
    return pd.DataFrame({"way": ways, "value": [4.9, 4.3, np.nan], "low": [4.8, 4.2, 2.5], "high": [5.0, 4.4, 6.2]})


def dots() -> pd.DataFrame:
    return pd.DataFrame({"x": [1, 2, 3, 7], "y": [0.2, 0.5, 0.4, 1.0], "customers": [3, 40, 2, 1]})


def ceiling() -> Axes:
    steps = pd.DataFrame({"x": [1.0, 2.0, 7.0], "y": [0.2, 0.5, 1.0]})
    return figures.ceiling(dots(), steps, condition="attachment", outcome="share of wallet", effect=0.55)


def products() -> pd.DataFrame:
    return pd.DataFrame({"n": [3, 10, 40], "raw": [2.0, 4.5, 5.5], "shrunk": [4.0, 4.4, 5.2]})


def ranks() -> pd.DataFrame:
    return REGIONS.assign(rank=[1, 2, 3], best=[1, 1, 2], worst=[2, 3, 3])


def curves() -> pd.DataFrame:
    score = np.linspace(-2, 2, 9)
    return pd.DataFrame({"satisfaction": score, "0.3": 0.9 + score / 50, "9": 0.4 + score / 10})


DRAWN: dict[str, Callable[[], Axes]] = {
    "concentration": lambda: figures.market_concentration(REGIONS, cut=0.25),
    "staying": lambda: figures.staying_curves(curve()),
    "worth": lambda: figures.worth_by_region(slopes(), cut=0.25),
    "silent": lambda: figures.silent_means(means()),
    "ceiling": ceiling,
    "products": lambda: figures.shrunk_products(products(), mean=4.6),
    "need": lambda: figures.need_ranks(ranks()),
    "choice": lambda: figures.choice_curves(curves()),
}
every_figure = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw)


def test_bars_are_as_long_as_the_market_is_concentrated_and_coloured_by_the_cut() -> None:
    ax = figures.market_concentration(REGIONS, cut=0.25)
    assert sorted(bar.get_width() for bar in ax.patches) == [0.09, 0.24, 1.0]
    assert len({bar.get_facecolor() for bar in ax.patches}) == 2
    assert "1.00 · as 1.0 firms" in [text.get_text() for text in ax.texts]


def test_a_market_of_one_kind_has_one_line() -> None:
    both, one = figures.staying_curves(curve()), figures.staying_curves(curve().query("not captive"))
    assert [len(ax.get_legend().get_texts()) for ax in (both, one)] == [2, 1]
    assert "with little choice 70.0 % → 70.0 %" in style.alt_text(both)


def test_bounds_have_no_middle() -> None:
    ax = figures.silent_means(means())
    dots_drawn = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots_drawn) == 2
    assert "bounds, whatever the silent think 2.50 to 6.20" in style.alt_text(ax)


def test_the_ceiling_goes_on_to_the_right_edge() -> None:
    steps = pd.DataFrame({"x": [1.0, 2.0], "y": [0.2, 1.0]})
    ax = figures.ceiling(dots(), steps, condition="a", outcome="b", effect=0.1)
    assert ax.lines[0].get_xdata().tolist() == [1.0, 2.0, 7.0]
    assert ax.lines[0].get_ydata().tolist() == [0.2, 1.0, 1.0]


def test_tables_are_left_as_they_were() -> None:
    table = curve()
    before = table.copy()
    figures.staying_curves(table)
    pd.testing.assert_frame_equal(table, before)
