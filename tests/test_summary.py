import importlib
import importlib.util
import math
import warnings
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlab import summary
from crmlab.errors import DataError
from crmlab.summary import customer_summary, purchases
from crmlab.tables.engine import connect

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("date", pa.date32()),
        ("amount", pa.decimal128(18, 4)),
        ("excluded_by", pa.string()),
    ]
)
INTEGERS = ["repeats", "t_x", "T", "days_since_last"]
END = date(2024, 3, 31)


def clean(rows):
    """A clean table of (customer_id, date, amount[, excluded_by])."""
    records = [
        {"customer_id": row[0], "date": row[1], "amount": Decimal(row[2]), "excluded_by": row[3] if row[3:] else None}
        for row in rows
    ]
    return pa.Table.from_pylist(records, schema=SCHEMA)


def summarise(rows, observed_until=END, *, threads=None):
    connection = connect(threads=threads)
    return customer_summary(ibis_table(connection, clean(rows)), observed_until=observed_until)


def ibis_table(connection, table):
    connection.con.register("clean", table)
    return connection.table("clean")


def day(month, number):
    return date(2024, month, number)


HAND = [
    # ann: 1 Jan 10 + 5 = 15 (two rows, one purchase) · 10 Jan 20 − 20 = 0 (a return nets the day: no purchase)
    #      · 31 Jan 30.50 · 5 Feb −4.25 (a return on its own day: no purchase) · 1 Mar 12.25
    ("ann", day(1, 1), "10"),
    ("ann", day(1, 10), "20"),
    ("ann", day(1, 1), "5"),
    ("ann", day(1, 10), "-20"),
    ("ann", day(3, 1), "12.25"),
    ("ann", day(1, 31), "30.50"),
    ("ann", day(2, 5), "-4.25"),
    # bob: 2 Feb 0 + 0, free items only: a purchase worth 0 · an excluded row of 99 counts nowhere
    ("bob", day(2, 2), "0"),
    ("bob", day(2, 2), "0"),
    ("bob", day(2, 20), "99", "after_observed_until"),
    # cat: only returns, so no purchase at all
    ("cat", day(2, 1), "-7"),
    # dan: 31 Mar 8 − 3 = 5, on the last day observed
    ("dan", day(3, 31), "8"),
    ("dan", day(3, 31), "-3"),
    # eve: 3 Mar 0 + 4 − 4 = 0, free items with a return: no purchase · 5 Mar 1.10 · 9 Mar 0.10 · 10 Mar 0.20
    ("eve", day(3, 3), "0"),
    ("eve", day(3, 3), "4"),
    ("eve", day(3, 3), "-4"),
    ("eve", day(3, 5), "1.10"),
    ("eve", day(3, 9), "0.10"),
    ("eve", day(3, 10), "0.20"),
]


def test_summary_worked_by_hand():
    expected = pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "dan", "eve"],
            # ann: purchases on 1 Jan, 31 Jan, 1 Mar; eve: on 5, 9 and 10 Mar
            "repeats": [2, 0, 0, 2],
            # ann: 30 days of January + 30 (31 Jan to 1 Mar 2024, a leap year) = 60
            "t_x": [60, 0, 0, 5],
            # to 31 Mar: ann 30 + 29 + 31 = 90; bob 27 + 31 = 58; dan 0; eve 26
            "T": [90, 58, 0, 26],
            "days_since_last": [30, 58, 0, 21],
            # ann: 15 + 0 + 30.50 − 4.25 + 12.25 = 53.50
            "total_value": [53.50, 0.0, 5.0, 1.40],
            # ann: (30.50 + 12.25) / 2 = 21.375; eve: (0.10 + 0.20) / 2 = 0.15, the decimals' 0.3 / 2, to the last bit
            "mean_repeat_value": [21.375, math.nan, math.nan, 0.15],
        }
    )
    assert_frame_equal(summarise(HAND), expected, check_exact=True)


def test_purchases_worked_by_hand():
    found = purchases(ibis.memtable(clean(HAND))).order_by("customer_id", "date").to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["date"], row["value"]) for row in found] == [
        ("ann", day(1, 1), Decimal(15)),
        ("ann", day(1, 31), Decimal("30.50")),
        ("ann", day(3, 1), Decimal("12.25")),
        ("bob", day(2, 2), Decimal(0)),
        ("dan", day(3, 31), Decimal(5)),
        ("eve", day(3, 5), Decimal("1.10")),
        ("eve", day(3, 9), Decimal("0.10")),
        ("eve", day(3, 10), Decimal("0.20")),
    ]


