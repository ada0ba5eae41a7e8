"""Raw files -> the clean table: typed columns, every row kept, and beside each row the rule that leaves it out.

The engine streams each file once into Parquet in the cache and never holds it whole. The cache is keyed by what goes
in (bytes of the files, mapping, rules, last day of observation) and by the code that turns one into the other.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

from crmlab.errors import DataError, together
from crmlab.tables import check, convert, engine, reader, schema
from crmlab.tables.export import Export
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import EXCLUDED_BY
from crmlab.tables.wording import first_line, plural

# Stands in `excluded_by` only while a table is being written: a table with one such row is never kept.
_FAULTY = "faulty value"


@dataclass(frozen=True)
class Request:
    """What is to become a clean table: its exports, the last day of observation, the client's rules and currency."""

    exports: tuple[Export, ...]
    observed_until: date
    rules: schema.Rules
    currency: str

    @property
    def table(self) -> schema.Table:
        """The declaration of the table."""
        return self.exports[0].table

    def facts(self) -> dict[str, Any]:
        """What decides, beside the bytes of the files, what the clean table holds."""
        return {
            "table": self.table.name,
            "exports": [(asdict(export.form), dict(export.columns)) for export in self.exports],
            "observed_until": self.observed_until.isoformat(),
            "rules": asdict(self.rules),
            "currency": self.currency,
        }


@dataclass(frozen=True)
class Source:
    """One raw file as it was read: the table it is part of, its name, SHA-256, size in bytes and number of rows."""

    table: str
    file: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class CleanTable:
    """A clean table in the cache: one Parquet file for each raw file, and where each came from."""

    parts: tuple[Path, ...]
    sources: tuple[Source, ...]


def ingest_all(
    requests: Sequence[Request], *, threads: int | None = None, memory_limit: str | None = None
) -> dict[str, CleanTable]:
    """The clean tables by name, from the cache where they are there; parameters and errors are those of `ingest`."""
    return {request.table.name: ingest(request, threads=threads, memory_limit=memory_limit) for request in requests}


def ingest(request: Request, *, threads: int | None = None, memory_limit: str | None = None) -> CleanTable:
    """The clean table the request asks for, from the cache if it is there.

    It has the schema's columns that are mapped (ids as text, dates, money as decimal(18, 4)) and `excluded_by`: the
    name of the first rule that hit the row, or null. `threads` and `memory_limit` are those of `engine.connect`.

    Raises
    ------
    DataError
        If a file cannot be read as it stands (all problems together), if the rules leave no row, or if the clean
        table cannot be written. Nothing half-written stays behind.
    """
    opened = check.sound(request.exports)
    digests = [reader.sha256_of(file.path) for _, file in opened]
    folder = cache_folder() / "tables" / cache_key(request, opened, digests)
    if _rows(folder, len(opened)) is None:
        shutil.rmtree(folder, ignore_errors=True)
        _build(request, opened, folder, engine.connect(threads=threads, memory_limit=memory_limit))
    rows = _rows(folder, len(opened)) or []
    sources = (
        Source(request.table.name, file.label, digest, file.path.stat().st_size, count)
        for (_, file), digest, count in zip(opened, digests, rows, strict=True)
    )
    return CleanTable(_parts(folder, len(opened)), tuple(sources))


def clean(raw: Any, export: Export, request: Request) -> Any:
    """The raw relation as the clean table's expression; a row with a faulty value has that in `excluded_by`."""
    columns = [column for column in export.table.columns if column.name in export.columns]
    converted = {column.name: convert.convert(raw[column.name], column.type, export.form) for column in columns}
    typed = raw.select(
        **{name: column.value for name, column in converted.items()},
        fault=ibis.coalesce(*(column.fault for column in converted.values())),
    )
    conditions = _rule_conditions(typed, request)
    hits = [(conditions[rule.name], ibis.literal(rule.name)) for rule in export.table.rules if rule.name in conditions]
    excluded_by = ibis.cases((typed.fault.notnull(), ibis.literal(_FAULTY)), *hits)
    return typed.mutate(**{EXCLUDED_BY: excluded_by}).drop("fault")


def read_parts(connection: Any, parts: Sequence[Path]) -> Any:
    """The clean table over its Parquet files, as one Ibis table of the connection."""
    return connection.read_parquet([reader.as_one_file(part) for part in parts], hive_partitioning=False)


