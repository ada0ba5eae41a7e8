"""What a table, a column and a rule are, and what the client file decides about rows."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict

from crmlab.language import listed, tr, translated
from crmlab.language.numbers import localised

ColumnType = Literal["id", "text", "date", "money", "number", "flag"]

EXCLUDED_BY = "excluded_by"
BOOKED_ON = "booked_on"
CHANGED = "changed"
CHANGES = {
    "sign_flipped": "A return was written with an amount above zero; it counts below zero.",
    "amount_rounded": "The amount had more than four decimals.",
    "number_rounded": "Another number or amount of the row had more than four decimals.",
    "unit_converted": "The amount was turned from rial into toman or from toman into rial.",
    "return_netted": "The return was found to belong to an earlier order, and counts on that order's date.",
}
"""What may stand in `changed` (several separated by a space): what was done to a row that was not left out for it.

Beside these, the names of what `standard.blanked` finds in a table."""


def as_tuple(value: object) -> object:
    """A list of a client file, or the one text that stands for a list of one, as a tuple; the rest as it is."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]


@dataclass(frozen=True)
class Column:
    """One column of a clean table.

    Attributes
    ----------
    name : str
        What it is called everywhere in crmlab.
    type : str
        `id` (text that names something), `text`, `date` (a calendar day), `money` and `number` (decimals with four
        places) or `flag` (true or false).
    unit : str or None
        What one unit of it is; None for what is not counted.
    description : str
        What it holds, for the person who maps a raw file to it.
    required : bool
        Whether a client file must map it.
    personal : bool
        Whether it identifies or reaches a person: such columns leave crmlab only where the client file says so.
    allowed : tuple of str
        The only values it may have, as they are written; none given means any.
    least, most : float or None
        The bounds a number or an amount lies within, both of them included; None for no bound.
    refers_to : str or None
        The table whose key the value stands for, such as `customers`; None where it refers to none.
    may_be_blank : bool
        Whether a blank says something, such as the end of a contract that still runs; otherwise a row that leaves a
        required column blank is left out.
    """

    name: str
    type: ColumnType
    unit: str | None
    description: str
    required: bool = False
    personal: bool = False
    allowed: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    refers_to: str | None = None
    may_be_blank: bool = False


@dataclass(frozen=True)
class Rule:
    """One reason to leave a row out of every number: the value in `excluded_by`, and the sentence a reader sees."""

    name: str
    sentence: str

    @property
    def label(self) -> str:
        """What a reader sees the rule called, in the language spoken."""
        return translated(self.name.replace("_", " "))

    @property
    def told(self) -> str:
        """The sentence in the language spoken."""
        return translated(self.sentence)


@dataclass(frozen=True)
class StandardRule(Rule):
    """A rule that any table may have: its sentence speaks of its `columns`, their allowed values and their bounds.

    `words` are what it is called, and may speak of the same.
    """

    words: str
    columns: tuple[Column, ...]

    @property
    def label(self) -> str:
        """What a reader sees the rule called, in the language spoken, with the columns it is about."""
        return self._filled(self.words)

    @property
    def told(self) -> str:
        """The sentence in the language spoken, with what it says of its columns."""
        return self._filled(self.sentence)

    def _filled(self, message: str) -> str:
        first, said = self.columns[0], translated(message)
        names = listed(column.name for column in self.columns)
        return said.format(column=names, allowed=listed(first.allowed), bounds=bounds(first))


@dataclass(frozen=True)
class Table:
    """One table: its columns, its key, and its rules in the order they are tried (the first that hits a row takes it).

    `key` names the columns that together tell two rows apart; none given means that rows may repeat each other.
    `either` lists groups of columns of which one group at least must be mapped whole. `event_day` is the column with
    the day on which what a row is about happened: nobody knew of it before, so that it cannot lie after the last day
    of observation. Registers and plans (branches, prices, costs by year) have none. Rules that follow from the columns
    and the key are not declared: `standard_rules` makes them.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    key: tuple[str, ...] = ()
    either: tuple[tuple[str, ...], ...] = ()
    event_day: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def of_customers(self) -> tuple[str, ...]:
        """The columns that name a customer."""
        return tuple(
            column.name for column in self.columns if column.name == "customer_id" or column.refers_to == "customers"
        )


def bounds(column: Column) -> str:
    """The bounds of a number as words, such as `from 1 to 7` or `0 or more`; empty where it has none."""
    least, most = (None if bound is None else localised(f"{bound:g}") for bound in (column.least, column.most))
    if least is not None and most is not None:
        return tr("from {least} to {most}", least=least, most=most)
    if least is not None:
        return tr("{least} or more", least=least)
    return "" if most is None else tr("{most} or less", most=most)


@dataclass(frozen=True)
class Rules:
    """What the client file decides about rows; the defaults hold where it says nothing.

    Attributes
    ----------
    returns : str
        `book`: a return counts on its own date. `net`: it counts on the date of the order it belongs to, where that
        is found, otherwise on its own. `drop`: it is left out.
    zero_amounts : str
        Whether lines for which nothing was paid are left out (`exclude`) or stay in (`keep`).
    negative_prices : str
        The same for lines with a unit price below zero, which correct the books rather than sell.
    exact_duplicates : str
        A row that repeats another in every column of the raw file: `exclude_within_orders` leaves it out if the
        table has an `order_id` (without one, two equal rows may be two purchases), `exclude` always, `keep` never.
    non_product_lines : str
        Whether postage, fees, discounts and other lines that are no product are left out or stay in.
    non_products : tuple of str
        The product codes or names that are no product, whatever their case; none given means the built-in words.
    test_customers : tuple of str
        Customers who are none: ids, in which `*` stands for anything.
    fine_amounts : str
        Amounts with more than four decimals: `refuse` the file, or `round` them to four (halves away from zero).
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=False)

    returns: Literal["book", "net", "drop"] = "book"
    zero_amounts: Literal["exclude", "keep"] = "exclude"
    negative_prices: Literal["exclude", "keep"] = "exclude"
    exact_duplicates: Literal["exclude_within_orders", "exclude", "keep"] = "exclude_within_orders"
    non_product_lines: Literal["exclude", "keep"] = "exclude"
    non_products: Texts = ()
    test_customers: Texts = ()
    fine_amounts: Literal["refuse", "round"] = "refuse"
