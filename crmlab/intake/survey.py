"""Places of raw tables -> their form as files, and a sample of their rows."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import duckdb
import ibis

from crmlab.errors import DataError
from crmlab.intake.encoding import EncodingGuess, guess_encoding
from crmlab.intake.layout import guess_layout, header_row
from crmlab.intake.profile import Profile, profiles
from crmlab.tables import engine, reader
from crmlab.tables.export import ENCODINGS, Export, Form
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import TRANSACTIONS
from crmlab.tables.sources import container, text
from crmlab.tables.sources.raw_file import Place
from crmlab.tables.wording import first_line, shown

_DOING = logging.getLogger(__name__)

SAMPLE_ROWS = 20_000
_LEAST_ROWS = 1_000
_CHUNK = 1 << 20
_HEAD = 1 << 17


@dataclass(frozen=True)
class Looked:
    """One raw table: its absolute name, how it is written, its rows and a sample of them by column.

    `is_asked_for` is false for a sheet or table of a file that was named as a whole: it may hold something else.
    """

    name: str
    file: RawFile
    rows: int
    profiles: tuple[Profile, ...]
    rival_encodings: tuple[str, ...] = ()
    is_asked_for: bool = True

    @property
    def label(self) -> str:
        """The table as messages name it."""
        return self.file.label


def look(place: Place, *, today: date, sample: int = SAMPLE_ROWS) -> Looked:
    """The table at the place, with about `sample` of its rows, spread over the whole.

    Raises
    ------
    DataError
        If it cannot be read under any form a client file may state; the message names the file.
    """
    _DOING.info("taking a sample of %s", place.label)
    form, guess = _form_of(place)
    name = name_of(place)
    files, problems = reader.find(Export(TRANSACTIONS, place.path.parent, (name,), {}, form))
    if problems or not files:
        raise DataError("; ".join(problems) or f"{place.label}: holds no table")
    file = files[0]
    if not any(column.strip() for column in file.columns):
        raise DataError(f"{file.label}: has no names of columns; put a header line on top")
    rows, texts = _sampled(file, sample)
    return Looked(name, file, rows, profiles(file.columns, texts, today=today), guess.rivals)


def name_of(place: Place, folder: Path | None = None) -> str:
    """How a client file names the place: relative to the folder, or absolute without one and on another drive."""
    try:
        path = Path(os.path.relpath(place.path, folder) if folder else place.path).as_posix()
    except ValueError:
        path = place.path.as_posix()
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{shown(path)}: has a name that is no text; rename it") from error
    if place.kind in ("sqlite", "duckdb"):
        return f"{place.kind}:///{quote(path)}?table={quote(place.part, safe='')}"
    return f"{path}!{place.part}" if place.kind == "text" and place.part else path


def parts(place: Place) -> list[Place]:
    """The tables at a place that names none of its own: the sheets of a workbook, the tables of a database.

    Raises
    ------
    DataError
        If the file cannot be read, or holds no table.
    """
    if place.part or place.kind not in ("workbook", "sqlite", "duckdb"):
        return [place]
    found = container.parts(place)
    if not found:
        raise DataError(f"{place.label}: holds no table with rows; export it again")
    if place.kind == "workbook" and len(found) == 1:
        return [place]  # the only sheet with rows need not be named
    return [replace(place, part=part) for part in found]


def _form_of(place: Place) -> tuple[Form, EncodingGuess]:
    if place.kind == "workbook":
        sheets = (place.part,) if place.part else ()
        return Form(sheets=sheets, skip_lines=_header_of_sheet(place) - 1), EncodingGuess("utf-8")
    if place.kind != "text":
        return Form(), EncodingGuess("utf-8")
    try:
        guess = guess_encoding(_chunks(place))
        layout = guess_layout(_head(place, ENCODINGS[guess.encoding]))
    except DataError as error:
        raise DataError(f"{place.label}: {error}") from error
    except text.FAILURES as error:
        raise DataError(f"{place.label}: cannot be read: {first_line(error)}; copy or export it again") from error
    form = Form(guess.encoding, layout.separator, layout.quote, layout.skip_lines)  # type: ignore[arg-type]
    return form, guess


def _header_of_sheet(place: Place) -> int:
    """The number of the row with the names of the columns, from the sheet's first rows."""
    part = place.part or container.parts(place)[0]
    top = container.first_rows(RawFile(place.path, place.kind, (), Form(), part))
    try:
        return header_row(list(enumerate(top, 1)))
    except DataError as error:
        raise DataError(f"{place.label}: {error}") from error


def _chunks(place: Place) -> Iterator[bytes]:
    with text.unpacked(place.path, place.part) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _head(place: Place, codec: str) -> str:
    """The first lines, whole, with line feeds."""
    with text.unpacked(place.path, place.part) as file:
        beginning = file.read(_HEAD)
        whole = not file.read(1)
    head: str = beginning.decode(codec, errors="ignore").replace("\r\n", "\n").replace("\r", "\n")
    return head if whole or "\n" not in head else head[: head.rindex("\n") + 1]


def _sampled(file: RawFile, sample: int) -> tuple[int, dict[int, list[str | None]]]:
    connection = engine.connect(threads=1)  # one thread keeps the order of the rows
    try:
        with reader.scan(connection, file) as raw:
            rows = int(raw.count().to_pyarrow().as_py())
            step = max(1, -(-rows // sample))
            numbered = raw.mutate(position_of_row=ibis.row_number())
            position = numbered.position_of_row
            chosen = numbered.filter((position < _LEAST_ROWS) | (position % step == 0))
            table = chosen.order_by("position_of_row").drop("position_of_row").to_pyarrow()
    except duckdb.Error as error:
        raise DataError(reader.damage(file) or f"{file.label}: cannot be read: {first_line(error)}") from error
    return rows, {position: table.column(position).to_pylist() for position in range(len(file.columns))}
