"""What the cost of a customer stands against, what is decided, and whether success is measured, in sentences."""

import numpy as np
import pandas as pd

from crmlab.analyses.impact.claims.words import relative
from crmlab.analyses.impact.decide import Measuring, Verdict
from crmlab.analyses.impact.ratios import AfterTheWorst, RatioChange
from crmlab.analyses.impact.rollout import RolloutEffect
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
)

ALPHA = 0.05


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
        interval=relative(one.low, one.high, one.level),
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
        interval=relative(effect.low, effect.high, effect.level),
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


def without_claim(card: pd.DataFrame, missing: tuple[str, ...]) -> str:
    """Which goals have no baseline, how many effects are shown, and how many chance alone would show."""
    effects = tr(
        "Of {n} measures {shown} changed with the roll-out beyond chance, corrected for how many were looked at "
        "(Holm): where nothing changes, up to one scorecard in {in_so_many} still shows one or more. Uncorrected, "
        "{alone} look changed; where nothing changes, {expected} of {n} would on average.",
        n=count(len(card)),
        shown=count(int((card["p_holm"] < ALPHA).sum())),
        alone=count(int((card["p_value"] < ALPHA).sum())),
        in_so_many=count(1 / ALPHA),
        expected=number(ALPHA * len(card)),
    )
    if not missing:
        return effects
    lacking = listed([translated(name) for name in missing])
    return tr(
        "{effects} Without a baseline: {goals}; nobody will be able to say whether they got better.",
        effects=effects,
        goals=lacking,
    )
