"""Rows -> a Parquet file of text, a batch at a time; and the error that ends an order."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

BATCH = 20_000


class RefusedError(Exception):
    """The file cannot be read; the message says why."""


def quoted(name: str) -> str:
    """The name as SQL takes it, whatever signs are in it."""
    return '"' + name.replace('"', '""') + '"'


def write(rows: Iterable[Sequence[Any]], width: int, target: str, *, numbered: bool = False) -> dict[str, Any]:
    """Write rows of text (and, as the last value, the number of the row) as Parquet; the answer to the order."""
    import pyarrow as pa  # noqa: PLC0415  # slow to import, and a list of tables needs none of it
    import pyarrow.parquet as pq  # noqa: PLC0415

    fields = [(f"c{position}", pa.string()) for position in range(width)]
    schema = pa.schema([*fields, ("row", pa.int64())] if numbered else fields)
    with pq.ParquetWriter(target, schema) as writer:
        rest = iter(rows)
        while batch := list(islice(rest, BATCH)):
            columns = zip(*batch, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return {}
