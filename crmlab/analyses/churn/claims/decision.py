"""Whom to call, whom that misses, and what it will show, in sentences."""

from crmlab.analyses.churn.calls import Calls
from crmlab.analyses.churn.claims.words import ALPHA, p_value
from crmlab.analyses.churn.decide import Reach
from crmlab.language import count, listed, percent, points, tr


def reach_claim(found: Reach) -> str:
    """What so many calls reach, in customers."""
    return tr(
        "Of {lost} who left among {n}, the first {size} calls would have reached {hits}; as many drawn by lot reach "
        "{chance}. {wasted} calls would have gone to customers who stayed.",
        lost=count(found.lost),
        n=count(found.n),
        size=count(found.size),
        hits=count(found.hits),
        chance=count(found.by_chance),
        wasted=count(found.size - found.hits),
    )


def fairness_claim(tests: object, groups: int) -> str:
    """Whether errors differ between groups by more than chance."""
    found = tests[tests["holm"] < ALPHA]  # type: ignore[index]
    n = len(tests)  # type: ignore[arg-type]
    if n == 0:
        return tr("No group holds enough customers to compare errors, or no groups are held.")
    if len(found) == 0:
        return tr(
            "It is not shown that errors differ between groups ({n} comparisons of {groups} groupings, corrected for "
            "their number).",
            n=count(n),
            groups=count(groups),
        )
    said = listed(
        tr("{grouping} (p {p})", grouping=_grouping(one.grouping), p=p_value(one.holm)) for one in found.itertuples()
    )
    return tr("Errors differ between groups by more than chance: {said}.", said=said)


def cost_claim(success: float, found: Reach) -> str:
    """What the calls have to achieve to pay."""
    if success > 1:
        return tr(
            "The first {size} calls could not pay for themselves even if every leaver they reach stayed.",
            size=count(found.size),
        )
    return tr(
        "The first {size} calls pay for themselves if they keep {share} or more of the leavers they reach. Nothing "
        "here says whether they would.",
        size=count(found.size),
        share=percent(success),
    )


def list_claim(of: Calls, arms: object | None = None) -> str:
    """Who is on the list and who is not."""
    contact = int((arms == "contact").sum()) if arms is not None else len(of.table)  # type: ignore[attr-defined]
    told = {
        "due": count(of.due),
        "window": of.window,
        "calls": count(contact),
        "held": count(len(of.table) - contact),
        "no": count(of.no_consent),
        "unknown": count(of.consent_unknown),
        "beyond": count(of.beyond),
    }
    if not of.consent_held:
        return tr(
            "{due} customers have a chance to leave from {window}. {calls} are to be called and {held} held out at "
            "random; {beyond} are beyond the capacity.",
            **told,
        )
    return tr(
        "{due} customers have a chance to leave from {window}. {calls} are to be called and {held} held out at random; "
        "{no} have not agreed to be contacted, of {unknown} it is not known, and {beyond} are beyond the capacity.",
        **told,
    )


def detectable_claim(uplift: float | None, *, contact: int, held: int, needed: int, wanted: float) -> str:
    """What comparing the called with those held out will be able to show."""
    told = {"contact": count(contact), "held": count(held), "needed": count(needed), "wanted": points(wanted)}
    if uplift is None:
        return tr(
            "{contact} called and {held} held out cannot show any effect of the calls; {needed} in each arm would show "
            "{wanted}.",
            **told,
        )
    return tr(
        "{contact} called and {held} held out can show an effect of {uplift} or more (power 80 %); {needed} in each "
        "arm would show {wanted}.",
        **told,
        uplift=points(uplift),
    )


def consent_claim(of: Calls) -> str:
    """Whether consent is held at all."""
    if of.consent_held:
        return tr("Only customers who agreed to be contacted are on the list.")
    return tr("These data do not say who agreed to be contacted: ask before the first call.")


def _grouping(name: str) -> str:
    said = {
        "region": tr("region"),
        "income_band": tr("income band"),
        "customer_type": tr("type of customer"),
        "age_band": tr("age band"),
    }
    return said.get(name, name)
