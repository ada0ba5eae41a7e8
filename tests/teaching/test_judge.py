import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.teaching.exercise import EXACT, Exercise, Task, Tolerance, Wrong, absolute, relative
from crmlab.teaching.judge import judge


def task(answer, tolerance=EXACT, *wrong):
    return Task((), answer, "a number", tolerance, wrong)


RIGHT = [
    (8155.0, absolute(8), 8158),
    (8155.0, absolute(8), 8147),
    (0.1294, relative(0.01), np.float64(0.1300)),  # 0.0006 away; one per cent of the answer is 0.001294
    (3, EXACT, np.int64(3)),
    (0.5, EXACT, pd.Series([0.5])),
    (True, EXACT, np.True_),
    ("World A", EXACT, "  world  a "),
    (frozenset({"02", "05"}), EXACT, ["05", "02", "02"]),
    (frozenset({"Left", "stayed"}), EXACT, pd.Series(["left", "Stayed"])),
    ((0.764, 1.296), relative(0.01), np.array([0.765, 1.30])),
    ((210.0, 79.0), (absolute(1), absolute(2)), [209.5, 81]),
    (0, EXACT, 0.0),
]
WRONG = [
    (8155.0, absolute(8), 8164),
    (0.1294, relative(0.01), 0.1308),
    (3, EXACT, 4),
    (True, EXACT, False),
    ("a", EXACT, "b"),
    (frozenset({"02"}), EXACT, {"02", "05"}),
    ((210.0, 79.0), (absolute(1), absolute(2)), [209.5, 82]),
    ((1.0, 2.0), EXACT, [2, 1]),
]
OTHER_KIND = [
    (3, EXACT, "three"),
    (3, EXACT, True),
    (3, EXACT, math.nan),
    (3, EXACT, math.inf),
    (3, EXACT, [1, 2]),
    (True, EXACT, 1),
    ("a", EXACT, 1),
    (frozenset({"02"}), EXACT, "02"),
    (frozenset({"02"}), EXACT, [2]),
    ((1.0, 2.0), EXACT, [1.0]),
    ((1.0, 2.0), EXACT, {1.0, 2.0}),
    ((1.0, 2.0), EXACT, [1.0, "x"]),
    ((1.0, 2.0), EXACT, 1.0),
    (3, EXACT, {"a": 3}),
]


@pytest.mark.parametrize(("answer", "tolerance", "value"), RIGHT)
def test_what_is_right(answer, tolerance, value):
    assert judge(task(answer, tolerance), value).kind == "right"


@pytest.mark.parametrize(("answer", "tolerance", "value"), WRONG)
def test_what_is_wrong(answer, tolerance, value):
    assert judge(task(answer, tolerance), value).kind == "wrong"


@pytest.mark.parametrize(("answer", "tolerance", "value"), OTHER_KIND)
def test_what_is_no_answer_of_the_kind(answer, tolerance, value):
    assert judge(task(answer, tolerance), value).kind == "other_kind"


@pytest.mark.parametrize("value", [..., None])
def test_what_is_blank(value):
    assert judge(task(3), value).kind == "blank"


def test_a_typical_wrong_answer_gets_its_hint_within_the_same_tolerance():
    # 50 % in 5 years: 12.94 % a year; dividing by the years gives 10 %, the rate in continuous time 13.86 %.
    asked = task(0.1294, absolute(0.001), Wrong(0.10, "divided"), Wrong(0.1386, "continuous"))
    assert judge(asked, 0.1005).hint == "divided"
    assert judge(asked, 0.1386).hint == "continuous"
    assert judge(asked, 0.12).kind == "wrong"
    assert judge(asked, 0.1290).kind == "right"


def test_a_mistake_that_leads_to_the_right_answer_is_none():
    made = task(1.0, absolute(0.1), Wrong(1.2, "far"), Wrong(1.05, "near"))
    kept = Exercise("99.1", lambda _client, _rng: made, "").task(None, 1)
    assert [one.hint for one in kept.wrong] == ["far"]


@given(st.floats(-1e9, 1e9), st.floats(0, 1e3), st.floats(-1e9, 1e9))
def test_a_tolerance_is_the_same_on_both_sides(answer, size, value):
    held = Tolerance(absolute=size, relative=0)
    assert held.holds(value, answer) == (abs(value - answer) <= size)
