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
    assert (sheet["B2"].value, sheet["B2"].number_format) == (1234.5, '#,##0.00 "USD"')
    assert sheet["B1"].value == "value (USD)"
    assert sheet.freeze_panes == "B2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.auto_filter.ref == "A1:C2"


@pytest.mark.parametrize(
    ("unit", "value", "currency", "written"),
    [
        ("money", 12.5, "USD", '#,##0.00 "USD"'),  # small amounts have their hundredths
        ("money", 8_270_000.0, "IRT", '#,##0 "IRT"'),
        ("money", 12.5, 'a"b\\c', '#,##0.00 "abc"'),  # a currency cannot end the text it stands in
        ("share", 0.5, "USD", "0.0 %"),
        ("change", -0.1, "USD", "+0.0 %;-0.0 %"),
        ("days", 31, "USD", "#,##0"),
    ],
)
def test_numbers_are_shown_in_their_unit(unit, value, currency, written):
    table = action_list([("a", value, "why")])
    table.units["value"] = unit
    content = workbook_bytes([table], client="A", **ABOUT | {"currency": currency})
    cell = openpyxl.load_workbook(io.BytesIO(content))["top"]["B2"]
    assert (cell.value, cell.data_type, cell.number_format) == (value, "n", written)


def dated(*days, units=None, column="due") -> CollectedList:
    rows = [(f"C-{number}", day, "why") for number, day in enumerate(days)]
    return CollectedList("top", "Customers", ("customer_id", column, "reason"), tuple(rows), units or {}, {})


def test_a_column_of_days_is_one_of_dates():
    table = dated("2024-04-05T00:00:00", None, "2025-06-17")
    book = workbook(table)
    cells = [book["top"][place] for place in ("B2", "B3", "B4")]
    assert [cell.value and cell.value.isoformat() for cell in cells] == [
        "2024-04-05T00:00:00",
        None,
        "2025-06-17T00:00:00",
    ]
    assert (cells[0].is_date, cells[0].number_format) == (True, "yyyy-mm-dd")
    assert book["Columns"]["E3"].value == "a day"
    assert [row[1] for row in read_csv(table)] == ["due", "2024-04-05", "", "2025-06-17"]


@pytest.mark.parametrize(
    "days",
    [
        ("2024-04-05", "soon"),
        ("2024-04-05", "2024-02-30"),
        ("2024-04-05T13:30:00",),
        ("1899-12-31",),  # Excel has no day before 1900
        (None, None),
    ],
)
def test_what_is_not_days_alone_stays_as_it_is(days):
    table = dated(*days)
    assert [cell.value for cell in workbook(table)["top"]["B"][1:]] == list(days)
    assert [row[1] for row in read_csv(table)[1:]] == [day or "" for day in days]


@pytest.mark.parametrize("column", ["customer_id", "product_id", "product"])
def test_ids_that_look_like_days_stay_ids(column):
    rows = (("2024-04-05", "2024-04-05", "why"),)
    sheet = workbook(CollectedList("top", "T", (column, "due", "reason"), rows, {}, {}))["top"]
    assert (sheet["A2"].value, sheet["B2"].is_date) == ("2024-04-05", True)


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


def test_persian_workbooks_show_their_own_digits_and_calendar_of_the_same_numbers():
    table = dated("2024-04-05", units={"value": "money"})
    with speaking("fa"):
        due, share = (workbook(one)["top"]["B2"] for one in (table, action_list()))
    assert (due.value.date(), due.number_format) == (date(2024, 4, 5), "[$-3160429]yyyy/mm/dd")
    assert (share.value, share.number_format) == (-2.25, '[$-3000429]#,##0.00 "USD"')


def test_long_reasons_are_wrapped_and_short_texts_are_not():
    sheet = workbook(action_list([("a", 1.0, "so " * 40)]))["top"]
    assert (sheet["A2"].alignment.wrap_text, sheet["C2"].alignment.wrap_text) == (None, True)
    assert 9 <= sheet.column_dimensions["A"].width < sheet.column_dimensions["C"].width <= 63


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
