import math
from decimal import Decimal

import pytest

from crmlab.client import Client
from crmlab.tables.quality import Ledger, changes, reconcile, rule_counts

# Worked by hand: eight rows of 10 + 5.25 + 3 + 2 + 0 - 1.25 + 7 = 26.00 and one without an amount.
ROWS = """customer_id,date,amount
ann,1997-01-01,10
bob,1997-01-02,5.25
,1997-01-02,3
ann,,2
ann,1997-01-03,
ann,1997-01-04,0
ann,1998-07-01,7
bob,1998-06-30,-1.25
"""


def counts(path):
    table = rule_counts(Client.open(path).table("transactions"))
    return [tuple(row) for row in table.itertuples(index=False)]


def test_rows_and_money_by_rule(write_client):
    assert counts(write_client(ROWS)) == [
        ("read", 8, Decimal("26.0000")),
        ("missing_customer_id", 1, Decimal("3.0000")),
        ("destroyed_customer_id", 0, Decimal("0.0000")),
        ("missing_date", 1, Decimal("2.0000")),
        ("missing_amount", 1, Decimal("0.0000")),
        ("after_observed_until", 1, Decimal("7.0000")),
        ("test_customer", 0, Decimal("0.0000")),
        ("non_product_line", 0, Decimal("0.0000")),
        ("negative_price", 0, Decimal("0.0000")),
        ("zero_amount", 1, Decimal("0.0000")),
        ("dropped_return", 0, Decimal("0.0000")),
        ("exact_duplicate", 0, Decimal("0.0000")),
        ("kept", 3, Decimal("14.0000")),  # 10 + 5.25 - 1.25
    ]


def test_a_rule_that_took_nothing_is_there_with_zero(write_client):
    by_rule = {rule: rest for rule, *rest in counts(write_client(ROWS, zero_amounts="keep"))}
    assert by_rule["zero_amount"] == [0, Decimal("0.0000")]
    assert by_rule["kept"] == [4, Decimal("14.0000")]


def test_money_is_exact_where_doubles_are_not(write_client):
    # Ten times 0.1 is 0.9999999999999999 in doubles; and a cent survives beside 99 trillion.
    text = "customer_id,date,amount\n" + "ann,1997-01-01,0.1\n" * 10 + "bob,1997-01-01,99999999999999.99\n" * 3
    assert counts(write_client(text))[-1] == ("kept", 13, Decimal("300000000000000.9700"))


def test_cdnow_adds_up():
    # Fader & Hardie's sample: 6,919 rows; the sum is that of the file's own column, taken with awk.
    table = rule_counts(Client.open("cdnow").table("transactions")).set_index("rule")
    assert table.loc["read"].tolist() == table.loc["kept"].tolist() == [6919, Decimal("244091.9400")]


def test_types_are_whole_numbers_and_decimals(write_client):
    table = rule_counts(Client.open(write_client(ROWS)).table("transactions"))
    assert table["rows"].dtype == "int64"
    assert all(isinstance(amount, Decimal) for amount in table["amount"])
    assert table.columns.tolist() == ["rule", "rows", "amount"]


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(write_client, threads):
    path = write_client(ROWS)
    expected = counts(path)
    table = rule_counts(Client.open(path, threads=threads).table("transactions"))
    assert [tuple(row) for row in table.itertuples(index=False)] == expected


# What was changed without being left out


def changed(path):
    table = changes(Client.open(path).table("transactions"))
    assert table.columns.tolist() == ["change", "rows", "amount"]
    assert table["rows"].dtype == "int64"
    return [tuple(row) for row in table.itertuples(index=False)]


ORDERS = """customer_id,date,amount,order_id,is_return
ann,1997-01-01,10,A,no
ann,1997-01-01,5,A,no
ann,1997-01-02,4,B,no
ann,1997-01-02,3.00005,C,no
bob,1997-01-03,8,D,no
ann,1997-01-09,2,B,yes
bob,1997-01-09,-1,E,no
"""
NAMES = {name: name for name in ("customer_id", "date", "amount", "order_id", "is_return")}


def test_what_was_merged_flipped_and_rounded_is_counted_in_rows_and_money(write_client):
    # Ann's B and C share a day: 4 + 3.0001 (a half of the last place goes away from zero); A is one order of two lines.
    path = write_client(ORDERS, columns=NAMES, rules={"fine_amounts": "round"})
    assert changed(path) == [
        ("returns_booked", 2, Decimal("-3.0000")),  # 2, flagged, and -1
        ("same_day", 2, Decimal("7.0001")),
        ("sign_flipped", 1, Decimal("-2.0000")),
        ("amount_rounded", 1, Decimal("3.0001")),
    ]


def test_returns_that_were_netted_stand_apart_from_those_without_an_order(write_client):
    path = write_client(ORDERS, columns=NAMES, rules={"fine_amounts": "round", "returns": "net"})
    assert changed(path)[:2] == [
        ("returns_netted", 1, Decimal("-2.0000")),  # of order B; it moves to the day that B and C share
        ("returns_unmatched", 1, Decimal("-1.0000")),
    ]


def test_without_orders_the_lines_of_a_day_are_what_is_merged(write_client):
    columns = {name: name for name in ("customer_id", "date", "amount")}
    path = write_client(ORDERS, columns=columns, rules={"fine_amounts": "round"})
    assert ("same_day", 4, Decimal("22.0001")) in changed(path)


def test_units_that_were_converted_are_counted(write_client):
    text = "customer_id,date,amount\nann,1997-01-01,10\nbob,1997-01-02,30\n"
    export = {"files": "sales.csv", "columns": {n: n for n in ("customer_id", "date", "amount")}}
    path = write_client(text, currency="IRT", tables={"transactions": export | {"format": {"amounts_in": "IRR"}}})
    assert changed(path) == [("unit_converted", 2, Decimal("4.0000"))]


def test_where_nothing_was_changed_there_is_nothing():
    assert changes(Client.open("cdnow").table("transactions")).query("change != 'same_day'").empty


# The client's books

LEFT = "The rows kept sum to 14.00"
WHY = (
    "See whether rows are missing from the export or stand in it twice, and whether the ledger covers the same days, "
    "the same lines and the same taxes."
)


@pytest.mark.parametrize(
    ("total", "of", "agrees", "sentence"),
    [
        ("26", "read", True, "The rows read sum to 26.00, which agrees with the ledger's 26.00."),
        ("14.0099", "kept", True, f"{LEFT}, which agrees with the ledger's 14.01."),
        ("14.01", "kept", False, f"{LEFT}, 0.01 less than the ledger's 14.01 (0.07 % of it). {WHY}"),
        ("10", "kept", False, f"{LEFT}, 4.00 more than the ledger's 10.00 (40.00 % of it). {WHY}"),
        ("-10", "kept", False, f"{LEFT}, 24.00 more than the ledger's -10.00 (240.00 % of it). {WHY}"),
        ("0", "kept", False, f"{LEFT}, 14.00 more than the ledger's 0.00. {WHY}"),
    ],
)
def test_the_data_are_held_against_the_ledger(write_client, total, of, agrees, sentence):
    table = rule_counts(Client.open(write_client(ROWS)).table("transactions"))
    told = reconcile(table, Ledger(Decimal(total), of))
    found = Decimal("26.0000") if of == "read" else Decimal("14.0000")
    assert (told.total, told.of, told.found, told.difference) == (Decimal(total), of, found, found - Decimal(total))
    assert told.agrees is agrees
    assert told.sentence == sentence
    assert (
        math.isnan(told.share)
        if total == "0"
        else told.share == pytest.approx(float(told.difference / abs(told.total)))
    )
