"""Action lists as files: one CSV each, and one workbook with all of them.

The CSV is UTF-8 with a byte order mark, because Excel takes a file without one for the local code page; pandas
and R read both. Text that a spreadsheet would run as a formula gets an apostrophe in front in the CSV; in the
workbook it is a text cell marked as quoted, so the value itself stays as it was. Numbers stay numbers. A column of days
alone is one of dates in the workbook, which can be sorted, filtered and reckoned with; in Persian numbers and dates are
shown in its digits and calendar, and are the same numbers and dates.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from math import ceil
from typing import Any

import xlsxwriter

from crmlab.display import Unit, format_value
from crmlab.language import current, day, is_right_to_left, money_decimals, tr, translated
from crmlab.report import columns
from crmlab.report.collect import CollectedList

_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER_FORMATS: dict[Unit, str] = {
    "share": "0.0 %",
    "change": "+0.0 %;-0.0 %",
    "points": "+0.0 %;-0.0 %",
    "count": "#,##0",
    "money": "#,##0",
    "days": "#,##0",
    "index": "0.000",
    "number": "#,##0.00",
    "label": "@",
    "text": "@",
}
_DATE = "yyyy-mm-dd"
# What Excel puts in front of a format: digits 03 and, of dates, calendar 16 of language 0429, which is Persian.
_PERSIAN_DIGITS, _PERSIAN_DATE = "[$-3000429]", "[$-3160429]yyyy/mm/dd"
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00:00)?")
_FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that never was
_FIXED_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same lists are the same bytes at any hour
_SHEET_ROWS = 1_048_576
_CELL_LETTERS = 32_767
_NARROWEST, _WIDEST, _ROWS_MEASURED = 9, 60, 500
_INK, _PAPER = "#1f3a4d", "#e8eef2"
_HEAD = {"bold": True, "font_color": _INK, "bg_color": _PAPER, "bottom": 1, "text_wrap": True, "valign": "top"}
_DAY_LETTERS = 10
_LETTERS = 1.1  # of running text, in the room of a digit
_A4, _LINE, _MOST_LINES = 9, 15, 27  # Excel's number of it; points, and a row has at most 409 of them
_EXPLAINED_WIDTHS = (24, 20, 32, 60, 22, 34)  # letters


def csv_bytes(table: CollectedList) -> bytes:
    """The list as a CSV file, column names as the notebook has them, values unrounded."""
    days = [_days(table, place) for place in range(len(table.columns))]
    rows = (
        [one[at] if one else value for value, one in zip(row, days, strict=True)] for at, row in enumerate(table.rows)
    )
    return csv_of(table.columns, rows)


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file of these rows: text that a spreadsheet would run is made safe, None is nothing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # RFC 4180: lines end in CR LF, so a lone CR in a value is quoted
    writer.writerow([_inert(name) for name in columns])
    writer.writerows([_inert(value) if isinstance(value, str) else value for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def workbook_bytes(
    lists: Sequence[CollectedList], *, client: str, observed_until: date, currency: str, notebook: str
) -> bytes:
    """A workbook: a sheet that says what it holds, one that explains every column, then one sheet for each list."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(file, options)
    workbook.set_properties({"title": tr("Lists for {client}", client=client), "created": _FIXED_TIME})
    names = _sheet_names(lists)
    _contents(workbook, lists, names, client, observed_until)
    if lists:
        _explained(workbook, lists, names, currency=currency, notebook=notebook)
    for table, name in zip(lists, names, strict=True):
        if _fits(table):
            _sheet(workbook, table, name, currency)
    if is_right_to_left(current()):
        for sheet in workbook.worksheets():
            sheet.right_to_left()
    workbook.close()
    return file.getvalue()


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet might run `text`: full-width signs count, and so do signs after blanks."""
    return unicodedata.normalize("NFKC", text).lstrip(" \u200b\ufeff").startswith(_STARTS_OF_FORMULAS)


def _inert(text: str) -> str:
    return f"'{text}" if starts_formula(text) else text


def _contents(
    workbook: Any, lists: Sequence[CollectedList], names: Sequence[str], client: str, observed_until: date
) -> None:
    sheet = workbook.add_worksheet("About")
    title = workbook.add_format({"bold": True, "font_size": 14, "quote_prefix": starts_formula(client)})
    bold = workbook.add_format({"bold": True, "bottom": 1})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 56)
    sheet.set_column(2, 2, 10)
    _printed(sheet)
    sheet.write_string(0, 0, client[:_CELL_LETTERS], title)
    sheet.write_string(1, 0, tr("Lists on data observed until {day}", day=day(observed_until)))
    for column, heading in enumerate((tr("Sheet"), tr("List"), tr("Rows"))):
        sheet.write_string(3, column, heading, bold)
    for row, (table, name) in enumerate(zip(lists, names, strict=True), start=4):
        text = workbook.add_format({"quote_prefix": starts_formula(table.title)})
        where = name if _fits(table) else tr("too long for a sheet: see {file}", file=table.file)
        sheet.write_string(row, 0, where)
        sheet.write_string(row, 1, table.title[:_CELL_LETTERS], text)
        sheet.write_number(
            row, 2, len(table.rows), workbook.add_format({"num_format": _number_format("count", (), "")})
        )
    if not lists:
        sheet.write_string(4, 0, tr("This notebook made no lists."))


def _explained(
    workbook: Any, lists: Sequence[CollectedList], names: Sequence[str], *, currency: str, notebook: str
) -> None:
    """The sheet that says of every column what it is called, what it means, its unit and where it comes from."""
    sheet = workbook.add_worksheet("Columns")
    sheet.freeze_panes(1, 0)
    bold, wrapped = workbook.add_format(_HEAD), workbook.add_format({"text_wrap": True, "valign": "top"})
    headings = (tr("List"), tr("Column of the CSV"), tr("Heading"), tr("Meaning"), tr("Unit"), tr("Where from"))
    for place, (heading, width) in enumerate(zip(headings, _EXPLAINED_WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, bold)
    rows = [
        _explanation(table, name, place, currency, notebook)
        for table, name in zip(lists, names, strict=True)
        for place in range(len(table.columns))
    ]
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row):
            risky = workbook.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
            sheet.write_string(number, place, text[:_CELL_LETTERS], risky if starts_formula(text) else wrapped)
        _heighten(sheet, number, row, _EXPLAINED_WIDTHS)
    _printed(sheet)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, len(rows), len(headings) - 1)


def _explanation(table: CollectedList, name: str, place: int, currency: str, notebook: str) -> tuple[str, ...]:
    key = table.columns[place]
    said, unit = columns.meaning(table.id, key), columns.unit(table.units.get(key, "text"), currency)
    dated = bool(_days(table, place)) or table.types.get(key, "").startswith("datetime64")
    unit = tr("a day") if dated else unit
    return name, key, _heading(table, key), said, unit, columns.origin(key, notebook)


def _heading(table: CollectedList, key: str) -> str:
    return table.headings[key] if key in table.headings else translated(key.replace("_", " "))


def _sheet(workbook: Any, table: CollectedList, name: str, currency: str) -> None:
    sheet = workbook.add_worksheet(name)
    sheet.freeze_panes(1, 1)  # the headings, and whose row it is
    sheet.repeat_rows(0)
    _printed(sheet)
    names = range(len(table.columns))
    widths = [_write(workbook, sheet, column, table=table, currency=currency) for column in names]
    for row, values in enumerate(table.rows, start=1):
        _heighten(sheet, row, values, widths)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _printed(sheet: Any) -> None:
    """All columns beside each other when the sheet is printed."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)


