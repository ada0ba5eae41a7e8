"""Sentences on the plan: who is contacted, what limits it, what is missing, what is asked."""

from collections.abc import Sequence

from crmlab.analyses.actions.baseline import Horizon
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, contacts_paid
from crmlab.analyses.actions.lists import CONTACTED
from crmlab.analyses.actions.measure import ListFacts, Settings
from crmlab.analyses.actions.plan import NO_CONTACT, OVER_BOTH, OVER_BUDGET, OVER_CAPACITY, Plan
from crmlab.analyses.actions.reasons import amount
from crmlab.analyses.actions.wording import in_points, title
from crmlab.language import count, day, listed, percent, tr, trn


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


def price_claim(plan: Plan, settings: Settings, currency: str) -> str:
    """What the plan costs."""
    if settings.contact_cost is None:
        return tr("What a contact costs is not given, so the plan has no price and no budget limits it.")
    cost = amount(settings.contact_cost * _sum(plan, CONTACT), currency)
    return tr("The plan costs {cost} in contacts.", cost=cost)


def limits_claim(plan: Plan, settings: Settings, currency: str) -> str:
    """What limits the plan: the budget, the capacity, or neither, and how many customers are beyond it."""
    paid, able = contacts_paid(settings.contact_cost, settings.contact_budget), settings.contact_capacity
    if paid is None and able is None:
        return tr("Neither a budget with the cost of a contact nor a capacity is given, so nothing limits the plan.")
    budget = amount(settings.contact_budget or 0.0, currency)
    if able is None:
        return tr(
            "The budget of {budget} pays {paid} contacts; {over} more customers would be on a list if there were money "
            "to contact them. No capacity is given.",
            budget=budget,
            paid=count(paid or 0),
            over=count(_sum(plan, OVER_BUDGET)),
        )
    if paid is None:
        return tr(
            "There is room for {able} contacts; {over} more customers would be on a list if there were people to "
            "contact them. No budget with the cost of a contact is given.",
            able=count(able),
            over=count(_sum(plan, OVER_CAPACITY)),
        )
    return _both_limits(plan, budget, paid, able)


def _both_limits(plan: Plan, budget: str, paid: int, able: int) -> str:
    over = {"both": count(_sum(plan, OVER_BOTH)), "budget": budget, "paid": count(paid), "able": count(able)}
    if able < paid:
        return tr(
            "The budget of {budget} pays {paid} contacts, and there is room for {able}: capacity is the tighter limit. "
            "{alone} more customers would be on a list if there were room alone, and {both} more are beyond both.",
            alone=count(_sum(plan, OVER_CAPACITY)),
            **over,
        )
    if paid < able:
        return tr(
            "The budget of {budget} pays {paid} contacts, and there is room for {able}: money is the tighter limit. "
            "{alone} more customers would be on a list if there were money alone, and {both} more are beyond both.",
            alone=count(_sum(plan, OVER_BUDGET)),
            **over,
        )
    return tr(
        "The budget of {budget} pays {paid} contacts, and there is room for as many; {both} more customers are beyond "
        "both.",
        **over,
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
                "Nobody is let go for little value: it takes a forecast of what customers are still worth (notebook "
                "06) to write one off, and there is none that could be relied on."
            )
        )
    return tuple(found)


def empty_claim(plan: Plan) -> str:
    """Which lists nobody is on, although they could be made."""
    present = set(plan.counts["list"])
    absent = [title(name) for name in CONTACTED if name not in present]
    if not absent:
        return tr("Every list that this report knows has customers on it.")
    return tr("Nobody belongs on these lists: {names}.", names=listed(absent, strong=True))


def complete_claim(*, modelled: bool) -> str:
    """That no part of the analysis is missing, and whether a model could be relied on."""
    if modelled:
        return tr("Nothing: every part of the analysis could be made.")
    return tr(
        "Every part of the analysis ran, but no model of what customers are worth could be relied on: the section on "
        "it says why. So values repeat the last period without intervals, and nobody is let go for little value."
    )


def economics_claim(settings: Settings, currency: str, supplied_by: str | None) -> str:
    """Which margin and cost were used, and who gave them."""
    if settings.margin_rate is None and settings.contact_cost is None:
        return tr("Neither a margin nor the cost of a contact was given, and none was assumed.")
    told = {
        "margin": tr("not given") if settings.margin_rate is None else percent(settings.margin_rate),
        "cost": tr("not given") if settings.contact_cost is None else amount(settings.contact_cost, currency),
    }
    if supplied_by is None:
        return tr(
            "Margin: {margin}; cost of a contact: {cost}. The client file does not say who supplied them.", **told
        )
    return tr("Margin: {margin}; cost of a contact: {cost}. Supplied by: {who}.", who=supplied_by, **told)


def open_questions(settings: Settings, plan: Plan, *, discount: bool, ledger: bool, reviewed: bool) -> tuple[str, ...]:
    """What the client has to answer, one sentence each; empty if nothing is open."""
    asked = [
        (plan.consent_known, tr("Who has agreed to be contacted? The data do not say.")),
        (settings.margin_rate is not None, tr("What is the contribution margin, as a share of revenue?")),
        (settings.contact_cost is not None, tr("What does it cost to contact one customer once?")),
        (settings.contact_budget is not None, tr("How much may be spent on contacts in the horizon?")),
        (settings.contact_capacity is not None, tr("How many contacts can be made in the horizon?")),
        (discount, tr("At what rate a year is later money discounted, nominal or real?")),
        (ledger, tr("What total do the company's own books show for these days, so that nothing can be missing?")),
        (reviewed, tr("Who reviews this report before it is used?")),
    ]
    return tuple(question for answered, question in asked if not answered)


def _sum(plan: Plan, column: str) -> int:
    return int(plan.counts[column].sum())
