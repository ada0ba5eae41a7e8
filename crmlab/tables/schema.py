"""The tables crmlab knows, their columns and the rules that leave rows out: declared once, here.

A new column is one more `Column`, a new table one more entry of `TABLES`. What a type accepts in a raw file is in
`convert.py`; what makes a rule hit is in `ingest.py`.
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["id", "date", "money"]

EXCLUDED_BY = "excluded_by"


@dataclass(frozen=True)
class Column:
    """One column of a clean table.

    Attributes
    ----------
    name : str
        What it is called everywhere in crmlab.
    type : str
        `id` (text that names something), `date` (a calendar day) or `money` (decimal with four places).
    unit : str or None
        What one unit of it is; None for ids and dates.
    description : str
        What it holds, for the person who maps a raw file to it.
    required : bool
        Whether a client file must map it.
    """

    name: str
    type: ColumnType
    unit: str | None
    description: str
    required: bool = True


@dataclass(frozen=True)
class Rule:
    """One reason to leave a row out of every number: the value in `excluded_by`, and the sentence a reader sees."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Table:
    """One table: its columns, and its rules in the order they are tried (the first that hits a row takes it)."""

    name: str
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Rules:
    """What the client file decides about rows.

    `zero_amounts` says whether items given for nothing are left out (`exclude`) or stay in (`keep`).
    """

    zero_amounts: Literal["exclude", "keep"] = "exclude"


TRANSACTIONS = Table(
    name="transactions",
    description="What customers bought and returned: one row for each line of the client's sales records.",
    columns=(
        Column("customer_id", "id", None, "Who bought: the client's own id, kept as text."),
        Column("date", "date", None, "The day of the purchase, or of the return."),
        Column("amount", "money", "client's currency", "What was paid: above zero a sale, below zero a return."),
    ),
    rules=(
        Rule("missing_customer_id", "The row does not say who bought."),
        Rule("missing_date", "The row does not say when."),
        Rule("missing_amount", "The row does not say how much was paid."),
        Rule("after_observed_until", "The date is after the last day of observation."),
        Rule("zero_amount", "Nothing was paid, and the client file leaves free items out."),
    ),
)

TABLES = (TRANSACTIONS,)
