"""What is sold and at what price: the catalogue of `products.yaml`, repriced in steps as consumer prices rise.

A product costs its base price, which is that of the window's last month, times the price level of the month in which
it was last repriced; each product is repriced every one, two or three months, at the beginning of a month. A piece
costs the firm a share of the list price that hangs on the category. Prices are whole hundreds of tomans.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from crmlab.company.economy import price_levels
from crmlab.company.made import Frame, Made, table
from crmlab.company.months import first_days, month_dates
from crmlab.company.setting import Setting

Prices = NDArray[np.int64]

THOUSAND = 1_000
ROUND_TO = 100  # tomans
_TIER_OF_USE = "standard"  # consumables and services belong to a family; the table names its middle tier


@dataclass(frozen=True)
class ProductsWorld:
    """How products are priced and how much they are wanted.

    Attributes
    ----------
    slowest_months : int
        The longest time, in months, after which a product is repriced. Chosen.
    popularity_sd : float
        Standard deviation of the logarithm of how much a product is wanted beside others of its price. Chosen.
    services_wanted : float
        How much services are wanted beside goods of their price. Chosen.
    busy_months : float
        By what factor cooling and heating are wanted in their months; 1 is no effect. Chosen.
    complements : float
        How much a pair of complements is wanted as one purchase, beside a product of its price; 0 is not at all.
        Chosen so that each pair is bought together several times as often as by chance.
    cost : dict
        Shares of the list price that pieces cost, for categories in which they are not those of the catalogue.
    returned : float
        By what the shares of lines that come back are multiplied; 0: nothing ever does.
    """

    SECTION: ClassVar[str] = "products"

    slowest_months: int
    popularity_sd: float
    services_wanted: float
    busy_months: float
    complements: float
    cost: dict[str, float]
    returned: float


def make(setting: Setting, known: Made) -> Made:
    """The tables `products` and `prices`.

    The truth: `catalogue` (one row a product: `product_id`, `code`, `category`, `base_price`, `cost_share`,
    `return_rate`, `popularity`) and `complements` (`pair` from 1, `product_id`, `with_product_id`, `weight`).
    """
    world = setting.world(ProductsWorld)
    goods = _goods()
    categories = _catalogue()["categories"]
    cost = {name: entry["cost"] for name, entry in categories.items()} | world.cost
    returned = {name: world.returned * entry["returned"] for name, entry in categories.items()}
    popularity = np.exp(world.popularity_sd * setting.rng("products.popularity").standard_normal(len(goods)))
    catalogue = pd.DataFrame(
        {
            "product_id": goods["product_id"],
            "code": goods["code"],
            "category": goods["category"],
            "base_price": goods["base_price"],
            "cost_share": goods["category"].map(cost),
            "return_rate": goods["category"].map(returned),
            "popularity": popularity * np.where(goods["kind"] == "service", world.services_wanted, 1.0),
        }
    )
    prices = _prices(setting, world, catalogue, price_levels(known))
    last = prices.drop_duplicates("product_id", keep="last").set_index("product_id").loc[goods["product_id"]]
    products: dict[str, Any] = {
        name: goods[name] for name in ("product_id", "name", "category", "brand", "kind", "tier", "used_with")
    }
    products |= {name: last[name].to_numpy() for name in ("list_price", "unit_cost")}
    return Made(
        {"products": table("products", products), "prices": prices},
        {"catalogue": catalogue, "complements": _complements(goods, world)},
    )


def list_prices(known: Made, column: str = "list_price") -> Prices:
    """What each product costs in each month, in tomans: a row a month, a column a product of `products`."""
    prices, products, months = (known.tables[name] for name in ("prices", "products", "economy"))
    place = pd.Series(np.arange(len(products)), index=products["product_id"])
    row = np.searchsorted(months["month"].to_numpy(), prices["valid_from"].to_numpy())
    set_here = np.full((len(months), len(products)), -1)
    set_here[row, prices["product_id"].map(place)] = np.arange(len(prices))
    # Prices of one product stand in the order of their days: the latest so far is the one with the highest number.
    return prices[column].to_numpy(dtype=np.int64)[np.maximum.accumulate(set_here, axis=0)]


def wanted_in_month(setting: Setting, known: Made) -> NDArray[np.float64]:
    """How much each product is wanted in each month: a row a month, a column a product."""
    catalogue, factor = known.truth["catalogue"], setting.world(ProductsWorld).busy_months
    # The window begins with the first month of a year.
    month = np.arange(len(known.tables["economy"])) % 12 + 1
    busy_in = catalogue["category"].map(
        {name: entry.get("busy_months", []) for name, entry in _catalogue()["categories"].items()}
    )
    busy = np.array([np.isin(month, months) for months in busy_in]).T
    return cast("NDArray[np.float64]", catalogue["popularity"].to_numpy() * np.where(busy, factor, 1.0))


def _prices(setting: Setting, world: ProductsWorld, catalogue: Frame, levels: NDArray[np.float64]) -> Frame:
    n = len(catalogue)
    every, phase = setting.rng("prices.steps").integers(1, world.slowest_months + 1, (2, n))
    month = np.arange(len(first_days(setting)))
    is_step = ((month[:, None] + phase) % every == 0) | (month[:, None] == 0)
    price = _rounded(catalogue["base_price"].to_numpy() * levels[:, None])
    cost = _rounded(price * catalogue["cost_share"].to_numpy())
    # By product, then month; where a price has not changed since the last step, there is none.
    product, at = np.nonzero(is_step.T)
    steps = pd.DataFrame({"product": product, "at": at, "price": price[at, product], "cost": cost[at, product]})
    changed = steps.groupby("product")["price"].shift().ne(steps["price"])
    kept = steps[changed]
    return table(
        "prices",
        {
            "product_id": catalogue["product_id"].to_numpy()[kept["product"]],
            "valid_from": month_dates(setting, kept["at"]),
            "list_price": kept["price"],
            "unit_cost": kept["cost"],
        },
    )


def _rounded(tomans: Any) -> Prices:
    return (np.maximum(np.round(np.asarray(tomans) / ROUND_TO), 1) * ROUND_TO).astype(np.int64)


def _complements(goods: Frame, world: ProductsWorld) -> Frame:
    ids = goods.set_index("code")["product_id"]
    pairs = _catalogue()["complements"]
    return pd.DataFrame(
        {
            "pair": np.arange(1, len(pairs) + 1),
            "product_id": [ids[first] for first, _ in pairs],
            "with_product_id": [ids[second] for _, second in pairs],
            "weight": world.complements,
        }
    )


@cache
def _goods() -> Frame:
    """One row a product, in the order of the file; nobody changes it."""
    written, brands = _catalogue(), _catalogue()["brands"]
    rows = [_durable(family, entry, tier) for family, entry in written["durables"].items() for tier in written["tiers"]]
    rows += [_pack(code, entry, pack) for code, entry in written["consumables"].items() for pack in (1, 2)]
    rows += [_service(code, entry) for code, entry in written["services"].items()]
    goods = pd.DataFrame(rows)
    number = np.arange(1, len(goods) + 1)
    goods["product_id"] = [f"P{place:03}" for place in number]
    goods["brand"] = np.where(goods["kind"] == "service", "نگین", np.array(brands)[number * 5 % len(brands)])
    goods["base_price"] = goods["base_price"] * THOUSAND
    named = goods["name"] + np.where(goods["kind"] == "service", "", " " + goods["brand"]) + goods["after_brand"]
    of_use = goods.set_index("code")["product_id"]
    return goods.assign(name=named, used_with=(goods["family"] + f"/{_TIER_OF_USE}").map(of_use))


def _durable(family: str, entry: list[Any], tier: str) -> dict[str, Any]:
    name, category, *prices = entry
    tiers = _catalogue()["tiers"]
    price = prices[list(tiers).index(tier)]
    after = f" {tiers[tier]}"
    return _row(f"{family}/{tier}", name, category, "durable", price) | {"tier": tier, "after_brand": after}


def _pack(code: str, entry: list[Any], pack: int) -> dict[str, Any]:
    name, family, *prices = entry
    after = " بستهٔ " + ("کوچک" if pack == 1 else "بزرگ")
    return _row(f"{code}/{pack}", name, "consumables", "consumable", prices[pack - 1]) | {
        "family": family,
        "after_brand": after,
    }


def _service(code: str, entry: list[Any]) -> dict[str, Any]:
    name, family, price = entry
    return _row(code, name, "services", "service", price) | {"family": family, "after_brand": ""}


def _row(code: str, name: str, category: str, kind: str, price: float) -> dict[str, Any]:
    return {"code": code, "name": name, "category": category, "kind": kind, "base_price": price}


@cache
def _catalogue() -> dict[str, Any]:
    text = files("crmlab.company").joinpath("products.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))