@pytest.mark.parametrize("returned_on", [day(1, 1), day(1, 5), day(1, 20)], ids=["before", "between", "after"])
def test_a_return_on_its_own_day_counts_in_the_total_only(returned_on):
    rows = [("ann", day(1, 3), "10"), ("ann", returned_on, "-30"), ("ann", day(1, 9), "6")]
    found = summarise(rows).iloc[0]
    # 10 − 30 + 6 = −14, below the 16 of the purchases; 3 to 9 January is 6 days
    assert found[["repeats", "t_x", "total_value", "mean_repeat_value"]].tolist() == [1, 6, -14.0, 6.0]


def test_money_is_summed_as_decimals():
    # As doubles, 10,000 times 0.1 is 1000.0000000001588.
    rows = [("ann", day(1, 1), "1")] + [("ann", day(1, 2), "0.1")] * 10_000
    assert summarise(rows)["mean_repeat_value"].tolist() == [1000.0]


def test_amounts_as_large_as_the_schema_holds_do_not_overflow():
    largest = "99999999999999.9999"
    rows = [("ann", day(1, 1), largest), ("ann", day(1, 1), largest), ("ann", day(1, 2), largest)]
    # 3 · (10^14 − 0.0001)
    assert summarise(rows)["total_value"].tolist() == [299999999999999.9997]


def test_one_customer():
    found = summarise([("ann", day(3, 31), "1")])
    assert found.to_dict("records")[0] | {"mean_repeat_value": None} == {
        "customer_id": "ann",
        "repeats": 0,
        "t_x": 0,
        "T": 0,
        "days_since_last": 0,
        "total_value": 1.0,
        "mean_repeat_value": None,
    }


def test_dtypes_and_index_do_not_depend_on_the_values():
    for rows in (HAND, [("ann", day(1, 1), "1")]):
        found = summarise(rows)
        assert found.index.equals(pd.RangeIndex(len(found)))
        assert found.dtypes.astype(str).to_dict() == {
            "customer_id": "str",
            **dict.fromkeys(INTEGERS, "int64"),
            "total_value": "float64",
            "mean_repeat_value": "float64",
        }


def test_the_result_can_be_changed_by_its_owner():
    found = summarise(HAND)
    found.loc[0, "total_value"] = 1.0
    found["customer_id"] = found["customer_id"].str.upper()
    assert found.loc[0, ["customer_id", "total_value"]].tolist() == ["ANN", 1.0]


def test_customers_are_sorted_by_code_point():
    ids = ["b", "B", "é", "a10", "a9", "ß", "ي", "Z", "😀", "ﬀ"]
    assert summarise([(name, day(1, 1), "1") for name in ids])["customer_id"].tolist() == sorted(ids)


def test_an_engine_that_sorts_by_locale_gives_the_same_order():
    table = ibis.memtable(pa.table({"customer_id": ["a", "B", "c"], "repeats": [1, 2, 3]}))
    assert summary._to_pandas(table.order_by("customer_id")).to_dict("list") == {
        "customer_id": ["B", "a", "c"],
        "repeats": [2, 1, 3],
    }
    locale_order = table.order_by(table.customer_id.lower())
    assert summary._to_pandas(locale_order).to_dict("list") == {"customer_id": ["B", "a", "c"], "repeats": [2, 1, 3]}


def test_rows_after_the_last_day_observed_are_refused():
    rows = [("ann", day(3, 31), "1"), ("ann", date(2024, 4, 2), "1"), ("bob", date(2024, 4, 1), "1")]
    with pytest.raises(DataError, match=r"2 kept transactions.* after observed_until 2024-03-31, the last on 2024-04-"):
        summarise(rows)


def test_excluded_rows_after_the_last_day_are_no_problem():
    rows = [("ann", day(3, 31), "1"), ("ann", date(2024, 4, 2), "1", "after_observed_until")]
    assert summarise(rows)["repeats"].tolist() == [0]


@pytest.mark.parametrize(
    "rows", [[], [("ann", day(1, 1), "-1")], [("ann", day(1, 1), "5", "zero_amount")]], ids=["none", "returns", "all"]
)
def test_nothing_purchased_is_an_error(rows):
    with pytest.raises(DataError, match=r"no purchase up to 2024-03-31.*Check the column mapped to amount"):
        summarise(rows)


def test_the_transactions_are_not_changed():
    connection = connect()
    before = connection.create_table("kept", ibis_table(connection, clean(HAND)))
    as_read = before.to_pyarrow()
    customer_summary(before, observed_until=END)
    purchases(before).to_pyarrow()
    assert connection.table("kept").to_pyarrow().equals(as_read)
    assert connection.list_tables() == ["clean", "kept"]


