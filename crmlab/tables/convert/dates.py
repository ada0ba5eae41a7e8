"""Dates: the day a text names in the order, calendar and digits of its form, with or without a time of day.

- A time of day (24 hours or am and pm, an offset) is passed over: the day is taken as it is written.
- Two-digit years are taken where the form's year stands last, and in the Jalali calendar: 69 to 99 are 1969 to 1999,
  00 to 68 are 2000 to 2068, and Jalali years are those of the same century (48 to 99 are 1348 to 1399).
- A day before 1900 is a fault: it is a filler or another calendar.
"""

from functools import reduce
from operator import add
from typing import Any

import ibis

from crmlab.tables.convert import jalali
from crmlab.tables.convert.result import FIRST_YEAR, Converted, Reading
from crmlab.tables.convert.text import is_blank, once, with_plain_signs

_ENGLISH = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_LETTER = "[a-zآ-ی]"
_HAS_NAME = f"^ *(?:[0-9]{{1,4}}[-/. ]*)?{_LETTER}{{2}}"
_LOOSE = r"(?:[-/]|\.? ?)"  # between a number and a name, where nothing is needed

# The parts of a date in their order, and the digits its year may have.
_ORDERS = {"year_first": "ymd", "jalali": "ymd", "day_first": "dmy", "month_first": "mdy"}
_FULL_YEAR, _YEAR, _PART = "[0-9]{4}", "[0-9]{4}|[0-9]{2}", "[0-9]{1,2}"
_SEPARATORS = ("-", "/", r"\.")

_SECONDS = "(?::[0-5][0-9](?:[.,][0-9]+)?)?"
_HALF_DAY = rf"(?:0?[0-9]|1[0-2]):[0-5][0-9]{_SECONDS} ?(?:[ap]\.?m\.?|ق\.?ظ\.?|ب\.?ظ\.?)"
_WHOLE_DAY = rf"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]{_SECONDS}"
_OFFSET = "(?: ?(?:z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?))?"
_TIME = f"(?:(?:t|,? +)(?:{_HALF_DAY}|{_WHOLE_DAY}){_OFFSET})?"

_PLAIN_TIME = "(?: (?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?)?"
_COMPACT = r"^ *([0-9]{4})([0-9]{2})([0-9]{2})"

_SERIAL = r"^ *[0-9]{1,7}(?:[.,٫][0-9]*)? *$"
_LIKELY_SERIAL = r"^ *[1-9][0-9]{4}(?:[.,٫][0-9]*)? *$"
_LAST_SERIAL = 2_958_465  # 9999-12-31
_NO_LEAP_DAY = 60  # Excel's 29 February 1900, which never was


def as_date(column: Any, reading: Reading) -> Converted:
    """The column as days; typed dates and timestamps are taken whatever the form says."""
    raw = column.type()
    if raw.is_date() or raw.is_timestamp():
        day = column.cast("date")
        return Converted(day, ibis.cases((day < _first_day(), ibis.literal("too_early"))))
    text = column.cast("string")
    if raw.is_floating():
        text = text.nullif("nan").re_replace(r"\.0$", "")
    order = reading.form.dates
    normal = ibis.cases((is_blank(text), ibis.null("string")), else_=with_plain_signs(text).lower())
    value = once(normal, lambda written: _day(written, order))
    fault = once(normal, lambda written: once(_day(written, order), lambda day: _fault(day, written, order)))
    if order == "excel_serial":
        return Converted(value, fault)
    # Nearly every date is plain; the engine works out the other branch for the others only.
    plain, at_once = text.re_search(_plain(order)), _day_at_once(text, order)
    sound = plain & (at_once >= _first_day())
    return Converted(ibis.cases((plain, at_once), else_=value), ibis.cases((sound, ibis.null("string")), else_=fault))


def _plain(order: str) -> str:
    digits = {"y": "[0-9]{4}", "m": "[0-9]{2}", "d": "[0-9]{2}"}
    separators = "-" if order == "year_first" else _SEPARATORS
    dates = (separator.join(digits[letter] for letter in _ORDERS[order]) for separator in separators)
    return f"^(?:{'|'.join(dates)}){_PLAIN_TIME}$"


def _day_at_once(text: Any, order: str) -> Any:
    """The day of a text in which every part has its place."""
    if order == "year_first":
        return text.substr(0, 10).try_cast("date")
    # (where it starts, how long it is) of each part, the separator before the month and the day among them
    places = {"ymd": [(0, 10)], "dmy": [(6, 4), (2, 4), (0, 2)], "mdy": [(6, 4), (5, 1), (0, 2), (2, 3)]}
    pieces = [text.substr(start, length) for start, length in places[_ORDERS[order]]]
    dashed = reduce(add, pieces).replace("/", "-").replace(".", "-")
    return once(dashed, _day_of_jalali) if order == "jalali" else dashed.try_cast("date")


def _fault(day: Any, text: Any, order: str) -> Any:
    return ibis.cases(
        (day >= _first_day(), ibis.null("string")),
        (text.isnull(), ibis.null("string")),
        (day.notnull(), ibis.literal("too_early")),
        else_=_diagnosis(text, order),
    )


