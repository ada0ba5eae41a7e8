"""What is wrong with raw files, all of it at once: the files, their columns, and every value of those columns."""

from collections.abc import Sequence
from typing import Any

import duckdb
import ibis

from crmlab.errors import DataError, together
from crmlab.tables import convert, engine, reader
from crmlab.tables.export import Export
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import Column
from crmlab.tables.wording import first_line, plural, shown

HEADING = "The data cannot be used as it stands:"


def sound(exports: Sequence[Export]) -> tuple[tuple[Export, RawFile], ...]:
    """The files of the exports, each with every mapped column there; values are not looked at.

    Raises
    ------
    DataError
        If a file or a column is not there: with all problems, those of the values too.
    """
    opened: list[tuple[Export, RawFile]] = []
    for export in exports:
        files, broken = reader.find(export)
        opened += [(export, file) for file in files]
        if broken or any(reader.absent(file, export.columns.values()) for file in files):
            raise refusal(problems(exports))
    return tuple(opened)


def problems(exports: Sequence[Export]) -> list[str]:
    """Everything that is wrong with the files, their columns and their values, or an empty list.

    Values are looked at in every column that can be read, whatever is wrong elsewhere. This reads each file whole, on
    one thread, so that rows can be numbered: it is called when something is known to be wrong.
    """
    connection = engine.connect(threads=1)
    found: list[str] = []
    for export in exports:
        files, broken = reader.find(export)
        found += broken
        for file in files:
            found += reader.absent(file, export.columns.values())
            found += _value_problems(connection, export, file)
    return found


def refusal(found: Sequence[str]) -> DataError:
    """The error that lists the problems found."""
    return DataError(together(HEADING, found or ["the files changed while they were being read; try again"]))


def has_refused_type(raw: Any, export: Export) -> bool:
    """Whether a column of the raw relation has a type that the schema's column cannot be made of."""
    columns = [column for column in export.table.columns if column.name in export.columns]
    return any(convert.refused_type(raw[column.name].type(), column.type) for column in columns)


def unreadable(file: RawFile, error: Exception) -> str:
    """What the engine says about a file it cannot read, in one line."""
    reason = first_line(error).removeprefix("Invalid Input Error: ")
    kind = "CSV (UTF-8, commas, quotes doubled inside quotes)" if file.is_csv else "Parquet"
    return f"{file.label}: cannot be read as {kind}: {reason}; export it again"


def _value_problems(connection: Any, export: Export, file: RawFile) -> list[str]:
    present = {ours: theirs for ours, theirs in export.columns.items() if theirs in file.columns}
    columns = [column for column in export.table.columns if column.name in present]
    try:
        with reader.opened(connection, file, present) as raw:
            return [
                problem
                for column in columns
                for problem in _column_problems(raw, column, file, f"{file.label}: column {present[column.name]!r}")
            ]
    except duckdb.Error as error:
        return [reader.damage(file) or unreadable(file, error)]


def _column_problems(raw: Any, column: Column, file: RawFile, where: str) -> list[str]:
    refused = convert.refused_type(raw[column.name].type(), column.type)
    if refused is not None:
        return [f"{where} {refused}"]
    values = raw.select(
        position=ibis.row_number(),
        value=raw[column.name].cast("string"),
        fault=convert.convert(raw[column.name], column.type, file.form).fault,
    )
    faulty = values.filter(values.fault.notnull())
    counts = faulty.group_by("fault").agg(n=faulty.count()).order_by("fault").to_pyarrow().to_pylist()
    return [_fault_sentence(faulty, row["fault"], row["n"], file, where) for row in counts]


def _fault_sentence(faulty: Any, fault: str, count: int, file: RawFile, where: str) -> str:
    first = faulty.filter(faulty.fault == fault).order_by("position").limit(reader.EXAMPLES)
    rows = first.select("position", "value").to_pyarrow().to_pylist()
    numbers = reader.row_numbers(file, [row["position"] for row in rows])
    examples = ", ".join(f"row {number}: {shown(row['value'])}" for number, row in zip(numbers, rows, strict=True))
    told = convert.FAULTS[fault]
    what = told.one if count == 1 else told.several
    return f"{where}: {plural(count, 'value')} {what} ({examples}); {told.mend}"
