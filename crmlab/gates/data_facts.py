"""How many customers and purchases a client's data hold, and over which days: what gates are held against."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import ibis

from crmlab.summary import purchases
from crmlab.tables.portions import portions

TRANSACTIONS = "transactions"


class HasTables(Protocol):
    """What gates read of a `Client`."""

    @property
    def observed_until(self) -> date:
        """The last day observed, inclusive."""

    def table(self, name: str) -> ibis.Table:
        """The clean table of that name, or a DataError if the client has none."""


@dataclass(frozen=True)
class DataFacts:
    """What the gates are held against; everything counts kept rows only.

    Attributes
    ----------
    customers, repeat_customers : int
        Customers with a purchase, and with purchases on two days or more.
    purchases : int
        Purchases, as `crmlab.summary.purchases` defines them.
    first_date, last_date : date or None
        First and last purchase; None if there is none.
    history_days : int
        First purchase to `observed_until`, in days; 0 if there is no purchase.
    freshness_days : int or None
        Last purchase to `observed_until`, in days; None if there is no purchase.
    """

    customers: int
    repeat_customers: int
    purchases: int
    first_date: date | None
    last_date: date | None
    history_days: int
    freshness_days: int | None


def facts(client: HasTables) -> DataFacts:
    """How many customers and purchases the client's data hold, and over which days; nothing is refused here."""
    rows = client.table(TRANSACTIONS).select("customer_id", "date", "amount", "excluded_by")
    parts = [_counted(purchases(portion)) for portion in portions(rows, ["customer_id"], ["customer_id", "date"])]
    first = min((part["first"] for part in parts if part["first"]), default=None)
    last = max((part["last"] for part in parts if part["last"]), default=None)
    return DataFacts(
        customers=sum(part["customers"] for part in parts),
        repeat_customers=sum(part["repeat_customers"] for part in parts),
        purchases=sum(int(part["purchases"]) for part in parts),
        first_date=first,
        last_date=last,
        history_days=(client.observed_until - first).days if first else 0,
        freshness_days=(client.observed_until - last).days if last else None,
    )


def _counted(bought: ibis.Table) -> dict[str, Any]:
    """Customers, purchases and their first and last day, of purchases with every customer's whole."""
    by_customer = bought.group_by("customer_id")
    customers = by_customer.agg(n=lambda t: t.count(), first=lambda t: t.date.min(), last=lambda t: t.date.max())
    totals = customers.agg(
        customers=customers.count(),
        repeat_customers=customers.count(where=customers.n > 1),
        purchases=customers.n.sum().fill_null(0),
        first=customers["first"].min(),
        last=customers["last"].max(),
    )
    (row,) = totals.to_pyarrow().to_pylist()
    return dict(row)
