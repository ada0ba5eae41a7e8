import csv
import io
import json
import re
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import suite
from crmlab.language import speaking
from crmlab.report import columns
from crmlab.report.collect import CollectedList
from crmlab.report.tables_out import csv_bytes, starts_formula, workbook_bytes

DANGEROUS = [
    "=cmd()",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "＝cmd()",
    "＋1",
    "－1",
    "＠x",
    " =cmd()",
    "\ufeff=x",
]


ABOUT = {"observed_until": date(1998, 6, 30), "currency": "USD", "notebook": "02_pareto"}


def action_list(
    rows=(("C-1", -2.25, "why"),), columns=("customer_id", "value", "reason"), name="top", headings=None
) -> CollectedList:
    return CollectedList(name, "Customers to keep", columns, tuple(rows), {"value": "money"}, headings or {})


def read_csv(table: CollectedList) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))


def workbook(*tables: CollectedList, client="Shop & Sons") -> openpyxl.Workbook:
    content = workbook_bytes(tables, client=client, **ABOUT)
    return openpyxl.load_workbook(io.BytesIO(content))


def test_csv_is_utf8_with_the_mark_that_excel_needs():
    content = csv_bytes(action_list([("زهرا", 1.5, 'first, "best"')]))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == 'customer_id,value,reason\r\nزهرا,1.5,"first, ""best"""\r\n'


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_a_spreadsheet_would_run_is_made_inert(text):
    table = action_list([(text, -2.25, "why")], columns=("customer_id", "value", text))
    head, row = read_csv(table)
    assert head[2] == f"'{text}"
    assert row[:2] == [f"'{text}", "-2.25"]  # a real negative number stays one


@pytest.mark.parametrize("text", DANGEROUS)
def test_workbook_holds_dangerous_text_as_quoted_text(text):
    sheet = workbook(action_list([(text, -2.25, "why")], headings={"value": text}))["top"]
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].quotePrefix
    assert sheet["B1"].data_type == "s"
    assert sheet["B1"].quotePrefix
    assert sheet["B2"].value == -2.25


@given(st.text())
def test_every_csv_cell_that_is_text_is_inert(text):
    _, (_, _, cell) = read_csv(action_list([("a", 1.0, text)]))
    assert not starts_formula(cell)
    assert cell.removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["C-3", "a=b", "1997-01-01", "", "– none", "7"])
def test_harmless_text_stays_as_it_is(text):
    assert read_csv(action_list([(text, 1.0, "why")]))[1][0] == text


def test_missing_values_are_empty_cells():
    assert read_csv(action_list([("a", None, "why")]))[1] == ["a", "", "why"]
    assert workbook(action_list([("a", None, "why")]))["top"]["B2"].value is None


def test_ids_are_text_and_numbers_are_numbers_in_their_unit():
    sheet = workbook(action_list([("007", 1234.5, "why")], headings={"value": "value (USD)"}))["top"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("007", "s")
    assert (sheet["B2"].value, sheet["B2"].number_format) == (1234.5, "#,##0.00")
    assert sheet["B1"].value == "value (USD)"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C2"


def test_first_sheet_says_what_the_workbook_holds():
    sheet = workbook(action_list(), client="=Shop")["About"]
    assert [cell.value for cell in sheet["A"]] == [
        "=Shop",
        "Lists on data observed until 1998-06-30",
        None,
        "Sheet",
        "top",
    ]
    assert sheet["A1"].data_type == "s"
    assert (sheet["B5"].value, sheet["C5"].value) == ("Customers to keep", 1)


def test_workbook_without_lists_says_so():
    assert workbook()["About"]["A5"].value == "This notebook made no lists."


def test_long_or_reserved_ids_make_different_sheets():
    ids = ["a" * 40, "a" * 41, "about", "columns"]
    names = workbook(*(action_list(name=one) for one in ids)).sheetnames
    assert names == ["About", "Columns", "a" * 31, "a" * 27 + "~2", "about~3", "columns~4"]


def test_same_lists_are_the_same_bytes():
    once, again = (workbook_bytes([action_list()], client="A", **ABOUT) for _ in range(2))
    assert once == again


def test_a_sheet_explains_every_column():
    table = action_list(
        [("a", 1.0, 0.5, "x", "why")],
        columns=("customer_id", "value", "kept", "own", "reason"),
        headings={"own": "=1+1"},
    )
    table.units["kept"] = "share"
    sheet = workbook(table)["Columns"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["List", "Column of the CSV", "Heading", "Meaning", "Unit", "Where from"]
    assert [row[:3] for row in rows[1:]] == [
        ["top", "customer_id", "customer id"],
        ["top", "value", "value"],
        ["top", "kept", "kept"],
        ["top", "own", "=1+1"],
        ["top", "reason", "reason"],
    ]
    assert [row[4] for row in rows[1:]] == ["text", "USD", "per cent of a whole", "text", "text"]
    assert {row[5] for row in rows[2:]} == {"computed in 02_pareto"}
    assert rows[1][5] == "the client's data"
    assert rows[4][3] == "As the heading says; the notebook's text explains it."
    assert all(len(row[3].split()) >= 5 for row in rows[1:])
    assert (sheet["C5"].data_type, sheet["C5"].quotePrefix) == ("s", True)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F6")


def test_sheets_of_a_persian_workbook_run_from_right_to_left():
    with speaking("fa"):
        turned = workbook(action_list())
    assert turned.sheetnames == ["About", "Columns", "top"]
    assert all(sheet.sheet_view.rightToLeft for sheet in turned)
    assert not any(sheet.sheet_view.rightToLeft for sheet in workbook(action_list()))


@pytest.mark.parametrize("notebook", suite.notebooks(), ids=lambda one: one.name)
def test_every_column_that_a_notebook_gives_a_unit_has_a_meaning(notebook):
    cells = json.loads(notebook.path.read_text("utf-8"))["cells"]
    for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
        for list_id in re.findall(r'ActionList\(\s*"(\w+)"', source):
            named = re.findall(r'"(\w+)": (?:"|tr\()', source)
            unknown = [name for name in named if "heading says" in columns.meaning(list_id, name)]
            assert not unknown, (list_id, unknown)
