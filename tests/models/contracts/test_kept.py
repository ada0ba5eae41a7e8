"""Counts of cohorts: what they say, from where they come, and which are refused."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.models.contracts import Cohort, Kept, whole_periods
from crmlab.simulate.contracts import STEP, anniversary

UNITS = sorted(STEP)


def lines(kept: Kept) -> list[tuple[float, ...]]:
    found = kept.intervals
    return list(zip(found.known, found.stayed, found.gone, found.weights, strict=True))


def test_what_the_counts_of_a_cohort_say():
    kept = Kept.of_cohort([100, 60, 50])
    # 40 left in the first period, 10 in the second, 50 are still there after two renewals.
    assert lines(kept) == [(0, 0, 1, 40), (0, 1, 2, 10), (0, 2, np.inf, 50)]
    assert (kept.n, kept.lost, kept.periods, kept.base) == (100, 50, 2, {2: 50})


def test_what_limited_counts_say():
    # Of 100 three renewals ago 30 are left; when the 70 left is not known.
    assert lines(Kept.of_first_and_last([(3, 100, 30)])) == [(0, 0, 3, 70), (0, 3, np.inf, 30)]
    # 40 were there after two renewals, 30 after three; who had left before is not known.
    kept = Kept.of_last_two([(3, 40, 30)])
    assert lines(kept) == [(2, 2, 3, 10), (2, 3, np.inf, 30)]
    assert kept.n == 40


def test_cohorts_of_one_kind_are_one_line():
    kept = Kept.of_cohorts([[100, 60, 50], [10, 5], [7]])
    # The cohort counted once is in no renewal: it adds nothing but customers in their first period.
    assert (0, 0, 1, 45) in lines(kept)
    assert (kept.n, kept.base) == (110, {0: 7, 1: 5, 2: 50})
    assert lines(Kept.of_cohort([100, 60]) + Kept.of_cohort([10, 5])) == [(0, 0, 1, 45), (0, 1, np.inf, 65)]


@pytest.mark.parametrize(
    ("cohorts", "match"),
    [
        ([[100, 120]], "above the one before it"),
        ([[100, -1]], "below zero"),
        ([[100, np.nan]], "below zero or no number"),
        ([[100]], "no cohort was counted twice"),
        ([[0, 0]], "no cohort was counted twice"),
        ([[]], "0 ages and 0 counts"),
    ],
)
def test_counts_that_cannot_be(cohorts, match):
    with pytest.raises(DataError, match=match):
        Kept.of_cohorts(cohorts)


def test_all_problems_are_named_at_once():
    with pytest.raises(DataError, match="cohort 1: a count is above") as refused:
        Kept.of_cohorts([[100, 120], [5, -1]])
    assert "cohort 2: a count is below zero" in str(refused.value)
    with pytest.raises(DataError, match="whole numbers from 0 that ascend"):
        Kept((Cohort((2, 1), (10, 5)),))


def test_contracts_become_cohorts_by_the_renewals_that_were_due():
    contracts = pd.DataFrame(
        {
            "start": pd.to_datetime(["2020-03-15"] * 4 + ["2022-07-01"] * 2),
            # Left on the first renewal, in the third period, on the third renewal, not; in the first period, not.
            "end": pd.to_datetime(["2021-03-15", "2022-06-01", "2023-03-15", None, "2022-08-01", None]),
        }
    )
    kept = Kept.of_contracts(contracts, observed_until=date(2023, 3, 15), time_unit="year")
    # Three renewals were due of the first four; an end within the third period counts at the third. None was due of the
    # other two, so that the end in their first period is not known yet.
    assert kept == Kept.of_cohorts([[2], [4, 3, 3, 1]])
    # A day earlier the third renewal was not due.
    earlier = Kept.of_contracts(contracts, observed_until=date(2023, 3, 14), time_unit="year")
    assert earlier == Kept.of_cohorts([[2], [4, 3, 3]])


def test_contracts_that_cannot_be():
    good = pd.DataFrame({"start": pd.to_datetime(["2020-01-01"]), "end": pd.to_datetime(["2021-01-01"])})
    for bad, match in (
        (good.drop(columns="end"), r"columns \['end'\]"),
        (good.assign(end=good["start"]), "an end is not after its start: 1"),
        (good.assign(start=pd.NaT), "a start is missing: 1"),
        (good.assign(start=pd.Timestamp("2030-01-01"), end=pd.NaT), "after observed_until"),
        (good.iloc[:0], "there are none"),
    ):
        with pytest.raises(DataError, match=match):
            Kept.of_contracts(bad, observed_until=date(2022, 1, 1), time_unit="year")
    with pytest.raises(ParameterError, match="time_unit is 'fortnight'"):
        Kept.of_contracts(good, observed_until=date(2022, 1, 1), time_unit="fortnight")


def test_months_are_over_on_the_same_day_or_on_the_last():
    found = [
        int(whole_periods(np.datetime64(start), np.datetime64(end), "month"))
        for start, end in (
            ("2023-01-31", "2023-02-27"),
            ("2023-01-31", "2023-02-28"),
            ("2023-01-15", "2023-03-14"),
            ("2023-01-15", "2023-03-15"),
        )
    ]
    assert found == [0, 1, 1, 2]


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 200), st.sampled_from(UNITS))
def test_periods_are_counted_as_the_simulator_dates_them(start, number, unit):
    joined = np.array([np.datetime64(start, "D")])
    day = anniversary(joined, np.array([number]), *STEP[unit])
    assert whole_periods(joined, day, unit)[0] == number
    if number:
        assert whole_periods(joined, day - np.timedelta64(1, "D"), unit)[0] == number - 1
