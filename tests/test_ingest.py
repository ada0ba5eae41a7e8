import datetime as dt
import errno
import hashlib
import os
import re
import signal
import threading
import time
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.errors import CrmlabError, DataError
from crmlab.tables import ingest, rules
from crmlab.tables.quality import rule_counts

HEADER = "customer_id,date,amount\n"
NOTHING_LEFT = re.compile("No row of transactions is left|The data support no analysis")
COLUMNS = {"customer_id": "customer_id", "date": "date", "amount": "amount"}


def clean_rows(path, **settings_of_the_engine):
    table = Client.open(path, **settings_of_the_engine).table("transactions")
    return [tuple(row.values()) for row in table.drop("is_return").to_pyarrow().to_pylist()]


def one(write_client, *, customer_id="ann", date="1997-01-01", amount="1", **keys):
    """The clean row that comes of one raw row; sound rows of two others see to it that something is left."""
    text = f'{HEADER}"{customer_id}","{date}","{amount}"\nzoe,1997-01-01,1\nyan,1997-01-01,1\n'
    return clean_rows(write_client(text, **keys))[0]


def refusal(path):
    with pytest.raises(DataError) as caught:
        Client.open(path)
    return str(caught.value)


def parquet(write_client, **columns):
    frame = {"customer_id": ["ann", "zoe"], "date": [dt.date(1997, 1, 1)] * 2, "amount": [1.0, 1.0]} | columns
    return write_client({"sales.parquet": arrow_bytes(pa.table(frame))})


def arrow_bytes(data):
    table = pa.Table.from_pandas(data) if isinstance(data, pd.DataFrame) else data
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


# What a row becomes


def test_columns_and_types_are_those_of_the_schema(write_client):
    schema = Client.open(write_client()).table("transactions").schema()
    assert [(name, str(type_)) for name, type_ in schema.items()] == [
        ("customer_id", "string"),
        ("date", "date"),
        ("amount", "decimal(18, 4)"),
        ("is_return", "boolean"),
        ("excluded_by", "string"),
    ]


def test_each_column_is_converted_and_blanks_are_missing(write_client):
    text = f'{HEADER} ann ,19970101,1e3\n=cmd(),1997-01-02 10:00,"-12.50 "\n,,\n12346.0,1997-01-03,13.329999999999998\n'
    assert clean_rows(write_client(text)) == [
        ("ann", dt.date(1997, 1, 1), Decimal("1000.0000"), None),
        ("=cmd()", dt.date(1997, 1, 2), Decimal("-12.5000"), None),
        (None, None, None, "missing_customer_id"),
        ("12346", dt.date(1997, 1, 3), Decimal("13.3300"), None),
    ]


def test_parquet_gives_the_same_clean_table_as_csv(write_client):
    frame = pd.DataFrame(
        {
            "customer_id": [1.0, 2.0],
            "date": pd.to_datetime(["1997-01-01 09:30", "1997-01-02 00:00"]),
            "amount": [13.33, 0.1 + 0.2],
        }
    )
    assert clean_rows(write_client(frame)) == clean_rows(write_client(frame.to_csv(index=False), folder="as-csv"))


def test_csv_and_parquet_may_stand_side_by_side(write_client):
    frame = pd.DataFrame({"date": [dt.date(1997, 1, 1)], "amount": [2], "customer_id": [7]})
    rows = clean_rows(write_client({"a.csv": f"{HEADER}ann,1997-01-01,1\n", "b.parquet": arrow_bytes(frame)}))
    assert [(who, amount) for who, _, amount, _ in rows] == [("ann", Decimal(1)), ("7", Decimal(2))]


def test_text_among_amounts_is_refused_with_row_numbers_examples_and_the_mend(write_client):
    told = refusal(write_client(f'{HEADER}ann,1997-01-01,1\nann,1997-01-01,"1_234.5"\n'))
    assert told == (
        "The data cannot be used as it stands:\n"
        "  - sales.csv: column 'amount': 1 value is no plain number (row 3: '1_234.5'); write amounts like "
        "1234.50, with at most the client's currency beside them, and leave a missing amount empty"
    )


def test_dates_that_do_not_parse_are_refused_with_row_numbers_examples_and_the_mend(write_client):
    told = refusal(write_client(f"{HEADER}ann,Monday,1\n\nann,1997-01-01,1\nann,1997-12-31x,1\n"))
    assert (
        "sales.csv: column 'date': 2 values are no dates crmlab can read without guessing "
        "(row 2: 'Monday', row 5: '1997-12-31x'); write dates year first, like 1997-12-31"
    ) in told


