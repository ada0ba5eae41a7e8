"""Whether a client's data can support a notebook: facts of the data, held against the notebook's gates.

A notebook says in its metadata what it needs (`needs`: tables and columns), from how much data on its numbers mean
something (`gates`), and how far ahead or over which span it looks (`horizon_days`). `require` in its data cell shows
the gates, or ends the notebook with all the reasons.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import ibis
import pandas as pd

from crmlab.display import Table, show_table
from crmlab.errors import DataError, ReportError, closest, nearest, together
from crmlab.findings import Refusal
from crmlab.language import count, listed, mark, tr, translated, trn
from crmlab.suite import Notebook, notebook
from crmlab.summary import purchases
from crmlab.tables.portions import portions

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
    """One gate held against the facts: what is `needed`, what was `got`, and the sentence that says so.

    `needed` is the least value that passes, or with `at_most` the greatest. `got` is None where there is nothing to
    count from (no purchase), which passes no gate.
    """

    gate: str
    needed: int
    got: int | None
    passed: bool
    sentence: str
    at_most: bool = False


@dataclass(frozen=True)
class _Gate:
    got: Callable[[DataFacts], int | None]
    so_many: Callable[[int], str]
    what: str
    mend: str
    at_most: bool = False


def _history(days: int) -> str:
    return trn(
        days,
        "{n} day from the first purchase to the last day observed",
        "{n} days from the first purchase to the last day observed",
        n=count(days),
    )


_DAYS_OF_HISTORY = mark("days from the first purchase to the last day observed")

GATES: Mapping[str, _Gate] = {
    "customers": _Gate(
        lambda facts: facts.customers,
        lambda n: trn(n, "{n} customer with a purchase", "{n} customers with a purchase", n=count(n)),
        mark("customers with a purchase"),
        mark("Add the records of more customers, or see with `crmlab check` which rule leaves rows out."),
    ),
    "history_days": _Gate(
        lambda facts: facts.history_days,
        _history,
        _DAYS_OF_HISTORY,
        mark("Add older records, or correct `observed_until` in the client file if it is too early."),
    ),
    "repeat_customers": _Gate(
        lambda facts: facts.repeat_customers,
        lambda n: trn(
            n,
            "{n} customer with purchases on two days or more",
            "{n} customers with purchases on two days or more",
            n=count(n),
        ),
        mark("customers with purchases on two days or more"),
        mark(
            "Add a longer history, or check that the column mapped to `customer_id` names the buyer and not the order."
        ),
    ),
    "freshness_days": _Gate(
        lambda facts: facts.freshness_days,
        lambda n: trn(
            n,
            "{n} day from the last purchase to the last day observed",
            "{n} days from the last purchase to the last day observed",
            n=count(n),
        ),
        mark("days from the last purchase to the last day observed"),
        mark("Add the latest records, or set `observed_until` in the client file to the last day the data covers."),
        at_most=True,
    ),
    "history_horizons": _Gate(
        lambda facts: facts.history_days,
        _history,
        _DAYS_OF_HISTORY,
        mark("Ask for a shorter horizon, or add older records."),
    ),
}
"""The gates a notebook may name. `history_horizons` counts how many times its horizon the history must last."""

GENERAL: Mapping[str, int] = {
    "customers": 100,
    "history_days": 365,
    "repeat_customers": 50,
    "freshness_days": 31,
    "history_horizons": 2,
}
"""What any work with customers asks of the data, whatever the notebook: customers enough for a share to within about
ten points, every season once, repeat buyers enough to see how they come back, the last month, and a history twice as
long as the half year (`GENERAL_HORIZON_DAYS`) that plans usually look ahead: half to learn from, half to check on."""

GENERAL_HORIZON_DAYS = 182


def facts(client: HasTables) -> DataFacts:
    """How many customers and purchases the client's data hold, and over which days; nothing is refused here."""
    rows = client.table(TRANSACTIONS).select("customer_id", "date", "amount", "excluded_by")
    parts = [_counted(purchases(portion)) for portion in portions(rows, ["customer_id"], ["customer_id", "date"])]
    first = min((part["first"] for part in parts if part["first"]), default=None)
    last = max((part["last"] for part in parts if part["last"]), default=None)
    return DataFacts(
        customers=sum(part["customers"] for part in parts),
        repeat_customers=sum(part["repeat_customers"] for part in parts),
        purchases=sum(int(part["purchases"]) for part in parts),
        first_date=first,
        last_date=last,
        history_days=(client.observed_until - first).days if first else 0,
        freshness_days=(client.observed_until - last).days if last else None,
    )


def _counted(bought: ibis.Table) -> dict[str, Any]:
    """Customers, purchases and their first and last day, of purchases with every customer's whole."""
    by_customer = bought.group_by("customer_id")
    customers = by_customer.agg(n=lambda t: t.count(), first=lambda t: t.date.min(), last=lambda t: t.date.max())
    totals = customers.agg(
        customers=customers.count(),
        repeat_customers=customers.count(where=customers.n > 1),
        purchases=customers.n.sum().fill_null(0),
        first=customers["first"].min(),
        last=customers["last"].max(),
    )
    (row,) = totals.to_pyarrow().to_pylist()
    return dict(row)


def gate_results(client: HasTables, notebook: Notebook, *, horizon_days: int | None = None) -> tuple[GateResult, ...]:
    """The notebook's gates, in its order, each held against the client's data.

    Parameters
    ----------
    client : HasTables
    notebook : Notebook
    horizon_days : int, optional
        How far this run looks, where a parameter sets it; by default what the notebook's metadata says.

    Raises
    ------
    ReportError
        If the notebook names a gate that crmlab does not know, or one that counts horizons without having one: a
        fault of the notebook, not of the data.
    """
    return hold_all(facts(client), notebook, horizon_days=horizon_days)


