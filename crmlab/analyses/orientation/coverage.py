"""Which of the suite's questions wait for which data, and what a mere list of contacts could answer."""

from collections.abc import Mapping, Sequence

import pandas as pd

from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.tables.schema import TABLES

Needs = Mapping[str, Sequence[str]]

CONTACT_LIST: Needs = {
    "customers": ("customer_id", "name", "email", "phone", "city", "joined_on"),
    "activities": ("activity_id", "customer_id", "date", "kind"),
}
"""What a contact manager knows: people, and when somebody last spoke to them."""

ANSWERED = (mark("a list of contacts"), mark("purchases"), mark("this client's data"))


def answerable(notebooks: Mapping[str, Needs], held: Needs) -> pd.DataFrame:
    """Of each notebook, whether its tables and columns are there: one column for each of `ANSWERED`.

    `notebooks` maps a notebook's question to what it needs, `held` a table of the client to its columns. Whether the
    data are enough is another matter: see the gates.
    """
    purchases = {"transactions": held.get("transactions", ())}
    have = dict(zip(ANSWERED, (CONTACT_LIST, purchases, held), strict=True))
    rows = [
        {"question": question, **{name: not _lacking(needs, data) for name, data in have.items()}}
        for question, needs in notebooks.items()
    ]
    return pd.DataFrame(rows, columns=["question", *ANSWERED])


def missing_data(notebooks: Mapping[str, Needs], held: Needs) -> pd.DataFrame:
    """What to ask the client for: `table`, `columns` (those missing), `questions` that wait for them, most first."""
    waiting: dict[str, tuple[set[str], set[str]]] = {}
    for question, needs in notebooks.items():
        for table, columns in _lacking(needs, held).items():
            missing, questions = waiting.setdefault(table, (set(), set()))
            missing |= set(columns)
            questions.add(question)
    rows = [
        {"table": table, "columns": ", ".join(sorted(columns)), "questions": len(questions)}
        for table, (columns, questions) in waiting.items()
    ]
    frame = pd.DataFrame(rows, columns=["table", "columns", "questions"])
    return frame.sort_values(["questions", "table"], ascending=[False, True], ignore_index=True)


def tables_held(held: Needs) -> pd.DataFrame:
    """Every table crmlab knows: `table`, `description`, `held`, `columns` the client maps, and how many there `are`."""
    rows = [
        {
            "table": table.name,
            "description": table.description,
            "held": table.name in held,
            "columns": len(set(held.get(table.name, ())) & set(table.column_names)),
            "are": len(table.columns),
        }
        for table in TABLES
    ]
    return pd.DataFrame(rows)


def ready_questions(can_run: Sequence[bool], *, window: str) -> Estimate:
    """How many of the notebooks can be run: a count of the data as they are, so without an interval."""
    return Estimate(
        value=float(sum(can_run)),
        low=None,
        high=None,
        n=len(can_run),
        level=0.95,
        method=tr("counted"),
        denominator=tr("questions of this suite"),
        window=window,
    )


def _lacking(needs: Needs, held: Needs) -> dict[str, list[str]]:
    """Of each table that is needed, the columns that are not there; tables that lack none are left out."""
    lacking = {table: [name for name in columns if name not in held.get(table, ())] for table, columns in needs.items()}
    return {table: columns for table, columns in lacking.items() if columns or table not in held}
