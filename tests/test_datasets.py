import csv
import dataclasses
import importlib.util
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crmlab import datasets, suite
from crmlab.client import Client, built_in
from crmlab.errors import DataError
from crmlab.tables.reader import sha256_of

ORIGINALS = Path(importlib.util.find_spec("lifetimes").origin).parent / "datasets"


def original(name, *, header):
    lines = (ORIGINALS / name).read_text(encoding="ascii").splitlines()[header:]
    return [line.split() for line in lines]


def day(text):
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007


def sample():
    with datasets.dataset("cdnow").path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def full():
    return pq.read_table(datasets.dataset("cdnow-full").path).to_pylist()


def test_the_sample_is_its_original_row_by_row():
    got = [(r["customer_id"], r["sample_id"], r["date"].replace("-", ""), r["cds"], r["amount"]) for r in sample()]
    assert got == [tuple(row) for row in original("CDNOW_sample.txt", header=0)]


def test_the_full_data_are_their_original_row_by_row():
    got = [(r["customer_id"], r["date"], r["cds"], r["amount"]) for r in full()]
    assert got == [
        (who, day(when), int(cds), Decimal(amount)) for who, when, cds, amount in original("CDNOW_master.txt", header=1)
    ]
    types = {field.name: str(field.type) for field in pq.read_schema(datasets.dataset("cdnow-full").path)}
    assert types == {"customer_id": "string", "date": "date32[day]", "cds": "int16", "amount": "decimal128(9, 2)"}


def test_the_sample_is_a_true_subset_of_the_full_data():
    rows = [(r["customer_id"], date.fromisoformat(r["date"]), int(r["cds"]), Decimal(r["amount"])) for r in sample()]
    customers = {who for who, *_ in rows}
    theirs = [(r["customer_id"], r["date"], r["cds"], r["amount"]) for r in full() if r["customer_id"] in customers]
    assert sorted(rows) == sorted(theirs)


ROWS = {
    "cdnow": sample,
    "cdnow-full": full,
    "negin": lambda: pq.read_table(datasets.dataset("negin").path, columns=["customer_id", "date"]).to_pylist(),
}


@pytest.mark.parametrize("entry", datasets.registry(), ids=lambda entry: entry.name)
def test_the_registry_tells_the_truth(entry):
    rows = ROWS[entry.name]()
    days = [str(row["date"]) for row in rows]
    assert (entry.rows, entry.customers) == (len(rows), len({row["customer_id"] for row in rows}))
    assert (entry.first_date, entry.last_date) == (date.fromisoformat(min(days)), date.fromisoformat(max(days)))
    assert entry.bytes == entry.path.stat().st_size
    entry.verify()


@pytest.mark.parametrize("name", ["cdnow", "cdnow-full"])
def test_what_was_converted_names_its_source_and_terms(name):
    entry = datasets.dataset(name)
    assert entry.original_sha256 == sha256_of(ORIGINALS / entry.original_file)
    assert "No explicit licence" in entry.licence
    assert "Fader" in entry.citation


def test_published_counts():
    # Fader & Hardie (2001): 23,570 customers and 69,659 transactions; Fader, Hardie & Lee (2005): 2,357 customers.
    assert (datasets.dataset("cdnow-full").customers, datasets.dataset("cdnow-full").rows) == (23570, 69659)
    assert datasets.dataset("cdnow").customers == 2357


@pytest.mark.parametrize("entry", datasets.registry(), ids=lambda entry: entry.name)
def test_every_data_set_is_a_built_in_client_with_a_card(entry):
    client = Client.open(entry.name)
    assert client.id == entry.name
    assert client.currency == entry.currency
    assert (client.sources[0].sha256, client.sources[0].rows) == (entry.sha256, entry.rows)
    assert {source.sha256 for source in client.sources[1:]} <= set(entry.more_files.values())
    card = entry.card.read_text(encoding="utf-8")
    assert f"{entry.rows:,}" in card
    assert f"{entry.customers:,}" in card


def test_built_in_clients_are_the_data_sets():
    assert built_in() == tuple(sorted(entry.name for entry in datasets.registry()))


def test_building_again_gives_the_registry_and_the_same_bytes(tmp_path):
    script = suite.datasets_folder() / "build_cdnow.py"
    spec = importlib.util.spec_from_file_location("build_cdnow", script)
    build_cdnow = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_cdnow)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "cdnow").mkdir(parents=True)
        (folder / "cdnow-full").mkdir()
    again = build_cdnow.build(first), build_cdnow.build(second)
    assert again[0] == again[1]
    registered = json.loads((suite.datasets_folder() / "registry.json").read_text(encoding="utf-8"))
    parquet_writes_its_version = {"sha256", "bytes"}
    assert again[0][0] == registered[0]
    assert {key: again[0][1][key] for key in registered[1] if key not in parquet_writes_its_version} == {
        key: value for key, value in registered[1].items() if key not in parquet_writes_its_version
    }


def test_a_changed_file_is_a_readable_error(tmp_path, monkeypatch):
    entry = datasets.dataset("cdnow")
    monkeypatch.setattr(suite, "datasets_folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"data set cdnow: .* cannot be read: No such file.*; restore it"):
        entry.verify()
    entry.path.parent.mkdir()
    entry.path.write_text("changed")
    with pytest.raises(DataError, match=r"cdnow_sample.csv has been changed: its SHA-256 is .* expects .*; restore it"):
        entry.verify()


def test_an_unknown_name_is_a_readable_error():
    with pytest.raises(DataError, match=r"no data set 'cdnov' \(did you mean 'cdnow'\?\); there are cdnow, .*negin"):
        datasets.dataset("cdnov")


def test_a_data_set_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        datasets.dataset("cdnow").rows = 1
