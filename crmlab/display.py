"""How numbers and tables look to a reader: one set of formats, every text escaped."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from crmlab.language import (
    ENDS,
    count,
    current,
    day,
    is_right_to_left,
    money,
    money_decimals,
    number,
    percent,
    points,
    signed_percent,
    tr,
    translated,
    trn,
)
from crmlab.language.numbers import MISSING, localised

Unit = Literal["share", "change", "points", "count", "money", "days", "index", "number", "label", "text"]
UNITS: tuple[str, ...] = get_args(Unit)

_CODE = re.compile(r"`([^`]+)`")
_OUR_SIGN = "\u200e"  # what `language.numbers` puts before a sign in a language from right to left
_MARKDOWN = re.compile(r"([\\`*_\[\]#|~])")


_NUMBERS: Mapping[Unit, Callable[[float], str]] = {
    "share": percent,
    "change": signed_percent,
    "points": points,
    "count": count,
    "days": count,
    "index": lambda value: number(value, 3),
    "number": number,
}


def format_value(value: Any, unit: Unit, beside: Iterable[float | None] = ()) -> str:
    """`value` as text in the form of its unit, or – where it is missing.

    A share becomes a percentage, a relative change one with its sign, a difference of shares points. The currency is
    not repeated in every cell: it belongs in the column's heading or the caption. A label is a word of ours and is
    shown in the language spoken, as yes and no are; text is the client's and stays as it is. Money has as many
    decimals as the amounts `beside` it, the ends of its interval say.
    """
    if value is None or pd.isna(value):
        return MISSING
    if isinstance(value, bool | np.bool_) and unit in ("text", "label"):
        return tr("yes") if value else tr("no")
    if unit == "label":
        return translated(str(value).replace("_", " "))
    if unit == "text":
        return day(value) if isinstance(value, date) else str(value)
    if unit == "money":
        return money(float(value), decimals=money_decimals(value, *beside))
    return _NUMBERS[unit](float(value))


def format_interval(
    low: float | None, high: float | None, unit: Unit, currency: str = "", beside: Iterable[float | None] = ()
) -> str:
    """`low to high` in the unit's format, or – where there is no interval; what is no share has its unit behind it.

    The ends, and the value where it is given as `beside`, have the same number of decimals.
    """
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return MISSING
    together = (low, high, *beside)
    ends = {"low": format_value(low, unit, together), "high": quantity(high, unit, currency, together)}
    return tr("{low} to {high}", **ends)


def quantity(value: Any, unit: Unit, currency: str = "", beside: Iterable[float | None] = ()) -> str:
    """`value` as it can stand by itself: money with its currency, days called days; – where it is missing."""
    return f"{format_value(value, unit, beside)} {unit_word(value, unit, currency)}".rstrip()


def unit_word(value: Any, unit: Unit, currency: str = "") -> str:
    """What stands behind a value of this unit where no heading says it; empty where its form says it."""
    if value is None or pd.isna(value):
        return ""
    if unit == "days":
        return trn(round(value), "day", "days")
    return currency if unit == "money" else ""


def marked_code(escaped: str) -> str:
    """Escaped HTML with what stands between backticks in the form of code."""
    return _CODE.sub(r"<code>\1</code>", escaped)


@dataclass(frozen=True)
class Table:
    """A DataFrame as a reader sees it, in JupyterLab and in the report.

    `units` maps a column to how it is written (columns not named are text); `headings` maps a column to its
    heading, unit included. Only the first `max_rows` rows are shown, and the caption says how many there are.
    """

    data: pd.DataFrame
    caption: str
    units: Mapping[str, Unit]
    headings: Mapping[str, str]
    max_rows: int = 20

    def _repr_html_(self) -> str:
        shown = self.data.head(self.max_rows)
        more = self._more(len(shown))
        head = "".join(f'<th scope="col"{_align(self._unit(name))}>{self._heading(name)}</th>' for name in shown)
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in shown.to_dict(orient="records"))
        return (
            f'<table class="crmlab-table"><caption>{escape(self.caption)}{more}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.data.head(self.max_rows).to_string(index=False)}"

    def _unit(self, column: Any) -> Unit:
        return self.units.get(str(column), "text")

    def _heading(self, column: Any) -> str:
        own = self.headings.get(str(column))
        return escape(_default_heading(column) if own is None else own)

    def _more(self, shown: int) -> str:
        if shown == len(self.data):
            return ""
        return f" {tr('First {shown} of {rows} rows.', shown=count(shown), rows=count(len(self.data)))}"

    def _row(self, row: Mapping[Any, Any]) -> str:
        cells = ((self._unit(name), name, value) for name, value in row.items())
        return "".join(
            f"<td{_align(unit)}>{_cell(value, 'count' if name in self._in_whole_units else unit)}</td>"
            for unit, name, value in cells
        )

    @cached_property
    def _in_whole_units(self) -> frozenset[Any]:
        """Columns of money in whole units, as `money_decimals` has it of the median of what is not zero.

        Of the median, so that one large customer does not take the hundredths from all the others.
        """
        columns = [name for name in self.data if self._unit(name) == "money"]
        sizes = {name: pd.to_numeric(self.data[name], errors="coerce").abs() for name in columns}
        return frozenset(name for name, size in sizes.items() if not money_decimals(size[size > 0].median()))


def show_table(
    data: pd.DataFrame,
    caption: str,
    *,
    units: Mapping[str, Unit] | None = None,
    headings: Mapping[str, str] | None = None,
    max_rows: int = 20,
) -> Table:
    """`data` with a caption, units and readable headings, to be the last expression of a notebook's cell."""
    return Table(data, caption, dict(units or {}), dict(headings or {}), max_rows)


@dataclass(frozen=True)
class Said:
    """Sentences as a paragraph: text of ours and numbers, with every character of markdown or HTML escaped."""

    sentences: tuple[str, ...]

    def _repr_markdown_(self) -> str:
        return "\n\n".join(_MARKDOWN.sub(r"\\\1", escape(sentence, quote=False)) for sentence in self.sentences)

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


def say(*sentences: str) -> Said:
    """Computed sentences, one paragraph each, to be the last expression of a notebook's cell."""
    return Said(sentences)


def _cell(value: Any, unit: Unit) -> str:
    """A cell's text, escaped; from right to left, what is the client's keeps a direction of its own.

    Text that begins with the sign of a number of ours is no name of the client's: its mark would turn the whole cell.
    """
    shown = escape(format_value(value, unit))
    ours = unit != "text" or shown.startswith(_OUR_SIGN)
    return shown if ours or not is_right_to_left(current()) else f"<bdi>{shown}</bdi>"


def _default_heading(column: Any) -> str:
    """A column's name in the language spoken; a number in its digits; a letter that is a name, A say, stays."""
    name = str(column)
    if name.isdecimal() or (len(name) == 1 and name.isupper()):
        return localised(name)
    return translated(ENDS.get(name, name).replace("_", " "))


def _align(unit: Unit) -> str:
    return "" if unit in ("text", "label") else ' class="number"'
