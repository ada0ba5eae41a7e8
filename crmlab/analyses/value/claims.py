"""What was found about the value of customers, as sentences made from the numbers.

A sentence says what the data allow: that a forecast lost, that no model could be fitted, that value is revenue
because nobody named a margin. With `with_interval=True` it names the interval too; a
finding shows it beside the sentence. What the hold-out showed is said in `verdicts`.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from crmlab.analyses.value.basis import Basis, span
from crmlab.analyses.value.fits import Fit
from crmlab.analyses.value.newcomers import NewCustomer
from crmlab.analyses.value.outlook import Outlook
from crmlab.analyses.value.sensitivity import Tornado
from crmlab.analyses.value.simple import Naive
from crmlab.estimate import Estimate
from crmlab.language import count, interval, money, money_form, number, percent, tr

NOTICEABLE_RETURNS = 0.005


def basis_claim(terms: Basis) -> str:
    """What every value below is, and who said so."""
    if terms.margin_rate is None and terms.discount_rate_per_year is None:
        return tr(
            "Every value below is undiscounted revenue in {currency}: neither a margin nor a discount rate was named, "
            "and none is assumed. What may be spent is less: the margin's share of it.",
            currency=terms.currency,
        )
    said = tr("Every value below is {basis}, in {currency}.", basis=terms.label, currency=terms.currency)
    return f"{said} {_who_said(terms)}"


def _who_said(terms: Basis) -> str:
    source = terms.supplied_by or tr("the parameters of this run or the client file")
    if terms.margin_rate is None:
        return tr("No margin was named, so it is not profit; the discount rate comes from {source}.", source=source)
    if terms.discount_rate_per_year is None:
        margin = percent(terms.margin_rate)
        return tr(
            "The margin of {margin} comes from {source}; no discount rate was named.", margin=margin, source=source
        )
    return tr(
        "The margin of {margin} and the discount rate come from {source}.",
        margin=percent(terms.margin_rate),
        source=source,
    )


def so_far_claim(found: Estimate, currency: str, *, with_interval: bool = False) -> str:
    """What customers have brought so far: a description, true whatever becomes of any forecast."""
    form = money_form(currency, found.value, *((found.low, found.high) if with_interval else ()))
    return tr(
        "So far {n} customers have brought {total} of net revenue, {mean}{interval} each on average.",
        n=count(found.n),
        total=money(found.value * found.n, currency, 0),
        mean=form(found.value),
        interval=_interval(found, form) if with_interval else "",
    )


def naive_claim(found: Naive, currency: str) -> str:
    """How far the usual formula's answers lie apart."""
    if len(found.table) < 2:  # noqa: PLR2004 - one answer has nothing to differ from
        return tr("Too little has been seen for more than one guess at a lifetime.")
    least, most = float(found.table["value"].min()), float(found.table["value"].max())
    form = money_form(currency, least, most)
    return tr(
        "The same formula on the same data gives a customer a value between {least} and {most} of undiscounted "
        "revenue, {times} times as much, depending only on how the lifetime is guessed.",
        least=form(least),
        most=form(most),
        times=number(found.spread, 1),
    )


def lifetime_names(found: Naive) -> list[str]:
    """The guesses at a lifetime in words, in the order of the rows."""
    names = {
        "seen": tr("first to last purchase"),
        "known": tr("first purchase to today"),
        "churn": tr("one over yearly churn"),
    }
    return [names[guess] for guess in found.table["lifetime"]]


def tier_names(table: pd.DataFrame) -> list[str]:
    """The tiers in words, in the order of the rows."""
    names = {"top": tr("top"), "middle": tr("middle"), "low": tr("low"), "little": tr("little")}
    return [names[tier] for tier in table["tier"]]


def one_time_claim(found: Estimate) -> str:
    """Of how many customers BG/NBD can say nothing about having left; from `bought_once`."""
    return tr(
        "{once} of {all} customers ({share}) bought once. BG/NBD gives every one of them a probability of exactly 1 of "
        "still being a customer, because it lets customers leave only after a repeat purchase. For them that number "
        "means nothing, and it is not handed on.",
        once=count(round(found.value * found.n)),
        all=count(found.n),
        share=percent(found.value),
    )


def fit_claims(fit: Fit) -> tuple[str, ...]:
    """What was found out about the fit: reasons not to use it, or what to know of it."""
    if fit.problems:
        return (tr("The models cannot be used on these data."), *fit.problems, *fit.notes)
    return (
        tr("Both models could be fitted; whether they are of use is decided below, on days they have not seen."),
        *fit.notes,
    )


