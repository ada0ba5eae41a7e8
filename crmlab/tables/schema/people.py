"""What is known of customers, and how it was recorded."""

from crmlab.tables.schema.columns import day, ident, text
from crmlab.tables.schema.declare import Column, Rule, Table

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
        text("address", "Where the customer lives.", personal=True),
        text("customer_type", "Person or firm.", allowed=("person", "firm")),
        text("region", "The region the customer lives in."),
        text("income_band", "How much the household or firm can spend.", allowed=("low", "middle", "high")),
        text("channel", "Through which channel the customer came."),
        ident("branch_id", "The branch that serves the customer.", refers_to="branches"),
        text("risk_attitude", "How the customer takes risks with money.", allowed=("averse", "neutral", "seeking")),
        text("believed_value", "What the sales force takes them to be worth.", allowed=("low", "middle", "high")),
    ),
    rules=(
        Rule("missing_customer_id", "The row does not say who it is about."),
        Rule(
            "destroyed_customer_id", "A spreadsheet has rounded the customer's id (5.94773E+23): whose it is is lost."
        ),
        Rule("test_customer", "The client file names the customer as a test."),
        Rule("repeated_customer_id", "An earlier row is about the same customer."),
    ),
    key=("customer_id",),
)

CUSTOMER_HISTORY = Table(
    name="customer_history",
    description="What was known of each customer when: one row for each value of a field that ever held.",
    columns=(
        ident("customer_id", "Whose.", refers_to="customers", required=True),
        text("field", "Which field: address, phone, income_band, marital_status, ...", required=True),
        text("value", "What it was.", required=True, personal=True),
        day("valid_from", "The first day on which it was so.", required=True),
        day(
            "valid_to",
            "The first day on which it was no longer so; blank where it still is.",
            required=True,
            may_be_blank=True,
        ),
        day(
            "recorded_on",
            "The day the firm wrote it down; blank where it has not yet.",
            required=True,
            may_be_blank=True,
        ),
    ),
    key=("customer_id", "field", "valid_from"),
    event_day="valid_from",
)

SOURCE_RECORDS = Table(
    name="source_records",
    description="What each department's own system holds on people: one row for each record.",
    columns=(
        text("system", "Which department's system.", allowed=("sales", "billing", "support", "web"), required=True),
        ident("local_id", "The record's number in it.", required=True),
        text("name", "The name, as it was typed.", personal=True),
        text("phone", "The phone number, as it was typed.", personal=True),
        text("email", "The e-mail address.", personal=True),
        text("address", "The address, as it was typed.", personal=True),
        text("city", "The city."),
        day("updated_on", "When it was last changed."),
    ),
    key=("system", "local_id"),
)
