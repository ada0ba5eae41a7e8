"""Raw files -> the clean table: typed columns, every row kept, and beside each row the rule that leaves it out.

The engine streams each file once into Parquet in the cache and never holds it whole. The cache is keyed by what goes
in (bytes of the files, mapping, rules, last day of observation) and by the code that turns one into the other.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from crmlab.errors import DataError, together
from crmlab.tables import across, cache, check, engine, reader, rules
from crmlab.tables.cache import cache_folder, digest_of, write_parquet
from crmlab.tables.export import Export
from crmlab.tables.reader import RawFile
from crmlab.tables.request import Request
from crmlab.tables.schema import EXCLUDED_BY, TRANSACTIONS
from crmlab.tables.wording import plural

__all__ = [
    "CleanTable",
    "Request",
    "Source",
    "cache_folder",
    "cache_key",
    "digest_of",
    "ingest",
    "ingest_all",
    "read_parts",
    "write_parquet",
]

_DOING = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """One raw file as it was read: the table it is part of, its name, SHA-256, size in bytes and number of rows.

    A sheet, a member of an archive or a table of a database is a source of its own, with the hash and size of the
    whole file it lies in.
    """

    table: str
    file: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class CleanTable:
    """A clean table in the cache: one Parquet file for each source, and where each came from."""

    parts: tuple[Path, ...]
    sources: tuple[Source, ...]


def ingest_all(
    requests: Sequence[Request], *, threads: int | None = None, memory_limit: str | None = None
) -> dict[str, CleanTable]:
    """The clean tables by name, from the cache where they are there; parameters and errors are those of `ingest`."""
    return {request.table.name: ingest(request, threads=threads, memory_limit=memory_limit) for request in requests}


def ingest(request: Request, *, threads: int | None = None, memory_limit: str | None = None) -> CleanTable:
    """The clean table the request asks for, from the cache if it is there.

    It has the columns of `Request.columns` (ids as text, dates, money as decimal(18, 4)), last of them `excluded_by`:
    the name of the first rule that hit the row, or null. `threads` and `memory_limit` are those of `engine.connect`.

    Raises
    ------
    DataError
        If a file cannot be read as it stands (all problems together), if the rules leave no row, only returns or only
        one customer, or if the clean table cannot be written. Nothing half-written stays behind.
    """
    wrong_units = rules.unit_problems(request)
    if wrong_units:
        raise check.refusal(wrong_units + _problems(request, memory_limit))
    opened = check.sound(request.exports, memory_limit=memory_limit)
    by_path = {path: _hashed(path) for path in dict.fromkeys(file.path for _, file in opened)}
    digests = [by_path[file.path] for _, file in opened]
    folder = cache_folder() / "tables" / cache_key(request, opened, digests)
    if _rows(folder, len(opened)) is None:
        shutil.rmtree(folder, ignore_errors=True)
        connection = engine.connect(threads=threads, memory_limit=memory_limit)
        try:
            _build(request, opened, folder, connection)
        finally:
            connection.disconnect()  # what it still holds would be held beside what the next engine may take
    rows = _rows(folder, len(opened)) or []
    sources = (
        Source(request.table.name, file.label, digest, file.path.stat().st_size, count)
        for (_, file), digest, count in zip(opened, digests, rows, strict=True)
    )
    return CleanTable(_parts(folder, len(opened)), tuple(sources))


def _hashed(path: Path) -> str:
    _DOING.info("hashing %s", path.name)
    return reader.sha256_of(path)


def read_parts(connection: Any, parts: Sequence[Path]) -> Any:
    """The clean table over its Parquet files, as one Ibis table of the connection."""
    return connection.read_parquet([reader.as_one_file(part) for part in parts], hive_partitioning=False)


def cache_key(request: Request, opened: Sequence[tuple[Export, RawFile]], digests: Sequence[str]) -> str:
    """The name of the clean table in the cache: a digest of what goes in and of the code that reads it."""
    return digest_of(
        {
            **request.facts(),
            "sources": [
                (file.path.suffix.lower(), file.part, digest) for (_, file), digest in zip(opened, digests, strict=True)
            ],
            "code": cache.code_digest(),
            "engine": duckdb.__version__,
        }
    )


def _build(request: Request, opened: Sequence[tuple[Export, RawFile]], folder: Path, connection: Any) -> None:
    with cache.written_whole(folder) as partial:
        parts = _parts(partial, len(opened))
        queries: dict[Any, str] = {}
        for source, part in zip(opened, parts, strict=True):
            _write_part(connection, request, source, part, queries)
        _refuse_unfit(connection, request, parts)
        try:
            across.finish(connection, request, parts)
        except duckdb.Error as error:
            raise cache.unwritable(partial.parent, error) from error
        _refuse_what_supports_nothing(connection, request, parts)


def _write_part(
    connection: Any, request: Request, source: tuple[Export, RawFile], part: Path, queries: dict[Any, str]
) -> None:
    export, file = source
    _DOING.info("reading %s", file.label)
    before = file.path.stat()
    try:
        with reader.opened(connection, file, export.columns, fingerprint=request.seeks_duplicates(export)) as raw:
            rows = engine.as_view(connection, raw, "raw_rows")
            # Compiling takes longer than reading a small file, and the files of an export differ in nothing else.
            like = (request.exports.index(export), rows.schema())
            if like not in queries:
                if check.has_refused_type(rows, export):
                    raise check.refusal(_problems(request, engine.limit_text(connection)))
                queries[like] = connection.compile(rules.clean(rows, export, request))
            write_parquet(connection, queries[like], part)
    except (duckdb.Error, reader.UnreadableError) as error:
        found = _problems(request, engine.limit_text(connection))
        raise _readable(error, found, file, part) from error
    after = file.path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DataError(f"{file.label}: changed while it was being read; open the client again")


def _problems(request: Request, memory_limit: str | None) -> list[str]:
    rounds = request.rules.fine_amounts == "round"
    return check.problems(request.exports, currency=request.currency, round_fine=rounds, memory_limit=memory_limit)


def _readable(error: Exception, found: Sequence[str], file: RawFile, part: Path) -> DataError:
    """What the engine's error means: the files are broken (`found` are their problems), or nothing can be written."""
    about_writing = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
    if about_writing and not found:
        return cache.unwritable(part.parent.parent, error)
    return check.refusal(found or [check.unreadable(file, error)])


