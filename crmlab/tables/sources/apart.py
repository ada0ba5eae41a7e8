"""What runs in a process of its own: reading workbooks and databases, whose readers may crash on what they are given.

This file is run as a program by `container.py` and imports nothing of crmlab. It takes its order as JSON on standard
input and answers with JSON on standard output: what is in a file, or where it has copied a table to (as Parquet). Files
are opened for reading only, and the engine of a DuckDB file can reach nothing outside it.
"""

import datetime as dt
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

BATCH = 20_000
_FIFTEEN_DIGITS = 10**15
_EXACT_DOUBLES = 2**53
# Types that the clean table can be made of; all others are handed over as text.
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_OTHER = ("FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN")


class RefusedError(Exception):
    """The file cannot be read; the message says why."""


def main() -> None:
    """Read the order, carry it out, and write the answer."""
    order = json.load(sys.stdin)
    _limit_memory(order.get("memory"))
    try:
        answer = _ORDERS[order["kind"]][order["do"]](order)
    except RefusedError as error:
        answer = {"problem": str(error)}
    except Exception as error:  # whatever a library makes of hostile bytes is a problem of the file
        answer = {"problem": f"{type(error).__name__}: {error}"}
    json.dump(answer, sys.stdout)


def _limit_memory(bytes_at_most: int | None) -> None:
    if bytes_at_most and sys.platform != "win32":
        import resource  # noqa: PLC0415  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (bytes_at_most, bytes_at_most))


# Workbooks


def list_sheets(order: dict[str, Any]) -> dict[str, Any]:
    """The sheets of cells: name, whether hidden, the header below the skipped rows, and whether rows follow."""
    with closing(_workbook(order["path"])) as book:
        names = [sheet.name for sheet in book.sheets_metadata if str(sheet.typ).endswith("WorkSheet")]
        hidden = [sheet.name for sheet in book.sheets_metadata if not str(sheet.visible).endswith("Visible")]
        return {"parts": [_sheet(book, name, order["skip"]) | {"hidden": name in hidden} for name in names]}


def copy_sheet(order: dict[str, Any]) -> dict[str, Any]:
    """Copy the rows of a sheet, as text and with the number of each row."""
    with closing(_workbook(order["path"])) as book:
        rows = _cells(book, order["part"])
        next(islice(rows, order["skip"], None), None)
        width = order["width"]
        filled = ((number, row) for number, row in rows if any(row))
        full = (
            [*(cell or None for cell in row[:width]), *[None] * (width - len(row)), number] for number, row in filled
        )
        return _write(islice(full, order["limit"]), width, order["target"], numbered=True)


def _workbook(path: str) -> Any:
    import python_calamine as calamine  # noqa: PLC0415  # only what the order needs is imported

    try:
        return calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError as error:
        raise RefusedError("is protected by a password; save it without one") from error
    except calamine.CalamineError as error:
        raise RefusedError(
            f"cannot be read as a workbook: {error}; open it in a spreadsheet and save it again"
        ) from error


def _sheet(book: Any, name: str, skip: int) -> dict[str, Any]:
    rows = _cells(book, name)
    header = next(islice(rows, skip, None), (0, []))[1]
    return {"name": name, "columns": [cell.strip() for cell in header], "rows": any(any(row) for _, row in rows)}


