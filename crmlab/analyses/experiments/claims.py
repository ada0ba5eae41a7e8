"""What a test found, as sentences made from the numbers; each holds in a world without any effect, too."""

from collections.abc import Mapping

import pandas as pd

from crmlab.analyses.experiments.checks import SampleRatio
from crmlab.analyses.experiments.compliance import Compliance
from crmlab.analyses.experiments.cuped import Cuped
from crmlab.analyses.experiments.effect import Effect
from crmlab.analyses.experiments.plan import NextTest
from crmlab.analyses.experiments.verdict import CLOSED, HARM, OPEN, TOO_SMALL, WORKS, WORTH, Verdict
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, money, number, percent, points, signed, signed_percent, tr, trn


def chosen_claim(table: pd.DataFrame) -> str:
    """How unlike the arms were before anything was done, where chance decided and where somebody chose."""
    apart = (table["before_low"] > 0) | (table["before_high"] < 0)
    chance = table["randomised"].astype(bool)
    parts = []
    for inside, sentence in (
        (~chance, "chosen"),
        (chance, "chance"),
    ):
        if not inside.any():
            continue
        told = {"apart": count((apart & inside).sum()), "n": count(inside.sum())}
        if sentence == "chosen":
            parts.append(tr("Where somebody chose, the arms differed before the campaign in {apart} of {n}.", **told))
        else:
            parts.append(tr("Where chance decided, the arms differed before the campaign in {apart} of {n}.", **told))
    return " ".join(parts) or tr("No campaign has two arms to compare.")


def chosen_effect_claim(row: pd.Series) -> str:
    """One campaign whose customers somebody chose: the difference after it, and the one that was there before."""
    return (
        tr(
            "{name}: the approached responded more often by {after}{interval}, but had bought more often by {before} "
            "in as many days before it. The comparison cannot say what the campaign did.",
            name=row["name"],
            after=points(row["value"]),
            interval=interval(row["low"], row["high"], points),
            before=points(row["before"]),
        )
        if row["before_low"] > 0
        else tr(
            "{name}: the difference was {after}{interval}; in as many days before it, it was {before}. Nobody knows in "
            "what else the chosen differ.",
            name=row["name"],
            after=points(row["value"]),
            interval=interval(row["low"], row["high"], points),
            before=points(row["before"]),
        )
    )


def ratio_claim(found: SampleRatio) -> str:
    """Whether the arms are as large as planned."""
    told = {"treated": count(found.observed[0]), "control": count(found.observed[1]), "p": number(found.p, 4)}
    planned = {"wanted": count(found.expected[0]), "others": count(found.expected[1])}
    if found.broken:
        return tr(
            "The arms hold {treated} and {control} customers where {wanted} and {others} were planned (chance of that: "
            "{p}). Somebody was lost on the way, and not by chance: no result of this test can be trusted.",
            **told,
            **planned,
        )
    return tr(
        "The arms hold {treated} and {control} customers where {wanted} and {others} were planned (chance of a gap as "
        "large: {p}): as planned.",
        **told,
        **planned,
    )


def ratios_claim(table: pd.DataFrame) -> str:
    """How many tests have the arms they were planned with."""
    broken = list(table.loc[table["fair"] == "broken", "campaign_id"])
    checked = int(table["p"].notna().sum())
    if not checked:
        return tr("Nobody wrote down how many were to be left alone, so lost customers would not be noticed.")
    if broken:
        return tr(
            "Of {n} tests with a known plan {broken} have arms that chance does not explain: {names}.",
            n=count(checked),
            broken=count(len(broken)),
            names=listed(broken),
        )
    return trn(
        checked,
        "The one test with a known plan has the arms it was planned with, as far as chance goes.",
        "All {n} tests with a known plan have the arms they were planned with, as far as chance goes.",
        n=count(checked),
    )


def balance_claim(table: pd.DataFrame, level: float = 0.95) -> str:
    """Whether the arms were alike in what was known before."""
    if table.empty:
        return tr("Nothing was known of these customers before the test.")
    most = table.iloc[int(table["difference"].abs().to_numpy().argmax())]
    told = {"n": count(len(table)), "most": number(abs(float(most["difference"])), 3), "what": str(most["what"])}
    if (table["p_holm"] < 1 - level).any():
        return tr(
            "Of {n} things known before, the arms differ in at least one more than chance explains; most in {what}, by "
            "{most} standard deviations. Find out how the arms were drawn before you read on.",
            **told,
        )
    return tr(
        "Of {n} things known before, the arms differ in none more than chance explains; most in {what}, by {most} "
        "standard deviations.",
        **told,
    )


