"""One odd thing in the data, and what every search for odd things is given and asks of a table."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crmlab.data_page.phrases import money
from crmlab.language import tr
from crmlab.tables.schema import EXCLUDED_BY, Rules


@dataclass(frozen=True)
class Noticed:
    """Something a reader of the data should know, whether or not a rule has taken the rows it is about.

    Attributes
    ----------
    code : str
        Its name for programs; stable.
    sentence : str
        What was found, with the counts.
    rows : int or None
        How many rows it concerns; None where it is not about rows.
    amount : Decimal or None
        The net amount of those rows in the client's currency, missing amounts as zero; None where it is not about
        money.
    advice : str
        What the rules did about it, and what the client may do.
    examples : tuple of str
        A few of the cases, never a personal value.
    """

    code: str
    sentence: str
    rows: int | None
    amount: Decimal | None
    advice: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lines:
    """The clean transactions, the rows left out included, and what the client file says about them.

    `names_customers` is false where customer ids are personal data themselves and are not to be shown.
    """

    table: Any
    currency: str
    observed_until: date
    rules: Rules = field(default_factory=Rules)
    names_customers: bool = True

    def has(self, *columns: str) -> bool:
        """Whether the client has mapped all these columns."""
        return set(columns) <= set(self.table.columns)

    @property
    def kept(self) -> Any:
        """The rows that count."""
        return self.table.filter(self.table[EXCLUDED_BY].isnull())

    def money(self, amount: Decimal) -> str:
        """The amount with the client's currency."""
        return money(amount, self.currency)


def records(table: Any) -> list[dict[str, Any]]:
    """The rows of a small Ibis table as dictionaries."""
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


def total(rows: Any) -> tuple[int, Decimal]:
    """How many rows an Ibis table has, and their net amount; missing amounts count as zero."""
    (found,) = records(rows.aggregate(n=rows.count(), amount=rows.amount.sum()))
    return found["n"], found["amount"] or Decimal("0.0000")


def decided(key: str, value: str) -> str:
    """What a rule of the client file, `exclude…` or `keep`, does about such rows."""
    if value == "keep":
        return tr("They are kept ({rule}).", rule=f"`{key}: keep`")
    return tr("The rules leave them out ({rule}).", rule=f"`{key}: {value}`")
