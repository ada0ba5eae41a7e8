"""Rows that repeat others, across files and exports; and a pass over many rows with little memory."""

import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest

from crmlab.client import Client

NAMES = ["customer_id", "date", "amount", "order_id", "note"]
MAPPED = NAMES[:4]


def csv_of(*rows, names=NAMES):
    return "\n".join([",".join(names), *(",".join(row) for row in rows), ""])


ANN = ["ann", "1997-01-01", "1", "A", "x"]
BOB = ["bob", "1997-01-01", "1", "B", "x"]


@pytest.fixture
def fates(write_client):
    """What excludes each row of each file."""

    def found(files, *exports, mapped=MAPPED, **rules):
        exports = exports or ({"files": sorted(files)},)
        tables = [{"columns": {name: name for name in mapped}} | export for export in exports]
        client = Client.open(write_client(files, tables={"transactions": tables}, rules=rules))
        rows = client.table("transactions").to_pyarrow().to_pylist()
        counts = iter(rows)
        return [[next(counts)["excluded_by"] for _ in range(source.rows)] for source in client.sources]

    return found


DUPLICATE = "exact_duplicate"


def test_the_first_of_equal_rows_stays_and_every_column_of_the_file_counts(fates):
    other = [*ANN[:4], "y"]  # differs in a column that is not mapped
    assert fates({"a.csv": csv_of(ANN, BOB, ANN, other, ANN)}) == [[None, None, DUPLICATE, None, DUPLICATE]]


def test_files_that_overlap_are_looked_at_together_in_their_order(fates):
    files = {"a.csv": csv_of(ANN, BOB), "b.csv": csv_of(BOB, ["cat", *BOB[1:]], ANN)}
    assert fates(files) == [[None, None], [DUPLICATE, None, DUPLICATE]]


def test_exports_are_looked_at_together_whatever_their_encoding_and_order_of_columns(fates):
    swapped = csv_of([*ANN[::-1]], [*BOB[::-1]], names=NAMES[::-1]).replace(",", ";").encode("utf-16")
    exports = ({"files": "a.csv"}, {"files": "b.csv", "format": {"encoding": "utf-16", "separator": ";"}})
    assert fates({"a.csv": csv_of(ANN, ["cat", *BOB[1:]]), "b.csv": swapped}, *exports) == [
        [None, None],
        [DUPLICATE, None],
    ]


def test_the_same_text_read_in_two_ways_is_not_the_same_row(fates):
    row = ["ann", "01/02/1997", "1", "A", "x"]
    exports = (
        {"files": "a.csv", "format": {"dates": "day_first"}},
        {"files": "b.csv", "format": {"dates": "month_first"}},
    )
    bob = ["bob", *row[1:]]
    assert fates({"a.csv": csv_of(row, bob), "b.csv": csv_of(row)}, *exports) == [[None, None], [None]]


def test_a_blank_is_no_copy_of_something(fates):
    assert fates({"a.csv": csv_of(ANN, [*ANN[:4], ""], BOB, [*ANN[:4], ""])}) == [[None, None, None, DUPLICATE]]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("exclude_within_orders", [None, None, None, None, DUPLICATE]),
        ("exclude", [None, None, DUPLICATE, None, DUPLICATE]),
        ("keep", [None] * 5),
    ],
)
def test_rows_without_an_order_may_be_two_purchases(fates, rule, expected):
    without = ["ann", "1997-01-01", "1", "", "x"]
    assert fates({"a.csv": csv_of(without, BOB, without, ANN, ANN)}, exact_duplicates=rule) == [expected]


@pytest.mark.parametrize(("rule", "expected"), [("exclude_within_orders", None), ("exclude", DUPLICATE)])
def test_a_table_without_orders_is_searched_only_if_the_client_says_so(fates, rule, expected):
    assert fates({"a.csv": csv_of(ANN, BOB, ANN)}, mapped=NAMES[:3], exact_duplicates=rule) == [[None, None, expected]]


