from datetime import date, timedelta
from decimal import Decimal

import pytest

from crmlab.data_page.history import (
    below_cost,
    large_customer,
    more_returned,
    same_day,
    silent_days,
    silent_months,
    unfinished_end,
)

SEARCHES = [large_customer, more_returned, below_cost, silent_months, silent_days, unfinished_end, same_day]
JANUARY = date(2024, 1, 1)


@pytest.mark.parametrize("search", SEARCHES)
def test_nothing_is_noticed_where_nothing_is(search, make_lines):
    # A sale a day of twelve customers in turn from 1 January to 31 December 2024.
    rows = [{"customer_id": f"c{n % 12}", "date": JANUARY + timedelta(days=n)} for n in range(366)]
    assert list(search(make_lines(*rows))) == []
    assert list(search(make_lines())) == []


def test_a_customer_of_more_than_a_tenth(make_lines):
    others = [{"customer_id": f"c{n}", "amount": 80} for n in range(10)]
    back = {"customer_id": "big", "amount": -90, "is_return": True}
    left_out = {"customer_id": "c1", "amount": 5000, "excluded_by": "test_customer"}
    (found,) = large_customer(make_lines(*others, {"customer_id": "big", "amount": 200}, back, left_out))
    assert (found.rows, found.amount) == (1, Decimal(200))
    assert found.sentence == "Customer big makes 20.0 % of the kept sales: 200.00 EUR on 1 line."


def test_a_tenth_is_not_more_than_a_tenth(make_lines):
    # 90 of 900: exactly a tenth; the other ten have 81 each.
    rows = [{"customer_id": f"c{n}", "amount": 81} for n in range(10)]
    assert list(large_customer(make_lines(*rows, {"customer_id": "big", "amount": 90}))) == []


def test_a_large_customer_is_not_named_where_ids_are_personal(make_lines):
    others = [{"customer_id": f"c{n}", "amount": 1} for n in range(11)]
    rows = [*others, {"customer_id": "09121234567", "amount": 50}]
    (found,) = large_customer(make_lines(*rows, names_customers=False))
    assert found.sentence.startswith("One customer makes")
    assert "0912" not in str(found)


def test_months_without_a_sale(make_lines):
    days = [date(2023, 11, 30), date(2024, 3, 1), date(2024, 5, 1)]
    returned = {"date": date(2024, 4, 1), "amount": -5}
    left_out = {"date": date(2024, 2, 1), "excluded_by": "zero_amount"}
    (found,) = silent_months(make_lines(*({"date": day} for day in days), returned, left_out))
    assert found.sentence == (
        "4 months between the first sale and the last are without any sale: 2023-12, 2024-01, 2024-02 and 2024-04."
    )
    assert (found.rows, found.amount) == (None, None)


def test_days_without_a_sale_that_are_no_month(make_lines):
    # A sale a day but for 15 January to 9 February: 26 days, which hold no whole month of the calendar.
    days = [JANUARY + timedelta(days=n) for n in range(120) if not 14 <= n <= 39]
    (found,) = silent_days(make_lines(*({"date": day} for day in days)))
    assert found.sentence == (
        "Nothing was sold on 26 days in a row, 2024-01-15 to 2024-02-09; of all other such runs 99 in 100 last at most "
        "0."
    )
    assert list(silent_months(make_lines(*({"date": day} for day in days)))) == []


def test_a_silence_that_is_a_month_or_usual_or_short_is_no_run(make_lines):
    a_month = [JANUARY + timedelta(days=n) for n in range(150) if not 14 <= n <= 65]
    assert list(silent_days(make_lines(*({"date": day} for day in a_month)))) == []
    fortnight = [JANUARY + timedelta(days=n) for n in range(120) if not 14 <= n <= 27]
    assert list(silent_days(make_lines(*({"date": day} for day in fortnight)))) == []
    every_third = [JANUARY + timedelta(days=3 * n) for n in range(60) if not 10 <= n <= 12]
    assert list(silent_days(make_lines(*({"date": day} for day in every_third)))) == []


def test_customers_who_returned_more_than_they_bought(make_lines):
    rows = [
        {"customer_id": "a", "amount": 10},
        {"customer_id": "a", "amount": -30},
        {"customer_id": "b", "amount": 10},
        {"customer_id": "b", "amount": -10},
        {"customer_id": "c", "amount": -99, "excluded_by": "test_customer"},
    ]
    (found,) = more_returned(make_lines(*rows))
    assert (found.rows, found.amount) == (2, Decimal(-20))
    assert found.sentence == "1 customer returned more than they bought: together -20.00 EUR."


def test_sales_below_cost(make_lines):
    dear = [{"amount": 10, "cost": 4} for _ in range(98)]
    under = [{"amount": 10, "cost": 12}, {"amount": 10, "cost": 11}]
    (found,) = below_cost(make_lines(*dear, *under, {"amount": -10, "cost": -4}))
    assert (found.rows, found.amount) == (2, Decimal(20))
    assert found.sentence.endswith(
        "(2.0 % of those with a known cost) were sold for less than the goods cost: together -3.00 EUR."
    )
    # One of 199 is less than one in a hundred.
    assert list(below_cost(make_lines(*dear, *dear, *dear[:2], under[0]))) == []


def test_a_month_that_observation_ends_in(make_lines):
    rows = [{"date": date(2024, 2, day)} for day in (1, 5, 9)]
    (found,) = unfinished_end(make_lines(*rows, observed_until=date(2024, 2, 10)))
    assert (found.code, found.rows, found.amount) == ("unfinished_month", 3, Decimal(30))
    assert (
        found.sentence == "The last month is unfinished: 2024-02 is observed for 10 of 29 days (last sale 2024-02-09)."
    )


@pytest.mark.parametrize(("until", "codes"), [(date(2024, 2, 29), ["silent_end"]), (date(2024, 1, 31), [])])
def test_an_end_after_a_silence_longer_than_any_before(make_lines, until, codes):
    rows = [{"date": date(2024, 1, day)} for day in (1, 12, 23, 29)]  # never more than 11 days apart
    assert [one.code for one in unfinished_end(make_lines(*rows, observed_until=until))] == codes


def test_orders_of_one_day_count_as_one_purchase(make_lines):
    # ann: orders 1 and 2 on one day (three lines), 3 on another; bob: one order of two lines.
    ann = [{"order_id": "1"}, {"order_id": "1"}, {"order_id": "2"}, {"order_id": "3", "date": date(2024, 2, 1)}]
    bob = [{"order_id": "4", "customer_id": "bob"}, {"order_id": "4", "customer_id": "bob"}]
    (found,) = same_day(make_lines(*ann, *bob))
    assert (found.rows, found.amount) == (3, Decimal(30))
    assert found.sentence.startswith("2 orders of customers with several on the same day count as 1 purchase:")


def test_lines_of_one_day_where_orders_are_not_known(make_lines):
    (found,) = same_day(make_lines({}, {}, {"customer_id": "bob"}))
    assert found.sentence.startswith("2 lines of customers with several on the same day count as 1 purchase:")
