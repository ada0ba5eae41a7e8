"""Figures of tests by the data they were given: what is drawn, what is said, nothing cut off."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures.style import alt_text
from tests.figure_checks import check_figure

LONG = "A call to thank for the purchase, without any offer"


def comparisons() -> Axes:
    table = pd.DataFrame(
        {
            "name": [LONG, "Gift for the best"],
            "randomised": [True, False],
            "value": [0.046, 0.288],
            "low": [0.02, 0.253],
            "high": [0.072, 0.324],
            "before": [0.012, 0.366],
            "before_low": [-0.017, 0.329],
            "before_high": [0.041, 0.402],
        }
    )
    return figures.campaign_comparisons(table)


def readings(truth: float | None = 0.06) -> Axes:
    table = pd.DataFrame({"name": [LONG, "reached"], "value": [0.046, 0.11], "low": [0.02, 0.05], "high": [0.07, 0.17]})
    return figures.effect_readings(table, title="Readings", worthwhile=0.02, truth=truth)


def looks() -> Axes:
    table = pd.DataFrame({"look": [1, 2], "n": [671, 3320], "z": [1.46, 3.44], "bound": [4.85, 2.04], "single": 1.96})
    return figures.sequential_looks(table.assign(crossed=[False, True]))


def size() -> Axes:
    table = pd.DataFrame({"n": [50, 500, 5000], "uplift": [np.nan, 0.07, 0.02]})
    return figures.size_and_uplift(table, wanted=0.02, planned=1700)


ALL: dict[str, Callable[[], Axes]] = {"comparisons": comparisons, "readings": readings, "looks": looks, "size": size}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="")


def test_effects_are_drawn_in_points_with_their_intervals() -> None:
    ax = readings()
    drawn, caps = ax.containers[0].lines[:2]
    assert drawn.get_xdata() == pytest.approx([4.6, 11.0])
    assert caps[0].get_xdata() == pytest.approx([2.0, 5.0])
    assert caps[1].get_xdata() == pytest.approx([7.0, 17.0])
    assert "The planted effect is +6.0 points" in alt_text(ax)
    assert "planted" not in alt_text(readings(truth=None))


def test_campaigns_that_somebody_chose_come_first() -> None:
    ax = comparisons()
    assert ax.get_yticklabels()[0].get_text() == "Gift for the best"
    before, after = (container.lines[0].get_xdata() for container in ax.containers)
    assert before == pytest.approx([36.6, 1.2])
    assert after == pytest.approx([28.8, 4.6])
    assert "Gift for the best (chosen): before +36.6 points, after +28.8 points" in alt_text(ax)


def test_looks_stand_at_the_customers_whose_result_is_in() -> None:
    ax = looks()
    this = next(line for line in ax.lines if line.get_label() == "this test")
    assert this.get_xdata().tolist() == [671, 3320]
    assert this.get_ydata().tolist() == [1.46, 3.44]
    assert "look 2: 3.44 against 2.04" in alt_text(ax)


def test_sizes_that_see_nothing_are_not_drawn() -> None:
    ax = size()
    assert ax.lines[0].get_xdata().tolist() == [500, 5000]
    assert "500 in each arm find +7.0 points" in alt_text(ax)
