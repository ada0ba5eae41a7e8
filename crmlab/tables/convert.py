"""Raw columns -> typed columns: which texts and types are taken for an id, a date or an amount of money, and which not.

Nothing is guessed. A value is missing (null or blank), or it is taken as it stands, or it is a fault that the user
has to mend in the file. The expressions are plain Ibis and run in any engine.

- **id**: text, trimmed. Whole numbers become their digits, and so do floats without a fraction (`12346.0` is `12346`,
  in text too, because that is what a column of whole numbers with gaps looks like after many programs).
- **date**: `1997-12-31`, with or without a time of day and an offset, of which the day is taken as it is written;
  `19971231`; dates and local timestamps of Parquet. A day before 1900 is a fault: it is a filler or another calendar.
- **money**: plain decimal text with a point (`-12.50`, `+3`, `.5`; `1e3` is taken too, since programs write it) and
  numbers. More than four decimals is a fault, except for the noise of binary fractions (13.329999999999998 is 13.33).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from crmlab.tables.export import Form
from crmlab.tables.schema import ColumnType

MONEY = dt.Decimal(18, 4)
FIRST_YEAR = 1900

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$"
_COMPACT = 8
_EIGHT_DIGITS = r"^[0-9]{8}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_WHOLE_FLOAT = r"^-?(0|[1-9][0-9]*)\.0$"

# By what share a decimal may differ from the binary fraction it came from (a few units in the last place), and by how
# much at least, for sums that should be zero.
_DOUBLE_NOISE = 2.0**-50
_SINGLE_NOISE = 2.0**-22
_LEAST_NOISE = 1e-9
_EXACT_WHOLE_DOUBLES = 2.0**53


@dataclass(frozen=True)
class Converted:
    """A raw column as two expressions: `fault` (a key of `FAULTS`, or null) and `value` (null if missing).

    A faulty row's value means nothing: one fault, and the table is refused. The engine computes what stands in two
    branches twice, so nothing is computed to make such values null.
    """

    value: Any
    fault: Any


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value or with several (said after their count), and how the user mends it."""

    one: str
    several: str
    mend: str


FAULTS = {
    "not_a_number": Fault(
        "is no plain number",
        "are no plain numbers",
        "write amounts like 1234.50, with a point before the decimals, no thousands separator and no currency sign, "
        "and leave a missing amount empty",
    ),
    "not_finite": Fault("is infinite or not a number", "are infinite or not numbers", "leave a missing amount empty"),
    "too_large": Fault(
        "has more than 14 digits before the point",
        "have more than 14 digits before the point",
        "check the column, or state the money in a larger unit",
    ),
    "too_fine": Fault(
        "has more than four decimals", "have more than four decimals", "round the column to four decimals or fewer"
    ),
    "not_a_date": Fault(
        "is no date crmlab can read without guessing",
        "are no dates crmlab can read without guessing",
        "write dates year first, like 1997-12-31",
    ),
    "too_early": Fault(
        f"is before the year {FIRST_YEAR}",
        f"are before the year {FIRST_YEAR}",
        "write dates in the Gregorian calendar and leave a missing date empty",
    ),
    "not_an_id": Fault("is no whole number", "are no whole numbers", "store ids as text"),
}

_ACCEPTED = {
    "text": "text",
    "flag": "yes or no, true or false",
    "number": "numbers or text like 12.5",
    "id": "text or whole numbers",
    "date": "dates, local timestamps or text like 1997-12-31",
    "money": "numbers or text like 12.50",
}


def convert(column: Any, to: ColumnType, form: Form) -> Converted:
    """The raw `column`, written in `form`, as type `to`; its own type must have passed `refused_type`."""
    return _CONVERT[to](column, form)


def refused_type(raw: Any, to: ColumnType) -> str | None:
    """Why a column of the raw type cannot become `to`, as half a sentence, or None where it can."""
    if raw.is_timestamp() and raw.timezone is not None and to == "date":
        return (
            "holds instants (timestamps with a time zone), whose day depends on where one stands; "
            "store dates or local timestamps"
        )
    common = raw.is_string() or raw.is_integer() or raw.is_null()
    accepted = {
        "text": common,
        "flag": common or raw.is_boolean(),
        "number": common or raw.is_floating() or raw.is_decimal(),
        "id": common or raw.is_floating() or raw.is_uuid() or (raw.is_decimal() and raw.scale == 0),
        "date": common or raw.is_date() or raw.is_timestamp(),
        "money": common or raw.is_floating() or raw.is_decimal(),
    }
    return None if accepted[to] else f"holds {raw}, which cannot become {_ACCEPTED[to]}; store {_ACCEPTED[to]}"


