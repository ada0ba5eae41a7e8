"""What is wrong with raw files, all of it at once: the files, their columns, and every value of those columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import ibis

from crmlab.errors import DataError, together
from crmlab.tables import convert, engine, reader
from crmlab.tables.export import Export
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import Column
from crmlab.tables.sources.csv_file import SEPARATORS
from crmlab.tables.wording import first_line, plural, shown

HEADING = "The data cannot be used as it stands:"


def sound(exports: Sequence[Export]) -> tuple[tuple[Export, RawFile], ...]:
    """The files of the exports, each with every mapped column there; values are not looked at.

    Raises
    ------
    DataError
        If a file or a column is not there, or a file is reached twice: with all problems, those of the values too.
    """
    opened, broken = _found(exports)
    if broken or any(reader.absent(file, export.columns.values()) for export, file in opened):
        raise refusal(problems(exports))
    return tuple(opened)


def problems(exports: Sequence[Export], *, currency: str | None = None) -> list[str]:
    """Everything that is wrong with the files, their columns and their values, or an empty list.

    Values are looked at in every column that can be read, whatever is wrong elsewhere. This reads each file whole, on
    one thread, so that rows can be numbered: it is called when something is known to be wrong. `currency` is the
    client's, which the marks beside amounts have to mean.
    """
    connection = engine.connect(threads=1)
    opened, found = _found(exports)
    for export, file in opened:
        found += reader.absent(file, export.columns.values())
        found += _value_problems(connection, export, file, currency)
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
    kind = _as_csv(file) if file.kind == "text" else "Parquet"
    return f"{file.label}: cannot be read as {kind}: {reason}; export it again"


def _as_csv(file: RawFile) -> str:
    form = file.form
    quotes = f"{form.quote} doubled inside quotes" if form.quote else "without quotes"
    return f"CSV ({form.encoding.upper()}, {SEPARATORS[form.separator]}, {quotes})"


def _found(exports: Sequence[Export]) -> tuple[list[tuple[Export, RawFile]], list[str]]:
    """The files of all exports, and what keeps others from being opened or would count rows twice."""
    opened: list[tuple[Export, RawFile]] = []
    problems: list[str] = []
    for export in exports:
        files, broken = reader.find(export)
        opened += [(export, file) for file in files]
        problems += broken
    return opened, problems + _reached_twice(opened)


def _reached_twice(opened: Sequence[tuple[Export, RawFile]]) -> list[str]:
    places = Counter((export.table.name, file.path.resolve(), file.part, file.label) for export, file in opened)
    return [
        f"{label}: {table} reaches it {count} times, and its rows would count as often; name it once, and see which "
        "patterns match it"
        for (table, _, _, label), count in places.items()
        if count > 1
    ]


def _value_problems(connection: Any, export: Export, file: RawFile, currency: str | None) -> list[str]:
    mapped = {ours: theirs for ours, theirs in export.columns.items() if file.columns.count(theirs) == 1}
    columns = [column for column in export.table.columns if column.name in mapped]
    if not columns:
        return []
    try:
        with reader.opened(connection, file, mapped) as raw:
            numbered = raw.mutate(position=ibis.row_number())
            repeated = _repeated_header(numbered, mapped, file)
            values = numbered.filter(~_is_header(numbered, mapped)) if repeated else numbered
            return repeated + [
                problem
                for column in columns
                for problem in _column_problems(values, column, file, mapped[column.name], currency)
            ]
    except duckdb.Error as error:
        return [reader.damage(file) or unreadable(file, error)]
    except DataError as error:
        return [str(error)]


def _is_header(raw: Any, mapped: Mapping[str, str]) -> Any:
    return ibis.and_(*(raw[ours].cast("string").strip() == theirs for ours, theirs in mapped.items())).fill_null(False)


def _repeated_header(numbered: Any, mapped: Mapping[str, str], file: RawFile) -> list[str]:
    """One sentence if the header stands again among the rows, as it does where files were pasted together."""
    again = numbered.filter(_is_header(numbered, mapped)).order_by("position").position.to_pyarrow().to_pylist()
    if not again:
        return []
    rows = ", ".join(f"row {number}" for number in reader.row_numbers(file, again[: reader.EXAMPLES]))
    cause = "as if files had been pasted together; delete these lines"
    return [f"{file.label}: the header is repeated {plural(len(again), 'time')} among the rows ({rows}), {cause}"]


def _column_problems(raw: Any, column: Column, file: RawFile, theirs: str, currency: str | None) -> list[str]:
    where = f"{file.label}: column {theirs!r}"
    refused = convert.refused_type(raw[column.name].type(), column.type)
    if refused is not None:
        return [f"{where} {refused}"]
    values = raw.select(
        position=raw.position,
        value=raw[column.name].cast("string"),
        fault=convert.convert(raw[column.name], column.type, file.form, currency=currency).fault,
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
