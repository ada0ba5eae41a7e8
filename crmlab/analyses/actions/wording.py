"""What the lists are called, what each asks to be done, and the tables that say so to a manager."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandas as pd

from crmlab.analyses.actions.baseline import Baseline, Horizon
from crmlab.analyses.actions.breakeven import assumed_break_evens
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING
from crmlab.analyses.actions.lists import CONTACTED
from crmlab.analyses.actions.measure import ListFacts, Settings, together
from crmlab.analyses.actions.plan import CONSENT_UNKNOWN, NO_CONSENT, NO_CONTACT, OVER, Plan
from crmlab.analyses.actions.reasons import amount
from crmlab.analyses.actions.tried import Tried, verdict
from crmlab.analyses.actions.voices import NOT_PAYING, REPAIR_FIRST
from crmlab.language import count, day, interval, mark, number, percent, points, tr, translated
from crmlab.language.numbers import localised

EXPERIMENT, ASSOCIATION, ASSUMPTION = mark("experiment"), mark("association"), mark("assumption")


TRIAL = ["action", CONTACT, DO_NOTHING, mark("baseline"), "low", "high", "uplift", "uplift_if_half", "needed"]

TITLES = {
    "protect": mark("Look after the best"),
    "save": mark("Keep those who may leave"),
    "grow": mark("Offer what fits next"),
    "win_back": mark("Win back the valuable who left"),
    "let_go": mark("Let go"),
    "together": mark("All lists together"),
    "check_in": mark("Ask the valuable who are late"),
    "second_purchase": mark("Invite first buyers back"),
}
"""The last two are lists of earlier plans."""


def title(name: str) -> str:
    """What the list asks to be done, as a heading; also of lists that only earlier plans had."""
    return translated(TITLES.get(name, name))


def source_name(source: str) -> str:
    """Which notebook a list or a finding is of, for a reader."""
    number = source.split(".", 1)[0]
    return tr("the last report's plan") if number == "90" else tr("notebook {number}", number=localised(number))


def in_points(share: float) -> str:
    """A difference of shares that is an amount and no change, in points without a sign."""
    return tr("{n} points", n=number(100 * share, 1))


def assumed_table(
    paid: Sequence[Baseline], currency: str, *, margin_rate: float | None = None, contact_cost: float | None = None
) -> pd.DataFrame:
    """The assumed break-even uplifts as a grid of texts: one row a cost of a contact, one column a margin.

    By the first baseline with a value of a purchase; no rows where there is none. Where the uplift is more than the
    share who do not buy anyway, no contact can pay.
    """
    cost = tr("cost of a contact")
    value = paid[0].value if paid else None
    if value is None:
        return pd.DataFrame(columns=[cost])
    room = 1 - paid[0].repurchase.value
    assumed = assumed_break_evens(value.value, margin_rate=margin_rate, contact_cost=contact_cost)
    rows = []
    for each, group in assumed.groupby("contact_cost", sort=True):
        margins = zip(group["margin_rate"], group["uplift"], strict=True)
        uplifts = {
            tr("margin {share}", share=percent(margin, 0)): in_points(uplift) if uplift <= room else tr("cannot pay")
            for margin, uplift in margins
        }
        rows.append({cost: amount(float(str(each)), currency), **uplifts})
    return pd.DataFrame(rows)


def used(contacts: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Those of the columns in which any customer has something: dates and offers are not always there."""
    filled = contacts.replace("", None).notna().any()
    return [name for name in columns if filled[name] or name not in ("due", "offer")]


def offer(name: str) -> str:
    """What to do with the list, in a sentence."""
    match name:
        case "protect":
            return tr("A personal word of thanks and a person to turn to; no discount.")
        case "save":
            return tr(
                "One personal message before the day they may leave, that asks what is wrong; no discount at first."
            )
        case "grow":
            return tr("One message with the product that fits, or for first buyers with help for what they bought.")
        case "win_back":
            return tr("One offer to return, and the question why they left.")
        case _:
            return tr("No contact that costs money; they stay in the general newsletter if they agreed to it.")


