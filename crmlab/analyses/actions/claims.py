"""What was found and what is asked, as sentences made from the numbers.

A sentence says what the numbers allow: that something cannot be measured, or that no list could be made, is said as
plainly as the rest.
"""

from collections.abc import Sequence

from crmlab.analyses.actions.base import KEPT, LOST, NEW, RETURNED, Bridge
from crmlab.analyses.actions.baseline import Horizon
from crmlab.analyses.actions.changes import ForecastScore, Outcome
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING
from crmlab.analyses.actions.measure import ListFacts, Settings
from crmlab.analyses.actions.plan import NO_CONTACT, Plan
from crmlab.analyses.actions.sensitivity import Sensitivity
from crmlab.analyses.actions.situations import CONTACTED
from crmlab.analyses.actions.wording import in_points, title
from crmlab.estimate import Estimate
from crmlab.language import count, day, interval, listed, money, percent, points, tr, trn

MOSTLY_BUY = 0.8
"""The share who buy anyway from which a contact has little left to add."""


def bridge_claim(found: Bridge, *, with_interval: bool = True) -> str:
    """Who came, stayed, came back and went."""
    if found.kept is None:
        return tr(
            "Nobody bought from {first} to {last}, so that nothing can be said of who stayed; {new} bought since then "
            "for the first time.",
            first=day(found.first[0]),
            last=day(found.first[1]),
            new=count(found.customers(NEW)),
        )
    return tr(
        "Of the {before} customers who bought from {first} to {middle}, {kept} bought again up to {last}, "
        "{share}{interval}; {lost} did not; {new} were new and {returned} came back from before.",
        before=count(found.customers(KEPT, LOST)),
        first=day(found.first[0]),
        middle=day(found.first[1]),
        last=day(found.second[1]),
        kept=count(found.customers(KEPT)),
        share=percent(found.kept.value),
        interval=interval(found.kept.low, found.kept.high, level=found.kept.level) if with_interval else "",
        lost=count(found.customers(LOST)),
        new=count(found.customers(NEW)),
        returned=count(found.customers(RETURNED)),
    )


def plan_claim(plan: Plan) -> str:
    """How many are contacted, left alone and let go."""
    contact, alone, gone = (_sum(plan, column) for column in (CONTACT, DO_NOTHING, NO_CONTACT))
    if not contact + alone + gone:
        return tr("No customer is on a list.")
    if not gone:
        return tr(
            "{contact} customers are to be contacted and {alone} of the same kind are left alone on purpose; every "
            "customer is on one list at most, so that nobody is contacted twice.",
            contact=count(contact),
            alone=count(alone),
        )
    return tr(
        "{contact} customers are to be contacted, {alone} of the same kind are left alone on purpose, and {gone} are "
        "let go; every customer is on one list at most, so that nobody is contacted twice.",
        contact=count(contact),
        alone=count(alone),
        gone=count(gone),
    )


def consent_claim(plan: Plan) -> str:
    """Whether consent was kept, and how many were suppressed."""
    if not plan.consent_known:
        return tr(
            "The data do not say who agreed to be contacted: hold the lists against the company's own record of "
            "consent before anybody is contacted."
        )
    refused, unknown = _sum(plan, "no_consent"), _sum(plan, "consent_unknown")
    return tr(
        "Consent was kept: {refused} customers who would have been contacted have not agreed to it, of {unknown} it is "
        "not known, and neither are on a list.",
        refused=count(refused),
        unknown=count(unknown),
    )


def budget_claim(plan: Plan, settings: Settings, currency: str) -> str:
    """What the plan costs, against the budget."""
    if settings.contact_cost is None:
        return tr("What a contact costs is not given, so the plan has no price and no budget limits it.")
    cost = money(settings.contact_cost * _sum(plan, CONTACT), currency)
    if settings.contact_budget is None:
        return tr("The plan costs {cost} in contacts; no budget is given, so none limits it.", cost=cost)
    return tr(
        "The plan costs {cost} in contacts, of a budget of {budget}; {over} more customers would be on a list if "
        "there were money to contact them.",
        cost=cost,
        budget=money(settings.contact_budget, currency),
        over=count(_sum(plan, "over_budget")),
    )


