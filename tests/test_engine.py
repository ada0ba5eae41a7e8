"""Every call to Ibis that crmlab makes, one by one, against the pinned DuckDB: an upgrade that breaks one is named."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmlab.errors import DataError
from crmlab.tables.engine import connect

ROWS = pa.table(
    {
        "id": ["a", "a", "b", "c"],
        "day": [date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1), None],
        "amount": pa.array([Decimal("1.10"), Decimal("2.20"), Decimal(-3), None], pa.decimal128(18, 4)),
        "text": ["1.0", "2024-01-05", " x", None],
        "number": [1.0, 2.5, float("nan"), None],
    }
)


def column(expression: Any) -> list[Any]:
    return expression.to_pyarrow().to_pylist()


def by_id(table: Any, **aggregates: Any) -> list[Any]:
    grouped = table.group_by("id").agg(**aggregates).order_by("id").select(*aggregates)
    return [tuple(row.values()) for row in grouped.to_pyarrow().to_pylist()]


def arg_min(value: Any, day: Any) -> Any: ...


def built_in(t: Any) -> Any:
    signature = ((t.amount.type(), t.day.type()), t.amount.type())
    return ibis.udf.agg.builtin(arg_min, name="arg_min", signature=signature)(t.amount, t.day)


DECIMALS = [(Decimal("3.30"),), (Decimal(-3),), (None,)]
CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    # tables to rows and back
    "to_pyarrow of a table": (lambda t: t.to_pyarrow().num_rows, 4),
    "to_pyarrow of a value": (lambda t: t.day.min().to_pyarrow().as_py(), date(2024, 1, 1)),
    "get_backend().name": (lambda t: t.get_backend().name, "duckdb"),
    "filter with isnull": (lambda t: column(t.filter(t.day.isnull()).id), ["c"]),
    "filter with notnull and a list of conditions": (
        lambda t: column(t.filter(t.day.notnull(), t.amount > 2).id),
        ["a"],
    ),
    "order_by and limit": (lambda t: column(t.order_by(t.day.desc(nulls_first=False)).limit(2).id), ["b", "a"]),
    "left_join": (
        lambda t: column(t.left_join(t.view().select("id", other="text"), "id").order_by("id", "other").id),
        ["a"] * 4 + ["b", "c"],
    ),
    "row_number": (lambda t: sorted(column(t.mutate(n=ibis.row_number()).n)), [0, 1, 2, 3]),
    # aggregates
    "count": (lambda t: by_id(t, n=t.count()), [(2,), (1,), (1,)]),
    "count with where": (lambda t: by_id(t, n=t.count(where=t.amount > 2)), [(1,), (0,), (0,)]),
    "count of a column leaves out nulls": (lambda t: by_id(t, n=t.day.count()), [(2,), (1,), (0,)]),
    "sum of decimals is exact": (lambda t: by_id(t, s=t.amount.sum()), DECIMALS),
    "sum of no rows with fill_null": (
        lambda t: column(t.filter(t.id == "z").agg(s=lambda none: none.amount.sum().fill_null(0)).s),
        [Decimal(0)],
    ),
    "min and max": (
        lambda t: by_id(t, a=t.day.min(), z=t.amount.max()),
        [(date(2024, 1, 1), Decimal("2.20")), (date(2024, 2, 1), Decimal(-3)), (None, None)],
    ),
    "any": (lambda t: by_id(t, x=(t.amount > 2).any()), [(True,), (False,), (None,)]),
    "arg_min as a built-in": (lambda t: by_id(t, x=built_in(t)), [(Decimal("1.10"),), (Decimal(-3),), (None,)]),
    # values
    "ifelse with a typed null": (
        lambda t: column((t.amount > 2).ifelse(t.day, ibis.null("date"))),
        [None, date(2024, 1, 31), None, None],
    ),
    "cases with else": (lambda t: column(ibis.cases((t.id == "a", "x"), else_=t.id)), ["x", "x", "b", "c"]),
    "coalesce": (lambda t: column(ibis.coalesce(t.text, t.id)), ["1.0", "2024-01-05", " x", "c"]),
    "fill_null": (lambda t: column(t.number.fill_null(0.0)).count(0.0), 1),
    "nullif": (lambda t: column(t.id.nullif("a")), [None, None, "b", "c"]),
    "days between dates": (lambda t: column(ibis.date(2024, 3, 1).delta(t.day, unit="day")), [60, 30, 29, None]),
    "between dates": (lambda t: column(t.day.between(ibis.date(2024, 1, 2), ibis.date(2024, 2, 1))).count(True), 2),
    "cast of a decimal to a double": (lambda t: column(t.amount.cast("float64")), [1.1, 2.2, -3.0, None]),
    "try_cast to a date": (lambda t: column(t.text.try_cast("date")), [None, date(2024, 1, 5), None, None]),
    "try_cast to money": (lambda t: column(t.text.try_cast("decimal(18,4)")), [Decimal(1), None, None, None]),
    "strip, substr, length, endswith": (
        lambda t: column(t.text.strip().substr(0, t.text.strip().length() - 2).endswith("1")),
        [True, False, False, None],  # "1.0" without its last two characters is "1"
    ),
    "re_search": (lambda t: column(t.text.re_search(r"^\d+\.0$")), [True, False, False, None]),
    "isnan": (lambda t: column(t.number.isnan()), [False, False, True, None]),
    "abs and greatest": (lambda t: column(ibis.greatest(t.amount.cast("float64").abs(), 2.0))[:3], [2.0, 2.2, 3.0]),
}


@pytest.mark.parametrize("call", CALLS)
def test_ibis_call(call: str) -> None:
    connection = connect()
    connection.con.register("rows", ROWS)
    made, expected = CALLS[call]
    try:
        found = made(connection.table("rows"))
    except Exception as error:
        pytest.fail(f"Ibis {ibis.__version__} with DuckDB {duckdb.__version__}: {call} failed: {error!r}")
    assert found == expected, call


def test_files_are_read_and_written_with_a_type_kept(tmp_path: Any) -> None:
    connection = connect(threads=1, memory_limit="1GB")
    pq.write_table(ROWS, tmp_path / "in.parquet")
    read = connection.read_parquet([str(tmp_path / "in.parquet")], hive_partitioning=False)
    query = connection.compile(read.select("id", "amount"))
    connection.raw_sql(f"COPY ({query}) TO '{tmp_path / 'out.parquet'}' (FORMAT parquet, COMPRESSION zstd)")
    assert pq.read_table(tmp_path / "out.parquet").equals(ROWS.select(["id", "amount"]))
    (tmp_path / "in.csv").write_text("id,n\n01,2\n")
    text = connection.read_csv([str(tmp_path / "in.csv")], all_varchar=True)
    assert text.to_pyarrow().to_pylist() == [{"id": "01", "n": "2"}]


def test_the_engine_stays_off_the_web_and_within_its_limits() -> None:
    connection = connect(threads=1, memory_limit="1GB")
    names = ("autoinstall_known_extensions", "autoload_known_extensions", "threads", "memory_limit")
    settings = [connection.con.sql(f"SELECT current_setting('{name}')").fetchone()[0] for name in names]
    assert settings == [False, False, 1, "953.6 MiB"]  # 10^9 bytes = 953.67 MiB


def test_by_default_the_engine_leaves_half_of_the_memory_to_others() -> None:
    with duckdb.connect() as plain:
        most = _mebibytes(plain)
    assert _mebibytes(connect().con) == pytest.approx(most * 0.5 / 0.8, rel=0.05)


def test_engines_that_spill_at_the_same_time_keep_out_of_each_others_way(cache_folder: Any) -> None:
    # 8,000,000 rows of 16 bytes each: twice what an engine may take.
    engines = [connect(threads=1, memory_limit="60MB") for _ in range(2)]
    for engine in engines:
        engine.raw_sql("CREATE TABLE t AS SELECT range AS i, hash(range) AS h FROM range(8000000)")
    assert len(list((cache_folder / "spill").iterdir())) == 2
    for engine in engines:
        found = engine.raw_sql("SELECT count(*), sum(i), bool_and(h = hash(i)) FROM t").fetchone()
        assert found == (8_000_000, 8_000_000 * 7_999_999 // 2, True)
        engine.disconnect()
    assert list((cache_folder / "spill").iterdir()) == []


def test_a_folder_that_cannot_hold_what_spills_is_named(cache_folder: Any) -> None:
    (cache_folder / "spill").write_text("no folder")
    with pytest.raises(DataError, match=r"there is no place in .*spill for what does not fit.*set CRMLAB_CACHE"):
        connect()


def test_the_memory_of_all_engines_is_set_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMLAB_MEMORY", "500MiB")
    assert _mebibytes(connect().con) == 500
    assert _mebibytes(connect(memory_limit="400MiB").con) == 400
    monkeypatch.setenv("CRMLAB_MEMORY", "plenty")
    with pytest.raises(DataError, match=r"CRMLAB_MEMORY is 'plenty'; write an amount of memory such as 4GB"):
        connect()


@pytest.mark.parametrize(("memory", "threads", "expected"), [("200MiB", None, 1), ("650MiB", None, 2), ("1MiB", 3, 3)])
def test_threads_are_as_many_as_the_memory_holds(memory: str, threads: int | None, expected: int) -> None:
    found = connect(memory_limit=memory, threads=threads).raw_sql("SELECT current_setting('threads')").fetchone()
    assert found == (expected,)


def _mebibytes(connection: Any) -> float:
    number, unit = connection.sql("SELECT current_setting('memory_limit')").fetchone()[0].split()
    return float(number) * {"MiB": 1, "GiB": 1024, "TiB": 1024**2}[unit]