def why(name: str) -> str:
    """Why these customers, in a sentence."""
    match name:
        case "protect":
            return tr("They bring most, or matter beyond what they buy: much is lost with one of them.")
        case "save":
            return tr(
                "A renewal is due, they are dissatisfied, or they brought much and are late; later it is too late."
            )
        case "grow":
            return tr("They are in touch and there is something that fits them, or they still lack a second purchase.")
        case "win_back":
            return tr("They brought much once; some may return, and what made them leave is worth knowing.")
        case _:
            return tr("They cost more than they bring, or are long silent with little to expect.")


def grade(facts: ListFacts, tried: Mapping[str, Tried]) -> str:
    """What the effect of contacting this list rests on: a label.

    `experiment` where customers contacted and left alone by chance were compared; `association` where it is known what
    customers in these situations did next, but not what a contact changes; `assumption` where not even that is known.
    """
    if facts.name in tried:
        return EXPERIMENT
    return ASSOCIATION if facts.baseline else ASSUMPTION


def action_table(
    known: Mapping[str, ListFacts], plan: Plan, *, tried: Mapping[str, Tried], most: int = 5
) -> pd.DataFrame:
    """What to do: one row an action, at most `most`, in the order of priority.

    `customers` is a count, `evidence` a label, the rest are texts.
    """
    rows = [
        {
            "action": title(name),
            "customers": facts.contact + facts.do_nothing,
            "why": why(name),
            "offer": offer(name),
            "evidence": grade(facts, tried),
        }
        for name, facts in known.items()
    ]
    if plan.size("let_go", NO_CONTACT):
        rows.append(
            {
                "action": title("let_go"),
                "customers": plan.size("let_go", NO_CONTACT),
                "why": why("let_go"),
                "offer": offer("let_go"),
                "evidence": ASSOCIATION,
            }
        )
    return pd.DataFrame(
        rows[:most], columns=[mark("action"), "customers", mark("why"), mark("offer"), mark("evidence")]
    )


def terms_table(
    known: Mapping[str, ListFacts], settings: Settings, horizon: Horizon, *, currency: str, most: int = 5
) -> pd.DataFrame:
    """The terms of each action: contacts, their cost, owner, first and last day."""
    rows = [
        {
            "action": title(name),
            CONTACT: facts.contact,
            "cost": _cost(facts, settings, currency),
            "owner": tr("to be named by the client"),
            "start": day(horizon.until + timedelta(days=1)),
            "review": day(horizon.end),
        }
        for name, facts in known.items()
    ]
    columns = ["action", CONTACT, "cost", mark("owner"), mark("start"), mark("review")]
    return pd.DataFrame(rows[:most], columns=columns)


def proof_table(known: Mapping[str, ListFacts], tried: Mapping[str, Tried], *, most: int = 5) -> pd.DataFrame:
    """What each action has to show: the uplift that pays, what experiments found beside it, and how one will know."""
    rows = [
        {
            "action": title(name),
            "break_even": _break_even(facts),
            "shown": _shown(facts, tried.get(name)),
            "check": _check(facts),
        }
        for name, facts in known.items()
    ]
    return pd.DataFrame(rows[:most], columns=["action", "break_even", "shown", "check"])


def do_nothing_table(known: Mapping[str, ListFacts], settings: Settings) -> pd.DataFrame:
    """What happens if nobody is contacted, beside what the contacts cost: one row a list with a baseline, then all.

    `action`, `customers`, `anyway` (customers expected to buy within the horizon: their number times the baseline),
    `low`, `high` (the baseline's interval times their number: of the expectation; chance comes on top), `cost` (of the
    plan's contacts; missing where the cost of one is not known).
    """
    whole = together(known, settings)
    rows = [
        {
            "action": title(facts.name),
            "customers": facts.size,
            mark("anyway"): facts.size * rate.value,
            "low": None if rate.low is None else facts.size * rate.low,
            "high": None if rate.high is None else facts.size * rate.high,
            "cost": None if settings.contact_cost is None else settings.contact_cost * facts.contact,
        }
        for facts in [*known.values(), *([whole] if whole else [])]
        if facts.baseline and (rate := facts.baseline.repurchase)
    ]
    return pd.DataFrame(rows, columns=["action", "customers", "anyway", "low", "high", "cost"])


