"""Dates as people and programs write them: orders, calendars, digits, times of day."""

import calendar
import datetime as dt

import jdatetime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.tables.convert.jalali import day_of
from crmlab.tables.export import Form

DIGITS = [{}, str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"), str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")]
TIMES = ["", " 8:26", " 08:26:59", "T23:59:59.123Z", " 11:05 PM", ", 1:05:07 am", " 00:30:00 +03:30", "  12:00:00 AM"]
JALALI_MONTHS = [
    "Farvardin",
    "Ordibehesht",
    "Khordad",
    "Tir",
    "Mordad",
    "Shahrivar",
    "Mehr",
    "Aban",
    "Azar",
    "Dey",
    "Bahman",
    "Esfand",
]
PERSIAN_MONTHS = ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"]
DAY = dt.date(1997, 12, 31)


def name(day, *, short):
    return (calendar.month_abbr if short else calendar.month_name)[day.month]


def jalali(day):
    return jdatetime.date.fromgregorian(date=day)


def numbers(order, separator, *, padded, short_year=False):
    """A writer of dates in numbers, by Python's own formatting."""

    def write(day):
        date = jalali(day) if order == "jalali" else day
        year = f"{date.year % 100:02}" if short_year else f"{date.year:04}"
        parts = {"y": year, "m": f"{date.month:02}" if padded else f"{date.month}"}
        parts["d"] = f"{date.day:02}" if padded else f"{date.day}"
        letters = {"day_first": "dmy", "month_first": "mdy"}.get(order, "ymd")
        return separator.join(parts[letter] for letter in letters)

    return write


WRITERS = {
    order: [numbers(order, separator, padded=padded) for separator in "-/." for padded in (True, False)]
    for order in ("year_first", "day_first", "month_first", "jalali")
}
WRITERS["year_first"] += [
    lambda day: day.strftime("%Y%m%d"),
    lambda day: f"{day.year}-{name(day, short=True)}-{day.day}",
    lambda day: f"{day.year} {name(day, short=False).upper()} {day.day:02}",
]
WRITERS["day_first"] += [
    lambda day: f"{day.day:02}-{name(day, short=True)}-{day.year}",
    lambda day: f"{day.day} {name(day, short=False)} {day.year}",
    lambda day: f"{day.day}{name(day, short=True).upper()}{day.year}",
]
WRITERS["month_first"] += [
    lambda day: f"{name(day, short=True)} {day.day}, {day.year}",
    lambda day: f"{name(day, short=False)}-{day.day:02}-{day.year}",
]
WRITERS["jalali"] += [
    lambda day: jalali(day).strftime("%Y%m%d"),
    lambda day: f"{jalali(day).year}-{JALALI_MONTHS[jalali(day).month - 1]}-{jalali(day).day}",
    lambda day: f"{jalali(day).day} {PERSIAN_MONTHS[jalali(day).month - 1]} {jalali(day).year}",
    lambda day: f"{jalali(day).year}/{PERSIAN_MONTHS[jalali(day).month - 1]}/{jalali(day).day:02}",
]
# The Jalali years that are taken end on 2072-03-19.
days = st.dates(dt.date(1900, 1, 1), dt.date(2072, 3, 19))


@pytest.mark.parametrize("order", WRITERS)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_every_day_comes_back_from_every_form(converted, order, data):
    several = st.tuples(days, st.sampled_from(WRITERS[order]), st.sampled_from(DIGITS), st.sampled_from(TIMES))
    rows = data.draw(st.lists(several, min_size=30, max_size=80))
    texts = [(write(day) + time).translate(digits) for day, write, digits, time in rows]
    assert converted(texts, "date", Form(dates=order)) == [(day, None) for day, *_ in rows]


@pytest.mark.parametrize("order", ["day_first", "month_first", "jalali"])
@settings(max_examples=4, deadline=None)
@given(several=st.lists(st.dates(dt.date(1969, 3, 21), dt.date(2068, 12, 31)), min_size=20))
def test_two_digit_years_are_those_of_one_century(converted, order, several):
    texts = [numbers(order, "/", padded=True, short_year=True)(day) for day in several]
    assert converted(texts, "date", Form(dates=order)) == [(day, None) for day in several]


@pytest.mark.parametrize("order", [*WRITERS, "excel_serial"])
@settings(max_examples=3, deadline=None)
@given(several=st.lists(days.filter(lambda day: day.day > 12), min_size=5, max_size=20))
def test_a_day_written_for_another_form_is_never_taken_for_another_day(converted, order, several):
    written = WRITERS | {"excel_serial": [lambda day: str((day - dt.date(1899, 12, 30)).days)]}
    others = [write for other, writers in written.items() if other != order for write in writers]
    got = converted([write(day) for day in several for write in others], "date", Form(dates=order))
    assert [value for value, fault in got if fault is None] == []


