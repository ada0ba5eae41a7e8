"""Figures of saving and winning back by the data they were given: what is drawn, what is said, nothing cut off."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures.style import alt_text, luminance
from tests.figure_checks import check_figure

RANKINGS = ["risk", "value", "risk × value", "uplift × value"]


def hazard() -> Axes:
    weeks = np.arange(1, 27)
    table = pd.DataFrame({"week": weeks, "at_risk": 4000 - 40 * weeks, "hazard": 0.02, "low": 0.015, "high": 0.026})
    return figures.return_hazard(table, exit_words="240 days without a purchase", times=4)


def quadrants() -> Axes:
    rng = np.random.default_rng(1)
    scores = pd.DataFrame({"p0": rng.uniform(0.1, 0.9, 900), "tau": rng.normal(0, 0.1, 900)})
    groups = pd.DataFrame(
        {
            "group": ["persuadable", "lost", "sure", "do_not_disturb"],
            "share": [0.4, 0.1, 0.3, 0.2],
            "effect": [0.051, -0.518, 0.004, np.nan],
            "low": [-0.005, -0.8, -0.1, np.nan],
            "high": [0.108, 0.572, 0.112, np.nan],
        }
    )
    return figures.four_quadrants(scores, groups, kind="Win back")


def values() -> Axes:
    names = ["nobody", "everybody", *RANKINGS, "uplift × value, where it pays"]
    table = pd.DataFrame({"policy": names, "contacted": [0, 1, 0.3, 0.3, 0.3, 0.3, 0.2], "value": np.arange(7) * 1e5})
    return figures.policy_values(
        table.assign(low=table["value"] - 3e5, high=table["value"] + 3e5), kind="Save", currency="IRT"
    )


def depth() -> Axes:
    rows = [
        {"ranking": name, "depth": one, "value": number * 1e5 * one * (1.2 - one), "low": -1e5 * one, "high": 3e5 * one}
        for number, name in enumerate(RANKINGS, start=1)
        for one in np.linspace(0, 1, 21)
    ]
    return figures.profit_by_depth(pd.DataFrame(rows), kind="Win back", currency="IRT", depth=0.3)


def qini() -> Axes:
    line = np.linspace(0, 1, 21)
    curve = pd.DataFrame({"depth": line, "gain": 0.05 * np.sqrt(line), "random": 0.05 * line})
    return figures.qini_curves(
        {"class transformation": curve, "two models": curve.assign(gain=0.05 * line**0.8)}, kind="Save"
    )


def costs() -> Axes:
    table = pd.DataFrame(
        {
            "way": ["new customer", "renewal saved", "customer won back"],
            "cost": [956_634.0, math.inf, 3_681_279.0],
            "low": [902_461.0, 12_209_639.0, 1_737_284.0],
            "high": [1_010_808.0, math.inf, math.inf],
            "worth": [5_225_591.0, 509_029.0, 3_330_588.0],
        }
    )
    return figures.cost_of_a_customer(table, currency="IRT", days=365)


ALL: dict[str, Callable[[], Axes]] = {
    "hazard": hazard,
    "quadrants": quadrants,
    "values": values,
    "depth": depth,
    "qini": qini,
    "costs": costs,
}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="")


def test_the_folklore_stands_where_it_would_have_to() -> None:
    ax = hazard()
    (diamond,) = [line for line in ax.lines if line.get_marker() == "D"]
    assert (diamond.get_xdata()[0], diamond.get_ydata()[0]) == pytest.approx((1, 0.08))
    assert "In the first week 2.0 % (1.5 % to 2.6 %) of 3,960 return" in alt_text(ax)


def test_a_group_without_an_effect_says_so() -> None:
    words = " ".join(text.get_text() for text in quadrants().texts)
    assert "do not disturb: 20 %" in words
    assert "nan" not in words + alt_text(quadrants())
    assert "persuadable: 40 % a contact did +5.1 points (-0.5 points to +10.8 points)" in alt_text(quadrants())


def test_the_points_are_the_values() -> None:
    drawn = [container[0].get_xdata() for container in values().containers]
    assert drawn[0].tolist() == [0, 1e5, 2e5, 3e5, 4e5, 5e5, 6e5]
    assert "everybody 100,000 (-200,000 to 400,000)" in alt_text(values())


def test_the_four_rankings_are_told_apart_in_grey() -> None:
    lines = [line for line in depth().lines if not str(line.get_label()).startswith("_")]
    assert [line.get_label() for line in lines] == RANKINGS
    told = [(luminance(line.get_color()), line.get_linestyle()) for line in lines]
    assert len({style for _, style in told}) == 4
    assert "At 30 %: risk 27,000, value 54,000" in alt_text(depth())


def test_what_is_not_known_has_no_point() -> None:
    ax = costs()
    points = next(line for line in ax.lines if line.get_label() == "cost of one")
    assert np.isnan(points.get_ydata()[1]) or np.isnan(points.get_xdata()[1])
    assert "renewal saved: cost not known" in alt_text(ax)
    assert "nan" not in alt_text(ax)
    assert "inf" not in alt_text(ax)