def bars_table(plan: Plan) -> pd.DataFrame:
    """The plan for a figure, one row a list: `action`, `contact`, `do_nothing`, `over`, `held_back`, `no_consent`.

    `over` is beyond budget, capacity or both; `held_back` for what another notebook found; `no_consent` not agreed or
    not known. Lists that nobody is contacted for are left out.
    """
    rows = plan.counts[plan.counts["list"].isin(CONTACTED)]
    return pd.DataFrame(
        {
            "action": [title(name) for name in rows["list"]],
            CONTACT: rows[CONTACT],
            DO_NOTHING: rows[DO_NOTHING],
            "over": rows[list(OVER)].sum(axis=1),
            "held_back": rows[[REPAIR_FIRST, NOT_PAYING]].sum(axis=1),
            "no_consent": rows[[NO_CONSENT, CONSENT_UNKNOWN]].sum(axis=1),
        }
    ).reset_index(drop=True)


def trial_table(known: Mapping[str, ListFacts]) -> pd.DataFrame:
    """How one will know, one row a list: arms, baseline with interval, and what the test can see; numbers.

    `action`, `contact`, `do_nothing`, `baseline`, `low`, `high`, `uplift` (NaN: cannot be measured with so few),
    `uplift_if_half` (if as many were left alone as contacted), `needed` in each of two equal arms.
    """
    rows = []
    for name, facts in known.items():
        rate = facts.baseline.repurchase if facts.baseline else None
        rows.append(
            {
                "action": title(name),
                CONTACT: facts.contact,
                DO_NOTHING: facts.do_nothing,
                "baseline": rate.value if rate else None,
                "low": rate.low if rate else None,
                "high": rate.high if rate else None,
                "uplift": facts.test.uplift if facts.test else None,
                "uplift_if_half": facts.half.uplift if facts.half else None,
                "needed": facts.test.needed if facts.test else None,
            }
        )
    return pd.DataFrame(rows, columns=TRIAL)


def counts_table(plan: Plan) -> pd.DataFrame:
    """The plan's counts with titles: `action`, then the counts that are not zero throughout."""
    table = plan.counts.assign(action=[title(name) for name in plan.counts["list"]]).drop(columns=["list", "priority"])
    numbers = [name for name in table.columns if name != "action"]
    keep = [name for name in numbers if name in ("candidates", CONTACT, DO_NOTHING) or table[name].any()]
    return table[["action", *keep]]


def _cost(facts: ListFacts, settings: Settings, currency: str) -> str:
    if settings.contact_cost is None:
        return tr("not given")
    return amount(settings.contact_cost * facts.contact, currency)


def _break_even(facts: ListFacts) -> str:
    if facts.break_even is None:
        return tr("not known: see the assumptions below")
    uplift = facts.break_even.uplift
    if not facts.break_even.possible:
        return tr("cannot pay: {uplift} are more than the customers left to win", uplift=in_points(uplift.value))
    return in_points(uplift.value) + interval(uplift.low, uplift.high, in_points, uplift.level)


def _shown(facts: ListFacts, one: Tried | None) -> str:
    """What an experiment found and where it stands against what pays, short."""
    if one is None:
        return tr("nothing: no experiment on such contacts was found")
    said = {
        "effect": points(one.effect.value) + interval(one.effect.low, one.effect.high, points, one.effect.level),
        "counted": one.counted,
        "source": source_name(one.source),
        "were": "" if one.of_purchases else tr(", were each a purchase"),
    }
    match verdict(one.effect, facts.break_even):
        case "above":
            return tr("above what pays{were}: {effect} in {counted} ({source})", **said)
        case "below":
            return tr("below what pays{were}: {effect} in {counted} ({source})", **said)
        case "open":
            return tr("open, contains what pays{were}: {effect} in {counted} ({source})", **said)
        case _:
            return tr("what pays is not known: {effect} in {counted} ({source})", **said)


def _check(facts: ListFacts) -> str:
    if facts.test is None:
        return tr("No baseline yet: compare the two arms at the review and take the share of those left alone as one.")
    if facts.test.uplift is None:
        return tr(
            "Too few to measure: {needed} customers in each arm are needed to see {wanted}.",
            needed=count(facts.test.needed),
            wanted=in_points(facts.test.wanted),
        )
    return tr(
        "Share who bought, contacted against left alone; a difference of {uplift} or more would be found in "
        "{power} of such tests.",
        uplift=in_points(facts.test.uplift),
        power=percent(facts.test.power, 0),
    )
