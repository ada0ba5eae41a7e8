import dataclasses
import hashlib
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crmlab import client_file, suite
from crmlab.client import Client, Commission, Economics, built_in
from crmlab.errors import CrmlabError, DataError
from crmlab.tables import engine, ingest
from crmlab.tables.quality import Ledger
from crmlab.tables.schema import Rules

HEADER = "customer_id,date,amount\n"


def refusal(client):
    with pytest.raises(DataError) as caught:
        Client.open(client)
    return str(caught.value)


# What a client is


def test_a_client_holds_what_its_file_says(write_client):
    path = write_client(zero_amounts="keep")
    client = Client.open(path)
    assert (client.id, client.name, client.currency) == ("shop", "A shop", "USD")
    assert client.observed_until == date(1998, 6, 30)
    assert client.rules == Rules(zero_amounts="keep")
    assert client.source_path == path
    (source,) = client.sources
    data = (path.parent / "sales.csv").read_bytes()
    assert (source.table, source.file, source.rows, source.bytes) == ("transactions", "sales.csv", 3, len(data))
    assert source.sha256 == hashlib.sha256(data).hexdigest()


def test_free_items_are_left_out_unless_the_client_says_otherwise(write_client):
    assert Client.open(write_client()).rules == Rules(zero_amounts="exclude")


def test_a_client_cannot_be_changed(write_client):
    with pytest.raises(dataclasses.FrozenInstanceError):
        Client.open(write_client()).observed_until = date(1999, 1, 1)


def test_a_file_a_folder_and_a_text_open_the_same_client(write_client):
    path = write_client()
    assert Client.open(path) == Client.open(path.parent) == Client.open(str(path)) == Client.open(str(path.parent))


def test_built_in_clients_open_by_name_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cdnow").mkdir()
    assert built_in() == ("cdnow", "cdnow-full", "negin")
    client = Client.open("cdnow")
    assert client.source_path == suite.datasets_folder() / "cdnow" / "client.yml"
    assert client.rules.zero_amounts == "keep"
    assert "holds no client.yml" in refusal("./cdnow")


def test_opening_twice_only_hashes(write_client, monkeypatch):
    path = write_client()
    first = Client.open(path)
    monkeypatch.setattr(engine, "connect", None)
    assert Client.open(path) == first


def test_tables_of_one_client_can_be_joined(write_client):
    client = Client.open(write_client())
    left, right = client.table("transactions"), client.table("transactions")
    assert left.join(right, "customer_id").count().to_pyarrow().as_py() == 5  # ann 2 x 2, bob 1 x 1


def test_an_unknown_table_is_a_readable_error(write_client):
    with pytest.raises(
        DataError, match=r"client shop has no table 'transaction' \(did you mean 'transactions'\?\); it has transact"
    ):
        Client.open(write_client()).table("transaction")


@pytest.mark.parametrize(
    "change",
    [
        {"data": HEADER + "ann,1997-01-01,10.01\nbob,1997-01-02,9.00\n"},
        {"zero_amounts": "keep"},
        {"observed_until": "1998-06-29"},
        {"currency": "EUR"},
        {"columns": {"customer_id": "date", "date": "date", "amount": "amount"}},
        {"ledger": {"total": 10}},
    ],
    ids=["data", "rules", "observed_until", "currency", "mapping", "ledger"],
)
def test_the_data_key_covers_all_that_makes_the_data(write_client, change):
    text = HEADER + "ann,1997-01-01,10.00\nbob,1997-01-02,9.00\n"
    before = Client.open(write_client(text)).data_key
    assert Client.open(write_client(**{"data": text} | change)).data_key != before


def test_the_data_key_does_not_depend_on_names_and_places(write_client):
    keys = {
        Client.open(write_client()).data_key,
        Client.open(write_client(folder="elsewhere")).data_key,
        Client.open(write_client(id="other", name="Other", folder="renamed")).data_key,
    }
    assert len(keys) == 1


def test_quoted_and_plain_dates_are_the_same(write_client):
    text = write_client(observed_until=date(1998, 6, 30)).read_text()
    assert "observed_until: 1998-06-30" in text
    quoted = write_client(observed_until="1998-06-30", folder="quoted")
    assert "observed_until: '1998-06-30'" in quoted.read_text()
    assert Client.open(write_client()).data_key == Client.open(quoted).data_key


