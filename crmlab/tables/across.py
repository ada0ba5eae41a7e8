"""What can be said of a row only in the light of others: repeated rows, and the orders that returns belong to.

A second pass over the parts of a clean table, which are written anew one by one. It happens only where a rule asks
for it. The engine does the searching, out of core where the rows are many; what it finds is a list of marks, one for
each row that changes: `place` (the number of the part and the row in it) and what to write there.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis

from crmlab.tables import engine, netting
from crmlab.tables.cache import write_parquet
from crmlab.tables.portions import portions
from crmlab.tables.reader import FINGERPRINT, as_one_file
from crmlab.tables.request import Request
from crmlab.tables.schema import BOOKED_ON, CHANGED, EXCLUDED_BY, repeats_rule
from crmlab.tables.sources import scratch

# Raw rows that are equal mean the same only if they were read the same way.
_OF_A_DUPLICATE = (FINGERPRINT, "customer_id", "date", "amount")
_PLACES_IN_A_PART = 2**40
_DOING = logging.getLogger(__name__)


def finish(connection: Any, request: Request, parts: Sequence[Path]) -> None:
    """Apply the rules that look across rows to the parts, in place; nothing happens where no rule does.

    Of rows that repeat each other the first stays, in the order of the exports, their files and their rows.
    """
    if any(request.seeks_duplicates(export) for export in request.exports):
        _mark_repeats(connection, request, parts, "exact_duplicate", _OF_A_DUPLICATE, told_apart_by=(FINGERPRINT,))
    if request.table.key:
        key = request.table.key
        _mark_repeats(connection, request, parts, repeats_rule(request.table), key, told_apart_by=key)
    if request.nets:
        _DOING.info("matching returns with their orders")
        with scratch.folder() as folder:
            netting.write_marks(_placed(connection, parts), folder / "marks.parquet")
            _rewrite(connection, parts, [folder / "marks.parquet"], _moved)


def _mark_repeats(
    connection: Any,
    request: Request,
    parts: Sequence[Path],
    rule: str,
    key: Sequence[str],
    *,
    told_apart_by: Sequence[str],
) -> None:
    _DOING.info("looking for rows of %s that repeat others", request.table.name)
    with scratch.folder() as folder:
        marks = _write_repeats(connection, _placed(connection, parts), key, told_apart_by, folder)
        _rewrite(connection, parts, marks, _marked_as(rule))


def _placed(connection: Any, parts: Sequence[Path]) -> Any:
    """The rows kept so far, each with its place: a number that grows in the order of the parts and their rows."""
    rows = connection.read_parquet(
        [as_one_file(part) for part in parts], hive_partitioning=False, file_row_number=True, filename=True
    )
    part = rows.filename.re_extract(r"([0-9]+)\.parquet$", 1).cast("int64")
    placed = rows.mutate(place=rows.file_row_number + part * _PLACES_IN_A_PART).drop("file_row_number", "filename")
    return placed.filter(placed[EXCLUDED_BY].isnull())


def _write_repeats(
    connection: Any, rows: Any, key: Sequence[str], told_apart_by: Sequence[str], folder: Path
) -> list[Path]:
    """The marks of the rows to leave out, a file for each portion: a row and those like it are in the same one."""
    whole = rows.filter(*(rows[name].notnull() for name in told_apart_by)).select(*key, "place")
    marks = []
    for number, portion in enumerate(portions(whole, list(told_apart_by))):
        marks.append(folder / f"{number}.parquet")
        write_parquet(connection, connection.compile(_repeats(portion, key, told_apart_by)), marks[-1])
    return marks


def _repeats(rows: Any, key: Sequence[str], told_apart_by: Sequence[str]) -> Any:
    """The places of all rows but the first of each key; some of its columns alone tell nearly all rows apart."""
    counts = rows.group_by(told_apart_by).agg(n=rows.count())
    # The whole key is looked at in the few rows only that share those columns.
    few = rows.semi_join(counts.filter(counts.n > 1), list(told_apart_by))
    numbered = few.mutate(before=ibis.row_number().over(group_by=list(key), order_by="place"))
    return numbered.filter(numbered.before > 0).select("place")


def _rewrite(connection: Any, parts: Sequence[Path], marks: Sequence[Path], change: Any) -> None:
    _DOING.info("marking the rows that were found")
    query = ""
    for number, part in enumerate(parts):
        rows = connection.read_parquet(as_one_file(part), hive_partitioning=False, file_row_number=True)
        marked = _inside(connection.read_parquet([as_one_file(mark) for mark in marks]), number)
        rows, marked = engine.as_view(connection, rows, "part_rows"), engine.as_view(connection, marked, "part_marks")
        query = query or connection.compile(_changed(rows, marked, change))
        written = part.with_suffix(".next")
        write_parquet(connection, query, written)
        written.replace(part)


def _inside(marked: Any, number: int) -> Any:
    """The marks of the part of that number, with the row in it that each is for."""
    marked = marked.mutate(at=marked.place - number * _PLACES_IN_A_PART)
    return marked.filter((marked["at"] >= 0) & (marked["at"] < _PLACES_IN_A_PART))


def _changed(rows: Any, marked: Any, change: Any) -> Any:
    names = [name for name in rows.columns if name not in ("file_row_number", FINGERPRINT)]
    joined = rows.left_join(marked, rows.file_row_number == marked["at"])
    # A join keeps no order, and the rows of a part stand as they do in the file.
    return change(joined).order_by("file_row_number").select(*names)


def _marked_as(rule: str) -> Any:
    def change(joined: Any) -> Any:
        repeats = joined.place.notnull()
        return joined.mutate(**{EXCLUDED_BY: ibis.cases((repeats, ibis.literal(rule)), else_=joined[EXCLUDED_BY])})

    return change


def _moved(joined: Any) -> Any:
    netted = joined.order_date.notnull()
    mark = ibis.literal("return_netted")
    together = ibis.cases((joined[CHANGED].isnull(), mark), else_=joined[CHANGED] + " " + mark)
    return joined.mutate(
        date=joined.order_date.fill_null(joined[BOOKED_ON]),
        **{CHANGED: ibis.cases((netted, together), else_=joined[CHANGED])},
    )
