"""The three analyses of loyalty in one table: what customers are worth, what they need, whether they are going.

Value is contribution, need the category of which a customer bought most, risk how long they have been silent beside
what is usual among customers who come back: longer than four of five gaps between purchases is overdue, longer than
nineteen of twenty is gone quiet. Gaps that are still open are not among those counted, so that the limits are rather
too short, most so for young firms. Risk here is the risk of losing a customer, not that of a bad debt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.whale import group_of
from crmlab.errors import ParameterError
from crmlab.language import mark
from crmlab.summary import purchases
from crmlab.tables.kept import kept

RISKS = (mark("in touch"), mark("overdue"), mark("gone quiet"))
AT = (0.80, 0.95)
LEAST_GAPS = 20
UNKNOWN = "–"


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """Customers by value, need and risk.

    Attributes
    ----------
    customers : DataFrame
        `customer_id`, `contribution`, `tier` (1 the most profitable), `risk` (of `RISKS`), `need` (a category of the
        client's, – where it is not known), `days_since_last`.
    limits : tuple of int or None
        From how many days of silence a customer is overdue, and gone quiet; None with fewer than 20 gaps.
    tiers : int
        How many tiers there are.
    """

    customers: pd.DataFrame
    limits: tuple[int, int] | None
    tiers: int

    def grid(self) -> pd.DataFrame:
        """Value × risk: `tier`, then the customers of each risk, `contribution`, `at_stake` (not in touch)."""
        known = self.customers
        counts = known.pivot_table(index="tier", columns="risk", values="customer_id", aggfunc="size", fill_value=0)
        counts = counts.reindex(columns=list(RISKS), fill_value=0)
        whole = known.groupby("tier")["contribution"].agg(fsum).rename("contribution")
        going = known[known["risk"] != RISKS[0]].groupby("tier")["contribution"].agg(fsum).rename("at_stake")
        return counts.join(whole).join(going).fillna({"at_stake": 0.0}).reset_index()

    def leaving(self) -> pd.DataFrame:
        """Those who are not in touch, by tier, need and risk: `customers`, `contribution`; the largest groups first."""
        going = self.customers[self.customers["risk"] != RISKS[0]]
        grouped = going.groupby(["tier", "need", "risk"])["contribution"].agg(["size", fsum]).reset_index()
        grouped = grouped.rename(columns={"size": "customers", "fsum": "contribution"})
        keys = ["customers", "contribution", "tier", "need", "risk"]
        return grouped.sort_values(keys, ascending=[False, False, True, True, True], ignore_index=True)


def portfolio(tables: Mapping[str, Any], made: Account, *, tiers: int = 4) -> Portfolio:
    """Value, need and risk of each customer of the account.

    Raises
    ------
    ParameterError
        If `tiers` is not a whole number from 2 on.
    """
    if isinstance(tiers, bool) or not isinstance(tiers, int) or tiers < 2:  # noqa: PLR2004 - fewer divide nobody
        raise ParameterError(f"tiers is {tiers!r}; it is a whole number, 2 or more")
    bought = purchases(tables["transactions"])
    until = made.window.last
    since = bought.group_by("customer_id").agg(last=lambda group: group.date.max()).to_pyarrow().to_pandas()
    last = made.customers["customer_id"].map(pd.to_datetime(since.set_index("customer_id")["last"]))
    silent = (pd.Timestamp(until) - last).dt.days
    limits = _limits(bought)
    risk = np.select([silent <= limits[0], silent <= limits[1]], RISKS[:2], RISKS[2]) if limits else UNKNOWN
    table = made.customers[["customer_id", "contribution"]].assign(
        tier=group_of(made.customers["contribution"], groups=tiers),
        risk=risk,
        need=made.customers["customer_id"].map(_needs(tables, made)).astype("str").fillna(UNKNOWN),
        days_since_last=silent,
    )
    return Portfolio(customers=table, limits=limits, tiers=tiers)


def _limits(bought: Any) -> tuple[int, int] | None:
    """Silence in days that four of five, and nineteen of twenty, closed gaps between purchases do not exceed."""
    within = ibis.window(group_by="customer_id", order_by="date")
    gaps = bought.mutate(before=bought.date.lag().over(within)).filter(lambda row: row.before.notnull())  # noqa: PD004
    days = gaps.mutate(days=gaps.date.delta(gaps.before, unit="day")).group_by("days").agg(n=lambda row: row.count())
    table = days.order_by("days").to_pyarrow().to_pandas()
    whole = int(table["n"].sum())
    if whole < LEAST_GAPS:
        return None
    reached = table["n"].cumsum().to_numpy() / whole
    found = [int(table["days"].iloc[int(np.argmax(reached >= at))]) for at in AT]
    return found[0], found[1]


def _needs(tables: Mapping[str, Any], made: Account) -> pd.Series:
    """The category of which each customer bought most in the window; equal ones by name."""
    products, sales = tables.get("products"), kept(tables["transactions"])
    if products is None or "category" not in products.columns or "product_id" not in sales.columns:
        return pd.Series(dtype=str)
    inside = sales.filter((sales.date >= made.window.first) & (sales.date <= made.window.last))
    kind = kept(products).select("product_id", "category").distinct(on="product_id")
    joined = inside.inner_join(kind, "product_id").filter(lambda row: row.category.notnull())  # noqa: PD004
    summed = joined.group_by("customer_id", "category").agg(paid=joined.amount.sum()).to_pyarrow().to_pandas()
    most = summed.sort_values(["paid", "category"], ascending=[False, True]).drop_duplicates("customer_id")
    needs: pd.Series = most.set_index("customer_id")["category"]
    return needs