def test_every_jalali_day_of_200_years_is_the_day_of_the_library(raw_of):
    # 1250-01-01 was 1871-03-21; the years before 1278 are faults in a date, but the calendar knows them.
    first, last = dt.date(1871, 3, 21), jdatetime.date(1450, 12, 29).togregorian()
    assert (jalali(first), jdatetime.date(1450, 12, 29).isleap()) == (jdatetime.date(1250, 1, 1), False)
    every = [first + dt.timedelta(number) for number in range((last - first).days + 1)]
    raw = raw_of([int(jalali(day).strftime("%Y%m%d")) for day in every])
    assert raw.select(day=day_of(raw.value)).to_pyarrow().to_pydict()["day"] == every


def test_there_is_no_other_jalali_day(raw_of):
    # Every combination of year, month and day that is none; the library refuses the same.
    numbers_of_none = [
        year * 10_000 + month * 100 + day
        for year in (1249, 1250, 1398, 1399, 1403, 1408, 1450, 1451)
        for month in range(14)
        for day in range(33)
        if not (1250 <= year <= 1450 and is_jalali(year, month, day))
    ]
    raw = raw_of(numbers_of_none)
    assert set(raw.select(day=day_of(raw.value)).to_pyarrow().to_pydict()["day"]) == {None}


def is_jalali(year, month, day):
    try:
        jdatetime.date(year, month, day)
    except ValueError:
        return False
    return True


def test_the_days_of_excel(check):
    # Microsoft: serial 1 is 1900-01-01, 39448 is 2008-01-01; 60 is the 29 February 1900 that never was.
    days = {"1": dt.date(1900, 1, 1), "59": dt.date(1900, 2, 28), "61": dt.date(1900, 3, 1)}
    days |= {"39448": dt.date(2008, 1, 1), "39448.999": dt.date(2008, 1, 1), " 39448,5": dt.date(2008, 1, 1)}
    days |= {"۳۹۴۴۸": dt.date(2008, 1, 1), "2958465": dt.date(9999, 12, 31), "39448.0": dt.date(2008, 1, 1), "": None}
    wrong = dict.fromkeys(["0", "60", "60.5", "2958466"], "impossible_date") | dict.fromkeys(
        ["-5", "x", "1e5"], "not_a_date"
    )
    check(
        days | wrong | {"20080101": "other_date_order", "1/1/2008": "other_date_order"},
        "date",
        Form(dates="excel_serial"),
    )


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            "day_first",
            {"1997-12-31": "other_date_order", "12/31/1997": "other_date_order", "31/02/1997": "impossible_date"},
        ),
        (
            "day_first",
            {
                "Dec 31, 1997": "other_date_order",
                "35795": "excel_date",
                "31/12-1997": "not_a_date",
                "31/13/97": "impossible_date",
            },
        ),
        (
            "day_first",
            {
                "31-Foo-1997": "not_a_date",
                "31/12/197": "not_a_date",
                "01/01/1398": "too_early",
                "31/12/1899": "too_early",
            },
        ),
        (
            "month_first",
            {"31/12/1997": "other_date_order", "31 Dec 1997": "other_date_order", "02/30/1997": "impossible_date"},
        ),
        ("jalali", {"2019-03-21": "other_calendar", "1398/12/30": "impossible_date", "1398/7/31": "impossible_date"}),
        (
            "jalali",
            {
                "1/1/1398": "other_date_order",
                "1398/13/1": "impossible_date",
                "1278/10/10": "too_early",
                "1451/1/1": "other_calendar",
            },
        ),
        (
            "jalali",
            {"1399/12/30": dt.date(2021, 3, 20), "1278/10/11": dt.date(1900, 1, 1), "98/1/1": dt.date(2019, 3, 21)},
        ),
        (
            "jalali",
            {"1398-Farvardin-1": dt.date(2019, 3, 21), "۱۳۹۸/۰۱/۰۱": dt.date(2019, 3, 21), "1398-Foo-1": "not_a_date"},
        ),
        ("jalali", {"1 فروردين 1398": dt.date(2019, 3, 21), "1398 دی 10 10:30 ب.ظ": dt.date(2019, 12, 31)}),
        (
            "year_first",
            {"1398/01/01": "too_early", "1997-12-31 24:00": "not_a_date", "1997-12-31 13:00 pm": "not_a_date"},
        ),
        ("year_first", {"1997-12-31 25:61:61": "not_a_date", "19971231 10:00": DAY, "1997-12-31 0:00:00": DAY}),
    ],
)
def test_what_is_wrong_is_named(check, order, expected):
    check(expected, "date", Form(dates=order))


@pytest.mark.parametrize("order", [*WRITERS, "excel_serial"])
def test_typed_dates_are_taken_whatever_the_form_says(converted, order):
    assert converted([DAY, None], "date", Form(dates=order)) == [(DAY, None), (None, None)]
    assert converted([dt.datetime(1997, 12, 31, 23, 59)], "date", Form(dates=order)) == [(DAY, None)]  # noqa: DTZ001


def test_floats_are_dates_where_numbers_are(converted):
    nan = float("nan")
    assert converted([35795.25, nan, None], "date", Form(dates="excel_serial")) == [
        (dt.date(1997, 12, 31), None),
        (None, None),
        (None, None),
    ]
    assert converted([19971231.0, nan], "date") == [(DAY, None), (None, None)]
