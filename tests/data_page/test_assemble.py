"""The data page of whole clients: that it says what is there, and nothing where nothing is."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.data_page.assemble import data_page
from crmlab.data_page.sections import sections

FULL = {
    "customer_id": "who",
    "date": "when",
    "order_id": "order",
    "product_id": "code",
    "product": "name",
    "quantity": "pieces",
    "unit_price": "price",
}
HEADER = "who,when,order,code,name,pieces,price\n"


def page_of(path):
    return data_page(Client.open(path))


def codes(page):
    return [one.code for one in page.noticed]


def noticed(page, code):
    return next(one for one in page.noticed if one.code == code)


def text_of(page):
    """Everything a reader sees, in one text."""
    return "\n".join(
        text
        for section in sections(page)
        for text in (
            section.title,
            *section.sentences,
            *(cell for grid in section.grids for row in (grid.headings, *grid.rows) for cell in row),
            *(note for grid in section.grids for note in (grid.caption, *grid.notes)),
            *(line for point in section.points for line in (point.text, *point.details)),
        )
    )


def clean_sales(rows=366):
    """A sale a day in 2024 of twelve customers in turn: nothing odd about it."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(rows)]
    return HEADER + "".join(
        f"c{n % 12},{day},o{n},T{n % 3},Tea {n % 3},{1 + n % 5},2.50\n" for n, day in enumerate(days)
    )


def test_nothing_odd_is_found_where_nothing_is(write_client):
    page = page_of(write_client(clean_sales(), columns=FULL, observed_until="2024-12-31"))
    assert page.noticed == ()
    assert page.personal == ()
    assert page.changes == ()
    text = text_of(page)
    assert "Nothing odd was found." in text
    assert "None was found; 366 rows of the raw files" in text


def test_kept_and_left_out_are_what_was_read(write_client):
    rows = (
        HEADER
        + ",2024-01-01,1,T,Tea,1,3\nann,2024-01-01,2,T,Tea,1,0\n"
        + "ann,2024-01-02,3,T,Tea,2,5\nbob,2024-01-02,4,T,Tea,1,5\n"
    )
    page = page_of(write_client(rows, columns=FULL, observed_until="2024-12-31"))
    assert (page.count("read").rows, page.count("read").amount) == (4, Decimal("18.0000"))
    assert (page.count("kept").rows, page.count("kept").amount) == (2, Decimal("15.0000"))
    assert (page.count("missing_customer_id").rows, page.count("zero_amount").rows) == (1, 1)
    assert "Rows: 2 kept + 2 left out = 4 read. USD: 15.00 + 3.00 = 18.00." in text_of(page)
    assert "4 rows of transactions read, worth 18.00 USD; the rules keep 2 of them (50.0 %)" in text_of(page)


def test_duplicates_are_counted_across_files_whatever_the_rule(write_client):
    line = "ann,2024-01-02,3,T,Tea,2,5\n"
    files = {"a.csv": HEADER + line + line + "bob,2024-01-02,4,T,Tea,1,5\n", "b.csv": HEADER + line}
    for rule in ("keep", "exclude", "exclude_within_orders"):
        path = write_client(
            files, columns=FULL, observed_until="2024-12-31", rules={"exact_duplicates": rule}, folder=rule
        )
        found = noticed(page_of(path), "exact_duplicate")
        assert (found.rows, found.amount) == (2, Decimal("20.0000"))
        assert rule in found.advice


def test_duplicates_without_orders_are_told_though_they_stay(write_client):
    rows = "customer_id,date,amount\nann,2024-01-02,5\nann,2024-01-02,5\nbob,2024-01-02,5\n"
    page = page_of(write_client(rows, observed_until="2024-12-31"))
    assert page.count("kept").rows == 3
    assert noticed(page, "exact_duplicate").rows == 1


def test_columns_not_used_and_almost_empty(write_client):
    rows = "customer_id,date,amount,note,<b>x</b>\n" + "".join(
        f"c{n},2024-01-{1 + n % 28:02},5.{n:02},{'!' if n == 7 else ''},y\n" for n in range(30)
    )
    page = page_of(write_client(rows, observed_until="2024-01-31"))
    assert noticed(page, "unused_columns").sentence == "2 columns of transactions are not used: note and <b>x</b>."
    assert "note (3.3 % filled)" in noticed(page, "almost_empty_columns").sentence  # one of thirty


def test_signs_that_reading_unified(write_client):
    rows = "customer_id,date,amount,product\n۱۲,2024-01-02,5,چای\n12,2024-01-03,5,كيك\nbob,2024-01-03,5,Tea ۱\n"
    path = write_client(
        rows,
        columns={name: name for name in ("customer_id", "date", "amount", "product")},
        observed_until="2024-01-31",
    )
    found = [one.sentence for one in page_of(path).noticed if one.code == "unified_signs"]
    assert found == [
        "The column customer_id of transactions has Persian or Arabic digits in 1 of 3 rows.",
        "The column product of transactions has Arabic yeh or kaf in 1 of 3 rows.",
    ]