def _heighten(sheet: Any, row: int, values: Sequence[Any], widths: Sequence[int]) -> None:
    """Make room for the lines that texts take in columns of these widths; not every program does by itself."""
    broken = ((value, width) for value, width in zip(values, widths, strict=True) if isinstance(value, str) and width)
    taken = (ceil(len(value) / (_LETTERS * width)) for value, width in broken)
    lines = max(taken, default=1)
    if lines > 1:
        sheet.set_row(row, _LINE * min(lines, _MOST_LINES))


def _write(workbook: Any, sheet: Any, column: int, *, table: CollectedList, currency: str) -> int:
    """Write a column; its width in letters where its texts are broken into lines, else 0."""
    key = table.columns[column]
    unit, heading = table.units.get(key, "text"), _heading(table, key)
    values = _days(table, column) or [row[column] for row in table.rows]
    counted = unit not in ("text", "label") or any(isinstance(value, date) for value in values)
    start, end = ("right", "left") if is_right_to_left(current()) else ("left", "right")
    head = _HEAD | {"align": end if counted else start, "quote_prefix": starts_formula(heading)}
    long = unit == "text" and any(len(str(value)) > _WIDEST for value in values[:_ROWS_MEASURED])
    plain = workbook.add_format(
        {"num_format": _number_format(unit, values, currency), "valign": "top", "text_wrap": long}
    )
    dated = workbook.add_format({"num_format": _PERSIAN_DATE if current() == "fa" else _DATE, "valign": "top"})
    quoted = workbook.add_format({"num_format": "@", "quote_prefix": True, "valign": "top", "text_wrap": long})
    width = _width(heading, values, unit, currency)
    sheet.set_column(column, column, width)
    sheet.write_string(0, column, heading[:_CELL_LETTERS], workbook.add_format(head))
    for row, value in enumerate(values, start=1):
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, plain)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, plain)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, dated)
        elif value is not None:
            text = format_value(value, "label") if unit == "label" else str(value)
            sheet.write_string(row, column, text[:_CELL_LETTERS], quoted if starts_formula(text) else plain)
    return width if long else 0


