from decimal import Decimal

import pyarrow as pa
import pytest

from crmlab.tables.convert import FAULTS


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
