"""When a customer counts as in touch, at risk or lapsed: limits in days, by default from the client's own gaps."""

from dataclasses import dataclass

from crmlab.analyses.segments.history import History, day_number, days_by_which, gaps
from crmlab.errors import ParameterError, together

DAYS_PER_MONTH = 31  # the longest: a state that is looked at once a month should not be passed through between looks
LEAST_LOYAL = 3
IN_TIME, NEARLY_ALL = 0.75, 0.95
"""Of the returns that a history shows, the shares that have happened by the two limits."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The limits between the states, on any day.

    Attributes
    ----------
    active_days : int
        A customer whose last purchase is at most so many days ago is in touch: `new`, `active`, `loyal` or
        `returned`.
    lapsed_days : int
        Beyond so many days a customer has lapsed; in between they are `at_risk`.
    loyal_purchases : int
        A customer in touch is `loyal` with at least so many purchases in the last `lapsed_days` days.
    source : str
        Where the limits come from: `gaps`, `gaps, cut to half the history` or `set by hand`.
    """

    active_days: int
    lapsed_days: int
    loyal_purchases: int = LEAST_LOYAL
    source: str = "set by hand"

    def __post_init__(self) -> None:
        problems = []
        if self.active_days < 1:
            problems.append(f"active_days is {self.active_days}; it is 1 or more")
        if self.lapsed_days <= self.active_days:
            problems.append(f"lapsed_days is {self.lapsed_days}; it is above active_days, {self.active_days}")
        if self.loyal_purchases < 2:  # noqa: PLR2004 - one purchase is `new`
            problems.append(f"loyal_purchases is {self.loyal_purchases}; it is 2 or more, as one purchase is new")
        if problems:
            raise ParameterError(together("these rules cannot tell states apart:", problems))


def rules_from_gaps(
    of: History,
    *,
    period_months: int = 1,
    active_days: int = 0,
    lapsed_days: int = 0,
    loyal_purchases: int = 0,
) -> Rules:
    """Limits that this client's own gaps between purchases give; those set by hand (not 0) stay as they are.

    `active_days`: by then `IN_TIME` of the returns that the history shows have happened, open gaps allowed for.
    `lapsed_days`: `NEARLY_ALL` of them. Each state lasts a period at least, so that nobody passes through it unseen
    between two looks, and `lapsed_days` is at most half the history, for otherwise hardly anybody could have lapsed.
    `loyal_purchases`: as many as somebody makes in `lapsed_days` who never stays away longer than `active_days`, and
    three at least.

    Raises
    ------
    DataError
        If a limit is to come from the gaps and nobody ever bought a second time.
    ParameterError
        If limits contradict each other.
    """
    by_hand = bool(active_days and lapsed_days)
    period = DAYS_PER_MONTH * period_months
    active, lapsed, cut = active_days, lapsed_days, False
    if not by_hand:
        pooled = gaps(of)
        half = (day_number(of.until) - int(of.day.min())) // 2
        active = active or max(days_by_which(pooled, IN_TIME), period)
        wanted = max(days_by_which(pooled, NEARLY_ALL), active + period)
        lapsed = lapsed or max(min(wanted, half), active + period)
        cut = not lapsed_days and lapsed < wanted
    source = "set by hand" if by_hand else "gaps, cut to half the history" if cut else "gaps"
    loyal = loyal_purchases or max(LEAST_LOYAL, lapsed // active)
    return Rules(active_days=active, lapsed_days=lapsed, loyal_purchases=loyal, source=source)
