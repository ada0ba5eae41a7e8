"""The style and the order of a whole column, and the doubts that remain."""

from datetime import date, timedelta
from decimal import Decimal

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.intake.readings import read_dates, read_numbers
from crmlab.intake.values import Style

TODAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        (["12", "13"], Style(".", "")),
        (["12.5", "13.25"], Style(".", "")),
        (["12,5", "13,25"], Style(",", "")),
        (["1.234,50", "12"], Style(",", ".")),
        (["1,234,567", "12"], Style(".", ",")),
        (["0.125", "1.250"], Style(".", "")),
        (["1 250,00", "12,50"], Style(",", " ")),
        (["۱٬۲۵۰٫۵", "۱۲"], Style("٫", "٬")),
    ],
)
def test_a_style_without_doubt(texts, style):
    reading = read_numbers(texts)
    assert (reading.style, reading.share, reading.rivals) == (style, 1.0, ())


def test_three_digits_after_every_mark_are_thousands_but_not_surely():
    reading = read_numbers(["1.250", "12", "3.999"])
    assert reading.style == Style(",", ".")
    assert reading.total == Decimal(5261)  # 1250 + 12 + 3999
    assert reading.rivals == ((Style(".", ""), Decimal("17.249")),)  # 1.250 + 12 + 3.999


def test_marks_are_counted():
    assert read_numbers(["£1.50", "£2", "3"]).marks == {"GBP": 2}


def test_what_is_no_number_counts_against_the_share():
    assert read_numbers(["1.5", "x", "2"]).share == 2 / 3
    assert read_numbers(["x"]) is None
    assert read_numbers([]) is None


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2020-01-31", "2020-02-01"], "year_first"),
        (["01/02/2020", "13/02/2020"], "day_first"),
        (["02/01/2020", "02/13/2020"], "month_first"),
        (["1398/01/05", "1399/12/30"], "jalali"),
        (["43831", "43832.5"], "excel_serial"),
        (["31-Dec-2019", "1-Jan-2020"], "day_first"),
    ],
)
def test_one_value_proves_the_order(texts, order):
    reading = read_dates(texts, today=TODAY)
    assert (reading.order, reading.share, reading.rivals) == (order, 1.0, ())


def test_of_two_orders_the_one_without_future_days_is_taken():
    # As day first, the first is 5 December 2026, after today.
    reading = read_dates(["05/12/2026", "05/01/2026"], today=date(2026, 6, 1))
    assert reading.order == "month_first"
    (rival,) = reading.rivals
    assert (rival.order, rival.after_today, rival.last) == ("day_first", 1, date(2026, 12, 5))


def test_of_two_orders_the_one_that_follows_the_rows_is_taken():
    # Month first they ascend; day first they would be 1 January, 1 December, 2 January, 2 December.
    reading = read_dates(["01/01/2020", "01/12/2020", "02/01/2020", "02/12/2020"], today=TODAY)
    assert (reading.order, reading.chosen.steps_back, reading.chosen.months) == ("month_first", 0, 2)
    (rival,) = reading.rivals
    assert (rival.order, rival.steps_back, rival.first, rival.last) == (
        "day_first",
        1,
        date(2020, 1, 1),
        date(2020, 12, 2),
    )


def test_no_dates():
    assert read_dates(["a", "b"], today=TODAY) is None
    assert read_dates([], today=TODAY) is None


@given(
    st.lists(st.dates(date(1970, 1, 1), date(2025, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M"]),
)
def test_the_written_days_are_the_chosen_reading_or_its_rival(days, pattern):
    reading = read_dates([day.strftime(pattern) for day in days], today=TODAY)
    told = {(one.first, one.last) for one in (reading.chosen, *reading.rivals)}
    assert reading.share == 1
    assert (min(days), max(days)) in told


@given(st.integers(0, 40_000))
def test_jalali_days_are_read_back(number):
    day = date(1940, 1, 1) + timedelta(days=number)
    text = jdatetime.date.fromgregorian(date=day).strftime("%Y/%m/%d")
    assert read_dates([text], today=TODAY).chosen.first == day


@given(
    st.lists(st.decimals(-10_000_000, 10_000_000, places=2, allow_nan=False), min_size=1, max_size=30),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), ("٫", "٬")]),
)
def test_two_decimals_give_every_number_back(numbers, marks):
    decimal, thousands = marks
    texts = [f"{one:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands) for one in numbers]
    reading = read_numbers(texts)
    assert (reading.share, reading.total, reading.rivals) == (1.0, sum(numbers), ())