def test_types_that_cannot_be_converted_are_refused(write_client):
    instants = pa.array([dt.datetime(1997, 1, 1, tzinfo=dt.UTC)] * 2, pa.timestamp("us", tz="UTC"))
    told = refusal(parquet(write_client, date=instants, amount=[True, False], customer_id=[[1], [2]]))
    assert "column 'date' holds instants" in told
    assert "column 'amount' holds boolean, which cannot become numbers" in told
    assert "column 'customer_id' holds array<int64>, which cannot become text" in told


# Rules


def test_the_first_rule_that_hits_takes_the_row(write_client):
    text = (
        f"{HEADER},,\nann,,\nann,1999-01-01,\nann,1999-01-01,0\nann,1998-06-30,0\nann,1998-06-30,-1\nbob,1998-06-30,1\n"
    )
    assert [row[3] for row in clean_rows(write_client(text))] == [
        "missing_customer_id",
        "missing_date",
        "missing_amount",
        "after_observed_until",
        "zero_amount",
        None,
        None,
    ]


def test_free_items_stay_in_where_the_client_keeps_them(write_client):
    assert one(write_client, amount="0", zero_amounts="keep")[3] is None
    assert one(write_client, amount="-0.00", folder="other")[3] == "zero_amount"


def test_no_row_left_says_which_rule_took_how_many(write_client):
    told = refusal(write_client(f"{HEADER},1997-01-01,1\nann,,1\nbob,,2\n"))
    assert "No row of transactions is left after the rules" in told
    assert "missing_customer_id took 1 row: The row does not say who bought." in told
    assert "missing_date took 2 rows" in told


def test_observed_until_before_the_first_purchase_names_both_dates(write_client):
    told = refusal(write_client(observed_until="1996-12-31"))
    assert "observed_until is 1996-12-31, but the transactions it leaves out begin on 1997-01-01" in told


# All problems at once


def test_all_problems_of_all_files_and_columns_come_together(write_client, cache_folder):
    path = write_client(
        {
            "a.csv": f"{HEADER}ann,1997-01-01,x\nann,tomorrow,1.23456\nann,1997-01-01,y\nb,1997-01-01,z\nb,1,q\n",
            "b.csv": "customer,date,amount\nann,yesterday,1\n",
            "c.csv": HEADER,
            "d.csv": f"{HEADER}ann,1997-01-01\n",
        }
    )
    path.write_text(path.read_text().replace("a.csv", "a.csv\n    - missing.csv"))
    told = refusal(path)
    for expected in (
        "a.csv: column 'amount': 4 values are no plain numbers (row 2: 'x', row 4: 'y', row 5: 'z')",
        "a.csv: column 'amount': 1 value has more than four decimals (row 3: '1.23456')",
        "a.csv: column 'date': 2 values",
        "missing.csv: there is no such file",
        "b.csv: there is no column 'customer_id' (did you mean 'customer'?)",
        "b.csv: column 'date': 1 value",
        "c.csv: has a header but no rows",
        "d.csv: 1 row without the 3 values the header announces (line 2 has 2)",
    ):
        assert expected in told
    assert not list(cache_folder.rglob("*.parquet"))


def test_rows_are_numbered_as_in_the_file_whatever_the_size(write_client):
    sound = "ann,1997-01-01,1\n"
    told = refusal(write_client(HEADER + sound * 50_000 + "ann,1997-01-01,oops\n" + sound * 5))
    assert "(row 50002: 'oops')" in told


# Files are read, never changed; the cache is whole or absent


def folder_of(path):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()}


def test_input_files_are_unchanged_and_nothing_lies_beside_them(write_client):
    path = write_client()
    before = folder_of(path)
    clean_rows(path)
    assert folder_of(path) == before


def test_opening_again_reads_the_cache(write_client, monkeypatch):
    path = write_client()
    first = Client.open(path)
    monkeypatch.setattr(ingest, "write_parquet", None)
    assert Client.open(path) == first


@pytest.mark.parametrize("change", ["data", "rules", "observed_until", "columns"])
def test_the_cache_is_keyed_by_all_that_goes_in(write_client, change):
    before = Client.open(
        write_client(f"{HEADER}ann,1997-01-01,1\nzoe,1997-01-03,1\nbob,1997-01-02,0\n", columns=COLUMNS)
    )
    changes = {
        "data": {"data": f"{HEADER}ann,1997-01-01,1\nzoe,1997-01-03,1\nbob,1997-01-02,0.00\n"},
        "rules": {"zero_amounts": "keep"},
        "observed_until": {"observed_until": "1998-06-29"},
        "columns": {"columns": COLUMNS | {"customer_id": "date"}},
    }
    keys = {"data": f"{HEADER}ann,1997-01-01,1\nzoe,1997-01-03,1\nbob,1997-01-02,0\n", "columns": COLUMNS} | changes[
        change
    ]
    after = Client.open(write_client(**keys))
    assert after.data_key != before.data_key
    assert after._clean["transactions"].parts != before._clean["transactions"].parts


