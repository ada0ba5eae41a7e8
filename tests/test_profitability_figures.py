"""Figures of profit by the data they were given: what is drawn, what is said, nothing cut off, readable in grey."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures.style import alt_text, luminance
from tests.figure_checks import check_figure

BASES = ["by time", "by events", "by volume", "not at all"]
RISKS = ("in touch", "overdue", "gone quiet")
YEAR = "2024-01-01 to 2024-12-31"


def whale(low: float | None = 1.4, high: float | None = 2.1) -> Axes:
    curve = pd.DataFrame({"customers": [0, 0.2, 0.6, 1.0], "profit": [0, 1.2, 1.64, 1.0]})
    return figures.whale_curve(curve, peak=1.64, low=low, high=high, at=0.6, window=YEAR)


def bridge(fixed: float = 40e6) -> Axes:
    amounts = [100e6, -30e6, -20e6, -fixed]
    steps = ["revenue", "cost of goods", "cost to serve", "fixed costs"]
    table = pd.DataFrame({"step": steps, "amount": amounts, "left": np.cumsum(amounts)})
    return figures.profit_bridge(table, currency="IRT", prices="at the prices of 2024-12-31")


def volume() -> Axes:
    table = pd.DataFrame(
        {
            "revenue": [9e6, 8e6, 2e6, 1e6],
            "contribution": [3e6, -2e6, -0.1e6, 0.4e6],
            "big": [True, True, False, False],
            "losing": [False, True, True, False],
        }
    )
    return figures.volume_and_profit(table, currency="USD")


def tenths() -> Axes:
    values = {base: np.linspace(50, -8 + 3 * place, 10) for place, base in enumerate(BASES)}
    return figures.tenths_by_base(pd.DataFrame({"group": range(1, 11), **values}), currency="USD")


def tails() -> Axes:
    before, after = np.linspace(900, -200, 10), np.linspace(500, 0, 10)
    table = pd.DataFrame(
        {"group": range(1, 11), "before": before, "after": after, "low": after - 50, "high": after + 50}
    )
    return figures.tails_then_and_later(table, currency="USD")


def spiral(first: float = 80.0) -> Axes:
    rounds = pd.DataFrame({"round": [0, 1, 2], "customers": [3, 2, 0], "profit": [first, -260.0, -600.0]})
    return figures.death_spiral(rounds, avoidable=80.0, currency="USD")


def risk() -> Axes:
    table = pd.DataFrame({"tier": [1, 2], "in touch": [30, 10], "overdue": [10, 10], "gone quiet": [10, 30]})
    return figures.value_and_risk(table, risks=RISKS)


def approached() -> Axes:
    shares = np.linspace(1, 0.1, 10)
    table = pd.DataFrame(
        {"group": range(1, 11), "share": shares, "low": shares * 0.9, "high": np.minimum(shares * 1.1, 1)}
    )
    return figures.approached_by_tenth(table, window=YEAR)


def parts() -> Axes:
    names = ["customers", "categories", "their meeting", "chance and change"]
    value = np.array([0.2, 0.1, 0.1, 0.6])
    return figures.variance_parts(pd.DataFrame({"part": names, "value": value, "low": value / 2, "high": value * 1.2}))


ALL: dict[str, Callable[..., Axes]] = {
    "whale": whale,
    "bridge": bridge,
    "volume": volume,
    "tenths": tenths,
    "tails": tails,
    "spiral": spiral,
    "risk": risk,
    "approached": approached,
    "parts": parts,
}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="")


def test_the_whale_is_the_curve_and_says_its_peak() -> None:
    drawn = next(line for line in whale().lines if len(line.get_xdata()) == 4)
    assert drawn.get_ydata().tolist() == [0, 1.2, 1.64, 1.0]
    assert "rises to 164.0 % of the total profit after 60.0 %" in alt_text(whale())
    assert "164.0 %" in alt_text(whale(low=None, high=None))


@pytest.mark.parametrize(("fixed", "left"), [(40e6, "10.0"), (70e6, "-20.0")])
def test_the_steps_hang_where_the_one_before_ended(fixed: float, left: str) -> None:
    bars = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bridge(fixed).patches]
    assert bars[0] == (0, 100)
    assert [round(start) for start, _ in bars[1:4]] == [100, 70, 50]
    assert f"left {left}" in alt_text(bridge(fixed))
    assert "million IRT" in alt_text(bridge(fixed))


def test_large_losers_stand_out_in_grey() -> None:
    ax = volume()
    sizes = [len(points.get_offsets()) for points in ax.collections]
    assert sizes == [3, 1]
    grey = [luminance(points.get_facecolor()[0][:3]) for points in ax.collections]
    assert abs(grey[0] - grey[1]) > 0.2
    assert "Of 2 large ones 1 are below zero" in alt_text(ax)


def test_lines_of_bases_and_periods_differ_by_more_than_colour() -> None:
    for ax in (tenths(), tails()):
        looks: list[Any] = [
            (line.get_marker(), line.get_linestyle()) for line in ax.get_lines() if len(line.get_xdata()) == 10
        ]
        told = [look for look in looks if look[0] not in ("None", "_")]
        assert len(set(told)) == len(told)
    assert "by time -8.0" in alt_text(tenths())
    assert "from 900.0 to 500.0 later" in alt_text(tails())


def test_no_tick_is_rounded_to_another() -> None:
    for draw in (bridge, tenths, tails, spiral, volume):
        ax = draw()
        ticks = ax.yaxis.get_majorticklocs()
        assert np.allclose(ticks, np.round(ticks))


def test_the_spiral_says_who_is_left() -> None:
    ax = spiral()
    assert [text.get_text() for text in ax.texts] == ["3 left", "2 left", "0 left"]
    assert "80.0, -260.0, -600.0; dropping" in alt_text(ax)
    assert spiral(-80.0).texts[0].get_color() != "white"  # the bar hangs below the words


def test_shares_of_the_table_and_bars_are_those_given() -> None:
    assert [text.get_text() for text in risk().texts] == ["30", "10", "10", "10", "10", "30"]
    assert "in touch 30.0 %" in alt_text(risk())
    assert [bar.get_width() for bar in parts().patches] == [0.2, 0.1, 0.1, 0.6]
    assert "chance and change 60.0 %" in alt_text(parts())
    assert approached().patches[0].get_height() == 1
    assert "100.0 %" in alt_text(approached())