def write_parquet(connection: Any, table: Any, path: Path) -> None:
    """Stream the Ibis table into a Parquet file: the only place where clean data is written."""
    target = str(path).replace("'", "''")
    try:
        connection.raw_sql(f"COPY ({connection.compile(table)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    except RuntimeError as error:
        if "interrupted" in str(error):  # what the engine makes of Ctrl-C
            raise KeyboardInterrupt from error
        raise


def cache_folder() -> Path:
    """Where clean tables are kept: `CRMLAB_CACHE` if it is set, otherwise the user's cache folder."""
    chosen = os.environ.get("CRMLAB_CACHE")
    return Path(chosen).absolute() if chosen else platformdirs.user_cache_path("crmlab")


def cache_key(request: Request, opened: Sequence[tuple[Export, RawFile]], digests: Sequence[str]) -> str:
    """The name of the clean table in the cache: a digest of what goes in and of the code that reads it."""
    return digest_of(
        {
            **request.facts(),
            "sources": [
                (file.path.suffix.lower(), file.part, digest) for (_, file), digest in zip(opened, digests, strict=True)
            ],
            "code": _code_digest(),
            "engine": duckdb.__version__,
        }
    )


def digest_of(facts: Mapping[str, Any]) -> str:
    """The SHA-256 of plain facts, whatever order they are named in."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _rule_conditions(typed: Any, request: Request) -> dict[str, Any]:
    return {
        "missing_customer_id": typed.customer_id.isnull(),
        "missing_date": typed.date.isnull(),
        "missing_amount": typed.amount.isnull(),
        "after_observed_until": typed.date > ibis.literal(request.observed_until),
        "zero_amount": (typed.amount == 0) & ibis.literal(request.rules.zero_amounts == "exclude"),
    }


def _build(request: Request, opened: Sequence[tuple[Export, RawFile]], folder: Path, connection: Any) -> None:
    with _written_whole(folder) as partial:
        parts = _parts(partial, len(opened))
        for (export, file), part in zip(opened, parts, strict=True):
            _write_part(connection, request, export, file, part)
        counts = _counts(connection, parts)
        if _FAULTY in counts:
            raise check.refusal(check.problems(request.exports))
        if None not in counts:
            raise DataError(_nothing_left(request, counts))


def _write_part(connection: Any, request: Request, export: Export, file: RawFile, part: Path) -> None:
    before = file.path.stat()
    try:
        with reader.opened(connection, file, export.columns) as raw:
            if check.has_refused_type(raw, export):
                raise check.refusal(check.problems(request.exports))
            write_parquet(connection, clean(raw, export, request), part)
    except (duckdb.Error, reader.UnreadableError) as error:
        raise _readable(error, request, file, part) from error
    after = file.path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DataError(f"{file.label}: changed while it was being read; open the client again")


def _readable(error: Exception, request: Request, file: RawFile, part: Path) -> DataError:
    """What the engine's error means: the files are broken (said with all their problems), or nothing can be written."""
    about_writing = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
    found = check.problems(request.exports)
    if about_writing and not found:
        return DataError(_unwritable(part.parent.parent, error))
    return check.refusal(found or [check.unreadable(file, error)])


@contextmanager
def _written_whole(folder: Path) -> Iterator[Path]:
    """A temporary sibling that becomes `folder` in one step at the end, or leaves no trace."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
        try:
            yield partial
            _rename(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DataError(_unwritable(folder.parent, error)) from error


def _rename(partial: Path, folder: Path) -> None:
    try:
        partial.rename(folder)
    except OSError:
        # Somebody else has finished the same table in the meantime; theirs is as good.
        if not folder.is_dir():
            raise


def _unwritable(folder: Path, error: Exception) -> str:
    return (
        f"the clean table could not be written to {folder}: {first_line(error)}; "
        "make room there, or set CRMLAB_CACHE to a folder that can be written to"
    )


def _parts(folder: Path, count: int) -> tuple[Path, ...]:
    return tuple(folder / f"{number:05}.parquet" for number in range(count))


def _rows(folder: Path, count: int) -> list[int] | None:
    """The rows of each part, or None if the table is not in the cache or has been damaged there."""
    try:
        return [pq.read_metadata(part).num_rows for part in _parts(folder, count)]
    except (OSError, pa.ArrowException):
        return None


def _counts(connection: Any, parts: Sequence[Path]) -> dict[str | None, tuple[int, date | None]]:
    """For each value of `excluded_by`, how many rows have it and the first date among them."""
    table = read_parts(connection, parts)
    rows = table.group_by(EXCLUDED_BY).agg(n=table.count(), first=table.date.min()).to_pyarrow().to_pylist()
    return {row[EXCLUDED_BY]: (row["n"], row["first"]) for row in rows}


def _nothing_left(request: Request, counts: Mapping[str | None, tuple[int, date | None]]) -> str:
    table = request.table
    taken = [
        f"{rule.name} took {plural(counts[rule.name][0], 'row')}: {rule.sentence}"
        for rule in table.rules
        if rule.name in counts
    ]
    first = counts.get("after_observed_until", (0, None))[1]
    if first is not None:
        taken.append(
            f"observed_until is {request.observed_until}, but the transactions it leaves out begin on {first}; "
            "set observed_until to the last day the data covers"
        )
    return together(f"No row of {table.name} is left after the rules:", taken)


@cache
def _code_digest() -> str:
    """The digest of the source of every module that has a say in what a clean table holds."""
    room = Path(__file__).parent
    return digest_of(
        {str(path.relative_to(room)): hashlib.sha256(path.read_bytes()).hexdigest() for path in room.rglob("*.py")}
    )
