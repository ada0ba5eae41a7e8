"""Every fault is reached by a value, and says what is wrong and how to mend it."""

import pytest

from crmlab.tables.convert import FAULTS
from crmlab.tables.export import Form

REACHED = {
    "not_a_number": ("abc", "money"),
    "wrong_decimal": ("12,50", "money"),
    "other_currency": ("€5", "money"),
    "not_finite": (float("inf"), "money"),
    "too_large": ("1e15", "money"),
    "too_fine": ("1.23456", "money"),
    "not_a_date": ("soon", "date"),
    "other_date_order": ("31/12/1997", "date"),
    "excel_date": ("35795", "date"),
    "impossible_date": ("1997-02-30", "date"),
    "too_early": ("1398-01-01", "date"),
    "not_an_id": (1.5, "id"),
    "not_a_flag": ("maybe", "flag"),
}


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "other_calendar"])
def test_every_fault_is_reached(converted, fault):
    value, to = REACHED[fault]
    assert converted([value], to, currency="GBP") == [(None, fault)]


def test_a_gregorian_date_among_jalali_ones_is_named(converted):
    assert converted(["2019-03-21"], "date", Form(dates="jalali")) == [(None, "other_calendar")]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_are_sentences_without_ends(fault):
    assert fault.one.split()[0] in {"is", "has"}
    assert fault.several.split()[0] in {"are", "have"}
    assert not fault.mend.endswith(".")
