"""One small table, written in every form a client may send, always comes back the same."""

import csv
import gzip
import io
import itertools
import sqlite3
import zipfile

import duckdb
import openpyxl
import pytest

from crmlab.tables import engine, reader
from crmlab.tables.export import ENCODINGS, Export, Form
from crmlab.tables.schema import TRANSACTIONS

COLUMNS = {"customer_id": "Kunde", "product": "Ware", "amount": "Betrag"}
HEADER = ["Betrag", "Kunde", "Ware"]
LATIN = [("a1", "Café, süß; \"groß\" 'x' | y", "1,50"), ("007", None, "-2"), ("a3", "two\nlines", None)]
PERSIAN = [("a1", "چای سبز; x", "1,50"), ("007", None, "-2"), ("a3", "two\nlines", None)]
ROWS = {
    "utf-8": PERSIAN,
    "utf-16": PERSIAN,
    "windows-1256": [(a, b and b.replace("ی", "ي"), c) for a, b, c in PERSIAN],
    "latin-1": LATIN,
    "windows-1252": LATIN,
    "mac-roman": LATIN,
}


def export(folder, *names, **form):
    return Export(TRANSACTIONS, folder, names, COLUMNS, Form(**form))


def read(folder, *names, **form):
    files, problems = reader.find(export(folder, *names, **form))
    assert problems == []
    rows = []
    for file in files:
        with reader.opened(engine.connect(), file, COLUMNS) as raw:
            rows += [tuple(row.values()) for row in raw.to_pyarrow().to_pylist()]
    return rows


def written(rows, encoding="utf-8", separator=",", quote='"', end="\n"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quotechar=quote, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerows([HEADER, *([amount, customer, product] for customer, product, amount in rows)])
    return text.getvalue().replace("\n", end).encode(ENCODINGS[encoding])


def as_read(rows, end="\n"):
    return [tuple(value and value.replace("\n", end) for value in row) for row in rows]


PACKERS = {
    "plain": lambda path, content: path.write_bytes(content),
    "gz": lambda path, content: path.write_bytes(gzip.compress(content)),
    "zip": lambda path, content: zip_of(path, {"folder/sales.csv": content}),
}
NAMES = {"plain": "sales.csv", "gz": "sales.csv.gz", "zip": "sales.zip"}


def zip_of(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_separator_quote_and_line_end_gives_the_same_rows(tmp_path, encoding, pack):
    for number, (separator, quote, end) in enumerate(itertools.product(",;\t|", "\"'", ["\n", "\r\n", "\r"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        PACKERS[pack](folder / NAMES[pack], written(ROWS[encoding], encoding, separator, quote, end))
        direct = pack == "plain" and encoding == "utf-8" and end == "\r\n"
        expected = as_read(ROWS[encoding], "\r\n" if direct else "\n")
        assert read(folder, NAMES[pack], encoding=encoding, separator=separator, quote=quote) == expected


def test_without_quotes_quotes_are_signs_like_others(tmp_path):
    (tmp_path / "a.tsv").write_text('Betrag\tKunde\tWare\n1\ta"1\t"x\n', newline="\r\n")
    assert read(tmp_path, "a.tsv", separator="\t", quote="") == [('a"1', '"x', "1")]


def test_lines_above_the_header_are_left_out(tmp_path):
    (tmp_path / "a.csv").write_text('Report "of\n\nBetrag,Kunde,Ware\n1,a,b\n')
    assert read(tmp_path, "a.csv", skip_lines=2) == [("a", "b", "1")]


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_workbooks(tmp_path):
    rows = [[amount, customer, product] for customer, product, amount in PERSIAN]
    workbook(tmp_path / "a.xlsx", Sales=[HEADER, *rows], Empty=[])
    assert read(tmp_path, "a.xlsx") == PERSIAN
    workbook(tmp_path / "b.xlsx", One=[HEADER, rows[0]], Two=[["title"], [], HEADER, rows[1]], Notes=[["x"], ["y"]])
    assert read(tmp_path, "b.xlsx", sheets=("One",)) == PERSIAN[:1]
    assert read(tmp_path, "b.xlsx", sheets=("Two",), skip_lines=2) == PERSIAN[1:2]


def test_database_files(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('CREATE TABLE "my ""orders" (Betrag, Kunde, Ware)')
        connection.executemany('INSERT INTO "my ""orders" VALUES (?, ?, ?)', [(1.5, 7, "x"), (None, "007", "چ")])
    connection.close()
    assert read(tmp_path, 'sqlite:///shop.db?table=my "orders') == [("7", "x", "1.5"), ("007", "چ", None)]
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders (Betrag DECIMAL(9, 2), Kunde BIGINT, Ware VARCHAR)")
        connection.execute("INSERT INTO orders VALUES (1.5, 7, 'x'), (NULL, 8, 'y')")
    ((customer, _, amount), second) = read(tmp_path, "duckdb:///shop.duckdb?table=main.orders")
    assert (customer, str(amount), second) == (7, "1.50", (8, "y", None))
