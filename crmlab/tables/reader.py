"""Files -> raw relations: CSV (UTF-8, comma, one header line) and Parquet, read as they stand.

Every value of a CSV is read as text; what it means is decided in `convert.py`. What can be wrong with a file as a
file is found here. The engine is handed only paths of existing files in which nothing is a pattern or an address.
"""

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crmlab.errors import nearest
from crmlab.tables.export import Export, Form
from crmlab.tables.wording import first_line, plural

FORMATS = (".csv", ".parquet")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
EXAMPLES = 3


@dataclass(frozen=True)
class RawFile:
    """A file that can be opened: where it is, the names of its columns in their order, and how it is written.

    `part` is the sheet, the member of an archive or the table of a database; empty where the file is one table.
    """

    path: Path
    columns: tuple[str, ...]
    form: Form = Form()
    part: str = ""

    @property
    def label(self) -> str:
        """The file as messages name it."""
        return f"{self.path.name}: {self.part}" if self.part else self.path.name

    @property
    def is_csv(self) -> bool:
        """Whether it is a CSV; otherwise it is Parquet."""
        return self.path.suffix.lower() == ".csv"


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_address(name: str) -> bool:
    """Whether the name of a file is a web or database address, which crmlab never follows."""
    return "://" in name


def find(export: Export) -> tuple[list[RawFile], list[str]]:
    """The files of an export that can be opened, and everything that keeps the others from it."""
    files, problems = [], []
    for name in export.names:
        file, broken = look((export.folder / name).absolute())
        problems += broken
        files += [file] if file is not None and not broken else []
    return files, problems


@contextmanager
def opened(connection: Any, file: RawFile, names: Mapping[str, str], *, fingerprint: bool = False) -> Iterator[Any]:
    """The file as an Ibis table with the columns `names` (ours -> the file's), in the order of the file's rows.

    It can be read inside the `with` only: copies that reading needed are deleted at its end. With `fingerprint` there
    is one more column of that name: text that two rows share only if they are equal in every column of the file.
    """
    yield relation(connection, file, names)


def look(path: Path) -> tuple[RawFile | None, list[str]]:
    """The file's columns, and everything that keeps it from being read; with problems the file may be None.

    Only the beginning of a CSV and the footer of a Parquet file are read.
    """
    problem = _no_file(path)
    if problem is None:
        try:
            columns, rows = _csv_head(path) if path.suffix.lower() == ".csv" else _parquet_head(path)
        except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
            problem = f"{path.name}: cannot be read: {first_line(error)}"
        else:
            file = RawFile(path, columns)
            return file, [*_repeated(file), *([] if rows else [_no_rows(file)])]
    return None, [problem]


def absent(file: RawFile, wanted: Iterable[str]) -> list[str]:
    """One problem for each wanted column the file does not have, with the near name and all the names it has."""
    names = ", ".join(map(repr, file.columns))
    missing = [name for name in wanted if name not in file.columns]
    problems = [
        f"{file.label}: there is no column {name!r}{nearest(name, file.columns)}; its columns are {names}"
        for name in missing
    ]
    separator = next((sign for sign in SEPARATORS if sign in "".join(file.columns)), None)
    if problems and len(file.columns) == 1 and separator is not None:
        wrong = f"its values seem to be separated by {SEPARATORS[separator]}; save it separated by commas"
        return [f"{file.label}: {wrong}"]
    return problems


def relation(connection: Any, file: RawFile, names: Mapping[str, str]) -> Any:
    """The file as an Ibis table with the columns `names` (ours -> the file's), in the order of the file's rows."""
    pattern = as_one_file(file.path)
    if file.is_csv:
        # Columns go by position, so that no name in a header can mean anything to the engine.
        columns = {f"c{position}": "string" for position in range(len(file.columns))}
        raw = connection.read_csv(
            pattern,
            columns=columns,
            header=True,
            delim=",",
            quote='"',
            escape='"',
            compression="none",
            hive_partitioning=False,
            strict_mode=True,
        )
    else:
        raw = connection.read_parquet(pattern, hive_partitioning=False)
    return raw.select(**{ours: raw[raw.columns[file.columns.index(theirs)]] for ours, theirs in names.items()})


