"""Dates: the day a text names in the order, calendar and digits of its form, with or without a time of day.

- A time of day (24 hours or am and pm, an offset) is passed over: the day is taken as it is written.
- Two-digit years are taken where the form's year stands last, and in the Jalali calendar: 69 to 99 are 1969 to 1999,
  00 to 68 are 2000 to 2068, and Jalali years are those of the same century (48 to 99 are 1348 to 1399).
- A day before 1900 is a fault: it is a filler or another calendar.
"""

from typing import Any

import ibis

from crmlab.tables.convert import jalali
from crmlab.tables.convert.result import FIRST_YEAR, Converted, Reading
from crmlab.tables.convert.text import ARABIC_LETTERS, DIGITS, INVISIBLE, OTHER_DIGITS, PERSIAN_LETTERS, SPACES, once

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
_HAS_NAME = f"^(?:[0-9]{{1,4}}[-/. ]*)?{_LETTER}{{2}}"

# The parts of a date in their order, and how many digits each may have.
_ORDERS = {"year_first": "ymd", "jalali": "ymd", "day_first": "dmy", "month_first": "mdy"}
_YEARS = {"year_first": "[0-9]{4}"}
_YEAR, _PART = "[0-9]{4}|[0-9]{2}", "[0-9]{1,2}"

_SECONDS = "(?::[0-5][0-9](?:[.,][0-9]+)?)?"
_HALF_DAY = rf"(?:0?[0-9]|1[0-2]):[0-5][0-9]{_SECONDS} ?(?:[ap]\.?m\.?|ق\.?ظ\.?|ب\.?ظ\.?)"
_WHOLE_DAY = rf"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]{_SECONDS}"
_OFFSET = "(?: ?(?:z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?))?"
_TIME = f"(?:(?:t|,? +)(?:{_HALF_DAY}|{_WHOLE_DAY}){_OFFSET})?"

_PLAIN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}:[0-9]{2})?$"
_WRITTEN = ARABIC_LETTERS + OTHER_DIGITS + SPACES + INVISIBLE
_MEANT = PERSIAN_LETTERS + DIGITS + " " * len(SPACES)

_SERIAL = r"^[0-9]{1,7}(?:[.,٫][0-9]+)?$"
_LIKELY_SERIAL = r"^[1-9][0-9]{4}(?:[.,٫][0-9]+)?$"
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
    day = _day(_normal(text), order)
    if order == "year_first":
        # Nearly every date is plain; the engine works out the other branch for the others only.
        plain, at_once = text.re_search(_PLAIN), text.substr(0, 10).try_cast("date")
        day = ibis.cases((plain, at_once), else_=day)
    return Converted(day, _fault(day, _normal(text), order))


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


def _normal(text: Any) -> Any:
    """The text in small letters, with ASCII digits and plain spaces; null if it is blank."""
    return text.translate(_WRITTEN, _MEANT).strip().lower().nullif("")


def _day(text: Any, order: str) -> Any:
    """The day the normal text names, null if it names none."""
    if order == "excel_serial":
        return once(text.re_extract(_SERIAL, 0).re_extract("^[0-9]+", 0).try_cast("int64"), _day_of_serial)
    parts = _full_year(_parts(text, order), order)
    return once(parts, _day_of_jalali) if order == "jalali" else parts.try_cast("date")


def _day_of_serial(number: Any) -> Any:
    # Up to the leap day that never was, Excel is a day behind.
    since = ibis.cases((number < _NO_LEAP_DAY, number), else_=number - 1)
    exists = number.between(1, _LAST_SERIAL) & (number != _NO_LEAP_DAY)
    return ibis.cases((exists, (ibis.date(1899, 12, 31) + since.as_interval("D")).cast("timestamp").cast("date")))


def _day_of_jalali(parts: Any) -> Any:
    return jalali.day_of(*(parts.split("-")[place].try_cast("int64") for place in range(3)))


def _full_year(parts: Any, order: str) -> Any:
    if order == "year_first":
        return parts
    earlier, from_year = ("13", "(?:4[89]|[5-9][0-9])") if order == "jalali" else ("19", "(?:69|[7-9][0-9])")
    later = "14" if order == "jalali" else "20"
    return parts.re_replace(f"^({from_year})-", rf"{earlier}\1-").re_replace("^([0-9]{2})-", rf"{later}\1-")


def _parts(text: Any, order: str) -> Any:
    """The date as year-month-day in numbers, or `--` if the text has not that shape."""
    return ibis.cases((text.re_search(_HAS_NAME), _named(text, order)), else_=_numbered(text, order))


def _numbered(text: Any, order: str) -> Any:
    if _ORDERS[order] == "ymd":
        text = text.re_replace(f"^([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})({_TIME})$", r"\1-\2-\3\4")
    dashed = text.re_replace(r"^([0-9]+)(?:/([0-9]+)/|\.([0-9]+)\.)([0-9]+)", r"\1-\2\3-\4")
    return _in_order(dashed, order, month=_PART, between=("-", "-"))


def _named(text: Any, order: str) -> Any:
    names = jalali.MONTHS if order == "jalali" else _ENGLISH
    table = "".join(f",{name}={number:02}" for number, month in enumerate(names, 1) for name in month)
    loose, strict = r"(?:[-/]|\.? ?)", "(?:[-/]|[., ] ?)"
    between = (loose, strict if order == "month_first" else loose)
    named = _in_order(text, order, month="|".join(name for month in names for name in month), between=between)
    return once(named, lambda parts: _with_number(parts, table))


def _with_number(parts: Any, table: str) -> Any:
    """The parts with the month's number, from a table of `,name=number`, in the place of its name."""
    name = parts.re_extract(f"{_LETTER}+", 0)
    place = ibis.literal(table).find("," + name + "=") + name.length() + 2
    return ibis.cases((parts == "--", parts), else_=parts.replace(name, ibis.literal(table).substr(place, 2)))


def _in_order(text: Any, order: str, *, month: str, between: tuple[str, str]) -> Any:
    letters = _ORDERS[order]
    groups = {"y": _YEARS.get(order, _YEAR), "m": month, "d": _PART}
    first, second, third = (f"({groups[letter]})" for letter in letters)
    target = "-".join(rf"\{letters.index(letter) + 1}" for letter in "ymd")
    return text.re_replace(f"(?s)^{first}{between[0]}{second}{between[1]}{third}{_TIME}$|^.*$", target)
