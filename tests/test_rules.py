"""Every rule by a planted row, what counts as a return, and what an amount is."""

import datetime as dt
from decimal import Decimal

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.tables import engine, non_products, rules
from crmlab.tables.quality import changes, rule_counts
from crmlab.tables.schema import CUSTOMERS

FEW = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
BASE = ["customer_id", "date"]
OTHERS = {"customer_id": ["zoe", "yan"], "date": ["1997-01-01"] * 2}
SOUND = {"amount": "1", "quantity": "1", "unit_price": "1", "order_id": "o", "product_id": "p", "product": "a mug"}


def csv_of(names, rows):
    lines = [",".join(f'"{value}"' for value in row) for row in rows]
    return "\n".join([",".join(names), *lines, ""])


@pytest.fixture
def cleaned(write_client):
    """The clean rows that come of raw rows; sound rows of two others, which see to it that something is left, go."""

    def clean(names, *rows, currency="USD", form=None, **rules_of_the_client):
        sound = [[SOUND.get(name, "") for name in names[2:]] for _ in range(2)]
        others = [[who, "1997-01-01", *values] for who, values in zip(("zoe", "yan"), sound, strict=True)]
        if "currency" in names:
            others = [[*row[:-1], currency] for row in others]
        export = {"files": "sales.csv", "columns": {name: name for name in names}, "format": form or {}}
        path = write_client(
            csv_of(names, [*rows, *others]),
            currency=currency,
            rules=rules_of_the_client,
            tables={"transactions": export},
        )
        table = Client.open(path).table("transactions")
        return table.to_pyarrow().to_pylist()[: len(rows)]

    return clean


def fates(rows):
    return [row["excluded_by"] for row in rows]


def amounts(rows):
    return [row["amount"] for row in rows]


# What is a return, and what an amount is


def test_amounts_are_quantity_times_price_in_exact_decimals_rounded_once_away_from_zero(cleaned):
    names = [*BASE, "quantity", "unit_price"]
    rows = cleaned(
        names,
        ["ann", "1997-01-02", "3", "2.55"],  # 7.65
        ["ann", "1997-01-02", "0.5", "0.0001"],  # 0.00005, half of the last place: away from zero
        ["ann", "1997-01-02", "-0.5", "0.0001"],
        ["ann", "1997-01-02", "1.25", "0.3333"],  # 0.416625 is 0.4166
        ["ann", "1997-01-02", "", "2"],
    )
    assert amounts(rows) == [Decimal("7.65"), Decimal("0.0001"), Decimal("-0.0001"), Decimal("0.4166"), None]
    assert fates(rows) == [None, None, None, None, "missing_amount"]


def test_a_mapped_amount_counts_even_where_quantity_and_price_say_otherwise(cleaned):
    rows = cleaned([*BASE, "amount", "quantity", "unit_price"], ["ann", "1997-01-02", "5", "3", "2"])
    assert amounts(rows) == [Decimal(5)]
    assert rows[0]["quantity"] == Decimal(3)
    assert rows[0]["unit_price"] == Decimal(2)


def test_a_product_beyond_the_digits_of_money_is_refused(cleaned):
    with pytest.raises(DataError, match=r"transactions: 1 row where the money, once computed .* more than 14 digits"):
        cleaned([*BASE, "quantity", "unit_price"], ["ann", "1997-01-02", "99999999", "99999999"])


