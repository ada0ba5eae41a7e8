"""Orders of several products, in which some products go together or only customers differ.

Products are wanted more or less (log-normal popularity). Customers make more or fewer orders (Gamma–Poisson), and so a
heavy buyer comes to own almost any two products. Where complements are planted, an order with the first of a pair takes
the second along with a given chance; nothing else ties products to each other.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class MarketBaskets:
    """Simulated orders and the truth they were drawn from.

    Attributes
    ----------
    transactions : DataFrame
        One row a product in an order: `customer_id`, `date`, `order_id`, `product_id`, `amount`.
    pairs : DataFrame
        The complements: `first`, `second`; none where nothing goes together.
    """

    transactions: pd.DataFrame
    pairs: pd.DataFrame


def market_baskets(
    rng: np.random.Generator,
    *,
    n_customers: int = 1000,
    n_products: int = 40,
    n_pairs: int = 6,
    complement: float = 0.3,
    orders: float = 6.0,
    shape: float = 1.0,
    more_items: float = 0.8,
    popularity_sd: float = 0.6,
) -> MarketBaskets:
    """Orders over a year of customers who differ in how often they buy.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers, n_products, n_pairs : int
        Customers; products; how many disjoint pairs of them are complements.
    complement : float
        The chance that an order with the first of a pair takes the second along; 0: nothing goes together.
    orders : float
        Orders of a customer, mean; everybody has at least one.
    shape : float
        How alike customers are: the shape of the Gamma law of their rates; infinite makes them all alike.
    more_items : float
        Further products in an order, mean (Poisson).
    popularity_sd : float
        Standard deviation of the logarithm of how much a product is wanted.

    Raises
    ------
    ParameterError
        If a number lies outside what it can mean, all of them at once.
    """
    _check(n_customers, n_products, n_pairs, complement=complement, orders=orders, shape=shape)
    wanted = np.exp(popularity_sd * rng.standard_normal(n_products))
    rate = np.full(n_customers, orders) if math.isinf(shape) else rng.gamma(shape, orders / shape, n_customers)
    customer = np.repeat(np.arange(n_customers), 1 + rng.poisson(np.maximum(rate - 1, 0)))
    items = np.minimum(1 + rng.poisson(more_items, customer.size), n_products)
    order, product = _drawn(rng, wanted, items)
    first, second = rng.permutation(n_products)[: 2 * n_pairs].reshape(2, -1) if n_pairs else np.zeros((2, 0), int)
    order, product = _with_partners(rng, order, product, (first, second), complement)
    day = rng.integers(0, 365, customer.size)
    ids = np.array([f"P{number:03}" for number in range(1, n_products + 1)])
    transactions = pd.DataFrame(
        {
            "customer_id": [f"C{number:06}" for number in customer[order] + 1],
            "date": np.datetime64("2024-01-01") + day[order].astype("timedelta64[D]"),
            "order_id": [f"S{number:07}" for number in order + 1],
            "product_id": ids[product],
            "amount": 10.0 + product,
        }
    )
    planted = n_pairs if complement > 0 else 0
    pairs = pd.DataFrame({"first": ids[first[:planted]], "second": ids[second[:planted]]})
    return MarketBaskets(transactions.assign(date=transactions["date"].dt.date), pairs)


def _drawn(rng: np.random.Generator, wanted: NDArray[np.float64], items: Whole) -> tuple[Whole, Whole]:
    """Products of each order, without repetition: those with the largest of log(wanted) + Gumbel noise."""
    order: list[Whole] = []
    product: list[Whole] = []
    for size in np.unique(items):
        rows = np.flatnonzero(items == size)
        score = np.log(wanted) + rng.gumbel(size=(rows.size, wanted.size))
        top = np.argpartition(-score, size - 1, axis=1)[:, :size] if size < wanted.size else np.argsort(-score, axis=1)
        order.append(np.repeat(rows, size))
        product.append(top.ravel())
    return np.concatenate(order), np.concatenate(product)


def _with_partners(
    rng: np.random.Generator, order: Whole, product: Whole, pairs: tuple[Whole, Whole], complement: float
) -> tuple[Whole, Whole]:
    """The orders with the second of a pair taken along with the first, where it was not there by itself."""
    first, second = pairs
    if complement == 0 or not first.size:
        return order, product
    with_partner = dict(zip(first.tolist(), second.tolist(), strict=True))
    takes = np.isin(product, first) & (rng.random(product.size) < complement)
    more = np.array([with_partner[one] for one in product[takes].tolist()], dtype=np.int64)
    both = pd.DataFrame({"order": np.r_[order, order[takes]], "product": np.r_[product, more]}).drop_duplicates()
    return both["order"].to_numpy(dtype=np.int64), both["product"].to_numpy(dtype=np.int64)


def _check(n_customers: int, n_products: int, n_pairs: int, *, complement: float, orders: float, shape: float) -> None:
    problems = [
        said
        for wrong, said in (
            (n_customers < 1, f"n_customers is {n_customers}: at least 1"),
            (n_products < 2, f"n_products is {n_products}: at least 2"),  # noqa: PLR2004 - a pair
            (not 0 <= 2 * n_pairs <= n_products, f"n_pairs is {n_pairs}: from 0 to half of the products"),
            (not 0 <= complement <= 1, f"complement is {complement:g}: a chance from 0 to 1"),
            (orders < 1, f"orders is {orders:g}: at least 1"),
            (not shape > 0, f"shape is {shape:g}: above 0"),
        )
        if wrong
    ]
    if problems:
        raise ParameterError(together("these orders cannot be simulated:", problems))
