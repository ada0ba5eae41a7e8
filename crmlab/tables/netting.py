"""Which order a return belongs to, where the client's rules net returns: `returns: net`.

A return is looked up among the sales of the same customer (and of the same product, where products are mapped):

1. the sale with the same `order_id`, on the return's day or before;
2. otherwise, where products and quantities are mapped, the customer's latest sale of that product on the return's day
   or before that still has as many pieces left as the return has.

Returns are taken in the order of their dates, those of one day from the largest to the smallest. Each takes its pieces
out of the sale it was matched with, so that no sale answers for more pieces than it had; under 1 a return may have
more pieces than are left, because the order's number says what it belongs to. Among sales of one day the one with the
fewest pieces goes first. Rows that are alike in all of this are alike in their outcome, so the order of the rows in
the file means nothing. A return without a customer's sale to match, or without a product where products are mapped,
stays on its own date.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

_MARKS = pa.schema([("place", pa.int64()), ("order_date", pa.date32())])
_BATCH = 50_000


@dataclass
class Line:
    """One row of a customer and product: a sale with the pieces it has left, or a return with those it brings back."""

    place: int
    date: date
    order_id: str | None
    pieces: Decimal | None


def matched(sales: Sequence[Line], returns: Sequence[Line]) -> Iterator[tuple[int, date]]:
    """The place of each return of one customer and product that has an order, and that order's date.

    `sales` and `returns` are in the order of their dates, within a day as the module says. The pieces of the sales are
    used up.
    """
    for line in returns:
        sale = _of_same_order(sales, line) or _latest_with_pieces(sales, line)
        if sale is not None:
            yield line.place, sale.date


def write_marks(rows: Any, marks: Path) -> None:
    """Write the place and the order's date of each return that has an order, found among the kept rows."""
    with pq.ParquetWriter(marks, _MARKS) as writer:
        for batch in _batched(_all_matched(_candidates(rows))):
            writer.write_table(
                pa.Table.from_pydict(dict(zip(_MARKS.names, zip(*batch, strict=True), strict=True)), _MARKS)
            )


def _candidates(rows: Any) -> Any:
    """The lines of every customer and product (or order) with sales and returns, in the order they are matched in."""
    kept = rows.select(
        "customer_id",
        "place",
        "date",
        "is_return",
        "amount",
        shared=_shared(rows),
        order_id=rows.order_id if "order_id" in rows.columns else ibis.null("string"),
        pieces=rows.quantity.abs() if "quantity" in rows.columns else ibis.null("decimal(18, 4)"),
    )
    kept = kept.filter(kept.shared.notnull())
    groups = kept.group_by("customer_id", "shared").agg(returned=kept.is_return.any(), sold=(~kept.is_return).any())
    both = groups.filter(groups.returned & groups.sold)
    lines = kept.semi_join(both, ["customer_id", "shared"])
    return lines.order_by(
        "customer_id", "shared", "is_return", "date", ibis.desc("pieces"), "order_id", "amount", "place"
    )


def _shared(rows: Any) -> Any:
    """What a return and its sale have in common beside the customer: the product, or else the order."""
    name = next((name for name in ("product_id", "product", "order_id") if name in rows.columns), None)
    return ibis.null("string") if name is None else rows[name]


def _all_matched(lines: Any) -> Iterator[tuple[int, date]]:
    batches = lines.to_pyarrow_batches(chunk_size=_BATCH)
    rows = (row for batch in batches for row in batch.to_pylist())
    for _, group in groupby(rows, itemgetter("customer_id", "shared")):
        sales, returns = list[Line](), list[Line]()
        for row in group:
            line = Line(row["place"], row["date"], row["order_id"], row["pieces"])
            (returns if row["is_return"] else sales).append(line)
        yield from matched(sales, returns)


def _batched(found: Iterable[tuple[int, date]]) -> Iterator[list[tuple[int, date]]]:
    left = iter(found)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _of_same_order(sales: Sequence[Line], line: Line) -> Line | None:
    same = [sale for sale in sales if sale.order_id == line.order_id and sale.date <= line.date]
    if line.order_id is None or not same:
        return None
    wanted = line.pieces or Decimal(0)
    for sale in same:
        taken = min(wanted, sale.pieces or Decimal(0))
        sale.pieces = None if sale.pieces is None else sale.pieces - taken
        wanted -= taken
    return same[-1]


def _latest_with_pieces(sales: Sequence[Line], line: Line) -> Line | None:
    if not line.pieces:
        return None
    for sale in reversed(sales):
        if sale.date <= line.date and sale.pieces is not None and sale.pieces >= line.pieces:
            sale.pieces -= line.pieces
            return sale
    return None
