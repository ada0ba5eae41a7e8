"""What a notebook needs of a client: tables, columns and gates, or the end of the notebook with all the reasons."""

from collections.abc import Iterable, Mapping

import pandas as pd

from crmlab.display import Table, show_table
from crmlab.errors import DataError, closest
from crmlab.findings import Refusal
from crmlab.gates.data_facts import HasTables
from crmlab.gates.held import GateResult, gate_results
from crmlab.gates.known import GATES, Gate
from crmlab.language import listed, tr, translated
from crmlab.suite import Notebook, notebook


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


def _gate_shown(gate: Gate) -> str:
    what = translated(gate.what)
    return tr("at most: {what}", what=what) if gate.at_most else what