def _id(column: Any, form: Form) -> Converted:
    if column.type().is_floating():
        return _float_id(column.cast("float64"))
    text = column.cast("string").strip().nullif("")
    # The suffix is looked at first because it is much cheaper than the pattern and nearly always absent.
    whole = ibis.and_(text.endswith(".0"), text.re_search(_WHOLE_FLOAT))
    return Converted(ibis.cases((whole, text.substr(0, text.length() - 2)), else_=text), ibis.null("string"))


def _float_id(number: Any) -> Converted:
    # NaN is how many programs write a missing id among floats.
    missing = number.isnull() | number.isnan()
    whole = (number.abs() < _EXACT_WHOLE_DOUBLES) & (number % 1 == 0)
    return Converted(
        ibis.cases((missing, ibis.null("string")), (whole, number.try_cast("int64").cast("string"))),
        ibis.cases((~missing & ~whole, ibis.literal("not_an_id"))),
    )


def _date(column: Any, form: Form) -> Converted:
    raw = column.type()
    if raw.is_date() or raw.is_timestamp():
        day = column.cast("date")
        return _checked_date(day, column.isnull(), ibis.literal(value=True))
    text = column.cast("string").strip().nullif("")
    dashed = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2)
    day = ibis.cases((text.length() == _COMPACT, dashed), else_=text.substr(0, 10)).try_cast("date")
    readable = text.re_search(_DAY + _TIME) | text.re_search(_EIGHT_DIGITS)
    return _checked_date(day, text.isnull(), readable)


def _checked_date(day: Any, missing: Any, readable: Any) -> Converted:
    fault = ibis.cases(
        (missing, ibis.null("string")),
        (~readable | day.isnull(), ibis.literal("not_a_date")),
        (day < ibis.date(FIRST_YEAR, 1, 1), ibis.literal("too_early")),
    )
    return Converted(day, fault)


def _money(column: Any, form: Form) -> Converted:
    raw = column.type()
    if raw.is_decimal():
        return _rounded_exactly(column)
    if raw.is_integer() or raw.is_null():
        amount = column.try_cast(MONEY)
        return Converted(amount, ibis.cases((column.notnull() & amount.isnull(), ibis.literal("too_large"))))
    if raw.is_floating():
        noise = _DOUBLE_NOISE if raw == dt.float64 else _SINGLE_NOISE
        number = column.cast("float64")
        finite = ~(number.isnan() | number.isinf())
        unreadable = ibis.cases((~finite, ibis.literal("not_finite")))
        return _rounded(number.try_cast(MONEY), number, unreadable=unreadable, noise=noise)
    return _text_money(column)


def _text_money(column: Any) -> Converted:
    text = column.strip().nullif("")
    exact = text.try_cast("float64")
    # DuckDB 1.4 makes 0.0001 of 5e-17 when it reads it as a decimal; what has an exponent was a binary fraction anyway.
    amount = ibis.cases((text.re_search("[eE]"), exact.try_cast(MONEY)), else_=text.try_cast(MONEY))
    unreadable = ibis.cases((~text.re_search(_NUMBER), ibis.literal("not_a_number")))
    return _rounded(amount, exact, unreadable=unreadable, noise=_DOUBLE_NOISE)


def _rounded(amount: Any, exact: Any, *, unreadable: Any, noise: float) -> Converted:
    allowed = ibis.greatest(exact.abs() * noise, _LEAST_NOISE)
    changed = ibis.cases(
        (exact.notnull() & amount.isnull(), ibis.literal("too_large")),
        ((amount.cast("float64") - exact).abs() > allowed, ibis.literal("too_fine")),
    )
    return Converted(amount, ibis.coalesce(unreadable, changed))


def _rounded_exactly(column: Any) -> Converted:
    amount = column.try_cast(MONEY)
    fault = ibis.cases(
        (column.notnull() & amount.isnull(), ibis.literal("too_large")),
        ((amount.try_cast(column.type()) != column).fill_null(amount.notnull()), ibis.literal("too_fine")),
    )
    return Converted(amount, fault)


def _text(column: Any, form: Form) -> Converted:
    return Converted(column.cast("string").strip().nullif(""), ibis.null("string"))


def _flag(column: Any, form: Form) -> Converted:
    return Converted(column.cast("string").strip().nullif("").try_cast("boolean"), ibis.null("string"))


_CONVERT: dict[ColumnType, Callable[[Any, Form], Converted]] = {
    "id": _id,
    "text": _text,
    "date": _date,
    "money": _money,
    "number": _money,
    "flag": _flag,
}