def association_claim(found: Estimate, *, with_interval: bool = False) -> str:
    """Whether frequency and spend hang together, from `crmlab.models.spend_correlation`."""
    if found.low is None:
        return tr("Too few customers bought again, or all alike: whether frequency and spend hang together is unknown.")
    values = {"r": number(found.value), "n": count(found.n)}
    values["interval"] = _interval(found, number) if with_interval else ""
    if found.contains(0):
        return tr(
            "Among the {n} customers who bought again, the correlation of frequency and mean spend is {r}{interval}: "
            "no more than chance may give, as the spending model assumes.",
            **values,
        )
    if found.value > 0:
        return tr(
            "Among the {n} customers who bought again, the correlation of frequency and mean spend is {r}{interval}: "
            "those who buy more often spend more each time, which the spending model assumes they do not.",
            **values,
        )
    return tr(
        "Among the {n} customers who bought again, the correlation of frequency and mean spend is {r}{interval}: those "
        "who buy more often spend less each time, which the spending model assumes they do not.",
        **values,
    )


def total_claim(known: Outlook, *, with_interval: bool = False) -> str:
    """What the customers known today are expected to bring together."""
    form = partial(money, currency=known.basis.currency, decimals=0)
    values = {
        "n": count(known.total.n),
        "value": form(known.total.value),
        "basis": known.basis.label,
        "span": span(known.horizon_months),
    }
    if known.kind == "naive":
        return tr(
            "If the {n} customers known today buy again as in the period before, they bring {value} of {basis} in the "
            "next {span}. No model could be relied on, so this has no interval.",
            **values,
        )
    return tr(
        "The {n} customers known today are expected to bring {value}{interval} of {basis} in the next {span}.",
        interval=_interval(known.total, form) if with_interval else "",
        **values,
    )


def buyers_claim(known: Outlook, *, with_interval: bool = False) -> str:
    """How many customers are expected to buy at all."""
    if known.buyers is None:
        return tr("How many of today's customers will buy again is not known without a model.")
    return tr(
        "{buyers}{interval} of the {n} customers known today are expected to buy at least once in the next {span}.",
        buyers=count(known.buyers.value),
        interval=_interval(known.buyers, count) if with_interval else "",
        n=count(known.buyers.n),
        span=span(known.horizon_months),
    )


def mean_claim(known: Outlook) -> str:
    """What that is for a single customer, and how unlike single customers are."""
    values = known.customers["value"]
    mean, median, tenth = known.total.value / known.total.n, float(values.median()), float(values.quantile(0.9))
    form = money_form(known.basis.currency, mean, median, tenth)
    return tr(
        "That is {mean} a customer on average, but the average customer does not exist: half are expected to bring "
        "less than {median}, one in ten more than {tenth}.",
        mean=form(mean),
        median=form(median),
        tenth=form(tenth),
    )


def tiers_claim(table: pd.DataFrame, known: Outlook) -> str:
    """How few customers carry half of the future value."""
    tops = table[table["tier"] == "top"].to_dict(orient="records")
    if not tops:
        return tr("Nobody is expected to bring anything, so there are no tiers.")
    top = tops[0]
    return tr(
        "{customers} customers ({share} of all) carry {carried} of the value expected in the next {span}.",
        customers=count(top["customers"]),
        share=percent(top["share_of_customers"]),
        carried=percent(top["share_of_value"]),
        span=span(known.horizon_months),
    )


def keep_claim(table: pd.DataFrame, known: Outlook) -> str:
    """What keeping a customer of the top tier can bring at most, on average."""
    top = table[(table["tier"] == "top") & table["at_stake"].notna()]
    if top.empty:
        return tr("What keeping a customer may cost cannot be said without a model of who has left.")
    return tr(
        "To make certain that a customer of the top tier stays would be worth {stake} on average, in {basis}: what "
        "keeping one may cost at most, and only if it worked every time.",
        stake=money(float(top["at_stake"].iloc[0]), known.basis.currency),
        basis=known.basis.label,
    )


