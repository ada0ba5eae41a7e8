"""Tables of SQLite files: what is in them, and their values as text."""

import sqlite3
from contextlib import closing
from itertools import islice
from typing import Any
from urllib.parse import quote

from crmlab.tables.sources.apart.copying import RefusedError, quoted, write


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
        cursor = connection.execute(f"SELECT * FROM {quoted(order['part'])}")  # noqa: S608  # quoted as a name
        names = [column[0] for column in cursor.description]
        rows = (
            [_sqlite_text(value, name, number) for value, name in zip(row, names, strict=True)]
            for number, row in enumerate(cursor, 1)
        )
        return write(islice(rows, order["limit"]), len(names), order["target"])


def _sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _sqlite_table(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    cursor = connection.execute(f"SELECT * FROM {quoted(name)} LIMIT 1")  # noqa: S608  # quoted as a name
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


ORDERS = {"list": list_sqlite, "copy": copy_sqlite}
