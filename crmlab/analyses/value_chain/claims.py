"""What was found about significant customers, as sentences; each holds where there is nothing to find, too."""

from collections.abc import Mapping

import pandas as pd

from crmlab.analyses.value_chain.books import YearBooks
from crmlab.analyses.value_chain.influence import Influence
from crmlab.analyses.value_chain.overlap import Stability
from crmlab.analyses.value_chain.referrals import Referrals
from crmlab.analyses.value_chain.significance import COST_MAGNET, Significant
from crmlab.estimate import Estimate
from crmlab.language import count, interval, money, number, percent, points, tr, translated

FIFTH = 0.2


def bridge_claim(books: YearBooks, currency: str) -> str:
    """What is left of what customers pay."""
    step = books.bridge().set_index("step")["share"]
    left = float(books.bridge().set_index("step")["amount"]["what is left"])
    return tr(
        "Of what customers paid in {window}, goods took {goods}, service {serving} and fixed costs {fixed}; {left} "
        "was left.",
        window=books.window,
        goods=percent(-step["goods"]),
        serving=percent(-step["serving"]),
        fixed=percent(-step["fixed costs"]),
        left=money(left, currency, 0),
    )


def magnets_claim(found: Significant, books: YearBooks, currency: str) -> str:
    """What the cost magnets carry, and what full absorption makes of them."""
    magnets = found.customers[found.customers[COST_MAGNET]]
    if magnets.empty:
        return tr("No customer places orders enough to be called a cost magnet.")
    drains = magnets.loc[magnets["contribution"] <= 0, "customer_id"].tolist()
    if not drains:
        return tr(
            "{n} customers place orders enough to be cost magnets, and every one of them leaves something towards "
            "fixed costs.",
            n=count(len(magnets)),
        )
    true, absorbed = books.without(drains)
    return tr(
        "{n} customers place orders enough to be cost magnets. {drains} of them leave nothing: serving them costs "
        "more than the goods leave. Without these the firm would have had {true} more; a price list that lays fixed "
        "costs on orders says {absorbed}, and the difference is fixed costs that stay whoever goes.",
        n=count(len(magnets)),
        drains=count(len(drains)),
        true=money(true, currency, 0),
        absorbed=money(absorbed, currency, 0),
    )


def counted_claim(shares: Mapping[str, Estimate]) -> str:
    """How many are significant, held against the fifth that is often named."""
    any_of = shares["any"]
    said = {
        "share": percent(any_of.value),
        "interval": interval(any_of.low, any_of.high, percent, any_of.level),
        "n": count(any_of.n),
    }
    if any_of.contains(FIFTH):
        return tr(
            "{share}{interval} of {n} customers pass one rule or more: a fifth cannot be ruled out under these rules.",
            **said,
        )
    if any_of.value < FIFTH:
        return tr("{share}{interval} of {n} customers pass one rule or more: less than a fifth.", **said)
    return tr("{share}{interval} of {n} customers pass one rule or more: more than a fifth.", **said)


def uncertain_claim(found: Significant) -> str:
    """How many the expected value alone would call valuable."""
    sure = int((found.customers["at_least"] > found.threshold).sum())
    return tr(
        "By expected value {expected} customers would be of high value; with the probability the rule asks for it is "
        "{sure}. How sure one wants to be decides the number.",
        expected=count(found.by_expectation),
        sure=count(sure),
    )


def requests_claim(found: Significant, beyond_chance: float) -> str:
    """How many requests were adopted, and how many would seem so by chance."""
    n, adopted = len(found.requests), int(found.requests["adopted"].sum())
    by_chance = n * beyond_chance
    said = {"n": count(n), "adopted": count(adopted), "chance": number(by_chance, 1)}
    if adopted <= by_chance + 2 * (by_chance * (1 - beyond_chance)) ** 0.5:
        return tr(
            "Of {n} requests that were taken up, others bought more afterwards in {adopted}; chance alone would give "
            "up to {chance}. Customers marked by this rule cannot be told from lucky ones.",
            **said,
        )
    return tr(
        "Of {n} requests that were taken up, others bought more afterwards in {adopted}, where chance alone would "
        "give up to {chance}.",
        **said,
    )


def overlap_claim(pairs: pd.DataFrame) -> str:
    """Which two rules agree most."""
    if pairs.empty:
        return tr("Nobody passes any rule, so nothing overlaps.")
    most = pairs.sort_values("jaccard").iloc[-1]
    return tr(
        "The two rules that agree most, {first} and {second}, share {share} of the customers either marks{interval}; "
        "by chance it would be {chance}.",
        first=translated(str(most["first"])),
        second=translated(str(most["second"])),
        share=percent(most["jaccard"]),
        interval=interval(most["low"], most["high"]),
        chance=percent(most["by_chance"]),
    )


def stability_claim(found: Stability) -> str:
    """Whether marks last a year."""
    row = found.table.iloc[0]
    if not row["before"]:
        return tr("Nobody was marked a year earlier, so nothing can be said of how long marks last.")
    said = {
        "n": count(row["before"]),
        "flips": percent(1 - row["share"]),
        "interval": interval(1 - row["high"], 1 - row["low"]),
        "chance": percent(1 - row["by_chance"]),
    }
    if row["low"] > row["by_chance"]:
        return tr(
            "Of {n} customers marked a year earlier, {flips}{interval} are no longer; if marks were dealt anew it "
            "would be {chance}. They last longer than chance, and still change hands.",
            **said,
        )
    return tr(
        "Of {n} customers marked a year earlier, {flips}{interval} are no longer, and if marks were dealt anew it "
        "would be {chance}: that they last at all cannot be told.",
        **said,
    )


def influence_claim(found: Influence) -> str:
    """Whether purchases follow tellings in time."""
    said = {
        "n": count(found.timed.n),
        "followed": percent(found.followed),
        "chance": percent(found.by_chance),
        "difference": points(found.timed.value),
        "interval": interval(found.timed.low, found.timed.high, points, found.timed.level),
    }
    if found.timed.contains(0.0):
        return tr(
            "Of {n} customers told, {followed} bought soon after, and {chance} on days drawn at random: {difference}"
            "{interval}. That anybody followed cannot be told from resemblance.",
            **said,
        )
    if found.timed.value > 0:
        return tr(
            "Of {n} customers told, {followed} bought soon after, and {chance} on days drawn at random: {difference}"
            "{interval}, which resemblance does not explain.",
            **said,
        )
    return tr(
        "Of {n} customers told, {followed} bought soon after, fewer than the {chance} on days drawn at random: "
        "{difference}{interval}.",
        **said,
    )


def referral_claim(found: Referrals, currency: str) -> str:
    """What goes with a good word by the firm's own record."""
    said = {
        "difference": points(found.more.value),
        "interval": interval(found.more.low, found.more.high, points, found.more.level),
        "worth": money(found.worth.value, currency, 0),
        "ends": interval(found.worth.low, found.worth.high, lambda value: money(value, currency, 0), found.worth.level),
    }
    if found.more.contains(0.0):
        return tr(
            "By the firm's own record people bought after good words no more often than after bad ones, as far as can "
            "be told: {difference}{interval}.",
            **said,
        )
    if found.worth.value * found.more.value <= 0:
        return tr(
            "By the firm's own record the share of people who bought differs by {difference}{interval} between good "
            "words and bad ones; but an average customer leaves nothing, so neither is worth anything.",
            **said,
        )
    return tr(
        "By the firm's own record the share of people who bought differs by {difference}{interval} between good words "
        "and bad ones; times what an average customer leaves, that is {worth} a word{ends}.",
        **said,
    )
