"""Single values as the guesses read them, held against what `convert` makes of them in the end."""

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.intake import values
from crmlab.intake.values import ORDERS, STYLES, Style
from crmlab.tables import convert, engine
from crmlab.tables.export import Form

ENGINE = engine.connect(threads=1)


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("1.234,50", Style(",", "."), "1234.50"),
        ("1,234.50", Style(".", ","), "1234.50"),
        ("1 234,5", Style(",", " "), "1234.5"),
        ("1\u202f234,5", Style(",", " "), "1234.5"),
        ("1'234.5", Style(".", "'"), "1234.5"),
        ("۱٬۲۳۴٫۵", Style("٫", "٬"), "1234.5"),
        ("(12.50)", Style(".", ""), "-12.50"),
        ("12.50-", Style(".", ""), "-12.50"),
        ("−3", Style(".", ""), "-3"),
        (".5", Style(".", ""), "0.5"),
        ("1e3", Style(".", ""), "1000"),
    ],
)
def test_a_number_in_its_style(text, style, number):
    assert values.number(text, style) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("1,23", Style(".", ",")),
        ("12,34,567", Style(".", ",")),
        ("0,125", Style(".", ",")),
        ("1.234.5", Style(".", "")),
        ("12 apples", Style(".", "")),
        ("", Style(".", "")),
        ("--1", Style(".", "")),
    ],
)
def test_no_number_in_this_style(text, style):
    assert values.number(text, style) is None


@pytest.mark.parametrize(
    ("text", "bare", "currency"),
    [
        ("£12.50", "12.50", "GBP"),
        ("12,50 €", "12,50", "EUR"),
        ("EUR 3", "3", "EUR"),
        ("۱۲۰۰ تومان", "1200", "IRT"),
        ("1200 ريال", "1200", "IRR"),
        ("12 apples", "12 apples", ""),
    ],
)
def test_the_currency_beside_a_number(text, bare, currency):
    assert values.mark_of(text) == (bare, currency)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("1997-12-31", "year_first", date(1997, 12, 31)),
        ("19971231", "year_first", date(1997, 12, 31)),
        ("1997-Dec-31", "year_first", date(1997, 12, 31)),
        ("1997-12-31 23:59:59", "year_first", date(1997, 12, 31)),
        ("1997-12-31T23:59Z", "year_first", date(1997, 12, 31)),
        ("31.12.97", "day_first", date(1997, 12, 31)),
        ("31-Dec-1997", "day_first", date(1997, 12, 31)),
        ("31/12/1997 8:05 PM", "day_first", date(1997, 12, 31)),
        ("12/31/1997", "month_first", date(1997, 12, 31)),
        ("Dec 31, 1997", "month_first", date(1997, 12, 31)),
        ("12/1/2010 8:26", "month_first", date(2010, 12, 1)),
        ("40513.35", "excel_serial", date(2010, 12, 1)),
        ("1398/01/01", "jalali", date(2019, 3, 21)),
        ("۱۳۹۸/۰۱/۰۱", "jalali", date(2019, 3, 21)),
        ("1398-Farvardin-1", "jalali", date(2019, 3, 21)),
        ("98/1/1", "jalali", date(2019, 3, 21)),
        ("1399/12/30", "jalali", date(2021, 3, 20)),
    ],
)
def test_a_day_in_its_order(text, order, day):
    assert values.day(text, order) == day


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("31/12/1997", "month_first"),
        ("12/31/1997", "day_first"),
        ("1398/12/30", "jalali"),  # 1398 is no leap year
        ("1398/01/01", "year_first"),
        ("1997-12-31", "jalali"),
        ("30/02/1997", "day_first"),
        ("hello", "year_first"),
        ("12.50", "day_first"),
    ],
)
def test_no_day_in_this_order(text, order):
    assert values.day(text, order) is None


TEXTS = {
    "year_first": lambda day: [f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d 13:05}", f"{day:%Y%m%d}"],
    "day_first": lambda day: [f"{day.day}.{day.month}.{day.year}", f"{day:%d/%m/%Y}", f"{day:%d-%b-%Y}"],
    "month_first": lambda day: [f"{day:%m/%d/%Y}", f"{day.month}/{day.day}/{day.year} 9:30 AM"],
}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.dates(date(1930, 1, 1), date(2068, 12, 31)), min_size=20, max_size=20), st.sampled_from(list(TEXTS)))
def test_days_are_those_that_convert_reads(days, written):
    texts = [text for day in days for text in TEXTS[written](day)]
    for order in ORDERS:
        told = converted(texts, "date", Form(dates=order))
        guessed = [values.day(text, order) for text in texts]
        assert [guess for guess in guessed if guess] == [
            day for day, guess in zip(told, guessed, strict=True) if guess
        ], order


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.decimals(-999999, 999999, places=2, allow_nan=False), min_size=20, max_size=20),
    st.sampled_from([style for style in STYLES if style.thousands != " "]),
)
def test_numbers_are_those_that_convert_reads(numbers, style):
    texts = [written(number, style) for number in numbers]
    told = converted(texts, "money", Form(decimal=style.decimal, thousands=style.thousands))
    assert told == numbers == [values.number(text, style) for text in texts]


def written(number, style):
    return f"{number:,.2f}".replace(",", "\0").replace(".", style.decimal).replace("\0", style.thousands)


def converted(texts, to, form):
    table = ibis.memtable(pa.table({"text": texts}))
    one = convert.convert(table.text, to, form)
    rows = ENGINE.to_pyarrow(table.select(value=one.value, fault=one.fault.cast("string"))).to_pylist()
    return [None if row["fault"] else row["value"] for row in rows]


@pytest.mark.parametrize(("text", "is_return"), [("Yes", True), ("sale", False), ("مرجوعی", True), ("maybe", None)])
def test_flags(text, is_return):
    assert values.flag(text) is is_return
