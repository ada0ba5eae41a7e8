"""Which column is which, by name and by values."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.intake.mapping import map_columns
from crmlab.intake.names import closeness, key_of
from crmlab.intake.profile import profiles
from crmlab.tables.schema import TABLES

TODAY = date(2026, 1, 1)


def mapped(**columns):
    return map_columns(profiles(list(columns), dict(enumerate(columns.values())), today=TODAY))


def theirs(found):
    return {name: match.theirs for name, match in found.matches.items()}


CUSTOMERS = [f"c{number % 7}" for number in range(40)]
DAYS = [f"2020-01-{number % 28 + 1:02}" for number in range(40)]
PAID = [f"{number}.50" for number in range(40)]


@pytest.mark.parametrize("header", ["CustomerID", "customer_id", "Customer  Id", "CUSTOMER-ID", "customerId"])
def test_names_are_compared_in_one_form(header):
    assert key_of(header) == "customer id"


def test_arabic_and_persian_spellings_agree():
    assert key_of("كد مشتري") == key_of("کد مشتری")
    assert closeness("كد مشتري", "transactions", "customer_id") > 0.98


@pytest.mark.parametrize("header", ["Amount (EUR)", "amount_eur", "مبلغ (ریال)", "Betrag in EUR"])
def test_a_currency_beside_the_name_does_no_harm(header):
    assert closeness(header, "transactions", "amount") > 0.98


def test_every_column_of_every_table_is_known_by_its_own_name():
    for table in TABLES:
        for column in table.columns:
            assert closeness(column.name, table.name, column.name) == 1.0


def test_the_columns_of_online_retail():
    found = mapped(
        InvoiceNo=["536365"] * 20 + ["C536379"] * 20,
        StockCode=["85123A", "71053"] * 20,
        Description=["WHITE LANTERN", "HEART"] * 20,
        Quantity=["6", "-1"] * 20,
        InvoiceDate=["12/1/2010 8:26", "12/13/2010 9:00"] * 20,
        UnitPrice=["2.55", "3.39"] * 20,
        CustomerID=["17850", None, "12346", None] * 10,
        Country=["United Kingdom"] * 40,
    )
    assert found.table.name == "transactions"
    assert theirs(found) == {
        "customer_id": "CustomerID",
        "date": "InvoiceDate",
        "order_id": "InvoiceNo",
        "product_id": "StockCode",
        "product": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
    }
    assert {match.confidence for match in found.matches.values()} == {"high"}


def test_a_name_is_believed_only_where_the_values_fit():
    found = mapped(customer=CUSTOMERS, date=["soon", "later"] * 20, when=DAYS, amount=PAID)
    assert theirs(found)["date"] == "when"
    assert found.matches["date"].confidence == "low"


def test_names_that_say_nothing_are_mapped_by_values_with_low_confidence():
    found = mapped(a=CUSTOMERS, b=DAYS, c=PAID)
    assert theirs(found) == {"customer_id": "a", "date": "b", "amount": "c"}
    assert {match.confidence for match in found.matches.values()} == {"low"}


def test_an_id_on_every_row_is_not_surely_the_customer():
    found = mapped(customer=[f"r{number}" for number in range(40)], date=DAYS, amount=PAID)
    assert found.matches["customer_id"].confidence != "high"
    assert "differs on every row" in found.matches["customer_id"].reason


def test_other_columns_it_could_be_are_named():
    found = mapped(**{"customer id": CUSTOMERS, "client id": CUSTOMERS, "date": DAYS, "amount": PAID})
    assert found.matches["customer_id"].alternatives == ("client id",)
    assert found.matches["customer_id"].confidence == "medium"


def test_an_amount_that_is_quantity_times_price_is_confirmed_by_it():
    found = mapped(
        customer=CUSTOMERS,
        date=DAYS,
        total=[f"{number * 1.5:.2f}" for number in range(40)],
        quantity=[str(number) for number in range(40)],
        price=["1.50"] * 40,
    )
    assert found.matches["amount"].confidence == "high"
    assert "equals quantity × unit price on 100.0%" in found.matches["amount"].reason


def test_an_amount_that_differs_from_quantity_times_price_is_to_be_confirmed():
    found = mapped(customer=CUSTOMERS, date=DAYS, total=["9.99"] * 40, quantity=["2"] * 40, price=["6.00"] * 40)
    assert found.matches["amount"].confidence == "medium"
    assert "differs from quantity × unit price on 100.0%" in found.matches["amount"].reason


def test_the_total_of_the_order_on_each_line_is_no_amount():
    # Each order has two lines of 2 × 3.00 and 1 × 4.00; the file repeats their sum, 10.00, on both.
    found = mapped(
        customer=CUSTOMERS,
        date=DAYS,
        order=[f"o{number // 2}" for number in range(40)],
        total=["10.00"] * 40,
        quantity=["2", "1"] * 20,
        price=["3.00", "4.00"] * 20,
    )
    assert "amount" not in found.matches
    assert found.is_complete
    assert "repeats the total of the order" in found.notes[0]


def test_the_only_price_is_what_was_paid():
    found = mapped(customer=CUSTOMERS, date=DAYS, price=PAID)
    assert theirs(found)["amount"] == "price"
    assert found.matches["amount"].confidence == "low"


def test_a_row_for_each_customer_is_the_table_of_customers():
    found = mapped(
        customer_id=[f"c{number}" for number in range(40)],
        email=[f"c{number}@example.com" for number in range(40)],
        city=["Shiraz", "Yazd"] * 20,
        created_at=DAYS,
    )
    assert found.table.name == "customers"
    assert theirs(found) == {"customer_id": "customer_id", "email": "email", "city": "city", "joined_on": "created_at"}


def test_a_row_for_each_product_is_the_table_of_products():
    found = mapped(sku=[f"p{number}" for number in range(40)], title=["tea", "sugar"] * 20, price=PAID)
    assert found.table.name == "products"
    assert theirs(found) == {"product_id": "sku", "name": "title", "list_price": "price"}


def test_what_is_no_table_of_ours_is_not_complete():
    found = mapped(age=["30", "31"] * 20, job=["clerk", "smith"] * 20)
    assert not found.is_complete
    assert "date" in found.missing


def test_blank_headers_are_never_mapped():
    found = map_columns(profiles(["", "", ""], {0: CUSTOMERS, 1: DAYS, 2: PAID}, today=TODAY))
    assert found.matches == {}


CELLS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(["²", "١/٢/٢٠٢٠", "1e999", "£", "-", "(", "1/1/0", "98/13/40", "0000-00-00"]),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(st.sampled_from(["customer", "date", "amount", "qty", "price", "type"]), st.text(max_size=6)),
        min_size=5,
        max_size=5,
    ),
    st.lists(st.tuples(*[CELLS] * 5), max_size=12),
)
def test_any_columns_are_mapped_or_left(names, rows):
    columns = {position: [row[position] for row in rows] for position in range(5)}
    found = map_columns(profiles(names, columns, today=TODAY))
    positions = [match.profile.position for match in found.matches.values()]
    assert len(set(positions)) == len(positions)
