"""Figures of retention by the data they were given: what is drawn, what is said, nothing cut off, readable sizes."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.analyses.retention import kaplan_meier
from tests.figure_checks import check_figure


def triangle(periods: int = 13) -> pd.DataFrame:
    rows = [
        {
            "cohort": f"quarter from 20{20 + start // 4}-{1 + 3 * (start % 4):02}",
            "age": age,
            "customers": 12_345,
            "share": 1.0 if age == 0 else 0.4 / age,
            "complete": start + age < periods - 1,
        }
        for start in range(periods)
        for age in range(periods - start)
    ]
    return pd.DataFrame(rows)


def heat(periods: int = 13) -> Axes:
    return figures.cohort_heatmap(triangle(periods), period="quarter")


def survival(n: int = 400) -> Axes:
    rng = np.random.default_rng(1)
    days, end = rng.integers(1, 900, n), rng.integers(300, 800, n)
    table = kaplan_meier(np.minimum(days, end), days <= end).table
    return figures.survival(table, title="56 % bought again", ylabel="share", xlabel="days; at risk", level=0.95)


def paces() -> pd.DataFrame:
    table = pd.DataFrame({"usual_low": [3.0, 22.0, 37.0, 1_057.0], "usual_high": [22.0, 37.0, 57.0, 1_299.0]})
    for name, shares in (("fixed", [0.02, 0.05, 0.12, 0.3]), ("own", [0.12, 0.1, 0.07, 0.01])):
        table[name] = shares
        table[f"{name}_low"], table[f"{name}_high"] = table[name] * 0.8, table[name] * 1.2
        table[f"{name}_wait"] = [58.0, 121.0, 221.0, 2_428.0]
    return table


def by_pace() -> Axes:
    return figures.gap_by_pace(paces(), churn_gap_days=180, quantile=0.9)


def tenures(*shares: float) -> pd.DataFrame:
    table = pd.DataFrame({"tenure": range(len(shares)), "share": shares})
    return table.assign(low=table["share"] - 0.02, high=table["share"] + 0.02)


def by_tenure() -> Axes:
    return figures.retention_by_tenure({"A": tenures(0.5, 0.7, 0.72), "B": tenures(0.4, 0.69, 0.7)}, months=12)


ALL: dict[str, Callable[[], Axes]] = {
    "heat": heat,
    "survival": survival,
    "by_pace": by_pace,
    "by_tenure": by_tenure,
}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    assert "%" in check_figure(draw, labels="xy")


def test_the_triangle_writes_its_shares_and_hatches_what_is_not_over() -> None:
    ax = heat(4)
    # Ages 1, 2, 3 of the first cohort: 40, 20, 13 %; the second 40, 20; the third 40; the fourth has no later period.
    assert [text.get_text() for text in ax.texts] == ["40", "20", "13", "40", "20", "40"]
    hatched = [(int(patch.get_x()), int(patch.get_y())) for patch in ax.patches if patch.get_hatch()]
    assert hatched == [(2, 0), (1, 1), (0, 2)]
    assert "hatched" in ax.get_xlabel()


def test_a_triangle_without_later_periods_is_still_drawn() -> None:
    ax = figures.cohort_heatmap(triangle(2), period="month")
    assert ax.get_title(loc="left") == "No period after the first is complete yet"


def test_the_curve_steps_and_counts_who_is_at_risk() -> None:
    table = kaplan_meier([2, 2, 2, 4, 5], [True, True, False, True, False]).table
    ax = figures.survival(table, title="t", ylabel="y", xlabel="x", level=0.9)
    curve, marks = ax.lines
    assert curve.get_ydata().tolist() == pytest.approx([1, 0.6, 0.3, 0.3])
    assert curve.get_drawstyle() == "steps-post"
    assert marks.get_xdata().tolist() == [2, 5]
    # At risk on days 0 to 5: 5, 5, 5, 2, 2, 1.
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0\n5", "1\n5", "2\n5", "3\n2", "4\n2", "5\n1"]
    (below,) = ax.figure.legends
    assert "90 % band" in below.get_texts()[0].get_text()


def test_the_legend_of_a_curve_covers_nothing_of_it() -> None:
    # Half of a hundred customers are followed to day 90 without an event: the curve stays high to the right edge.
    table = kaplan_meier([*range(1, 51), *[90] * 50], [day % 10 == 0 for day in range(1, 51)] + [False] * 50).table
    ax = figures.survival(table, title="t", ylabel="y", xlabel="x", level=0.95)
    ax.figure.draw_without_rendering()
    assert ax.get_legend() is None
    assert not ax.figure.legends[0].get_window_extent().overlaps(ax.get_window_extent())


def test_a_mark_at_nothing_is_seen_whole() -> None:
    ax = figures.gap_by_pace(paces().assign(fixed=0.0, fixed_low=0.0), churn_gap_days=180, quantile=0.9)
    marks = ax.containers[0].lines[0]
    assert marks.get_ydata().tolist() == [0.0] * 4
    assert not marks.get_clip_on()


def test_both_definitions_are_drawn_by_pace() -> None:
    ax = by_pace()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["one gap of 180 days for all", "own limit, 90 % of a customer’s gaps"]
    assert ax.containers[0].lines[0].get_ydata().tolist() == [0.02, 0.05, 0.12, 0.3]
    assert "slowest buyers 30.0 % and 1.0 %" in ax.get_title(loc="left")


def test_one_tenure_alone_has_a_plain_title() -> None:
    ax = figures.retention_by_tenure({"all": tenures(0.5)}, months=6)
    assert ax.get_title(loc="left") == "Retention by tenure"
    assert ax.get_legend() is None


def test_tables_are_left_as_they_were() -> None:
    table, pace = triangle(), paces()
    before = table.copy(), pace.copy()
    figures.cohort_heatmap(table, period="quarter")
    figures.gap_by_pace(pace, churn_gap_days=180, quantile=0.9)
    pd.testing.assert_frame_equal(table, before[0])
    pd.testing.assert_frame_equal(pace, before[1])