@pytest.mark.parametrize(
    ("flag", "quantity", "amount", "is_return", "counts"),
    [
        ("yes", "1", "5", True, "-5"),  # flagged, and written without a sign
        ("yes", "1", "-5", True, "-5"),
        ("yes", "-1", "5", True, "-5"),
        ("no", "-1", "5", True, "-5"),  # the quantity says so
        ("", "-1", "-5", True, "-5"),
        ("no", "1", "-5", True, "-5"),  # the amount says so
        ("", "", "-5", True, "-5"),
        ("no", "1", "5", False, "5"),
        ("", "", "5", False, "5"),
        ("yes", "", "0", True, "0"),
        ("", "", "", False, None),
    ],
)
def test_what_is_a_return_and_how_it_counts(cleaned, flag, quantity, amount, is_return, counts):  # noqa: PLR0917
    names = [*BASE, "amount", "quantity", "is_return"]
    (row,) = cleaned(names, ["ann", "1997-01-02", amount, quantity, flag], zero_amounts="keep")
    assert row["is_return"] is is_return
    assert row["amount"] == (None if counts is None else Decimal(counts))
    assert (row["changed"] == "sign_flipped") == (is_return and amount == "5")


def test_a_negative_quantity_at_a_negative_price_is_what_the_file_says(cleaned):
    names = [*BASE, "quantity", "unit_price"]
    (row,) = cleaned(names, ["ann", "1997-01-02", "-2", "-3"], negative_prices="keep")
    assert (row["amount"], row["is_return"], row["excluded_by"]) == (Decimal(6), True, None)


# Each rule


def test_every_rule_that_looks_at_one_row_takes_what_it_names(cleaned):
    names = [*BASE, "quantity", "unit_price", "order_id", "product_id", "product"]
    rows = cleaned(
        names,
        ["", "1997-01-02", "1", "1", "1", "p", "mug"],
        ["5.94773E+23", "1997-01-02", "1", "1", "1", "p", "mug"],
        ["ann", "", "1", "1", "1", "p", "mug"],
        ["ann", "1997-01-02", "1", "", "1", "p", "mug"],
        ["ann", "1998-07-01", "1", "1", "1", "p", "mug"],
        ["test7", "1997-01-02", "1", "1", "1", "p", "mug"],
        ["ann", "1997-01-02", "1", "1", "1", "DOT", "DOTCOM POSTAGE"],
        ["ann", "1997-01-02", "1", "-1", "1", "p", "mug"],
        ["ann", "1997-01-02", "1", "0", "1", "p", "mug"],
        ["ann", "1997-01-02", "-1", "1", "1", "p", "mug"],
        ["ann", "1998-06-30", "1", "1", "1", "p", "mug"],
        test_customers=["test*"],
        returns="drop",
    )
    assert fates(rows) == [
        "missing_customer_id",
        "destroyed_customer_id",
        "missing_date",
        "missing_amount",
        "after_observed_until",
        "test_customer",
        "non_product_line",
        "negative_price",
        "zero_amount",
        "dropped_return",
        None,
    ]


def test_rules_that_the_client_turns_off_take_nothing(cleaned):
    names = [*BASE, "quantity", "unit_price", "order_id", "product_id", "product"]
    rows = cleaned(
        names,
        ["test7", "1997-01-02", "1", "1", "1", "POST", "POSTAGE"],
        ["ann", "1997-01-02", "1", "-1", "1", "p", "mug"],
        ["ann", "1997-01-02", "1", "0", "1", "p", "mug"],
        ["ann", "1997-01-02", "-1", "1", "1", "p", "mug"],
        ["ann", "1997-01-02", "-1", "1", "1", "p", "mug"],
        zero_amounts="keep",
        negative_prices="keep",
        non_product_lines="keep",
        exact_duplicates="keep",
    )
    assert fates(rows) == [None] * 5


def test_a_row_that_several_rules_hit_goes_to_the_first(cleaned):
    names = [*BASE, "quantity", "unit_price", "product"]
    rows = cleaned(
        names,
        ["", "", "", "", "postage"],
        ["test", "1999-01-01", "1", "-1", "postage"],
        ["test", "1997-01-01", "1", "-1", "postage"],
        ["ann", "1997-01-01", "-1", "-1", "postage"],
        ["ann", "1997-01-01", "-1", "0", "mug"],
        test_customers="test",
        returns="drop",
    )
    assert fates(rows) == [
        "missing_customer_id",
        "after_observed_until",
        "test_customer",
        "non_product_line",
        "zero_amount",
    ]


