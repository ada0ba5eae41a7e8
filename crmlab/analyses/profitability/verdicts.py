"""What follows for single customers and for the firm's attention, as sentences made from the numbers."""

from math import fsum

import pandas as pd

from crmlab.analyses.profitability.belief import Approached, Belief
from crmlab.analyses.profitability.portfolio import RISKS, Portfolio
from crmlab.language import count, interval, listed, money, number, percent, points, tr, translated, trn


def belief_claim(found: Belief | None, *, ends: bool = False) -> str:
    """Whether those believed to be of high value are."""
    if found is None:
        return tr("What the sales force believes of customers is not known, or of too few.")
    one = found.top
    said = tr(
        "Of {n} customers believed to be of high value {share}{interval} are among as many most profitable ones; a "
        "list drawn by chance has {base} of them, a list by revenue {revenue}.",
        n=count(one.n),
        share=percent(one.value),
        interval=interval(one.low, one.high, level=one.level) if ends else "",
        base=percent(found.base),
        revenue=percent(found.by_revenue.value),
    )
    if one.low is not None and one.low > found.base:
        return said
    return f"{said} {tr('Belief is not shown to know more than chance.')}"


def kappa_claim(found: Belief | None) -> str:
    """How far belief and fact agree."""
    if found is None:
        return ""
    return tr(
        "Belief and fact agree to kappa {kappa}{interval}, where 0 is chance and 1 is perfect; {losing} of those "
        "believed high lose money.",
        kappa=number(found.kappa.value),
        interval=interval(found.kappa.low, found.kappa.high, number, found.kappa.level),
        losing=percent(found.losing.value),
    )


def approached_claim(found: Approached | None) -> str:
    """Whether approaches follow profit."""
    if found is None:
        return tr("Who was approached is not known, or nobody was in the year after an account.")
    top, last = found.table.iloc[0], found.table.iloc[-1]
    shares = {"top": percent(top["share"]), "last": percent(last["share"])}
    said = tr("Of the most profitable tenth {top} were approached in the year after, of the least {last}.", **shares)
    range_ = {"apart": points(found.trend.value), "interval": interval(found.trend.low, found.trend.high, points)}
    if found.trend.contains(0.0):
        return f"{said} {tr('Between the halves there is no difference shown: {apart}{interval}.', **range_)}"
    if found.trend.value > 0:
        return f"{said} {tr('The more profitable half was approached more often: {apart}{interval}.', **range_)}"
    return f"{said} {tr('The more profitable half was approached less often: {apart}{interval}.', **range_)}"


def portfolio_claim(found: Portfolio, currency: str) -> str:
    """How much of the best tier's profit is going."""
    if found.limits is None:
        return tr("Too few customers came back to tell what silence is usual: the risk of losing them is not known.")
    best = found.customers[found.customers["tier"] == 1]
    going = best[best["risk"] != RISKS[0]]
    return tr(
        "Silence of more than {first} days is overdue, of more than {second} gone quiet. Of {n} customers of the first "
        "tier {going} are overdue or quiet; they left {amount} in the window.",
        first=count(found.limits[0]),
        second=count(found.limits[1]),
        n=count(len(best)),
        going=count(len(going)),
        amount=money(fsum(going["contribution"]), currency, 0),
    )


def repair_claim(table: pd.DataFrame, currency: str) -> str:
    """What the repair list holds."""
    if table.empty:
        return tr("No customer is below zero: there is nothing to repair.")
    said = [
        tr("{action} {n}", action=translated(str(row.action)), n=count(float(str(row.customers))))
        for row in table.itertuples()
    ]
    return tr(
        "{n} customers are below zero, by {loss} together: {said}.",
        n=count(table["customers"].sum()),
        loss=money(fsum(table["avoidable_loss"]), currency, 0),
        said=listed(said),
    )


def let_go_claim(table: pd.DataFrame, currency: str) -> str:
    """Whom not to invest in any more, and what that would spare at most."""
    part = table[table["action"] == "let go"]
    if part.empty:
        return tr("Nobody lost money in both periods by more than chance beyond repair: there is nobody to let go.")
    return trn(
        int(part["customers"].iloc[0]),
        "{n} customer lost money in both periods, by more than chance and beyond what prices or savings could mend: "
        "at most {loss} could be spared.",
        "{n} customers lost money in both periods, by more than chance and beyond what prices or savings could mend: "
        "at most {loss} could be spared.",
        n=count(part["customers"].iloc[0]),
        loss=money(part["avoidable_loss"].iloc[0], currency, 0),
    )


def suppressed_claim(n: int, *, known: bool = True) -> str:
    """How many are left out for want of consent."""
    if not known:
        return tr("Whether customers agree to be contacted is not known: ask before anybody is spoken to.")
    return trn(
        n,
        "{n} customer whom one would have to speak to is left out: nothing says that they may be contacted.",
        "{n} customers whom one would have to speak to are left out: nothing says that they may be contacted.",
        n=count(n),
    )
