from decimal import Decimal

import pyarrow as pa
import pytest

from crmlab.tables.convert import FAULTS, convert, is_destroyed
from crmlab.tables.export import Form


def test_ids_in_text(check):
    same = ["007", "007.0", "1.50", "1.00", "=cmd()", "<b>", "NULL", "nan", "محمد", "a b", "x.0", ".0"]
    changed = {" ann ": "ann", "12346.0": "12346", "0.0": "0", "-7.0": "-7", "": None, "\t": None}
    check({text: text for text in same} | changed, "id")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([12346, None]), ["12346", None]),
        (pa.array([12346.0, float("nan"), None, -3.0, 0.0]), ["12346", None, None, "-3", "0"]),
        (pa.array([1.5, float("inf"), 2.0**53, -float("inf")]), ["not_an_id"] * 4),
        (pa.array([5.94773e23, 12.0]), ["5.94773e+23", "12"]),
        (pa.array([Decimal(5), None], pa.decimal128(10, 0)), ["5", None]),
        (pa.array([2**63], pa.uint64()), ["9223372036854775808"]),
        (pa.array([None], pa.null()), [None]),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (pa.array(["a"], pa.large_string()), ["a"]),
    ],
)
def test_ids_in_numbers(converted, values, expected):
    assert converted(values, "id") == [(None, x) if x in FAULTS else (x, None) for x in expected]


def test_ids_are_unified(check):
    same = {
        "۱۲۳۴۵": "12345",
        "١٢٣٤٥": "12345",
        "۱۲۳.0": "123",
        "علي-۱": "علی-1",
        "\u200e12345\u00a0": "12345",
        "e\u0301": "é",
    }
    check(same | {"\u200f": None, "\u00a0": None, "5.94773E+23": "5.94773E+23", "12346.0\t": "12346"}, "id")


@pytest.mark.parametrize(
    ("value", "destroyed"),
    [
        *(
            (text, True)
            for text in ("5.94773E+23", "5,94773E+23", "1.2E+05", "1E+15", "5.94773e+23", "-1.5E+20", "1.2E05")
        ),
        *(
            (text, False)
            for text in ("12E5", "1E10", "E+10", "594773E+23", "5.94773", "12346", "ED+1", "5.9E+23x", "a5.9E+23")
        ),
    ],
)
def test_ids_that_a_spreadsheet_has_rounded_are_found(raw_of, value, destroyed):
    raw = raw_of([value, None])
    got = raw.select(found=is_destroyed(convert(raw.value, "id", Form()).value)).to_pyarrow().to_pylist()
    assert [row["found"] for row in got] == [destroyed, None]
