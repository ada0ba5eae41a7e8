"""Whatever bytes a file holds, it is read or refused in a sentence; nothing else is ever raised."""

import gzip
import io
import sqlite3
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError
from crmlab.tables import check, engine, reader
from crmlab.tables.export import Export, Form
from crmlab.tables.schema import TRANSACTIONS

FRAME = pd.DataFrame(
    {"customer_id": [f"c{i}" for i in range(30)], "date": ["2020-01-01"] * 30, "amount": [f"{i}.5" for i in range(30)]}
)
COLUMNS = {name: name for name in FRAME.columns}
CSV = FRAME.to_csv(index=False).encode()


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


def xlsx():
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in [list(FRAME.columns), *FRAME.to_numpy().tolist()]:
        book.active.append(row)
    book.save(packed)
    return packed.getvalue()


def ods():
    def row(values):
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        return f"<table:table-row>{''.join(cell.format(value) for value in values)}</table:table-row>"

    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    rows = "".join(map(row, [FRAME.columns, *FRAME.to_numpy()]))
    body = f"<office:body><office:spreadsheet><table:table table:name='A'>{rows}</table:table>"
    content = f"<office:document-content{names}>{body}</office:spreadsheet></office:body></office:document-content>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return packed.getvalue()


def sqlite(folder):
    connection = sqlite3.connect(folder / "made.db")
    FRAME.to_sql("t", connection, index=False)
    connection.close()
    return (folder / "made.db").read_bytes()


def duck(folder):
    with duckdb.connect(str(folder / "made.duckdb")) as connection:
        connection.register("frame", FRAME)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
    return (folder / "made.duckdb").read_bytes()


SOUND = {
    "a.csv": lambda _: CSV,
    "a.csv.gz": lambda _: gzip.compress(CSV, mtime=0),
    "a.zip": lambda _: zipped(a_csv=CSV, b_csv=CSV),
    "a.parquet": lambda _: FRAME.to_parquet(),
    "a.xlsx": lambda _: xlsx(),
    "a.ods": lambda _: ods(),
    "sqlite:///a.db?table=t": sqlite,
    "duckdb:///a.duckdb?table=t": duck,
}
QUICK = {"a.csv", "a.csv.gz", "a.zip", "a.parquet"}

edits = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.sampled_from(["set", "cut", "insert", "end"]), st.binary(max_size=8)),
    min_size=1,
    max_size=6,
)


def mutated(content, changes):
    found = bytearray(content)
    for place, kind, data in changes:
        at = place % (len(found) + 1)
        if kind == "set":
            found[at : at + len(data)] = data
        elif kind == "cut":
            del found[at : at + 16]
        elif kind == "insert":
            found[at:at] = data
        elif len(data) > 6:
            del found[at:]
    return bytes(found)


def read_whole(export):
    for _, file in check.sound((export,)):
        with reader.opened(engine.connect(threads=1), file, COLUMNS, fingerprint=True) as raw:
            raw.to_pyarrow()


def read_or_refused(folder, name):
    export = Export(TRANSACTIONS, folder, (name,), COLUMNS, Form())
    is_refused = False
    try:
        read_whole(export)
    except (DataError, duckdb.Error):
        is_refused = True
    if is_refused:
        told = check.problems((export,))
        assert told
        assert all("Traceback" not in problem and len(problem) < 2000 for problem in told)


def fuzz(folder, name, examples):
    sound = SOUND[name](folder)
    path = folder / name.rpartition("/")[2].partition("?")[0]

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(changes=edits)
    def try_it(changes):
        path.write_bytes(mutated(sound, changes))
        read_or_refused(folder, name)

    path.write_bytes(sound)
    (file, *_), problems = reader.find(Export(TRANSACTIONS, folder, (name,), COLUMNS, Form()))
    assert problems == []
    with reader.scan(engine.connect(threads=1), file) as raw:
        assert raw.count().to_pyarrow().as_py() == len(FRAME)
    try_it()


@pytest.mark.parametrize("name", SOUND)
def test_damaged_files_are_read_or_refused(tmp_path, name):
    fuzz(tmp_path, name, 40 if name in QUICK else 4)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOUND)
def test_many_damaged_files_are_read_or_refused(tmp_path, name):
    fuzz(tmp_path, name, 300 if name in QUICK else 60)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "encoding"), [("a.csv.gz", "utf-8"), ("a.csv", "latin-1")])
def test_a_file_larger_than_the_memory_it_may_have_streams(tmp_path: Path, name, encoding):
    row = "kündin {0:07},2020-01-01,{0}.50,ein Text, der nichts sagt\n".replace("Text,", "Text")
    pack = gzip.open if name.endswith(".gz") else open
    with pack(tmp_path / name, "wb", *([1] if name.endswith(".gz") else [])) as file:
        file.write(b"customer_id,date,amount,note\n")
        for start in range(0, 4_000_000, 100_000):
            file.write("".join(row.format(number) for number in range(start, start + 100_000)).encode(encoding))
    ((file,), problems) = reader.find(Export(TRANSACTIONS, tmp_path, (name,), COLUMNS, Form(encoding=encoding)))
    assert problems == []
    process, connection = psutil.Process(), engine.connect(threads=2, memory_limit="100MB")
    before = process.memory_info().rss
    with reader.opened(connection, file, COLUMNS) as raw:
        connection.raw_sql(f"COPY ({connection.compile(raw)}) TO '{tmp_path}/out.parquet' (FORMAT parquet)")
    assert process.memory_info().rss - before < 200_000_000
    assert connection.read_parquet(tmp_path / "out.parquet").count().to_pyarrow().as_py() == 4_000_000
