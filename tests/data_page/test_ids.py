from decimal import Decimal

import pytest

from crmlab.data_page.ids import destroyed, many_names, shared_orders, spellings

SEARCHES = [destroyed, spellings, many_names, shared_orders]


@pytest.mark.parametrize("search", SEARCHES)
def test_nothing_is_noticed_where_nothing_is(search, make_lines):
    rows = [{"order_id": f"{n}", "customer_id": f"c{n}", "product_id": "T1", "product": "Tea"} for n in range(9)]
    assert list(search(make_lines(*rows))) == []
    assert list(search(make_lines({}))) == []
    assert list(search(make_lines())) == []


def test_destroyed_ids_of_every_kind(make_lines):
    lost = {"customer_id": "5.94773E+23", "excluded_by": "destroyed_customer_id"}
    orders = [{"order_id": "1.2E+05"}, {"order_id": "1.2E+05"}, {"order_id": "3,1E+10"}]
    found = list(destroyed(make_lines(lost, *orders, {"order_id": "12E5", "product_id": "7E3X"})))
    assert [(one.code, one.rows, one.amount) for one in found] == [
        ("destroyed_customer_id", 1, Decimal(10)),
        ("destroyed_order_id", 3, Decimal(30)),
    ]
    assert found[0].sentence == "1 line has a customer id that a spreadsheet has rounded, worth 10.00 EUR."
    assert found[1].examples == ("1.2E+05", "3,1E+10")


def test_ids_that_are_personal_are_not_shown(make_lines):
    (found,) = destroyed(make_lines({"customer_id": "9.12E+09"}, names_customers=False))
    assert found.examples == ()


def test_codes_in_several_spellings(make_lines):
    codes = ["85123A", "85123A", "85123a", "m", "M", "T1", None]
    (found,) = spellings(make_lines(*({"product_id": code} for code in codes)))
    assert (found.rows, found.amount) == (5, Decimal(50))  # three of 85123A, two of M
    assert found.sentence.startswith("2 product codes are written in several ways of upper and lower case, on 5 lines")
    assert found.examples == ("85123A and 85123a", "M and m")


def test_codes_with_several_names(make_lines):
    pairs = [
        ("A", "tea"),
        ("A", "damaged"),
        ("A", "tea"),
        ("A", None),
        ("B", "cup"),
        ("C", "x"),
        ("C", "y"),
        ("C", "z"),
    ]
    (found,) = many_names(make_lines(*({"product_id": code, "product": name} for code, name in pairs)))
    assert found.rows == 7
    assert (
        found.sentence == "2 product codes have more than one name, on 7 lines worth 70.00 EUR; the most has C with 3."
    )
    assert found.examples == ("C: 3 names", "A: 2 names")


def test_orders_of_several_customers(make_lines):
    pairs = [("1", "ann"), ("1", "bob"), ("1", None), ("2", "ann"), ("2", None), (None, "cat"), (None, "dan")]
    (found,) = shared_orders(make_lines(*({"order_id": order, "customer_id": who} for order, who in pairs)))
    assert (found.rows, found.examples) == (3, ("1: 2 customers",))
    assert found.sentence == "1 order has more than one customer, on 3 lines worth 30.00 EUR."