def baseline_claim(facts: ListFacts, horizon: Horizon, *, with_interval: bool = True) -> str:
    """What customers in the same situation did, one horizon ago."""
    if facts.baseline is None:
        return tr(
            "{action}: nobody was in this situation on {day}, so what such customers do next is not known.",
            action=title(facts.name),
            day=day(horizon.then),
        )
    rate = facts.baseline.repurchase
    return trn(
        rate.n,
        "{action}: {n} customer was in the same situation on {day}; up to {until} {share} bought again{interval}.",
        "{action}: {n} customers were in the same situation on {day}; up to {until} {share} bought again{interval}.",
        action=title(facts.name),
        n=count(rate.n),
        day=day(horizon.then),
        until=day(horizon.until),
        share=percent(rate.value),
        interval=interval(rate.low, rate.high, level=rate.level) if with_interval else "",
    )


def trial_claim(facts: ListFacts) -> str:
    """What a comparison of the two arms can see, or that it cannot."""
    if facts.test is None:
        return tr("{action}: without a baseline it cannot be said what a test could see.", action=title(facts.name))
    test = facts.test
    if test.uplift is None:
        return tr(
            "{action}: what a contact adds cannot be measured with so few ({contact} contacted, {alone} left alone); "
            "to see {wanted}, {needed} customers in each arm are needed.",
            action=title(facts.name),
            contact=count(test.contact),
            alone=count(test.do_nothing),
            wanted=in_points(test.wanted),
            needed=count(test.needed),
        )
    return tr(
        "{action}: with {contact} contacted and {alone} left alone, a test finds a difference in the share who buy "
        "only if a contact adds {uplift} or more to the {baseline} who buy anyway (in {power} of such tests).",
        action=title(facts.name),
        contact=count(test.contact),
        alone=count(test.do_nothing),
        uplift=in_points(test.uplift),
        baseline=percent(test.baseline),
        power=percent(test.power, 0),
    )


def break_even_claim(facts: ListFacts) -> str:
    """What a contact must add to pay, or why that is not known."""
    if facts.break_even is None:
        return tr(
            "{action}: what a contact must add to pay for itself is not known, because the margin, the cost of a "
            "contact or the value of a purchase is not.",
            action=title(facts.name),
        )
    uplift = facts.break_even.uplift
    said = in_points(uplift.value) + interval(uplift.low, uplift.high, in_points, uplift.level)
    if not facts.break_even.possible:
        return tr(
            "{action}: a contact cannot pay: it would have to add {uplift} to the share who buy, more than there is "
            "room for.",
            action=title(facts.name),
            uplift=said,
        )
    return tr(
        "{action}: a contact pays for itself if it adds {uplift} to the share who buy.",
        action=title(facts.name),
        uplift=said,
    )


def assumed_claim(value: Estimate, currency: str) -> str:
    """What the table of assumptions rests on, where margin or cost of a contact is not given."""
    return tr(
        "Margin or cost of a contact is not given, so the table shows assumptions and no facts about this company. One "
        "more purchase is taken to be worth {value}{interval}, as the first list's customers paid a period ago; the "
        "costs are 1, 5, 10 and 20 % of it where none is given.",
        value=money(value.value, currency),
        interval=interval(value.low, value.high, money, value.level),
    )


def sensitivity_claim(found: Sensitivity) -> str:
    """Whether anything that was changed alters what the test can answer."""
    flips = [str(name) for name in found.table.loc[found.table["changes_decision"], "setting"]]
    wanted = in_points(found.wanted)
    if not flips:
        return tr(
            "{action}: none of these changes alters whether a test can see {wanted}.",
            action=title(found.name),
            wanted=wanted,
        )
    return tr(
        "{action}: whether a test can see {wanted} depends on: {settings}.",
        action=title(found.name),
        wanted=wanted,
        settings=listed(flips, strong=True),
    )


