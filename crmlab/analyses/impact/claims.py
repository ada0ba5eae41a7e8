"""What was found about whether CRM worked, as sentences made from the numbers."""

import numpy as np
import pandas as pd

from crmlab.analyses.impact.attribution import Corrected, Credit
from crmlab.analyses.impact.budget import RollAfterTest
from crmlab.analyses.impact.decide import Measuring, Verdict
from crmlab.analyses.impact.ratios import AfterTheWorst, RatioChange
from crmlab.analyses.impact.regressions import Interrupted, TwoWay
from crmlab.analyses.impact.response import Answered
from crmlab.analyses.impact.rollout import RolloutEffect
from crmlab.estimate import Estimate
from crmlab.language import (
    count,
    interval,
    listed,
    money,
    number,
    percent,
    points,
    signed_percent,
    tr,
    translated,
    trn,
)

SMALLEST = 0.001


def chance(p_value: float) -> str:
    """A p value in words, none of them zero."""
    return tr("below {p}", p=number(SMALLEST, 3)) if p_value < SMALLEST else number(p_value, 3)


def effect_claim(who: str, found: Estimate) -> str:
    """What CRM did to the cost of a new customer at some branches."""
    value, ends = signed_percent(found.value), interval(found.low, found.high, signed_percent, found.level)
    if found.contains(0.0):
        return tr(
            "{who}: an effect on the cost of a new customer cannot be told from none: {value}{interval}.",
            who=who,
            value=value,
            interval=ends,
        )
    if found.value < 0:
        return tr("{who}: CRM made a new customer cheaper: {value}{interval}.", who=who, value=value, interval=ends)
    return tr("{who}: CRM made a new customer dearer: {value}{interval}.", who=who, value=value, interval=ends)


def naive_claim(nominal: float, real: float) -> str:
    """What before and after says, in the money of the day and in that of today."""
    return tr(
        "Before and after, the cost of a new customer changed by {nominal} in the money of the day, and by {real} at "
        "constant prices. Neither number knows what would have happened without CRM.",
        nominal=signed_percent(nominal),
        real=signed_percent(real),
    )


def two_way_claim(found: TwoWay, better: RolloutEffect) -> str:
    """The regression against the group-time effects, and its three p values."""
    return tr(
        "One coefficient beside branch and month effects says {value}; compared with branches not live yet it is "
        "{better}. Against no effect p is {plain} if branch-months were independent, {clustered} with errors "
        "by branch, and {wild} by the wild cluster bootstrap of {n} branches.",
        value=signed_percent(float(np.expm1(found.value))),
        better=signed_percent(float(np.expm1(better.value))),
        plain=chance(found.p_plain),
        clustered=chance(found.p_clustered),
        wild=chance(found.p_wild),
        n=count(found.change.n),
    )


def interrupted_claim(found: Interrupted) -> str:
    """What the interrupted series says."""
    one = found.change
    return tr(
        "A year after going live the series of {n} branches lies {value}{interval} from where level, trend and season "
        "would have taken it.",
        n=count(one.n),
        value=signed_percent(float(np.expm1(one.value))),
        interval=_relative(one.low, one.high, one.level),
    )


def pre_trend_claim(found: RolloutEffect, months: int = 12) -> str:
    """Whether the branches moved apart before going live, and what drift that cannot exclude."""
    if not np.isfinite([found.slope, found.slope_low, found.slope_high]).all():
        return tr("Too few months before going live to see whether the branches moved apart.")
    drift = max((found.slope_low, found.slope_high), key=abs)
    seen = tr("Before going live no drift apart can be told from none")
    if found.slope_low > 0 or found.slope_high < 0:
        seen = tr("Before going live the branches drifted apart, which casts doubt on the comparison")
    return tr(
        "{seen}: {slope} a month{interval}. A drift at the far end of that interval would by itself make {size} within "
        "{n} months: the test does not exclude it.",
        seen=seen,
        slope=signed_percent(float(np.expm1(found.slope))),
        interval=_relative(found.slope_low, found.slope_high, found.level),
        size=signed_percent(float(np.expm1(months * drift))),
        n=count(months),
    )


def ratio_claim(name: str, found: RatioChange, currency: str) -> str:
    """How an average changed."""
    ends = interval(found.low, found.high, signed_percent, found.level)
    words = {"name": name, "before": money(found.before, currency, 0), "after": money(found.after, currency, 0)}
    if found.low <= 0 <= found.high:
        return tr(
            "{name}: {before} in the year before, {after} in the last one; a change cannot be told from none: "
            "{value}{interval}.",
            **words,
            value=signed_percent(found.value),
            interval=ends,
        )
    return tr(
        "{name}: {before} in the year before, {after} in the last one, {value}{interval}.",
        **words,
        value=signed_percent(found.value),
        interval=ends,
    )