def as_one_file(path: Path) -> str:
    """The path as a pattern that matches this file only, for an engine that takes every path for a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path.absolute().as_posix())


def damage(file: RawFile) -> str | None:
    """What makes a CSV unreadable somewhere after its header, with line numbers, or None if it is sound.

    This reads the file a second time and is slow: it is called only after the engine has given up on it.
    """
    if not file.is_csv:
        return None
    name, ragged, line = file.label, [], 0
    try:
        for line, row in _numbered(file.path):
            # One empty value more, from a comma at the end of the line, does no harm, and the engine takes it too.
            one_more = len(row) == len(file.columns) + 1 and not row[-1]
            if row and len(row) != len(file.columns) and not one_more:
                ragged.append((line, len(row)))
    except UnicodeDecodeError:
        return f"{name}: line {_undecodable_line(file.path)} is not UTF-8; save the file as CSV UTF-8"
    except csv.Error as error:
        mend = "write quotes inside quotes twice, and close every quote"
        return f"{name}: the row after line {line} cannot be read as CSV: {error}; {mend}"
    if ragged:
        examples = ", ".join(f"line {number} has {width}" for number, width in ragged[:EXAMPLES])
        return (
            f"{name}: {plural(len(ragged), 'row')} without the {len(file.columns)} values the header announces "
            f"({examples}); quote values that contain commas, and repair broken rows"
        )
    if _mixed_line_ends(file.path):
        return f"{name}: some lines end in CR LF and some in LF; save it with one kind of line end"
    return None


def row_numbers(file: RawFile, positions: Sequence[int]) -> list[int]:
    """The numbers a person sees beside the rows at these positions (0 is the first row of data, ascending).

    In a CSV the header is row 1 and blank lines count, as in a spreadsheet; in Parquet the first row is row 1.
    """
    if not file.is_csv:
        return [position + 1 for position in positions]
    skips_blank_lines = len(file.columns) > 1
    rows = (number for number, row in enumerate(_records(file.path), 1) if row or not skips_blank_lines)
    data = islice(rows, 1, None)
    steps = [last - first for first, last in pairwise([-1, *positions])]
    return [next(islice(data, step - 1, None)) for step in steps]


def _no_file(path: Path) -> str | None:
    try:
        exists, is_file = path.exists(), path.is_file()
    except (OSError, ValueError) as error:
        return f"{str(path)[:80]!r}: is no file name: {first_line(error)}"
    if not exists:
        near = nearest(path.name, [other.name for other in path.parent.iterdir()]) if path.parent.is_dir() else ""
        return f"{path.name}: there is no such file in {path.parent}{near}; files lie relative to the client file"
    if not is_file:
        return f"{path.name}: is a folder or device, not a file; name the files themselves"
    if path.suffix.lower() not in FORMATS:
        return f"{path.name}: is neither {' nor '.join(FORMATS)}; save it as CSV UTF-8 or Parquet"
    if os.sep == "/" and "\\" in str(path.absolute()):
        return f"{path.name}: has a backslash in its path, which engines read in different ways; rename it"
    return None


def _csv_head(path: Path) -> tuple[tuple[str, ...], bool]:
    records = _records(path)
    header = next(records, None)
    rows = _has_rows(records)
    if any(not _is_unicode(cell) for cell in header or []):
        raise ValueError("its header is not UTF-8; save the file as CSV UTF-8")
    if header is None or not (rows or any(cell.strip() for cell in header)):
        raise ValueError("the file is empty; export it again with a header line and rows")
    if not any(cell.strip() for cell in header):
        raise ValueError("its first line is blank; the names of the columns belong there")
    return tuple(cell.strip() for cell in header), rows


def _has_rows(records: Iterator[list[str]]) -> bool:
    try:
        return any(any(cell.strip() for cell in row) for row in records)
    except csv.Error:
        return True  # broken rows are rows; `damage` says on which line


def _parquet_head(path: Path) -> tuple[tuple[str, ...], bool]:
    if path.stat().st_size == 0:
        raise ValueError("the file is empty; export it again")
    with pq.ParquetFile(path) as file:
        return tuple(file.schema_arrow.names), file.metadata.num_rows > 0


def _repeated(file: RawFile) -> list[str]:
    return [
        f"{file.label}: the column {name!r} is there {count} times; give each column its own name"
        for name, count in Counter(file.columns).items()
        if count > 1 and name
    ]


def _no_rows(file: RawFile) -> str:
    return f"{file.label}: has a header but no rows; export it again, or leave it out of the files"


def _records(path: Path) -> Iterator[list[str]]:
    # Bytes that are not UTF-8 pass here: the engine finds those that matter, and `damage` says where they are.
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as file:
        yield from csv.reader(file, strict=True)


def _is_unicode(text: str) -> bool:
    return not any("\udc80" <= sign <= "\udcff" for sign in text)


def _numbered(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row with the line it begins on."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader, line = csv.reader(file, strict=True), 0
        for row in reader:
            yield line + 1, row
            line = reader.line_num


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return number


def _mixed_line_ends(path: Path) -> bool:
    with path.open("rb") as file:
        return len({line.endswith(b"\r\n") for line in file if line.endswith(b"\n")}) > 1
