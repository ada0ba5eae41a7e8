"""Who gets the firm's attention, and where firm and customer meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis
import pandas as pd

from crmlab.language import day, mark, tr
from crmlab.shares import wilson
from crmlab.tables.kept import kept

GROUPS = 5
MEETINGS: Mapping[str, tuple[str, str]] = {
    "transactions": (mark("a purchase or a return"), "channel"),
    "contacts": (mark("an approach by the firm"), "channel"),
    "tickets": (mark("a complaint, request or question"), "channel"),
    "activities": (mark("a call, visit, letter or quote"), "kind"),
    "surveys": (mark("a question of the firm"), "mode"),
}
"""The tables in which firm and customer meet: what a row is, and the column that says how."""


@dataclass(frozen=True)
class Attention:
    """How many customers of each value were approached.

    Attributes
    ----------
    table : DataFrame
        One row for each fifth of the customers by value, the least valuable first: `group` (1 to 5), `customers`,
        `value` (mean of the year before, in the client's currency), `contacted`, `share`, `low`, `high`.
    measure : str
        What value is: gross margin, or revenue where costs are not known.
    window, before : str
        The year of the contacts, and the year whose value counts.
    """

    table: pd.DataFrame
    measure: str
    window: str
    before: str


def contacted_by_value(transactions: Any, contacts: Any, *, level: float = 0.95) -> Attention | None:
    """Of each fifth of the buyers of one year, the share approached in the next, which ends with the last approach.

    Value and contacts lie in different years, so that a purchase made because of a contact does not count as the
    reason for it. Customers of equal value are ordered by their id's hash, never by the file. None if nobody was
    approached, or fewer than a customer for each fifth bought in the year before.
    """
    approaches = kept(contacts).filter(lambda rows: rows.arm == "treat")
    last = approaches.date.max().to_pyarrow().as_py()
    if last is None:
        return None
    start = last - timedelta(days=364)
    earlier = start - timedelta(days=365)
    sales = kept(transactions)
    with_cost = "cost" in sales.columns
    paid = sales.amount - sales.cost.fill_null(0) if with_cost else sales.amount
    year = sales.mutate(paid=paid.cast("float64")).filter((sales.date >= earlier) & (sales.date < start))
    values = year.group_by("customer_id").agg(value=lambda rows: rows.paid.sum())
    reached = approaches.filter(lambda rows: rows.date >= start)
    marked = values.mutate(
        contacted=values.customer_id.isin(reached.customer_id),
        group=ibis.ntile(GROUPS).over(order_by=[values.value, values.customer_id.hash(), values.customer_id]) + 1,
    )
    counted = marked.group_by("group").agg(
        customers=lambda rows: rows.count(),
        value=lambda rows: rows.value.mean(),
        contacted=lambda rows: rows.contacted.sum(),
    )
    table = counted.order_by("group").to_pyarrow().to_pandas()
    if len(table) < GROUPS:
        return None
    low, high = wilson(table["contacted"], table["customers"], level=level)
    return Attention(
        table=table.assign(share=table["contacted"] / table["customers"], low=low, high=high),
        measure=tr("gross margin") if with_cost else tr("revenue"),
        window=tr("{first} to {last}", first=day(start), last=day(last)),
        before=tr("{first} to {last}", first=day(earlier), last=day(start - timedelta(days=1))),
    )


def touchpoints(tables: Mapping[str, ibis.Table]) -> pd.DataFrame:
    """Where firm and customer meet in the tables the client has: `table`, `what`, `way`, `meetings`, `customers`."""
    found = [_meetings(name, tables[name]) for name in MEETINGS if name in tables]
    columns = ["table", "what", "way", "meetings", "customers"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _meetings(name: str, table: Any) -> pd.DataFrame:
    what, column = MEETINGS[name]
    rows = kept(table)
    rows = rows.mutate(way=rows[column] if column in rows.columns else ibis.null("string"))
    counted = rows.group_by("way").agg(
        meetings=lambda group: group.count(), customers=lambda group: group.customer_id.nunique()
    )
    frame: pd.DataFrame = counted.order_by(ibis.desc("meetings"), "way").to_pyarrow().to_pandas()
    return frame.assign(table=name, what=what)
