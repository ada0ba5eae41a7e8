"""What converting a column gives: its values, what is wrong with them, and the sentences for what can be wrong."""

from dataclasses import dataclass, field
from typing import Any

import ibis

from crmlab.tables.export import Form

FIRST_YEAR = 1900


@dataclass(frozen=True)
class Reading:
    """How a column is to be read: the form of its file, the client's currency, and whether fine amounts are rounded."""

    form: Form
    currency: str | None = None
    round_fine: bool = False


@dataclass(frozen=True)
class Converted:
    """A raw column as expressions: `value` (null if missing), `fault` (a key of `FAULTS`, or null) and `changed`.

    A faulty row's value means nothing: one fault, and the table is refused. `changed` is true where the value was
    rounded to four decimals because the client's rules say so; it is never null.
    """

    value: Any
    fault: Any
    changed: Any = field(default_factory=lambda: ibis.literal(value=False))


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
        "write amounts like 1234.50, with at most the client's currency beside them, and leave a missing amount empty",
    ),
    "wrong_decimal": Fault(
        "is a number with other marks than the client file says",
        "are numbers with other marks than the client file says",
        "say in the client file how this file writes numbers, for example format: {decimal: ',', thousands: '.'}; "
        "a thousands mark stands before every third digit, and all numbers of a file are written in one way",
    ),
    "other_currency": Fault(
        "is in another currency than the client's",
        "are in another currency than the client's",
        "amounts of mixed currencies cannot be added: convert them to one, or split the file by currency; if all are "
        "in this one, correct currency (or format.amounts_in) in the client file",
    ),
    "not_finite": Fault("is infinite or not a number", "are infinite or not numbers", "leave a missing amount empty"),
    "too_large": Fault(
        "has more than 14 digits before the point",
        "have more than 14 digits before the point",
        "check the column, or state the money in a larger unit",
    ),
    "too_fine": Fault(
        "has more than four decimals",
        "have more than four decimals",
        "round the column to four decimals or fewer, or write rules: {fine_amounts: round} in the client file",
    ),
    "not_a_date": Fault(
        "is no date crmlab can read without guessing",
        "are no dates crmlab can read without guessing",
        "write dates year first, like 1997-12-31, and leave a missing date empty",
    ),
    "other_date_order": Fault(
        "is a date, but in another format than the client file says",
        "are dates, but in another format than the client file says",
        "if all dates of the file are like this, say so in the client file, for example format: {dates: day_first} "
        "(or month_first, year_first, jalali); if only some are, the column holds two formats: export it again in one",
    ),
    "excel_date": Fault(
        "is a bare number, as Excel stores dates",
        "are bare numbers, as Excel stores dates",
        "if all dates of the file are like this, write format: {dates: excel_serial} in the client file; if only some "
        "are, format the column as dates in the spreadsheet and export it again",
    ),
    "impossible_date": Fault(
        "is a day that does not exist",
        "are days that do not exist",
        "correct the date in the file, or leave it empty if it is not known",
    ),
    "too_early": Fault(
        f"is before the year {FIRST_YEAR}",
        f"are before the year {FIRST_YEAR}",
        "leave a missing date empty; if the years lie between 1250 and 1450, these are Jalali dates: write "
        "format: {dates: jalali} in the client file",
    ),
    "other_calendar": Fault(
        "is not in the years 1250 to 1450 of the Jalali calendar",
        "are not in the years 1250 to 1450 of the Jalali calendar",
        "if these are Gregorian dates, write format: {dates: year_first} in the client file; if only some are, the "
        "column holds two calendars: export it again in one",
    ),
    "not_an_id": Fault("is no whole number", "are no whole numbers", "store ids as text"),
    "not_a_flag": Fault(
        "is neither yes nor no",
        "are neither yes nor no",
        "write yes or no, true or false, 1 or 0 (for a return also return or sale), and leave what is not known empty",
    ),
}
