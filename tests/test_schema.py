from typing import get_args

import pytest

from crmlab.tables import rules, schema
from crmlab.tables.reader import FINGERPRINT


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_names_are_unique_and_every_column_and_rule_is_explained(table):
    names = [*table.column_names, schema.BOOKED_ON, schema.CHANGED, schema.EXCLUDED_BY, FINGERPRINT]
    assert len(set(names)) == len(names)
    named = [rule.name for rule in table.rules]
    assert len(set(named)) == len(named)
    assert all(column.description.endswith(".") for column in table.columns)
    assert all(rule.sentence.endswith(".") for rule in table.rules)


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_every_required_column_has_a_rule_for_where_it_is_missing_unless_a_blank_says_something(table):
    names = {rule.name for rule in table.rules}
    told = {f"missing_{column.name}" for column in table.columns if column.required and not column.may_be_blank}
    assert told <= names
    assert not {f"missing_{column.name}" for column in table.columns if column.may_be_blank} & names


def test_rules_are_tried_in_the_order_a_reader_expects():
    assert [rule.name for rule in schema.TRANSACTIONS.rules] == [
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
        "exact_duplicate",
    ]


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_what_must_be_mapped_is_a_column(table):
    assert {name for group in table.either for name in group} <= set(table.column_names)


def test_every_change_is_explained_in_a_sentence():
    assert all(sentence.endswith(".") and " " not in name for name, sentence in schema.CHANGES.items())


def test_every_type_is_used_or_can_be_and_what_is_counted_has_a_unit():
    assert {column.type for table in schema.TABLES for column in table.columns} <= set(get_args(schema.ColumnType))
    columns = [column for table in schema.TABLES for column in table.columns]
    assert all((column.unit is not None) == (column.type in ("money", "number")) for column in columns)


def test_no_rule_is_named_like_the_mark_of_an_unfit_row():
    names = {rule.name for table in schema.TABLES for rule in table.rules}
    assert not names & set(rules.UNFIT)


def test_a_declaration_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot assign"):
        schema.TRANSACTIONS.name = "other"