def test_threads_are_passed_to_the_engine(write_client):
    client = Client.open(write_client(), threads=1, memory_limit="200MB")
    connection = client.table("transactions").get_backend()
    assert connection.raw_sql("select current_setting('threads')").fetchone() == (1,)


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        ("ann,1997-01-01,much\n", {}),  # found while reading
        ("ann,1997-01-01,10\n", {"columns": {"customer_id": "nobody", "date": "date", "amount": "amount"}}),  # before
        ("ann,1997-01-01,10\n", {"currency": "dollars"}),  # in the client file
    ],
)
def test_looking_for_what_is_wrong_keeps_to_the_memory_given(write_client, monkeypatch, rows, keys):
    connect, limits = engine.connect, []

    def noted(**settings):
        connection = connect(**settings)
        limits.append(engine.limit_of(connection))
        return connection

    monkeypatch.setattr(engine, "connect", noted)
    with pytest.raises(DataError):
        Client.open(write_client(HEADER + rows, **keys), memory_limit="200MiB")
    assert set(limits) == {200 * 1024**2}


# What is refused


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cdnov", "there is no client 'cdnov' (did you mean 'cdnow'?)"),
        ("", "it is neither"),
        ("no/such/file.yml", "neither a built-in client (cdnow, cdnow-full, negin) nor the path of a client file"),
        ("x\0y", "there is no client"),
        ("x" * 5000, "there is no client"),
    ],
)
def test_a_client_that_is_not_there(name, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = refusal(name)
    assert expected in told or "holds no client.yml" in told
    assert "cdnow, cdnow-full, negin" in told


def form(**keys):
    return {"tables": {"transactions": {"files": "a.csv", "columns": {}, "format": keys}}}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"id": "../../x"}, "id: '../../x' can be no id; write only lower-case letters a-z, digits and hyphens"),
        ({"id": "<script>alert(1)</script>"}, "can be no id; write only"),
        ({"id": "<script>alert(1)</script>"}, "for example script-alert-1-script"),
        ({"id": "MyShop"}, "for example myshop"),
        ({"id": ""}, "can be no id"),
        ({"id": "a\n"}, "can be no id"),
        ({"id": "x" * 65}, "at most 64"),
        ({"id": 7}, "id: must be text, got 7; put it in quotes"),
        ({"id": None}, "client.yml: id: is missing; write lower-case letters"),
        ({"name": None}, "name: is missing"),
        ({"name": " "}, "name: is blank"),
        ({"observed_until": None}, "observed_until: is missing; write the last day the data covers"),
        ({"observed_until": "soon"}, "observed_until: 'soon' is not a date; write the last day"),
        ({"observed_until": 19980630}, "observed_until: 19980630 is not a date"),
        ({"observed_until": "1998-02-30"}, "'1998-02-30' is not a date"),
        ({"observed_until": "1998-06-30 10:00"}, "is not a date"),
        ({"currency": None}, "currency: is missing; write three capital letters"),
        ({"currency": "usd"}, "'usd' is no currency code"),
        ({"curency": "USD"}, "curency: is an unknown key (did you mean 'currency'?); known here: id, name"),
        ({"rules": {"zero_amount": "keep"}}, "rules.zero_amount: is an unknown key (did you mean 'zero_amounts'?)"),
        ({"rules": {"zero_amounts": "drop"}}, "rules.zero_amounts: got 'drop'; write 'exclude' or 'keep'"),
        ({"rules": []}, "rules: must hold keys with values, got []"),
        ({"tables": None}, "tables: is missing"),
        ({"tables": {}}, "tables.transactions: is missing"),
        ({"tables": {"transaction": {}}}, "tables.transaction: is an unknown key (did you mean 'transactions'?)"),
        (
            {"tables": {"transactions": "x"}},
            "tables.transactions: must hold keys with values, or a list of such, got 'x'",
        ),
        ({"tables": {"transactions": []}}, "tables.transactions: names nothing; write for example"),
        ({"tables": {"transactions": {"file": "x"}}}, "tables.transactions.file: is an unknown key (did you mean 'fil"),
        (
            {"tables": {"transactions": {"columns": {}, "files": []}}},
            "tables.transactions.files: names nothing; write the name of",
        ),
        (
            {"tables": {"transactions": {"columns": {}, "files": 5}}},
            "tables.transactions.files: must be a text or a list of texts, got 5",
        ),
        ({"tables": {"transactions": {"columns": {}, "files": ["a", 5]}}}, "must be text, got 5"),
        ({"tables": {"transactions": {"columns": {}, "files": "https://x.org/a.csv"}}}, "is an address"),
        ({"tables": {"transactions": {"columns": {}, "files": ["s3://x/a.parquet"]}}}, "fetch it first"),
        ({"tables": {"transactions": {"columns": {}, "files": " "}}}, "the name of a file is blank"),
        ({"tables": {"transactions": {"columns": {"date": 5}, "files": "a.csv"}}}, "columns.date: must be text, got 5"),
        ({"tables": {"transactions": {"columns": "a", "files": "a.csv"}}}, "columns: must hold keys with values"),
        ({"tables": {"transactions": [{"columns": {}, "files": 5}]}}, "tables.transactions.0.files: must be a text"),
        (form(seperator=";"), "format.seperator: is an unknown key (did you mean 'separator'?); known here: encoding"),
        (form(separator="::"), "transactions.format.separator: got '::'; write one of , ; | or tab"),
        (form(encoding="utf8"), "format.encoding: got 'utf8'; write 'utf-8', 'utf-16', 'latin-1'"),
        (form(dates="dmy"), "format.dates: got 'dmy'; write 'year_first', 'day_first'"),
        (form(skip_lines=-1), "format.skip_lines: Input should be greater than or equal to 0, got -1"),
        (form(skip_lines=True), "format.skip_lines: Input should be a valid integer, got True"),
        (form(sheets=[1]), "format.sheets.0: must be text, got 1"),
        (form(decimal=",", thousands=","), "format: decimal and thousands are both ','; one mark cannot be both"),
        (form(decimal=5), "format.decimal: got 5; write '.'"),
        ({"tables": {"transactions": {"files": "a.csv", "columns": {}, "format": "x"}}}, "format: must hold keys with"),
        ({"rules": {"test_customers": 5}}, "rules.test_customers: must be a text or a list of texts, got 5"),
        ({"rules": {"returns": "ignore"}}, "rules.returns: got 'ignore'; write 'book', 'net' or 'drop'"),
        ({"ledger": {"total": "1,000"}}, "ledger.total: '1,000' is no amount; write it with a point and no thousands"),
        ({"ledger": {}}, "ledger.total: is missing"),
        ({"ledger": {"total": 5, "of": "sold"}}, "ledger.of: got 'sold'; write 'read' or 'kept'"),
        ({"economics": {"margin_rate": 35}}, "economics.margin_rate: Input should be less than or equal to 1, got 35"),
        ({"economics": {"margin_rate": 0}}, "economics.margin_rate: Input should be greater than 0, got 0"),
        ({"economics": {"contact_cost": -1}}, "economics.contact_cost: Input should be greater than or equal to 0"),
        ({"economics": {"contact_capacity": -5}}, "economics.contact_capacity: Input should be greater than or equal"),
        ({"economics": {"contact_capacity": 2.5}}, "economics.contact_capacity: Input should be a valid integer"),
        ({"economics": {"discount_rate_per_year": 0.1}}, "belong together; write both or neither"),
        ({"economics": {"margin": 0.3}}, "economics.margin: is an unknown key (did you mean 'margin_rate'?)"),
        ({"report": {"analyst": ""}}, "report.analyst: "),
        ({"observed_until": "2999-12-31"}, "observed_until: 2999-12-31 is in the future (today is 2"),
    ],
)
def test_what_is_wrong_with_a_client_file(write_client, keys, expected):
    told = refusal(write_client(**keys))
    assert expected in told
    assert "client.yml cannot be used as it stands:" in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "client.yml: is empty; it needs the keys id, name"),
        ("- a\n- b\n", "holds ['a', 'b'], not keys with values"),
        ("a: [1\n", "line 2: is not valid YAML"),
        ("a: b: c\n", "line 1: is not valid YAML"),
        (
            "id: !!python/object/apply:os.system ['true']\n",
            "apply:os.system'; write plain keys and values",
        ),
        ("id: !mine x\n", "line 1: could not determine a constructor for the tag '!mine'"),
        ("id: a\nid: b\n", "line 2: the key 'id' is there twice; keep one"),
        ("id: a\nrules:\n  x: 1\n  x: 2\n", "line 4: the key 'x' is there twice"),
        ("observed_until: 1998-02-30\n", "is not valid YAML: day is out of range"),
        ("a: &a [*a]\n", "a: is an unknown key"),
        ("? [1, 2]\n: x\n", "found unhashable key; write plain keys and values only"),
        ("a: 1\n--- \nb: 2\n", "is not valid YAML"),
        ("a: \0\n", "is not valid YAML"),
        ("1: x\n", "1: "),
        ("[" * 1500, "is not valid YAML"),
    ],
)
def test_text_that_is_no_client_file(write_client, text, expected):
    assert expected in refusal(write_client(text=text))


