"""How customers came, who answers, and where the next one is cheapest, in sentences."""

import pandas as pd

from crmlab.analyses.impact.attribution import Corrected, Credit
from crmlab.analyses.impact.budget import RollAfterTest
from crmlab.analyses.impact.response import Answered
from crmlab.language import (
    count,
    interval,
    money,
    percent,
    points,
    tr,
    trn,
)
from crmlab.tables.schema.codes import code_words


def credit_claim(found: Credit) -> str:
    """Which channel customers credit more than the records do."""
    most = found.table.iloc[0]
    words = {
        "channel": code_words(most["channel"]),
        "said": percent(most["said"]),
        "recorded": percent(most["recorded"]),
        "difference": points(most["difference"]),
        "interval": interval(most["low"], most["high"], points, found.level),
        "agree": percent(found.agree),
        "n": count(found.n),
    }
    if most["low"] > 0:
        return tr(
            "Of {n} customers {agree} say what was recorded. They credit {channel} most beyond its record: {said} "
            "against {recorded}, {difference}{interval}.",
            **words,
        )
    return tr(
        "Of {n} customers {agree} say what was recorded. That they credit any channel beyond its record cannot be "
        "told; the largest difference is {difference} for {channel}{interval}.",
        **words,
    )


def corrected_claim(found: Corrected) -> str:
    """What the records say once they are corrected by customers whose channel is known."""
    moved = found.table.assign(moved=found.table["recorded"] - found.table["corrected"])
    most = moved.sort_values("moved", key=abs, ascending=False).iloc[0]
    words = {
        "checked": count(found.checked),
        "n": count(found.n),
        "channel": code_words(most["channel"]),
        "recorded": percent(most["recorded"]),
        "corrected": percent(most["corrected"]),
        "interval": interval(most["low"], most["high"], percent, found.level),
    }
    if most["low"] <= most["recorded"] <= most["high"]:
        return tr(
            "By {checked} customers who were listed before they bought, no record of the {n} customers is shown to be "
            "wrong; the largest correction is for {channel}, from {recorded} to {corrected}{interval}.",
            **words,
        )
    return tr(
        "By {checked} customers who were listed before they bought, the record of the {n} customers is corrected most "
        "for {channel}: from {recorded} to {corrected}{interval}.",
        **words,
    )


def response_claim(found: Answered) -> str:
    """What weighting and following up say of the silent."""
    rate = percent(found.at_once / found.asked)
    bounds = tr("{low} to {high}", low=percent(found.bounds[0]), high=percent(found.bounds[1]))
    if found.followed is None:
        return tr(
            "{rate} of {n} asked answered at once. Nobody, or too few of the silent, were followed up: all that can be "
            "said of all who were asked is {bounds}.",
            rate=rate,
            n=count(found.asked),
            bounds=bounds,
        )
    words = {
        "rate": rate,
        "n": count(found.asked),
        "raw": percent(found.raw.value),
        "weighted": percent(found.weighted.value),
        "followed": percent(found.followed.value),
        "interval": interval(found.followed.low, found.followed.high, percent, found.followed.level),
    }
    if not found.followed.contains(found.weighted.value):
        return tr(
            "{rate} of {n} asked answered at once. Of them {raw} are satisfied, weighted {weighted}; with the silent "
            "who were followed up it is {followed}{interval}: the weights did not repair it.",
            **words,
        )
    return tr(
        "{rate} of {n} asked answered at once. Of them {raw} are satisfied, weighted {weighted}; with the silent who "
        "were followed up it is {followed}{interval}: that the silent differ is not shown.",
        **words,
    )


def marginal_claim(table: pd.DataFrame, currency: str) -> str:
    """Where the next customer is cheapest, and where dearest."""
    first, last = table.iloc[0], table.iloc[-1]
    words = {
        "cheap": code_words(first["channel"]),
        "dear": code_words(last["channel"]),
        "low": money(first["marginal"], currency, 0),
        "high": money(last["marginal"], currency, 0),
    }
    if first["high"] < last["low"]:
        return tr(
            "The next customer costs least by {cheap}, {low}, and most by {dear}, {high}: money moved from the one to "
            "the other wins more customers, as long as the curves hold.",
            cheap=words["cheap"],
            dear=words["dear"],
            low=words["low"],
            high=words["high"],
        )
    return tr(
        "The next customer costs {low} by {cheap} and {high} by {dear}; the intervals overlap, and nothing says where "
        "to move money.",
        **words,
    )


def source_claim(table: pd.DataFrame) -> str:
    """Which source's leads are won most often."""
    first, last = table.iloc[0], table.iloc[-1]
    words = {
        "best": code_words(first["source"]),
        "worst": code_words(last["source"]),
        "high": percent(first["share"]),
        "low": percent(last["share"]),
        "n": count(table["leads"].sum()),
    }
    if first["low"] > last["high"]:
        return tr(
            "Of {n} leads that came to an end, those from {best} were won most often ({high}), those from {worst} "
            "least ({low}).",
            **words,
        )
    return tr(
        "Of {n} leads that came to an end, {high} from {best} and {low} from {worst} were won; that sources differ "
        "cannot be told.",
        **words,
    )


def roll_claim(found: RollAfterTest, sure: int) -> str:
    """How many to test."""
    return trn(
        found.population,
        "For {n} customer: test both offers on {arm} each, then give the better one to the rest. To be sure of the "
        "better one would take {sure} in each arm.",
        "For {n} customers: test both offers on {arm} each, then give the better one to the rest. To be sure of the "
        "better one would take {sure} in each arm.",
        n=count(found.population),
        arm=count(found.per_arm),
        sure=count(sure),
    )
