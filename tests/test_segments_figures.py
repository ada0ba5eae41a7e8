"""Figures of segments by the data they were given: what is drawn and said, nothing cut off, the same bytes twice."""

import itertools
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures import style
from tests.figure_checks import check_figure

STATES = ["new", "active", "loyal", "returned", "at_risk", "lapsed"]
LOOKS = [date(2022, month, 28) for month in range(1, 8)]


def grid(n_bins: int = 3, *, value: float = 1.0) -> pd.DataFrame:
    scale = range(1, n_bins + 1)
    table = pd.MultiIndex.from_product([scale, scale], names=["r", "f"]).to_frame(index=False)
    share = np.arange(1, n_bins**2 + 1) / sum(range(1, n_bins**2 + 1))
    return table.assign(customers=(share * 123_456).round(), share=share, value_share=share * value)


def rfm_grid() -> Axes:
    return figures.rfm_grid(grid(), customers="customers with a purchase", window="2022-07-28")


def flows(*, lapsed: int = 123_456) -> pd.DataFrame:
    rows = []
    for start, end in itertools.pairwise(LOOKS):
        rows += [(start, end, state, state, 1000) for state in STATES[:-1]]
        rows += [(start, end, "lapsed", "lapsed", lapsed), (start, end, "not yet", "new", 300)]
        rows += [(start, end, "active", "at_risk", 87), (start, end, "at_risk", "active", 51)]
    table = pd.DataFrame(rows, columns=["start", "end", "before", "after", "customers"])
    # Sizes have to follow from look to look: newcomers and movers are part of what is there later.
    for place in range(1, len(LOOKS) - 1):
        came = table[(table["end"] == LOOKS[place])].groupby("after")["customers"].sum()
        for state in STATES:
            left = (table["start"] == LOOKS[place]) & (table["before"] == state)
            stays = left & (table["after"] == state)
            others = table.loc[left & ~stays, "customers"].sum()
            table.loc[stays, "customers"] = came.get(state, 0) - others
    return table


def river() -> Axes:
    return figures.state_river(flows(lapsed=4000))


def moves() -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([STATES, STATES], names=["before", "after"]).to_frame(index=False)
    same = rows["before"] == rows["after"]
    return rows.assign(value=np.where(same, 0.75, 0.05), n=12_345)


def transitions() -> Axes:
    return figures.transition_heatmap(moves(), window="2022-01-01 to 2022-07-28", periods=6)


def periods(n: int = 24) -> pd.DataFrame:
    ends = [day.date() for day in pd.date_range("2021-01-31", periods=n, freq="ME")]
    return pd.DataFrame({"end": ends, "moved": 200, "in_touch": 1000, "share": np.linspace(0.15, 0.25, n)})


def usual() -> Axes:
    return figures.usual_moves(periods(), middle=0.2, low=0.14, high=0.28)


def stays() -> pd.DataFrame:
    table = pd.DataFrame(
        {"periods_from": [0.0, 1, 2, 3, 4, 5], "periods_to": [1.0, 2, 3, 4, 5, np.inf], "customers": 12_345}
    )
    value = np.linspace(0.2, 0.05, 6)
    return table.assign(value=value, low=value - 0.02, high=value + 0.02, level=0.95)


def time_in_state() -> Axes:
    return figures.by_time_in_state(stays(), state="at_risk")


ALL: dict[str, Callable[[], Axes]] = {
    "rfm_grid": rfm_grid,
    "river": river,
    "transitions": transitions,
    "usual": usual,
    "time_in_state": time_in_state,
}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="xy")


def test_the_grid_writes_customers_and_value_in_every_cell() -> None:
    ax = rfm_grid()
    # The best recency stands on top: recency 3, frequency 1 is the seventh of nine cells, 7/45 of both.
    assert ax.texts[0].get_text() == "19,204 customers\n15.6 % of value"
    assert ax.get_title(loc="left") == "The best in both are 20 % of customers and 20 % of the value"
    assert len(figures.rfm_grid(grid(5), customers="c", window="w").texts) == 25


def test_a_grid_without_value_shows_customers_alone() -> None:
    ax = figures.rfm_grid(grid(value=np.nan), customers="c", window="w")
    assert ax.texts[0].get_text() == "19,204 customers"
    assert "–" not in ax.get_title(loc="left")


def test_the_river_draws_every_customer() -> None:
    table = flows(lapsed=4000)
    ax = figures.state_river(table)
    last = table[table["end"] == LOOKS[-1]]
    bars = [bar for bar in ax.patches if abs(bar.get_x() + bar.get_width() / 2 - (len(LOOKS) - 1)) < 1e-9]
    assert sum(bar.get_height() for bar in bars) == last["customers"].sum()
    assert len(ax.collections) == len(table)
    assert ax.get_title(loc="left") == "Last period: 87 slipped away, 51 came back, 300 were new"
    assert "at risk" in style.alt_text(ax)


def test_the_names_in_the_river_do_not_overlap() -> None:
    ax = figures.state_river(flows())  # nearly everybody has lapsed: the others are thin
    ax.figure.draw_without_rendering()
    names = [text for text in ax.texts if text.get_text().split(" ")[0] in ("loyal", "active", "returned", "new", "at")]
    edges = sorted((text.get_window_extent().y0, text.get_window_extent().y1) for text in names)
    assert len(edges) == 5
    assert all(one[1] <= two[0] + 1 for one, two in itertools.pairwise(edges))


def test_a_state_nobody_was_in_has_no_row() -> None:
    table = moves()
    ax = figures.transition_heatmap(table[table["before"] != "new"], window="w", periods=1)
    assert len(ax.get_yticklabels()) == 5
    assert len(ax.get_xticklabels()) == 6
    said = ax.get_title(loc="left").replace("\n", " ")
    assert said == "Of those at risk, 20 % are back a period later and 5 % lapsed"
    without = figures.transition_heatmap(table[table["before"] == "lapsed"], window="w", periods=1)
    assert without.get_title(loc="left") == "Which state follows which"


def test_without_a_usual_range_no_band_is_drawn() -> None:
    ax = figures.usual_moves(periods(3), middle=None, low=None, high=None)
    assert "Usual" not in style.alt_text(ax)
    assert "usual, from the earlier periods" not in [text.get_text() for text in ax.get_legend().get_texts()]
    assert "Usual: 14.0 % to 28.0 %" in style.alt_text(usual())


def test_tables_are_left_as_they_were() -> None:
    table, spent = flows(), stays()
    before = table.copy(), spent.copy()
    figures.state_river(table)
    figures.by_time_in_state(spent, state="lapsed")
    pd.testing.assert_frame_equal(table, before[0])
    pd.testing.assert_frame_equal(spent, before[1])
