"""What purchases show of what goes together, what comes next and who could spend more, in computed sentences."""

import pandas as pd

from crmlab.analyses.growth.baskets import CoPurchases
from crmlab.analyses.growth.next_product import NextProduct
from crmlab.analyses.growth.potential import Potential, Wallet
from crmlab.analyses.growth.rules import Associations
from crmlab.analyses.growth.sequence import Orders
from crmlab.analyses.growth.trading import Growth, Upgrades
from crmlab.estimate import Estimate
from crmlab.language import count, interval, number, percent, points, signed_percent, tr

BESTSELLERS = 10


def baskets_claim(found: CoPurchases) -> str:
    """How many baskets there are, and how many can hold a pair."""
    said = {
        "n": count(found.n),
        "several": percent(found.several / found.n),
        "size": number(found.mean_size),
        "looked_at": count(len(found.products)),
        "all": count(found.all_products),
        "pairs": count(len(found.pairs)),
        "support": percent(found.min_support, None),
        "window": found.window,
    }
    if found.unit == "customer":
        return tr(
            "{n} customers bought {size} different products on average ({window}); {several} bought more than one. "
            "{looked_at} of {all} products were bought by at least {support} of them: {pairs} pairs are tested.",
            **said,
        )
    if found.unit == "day":
        return tr(
            "Orders have no number here, so all of a customer's day is one basket: {n} of them with {size} products on "
            "average ({window}); {several} hold more than one. {looked_at} of {all} products are in at least {support} "
            "of them: {pairs} pairs are tested.",
            **said,
        )
    return tr(
        "{n} orders hold {size} different products on average ({window}); {several} hold more than one. {looked_at} of "
        "{all} products are in at least {support} of the orders: {pairs} pairs are tested.",
        **said,
    )


def popularity_claim(found: Associations) -> str:
    """What confidence finds: for most products, that bestsellers are bought with them."""
    usual = partners(found)
    popular = usual[usual["bestseller"]]
    return tr(
        "For {most} of {n} products the one most often bought with it is one of the {top} bestsellers. Of these "
        "{popular} pairs {passing} are together more often than chance explains.",
        most=count(len(popular)),
        n=count(len(usual)),
        top=count(BESTSELLERS),
        popular=count(len(popular)),
        passing=count(popular["passes"].sum()),
    )


def partners(found: Associations) -> pd.DataFrame:
    """For each product the one most often bought with it.

    Columns `product`, `partner`, `together`, `confidence`, `lift`, `bestseller`, `passes`. Of partners equally often
    together the more popular one; products bought with none have no row.
    """
    table = found.table[found.table["together"] > 0]
    one = table.rename(columns={"first": "product", "second": "partner", "n_second": "popular"})
    other = table.assign(confidence=table["confidence_back"]).rename(
        columns={"second": "product", "first": "partner", "n_first": "popular"}
    )
    columns = ["product", "partner", "popular", "together", "confidence", "lift", "passes"]
    both = pd.concat([one[columns], other[columns]])
    both = both.sort_values(["together", "popular", "product", "partner"], ascending=[False, False, True, True])
    usual = both.drop_duplicates("product").sort_values("confidence", ascending=False, ignore_index=True)
    best = set(found.counted.products["product_id"].head(BESTSELLERS))
    return usual.assign(bestseller=usual["partner"].isin(best))


def associations_claim(found: Associations) -> str:
    """How many pairs pass, of how many tested, and what less care would have found."""
    said = {
        "tested": count(found.tested),
        "unadjusted": count(found.unadjusted),
        "by_chance": count(found.fdr * found.tested),
        "fdr": percent(found.fdr, None),
        "passing": count(found.passing),
        "bonferroni": count(found.bonferroni),
    }
    if not found.passing:
        return tr(
            "Of {tested} pairs tested {unadjusted} have p of {fdr} or less, where chance alone gives about "
            "{by_chance}; none passes at a false discovery rate of {fdr}: no pair of products is shown to go together.",
            **said,
        )
    return tr(
        "Of {tested} pairs tested {unadjusted} have p of {fdr} or less, where chance alone gives about {by_chance}. At "
        "a false discovery rate of {fdr} {passing} pass, of which about one in {one_in} may still be chance; "
        "Bonferroni would let {bonferroni} pass.",
        one_in=count(1 / found.fdr),
        **said,
    )


