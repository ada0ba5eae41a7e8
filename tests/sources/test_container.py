import datetime as dt
import sqlite3

import duckdb
import openpyxl
import pytest

from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.tables import engine, reader
from crmlab.tables.export import Export, Form
from crmlab.tables.schema import TRANSACTIONS


def find(folder, name, **form):
    return reader.find(Export(TRANSACTIONS, folder, (name,), {}, Form(**form)))


def problem(folder, name, **form):
    files, problems = find(folder, name, **form)
    assert files == []
    (told,) = problems
    return told


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def texts(folder, name, **form):
    ((file,), problems) = find(folder, name, **form)
    assert problems == []
    return rows_of(file)


def rows_of(file):
    with reader.scan(engine.connect(threads=1), file) as raw:
        return [list(row.values()) for row in raw.to_pyarrow().to_pylist()]


def test_cells_become_text_without_a_guess(tmp_path):
    cells = [1, 1.5, dt.date(2020, 1, 31), dt.datetime.fromisoformat("2020-01-31 09:30"), True, "007", None, "=1/0"]
    workbook(tmp_path / "a.xlsx", A=[list("abcdefgh"), cells])
    ((*row, uncalculated),) = texts(tmp_path, "a.xlsx")
    assert row == ["1", "1.5", "2020-01-31", "2020-01-31 09:30:00", "true", "007", None]
    assert uncalculated == "=1/0"


