"""What follows for policies, money and lists, as sentences made from the numbers."""

import pandas as pd

from crmlab.analyses.winback.claims import kind_name
from crmlab.analyses.winback.lists import NO_CONSENT, Chosen, Verdict
from crmlab.analyses.winback.policies import NOBODY, RISK_VALUE, UPLIFT_VALUE, Qini
from crmlab.analyses.winback.trial import Kind
from crmlab.language import count, interval, listed, money, number, percent, points, tr, translated
from crmlab.trials import Detectable


def qini_claim(kind: Kind, found: Qini, *, model: str) -> str:
    """Whether a model puts those first whom a contact changes."""
    said = {
        "kind": kind_name(kind),
        "model": model,
        "value": number(1000 * found.value, 1),
        "interval": interval(found.low, found.high, lambda value: number(1000 * value, 1)),
    }
    if found.low > 0:
        return tr(
            "{kind}, {model}: the ranking is better than a random one; its Qini area is {value}{interval} yes for "
            "every thousand customers.",
            **said,
        )
    if found.high < 0:
        return tr(
            "{kind}, {model}: the ranking is worse than a random one; its Qini area is {value}{interval} yes for "
            "every thousand customers.",
            **said,
        )
    return tr(
        "{kind}, {model}: the ranking cannot be told from a random one; its Qini area is {value}{interval} yes for "
        "every thousand customers.",
        **said,
    )


def best_policy_claim(kind: Kind, values: pd.DataFrame, *, currency: str) -> str:
    """Which policies are shown to be worth something."""
    tried = values[values["policy"] != NOBODY]
    good = tried[tried["low"] > 0]
    best = tried.sort_values("value", kind="stable").to_dict(orient="records")[-1]
    said = {
        "kind": kind_name(kind),
        "best": translated(str(best["policy"])),
        "value": money(best["value"], currency, 0),
        "interval": interval(best["low"], best["high"], lambda value: money(value, currency, 0)),
        "names": listed(translated(str(name)) for name in good["policy"]),
    }
    if (tried.loc[tried["contacted"] > 0, "high"] < 0).all():
        return tr("{kind}: contacting nobody was best; every other policy is shown to have lost money.", **said)
    if good.empty:
        return tr(
            "{kind}: no policy is shown to be better than contacting nobody. The highest value is that of “{best}”, "
            "{value}{interval} for each customer of the campaign; of several values that are all noise, one is the "
            "highest.",
            **said,
        )
    return tr(
        "{kind}: shown to be better than contacting nobody: {names}. The highest value is that of “{best}”, "
        "{value}{interval} for each customer of the campaign.",
        **said,
    )


def difference_claim(kind: Kind, differences: pd.DataFrame, *, currency: str) -> str:
    """The one comparison that was fixed beforehand: uplift × value against risk × value."""
    row = differences[differences["against"] == RISK_VALUE].to_dict(orient="records")[0]
    said = {
        "kind": kind_name(kind),
        "uplift": translated(UPLIFT_VALUE),
        "risk": translated(RISK_VALUE),
        "value": money(row["value"], currency, 0),
        "interval": interval(row["low"], row["high"], lambda value: money(value, currency, 0)),
    }
    if row["low"] > 0:
        return tr("{kind}: “{uplift}” brings more than “{risk}”: {value}{interval} for each customer.", **said)
    if row["high"] < 0:
        return tr("{kind}: “{uplift}” brings less than “{risk}”: {value}{interval} for each customer.", **said)
    return tr(
        "{kind}: whether “{uplift}” or “{risk}” brings more cannot be told: {value}{interval} for each customer.",
        **said,
    )


def depth_claim(kind: Kind, curve: pd.DataFrame, *, currency: str) -> str:
    """How deep the list would best have been."""
    own = curve[curve["ranking"] == UPLIFT_VALUE]
    best = own.sort_values("value", kind="stable").to_dict(orient="records")[-1]
    said = {
        "kind": kind_name(kind),
        "depth": percent(best["depth"], 0),
        "value": money(best["value"], currency, 0),
        "interval": interval(best["low"], best["high"], lambda value: money(value, currency, 0)),
    }
    if best["depth"] == 0:
        return tr(
            "{kind}: by uplift × value the best depth is nobody: every contact more would have cost more.", **said
        )
    return tr(
        "{kind}: by uplift × value the curve is highest at {depth} of the customers, with {value}{interval} for each "
        "of all. The peak was picked after the fact, so it promises too much.",
        **said,
    )