def prices_claim(sizes: Associations, prices: Associations) -> str:
    """How many pairs pass among those of like prices, and how many only seemed to."""
    one, other = (set(map(tuple, found.kept[["first", "second"]].to_numpy())) for found in (sizes, prices))
    said = {
        "tested": count(prices.tested),
        "fdr": percent(prices.fdr, None),
        "sizes": count(len(one)),
        "gone": count(len(one - other)),
    }
    if not prices.passing:
        return tr(
            "Of {tested} pairs of products none is shown to be together more often than pairs of like prices are in "
            "orders of like size (false discovery rate {fdr}). Given sizes alone, {sizes} would pass.",
            **said,
        )
    return tr(
        "Of {tested} pairs of products {passing} are together more often than pairs of like prices are in orders of "
        "like size (false discovery rate {fdr}: about one in {one_in} of them may still be chance; Bonferroni would "
        "let {bonferroni} pass). Given sizes alone, {sizes} would pass; {gone} of these are not shown to be more than "
        "two products of their prices.",
        passing=count(prices.passing),
        one_in=count(1 / prices.fdr),
        bonferroni=count(prices.bonferroni),
        **said,
    )


def passing_of(found: Associations) -> Estimate:
    """The number of pairs that pass, as a count of the data."""
    return Estimate(
        value=float(found.passing),
        low=None,
        high=None,
        n=found.tested,
        level=1 - found.fdr,
        method=tr("one-sided test of every pair, Benjamini–Hochberg"),
        evidence="association",
        denominator=tr("pairs of products tested"),
        window=found.counted.window,
    )


def heavy_buyers_claim(plain: Associations, sizes: Associations, prices: Associations) -> str:
    """What remains of customers' pairs when customers are allowed to differ."""
    return tr(
        "Counted by customer, {plain} of {tested} pairs pass if all customers are taken to be alike. Allowing some to "
        "buy more than others leaves {sizes}; allowing some to buy dearer goods as well leaves {prices}. The "
        "difference of {gone} pairs is customers who differ, not products that go together.",
        plain=count(plain.passing),
        tested=count(plain.tested),
        sizes=count(sizes.passing),
        prices=count(prices.passing),
        gone=count(plain.passing - prices.passing),
    )


def orders_claim(found: Orders, names: pd.Series) -> str:
    """Whether one product comes before another."""
    if not found.tested:
        return tr(
            "No two products were both bought once by {least} customers or more: what comes first cannot be told.",
            least=count(found.least),
        )
    if not found.passing:
        return tr(
            "Of {tested} pairs bought once each by {least} customers or more, {unadjusted} have p of {fdr} or less and "
            "none passes: which product comes first cannot be told from chance.",
            tested=count(found.tested),
            least=count(found.least),
            unadjusted=count(found.unadjusted),
            fdr=percent(found.fdr, None),
        )
    top = found.table.iloc[0]
    return tr(
        "Of {tested} pairs bought once each by {least} customers or more, {passing} have an order in time. The "
        "clearest: {share} of {n} customers bought {first} before {second}.",
        tested=count(found.tested),
        least=count(found.least),
        passing=count(found.passing),
        share=percent(top["share"]),
        n=count(top["customers"]),
        first=names.get(top["first"], top["first"]),
        second=names.get(top["second"], top["second"]),
    )


def hits_claim(found: NextProduct) -> str:
    """How often one of the products named is bought."""
    said = {
        "n": count(found.top_n),
        "hits": percent(found.hits.value),
        "usual": percent(found.bestsellers.value),
        "gain": points(found.gain.value),
        "interval": interval(found.gain.low, found.gain.high, points),
        "customers": count(found.hits.n),
    }
    if found.gain.contains(0.0):
        return tr(
            "Of {customers} customers who bought in the last span, {hits} bought one of the {n} products the model "
            "named, {usual} one of the {n} bestsellers: a gain cannot be told from none, {gain}{interval}.",
            **said,
        )
    if found.gain.value > 0:
        return tr(
            "Of {customers} customers who bought in the last span, {hits} bought one of the {n} products the model "
            "named, {usual} one of the {n} bestsellers: the model gains {gain}{interval}.",
            **said,
        )
    return tr(
        "Of {customers} customers who bought in the last span, {hits} bought one of the {n} products the model named, "
        "{usual} one of the {n} bestsellers: the model loses to the bestsellers, {gain}{interval}.",
        **said,
    )


def growth_claim(found: Growth) -> str:
    """What customers' growth consists of."""
    return tr(
        "At constant prices {n} customers who bought in both years changed by {units}{units_interval} in units and by "
        "{dearer}{dearer_interval} in the price of a unit, as logarithms on average. Of what sets growing customers "
        "apart from shrinking ones {share}{share_interval} is units; the rest is dearer or cheaper goods.",
        n=count(found.units.n),
        units=signed_percent(found.units.value),
        units_interval=interval(found.units.low, found.units.high, signed_percent),
        dearer=signed_percent(found.dearer.value),
        dearer_interval=interval(found.dearer.low, found.dearer.high, signed_percent),
        share=percent(found.units_share.value),
        share_interval=interval(found.units_share.low, found.units_share.high),
    )


