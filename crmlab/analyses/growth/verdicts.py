"""What selling more changed: sentences about trials, moments, breadth, cover and lists; what is not known is said."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from crmlab.analyses.growth.breadth import Breadth
from crmlab.analyses.growth.cover import Cover
from crmlab.analyses.growth.lists import Offer
from crmlab.analyses.growth.moments import Moments
from crmlab.analyses.growth.trial import ALL, OTHERS, Trial
from crmlab.analyses.growth.trial import TRIAL as TRIAL_CATEGORY
from crmlab.estimate import Estimate
from crmlab.language import count, interval, money, number, percent, points, tr
from crmlab.tables.schema.codes import code_words


def not_known(reason: str = "") -> str:
    """That without left-alone customers nothing is known of what an offer changes."""
    said = tr(
        "Whether selling more is incremental is not known here: no campaign with customers whom chance left alone. "
        "What goes together and comes next is description; only such a test tells what an offer changes."
    )
    return f"{said} ({reason})" if reason else said


def which_claim(found: Trial, *, asked: bool) -> str:
    """Which campaign is read, and why that one where nobody `asked` for it."""
    named = found.name != found.campaign_id
    which = tr("{name} ({id})", name=found.name, id=found.campaign_id) if named else found.campaign_id
    if asked:
        return tr("Read here: {which}.", which=which)
    return tr(
        "Read here: {which}, the latest campaign of growth in which chance left customers alone and all the "
        "others were offered the same. Name another with the parameter trial.",
        which=which,
    )


def trial_claim(found: Trial) -> str:
    """What the trial changed, beside what is reported without a control."""
    said = {
        "naive": percent(found.naive.value),
        "alone": percent(found.control[0] / found.control[1]),
        "effect": points(found.effect.value),
        "interval": interval(found.effect.low, found.effect.high, points),
        "n": count(found.effect.n),
    }
    if found.effect.contains(0.0):
        return tr(
            "Of those the trial reached {naive} paid. But {alone} of those left alone paid too: of {n} customers, an "
            "effect cannot be told from none, {effect}{interval}.",
            **said,
        )
    if found.effect.value > 0:
        return tr(
            "Of those the trial reached {naive} paid. But {alone} of those left alone paid too: what it changed, of "
            "{n} customers, is {effect}{interval}.",
            **said,
        )
    return tr(
        "Of those the trial reached {naive} paid, of those left alone {alone}: of {n} customers fewer paid because of "
        "it, {effect}{interval}.",
        **said,
    )


def later_claim(found: Trial) -> str:
    """Whether sales were only brought forward."""
    said = {"later": points(found.later.value), "interval": interval(found.later.low, found.later.high, points)}
    if found.later.high is not None and found.later.high < 0:
        return tr(
            "In the span after it the approached bought less often, {later}{interval}: sales were brought forward.",
            **said,
        )
    if found.later.contains(0.0):
        return tr("In as many days after it the arms cannot be told apart: {later}{interval}.", **said)
    return tr("In the span after it the approached still bought more often: {later}{interval}.", **said)


def subsidy_claim(found: Estimate, currency: str) -> str:
    """What a payer may be given."""
    form = partial(money, currency=currency, decimals=0)
    ends = interval(found.low, found.high, form)
    if found.high is not None and found.high <= 0:
        return tr(
            "No subsidy pays: at the break-even a payer would have to be charged ({value}{interval}).",
            value=form(found.value),
            interval=ends,
        )
    if found.low is not None and found.low <= 0:
        return tr(
            "The trial breaks even at a subsidy of {value}{interval} for each who pays; the interval reaches below "
            "nothing, so that no subsidy is shown to pay.",
            value=form(found.value),
            interval=ends,
        )
    return tr(
        "The trial breaks even at a subsidy of {value}{interval} for each who pays.",
        value=form(found.value),
        interval=ends,
    )


def given_claim(found: Trial, even: Estimate, currency: str) -> str:
    """What was given, beside what may be given."""
    said = {"given": money(found.given, currency, 0), "contact": money(found.contact_cost, currency)}
    if found.given <= 0:
        return tr("What was given to those who paid is not known; a contact cost {contact}.", **said)
    if even.low is not None and found.given < even.low:
        return tr("A payer was given {given} on average, a contact cost {contact}: the trial paid for itself.", **said)
    if even.high is not None and found.given > even.high:
        return tr("A payer was given {given} on average, a contact cost {contact}: more than it brought.", **said)
    return tr(
        "A payer was given {given} on average, a contact cost {contact}: within the interval, so whether the trial "
        "paid for itself is not known.",
        **said,
    )


def cannibals_claim(found: Mapping[str, Estimate], currency: str) -> str:
    """What other categories lost."""
    form = partial(money, currency=currency, decimals=0)
    shown = {
        name: tr("{value}{interval}", value=form(one.value), interval=interval(one.low, one.high, form))
        for name, one in found.items()
    }
    others = found[OTHERS]
    said = {"trial": shown[TRIAL_CATEGORY], "others": shown[OTHERS], "all": shown[ALL]}
    if others.high is not None and others.high < 0:
        return tr(
            "A customer of the approached spent {trial} more in the trial's category, {others} in all others, {all} "
            "together: the others lost.",
            **said,
        )
    if others.contains(0.0):
        return tr(
            "A customer of the approached spent {trial} more in the trial's category, {others} in all others, {all} "
            "together: what the others lost or won cannot be told from nothing.",
            **said,
        )
    return tr(
        "A customer of the approached spent {trial} more in the trial's category, {others} in all others, {all} "
        "together: the others did not lose.",
        **said,
    )


def moments_claim(found: Moments) -> str:
    """Whether channel and time matter."""
    best = found.table.iloc[0]
    most = found.table.iloc[int(found.table["response"].to_numpy().argmax())]
    said = {
        "cells": count(len(found.table)),
        "passing": count(found.passing),
        "naive": _cell(most),
        "response": percent(most["response"]),
        "own": points(most["effect"]),
        "own_interval": interval(most["low"], most["high"], points),
        "best": _cell(best),
        "p": number(found.q_p, 3),
        "fdr": percent(found.fdr, None),
    }
    if found.q_p > found.fdr:
        return tr(
            "Most respond at {naive}, {response}; the effect there is {own}{own_interval}. Of {cells} cells {passing} "
            "pass at a false discovery rate of {fdr}, but that their effects differ at all is not shown (Cochran's Q, "
            "p = {p}): no channel or time is shown to be the right one.",
            **said,
        )
    return tr(
        "Most respond at {naive}, {response}; the effect there is {own}{own_interval}. Effects differ between cells "
        "(Cochran's Q, p = {p}); {passing} of {cells} pass at a false discovery rate of {fdr}, the largest at {best}.",
        **said,
    )


def breadth_claim(found: Breadth, currency: str) -> str:
    """What wide buyers leave, and how many are at a loss."""
    first, last = found.table.iloc[0], found.table.iloc[-1]
    form = partial(money, currency=currency, decimals=0)
    said = tr(
        "Customers who bought in {many} categories or more leave {most} on average, those in one {least}: those who "
        "buy much buy in many categories, and that is no effect of the categories. Of {n} customers with three or "
        "more, {loss}{interval} cost more than they bring.",
        many=count(last["categories"]),
        most=form(last["mean"]),
        least=form(first["mean"]),
        n=count(found.at_a_loss.n),
        loss=percent(found.at_a_loss.value),
        interval=interval(found.at_a_loss.low, found.at_a_loss.high),
    )
    if found.costs_known:
        return said
    return f"{said} {tr('What serving them cost is not known here, so that losses are counted too few.')}"


def cover_claim(found: Cover) -> str:
    """Whether a turn of life brings contracts."""
    if found.effect is None:
        return tr(
            "Of {n} spans of {days} days with a turn of life none was followed by a new contract, and of none without "
            "one either: contracts are taken when customers are new, and whether a turn of life brings one cannot be "
            "told.",
            n=count(found.after_event[1]),
            days=count(found.days),
        )
    said = {
        "share": percent(found.after_event[0] / found.after_event[1]),
        "n": count(found.after_event[1]),
        "effect": points(found.effect.value),
        "interval": interval(found.effect.low, found.effect.high, points),
        "days": count(found.days),
    }
    if found.effect.contains(0.0):
        return tr(
            "After {n} spans with a turn of life {share} began a contract in the next {days} days; that is not told "
            "from customers without one at the same time: {effect}{interval}.",
            **said,
        )
    if found.effect.value > 0:
        return tr(
            "After {n} spans with a turn of life {share} began a contract in the next {days} days, {effect}{interval} "
            "more than customers without one at the same time.",
            **said,
        )
    return tr(
        "After {n} spans with a turn of life {share} began a contract in the next {days} days, fewer than customers "
        "without one at the same time: {effect}{interval}.",
        **said,
    )


def offer_claim(found: Offer) -> str:
    """How long a list is, who is not on it, and who is left alone."""
    alone = int((found.table["arm"] == "do_nothing").sum())
    said = {"n": count(len(found.table)), "alone": count(alone), "eligible": count(found.eligible)}
    if not found.consent_known:
        return tr(
            "{n} of {eligible} customers are listed, of whom chance leaves {alone} alone. Who may be contacted is not "
            "known: check consent before anybody is.",
            **said,
        )
    return tr(
        "{n} of {eligible} customers are listed, of whom chance leaves {alone} alone; {suppressed} may not be "
        "contacted and are not on the list.",
        suppressed=count(found.suppressed),
        **said,
    )


def _cell(row: pd.Series) -> str:
    return tr("{channel} from {hour}:00", channel=code_words(row["channel"]), hour=count(row["from_hour"]))