def outcome_claim(found: Outcome) -> str:
    """What came of a list's test, as intended."""
    both = {
        "action": title(found.name),
        "contacted": percent(found.contacted_bought / found.contacted),
        "alone": percent(found.left_alone_bought / found.left_alone),
        "n": count(found.contacted),
        "m": count(found.left_alone),
        "difference": _points(found.difference),
    }
    if found.difference.contains(0):
        return tr(
            "{action}: of the {n} to be contacted {contacted} bought, of the {m} left alone {alone}; the difference, "
            "{difference}, is within what chance does.",
            **both,
        )
    return tr(
        "{action}: of the {n} to be contacted {contacted} bought, of the {m} left alone {alone}: a difference of "
        "{difference}, if the contacts were made as planned.",
        **both,
    )


def room_claims(known: Sequence[ListFacts]) -> tuple[str, ...]:
    """A warning for each list whose customers buy anyway, so that a contact has little left to add."""
    return tuple(
        tr(
            "{action}: {share} of such customers bought anyway, so that a contact has {room} left to add at most. "
            "Money spent here keeps rather than wins; weigh it against the other lists.",
            action=title(facts.name),
            share=percent(facts.baseline.repurchase.value),
            room=in_points(1 - facts.baseline.repurchase.value),
        )
        for facts in known
        if facts.baseline and facts.baseline.repurchase.value >= MOSTLY_BUY
    )


def decision_claim(plan: Plan, known: Sequence[ListFacts], horizon: Horizon, *, few: int = 0) -> str:
    """The one decision that is asked of the reader.

    `few` is the number of customers of a company with so few that each can be known in person, else 0.
    """
    contact, alone = _sum(plan, CONTACT), _sum(plan, DO_NOTHING)
    if not contact and few:
        return trn(
            few,
            "Decision asked: name who speaks to this one customer.",
            "Decision asked: name who knows each of these {n} customers in person. They are too few for statistics to "
            "tell one kind from another, and few enough to be known one by one; all of them are listed below.",
            n=count(few),
        )
    if not contact:
        return tr(
            "Decision asked: whether to supply what is missing (see “What is left out and why”); from these data no "
            "action can be recommended."
        )
    told = {"contact": count(contact), "alone": count(alone), "review": day(horizon.end)}
    if any(facts.test and facts.test.enough for facts in known):
        return tr(
            "Decision asked: name an owner, contact these {contact} customers, leave {alone} alone on purpose, and "
            "decide on {review} by the comparison of the two.",
            **told,
        )
    last = known[-1] if known else None
    if last is None or last.test is None or last.half is None or last.half.uplift is None:
        return tr(
            "Decision asked: name an owner and contact these {contact} customers. They are too few to find out by "
            "{review} what the contacts did; {alone} are left alone on purpose, so that several rounds together can.",
            **told,
        )
    return tr(
        "Decision asked: contact {contact} customers now, or leave more of them alone and learn what a contact does? "
        "With {alone} left alone, an effect of {wanted} cannot be found by {review}; with half of them left alone, "
        "one of {half} can. Either way, name an owner.",
        wanted=in_points(last.test.wanted),
        half=in_points(last.half.uplift),
        **told,
    )


