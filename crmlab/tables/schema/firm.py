"""The firm and the times around it: costs, months, the market, its own people's answers."""

from crmlab.tables.schema.columns import day, flag, ident, money, number, text
from crmlab.tables.schema.declare import Table

CRM_COST_KINDS = ("software", "services", "hardware", "training", "data", "staff_time")
CASES = ("vendor", "own")

COST_EVENTS = Table(
    name="cost_events",
    description="What serving a customer cost: one row for each delivery, visit, call, repair or other event.",
    columns=(
        ident("event_id", "The event's number.", required=True),
        ident("customer_id", "For whom.", refers_to="customers", required=True),
        day("date", "When.", required=True),
        text("driver", "What caused the cost: delivery, installation, call, visit, repair, credit, ...", required=True),
        number("minutes", "minutes", "How long it took."),
        money("amount", "What it cost.", required=True),
        ident("order_id", "For which order, where it was for one."),
    ),
    key=("event_id",),
    event_day="date",
)

FIXED_COSTS = Table(
    name="fixed_costs",
    description="What the firm spends whoever buys: one row for each month and kind.",
    columns=(
        day("month", "The first day of the month.", required=True),
        text("kind", "What it is spent on: rent, wages, depreciation, ...", required=True),
        money("amount", "How much.", required=True),
    ),
    key=("month", "kind"),
    event_day="month",
)

ECONOMY = Table(
    name="economy",
    description="The times: one row for each month.",
    columns=(
        day("month", "The first day of the month.", required=True),
        number("price_index", "index", "Consumer prices; 100 in the month they are compared with.", required=True),
        number("deposit_rate", "share a year", "What banks pay on deposits, nominal.", most=5),
    ),
    key=("month",),
    event_day="month",
)

MARKET = Table(
    name="market",
    description="Who sells how much of what is bought in a region: one row for each region, half-year and firm.",
    columns=(
        text("region", "Which region.", required=True),
        day("period", "The first day of the half-year.", required=True),
        ident("firm", "Which firm; the client is `self`.", required=True),
        number("share", "share", "Its share of what is spent.", most=1, required=True),
    ),
    key=("region", "period", "firm"),
    event_day="period",
)

KPI_MONTHLY = Table(
    name="kpi_monthly",
    description="What each branch reports: one row for each branch and month.",
    columns=(
        ident("branch_id", "Which branch.", refers_to="branches", required=True),
        day("month", "The first day of the month.", required=True),
        number("new_customers", "customers", "How many it won."),
        money("demand_cost", "What it spent to win customers."),
        money("cost_per_new_customer", "The one by the other; blank where none was won."),
        money("revenue", "What it sold, less returns.", least=None),
        number("repeat_rate", "share", "Of the customers of the month before, how many bought again.", most=1),
        number("first_contact_resolution", "share", "Of tickets, how many were closed at first contact.", most=1),
        number("measured", "share", "Of the firm's list of measures, how many the branch reports.", most=1),
    ),
    key=("branch_id", "month"),
    event_day="month",
)

ORG_SURVEY = Table(
    name="org_survey",
    description="Employees asked about how the firm works: one row for each person, wave and statement.",
    columns=(
        ident("respondent_id", "Who answered, without a name.", required=True),
        ident("branch_id", "Where they work.", refers_to="branches", required=True),
        day("date", "When.", required=True),
        text("item", "Which statement, such as `sponsorship_1`.", required=True),
        number("score", "points", "How much they agree.", least=1, most=5, required=True),
    ),
    key=("respondent_id", "date", "item"),
    event_day="date",
)

CRM_COSTS = Table(
    name="crm_costs",
    description="What CRM costs: one row for each case, year and kind.",
    columns=(
        text("case", "Whose reckoning: the vendor's or the firm's own.", allowed=CASES, required=True),
        number("year", "years after the start", "0 is before the start.", required=True),
        text("kind", "What it is spent on.", allowed=CRM_COST_KINDS, required=True),
        money("amount", "How much.", required=True),
    ),
    key=("case", "year", "kind"),
)

CRM_BENEFITS = Table(
    name="crm_benefits",
    description="What CRM is said to bring: one row for each case, year and kind.",
    columns=(
        text("case", "Whose reckoning: the vendor's or the firm's own.", allowed=CASES, required=True),
        number("year", "years after the start", "0 is before the start.", required=True),
        text("kind", "What it consists in: retention, productivity, cross_selling, ...", required=True),
        money("amount", "How much is expected.", least=None, required=True),
        money("standard_error", "How far off it may be."),
        flag("measured", "Whether it was measured, and not assumed."),
    ),
    key=("case", "year", "kind"),
)