def _diagnosis(text: Any, order: str) -> Any:
    """Why the normal text names no day in this order."""
    gregorian = {other: _day(text, other) for other in ("year_first", "day_first", "month_first") if other != order}
    found = [(day.notnull(), ibis.literal("other_date_order")) for day in gregorian.values()]
    if order == "excel_serial":
        own = text.re_search(_SERIAL)
    else:
        found.append((text.re_search(_LIKELY_SERIAL), ibis.literal("excel_date")))
        own = _parts(text, order) != "--"
    if order == "jalali":
        year = gregorian.pop("year_first").year()
        outside = ~year.between(jalali.FIRST_YEAR, jalali.LAST_YEAR)
        # A 30 Esfand of a common year would be a day of the same year in the Gregorian calendar.
        found = [(outside, ibis.literal("other_calendar")), (year.notnull(), ibis.literal("impossible_date")), *found]
    return ibis.cases(*found, (own, ibis.literal("impossible_date")), else_=ibis.literal("not_a_date"))


def _first_day() -> Any:
    return ibis.date(FIRST_YEAR, 1, 1)


def _day(text: Any, order: str) -> Any:
    """The day the normal text names, null if it names none."""
    if order == "excel_serial":
        return once(text.re_extract(_SERIAL, 0).re_extract("[0-9]+", 0).try_cast("int64"), _day_of_serial)
    parts = once(_parts(text, order), lambda short: _full_year(short, order))
    return once(parts, _day_of_jalali) if order == "jalali" else parts.try_cast("date")


def _day_of_serial(number: Any) -> Any:
    # Up to the leap day that never was, Excel is a day behind.
    since = ibis.cases((number < _NO_LEAP_DAY, number), else_=number - 1)
    exists = number.between(1, _LAST_SERIAL) & (number != _NO_LEAP_DAY)
    return ibis.cases((exists, jalali.days_after(ibis.date(1899, 12, 31), since)))


def _day_of_jalali(parts: Any) -> Any:
    year, month, day = (parts.split("-")[place].try_cast("int64") for place in range(3))
    return once(year * 10_000 + month * 100 + day, jalali.day_of)


def _full_year(parts: Any, order: str) -> Any:
    """The parts with the century of a two-digit year."""
    earlier, later, pivot = ("13", "14", "48") if order == "jalali" else ("19", "20", "69")
    century = ibis.cases((parts.substr(0, 2) >= pivot, earlier), else_=later)
    return ibis.cases((parts.find("-") == len(pivot), century + parts), else_=parts)


def _parts(text: Any, order: str) -> Any:
    """The date as year-month-day in numbers, or `--` if the text has not that shape."""
    numbered = _numbered(text, order)
    if _ORDERS[order] == "ymd":
        compact = (text.re_search(f"{_COMPACT}{_TIME} *$"), text.re_replace(f"{_COMPACT}.*$", r"\1-\2-\3"))
        return ibis.cases((text.re_search(_HAS_NAME), _named(text, order)), compact, else_=numbered)
    return ibis.cases((text.re_search(_HAS_NAME), _named(text, order)), else_=numbered)


def _numbered(text: Any, order: str) -> Any:
    year = _FULL_YEAR if order == "year_first" else _YEAR
    letters, digits = _ORDERS[order], {"y": year, "m": _PART, "d": _PART}
    dates = "|".join(separator.join(f"({digits[letter]})" for letter in letters) for separator in _SEPARATORS)
    # One of the three alternatives has matched; the groups of the others are empty.
    target = "-".join("".join(rf"\{letters.index(letter) + first}" for first in (1, 4, 7)) for letter in "ymd")
    return text.re_replace(f"(?s)^ *(?:{dates}){_TIME} *$|^.*$", target)


def _named(text: Any, order: str) -> Any:
    names = jalali.MONTHS if order == "jalali" else _ENGLISH
    month = "(" + "|".join(name for spellings in names for name in spellings) + ")"
    year = f"({_FULL_YEAR if order == 'year_first' else _YEAR})"
    written = {
        "ymd": (f"{year}{_LOOSE}{month}{_LOOSE}({_PART})", r"\1-\2-\3"),
        "dmy": (f"({_PART}){_LOOSE}{month}{_LOOSE}{year}", r"\3-\2-\1"),
        "mdy": (rf"{month}{_LOOSE}({_PART})(?:[-/]|[., ] ?){year}", r"\3-\1-\2"),
    }
    pattern, target = written[_ORDERS[order]]
    if order == "jalali":
        # With a name and a year of four digits nothing can be mistaken when the day stands first.
        pattern += f"|({_PART}){_LOOSE}{month}{_LOOSE}({_FULL_YEAR})"
        target = r"\1\6-\2\5-\3\4"
    table = "".join(f",{name}={number:02}" for number, spellings in enumerate(names, 1) for name in spellings)
    parts = text.re_replace(f"(?s)^ *(?:{pattern}){_TIME} *$|^.*$", target)
    return once(parts, lambda named: _with_number(named, table))


def _with_number(parts: Any, table: str) -> Any:
    """The parts with the month's number, from a table of `,name=number`, in the place of its name."""
    name = parts.re_extract(f"{_LETTER}+", 0)
    place = ibis.literal(table).find("," + name + "=") + name.length() + 2
    return ibis.cases((parts == "--", parts), else_=parts.replace(name, ibis.literal(table).substr(place, 2)))