def absent_claims(*, gaps: bool, states: bool, tiers: bool) -> tuple[str, ...]:
    """Which lists could not be made, or are made of less, for want of which notebook's evidence."""
    found = []
    if not gaps and not states:
        found.append(
            tr(
                "No list of customers could be made: it takes to know who is late, from each customer's own gaps "
                "(notebook 05) or from the life-cycle states (notebook 04), and neither could be computed."
            )
        )
    elif not gaps:
        found.append(
            tr(
                "Who is late is told from the life-cycle states (notebook 04), by the same limits for everybody: the "
                "customers' own gaps (notebook 05) are not known. Slow buyers are called late too soon."
            )
        )
    if not tiers:
        found.append(
            tr(
                "Nobody is let go: it takes a forecast of what customers are still worth (notebook 06) to write one "
                "off, and there is none that could be relied on."
            )
        )
    return tuple(found)


def untested_claim(known: Sequence[ListFacts]) -> str:
    """Why there is no test to plan, and what would change that."""
    if known:
        return tr(
            "Nobody was in these situations one period ago, so there is no baseline and no test to plan. Once the "
            "records reach back further, this section says what such customers did and how small an effect a test can "
            "see."
        )
    return tr(
        "There is no list of customers, so there is no test to plan. With what “What is left out and why” asks for, "
        "this section says of each list what such customers did in the last period and how small an effect a test can "
        "see."
    )


def unvaried_claim() -> str:
    """Why nothing can be varied, and what would change that."""
    return tr(
        "There is no list of customers, so there is no test whose assumptions could be varied. Once there is one, this "
        "section says which of them decides what the test can see."
    )


def forecast_claim(found: ForecastScore) -> str:
    """How the last report's forecast did."""
    inside = found.inside
    return tr(
        "The last report expected {expected} purchases from its customers; they made {actual}. {share} of the "
        "customers{interval} ended up within their own prediction interval, of which 95 % was promised.",
        expected=count(found.expected),
        actual=count(found.actual),
        share=percent(inside.value),
        interval=interval(inside.low, inside.high, level=inside.level),
    )


def open_questions(settings: Settings, plan: Plan, *, discount: bool, ledger: bool, reviewed: bool) -> tuple[str, ...]:
    """What the client has to answer, one sentence each; empty if nothing is open."""
    asked = [
        (plan.consent_known, tr("Who has agreed to be contacted? The data do not say.")),
        (settings.margin_rate is not None, tr("What is the contribution margin, as a share of revenue?")),
        (settings.contact_cost is not None, tr("What does it cost to contact one customer once?")),
        (settings.contact_budget is not None, tr("How much may be spent on contacts in the horizon?")),
        (discount, tr("At what rate a year is later money discounted, nominal or real?")),
        (ledger, tr("What total do the company's own books show for these days, so that nothing can be missing?")),
        (reviewed, tr("Who reviews this report before it is used?")),
    ]
    return tuple(question for answered, question in asked if not answered)


def economics_claim(settings: Settings, currency: str, supplied_by: str | None) -> str:
    """Which margin and cost were used, and who gave them."""
    if settings.margin_rate is None and settings.contact_cost is None:
        return tr("Neither a margin nor the cost of a contact was given, and none was assumed.")
    told = {
        "margin": tr("not given") if settings.margin_rate is None else percent(settings.margin_rate),
        "cost": tr("not given") if settings.contact_cost is None else money(settings.contact_cost, currency),
    }
    if supplied_by is None:
        return tr(
            "Margin: {margin}; cost of a contact: {cost}. The client file does not say who supplied them.", **told
        )
    return tr("Margin: {margin}; cost of a contact: {cost}. Supplied by: {who}.", who=supplied_by, **told)


def empty_claim(plan: Plan) -> str:
    """Which lists nobody is on, although they could be made."""
    present = set(plan.counts["list"])
    absent = [title(name) for name in CONTACTED if name not in present]
    if not absent:
        return tr("Every list that this report knows has customers on it.")
    return tr("Nobody is in the situation of these lists: {names}.", names=listed(absent, strong=True))


def _sum(plan: Plan, column: str) -> int:
    return int(plan.counts[column].sum())


def _points(estimate: Estimate) -> str:
    return points(estimate.value) + interval(estimate.low, estimate.high, points, estimate.level)
