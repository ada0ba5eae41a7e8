"""Figures of the client report by the data they were given: what is drawn, what is said, nothing cut off."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures.style import alt_text, luminance
from tests.figure_checks import check_figure

NAMES = ["Look after the best", "Ask the valuable who are late", "Win back the valuable who left", "All lists together"]


def bridge(new: float = 1_234_000) -> Axes:
    table = pd.DataFrame(
        {"group": ["kept", "new", "returned", "lost"], "customers": [169_000.0, new, 131.0, 215_000.0]}
    )
    return figures.base_bridge(table, first="1998-01-01 to 1998-03-31", second="1998-04-01 to 1998-06-30")


def seen(uplift: float | None = 0.256) -> Axes:
    table = pd.DataFrame(
        {
            "action": NAMES,
            "baseline": [0.414, 0.073, None, 0.197],
            "low": [0.363, 0.051, None, None],
            "high": [0.466, 0.102, None, None],
            "uplift": [uplift, None, None, 0.049],
            "uplift_if_half": [0.154, 0.088, None, 0.03],
        }
    )
    return figures.what_a_test_can_see(table, wanted=0.05)


def tornado(now: float = 0.129, high: float = 0.192, low: float = 0.089) -> Axes:
    table = pd.DataFrame(
        {
            "setting": [
                "who counts as valuable",
                "customers left alone on purpose",
                "when a customer counts as overdue",
            ],
            "low_choice": ["75 %", "50 %", "75 % of their limit"],
            "low": [low, 0.04, np.nan],
            "high_choice": ["25 %", "5 %", "150 % of their limit"],
            "high": [high, np.nan, np.nan],
        }
    )
    return figures.uplift_tornado(table, now=now, wanted=0.05, action="All lists together")


def plan() -> Axes:
    table = pd.DataFrame(
        {
            "action": NAMES[:3],
            "contact": [481, 188, 113_000],
            "do_nothing": [53, 21, 13],
            "over": [0, 0, 453],
            "held_back": [32, 118, 0],
            "no_consent": [344, 199, 253],
        }
    )
    return figures.plan_bars(table)


ALL: dict[str, Callable[[], Axes]] = {"bridge": bridge, "plan": plan, "seen": seen, "tornado": tornado}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="")


def test_the_bars_are_the_customers() -> None:
    bars = [(bar.get_x(), bar.get_width()) for bar in bridge().patches]
    assert bars == [(0, 169_000), (169_000, 215_000), (0, 169_000), (169_000, 131), (169_131, 1_234_000)]
    assert "169,000 bought again" in alt_text(bridge())


def test_no_two_groups_of_the_base_look_alike_in_grey() -> None:
    named = [(bars.get_label(), bars.patches[0]) for bars in bridge().containers]
    shown = [bar for label, bar in named if not label.startswith("_")]
    told = [(luminance(bar.get_facecolor()[:3]), bar.get_hatch() or "") for bar in shown]
    assert len(told) == 4
    pairs = [(one, other) for n, one in enumerate(told) for other in told[:n]]
    assert all(abs(one[0] - other[0]) > 0.1 or one[1] != other[1] for one, other in pairs)


def test_the_bars_of_the_plan_are_its_candidates() -> None:
    ax = plan()
    reach = {}
    for bar in ax.patches:
        row = round(bar.get_y() + bar.get_height() / 2)
        assert bar.get_x() == pytest.approx(reach.get(row, 0))  # each part begins where the one before it ends
        reach[row] = bar.get_x() + bar.get_width()
    assert reach == {0: 910, 1: 526, 2: 113_719}
    assert "113,669 of 115,155 candidates are to be contacted" in ax.get_title(loc="left")
    said = alt_text(ax)
    assert "Ask the valuable who are late, customers: contact: 188" in said
    assert "beyond budget or capacity: 453" in said
    assert "beyond budget or capacity: 0" not in said


def test_no_two_parts_of_the_plan_look_alike_in_grey() -> None:
    shown = [bars.patches[0] for bars in plan().containers]
    told = [(luminance(bar.get_facecolor()[:3]), bar.get_hatch() or "") for bar in shown]
    assert len(told) == 5
    pairs = [(one, other) for n, one in enumerate(told) for other in told[:n]]
    assert all(abs(one[0] - other[0]) > 0.1 or one[1] != other[1] for one, other in pairs)


def test_what_cannot_be_measured_is_said_and_not_drawn() -> None:
    ax = seen(uplift=None)
    assert "An uplift of 5.0 points can be seen in 1 of 3 tests" in ax.get_title(loc="left")
    assert [text.get_text() for text in ax.texts] == ["too few to measure", "too few to measure"]
    assert "too few to measure an uplift" in alt_text(ax)
    assert "Win back" not in alt_text(ax)  # it has no baseline


@pytest.mark.parametrize("low", [0.089, 0.057])  # with 0.057 the words beside the bar would stand on the line at 0.05
def test_no_words_stand_on_a_line_of_the_tornado(low: float) -> None:
    ax = tornado(low=low)
    ax.figure.draw_without_rendering()
    upright = [line for line in ax.lines if len(set(line.get_xdata())) == 1]
    across = [ax.transData.transform((line.get_xdata()[0], 0))[0] for line in upright]
    assert len(across) == 5  # as planned, worth finding, and three ends of bars
    for text in ax.texts:
        box = text.get_window_extent()
        assert not [x for x in across if box.x0 < x < box.x1], text.get_text()


def test_the_tornado_draws_what_there_is() -> None:
    ax = tornado()
    assert len(ax.patches) == 2  # the third setting cannot be measured at either end
    assert {text.get_text().splitlines()[-1] for text in ax.texts} == {"+8.9 points", "+19.2 points", "+4.0 points"}
    assert "All lists together" in alt_text(ax)
    assert tornado(now=float("nan")).get_title(loc="left")
