"""What the hold-out showed, as sentences made from the numbers: forecast against truth, and the verdict."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from crmlab.analyses.value.basis import days_of
from crmlab.analyses.value.holdout import HoldOut, Score
from crmlab.estimate import Estimate
from crmlab.language import count, day, interval, money, money_form, number, percent, signed_percent, tr, trn


def known_by_claim(checked: HoldOut) -> str:
    """What the models were shown and what they were asked."""
    return trn(
        checked.days,
        "The models saw everything up to {split} and were asked about the {days} day after it, for the {n} customers "
        "known by then.",
        "The models saw everything up to {split} and were asked about the {days} days after it, for the {n} customers "
        "known by then.",
        split=day(checked.split),
        days=count(checked.days),
        n=count(len(checked.customers)),
    )


def purchases_claim(checked: HoldOut) -> str:
    """What was forecast for the hold-out, by the model and without it, and what came, in purchases."""
    return _forecast_claim(checked, checked.purchases, count, tr("Repeat purchases"))


def value_claim(checked: HoldOut, currency: str) -> str:
    """The same in revenue."""
    form = partial(money, currency=currency, decimals=0)
    return _forecast_claim(checked, checked.value, form, tr("Revenue from repeat purchases"))


def error_claim(checked: HoldOut, currency: str) -> str:
    """The error per customer, model against naive."""
    purchases, money_ = checked.purchases, checked.value
    form = money_form(currency, money_.rmse_naive, money_.rmse)
    values = {"naive": number(purchases.rmse_naive), "naive_value": form(money_.rmse_naive)}
    if purchases.forecast is None:
        return tr(
            "Customer by customer, the naive forecast missed by {naive} purchases (root mean square) and by "
            "{naive_value} of revenue.",
            **values,
        )
    return tr(
        "Customer by customer, the model's forecast of purchases missed by {rmse} (root mean square), the naive one by "
        "{naive}; in revenue the model missed by {rmse_value}, the naive one by {naive_value}.",
        rmse=number(purchases.rmse),
        rmse_value=form(money_.rmse),
        **values,
    )


def covered_claim(checked: HoldOut) -> str:
    """Whether customers' own prediction intervals kept their promise."""
    if checked.covered is None:
        return tr("Without a model there are no prediction intervals to hold against what happened.")
    return tr(
        "Of {n} customers, {share}{interval} bought a number of times that lies in their own 95 % prediction "
        "interval. The numbers are whole, so an honest interval holds 95 % or somewhat more.",
        n=count(checked.covered.n),
        share=percent(checked.covered.value),
        interval=_interval(checked.covered),
    )


def picks_claim(checked: HoldOut) -> str:
    """What the fifth brought that would have been singled out, by the way they were chosen."""
    if checked.picks.empty:
        return tr("Nothing was bought again in the hold-out, so no way of choosing customers can be judged.")
    by = {row["picked_by"]: row for row in checked.picks.to_dict(orient="records")}
    values = {"past": _share_of(by["past_value"]), "naive": _share_of(by["naive"])}
    if "model" not in by:
        return tr(
            "The fifth of customers with the most revenue before brought {past} of the hold-out's revenue, the fifth "
            "with the most in the last period {naive}.",
            **values,
        )
    return tr(
        "The fifth of customers that the model would have chosen brought {model} of the hold-out's revenue; the fifth "
        "with the most revenue before brought {past}, the fifth with the most in the last period {naive}.",
        model=_share_of(by["model"]),
        **values,
    )


def reasons_claim(checked: HoldOut) -> str:
    """Why no model could be tried on the hold-out, or that one could."""
    if checked.fit.usable:
        return tr("Fitted to the days before the hold-out, the models can be tried on it.")
    reasons = " ".join(checked.fit.problems)
    return tr("Fitted to the days before the hold-out, the models cannot be used. {reasons}", reasons=reasons)


def verdict_claim(checked: HoldOut) -> str:
    """Whether the model may be used, judged by the hold-out."""
    match checked.verdict:
        case "better":
            return tr(
                "On the hold-out the model beat the naive forecast, customer by customer and beyond chance, in "
                "purchases and in revenue. It is used below."
            )
        case "unclear":
            return tr(
                "On the hold-out the model was at least as good as the naive forecast, but in purchases, in revenue "
                "or in both its lead is no more than chance may give. It is used below, with that reservation."
            )
        case "loses":
            return tr(
                "On the hold-out the model lost to the naive forecast. It is demoted: what follows takes each "
                "customer to buy again as in the period before, without intervals, and none of the model's values is "
                "handed on."
            )
        case _:
            return tr(
                "No model could be held against the hold-out, so none is used: what follows takes each customer to "
                "buy again as in the period before, without intervals."
            )


def miss_claim(checked: HoldOut) -> str:
    """By how much the forecast in use missed the hold-out's revenue, and the verdict on the model."""
    missed = signed_percent(checked.miss.value)
    match checked.verdict:
        case "better" | "unclear":
            said = tr(
                "On the last {days} days, which it had not seen, the model missed revenue by {missed}; taking the "
                "period before again missed it by {naive}.",
                days=count(checked.days),
                missed=missed,
                naive=signed_percent(checked.value.naive_error),
            )
        case _:
            said = tr(
                "On the last {days} days, taking the period before again missed revenue by {missed}.",
                days=count(checked.days),
                missed=missed,
            )
    return f"{said} {verdict_claim(checked)}"


def reach_claim(checked: HoldOut, horizon_months: int) -> str:
    """Whether the horizon goes beyond what was tried."""
    if days_of(horizon_months) <= checked.days:
        return tr("The horizon is no longer than the hold-out, so as much was tried as is asked.")
    return trn(
        horizon_months,
        "The hold-out tried {days} days. The horizon is {months} month: what lies beyond was not tried.",
        "The hold-out tried {days} days. The horizon is {months} months: what lies beyond was not tried.",
        days=count(checked.days),
        months=count(horizon_months),
    )


def told(score: Score) -> float:
    """The model's total, NaN without a model."""
    return float("nan") if score.forecast is None else score.forecast.value


def _forecast_claim(checked: HoldOut, score: Score, form: Callable[[float], str], what: str) -> str:
    values = {"window": checked.window, "what": what, "actual": form(score.actual), "naive": form(score.naive)}
    naive_error = signed_percent(score.naive_error)
    if score.forecast is None:
        return tr(
            "{what} in {window}: {actual}. No model could be used; taking the period before again gave "
            "{naive}, off by {naive_error}.",
            naive_error=naive_error,
            **values,
        )
    values |= {"told": form(score.forecast.value), "interval": _interval(score.forecast, form)}
    values |= {"error": signed_percent(score.error), "naive_error": naive_error}
    if score.forecast.contains(score.actual):
        return tr(
            "{what} in {window}: {actual}. The model, which had not seen these days, said {told}{interval}, off by "
            "{error}: the truth lies inside its interval. Taking the period before again gave {naive}, off by "
            "{naive_error}.",
            **values,
        )
    return tr(
        "{what} in {window}: {actual}. The model, which had not seen these days, said {told}{interval}, off by "
        "{error}: the truth lies outside its interval, which promises too much. Taking the period before again gave "
        "{naive}, off by {naive_error}.",
        **values,
    )


def _share_of(row: Mapping[Any, Any]) -> str:
    return f"{percent(row['value'])}{interval(row['low'], row['high'], level=row['level'])}"


def _interval(estimate: Estimate, form: Callable[[float], str] = percent) -> str:
    return interval(estimate.low, estimate.high, form, estimate.level)
