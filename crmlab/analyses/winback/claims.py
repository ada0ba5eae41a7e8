"""What was found about saving and winning back, as sentences made from the numbers."""

import math

import pandas as pd

from crmlab.analyses.winback.breakeven import BreakEvenValue
from crmlab.analyses.winback.exits import Life
from crmlab.analyses.winback.trial import Kind, Trial
from crmlab.estimate import Estimate
from crmlab.language import count, interval, money, number, percent, points, tr, translated


def kind_name(kind: str) -> str:
    """`Save` or `Win back`, to begin a sentence with."""
    return translated(kind.replace("_", " ")).capitalize()


def exits_claim(left: pd.DataFrame, returned: Estimate, *, lapsed_days: int, days: int) -> str:
    """How many left, and how many of them came back by themselves."""
    return tr(
        "{n} customers have at least once been silent for more than {lapsed} days. Of those who could be followed, "
        "{share}{interval} bought again within {days} days of that, without any campaign: that is the baseline every "
        "win-back has to beat.",
        n=count(len(left)),
        lapsed=count(lapsed_days),
        share=percent(returned.value),
        interval=interval(returned.low, returned.high),
        days=count(days),
    )


def week_claim(ratio: Estimate | None) -> str:
    """Whether the first week is four times the fourth."""
    if ratio is None:
        return tr("Too few came back in the first or the fourth week to compare them.")
    said = {"ratio": number(ratio.value), "interval": interval(ratio.low, ratio.high, number)}
    if ratio.contains(1.0) and not ratio.contains(4.0):
        return tr(
            "A return is {ratio} times{interval} as likely in the first week after the exit as in the fourth: no "
            "difference is shown, and the four times of the folklore are ruled out here.",
            **said,
        )
    if ratio.contains(1.0):
        return tr(
            "A return is {ratio} times{interval} as likely in the first week after the exit as in the fourth: neither "
            "no difference nor the four times of the folklore can be ruled out.",
            **said,
        )
    if ratio.contains(4.0):
        return tr(
            "A return is {ratio} times{interval} as likely in the first week after the exit as in the fourth: here "
            "the four times of the folklore may hold.",
            **said,
        )
    return tr(
        "A return is {ratio} times{interval} as likely in the first week after the exit as in the fourth: they "
        "differ, but not by the four times of the folklore.",
        **said,
    )


def life_claim(second: Life | None, first: Life | None, *, currency: str) -> str:
    """What a second life is worth beside a first."""
    if second is None or first is None:
        return tr("Too few who came back were followed for long enough to value a second life.")
    said = {
        "days": count(second.days),
        "second": money(second.revenue.value, currency, 0),
        "interval": interval(second.revenue.low, second.revenue.high, lambda value: money(value, currency, 0)),
        "first": money(first.revenue.value, currency, 0),
        "n": count(second.revenue.n),
    }
    if (second.revenue.high or 0) < (first.revenue.low or 0):
        return tr(
            "In the {days} days from their return on, customers who came back by themselves spent {second}{interval} "
            "each (n = {n}); newcomers spend {first} in as many days from their first purchase. A second life is "
            "worth less than a first.",
            **said,
        )
    if (second.revenue.low or 0) > (first.revenue.high or 0):
        return tr(
            "In the {days} days from their return on, customers who came back by themselves spent {second}{interval} "
            "each (n = {n}); newcomers spend {first} in as many days from their first purchase. A second life is "
            "worth more than a first.",
            **said,
        )
    return tr(
        "In the {days} days from their return on, customers who came back by themselves spent {second}{interval} each "
        "(n = {n}); newcomers spend {first} in as many days from their first purchase. Which is worth more cannot be "
        "told.",
        **said,
    )


def without_campaigns() -> str:
    """That no campaign can be learned from."""
    return tr(
        "No campaign of this client left customers alone by chance and was large enough. What a contact does is "
        "therefore not known, and no model can make it known: below stand the value from which on a contact would "
        "pay, for effects that are assumed, and the test that would settle it."
    )


def naive_claim(found: pd.DataFrame) -> str:
    """What a campaign that chose its customers seems to have done."""
    chosen = found[~found["randomised"].astype(bool) & (found["contacted"] > 0) & (found["left_alone"] > 0)]
    if chosen.empty:
        return tr("Every campaign with customers left alone left them alone by chance.")
    one = chosen.iloc[-1]
    return tr(
        "Of the customers contacted in {campaign} {contacted} said yes, of the others {alone}: a difference of "
        "{difference}. Nobody drew lots: those contacted were chosen, so they would have differed without any "
        "contact, and the number is no effect.",
        campaign=str(one["campaign_id"]),
        contacted=percent(one["yes_contacted"]),
        alone=percent(one["yes_left_alone"]),
        difference=points(one["yes_contacted"] - one["yes_left_alone"]),
    )


