"""Figures of customer value by the tables they were given: what is drawn, what is said, nothing cut off."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.image import imread

from crmlab import figures
from crmlab.figures.style import alt_text
from crmlab.language import speaking
from tests.figure_checks import check_figure

MODELS = ["NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD"]
LONG = "margin discounted at 10.0 % a year (whether nominal or real was not said)"


def naive_values(times: float = 1.0) -> Axes:
    table = pd.DataFrame({"years": [0.4, 1.4, 7.9], "value": [26.9 * times, 103.6 * times, 26_621.7 * times]})
    labels = ["first to last purchase", "first purchase to today", "one over yearly churn"]
    return figures.naive_values(table, labels=labels, currency="GBP")


def weeks() -> pd.DataFrame:
    table = pd.DataFrame({"date": pd.date_range("1997-01-07", periods=60, freq="7D"), "actual": np.arange(60) * 70.0})
    return table.assign(**{name: table["actual"] * (1 + place / 30) for place, name in enumerate(MODELS)})


def by_week() -> pd.DataFrame:
    numbers = weeks().columns.drop("date")
    return weeks().assign(**weeks()[numbers].diff().fillna(0))


def tracking(error: float = 0.016) -> Axes:
    return figures.tracking(weeks(), by_week(), split=date(1997, 9, 30), used="BG/NBD", error=error)


def tracking_alone() -> Axes:
    table, apart = (of[["date", "actual"]] for of in (weeks(), by_week()))
    return figures.tracking(table, apart, split=date(1997, 9, 30), used=None, error=float("nan"))


def frequency_groups() -> Axes:
    table = pd.DataFrame({"repeats": range(8), "customers": [12_345] * 8, "actual": np.linspace(0.1, 3.9, 8)})
    table = table.assign(low=table["actual"] - 0.1, high=table["actual"] + 0.3)
    told = {name: table["actual"] + place / 3 for place, name in enumerate(MODELS)}
    return figures.frequency_groups(table.assign(**told), MODELS, window="1997-10-01 to 1998-06-30")


def origins() -> pd.DataFrame:
    rows = [(1000.0, 904.0, 780.0, 1036.0, 0.215, 1.0), (1000.0, 844.0, 744.0, 948.0, 0.174, 0.0)]
    return pd.DataFrame(rows, columns=["actual", "expected", "low", "high", "naive_error", "total_covered"])


def back_tests() -> Axes:
    return figures.back_tests(origins(), origins=["1997-07-01", "1997-09-30"], days=182)


@dataclass(frozen=True)
class Grid:
    """Value that grows with both axes, or falls with frequency where the silence is long."""

    turns: bool = True
    repeats: np.ndarray = field(default_factory=lambda: np.arange(1.0, 21))
    t_x: np.ndarray = field(default_factory=lambda: np.linspace(10, 500, 50))
    T: float = 500.0

    @property
    def value(self) -> np.ndarray:
        late = self.t_x / self.T
        return 900 * self.repeats[:, None] / 20 * late ** (self.repeats[:, None] / 2 if self.turns else 2)


def iso_value(*, turns: bool = True) -> Axes:
    return figures.iso_value(Grid(turns=turns), currency="GBP", basis=LONG)


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
    "tracking without a model": tracking_alone,
    "frequency_groups": frequency_groups,
    "back_tests": back_tests,
    "iso_value": iso_value,
    "calibration": calibration,
    "value_fan": value_fan,
    "tiers": tiers,
    "tornado": tornado,
}

every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw: Callable[[], Axes]) -> None:
    check_figure(draw)


@every_figure
def test_the_picture_is_as_wide_as_a_page(draw: Callable[[], Axes]) -> None:
    data, _ = figures.show(draw())._repr_mimebundle_()
    assert imread(io.BytesIO(base64.b64decode(data["image/png"]))).shape[1] == 1440


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
        (0.016, "After 1997-09-30 BG/NBD expected 1.6 % more purchases than came"),
        (-0.1, "After 1997-09-30 BG/NBD expected 10.0 % fewer purchases than came"),
        (float("nan"), "Nobody bought again after the models stopped looking"),
    ],
)
def test_the_tracking_title_says_which_way_the_model_missed(error: float, title: str) -> None:
    assert tracking(error).get_title(loc="left").replace("\n", " ") == title


def test_tracking_draws_a_line_a_model_in_both_parts_told_apart_without_colour() -> None:
    upper, lower = tracking().figure.axes
    for part in (upper, lower):
        lines = [line for line in part.lines if len(line.get_xdata()) == 60]
        assert [line.get_label() for line in lines] == [*MODELS, "as they came"]
        assert len({(str(line.get_linestyle()), line.get_marker()) for line in lines}) == 5
    assert upper.lines[0].get_ydata()[-1] == 59 * 70
    assert lower.lines[0].get_ydata()[-1] == 70
    alone = tracking_alone()
    assert [text.get_text() for text in alone.get_legend().get_texts()] == ["as they came"]
    assert "no model could be used" in alone.get_title(loc="left").replace("\n", " ")


def test_groups_by_frequency_and_back_tests_draw_their_tables() -> None:
    ax = frequency_groups()
    assert [text.get_text() for text in ax.get_xticklabels()][-1] == "7 or more\n(12,345)"
    assert ax.lines[1].get_ydata()[0] == pytest.approx(0.1 + 1 / 3)
    ax = back_tests()
    assert ax.get_title(loc="left") == "In 1 of 2 back-tests the interval held what came"
    model, naive = ax.lines[:2]
    assert model.get_xdata().tolist() == pytest.approx([-0.096, -0.156])
    assert naive.get_xdata().tolist() == [0.215, 0.174]
    bars = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert bars == [pytest.approx([-0.22, 0.036]), pytest.approx([-0.256, -0.052])]


@pytest.mark.parametrize(("turns", "said"), [(True, "is worth less"), (False, "is worth more")])
def test_lines_of_equal_value_say_whether_frequency_can_speak_against_a_customer(turns: bool, said: str) -> None:
    ax = iso_value(turns=turns)
    assert ax.get_title(loc="left").replace("\n", " ").endswith(f"who bought oftener {said}")
    assert "at 10, 20, 50, 100, 200, 500 GBP" in alt_text(ax)


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
