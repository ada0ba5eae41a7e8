"""The tables crmlab knows, their columns, and the rules that leave rows out or change them: declared once, here.

A new column is one more `Column`, a new table one more entry of `TABLES`. What a type accepts in a raw file is in
`convert`; what makes a rule hit is in `rules.py`.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict

ColumnType = Literal["id", "text", "date", "money", "number", "flag"]

EXCLUDED_BY = "excluded_by"
BOOKED_ON = "booked_on"
CHANGED = "changed"
CHANGES = {
    "sign_flipped": "A return was written with an amount above zero; it counts below zero.",
    "amount_rounded": "The amount had more than four decimals.",
    "unit_converted": "The amount was turned from rial into toman or from toman into rial.",
    "return_netted": "The return was found to belong to an earlier order, and counts on that order's date.",
}
"""What may stand in `changed` (several separated by a space): what was done to a row that was not left out for it."""


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
    """

    name: str
    type: ColumnType
    unit: str | None
    description: str
    required: bool = False
    personal: bool = False


@dataclass(frozen=True)
class Rule:
    """One reason to leave a row out of every number: the value in `excluded_by`, and the sentence a reader sees."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Table:
    """One table: its columns, and its rules in the order they are tried (the first that hits a row takes it).

    `either` lists groups of columns of which one group at least must be mapped whole.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    either: tuple[tuple[str, ...], ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


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


TRANSACTIONS = Table(
    name="transactions",
    description="What customers bought and returned: one row for each line of the client's sales records.",
    columns=(
        Column("customer_id", "id", None, "Who bought: the client's own id, kept as text.", required=True),
        Column("date", "date", None, "The day of the purchase, or of the return.", required=True),
        Column("amount", "money", "client's currency", "What was paid: above zero a sale, below zero a return."),
        Column("order_id", "id", None, "The order, invoice or receipt the line is part of."),
        Column("product_id", "id", None, "The product's code."),
        Column("product", "text", None, "The product's name."),
        Column("quantity", "number", "pieces", "How many were bought; below zero a return."),
        Column("unit_price", "money", "client's currency", "The price of one piece."),
        Column(
            "is_return", "flag", None, "Whether the line is a return or a cancellation, where its sign does not say."
        ),
        Column("currency", "text", None, "The currency the line is in; all lines must be in the client's."),
    ),
    rules=(
        Rule("missing_customer_id", "The row does not say who bought."),
        Rule(
            "destroyed_customer_id", "A spreadsheet has rounded the customer's id (5.94773E+23): whose it is is lost."
        ),
        Rule("missing_date", "The row does not say when."),
        Rule("missing_amount", "The row does not say how much was paid."),
        Rule("after_observed_until", "The date is after the last day of observation."),
        Rule("test_customer", "The client file names the customer as a test."),
        Rule("non_product_line", "The line is no product but postage, a fee, a discount or the like."),
        Rule("negative_price", "The price of one piece is below zero: a correction of the books, not a sale."),
        Rule("zero_amount", "Nothing was paid, and the client file leaves free items out."),
        Rule("dropped_return", "The line is a return, and the client file drops returns."),
        Rule("exact_duplicate", "The row repeats an earlier row in every column of the file."),
    ),
    either=(("amount",), ("quantity", "unit_price")),
)

CUSTOMERS = Table(
    name="customers",
    description="What is known of each customer: one row each.",
    columns=(
        Column("customer_id", "id", None, "The customer's id, as in the transactions.", required=True),
        Column("name", "text", None, "The customer's name.", personal=True),
        Column("email", "text", None, "The customer's e-mail address.", personal=True),
        Column("phone", "text", None, "The customer's phone number.", personal=True),
        Column("national_id", "text", None, "The customer's national id.", personal=True),
        Column("birth_date", "date", None, "The customer's day of birth.", personal=True),
        Column("city", "text", None, "The city the customer lives in."),
        Column("country", "text", None, "The country the customer lives in."),
        Column("segment", "text", None, "The group the client puts the customer in."),
        Column("joined_on", "date", None, "The day the customer was first recorded."),
        Column("may_contact", "flag", None, "Whether the customer has agreed to be contacted."),
        Column("marital_status", "text", None, "Whether the customer is married, single, divorced or widowed."),
        Column("children", "number", "children", "How many children live in the customer's household."),
        Column("household_size", "number", "people", "How many people live in the household, the customer included."),
        Column("youngest_child_born", "date", None, "The day of birth of the youngest child at home.", personal=True),
    ),
    rules=(
        Rule("missing_customer_id", "The row does not say who it is about."),
        Rule(
            "destroyed_customer_id", "A spreadsheet has rounded the customer's id (5.94773E+23): whose it is is lost."
        ),
        Rule("test_customer", "The client file names the customer as a test."),
        Rule("repeated_customer_id", "An earlier row is about the same customer."),
    ),
)

PRODUCTS = Table(
    name="products",
    description="What is sold: one row for each product.",
    columns=(
        Column("product_id", "id", None, "The product's code, as in the transactions.", required=True),
        Column("name", "text", None, "The product's name."),
        Column("category", "text", None, "The group of products it belongs to."),
        Column("brand", "text", None, "The product's brand."),
        Column("list_price", "money", "client's currency", "The price of one piece before discounts."),
        Column("unit_cost", "money", "client's currency", "What one piece costs the client."),
    ),
    rules=(
        Rule("missing_product_id", "The row does not say which product it is about."),
        Rule(
            "destroyed_product_id", "A spreadsheet has rounded the product's code (5.94773E+23): which it is is lost."
        ),
        Rule("repeated_product_id", "An earlier row is about the same product."),
    ),
)

TABLES = (TRANSACTIONS, CUSTOMERS, PRODUCTS)
BY_NAME = {table.name: table for table in TABLES}