def _days(table: CollectedList, column: int) -> list[date | None]:
    """The column's days, None where there is none; empty where it holds anything else, or ids and names of a client."""
    key, values = table.columns[column], [row[column] for row in table.rows]
    if columns.is_of_the_client(key) or table.units.get(key, "text") not in ("text", "label"):
        return []
    found = [_day_in(value) if value is not None else None for value in values]
    sound = all((value is None) == (one is None) for value, one in zip(values, found, strict=True))
    return found if sound and any(found) else []


def _day_in(value: Any) -> date | None:
    match = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        one = date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
    return one if one and one >= _FIRST_DAY else None


def _number_format(unit: Unit, values: Sequence[Any], currency: str) -> str:
    """How Excel shows the numbers of a column: money in its currency, with decimals where the amounts are small."""
    written = _NUMBER_FORMATS[unit]
    if unit == "money":
        amounts = [value for value in values if isinstance(value, int | float)]
        decimals = f".{'0' * places}" if (places := money_decimals(*amounts)) else ""
        named = "".join(sign for sign in currency if sign not in '"\\')
        written = f'{written}{decimals} "{named}"'
    in_persian = current() == "fa" and written != "@"
    return ";".join(f"{_PERSIAN_DIGITS}{part}" for part in written.split(";")) if in_persian else written


def _width(heading: str, values: Sequence[Any], unit: Unit, currency: str) -> int:
    longest = max((len(_shown(value, unit, currency)) for value in values[:_ROWS_MEASURED]), default=0)
    return min(max(longest, min(len(heading), 24), _NARROWEST), _WIDEST) + 2


def _shown(value: Any, unit: Unit, currency: str) -> str:
    if isinstance(value, date):
        return "-" * _DAY_LETTERS
    if unit in ("text", "label") or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:,.0f} {currency}" if unit == "money" else f"{value:,.2f}"


def _fits(table: CollectedList) -> bool:
    return len(table.rows) < _SHEET_ROWS


def _sheet_names(lists: Sequence[CollectedList]) -> list[str]:
    """The lists' ids, cut to the 31 letters a sheet's name may have, made different where that made them equal."""
    names: list[str] = []
    for number, table in enumerate(lists, start=1):
        name = table.id[:31]
        taken = {"about", "columns", "history", *names}  # Excel keeps History for itself
        names.append(f"{name[:27]}~{number}" if name in taken else name)
    return names
