"""Rows in portions that each fit in memory, so that groups inside groups can be counted however many there are.

The engine spills the keys of one grouping to disk. Of two groupings, one over the other, each holds blocks that the
other needs, and where memory is short it gives up. So the rows are split by their keys beforehand, in files on disk:
all rows of a key are in the same portion, and what is counted in the portions adds up to what is counted in all rows.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import xor
from typing import Any

from crmlab.tables import cache, engine
from crmlab.tables.sources import scratch
from crmlab.tables.sources.pattern import as_one_file

BYTES_OF_A_GROUP = 150
"""What a group takes beside the letters of its key: its place in the table that finds it, its counts and sums, and
the same once more in the grouping over it."""
SHARE_OF_THE_MEMORY = 0.5
"""What the groups of a portion may take of the engine's memory."""

_BITS = 2**31 - 1
_PORTION = "portion_of_the_rows"


def portions(rows: Any, key: Sequence[str], inner: Sequence[str] | None = None) -> Iterator[Any]:
    """The rows as Ibis tables, one after the other, each with whole keys only; small tables are one portion.

    A portion is there until the next one is asked for. All columns of the rows are written down: give no more of them
    than are needed.

    Parameters
    ----------
    rows : ibis.Table
        Rows of a connection of `engine.connect`.
    key : sequence of str
        Columns; rows that are equal in them, or missing in both, are in the same portion.
    inner : sequence of str, optional
        The columns of the finest grouping that is made of the portion, by default `key`. A portion has as many of its
        groups as take half of the engine's memory, unless the rows of a single key have more.
    """
    number = _number(rows, list(key if inner is None else inner))
    if number == 1:
        yield rows
        return
    # Hashed once more, because the engine finds its groups by the same bits of the first hash; a hash has a sign.
    place = (_hashed(rows, key).hash() & _BITS) % number
    connection = rows.get_backend()
    with scratch.folder() as folder:
        query = connection.compile(rows.mutate(**{_PORTION: place}))
        cache.write_parquet(connection, query, folder / "rows", split_by=_PORTION)
        for portion in sorted(folder.glob("rows/*")):
            files = [as_one_file(file) for file in sorted(portion.iterdir())]
            yield connection.read_parquet(files, hive_partitioning=False)


def _number(rows: Any, columns: Sequence[str]) -> int:
    letters = {name: rows[name].length().mean() for name in columns if rows[name].type().is_string()}
    (found,) = rows.agg(groups=_hashed(rows, columns).approx_nunique(), **letters).to_pyarrow().to_pylist()
    width = BYTES_OF_A_GROUP + 2 * sum(found[name] or 0 for name in letters)
    return 1 + int(found["groups"] * width / (engine.limit_of(rows.get_backend()) * SHARE_OF_THE_MEMORY))


def _hashed(rows: Any, columns: Sequence[str]) -> Any:
    return reduce(xor, (rows[name].hash() for name in columns))
