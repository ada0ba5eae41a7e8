"""What a test found, as sentences made from the numbers; each holds in a world without any effect, too."""

from collections.abc import Mapping

import pandas as pd

from crmlab.analyses.experiments.compliance import Compliance
from crmlab.analyses.experiments.cuped import Cuped
from crmlab.analyses.experiments.effect import Effect
from crmlab.analyses.experiments.events import RateJump
from crmlab.analyses.experiments.plan import NextTest
from crmlab.analyses.experiments.verdict import CLOSED, HARM, OPEN, TOO_SMALL, WORKS, WORTH, Verdict
from crmlab.estimate import Estimate
from crmlab.language import (
    count,
    interval,
    listed,
    money_form,
    month,
    number,
    percent,
    points,
    signed,
    signed_percent,
    tr,
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
    told = _amount(one, currency)
    if one.contains(0.0):
        return tr("An effect on revenue cannot be told from none: {value} a customer{interval}.", **told)
    return tr("Revenue changed by {value} a customer{interval}.", **told)


def contribution_claim(one: Estimate, currency: str) -> str:
    """What being in the arm left after its cost."""
    told = _amount(one, currency)
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
        shorter=percent(_width(found.adjusted) / _width(found.plain) if _width(found.plain) else 1.0),
        **_amount(found.adjusted, currency),
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


def event_claim(jump: RateJump | None, then: Estimate | None, year_before: Estimate | None) -> str:
    """What before and after say of the rise of the deposit rate, and what they say of a year without one."""
    if jump is None or then is None:
        return tr("When the deposit rate rose, and what customers did then, is not known.")
    told = {
        "month": month(jump.day),
        "low": percent(jump.before),
        "high": percent(jump.after),
        "value": points(then.value),
        "interval": interval(then.low, then.high, points, then.level),
    }
    if year_before is None:
        return tr(
            "In {month} the deposit rate rose from {low} to {high}; the share of customers that bought changed by "
            "{value}{interval}. What it does in a year without a rise is not known.",
            **told,
        )
    return tr(
        "In {month} the deposit rate rose from {low} to {high}; the share of customers that bought changed by "
        "{value}{interval}. Over the same days of the year before, without the rise, it changed by {other}{ends}.",
        **told,
        other=points(year_before.value),
        ends=interval(year_before.low, year_before.high, points, year_before.level),
    )


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


def _amount(one: Estimate, currency: str) -> dict[str, str]:
    """The value, with its sign, and its interval in the same form."""
    form = money_form(currency, one.value, one.low, one.high)

    def told(value: float) -> str:
        return signed(form(abs(value)), value)

    return {"value": told(one.value), "interval": interval(one.low, one.high, told, one.level)}


def _width(one: Estimate) -> float:
    return (one.high or 0.0) - (one.low or 0.0)