@pytest.mark.parametrize("dialect", ["postgres", "pyspark", "bigquery", "snowflake"])
def test_the_plan_can_be_written_for_other_engines(dialect):
    schema = {"customer_id": "string", "date": "date", "amount": "decimal(18,4)", "excluded_by": "string"}
    days = summary._customer_days(ibis.table(schema, name="transactions"))
    plan = summary._by_customer(days, END, engine=dialect)
    written = str(ibis.to_sql(plan, dialect=dialect))
    assert "mean_repeat_value" in written
    assert ("ARG_MIN" in written) is False


def test_the_plan_for_other_engines_gives_the_same_numbers():
    days = summary._customer_days(ibis.memtable(clean(HAND)))
    found = [summary._by_customer(days, END, engine).order_by("customer_id") for engine in ("duckdb", "another")]
    assert "ARG_MIN" in str(ibis.to_sql(found[0]))
    assert "ARG_MIN" not in str(ibis.to_sql(found[1]))
    assert found[0].to_pyarrow().equals(found[1].to_pyarrow())


# --- properties

amounts = st.integers(-3000, 9000).map(lambda cents: str(Decimal(cents) / 100)) | st.just("0")
kept_rows = st.tuples(st.sampled_from("abcd"), st.integers(0, 12).map(lambda n: END - timedelta(n)), amounts)
logs = st.lists(kept_rows, min_size=1, max_size=40).map(lambda rows: [("a", day(1, 15), "1"), *rows])
CONNECTIONS = {}
# Writing the query takes Ibis 50 ms, so an example is slow, but not by chance.
properties = settings(max_examples=25, deadline=None)


def quick(rows, *, threads=1):
    """Like `summarise`, on a connection that is opened once: opening takes longer than the query."""
    if threads not in CONNECTIONS:
        CONNECTIONS[threads] = connect(threads=threads)
    return customer_summary(ibis_table(CONNECTIONS[threads], clean(rows)), observed_until=END)