def _parts(folder: Path, count: int) -> tuple[Path, ...]:
    return tuple(folder / f"{number:05}.parquet" for number in range(count))


def _rows(folder: Path, count: int) -> list[int] | None:
    """The rows of each part, or None if the table is not in the cache or has been damaged there."""
    try:
        return [pq.read_metadata(part).num_rows for part in _parts(folder, count)]
    except (OSError, pa.ArrowException):
        return None


def _refuse_unfit(connection: Any, request: Request, parts: Sequence[Path]) -> None:
    counts = _counts(connection, request, parts)
    if any(mark in counts for mark in rules.UNFIT):
        found = _problems(request, engine.limit_text(connection)) if rules.FAULTY in counts else []
        raise check.refusal(found + rules.unfit_problems(read_parts(connection, parts), request))
    if None not in counts:
        raise DataError(_nothing_left(request, counts))


def _refuse_what_supports_nothing(connection: Any, request: Request, parts: Sequence[Path]) -> None:
    """Refuse transactions that are all returns or all of one customer: no question can be asked of them."""
    if request.table != TRANSACTIONS:
        return
    table = read_parts(connection, parts)
    kept = table.filter(table[EXCLUDED_BY].isnull())
    found = [_all_returns(kept), _one_customer(kept)]
    if any(found):
        raise DataError(together("The data support no analysis:", [problem for problem in found if problem]))


def _all_returns(kept: Any) -> str | None:
    if _first(kept.filter(~kept.is_return)) is not None:
        return None
    rows = kept.count().to_pyarrow().as_py()
    return (
        f"all {plural(rows, 'row')} kept are returns: their amount or quantity is below zero, or is_return says so; "
        "check the column mapped to amount, its sign, and what is_return is mapped to"
    )


def _one_customer(kept: Any) -> str | None:
    only = _first(kept)
    if only is None or _first(kept.filter(kept.customer_id != only)) is not None:
        return None
    rows = kept.count().to_pyarrow().as_py()
    return (
        f"all {plural(rows, 'row')} kept are of one customer; check that the column mapped to customer_id "
        "says who bought, and that the export is not of a single customer"
    )


def _first(rows: Any) -> str | None:
    """The first row's customer: the engine stops at it, however long the table."""
    found = rows.select("customer_id").limit(1).to_pyarrow()["customer_id"].to_pylist()
    return found[0] if found else None


def _counts(connection: Any, request: Request, parts: Sequence[Path]) -> dict[str | None, tuple[int, date | None]]:
    """For each value of `excluded_by`, how many rows have it and the first day among them, where rows have a day."""
    table, event_day = read_parts(connection, parts), request.table.event_day
    first = {"first": table[event_day].min()} if event_day in table.columns else {}
    rows = table.group_by(EXCLUDED_BY).agg(n=table.count(), **first).to_pyarrow().to_pylist()
    return {row[EXCLUDED_BY]: (row["n"], row.get("first")) for row in rows}


def _nothing_left(request: Request, counts: Mapping[str | None, tuple[int, date | None]]) -> str:
    table = request.table
    taken = [
        f"{rule.name} took {plural(counts[rule.name][0], 'row')}: {rule.told}"
        for rule in table.rules
        if rule.name in counts
    ]
    first = counts.get("after_observed_until", (0, None))[1]
    if first is not None:
        taken.append(
            f"observed_until is {request.observed_until}, but the {table.name} it leaves out begin on {first}; "
            "set observed_until to the last day the data covers"
        )
    return together(f"No row of {table.name} is left after the rules:", taken)
