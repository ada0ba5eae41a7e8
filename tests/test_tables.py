"""Every table of the schema from raw files to clean rows: its rules, its optional columns, its key, its counts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.tables.quality import changes, rule_counts
from crmlab.tables.schema import BY_NAME, CUSTOMERS, TABLES, TRANSACTIONS, blanked
from tests.table_rows import as_csv, broken, client_keys, sound

OTHERS = [table for table in TABLES if table != TRANSACTIONS]
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def opened(write_client, tables, *, parquet=False, **keys):
    made = client_keys(tables, parquet=parquet)
    return Client.open(write_client(made["data"], tables=made["tables"], **keys))


def clean(client, name):
    return client.table(name).to_pyarrow().to_pylist()


def fates(rows):
    return [row["excluded_by"] for row in rows]


# Every rule of every table, by a planted row


@pytest.mark.parametrize("parquet", [False, True], ids=["csv", "parquet"])
def test_every_rule_of_every_table_takes_the_row_that_breaks_it(write_client, parquet):
    planted = {
        table.name: [
            sound(table, 0),
            *(broken(table, rule.name, number) for number, rule in enumerate(table.rules, 1)),
            sound(table, len(table.rules) + 1),
        ]
        for table in OTHERS
    }
    client = opened(write_client, planted, parquet=parquet, rules={"test_customers": "test-*"})
    assert set(client.tables) == set(BY_NAME)
    for table in OTHERS:
        names = [rule.name for rule in table.rules]
        assert fates(clean(client, table.name)) == [None, *names, None], table.name
        counts = rule_counts(client.table(table.name), table)
        assert counts["rows"].tolist() == [len(names) + 2, *[1] * len(names), 2], table.name


def test_the_rules_of_contracts_by_hand(write_client):
    names = ["contract_id", "customer_id", "start", "end", "period_months", "price", "reason"]
    rows = [
        ["c1", "ann", "1997-01-01", "", "12", "100", ""],  # still runs: a blank end says something
        ["", "ann", "1997-01-01", "", "12", "100", ""],
        ["1.2E+05", "ann", "1997-01-01", "", "12", "100", ""],
        ["c2", "", "1997-01-01", "", "12", "100", ""],
        ["c3", "ann", "", "", "12", "100", ""],
        ["c4", "ann", "1998-07-01", "", "12", "100", ""],
        ["c5", "trial", "1997-01-01", "", "12", "100", ""],
        ["c1", "bob", "1997-02-01", "1997-03-01", "1", "9", "price"],
        ["c6", "bob", "1998-06-30", "1999-01-01", "0", "-5", "Price"],  # what need not be there is left blank
    ]
    planted = {"contracts": [dict(zip(names, row, strict=True)) for row in rows]}
    client = opened(write_client, planted, rules={"test_customers": "trial"})
    found = clean(client, "contracts")
    assert fates(found) == [
        None,
        "missing_contract_id",
        "destroyed_contract_id",
        "missing_customer_id",
        "missing_start",
        "after_observed_until",
        "test_customer",
        "repeated_key",
        None,
    ]
    assert found[0] == {
        "contract_id": "c1",
        "customer_id": "ann",
        "start": date(1997, 1, 1),
        "end": None,
        "period_months": Decimal(12),
        "price": Decimal(100),
        "reason": None,
        "changed": None,
        "excluded_by": None,
    }
    assert [found[-1][name] for name in ("period_months", "price", "reason")] == [None, None, None]
    assert found[-1]["changed"] == "out_of_range_period_months out_of_range_price not_allowed_reason"


def test_a_key_of_several_columns_repeats_only_as_a_whole(write_client):
    def stay(opportunity, entered, stage):
        return {
            "opportunity_id": opportunity,
            "stage": stage,
            "entered_on": entered,
            "left_on": "",
            "outcome": "open",
        }

    rows = [
        stay("o1", "1997-01-01", "needs"),
        stay("o1", "1997-01-01", "proposal"),
        stay("o1", "1997-01-02", "needs"),
        stay("o2", "1997-01-01", "needs"),
        stay("o1", "1997-01-01", "needs"),
        stay("o1", "1997-01-01", "proposal"),
        stay("o1", "1997-01-01", "needs"),
    ]
    found = fates(clean(opened(write_client, {"stage_history": rows}), "stage_history"))
    assert found == [None] * 4 + ["repeated_key"] * 3


def test_who_is_a_test_is_left_out_wherever_a_column_names_a_customer(write_client):
    rows = [sound(BY_NAME["referrals"], number) for number in range(4)]
    rows[1]["from_customer_id"] = rows[2]["to_customer_id"] = "me"
    rows[3]["to_customer_id"] = ""  # who was told need not be a customer
    client = opened(write_client, {"referrals": rows}, rules={"test_customers": "me"})
    assert fates(clean(client, "referrals")) == [None, "test_customer", "test_customer", None]


# Columns that need not be there


def test_what_does_not_fit_an_optional_column_is_left_blank_marked_and_counted(write_client):
    kinds = ["person", "Person", "company", "", "firm"]
    rows = [{"customer_id": f"c{number}", "customer_type": kind} for number, kind in enumerate(kinds)]
    client = opened(write_client, {"customers": rows})
    found = clean(client, "customers")
    assert fates(found) == [None] * 5
    assert [row["customer_type"] for row in found] == ["person", None, None, None, "firm"]
    marked = "not_allowed_customer_type"
    assert [row["changed"] for row in found] == [None, marked, marked, None, None]
    assert changes(client.table("customers"), CUSTOMERS).to_dict("records") == [{"change": marked, "rows": 2}]


def test_bounds_include_their_ends(write_client):
    rows = [sound(BY_NAME["tickets"], number) for number in range(6)]
    hours = ["0", "23", "23.5", "24", "-1", ""]
    for row, hour in zip(rows, hours, strict=True):
        row["opened_hour"] = hour
    client = opened(write_client, {"tickets": rows})
    found = clean(client, "tickets")
    assert [row["opened_hour"] for row in found] == [Decimal(0), Decimal(23), None, None, None, None]
    assert [row["changed"] is None for row in found] == [True, True, False, False, False, True]
    assert fates(found) == [None] * 6


def test_a_row_that_a_rule_takes_is_not_counted_as_changed(write_client):
    rows = [{"customer_id": who, "customer_type": "x"} for who in ("ann", "ann", "bob", "")]
    client = opened(write_client, {"customers": rows})
    counted = changes(client.table("customers"), CUSTOMERS)
    assert counted.to_dict("records") == [{"change": "not_allowed_customer_type", "rows": 2}]


def test_an_optional_column_that_is_not_mapped_is_not_there_and_takes_nothing(write_client):
    rows = [{"product_id": "p1"}, {"product_id": "p2"}]
    client = opened(write_client, {"products": rows})
    assert client.table("products").columns == ("product_id", "excluded_by")


def test_a_column_without_any_value_is_missing_throughout(write_client):
    blank = {"reason": "", "end": "", "price": "", "period_months": "", "product_id": ""}
    rows = [sound(BY_NAME["contracts"], number) | blank for number in range(2)]
    for parquet in (False, True):  # in Parquet such a column has no type at all
        found = clean(opened(write_client, {"contracts": rows}, parquet=parquet), "contracts")
        assert fates(found) == [None, None]
        assert {row[name] for row in found for name in (*blank, "changed")} == {None}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_with_allowed_values_or_bounds_has_a_rule_or_a_mark(table):
    told = {rule.name for rule in (*table.rules, *blanked(table))}
    for column in table.columns:
        assert (f"not_allowed_{column.name}" in told) == bool(column.allowed)
        assert (f"out_of_range_{column.name}" in told) == (column.least is not None or column.most is not None)


# Numbers and money


def test_money_of_any_table_is_turned_into_the_clients_unit(write_client):
    made = client_keys(
        {"cost_events": [sound(BY_NAME["cost_events"], number) | {"amount": "120"} for number in (0, 1)]}
    )
    made["tables"]["cost_events"]["format"] = {"amounts_in": "IRR"}
    made["tables"]["transactions"]["columns"].pop("currency")
    client = Client.open(write_client(made["data"], tables=made["tables"], currency="IRT"))
    found = clean(client, "cost_events")
    assert [(row["amount"], row["minutes"], row["changed"]) for row in found] == [
        (Decimal(12), Decimal(1), "unit_converted"),
        (Decimal(12), Decimal(2), "unit_converted"),
    ]
    counted = changes(client.table("cost_events"), BY_NAME["cost_events"])
    assert counted.to_dict("records") == [{"change": "unit_converted", "rows": 2, "amount": Decimal("24.0000")}]


def test_numbers_hold_four_decimals_and_more_are_refused_or_rounded_and_marked(write_client):
    rows = [
        sound(BY_NAME["economy"], number) | {"deposit_rate": rate} for number, rate in enumerate(("0.2", "0.12345"))
    ]
    with pytest.raises(DataError, match=r"economy.csv: column 'deposit_rate': 1 value has more than four decimals"):
        opened(write_client, {"economy": rows})
    found = clean(opened(write_client, {"economy": rows}, rules={"fine_amounts": "round"}), "economy")
    assert [(row["deposit_rate"], row["changed"]) for row in found] == [
        (Decimal("0.2"), None),
        (Decimal("0.1235"), "number_rounded"),  # halves away from zero: 0.12345 is half
    ]


# The client file


def test_a_table_that_crmlab_does_not_know_is_named_with_those_it_knows(write_client):
    made = client_keys({"contracts": [sound(BY_NAME["contracts"], 0)]})
    tables = made["tables"]
    tables["contract"] = tables.pop("contracts")
    with pytest.raises(DataError) as caught:
        Client.open(write_client(made["data"], tables=tables))
    assert "tables.contract: is an unknown key (did you mean 'contracts'?); known here: transactions," in str(
        caught.value
    )
    assert "crm_benefits" in str(caught.value)


def test_a_required_column_of_an_optional_table_must_be_mapped(write_client):
    row = sound(BY_NAME["contracts"], 0)
    del row["end"]
    with pytest.raises(DataError) as caught:
        opened(write_client, {"contracts": [row]})
    assert (
        "tables.contracts.columns: end is not mapped; write which column of the file holds it (The first day it no "
        "longer covers; blank where it still runs.)"
    ) in str(caught.value)


def test_what_is_wrong_in_several_tables_is_said_at_once(write_client):
    tickets, reps = (sound(BY_NAME[name], 0) for name in ("tickets", "reps"))
    with pytest.raises(DataError) as caught:
        opened(write_client, {"tickets": [tickets | {"resolved": "perhaps"}], "reps": [reps | {"hired_on": "Monday"}]})
    assert "column 'resolved': 1 value is neither yes nor no" in str(caught.value)


# What must hold for any rows of any table

odd = st.sampled_from(["", "5.94773E+23", "test-1", "x", "y"])
BY_TYPE = {
    "id": odd,
    "text": odd,
    "date": st.sampled_from(["", "1997-01-01", "1998-06-30", "1998-07-01"]),
    "money": st.sampled_from(["", "-1", "0", "0.5", "100"]),
    "number": st.sampled_from(["", "-1", "0", "1", "7", "100"]),
    "flag": st.sampled_from(["", "yes", "no"]),
}


def raw_row(table):
    """Values that may be odd for each column, the columns in the order of the table."""
    values = [BY_TYPE[column.type] | st.sampled_from(["", *column.allowed]) for column in table.columns]
    return st.tuples(*values).map(lambda row: dict(zip(table.column_names, row, strict=True)))


@FEW
@given(data=st.data())
def test_kept_and_left_out_are_what_was_read_and_what_is_kept_is_as_declared(write_client, data):
    table = data.draw(st.sampled_from(OTHERS))
    drawn = data.draw(st.lists(raw_row(table), min_size=1, max_size=12))
    whole = [*drawn, sound(table, 0)]
    client = opened(write_client, {table.name: whole}, rules={"test_customers": "test-1"})
    counts = rule_counts(client.table(table.name), table).set_index("rule")["rows"]
    assert counts["read"] == len(whole) == counts.drop("read").sum()
    kept = [row for row in clean(client, table.name) if row["excluded_by"] is None]
    assert len(kept) == counts["kept"] >= 1
    keys = [tuple(row[name] for name in table.key) for row in kept]
    assert len(set(keys)) == len(keys)
    for column in table.columns:
        values = [row[column.name] for row in kept if column.name in row]
        there = [value for value in values if value is not None]
        assert len(there) == len(values) or not column.required or column.may_be_blank
        assert not column.allowed or set(there) <= set(column.allowed)
        assert column.least is None or all(value >= column.least for value in there)
        assert column.most is None or all(value <= column.most for value in there)


def test_the_rows_of_these_tests_are_of_the_form_they_say():
    assert as_csv([sound(BY_NAME["fixed_costs"], 0)]) == 'month,kind,amount\n"1997-01-01","kind 0","1"\n'
