"""Whether a client's data can support a notebook: facts of the data, held against the notebook's gates.

A notebook says in its metadata what it needs (`needs`: tables and columns) and from how much data on its numbers
mean something (`gates`). `require` in its data cell shows the gates, or ends the notebook with all the reasons.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import ibis
import pandas as pd

from crmlab.display import Table, show_table
from crmlab.errors import DataError, ReportError, nearest, together
from crmlab.findings import Refusal
from crmlab.suite import Notebook, notebook
from crmlab.summary import purchases

TRANSACTIONS = "transactions"


class HasTables(Protocol):
    """What gates read of a `Client`."""

    @property
    def observed_until(self) -> date:
        """The last day observed, inclusive."""

    def table(self, name: str) -> ibis.Table:
        """The clean table of that name, or a DataError if the client has none."""


@dataclass(frozen=True)
class DataFacts:
    """What the gates are held against; everything counts kept rows only.

    Attributes
    ----------
    customers, repeat_customers : int
        Customers with a purchase, and with purchases on two days or more.
    purchases : int
        Purchases, as `crmlab.summary.purchases` defines them.
    first_date, last_date : date or None
        First and last purchase; None if there is none.
    history_days : int
        First purchase to `observed_until`, in days; 0 if there is no purchase.
    freshness_days : int or None
        Last purchase to `observed_until`, in days; None if there is no purchase.
    """

    customers: int
    repeat_customers: int
    purchases: int
    first_date: date | None
    last_date: date | None
    history_days: int
    freshness_days: int | None


@dataclass(frozen=True)
class GateResult:
    """One gate held against the facts: at least `needed`, `got` found, and the sentence that says so."""

    gate: str
    needed: int
    got: int
    passed: bool
    sentence: str


@dataclass(frozen=True)
class _Gate:
    got: Callable[[DataFacts], int]
    one: str
    many: str
    mend: str


GATES: Mapping[str, _Gate] = {
    "customers": _Gate(
        lambda facts: facts.customers,
        "customer with a purchase",
        "customers with a purchase",
        "Add the records of more customers, or see with `crmlab check` which rule leaves rows out",
    ),
    "history_days": _Gate(
        lambda facts: facts.history_days,
        "day from the first purchase to observed_until",
        "days from the first purchase to observed_until",
        "Add older records, or correct observed_until in the client file if it is too early",
    ),
    "repeat_customers": _Gate(
        lambda facts: facts.repeat_customers,
        "customer with purchases on two days or more",
        "customers with purchases on two days or more",
        "Add a longer history, or check that the column mapped to customer_id names the buyer and not the order",
    ),
}


def facts(client: HasTables) -> DataFacts:
    """How many customers and purchases the client's data hold, and over which days; nothing is refused here."""
    by_customer = purchases(client.table(TRANSACTIONS)).group_by("customer_id")
    customers = by_customer.agg(n=lambda t: t.count(), first=lambda t: t.date.min(), last=lambda t: t.date.max())
    totals = customers.agg(
        customers=customers.count(),
        repeat_customers=customers.count(where=customers.n > 1),
        purchases=customers.n.sum().fill_null(0),
        first=customers["first"].min(),
        last=customers["last"].max(),
    )
    row: dict[str, Any] = totals.to_pyarrow().to_pylist()[0]
    first, last = row["first"], row["last"]
    return DataFacts(
        customers=row["customers"],
        repeat_customers=row["repeat_customers"],
        purchases=int(row["purchases"]),
        first_date=first,
        last_date=last,
        history_days=(client.observed_until - first).days if first else 0,
        freshness_days=(client.observed_until - last).days if last else None,
    )


def gate_results(client: HasTables, notebook: Notebook) -> tuple[GateResult, ...]:
    """The notebook's gates, in its order, each held against the client's data.

    Raises
    ------
    ReportError
        If the notebook names a gate that crmlab does not know: a fault of the notebook, not of the data.
    """
    _check_known(notebook)
    known = facts(client)
    return tuple(_result(name, needed, GATES[name].got(known)) for name, needed in notebook.gates.items())


def missing(client: HasTables, notebook: Notebook) -> tuple[str, ...]:
    """A sentence for each table and column the notebook needs and the client has not; empty if it has them all."""
    return tuple(reason for name, columns in notebook.needs.items() for reason in _missing(client, name, columns))


def require(client: HasTables, notebook_name: str) -> Table:
    """The notebook's gates as a table, if the client's data pass them all.

    Raises
    ------
    Refusal
        If a table or column is missing or a gate fails, with every reason there is.
    DataError
        If the transactions, which every client has, cannot be read.
    ReportError
        If the notebook names a gate that crmlab does not know.
    """
    wanted = notebook(notebook_name)
    results = gate_results(client, wanted)
    reasons = [*missing(client, wanted), *(result.sentence for result in results if not result.passed)]
    if reasons:
        raise Refusal(reasons)
    return _table(results)


def _missing(client: HasTables, name: str, columns: list[str]) -> list[str]:
    try:
        found = client.table(name).columns
    except DataError as error:
        return [f"The table {name!r} is needed: {error}."]
    return [
        f"The column {column!r} of the table {name!r} is needed{nearest(column, found)}: map it in the client file, "
        f"under tables, {name}, columns."
        for column in columns
        if column not in found
    ]


def _check_known(wanted: Notebook) -> None:
    unknown = [f"{name!r}{nearest(name, GATES)}" for name in wanted.gates if name not in GATES]
    if unknown:
        heading = f"notebook {wanted.name} names gates that crmlab does not know; it knows {', '.join(GATES)}:"
        raise ReportError(together(heading, unknown))


def _result(name: str, needed: int, got: int) -> GateResult:
    gate = GATES[name]
    passed = got >= needed
    what = gate.one if needed == 1 else gate.many
    sentence = f"{needed:,} {what} needed, {got:,} found" + ("." if passed else f": too few. {gate.mend}.")
    return GateResult(name, needed, got, passed, sentence)


def _table(results: tuple[GateResult, ...]) -> Table:
    rows = [
        {"gate": GATES[result.gate].many, "needed": result.needed, "found": result.got, "passed": "yes"}
        for result in results
    ]
    data = pd.DataFrame(rows, columns=["gate", "needed", "found", "passed"])
    return show_table(
        data,
        "What this notebook needs of the data, and what was found.",
        units={"needed": "count", "found": "count"},
        headings={"gate": "at least so many", "passed": "enough"},
    )