def test_test_customers_are_named_by_id_or_pattern_and_never_by_part(cleaned):
    named = ["ann", "T-*", "*@shop.example", "a.b", "a*z*", "۱۲۳", "*(x)*"]
    rows = cleaned(
        [*BASE, "amount"],
        *(
            [who, "1997-01-02", "1"]
            for who in ("ann", "anna", "ANN", "T-", "T-12", "xT-1", "me@shop.example", "axb", "a.b", "abzc", "abc")
        ),
        *([who, "1997-01-02", "1"] for who in ("123", "1234", "a(x)b", "axb")),
        test_customers=named,
    )
    hit = [row["customer_id"] for row in rows if row["excluded_by"] == "test_customer"]
    assert hit == ["ann", "T-", "T-12", "me@shop.example", "a.b", "abzc", "123", "a(x)b"]


def test_named_non_products_replace_the_built_in_words_whatever_their_case(cleaned):
    names = [*BASE, "amount", "product_id", "product"]
    rows = cleaned(
        names,
        ["ann", "1997-01-02", "1", "gift", "Voucher"],
        ["ann", "1997-01-02", "1", "x", " GIFT "],
        ["ann", "1997-01-02", "1", "x", "gift wrap"],
        ["ann", "1997-01-02", "1", "", "كارت هديه"],
        ["ann", "1997-01-02", "1", "POST", "POSTAGE"],
        ["ann", "1997-01-02", "1", "", ""],
        non_products=["Gift", "کارت هدیه"],
    )
    assert fates(rows) == ["non_product_line", "non_product_line", None, "non_product_line", None, None]


@pytest.mark.parametrize("text", ["POSTAGE", "Dotcom Postage", "هزینه ارسال", "PADS TO MATCH ALL CUSHIONS", "حمل‌ونقل"])
def test_the_engine_takes_the_words_as_python_does(text):
    found = engine.connect().to_pyarrow(ibis.literal(text).lower().re_search(non_products.PATTERN)).as_py()
    assert found == non_products.is_non_product(text)


# Currencies and units


def test_a_currency_column_of_the_clients_currency_is_read(cleaned):
    names = [*BASE, "amount", "currency"]
    assert amounts(cleaned(names, ["ann", "1997-01-02", "1", "usd"], ["ann", "1997-01-02", "2", "US$"])) == [1, 2]


def test_mixed_currencies_are_one_refusal_that_names_each_with_its_rows(cleaned):
    names = [*BASE, "amount", "currency"]
    with pytest.raises(DataError) as caught:
        cleaned(
            names,
            *(["ann", "1997-01-02", "1", "EUR"],) * 3,
            ["ann", "1997-01-02", "1", "GBP"],
            ["ann", "1997-01-02", "1", ""],
            ["ann", "1997-01-02", "1", "USD"],
        )
    assert (
        "transactions: mixed currencies: the client's currency is USD, but the currency column has EUR in 3 rows, "
        "(blank) in 1 row, GBP in 1 row; convert these rows to USD"
    ) in str(caught.value)


@pytest.mark.parametrize(
    ("currency", "amounts_in", "expected"),
    [("IRT", "IRR", ["12.5", "-0.1"]), ("IRR", "IRT", ["1250", "-10"]), ("IRT", "IRT", ["125", "-1"])],
)
def test_rial_and_toman_are_turned_into_the_clients_unit(cleaned, currency, amounts_in, expected):
    rows = cleaned(
        [*BASE, "amount", "unit_price", "quantity"],
        ["ann", "1997-01-02", "125", "125", "1"],
        ["ann", "1997-01-02", "-1", "1", "-1"],
        currency=currency,
        form={"amounts_in": amounts_in},
    )
    assert amounts(rows) == [Decimal(amount) for amount in expected]
    assert rows[0]["unit_price"] == Decimal(expected[0])
    assert [row["changed"] for row in rows] == [None if currency == amounts_in else "unit_converted"] * 2


