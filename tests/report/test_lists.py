import csv
import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def action_list(
    rows=(("C-1", -2.25, "why"),), columns=("customer_id", "value", "reason"), name="top", headings=None
) -> CollectedList:
    return CollectedList(name, "Customers to keep", columns, tuple(rows), {"value": "money"}, headings or {})


def read_csv(table: CollectedList) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))


def workbook(*tables: CollectedList, client="Shop & Sons") -> openpyxl.Workbook:
    content = workbook_bytes(tables, client=client, observed_until=date(1998, 6, 30))
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
    names = workbook(action_list(name="a" * 40), action_list(name="a" * 41), action_list(name="about")).sheetnames
    assert names == ["About", "a" * 31, "a" * 27 + "~2", "about~3"]


def test_same_lists_are_the_same_bytes():
    once, again = (workbook_bytes([action_list()], client="A", observed_until=date(1998, 6, 30)) for _ in range(2))
    assert once == again
