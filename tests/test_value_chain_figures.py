"""Figures of the value chain by the data they were given: what is drawn and said, nothing cut off, the same twice."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures import style
from tests.figure_checks import check_figure

FLAGS = ("high value", "benchmark", "inspiration", "cost magnet")


def links() -> Axes:
    table = pd.DataFrame(
        {
            "name": ["portfolio analysis", "network", "data and technology"],
            "kind": ["stage", "stage", "condition"],
            "value": [0.48, np.nan, 0.51],
            "low": [0.46, np.nan, 0.38],
            "high": [0.50, np.nan, 0.64],
        }
    )
    return figures.chain_links(table)


def ranks() -> Axes:
    table = pd.DataFrame(
        {
            "name": ["portfolio analysis", "network", "processes", "data and technology"],
            "kind": ["stage", "stage", "condition", "condition"],
            "rank": [1, 2, 1, 2],
            "rank_low": [1, 2, 1, 1],
            "rank_high": [1, 2, 2, 2],
            "weakest": [1.0, 0.0, 0.68, 0.32],
        }
    )
    return figures.rank_spread(table)


def bridge() -> Axes:
    steps = ["paid by customers", "goods", "serving", "contribution", "fixed costs", "what is left"]
    amounts = [38e9, -27e9, -3e9, 8e9, -3.5e9, 4.5e9]
    table = pd.DataFrame({"step": steps, "amount": amounts, "share": [one / 38e9 for one in amounts]})
    return figures.margin_bridge(table, currency="IRT", window="2024-03-21 to 2025-03-20")


def loss() -> Axes:
    steps = ["paid by customers", "goods", "serving", "contribution", "fixed costs", "what is left"]
    amounts = [100.0, -80.0, -40.0, -20.0, -30.0, -50.0]
    table = pd.DataFrame({"step": steps, "amount": amounts, "share": [one / 100 for one in amounts]})
    return figures.margin_bridge(table, currency="", window="2024")


def support() -> Axes:
    table = pd.DataFrame({"support": [2.0, 2.5, 3.0, 4.0], "outcome": [0.3, -0.2, 0.1, -0.1]})
    table["little"], table["well"] = table["support"] < 2.75, table["outcome"] > 0
    return figures.support_and_outcome(table, outcome="fall of the cost of a new customer, as a logarithm")


def needs() -> Axes:
    table = pd.DataFrame({"part": ["1", "2", "3"], "importance": [6.1, 4.1, 5.8], "performance": [5.4, 4.9, 3.8]})
    return figures.needs_grid(table)


def sets() -> Axes:
    rows = [(True, False, False, False, 343), (False, True, False, False, 137), (True, True, False, True, 2)]
    return figures.flag_sets(pd.DataFrame(rows, columns=[*FLAGS, "customers"]), flags=FLAGS, window="the year 2024")


def stability() -> Axes:
    table = pd.DataFrame(
        {
            "flag": ["any", "benchmark", "inspiration"],
            "before": [12_345, 129, 0],
            "share": [0.49, 0.09, np.nan],
            "low": [0.45, 0.05, np.nan],
            "high": [0.53, 0.15, np.nan],
            "by_chance": [0.09, 0.03, 0.0],
        }
    )
    return figures.flag_stability(table)


def followed() -> Axes:
    rows = [("A", "naive", 0.18, 0.13, 0.23), ("A", "timed", 0.0, -0.03, 0.03), ("B", "naive", 0.28, 0.23, 0.33)]
    return figures.followed(pd.DataFrame(rows, columns=["world", "measure", "value", "low", "high"]))


every_figure = pytest.mark.parametrize(
    "draw", [links, ranks, bridge, loss, support, needs, sets, stability, followed], ids=lambda draw: draw.__name__
)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="xy")


def test_what_is_not_known_is_said_in_its_row() -> None:
    assert [text.get_text() for text in links().texts] == ["not known"]
    assert "network" not in style.alt_text(links())


def test_how_often_each_is_the_weakest_is_written_beside_it() -> None:
    assert [text.get_text() for text in ranks().texts] == ["100 %", "0 %", "68 %", "32 %", "weakest in"]


def test_a_step_hangs_where_the_one_before_ended() -> None:
    bars = bridge().patches
    # 38 less 27 less 3: the bar of service reaches from 11 down to 8.
    assert bars[2].get_y() + bars[2].get_height() == pytest.approx(8e9)
    assert bars[2].get_y() == pytest.approx(11e9)
    assert bars[3].get_y() == 0


def test_a_bar_for_every_set_and_a_line_through_its_rules() -> None:
    ax = sets()
    assert [text.get_text() for text in ax.texts] == ["343", "137", "2"]
    assert "high value + benchmark + cost magnet: 2" in style.alt_text(ax)


def test_nobody_marked_is_drawn_as_nothing() -> None:
    empty = pd.DataFrame(columns=[*FLAGS, "customers"])
    assert "nobody passes any" in style.alt_text(figures.flag_sets(empty, flags=FLAGS, window="2024"))
    assert "inspiration" not in style.alt_text(stability())