def test_rial_too_fine_for_toman_is_refused_unless_the_rules_round(cleaned):
    names, row = [*BASE, "amount"], ["ann", "1997-01-02", "0.0005"]
    keys = {"currency": "IRT", "form": {"amounts_in": "IRR"}}
    with pytest.raises(DataError, match="1 row where the money, once computed"):
        cleaned(names, row, **keys)
    assert amounts(cleaned(names, row, **keys, fine_amounts="round")) == [Decimal("0.0001")]


def test_a_unit_that_cannot_be_turned_into_the_clients_currency_is_refused(cleaned):
    with pytest.raises(DataError, match="amounts_in is IRR, but the client's currency is USD; only rial"):
        cleaned([*BASE, "amount"], ["ann", "1997-01-02", "1"], form={"amounts_in": "IRR"})


def test_fine_amounts_are_rounded_and_marked_where_the_client_says_so(cleaned):
    rows = cleaned(
        [*BASE, "amount"],
        ["ann", "1997-01-02", "1.00005"],
        ["ann", "1997-01-02", "-1.00005"],
        ["ann", "1997-01-02", "1.5"],
        fine_amounts="round",
    )
    assert amounts(rows) == [Decimal("1.0001"), Decimal("-1.0001"), Decimal("1.5")]
    assert [row["changed"] for row in rows] == ["amount_rounded", "amount_rounded", None]


# The other tables


@pytest.fixture
def opened(write_client):
    def open_with(**tables):
        export = {"files": "sales.csv", "columns": {name: name for name in [*BASE, "amount"]}}
        content = {
            "sales.csv": csv_of([*BASE, "amount"], [["ann", "1997-01-01", "1"], ["bob", "1997-01-01", "1"]]),
            **{f"{name}.csv": csv_of(header, rows) for name, (header, rows) in tables.items()},
        }
        others = {
            name: {"files": f"{name}.csv", "columns": {column: column for column in header}}
            for name, (header, _) in tables.items()
        }
        path = write_client(content, tables={"transactions": export, **others}, rules={"test_customers": "test*"})
        return Client.open(path)

    return open_with


def test_the_rules_of_customers_and_products(opened):
    client = opened(
        customers=(
            ["customer_id", "name", "joined_on", "may_contact"],
            [
                ["ann", "Ann", "1997-01-01", "yes"],
                ["", "Nobody", "", "no"],
                ["1.2E+05", "Lost", "", ""],
                ["test1", "Test", "", ""],
                ["ann", "Anna", "", "no"],
                ["bob", "", "", ""],
            ],
        ),
        products=(
            ["product_id", "name", "list_price"],
            [["p", "mug", "1.50"], ["", "cup", ""], ["9.9E+12", "", ""], ["p", "mug, red", ""]],
        ),
    )
    customers = client.table("customers")
    assert customers.columns == ("customer_id", "name", "joined_on", "may_contact", "excluded_by")
    assert fates(customers.to_pyarrow().to_pylist()) == [
        None,
        "missing_customer_id",
        "destroyed_customer_id",
        "test_customer",
        "repeated_customer_id",
        None,
    ]
    first = customers.to_pyarrow().to_pylist()[0]
    assert (first["name"], first["joined_on"], first["may_contact"]) == ("Ann", dt.date(1997, 1, 1), True)
    products = client.table("products").to_pyarrow().to_pylist()
    assert fates(products) == [None, "missing_product_id", "destroyed_product_id", "repeated_product_id"]
    assert products[0]["list_price"] == Decimal("1.5")


def test_tables_without_money_are_counted_in_rows(opened):
    client = opened(customers=(["customer_id"], [["ann"], ["ann"], [""]]))
    counts = rule_counts(client.table("customers"), CUSTOMERS)
    assert list(counts.columns) == ["rule", "rows"]
    assert dict(zip(counts["rule"], counts["rows"], strict=True)) == {
        "read": 3,
        "missing_customer_id": 1,
        "destroyed_customer_id": 0,
        "test_customer": 0,
        "repeated_customer_id": 1,
        "kept": 1,
    }