def effect_claim(one: Estimate) -> str:
    """What being in the arm changed in responses."""
    told = {
        "value": points(one.value),
        "interval": interval(one.low, one.high, points, one.level),
        "of": one.denominator,
    }
    if one.contains(0.0):
        return tr("An effect on responses cannot be told from none: {value}{interval}, of {of}.", **told)
    if one.value > 0:
        return tr("Those to be approached responded more often by {value}{interval}, of {of}.", **told)
    return tr("Those to be approached responded less often: {value}{interval}, of {of}.", **told)


def relative_claim(one: Estimate) -> str:
    """The same relative to those left alone."""
    told = {"value": signed_percent(one.value), "interval": interval(one.low, one.high, signed_percent, one.level)}
    if one.contains(0.0):
        return tr("Relative to those left alone: {value}{interval}, which leaves room for none.", **told)
    return tr("Relative to those left alone: {value}{interval}.", **told)


def money_claim(one: Estimate, currency: str) -> str:
    """What being in the arm changed in revenue for each customer."""
    told = {"value": _money(one.value, currency), "interval": _ends(one, currency)}
    if one.contains(0.0):
        return tr("An effect on revenue cannot be told from none: {value} a customer{interval}.", **told)
    return tr("Revenue changed by {value} a customer{interval}.", **told)


def contribution_claim(one: Estimate, currency: str) -> str:
    """What being in the arm left after its cost."""
    told = {"value": _money(one.value, currency), "interval": _ends(one, currency)}
    if one.contains(0.0):
        return tr("Whether it earned its cost cannot be told: {value} a customer{interval}.", **told)
    if one.value > 0:
        return tr("After its cost it left {value} a customer{interval}.", **told)
    return tr("It cost more than it brought: {value} a customer{interval}.", **told)


def effect_claims(found: Effect, currency: str) -> list[str]:
    """All that can be said of an effect, responses first."""
    said = [effect_claim(found.responses)]
    said += [relative_claim(found.relative)] if found.relative else []
    said += [money_claim(found.revenue, currency)] if found.revenue else [tr("Revenue is not known of everybody.")]
    return said + ([contribution_claim(found.contribution, currency)] if found.contribution else [])


def cuped_claim(found: Cuped, currency: str) -> str:
    """What the past explains, and what that is worth."""
    return tr(
        "What customers bought before explains {cut} of the variance of what they bought after. With it taken off, the "
        "effect on revenue is {value} a customer{interval}, the interval {shorter} as wide as without.",
        cut=percent(found.variance_cut),
        value=_money(found.adjusted.value, currency),
        interval=_ends(found.adjusted, currency),
        shorter=percent(_width(found.adjusted) / _width(found.plain) if _width(found.plain) else 1.0),
    )


def peeking_claim(looks: int, alarm: float, simulated: float, tests: int) -> str:
    """What looking too often costs."""
    return tr(
        "Of {tests} simulated tests without any effect, {simulated} crossed the usual bound at one of {looks} looks; "
        "reckoned, it is {alarm} instead of {alpha}.",
        tests=count(tests),
        simulated=percent(simulated),
        looks=count(looks),
        alarm=percent(alarm),
        alpha=percent(0.05, None),
    )


def looks_claim(table: pd.DataFrame) -> str:
    """When this test could have been stopped."""
    if table.empty:
        return tr("No look at this test had results in both arms.")
    crossed = table[table["crossed"]]
    naive = table[table["z"].abs() > table["single"]]
    early = [count(look) for look in naive["look"] if look not in set(crossed["look"])]
    if crossed.empty:
        said = tr("At none of {n} looks did the result cross its bound.", n=count(len(table)))
    else:
        first = crossed.iloc[0]
        said = tr(
            "The result crossed its bound at look {look} of {n}, with {share} of the results in.",
            look=count(first["look"]),
            n=count(len(table)),
            share=percent(first["information"]),
        )
    if not early:
        return said
    return f"{said} {tr('A hasty reader would have called it at look {looks}, too.', looks=listed(early))}"