def threat_claim(kind: Kind, share: float, *, profit: float, currency: str) -> str:
    """How few may learn to ask for the offer before it eats what contacts bring."""
    if share <= 0:
        return tr(
            "{kind}: a contact is not expected to bring anything, so nothing is left that customers who learn to ask "
            "for the offer could eat up.",
            kind=kind_name(kind),
        )
    return tr(
        "{kind}: with {profit} expected of each contact, it is enough that {share} of those not contacted who would "
        "have said yes anyway learn to ask for the offer, and nothing is left.",
        kind=kind_name(kind),
        profit=money(profit, currency, 0),
        share=percent(share),
    )


def budget_claim(budget: pd.DataFrame, *, currency: str) -> str:
    """Where another unit of money is best spent, as far as that is known."""
    known = budget.dropna(subset=["cost"])
    paying = known[known["high"] < known["worth"]]
    if known.empty:
        return tr("What a customer costs is not known of any of these ways.")
    if paying.empty:
        return tr(
            "Of no way is a customer shown to cost less than what they bring within the horizon: these data do not "
            "say where more should be spent."
        )
    left = paying["worth"] - paying["cost"]
    best = paying.iloc[[int(left.to_numpy().argmax())]].to_dict(orient="records")[0]
    return tr(
        "Shown to cost less than they bring within the horizon: {ways}. Most is left by “{best}”: {left} for each "
        "customer, at the average cost; the next customer costs more than the average one.",
        ways=listed(translated(str(name).replace("_", " ")) for name in paying["way"]),
        best=translated(str(best["way"]).replace("_", " ")),
        left=money(best["worth"] - best["cost"], currency, 0),
    )


def verdict_claim(kind: Kind, shown: Verdict) -> str:
    """What follows from it for the list."""
    if shown == "pays":
        return tr(
            "{kind}: contacting the customers chosen by uplift is shown to pay. They are on the list; a part drawn by "
            "chance is left alone.",
            kind=kind_name(kind),
        )
    if shown == "does_not_pay":
        return tr(
            "{kind}: contacts are shown to cost more than they bring. Nobody is on the list, and all are left alone.",
            kind=kind_name(kind),
        )
    return tr(
        "{kind}: whether contacts pay is not known. The list is a test among the customers whose yes is worth most: "
        "half of it, drawn by chance, is left alone.",
        kind=kind_name(kind),
    )


def lists_claim(chosen: Chosen) -> str:
    """How many are on which list, how many on none, and how many of those may not be contacted."""
    return tr(
        "On the list to save: {save}; to win back: {back}. Left alone: {alone}, {suppressed} of them because they "
        "have not agreed to be contacted. Nobody is on two lists.",
        save=count(len(chosen.lists["save"])),
        back=count(len(chosen.lists["win_back"])),
        alone=count(len(chosen.alone)),
        suppressed=count(int((chosen.alone["why"] == NO_CONSENT).sum())),
    )


def detectable_claim(kind: str, found: Detectable) -> str:
    """What the list's hold-out will be able to tell."""
    said = {
        "kind": kind_name(kind),
        "contact": count(found.contact),
        "alone": count(found.do_nothing),
        "baseline": percent(found.baseline),
        "wanted": points(found.wanted),
        "needed": count(found.needed),
    }
    if found.uplift is None:
        return tr(
            "{kind}: with {contact} contacted and {alone} left alone, at {baseline} who say yes anyway, an effect "
            "cannot be measured. To find {wanted} takes {needed} customers in each arm.",
            **said,
        )
    return tr(
        "{kind}: with {contact} contacted and {alone} left alone, at {baseline} who say yes anyway, an effect is "
        "found in four tests of five if it is {uplift} or more. To find {wanted} takes {needed} customers in each arm.",
        uplift=points(found.uplift),
        **said,
    )
