"""Tables of DuckDB files: what is in them, and copies with their types."""

from contextlib import closing
from typing import Any

import duckdb

from crmlab.tables.sources.apart.copying import BATCH, RefusedError, quoted

# Types that the clean table can be made of; all others are handed over as text.
_TYPED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_MORE = ("FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN")


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
            f"{quoted(name)}{'' if _is_typed(str(kind)) else '::VARCHAR'} AS c{position}"
            for position, (name, kind) in enumerate(zip(rows.columns, rows.types, strict=True))
        ]
        batches = rows.limit(order["limit"]).project(", ".join(picked)).fetch_arrow_reader(BATCH)
        with pq.ParquetWriter(order["target"], batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    return {}


def _is_typed(kind: str) -> bool:
    return kind.startswith(_TYPED + _MORE) and "[" not in kind


def _duckdb_tables(connection: Any) -> dict[str, str]:
    """The quoted name of each table by the name a client file may use: `orders` or `main.orders`, `archive.orders`."""
    rows = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() ORDER BY ALL"
    ).fetchall()
    tables = {f"{schema}.{name}": f"{quoted(schema)}.{quoted(name)}" for schema, name in rows}
    return tables | {name: tables[f"main.{name}"] for schema, name in rows if schema == "main"}


def _duckdb(path: str) -> Any:
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
        if "Could not set lock" in str(error):
            raise RefusedError("is open in another program; close it there") from error
        raise


def _duckdb_table(connection: Any, part: str, quoted: str) -> dict[str, Any]:
    cursor = connection.execute(f"SELECT * FROM {quoted} LIMIT 1")  # noqa: S608
    return {
        "name": part,
        "columns": [column[0] for column in cursor.description],
        "rows": cursor.fetchone() is not None,
    }


ORDERS = {"list": list_duckdb, "copy": copy_duckdb}
