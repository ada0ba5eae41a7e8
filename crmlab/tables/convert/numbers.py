"""Money and numbers: decimals with four places, written with the marks of their form.

- Digits are ASCII, Persian or Arabic. A thousands mark, where the form has one, stands before every third digit or
  nowhere, so that no decimal comma is ever taken for it; a space stands for every kind of space.
- A minus stands before the number or behind it, or parentheses around it.
- `1e3` is taken too, since programs write it. More than four decimals is a fault, except for the noise of binary
  fractions (13.329999999999998 is 13.33).
"""

import re
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from crmlab.tables.convert.currency import every_mark, marks_of
from crmlab.tables.convert.result import Converted, Reading
from crmlab.tables.convert.text import is_blank, once, with_plain_signs
from crmlab.tables.export import Form

MONEY = dt.Decimal(18, 4)

# By what share a decimal may differ from the binary fraction it came from (a few units in the last place), and by how
# much at least, for sums that should be zero.
_DOUBLE_NOISE = 2.0**-50
_SINGLE_NOISE = 2.0**-22
_LEAST_NOISE = 1e-9

_ANY_MARKS = "(?:[0-9]+(?:[.,٫٬'][0-9]+| [0-9]{3})+|[0-9]+[.,٫]|[.,٫][0-9]+)"


def as_money(column: Any, reading: Reading) -> Converted:
    """The column as amounts, in the unit of its file; a mark of that unit may stand beside them."""
    if column.type().is_string():
        return _text_amount(column, reading)
    return _typed_amount(column, round_fine=reading.round_fine)


def as_number(column: Any, reading: Reading) -> Converted:
    """The column as plain decimals, without marks of currencies."""
    return as_money(column, Reading(reading.form, None, reading.round_fine))


def _typed_amount(column: Any, *, round_fine: bool) -> Converted:
    raw = column.type()
    if raw.is_decimal():
        return _rounded_exactly(column, round_fine=round_fine)
    if not raw.is_floating():
        amount = column.try_cast(MONEY)
        return Converted(amount, ibis.cases((column.notnull() & amount.isnull(), ibis.literal("too_large"))))
    number = column.cast("float64")
    amount = number.try_cast(MONEY)
    finite = ~(number.isnan() | number.isinf())
    fine = _is_fine(amount, number, noise=_DOUBLE_NOISE if raw == dt.float64 else _SINGLE_NOISE)
    fault = ibis.cases(
        (~finite, ibis.literal("not_finite")),
        (number.notnull() & amount.isnull(), ibis.literal("too_large")),
        (fine & ibis.literal(not round_fine), ibis.literal("too_fine")),
    )
    return Converted(amount, fault, (fine & finite & ibis.literal(round_fine)).fill_null(False))


def _rounded_exactly(column: Any, *, round_fine: bool) -> Converted:
    amount = column.try_cast(MONEY)
    # What cannot be cast back was rounded up beyond the raw type.
    fine = (amount.try_cast(column.type()) != column).fill_null(amount.notnull())
    fault = ibis.cases(
        (column.notnull() & amount.isnull(), ibis.literal("too_large")),
        (fine & ibis.literal(not round_fine), ibis.literal("too_fine")),
    )
    return Converted(amount, fault, fine & ibis.literal(round_fine))


def _text_amount(column: Any, reading: Reading) -> Converted:
    # Nearly every amount is plain; the engine works out the other branches for the others only.
    plain = column.re_search(_plain(reading.form))
    at_once = _with_point(column, reading.form).try_cast(MONEY)
    text = with_plain_signs(column).translate("\N{MINUS SIGN}\N{RIGHT SINGLE QUOTATION MARK}", "-'")
    number = ibis.cases((is_blank(column), ibis.null("string")), else_=_plain_number(text, reading))
    changed = ibis.cases((plain, ibis.literal(value=False)), else_=once(number, _is_fine_text).fill_null(False))
    return Converted(
        ibis.cases((plain, at_once), else_=once(number, _amount)),
        ibis.cases((plain, ibis.null("string")), else_=once(number, lambda exact: _fault(exact, text, reading))),
        changed if reading.round_fine else ibis.literal(value=False),
    )


