"""What customers were promised, asked for and said: contracts, tickets and surveys."""

from crmlab.tables.schema.columns import day, flag, ident, money, number, text
from crmlab.tables.schema.declare import Column, Table

REASONS = ("price", "service", "competitor", "no_need", "moved", "not_paid")
DEPARTMENTS = ("front_line", "service", "billing", "technical", "head_office")
PRICE_BANDS = ("small", "medium", "large")
MODES = ("email", "post", "phone", "web")
NEEDS = 8
OFFERINGS = 6


def _points(name: str, description: str) -> Column:
    return number(name, "points", description, least=1, most=7)


CONTRACTS = Table(
    name="contracts",
    description="Service contracts: one row for each, from its first day to the first day it no longer covers.",
    columns=(
        ident("contract_id", "The contract's number.", required=True),
        ident("customer_id", "Whose contract it is.", refers_to="customers", required=True),
        ident("product_id", "The service it is for, as in the products.", refers_to="products"),
        day("start", "The first day it covers.", required=True),
        day("end", "The first day it no longer covers; blank where it still runs.", required=True, may_be_blank=True),
        number("period_months", "months", "From one renewal to the next.", least=1),
        money("price", "What one period costs."),
        text("reason", "Why it ended; blank where it still runs or the reason is not known.", allowed=REASONS),
    ),
    key=("contract_id",),
    event_day="start",
)

TICKETS = Table(
    name="tickets",
    description="What customers brought to the firm: one row for each complaint, request or question.",
    columns=(
        ident("ticket_id", "The ticket's number.", required=True),
        ident("customer_id", "Who asked.", refers_to="customers", required=True),
        day("opened_on", "The day it came in.", required=True),
        number("opened_hour", "hour of the day", "The hour it came in.", most=23),
        text("channel", "How it came in: phone, web, branch, social, ..."),
        text("kind", "What it is.", allowed=("complaint", "request", "question"), required=True),
        text("subject", "What it is about, in the firm's own words."),
        text("severity", "How bad the problem is.", allowed=("low", "medium", "high")),
        text("price_band", "What the thing it is about had cost.", allowed=PRICE_BANDS),
        text("addressee", "Who was told first.", allowed=DEPARTMENTS),
        text("department", "Who closed it.", allowed=DEPARTMENTS),
        number("hand_offs", "hand-offs", "How often it went from one department to another."),
        number("hours_to_first_response", "hours", "From its opening to the first answer; blank where none came."),
        number("hours_to_close", "hours", "From its opening to its end; blank where it is still open."),
        flag("resolved", "Whether the customer was helped."),
        flag("accepted", "Of a request to change a product: whether it was taken up."),
        ident("product_id", "The product it is about.", refers_to="products"),
    ),
    key=("ticket_id",),
    event_day="opened_on",
)

PROBLEM_SURVEY = Table(
    name="problem_survey",
    description="Customers drawn at random and asked about problems: one row for each who answered.",
    columns=(
        ident("response_id", "The answer's number.", required=True),
        ident("customer_id", "Who answered.", refers_to="customers", required=True),
        day("date", "The day of the answer.", required=True),
        flag("had_problem", "Whether there was a problem in the year before.", required=True),
        text("price_band", "What the thing with the problem had cost.", allowed=PRICE_BANDS),
        flag("complained", "Whether the customer complained to the firm."),
        text("complained_to", "To whom.", allowed=DEPARTMENTS),
        flag("resolved", "Of those who complained: whether they were helped."),
        number("told", "people", "How many other people the customer told of it."),
        flag("bought_elsewhere", "Whether the customer has bought from a rival since."),
    ),
    key=("response_id",),
    event_day="date",
)

SURVEYS = Table(
    name="surveys",
    description="Customers asked about satisfaction, trust, needs and how they came: one row for each who was asked.",
    columns=(
        ident("response_id", "The question sheet's number.", required=True),
        ident("customer_id", "Who was asked.", refers_to="customers", required=True),
        day("date", "The day it was sent.", required=True),
        text("mode", "How the customer was asked.", allowed=MODES, required=True),
        flag("responded", "Whether the customer answered; the columns after it are blank where not.", required=True),
        flag("follow_up", "Whether the answer came after a second try, among the silent drawn at random for it."),
        ident("product_id", "The product the questions were about.", refers_to="products"),
        number("recommend", "points", "How likely the customer is to recommend the firm.", most=10),
        _points("satisfaction", "How satisfied the customer is."),
        _points("trust", "Whether the firm keeps its word."),
        _points("commitment", "How attached the customer feels."),
        _points("fit", "How well the product fits what it was bought for."),
        _points("effort", "How easy it was to reach the firm."),
        _points("intends_to_stay", "Whether the customer means to buy here again."),
        flag("stayed", "Asked again a year later: whether most of such goods were bought here."),
        number("share_of_wallet", "share", "Of what is spent on such goods, how much is spent here.", most=1),
        text("heard_from", "Through which channel the customer says to have come."),
        *(
            _points(f"need_{item}", f"How much the customer agrees with statement {item} on needs.")
            for item in range(1, NEEDS + 1)
        ),
        *(
            _points(f"importance_{item}", f"How important part {item} of the offer is.")
            for item in range(1, OFFERINGS + 1)
        ),
        *(
            _points(f"performance_{item}", f"How well the firm does part {item} of the offer.")
            for item in range(1, OFFERINGS + 1)
        ),
    ),
    key=("response_id",),
    event_day="date",
)
