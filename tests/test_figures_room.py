"""Words along the axes get the room they need: fewer numbers on one, more height for the names on the other."""

from itertools import pairwise

import numpy as np
import pytest

from crmlab.figures import room, style
from tests.figure_checks import check_texts, drawn_texts

NAMES = ["one line", "a name\non three\nlines", "another\non three\nlines", "two\nlines"]


@style.styled
def bars(most=80.0, names=NAMES, height=260, scale="linear"):
    ax = style.new_axes(height)
    ax.barh(np.arange(len(names)), np.linspace(most / 3, most, len(names)))
    ax.set_yticks(np.arange(len(names)), names)
    ax.set(xscale=scale, title="Bars", xlabel="amount")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return style.described(ax, "4 bars.")


def height_of(ax):
    return ax.figure.get_size_inches()[1] * style.CSS_PIXELS_PER_INCH


def numbers(ax):
    seen = drawn_texts(ax)
    return [label.get_text() for label in ax.get_xticklabels() if label in seen]


@pytest.mark.parametrize("lines", [1, 2, 3, 6])
def test_a_figure_grows_by_what_its_names_lack(lines):
    ax = bars(names=["\n".join(["name"] * lines)] * 4, height=200)
    check_texts(ax)
    assert (height_of(ax) > 200) == (lines > 1)
    boxes = sorted((label.get_window_extent() for label in ax.get_yticklabels()), key=lambda box: box.y0)
    gaps = [above.y0 - below.y1 for below, above in pairwise(boxes)]
    assert min(gaps) >= room.GAPS[1] - 1
    if lines > 2:
        assert max(gaps) < room.GAPS[1] + 2  # and by no more


def test_only_the_closest_two_names_decide():
    check_texts(bars())
    assert height_of(bars(names=["one line", "a name\non three\nlines", "one line", "one line"])) < height_of(bars())


@pytest.mark.parametrize(("most", "seen"), [(80.0, 9), (8e4, 9), (8e10, 5), (8e13, 5), (8e15, 4)])
def test_numbers_are_fewer_the_longer_they_are(most, seen):
    ax = bars(most)
    check_texts(ax)
    assert len(numbers(ax)) == seen
    steps = np.diff([float(said.replace(",", "")) for said in numbers(ax)])
    assert steps == pytest.approx(steps[0])


def test_who_has_room_is_left_alone():
    ax = bars(80.0, names=["one", "two", "three", "four"])
    assert height_of(ax) == pytest.approx(260)
    assert numbers(ax) == [str(ten) for ten in range(0, 90, 10)]


def test_names_at_one_place_want_no_tower():
    ax = bars()
    ax.set_yticks([1, 1 + 1e-9], ["one", "other"])
    assert room.made(ax.figure)
    assert 3 * 260 < height_of(ax) < 5 * 260
