"""Figures of churn by the data they were given: what is drawn, what is said, nothing cut off, readable sizes."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures import style
from tests.figure_checks import check_figure


def gained() -> pd.DataFrame:
    calls = np.arange(1, 401)
    return pd.DataFrame(
        {"calls": calls, "hits": 80 * np.sqrt(calls / 400), "by_chance": calls / 5, "other": calls / 4.9}
    )


def gains() -> Axes:
    return figures.gains(
        gained(), capacity=200, other="the share that left at a first, second, third and later renewal"
    )


def groups() -> pd.DataFrame:
    table = pd.DataFrame({"customers": 40, "expected": np.linspace(0.05, 0.4, 10), "share": np.linspace(0.0, 0.5, 10)})
    return table.assign(low=(table["share"] - 0.1).clip(lower=0), high=table["share"] + 0.1)


def reliability() -> Axes:
    return figures.reliability(groups(), window="2024-12-21 to 2025-03-20")


def ratios() -> pd.DataFrame:
    names = ["purchases of the last 180 days against the 180 before", *[f"region {n}" for n in range(21)]]
    table = pd.DataFrame({"name": names, "ratio": np.linspace(0.6, 1.6, 22)})
    return table.assign(low=table["ratio"] / 1.2, high=table["ratio"] * 1.2)


def effects() -> Axes:
    return figures.effects(ratios(), title="Ten columns have an interval without 1", xlabel="odds ratio")


def curves() -> pd.DataFrame:
    parts = []
    for band in (1, 2, 3):
        day = np.arange(0, 366, 5)
        share = np.exp(-band * day / 900)
        parts.append(
            pd.DataFrame({"band": band, "day": day, "customers": 390, "share": share, "expected": 0.8 - band / 9})
        )
    table = pd.concat(parts, ignore_index=True)
    return table.assign(low=table["share"] - 0.03, high=(table["share"] + 0.03).clip(upper=1))


def still_there() -> Axes:
    return figures.still_there(curves(), days=365)


ALL: dict[str, Callable[[], Axes]] = {
    "gains": gains,
    "reliability": reliability,
    "effects": effects,
    "still_there": still_there,
}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="xy")


def test_gains_mark_the_capacity_and_what_it_reaches() -> None:
    ax = gains()
    # 80 · √½ = 57 by the score, 200 / 5 = 40 by lot.
    assert ax.get_title(loc="left").replace("\n", " ") == "200 calls reach 57 leavers by the score, 40 by lot"
    assert ax.lines[0].get_ydata()[199] == pytest.approx(80 * np.sqrt(0.5))
    named = figures.gains(gained(), capacity=200, by="by the benchmark", other="by the score")
    assert named.get_title(loc="left").replace("\n", " ") == "200 calls reach 57 leavers by the benchmark, 40 by lot"
    assert [text.get_text() for text in named.figure.legends[0].get_texts()][:2] == ["by the benchmark", "by the score"]
    beyond = figures.gains(gained(), capacity=9999)
    assert beyond.get_title(loc="left").startswith("400 calls reach 80")
    assert len(beyond.figure.legends[0].get_texts()) == 2


def test_reliability_counts_groups_within_their_intervals() -> None:
    table = pd.DataFrame(
        {"customers": 50, "expected": [0.1, 0.3], "share": [0.12, 0.6], "low": [0.05, 0.5], "high": [0.2, 0.7]}
    )
    ax = figures.reliability(table, window="2024")
    assert ax.get_title(loc="left").startswith("1 of 2 groups")
    assert ax.containers[0].lines[0].get_xdata().tolist() == [0.1, 0.3]
    assert "said 10.0 %, came 12.0 %" in style.alt_text(ax)


def test_effects_without_intervals_are_drawn_as_points() -> None:
    table = ratios().head(3).assign(low=np.nan, high=np.nan)
    ax = figures.effects(table, title="t", xlabel="x")
    assert ax.containers[0].lines[0].get_xdata().tolist() == table["ratio"].tolist()
    assert "interval" not in style.alt_text(ax).split(":", 1)[1]


def test_bands_end_with_what_was_said() -> None:
    ax = still_there()
    marks = [line for line in ax.lines if line.get_marker() not in ("None", "", None)]
    assert [float(mark.get_ydata()[0]) for mark in marks] == pytest.approx([0.8 - band / 9 for band in (1, 2, 3)])


def test_tables_are_left_as_they_were() -> None:
    for made, draw in (
        (groups(), lambda t: figures.reliability(t, window="2024")),
        (curves(), lambda t: figures.still_there(t, days=365)),
    ):
        before = made.copy()
        draw(made)
        pd.testing.assert_frame_equal(made, before)
