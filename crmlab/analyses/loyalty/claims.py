"""What was found about satisfaction, choice and silence, as sentences made from the numbers."""

from collections.abc import Callable

import pandas as pd

from crmlab.analyses.loyalty.necessary import Necessary
from crmlab.analyses.loyalty.silence import Silence
from crmlab.analyses.loyalty.staying import Logit
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, number, percent, points, tr
from crmlab.tables.schema.codes import code_words

Form = Callable[[float], str]


def side(one: Estimate) -> int:
    """1 where the whole interval is above 0, −1 where it is below, else 0: no effect shown."""
    if one.low is not None and one.low > 0:
        return 1
    return -1 if one.high is not None and one.high < 0 else 0


def told(one: Estimate, form: Form) -> str:
    """The value with its interval."""
    return f"{form(one.value)}{interval(one.low, one.high, form, one.level)}"


def markets_claim(now: pd.DataFrame, cut: float) -> str:
    """How much choice there is, and where there is little."""
    least, most = now.iloc[0], now.iloc[-1]
    captive = list(now.loc[now["hhi"] >= cut, "region"])
    return tr(
        "Concentration runs from {low} in {free} (as {firms} equal firms) to {high} in {held} (as {few}). At {cut} "
        "or more, with little choice: {captive}.",
        low=number(least["hhi"], 3),
        free=code_words(least["region"]),
        firms=number(least["effective"], 1),
        high=number(most["hhi"], 3),
        held=code_words(most["region"]),
        few=number(most["effective"], 1),
        cut=number(cut),
        captive=listed(map(code_words, captive)) if captive else tr("no region"),
    )


def logit_claim(found: Logit | None) -> str:
    """What the coefficient says, and what it does not."""
    if found is None:
        return tr("All regions lie on one side of the cut: with and without choice cannot be compared here.")
    return tr(
        "The logit's product has the coefficient {coefficient}, in log-odds: it is not the difference of the "
        "effects. On the scale of the probability a point of satisfaction adds {choice} with choice and {captive} "
        "without.",
        coefficient=number(found.coefficient),
        choice=points(found.choice),
        captive=points(found.captive),
    )


def compared_claim(one: Estimate | None) -> str:
    """Whether competition changes what satisfaction is worth."""
    if one is None:
        return tr(
            "Whether competition changes what satisfaction is worth cannot be told: it takes two regions with choice "
            "and two without, each with answers enough."
        )
    if side(one) > 0:
        return tr(
            "A point of satisfaction adds more to staying where customers have a choice: {told}.",
            told=told(one, points),
        )
    if side(one) < 0:
        return tr(
            "A point of satisfaction adds less to staying where customers have a choice: {told}.",
            told=told(one, points),
        )
    return tr(
        "That competition changes what satisfaction is worth is not shown: with choice less without, {told}.",
        told=told(one, points),
    )


def per_tenth_claim(one: Estimate | None) -> str:
    """The same along the index instead of across a cut."""
    if one is None:
        return tr("There are too few regions for a line along the index.")
    if side(one) == 0:
        return tr(
            "Along the index no line is shown: with .1 more concentration the worth of a point changes by {told}.",
            told=told(one, points),
        )
    return tr(
        "Along the index the worth of a point changes by {told} with .1 more concentration.", told=told(one, points)
    )


def silence_claim(found: Silence) -> str:
    """What the silence does to the mean."""
    start = tr(
        "Of {asked} asked, {at_once} answered at once, with a mean of {naive}; weights by mode make it {weighted}. "
        "Whatever the silent think, the mean lies between {worst} and {best}.",
        asked=count(found.asked),
        at_once=percent(found.at_once / found.asked),
        naive=number(found.naive.value),
        weighted=number(found.weighted.value),
        worst=number(found.worst),
        best=number(found.best),
    )
    if found.repaired is None:
        return start
    return f"{start} {repaired_claim(found)}"


