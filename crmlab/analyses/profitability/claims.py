"""What was found about the profit of customers, as sentences made from the numbers."""

import pandas as pd

from crmlab.analyses.profitability.absorption import Spiral
from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.persistence import Persistence
from crmlab.analyses.profitability.products import TwoWay
from crmlab.analyses.profitability.ranks import Ranks
from crmlab.analyses.profitability.whale import Whale
from crmlab.estimate import Estimate
from crmlab.language import count, interval, money, number, percent, points, tr, trn


def basis_claim(made: Account) -> str:
    """Which days, which money, and where the cost of goods comes from."""
    if made.estimated == 0:
        goods = tr("What goods cost comes from the lines themselves.")
    else:
        goods = tr(
            "For {share} of what was paid the cost of goods is a rate, not the line's own.",
            share=percent(made.estimated),
        )
    window = tr(
        "The account is about {window}, {n} customers with a sale, a return or a service in it.",
        window=str(made.window),
        n=count(len(made.customers)),
    )
    return f"{window} {made.prices.sentence} {goods}"


def blind_claim(made: Account) -> str:
    """What the account cannot see, where tables are missing; empty where none is."""
    unseen = []
    if not made.served:
        unseen.append(
            tr(
                "What serving a customer costs is not known (there is no table `cost_events`): contribution here is "
                "margin, who is served much cannot be told from who is not, and nobody is let go on these numbers."
            )
        )
    if made.fixed is None:
        unseen.append(tr("Fixed costs of these days are not known: what is left is left before them."))
    return " ".join(unseen)


def bridge_claim(made: Account, currency: str) -> str:
    """From revenue to what is left."""
    revenue = made.total("revenue")
    if revenue <= 0:
        return tr("Customers returned as much as they bought, or more: there is no revenue to divide.")
    parts = {"revenue": money(revenue, currency, 0), "margin": percent(made.total("margin") / revenue)}
    if not made.served:
        return tr("Of {revenue} of revenue {margin} is margin.", **parts)
    parts["left"] = percent(made.total("contribution") / revenue)
    if made.fixed is None:
        return tr("Of {revenue} of revenue {margin} is margin; {left} is left after the cost to serve.", **parts)
    return tr(
        "Of {revenue} of revenue {margin} is margin; {left} is left after the cost to serve, and {profit} after fixed "
        "costs.",
        **parts,
        profit=percent((made.total("contribution") - made.fixed) / revenue),
    )


def peak_claim(found: Whale, *, ends: bool = False) -> str:
    """How high the whale curve rises."""
    if found.peak is None:
        return tr(
            "Customers together contribute nothing above zero: gains are {share} of losses, and there is no total that "
            "anything could be a share of.",
            share=percent(found.gains / -found.losses) if found.losses < 0 else percent(0.0),
        )
    if found.losses == 0:
        return tr("No customer of {n} is below zero: the curve never falls.", n=count(found.peak.n))
    said = tr(
        "At its peak the curve stands at {peak} of the total{interval}: customers who earn money made that much, and "
        "the others took {back} of the total back.",
        peak=percent(found.peak.value),
        interval=interval(found.peak.low, found.peak.high, level=found.peak.level) if ends else "",
        back=percent(found.peak.value - 1),
    )
    if found.peak.low is None:
        return f"{said} {tr('The total is so near to zero, beside chance, that no height can be relied on.')}"
    return said


def earning_claim(found: Whale, *, ends: bool = False) -> str:
    """How many customers earn money."""
    one = found.earning
    return tr(
        "{share}{interval} of {n} customers are above zero; there the curve has its peak.",
        share=percent(one.value),
        interval=interval(one.low, one.high, level=one.level) if ends else "",
        n=count(one.n),
    )