def test_bytes_that_are_no_text_are_refused(write_client):
    path = write_client()
    path.write_bytes(b"id: \xff\n")
    assert "client.yml: is not UTF-8 text" in refusal(path)


def test_the_client_file_in_the_readme_is_sound():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL)
    (example,) = (one for one in examples if "observed_until" in one)
    keys, problems = client_file.parse(yaml.safe_load(example), Path("client.yml"), today=date(2026, 12, 31))
    assert problems == []
    assert keys.ledger.total == Decimal("1204388.10")


def test_no_tag_runs_anything(write_client, tmp_path):
    victim = tmp_path / "victim"
    refusal(write_client(text=f"id: !!python/object/apply:pathlib.Path.touch [{victim}]\n"))
    refusal(write_client(text=f"id: !!python/object/apply:os.system ['touch {victim}']\n"))
    assert not victim.exists()


def test_the_mapping_is_checked_against_the_schema(write_client):
    told = refusal(write_client(columns={"customer": "customer_id", "date": "date", "amount": "amount"}))
    assert "columns: customer_id is not mapped; write which column of the file holds it (Who bought" in told
    assert "'customer' is none of crmlab's columns (did you mean 'customer_id'?)" in told


def test_an_amount_or_quantity_and_price_must_be_mapped(write_client):
    needed = "columns: amount, or quantity and unit_price must be mapped, so that crmlab knows what was paid"
    assert needed in refusal(write_client(columns={"customer_id": "customer_id", "date": "date"}))
    half = {"customer_id": "customer_id", "date": "date", "unit_price": "amount"}
    assert needed in refusal(write_client(columns=half))


