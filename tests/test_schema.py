from typing import get_args

import pytest

from crmlab.tables import convert, ingest, schema


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_names_are_unique_and_every_column_and_rule_is_explained(table):
    names = [*table.column_names, schema.EXCLUDED_BY]
    assert len(set(names)) == len(names)
    rules = [rule.name for rule in table.rules]
    assert len(set(rules)) == len(rules)
    assert all(column.description.endswith(".") for column in table.columns)
    assert all(rule.sentence.endswith(".") for rule in table.rules)


def test_every_required_column_has_a_rule_for_where_it_is_missing():
    rules = {rule.name for rule in schema.TRANSACTIONS.rules}
    assert {f"missing_{column.name}" for column in schema.TRANSACTIONS.columns if column.required} <= rules


def test_rules_are_tried_in_the_order_a_reader_expects():
    assert [rule.name for rule in schema.TRANSACTIONS.rules] == [
        "missing_customer_id",
        "missing_date",
        "missing_amount",
        "after_observed_until",
        "zero_amount",
    ]


def test_every_type_can_be_converted_and_money_has_a_unit():
    assert set(get_args(schema.ColumnType)) == set(convert._CONVERT)
    assert all((column.unit is not None) == (column.type == "money") for column in schema.TRANSACTIONS.columns)


def test_no_rule_is_named_like_the_mark_of_a_faulty_value():
    assert ingest._FAULTY not in {rule.name for table in schema.TABLES for rule in table.rules}


def test_a_declaration_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot assign"):
        schema.TRANSACTIONS.name = "other"
