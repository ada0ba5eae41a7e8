from datetime import date
from decimal import Decimal

import pytest

from crmlab.data_page.lines import (
    free_lines,
    large_lines,
    negative_prices,
    non_products,
    returns,
    without_customer,
)
from crmlab.data_page.phrases import money
from crmlab.tables.schema import Rules

SEARCHES = [without_customer, returns, free_lines, negative_prices, non_products, large_lines]


@pytest.mark.parametrize("search", SEARCHES)
def test_nothing_is_noticed_where_nothing_is(search, make_lines):
    rows = [
        {
            "order_id": f"5{n}",
            "product_id": "T1",
            "product": "Tea",
            "quantity": 2,
            "unit_price": 5 + n,
            "amount": 10 + n,
        }
        for n in range(20)
    ]
    assert list(search(make_lines(*rows))) == []


@pytest.mark.parametrize("search", SEARCHES)
def test_tables_of_three_columns_or_without_rows_are_searched_too(search, make_lines):
    assert list(search(make_lines({}))) == []
    assert list(search(make_lines())) == []


def test_lines_without_a_customer(make_lines):
    gone = {"customer_id": None, "excluded_by": "missing_customer_id"}
    (found,) = without_customer(make_lines({}, {**gone, "amount": 4}, {**gone, "amount": None}, {}))
    assert (found.code, found.rows, found.amount) == ("no_customer", 2, Decimal(4))
    assert found.sentence == "2 lines have no customer (50.0 % of all lines), worth 4.00 EUR."


def returned(order, amount=-10):
    return {"order_id": order, "quantity": -1, "amount": amount}


def test_returns_are_split_by_the_mark_that_only_they_bear(make_lines):
    # CN begins four returns and no sale; INV begins a sale and a return; 77 has no letters and no price.
    rows = [*(returned(f"CN{n}") for n in range(4)), returned("INV1", -3), returned("77", 0)]
    sale = {"order_id": "INV2", "quantity": 1, "amount": 10}
    (found,) = returns(make_lines(*rows, sale))
    assert (found.code, found.rows, found.amount) == ("negative_quantity", 6, Decimal(-43))
    assert found.sentence == (
        "6 lines have a negative quantity: 4 on order ids that begin with CN, 2 on others (1 of them at no price: "
        "stock written off, not returned); together -43.00 EUR."
    )


def test_of_marks_without_end_the_first_are_told(make_lines):
    (found,) = returns(make_lines(*(returned(f"{letter}1") for letter in "GFEDCBA"), returned("G2"), returned("7")))
    told = ", ".join(f"1 on order ids that begin with {letter}" for letter in "ABCD")
    assert found.sentence == (
        f"9 lines have a negative quantity: 2 on order ids that begin with G, {told}, 3 on others; together -90.00 EUR."
    )


def test_returns_without_a_mark(make_lines):
    (found,) = returns(make_lines(returned("1"), {"order_id": "2", "quantity": 1}))
    assert "1 line has a negative quantity: 1 on order ids like those of sales; together" in found.sentence


@pytest.mark.parametrize(("rule", "said"), [("book", "own date"), ("net", "date of their order"), ("drop", "gross")])
def test_the_advice_on_returns_follows_the_rule(make_lines, rule, said):
    (found,) = returns(make_lines({"amount": -3}, {}, rules=Rules(returns=rule)))
    assert (found.code, found.sentence) == ("return", "1 line is a return; together -3.00 EUR.")
    assert said in found.advice


def test_free_lines_are_judged_by_price_and_without_prices_by_amount(make_lines):
    rows = [{"unit_price": 0, "amount": 0}, {"unit_price": 5, "quantity": 0, "amount": 0}]
    (by_price,) = free_lines(make_lines(*rows))
    assert (by_price.code, by_price.rows, by_price.sentence) == ("zero_price", 1, "1 line has a price of zero.")
    (by_amount,) = free_lines(make_lines({"amount": 0}, {"amount": 0}, rules=Rules(zero_amounts="keep")))
    assert (by_amount.code, by_amount.rows) == ("zero_amount", 2)
    assert "They are kept (`zero_amounts: keep`)." in by_amount.advice


def test_negative_prices_with_the_prefix_of_their_orders(make_lines):
    rows = [{"unit_price": -5, "amount": -5, "order_id": f"A{n}", "excluded_by": "negative_price"} for n in range(2)]
    (found,) = negative_prices(make_lines(*rows, {"unit_price": 5, "order_id": "7"}))
    assert found.sentence == "2 lines have a price below zero, on order ids that begin with A: -10.00 EUR."
    assert found.rows == 2


