"""Texts of a column -> what they are: numbers and in which style, dates and in which order, flags, currencies.

These readings are for guessing only: what a value means in the end is decided in `tables.convert`, under the form
that the guess has written down, and `survey` holds the guess against it for every row.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import jdatetime

from crmlab.tables.convert import currency
from crmlab.tables.convert.text import DIGITS, OTHER_DIGITS
from crmlab.tables.export import DateOrder

_DIGITS = str.maketrans(OTHER_DIGITS, DIGITS)
_UNSEEN = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
)
_SPACES = re.compile(r"\s+")

_NOT_MARKS = {"r", "rm", "rp", "fr."}
MARKS: Mapping[str, str] = {mark: codes.split()[0] for mark, codes in currency.MEANS.items() if mark not in _NOT_MARKS}
"""Signs and words that stand beside amounts, and the currency each most often means; letters that may be anything
are not among them."""

_WORDS = frozenset(["ALL", "AMD", "BAM", "BOB", "CUP", "ERN", "GEL", "LAK", "MOP", "PAB", "SOS", "TOP"])
CODES = currency.CODES - _WORDS
"""Codes taken for currencies in headers and cells: without those that are words."""


class Style(NamedTuple):
    """The marks in numbers, as in `Form`."""

    decimal: str
    thousands: str


# In the order of preference among styles that read a column alike.
STYLES = tuple(
    Style(decimal, thousands)
    for thousands in ("", ",", ".", " ", "'", "٬")
    for decimal in (".", ",", "٫")
    if decimal != thousands
)

ORDERS: tuple[DateOrder, ...] = ("year_first", "day_first", "month_first", "jalali", "excel_serial")

_TIME = re.compile(
    r"[T ,]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]\.?m\.?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?$", re.IGNORECASE
)
_PARTS = re.compile(r"(\d{1,4})([-/. ])(\d{1,2}|[^\W\d]+\.?)\2(\d{1,4})")
_NAME_FIRST = re.compile(r"([^\W\d]+)\.? (\d{1,2}),? (\d{4})")
_SERIAL = re.compile(r"[2-7]\d{4}([.,]\d+)?")
_FIRST_SERIAL = date(1899, 12, 30)
_JALALI_YEARS = range(1250, 1451)
_FIRST_YEAR = 1900
_CENTURY_TURNS = 69
_JALALI_CENTURY_TURNS = 48

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar février fevrier febrero",
            "mar march märz mars marzo mär",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august août aout agosto",
            "sep sept september septembre septiembre",
            "oct october oktober octobre octubre okt",
            "nov november novembre noviembre",
            "dec december dezember décembre decembre diciembre dez",
        ),
        1,
    )
    for name in names.split()
}
_JALALI_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "farvardin فروردین",
            "ordibehesht اردیبهشت",
            "khordad خرداد",
            "tir تیر",
            "mordad amordad مرداد",
            "shahrivar شهریور",
            "mehr مهر",
            "aban آبان",
            "azar آذر",
            "dey دی",
            "bahman بهمن",
            "esfand اسفند",
        ),
        1,
    )
    for name in names.split()
}

_TRUE_WORDS = """
yes y true t 1 on بله بلی
return returned refund refunded cancelled canceled cancel cancellation reversal credit مرجوعی برگشتی
"""
_FALSE_WORDS = """
no n false f 0 off نه خیر
sale sold purchase order invoice debit فروش خرید
"""
_TRUE, _FALSE = frozenset(_TRUE_WORDS.split()), frozenset(_FALSE_WORDS.split())


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """The text as readings take it: trimmed, digits in ASCII, Persian letters, no marks of direction."""
    if text.isascii():
        return text.strip()
    unified = unicodedata.normalize("NFC", text.translate(_DIGITS).translate(_UNSEEN))
    return _SPACES.sub(" ", unified.replace("ي", "ی").replace("ك", "ک")).strip()


def mark_of(text: str) -> tuple[str, str]:
    """The number without its currency mark, and the currency that mark means, or an empty text."""
    number = plain(text).rstrip(".")
    outside = re.fullmatch(r"(?P<before>[^\d(+\-−.,]*)(?P<number>.*?[\d)\-])(?P<after>[^\d)\-]*)", number)
    if outside is None:
        return plain(text), ""
    words = [outside["before"].strip(" ."), outside["after"].strip(" .")]
    found = [word for word in words if word]
    if not found:
        return plain(text), ""
    currencies = {MARKS.get(word.lower(), word.upper() if word.upper() in CODES else "") for word in found}
    only = currencies.pop() if len(currencies) == 1 else ""
    return (outside["number"].strip(), only) if only else (plain(text), "")


def number(text: str, style: Style) -> Decimal | None:
    """The number the text is under the style, or None; currency marks must be gone."""
    bare = plain(text).replace("−", "-")
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1]
    if bare.endswith("-") and not bare.startswith("-"):
        bare, negative = bare[:-1].rstrip(), True
    if _pattern(style).fullmatch(bare) is None:
        return None
    value = Decimal(
        bare.replace("’", "'").replace(style.thousands or "\0", "").replace(" ", "").replace(style.decimal, ".")
    )
    return -value if negative else value


@lru_cache
def _pattern(style: Style) -> re.Pattern[str]:
    decimal, thousands = re.escape(style.decimal), re.escape(style.thousands)
    if style.thousands == "'":
        thousands = "['’]"
    grouped = rf"|[1-9][0-9]{{0,2}}({thousands}[0-9]{{3}})+" if style.thousands else ""
    return re.compile(rf"[+-]?(([0-9]+{grouped})({decimal}[0-9]*)?|{decimal}[0-9]+)([eE][+-]?[0-9]{{1,3}})?")


@lru_cache(maxsize=100_000)
def is_number(text: str) -> bool:
    """Whether the text is a number in any style, with or without a currency mark."""
    bare, _ = mark_of(text)
    return any(number(bare, style) is not None for style in STYLES)


@lru_cache(maxsize=400_000)
def day(text: str, order: DateOrder) -> date | None:
    """The day the text is in the order, or None; a time of day is passed over."""
    bare = _TIME.sub("", plain(text)).strip()
    if order == "excel_serial":
        whole = re.split("[.,]", bare)[0]
        return _FIRST_SERIAL + timedelta(days=int(whole)) if _SERIAL.fullmatch(bare) else None
    parts = _ordered_parts(bare, order)
    if parts is None:
        return None
    year, month, of_month = parts
    try:
        if order == "jalali":
            gregorian: date = jdatetime.date(year, month, of_month).togregorian()
            return gregorian
        return date(year, month, of_month) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


def is_date(text: str) -> bool:
    """Whether the text is a date in any order; bare numbers are none, whatever an Excel serial may be."""
    if plain(text).isdigit() and len(plain(text)) != 8:  # noqa: PLR2004
        return False
    return any(day(text, order) is not None for order in ORDERS if order != "excel_serial")


def flag(text: str) -> bool | None:
    """Whether the text says yes (or return) or no (or sale), or None where it says neither."""
    word = plain(text).casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def currency_of(text: str) -> str:
    """The currency that the text as a whole names, or an empty text."""
    word = plain(text)
    return word.upper() if word.upper() in CODES else MARKS.get(word.lower(), "")


def _ordered_parts(bare: str, order: DateOrder) -> tuple[int, int, int] | None:
    if re.fullmatch(r"\d{8}", bare):
        year = int(bare[:4])
        return _checked_year(year, int(bare[4:6]), int(bare[6:]), order) if order in ("year_first", "jalali") else None
    named = _NAME_FIRST.fullmatch(bare)
    if named is not None:
        month = _MONTHS.get(named[1].casefold())
        return (int(named[3]), month, int(named[2])) if month and order == "month_first" else None
    found = _PARTS.fullmatch(bare)
    if found is None:
        return None
    first, middle, last = found[1], found[3].casefold().rstrip("."), found[4]
    return _split(first, middle, last, order)


def _split(first: str, middle: str, last: str, order: DateOrder) -> tuple[int, int, int] | None:
    year, rest = (last, first) if order in ("day_first", "month_first") else (first, last)
    short_year = len(year) == 2 and order != "year_first"  # noqa: PLR2004
    if len(rest) > 2 or not (len(year) == 4 or short_year):  # noqa: PLR2004
        return None
    if order == "month_first":
        return (_year(year, order), int(rest), int(middle)) if middle.isdecimal() else None
    month = _month(middle, order)
    return None if month is None else _checked_year(_year(year, order), month, int(rest), order)


def _month(text: str, order: DateOrder) -> int | None:
    if text.isdecimal():
        return int(text)
    return _JALALI_MONTHS.get(text) if order == "jalali" else _MONTHS.get(text)


def _year(text: str, order: DateOrder) -> int:
    """The year in full: two digits are those of the years from 1969 on, or from 1348 in the Jalali calendar."""
    year = int(text)
    if len(text) == 4:  # noqa: PLR2004
        return year
    if order == "jalali":
        return year + (1300 if year >= _JALALI_CENTURY_TURNS else 1400)
    return year + (1900 if year >= _CENTURY_TURNS else 2000)


def _checked_year(year: int, month: int, of_month: int, order: DateOrder) -> tuple[int, int, int] | None:
    return (year, month, of_month) if (year in _JALALI_YEARS) == (order == "jalali") else None