def upgrades_claim(found: Upgrades) -> str:
    """Whether customers trade up, on balance."""
    said = {
        "up": percent(found.up.value),
        "up_interval": interval(found.up.low, found.up.high),
        "net": points(found.net.value),
        "net_interval": interval(found.net.low, found.net.high, points),
        "n": count(found.net.n),
    }
    if found.net.contains(0.0):
        return tr(
            "Of those who could rise {up}{up_interval} bought a higher tier next, which looks like trading up. But as "
            "many fell: of {n} customers, rises less falls are {net}{net_interval}, not told from none.",
            **said,
        )
    if found.net.value > 0:
        return tr(
            "Of those who could rise {up}{up_interval} bought a higher tier next. Rises less falls are "
            "{net}{net_interval} of {n} customers: on balance they trade up.",
            **said,
        )
    return tr(
        "Of those who could rise {up}{up_interval} bought a higher tier next. Yet rises less falls are "
        "{net}{net_interval} of {n} customers: on balance they trade down.",
        **said,
    )


def propensity_claim(tried: Estimate | None) -> str:
    """Whether it can be told who rises."""
    if tried is None:
        return tr("Too few steps to try whether it can be told who trades up.")
    said = {"value": points(tried.value), "interval": interval(tried.low, tried.high, points), "n": count(tried.n)}
    if tried.contains(0.0) or tried.value < 0:
        return tr(
            "Of {n} last steps the third named likeliest to rise did not show that it rises more often than others of "
            "the same tier: {value}{interval}.",
            **said,
        )
    return tr(
        "Of {n} last steps the third named likeliest to rise rose more often than others of the same tier, by "
        "{value}{interval}. That describes who rises anyway; it is no effect of an offer.",
        **said,
    )


def potential_claim(found: Potential) -> str:
    """Whether the profile tells what customers could spend, and whether the potential holds out of time."""
    said = {
        "gain": signed_percent(found.gain.value),
        "interval": interval(found.gain.low, found.gain.high, signed_percent),
        "n": count(found.gain.n),
        "expected": percent(1 - found.quantile, None),
        "above": percent(found.above.value),
        "above_interval": interval(found.above.low, found.above.high),
    }
    if not found.profile:
        return tr(
            "Nothing is known of customers' profiles, so all have the same potential. Of {n} customers of the last "
            "year {above}{above_interval} lie above the potential of the year before, where {expected} should.",
            **said,
        )
    if found.gain.low is not None and found.gain.low > 0:
        return tr(
            "The profile tells potential better than one number for all, by {gain}{interval} of the loss on {n} "
            "customers of the next year. Above their potential lie {above}{above_interval}, where {expected} should.",
            **said,
        )
    return tr(
        "On {n} customers of the next year the profile does not tell potential better than one number for all: "
        "{gain}{interval} of the loss. Headroom is then who buys little, and no sign that they could buy more. Above "
        "their potential lie {above}{above_interval}, where {expected} should.",
        **said,
    )


def wallet_claim(found: Wallet) -> str:
    """What customers say of their share of wallet, and whether it goes with what they spend."""
    follows = found.follows_spend
    said = {
        "mean": percent(found.said.value),
        "interval": interval(found.said.low, found.said.high),
        "n": count(found.said.n),
        "rank": number(follows.value),
        "rank_interval": interval(follows.low, follows.high, number),
    }
    if follows.low is None or follows.contains(0.0):
        return tr(
            "{n} customers say that on average {mean}{interval} of their spending comes here. What they say does not "
            "go with what they spent: rank correlation {rank}{rank_interval}. Headroom from it is not to be used for a "
            "single customer.",
            **said,
        )
    return tr(
        "{n} customers say that on average {mean}{interval} of their spending comes here. It goes with what they "
        "spent: rank correlation {rank}{rank_interval}.",
        **said,
    )


def silent_claim(found: Wallet) -> str:
    """How the silent, asked again, differ from those who answered at once."""
    if found.corrected is None or found.at_once is None or found.later is None:
        return tr("Nobody who was silent was asked again, so what they would have said is not known.")
    return tr(
        "Those who answered at once say {at_once}, the silent who were drawn for a second try {later}. Weighted so "
        "that the second stand for all the silent it is {corrected}{interval}.",
        at_once=percent(found.at_once.value),
        later=percent(found.later.value),
        corrected=percent(found.corrected.value),
        interval=interval(found.corrected.low, found.corrected.high),
    )
