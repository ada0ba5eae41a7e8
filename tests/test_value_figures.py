"""Figures of customer value by the tables they were given: what is drawn, what is said, nothing cut off."""

import base64
import io
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.image import imread
from matplotlib.text import Text

from crmlab import figures
from crmlab.language import speaking

LONG = "margin discounted at 10.0 % a year (whether nominal or real was not said)"


def naive_values(times: float = 1.0) -> Axes:
    table = pd.DataFrame({"years": [0.4, 1.4, 7.9], "value": [26.9 * times, 103.6 * times, 26_621.7 * times]})
    labels = ["first to last purchase", "first purchase to today", "one over yearly churn"]
    return figures.naive_values(table, labels=labels, currency="GBP")


def weeks(*, modelled: bool = True) -> pd.DataFrame:
    table = pd.DataFrame({"date": pd.date_range("1997-01-07", periods=60, freq="7D"), "actual": np.arange(60) * 70.0})
    return table.assign(expected=table["actual"] * 1.03 if modelled else np.nan)


def tracking(error: float = 0.016, *, modelled: bool = True) -> Axes:
    return figures.tracking(weeks(modelled=modelled), split=date(1997, 9, 30), error=error)


def calibration() -> Axes:
    table = pd.DataFrame({"customers": [1_234] * 10, "expected": np.linspace(0.1, 2.8, 10)})
    table = table.assign(actual=table["expected"] + 0.1, low=table["expected"] - 0.05, high=table["expected"] + 0.25)
    table.loc[9, ["low", "high"]] = [table.loc[9, "actual"] - 0.05, table.loc[9, "actual"] + 0.05]
    return figures.calibration(table, window="1997-10-01 to 1998-06-30")


def value_fan() -> Axes:
    months = np.array([0, 3, 6, 9, 12])
    table = pd.DataFrame({"months": months, "value": months * 6e5, "low": months * 5e5, "high": months * 7e5})
    return figures.value_fan(table, currency="GBP", basis=LONG)


def tiers() -> Axes:
    table = pd.DataFrame(
        {
            "customers": [137_000, 367_000, 1_134_000, 719_000],
            "share_of_customers": [0.058, 0.156, 0.481, 0.305],
            "share_of_value": [0.501, 0.299, 0.151, 0.049],
        }
    )
    return figures.tiers(table, names=["top", "middle", "low", "little"], basis=LONG)


def swings() -> pd.DataFrame:
    rows = [
        ("horizon", "6 months", "18 months", 1_010_951.0, 2_888_723.0),
        ("error of the forecast", "as forecast", "as wrong as on the hold-out", 1_969_617.0, 3_747_551.0),
        ("spend that may depend on how often they buy", "a spending model for each frequency group", "independent",
         1_960_000.0, 1_969_617.0),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["factor", "low_setting", "high_setting", "low", "high"])


def tornado() -> Axes:
    return figures.tornado(swings(), base=1_969_617.0, currency="GBP", basis=LONG)


ALL: dict[str, Callable[[], Axes]] = {
    "naive_values": naive_values,
    "large naive values": lambda: naive_values(1e4),
    "tracking": tracking,
    "tracking without a model": lambda: tracking(float("nan"), modelled=False),
    "calibration": calibration,
    "value_fan": value_fan,
    "tiers": tiers,
    "tornado": tornado,
}

every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


def visible_texts(ax: Axes) -> list[Text]:
    return [text for text in ax.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@every_figure
def test_no_text_is_cut_off_or_small(draw: Callable[[], Axes]) -> None:
    ax = draw()
    ax.figure.draw_without_rendering()
    width, height = ax.figure.bbox.size
    ticks = set(ax.xaxis.get_ticklabels(which="both") + ax.yaxis.get_ticklabels(which="both"))
    for text in visible_texts(ax):
        assert text.get_fontsize() >= 9, text.get_text()
        if text in ticks and not ax.viewLim.padded(1e-9).contains(*text.get_position()):
            continue  # a tick beyond the limits is not drawn
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y1 <= height, text.get_text()


@every_figure
def test_the_picture_has_a_title_and_alt_text_and_is_the_same_twice(draw: Callable[[], Axes]) -> None:
    one, two = figures.show(draw()), figures.show(draw())
    assert one.png == two.png
    data, about = one._repr_mimebundle_()
    assert imread(io.BytesIO(base64.b64decode(data["image/png"]))).shape[1] == 1440
    assert about["image/png"]["alt"].endswith(".")
    assert "nan" not in about["image/png"]["alt"]
    assert draw().get_title(loc="left")
    assert draw().get_xlabel()


@every_figure
def test_the_title_is_there_from_right_to_left_too(draw: Callable[[], Axes]) -> None:
    with speaking("fa"):
        ax = draw()
    assert ax.get_title(loc="right")
    assert not ax.get_title(loc="left")


def test_the_naive_bars_are_the_values() -> None:
    ax = naive_values()
    assert [bar.get_width() for bar in ax.patches] == [26.9, 103.6, 26_621.7]
    assert ax.get_title(loc="left").replace("\n", " ") == "One formula, one customer base: 27 GBP to 26,622 GBP"


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (0.016, "After 1997-09-30 the model expected 1.6 % more purchases than came"),
        (-0.1, "After 1997-09-30 the model expected 10.0 % fewer purchases than came"),
        (float("nan"), "Nobody bought again after the model stopped looking"),
    ],
)
def test_the_tracking_title_says_which_way_the_model_missed(error: float, title: str) -> None:
    assert tracking(error).get_title(loc="left").replace("\n", " ") == title


def test_tracking_draws_both_lines_or_only_what_came() -> None:
    assert [len(line.get_xdata()) for line in tracking().lines[:2]] == [60, 60]
    ax = tracking(float("nan"), modelled=False)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["as they came"]
    assert "no model could be used" in ax.get_title(loc="left").replace("\n", " ")


def test_calibration_counts_the_groups_that_hold_what_was_expected() -> None:
    ax = calibration()
    assert ax.get_title(loc="left").replace("\n", " ") == "What was expected lies within the interval in 9 of 10 groups"
    assert len(ax.get_xticks()) == 10


def test_the_fan_tiers_and_tornado_draw_their_tables() -> None:
    assert value_fan().lines[0].get_ydata().tolist() == [0, 1.8e6, 3.6e6, 5.4e6, 7.2e6]
    assert [bar.get_width() for bar in tiers().patches[:4]] == [0.058, 0.156, 0.481, 0.305]
    bars = tornado().patches
    assert [bar.get_x() for bar in bars] == swings()["low"].tolist()
    assert [bar.get_width() for bar in bars] == pytest.approx((swings()["high"] - swings()["low"]).tolist())
    assert tornado().get_title(loc="left") == "The value rests most on: horizon"


def test_tables_are_left_as_they_were() -> None:
    table = swings()
    figures.tornado(table, base=1.0, currency="GBP", basis="revenue")
    pd.testing.assert_frame_equal(table, swings())
