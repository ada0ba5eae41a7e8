"""Whom to offer what: next-best products, steps up, cover to look at; with consent, and some left alone by chance."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import floor
from typing import Any

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.growth.baskets import bought
from crmlab.analyses.growth.cover import Cover
from crmlab.analyses.growth.next_product import Known, NextProduct, best, known_on, probabilities
from crmlab.analyses.growth.upgrading import Propensity
from crmlab.errors import ParameterError
from crmlab.language import day, mark, percent, tr, translated
from crmlab.tables.kept import kept_frame

CONTACT, LEFT_ALONE = mark("contact"), mark("do_nothing")
ACTIVE_DAYS = 365
MOST_LEFT_ALONE = 0.5


@dataclass(frozen=True)
class Offer:
    """A list to act on.

    Attributes
    ----------
    table : DataFrame
        One row a customer, the largest expected contribution first: `customer_id`, what is offered and why, and `arm`
        (`contact`, or `do_nothing` for those whom chance leaves alone).
    suppressed : int
        Customers who would be on it and may not be contacted.
    consent_known : bool
        Whether the client says who may be contacted; if not, nobody is suppressed and the list must be checked first.
    eligible : int
        Customers who would be on it without consent and without a limit.
    """

    table: pd.DataFrame
    suppressed: int
    consent_known: bool
    eligible: int


def consent(customers: ibis.Table | None) -> pd.Series | None:
    """By customer, whether they may be contacted; None where the client does not say. A blank is no consent."""
    if customers is None or "may_contact" not in customers.columns:
        return None
    rows = kept_frame(customers, ["customer_id", "may_contact"])
    return rows["may_contact"].eq(True).groupby(rows["customer_id"]).all()


def next_best(
    sales: ibis.Table,
    products: ibis.Table | None,
    model: NextProduct,
    *,
    until: date,
    agreed: pd.Series | None,
    margin_rate: float | None,
    top_n: int,
    owned_days: int,
    size: int,
    holdout: float,
    rng: np.random.Generator,
) -> Offer:
    """The product most likely to come next, for customers who bought within the last year.

    Durables of a category in which the customer bought one within `owned_days` are left out. `probability` is that of
    buying the product within the model's days, for a customer who buys at all; `expected` is it times the product's
    margin (blank where no margin is known).
    """
    known = known_on(sales, until, _active(sales, until))
    chance = probabilities(known, model.fitted)
    chance = np.where(_owned(sales, products, known, until, owned_days), -1.0, chance)
    chosen = best(chance, top_n)
    rows = np.arange(len(known.customers))
    first, likely = chosen[:, 0], chance[rows, chosen[:, 0]]
    names, margin = _names(sales, products, known), _margins(products, known, margin_rate)
    table = pd.DataFrame(
        {
            "customer_id": known.customers,
            "product_id": known.products[first],
            "product": names[first],
            "also": [" · ".join(names[others]) for others in chosen[:, 1:]],
            "probability": likely,
            "expected": likely * margin[first],
            "reason": [_why(known, names, int(row), int(column)) for row, column in zip(rows, first, strict=True)],
        }
    )
    order = "expected" if table["expected"].notna().any() else "probability"
    return _offer(table[table["probability"] > 0], order, agreed, size=size, holdout=holdout, rng=rng)


def steps_to_offer(
    found: Propensity,
    steps: pd.DataFrame,
    headroom: pd.DataFrame,
    names: pd.Series,
    *,
    agreed: pd.Series | None,
    size: int,
    holdout: float,
    rng: np.random.Generator,
) -> Offer:
    """Customers whose last durable has a tier above it: propensity times what the step would leave.

    Parameters
    ----------
    found, steps, headroom
        Of `upgrade_propensity`, `steps_up` and `Potential.customers`; without a purchase in the last year
        there is no headroom.
    names : Series
        Names of products, by `product_id`.
    """
    rows = found.customers.merge(steps, on="product_id")
    rows = rows.rename(columns={"headroom": "step"}).merge(
        headroom[["customer_id", "headroom"]], on="customer_id", how="left"
    )
    rows["expected"] = rows["propensity"] * rows["step"]
    rows["product"] = rows["product_id"].map(names).fillna(rows["product_id"])
    rows["reason"] = [
        tr(
            "has {product} since {on}; of such customers {share} bought a higher tier next",
            product=str(product),
            on=day(on),
            share=percent(propensity, 0),
        )
        for product, on, propensity in zip(rows["product"], rows["on"], rows["propensity"], strict=True)
    ]
    columns = ["customer_id", "product", "next_tier", "propensity", "step", "expected", "headroom", "reason"]
    return _offer(rows[columns], "expected", agreed, size=size, holdout=holdout, rng=rng)


def cover_to_review(
    found: Cover, names: pd.Series, *, agreed: pd.Series | None, size: int, holdout: float, rng: np.random.Generator
) -> Offer:
    """Customers with a running contract whose life changed lately."""
    rows = found.customers.assign(
        product=found.customers["product_id"].map(names).fillna(found.customers["product_id"]),
        reason=[
            tr(
                "{event} changed on {on}; the contract may no longer fit",
                event=translated(str(event).replace("_", " ")),
                on=day(on),
            )
            for event, on in zip(found.customers["event"], found.customers["on"], strict=True)
        ],
    )
    return _offer(
        rows[["customer_id", "product", "price", "reason"]], "price", agreed, size=size, holdout=holdout, rng=rng
    )


def product_names(sales: ibis.Table, products: ibis.Table | None) -> pd.Series:
    """The name of each product, from the products, else from the transactions, else its id."""
    found: dict[str, str] = {}
    lines = bought(sales)
    if "product" in lines.columns:
        named = lines.group_by("product_id").agg(name=lines["product"].max()).to_pyarrow().to_pandas().dropna()
        found |= dict(zip(named["product_id"], named["name"], strict=True))
    if products is not None and "name" in products.columns:
        named = kept_frame(products, ["product_id", "name"]).dropna()
        found |= dict(zip(named["product_id"], named["name"], strict=True))
    return pd.Series(found, dtype=object)


def _offer(
    rows: pd.DataFrame, by: str, agreed: pd.Series | None, *, size: int, holdout: float, rng: np.random.Generator
) -> Offer:
    if not 0 <= holdout <= MOST_LEFT_ALONE or size < 1:
        raise ParameterError(f"holdout {holdout:g} and size {size}: a share from 0 to {MOST_LEFT_ALONE}, and 1 or more")
    ordered = rows.sort_values([by, "customer_id"], ascending=[False, True], ignore_index=True)
    may = ordered["customer_id"].map(agreed).eq(True) if agreed is not None else pd.Series(True, index=ordered.index)
    listed = ordered[may].head(size).reset_index(drop=True)
    return Offer(
        table=listed.assign(arm=_arms(len(listed), holdout, rng)),
        suppressed=int((~may).sum()),
        consent_known=agreed is not None,
        eligible=len(ordered),
    )


def _arms(n: int, holdout: float, rng: np.random.Generator) -> list[str]:
    """One customer drawn from each of as many layers of like value as there are to be left alone."""
    wanted = floor(n * holdout + 0.5)
    arms = [str(CONTACT)] * n
    for layer in np.array_split(np.arange(n), wanted) if wanted else ():
        arms[int(rng.choice(layer))] = str(LEFT_ALONE)
    return arms


def _active(sales: ibis.Table, until: date) -> Any:
    lines = bought(sales)
    recent = lines.filter((lines.date > until - timedelta(days=ACTIVE_DAYS)) & (lines.date <= until))
    return np.sort(
        recent.select("customer_id").distinct().to_pyarrow().to_pandas()["customer_id"].to_numpy(dtype=object)
    )


def _owned(
    sales: ibis.Table, products: ibis.Table | None, known: Known, until: date, owned_days: int
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where the product is a durable and one of its category was bought within `owned_days`."""
    nothing = np.zeros((len(known.customers), len(known.products)), dtype=bool)
    if products is None or not {"kind", "category"} <= set(products.columns):
        return nothing
    kinds = kept_frame(products, ["product_id", "kind", "category"]).dropna()
    durable = kinds[kinds["kind"] == "durable"]
    lines = bought(sales)
    recent = lines.filter((lines.date > until - timedelta(days=owned_days)) & (lines.date <= until))
    owned = (
        recent.select("customer_id", "product_id").distinct().to_pyarrow().to_pandas().merge(durable, on="product_id")
    )
    row = pd.Series(np.arange(len(known.customers)), index=known.customers)
    for category, goods in durable.groupby("category"):
        columns = np.isin(known.products, goods["product_id"])
        who = owned.loc[owned["category"] == category, "customer_id"].map(row).dropna().astype(int).unique()
        nothing[np.ix_(who, np.flatnonzero(columns))] = True
    return nothing


