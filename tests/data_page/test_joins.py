from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from crmlab.data_page.joins import unlisted


def listing(key, *values, left_out=()):
    rows = [{key: value, "excluded_by": None} for value in values]
    rows += [{key: value, "excluded_by": f"repeated_{key}"} for value in left_out]
    return ibis.memtable(
        pa.Table.from_pylist(rows, schema=pa.schema([(key, pa.string()), ("excluded_by", pa.string())]))
    )


def test_nothing_is_noticed_where_the_tables_fit(make_lines):
    lines = make_lines({"customer_id": "ann"}, {"customer_id": "bob"}, {"customer_id": None, "excluded_by": "x"})
    assert list(unlisted(lines, listing("customer_id", "ann", "bob"), "customer_id")) == []
    assert list(unlisted(lines, listing("product_id", "T1"), "product_id")) == []  # no product_id is mapped


def test_buyers_who_are_not_listed_and_listed_who_never_bought(make_lines):
    lines = make_lines({"customer_id": "ann"}, {"customer_id": "ann", "amount": -4}, {"customer_id": "bob"})
    unknown, idle = unlisted(lines, listing("customer_id", "bob", "cat", "dan", left_out=["ann"]), "customer_id")
    assert (unknown.code, unknown.rows, unknown.amount) == ("unlisted_customers", 2, Decimal(6))
    assert unknown.sentence == (
        "2 kept lines are of 1 customer that the table 'customers' does not have, worth 6.00 EUR."
    )
    assert unknown.examples == ("ann",)
    assert (idle.code, idle.rows, idle.amount) == ("idle_customers", 2, None)
    assert idle.sentence == "2 customers of the 3 in the table 'customers' have no kept transaction."


@pytest.mark.parametrize(("named", "examples"), [(True, ("09121234567",)), (False, ())])
def test_ids_that_are_personal_are_not_shown(make_lines, named, examples):
    lines = make_lines({"customer_id": "09121234567"}, names_customers=named)
    assert next(unlisted(lines, listing("customer_id"), "customer_id")).examples == examples


def test_products_that_are_not_listed(make_lines):
    lines = make_lines({"product_id": "T1"}, {"product_id": "T2"}, {"product_id": None})
    (unknown,) = unlisted(lines, listing("product_id", "T1"), "product_id")
    assert (unknown.code, unknown.rows, unknown.examples) == ("unlisted_products", 1, ("T2",))
