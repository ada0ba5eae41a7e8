"""Sound raw rows of any table of the schema, and rows that one rule each takes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pandas as pd

from crmlab.tables.schema import BY_NAME, TRANSACTIONS, Column, Table

DESTROYED = "5.94773E+23"
TEST_CUSTOMER = "test-1"
AFTER = "1998-07-01"  # the clients of these tests are observed until 1998-06-30

Row = dict[str, str]


def sound(table: Table, number: int) -> Row:
    """A row with a value in every column, as a CSV file has it, and a key that only this number has.

    Ids of row n stand for row n of the table they refer to.
    """
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column, number: int) -> str:
    if column.name == "currency":
        return "USD"
    if column.type == "id":
        return f"{column.refers_to or table.name}-{number}"
    if column.type == "text":
        return column.allowed[0] if column.allowed else f"{column.name} {number}"
    if column.type == "flag":
        return "no" if column.name == "is_return" else "yes"
    if column.type == "date":
        return f"1997-{1 + number // 28:02}-{1 + number % 28:02}"
    least = column.least or 0
    return f"{least if column.most is not None else least + number + 1:g}"


def broken(table: Table, rule: str, number: int) -> Row:
    """A row that the standard rule of that name takes, and no other; one that repeats has the key of row 0."""
    row = sound(table, number)
    columns = {column.name: column for column in table.columns}
    for prefix, value in (("missing_", ""), ("destroyed_", DESTROYED), ("not_allowed_", "none of them")):
        if rule.startswith(prefix):
            return row | {rule.removeprefix(prefix): value}
    if rule.startswith("out_of_range_"):
        column = columns[rule.removeprefix("out_of_range_")]
        return row | {column.name: f"{column.most + 1 if column.least is None else column.least - 1:g}"}
    if rule == "after_observed_until":
        return row | {table.event_day: AFTER}
    if rule == "test_customer":
        return row | {table.of_customers[0]: TEST_CUSTOMER}
    assert rule.startswith("repeated_")
    return row | {name: sound(table, 0)[name] for name in table.key}


def as_csv(rows: list[Row]) -> str:
    """The rows as a CSV file, every value in quotes."""
    lines = [",".join(f'"{value}"' for value in row.values()) for row in rows]
    return "\n".join([",".join(rows[0]), *lines, ""])


def as_frame(table: Table, rows: list[Row]) -> pd.DataFrame:
    """The rows with the types a Parquet file has: days, decimals, booleans, texts; a blank is missing."""
    types = {column.name: column.type for column in table.columns}
    return pd.DataFrame({name: [_typed(types[name], row[name]) for row in rows] for name in rows[0]}, dtype=object)


def _typed(kind: str, text: str) -> object:
    if text == "":
        return None
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "flag":
        return text == "yes"
    return Decimal(text) if kind in ("money", "number") else text


def client_keys(tables: Mapping[str, list[Row]], *, parquet: bool = False) -> dict[str, object]:
    """What `write_client` takes for a client with these tables; transactions are added where they are not there."""
    rows = {TRANSACTIONS.name: [sound(TRANSACTIONS, number) for number in range(2)], **tables}
    suffix = "parquet" if parquet else "csv"
    return {
        "data": {
            f"{name}.{suffix}": as_frame(BY_NAME[name], held) if parquet else as_csv(held)
            for name, held in rows.items()
        },
        "tables": {
            name: {"files": f"{name}.{suffix}", "columns": {column: column for column in held[0]}}
            for name, held in rows.items()
        },
    }
