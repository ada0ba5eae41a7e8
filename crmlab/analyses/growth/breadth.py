"""Whether customers who buy in more categories are worth more, and how many of them cost more than they bring.

Firms count categories and take the sum for loyalty. Some who buy in many cost more than they leave, and selling them
one more category makes it worse (Shah, Kumar, Qu and Chen 2012, Journal of Marketing 76(3)).
"""

from dataclasses import dataclass
from datetime import date
from math import sqrt

import ibis
import pandas as pd
from scipy.stats import norm

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import day, tr
from crmlab.shares import share, wilson
from crmlab.tables.kept import kept

MOST = 5
WIDE = 3


@dataclass(frozen=True)
class Breadth:
    """Customers by the number of categories they bought in.

    Attributes
    ----------
    table : DataFrame
        `categories` (the last row: that many or more), `customers`, `mean`, `low`, `high` (contribution of a
        customer), `at_a_loss`, `loss_low`, `loss_high` (share whose contribution is below zero).
    customers : DataFrame
        `customer_id`, `categories`, `contribution`.
    at_a_loss : Estimate
        Of customers with three categories or more, the share whose contribution is below zero.
    costs_known : bool
        Whether the cost of serving is taken off; without it nearly nobody is at a loss.
    """

    table: pd.DataFrame
    customers: pd.DataFrame
    at_a_loss: Estimate
    costs_known: bool


def breadth(
    sales: ibis.Table, products: ibis.Table, cost_events: ibis.Table | None, *, until: date, margin_rate: float | None
) -> Breadth:
    """Contribution by number of categories.

    Contribution is amount less cost of goods, returns included, or amount times the margin rate where costs are not
    known, less what serving the customer cost.

    Raises
    ------
    DataError
        If products have no category, no margin is known, or nobody bought in three categories.
    """
    if "category" not in products.columns:
        raise DataError("the products have no column `category`; name it in the client file")
    lines = kept(sales)
    if "cost" in lines.columns:
        margin = lines.amount.cast("float64") - lines["cost"].cast("float64").coalesce(0.0)
    elif margin_rate is not None:
        margin = lines.amount.cast("float64") * margin_rate
    else:
        raise DataError("no margin is known: name the column `cost`, or `margin_rate` in the client file")
    rows = lines.mutate(margin=margin).join(kept(products).select("product_id", "category"), "product_id", how="left")
    rows = rows.group_by("customer_id").agg(
        categories=rows.category.nunique(where=rows.amount > 0), contribution=rows.margin.sum()
    )
    found = rows.to_pyarrow().to_pandas()
    found = found[found["categories"] > 0].sort_values(["contribution", "customer_id"], ignore_index=True)
    if cost_events is not None:
        events = kept(cost_events)
        costs = events.group_by("customer_id").agg(cost=events.amount.cast("float64").sum()).to_pyarrow().to_pandas()
        found["contribution"] -= found["customer_id"].map(costs.set_index("customer_id")["cost"]).fillna(0.0)
    wide = found[found["categories"] >= WIDE]
    if wide.empty:
        raise DataError(f"nobody bought in {WIDE} categories: what wide buyers leave cannot be told")
    first = kept(sales).date.min().to_pyarrow().as_py()
    return Breadth(
        table=_table(found),
        customers=found,
        at_a_loss=share(
            int((wide["contribution"] < 0).sum()),
            len(wide),
            denominator=tr("customers who bought in three categories or more"),
            window=tr("{first} to {last}", first=day(pd.Timestamp(first).date()), last=day(until)),
        ),
        costs_known=cost_events is not None,
    )


def _table(found: pd.DataFrame) -> pd.DataFrame:
    grouped = found.groupby(found["categories"].clip(upper=MOST))["contribution"]
    counted = grouped.agg(customers="size", mean="mean", spread="std", losses=lambda one: int((one < 0).sum()))
    table: pd.DataFrame = counted.rename_axis("categories").reset_index()
    reach = float(norm.ppf(0.975)) * table["spread"].fillna(0) / table["customers"].map(sqrt)
    low, high = wilson(table["losses"], table["customers"])
    done: pd.DataFrame = table.assign(
        low=table["mean"] - reach,
        high=table["mean"] + reach,
        at_a_loss=table["losses"] / table["customers"],
        loss_low=low,
        loss_high=high,
    )
    return done.drop(columns=["spread", "losses"])
