"""The customer base in plain counts: how many, and who came, stayed, came back and went from one period to the next."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.actions.baseline import Horizon
from crmlab.estimate import Estimate
from crmlab.language import count, day, tr
from crmlab.shares import share
from crmlab.summary import purchases

KEPT, NEW, RETURNED, LOST = "kept", "new", "returned", "lost"
GROUPS = (KEPT, NEW, RETURNED, LOST)


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """From the buyers of one period to the buyers of the next.

    Attributes
    ----------
    table : DataFrame
        One row each for `kept` (bought in both periods), `new` (first purchase in the second), `returned` (bought
        before the first and in the second), `lost` (bought in the first only): `group`, `customers`, `value_before`,
        `value` (purchases of the two periods). Kept + lost are the first period's buyers, kept + new + returned the
        second's.
    first, second : tuple of date
        The two periods, first and last day.
    kept : Estimate or None
        Share of the first period's buyers who bought in the second; None if nobody bought in the first.
    known : int
        Customers with a purchase up to the end of the second period.
    """

    table: pd.DataFrame
    first: tuple[date, date]
    second: tuple[date, date]
    kept: Estimate | None
    known: int

    @property
    def first_window(self) -> str:
        """The days of the first period, as text."""
        return tr("{first} to {last}", first=day(self.first[0]), last=day(self.first[1]))

    def customers(self, *groups: str) -> int:
        """Customers in these groups together."""
        return int(self.table.loc[self.table["group"].isin(groups), "customers"].sum())


def bridge(transactions: ibis.Table, *, days: Horizon, level: float = 0.95) -> Bridge:
    """The bridge from the period before `days.then` to the one after it, up to `days.until`."""
    start, then, until = days.before, days.then, days.until
    rows = _by_customer(transactions, start, then, until)
    before, after, older = rows["before"].gt(0), rows["after"].gt(0), rows["older"]
    group = np.select([before & after, before, after & older, after], [KEPT, LOST, RETURNED, NEW], "")
    sums = rows.assign(group=group)[group != ""].groupby("group")
    table = sums.agg(customers=("before", "size"), value_before=("value_before", "sum"), value=("value_after", "sum"))
    table = table.reindex(list(GROUPS), fill_value=0).rename_axis("group").reset_index()
    first, second = (start + timedelta(days=1), then), (then + timedelta(days=1), until)
    bought = int(before.sum())
    window = tr("{first} to {last}", first=day(second[0]), last=day(second[1]))
    of = tr("the {n} customers who bought in the period before", n=count(bought))
    kept = share(int((before & after).sum()), bought, denominator=of, window=window, level=level) if bought else None
    return Bridge(table=table, first=first, second=second, kept=kept, known=len(rows))


def everyone(transactions: ibis.Table, *, observed_until: date) -> pd.DataFrame:
    """All customers with a purchase, largest value first.

    For a company so small that no list can be told from another: the facts, as numbers and as a `reason`. Columns
    `customer_id`, `purchases`, `last`, `days_since_last`, `value`, `reason`.
    """
    bought = purchases(transactions)
    rows = bought.group_by("customer_id").agg(
        purchases=bought.count(), last=bought.date.max(), value=bought.value.sum()
    )
    table = pd.DataFrame(rows.to_pyarrow().to_pandas()).assign(value=lambda t: t["value"].astype(np.float64))
    table = table.assign(
        days_since_last=[(observed_until - last).days for last in pd.to_datetime(table["last"]).dt.date]
    )
    table["reason"] = [
        tr("Purchases: {n}, the last on {day}. No list could be made.", n=count(n), day=day(last))
        for n, last in zip(table["purchases"], pd.to_datetime(table["last"]).dt.date, strict=True)
    ]
    return table.sort_values(["value", "customer_id"], ascending=[False, True], ignore_index=True)


def _by_customer(transactions: ibis.Table, start: date, then: date, until: date) -> pd.DataFrame:
    bought = purchases(transactions)
    bought = bought.filter(bought.date <= ibis.date(until))
    old = bought.date <= ibis.date(start)
    first = (bought.date > ibis.date(start)) & (bought.date <= ibis.date(then))
    second = bought.date > ibis.date(then)
    rows = bought.group_by("customer_id").agg(
        older=old.any(),
        before=first.sum(),
        after=second.sum(),
        value_before=bought.value.sum(where=first),
        value_after=bought.value.sum(where=second),
    )
    table = pd.DataFrame(rows.order_by("customer_id").to_pyarrow().to_pandas())
    money = ["value_before", "value_after"]
    return table.assign(**{name: table[name].astype(np.float64).fillna(0.0) for name in money})
