"""What the lists are called, what each asks to be done, and the tables that say so to a manager."""

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from crmlab.analyses.actions.baseline import Horizon
from crmlab.analyses.actions.changes import Outcome
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING
from crmlab.analyses.actions.measure import ListFacts, Settings
from crmlab.analyses.actions.plan import NO_CONTACT, Plan
from crmlab.language import count, day, interval, mark, money, number, percent, tr

EXPERIMENT, ASSOCIATION, ASSUMPTION = mark("experiment"), mark("association"), mark("assumption")


def title(name: str) -> str:
    """What the list asks to be done, as a heading."""
    match name:
        case "protect":
            return tr("Look after the best")
        case "check_in":
            return tr("Ask the valuable who are late")
        case "second_purchase":
            return tr("Invite first buyers back")
        case "win_back":
            return tr("Win back the valuable who left")
        case "together":
            return tr("All lists together")
        case _:
            return tr("Let go")


def in_points(share: float) -> str:
    """A difference of shares that is an amount and no change, in points without a sign."""
    return tr("{n} points", n=number(100 * share, 1))


def assumed_table(assumed: pd.DataFrame, currency: str, room: float) -> pd.DataFrame:
    """The assumed break-even uplifts as a grid of texts: one row a cost of a contact, one column a margin.

    Where the uplift is more than `room`, the share who do not buy anyway, no contact can pay.
    """
    cost = tr("cost of a contact")
    rows = []
    for paid, group in assumed.groupby("contact_cost", sort=True):
        margins = zip(group["margin_rate"], group["uplift"], strict=True)
        uplifts = {
            tr("margin {share}", share=percent(margin, 0)): in_points(uplift) if uplift <= room else tr("cannot pay")
            for margin, uplift in margins
        }
        rows.append({cost: money(float(str(paid)), currency), **uplifts})
    return pd.DataFrame(rows)


def offer(name: str) -> str:
    """What to do with the list, in a sentence."""
    match name:
        case "protect":
            return tr("A personal word of thanks and a person to turn to; no discount.")
        case "check_in":
            return tr("One personal message that asks whether something went wrong; no discount at first.")
        case "second_purchase":
            return tr("One message that helps with what they bought and shows what goes with it.")
        case "win_back":
            return tr("One offer to return, and the question why they left.")
        case _:
            return tr("No contact that costs money; they stay in the general newsletter if they agreed to it.")


def why(name: str) -> str:
    """Why these customers, in a sentence."""
    match name:
        case "protect":
            return tr("They bring most and are in touch: losing one costs more than winning one elsewhere.")
        case "check_in":
            return tr("They brought much and are silent for longer than they used to be; later it is too late to ask.")
        case "second_purchase":
            return tr(
                "Who buys a second time tends to stay; they are still within the time in which second purchases come."
            )
        case "win_back":
            return tr("They brought much once; some may return, and what made them leave is worth knowing.")
        case _:
            return tr("Long silent, little bought, little to expect: money spent here is missing elsewhere.")


def grade(facts: ListFacts, tested: Mapping[str, Outcome]) -> str:
    """What the effect of contacting this list rests on: a label.

    `experiment` where an earlier plan's arms were compared; `association` where it is known what customers in this
    situation did next, but not what a contact changes; `assumption` where not even that is known.
    """
    if facts.name in tested:
        return EXPERIMENT
    return ASSOCIATION if facts.baseline else ASSUMPTION


def action_table(
    known: Mapping[str, ListFacts], plan: Plan, *, tested: Mapping[str, Outcome], most: int = 5
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
            "evidence": grade(facts, tested),
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
    return pd.DataFrame(rows[:most], columns=[mark("action"), "customers", mark("why"), mark("offer"), "evidence"])


def terms_table(
    known: Mapping[str, ListFacts], settings: Settings, horizon: Horizon, *, currency: str, most: int = 5
) -> pd.DataFrame:
    """The terms of each action: cost, break-even, owner, first and last day, and how one will know; texts."""
    rows = [
        {
            "action": title(name),
            "cost": _cost(facts, settings, currency),
            "break_even": _break_even(facts),
            "owner": tr("to be named by the client"),
            "start": day(horizon.until + timedelta(days=1)),
            "review": day(horizon.end),
            "check": _check(facts),
        }
        for name, facts in known.items()
    ]
    columns = ["action", "cost", "break_even", mark("owner"), mark("start"), mark("review"), "check"]
    return pd.DataFrame(rows[:most], columns=columns)


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
                mark("baseline"): rate.value if rate else None,
                "low": rate.low if rate else None,
                "high": rate.high if rate else None,
                "uplift": facts.test.uplift if facts.test else None,
                "uplift_if_half": facts.half.uplift if facts.half else None,
                "needed": facts.test.needed if facts.test else None,
            }
        )
    return pd.DataFrame(rows)


def counts_table(plan: Plan) -> pd.DataFrame:
    """The plan's counts with titles: `action`, then the counts that are not zero throughout."""
    table = plan.counts.assign(action=[title(name) for name in plan.counts["list"]]).drop(columns=["list", "priority"])
    numbers = [name for name in table.columns if name != "action"]
    keep = [name for name in numbers if name in ("candidates", CONTACT, DO_NOTHING) or table[name].any()]
    return table[["action", *keep]]


def _cost(facts: ListFacts, settings: Settings, currency: str) -> str:
    if settings.contact_cost is None:
        return tr("not given")
    return money(settings.contact_cost * facts.contact, currency)


def _break_even(facts: ListFacts) -> str:
    if facts.break_even is None:
        return tr("not known: see the assumptions below")
    uplift = facts.break_even.uplift
    if not facts.break_even.possible:
        return tr("cannot pay: {uplift} are more than the customers left to win", uplift=in_points(uplift.value))
    return in_points(uplift.value) + interval(uplift.low, uplift.high, in_points, uplift.level)


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