def test_a_table_of_which_nothing_is_left_is_refused(opened):
    with pytest.raises(DataError, match=r"(?s)No row of customers is left.*missing_customer_id took 1 row"):
        opened(customers=(["customer_id", "name"], [["", "Nobody"]]))


# What must hold for any rows and any rules

ids = st.sampled_from(["ann", "bob", "", "test", "5.9E+23"])
days = st.sampled_from(["", "1997-01-01", "1997-01-02", "1998-07-01"])
numbers = st.sampled_from(["", "0", "1", "-1", "2.5", "-0.3333"])
words = st.sampled_from(["", "POST", "mug", "cup"])
orders = st.sampled_from(["", "1", "2"])
raw_rows = st.lists(st.tuples(ids, days, numbers, numbers, orders, words), min_size=1, max_size=12)
any_rules = st.fixed_dictionaries(
    {
        "returns": st.sampled_from(["book", "net", "drop"]),
        "zero_amounts": st.sampled_from(["exclude", "keep"]),
        "negative_prices": st.sampled_from(["exclude", "keep"]),
        "exact_duplicates": st.sampled_from(["exclude_within_orders", "exclude", "keep"]),
        "non_product_lines": st.sampled_from(["exclude", "keep"]),
        "test_customers": st.sampled_from([[], ["test"]]),
    }
)
NAMES = [*BASE, "quantity", "unit_price", "order_id", "product_id"]
SAFE = [("zoe", "1997-01-01", "1", "1", "8", "mug"), ("yan", "1997-01-01", "1", "1", "9", "mug")]


def tables_of(files):
    export = {"files": sorted(files), "columns": {name: name for name in NAMES}}
    return {"tables": {"transactions": export}, "data": {name: csv_of(NAMES, rows) for name, rows in files.items()}}


def everything(write_client, files, chosen, folder):
    keys = tables_of(files)
    client = Client.open(write_client(keys.pop("data"), rules=chosen, folder=folder, **keys))
    table = client.table("transactions")
    return table, rule_counts(table), changes(table)


@FEW
@given(rows=raw_rows, chosen=any_rules, data=st.data())
def test_kept_and_excluded_are_what_was_read_whatever_the_order_and_the_files(write_client, rows, chosen, data):
    rows = [*rows, *SAFE]
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(1, len(rows) - 1))
    _, counts, changed = everything(write_client, {"a.csv": rows}, chosen, "whole")
    taken = counts.set_index("rule")
    read = sum((Decimal(n) * Decimal(price)).quantize(Decimal("0.0001"), "ROUND_HALF_UP") for *_, n, price, _, _ in
               rows if n and price)  # fmt: skip
    assert taken.loc["read"].tolist() == [len(rows), read]
    assert taken["rows"].drop("read").sum() == len(rows)
    assert sum(taken["amount"].drop("read")) == read
    _, again, changed_again = everything(
        write_client, {"a.csv": shuffled[:cut], "b.csv": shuffled[cut:]}, chosen, "parts"
    )
    assert again.to_dict("records") == counts.to_dict("records")
    assert changed_again.to_dict("records") == changed.to_dict("records")


@FEW
@given(rows=raw_rows)
def test_netting_changes_no_total_of_any_customer(write_client, rows):
    totals = []
    for returns in ("book", "net"):
        table, counts, _ = everything(write_client, {"a.csv": [*rows, *SAFE]}, {"returns": returns}, returns)
        kept = table.filter(table.excluded_by.isnull())
        sums = kept.group_by("customer_id").agg(n=kept.count(), net=kept.amount.sum()).order_by("customer_id")
        totals.append((sums.to_pyarrow().to_pylist(), counts.to_dict("records")))
    assert totals[0] == totals[1]


def test_no_mark_of_an_unfit_row_is_a_reason_to_leave_a_row_out():
    assert len(set(rules.UNFIT)) == len(rules.UNFIT)