def _cells(book: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet from its very first one on as text, each with its number."""
    sheet = book.get_sheet_by_name(name)
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [*left, *map(_text, row)]


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


# Databases


def list_sqlite(order: dict[str, Any]) -> dict[str, Any]:
    """The tables and views of an SQLite file, and the columns of the wanted one."""
    with closing(_sqlite(order["path"])) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            )
            if not name.startswith("sqlite_")
        ]
        return {"names": names, "parts": [_sqlite_table(connection, name) for name in names if name == order["part"]]}


def copy_sqlite(order: dict[str, Any]) -> dict[str, Any]:
    """Copy the rows of a table as text."""
    with closing(_sqlite(order["path"])) as connection:
        cursor = connection.execute(f"SELECT * FROM {_quoted(order['part'])}")  # noqa: S608  # quoted as a name
        names = [column[0] for column in cursor.description]
        rows = (
            [_sqlite_text(value, name, number) for value, name in zip(row, names, strict=True)]
            for number, row in enumerate(cursor, 1)
        )
        return _write(islice(rows, order["limit"]), len(names), order["target"])


def _sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _sqlite_table(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    cursor = connection.execute(f"SELECT * FROM {_quoted(name)} LIMIT 1")  # noqa: S608  # quoted as a name
    return {
        "name": name,
        "columns": [column[0] for column in cursor.description],
        "rows": cursor.fetchone() is not None,
    }


def _sqlite_text(value: Any, name: str, number: int) -> str | None:
    if isinstance(value, bytes):
        raise RefusedError(
            f"column {name!r} holds bytes (BLOB) in row {number:,}; store text, numbers or dates as text"
        )
    return repr(value) if isinstance(value, float) else None if value is None else str(value)


def list_duckdb(order: dict[str, Any]) -> dict[str, Any]:
    """The tables and views of a DuckDB file, and the columns of the wanted one."""
    with closing(_duckdb(order["path"])) as connection:
        tables = _duckdb_tables(connection)
        wanted = tables.get(order["part"])
        return {"names": list(tables), "parts": [_duckdb_table(connection, order["part"], wanted)] if wanted else []}


def copy_duckdb(order: dict[str, Any]) -> dict[str, Any]:
    """Copy the rows of a table with their types, in their order; what the clean table cannot be made of, as text."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    with closing(_duckdb(order["path"])) as connection:
        rows = connection.sql(f"SELECT * FROM {_duckdb_tables(connection)[order['part']]}")  # noqa: S608  # quoted
        picked = [
            f"{_quoted(name)}{'' if _is_typed(str(kind)) else '::VARCHAR'} AS c{position}"
            for position, (name, kind) in enumerate(zip(rows.columns, rows.types, strict=True))
        ]
        batches = rows.limit(order["limit"]).project(", ".join(picked)).fetch_arrow_reader(BATCH)
        with pq.ParquetWriter(order["target"], batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    return {}


def _is_typed(kind: str) -> bool:
    return kind.startswith((*_WHOLE, *_OTHER)) and "[" not in kind


def _duckdb_tables(connection: Any) -> dict[str, str]:
    """The quoted name of each table by the name a client file may use: `orders` or `main.orders`, `archive.orders`."""
    rows = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() ORDER BY ALL"
    ).fetchall()
    tables = {f"{schema}.{name}": f"{_quoted(schema)}.{_quoted(name)}" for schema, name in rows}
    return tables | {name: tables[f"main.{name}"] for schema, name in rows if schema == "main"}


def _duckdb(path: str) -> Any:
    import duckdb  # noqa: PLC0415

    settings: dict[str, Any] = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_unsigned_extensions": False,
        "threads": 2,
    }
    try:
        return duckdb.connect(path, read_only=True, config=settings)
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise RefusedError("is open in another program; close it there") from error
        raise


def _duckdb_table(connection: Any, part: str, quoted: str) -> dict[str, Any]:
    cursor = connection.execute(f"SELECT * FROM {quoted} LIMIT 1")  # noqa: S608
    return {
        "name": part,
        "columns": [column[0] for column in cursor.description],
        "rows": cursor.fetchone() is not None,
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Copies


def _write(rows: Iterable[Sequence[Any]], width: int, target: str, *, numbered: bool = False) -> dict[str, Any]:
    """Write rows of text (and, as the last value, the row's number) as Parquet, a batch at a time."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    fields = [(f"c{position}", pa.string()) for position in range(width)]
    schema = pa.schema([*fields, ("row", pa.int64())] if numbered else fields)
    with pq.ParquetWriter(Path(target), schema) as writer:
        rest = iter(rows)
        while batch := list(islice(rest, BATCH)):
            columns = zip(*batch, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return {}


_ORDERS = {
    "workbook": {"list": list_sheets, "copy": copy_sheet},
    "sqlite": {"list": list_sqlite, "copy": copy_sqlite},
    "duckdb": {"list": list_duckdb, "copy": copy_duckdb},
}

if __name__ == "__main__":
    main()
