"""The sample of the teaching company that comes with crmlab: it is what the code makes, and opens as a client."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from crmlab import suite
from crmlab.client import Client
from crmlab.company import make_company
from crmlab.tables.kept import kept
from crmlab.tables.schema import BY_NAME

FOLDER = suite.datasets_folder() / "negin"
MOST_BYTES = 10_000_000


@pytest.fixture(scope="module")
def made():
    return make_company("sample", seed=20, scenario="standard")


def same(found, expected):
    """Equal values, whatever the type they are stored in; money and days to the last unit."""
    assert list(found.columns) == list(expected.columns)
    for name in expected.columns:
        ours, theirs = expected[name], found[name]
        if pd.api.types.is_datetime64_any_dtype(ours):
            theirs = pd.to_datetime(theirs)
        if pd.api.types.is_float_dtype(ours) and not isinstance(ours.dtype, pd.Float64Dtype):
            pd.testing.assert_series_equal(theirs.astype(float), ours.astype(float), check_names=False, rtol=1e-9)
        else:
            left, right = (column.astype("object").where(column.notna(), None) for column in (theirs, ours))
            assert left.tolist() == right.tolist(), name


@pytest.mark.parametrize("kind", ["tables", "truth"])
def test_the_files_hold_what_the_code_makes(made, kind):
    frames = getattr(made, kind)
    files = {path.stem: path for path in (FOLDER / kind).glob("*.parquet")}
    assert files.keys() == frames.keys()
    for name, frame in frames.items():
        same(pq.read_table(files[name]).to_pandas(), frame)


def test_the_files_are_few_megabytes():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < MOST_BYTES


def test_the_client_has_every_table_and_no_row_is_left_out(made):
    client = Client.open("negin")
    assert set(client.tables) == BY_NAME.keys()
    for name in client.tables:
        assert kept(client.table(name)).count().to_pyarrow().as_py() == len(made.tables[name]), name


def test_the_sample_is_as_large_as_its_card_says(made):
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    lines = made.tables["transactions"]
    assert f"| {len(lines):,} |" in card
    assert len(made.tables["customers"]) == 6_000
    assert 55_000 < len(lines) < 70_000


def test_the_card_names_every_table_and_every_truth(made):
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = [name for name in made.tables | made.truth if f"`{name}`" not in card]
    assert missing == []
