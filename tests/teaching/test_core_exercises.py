"""Exercises whose answers are published or worked by hand, at the numbers they are known for."""

import numpy as np
import pytest

from crmlab.client import Client
from crmlab.teaching.exercise import exercise_called
from crmlab.teaching.exercises import e05_retention_curves, e06_clv


class Chosen:
    """Stands in for chance: hands over what it is told to, in turn, and refuses what it was not told."""

    def __init__(self, *values):
        self.values = list(values)

    def choice(self, _of):
        return self.values.pop(0)

    def integers(self, *_ends):
        return self.values.pop(0)

    def uniform(self, *_ends):
        return self.values.pop(0)


def made(name, *values):
    return exercise_called(name).make(Client.open("cdnow"), Chosen(*values))


def test_a_fifth_with_four_fifths_needs_a_spread_of_1_683():
    # Φ⁻¹(.8) + Φ⁻¹(.8) = 0.8416 + 0.8416
    assert made("02.1", 0.2, 0.8).answer == pytest.approx(1.683, abs=5e-4)


def test_half_in_five_years_is_12_94_per_cent_a_year():
    task = made("05.1", 0.5, 5)
    assert task.answer == pytest.approx(0.1294, abs=5e-5)
    # The usual slips: 50 % / 5, and log 2 / 5 = .1386.
    assert [round(one.value, 4) for one in task.wrong] == [0.1, 0.1386, 0.8706]


def test_the_cohort_of_fader_and_hardie_leaves_210_by_sorting_and_79_by_one_rate(monkeypatch):
    monkeypatch.setattr(e05_retention_curves, "_cohort", lambda _rng, **_of: [1000, 631, 468, 382, 326])
    task = made("05.2", 0.764, 1.296)
    assert task.answer == pytest.approx((210, 79), abs=1)
    assert task.wrong[0].value[1] == pytest.approx(106, abs=1)  # the ends joined


def test_a_contract_of_100_at_80_per_cent_and_10_per_cent_is_worth_266_67():
    # 100 × .8 / (1 + .1 − .8); with a margin today 100 more.
    task = made("06.1", 10, 0.8, 0.1)
    assert task.answer == pytest.approx(266.67, abs=0.005)
    assert task.wrong[0].value == pytest.approx(366.67, abs=0.005)


def test_the_first_customer_of_cdnow_is_worth_36_28_and_140_10_where_weeks_are_days(monkeypatch):
    known, fit = e06_clv._cdnow()
    first = known[known["repeats"].eq(2) & known["t_x"].eq(213) & known["T"].eq(272)]
    monkeypatch.setattr(e06_clv, "_cdnow", lambda: (first, fit))
    task = made("06.2", 0)
    assert task.answer == pytest.approx(36.28, rel=0.01)
    assert task.wrong[0].value == pytest.approx(140.10, rel=0.02)


def test_a_contact_pays_from_cost_over_margin_and_purchase_on():
    # 3 / (.3 × 100) = 10 points.
    assert made("90.1", 6, 0.3, 10).answer == pytest.approx(0.1)


def test_the_long_run_of_a_chain_is_what_a_move_leaves_alone():
    from crmlab.teaching.exercises.e04_segments_and_life_stage import _stationary  # noqa: PLC0415

    # Half leave A for B, a quarter leave B for A: a third are in A.
    assert _stationary(np.array([[0.5, 0.5], [0.25, 0.75]])) == pytest.approx([1 / 3, 2 / 3])
