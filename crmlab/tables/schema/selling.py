"""The sales force: branches, territories, representatives, and what passes through the pipeline."""

from crmlab.tables.schema.columns import day, flag, ident, money, number, text
from crmlab.tables.schema.declare import Table

STAGES = ("qualified", "needs", "proposal", "negotiation", "closing")
MOVES = ("advanced", "lost", "back", "open")

BRANCHES = Table(
    name="branches",
    description="The firm's branches: one row for each, with the day its CRM went live.",
    columns=(
        ident("branch_id", "The branch's code.", required=True),
        text("name", "What it is called."),
        text("region", "Where it lies.", required=True),
        day("opened_on", "When it was opened."),
        day("crm_live_on", "When CRM went live there; blank where it has not."),
        number("staff", "people", "How many work there.", least=1),
    ),
    key=("branch_id",),
)

TERRITORIES = Table(
    name="territories",
    description="Who sells where: one row for each territory.",
    columns=(
        ident("territory_id", "The territory's code.", required=True),
        ident("branch_id", "The branch it belongs to.", refers_to="branches", required=True),
        text("region", "Where it lies."),
        number("firms", "firms", "How many possible customers it has."),
    ),
    key=("territory_id",),
)

REPS = Table(
    name="reps",
    description="Sales representatives: one row for each.",
    columns=(
        ident("rep_id", "The representative's code.", required=True),
        ident("branch_id", "The branch they work for.", refers_to="branches", required=True),
        ident("territory_id", "Where they sell.", refers_to="territories"),
        day("hired_on", "When they were hired.", required=True),
        day("trained_on", "When they were trained in CRM; blank where not yet."),
        money("wage", "What an hour of their work costs."),
    ),
    key=("rep_id",),
)

LEADS = Table(
    name="leads",
    description="Signs that somebody may buy: one row for each.",
    columns=(
        ident("lead_id", "The lead's number.", required=True),
        day("created_on", "When it came in.", required=True),
        text("source", "Through which channel it came.", required=True),
        text("region", "Where it is from."),
        ident("territory_id", "In whose territory it is to be followed up.", refers_to="territories"),
        ident("rep_id", "Who was to follow it up.", refers_to="reps"),
        number("hours_to_first_call", "hours", "From its arrival to the first call; blank where none was made."),
        flag("converted", "Whether it became an opportunity.", required=True),
        ident("opportunity_id", "Which.", refers_to="opportunities"),
    ),
    key=("lead_id",),
    event_day="created_on",
)

OPPORTUNITIES = Table(
    name="opportunities",
    description="Sales that may be made: one row for each, as it stands on the last day of observation.",
    columns=(
        ident("opportunity_id", "The opportunity's number.", required=True),
        ident("customer_id", "For whom, where that is a customer already.", refers_to="customers"),
        ident("rep_id", "Whose it is.", refers_to="reps", required=True),
        text("source", "Through which channel it came."),
        text("region", "Where it is."),
        ident("territory_id", "In which territory it is.", refers_to="territories"),
        day("created_on", "When it was opened.", required=True),
        day("closed_on", "When it was won or lost; blank where it is open."),
        text("stage", "The last stage it reached.", allowed=STAGES, required=True),
        money("amount", "What it would bring.", required=True),
        text("state", "How it stands.", allowed=("open", "won", "lost"), required=True),
        number(
            "stated_probability",
            "share",
            "How likely the representative said, on opening it, that it would be won.",
            most=1,
        ),
        number("documents", "share", "How much of what is to be written down about it has been.", most=1),
    ),
    key=("opportunity_id",),
    event_day="created_on",
)

STAGE_HISTORY = Table(
    name="stage_history",
    description="The way of opportunities through the stages: one row for each stay in a stage.",
    columns=(
        ident("opportunity_id", "Which opportunity.", refers_to="opportunities", required=True),
        text("stage", "Which stage.", allowed=STAGES, required=True),
        day("entered_on", "When it came in.", required=True),
        day("left_on", "When it went out; blank where it is still there.", required=True, may_be_blank=True),
        text("outcome", "How it went out.", allowed=MOVES, required=True),
    ),
    key=("opportunity_id", "entered_on", "stage"),
    event_day="entered_on",
)

ACTIVITIES = Table(
    name="activities",
    description="What representatives did: one row for each call, visit, letter, quote or report.",
    columns=(
        ident("activity_id", "The activity's number.", required=True),
        ident("rep_id", "Who did it.", refers_to="reps", required=True),
        ident("customer_id", "For which customer.", refers_to="customers"),
        ident("opportunity_id", "For which opportunity.", refers_to="opportunities"),
        day("date", "When.", required=True),
        text("kind", "What it was.", allowed=("call", "visit", "letter", "quote", "report"), required=True),
        number("minutes", "minutes", "How long it took.", required=True),
        flag("automated", "Whether the system did most of it."),
        flag("planned", "Whether the firm set it off, and not the customer."),
        flag("in_error", "Whether it had to be done again."),
    ),
    key=("activity_id",),
    event_day="date",
)
