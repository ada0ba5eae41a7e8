"""What was found about concentration, as sentences made from the numbers.

A sentence says what the interval allows: in data without the effect it says that there is none. With
`interval=True` it names the interval too; a finding shows it beside the sentence.
"""

import numpy as np
import pandas as pd

from crmlab.analyses.concentration.results import Concentration, WindowCurve
from crmlab.analyses.concentration.stability import NextPeriod
from crmlab.estimate import Estimate
from crmlab.language import count, listed, mark, number, percent, points, tr, trn
from crmlab.language import interval as in_words
from crmlab.language.numbers import localised

PARETO_TOP, PARETO_SHARE = 0.2, 0.8


def top_share_claim(found: Concentration, *, interval: bool = False) -> str:
    """How much the top makes, and for the top 20 % whether 80/20 describes it."""
    share = found.top_share
    values = {
        "top": percent(found.top, None),
        "count": count(found.top_count),
        "customers": count(share.n),
        "share": _with_interval(share, interval),
    }
    if found.top != PARETO_TOP or share.low is None or share.high is None:
        return tr("The top {top} of customers ({count} of {customers}) made {share} of the value.", **values)
    if share.contains(PARETO_SHARE):
        return tr(
            "The top {top} of customers ({count} of {customers}) made {share} of the value; 80/20 is within that "
            "interval.",
            **values,
        )
    if share.low > PARETO_SHARE:
        return tr(
            "The top {top} of customers ({count} of {customers}) made {share} of the value: more concentrated than "
            "80/20.",
            **values,
        )
    return tr(
        "The top {top} of customers ({count} of {customers}) made {share} of the value: less concentrated than 80/20.",
        **values,
    )


def measures_table(found: Concentration) -> pd.DataFrame:
    """The measures as a reader sees them, each in its own form: shares as percentages, the Gini index as a number.

    `measure`, `value`, `low`, `high` and `method` are texts (– where there is no interval), `n` is a count.
    """
    table = found.summary()
    for column in ("value", "low", "high"):
        top, index, made = table[column].astype(np.float64)
        table[column] = [percent(top), number(index, 3), percent(made)]
    return table[[mark("measure"), "value", "low", "high", "n", mark("method")]]


def gini_claim(found: Concentration) -> str:
    """The Gini index, with a warning where negative values spoil it."""
    index = number(found.gini.value, 3)
    if not found.negative:
        return tr("The Gini index of customer value is {index} (0: all alike; near 1: one makes all).", index=index)
    return tr(
        "The Gini index of customer value is {index} (0: all alike; near 1: one makes all). {negative} of {customers} "
        "customers have a value below zero, so the index can exceed 1 and does not compare with that of other "
        "companies.",
        index=index,
        negative=count(found.negative),
        customers=count(found.gini.n),
    )


def customers_for_claim(found: Concentration, *, interval: bool = False) -> str:
    """How few customers make most of the value."""
    needed = found.customers_for
    return tr(
        "It takes {count} of {customers} customers, {share}, to make {made} of the value.",
        count=count(found.customers_for_count),
        customers=count(needed.n),
        share=_with_interval(needed, interval),
        made=percent(found.made, None),
    )


def window_claim(curve: WindowCurve) -> str:
    """Whether the top share depends on how long one looks."""
    effect = curve.window_effect
    if effect is None:
        return tr("Fewer than two windows could be computed, so the effect of their length is not known.")
    buyers = curve.table[curve.table.base == "buyers"].sort_values("months")
    short, long = buyers.iloc[0], buyers.iloc[-1]
    values = {
        "top": percent(curve.top, None),
        "short_share": percent(short.value),
        "short": _months(short.months),
        "long_share": percent(long.value),
        "long": _months(long.months),
        "effect": _effect(effect),
    }
    if effect.contains(0):
        return tr(
            "Among known customers who bought, the top {top} made {short_share} of the value over {short} and "
            "{long_share} over {long}; the difference is within its interval, {effect}.",
            **values,
        )
    return tr(
        "Among known customers who bought, the top {top} made {short_share} of the value over {short} and "
        "{long_share} over {long}: {effect} from the shorter window to the longer.",
        **values,
    )


def not_computed_claim(curve: WindowCurve) -> str:
    """Which windows are not in the curve, and why."""
    if curve.not_computed.empty:
        return tr("Every window that was asked for could be computed.")
    rows = curve.not_computed.to_dict(orient="records")
    reasons = [tr("{months} ({reason})", months=_months(row["months"]), reason=row["reason"]) for row in rows]
    return tr(
        "Windows not computed: {windows}. Shorter windows or a longer history would serve.",
        windows=listed(reasons, strong=True),
    )


