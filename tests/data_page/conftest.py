"""Clean transactions made in memory, row by row, as the searches for odd things are given them."""

from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import ibis
import pyarrow as pa
import pytest

from crmlab.data_page.noticed import Lines

TYPES = {
    "customer_id": pa.string(),
    "date": pa.date32(),
    "amount": pa.decimal128(18, 4),
    "order_id": pa.string(),
    "product_id": pa.string(),
    "product": pa.string(),
    "quantity": pa.decimal128(18, 4),
    "cost": pa.decimal128(18, 4),
    "unit_price": pa.decimal128(18, 4),
    "is_return": pa.bool_(),
    "excluded_by": pa.string(),
}
USUAL = {"customer_id": "ann", "date": date(2024, 1, 10), "amount": 10}
ALWAYS = ("customer_id", "date", "amount", "is_return", "excluded_by")


class MakeLines(Protocol):
    """Lines of rows that say only how they differ from a usual one."""

    def __call__(self, *rows: dict[str, Any], **about: Any) -> Lines: ...


@pytest.fixture
def make_lines() -> MakeLines:
    def make(*rows: dict[str, Any], **about: Any) -> Lines:
        named = {name for row in rows for name in row} | set(ALWAYS)
        whole = [{name: _value(name, row) for name in TYPES if name in named} for row in rows]
        schema = pa.schema([(name, kind) for name, kind in TYPES.items() if name in named])
        table = ibis.memtable(pa.Table.from_pylist(whole, schema=schema))
        return Lines(table=table, **{"currency": "EUR", "observed_until": date(2024, 12, 31), **about})

    return make


def _value(name: str, row: dict[str, Any]) -> Any:
    value = row.get(name, USUAL.get(name))
    if name == "is_return" and value is None:
        return row.get("amount", 1) is not None and row.get("amount", 1) < 0
    return Decimal(str(value)) if name in ("amount", "quantity", "unit_price", "cost") and value is not None else value
