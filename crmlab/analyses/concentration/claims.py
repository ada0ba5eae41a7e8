"""What was found about concentration, as sentences made from the numbers.

A sentence says what the interval allows: in data without the effect it says that there is none. With
`interval=True` it names the interval too; a finding shows it beside the sentence.
"""

from crmlab.analyses.concentration.results import Concentration, WindowCurve
from crmlab.analyses.concentration.stability import NextPeriod
from crmlab.estimate import Estimate

PARETO_TOP, PARETO_SHARE = 0.2, 0.8


def top_share_claim(found: Concentration, *, interval: bool = False) -> str:
    """How much the top makes, and for the top 20 % whether 80/20 describes it."""
    share = found.top_share
    said = (
        f"The top {_short(found.top)} of customers ({found.top_count:,} of {share.n:,}) made "
        f"{_percent(share.value)} of the value{_interval(share, interval)}"
    )
    if found.top != PARETO_TOP or share.low is None or share.high is None:
        return f"{said}."
    if share.contains(PARETO_SHARE):
        return f"{said}; 80/20 is within that interval."
    return f"{said}: {'more' if share.low > PARETO_SHARE else 'less'} concentrated than 80/20."


def gini_claim(found: Concentration) -> str:
    """The Gini index, with a warning where negative values spoil it."""
    said = f"The Gini index of customer value is {found.gini.value:.3f} (0: all alike; near 1: one makes all)"
    if not found.negative:
        return f"{said}."
    return (
        f"{said}. {found.negative:,} of {found.gini.n:,} customers have a value below zero, so the index can exceed 1 "
        "and does not compare with that of other companies."
    )


def customers_for_claim(found: Concentration, *, interval: bool = False) -> str:
    """How few customers make most of the value."""
    needed = found.customers_for
    return (
        f"It takes {found.customers_for_count:,} of {needed.n:,} customers, {_percent(needed.value)}"
        f"{_interval(needed, interval)}, to make {_short(found.made)} of the value."
    )


def window_claim(curve: WindowCurve) -> str:
    """Whether the top share depends on how long one looks."""
    effect = curve.window_effect
    if effect is None:
        return "Fewer than two windows could be computed, so the effect of their length is not known."
    buyers = curve.table[curve.table.base == "buyers"].sort_values("months")
    short, long = buyers.iloc[0], buyers.iloc[-1]
    said = (
        f"Among known customers who bought, the top {_short(curve.top)} made {_percent(short.value)} of the value "
        f"over {_months(short.months)} and {_percent(long.value)} over {_months(long.months)}"
    )
    if effect.contains(0):
        return f"{said}; the difference is within its interval, {_points(effect)}."
    return f"{said}: {_points(effect)} from the shorter window to the longer."


def not_computed_claim(curve: WindowCurve) -> str:
    """Which windows are not in the curve, and why."""
    if curve.not_computed.empty:
        return "Every window that was asked for could be computed."
    rows = curve.not_computed.to_dict(orient="records")
    reasons = [f"{_months(row['months'])} ({row['reason']})" for row in rows]
    return f"Windows not computed: {'; '.join(reasons)}. Shorter windows or a longer history would serve."


def denominator_claim(curve: WindowCurve) -> str:
    """What counting the known customers who did not buy does to the share, in the longest window."""
    if curve.table.empty:
        return "No window could be computed, so the effect of the denominator is not known."
    longest = curve.table[curve.table.months == curve.table.months.max()].set_index("base")
    buyers, everybody = longest.loc["buyers"], longest.loc["all"]
    said = f"Over {_months(buyers.months)} the top {_short(curve.top)} made {_percent(buyers.value)} among "
    if buyers.n == everybody.n:
        return f"{said}the {buyers.n:,} known customers, all of whom bought: both denominators agree."
    return (
        f"{said}the {buyers.n:,} known customers who bought, and {_percent(everybody.value)} among all "
        f"{everybody.n:,} known customers: the same sales, another denominator."
    )


def joining_claim(curve: WindowCurve) -> str:
    """Whether customers who joined within the window bend the usual number."""
    effect = curve.joining_effect
    if effect is None:
        return "No window could be computed, so the effect of customers who joined within it is not known."
    months = curve.table.months.max()
    sizes = curve.table[curve.table.months == months].set_index("base").n
    joined = int(sizes["everyone"] - sizes["buyers"])
    if joined == 0:
        return f"Nobody joined within the last {_months(months)}, so unequal exposure does not bend these shares."
    said = f"{joined:,} of {sizes['everyone']:,} buyers of the last {_months(months)} joined within them"
    if effect.contains(0):
        return f"{said}; counting them changes the share by no more than chance may, {_points(effect)}."
    return f"{said}; counting them moves the share by {_points(effect)}."


def stay_claim(found: NextPeriod, *, interval: bool = False) -> str:
    """Whether the top of one period is the top of the next, against chance."""
    stay = found.stay
    said = (
        f"Of the top {_short(found.top)} of {found.first}, {_percent(stay.value)}{_interval(stay, interval)} were in "
        f"the top again from {found.second}, where chance gives {_percent(found.chance)}"
    )
    if stay.contains(found.chance):
        verdict = "no more than chance: these data do not show that the top is a kind of customer."
    elif stay.low is not None and stay.low > found.chance:
        verdict = f"more than chance, and {_percent(1 - stay.value)} of the list changed."
    else:
        verdict = "less than chance: the top of one period buys less in the next."
    return f"{said}; {verdict}{_cut_note(found)}"


def share_next_claim(found: NextPeriod, *, interval: bool = False) -> str:
    """What the top of one period made of the next period's value, beside what it made of its own."""
    share = found.share_next
    said = (
        f"The customers who made {_percent(found.share_first)} of the value of {found.first} made "
        f"{_percent(share.value)}{_interval(share, interval)} of that of the next period"
    )
    if share.high is not None and share.high < found.share_first:
        return f"{said}: picked for a good period, they fell back towards the others."
    return f"{said}: no clear fall."


def _cut_note(found: NextPeriod) -> str:
    if min(found.cut_first, found.cut_second) > 0:
        return ""
    return " Fewer customers bought than the top has places, so the places left were split among the others."


def _interval(estimate: Estimate, wanted: bool) -> str:
    if not wanted or estimate.low is None or estimate.high is None:
        return ""
    return f" ({estimate.level:.0%} interval {100 * estimate.low:.1f} to {_percent(estimate.high)})".replace(
        "%", " %", 1
    )


def _points(estimate: Estimate) -> str:
    said = f"{100 * estimate.value:+.1f} points"
    if estimate.low is None or estimate.high is None:
        return said
    return f"{said} ({100 * estimate.low:+.1f} to {100 * estimate.high:+.1f})"


def _months(months: int) -> str:
    return f"{months} month{'' if months == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _short(share: float) -> str:
    return f"{100 * share:g} %"