def test_orders_in_one_export_only(fates):
    exports = (
        {"files": "a.csv", "columns": {name: name for name in NAMES[:3]}},
        {"files": "b.csv"},
    )
    assert fates({"a.csv": csv_of(ANN, ANN), "b.csv": csv_of(ANN, ANN, BOB)}, *exports) == [
        [None, None],
        [None, DUPLICATE, None],
    ]


def test_columns_that_only_one_export_has_are_missing_in_the_other(write_client):
    files = {"a.csv": "c,d,a\nann,1997-01-01,1\n", "b.csv": "c,d,q,p,s\nbob,1997-01-02,2,1.5,mug\n"}
    exports = [
        {"files": "a.csv", "columns": {"customer_id": "c", "date": "d", "amount": "a"}},
        {
            "files": "b.csv",
            "columns": {"customer_id": "c", "date": "d", "quantity": "q", "unit_price": "p", "product": "s"},
        },
    ]
    table = Client.open(write_client(files, tables={"transactions": exports})).table("transactions")
    assert table.columns == (
        "customer_id", "date", "amount", "product", "quantity", "unit_price", "is_return", "excluded_by",
    )  # fmt: skip
    first, second = table.to_pyarrow().to_pylist()
    assert (first["amount"], first["product"], first["quantity"]) == (1, None, None)
    assert (second["amount"], second["product"], second["quantity"]) == (3, "mug", 2)


def test_rows_keep_the_order_of_the_file_whatever_the_threads(write_client):
    rng = np.random.default_rng(5)
    n = 60_000
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in rng.integers(0, 500, n)],
            "date": np.datetime64("1997-01-01", "D") + rng.integers(0, 300, n),
            "amount": np.arange(n) + 1.0,
            "order_id": "o",
        }
    )
    frame = pd.concat([frame, frame.sample(20_000, random_state=1)])
    path = write_client(frame, columns={name: name for name in MAPPED}, rules={"returns": "net"})
    for threads in (1, 4):
        table = Client.open(path, threads=threads).table("transactions").to_pyarrow()
        assert [float(amount) for amount in table["amount"].to_pylist()] == frame["amount"].tolist()
        assert table["excluded_by"].to_pylist() == [None] * n + [DUPLICATE] * 20_000
        for part in path.parents[1].rglob("*.parquet"):
            if part.name != "sales.parquet":
                part.unlink()


BIG = """
import sys
from crmlab.client import Client
from crmlab.tables.quality import rule_counts
client = Client.open(sys.argv[1], threads=2, memory_limit=sys.argv[2])
counts = rule_counts(client.table("transactions")).set_index("rule")["rows"]
print(*(counts[name] for name in ("read", "exact_duplicate", "kept")))
"""


@pytest.mark.slow
def test_millions_of_rows_are_searched_and_netted_with_little_memory(tmp_path, write_client, peak_memory):
    # 4 million lines in orders of four, every tenth line a return; then 400,000 of them once more.
    rows, again = 4_000_000, 400_000
    target = tmp_path / "big.parquet"
    duckdb.sql(f"""
        COPY (SELECT 'c' || (hash(i // 4) % 200000) AS customer_id,
                     DATE '1996-01-01' + CAST(i // 8000 AS INTEGER) AS date,
                     CASE WHEN i % 10 = 0 THEN -1 ELSE 1 END AS quantity, 2.5 AS unit_price, 'o' || i // 4 AS order_id,
                     'p' || hash(i) % 300 AS product_id, i AS line
              FROM (SELECT range AS i FROM range({rows}) UNION ALL SELECT range FROM range({again})))
        TO '{target}' (FORMAT parquet)
    """)
    names = ["customer_id", "date", "quantity", "unit_price", "order_id", "product_id"]
    export = {"files": str(target), "columns": {name: name for name in names}}
    path = write_client({}, tables={"transactions": export}, rules={"returns": "net"})
    script = tmp_path / "big.py"
    script.write_text(f"{BIG}{peak_memory}print(peak)")
    done = subprocess.run(
        [sys.executable, str(script), str(path), "400MB"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    counts, peak = done.stdout.splitlines()
    assert counts.split() == [str(rows + again), str(again), str(rows)]
    assert int(peak) < 1500 * 2**20