@properties
@given(logs, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_threads_change_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert_frame_equal(quick(shuffled, threads=2), quick(rows), check_exact=True)


@properties
@given(logs)
def test_names_of_customers_change_nothing(rows):
    new = {"a": "=cmd()", "b": "Ω", "c": "", "d": "0a"}
    renamed = quick([(new[row[0]], *row[1:]) for row in rows])
    back = renamed.assign(customer_id=renamed["customer_id"].map({name: old for old, name in new.items()}))
    assert_frame_equal(
        back.sort_values("customer_id", ignore_index=True), quick(rows), check_exact=True, check_dtype=False
    )


@properties
@given(logs)
def test_a_customer_does_not_depend_on_the_others(rows):
    whole = quick(rows)
    only = [row for row in rows if row[0] == "a"]
    assert_frame_equal(quick(only), whole[whole["customer_id"] == "a"], check_exact=True)


@properties
@given(logs)
def test_what_always_holds(rows):
    found = quick(rows)
    assert ((found["t_x"] >= 0) & (found["t_x"] <= found["T"])).all()
    assert (found["days_since_last"] == found["T"] - found["t_x"]).all()
    assert ((found["repeats"] == 0) == (found["t_x"] == 0)).all()
    assert ((found["repeats"] == 0) == found["mean_repeat_value"].isna()).all()
    assert (found["repeats"] <= found["t_x"]).all()
    bought = purchases(CONNECTIONS[1].table("clean"))
    assert (found["repeats"] + 1).sum() == bought.count().to_pyarrow().as_py()


@properties
@given(logs, st.lists(kept_rows, max_size=5))
def test_excluded_rows_change_nothing(rows, others):
    left_out = [(*row, "zero_amount") for row in others]
    assert_frame_equal(quick([*left_out, *rows]), quick(rows), check_exact=True)


@properties
@given(logs)
def test_the_total_is_the_net_of_the_kept_rows(rows):
    net = {}
    for name, _, amount in rows:
        net[name] = net.get(name, Decimal(0)) + Decimal(amount)
    found = quick(rows).set_index("customer_id")["total_value"].to_dict()
    assert found == {name: float(net[name]) for name in found}


def test_a_table_in_two_files_gives_the_same(tmp_path):
    table = clean(HAND)
    for name, part in {"one": table, "two-a": table.slice(0, 5), "two-b": table.slice(5)}.items():
        pq.write_table(part, tmp_path / f"{name}.parquet")
    whole, split = (connect().read_parquet(tmp_path / f"{name}.parquet") for name in ("one", "two-*"))
    assert_frame_equal(
        customer_summary(split, observed_until=END), customer_summary(whole, observed_until=END), check_exact=True
    )


# --- CDNOW: Fader and Hardie's data, read raw from the package that carries it


def cdnow(name, columns):
    """Kept rows of a CDNOW file. Items given for nothing stay in: the papers' 2,357 counts who never paid."""
    folder = Path(importlib.util.find_spec("lifetimes").origin).parent / "datasets"
    read = pd.read_csv(folder / name, sep=r"\s+", header=None, names=columns, dtype=str, skiprows=HEADER_ROWS[name])
    return read.assign(date=pd.to_datetime(read["date"], format="%Y%m%d"))


HEADER_ROWS = {"CDNOW_sample.txt": 0, "CDNOW_master.txt": 1}


@pytest.fixture(scope="module")
def sample():
    return cdnow("CDNOW_sample.txt", ["master_id", "customer_id", "date", "cds", "amount"])


@pytest.fixture(scope="module")
def master():
    return cdnow("CDNOW_master.txt", ["customer_id", "date", "cds", "amount"])


def as_clean(frame):
    table = ibis.memtable(pa.Table.from_pandas(frame[["customer_id", "date", "amount"]], preserve_index=False))
    return table.mutate(
        date=table.date.cast("date"), amount=table.amount.cast("decimal(18,4)"), excluded_by=ibis.null("string")
    )


def test_cdnow_sample_matches_the_published_counts(sample):
    # Fader, Hardie & Lee (2005), Marketing Science 24(2): n = 2,357 customers, calibrated on the first 39 weeks; the
    # sums are those of their estimation file (weeks = days / 7).
    calibration_end = date(1997, 9, 30)
    transactions = as_clean(sample)
    found = customer_summary(
        transactions.filter(transactions.date <= ibis.date(calibration_end)), observed_until=calibration_end
    )
    assert len(found) == 2357
    assert (found["repeats"] == 0).sum() == 1411
    assert found["repeats"].sum() == 2457
    assert found["t_x"].sum() / 7 == pytest.approx(16135.571429, abs=5e-7)
    assert found["T"].sum() / 7 == pytest.approx(77111.285714, abs=5e-7)


def test_cdnow_sample_matches_the_published_hold_out(sample):
    # The same paper: 1,882 transactions in the 39 weeks after, by customers of the sample, to 30 June 1998.
    bought = purchases(as_clean(sample))
    assert bought.filter(bought.date > ibis.date(1997, 9, 30)).count().to_pyarrow().as_py() == 1882


def test_full_cdnow_equals_an_independent_query(master):
    # Windows over the raw rows instead of two group-bys; no negative amounts in CDNOW, so every day is a purchase.
    raw = pa.table({"id": master["customer_id"], "d": master["date"], "a": master["amount"]})
    connection = duckdb.connect()
    connection.register("raw", raw)
    expected = connection.sql(
        """
        WITH sums AS (
            SELECT DISTINCT id, d::DATE AS d, SUM(a::DECIMAL(18,4)) OVER (PARTITION BY id, d) AS a FROM raw
        ), numbered AS (
            SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY d) AS k FROM sums
        )
        SELECT id AS customer_id, MAX(k) - 1 AS repeats, MAX(d) - MIN(d) AS t_x,
               DATE '1998-06-30' - MIN(d) AS "T", DATE '1998-06-30' - MAX(d) AS days_since_last,
               SUM(a)::DOUBLE AS total_value,
               SUM(CASE WHEN k > 1 THEN a END)::DOUBLE / NULLIF(MAX(k) - 1, 0) AS mean_repeat_value
        FROM numbered GROUP BY id ORDER BY id
        """
    ).df()
    found = customer_summary(as_clean(master), observed_until=date(1998, 6, 30))
    assert len(found) == 23570
    assert_frame_equal(found, expected, check_exact=True, check_dtype=False)


@pytest.fixture(scope="module")
def lifetimes_summary():
    """`summary_data_from_transaction_data`; importing it warns and sets pandas options, kept away from the others."""
    with warnings.catch_warnings(), pd.option_context("display.max_rows", 10):
        warnings.simplefilter("ignore")
        chained = pd.options.mode.chained_assignment
        utils = importlib.import_module("lifetimes.utils")
        pd.options.mode.chained_assignment = chained
    return utils.summary_data_from_transaction_data


def test_agrees_with_lifetimes_where_every_amount_is_positive(master, lifetimes_summary):
    rows = master.assign(amount=master["amount"].astype(float)).query("amount > 0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifetimes_summary(
            rows, "customer_id", "date", monetary_value_col="amount", observation_period_end="1998-06-30"
        ).sort_index()
    ours = customer_summary(as_clean(rows.astype({"amount": str})), observed_until=date(1998, 6, 30))
    assert ours["customer_id"].tolist() == theirs.index.tolist()
    np.testing.assert_array_equal(ours[["repeats", "t_x", "T"]], theirs[["frequency", "recency", "T"]])
    # Their mean of no repeat purchase is 0 and their sums are of doubles.
    np.testing.assert_allclose(ours["mean_repeat_value"].fillna(0), theirs["monetary_value"], rtol=1e-12)