def _names(sales: ibis.Table, products: ibis.Table | None, known: Known) -> np.ndarray[Any, Any]:
    names = product_names(sales, products)
    return np.array([str(names.get(one, one)) for one in known.products], dtype=object)


def _margins(products: ibis.Table | None, known: Known, margin_rate: float | None) -> np.ndarray[Any, Any]:
    """What a piece leaves, by product: list price less cost, else mean price times the margin rate, else blank."""
    rate = float("nan") if margin_rate is None else margin_rate
    usual = pd.Series(np.exp(known.price) * rate, index=known.products)
    if products is not None and {"list_price", "unit_cost"} <= set(products.columns):
        rows = kept_frame(products, ["product_id", "list_price", "unit_cost"]).set_index("product_id").astype(float)
        usual = (rows["list_price"] - rows["unit_cost"]).reindex(known.products).fillna(usual)
    return usual.to_numpy(dtype=float)


def _why(known: Known, names: np.ndarray[Any, Any], row: int, column: int) -> str:
    had = known.counts[row] > 0
    if had[column]:
        return tr("bought it before")
    partners = np.flatnonzero(had & (known.partner[column] > 0))
    if partners.size:
        return tr("goes with {product}, bought before", product=names[partners[0]])
    return tr("popular, and near the prices this customer pays")
