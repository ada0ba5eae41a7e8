"""What is in each order: lines that add up to its value, to the toman.

The value V of an order is known first (`purchases`). It is divided among K items by shares that are Dirichlet with
p / K for each, p being the shape of the value: as V is Gamma(p), the items' values are K independent Gammas of shape
p / K, given the customer. So nothing in one item says anything of another, but for what both say of the customer. An
item whose value is less than what the cheapest product can be sold at goes to the order's largest.

For an item of value v in n pieces a product is drawn, as much as each is wanted, among those whose list price in the
month is v / n to 1.3 v / n: what is above v / n is the discount, 0 to 23 % of the list price. There is always such a
product, as prices lie less than 30 % apart (below the cheapest price the discount may be more). **Complements** are
items of two products, priced at the sum of both, wanted as much as the world says; the discount is shared.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.latents import LatentsWorld
from crmlab.company.made import Frame, Made, joined
from crmlab.company.products import list_prices, wanted_in_month
from crmlab.company.setting import Block, Setting

Vector = NDArray[np.float64]
Whole = NDArray[np.int64]

WIDTH = 1.3  # the dearest product that an item may be, over what was paid for it
_APART = 10**12  # tomans from one month's prices to the next one's, so that all stand in one sorted row


@dataclass(frozen=True)
class Basket:
    """How many items an order has and how many pieces an item.

    `items`: shares of orders with 1, 2, ... items. `more_pieces`: for each order the chance that an item has one piece
    more, and after it one more, and so on.
    """

    items: tuple[float, ...]
    more_pieces: Vector


@dataclass(frozen=True)
class Shelf:
    """All items of all months in one row, by month and price, so that one search finds the items near any price.

    `place` is month · 10¹² + price; `wanted` adds up how much each is wanted; `first` and `second` are places of
    products, `second` −1 where there is none; `cheapest` and `dearest` are prices by month, of single products.
    """

    place: Whole
    wanted: Vector
    first: Whole
    second: Whole
    pair: Whole
    prices: Whole
    cheapest: Whole
    dearest: Whole


def shelf(setting: Setting, known: Made) -> Shelf:
    """What may be bought in each month."""
    prices, wanted = list_prices(known), wanted_in_month(setting, known)
    n_months, n_products = prices.shape
    ids = pd.Series(np.arange(n_products), index=known.tables["products"]["product_id"])
    pairs = known.truth["complements"].query("weight > 0")
    one, other = ids[pairs["product_id"]].to_numpy(), ids[pairs["with_product_id"]].to_numpy()
    price = np.hstack([prices, prices[:, one] + prices[:, other]])
    weight = np.hstack([wanted, np.tile(pairs["weight"].to_numpy(dtype=float), (n_months, 1))])
    place = (np.arange(n_months)[:, None] * _APART + price).ravel()
    order = np.argsort(place, kind="stable")
    column = np.tile(np.arange(price.shape[1]), n_months)[order]
    no_second = np.full(n_products, -1)
    return Shelf(
        place=place[order],
        wanted=np.cumsum(weight.ravel()[order]),
        first=np.r_[np.arange(n_products), one][column],
        second=np.r_[no_second, other][column],
        pair=np.r_[np.zeros(n_products, dtype=np.int64), pairs["pair"]][column],
        prices=prices,
        cheapest=prices.min(axis=1),
        dearest=prices.max(axis=1),
    )


def lines(setting: Setting, stock: Shelf, block: Block, purchases: Frame, basket: Basket) -> Frame:
    """One row a line, by order: `order` and `product` (places), `quantity`, `amount`, `list_price`, `pair` (0: none).

    Parameters
    ----------
    setting, block
        Which company, which customers.
    stock : Shelf
        What may be bought.
    purchases : DataFrame
        `month` and `value` of each order.
    basket : Basket
        How many items and pieces.
    """
    month = purchases["month"].to_numpy()
    order, value = _items(setting, block, purchases["value"].to_numpy(), stock.cheapest[month], basket)
    month = month[order]
    rng = setting.rng("transactions.products", block)
    pieces = _pieces(setting.rng("transactions.pieces", block), basket.more_pieces[order])
    # As many pieces as there are products cheap enough for, and no fewer than the dearest product makes necessary.
    pieces = np.maximum(np.minimum(pieces, value // stock.cheapest[month]), -(-value // stock.dearest[month]))
    pieces = np.maximum(pieces, 1)
    chosen = _near(rng, stock, month, value, pieces)
    items = pd.DataFrame({"order": order, "month": month, "value": value, "quantity": pieces, "chosen": chosen})
    return _as_lines(stock, items)


def _items(setting: Setting, block: Block, values: Whole, cheapest: Whole, basket: Basket) -> tuple[Whole, Whole]:
    """The order and the value of each item, by order; the values of an order's items add up to its own."""
    rng = setting.rng("transactions.items", block)
    shares_of_orders = np.array(basket.items) / sum(basket.items)
    count = rng.choice(shares_of_orders.size, size=values.size, p=shares_of_orders) + 1
    order = np.repeat(np.arange(values.size), count)
    drawn = rng.gamma(setting.world(LatentsWorld).p / count[order])
    share = drawn / np.bincount(order, drawn)[order]
    value = np.floor(share * values[order]).astype(np.int64)
    # An order's largest item takes what rounding and items too small for any product leave over.
    by_size = np.lexsort((value, order))
    largest = by_size[np.cumsum(count) - 1]
    too_small = value * WIDTH < cheapest[order]
    too_small[largest] = False
    value[too_small] = 0
    value[largest] += values - np.bincount(order, value, minlength=values.size).astype(np.int64)
    return order[~too_small], value[~too_small]


def _pieces(rng: np.random.Generator, more: Vector) -> Whole:
    return rng.geometric(1 - more)


def _near(rng: np.random.Generator, stock: Shelf, month: Whole, value: Whole, pieces: Whole) -> Whole:
    """The place on the shelf of an item that costs what one piece is worth, or a little more."""
    least = -(-value // pieces)
    low = np.searchsorted(stock.place, month * _APART + least)
    high = np.searchsorted(
        stock.place, month * _APART + np.floor(WIDTH * value / pieces).astype(np.int64), side="right"
    )
    high = np.maximum(high, low + 1)
    before = np.where(low > 0, stock.wanted[low - 1], 0.0)
    target = before + rng.random(low.size) * (stock.wanted[high - 1] - before)
    return np.clip(np.searchsorted(stock.wanted, target, side="right"), low, high - 1)


def _as_lines(stock: Shelf, items: Frame) -> Frame:
    """An item is a line, or two of complements, between which its value is divided as their prices are."""
    month, value, chosen = (items[name].to_numpy() for name in ("month", "value", "chosen"))
    first, second = stock.first[chosen], stock.second[chosen]
    price, price_of_second = stock.prices[month, first], np.where(second >= 0, stock.prices[month, second], 0)
    to_second = np.round(value * (price_of_second / (price + price_of_second))).astype(np.int64)
    lines = items[["order", "quantity"]].assign(pair=stock.pair[chosen])
    both = [
        lines.assign(product=first, amount=value - to_second, list_price=price),
        lines.assign(product=second, amount=to_second, list_price=price_of_second)[second >= 0],
    ]
    return joined(both).sort_values("order", kind="stable", ignore_index=True)
