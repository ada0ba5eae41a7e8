"""One year's books by customer: what they paid, what the goods and the service cost, and what was left for the house.

Porter (1985): what customers pay is the value; what is left after the activities that make it is the margin. Fixed
costs are laid on customers in two ways, by orders and not at all, because the two answer different questions: a price
list has to earn them, and a decision to let a customer go does not save them.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.reading import Tables, rows, window, within, year_to
from crmlab.errors import DataError
from crmlab.language import mark
from crmlab.tables.kept import kept

LONGEST_MONTH = 31


@dataclass(frozen=True)
class YearBooks:
    """The books of the 365 days that end on a day.

    Attributes
    ----------
    customers : DataFrame
        One row for each customer with a row of sales or returns in the year: `customer_id`, `orders`, `revenue`,
        `goods`, `serving`, `contribution` (revenue less both), `absorbed` (fixed costs laid on by orders), `profit`
        (contribution less absorbed).
    fixed : float
        Fixed costs of the year; of months that lie in it in part, the part of their days.
    window : str
    """

    customers: pd.DataFrame
    fixed: float
    window: str

    @property
    def margin(self) -> float:
        """Contribution as a share of revenue, of all customers together."""
        return float(self.customers["contribution"].sum() / self.customers["revenue"].sum())

    def kept_of_one(self, customer_ids: pd.Series) -> pd.Series:
        """What each customer is taken to leave of what they pay: the goods margin less their own cost of service.

        The share of service is (serving + s) / (revenue + r), with s and r those of the average customer: one average
        customer more in everybody's books, so that a single visit to a small customer does not decide. Below zero where
        serving them costs more than the goods leave.
        """
        books = self.customers.set_index("customer_id").reindex(customer_ids)
        each = self.customers[["revenue", "goods", "serving"]].mean()
        paid = books["revenue"].clip(lower=0).fillna(0) + each["revenue"]
        left: pd.Series = 1 - each["goods"] / each["revenue"] - (books["serving"].fillna(0) + each["serving"]) / paid
        return left.reset_index(drop=True)

    @property
    def fixed_of_one(self) -> float:
        """Fixed costs for each customer of the year."""
        return self.fixed / len(self.customers)

    @property
    def orders_of_one(self) -> float:
        """Orders of the average customer of the year."""
        return float(self.customers["orders"].mean())

    def bridge(self) -> pd.DataFrame:
        """From what customers paid to what is left: `step`, `amount`, and `share` of what they paid."""
        sums = self.customers[["revenue", "goods", "serving"]].sum()
        rest = float(sums["revenue"] - sums["goods"] - sums["serving"])
        steps = [
            (mark("paid by customers"), float(sums["revenue"])),
            (mark("goods"), -float(sums["goods"])),
            (mark("serving"), -float(sums["serving"])),
            (mark("contribution"), rest),
            (mark("fixed costs"), -self.fixed),
            (mark("what is left"), rest - self.fixed),
        ]
        table = pd.DataFrame(steps, columns=["step", "amount"])
        return table.assign(share=table["amount"] / float(sums["revenue"]))

    def without(self, customer_ids: list[str]) -> tuple[float, float]:
        """What profit would change by if these customers went: with fixed costs that stay, and as absorption says."""
        gone = self.customers[self.customers["customer_id"].isin(customer_ids)]
        return -float(gone["contribution"].sum()), -float(gone["profit"].sum())


def year_books(tables: Tables, *, at: date) -> YearBooks:
    """The books of the 365 days that end on `at`.

    Lines without a cost of goods are taken to have the cost share of the others.

    Raises
    ------
    DataError
        If nothing was sold in the year, or no line has a cost.
    """
    first, last = year_to(at)
    sales = kept(tables["transactions"])
    lines = sales.filter(sales.date.between(ibis.literal(first.date()), ibis.literal(last.date())))
    amount, cost = lines.amount.cast("float64"), lines.cost.cast("float64")
    asked = lines.group_by("customer_id").agg(
        revenue=amount.sum(),
        priced=amount.sum(where=cost.notnull()),  # noqa: PD004 - Ibis, not pandas
        goods=cost.sum(),
        orders=lines.order_id.nunique(where=amount > 0),
    )
    table: pd.DataFrame = asked.to_pyarrow().to_pandas().fillna(0.0)
    if table.empty or table["revenue"].sum() <= 0:
        raise DataError(f"nothing was sold in the year that ends on {at}")
    if table["priced"].sum() <= 0:
        raise DataError("no line of 'transactions' has a cost; map the column 'cost' in the client file")
    share = float(table["goods"].sum() / table["priced"].sum())
    table["goods"] += (table["revenue"] - table["priced"]) * share
    table["serving"] = table["customer_id"].map(_serving(tables, at)).fillna(0.0)
    table["contribution"] = table["revenue"] - table["goods"] - table["serving"]
    fixed = _fixed(tables, at)
    table["absorbed"] = fixed * table["orders"] / max(float(table["orders"].sum()), 1.0)
    table["profit"] = table["contribution"] - table["absorbed"]
    ordered = table.drop(columns="priced").sort_values(["contribution", "customer_id"], ascending=[False, True])
    return YearBooks(ordered.reset_index(drop=True).astype({"orders": np.int64}), fixed, window(at))


def _fixed(tables: Tables, at: date) -> float:
    months = rows(tables, "fixed_costs", ["month", "amount"]).groupby("month")["amount"].sum()
    if months.empty:
        raise DataError("the table 'fixed_costs' has no month that could be used")
    starts = months.index.to_series()
    # The last month is taken to be as long as the longest: where the next would begin is not in the table.
    ends = starts.shift(-1).fillna(starts.iloc[-1] + pd.Timedelta(days=LONGEST_MONTH))
    first, last = year_to(at)
    after = last + pd.Timedelta(days=1)
    inside = (ends.where(ends < after, after) - starts.where(starts > first, first)).dt.days.clip(lower=0)
    return float((months * inside / (ends - starts).dt.days).sum())


def _serving(tables: Tables, at: date) -> pd.Series:
    events = within(rows(tables, "cost_events", ["customer_id", "date", "amount"]), "date", at)
    return events.groupby("customer_id")["amount"].sum()
