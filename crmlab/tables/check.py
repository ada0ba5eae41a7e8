"""What is wrong with raw files, all of it at once: the files, their columns, and every value of those columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis

from crmlab.errors import DataError, together
from crmlab.tables import convert, engine, reader
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import Column, Table
from crmlab.tables.wording import first_line, plural, shown

HEADING = "The data cannot be used as it stands:"


@dataclass(frozen=True)
class Files:
    """The raw files of one table: its declaration, where they lie, and the mapping of columns (ours -> theirs)."""

    table: Table
    paths: tuple[Path, ...]
    columns: Mapping[str, str]


def sound(files: Files) -> tuple[RawFile, ...]:
    """The files, with every mapped column there; values are not looked at.

    Raises
    ------
    DataError
        If a file or a column is not there: with all problems, those of the values too.
    """
    looked = [reader.look(path) for path in files.paths]
    opened = tuple(file for file, broken in looked if file is not None and not broken)
    if len(opened) < len(looked) or any(reader.absent(file, files.columns.values()) for file in opened):
        raise refusal(problems(files))
    return opened


def problems(files: Files) -> list[str]:
    """Everything that is wrong with the files, their columns and their values, or an empty list.

    Values are looked at in every column that can be read, whatever is wrong elsewhere. This reads each file whole, on
    one thread, so that rows can be numbered: it is called when something is known to be wrong.
    """
    connection = engine.connect(threads=1)
    found: list[str] = []
    for path in files.paths:
        file, broken = reader.look(path)
        found += broken
        if file is not None:
            found += reader.absent(file, files.columns.values())
            found += [] if broken else _value_problems(connection, files, file)
    return found


def refusal(found: Sequence[str]) -> DataError:
    """The error that lists the problems found."""
    return DataError(together(HEADING, found or ["the files changed while they were being read; try again"]))


def has_refused_type(raw: Any, table: Table) -> bool:
    """Whether a column of the raw relation has a type that the schema's column cannot be made of."""
    return any(convert.refused_type(raw[column.name].type(), column.type) for column in table.columns)


def unreadable(file: RawFile, error: Exception) -> str:
    """What the engine says about a file it cannot read, in one line."""
    reason = first_line(error).removeprefix("Invalid Input Error: ")
    kind = "CSV (UTF-8, commas, quotes doubled inside quotes)" if file.is_csv else "Parquet"
    return f"{file.path.name}: cannot be read as {kind}: {reason}; export it again"


def _value_problems(connection: Any, files: Files, file: RawFile) -> list[str]:
    present = {ours: theirs for ours, theirs in files.columns.items() if theirs in file.columns}
    columns = [column for column in files.table.columns if column.name in present]
    try:
        raw = reader.relation(connection, file, present) if present else None
        return [
            problem
            for column in columns
            for problem in _column_problems(raw, column, file, f"{file.path.name}: column {present[column.name]!r}")
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
        fault=convert.convert(raw[column.name], column.type).fault,
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
