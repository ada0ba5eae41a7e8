from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from crmlab.data_page.joins import Reference, not_found, references, unlisted


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


# What rows of any table refer to


class Shop:
    """Clean tables by name, each a column of values and which of them are left out."""

    def __init__(self, **tables):
        self._tables = {name: clean(columns) for name, columns in tables.items()}

    @property
    def tables(self):
        return tuple(self._tables)

    def table(self, name):
        return self._tables[name]


def clean(columns):
    types = pa.schema([(name, pa.string()) for name in dict.fromkeys(("excluded_by", *columns))])
    rows = max(map(len, columns.values()))
    return ibis.memtable(pa.table({"excluded_by": [None] * rows} | columns, schema=types))


def test_references_are_counted_over_what_is_kept_of_both_tables():
    shop = Shop(
        campaigns={"campaign_id": ["a", "b", "c"], "excluded_by": [None, None, "repeated_key"]},
        contacts={
            "contact_id": list("1234567"),
            "campaign_id": ["a", "a", "b", "c", "x", None, "y"],
            "customer_id": ["ann"] * 7,
            "excluded_by": [None] * 6 + ["test_customer"],
        },
    )
    # Kept rows with a campaign: a, a, b, c, x. c is left out of the campaigns, and x is not there at all. There are no
    # customers to look anybody up in.
    assert references(shop) == (Reference("contacts", "campaign_id", "campaigns", 5, 4, 2, 2),)


def test_nothing_is_counted_where_the_column_is_not_mapped():
    assert references(Shop(branches={"branch_id": ["b"]}, customers={"customer_id": ["ann"]})) == ()


def test_a_table_may_refer_to_itself_and_to_several_others():
    shop = Shop(
        products={"product_id": ["pen", "ink"], "used_with": [None, "pen"]},
        reps={"rep_id": ["r"], "branch_id": ["b"], "territory_id": ["t"]},
        branches={"branch_id": ["b"]},
        territories={"territory_id": ["u"], "branch_id": ["b"]},
    )
    found = {(one.table, one.column): (one.rows, one.rows_not_found) for one in references(shop)}
    assert found == {
        ("products", "used_with"): (1, 0),
        ("reps", "branch_id"): (1, 0),
        ("reps", "territory_id"): (1, 1),
        ("territories", "branch_id"): (1, 0),
    }


def noticed_in(lost, rows, **options):
    """What is noticed where so many of the rows of contracts are of customers that are not there."""
    who = ["ann"] * (rows - lost) + [f"x{number % 7}" for number in range(lost)]
    shop = Shop(customers={"customer_id": ["ann"]}, contracts={"contract_id": who, "customer_id": who})
    return list(not_found(shop, references(shop), **{"names_customers": True, **options}))


@pytest.mark.parametrize(("lost", "rows", "is_noticed"), [(0, 100, False), (4, 100, False), (5, 100, True)])
def test_a_big_share_of_references_that_lead_nowhere_is_noticed(lost, rows, is_noticed):
    assert bool(noticed_in(lost, rows)) == is_noticed


def test_what_is_noticed_says_how_many_and_how_to_mend_it():
    (one,) = noticed_in(10, 40)
    assert one.sentence == (
        "10 of 40 rows of contracts (25.0 %) have a customer_id that the table 'customers' does not have: "
        "7 different values."
    )
    assert (one.code, one.rows, one.examples) == ("reference_not_found", 10, ("x0", "x1", "x2", "x3", "x4"))
    assert "whether ids are written alike" in one.advice
    (hidden,) = noticed_in(10, 40, names_customers=False)
    assert hidden.examples == ()


def test_whom_and_what_is_bought_is_noticed_once():
    shop = Shop(customers={"customer_id": ["bob"]}, transactions={"customer_id": ["ann"]})
    (one,) = references(shop)
    assert one.rows_not_found == 1
    assert list(not_found(shop, [one], names_customers=True)) == []