def denominator_claim(curve: WindowCurve) -> str:
    """What counting the known customers who did not buy does to the share, in the longest window."""
    if curve.table.empty:
        return tr("No window could be computed, so the effect of the denominator is not known.")
    longest = curve.table[curve.table.months == curve.table.months.max()].set_index("base")
    buyers, everybody = longest.loc["buyers"], longest.loc["all"]
    values = {
        "months": _months(buyers.months),
        "top": percent(curve.top, None),
        "share": percent(buyers.value),
        "n": count(buyers.n),
    }
    if buyers.n == everybody.n:
        return tr(
            "Over {months} the top {top} made {share} among the {n} known customers, all of whom bought: both "
            "denominators agree.",
            **values,
        )
    return tr(
        "Over {months} the top {top} made {share} among the {n} known customers who bought, and {share_all} among all "
        "{n_all} known customers: the same sales, another denominator.",
        **values,
        share_all=percent(everybody.value),
        n_all=count(everybody.n),
    )


def joining_claim(curve: WindowCurve) -> str:
    """Whether customers who joined within the window bend the usual number."""
    effect = curve.joining_effect
    if effect is None:
        return tr("No window could be computed, so the effect of customers who joined within it is not known.")
    months = curve.table.months.max()
    sizes = curve.table[curve.table.months == months].set_index("base").n
    joined = int(sizes["everyone"] - sizes["buyers"])
    if joined == 0:
        return tr(
            "Nobody joined within the last {months}, so unequal exposure does not bend these shares.",
            months=_months(months),
        )
    values = {
        "joined": count(joined),
        "buyers": count(sizes["everyone"]),
        "months": _months(months),
        "effect": _effect(effect),
    }
    if effect.contains(0):
        return tr(
            "{joined} of {buyers} buyers of the last {months} joined within them; counting them changes the share by "
            "no more than chance may, {effect}.",
            **values,
        )
    return tr(
        "{joined} of {buyers} buyers of the last {months} joined within them; counting them moves the share by "
        "{effect}.",
        **values,
    )


def stay_claim(found: NextPeriod, *, interval: bool = False) -> str:
    """Whether the top of one period is the top of the next, against chance."""
    stay = found.stay
    values = {
        "top": percent(found.top, None),
        "first": str(found.first),
        "stay": _with_interval(stay, interval),
        "second": str(found.second),
        "chance": percent(found.chance),
    }
    if stay.contains(found.chance):
        said = tr(
            "Of the top {top} of {first}, {stay} were in the top again from {second}, where chance gives {chance}; "
            "no more than chance: these data do not show that the top is a kind of customer.",
            **values,
        )
    elif stay.low is not None and stay.low > found.chance:
        said = tr(
            "Of the top {top} of {first}, {stay} were in the top again from {second}, where chance gives {chance}; "
            "more than chance, and {changed} of the list changed.",
            **values,
            changed=percent(1 - stay.value),
        )
    else:
        said = tr(
            "Of the top {top} of {first}, {stay} were in the top again from {second}, where chance gives {chance}; "
            "less than chance: the top of one period buys less in the next.",
            **values,
        )
    return f"{said}{_cut_note(found)}"


def share_next_claim(found: NextPeriod, *, interval: bool = False) -> str:
    """What the top of one period made of the next period's value, beside what it made of its own."""
    share = found.share_next
    values = {
        "share_first": percent(found.share_first),
        "first": str(found.first),
        "share_next": _with_interval(share, interval),
    }
    if share.high is not None and share.high < found.share_first:
        return tr(
            "The customers who made {share_first} of the value of {first} made {share_next} of that of the next "
            "period: picked for a good period, they fell back towards the others.",
            **values,
        )
    return tr(
        "The customers who made {share_first} of the value of {first} made {share_next} of that of the next period: "
        "no clear fall.",
        **values,
    )


def _cut_note(found: NextPeriod) -> str:
    if min(found.cut_first, found.cut_second) > 0:
        return ""
    note = tr("Fewer customers bought than the top has places, so the places left were split among the others.")
    return f" {note}"


def _with_interval(estimate: Estimate, wanted: bool) -> str:
    shown = in_words(estimate.low, estimate.high, level=estimate.level) if wanted else ""
    return f"{percent(estimate.value)}{shown}"


def _effect(estimate: Estimate) -> str:
    said = points(estimate.value)
    if estimate.low is None or estimate.high is None:
        return said
    low, high = (localised(f"{100 * end:+.1f}") for end in (estimate.low, estimate.high))
    return tr("{effect} ({low} to {high})", effect=said, low=low, high=high)


def _months(months: int) -> str:
    return trn(months, "{n} month", "{n} months", n=count(months))
