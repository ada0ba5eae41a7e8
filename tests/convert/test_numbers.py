from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.tables.convert import FAULTS


def test_amounts_in_text(check):
    plain = {
        "-12.50": "-12.5000",
        "+3": "3.0000",
        ".5": "0.5000",
        "5.": "5.0000",
        " 7 ": "7.0000",
        "1e3": "1000.0000",
        "25E-1": "2.5000",
        "-0.00": "0.0000",
        "0.0001": "0.0001",
        "99999999999999.9999": "99999999999999.9999",
        "-99999999999999.9999": "-99999999999999.9999",
        "13.329999999999998": "13.3300",
        "0.30000000000000004": "0.3000",
        "5.551115123125783e-17": "0.0000",
        "1.10000000000000000000000000": "1.1000",
    }
    check({text: Decimal(amount) for text, amount in plain.items()} | {"": None, " \t": None}, "money")


def test_text_that_is_no_amount(check):
    others = ["$5", "5 USD", "1_000", "0x10", "abc", "1e", "--5", "(-5)", "-5-", "-(5)", "((5))", "(5", "5 6"]
    words = ["NULL", "inf", "NaN", "-", ".", "=1+1", "1\n2", "5%", "()", "1-2"]
    check(dict.fromkeys(others + words, "not_a_number"), "money")


def test_amounts_that_would_change(check):
    large = dict.fromkeys(["100000000000000", "-1e15", "1e400"], "too_large")
    fine = dict.fromkeys(["12.34567", "0.00004", "-1.00005", "1.23456789e3", "5.5e-5", "1e-6"], "too_fine")
    check(large | fine, "money")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([13.33, -0.1, 0.1 + 0.2, None]), ["13.3300", "-0.1000", "0.3000", None]),
        (pa.array([13.33, 1234.5], pa.float32()), ["13.3300", "1234.5000"]),
        (pa.array([7, -8, None], pa.int32()), ["7.0000", "-8.0000", None]),
        (pa.array([Decimal("1.25"), None], pa.decimal128(9, 2)), ["1.2500", None]),
        (pa.array([Decimal("1.2500000"), Decimal(3)], pa.decimal128(38, 7)), ["1.2500", "3.0000"]),
        (pa.array([None, None], pa.null()), [None, None]),
        (pa.array([float("inf"), float("-inf"), float("nan")]), ["not_finite"] * 3),
        (pa.array([1.00005, 1e-8, 1e15]), ["too_fine", "too_fine", "too_large"]),
        (pa.array([10**15, 10**13]), ["too_large", "10000000000000.0000"]),
        (pa.array([Decimal("1.00001"), Decimal("1.0001")], pa.decimal128(9, 5)), ["too_fine", "1.0001"]),
        (pa.array([Decimal("9.9999999")], pa.decimal128(8, 7)), ["too_fine"]),
        (pa.array([Decimal(10**20)], pa.decimal128(38, 0)), ["too_large"]),
    ],
)
def test_amounts_in_numbers(converted, values, expected):
    wanted = [(None, x) if x in FAULTS else (None if x is None else Decimal(x), None) for x in expected]
    assert converted(values, "money") == wanted


amounts = st.decimals(Decimal("-99999999999999.9999"), Decimal("99999999999999.9999"), places=4)


@settings(max_examples=10, deadline=None)
@given(values=st.lists(amounts, min_size=1, max_size=40))
def test_every_amount_that_fits_keeps_its_value(converted, values):
    wanted = [(value, None) for value in values]
    assert converted([str(value) for value in values], "money") == wanted
    doubles = [float(value) for value in values]
    got = converted(doubles, "money") + converted([repr(x) for x in doubles], "money")
    for (amount, fault), value in zip(got, values * 2, strict=True):
        # Beyond 15 digits a double does not hold the decimal, and it is nobody's fault that it comes back rounded.
        assert fault in {None, "too_large"}
        assert fault == "too_large" or abs(amount - value) <= abs(value) * Decimal(2) ** -50


@settings(max_examples=10, deadline=None)
@given(cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=40))
def test_cents_in_doubles_are_exact(converted, cents):
    wanted = [(Decimal(cent) / 100, None) for cent in cents]
    assert converted([cent / 100 for cent in cents], "money") == wanted
    assert converted([repr(cent / 100) for cent in cents], "money") == wanted
