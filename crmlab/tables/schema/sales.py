"""What was sold, at what price, and what stands in the shop."""

from crmlab.tables.schema.columns import day, ident, money, number, text
from crmlab.tables.schema.declare import Column, Rule, Table

TRANSACTIONS = Table(
    name="transactions",
    description="What customers bought and returned: one row for each line of the client's sales records.",
    columns=(
        ident("customer_id", "Who bought: the client's own id, kept as text.", refers_to="customers", required=True),
        Column("date", "date", None, "The day of the purchase, or of the return.", required=True),
        Column("amount", "money", "client's currency", "What was paid: above zero a sale, below zero a return."),
        Column("order_id", "id", None, "The order, invoice or receipt the line is part of."),
        ident("product_id", "The product's code.", refers_to="products"),
        Column("product", "text", None, "The product's name."),
        Column("quantity", "number", "pieces", "How many were bought; below zero a return."),
        Column("unit_price", "money", "client's currency", "The price of one piece."),
        Column(
            "is_return", "flag", None, "Whether the line is a return or a cancellation, where its sign does not say."
        ),
        Column("currency", "text", None, "The currency the line is in; all lines must be in the client's."),
        money("list_price", "The price of one piece before any discount."),
        money("discount", "What was taken off the line."),
        money("cost", "What the goods of the line cost the client; below zero where they came back.", least=None),
        text("channel", "Where it was sold: branch, web, phone, ..."),
        ident("branch_id", "The branch that sold it.", refers_to="branches"),
        ident("rep_id", "Who sold it.", refers_to="reps"),
        ident("campaign_id", "The campaign whose offer was used.", refers_to="campaigns"),
        number("due_days", "days", "How long the customer has to pay."),
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
    event_day="date",
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
        text("kind", "What it is.", allowed=("durable", "consumable", "service")),
        text("tier", "How it stands in its family.", allowed=("basic", "standard", "premium")),
        ident("used_with", "The product it is used up in, or serves.", refers_to="products"),
    ),
    rules=(
        Rule("missing_product_id", "The row does not say which product it is about."),
        Rule(
            "destroyed_product_id", "A spreadsheet has rounded the product's code (5.94773E+23): which it is is lost."
        ),
        Rule("repeated_product_id", "An earlier row is about the same product."),
    ),
    key=("product_id",),
)

PRICES = Table(
    name="prices",
    description="What each product was to cost when: one row for each price.",
    columns=(
        ident("product_id", "Which product.", refers_to="products", required=True),
        day("valid_from", "The first day on which it was so.", required=True),
        money("list_price", "The price of one piece before any discount.", required=True),
        money("unit_cost", "What one piece cost the client."),
    ),
    key=("product_id", "valid_from"),
)
