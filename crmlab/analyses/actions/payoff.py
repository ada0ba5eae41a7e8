"""What a plan brings if a contact adds so much, and at which margin, cost, discount rate or uplift that turns.

Of every list: contacts × (uplift × margin × value of a purchase × discount − cost of a contact). 100 contacts at 2,
a margin of 40 %, purchases of 50 and an uplift of 12 points bring 100 × (.12 × .4 × 50 − 2) = 40 before discounting; at
10 points they bring nothing, which is the break-even uplift. The uplift is assumed, never found: the panel that uses
this asks the reader for it. No list can gain more buyers than do not buy anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crmlab.analyses.actions.breakeven import ASSUMED_COST_SHARES, ASSUMED_MARGINS
from crmlab.analyses.actions.measure import ListFacts, Settings
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate

DAYS_A_YEAR = 365
_HALVINGS = 60  # of a slider's range: beyond the last digit it can show
_TYPICAL_COST, _TYPICAL_MARGIN = ASSUMED_COST_SHARES[1], ASSUMED_MARGINS[1]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is assumed of a contact and of money.

    Attributes
    ----------
    margin_rate : float
        Share of revenue that is left, 0 to 1.
    contact_cost : float
        Of one contact, in the client's currency.
    discount_rate_per_year : float
        0.35 is 35 % a year; money is taken to come in the middle of the horizon.
    uplift : float
        What a contact adds to the share who buy; 0.05 is five points.
    """

    margin_rate: float
    contact_cost: float
    discount_rate_per_year: float
    uplift: float


NAMES = ("margin_rate", "contact_cost", "discount_rate_per_year", "uplift")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One list of customers and what is known of it.

    `baseline` is the share who buy anyway, `purchase` the value of the purchase that a contact has to cause;
    `detectable` the least uplift that the planned test finds, None where it can find none.
    """

    name: str
    contacts: int
    left_alone: int
    baseline: Estimate
    purchase: Estimate
    detectable: float | None

    @property
    def room(self) -> float:
        """The share who do not buy anyway: no contact can add more."""
        return 1 - self.baseline.value


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What one list, or the plan, brings beyond what its contacts cost; the interval is that of a purchase's value.

    `break_even` is the uplift at which it is nothing, None where no uplift up to the room left is enough.
    """

    value: float
    low: float
    high: float
    break_even: float | None


def options(known: Mapping[str, ListFacts]) -> tuple[Option, ...]:
    """The lists whose contacts can be valued: somebody is contacted, and baseline and value of a purchase are known."""
    return tuple(
        Option(
            name=name,
            contacts=facts.contact,
            left_alone=facts.do_nothing,
            baseline=facts.baseline.repurchase,
            purchase=facts.baseline.value,
            detectable=facts.test.uplift if facts.test else None,
        )
        for name, facts in known.items()
        if facts.contact and facts.baseline and facts.baseline.value and facts.baseline.value.value > 0
    )


def starting_terms(chosen: Sequence[Option], settings: Settings, discount_rate_per_year: float | None) -> Terms:
    """The client's own terms; where one is not given, an assumption: 40 %, 5 % of a purchase, no discount."""
    purchase = chosen[0].purchase.value
    margin, cost = settings.margin_rate, settings.contact_cost
    return Terms(
        margin_rate=_TYPICAL_MARGIN if margin is None else margin,
        contact_cost=_TYPICAL_COST * purchase if cost is None else cost,
        discount_rate_per_year=discount_rate_per_year or 0.0,
        uplift=settings.wanted,
    )


def gain(option: Option, terms: Terms, *, days: int) -> Gain:
    """What contacting one list brings, in the client's currency of the last day observed.

    Raises
    ------
    ParameterError
        If a term is below zero, or the margin above one.
    """
    _check(terms)
    uplift = min(terms.uplift, option.room)
    each = terms.margin_rate * discount(terms, days=days)
    low, value, high = (
        option.contacts * (uplift * each * paid - terms.contact_cost) for paid in _ends(option.purchase)
    )
    needed = terms.contact_cost / (each * option.purchase.value) if each else float("inf")
    return Gain(value=value, low=low, high=high, break_even=needed if needed <= option.room else None)


def gain_of_plan(chosen: Sequence[Option], terms: Terms, *, days: int) -> Gain:
    """What all these lists bring together; their intervals are added, as if the values of purchases erred alike."""
    parts = [gain(option, terms, days=days) for option in chosen]
    most = max((option.room for option in chosen), default=0.0)
    return Gain(
        value=sum(part.value for part in parts),
        low=sum(part.low for part in parts),
        high=sum(part.high for part in parts),
        break_even=turning_point(chosen, terms, "uplift", (0.0, most), days=days),
    )


def turning_point(
    chosen: Sequence[Option], terms: Terms, name: str, reach: tuple[float, float], *, days: int
) -> float | None:
    """The value of one term in `reach` at which the plan brings nothing, the others as they are; None where none is.

    What the plan brings rises with margin and uplift and falls with cost and discount rate, so there is one at most.
    """
    low, high = reach

    def at(value: float) -> float:
        moved = replace(terms, **{name: value})
        return sum(gain(option, moved, days=days).value for option in chosen)

    ends = at(low), at(high)
    if ends[0] == ends[1] or ends[0] * ends[1] > 0:
        return None
    rises = ends[1] > ends[0]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (at(middle) > 0) == rises:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def discount(terms: Terms, *, days: int) -> float:
    """What money in the middle of the next `days` is worth on their first."""
    factor: float = (1 + terms.discount_rate_per_year) ** (-days / 2 / DAYS_A_YEAR)
    return factor


def _ends(purchase: Estimate) -> tuple[float, float, float]:
    low = purchase.value if purchase.low is None else max(purchase.low, 0.0)
    high = purchase.value if purchase.high is None else purchase.high
    return low, purchase.value, high


def _check(terms: Terms) -> None:
    below = [name for name in NAMES if getattr(terms, name) < 0]
    if below or terms.margin_rate > 1:
        wrong = [f"{name} {getattr(terms, name):g}" for name in below or ["margin_rate"]]
        raise ParameterError(f"{', '.join(wrong)} cannot be used: no term is below zero, and no margin above one")
