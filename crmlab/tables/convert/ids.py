"""Ids: text that names something, the same for the same thing however a file writes it."""

from typing import Any

import ibis

from crmlab.tables.convert.result import Converted, Reading
from crmlab.tables.convert.text import DIGITS, OTHER_DIGITS, is_tidy, unified

_WHOLE_FLOAT = r"^(-?(?:0|[1-9][0-9]*))\.0$"
_ROUNDED = r"^[+-]?[0-9](?:[.,][0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}$"
_EXACT_WHOLE_DOUBLES = 2.0**53
_SHOWN_ROUNDED = 1e16


def as_id(column: Any, reading: Reading) -> Converted:  # noqa: ARG001
    """The column as ids: unified text with ASCII digits; `12346.0` is `12346`.

    Whole numbers with gaps look like that after many programs. Floats beyond 1E+16 keep the rounded form in which
    `is_destroyed` finds them.
    """
    if column.type().is_floating():
        return _float_id(column.cast("float64"))
    text = column.cast("string")
    plain = is_tidy(text) & ~text.endswith(".0")
    careful = unified(text.translate(OTHER_DIGITS, DIGITS)).re_replace(_WHOLE_FLOAT, r"\1")
    return Converted(ibis.cases((plain, text), else_=careful), ibis.null("string"))


def is_destroyed(value: Any) -> Any:
    """Whether a converted id is a number that a spreadsheet has rounded (`5.94773E+23`): whose it was is lost.

    A code such as `12E5` or `1E10` is none: spreadsheets write a sign or decimals.
    """
    return (value.contains("E") | value.contains("e")) & value.re_search(_ROUNDED)


def _float_id(number: Any) -> Converted:
    # NaN is how many programs write a missing id among floats.
    missing = number.isnull() | number.isnan()
    whole = (number.abs() < _EXACT_WHOLE_DOUBLES) & (number % 1 == 0)
    rounded = (number.abs() >= _SHOWN_ROUNDED) & ~number.isinf()
    return Converted(
        ibis.cases(
            (missing, ibis.null("string")),
            (whole, number.try_cast("int64").cast("string")),
            (rounded, number.cast("string")),
        ),
        ibis.cases((~missing & ~whole & ~rounded, ibis.literal("not_an_id"))),
    )
