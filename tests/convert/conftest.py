"""What the tests of converting share: a column of raw values, converted."""

import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmlab.tables import engine
from crmlab.tables.convert import FAULTS, convert
from crmlab.tables.export import Form


@pytest.fixture(scope="session")
def raw_of(tmp_path_factory):
    """Make a raw relation with one column out of values, by way of a Parquet file."""
    connection, folder, numbers = engine.connect(threads=1), tmp_path_factory.mktemp("raw"), itertools.count()

    def write(values):
        path = folder / f"{next(numbers)}.parquet"
        pq.write_table(pa.table({"value": values if isinstance(values, pa.Array) else pa.array(values)}), path)
        return connection.read_parquet(str(path))

    return write


@pytest.fixture(scope="session")
def converted(raw_of):
    """Convert raw values: the value and the fault of each; with a fault the value is None."""

    def run(values, to, form=None, **options):
        raw = raw_of(values)
        got = convert(raw.value, to, form or Form(), **options)
        rows = raw.select(value=got.value, fault=got.fault).to_pyarrow().to_pylist()
        return [(None if row["fault"] else row["value"], row["fault"]) for row in rows]

    return run


@pytest.fixture(scope="session")
def check(converted):
    """Compare text by text, all in one go, with the value or, if it is the name of a fault, with the fault."""

    def run(expected, to, form=None, **options):
        got = converted(list(expected), to, form, **options)
        wanted = [(None, value) if value in FAULTS else (value, None) for value in expected.values()]
        assert dict(zip(expected, got, strict=True)) == dict(zip(expected, wanted, strict=True))

    return run
