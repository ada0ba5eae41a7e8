"""Text files of values with separators, as tables: their header, their rows, and what is wrong with them."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from crmlab.tables.export import Form
from crmlab.tables.sources import text
from crmlab.tables.sources.pattern import as_one_file
from crmlab.tables.sources.raw_file import Place, RawFile, UnreadableError
from crmlab.tables.wording import plural

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
EXAMPLES = 3
_FAILURES = (*text.FAILURES, csv.Error)


def head(place: Place, form: Form) -> tuple[tuple[str, ...], bool]:
    """The names in the header, and whether there is a row below it. Only the beginning of the file is read.

    Raises
    ------
    UnreadableError
        If there is no header that can be read.
    """
    file = RawFile(place.path, "text", (), form, place.part)
    try:
        records = _records(file, errors=_LENIENT.get(form.encoding, "strict"))
        header = next(records, None)
        rows = _has_rows(records)
    except UnicodeError as error:
        raise UnreadableError(text.undecodable(file) or text.damaged(file, error)) from error
    except _FAILURES as error:
        raise UnreadableError(text.damaged(file, error)) from error
    return _sound_header(file, header, rows=rows), rows


def relation(connection: Any, file: RawFile, scratch: Path) -> Any:
    """The file as a table of text with its columns by position, so that no name in a header can mean anything."""
    path = file.path
    if text.needs_copy(file):
        path = scratch / "plain.csv"
        text.copy_plain(file, path)
    return connection.read_csv(
        as_one_file(path),
        columns={f"c{position}": "string" for position in range(len(file.columns))},
        header=True,
        delim=file.form.separator,
        quote=file.form.quote,
        escape=file.form.quote,
        compression="none",
        hive_partitioning=False,
        strict_mode=True,
    )


def row_numbers(file: RawFile, positions: Sequence[int]) -> list[int]:
    """The numbers of the rows at these positions as a spreadsheet shows them; skipped and blank lines count."""
    data = (number for number, _ in _data(file))
    steps = [last - first for first, last in pairwise([-1, *positions])]
    return [next(islice(data, step - 1, None)) for step in steps]


def damage(file: RawFile) -> str | None:
    """What makes the file unreadable somewhere after its header, with line numbers, or None if it is sound.

    This reads the file a second time and is slow: it is called only after the engine has given up on it.
    """
    ragged, line = [], 0
    try:
        for line, row in _numbered(file):
            # One empty value more, from a separator at the end of the line, does no harm; the engine takes it too.
            one_more = len(row) == len(file.columns) + 1 and not row[-1]
            if row and len(row) != len(file.columns) and not one_more:
                ragged.append((line, len(row)))
    except UnicodeError as error:
        return text.undecodable(file) or text.damaged(file, error)
    except csv.Error as error:
        mend = "write quotes inside quotes twice, and close every quote"
        return f"{file.label}: the row after line {line} cannot be read as CSV: {error}; {mend}"
    except text.FAILURES as error:
        return text.damaged(file, error)
    return _ragged_sentence(file, ragged) if ragged else None


def first_lines(file: RawFile, count: int) -> list[list[str]]:
    """The first rows of the file from its very top, skipped ones too, as lists of values; fewer if it is damaged."""
    whole = RawFile(file.path, "text", (), _unskipped(file.form), file.part)
    rows: list[list[str]] = []
    with suppress(*_FAILURES):  # what is wrong there is told elsewhere
        rows.extend(islice(_records(whole, errors="replace"), count))
    return rows


# Bytes that are not UTF-8 pass when the head is read: the engine finds those that matter, `damage` says where they are.
_LENIENT = {"utf-8": "surrogateescape"}


def _records(file: RawFile, *, errors: str = "strict") -> Iterator[list[str]]:
    yield from _parser(file, text.lines(file, errors=errors))


def _parser(file: RawFile, lines: Iterable[str]) -> Any:
    form = file.form
    if not form.quote:
        return csv.reader(lines, delimiter=form.separator, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=form.separator, quotechar=form.quote, strict=True)


def _data(file: RawFile) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header with their numbers, without the blank lines that the engine skips."""
    skips_blank_lines = len(file.columns) > 1
    records = enumerate(_records(file, errors=_LENIENT.get(file.form.encoding, "strict")), file.form.skip_lines + 1)
    return islice(((number, row) for number, row in records if row or not skips_blank_lines), 1, None)


def _numbered(file: RawFile) -> Iterator[tuple[int, list[str]]]:
    """Every row with the line it begins on."""
    reader, line = _parser(file, text.lines(file)), file.form.skip_lines
    for row in reader:
        yield line + 1, row
        line = file.form.skip_lines + reader.line_num


def _has_rows(records: Iterator[list[str]]) -> bool:
    try:
        return any(any(cell.strip() for cell in row) for row in records)
    except csv.Error:
        return True  # broken rows are rows; `damage` says on which line


def _sound_header(file: RawFile, header: list[str] | None, *, rows: bool) -> tuple[str, ...]:
    cells = [cell.strip() for cell in header or []]
    if any("\udc80" <= sign <= "\udcff" for cell in cells for sign in cell):
        raise UnreadableError(text.undecodable(file) or f"{file.label}: its header is not UTF-8; save it as CSV UTF-8")
    skipped = f" below the {plural(file.form.skip_lines, 'line')} that skip_lines leaves out"
    if header is None or not (rows or any(cells)):
        where = skipped if file.form.skip_lines else ""
        raise UnreadableError(f"{file.label}: the file is empty{where}; export it again with a header line and rows")
    if not any(cells):
        mend = "the names of the columns belong there; leave lines above them out with format: {skip_lines: ...}"
        raise UnreadableError(f"{file.label}: its first line is blank; {mend}")
    return tuple(cells)


def _ragged_sentence(file: RawFile, ragged: Sequence[tuple[int, int]]) -> str:
    examples = ", ".join(f"line {number} has {width}" for number, width in ragged[:EXAMPLES])
    return (
        f"{file.label}: {plural(len(ragged), 'row')} without the {len(file.columns)} values the header announces "
        f"({examples}); quote values that contain {SEPARATORS[file.form.separator]}, and repair broken rows"
    )


def _unskipped(form: Form) -> Form:
    return Form(encoding=form.encoding, separator=form.separator, quote=form.quote)
