from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from crmlab import gates
from crmlab.client import Client
from crmlab.errors import DataError, ReportError
from crmlab.findings import Refusal
from crmlab.gates import DataFacts, facts, gate_results, missing, require
from crmlab.suite import Notebook
from crmlab.tables import portions
from crmlab.tables.engine import connect
from crmlab.tables.schema import BY_NAME, TABLES
from tests.table_rows import client_keys, sound

CONTRACT = ("contract_id", "customer_id", "start", "end")

NEEDS = {"transactions": ["customer_id", "date", "amount"]}
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("date", pa.date32()),
        ("amount", pa.decimal128(18, 4)),
        ("excluded_by", pa.string()),
    ]
)


@dataclass(frozen=True)
class Shop:
    tables: dict
    observed_until: date = date(2024, 12, 31)

    def table(self, name):
        if name not in self.tables:
            raise DataError(f"client shop has no table {name!r}; it has {', '.join(self.tables)}")
        return self.tables[name]


def shop(rows, **options):
    records = [
        {"customer_id": row[0], "date": row[1], "amount": Decimal(row[2]), "excluded_by": row[3] if row[3:] else None}
        for row in rows
    ]
    connection = connect(threads=1)
    connection.con.register("given", pa.Table.from_pylist(records, schema=SCHEMA))
    return Shop({"transactions": connection.table("given")}, **options)


ROWS = [
    ("ann", date(2024, 1, 1), 10),
    ("ann", date(2024, 6, 1), 10),
    ("ann", date(2024, 6, 1), 5),  # the same day: one purchase
    ("bob", date(2024, 12, 1), 10),
    ("bob", date(2024, 12, 9), -3),  # a return: no purchase, and not the last date
    ("cat", date(2024, 3, 1), -10),  # only a return: no customer
    ("dan", date(2023, 1, 1), 10, "zero_amount"),  # excluded
]


def wants(monkeypatch, gate_values, needs=NEEDS, horizon_days=None):
    made = Notebook("98_wanting", Path("98_wanting.ipynb"), "Enough?", needs, gate_values, horizon_days)
    monkeypatch.setattr(gates.needs, "notebook", lambda name: {"98_wanting": made}[name])
    return made


@pytest.mark.parametrize("so_many", [1, 50])
def test_facts_worked_by_hand(monkeypatch, so_many):
    monkeypatch.setattr(portions, "_number", lambda *_: so_many)  # in one portion, or most portions without a row
    # ann bought on 1 Jan and 1 Jun, bob on 1 Dec: 3 purchases. 1 Jan to 31 Dec 2024 (leap year): 365 days;
    # 1 Dec to 31 Dec: 30 days.
    assert facts(shop(ROWS)) == DataFacts(
        customers=2,
        repeat_customers=1,
        purchases=3,
        first_date=date(2024, 1, 1),
        last_date=date(2024, 12, 1),
        history_days=365,
        freshness_days=30,
    )


def test_facts_of_data_without_a_purchase_are_zeros():
    expected = DataFacts(0, 0, 0, None, None, 0, None)
    assert facts(shop([])) == expected
    assert facts(shop([("cat", date(2024, 3, 1), -10)])) == expected


def test_a_gate_is_passed_from_its_least_value_on(monkeypatch):
    found = gate_results(shop(ROWS), wants(monkeypatch, {"customers": 2, "history_days": 366, "repeat_customers": 1}))
    assert [(result.gate, result.needed, result.got, result.passed) for result in found] == [
        ("customers", 2, 2, True),
        ("history_days", 366, 365, False),
        ("repeat_customers", 1, 1, True),
    ]


def test_sentences_say_what_is_needed_what_was_found_and_how_to_mend_it(monkeypatch):
    needed = {"customers": 1000, "history_days": 180, "repeat_customers": 1}
    found = [result.sentence for result in gate_results(shop(ROWS), wants(monkeypatch, needed))]
    mend = "Add the records of more customers, or see with `crmlab check` which rule leaves rows out."
    assert found == [
        f"1,000 customers with a purchase needed, 2 found: too few. {mend}",
        "180 days from the first purchase to the last day observed needed, 365 found.",
        "1 customer with purchases on two days or more needed, 1 found.",
    ]


@pytest.mark.parametrize(("most", "passed"), [(30, True), (31, True), (29, False)])
def test_freshness_is_passed_up_to_its_greatest_value(monkeypatch, most, passed):
    (result,) = gate_results(shop(ROWS), wants(monkeypatch, {"freshness_days": most}))  # 1 to 31 December: 30 days
    assert (result.needed, result.got, result.passed, result.at_most) == (most, 30, passed, True)
    said = f"At most {most} days from the last purchase to the last day observed needed, 30 found"
    mend = "Add the latest records, or set `observed_until` in the client file to the last day the data covers."
    assert result.sentence == (f"{said}." if passed else f"{said}: too many. {mend}")


def test_without_a_purchase_nothing_is_fresh(monkeypatch):
    (result,) = gate_results(shop([]), wants(monkeypatch, {"freshness_days": 1000}))
    assert (result.got, result.passed) == (None, False)
    assert "no purchase found: there is nothing to count from." in result.sentence


@pytest.mark.parametrize(("horizon", "needed", "passed"), [(182, 364, True), (183, 366, False)])
def test_history_is_held_against_the_horizon(monkeypatch, horizon, needed, passed):
    # 1 Jan to 31 Dec 2024 are 365 days: twice 182, not twice 183.
    (result,) = gate_results(shop(ROWS), wants(monkeypatch, {"history_horizons": 2}, horizon_days=horizon))
    assert (result.needed, result.got, result.passed) == (needed, 365, passed)
    assert f"(2 times the horizon of {horizon} days) needed, 365 found" in result.sentence


