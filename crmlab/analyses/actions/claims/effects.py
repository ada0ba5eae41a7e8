"""Sentences on what a contact has to add, what a test can see, and what that rests on."""

from collections.abc import Mapping, Sequence

from crmlab.analyses.actions.baseline import Horizon
from crmlab.analyses.actions.measure import ListFacts
from crmlab.analyses.actions.reasons import amount
from crmlab.analyses.actions.sensitivity import Sensitivity
from crmlab.analyses.actions.tried import Tried, verdict
from crmlab.analyses.actions.wording import in_points, source_name, title
from crmlab.estimate import Estimate
from crmlab.language import count, day, interval, listed, percent, points, tr, trn

MOSTLY_BUY = 0.8
"""The share who buy anyway from which a contact has little left to add."""


def baseline_claim(facts: ListFacts, horizon: Horizon, *, with_interval: bool = True) -> str:
    """What customers in the same situation did, one horizon ago."""
    if facts.baseline is None:
        return tr(
            "{action}: nobody was in this situation on {day}, so what such customers do next is not known.",
            action=title(facts.name),
            day=day(horizon.then),
        )
    rate = facts.baseline.repurchase
    said = {
        "action": title(facts.name),
        "n": count(rate.n),
        "day": day(horizon.then),
        "until": day(horizon.until),
        "share": percent(rate.value),
        "interval": interval(rate.low, rate.high, level=rate.level) if with_interval else "",
    }
    if sum(name in facts.before for name in facts.mix) > 1:
        return tr(
            "{action}: {n} customers were in the same situations on {day}; with as many of each as this list has now, "
            "{share} bought again up to {until}{interval}.",
            **said,
        )
    return trn(
        rate.n,
        "{action}: {n} customer was in the same situation on {day}; up to {until} {share} bought again{interval}.",
        "{action}: {n} customers were in the same situation on {day}; up to {until} {share} bought again{interval}.",
        **said | {"n": count(rate.n)},
    )


def uncovered_claims(known: Sequence[ListFacts]) -> tuple[str, ...]:
    """For which lists the baseline does not speak of everybody, because nobody was in some of their situations."""
    return tuple(
        tr(
            "{action}: {share} of its customers are in situations that nobody was in one period ago; they have no "
            "weight in what is said of it.",
            action=title(facts.name),
            share=percent(1 - facts.covered),
        )
        for facts in known
        if facts.baseline and facts.mix and facts.covered < 1
    )


def tried_claims(known: Mapping[str, ListFacts], tried: Mapping[str, Tried]) -> tuple[str, ...]:
    """For each list that was tried: the effect, of what, and where it stands against what pays."""
    return tuple(tried_claim(facts, tried[name]) for name, facts in known.items() if name in tried)


def tried_claim(facts: ListFacts, one: Tried) -> str:
    """What an experiment found of such a contact, and where its interval lies against the uplift that pays."""
    said = {
        "action": title(facts.name),
        "source": source_name(one.source),
        "effect": points(one.effect.value) + interval(one.effect.low, one.effect.high, points, one.effect.level),
        "counted": one.counted,
        "needed": in_points(facts.break_even.uplift.value) if facts.break_even else "",
        "were": "" if one.of_purchases else tr(", were each of these a purchase"),
    }
    match verdict(one.effect, facts.break_even):
        case "above":
            return tr(
                "{action}: in an experiment ({source}) the share of {counted} differed by {effect} between contacted "
                "and left alone: wholly above the {needed} that pay for a contact{were}.",
                **said,
            )
        case "below":
            return tr(
                "{action}: in an experiment ({source}) the share of {counted} differed by {effect} between contacted "
                "and left alone: wholly below the {needed} that pay for a contact{were}.",
                **said,
            )
        case "open":
            return tr(
                "{action}: in an experiment ({source}) the share of {counted} differed by {effect} between contacted "
                "and left alone. The interval contains the {needed} that pay for a contact{were}: whether it pays is "
                "open.",
                **said,
            )
        case _:
            return tr(
                "{action}: in an experiment ({source}) the share of {counted} differed by {effect} between contacted "
                "and left alone; what a contact has to add to pay is not known.",
                **said,
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
        value=amount(value.value, currency),
        interval=interval(value.low, value.high, amount, value.level),
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


def evidence_claims(known: Mapping[str, ListFacts], tried: Mapping[str, Tried]) -> tuple[str, ...]:
    """The verdicts of experiments in one sentence, for the summary; none where there is no list."""
    places: dict[str, list[str]] = {"above": [], "below": [], "open": [], "not_known": [], "others": [], "untried": []}
    for name, facts in known.items():
        one = tried.get(name)
        place = "untried" if one is None else verdict(one.effect, facts.break_even) if one.of_purchases else "others"
        places[place].append(title(name))
    said = [
        (places["above"], tr("an experiment found more added purchases than pay for a contact")),
        (places["below"], tr("an experiment found fewer added purchases than pay for a contact")),
        (places["open"], tr("an experiment left open whether a contact pays")),
        (places["not_known"], tr("an experiment was made, but what pays is not known")),
        (places["others"], tr("tried, but on answers and not on purchases")),
        (places["untried"], tr("never tried")),
    ]
    parts = [tr("{what}: {names}", what=what, names=listed(names)) for names, what in said if names]
    return (tr("What is known of the effect of contacts: {parts}.", parts=listed(parts, strong=True)),) if parts else ()


def do_nothing_claims(whole: ListFacts | None) -> tuple[str, ...]:
    """How many customers on the lists are expected to buy if nobody is contacted."""
    if whole is None or whole.baseline is None:
        return ()
    rate, n = whole.baseline.repurchase, whole.size
    low, high = (None if end is None else n * end for end in (rate.low, rate.high))
    return (
        tr(
            "If nobody is contacted, {expected} of the {n} customers on lists with a baseline are expected to buy all "
            "the same{interval}.",
            expected=count(n * rate.value),
            n=count(n),
            interval=interval(low, high, count, rate.level),
        ),
    )