def test_tables_that_do_not_fit(write_client):
    sales = "customer_id,date,amount\nann,2024-01-02,5\nbob,2024-01-03,5\n"
    people = "id,mail\nann,ann@shop.example\ncat,cat@shop.example\n"
    files = {"sales.csv": sales, "people.csv": people}
    tables = {
        "transactions": {"files": "sales.csv", "columns": {n: n for n in ("customer_id", "date", "amount")}},
        "customers": {"files": "people.csv", "columns": {"customer_id": "id", "email": "mail"}},
    }
    page = page_of(write_client(files, tables=tables, observed_until="2024-01-31"))
    assert {"unlisted_customers", "idle_customers"} <= set(codes(page))
    assert [(one.table, one.file, one.column, one.kind) for one in page.personal] == [
        ("customers", "people.csv", "mail", "e-mail address")
    ]
    assert page.rows_looked_at == 4
    assert "shop.example" not in text_of(page)
    assert "Rows: 2 kept + 0 left out = 2 read." in text_of(page)


def test_customers_who_are_phones_are_shown_nowhere(write_client):
    sales = "customer_id,date,amount\n" + "".join(f"0912123{n:04},2024-01-{1 + n:02},1\n" for n in range(20))
    sales += "09129999999,2024-01-25,500\n"
    page = page_of(write_client(sales, observed_until="2024-01-31"))
    assert page.personal[0].used_as == ("customer_id",)
    assert "large_customer" in codes(page)
    assert "0912" not in text_of(page)


def test_the_ledger_is_held_against_the_counts(write_client):
    stated = page_of(write_client(ledger={"total": 22.75}))
    assert stated.reconciliation.agrees
    assert not any("books" in step for step in stated.next_steps)
    other = page_of(write_client(ledger={"total": 30, "of": "kept"}))
    assert other.reconciliation.difference == Decimal("-7.25")  # 10 + 5.50 + 7.25 = 22.75
    silent = page_of(write_client())
    assert silent.reconciliation is None
    assert "`ledger: {total: 1234.50, of: read}`" in text_of(silent)


def test_notebooks_and_gates_with_every_reason(write_client):
    page = page_of(write_client())  # two customers, 546 days before 1998-06-30, last purchase on 1997-02-01
    (pareto,) = [one for one in page.notebooks if one.notebook == "02_pareto"]
    assert not pareto.can_run
    assert [reason.split(" needed")[0] for reason in pareto.reasons] == ["100 customers with a purchase"]
    failed = [gate.gate for gate in page.gates if not gate.passed]
    assert failed == ["customers", "repeat_customers", "freshness_days"]
    assert "02_pareto cannot run" in text_of(page)
    assert any("repeat" in step or "two days or more" in step for step in page.next_steps)


def test_the_same_page_whatever_the_order_of_rows_and_files(write_client):
    lines = clean_sales().splitlines(keepends=True)[1:]
    dirty = [*lines, *lines[:3], "c1,2024-03-03,o900,t1,Tea,-1,2.50\n", ",2024-03-03,o901,t1,Other,1,0\n"]
    one = write_client(HEADER + "".join(dirty), columns=FULL, observed_until="2024-12-31", folder="one")
    halves = {"b.csv": HEADER + "".join(dirty[200:][::-1]), "a.csv": HEADER + "".join(dirty[:200])}
    two = write_client(halves, columns=FULL, observed_until="2024-12-31", folder="two")
    assert page_of(one).noticed == page_of(two).noticed
    assert len(page_of(one).noticed) >= 5


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", "", "۱۲", "1.2E+05"]),
            st.sampled_from(["2024-01-02", "2024-03-05", ""]),
            st.sampled_from(["1", "C1", ""]),
            st.sampled_from(["T", "t", "POST", ""]),
            st.sampled_from(["Tea", "POSTAGE", ""]),
            st.sampled_from(["1", "-1", "5000", ""]),
            st.sampled_from(["2.5", "0", "-1", ""]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_page_adds_up_and_can_be_written(write_client, rows):
    sold = "ann,2024-01-01,8,T,Tea,1,5\nbob,2024-01-09,9,T,Tea,1,5\n"
    path = write_client(
        HEADER + sold + "".join(",".join(row) + "\n" for row in rows), columns=FULL, observed_until="2024-06-30"
    )
    page = page_of(path)
    counts = {one.name: one for one in page.rules["transactions"]}
    read, kept = counts.pop("read"), counts.pop("kept")
    assert read.rows == kept.rows + sum(one.rows for one in counts.values()) == len(rows) + 2
    assert read.amount == kept.amount + sum(one.amount for one in counts.values())
    assert all(one.rows is None or 0 < one.rows <= read.rows for one in page.noticed)
    raw = pd.DataFrame(rows, columns=list("abcdefg"))
    without = int((raw["a"] == "").sum())
    assert [one.rows for one in page.noticed if one.code == "no_customer"] == ([without] if without else [])
    assert text_of(page)


@pytest.mark.parametrize("data", [clean_sales(), HEADER + "ann,2024-01-01,1,T,Tea,1,5\nbob,2024-01-01,2,T,Tea,1,5\n"])
def test_the_page_is_the_same_every_time(write_client, data):
    path = write_client(data, columns=FULL, observed_until="2024-12-31")
    first = page_of(path)
    assert first == page_of(path)