def test_a_damaged_cache_is_built_again(write_client, cache_folder):
    path = write_client()
    expected = clean_rows(path)
    (part,) = cache_folder.rglob("*.parquet")
    part.write_bytes(b"")
    assert clean_rows(path) == expected
    part.unlink()
    assert clean_rows(path) == expected


def test_a_cache_that_is_gone_is_a_readable_error(write_client, cache_folder):
    client = Client.open(write_client())
    for part in cache_folder.rglob("*.parquet"):
        part.unlink()
    with pytest.raises(DataError, match="is gone from the cache; open it again"):
        client.table("transactions")


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "No space left on device"), duckdb.IOException("IO Error: No space left on device")],
    ids=["os", "engine"],
)
def test_a_write_that_fails_is_one_readable_error_and_leaves_nothing(write_client, cache_folder, monkeypatch, failure):
    def fail(connection, table, path):
        path.write_bytes(b"half")
        raise failure

    path = write_client()
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "write_parquet", fail)
        with pytest.raises(DataError, match=r"could not be written to .*No space left on device.*set CRMLAB_CACHE"):
            Client.open(path)
    assert [file for file in cache_folder.rglob("*") if file.is_file()] == []
    assert len(clean_rows(path)) == 3


def test_a_cache_folder_that_cannot_be_made_is_a_readable_error(write_client, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CRMLAB_CACHE", str(tmp_path / "file" / "cache"))
    told = refusal(write_client())
    assert f"there is no place in {tmp_path / 'file' / 'cache'}" in told
    assert "set CRMLAB_CACHE to a folder that can be written to" in told


def test_an_interruption_leaves_nothing(write_client, cache_folder, monkeypatch):
    def interrupted(connection, table, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(ingest, "write_parquet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Client.open(write_client())
    assert [file for file in cache_folder.rglob("*") if file.is_file()] == []


def test_ctrl_c_in_the_middle_of_the_engine_is_an_interruption(write_client, cache_folder):
    path = write_client(HEADER + "ann,1997-01-01,1\n" * 4_000_000)
    written = threading.Event()

    def press():
        while not written.is_set() and not list(cache_folder.rglob("*.parquet")):
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            Client.open(path, threads=1)
    finally:
        written.set()
        thread.join()
    assert [file for file in cache_folder.rglob("*") if file.is_file()] == []


def test_a_file_that_changes_while_it_is_read_is_refused(write_client, monkeypatch):
    path, write = write_client(), ingest.write_parquet

    def write_and_change(connection, table, part):
        write(connection, table, part)
        (path.parent / "sales.csv").write_text(f"{HEADER}ann,1997-01-01,1\n")

    monkeypatch.setattr(ingest, "write_parquet", write_and_change)
    assert "sales.csv: changed while it was being read" in refusal(path)


def test_whoever_finishes_second_uses_the_table_of_the_first(write_client, monkeypatch):
    path, write = write_client(), ingest.write_parquet

    def slow(connection, table, part):
        monkeypatch.setattr(ingest, "write_parquet", write)
        Client.open(path)
        write(connection, table, part)

    monkeypatch.setattr(ingest, "write_parquet", slow)
    assert len(clean_rows(path)) == 3


@pytest.mark.parametrize("name", ["o'brien", "a[1]", 'say "x"', "back\\slash"])
def test_the_cache_may_lie_in_a_folder_of_any_name(write_client, tmp_path, monkeypatch, name):
    monkeypatch.setenv("CRMLAB_CACHE", str(tmp_path / name))
    assert len(clean_rows(write_client())) == 3


# Properties

ids = st.sampled_from(["ann", "bob", "", " ", "=cmd()", "7", "7.0"])
days = st.one_of(st.just(""), st.dates(dt.date(1997, 1, 1), dt.date(1999, 1, 1)).map(str))
amounts = st.one_of(st.just(""), st.just("0"), st.decimals(-(10**6), 10**6, places=2).map(str))
tables = st.lists(st.tuples(ids, days, amounts), min_size=1, max_size=12)
few = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def text_of(rows):
    return HEADER + "".join(f'"{who}",{day},{amount}\n' for who, day, amount in rows)


def with_one_kept(rows):
    return [*rows, ("zoe", "1997-01-01", "1"), ("yan", "1997-01-01", "1")]


def counts_of(path, **settings_of_the_engine):
    table = Client.open(path, **settings_of_the_engine).table("transactions")
    return rule_counts(table).to_dict("records")


@settings(few, max_examples=3)
@given(rows=tables, data=st.data())
def test_order_files_names_of_customers_and_threads_change_no_count_and_no_sum(write_client, rows, data):
    rows = with_one_kept(rows)
    expected = counts_of(write_client(text_of(rows)))
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(1, len(rows) - 1))
    renamed = [(f"x{who}" if who.strip() else who, day, amount) for who, day, amount in rows]
    parts = {"1.csv": text_of(rows[:cut]), "2.csv": text_of(rows[cut:])}
    assert counts_of(write_client(text_of(shuffled), folder="shuffled")) == expected
    assert counts_of(write_client(parts, folder="split")) == expected
    assert counts_of(write_client(text_of(renamed), folder="renamed")) == expected
    assert counts_of(write_client(text_of(rows)), threads=1) == expected


@few
@given(rows=tables)
def test_every_row_is_there_and_kept_and_excluded_make_up_what_was_read(write_client, rows):
    rows = with_one_kept(rows)
    client = Client.open(write_client(text_of(rows)))
    counts = rule_counts(client.table("transactions")).set_index("rule")
    total = sum((Decimal(amount) for _, _, amount in rows if amount), Decimal(0))
    assert client.sources[0].rows == counts.loc["read", "rows"] == len(rows)
    assert counts.loc["read", "amount"] == total
    assert counts["rows"].drop("read").sum() == len(rows)
    assert sum(counts["amount"].drop("read"), Decimal(0)) == total


def test_threads_change_no_row_of_a_large_table(write_client):
    rng = np.random.default_rng(20)
    n = 150_000
    frame = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 1000, n),
            "date": np.datetime64("1997-01-01", "D") + rng.integers(0, 700, n),
            "amount": rng.integers(-1000, 5000, n) / 100,
        }
    )
    path = write_client(frame.to_csv(index=False))
    several = Client.open(path, threads=2).table("transactions").to_pyarrow()
    for part in ingest.cache_folder().rglob("*.parquet"):
        part.unlink()
    single = Client.open(path, threads=1).table("transactions").to_pyarrow()
    assert several.equals(single)
    assert sum(several["amount"].to_pylist()) == sum(Decimal(f"{x:.2f}") for x in frame["amount"])


