"""From raw files to a client that opens: the whole of `crmlab init`."""

import gzip
import sqlite3
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.intake.start import start
from crmlab.tables.quality import rule_counts

TODAY = date(2026, 1, 1)
ROWS = [("ann", "2020-01-31", "12.50"), ("bob", "2020-02-01", "7.00"), ("ann", "2020-02-29", "1.25")]
PLAIN = "customer_id,date,amount\n" + "".join(",".join(row) + "\n" for row in ROWS)

RETAIL = Path(__file__).parents[3] / "shared/data/online_retail_uci.parquet"
needs_retail = pytest.mark.skipif(not RETAIL.exists(), reason="the data lie beside the project")


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Write files, start a client in a folder beside them, and open it."""
    monkeypatch.chdir(tmp_path)

    def go(*names, **files):
        for name, content in files.items():
            place = tmp_path / name.replace("__", ".")
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        draft = start(tmp_path / "shop", [*names, *(name.replace("__", ".") for name in files)], today=TODAY)
        draft.save()
        return draft, Client.open(tmp_path / "shop")

    return go


def read_total(client):
    counts = rule_counts(client.table("transactions")).set_index("rule")
    return int(counts.loc["read", "rows"]), Decimal(str(counts.loc["read", "amount"])).quantize(Decimal("0.01"))


def holds(draft):
    return yaml.safe_load(draft.text)


def test_a_plain_file_needs_no_form(begin):
    draft, client = begin(sales__csv=PLAIN)
    said = holds(draft)
    assert (said["id"], said["observed_until"]) == ("shop", date(2020, 2, 29))
    assert said["tables"]["transactions"] == {
        "files": "../sales.csv",
        "columns": {"customer_id": "customer_id", "date": "date", "amount": "amount"},
    }
    assert read_total(client) == (3, Decimal("20.75"))
    assert client.observed_until == date(2020, 2, 29)


def test_persian_windows_1256_with_jalali_dates(begin):
    text = (
        "شماره مشتري;تاريخ;مبلغ (ريال);نام كالا\n"
        "م-1;1398/01/05;1,250,000;چاي\n"
        "م-2;1398/02/31;900,000;قند\n"
        "م-1;1399/12/30;-50,000;چاي\n"
    )
    draft, client = begin(forush__csv=text.encode("cp1256"))
    assert holds(draft)["tables"]["transactions"]["format"] == {
        "encoding": "windows-1256",
        "separator": ";",
        "thousands": ",",
        "dates": "jalali",
    }
    assert client.currency == "IRR"
    # 1399/12/30 exists (a leap year) and is 2021-03-20
    assert (client.observed_until, read_total(client)) == (date(2021, 3, 20), (3, Decimal("2100000.00")))


def test_persian_digits_and_toman_in_utf_8(begin):
    draft, client = begin(
        sales__csv="کد مشتری,تاریخ,مبلغ\n۱۲,۱۳۹۸/۰۱/۰۱,۱۲۰۰ تومان\n۱۳,۱۳۹۸/۰۱/۰۲,۳۰۰ تومان\n۱۲,۱۳۹۸/۰۲/۰۲,۵۰۰ تومان\n"
    )
    assert holds(draft)["currency"] == client.currency == "IRT"
    assert read_total(client) == (3, Decimal("2000.00"))


def test_rial_and_toman_in_two_files_are_brought_to_one_unit(begin):
    draft, client = begin(
        a__csv="کد مشتری,تاریخ,مبلغ (ریال)\n1,1398/01/01,1000\n2,1398/01/02,2000\n1,1398/01/05,1000\n",
        b__csv="کد مشتری,تاریخ,مبلغ (تومان)\n1,1398/02/01,100\n2,1398/02/02,50\n",
    )
    units = [export.form.amounts_in for export in client.exports]
    assert sorted(units) in (["", "IRR"], ["", "IRT"])
    expected = {"IRR": "5500.00", "IRT": "550.00"}  # 4000 rial + 150 toman
    assert read_total(client) == (5, Decimal(expected[client.currency]))
    assert any("2 exports" in sentence for sentence in draft.to_confirm)


def test_german_decimal_comma_and_day_first(begin):
    rows = "K1;31.12.2019;1.234,50 €;R1\nKö;05.01.2020;12,00 €;R2\nK1;07.01.2020;-3,99 €;R3\n"
    draft, client = begin(umsatz__csv=("Kundennr;Rechnungsdatum;Betrag;Rechnungsnr\n" + rows).encode("cp1252"))
    assert holds(draft)["tables"]["transactions"]["format"] == {
        "encoding": "windows-1252",
        "separator": ";",
        "decimal": ",",
        "thousands": ".",
        "dates": "day_first",
    }
    assert (client.currency, read_total(client)) == ("EUR", (3, Decimal("1242.51")))
    assert len(draft.to_confirm) == 1  # the last day


def test_us_month_first(begin):
    draft, client = begin(
        sales__csv='Customer,Order Date,Total\na,12/31/2019,"$1,250.00"\nb,1/2/2020,$5.50\na,1/9/2020,$5.50\n'
    )
    assert holds(draft)["tables"]["transactions"]["format"] == {"thousands": ",", "dates": "month_first"}
    assert (client.currency, read_total(client)) == ("USD", (3, Decimal("1261.00")))


def test_ambiguous_dates_are_told_with_both_readings(begin):
    rows = "".join(f"c{month % 3},{month:02}/{day:02}/2021,1.00\n" for month in range(1, 13) for day in (1, 7))
    draft, client = begin(sales__csv="customer,date,total\n" + rows)
    assert client.exports[0].form.dates == "month_first"
    # 7 December read month first; read day first, the last would be 12 July.
    assert "month_first: 2021-01-01 to 2021-12-07, 12 months with rows, 0 rows after today" in draft.text
    assert "day_first: 2021-01-01 to 2021-07-12, 2 months with rows, 0 rows after today" in draft.text
    assert any("the other reading is day_first" in sentence for sentence in draft.to_confirm)


def test_excel_serial_dates(begin):
    _, client = begin(sales__csv="customer,date,total\na,43831,1\nb,43832.75,2\na,43900,3\n")
    assert client.exports[0].form.dates == "excel_serial"
    assert client.observed_until == date(2020, 3, 10)  # 43831 is 2020-01-01, a leap year


def test_customers_and_products_are_put_beside_the_transactions(begin):
    people = "".join(f"c{number},Person {number},0912000{number:04},City\n" for number in range(10))
    sales = "".join(f"c{number % 10},2020-01-{number % 28 + 1:02},p{number % 4},1.50\n" for number in range(40))
    draft, client = begin(
        people__csv="customer_id,full name,mobile,city\n" + people,
        goods__csv="sku,title,price\n" + "".join(f"p{number},thing {number},3.00\n" for number in range(4)),
        sales__csv="customer_id,date,sku,amount\n" + sales,
    )
    assert client.tables == ("transactions", "customers", "products")
    said = holds(draft)["tables"]
    assert said["customers"]["columns"] == {"customer_id": "customer_id", "city": "city"}
    assert said["products"]["columns"] == {"product_id": "sku", "name": "title", "list_price": "price"}
    # Personal columns are offered by name; what stands in them is nowhere.
    assert '# name: "full name"' in draft.text
    assert "Person" not in draft.text
    assert "0912" not in draft.text


def test_files_alike_are_one_export_and_others_another(begin):
    draft, client = begin(
        jan__csv=PLAIN,
        feb__csv=PLAIN.replace("2020", "2024"),
        eu__csv=PLAIN.replace(",", ";").replace("customer_id", "client"),
    )
    exports = holds(draft)["tables"]["transactions"]
    assert [export["files"] for export in exports] == [["../jan.csv", "../feb.csv"], "../eu.csv"]
    assert read_total(client) == (9, Decimal("62.25"))


def test_files_with_other_dates_are_not_thrown_together(begin):
    _, client = begin(
        us__csv="customer,date,total\na,12/31/2019,1\nb,12/30/2019,2\n",
        uk__csv="customer,date,total\na,31/12/2019,1\nb,30/12/2019,2\n",
    )
    assert [export.form.dates for export in client.exports] == ["month_first", "day_first"]
    assert client.observed_until == date(2019, 12, 31)


def test_packed_files_and_patterns(begin, tmp_path):
    (tmp_path / "one.csv.gz").write_bytes(gzip.compress(PLAIN.encode()))
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", PLAIN)
        archive.writestr("b.csv", PLAIN)
    draft, client = begin("one.csv.gz", "t*.zip")
    assert holds(draft)["tables"]["transactions"]["files"] == ["../one.csv.gz", "../two.zip!a.csv", "../two.zip!b.csv"]
    assert read_total(client) == (9, Decimal("62.25"))


def test_workbooks_with_titles_and_several_sheets(begin, tmp_path):
    frame = pd.DataFrame(ROWS, columns=["customer_id", "date", "amount"]).astype(
        {"amount": float, "date": "datetime64[ns]"}
    )
    with pd.ExcelWriter(tmp_path / "book.xlsx", engine="xlsxwriter") as book:
        frame.to_excel(book, sheet_name="north", index=False)
        frame.to_excel(book, sheet_name="south, 2", index=False)
        pd.DataFrame({"remarks": ["checked", "twice"]}).to_excel(book, sheet_name="notes", index=False)
    with pd.ExcelWriter(tmp_path / "title.xlsx", engine="xlsxwriter") as book:
        frame.to_excel(book, sheet_name="only", index=False, startrow=3)
        book.sheets["only"].write(0, 0, "Sales report")
    draft, client = begin("book.xlsx", "title.xlsx")
    first, second = holds(draft)["tables"]["transactions"]
    assert first["format"] == {"sheets": ["north", "south, 2"]}
    assert second["format"] == {"skip_lines": 3}
    assert read_total(client) == (9, Decimal("62.25"))
    assert any("book.xlsx: notes" in sentence for sentence in draft.to_confirm)


def test_databases_are_looked_through_table_by_table(begin, tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE sales (customer_id TEXT, date TEXT, amount REAL)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
        connection.execute("CREATE TABLE settings (k TEXT, v TEXT)")
        connection.execute("INSERT INTO settings VALUES ('a', 'b')")
    connection.close()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as other:
        other.execute(
            "CREATE TABLE \"old & new\" AS SELECT 'eve' AS customer_id, DATE '2020-02-03' AS date, 5 AS amount"
        )
    draft, client = begin("sqlite:///shop.db", "duckdb:///shop.duckdb")
    assert sorted(export["files"] for export in holds(draft)["tables"]["transactions"]) == [
        "duckdb:///../shop.duckdb?table=old%20%26%20new",
        "sqlite:///../shop.db?table=sales",
    ]
    assert read_total(client) == (4, Decimal("25.75"))


def test_a_value_beyond_the_sample_still_has_its_say(begin, monkeypatch):
    monkeypatch.setattr("crmlab.intake.survey.SAMPLE_ROWS", 100)
    monkeypatch.setattr("crmlab.intake.survey._LEAST_ROWS", 50)
    monkeypatch.setattr("crmlab.intake.start._LEAST_SAMPLE", 100)
    rows = [f"c{number % 9},2020-01-{number % 12 + 1:02},5.00\n" for number in range(3000)]
    rows[1234] = 'c1,2020-01-01,"1,250.00"\n'
    _, client = begin(sales__csv="customer,date,total\n" + "".join(rows))
    assert client.exports[0].form.thousands == ","
    assert read_total(client) == (3000, Decimal("16245.00"))  # 2999 × 5 + 1250


def test_values_that_no_form_reads_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"c{number % 9},2020-01-{number % 12 + 1:02},5.00\n" for number in range(200))
    Path("sales.csv").write_text("customer,date,total\n" + rows + "c1,2020-01-01,five\n")
    draft = start(tmp_path / "shop", ["sales.csv"], today=TODAY)
    assert any("1 value of total cannot be read" in sentence for sentence in draft.to_confirm)


def test_amounts_with_many_decimals_are_rounded_with_notice(begin):
    draft, client = begin(sales__csv="customer,date,total\na,2020-01-01,1.23456\nb,2020-01-02,1\na,2020-02-01,1\n")
    assert client.rules.fine_amounts == "round"
    assert any("more than four decimals" in sentence for sentence in draft.to_confirm)


def test_a_code_that_is_a_product_in_another_file_is_a_product(begin):
    head = "Customer ID,Date,Stock code,Description,Amount\n"
    sold = "".join(f"c{at % 5},2020-01-{1 + at % 28:02},22740,POLKADOT PEN,{at}.50\n" for at in range(1, 40))
    other = "ann,2020-02-01,22740,adjustment,1.00\nbob,2020-02-02,POST,POSTAGE,2.00\nbob,2020-02-03,100,CUP,3.00\n"
    _, client = begin(january__csv=head + sold, february__csv=head + other)
    assert client.rules.non_products == ("POST", "adjustment")


def test_non_products_are_proposed_by_code_unless_the_code_is_a_product(begin):
    sales = [("POST", "POSTAGE", 5), ("85123", "WHITE LANTERN", 5), ("85123", "adjustment", 1)]
    rows = [f"c{number % 3},2020-01-01,{code},{name},2.00\n" for code, name, count in sales for number in range(count)]
    _, client = begin(sales__csv="customer,date,sku,description,total\n" + "".join(rows))
    assert client.rules.non_products == ("POST", "adjustment")
    counts = rule_counts(client.table("transactions")).set_index("rule")
    assert counts.loc["non_product_line", "rows"] == 6


def test_dates_after_today_do_not_push_the_last_day(begin):
    _, client = begin(sales__csv="customer,date,total\na,2020-01-01,1\nb,2020-01-02,2\na,2099-01-01,3\n")
    assert client.observed_until == date(2020, 1, 2)


HOSTILE = ["a: b", "#x", "- y", "'q\"", "{}", "x\ty", "تاریخ؟", "!!python/object", "*a", "\u2028z", "@", "%", "a\\n"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers_mean_only_themselves(begin, name):
    header = ",".join(
        '"' + cell.replace('"', '""') + '"' for cell in (f"customer {name}", "date", "amount", f"{name} free")
    )
    rows = "".join(f"{customer},{day},{paid},x\n" for customer, day, paid in ROWS)
    draft, client = begin(sales__csv=header + "\n" + rows)
    assert holds(draft)["tables"]["transactions"]["columns"]["customer_id"] == f"customer {name}".strip()
    assert read_total(client) == (3, Decimal("20.75"))


@pytest.mark.parametrize("name", ["a b.csv", "a#b.csv", "a: b.csv", "[x].csv", "فروش.csv", "'q'.csv"])
def test_hostile_file_names_are_found_again(begin, tmp_path, name):
    (tmp_path / name).write_text(PLAIN)
    _, client = begin(name)
    assert read_total(client) == (3, Decimal("20.75"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("c1,2020-01-01,5\nc2,2020-01-02,6\n", "has no header"),
        ("customer,date,total\nname,day,euro\na,2020-01-01,5\nb,2020-01-02,5\n", "two header lines"),
        ("customer,date,total\na,2020-01-01,5\nb,2020-01-02\nc,2020-01-02,5\nc,2020-01-02,5\n", "line 3 has 2"),
        ("age,job\n30,clerk\n31,smith\n", "could not be understood"),
        ("customer,date,total\na,2099-01-01,5\nb,2099-01-02,6\n", "all dates are after today"),
        ("customer,date,total\na,2020-01-01,£5\nb,2020-01-02,€6\n", "several currencies"),
        ("customer_id,email,city\na,a@example.com,Yazd\nb,b@example.com,Qom\n", "no transactions among the files"),
        ("customer,date,total\n" + "a,2020-01-01,5\n" * 20_000 + "a,b\n", "line 20002"),
        (b"\x00\x01\x02\xff" * 50, "is not text"),
    ],
)
def test_what_cannot_be_understood_is_one_error_and_nothing_is_written(tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=said):
        start(tmp_path / "shop", ["x.csv"], today=TODAY)
    assert not (tmp_path / "shop").exists()


def test_all_files_that_cannot_be_read_are_named_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("")
    with pytest.raises(DataError, match=r"(?s)http.*address.*none\.csv.*a\.csv"):
        start(tmp_path / "shop", ["http://x/y.csv", "none.csv", "a.csv"], today=TODAY)


def test_two_hundred_columns_are_fine(begin):
    more = ",".join(f"extra {number}" for number in range(197))
    _, client = begin(
        sales__csv=f"customer,date,total,{more}\n" + f"a,2020-01-01,5{',' * 197}\nb,2020-01-02,6{',' * 197}\n"
    )
    assert read_total(client) == (2, Decimal("11.00"))


def test_a_client_file_is_replaced_only_by_force(begin):
    draft, _ = begin(sales__csv=PLAIN)
    with pytest.raises(DataError, match="--force"):
        draft.save()
    draft.save(force=True)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([".csv", ".csv.gz", ".zip", ".xlsx", ".parquet"]))
def test_any_bytes_are_understood_or_refused(tmp_path, content, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    try:
        start(tmp_path / "shop", [str(path)], today=TODAY)
    except DataError as error:
        assert str(error)  # noqa: PT017


@needs_retail
def test_online_retail_as_csv_with_its_own_headers(begin, tmp_path):
    source = f"(SELECT * FROM (SELECT *, row_number() OVER () AS n FROM '{RETAIL}') WHERE n % 27 = 0)"
    told = duckdb.sql(f"SELECT count(*), sum((Quantity * UnitPrice::DECIMAL(18, 4))::DECIMAL(38, 4)) FROM {source}")
    rows, total = told.fetchone()
    duckdb.sql(
        f"COPY (SELECT InvoiceNo, StockCode, Description, Quantity, strftime(InvoiceDate, '%-m/%-d/%Y %-H:%M') AS "
        f"InvoiceDate, UnitPrice, CustomerID, Country FROM {source}) TO '{tmp_path / 'retail.csv'}'"
    )
    draft, client = begin("retail.csv")
    assert client.exports[0].form.dates == "month_first"
    assert (client.currency, client.observed_until) == ("GBP", date(2011, 12, 9))
    assert read_total(client) == (rows, total.quantize(Decimal("0.01")))
    assert draft.understood.together.total == total


@needs_retail
def test_online_retail_as_workbooks_in_three_pieces(begin, tmp_path):
    frame = duckdb.sql(f"SELECT * FROM '{RETAIL}' LIMIT 6000").df()
    for piece in range(3):
        with pd.ExcelWriter(tmp_path / f"piece {piece}.xlsx", engine="xlsxwriter") as book:
            frame[piece * 2000 : (piece + 1) * 2000].to_excel(book, sheet_name=f"part {piece}", index=False)
    draft, client = begin("piece*.xlsx")
    total = sum(Decimal(int(row.Quantity)) * Decimal(str(row.UnitPrice)) for row in frame.itertuples())
    assert isinstance(holds(draft)["tables"]["transactions"], dict)  # one export
    assert read_total(client) == (6000, total.quantize(Decimal("0.01")))


@pytest.mark.slow
@needs_retail
def test_online_retail_as_parquet(begin):
    draft, client = begin(str(RETAIL))
    assert read_total(client) == (541_909, Decimal("9747747.93"))
    facts = draft.understood.together
    # The figures of the data's README.
    assert (facts.missing_ids, facts.returns, facts.zero_amounts, facts.negative_prices) == (135_080, 10_624, 2_515, 2)
    assert facts.duplicates == 5_268
    assert {"POST", "DOT", "BANK CHARGES"} <= set(client.rules.non_products)


def test_a_file_of_another_table_is_not_taken_for_sales_and_said_not_to_be_placed(begin):
    contacts = (
        "contact_id,campaign_id,customer_id,date,arm,response,revenue\n"
        "1,spring,ann,2020-02-01,treat,yes,5\n2,spring,bob,2020-02-01,do_nothing,no,9\n"
    )
    draft, client = begin(sales__csv=PLAIN, contacts__csv=contacts)
    assert list(holds(draft)["tables"]) == ["transactions"]
    assert read_total(client) == (3, Decimal("20.75"))
    assert any(
        "contacts.csv, which has the columns of contacts: only transactions, customers, products are written for you; "
        "add it under tables by hand (`crmlab data tables contacts` lists its columns)" in one
        for one in draft.to_confirm
    )


def test_sales_with_columns_of_other_tables_stay_sales(begin):
    header, *rows = PLAIN.splitlines()
    more = "\n".join([f"{header},branch_id,region", *(f"{row},b1,north" for row in rows), ""])
    draft, _ = begin(sales__csv=more)
    assert list(holds(draft)["tables"]) == ["transactions"]


def test_what_is_no_table_is_refused_with_where_the_tables_are_listed(begin):
    with pytest.raises(DataError, match="by hand; `crmlab data tables` lists every table it may name"):
        begin(sales__csv=PLAIN, odd__csv="age,job\n30,clerk\n31,smith\n")
