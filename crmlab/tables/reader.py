"""Files -> raw relations: the door to all kinds of sources, which are read as they stand.

Every value of a text file, a workbook or an SQLite table is text; Parquet and DuckDB tables keep their types. What
the values mean is decided in `convert`. What can be wrong with a file as a file is found here. The engine is
handed only paths of existing files in which nothing is a pattern or an address.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis

from crmlab.errors import nearest
from crmlab.tables import cache
from crmlab.tables.export import Export, Form
from crmlab.tables.sources import address, container, csv_file, parquet_file, scratch
from crmlab.tables.sources.address import is_address, is_database
from crmlab.tables.sources.csv_file import EXAMPLES, SEPARATORS
from crmlab.tables.sources.pattern import as_one_file
from crmlab.tables.sources.raw_file import Place, RawFile, UnreadableError
from crmlab.tables.wording import listed

__all__ = [
    "EXAMPLES",
    "FINGERPRINT",
    "RawFile",
    "UnreadableError",
    "absent",
    "as_one_file",
    "damage",
    "find",
    "is_address",
    "is_database",
    "look",
    "opened",
    "row_numbers",
    "scan",
    "sha256_of",
    "written_down",
]

FINGERPRINT = "fingerprint"
_HEADER_ROWS = 20


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(export: Export) -> tuple[list[RawFile], list[str]]:
    """The raw tables of an export that can be opened, and everything that keeps the others from it.

    They come in the order of the export's names; behind one name, in the order of the files' names (patterns, archives)
    or of the sheets. Only the beginning of text files and the footers of Parquet files are read.
    """
    places = address.places(export.names, export.folder)
    files, problems = [], list(places.problems)
    for place in places.found:
        some, broken = _heads(place, export.form)
        files += some
        problems += broken
    return files, problems


def look(path: Path, form: Form | None = None) -> tuple[RawFile | None, list[str]]:
    """The one table in the file, and everything that keeps it from being read; with problems it may be None."""
    places = address.one_file(path)
    if places.problems:
        return None, places.problems
    files, problems = _heads(places.found[0], form or Form())
    return (files[0] if files else None), problems


def absent(file: RawFile, wanted: Iterable[str]) -> list[str]:
    """One problem for each wanted column that the file does not have, or has more than once.

    Where all of them lie in another line, or the header is one long name, the one cause is told instead.
    """
    names = list(dict.fromkeys(wanted))
    repeated = [
        f"{file.label}: the column {name!r} is there {file.columns.count(name)} times; give each its own name"
        for name in names
        if file.columns.count(name) > 1
    ]
    missing = [name for name in names if name not in file.columns]
    if not missing:
        return repeated
    cause = _wrong_separator(file) or _other_header(file, names) or _no_header(file)
    return [*repeated, *([f"{file.label}: {cause}"] if cause else [_absent_sentence(file, name) for name in missing])]


@contextmanager
def opened(connection: Any, file: RawFile, names: Mapping[str, str], *, fingerprint: bool = False) -> Iterator[Any]:
    """The file as an Ibis table with the columns `names` (ours -> the file's), in the order of the file's rows.

    It can be read inside the `with` only: copies that reading needed are deleted at its end. With `fingerprint` there
    is one more column of that name: text that two rows share only if they are equal in every column of the file,
    whatever the order of the columns.

    Raises
    ------
    UnreadableError
        If the file cannot be read as its form says; what the engine finds later, it raises itself.
    """
    with _by_position(connection, file) as raw:
        picked = {ours: raw[raw.columns[file.columns.index(theirs)]] for ours, theirs in names.items()}
        if fingerprint:
            picked[FINGERPRINT] = _fingerprint(raw, file)
        yield raw.select(**picked)


@contextmanager
def scan(connection: Any, file: RawFile) -> Iterator[Any]:
    """The whole file as an Ibis table of text, its columns named by position: c0, c1, ...; read inside the `with`."""
    with _by_position(connection, file) as raw:
        yield raw.select(
            **{f"c{position}": raw[raw.columns[position]].cast("string") for position in range(len(file.columns))}
        )


@contextmanager
def written_down(connection: Any, rows: Any) -> Iterator[Any]:
    """The rows of an Ibis table written to disk, to be read as often as needed inside the `with`."""
    with scratch.folder() as folder:
        target = folder / "rows.parquet"
        cache.write_parquet(connection, connection.compile(rows), target)
        yield parquet_file.relation(connection, target)


def damage(file: RawFile) -> str | None:
    """What makes a text file unreadable somewhere after its header, with line numbers, or None if it is sound.

    This reads the file a second time and is slow: it is called only after the engine has given up on it.
    """
    return csv_file.damage(file) if file.kind == "text" else None


def row_numbers(file: RawFile, positions: Sequence[int]) -> list[int]:
    """The numbers a person sees beside the rows at these positions (0 is the first row of data, ascending).

    In a text file and a workbook the header, blank and skipped lines count, as in a spreadsheet; in Parquet and in
    databases the first row is row 1.
    """
    if file.kind == "text":
        return csv_file.row_numbers(file, positions)
    if file.kind == "parquet":
        return [position + 1 for position in positions]
    with scratch.folder() as folder:
        return container.row_numbers(file, positions, folder)


def relation(connection: Any, file: RawFile, folder: Path) -> Any:
    """The file as a table with its columns by position; copies that reading needs are written into the folder."""
    if file.kind == "text":
        return csv_file.relation(connection, file, folder)
    if file.kind == "parquet":
        return parquet_file.relation(connection, file.path)
    target = folder / "copy.parquet"
    container.copy(file, target)
    raw = parquet_file.relation(connection, target)
    return raw.select(raw.columns[: len(file.columns)])


def _heads(place: Place, form: Form) -> tuple[list[RawFile], list[str]]:
    if place.kind not in ("text", "parquet"):
        return container.heads(place, form)
    try:
        columns, rows = csv_file.head(place, form) if place.kind == "text" else parquet_file.head(place)
    except UnreadableError as error:
        return [], [str(error)]
    file = RawFile(place.path, place.kind, columns, form, place.part)
    if not rows:
        return [], [f"{file.label}: has a header but no rows; export it again, or leave it out of the files"]
    return [file], []


@contextmanager
def _by_position(connection: Any, file: RawFile) -> Iterator[Any]:
    with scratch.folder() as folder:
        yield relation(connection, file, folder)


def _fingerprint(raw: Any, file: RawFile) -> Any:
    """The digest of all values, each with its length before it, in the order of the columns' names."""
    order = sorted(range(len(file.columns)), key=lambda position: (file.columns[position], position))
    names = "".join(f"{len(name)}:{name}" for name in sorted(file.columns))
    told = ibis.literal(hashlib.md5(names.encode(), usedforsecurity=False).hexdigest()[:8])
    for position in order:
        value = raw[raw.columns[position]].cast("string")
        told += ibis.coalesce(value.length().cast("string") + ":" + value, "-")
    return told.hexdigest("md5")


def _absent_sentence(file: RawFile, name: str) -> str:
    near = nearest(name, file.columns)
    return f"{file.label}: there is no column {name!r}{near}; its columns are {listed(file.columns, near=name)}"


def _wrong_separator(file: RawFile) -> str | None:
    if file.kind != "text" or len(file.columns) > 1:
        return None
    (header,) = file.columns
    sign = max(SEPARATORS, key=header.count)
    if not header.count(sign):
        return None
    told = "tab" if sign == "\t" else f"'{sign}'"
    return (
        f"its values seem to be separated by {SEPARATORS[sign]}, and the client file says "
        f"{SEPARATORS[file.form.separator]}; write format: {{separator: {told}}}"
    )


def _other_header(file: RawFile, wanted: Sequence[str]) -> str | None:
    rows = csv_file.first_lines(file, _HEADER_ROWS) if file.kind == "text" else container.first_rows(file)
    for above, row in enumerate(rows):
        if set(wanted) <= {cell.strip() for cell in row}:
            return f"the names of the columns are in row {above + 1}; write format: {{skip_lines: {above}}}"
    return None


def _no_header(file: RawFile) -> str | None:
    """Said where the first line holds values rather than names: more than half of it are numbers, dates, or blank."""
    cells = [cell for cell in file.columns if cell]
    # Names such as k10 may have digits behind a letter; numbers and dates begin with one.
    values = [
        cell for cell in cells if cell.lstrip("+-−(")[:1].isdigit() and sum(map(str.isdigit, cell)) * 2 > len(cell)
    ]
    if not cells or len(values) * 2 < len(cells):
        return None
    return (
        f"has no header, it seems: its first line is {listed(file.columns)}; "
        "write a line above it with the name of each column"
    )
