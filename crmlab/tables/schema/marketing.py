"""Who was approached, with what, at what cost, and what came of it."""

from crmlab.tables.schema.columns import day, flag, ident, money, number, text
from crmlab.tables.schema.declare import Table

PROGRAMMES = ("prospecting", "loyalty", "growth", "win_back_or_save")
ARMS = ("treat", "do_nothing")

CAMPAIGNS = Table(
    name="campaigns",
    description="The firm's campaigns: one row for each.",
    columns=(
        ident("campaign_id", "The campaign's code.", required=True),
        text("name", "What the firm calls it."),
        text("programme", "Which of the four types of programme it is.", allowed=PROGRAMMES, required=True),
        text("offer", "What customers were offered."),
        day("start", "Its first day.", required=True),
        day("end", "Its last day."),
        money("fixed_cost", "What it cost apart from contacts and what was given away."),
        number("window_days", "days", "How long after the contact an answer counts.", least=1),
        flag("randomised", "Whether chance decided who was left alone."),
        number("planned_share", "share", "The share to be approached, as written down beforehand.", most=1),
    ),
    key=("campaign_id",),
    event_day="start",
)

CONTACTS = Table(
    name="contacts",
    description="Who was in a campaign: one row for each customer, those who were left alone for comparison included.",
    columns=(
        ident("contact_id", "The contact's number.", required=True),
        ident("campaign_id", "Which campaign it is part of.", refers_to="campaigns", required=True),
        ident("customer_id", "Whom it is about.", refers_to="customers", required=True),
        day("date", "The day of the contact, or on which the customer was left alone.", required=True),
        text("channel", "How the customer was approached: sms, phone, email, post, app, ..."),
        number("hour", "hour of the day", "The hour of the contact.", most=23),
        text("arm", "Whether the customer was to be approached or left alone.", allowed=ARMS, required=True),
        number("discount_rate", "share", "What was offered off the price; 0 where nothing was.", most=1),
        flag("delivered", "Whether the contact reached the customer."),
        flag("response", "Whether the customer did, within the window, what the campaign is for.", required=True),
        money("revenue", "What the customer spent within the window, less returns.", least=None),
        money("cost", "What the contact and what was given away cost."),
    ),
    key=("contact_id",),
    event_day="date",
)

PROSPECTS = Table(
    name="prospects",
    description="People and firms who are not yet customers: one row for each.",
    columns=(
        ident("prospect_id", "The prospect's number.", required=True),
        day("listed_on", "The day the prospect was first known.", required=True),
        text("customer_type", "Person or firm.", allowed=("person", "firm")),
        text("region", "Where the prospect lives."),
        text("income_band", "How much the household or firm can spend.", allowed=("low", "middle", "high")),
        text("sector", "The firm's trade; blank for persons."),
        number("size", "people", "Of the household or the firm.", least=1),
        text("source", "Through which channel the prospect came."),
        flag("contacted", "Whether the firm approached the prospect.", required=True),
        day("contacted_on", "When."),
        flag("converted", "Whether the prospect became a customer.", required=True),
        day("converted_on", "When."),
        ident("customer_id", "Which customer the prospect became.", refers_to="customers"),
    ),
    key=("prospect_id",),
    event_day="listed_on",
)

DEMAND_COSTS = Table(
    name="demand_costs",
    description="What was spent to win customers: one row for each month, branch, channel and kind of cost.",
    columns=(
        day("month", "The first day of the month.", required=True),
        ident("branch_id", "The branch it was spent for.", refers_to="branches", required=True),
        text("channel", "Through which channel customers were to come.", required=True),
        text("kind", "What it was spent on.", allowed=("wages", "media", "direct_mail", "fees"), required=True),
        money("amount", "How much.", required=True),
        number("new_customers", "customers", "How many customers were won in the month, branch and channel."),
    ),
    key=("month", "branch_id", "channel", "kind"),
    event_day="month",
)

REFERRALS = Table(
    name="referrals",
    description="Who told whom about the firm: one row for each telling that is known.",
    columns=(
        ident("referral_id", "The telling's number.", required=True),
        ident("from_customer_id", "Who told.", refers_to="customers", required=True),
        ident("to_customer_id", "Who was told, where that is a customer.", refers_to="customers"),
        day("date", "When.", required=True),
        text("sign", "Whether good or bad was told.", allowed=("good", "bad"), required=True),
        flag("bought_after", "Whether who was told bought within 90 days."),
    ),
    key=("referral_id",),
    event_day="date",
)