def worth_claim(cost: RatioChange, value: RatioChange, both: RatioChange) -> str:
    """Whether cheaper customers were also lesser ones."""
    words = {
        "cost": signed_percent(cost.value),
        "value": signed_percent(value.value),
        "both": signed_percent(both.value),
        "interval": interval(both.low, both.high, signed_percent, both.level),
    }
    if both.low > 0:
        return tr(
            "The cost of a new customer changed by {cost}, what one brings by {value}: for what is spent more comes "
            "back, {both}{interval}.",
            **words,
        )
    if both.high < 0:
        return tr(
            "The cost of a new customer changed by {cost}, what one brings by {value}: for what is spent less comes "
            "back, {both}{interval}. The cost alone would have hidden that.",
            **words,
        )
    return tr(
        "The cost of a new customer changed by {cost}, what one brings by {value}; that more or less comes back for "
        "what is spent cannot be told: {both}{interval}.",
        **words,
    )


def worst_claim(found: AfterTheWorst) -> str:
    """What follows the dearest months when nobody does anything."""
    one = found.change
    return tr(
        "The {n} dearest branch-months without CRM lay {chosen} above their branches' usual, the months after them "
        "{following}: with nothing done the cost changed by {value}{interval}.",
        n=count(found.months),
        chosen=signed_percent(float(np.expm1(found.chosen))),
        following=signed_percent(float(np.expm1(found.following))),
        value=signed_percent(float(np.expm1(one.value))),
        interval=_relative(one.low, one.high, one.level),
    )


def decision_claim(who: str, verdict: Verdict, effect: RolloutEffect, worth: float, least: float) -> str:
    """What the rule says, and what it could have seen."""
    said = {
        "extend": tr("extend: the whole interval lies below a fall of {worth}", worth=percent(worth)),
        "mend": tr(
            "mend, or stop: the whole interval says that the cost fell by less than {worth}", worth=percent(worth)
        ),
        "go on measuring": tr(
            "go on measuring: the interval holds falls above and below {worth}", worth=percent(worth)
        ),
    }[verdict]
    seen = tr("Four in five times it says extend from a fall of {least} on", least=percent(least))
    if not np.isfinite(least):
        seen = tr("With these branches no fall is sure enough to be seen four in five times")
    return tr(
        "{who}: {said}{interval}. {seen}.",
        who=who,
        said=said,
        interval=_relative(effect.low, effect.high, effect.level),
        seen=seen,
    )


def measuring_claim(found: Measuring) -> str:
    """Whether success is measured better than before."""
    words = {
        "before": percent(found.before),
        "after": percent(found.after),
        "value": points(found.value),
        "interval": interval(found.low, found.high, points, found.level),
        "margin": points(found.margin),
        "n": count(found.n),
    }
    if found.verdict == "better":
        return tr(
            "{n} branches reported {before} of the measures in the year before CRM and {after} in the last: success is "
            "measured better, {value}{interval}.",
            **words,
        )
    if found.verdict == "no better":
        return tr(
            "{n} branches reported {before} of the measures in the year before CRM and {after} in the last: success is "
            "measured no better, {value}{interval}, a gain of {margin} being excluded. Structure and recording are to "
            "be looked at again.",
            **words,
        )
    return tr(
        "{n} branches reported {before} of the measures in the year before CRM and {after} in the last: whether "
        "success is measured better cannot be told, {value}{interval}.",
        **words,
    )


def credit_claim(found: Credit) -> str:
    """Which channel customers credit more than the records do."""
    most = found.table.iloc[0]
    words = {
        "channel": translated(str(most["channel"]).replace("_", " ")),
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
        "channel": translated(str(most["channel"]).replace("_", " ")),
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
        "cheap": translated(str(first["channel"]).replace("_", " ")),
        "dear": translated(str(last["channel"]).replace("_", " ")),
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
        "best": translated(str(first["source"]).replace("_", " ")),
        "worst": translated(str(last["source"]).replace("_", " ")),
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


def without_claim(card: pd.DataFrame, missing: tuple[str, ...]) -> str:
    """Which goals have no baseline, and how many effects are shown."""
    shown = int((card["p_holm"] < 0.05).sum())  # noqa: PLR2004 - the usual level
    effects = tr(
        "Of {n} measures {shown} changed with the roll-out beyond chance, corrected for how many were looked at.",
        n=count(len(card)),
        shown=count(shown),
    )
    if not missing:
        return effects
    lacking = listed([translated(name) for name in missing])
    return tr(
        "{effects} Without a baseline: {goals}; nobody will be able to say whether they got better.",
        effects=effects,
        goals=lacking,
    )


def _relative(low: float, high: float, level: float) -> str:
    """The interval of a difference of logarithms, as relative changes."""
    return interval(float(np.expm1(low)), float(np.expm1(high)), signed_percent, level)