def hold_all(known: DataFacts, notebook: Notebook, *, horizon_days: int | None = None) -> tuple[GateResult, ...]:
    """`gate_results` from facts that are known already."""
    horizon = notebook.horizon_days if horizon_days is None else horizon_days
    _check_known(notebook, horizon)
    return hold(known, notebook.gates, horizon_days=horizon)


def hold(known: DataFacts, gates: Mapping[str, int], *, horizon_days: int | None = None) -> tuple[GateResult, ...]:
    """Each gate (names of `GATES`, with what is needed) held against facts that are known already, in its order."""
    return tuple(_result(name, needed, known, horizon_days) for name, needed in gates.items())


def missing(client: HasTables, notebook: Notebook) -> tuple[str, ...]:
    """Sentences on what the notebook needs and the client has not; empty if it has it all.

    One for each column; one for a table, or for all together where several are not there.
    """
    columns: list[str] = []
    absent: dict[str, str] = {}
    for name, wanted in notebook.needs.items():
        try:
            found = client.table(name).columns
            columns += [_column_missing(name, column, found) for column in wanted if column not in found]
        except DataError as error:
            absent[name] = str(error)
    return (*columns, *_tables_missing(absent))


def require(client: HasTables, notebook_name: str, *, horizon_days: int | None = None) -> Table:
    """The notebook's gates as a table, if the client's data pass them all; parameters as in `gate_results`.

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
    results = gate_results(client, wanted, horizon_days=horizon_days)
    reasons = [*missing(client, wanted), *(result.sentence for result in results if not result.passed)]
    if reasons:
        raise Refusal(reasons)
    return _table(results)


def _tables_missing(absent: Mapping[str, str]) -> list[str]:
    """One sentence on the tables that are not there, each with what the client said of it; none where all are."""
    if len(absent) > 1:
        return [
            tr(
                "The tables {tables} are needed, and the client file names none of them: `crmlab data tables` says "
                "what each holds.",
                tables=listed(map(repr, absent)),
            )
        ]
    return [
        tr("The table {table} is needed: {error}.", table=repr(name), error=error) for name, error in absent.items()
    ]


def _column_missing(table: str, column: str, found: Iterable[str]) -> str:
    names = {"column": repr(column), "table": repr(table), "place": table}
    meant = closest(column, found)
    if not meant:
        return tr(
            "The column {column} of the table {table} is needed: map it in the client file, under tables, {place}, "
            "columns.",
            **names,
        )
    return tr(
        "The column {column} of the table {table} is needed (did you mean {meant}?): map it in the client file, under "
        "tables, {place}, columns.",
        **names,
        meant=repr(meant),
    )


def _check_known(wanted: Notebook, horizon_days: int | None) -> None:
    unknown = [f"{name!r}{nearest(name, GATES)}" for name in wanted.gates if name not in GATES]
    if unknown:
        heading = f"notebook {wanted.name} names gates that crmlab does not know; it knows {', '.join(GATES)}:"
        raise ReportError(together(heading, unknown))
    if "history_horizons" in wanted.gates and horizon_days is None:
        raise ReportError(
            f"notebook {wanted.name} asks for a history of so many horizons but states none; "
            "write horizon_days beside gates in its metadata"
        )


def _result(name: str, needed: int, known: DataFacts, horizon_days: int | None) -> GateResult:
    gate, got = GATES[name], GATES[name].got(known)
    of_horizons = name == "history_horizons"
    bound = needed * (horizon_days or 0) if of_horizons else needed
    passed = got is not None and (got <= bound if gate.at_most else got >= bound)
    wanted = gate.so_many(bound)
    if of_horizons:
        wanted = tr(
            "{history} ({times} times the horizon of {days} days)",
            history=wanted,
            times=count(needed),
            days=count(horizon_days or 0),
        )
    return GateResult(name, bound, got, passed, _sentence(gate, wanted, got, passed), gate.at_most)


def _sentence(gate: _Gate, wanted: str, got: int | None, passed: bool) -> str:
    mend = translated(gate.mend)
    if got is None and gate.at_most:
        return tr(
            "At most {wanted} needed, no purchase found: there is nothing to count from. {mend}",
            wanted=wanted,
            mend=mend,
        )
    if got is None:
        return tr(
            "{wanted} needed, no purchase found: there is nothing to count from. {mend}", wanted=wanted, mend=mend
        )
    found = count(got)
    if gate.at_most and passed:
        return tr("At most {wanted} needed, {found} found.", wanted=wanted, found=found)
    if gate.at_most:
        return tr("At most {wanted} needed, {found} found: too many. {mend}", wanted=wanted, found=found, mend=mend)
    if passed:
        return tr("{wanted} needed, {found} found.", wanted=wanted, found=found)
    return tr("{wanted} needed, {found} found: too few. {mend}", wanted=wanted, found=found, mend=mend)


def _table(results: tuple[GateResult, ...]) -> Table:
    rows = [
        {
            "gate": _gate_shown(GATES[result.gate]),
            "needed": result.needed,
            "found": result.got,
            "passed": tr("yes"),
        }
        for result in results
    ]
    data = pd.DataFrame(rows, columns=["gate", "needed", "found", "passed"])
    both = any(result.at_most for result in results)
    return show_table(
        data,
        tr("What this notebook needs of the data, and what was found."),
        units={"needed": "count", "found": "count"},
        headings={
            "gate": tr("at least, unless it says at most") if both else tr("at least so many"),
            "needed": tr("needed"),
            "found": tr("found"),
            "passed": tr("enough"),
        },
    )


def _gate_shown(gate: _Gate) -> str:
    what = translated(gate.what)
    return tr("at most: {what}", what=what) if gate.at_most else what