def _plain(form: Form) -> str:
    decimal, thousands = re.escape(form.decimal), re.escape(form.thousands)
    grouped = rf"|[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}}){{1,3}}" if thousands else ""
    return rf"^-?(?:[0-9]{{1,14}}{grouped})(?:{decimal}[0-9]{{1,4}})?$"


def _with_point(text: Any, form: Form) -> Any:
    without = text.replace(form.thousands, "") if form.thousands else text
    return without if form.decimal == "." else without.replace(form.decimal, ".")


def _plain_number(text: Any, reading: Reading) -> Any:
    """The text as a number with a leading minus and a point, or empty where it is none in this form."""
    unit = reading.form.amounts_in or reading.currency
    marks = marks_of(unit) if unit and reading.currency else None
    return _with_point(_bare(text, _pattern(reading.form), marks), reading.form)


def _fault(number: Any, text: Any, reading: Reading) -> Any:
    """What is wrong with a text, from the number it was found to be."""
    return ibis.cases(
        (number == "", _diagnosis(text, reading)),
        (number.notnull() & _amount(number).isnull(), ibis.literal("too_large")),
        (_is_fine_text(number) & ibis.literal(not reading.round_fine), ibis.literal("too_fine")),
    )


def _pattern(form: Form) -> str:
    decimal, thousands = re.escape(form.decimal), re.escape(form.thousands)
    plain = rf"[0-9]+(?:{decimal}[0-9]*)?(?:[eE][+-]?[0-9]{{1,3}})?|{decimal}[0-9]+(?:[eE][+-]?[0-9]{{1,3}})?"
    # A group before the first mark that begins with 0 (0,125) would rather be a decimal fraction.
    grouped = rf"[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})+(?:{decimal}[0-9]*)?|" if thousands else ""
    return f"(?:{grouped}{plain})"


def _bare(text: Any, number: str, marks: str | None) -> Any:
    """The number in the text with a leading sign, without marks of currencies; empty if there is anything else."""
    before, after = (f"(?:{marks} ?)?", f"(?: ?{marks})?") if marks else ("", "")
    trailing = rf"^ *{before}({number}){after} ?-{after} *$"
    enclosed = rf"^ *{before}\( ?{before}({number}){after} ?\){after} *$"
    leading = rf"(?s)^ *{before}([+-]?) ?{before}({number}){after} *$|^.*$"
    return text.re_replace(f"{trailing}|{enclosed}", r"-\1\2").re_replace(leading, r"\1\2")


def _diagnosis(text: Any, reading: Reading) -> Any:
    """Why the text is no number in this form."""
    other_marks = _bare(text, _ANY_MARKS, every_mark() if reading.currency else None)
    other_currency = _bare(text, _pattern(reading.form), every_mark()) if reading.currency else ibis.literal("")
    return ibis.cases(
        (other_currency != "", ibis.literal("other_currency")),
        (other_marks != "", ibis.literal("wrong_decimal")),
        else_=ibis.literal("not_a_number"),
    )


def _amount(number: Any) -> Any:
    # DuckDB 1.4 makes 0.0001 of 5e-17 when it reads it as a decimal; what has an exponent was a binary fraction anyway.
    exact = number.try_cast("float64").try_cast(MONEY)
    return ibis.cases((number.re_search("[eE]"), exact), else_=number.try_cast(MONEY))


def _is_fine_text(number: Any) -> Any:
    return _is_fine(_amount(number), number.try_cast("float64"), noise=_DOUBLE_NOISE)


def _is_fine(amount: Any, exact: Any, *, noise: float) -> Any:
    allowed = ibis.greatest(exact.abs() * noise, _LEAST_NOISE)
    return (amount.cast("float64") - exact).abs() > allowed
