from decimal import Decimal

import pytest

from crmlab.client import Client
from crmlab.tables.quality import rule_counts

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
