"""What is wrong with raw files, all of it at once: the files, their columns, and every value of those columns."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import duckdb
import ibis

from crmlab.errors import DataError, together
from crmlab.tables import convert, engine, reader
from crmlab.tables.convert import Converted
from crmlab.tables.export import Export, Form
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import Column, ColumnType
from crmlab.tables.sources.csv_file import SEPARATORS
from crmlab.tables.wording import first_line, listed, plural, shown

Convert = Callable[[Any, ColumnType, Form], Converted]

HEADING = "The data cannot be used as it stands:"


def sound(exports: Sequence[Export], *, memory_limit: str | None = None) -> tuple[tuple[Export, RawFile], ...]:
    """The files of the exports, each with every mapped column there; values are not looked at.

    `memory_limit` is that of `engine.connect`.

    Raises
    ------
    DataError
        If a file or a column is not there, or a file is reached twice: with all problems, those of the values too.
    """
    opened, broken = _found(exports)
    if broken or any(
        reader.absent(file, export.columns.values()) or _is_pasted(export, file, memory_limit)
        for export, file in opened
    ):
        raise refusal(problems(exports, memory_limit=memory_limit))
    return tuple(opened)


def problems(
    exports: Sequence[Export],
    *,
    currency: str | None = None,
    round_fine: bool = False,
    memory_limit: str | None = None,
) -> list[str]:
    """Everything that is wrong with the files, their columns and their values, or an empty list.

    Values are looked at in every column that can be read, whatever is wrong elsewhere. This reads each file whole, on
    one thread, so that rows can be numbered: it is called when something is known to be wrong. `currency` is the
    client's, which the marks beside amounts have to mean; with `round_fine` too many decimals are no fault.
    `memory_limit` is that of `engine.connect`.
    """
    connection = engine.connect(threads=1, memory_limit=memory_limit)
    opened, found = _found(exports)
    for export, file in opened:
        found += reader.absent(file, export.columns.values())
        found += _value_problems(
            connection, export, file, partial(convert.convert, currency=currency, round_fine=round_fine)
        )
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
    labels = {(export.table.name, file.path.resolve(), file.part): file.label for export, file in reversed(opened)}
    places = Counter((export.table.name, file.path.resolve(), file.part) for export, file in opened)
    mend = "name it once, and see which patterns match it"
    return [
        f"{labels[place]}: {place[0]} reaches it {count} times, and its rows would count as often; {mend}"
        for place, count in places.items()
        if count > 1
    ]


def _is_pasted(export: Export, file: RawFile, memory_limit: str | None) -> bool:
    """Whether the header stands again among rows of nothing but text, which no conversion would refuse."""
    if any(column.type not in ("id", "text") for column in _mapped(export, file)):
        return False
    try:
        with reader.opened(engine.connect(memory_limit=memory_limit), file, export.columns) as raw:
            return bool(raw.filter(_is_header(raw, export.columns)).count().to_pyarrow().as_py())
    except (duckdb.Error, reader.UnreadableError):
        return False  # ingesting meets the same and says it


def _mapped(export: Export, file: RawFile) -> list[Column]:
    """The columns of ours that are mapped to exactly one of the file's."""
    return [
        column
        for column in export.table.columns
        if column.name in export.columns and file.columns.count(export.columns[column.name]) == 1
    ]


def _value_problems(connection: Any, export: Export, file: RawFile, to: Convert) -> list[str]:
    columns = _mapped(export, file)
    mapped = {column.name: export.columns[column.name] for column in columns}
    if not columns:
        return []
    try:
        with reader.opened(connection, file, mapped) as raw:
            numbered = raw.mutate(position=ibis.row_number())
            repeated, second = _repeated_header(numbered, mapped, file), _second_header(numbered, columns, file)
            values = numbered.filter(~_is_header(numbered, mapped)) if repeated else numbered
            values = values.filter(values.position > 0) if second else values
            return [*repeated, *second] + [
                problem
                for column in columns
                for problem in _column_problems(values, column, file, mapped[column.name], to)
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


def _second_header(numbered: Any, columns: Sequence[Column], file: RawFile) -> list[str]:
    """One sentence if the first row holds words only, also where the next has dates and numbers: units, more names."""
    typed = [column.name for column in columns if column.type in ("date", "money", "number")]
    texts = numbered.select(**{column.name: numbered[column.name].cast("string") for column in columns})
    top = texts.limit(2).to_pyarrow().to_pylist()
    if len(top) < 2 or not typed:  # noqa: PLR2004
        return []
    cells = [cell.strip() for cell in top[0].values() if cell and cell.strip()]
    words = all((top[0][name] or "").strip() for name in typed) and not any(map(_has_digit, cells))
    if not words or not all(_has_digit(top[1][name] or "") for name in typed):
        return []
    (number,) = reader.row_numbers(file, [0])
    mend = f"delete it, or, if the names to map stand there, write format: {{skip_lines: {number - 1}}}"
    return [f"{file.label}: row {number} ({listed(cells)}) looks like a second line of the header; {mend}"]


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


def _column_problems(raw: Any, column: Column, file: RawFile, theirs: str, to: Convert) -> list[str]:
    where = f"{file.label}: column {theirs!r}"
    refused = convert.refused_type(raw[column.name].type(), column.type)
    if refused is not None:
        return [f"{where} {refused}"]
    values = raw.select(
        position=raw.position,
        value=raw[column.name].cast("string"),
        fault=to(raw[column.name], column.type, file.form).fault,
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