def test_errors_in_cells_are_shown_rather_than_taken_for_missing(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append(["x", "#N/A"])
    book.active["B2"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    assert texts(tmp_path, "a.xlsx") == [["x", "#N/A"]]


def test_numbers_that_a_spreadsheet_has_rounded_keep_an_exponent(tmp_path):
    workbook(tmp_path / "a.xlsx", A=[["a"], [5.94773e23], [1234567890123450], [1234567890123456], [12346]])
    assert texts(tmp_path, "a.xlsx") == [["5.94773E+23"], ["1.23456789012345E+15"], ["1234567890123456"], ["12346"]]


def test_blank_rows_are_left_out_and_row_numbers_are_those_of_the_sheet(tmp_path):
    workbook(tmp_path / "a.xlsx", A=[[], ["title"], [None, "a", "b"], [None, 1, 2], [], [None, 3, None]])
    ((file,), _) = find(tmp_path, "a.xlsx", skip_lines=2)
    assert file.columns == ("", "a", "b")
    assert rows_of(file) == [[None, "1", "2"], [None, "3", None]]
    assert reader.row_numbers(file, [0, 1]) == [4, 6]
    assert reader.row_numbers(file, [1]) == [6]


def test_several_sheets_with_rows_have_to_be_named(tmp_path):
    workbook(tmp_path / "a.xlsx", North=[["a"], [1]], South=[["a"], [2]], Empty=[])
    assert problem(tmp_path, "a.xlsx") == (
        "a.xlsx: 2 sheets have rows ('North', 'South'); write which of them hold this table, "
        'for example format: {sheets: ["North", "South"]}'
    )
    files, _ = find(tmp_path, "a.xlsx", sheets=("South", "North"))
    assert [file.label for file in files] == ["a.xlsx: South", "a.xlsx: North"]
    assert "there is no sheet 'Nort' (did you mean 'North'?)" in problem(tmp_path, "a.xlsx", sheets=("Nort",))
    assert "a.xlsx: Empty: is empty" in problem(tmp_path, "a.xlsx", sheets=("Empty",))


def test_a_workbook_without_rows_or_header_is_refused(tmp_path):
    workbook(tmp_path / "a.xlsx", A=[["a", "b"]])
    assert "no sheet has a header with rows" in problem(tmp_path, "a.xlsx")
    workbook(tmp_path / "b.xlsx", A=[[], ["a"], [1]])
    assert "row 1 is blank; the names of the columns belong there" in problem(tmp_path, "b.xlsx")


def test_a_header_further_down_is_pointed_at(tmp_path):
    workbook(tmp_path / "a.xlsx", A=[["Report"], [], ["who", "what"], [1, 2]])
    ((file,), _) = find(tmp_path, "a.xlsx")
    (told,) = reader.absent(file, ["what"])
    assert told == "a.xlsx: A: the names of the columns are in row 3; write format: {skip_lines: 2}"


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".xlsb", ".ods"])
def test_what_is_no_workbook_is_one_problem(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_bytes(b"no workbook")
    assert problem(tmp_path, f"a{suffix}").startswith(f"a{suffix}: cannot be read as a workbook: ")


def test_a_process_that_dies_is_one_problem(tmp_path, monkeypatch):
    monkeypatch.setattr("crmlab.tables.sources.container._START", "import os; os.abort()")
    workbook(tmp_path / "a.xlsx", A=[["a"], [1]])
    assert "damaged or too large to be read" in problem(tmp_path, "a.xlsx")


@pytest.fixture
def databases(tmp_path):
    with sqlite3.connect(tmp_path / "s.db") as connection:
        connection.execute("CREATE TABLE orders (who, what)")
        connection.execute("INSERT INTO orders VALUES (1, 2.5), ('x', NULL)")
        connection.execute("CREATE VIEW paid AS SELECT * FROM orders WHERE what > 1")
        connection.execute("CREATE TABLE pictures (p)")
        connection.execute("INSERT INTO pictures VALUES (x'00ff')")
        connection.execute("CREATE TABLE bare (p)")
    connection.close()
    with duckdb.connect(str(tmp_path / "d.duckdb")) as other:
        other.execute(
            "CREATE TABLE orders AS SELECT 1 AS who, DATE '2020-01-31' AS day, [1, 2] AS list, TIME '09:30' t"
        )
        other.execute("CREATE SCHEMA archive; CREATE TABLE archive.old AS SELECT 2 AS who")
        other.execute(f"CREATE VIEW leak AS SELECT * FROM read_text('{__file__}')")
    return tmp_path


def test_tables_and_views_of_sqlite(databases):
    assert texts(databases, "sqlite:///s.db?table=orders") == [["1", "2.5"], ["x", None]]
    assert texts(databases, "sqlite:///s.db?table=paid") == [["1", "2.5"]]
    assert "its tables are 'bare', 'orders', 'paid', 'pictures'" in problem(databases, "sqlite:///s.db")
    assert "there is no table 'order' (did you mean 'orders'?)" in problem(databases, "sqlite:///s.db?table=order")
    assert "has a header but no rows" in problem(databases, "sqlite:///s.db?table=bare")
    with pytest.raises(DataError, match=r"column 'p' holds bytes \(BLOB\) in row 1"):
        texts(databases, "sqlite:///s.db?table=pictures")


def test_tables_of_duckdb_keep_the_types_that_count(databases):
    ((file,), _) = find(databases, "duckdb:///d.duckdb?table=orders")
    with reader.opened(engine.connect(threads=1), file, {"n": "who", "d": "day", "l": "list", "t": "t"}) as raw:
        assert [str(kind) for kind in raw.schema().types] == ["int32", "date", "string", "string"]
        assert raw.to_pyarrow().to_pylist() == [{"n": 1, "d": dt.date(2020, 1, 31), "l": "[1, 2]", "t": "09:30:00"}]
    assert texts(databases, "duckdb:///d.duckdb?table=archive.old") == [["2"]]
    assert "'archive.old'" in problem(databases, "duckdb:///d.duckdb?table=new")


def test_a_view_of_a_client_s_database_reaches_no_other_file(databases):
    told = problem(databases, "duckdb:///d.duckdb?table=leak")
    assert "disabled" in told


def test_a_damaged_database_is_one_problem(tmp_path):
    for name, url in [("a.db", "sqlite:///a.db?table=t"), ("a.duckdb", "duckdb:///a.duckdb?table=t")]:
        (tmp_path / name).write_bytes(b"no database" * 1000)
        assert "cannot be read as a" in problem(tmp_path, url)


def test_the_sheets_of_one_workbook_may_be_exports_of_their_own(write_client, tmp_path):
    header, row, other = ["customer_id", "date", "amount"], ["ann", "1997-01-01", 1], ["bob", "1997-01-01", 1]
    path = write_client(folder="shop")
    workbook(path.parent / "a.xlsx", A=[header, row, other], B=[["title"], header, row])
    columns = dict(zip(header, header, strict=True))
    exports = [
        {"files": "a.xlsx", "columns": columns, "format": {"sheets": "A"}},
        {"files": "a.xlsx", "columns": columns, "format": {"sheets": "B", "skip_lines": 1}},
    ]
    client = Client.open(write_client(tables={"transactions": exports}))
    assert [(source.file, source.rows) for source in client.sources] == [("a.xlsx: A", 2), ("a.xlsx: B", 1)]
