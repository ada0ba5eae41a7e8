import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = dt.date(1997, 12, 31)


def test_dates_in_text(check):
    forms = [
        "1997-12-31",
        " 1997-12-31 ",
        "19971231",
        "1997-12-31T23:59:59",
        "1997-12-31 00:00:00.000",
        "1997-12-31 10:00",
        "1997-12-31T23:59:59Z",
        "1997-12-31 23:59:59 -0500",
        "1997-12-31T00:30:00+03:30",
    ]
    check(dict.fromkeys(forms, DAY) | {"": None, " ": None, "9999-12-31": dt.date(9999, 12, 31)}, "date")


def test_text_that_is_no_date(check):
    odd = ["1997-12-31 25:00", "1997-12-31x", "infinity", "epoch", "today", "1997-12-31 (BC)", "-", "--", "97-12-31"]
    mixed = ["1997-12/31", "1997/12.31", "1997 12 31", "1997-12", "1997-12-31 10", "5", "12345-01-01", "1997-12-311"]
    early = dict.fromkeys(["0001-01-01", "1376-10-10", "13761010", "1899-12-31"], "too_early")
    others = ["31/12/1997", "12-31-1997", "31.12.97", "Dec 31, 1997", "31-Dec-1997", "01/02/1997"]
    impossible = ["1997-02-30", "1997-13-01", "19971301", "1900-02-29", "1997-00-10", "1997-01-00"]
    impossible.append("01021997")  # read year first its month would be 19
    check(
        dict.fromkeys(odd + mixed, "not_a_date")
        | early
        | dict.fromkeys(others, "other_date_order")
        | dict.fromkeys(impossible, "impossible_date")
        | dict.fromkeys(["35795", "40513.35"], "excel_date"),
        "date",
    )


@pytest.mark.parametrize(
    "values",
    [
        pa.array([DAY, None], pa.date32()),
        pa.array([DAY, None], pa.date64()),
        pa.array([dt.datetime(1997, 12, 31, 23, 59), None], pa.timestamp("ns")),  # noqa: DTZ001
        pa.array([dt.datetime(1997, 12, 31, 23, 59), None], pa.timestamp("s")),  # noqa: DTZ001
        pa.array([19971231, None], pa.int64()),
    ],
)
def test_dates_in_dates_timestamps_and_digits(converted, values):
    assert converted(values, "date") == [(DAY, None), (None, None)]
    early = pa.array([dt.date(1899, 12, 31)])
    assert converted(early, "date") == [(None, "too_early")]
    assert converted(pa.array([None], pa.null()), "date") == [(None, None)]


@settings(max_examples=10, deadline=None)
@given(days=st.lists(st.dates(dt.date(1900, 1, 1)), min_size=1, max_size=40))
def test_every_day_is_read_in_both_forms(converted, days):
    wanted = [(day, None) for day in days]
    assert converted([day.isoformat() for day in days], "date") == wanted
    assert converted([day.isoformat().replace("-", "") for day in days], "date") == wanted