@settings(few, max_examples=25)
@given(junk=st.binary(max_size=40), at=st.integers(0, 60), cut=st.integers(0, 10))
def test_no_bytes_in_a_csv_raise_anything_but_a_readable_error(write_client, junk, at, cut):
    sound = (HEADER + "ann,1997-01-01,1\nbob,1997-01-02,2\n").encode()
    try:
        clean_rows(write_client(sound[:at] + junk + sound[at + cut :]))
    except CrmlabError as error:
        told = str(error)
    else:
        return
    assert "sales.csv" in told or NOTHING_LEFT.search(told)


@settings(few, max_examples=12)
@given(junk=st.binary(min_size=1, max_size=20), at=st.integers(0, 2000))
def test_no_bytes_in_a_parquet_file_raise_anything_but_a_readable_error(write_client, junk, at):
    frame = pd.DataFrame({"customer_id": ["a", "b"], "date": [dt.date(1997, 1, 1)] * 2, "amount": [1.0, 2.0]})
    sound = arrow_bytes(frame)
    try:
        clean_rows(write_client({"sales.parquet": sound[:at] + junk + sound[at + len(junk) :]}))
    except CrmlabError as error:
        told = str(error)
    else:
        return
    assert "sales.parquet" in told or NOTHING_LEFT.search(told)


def test_what_killed_processes_left_in_the_cache_is_swept_after_a_day(write_client, cache_folder):
    old, young = cache_folder / "tables" / ".partial-old", cache_folder / "tables" / ".partial-young"
    for left in (old, young):
        left.mkdir(parents=True)
        (left / "00000.parquet").write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(old, (two_days_ago, two_days_ago))
    Client.open(write_client())
    assert (old.exists(), young.exists()) == (False, True)


def test_files_of_one_export_are_cleaned_by_one_query(write_client, monkeypatch):
    asked, clean = [], rules.clean
    monkeypatch.setattr(rules, "clean", lambda *given: asked.append(1) or clean(*given))
    files = {
        f"{number}.csv": f"customer_id,date,amount\n{who},1997-01-0{number},{number}\n"
        for number, who in ((1, "ann"), (2, "bob"), (3, "cid"))
    }
    rows = Client.open(write_client(files)).table("transactions").order_by("date").to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["date"].day, int(row["amount"])) for row in rows] == [
        ("ann", 1, 1),
        ("bob", 2, 2),
        ("cid", 3, 3),
    ]
    assert len(asked) == 1
