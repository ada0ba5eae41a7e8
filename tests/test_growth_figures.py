"""Figures of selling more by the data they were given: what is drawn, what is said, nothing cut off."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.estimate import Estimate
from crmlab.figures.style import alt_text, luminance
from tests.figure_checks import check_figure


def pairs(lift: float = 50.3) -> Axes:
    names = [f"refrigerator of the long name {n} + filter of the refrigerator {n}" for n in range(14)]
    table = pd.DataFrame(
        {"pair": names, "lift": np.geomspace(lift, 3.9, 14), "together": 76, "expected": [0.4, *[12.6] * 13]}
    )
    return figures.pairs_together(table)


def chance(passing: tuple[int, ...] = (22, 15, 5608, 239, 6)) -> Axes:
    alike = ["all alike", "of unlike size", "all alike", "of unlike size", "of unlike size and price level"]
    table = pd.DataFrame({"basket": ["orders", "orders", *["customers"] * 3], "alike": alike, "passing": passing})
    return figures.pairs_by_chance(table.assign(tested=7140))


def potential(times: float = 1.0) -> Axes:
    table = pd.DataFrame(
        {
            "group": ["person, low", "person, middle", "firm, not known"],
            "customers": [1200, 900, 40],
            "median": [7.8e6, 8.1e6, 7.2e6],
            "potential": [32e6, 31e6, 36e6],
            "low": [28e6, 28e6, 20e6],
            "high": [36e6, 34e6, 45e6],
        }
    )
    numbers = ["median", "potential", "low", "high"]
    return figures.spend_potential(
        table.assign(**{name: table[name] * times for name in numbers}), quantile=0.9, currency="IRT"
    )


def estimate(value: float, half: float, n: int) -> Estimate:
    return Estimate(
        value=value, low=value - half, high=value + half, n=n, level=0.95, method="", denominator="", window=""
    )


def trial() -> Axes:
    arms = [("approached and reached", 0.3146), ("all approached", 0.2813), ("left alone by chance", 0.2379)]
    return figures.trial_arms([(name, estimate(value, 0.03, 1166)) for name, value in arms])


def moments() -> Axes:
    effect = np.linspace(0.09, -0.08, 16)
    table = pd.DataFrame(
        {
            "channel": ["sms", "app", "email", "phone"] * 4,
            "from_hour": np.repeat([9, 12, 15, 18], 4),
            "effect": effect,
            "low": effect - 0.06,
            "high": effect + 0.06,
            "passes": effect > 0.07,
        }
    )
    return figures.effect_by_moment(table)


ALL: dict[str, Callable[[], Axes]] = {
    "pairs": pairs,
    "chance": chance,
    "potential": potential,
    "trial": trial,
    "moments": moments,
}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="")


def test_twelve_pairs_are_drawn_where_they_are() -> None:
    ax = pairs(lift=20)
    (dots,) = ax.lines
    assert np.asarray(dots.get_xdata()).tolist() == pytest.approx(np.geomspace(20, 3.9, 14)[:12].tolist())
    assert "refrigerator 0 20.0" in alt_text(ax)
    assert [text.get_text() for text in ax.texts][:2] == ["76, by chance 0.4", "76, by chance 13"]


def test_bars_are_as_long_as_pairs_pass() -> None:
    ax = chance((0, 1, 2, 0, 0))
    assert [bar.get_width() for bar in ax.patches] == [0, 1, 2, 0, 0]
    assert "orders; all alike: 0" in alt_text(ax)
    colours = [luminance(bar.get_facecolor()[:3]) for bar in chance().patches]
    assert abs(colours[0] - colours[-1]) > 0.3


def test_large_amounts_are_in_millions_and_small_ones_are_not() -> None:
    assert "million IRT" in potential().get_xlabel()
    assert potential(1e-5).get_xlabel() == "a year's spend, IRT"
    assert "person, low 8, 32" in alt_text(potential())


def test_arms_and_effects_are_said() -> None:
    assert [bar.get_height() for bar in trial().patches] == [0.3146, 0.2813, 0.2379]
    assert "left alone by chance 23.8 %" in alt_text(trial())
    ax = moments()
    assert "sms from 9:00 +9.0 points" in alt_text(ax)
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["passes", "not told from none"]