def compliance_claim(found: Compliance) -> str:
    """What the attempt did, and what being reached did."""
    told = {
        "reach": percent(found.reach.value),
        "intention": points(found.intention.value),
        "interval": interval(found.intention.low, found.intention.high, points, found.intention.level),
    }
    if found.compliers is None:
        return tr(
            "The arms differ in reach by {reach}, too little to tell the effect of being reached; by intention it is "
            "{intention}{interval}.",
            **told,
        )
    one = found.compliers
    return tr(
        "The campaign reached {reach} of those it was meant for more than of the others. By intention the effect is "
        "{intention}{interval}; on those whom it reached it is {compliers}{ends}.",
        **told,
        compliers=points(one.value),
        ends=interval(one.low, one.high, points, one.level),
    )


def groups_claim(table: pd.DataFrame, differ: float, level: float = 0.95) -> str:
    """In how many groups an effect is shown, before and after the number of questions is taken into account."""
    told = {
        "n": count(len(table)),
        "alone": count((table["p"] < 1 - level).sum()),
        "shown": count(table["shown"].sum()),
        "p": number(differ, 3),
    }
    if differ < 1 - level:
        return tr(
            "Taken alone, {alone} of {n} groups differ from none; with all of them in mind {shown} do. The effects "
            "differ between the groups more than chance explains (p = {p}).",
            **told,
        )
    return tr(
        "Taken alone, {alone} of {n} groups differ from none; with all of them in mind {shown} do. That the groups "
        "respond differently is not shown (p = {p}).",
        **told,
    )


def verdict_claim(found: Verdict) -> str:
    """What the test means against the smallest effect that would pay."""
    told = {
        "value": points(found.estimate.value),
        "interval": interval(found.estimate.low, found.estimate.high, points, found.estimate.level),
        "worth": points(found.worthwhile),
    }
    said: Mapping[str, str] = {
        WORTH: tr("It works, and by at least what would pay ({worth}): {value}{interval}.", **told),
        WORKS: tr("It works; whether by what would pay ({worth}) is open: {value}{interval}.", **told),
        TOO_SMALL: tr("It works, but by less than what would pay ({worth}): {value}{interval}.", **told),
        HARM: tr("It does harm: {value}{interval}.", **told),
        CLOSED: tr("An effect as large as what would pay ({worth}) is ruled out: {value}{interval}.", **told),
        OPEN: tr(
            "The test shows nothing, and rules nothing out: {value}{interval} leaves room for no effect and for one "
            "that would pay ({worth}). It was too small for the question.",
            **told,
        )
        if (found.estimate.high or 0) >= found.worthwhile
        else tr("An effect is not shown: {value}{interval}; what would pay is {worth}.", **told),
    }
    return said[found.kind]


def plan_claim(plan: NextTest) -> str:
    """What the next test takes, and what it can see."""
    told = {
        "contact": count(plan.sizes["contact"]),
        "alone": count(plan.sizes["do_nothing"]),
        "days": count(plan.days),
        "wanted": points(plan.test.wanted),
        "power": percent(plan.test.power, None),
        "baseline": percent(plan.test.baseline),
    }
    if plan.test.uplift is None:
        return tr(
            "With {contact} customers to contact and {alone} to leave alone no effect can be seen: too few would "
            "respond anyway ({baseline}). {needed} in each arm are needed.",
            needed=count(plan.test.needed),
            **told,
        )
    told["uplift"] = points(plan.test.uplift)
    if plan.test.enough:
        return tr(
            "{contact} customers to contact and {alone} to leave alone, over {days} days: with a chance of {power} the "
            "test finds {uplift} over {baseline}; {wanted} are wanted.",
            **told,
        )
    return tr(
        "{contact} customers to contact and {alone} to leave alone, over {days} days, are all there are: with a chance "
        "of {power} the test finds {uplift} over {baseline}, and would miss the {wanted} that are wanted, for which "
        "{needed} in each arm are needed.",
        needed=count(plan.test.needed),
        **told,
    )


def consent_claim(plan: NextTest, known: bool) -> str:
    """Who was held back from the test."""
    if not known:
        return tr("Whether these customers may be contacted is not known: ask before anybody is.")
    return tr(
        "Of {n} customers who would suit, {no} have not agreed to be contacted and {unknown} were never asked; they "
        "are in neither arm. {spare} more may be contacted and are not needed.",
        n=count(plan.candidates),
        no=count(plan.suppressed),
        unknown=count(plan.unknown),
        spare=count(plan.spare),
    )


def _money(value: float, currency: str) -> str:
    return signed(money(abs(value), currency), value)


def _ends(one: Estimate, currency: str) -> str:
    return interval(one.low, one.high, lambda value: _money(value, currency), one.level)


def _width(one: Estimate) -> float:
    return (one.high or 0.0) - (one.low or 0.0)
