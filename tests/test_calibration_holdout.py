from datetime import date

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import DataError, ParameterError
from crmlab.summary import calibration_holdout, customer_summary
from crmlab.tables.frame import clean_table

ROWS = [
    ("ann", "2020-01-01", 10.0),
    ("ann", "2020-01-11", 20.0),
    ("ann", "2020-02-01", 5.0),  # two rows of one day are one purchase
    ("ann", "2020-02-01", 7.5),
    ("ann", "2020-02-09", -3.0),  # a return on a day of its own is no purchase
    ("bob", "2020-01-31", 8.0),  # bought on the last day of calibration, and never again
    ("eve", "2020-02-02", 9.0),  # not known on 31 January
]


def table(rows=ROWS):
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


def split(rows=ROWS, calibration_until=date(2020, 1, 31), observed_until=date(2020, 2, 29)):
    return calibration_holdout(table(rows), calibration_until=calibration_until, observed_until=observed_until)


def test_by_hand():
    found = split().set_index("customer_id")
    assert found.index.tolist() == ["ann", "bob"]
    assert found.loc["ann", ["repeats", "t_x", "T", "mean_repeat_value"]].tolist() == [1, 10, 30, 20.0]
    assert found.loc["bob", ["repeats", "t_x", "T"]].tolist() == [0, 0, 0]
    assert found["holdout_purchases"].tolist() == [1, 0]
    assert found["holdout_value"].tolist() == [12.5, 0.0]
    assert (found["holdout_purchases"].dtype, found["holdout_value"].dtype) == ("int64", "float64")


def test_the_calibration_is_the_summary_as_it_stood():
    known = customer_summary(table(ROWS[:2] + ROWS[5:6]), observed_until=date(2020, 1, 31))
    assert_frame_equal(split().drop(columns=["holdout_purchases", "holdout_value"]), known)


def test_a_hold_out_without_purchases_is_all_zero():
    found = split(rows=ROWS[:2] + ROWS[5:6])
    assert found["holdout_purchases"].tolist() == [0, 0]


def test_order_of_rows_changes_nothing():
    assert_frame_equal(split(rows=ROWS[::-1]), split())


def test_the_split_stands_before_the_end():
    message = "calibration_until is 2020-02-29; it is a day before observed_until 2020-02-29"
    with pytest.raises(ParameterError, match=message):
        split(calibration_until=date(2020, 2, 29))


def test_rows_after_the_end_are_refused():
    with pytest.raises(DataError, match="2 kept transactions are dated after observed_until 2020-02-01"):
        split(observed_until=date(2020, 2, 1))


def test_nothing_to_calibrate_on_is_refused():
    with pytest.raises(DataError, match="there is no purchase up to 2019-12-31"):
        split(calibration_until=date(2019, 12, 31))