def test_a_run_may_ask_for_another_horizon(monkeypatch):
    wanted = wants(monkeypatch, {"history_horizons": 2}, horizon_days=100)
    assert gate_results(shop(ROWS), wanted, horizon_days=200)[0].needed == 400
    with pytest.raises(Refusal, match="400 days from the first purchase"):
        require(shop(ROWS), "98_wanting", horizon_days=200)


def test_a_gate_of_horizons_without_one_is_a_fault_of_the_notebook(monkeypatch):
    with pytest.raises(ReportError, match="write horizon_days beside gates in its metadata"):
        gate_results(shop(ROWS), wants(monkeypatch, {"history_horizons": 2}))


def test_a_gate_at_most_is_marked_in_the_table(monkeypatch):
    wants(monkeypatch, {"customers": 1, "freshness_days": 30})
    assert require(shop(ROWS), "98_wanting").data["gate"].tolist() == [
        "customers with a purchase",
        "at most: days from the last purchase to the last day observed",
    ]


def test_the_general_gates_are_known():
    assert set(gates.GENERAL) <= set(gates.GATES)


def test_require_shows_the_gates(monkeypatch):
    wants(monkeypatch, {"customers": 2, "history_days": 300})
    table = require(shop(ROWS), "98_wanting")
    assert table.data.to_dict("list") == {
        "gate": ["customers with a purchase", "days from the first purchase to the last day observed"],
        "needed": [2, 300],
        "found": [2, 365],
        "passed": ["yes", "yes"],
    }
    assert "customers with a purchase" in table._repr_html_()


def test_a_notebook_without_gates_shows_an_empty_table(monkeypatch):
    wants(monkeypatch, {})
    assert list(require(shop(ROWS), "98_wanting").data.columns) == ["gate", "needed", "found", "passed"]


def test_require_refuses_with_every_reason_at_once(monkeypatch):
    needs = {"transactions": ["customer_id", "date", "amount", "datum"], "contacts": ["email"]}
    wants(monkeypatch, {"customers": 3, "history_days": 1000, "repeat_customers": 1}, needs)
    with pytest.raises(Refusal) as refused:
        require(shop(ROWS), "98_wanting")
    assert [reason.split(":")[0] for reason in refused.value.reasons] == [
        "The column 'datum' of the table 'transactions' is needed (did you mean 'date'?)",
        "The table 'contacts' is needed",
        "3 customers with a purchase needed, 2 found",
        "1,000 days from the first purchase to the last day observed needed, 365 found",
    ]


def test_require_refuses_data_without_a_purchase(monkeypatch):
    wants(monkeypatch, {"customers": 1})
    with pytest.raises(Refusal, match="1 customer with a purchase needed, 0 found: too few"):
        require(shop([]), "98_wanting")


def test_nothing_is_missing_from_what_the_client_has(monkeypatch):
    assert missing(shop(ROWS), wants(monkeypatch, {})) == ()


def test_a_missing_table_is_named_with_what_there_is(monkeypatch):
    assert missing(shop(ROWS), wants(monkeypatch, {}, {"visits": ["date"]})) == (
        "The table 'visits' is needed: client shop has no table 'visits'; it has transactions.",
    )


def test_several_missing_tables_are_named_in_one_sentence(monkeypatch):
    needs = {"visits": ["date"], "transactions": ["datum"], "calls": ["date"]}
    column, tables = missing(shop(ROWS), wants(monkeypatch, {}, needs))
    assert column.startswith("The column 'datum'")
    assert tables.startswith("The tables 'visits', 'calls' are needed, and the client file names none of them")


def test_a_gate_nobody_knows_is_a_fault_of_the_notebook(monkeypatch):
    unknown = wants(monkeypatch, {"customer": 10, "customers": 10, "weather": 1})
    message = r"98_wanting names gates that crmlab does not know; it knows customers, history_days, repeat_customers"
    with pytest.raises(ReportError, match=message) as raised:
        gate_results(shop(ROWS), unknown)
    assert "'customer' (did you mean 'customers'?)" in str(raised.value)
    assert "'weather'" in str(raised.value)
    with pytest.raises(ReportError, match="does not know"):
        require(shop(ROWS), "98_wanting")


def test_transactions_that_cannot_be_read_are_no_refusal(monkeypatch):
    wants(monkeypatch, {"customers": 1})
    with pytest.raises(DataError, match="no table 'transactions'"):
        require(Shop({}), "98_wanting")


def test_a_need_of_any_table_is_held_against_the_client(write_client, monkeypatch):
    made = client_keys({"contracts": [{name: sound(BY_NAME["contracts"], 0)[name] for name in CONTRACT}]})
    client = Client.open(write_client(made["data"], tables=made["tables"]))
    needs = {"contracts": ["customer_id", "start", "reason"], "tickets": ["opened_on"]}
    wants(monkeypatch, {}, needs)
    with pytest.raises(Refusal) as caught:
        require(client, "98_wanting")
    column, table = caught.value.reasons
    assert column.startswith("The column 'reason' of the table 'contracts' is needed: map it in the client file")
    assert table == "The table 'tickets' is needed: client shop has no table 'tickets'; it has transactions, contracts."


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_table_is_needed_by_a_client_that_has_it(table):
    row = {column.name: [None] for column in table.columns}
    types = pa.schema([(name, pa.string()) for name in row])
    whole = Shop({table.name: ibis.memtable(pa.table(row, schema=types))})
    made = Notebook("98_wanting", Path("98_wanting.ipynb"), "Enough?", {table.name: list(row)}, {}, None)
    assert missing(whole, made) == ()
    assert len(missing(Shop({}), made)) == 1