def test_a_table_may_be_several_exports_of_different_forms(write_client):
    path = write_client({"a.csv": HEADER + "ann,1997-01-01,1.50\n", "b.csv": "when,who,paid\n1997-02-01,bob,2.25\n"})
    keys = yaml.safe_load(path.read_text())
    keys["tables"]["transactions"] = [
        {"files": "a.csv", "columns": {"customer_id": "customer_id", "date": "date", "amount": "amount"}},
        {"files": "b.csv", "columns": {"customer_id": "who", "date": "when", "amount": "paid"}},
    ]
    path.write_text(yaml.safe_dump(keys))
    client = Client.open(path)
    rows = client.table("transactions").order_by("date").to_pyarrow().to_pylist()
    assert [(row["customer_id"], float(row["amount"])) for row in rows] == [("ann", 1.5), ("bob", 2.25)]
    assert [source.file for source in client.sources] == ["a.csv", "b.csv"]
    assert [export.columns["date"] for export in client.exports] == ["date", "when"]


def test_margins_and_costs_are_the_clients_and_have_no_defaults(write_client):
    stated = {"margin_rate": 0.35, "discount_rate_per_year": 0.1, "discount_rate_kind": "real", "contact_cost": 2}
    stated |= {"contact_capacity": 900}
    opened = Client.open(write_client(economics=stated, report={"reviewer": "B. Reviewer"}))
    assert opened.economics == Economics(**stated)
    assert opened.commission == Commission(reviewer="B. Reviewer")
    plain = Client.open(write_client())
    assert (plain.economics, plain.commission) == (Economics(), Commission())
    assert set(vars(plain.economics).values()) == {None}