def test_non_products_by_code_with_name_rows_and_money(make_lines):
    post = {"product_id": "POST", "product": "POSTAGE", "amount": 3, "excluded_by": "non_product_line"}
    rows = [post, {**post, "amount": 4, "customer_id": None, "excluded_by": "missing_customer_id"}]
    fee = {"product_id": "BANK CHARGES", "product": None, "amount": -2}
    products = [{"product_id": "T1", "product": "PADS TO MATCH ALL CUSHIONS"}]
    named = Rules(non_products=("post", "bank charges"))
    (found,) = non_products(make_lines(*rows, fee, *products, rules=named))
    assert (found.rows, found.amount) == (3, Decimal(5))
    assert found.sentence == "3 lines are no product, worth 5.00 EUR: POSTAGE and BANK CHARGES."
    assert found.examples == ("POST (POSTAGE): 2 lines, 7.00 EUR", "BANK CHARGES (no name): 1 line, -2.00 EUR")


def test_the_built_in_words_find_non_products_even_where_they_are_kept(make_lines):
    rules = Rules(non_product_lines="keep")
    (found,) = non_products(make_lines({"product": "DOTCOM POSTAGE"}, {"product": "Tea"}, rules=rules))
    assert found.rows == 1
    assert "They are kept" in found.advice


LARGE = {"quantity": 80995, "amount": 168469.6, "order_id": "581483", "product_id": "23843", "product": "PAPER CRAFT"}


def test_a_line_out_of_all_proportion_and_its_cancellation(make_lines):
    usual = [{"quantity": 1, "amount": 10, "order_id": f"{n}", "product_id": "1"} for n in range(50)]
    undone = {**LARGE, "quantity": -80995, "amount": -168469.6, "order_id": "C581484", "date": date(2024, 1, 11)}
    of_another = {**undone, "customer_id": "bob", "order_id": "C1", "date": date(2024, 1, 10)}
    (found,) = large_lines(make_lines(*usual, LARGE, undone, of_another))
    assert found.sentence == (
        "The largest line is 80,995 pieces for 168,469.60 EUR (order 581483, PAPER CRAFT, 2024-01-10), and its "
        "cancellation (order C581484, 2024-01-11). It is 99.7 % of all sales."  # 168,469.6 of 168,969.6
    )


def test_a_large_line_that_stands(make_lines):
    usual = [{"amount": 10} for _ in range(50)]
    (found,) = large_lines(make_lines(*usual, {"amount": 1000}))
    assert found.sentence.startswith("The largest line is 1,000.00 EUR (2024-01-10). It is 66.7 %")
    assert list(large_lines(make_lines(*usual, {"amount": 999}))) == []  # below a hundred usual lines


def test_a_usual_line_is_what_half_of_the_sales_are_at_most(make_lines):
    below = [{"amount": amount} for amount in (10, 10, 20)]
    assert list(large_lines(make_lines(*below, {"amount": 999}))) == []
    assert len(list(large_lines(make_lines(*below, {"amount": 1000})))) == 1  # 2 of 4 are 10 at most
    assert list(large_lines(make_lines(*below, {"amount": 20}, {"amount": 1999}))) == []
    assert len(list(large_lines(make_lines(*below, {"amount": 20}, {"amount": 2000})))) == 1  # 2 of 5 are 10 at most


def test_each_large_line_is_held_against_the_usual_one_by_itself(make_lines):
    found = large_lines(make_lines(*[{"amount": 10}] * 9, {"amount": 5000}, {"amount": 1000}, {"amount": 999}))
    assert [(one.rows, one.amount) for one in found] == [(2, Decimal(6000))]


def test_words_of_the_data_are_one_short_line(make_lines):
    usual = [{"amount": 10} for _ in range(50)]
    hostile = {"amount": 5000, "order_id": "1\x1b[31m\n\u202eX", "product_id": "p" * 500}
    (found,) = large_lines(make_lines(*usual, hostile))
    assert "1[31m X" in found.sentence
    assert "\u202e" not in found.sentence
    assert len(found.sentence) < 200


def test_money_of_the_ledger_keeps_its_cents_and_large_whole_amounts_have_none():
    assert money(Decimal("9747747.93"), "GBP") == "9,747,747.93 GBP"
    assert money(Decimal("94708652017.00"), "IRT") == "94,708,652,017 IRT"
    assert money(Decimal(-12000), "IRT") == "-12,000 IRT"
    assert money(Decimal(9), "EUR") == "9.00 EUR"
    # Kept and left out stand beside what was read: all three with the decimals of the one that has any.
    assert money(Decimal(0), beside=[Decimal(94_708_652_017)]) == "0"
    assert money(Decimal(94_708_652_017), beside=[Decimal("0.50")]) == "94,708,652,017.00"