def repaired_claim(found: Silence) -> str:
    """What the follow-up says; call it only where there is one."""
    one = found.repaired
    if one is None:
        return tr("Nobody silent was followed up.")
    apart = not one.contains(found.naive.value)
    return tr(
        "With the {n} who were followed up the mean is {told}{verdict}.",
        n=count(found.followed),
        told=told(one, number),
        verdict=tr(": those who answer at once are not like the rest")
        if apart
        else tr(", in which the mean of those who answered at once lies"),
    )


def truth_claim(found: Silence, truth: float) -> str:
    """Which ways hold what everybody would have said."""
    return tr(
        "Everybody who was asked would have said {truth} on average. It lies in the interval of: {ways}.",
        truth=number(truth),
        ways=listed(found.holding(truth)),
    )


def nps_claim(one: Estimate) -> str:
    """The net promoter score, in points."""
    return tr("The net promoter score is {told}.", told=told(one, points))


def nps_difference_claim(one: Estimate, overlap: bool) -> str:
    """Whether two scores differ, and what their intervals seem to say."""
    said = (
        tr("the two intervals overlap, which decides nothing")
        if overlap
        else tr("the two intervals do not even overlap")
    )
    if side(one) == 0:
        return tr(
            "The two scores cannot be told apart: their difference is {told}; {said}.",
            told=told(one, points),
            said=said,
        )
    return tr("The two scores differ by {told}; {said}.", told=told(one, points), said=said)


def top_box_claim(table: pd.DataFrame, group: str) -> str:
    """Whether the mean and the top box put groups into the same order."""
    by_mean = list(table.sort_values(["mean", group])[group])
    by_top = list(table.sort_values(["top", group])[group])
    moved = sum(a != b for a, b in zip(by_mean, by_top, strict=True))
    return tr(
        "Of {n} regions {moved} stand in another place by the top box than by the mean. The largest distance of two "
        "means is {spread} points of the scale, and the middle interval of one is {wide} wide.",
        n=count(len(table)),
        moved=count(moved),
        spread=number(table["mean"].max() - table["mean"].min()),
        wide=number((table["mean_high"] - table["mean_low"]).median()),
    )


def loyalty_claim(table: pd.DataFrame) -> str:
    """How much of staying is without attachment, by choice."""
    false = table[table["quadrant"] == "false loyalty"].set_index("by")
    told_by = {bool(by): f"{percent(row['share'])}{interval(row['low'], row['high'])}" for by, row in false.iterrows()}
    return tr(
        "Stayed without being attached: {said}.",
        said=listed(
            [
                tr("without choice {share}", share=one) if by else tr("with choice {share}", share=one)
                for by, one in told_by.items()
            ]
        ),
    )


def over_product_claim(one: Estimate) -> str:
    """Whether attachment goes with staying among those whose product fits."""
    if side(one) == 0:
        return tr(
            "Among those whose product fits, the attached stay no more often, as far as can be told: {told}.",
            told=told(one, points),
        )
    if side(one) < 0:
        return tr("Among those whose product fits, the attached stay less often: {told}.", told=told(one, points))
    return tr(
        "Among those whose product fits, the attached stay more often by {told}: a product that fits is not all "
        "there is.",
        told=told(one, points),
    )


def necessary_claim(found: Necessary, condition: str, outcome: str) -> str:
    """Whether the condition looks necessary."""
    made = {
        "condition": condition,
        "outcome": outcome,
        "effect": number(found.effect),
        "p": number(found.p, 3),
        "without": number(found.without_one),
    }
    if found.holds:
        return tr(
            "High {outcome} without {condition} was not seen: {effect} of the field is empty (p {p}, {without} "
            "without its most telling customer). Whether more {condition} brings more {outcome} is another question.",
            **made,
        )
    return tr(
        "That {condition} is necessary for {outcome} is not shown: {effect} of the field is empty (p {p}, {without} "
        "without its most telling customer); it takes .1, more than chance leaves.",
        **made,
    )