def bases_claim(table: pd.DataFrame, currency: str) -> str:
    """How much the profit of the last tenth hangs on how serving is spread."""
    first, volume = table.iloc[0], table[table["base"] == "by volume"].iloc[0]
    return tr(
        "The tenth that is least profitable by what its services cost leaves {time}; with the same costs spread by "
        "volume it would seem to leave {volume}. By volume {few} customers are below zero, by services {many}, and of "
        "the last tenth by volume {shared} is in the last tenth by services.",
        time=money(first["last_tenth"], currency, 0),
        volume=money(volume["last_tenth"], currency, 0),
        few=count(volume["loss_makers"]),
        many=count(first["loss_makers"]),
        shared=percent(volume["shared"]),
    )


def ranks_claim(found: Ranks, currency: str, *, ends: bool = False) -> str:
    """How many of the largest lose money."""
    one = found.losing_big
    said = tr(
        "Of the {n} largest customers by revenue (the top {top}) {share}{interval} lose money",
        n=count(one.n),
        top=percent(found.top, None),
        share=percent(one.value),
        interval=interval(one.low, one.high, level=one.level) if ends else "",
    )
    if found.losses == 0:
        return f"{said}."
    return tr("{said}: {losses} together.", said=said, losses=money(found.losses, currency, 0))


def together_claim(one: Estimate | None) -> str:
    """How volume and profit go together."""
    if one is None:
        return tr("Too few customers bought to compare the order by revenue with the order by profit.")
    return tr(
        "The order by revenue and the order by profit have a rank correlation of {value}{interval}.",
        value=number(one.value),
        interval=interval(one.low, one.high, number, one.level),
    )


def again_claim(found: Persistence | None, *, ends: bool = False) -> str:
    """How many loss makers make a loss again, beside the others."""
    if found is None:
        return tr(
            "Too few customers bought in both periods, with a loss or without, to tell whether losses repeat "
            "themselves."
        )
    one = found.again
    return tr(
        "Of {n} customers with a loss in the earlier period who bought again, {share}{interval} made a loss again; of "
        "the others {other} did.",
        n=count(one.n),
        share=percent(one.value),
        interval=interval(one.low, one.high, level=one.level) if ends else "",
        other=percent(found.others.value),
    )


def difference_claim(found: Persistence | None, *, ends: bool = False) -> str:
    """Whether a loss says anything of the next one."""
    if found is None:
        return ""
    apart = found.difference
    said = {
        "apart": points(apart.value),
        "interval": interval(apart.low, apart.high, points, apart.level) if ends else "",
    }
    if apart.contains(0.0):
        return tr("That a loss says anything of the next one is not shown: {apart}{interval}.", **said)
    if apart.value > 0:
        return tr("Who made a loss makes one again more often than the others: {apart}{interval}.", **said)
    return tr("Who made a loss makes one again less often than the others: {apart}{interval}.", **said)


def gone_claim(found: Persistence | None) -> str:
    """How many loss makers stay away by themselves."""
    if found is None:
        return ""
    return tr(
        "{share} of {n} loss makers of the earlier period bought nothing in the later one, without anybody letting "
        "them go.",
        share=percent(found.gone.value),
        n=count(found.gone.n),
    )


def tails_claim(table: pd.DataFrame, currency: str) -> str:
    """How the ends move to the middle."""
    if len(table) < 2:  # noqa: PLR2004 - two ends
        return tr("Too few customers bought in the earlier period to look at both ends.")
    top, last = table.iloc[0], table.iloc[-1]
    return tr(
        "The most profitable tenth of the earlier period left {top_before} a customer then and {top_after} later; the "
        "least profitable {last_before} and {last_after}, {currency}.",
        top_before=money(top["before"], decimals=0),
        top_after=money(top["after"], decimals=0),
        last_before=money(last["before"], decimals=0),
        last_after=money(last["after"], decimals=0),
        currency=currency,
    )


