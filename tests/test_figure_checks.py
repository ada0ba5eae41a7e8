"""The checks of figures catch a figure that cannot be read."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes

from crmlab.figures import style
from tests.figure_checks import check_figure, check_texts


def plain() -> Axes:
    _, ax = plt.subplots()
    ax.plot([1, 2], [1, 2])
    ax.set_title("Two points", loc="left")
    ax.set_xlabel("one")
    ax.set_ylabel("other")
    return style.described(ax, "2 points.")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_a_readable_figure_passes_and_says_its_alt_text() -> None:
    assert check_figure(plain, labels="xy") == "2 points."


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"x": -0.3, "y": 0.5, "s": "cut on the left"}, "cut on the left"),
        ({"x": 1.05, "y": 0.5, "s": "cut on the right"}, "cut on the right"),
        ({"x": 0.5, "y": 0.5, "s": "too small", "fontsize": 8}, "too small"),
        ({"x": 0.0, "y": 1.02, "s": "over the title"}, "over the title"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_caught(place, said) -> None:
    ax = plain()
    ax.text(**{"transform": ax.transAxes, "fontsize": 10, **place})
    with pytest.raises(AssertionError, match=said):
        check_texts(ax)


def test_a_tick_beyond_the_limits_is_not_seen() -> None:
    ax = plain()
    ax.set_xlim(1, 2)
    ax.set_xticks([1, 2, 9], ["1", "2", "far to the right of everything"])
    ax.set_xlim(1, 2)
    check_texts(ax)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_an_axis_without_a_label_is_caught(axis) -> None:
    def unlabelled() -> Axes:
        ax = plain()
        getattr(ax, f"set_{axis}label")("")
        return ax

    with pytest.raises(AssertionError, match=axis):
        check_figure(unlabelled, labels="xy")
