"""Rows in portions of whole keys, and groups counted over portions as over all rows."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from crmlab.tables import portions as module
from crmlab.tables.engine import connect, limit_of
from crmlab.tables.portions import portions
from crmlab.tables.quality import several

# Worked by hand. Orders of a customer and day: ann on the 1st has o1 and o2 on three lines of 1 + 2 + 4; ann on the 2nd
# has o3 on two lines, one order; bob on the 1st has o4 and a line without an order, one order; who has no name on the
# 1st has o5 and o6 of 64 and nothing. So two groups with 4 orders on 5 lines of 1 + 2 + 4 + 64 = 71.
ROWS = [
    ("ann", 1, "o1", 1),
    ("ann", 1, "o1", 2),
    ("ann", 1, "o2", 4),
    ("ann", 2, "o3", 8),
    ("ann", 2, "o3", 16),
    ("bob", 1, "o4", 32),
    ("bob", 1, None, 32),
    (None, 1, "o5", 64),
    (None, 1, "o6", None),
]


def table(rows: list[tuple[Any, ...]], **types: pa.DataType) -> Any:
    connection = connect(threads=2, memory_limit="200MB")
    frame = pd.DataFrame(rows, columns=list(types))
    connection.con.register("rows_given", pa.Table.from_pandas(frame, pa.schema(types), preserve_index=False))
    given = connection.table("rows_given")
    return given.mutate(amount=given.amount.cast("decimal(18, 4)")) if "amount" in types else given


def lines() -> Any:
    return table(ROWS, customer_id=pa.string(), date=pa.int64(), order_id=pa.string(), amount=pa.int64())


@pytest.fixture(params=[1, 60])
def so_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Everything in one portion, or in more portions than there are groups."""
    monkeypatch.setattr(module, "_number", lambda *_: request.param)
    return int(request.param)


@pytest.mark.usefixtures("so_many")
def test_groups_with_several_parts_are_counted_alike_however_many_portions() -> None:
    found = several(lines(), ["customer_id", "date"], "order_id")
    assert (found.groups, found.parts, found.rows, found.amount, found.most) == (2, 4, 5, Decimal(71), [])
    # Without a part the lines are counted: the four groups have 3, 2, 2 and 2 of them, of 1 + … + 16 + 32 + 32 + 64.
    found = several(lines(), ["customer_id", "date"], None)
    assert (found.groups, found.parts, found.rows, found.amount) == (4, 9, 9, Decimal(159))


@pytest.mark.usefixtures("so_many")
@pytest.mark.parametrize(("by", "expected"), [("parts", ["c", "a"]), ("rows", ["b", "c"])])
def test_the_first_of_all_portions_are_the_first_of_all(by: str, expected: list[str]) -> None:
    # Parts and rows: a 2, 3; b 2, 5; c 3, 4; d 2, 3; e 1, 6, which is not several.
    parts = {"a": "112", "b": "11112", "c": "1233", "d": "112", "e": "111111"}
    rows = [(key, part, 1) for key, texts in parts.items() for part in texts]
    given = table(rows, product_id=pa.string(), product=pa.string(), amount=pa.int64())
    found = several(given, ["product_id"], "product", by=by, most=2)
    assert [row["product_id"] for row in found.most] == expected
    assert (found.groups, found.parts, found.rows) == (4, 2 + 2 + 3 + 2, 3 + 5 + 4 + 3)


def test_portions_hold_every_row_once_and_no_key_is_cut(so_many: int) -> None:
    rows = [(None if n % 7 == 0 else f"c{n % 90}", n % 3) for n in range(600)]
    given = table(rows, customer_id=pa.string(), date=pa.int64())
    got = [
        [tuple(row.values()) for row in one.to_pyarrow().to_pylist()]
        for one in portions(given, ["customer_id", "date"])
    ]
    assert Counter(row for part in got for row in part) == Counter(rows)
    where = Counter(key for part in got for key in set(part))
    assert set(where.values()) == {1}
    # 93 keys over 60 portions by chance: a portion is without one, and then left out, with probability
    # (59/60)^93 = 0.21.
    assert so_many / 2 < len(got) <= so_many


def test_portions_are_as_many_as_the_groups_need(monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    given = table([(f"{n % 1000:010}",) for n in range(3000)], customer_id=pa.string())
    assert len(list(portions(given, ["customer_id"]))) == 1
    # 1,000 groups of 10 letters, twice, and so many bytes that 100 of them fill half of the memory: ten portions, and
    # one more begun. The engine's estimate of the groups is a few in a hundred off.
    half = limit_of(given.get_backend()) / 2
    monkeypatch.setattr(module, "BYTES_OF_A_GROUP", half / 100 - 20)
    assert len(list(portions(given, ["customer_id"]))) == pytest.approx(11, abs=2)
    assert not any((cache_folder / "scratch").iterdir())
    assert len(list(portions(given.limit(0), ["customer_id"]))) == 1