def cost_claim(one: Estimate | None) -> str:
    """Whether customers differ in what an order costs to serve."""
    if one is None:
        return tr("Whether customers differ in what serving an order costs cannot be told.")
    range_ = interval(one.low, one.high, number, one.level)
    if one.low is not None and one.low > 0:
        return tr(
            "Who cost more than others by order in one period did so in the other: correlation {value}{interval}. "
            "Customers differ in what they cost to serve.",
            value=number(one.value),
            interval=range_,
        )
    return tr(
        "That customers differ in what an order costs to serve is not shown: the correlation of the two periods is "
        "{value}{interval}.",
        value=number(one.value),
        interval=range_,
    )


def chance_claim(customers: pd.DataFrame, beyond: int, false: float) -> str:
    """How many losses are beyond chance."""
    losing = int((customers["contribution"] < 0).sum())
    if not losing:
        return tr("No customer of {n} is below zero.", n=count(len(customers)))
    return trn(
        beyond,
        "Of {n} customers below zero {beyond} is so by more than chance (false discoveries held at {false}); of the "
        "others a few orders decide.",
        "Of {n} customers below zero {beyond} are so by more than chance (false discoveries held at {false}); of the "
        "others a few orders decide.",
        n=count(losing),
        beyond=count(beyond),
        false=percent(false, None),
    )


def interval_claim(ends: pd.DataFrame, level: float = 0.95) -> str:
    """Of how many customers chance leaves open whether they earn or lose."""
    open_ = (ends["low"] <= 0) & (ends["high"] >= 0)
    return tr(
        "For {share} of {n} customers the {level} interval of their own profit holds zero: an order more, or less, "
        "could turn them.",
        share=percent(float(open_.mean())),
        n=count(len(ends)),
        level=percent(level, None),
    )


def spiral_claim(found: Spiral, currency: str) -> str:
    """What dropping by full cost does to the firm."""
    rounds = found.rounds
    if len(rounds) == 1:
        return tr("Nobody contributes less than their share of the fixed costs: there is nobody to drop by that rule.")
    dropped, wrongly = int(rounds["dropped"].sum()), int(rounds["contributing"].sum())
    last = float(rounds["profit"].iloc[-1])
    return trn(
        len(rounds) - 1,
        "By full cost {dropped} customers are dropped in {rounds} round, of whom {wrongly} contributed more than "
        "nothing. The firm's profit goes from {first} to {last}; dropping only those below zero before fixed costs "
        "would bring {avoidable}, as if all their costs went with them, so the rule gives away {away}.",
        "By full cost {dropped} customers are dropped in {rounds} rounds, of whom {wrongly} contributed more than "
        "nothing. The firm's profit goes from {first} to {last}; dropping only those below zero before fixed costs "
        "would bring {avoidable}, as if all their costs went with them, so the rule gives away {away}.",
        dropped=count(dropped),
        rounds=count(len(rounds) - 1),
        wrongly=count(wrongly),
        first=money(found.first, currency, 0),
        last=money(last, currency, 0),
        avoidable=money(found.avoidable, currency, 0),
        away=money(found.avoidable - last, currency, 0),
    )


def two_way_claim(found: TwoWay | None) -> str:
    """Where the variance of profit lies."""
    if found is None:
        return tr("Which category a line is of is not known: profit cannot be divided between customers and products.")
    if not found.parts or any(pd.isna(one.value) for one in found.parts):
        return tr("Too few customers or categories to divide profit between them.")
    customers, kinds, both, rest = found.parts
    return tr(
        "Of the variance of margin by customer, category and period {customers}{first} lies between customers, "
        "{kinds}{second} between categories, {both}{third} in their meeting, and {rest} changes from period to period: "
        "an organisation by customers alone takes hold of the first part only.",
        customers=percent(customers.value),
        first=interval(customers.low, customers.high, level=customers.level),
        kinds=percent(kinds.value),
        second=interval(kinds.low, kinds.high, level=kinds.level),
        both=percent(both.value),
        third=interval(both.low, both.high, level=both.level),
        rest=percent(rest.value),
    )
