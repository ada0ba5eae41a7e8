"""A table's declaration as plain facts, for who writes a client file: by hand or by program."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from crmlab.language import listed, tr, translated
from crmlab.tables.schema.declare import Column, Table, bounds


def facts(table: Table) -> dict[str, Any]:
    """Everything declared of the table, and its rules in the order they are tried; only `transactions` is required."""
    return {
        "table": table.name,
        "description": translated(table.description),
        "required": table.name == "transactions",
        "key": table.key,
        "either": table.either,
        "event_day": table.event_day,
        "columns": [asdict(column) for column in table.columns],
        "rules": [{"name": rule.name, "sentence": rule.told} for rule in table.rules],
    }


def row(column: Column) -> tuple[str, str, str, str]:
    """The column in four cells: name (with * if it must be mapped), type and unit, what may stand there, meaning."""
    kind = f"{column.type}, {column.unit}" if column.unit else column.type
    may = [listed(column.allowed), bounds(column)]
    may += [tr("the key of {table}", table=column.refers_to)] if column.refers_to else []
    may += [tr("may be blank")] if column.may_be_blank else []
    name = f"* {column.name}" if column.required else f"  {column.name}"
    return name, kind, listed(filter(None, may), strong=True), column.description


def notes(table: Table) -> Iterator[str]:
    """What is to be said of the table as a whole: what must be mapped besides, and which rows are left out."""
    if table.either:
        groups = [" + ".join(group) for group in table.either]
        yield tr("Of these at least one must be mapped: {groups}.", groups=listed(groups))
    if table.key:
        yield tr("A row whose {key} an earlier row has is left out.", key=" + ".join(table.key))
    if table.event_day:
        yield tr("A row whose {column} is after observed_until is left out.", column=table.event_day)
