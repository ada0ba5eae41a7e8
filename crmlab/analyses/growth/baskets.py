"""What is bought together: products and pairs of products by basket, counted in the engine.

A basket is an order, or all that a customer ever bought. Whether a pair is together more often than chance has it hangs
on what chance is taken to be: that baskets do not differ at all, that they differ in size, or in size and in how dear
their goods are. Where baskets do differ, the first finds a pair in everything.
"""

from dataclasses import dataclass
from typing import Any, Literal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError
from crmlab.language import day, tr
from crmlab.tables.kept import kept

Unit = Literal["order", "customer"]
PRICE_LEVELS = 5
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
        Every pair of these products: `first` (the more frequent), `second`, `n_first`, `n_second`, `together`, and how
        often they would be together by chance: `expected_nothing` if baskets did not differ, `expected_size`,
        `expected_size_and_price` if they differ in size (and in the price level of what is in them) and in nothing
        else.
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
    Statistical Association 63), within groups of baskets of equal size, and of like price level.

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
    counts = _counts_by_group(entries, prices)
    n = round(float((counts["entries"] / counts["size"]).sum()))
    products = _products(counts, prices)
    looked_at = products[products["baskets"] >= min_support * n].reset_index(drop=True)
    if len(looked_at) < 2:  # noqa: PLR2004 - a pair
        raise DataError(
            f"fewer than two of {len(products)} products are in {min_support:g} of {n} baskets: no pair can be looked "
            "at; lower `min_support`, or add older records"
        )
    pairs = _pairs(entries, looked_at)
    pairs["expected_nothing"] = pairs["n_first"] * pairs["n_second"] / n
    for given in GIVEN[1:]:
        pairs[f"expected_{given}"] = _expected(counts, given, looked_at)
    alone = counts[counts["size"] == 1]["entries"].sum()
    return CoPurchases(
        unit=kind,
        n=n,
        mean_size=float(counts["entries"].sum()) / n,
        several=n - int(alone),
        products=looked_at,
        all_products=len(products),
        min_support=min_support,
        pairs=pairs,
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


def _counts_by_group(entries: ibis.Table, prices: pd.DataFrame) -> pd.DataFrame:
    """`size`, `step` (price level), `product_id`, `entries`: products in the baskets of like size and price level."""
    level = ibis.memtable(
        pa.table({"product_id": prices["product_id"].tolist(), "level": np.log(prices["price"]).tolist()})
    )
    priced = entries.join(level, "product_id").select("basket", "product_id", "level")
    by_basket = priced.group_by("basket").agg(size=priced.count(), level=priced.level.mean())
    cuts = (
        by_basket.agg(**{f"c{k}": by_basket.level.quantile(k / PRICE_LEVELS) for k in range(1, PRICE_LEVELS)})
        .to_pyarrow()
        .to_pandas()
    )
    step: Any = ibis.literal(0)
    for cut in cuts.iloc[0]:
        step = step + (by_basket.level > float(cut)).cast("int64")
    rows = entries.join(by_basket.select("basket", "size", step=step), "basket")
    counted: pd.DataFrame = (
        rows.group_by("size", "step", "product_id").agg(entries=rows.count()).to_pyarrow().to_pandas()
    )
    return counted.sort_values(["size", "step", "product_id"], ignore_index=True)


def _products(counts: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """`product_id`, `baskets`; most frequent first, those alike by price, so that renamed products stay in order."""
    counted = counts.rename(columns={"entries": "baskets"}).groupby("product_id", as_index=False)[["baskets"]].sum()
    counted = counted.merge(prices[["product_id", "price"]], on="product_id")
    ordered = counted.sort_values(["baskets", "price", "product_id"], ascending=[False, False, True])
    found: pd.DataFrame = ordered[["product_id", "baskets"]].reset_index(drop=True)
    return found


def _pairs(entries: ibis.Table, products: pd.DataFrame) -> pd.DataFrame:
    """Every pair of `products`, also those never together."""
    left = entries.select("basket", one="product_id")
    right = entries.select("basket", other="product_id")
    joined = left.join(right, "basket").filter(lambda both: both.one < both.other)
    counted = joined.group_by("one", "other").agg(together=joined.count()).to_pyarrow().to_pandas()
    place = pd.Series(np.arange(len(products)), index=products["product_id"])
    together = np.zeros((len(products), len(products)), dtype=np.int64)
    seen = counted[counted["one"].isin(place.index) & counted["other"].isin(place.index)]
    one, other = seen["one"].map(place).to_numpy(dtype=np.int64), seen["other"].map(place).to_numpy(dtype=np.int64)
    together[np.minimum(one, other), np.maximum(one, other)] = seen["together"]
    i, j = np.triu_indices(len(products), 1)
    ids, baskets = products["product_id"].to_numpy(), products["baskets"].to_numpy()
    return pd.DataFrame(
        {"first": ids[i], "second": ids[j], "n_first": baskets[i], "n_second": baskets[j], "together": together[i, j]}
    )


def _expected(counts: pd.DataFrame, given: str, products: pd.DataFrame) -> NDArray[np.float64]:
    """How often each pair is together by chance, within groups of baskets."""
    keys = ["size"] if given == "size" else ["size", "step"]
    by_group = counts.pivot_table(index=keys, columns="product_id", values="entries", aggfunc="sum", fill_value=0)
    sizes = by_group.index.get_level_values("size").to_numpy(dtype=float)
    entries = by_group.to_numpy(dtype=float)
    together = np.zeros((entries.shape[1], entries.shape[1]))
    for row, size in zip(entries, sizes, strict=True):
        there = np.flatnonzero(row)
        if size > 1:
            together[np.ix_(there, there)] += quasi_independent(row[there] * (size - 1))
    place = by_group.columns.get_indexer(pd.Index(products["product_id"]))
    i, j = np.triu_indices(len(products), 1)
    return np.asarray(together[place[i], place[j]], dtype=np.float64)


def quasi_independent(totals: NDArray[np.float64]) -> NDArray[np.float64]:
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
