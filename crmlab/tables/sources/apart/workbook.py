"""Sheets of workbooks: what is in them, and their cells as text."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from itertools import islice
from typing import Any

import python_calamine as calamine

from crmlab.tables.sources.apart.copying import RefusedError, write
from crmlab.tables.sources.apart.lost_cells import Lost, lost_cells

TOP_ROWS = 20
_FIFTEEN_DIGITS = 10**15
_EXACT_DOUBLES = 2**53


def list_sheets(order: dict[str, Any]) -> dict[str, Any]:
    """The sheets of cells: name, whether hidden, the header below the skipped rows, and whether rows follow."""
    with closing(_workbook(order["path"])) as book:
        names = [sheet.name for sheet in book.sheets_metadata if str(sheet.typ).endswith("WorkSheet")]
        hidden = [sheet.name for sheet in book.sheets_metadata if not str(sheet.visible).endswith("Visible")]
        return {"parts": [_sheet(book, name, order["skip"]) | {"hidden": name in hidden} for name in names]}


def copy_sheet(order: dict[str, Any]) -> dict[str, Any]:
    """Copy the rows of a sheet, as text and with the number of each row."""
    with closing(_workbook(order["path"])) as book:
        rows = _cells(book, order["part"], lost_cells(order["path"], order["part"]))
        next(islice(rows, order["skip"], None), None)
        width = order["width"]
        filled = ((number, row) for number, row in rows if any(row))
        full = (
            [*(cell or None for cell in row[:width]), *[None] * (width - len(row)), number] for number, row in filled
        )
        return write(islice(full, order["limit"]), width, order["target"], numbered=True)


def _workbook(path: str) -> Any:
    try:
        return calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError as error:
        raise RefusedError("is protected by a password; save it without one") from error
    except calamine.CalamineError as error:
        raise RefusedError(
            f"cannot be read as a workbook: {error}; open it in a spreadsheet and save it again"
        ) from error


def _sheet(book: Any, name: str, skip: int) -> dict[str, Any]:
    rows = (row for _, row in _cells(book, name))
    top = list(islice(rows, max(TOP_ROWS, skip + 1)))
    header = top[skip] if len(top) > skip else []
    below = any(any(row) for row in top[skip + 1 :]) or any(any(row) for row in rows)
    return {"name": name, "columns": [cell.strip() for cell in header], "rows": below, "top": top[:TOP_ROWS]}


def _cells(book: Any, name: str, lost: Lost | None = None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet from its very first one on as text, each with its number, and what is `lost` put back."""
    lost = lost or {}
    sheet = book.get_sheet_by_name(name)
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [*left, *map(_text, row)]
        for column, told in lost.get(number, ()):
            cells += [""] * (column - len(cells))
            cells[column - 1] = cells[column - 1] or told
        yield number, cells


@lru_cache(maxsize=1 << 16, typed=True)  # typed, for True == 1
def _text(cell: Any) -> str:
    """A cell as text: whole numbers without a point, dates in ISO form, true and false.

    A spreadsheet keeps fifteen digits. What has more, and a zero where the sixteenth was, is written with an exponent,
    so that a destroyed number is seen to be one.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _number(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")) or number % 1:  # noqa: PLR0124
        return repr(number)
    if abs(number) >= _FIFTEEN_DIGITS and (abs(number) > _EXACT_DOUBLES or number % 10 == 0):
        mantissa, exponent = f"{number:.14E}".split("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    return str(int(number))


ORDERS = {"list": list_sheets, "copy": copy_sheet}
