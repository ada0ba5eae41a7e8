"""What is bought together: products and pairs of products by basket, counted in the engine.

A basket is an order, or all that a customer ever bought. Whether a pair is together more often than chance has it hangs
on what chance is taken to be: that baskets do not differ at all, that they differ in size, or in size and in how dear
their goods are. Where baskets do differ, the first finds a pair in everything; and where customers do not all spend
alike, the second finds pairs of dear goods, and of cheap ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError
from crmlab.language import day, tr
from crmlab.tables.kept import kept

Unit = Literal["order", "customer"]
Values = NDArray[np.float64]
NEAR = 0.04  # of the products, on each side: those of like price; at least LEAST_NEAR
LEAST_NEAR = 2
ROUNDS = 40  # of scaling; a table of 120 products is there to four digits after ten
GIVEN = ("nothing", "size", "size_and_price")


@dataclass(frozen=True)
class CoPurchases:
    """How often products and pairs of them are in the same basket.

    Attributes
    ----------
    unit : str
        What a basket is: `order`, `customer`, or `day` where orders have no number (all of a customer's day).
    n : int
        Baskets with at least one product.
    mean_size, several : float, int
        Products in a basket on average, and baskets with two or more.
    products : DataFrame
        `product_id`, `baskets`: the products in at least `min_support` of the baskets, most frequent first.
    all_products : int
        How many products were sold.
    min_support : float
        What a product must reach by itself to be looked at. It says nothing of any pair, so it can be chosen before.
    pairs : DataFrame
        Every pair of these products: `first` (the more frequent), `second`, `n_first`, `n_second`, `together`; how
        often they would be together by chance, `expected_nothing` if baskets did not differ and `expected_size` if
        they differ in size and in nothing else; and of all other pairs of products of like prices how often they are
        together, `near`, and would be by their sizes, `near_size`.
    window : str
        The dates, for people.
    """

    unit: str
    n: int
    mean_size: float
    several: int
    products: pd.DataFrame
    all_products: int
    min_support: float
    pairs: pd.DataFrame
    window: str


def bought(sales: ibis.Table) -> ibis.Table:
    """The lines that sold a known product, in the engine: kept, above zero, of a product; returns take nothing out."""
    lines = kept(sales)
    if "product_id" not in lines.columns:
        raise DataError(
            "the transactions have no column `product_id`; name it in the client file to see what is bought"
        )
    return lines.filter((lines.amount > 0) & lines.product_id.notnull())  # noqa: PD004 - Ibis, not pandas


def co_purchases(sales: ibis.Table, *, unit: Unit = "order", min_support: float = 0.001) -> CoPurchases:
    """Which products are bought together, and how often that would be by chance.

    Expected by chance given sizes: a basket of m products gives each of them m − 1 partners. Those of a product are
    spread over the other products as these are frequent: quasi-independence (Goodman 1968, Journal of the American
    Statistical Association 63), within groups of baskets of equal size.

    Of like prices: a product's own place in the order of prices and the `NEAR` share of all products on either side of
    it. Who spends more buys dear things with dear things, whatever they are, so what a pair has to be held against is
    the pairs of its neighbours.

    Parameters
    ----------
    sales : Ibis table
        Clean transactions with `product_id`.
    unit : {"order", "customer"}
        What a basket is.
    min_support : float
        The share of baskets a product must be in to be looked at, above 0 and below 1.

    Raises
    ------
    ParameterError
        If `min_support` lies elsewhere.
    DataError
        If fewer than two products reach it.
    """
    if not 0 < min_support < 1:
        raise ParameterError(f"min_support {min_support:g} cannot be used: it is a share of baskets between 0 and 1")
    lines, kind = _in_baskets(bought(sales), unit)
    prices = _prices(lines)
    if prices.empty:
        raise DataError("no line of the transactions sells a known product: nothing is bought together")
    entries = lines.select("basket", "product_id").distinct()
    counts = _counts_by_size(entries)
    n = round(float((counts["entries"] / counts["size"]).sum()))
    products = _products(counts, prices)
    looked_at = products[products["baskets"] >= min_support * n].reset_index(drop=True)
    if len(looked_at) < 2:  # noqa: PLR2004 - a pair
        raise DataError(
            f"fewer than two of {len(products)} products are in {min_support:g} of {n} baskets: no pair can be looked "
            "at; lower `min_support`, or add older records"
        )
    alone = counts[counts["size"] == 1]["entries"].sum()
    return CoPurchases(
        unit=kind,
        n=n,
        mean_size=float(counts["entries"].sum()) / n,
        several=n - int(alone),
        products=looked_at[["product_id", "baskets"]],
        all_products=len(products),
        min_support=min_support,
        pairs=every_pair(_together(entries, products), counts, products, among=len(looked_at), n=n),
        window=tr("{first} to {last}", first=day(prices["first"].min()), last=day(prices["last"].max())),
    )


def entries(sales: ibis.Table, *, unit: Unit = "order") -> pd.DataFrame:
    """One row for each product in each basket, `basket` and `item`: what `association_rules` reads."""
    lines, _ = _in_baskets(bought(sales), unit)
    rows = lines.select("basket", item="product_id").distinct()
    found: pd.DataFrame = rows.to_pyarrow().to_pandas()
    return found.sort_values(["basket", "item"], ignore_index=True)


def _in_baskets(lines: ibis.Table, unit: Unit) -> tuple[ibis.Table, str]:
    """The lines with `basket`, and what a basket is."""
    kind: str = unit
    customer_day = lines.customer_id + ibis.literal(" ") + lines.date.cast("string")
    if unit == "customer":
        basket = lines.customer_id
    elif "order_id" in lines.columns:
        basket = lines.order_id.coalesce(customer_day)
    else:
        basket, kind = customer_day, "day"
    return lines.mutate(basket=basket), kind


def _prices(lines: ibis.Table) -> pd.DataFrame:
    """`product_id`, its mean `price` a piece, the `first` and the `last` day it was sold."""
    pieces = lines.quantity.cast("float64").coalesce(1.0) if "quantity" in lines.columns else ibis.literal(1.0)
    found: pd.DataFrame = (
        lines.group_by("product_id")
        .agg(
            price=(lines.amount.cast("float64") / ibis.ifelse(pieces > 0, pieces, 1.0)).mean(),
            first=lines.date.min(),
            last=lines.date.max(),
        )
        .to_pyarrow()
        .to_pandas()
    )
    for name in ("first", "last"):
        found[name] = pd.to_datetime(found[name]).dt.date
    return found


def _counts_by_size(entries: ibis.Table) -> pd.DataFrame:
    """`size`, `product_id`, `entries`: in how many baskets of so many products each product is."""
    sizes = entries.group_by("basket").agg(size=entries.count())
    rows = entries.join(sizes, "basket")
    counted: pd.DataFrame = rows.group_by("size", "product_id").agg(entries=rows.count()).to_pyarrow().to_pandas()
    return counted.sort_values(["size", "product_id"], ignore_index=True)


def _products(counts: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """`product_id`, `baskets`, `price`; most frequent first, those alike by price, so that new names change nothing."""
    counted = counts.rename(columns={"entries": "baskets"}).groupby("product_id", as_index=False)[["baskets"]].sum()
    counted = counted.merge(prices[["product_id", "price"]], on="product_id")
    return counted.sort_values(["baskets", "price", "product_id"], ascending=[False, False, True], ignore_index=True)


def _together(entries: ibis.Table, products: pd.DataFrame) -> Values:
    """How often each two of all `products` are in the same basket: a symmetric table, its diagonal empty."""
    left = entries.select("basket", one="product_id")
    right = entries.select("basket", other="product_id")
    joined = left.join(right, "basket").filter(lambda both: both.one < both.other)
    counted = joined.group_by("one", "other").agg(together=joined.count()).to_pyarrow().to_pandas()
    place = pd.Series(np.arange(len(products)), index=products["product_id"])
    one, other = (counted[name].map(place).to_numpy(dtype=np.int64) for name in ("one", "other"))
    together = np.zeros((len(products), len(products)))
    together[one, other] = together[other, one] = counted["together"]
    return together


def every_pair(together: Values, counts: pd.DataFrame, products: pd.DataFrame, *, among: int, n: int) -> pd.DataFrame:
    """The table `pairs` of `CoPurchases`.

    Parameters
    ----------
    together : array, products × products
        How often each two are in the same basket.
    counts : DataFrame
        `size`, `product_id`, `entries`.
    products : DataFrame
        `product_id`, `baskets`, `price`, in the order of `together`; all that were sold, the most frequent first.
    among, n : int
        The first so many products are paired; all baskets.
    """
    given_size = _expected_given_size(counts, products["product_id"])
    of_near = near(products["price"].to_numpy(dtype=float))
    ids, baskets = products["product_id"].to_numpy(), products["baskets"].to_numpy()
    i, j = np.triu_indices(among, 1)
    return pd.DataFrame(
        {
            "first": ids[i],
            "second": ids[j],
            "n_first": baskets[i],
            "n_second": baskets[j],
            "together": together[i, j].astype(np.int64),
            "expected_nothing": baskets[i] * baskets[j] / n,
            "expected_size": given_size[i, j],
            "near": of_near(together)[i, j].astype(np.int64),
            "near_size": of_near(given_size)[i, j],
        }
    )


def _expected_given_size(counts: pd.DataFrame, ids: pd.Series) -> Values:
    """How often each two products are together by chance, within baskets of equal size; in the order of `ids`."""
    by_size = counts.pivot_table(index="size", columns="product_id", values="entries", aggfunc="sum", fill_value=0)
    by_size = by_size.reindex(columns=ids)
    together = np.zeros((len(ids), len(ids)))
    for size, row in zip(by_size.index.to_numpy(dtype=float), by_size.to_numpy(dtype=float), strict=True):
        there = np.flatnonzero(row)
        if size > 1:
            together[np.ix_(there, there)] += quasi_independent(row[there] * (size - 1))
    return together


def near(prices: Values) -> Callable[[Values], Values]:
    """What sums a symmetric table over the pairs of like prices around each pair, which itself is left out.

    Around the pair (i, j) are the pairs (k, l) where k stands at most the share `NEAR` of all products from i in the
    order of their prices, and l from j. The diagonal of the table has to be empty.
    """
    n = len(prices)
    order = np.argsort(prices, kind="stable")
    reach = max(LEAST_NEAR, round(NEAR * n))
    low, high = np.maximum(np.arange(n) - reach, 0), np.minimum(np.arange(n) + reach + 1, n)
    first, last = np.maximum.outer(low, low), np.minimum.outer(high, high)
    last = np.maximum(first, last)
    place = np.argsort(order, kind="stable")

    def summed(table: Values) -> Values:
        total = np.zeros((n + 1, n + 1))
        total[1:, 1:] = table[np.ix_(order, order)].cumsum(axis=0).cumsum(axis=1)
        box = total[np.ix_(high, high)] - total[np.ix_(low, high)] - total[np.ix_(high, low)] + total[np.ix_(low, low)]
        # Where both products are near both, a pair is in the box twice, once as its own mirror.
        twice = total[last, last] - 2 * total[first, last] + total[first, first]
        around = (box - twice / 2)[np.ix_(place, place)] - table
        # Differences of sums of many numbers: what is left where nothing is around is rounding.
        return np.asarray(np.maximum(np.round(around, 6), 0.0), dtype=np.float64)

    return summed


def quasi_independent(totals: Values) -> Values:
    """The symmetric table d_i d_j with an empty diagonal whose rows add up to `totals`, by scaling until they do.

    A product is no partner of itself, so its partners come from the others alone; without that, pairs of a few products
    are expected too seldom.
    """
    d = totals / np.sqrt(totals.sum())
    for _ in range(ROUNDS):
        others = np.maximum(d.sum() - d, np.finfo(float).tiny)
        d = np.sqrt(d * totals / others)
    table = np.outer(d, d)
    np.fill_diagonal(table, 0.0)
    return np.asarray(table, dtype=np.float64)