def trial_claim(trial: Trial) -> str:
    """Which campaign it is, of whom, and whether the arms are alike in consent."""
    return tr(
        "{kind}: campaign {campaign}, {window}; {n} customers who may be contacted, {contacted} of them contacted. "
        "{without} without consent are left out: {agreed} of the contacted had agreed and {alone} of those left "
        "alone, which chance should make alike.",
        kind=kind_name(trial.kind),
        campaign=trial.campaign_id,
        window=trial.window,
        n=count(len(trial.table)),
        contacted=count(trial.arms.contacted),
        without=count(trial.without_consent),
        agreed=percent(trial.agreed[0]),
        alone=percent(trial.agreed[1]),
    )


def effect_claim(kind: Kind, effect: Estimate) -> str:
    """What contacts did on average."""
    said = {
        "kind": kind_name(kind),
        "effect": points(effect.value),
        "interval": interval(effect.low, effect.high, points, effect.level),
        "n": count(effect.n),
    }
    if effect.contains(0.0):
        return tr(
            "{kind}: the effect of a contact on the yes cannot be told from none: {effect}{interval} (n = {n}).", **said
        )
    if effect.value > 0:
        return tr("{kind}: a contact added {effect}{interval} to the share of yes (n = {n}).", **said)
    return tr("{kind}: contacted customers said yes less often: {effect}{interval} (n = {n}).", **said)


def seen_claim(kind: Kind, seen: Estimate, *, days: int, currency: str) -> str:
    """What a contact brought in margin, less its cost, whatever a yes is worth."""
    said = {
        "kind": kind_name(kind),
        "days": count(days),
        "value": money(seen.value, currency, 0),
        "interval": interval(seen.low, seen.high, lambda value: money(value, currency, 0), seen.level),
    }
    if seen.contains(0.0):
        return tr(
            "{kind}: in the purchases of the {days} days after it a contact left {value}{interval} after its cost, "
            "which cannot be told from nothing.",
            **said,
        )
    if seen.value > 0:
        return tr("{kind}: in the purchases of the {days} days after it a contact left {value}{interval}.", **said)
    return tr("{kind}: in the purchases of the {days} days after it a contact lost {value}{interval}.", **said)


def break_even_claim(kind: Kind, found: BreakEvenValue, *, mean_value: float, currency: str) -> str:
    """From which value on a contact pays, and whether customers are worth that."""
    said = {
        "kind": kind_name(kind),
        "low": money(found.low, currency, 0),
        "level": percent(found.level, None),
        "mean": money(mean_value, currency, 0),
    }
    if math.isinf(found.low):
        return tr("{kind}: contacts lowered the yes, so no value of a yes makes them pay.", **said)
    if not found.shown:
        return tr(
            "{kind}: as the effect is not shown, no value of a yes is known to make a contact pay: the break-even "
            "value lies above {low} and has no upper end ({level} interval). The customers of the campaign are worth "
            "{mean} on average.",
            **said,
        )
    return tr(
        "{kind}: a contact pays where a yes is worth more than {value} ({level} interval {low} to {high}), which is "
        "also what an extra yes costs. The customers of the campaign are worth {mean} on average.",
        **said,
        value=money(found.value, currency, 0),
        high=money(found.high, currency, 0),
    )


def risk_claim(kind: Kind, correlation: float, fifths: pd.DataFrame) -> str:
    """Whether those at risk are those who can be persuaded."""
    least, most = fifths.iloc[0], fifths.iloc[-1]
    said = {
        "kind": kind_name(kind),
        "r": number(correlation),
        "most": points(most["effect"]),
        "most_interval": interval(most["low"], most["high"], points),
        "least": points(least["effect"]),
        "least_interval": interval(least["low"], least["high"], points),
    }
    # The groups hold different customers, so the variances of their effects add up.
    reach = math.hypot(most["high"] - most["effect"], least["high"] - least["effect"])
    if abs(most["effect"] - least["effect"]) <= reach:
        return tr(
            "{kind}: the rank correlation of risk and expected uplift is {r}. In the fifth at the highest risk a "
            "contact did {most}{most_interval}, in the fifth at the lowest {least}{least_interval}: that risk tells "
            "whom a contact changes is not shown.",
            **said,
        )
    return tr(
        "{kind}: the rank correlation of risk and expected uplift is {r}. In the fifth at the highest risk a contact "
        "did {most}{most_interval}, in the fifth at the lowest {least}{least_interval}: here risk says something of "
        "whom a contact changes.",
        **said,
    )
