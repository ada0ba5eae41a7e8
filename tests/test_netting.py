"""Which order a return belongs to: cases by hand, and what holds for any lines."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.tables.netting import Line, matched

COLUMNS = ["customer_id", "date", "amount", "quantity", "order_id", "product_id"]


def day(number):
    return dt.date(1997, 1, number)


def line(place, number, pieces, order_id=None):
    return Line(place, day(number), order_id, None if pieces is None else Decimal(pieces))


def dates(sales, returns):
    return {place: found.day for place, found in matched(sales, returns)}


def test_a_return_with_the_number_of_an_order_belongs_to_it_even_if_a_later_sale_would_do():
    sales = [line(0, 1, 2, "A"), line(1, 5, 2, "B")]
    assert dates(sales, [line(9, 8, 1, "A")]) == {9: 1}


def test_without_the_orders_number_it_is_the_latest_sale_with_enough_pieces():
    sales = [line(0, 1, 10), line(1, 5, 3), line(2, 7, 2)]
    assert dates(sales, [line(9, 8, 3)]) == {9: 5}


def test_a_sale_after_the_return_is_none_of_its():
    assert dates([line(0, 9, 5, "A")], [line(9, 8, 1, "A")]) == {}


def test_a_sale_of_the_same_day_will_do():
    assert dates([line(0, 3, 5), line(1, 8, 5)], [line(9, 8, 5)]) == {9: 8}


def test_a_sale_answers_for_no_more_pieces_than_it_had():
    # Five pieces on the 5th: the return of 3 takes three, that of 2 the rest; the next goes to the 1st, then none.
    sales = [line(0, 1, 2), line(1, 5, 5)]
    returns = [line(6, 6, 3), line(7, 6, 2), line(8, 7, 2), line(9, 8, 1)]
    assert dates(sales, returns) == {6: 5, 7: 5, 8: 1}


def test_pieces_that_went_back_by_order_number_are_gone_for_the_others():
    sales = [line(0, 1, 2), line(1, 5, 2, "A")]
    assert dates(sales, [line(8, 6, 2, "A"), line(9, 7, 2)]) == {8: 5, 9: 1}


def test_an_orders_number_counts_even_where_too_many_pieces_come_back():
    assert dates([line(0, 1, 2, "A"), line(1, 1, 1, "A")], [line(9, 7, 5, "A")]) == {9: 1}


def test_lines_without_pieces_are_matched_by_the_orders_number_only():
    assert dates([line(0, 1, None, "A")], [line(8, 2, None, "A"), line(9, 2, None, "B")]) == {8: 1}


lines = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 4), st.sampled_from([None, "A", "B"]), st.booleans()), max_size=12
)


@given(rows=lines)
def test_no_sale_gives_back_more_than_it_had_and_no_order_is_later_than_its_return(rows):
    made = [(line(place, *row[:2], row[2]), row[3]) for place, row in enumerate(sorted(rows, key=lambda row: row[0]))]
    sales, returns = [one for one, sold in made if sold], [one for one, sold in made if not sold]
    found = dict(matched(sales, returns))
    by_place = {one.place: one for one, _ in made}
    assert set(found) <= {one.place for one in returns}
    assert all(order <= by_place[place].date for place, order in found.items())
    assert all(order in {sale.date for sale in sales} for order in found.values())
    assert all(sale.pieces >= 0 for sale in sales)


# Through a whole client


@pytest.fixture
def netted(write_client):
    """Clean rows of `returns: net`: (date, booked_on, changed) of each."""

    def clean(rows, columns=COLUMNS, **keys):
        rows = [*rows, ["zoe", "1997-01-01", "1", "1", "z", "z"]]
        text = "\n".join([",".join(columns), *(",".join(row[: len(columns)]) for row in rows), ""])
        path = write_client(text, columns={name: name for name in columns}, rules={"returns": "net", **keys})
        table = Client.open(path).table("transactions").to_pyarrow().to_pylist()
        return [(row["date"].day, row["booked_on"].day, row["changed"]) for row in table[:-1]]

    return clean


def test_returns_count_on_the_date_of_their_order_and_keep_their_own_beside_it(netted):
    assert netted(
        [
            ["ann", "1997-01-02", "10", "2", "A", "mug"],
            ["ann", "1997-01-05", "5", "1", "B", "mug"],
            ["ann", "1997-01-09", "-5", "-1", "A", "mug"],  # its order's number
            ["ann", "1997-01-09", "-5", "-1", "C", "mug"],  # the latest with a piece
            ["ann", "1997-01-09", "-5", "-1", "C", "cup"],  # never bought
            ["bob", "1997-01-09", "-5", "-1", "A", "mug"],  # another customer's order
            ["ann", "1997-01-09", "-5", "-1", "A", ""],  # of no product
        ]
    ) == [
        (2, 2, None),
        (5, 5, None),
        (2, 9, "return_netted"),
        (5, 9, "return_netted"),
        (9, 9, None),
        (9, 9, None),
        (9, 9, None),
    ]


def test_without_products_only_the_orders_number_tells(netted):
    rows = [["ann", "1997-01-02", "10", "2", "A"], ["ann", "1997-01-09", "-5", "-1", "A"],
            ["ann", "1997-01-09", "-5", "-1", "B"]]  # fmt: skip
    assert netted(rows, COLUMNS[:5]) == [(2, 2, None), (2, 9, "return_netted"), (9, 9, None)]


def test_without_orders_and_products_every_return_stays(netted):
    rows = [["ann", "1997-01-02", "10"], ["ann", "1997-01-09", "-5"]]
    assert netted(rows, COLUMNS[:3]) == [(2, 2, None), (9, 9, None)]


def test_a_sale_that_the_rules_leave_out_is_no_order(netted):
    rows = [["ann", "1997-01-02", "10", "2", "A", "POST"], ["ann", "1997-01-09", "-5", "-1", "A", "mug"]]
    assert netted(rows)[1] == (9, 9, None)


def test_the_order_of_the_rows_means_nothing(netted):
    rows = [
        ["ann", "1997-01-02", "10", "2", "A", "mug"],
        ["ann", "1997-01-02", "5", "1", "B", "mug"],
        ["ann", "1997-01-03", "5", "1", "C", "mug"],
        ["ann", "1997-01-09", "-5", "-1", "", "mug"],
        ["ann", "1997-01-09", "-4", "-1", "", "mug"],
        ["ann", "1997-01-09", "-10", "-2", "", "mug"],
    ]
    told = dict(zip(map(tuple, rows), netted(rows), strict=True))
    assert dict(zip(map(tuple, reversed(rows)), netted(rows[::-1]), strict=True)) == told
