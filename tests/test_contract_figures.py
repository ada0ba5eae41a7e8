"""Figures of contracts by the data they were given: what is drawn, what is said, nothing cut off, readable sizes."""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab import figures
from crmlab.figures import style
from tests.figure_checks import check_figure


def curve() -> pd.DataFrame:
    table = pd.DataFrame({"period": range(4), "retention": [None, 0.6, 0.75, 0.8]}, dtype="float64")
    return table.assign(retention_low=table["retention"] - 0.02, retention_high=table["retention"] + 0.03)


def counted() -> pd.DataFrame:
    return pd.DataFrame({"period": [1, 2, 3], "retention": [0.61, 0.74, 0.82]})


def by_renewal() -> Axes:
    return figures.retention_by_renewal(curve(), counted(), constant=0.7, seen=2, time_unit="year")


def kept_counts() -> pd.DataFrame:
    return pd.DataFrame({"period": range(4), "kept": [1000, 610, 451, 370]})


def path() -> pd.DataFrame:
    return pd.DataFrame(
        {"period": [2, 3, 4], "kept": [451.0, 361, 300], "low": [451.0, 340, 270], "high": [451.0, 380, 330]}
    )


def kept() -> Axes:
    others = {"ends joined": pd.Series([1000.0, 672, 451, 303, 204])}
    return figures.customers_kept(kept_counts(), path(), others, seen=2, time_unit="month")


ALL: dict[str, Callable[[], Axes]] = {"by_renewal": by_renewal, "kept": kept}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw, labels="xy")


def lines(ax: Axes) -> dict[str, list[float]]:
    return {line.get_label(): [float(y) for y in line.get_ydata()] for line in ax.lines}


def test_retention_shows_what_was_used_and_what_was_not() -> None:
    ax = by_renewal()
    drawn = lines(ax)
    assert drawn["counted, and used"] == [0.61, 0.74]
    assert drawn["counted later, not used"] == [0.82]
    assert drawn["a rate of each customer’s own (sBG)"] == [0.6, 0.75, 0.8]
    assert drawn["one rate for all"] == [0.7, 0.7]
    assert ax.get_title(loc="left") == "61 % make the first renewal, 82 % of those who stayed renewal 3"
    assert "renewal 2: counted 74.0 %, sBG 75.0 % (95 % interval 73.0 % to 78.0 %)" in style.alt_text(ax)


def test_customers_kept_are_held_against_the_forecast() -> None:
    ax = kept()
    drawn = lines(ax)
    assert drawn["counted, and used"] == [1000, 610, 451]
    assert drawn["counted later, not used"] == [370]
    assert drawn["ends joined"] == [1000, 672, 451, 303, 204]
    # Nobody was counted after four renewals.
    assert ax.get_title(loc="left") == "300 customers are expected after 4 renewals"
    assert "300 (95 % interval 270 to 330); others: ends joined 204" in style.alt_text(ax)
    shorter = figures.customers_kept(kept_counts(), path()[:2], {}, seen=2, time_unit="year")
    assert shorter.get_title(loc="left") == "After 3 renewals 370 customers were left; 361 were forecast"


def test_tables_are_left_as_they_were() -> None:
    table, seen = curve(), counted()
    figures.retention_by_renewal(table, seen, constant=0.7, seen=2, time_unit="year")
    pd.testing.assert_frame_equal(table, curve())
    pd.testing.assert_frame_equal(seen, counted())