def test_the_ledger_of_the_client_file_is_the_clients(write_client):
    assert Client.open(write_client(ledger={"total": 22.75})).ledger == Ledger(Decimal("22.75"), "read")
    assert Client.open(write_client(ledger={"total": "22.75", "of": "kept"})).ledger == Ledger(Decimal("22.75"), "kept")
    assert Client.open(write_client()).ledger is None


def test_a_file_listed_twice_is_refused(write_client):
    path = write_client()
    path.write_text(path.read_text().replace("files: sales.csv", "files: [sales.csv, ./sales.csv]"))
    assert "'./sales.csv' is listed twice, and its rows would count twice" in refusal(path)


def test_the_client_file_and_the_data_are_reported_together(write_client):
    path = write_client(
        {"a.csv": HEADER + "ann,tomorrow,5 US\n", "b.csv": HEADER.replace("amount", "amont") + "a,b,c\n"},
        id="My Shop",
        observed_until=None,
        currency="dollars",
        nmae="x",
    )
    told = refusal(path)
    for expected in (
        "'My Shop' can be no id",
        "observed_until: is missing",
        "'dollars' is no currency code",
        "nmae: is an unknown key (did you mean 'name'?)",
        "a.csv: column 'date': 1 value is no date",
        "a.csv: column 'amount': 1 value is no plain number",
        "b.csv: there is no column 'amount' (did you mean 'amont'?)",
        "b.csv: column 'date': 1 value is no date",
    ):
        assert expected in told
    assert told.count("\n") == 8


def test_the_data_of_a_half_mapped_table_are_looked_at_too(write_client):
    told = refusal(write_client(HEADER + "ann,tomorrow,1\n", columns={"date": "date", "amount": "amount"}))
    assert "customer_id is not mapped" in told
    assert "column 'date': 1 value is no date" in told


def test_files_lie_relative_to_the_client_file(write_client, tmp_path, monkeypatch):
    path = write_client()
    monkeypatch.chdir(path.parent)
    assert Client.open("client.yml").sources == Client.open(path).sources
    monkeypatch.chdir(tmp_path)
    assert Client.open(Path("shop")).sources[0].file == "sales.csv"


def test_nothing_is_written_for_a_client_that_is_refused(write_client, cache_folder):
    path = write_client(id="../../x")
    before = sorted(path.parent.parent.rglob("*"))
    refusal(path)
    assert sorted(path.parent.parent.rglob("*")) == before
    assert not list(cache_folder.rglob("*.parquet"))


fuzz = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


@fuzz
@given(junk=st.binary(max_size=20), at=st.integers(0, 250), cut=st.integers(0, 20))
@example(junk=b"!!int ''", at=10, cut=0)
@example(junk=b"!!timestamp x\n", at=10, cut=0)
@example(junk=b"!!bool x\n", at=10, cut=0)
def test_no_bytes_in_a_client_file_raise_anything_but_a_readable_error(write_client, junk, at, cut):
    path = write_client()
    sound = path.read_bytes()
    path.write_bytes(sound[:at] + junk + sound[at + cut :])
    try:
        Client.open(path)
    except CrmlabError as error:
        told = str(error)
    else:
        return
    assert "client.yml" in told or "The data cannot" in told or "No row" in told


@settings(fuzz, max_examples=15)
@given(key=st.sampled_from(["id", "name", "observed_until", "currency", "tables", "rules"]), value=values)
def test_no_value_in_a_client_file_raises_anything_but_a_readable_error(write_client, key, value):
    path = write_client()
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {key: value}), encoding="utf-8")
    try:
        client = Client.open(path)
    except CrmlabError as error:
        told = str(error)
    else:
        assert key in {"id", "name", "currency", "observed_until", "rules"}
        assert ingest.cache_folder().is_dir()
        assert client.id
        return
    assert key in told or "No row" in told or "not valid YAML" in told
