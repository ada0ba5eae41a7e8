"""Sentences on models side by side: which explains and foresees best, from one origin or several, and for whom not."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crmlab.analyses.value.backtest import BackTest
from crmlab.analyses.value.basis import Basis
from crmlab.analyses.value.fits import FITS, TimeUnit
from crmlab.analyses.value.ladder import Ladder
from crmlab.analyses.value.spend import chance
from crmlab.analyses.value.valuemap import ValueMap
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, day, interval, listed, money_form, number, percent, signed_percent, tr, trn
from crmlab.models import compare_cohorts

CLOSE_TO_SURE = 0.999


def dropout_claim(found: Ladder) -> str:
    """Whether any model shows that customers leave."""
    if found.nested.empty:
        return tr("Whether customers leave at all could not be tested.")
    best = found.nested.sort_values("p_value").iloc[0]
    values = {
        "model": str(best["model"]),
        "gain": number(float(best["statistic"]) / 2, 1),
        "p": chance(float(best["p_value"])),
    }
    if found.why == "nobody_leaves":
        return tr(
            "A model in which nobody ever leaves (NBD) explains these purchases as well as chance allows: letting "
            "customers leave gains at most {gain} of log-likelihood ({p}).",
            **values,
        )
    return tr(
        "That nobody ever leaves (NBD) does not go with these purchases: letting customers leave ({model}) gains "
        "{gain} of log-likelihood ({p}).",
        **values,
    )


def choice_claim(found: Ladder, used: str) -> str:
    """Which model to use and why, and whether it is `used`, the one that is tried."""
    values = {"choice": found.choice or "", "tied": _listed(found.tied), "n": count(len(found.tied))}
    match found.why:
        case "none":
            return tr("None of the models can be used on these data.")
        case "only":
            said = tr("Only {choice} can be used on these data.", **values)
        case "nobody_leaves":
            said = tr("So the simplest will do: {choice}, which says nothing of who has left.", **values)
        case "likelihood":
            said = tr(
                "By BIC, which takes off for parameters, {choice} explains the past best, ahead by more than 2.",
                **values,
            )
        case _:
            said = tr(
                "BIC cannot tell {tied} apart (less than 2 between them). On the hold-out {choice} missed least, "
                "customer by customer.",
                **values,
            )
    if found.choice == used:
        return f"{said} {tr('It is the one tried here.')}"
    return f"{said} {tr('The one tried here is {used}; the parameters can name another.', used=used)}"


def cohorts_claim(customers: pd.DataFrame, *, model: str, days: float, time_unit: TimeUnit = "week") -> str:
    """Whether customers who joined early and late behave alike by `model`, and which way one model for both errs.

    `customers` is a customer summary; what is said of a new customer is of the first `days`.
    """
    try:
        return compare_cohorts(FITS[model], customers, days=days, time_unit=time_unit).diagnosis.sentence
    except DataError as error:
        return tr(
            "Whether customers who joined early and late behave alike could not be tested. {why}",
            why=str(error),
        )


def ladder_names(found: Ladder) -> list[str]:
    """What the rows of the ladder are, in words."""
    names = {
        "period_before": tr("the period before again"),
        "formula": tr("average order × frequency × lifetime"),
    }
    return [names.get(name, name) for name in found.table["model"]]


def once_claim(table: pd.DataFrame, returned: Estimate | None) -> str:
    """What the models say of who bought once, against how many of them came back."""
    if table.empty or returned is None:
        return tr("Nobody bought just once, so no probability is certain by construction.")
    said = listed((_alive(row) for row in table.to_dict(orient="records")), strong=True)
    return tr(
        "That the {n} customers with a single purchase were still customers when the hold-out began: {models}. In it, "
        "{share}{interval} of them bought.",
        n=count(returned.n),
        models=said,
        share=percent(returned.value),
        interval=interval(returned.low, returned.high, level=returned.level),
    )


def back_test_claim(found: BackTest) -> str:
    """How far forecasts were off from several origins, and whether intervals kept their promise."""
    table = found.table[found.table["expected"].notna()]
    if table.empty:
        return tr("From no origin could a model be used.")
    errors, naive = table["error"].abs(), table["naive_error"].abs()
    values = {
        "n": count(len(table)),
        "least": signed_percent(float(table["error"].min())),
        "most": signed_percent(float(table["error"].max())),
        "nearer": count(int((errors < naive).sum())),
        "inside": count(int(table["total_covered"].sum())),
        "low": percent(float(table["covered"].min())),
        "high": percent(float(table["covered"].max())),
    }
    said = trn(
        len(table),
        "From {n} origin the model missed the total of purchases by {least}; it was nearer than the period before in "
        "{nearer} case, and its 95 % interval held the truth in {inside}. Customers' own intervals held {low}.",
        "From {n} origins the model missed the total of purchases by {least} to {most}; it was nearer than the period "
        "before in {nearer} of {n}, and its 95 % interval held the truth in {inside} of {n}. Customers' own intervals "
        "held {low} to {high}.",
        **values,
    )
    return f"{said} {tr('The hold-outs overlap, so these are not independent trials.')}" if found.overlapping else said


def value_map_claim(found: ValueMap | None, basis: Basis) -> str:
    """Whether being frequent can speak against a customer."""
    if found is None:
        return tr("Without a model there is no value by recency and frequency.")
    equal = tr("The lines join histories of equal value, for customers known equally long.")
    if found.turn is None:
        rising = tr(
            "At every silence, who bought oftener is worth more: these purchases do not show that frequent buyers who "
            "fall silent have left."
        )
        return f"{equal} {rising}"
    bend = tr("Where a line bends back upwards, more purchases mean less value.")
    return f"{equal} {bend} {_turn_claim(found, found.turn, basis)}"


def cells_claim(cells: pd.DataFrame, basis: Basis) -> str:
    """What the customers who are best in all three respects bring, against who bought once."""
    best = cells[(cells[["recency", "frequency", "monetary"]] == 3).all(axis=1)]  # noqa: PLR2004 - the best third
    once = cells[cells["frequency"] == 0]
    if best.empty or once.empty or not float(cells["value"].sum()) > 0:
        return tr("The cells do not hold enough for a comparison of the best with who bought once.")
    well, little = float(best["mean_value"].iloc[0]), float(once["mean_value"].iloc[0])
    form = money_form(basis.currency, well, little)
    return tr(
        "The {n} customers in the best third of recency, frequency and spend are expected to bring {value} each and "
        "{share} of all; the {once} who bought once bring {little} each and "
        "{share_once} of all.",
        n=count(best["customers"].iloc[0]),
        value=form(well),
        share=percent(float(best["share_of_value"].iloc[0])),
        once=count(once["customers"].iloc[0]),
        little=form(little),
        share_once=percent(float(once["share_of_value"].iloc[0])),
    )


def origins(found: BackTest) -> list[str]:
    """The last day seen from each origin, in words."""
    return [day(split) for split in found.table["split"]]


def _turn_claim(found: ValueMap, turn: tuple[int, int, int], basis: Basis) -> str:
    """Two customers of equal silence of whom the more frequent is worth less."""
    at, best, most = turn
    less, more = float(found.value[most, at]), float(found.value[best, at])
    form = money_form(basis.currency, less, more)
    silence = round(found.T - float(found.t_x[at]))
    return trn(
        silence,
        "Of two customers who first bought {known} days ago and have been silent for {silence} day, the one with "
        "{many} repeat purchases is worth {less}, the one with {few} is worth {more}: at that pace the silence means "
        "that the first has probably left.",
        "Of two customers who first bought {known} days ago and have been silent for {silence} days, the one with "
        "{many} repeat purchases is worth {less}, the one with {few} is worth {more}: at that pace the silence means "
        "that the first has probably left.",
        known=count(found.T),
        silence=count(silence),
        many=count(found.repeats[most]),
        few=count(found.repeats[best]),
        less=form(less),
        more=form(more),
    )


def _alive(row: Mapping[Any, Any]) -> str:
    if float(row["least"]) > CLOSE_TO_SURE:
        return tr("{model} is certain of it by construction", model=str(row["model"]))
    return tr(
        "{model} gives it {mean} on average, {least} to {most}",
        model=str(row["model"]),
        mean=percent(row["p_alive"]),
        least=percent(row["least"]),
        most=percent(row["most"]),
    )


def _listed(names: tuple[str, ...]) -> str:
    return tr("{most} and {last}", most=listed(names[:-1]), last=names[-1]) if len(names) > 1 else "".join(names)