def ceiling_claim(known: NewCustomer, *, with_interval: bool = False) -> str:
    """How much may be spent at most to win a customer."""
    worth = known.ceiling
    if worth is None:
        return tr(
            "What a new customer is worth is not known: too few customers were observed for {span}, and no "
            "model could be relied on.",
            span=span(known.horizon_months),
        )
    form = money_form(known.basis.currency, worth.value, worth.low, worth.high)
    values = {
        "value": form(worth.value),
        "interval": _interval(worth, form) if with_interval else "",
        "basis": known.basis.label,
        "span": span(known.horizon_months),
    }
    if known.basis.margin_rate is None:
        return tr(
            "A new customer brings {value}{interval} of {basis} in the first {span}, first purchase included. "
            "Winning one may cost no more than the margin's share of that.",
            **values,
        )
    return tr(
        "A new customer brings {value}{interval} of {basis} in the first {span}, first purchase included. "
        "Winning one may cost no more than that.",
        **values,
    )


def ceiling_check_claim(known: NewCustomer) -> str:
    """Whether the models agree with what newcomers really brought."""
    if known.observed is None or known.expected is None:
        return tr("The two ways to value a new customer could not both be used, so they cannot check each other.")
    both = (known.expected, known.observed)
    form = money_form(known.basis.currency, *(end for one in both for end in (one.value, one.low, one.high)))
    values = {
        "expected": form(known.expected.value),
        "expected_interval": _interval(known.expected, form),
        "observed": form(known.observed.value),
        "observed_interval": _interval(known.observed, form),
        "n": count(known.observed.n),
    }
    if known.observed.contains(known.expected.value):
        return tr(
            "The models expect {expected}{expected_interval}; the {n} customers observed that long brought "
            "{observed}{observed_interval}: the two agree.",
            **values,
        )
    return tr(
        "The models expect {expected}{expected_interval}; the {n} customers observed that long brought "
        "{observed}{observed_interval}: the two do not agree, and what was observed is the one to plan with.",
        **values,
    )


def cost_claim(known: NewCustomer, acquisition_cost: float | None) -> str:
    """What the ceiling says of the cost of winning a customer, if one is named."""
    worth = known.ceiling
    if acquisition_cost is None or worth is None:
        return tr("What winning a customer costs was not named, so the ceiling stands without a verdict.")
    values = {"cost": money(acquisition_cost, known.basis.currency), "basis": known.basis.label}
    if known.basis.margin_rate is None:
        needed = percent(acquisition_cost / worth.value) if worth.value > 0 else percent(float("nan"))
        return tr(
            "Winning a customer costs {cost}. That is earned back within the horizon if the margin is {needed} or "
            "more.",
            needed=needed,
            **values,
        )
    if worth.low is not None and acquisition_cost < worth.low:
        return tr(
            "Winning a customer costs {cost}, less than even the lower end of what one brings ({basis}).", **values
        )
    if worth.high is not None and acquisition_cost > worth.high:
        return tr(
            "Winning a customer costs {cost}, more than even the upper end of what one brings ({basis}).", **values
        )
    return tr(
        "Winning a customer costs {cost}, which is within the interval of what one brings ({basis}): these data do not "
        "say whether it pays within the horizon.",
        **values,
    )


def sensitivity_claim(found: Tornado, known: Outlook) -> str:
    """Which setting the total rests on most."""
    if found.table.empty or found.base <= 0:
        return tr("There is no total whose settings could be varied.")
    first = found.table.iloc[0]
    form = partial(money, currency=known.basis.currency, decimals=0)
    return tr(
        "The total rests most on this: {factor}. It is {low} with {low_setting} and {high} with {high_setting}, "
        "where {base} is the value as it stands.",
        factor=str(first["factor"]),
        low=form(float(first["low"])),
        low_setting=str(first["low_setting"]),
        high=form(float(first["high"])),
        high_setting=str(first["high_setting"]),
        base=form(found.base),
    )


def returns_claim(purchase_total: float, net_total: float) -> str:
    """How much of the purchases came back on other days, which value does not take off."""
    share = 1 - net_total / purchase_total if purchase_total > 0 else 0.0
    if share < NOTICEABLE_RETURNS:
        return tr("Returns on days of their own took off next to nothing, so purchases and net revenue agree.")
    return tr(
        "Values are those of purchases. Returns booked on other days took {share} off their total in the past, and "
        "would take as much off the values below.",
        share=percent(share),
    )


def _interval(estimate: Estimate, form: Callable[[float], str] = percent) -> str:
    return interval(estimate.low, estimate.high, form, estimate.level)
