"""The account of every customer: what they paid, what their goods cost, what serving them cost, what they leave.

Revenue counts returns. Margin is revenue less the cost of goods. Contribution is margin less the cost to serve: what
the firm would miss without the customer, as far as serving costs go away with them. Fixed costs are the firm's, and no
customer's.

Serving is costed by its events. `recorded`: as each event was booked. `time`: time-driven activity-based costing [1]_:
what all events of a driver cost, divided by all their minutes, is the price of a minute, and each customer is charged
for the minutes that they took; events without minutes, such as credit, are charged as booked.

References
----------
.. [1] Kaplan and Anderson (2004), Time-driven activity-based costing, Harvard Business Review 82(11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Any, Literal

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.profitability.money import Prices, as_they_are, prices
from crmlab.analyses.profitability.periods import Periods, Window, two_periods
from crmlab.errors import DataError, ParameterError
from crmlab.language import tr
from crmlab.tables.kept import kept

Costing = Literal["time", "recorded"]
MONEY = ["revenue", "margin", "cost_to_serve", "contribution"]
BY_PERIOD = [*MONEY, "units"]


@dataclass(frozen=True, kw_only=True)
class Account:
    """One row a customer, and what the rows are about.

    Attributes
    ----------
    customers : DataFrame
        By `customer_id`, who has a line or an event in the window: `revenue`, `margin`, `cost_to_serve`,
        `contribution`; `units` (orders, or days where no order is known), `spread` (how far chance alone moves the
        contribution, see `uncertainty`), `last` (day of the last sale); and each amount and `units` again for the
        earlier (`_1`) and the later (`_2`) period.
    serving : DataFrame
        One row a customer and driver: `customer_id`, `driver`, `events`, `minutes` (0 where none are known), `cost`.
        Empty where no cost of serving is known.
    lines : DataFrame
        One row an order (or day) of a customer: `customer_id`, `unit`, `period`, `margin`, `cost_to_serve`.
    fixed : float or None
        Fixed costs of the window; None where they are not known.
    estimated : float
        Share of revenue (returns counted as paid) whose cost of goods comes from a rate and not from its line.
    periods : Periods
    prices : Prices
    costing : {"time", "recorded", "none"}
    """

    customers: pd.DataFrame
    serving: pd.DataFrame
    lines: pd.DataFrame
    fixed: float | None
    estimated: float
    periods: Periods
    prices: Prices
    costing: str

    @property
    def window(self) -> Window:
        """The days the account is about."""
        return self.periods.both

    @property
    def served(self) -> bool:
        """Whether the cost of serving is known."""
        return self.costing != "none"

    @property
    def denominator(self) -> str:
        """Who the customers are."""
        return tr("customers with a sale, a return or a service in the window")

    def total(self, column: str) -> float:
        """The sum of a column over all customers, exact whatever their order."""
        return fsum(self.customers[column])


def account(
    tables: Mapping[str, Any],
    *,
    observed_until: date,
    period_months: int = 12,
    costing: Costing = "time",
    margin_rate: float | None = None,
) -> Account:
    """The account of the last two periods of `period_months` months, or of the longest two that fit the history.

    Parameters
    ----------
    tables : mapping
        Clean tables by name: `transactions` (with `cost`, unless `margin_rate` is given); `cost_events`, `fixed_costs`
        and `economy` where they are there.
    observed_until : date
        The last day, inclusive.
    costing : {"time", "recorded"}
        How serving is costed.
    margin_rate : float, optional
        Margin as a share of revenue, for lines that do not say what their goods cost.

    Raises
    ------
    DataError
        If two periods do not fit, nothing was sold in them, or no cost of goods is known.
    ParameterError
        If `costing` or `period_months` cannot be used.
    """
    if costing not in ("time", "recorded"):
        raise ParameterError(f"costing is {costing!r}; it is 'time' or 'recorded'")
    sales = kept(tables["transactions"])
    first = sales.date.min().to_pyarrow().as_py()
    if first is None:
        raise DataError(tr("there is no sale to account for: no row of the transactions is kept"))
    periods = two_periods(observed_until=observed_until, first=first, months=period_months)
    basis = prices(tables.get("economy"), first=periods.both.first, until=observed_until)
    lines, estimated = _lines(sales, periods, basis, margin_rate)
    known = "cost_events" in tables
    return account_of(
        lines,
        _events(tables["cost_events"], periods, basis, costing) if known else None,
        periods=periods,
        basis=basis,
        fixed=_fixed(tables.get("fixed_costs"), periods.both, basis),
        estimated=estimated,
        costing=costing,
    )


def account_of(
    lines: pd.DataFrame,
    events: pd.DataFrame | None,
    *,
    periods: Periods,
    basis: Prices | None = None,
    fixed: float | None = None,
    estimated: float = 0.0,
    costing: str = "recorded",
) -> Account:
    """The account of rows in memory, such as a simulation's.

    Parameters
    ----------
    lines : DataFrame
        `customer_id`, `unit` (order), `period` (1 or 2), `date`, `revenue`, `margin`.
    events : DataFrame or None
        `customer_id`, `unit`, `period`, `driver`, `events`, `minutes`, `cost`; None: what serving costs is not known.
    """
    served = _no_events() if events is None else events
    units = _units(lines, served)
    return Account(
        customers=_customers(units, lines),
        serving=_serving(served),
        lines=units,
        fixed=fixed,
        estimated=estimated,
        periods=periods,
        prices=as_they_are(periods.both.last) if basis is None else basis,
        costing="none" if events is None else costing,
    )


def _lines(sales: Any, periods: Periods, basis: Prices, rate: float | None) -> tuple[pd.DataFrame, float]:
    """Revenue and margin by customer, day and order, and the share of revenue whose goods were costed by a rate."""
    with_cost = "cost" in sales.columns
    inside = _inside(sales, "date", periods.both)
    unknown = inside.cost.isnull() if with_cost else ibis.literal(value=True)  # noqa: PD003 - Ibis, not pandas
    rows = inside.mutate(
        unit=_unit(inside),
        goods=inside.cost.fill_null(0) if with_cost else inside.amount * 0,
        unknown=unknown.ifelse(inside.amount, inside.amount * 0),
    )
    summed = rows.group_by("customer_id", "date", "unit").agg(
        revenue=rows.amount.sum(), goods=rows.goods.sum(), unknown=rows.unknown.sum()
    )
    frame = _floats(summed, ["revenue", "goods", "unknown"], basis, "date")
    if frame.empty:
        raise DataError(tr("nothing was sold from {window}; there is no account to make", window=str(periods.both)))
    told = fsum(frame["revenue"]) - fsum(frame["unknown"])
    estimated = fsum(frame["unknown"].abs()) / (fsum(frame["revenue"].abs()) or 1.0)
    if rate is None and told > 0:
        rate = 1 - fsum(frame["goods"]) / told
    if rate is None:
        raise DataError(
            tr(
                "what goods cost is not known: map `cost` of the transactions in the client file, or state "
                "`margin_rate` under economics there"
            )
        )
    frame["margin"] = frame["revenue"] - frame["goods"] - (1 - rate) * frame["unknown"]
    frame["period"] = _period(frame["date"], periods)
    return frame, estimated


def _events(table: Any, periods: Periods, basis: Prices, costing: Costing) -> pd.DataFrame:
    rows = _inside(kept(table), "date", periods.both)
    minutes = rows.minutes if "minutes" in rows.columns else ibis.null("float64")
    rows = rows.mutate(unit=_unit(rows), minutes=minutes)
    summed = rows.group_by("customer_id", "date", "unit", "driver").agg(
        events=rows.count(),
        timed=rows.minutes.count(),
        minutes=rows.minutes.sum().fill_null(0).cast("float64"),
        recorded=rows.amount.sum(),
    )
    frame = _floats(summed, ["recorded"], basis, "date")
    frame["cost"] = _by_minutes(frame) if costing == "time" else frame["recorded"]
    frame["period"] = _period(frame["date"], periods)
    return frame


def _by_minutes(events: pd.DataFrame) -> pd.Series:
    """What each row costs at its driver's price of a minute; as booked where some of its events have no minutes."""
    timed = (events["timed"] == events["events"]) & (events["minutes"] > 0)
    by_driver = events[timed].groupby("driver")[["recorded", "minutes"]].agg(fsum)
    price = events["driver"].map(by_driver["recorded"] / by_driver["minutes"])
    return events["recorded"].where(~timed, events["minutes"] * price)


def _no_events() -> pd.DataFrame:
    words = ["customer_id", "unit", "driver"]
    numbers = ["events", "minutes", "recorded", "cost", "period"]
    return pd.DataFrame(
        {**dict.fromkeys(words, pd.Series(dtype=str)), **dict.fromkeys(numbers, pd.Series(dtype=float))}
    )


def _units(lines: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Margin and cost to serve by customer, order and period."""
    keys = ["customer_id", "unit", "period"]
    sold = lines.groupby(keys, sort=False)[["revenue", "margin"]].sum()
    served = events.groupby(keys, sort=False)["cost"].sum().rename("cost_to_serve")
    units: pd.DataFrame = sold.join(served, how="outer").fillna(0.0).reset_index()
    units["contribution"] = units["margin"] - units["cost_to_serve"]
    return units.sort_values(["customer_id", "period", "revenue", "margin", "cost_to_serve"], ignore_index=True)


def _customers(units: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    by_customer = units.groupby("customer_id")
    table = by_customer[MONEY].sum()
    # An order and its services are one unit, in whichever period each of them fell.
    orders = units.groupby(["customer_id", "unit"])["contribution"].sum()
    table["units"] = orders.groupby("customer_id").size()
    table["spread"] = np.sqrt((orders**2).groupby("customer_id").sum())
    sales = lines[lines["revenue"] > 0]
    table["last"] = pd.to_datetime(sales.groupby("customer_id")["date"].max()).reindex(table.index)
    counted = units.assign(units=1.0)
    for number in (1, 2):
        period = counted[counted["period"] == number].groupby("customer_id")[BY_PERIOD].sum()
        table = table.join(period.add_suffix(f"_{number}"))
    own = [f"{name}_{number}" for number in (1, 2) for name in BY_PERIOD]
    table[own] = table[own].fillna(0.0)
    return table.reset_index()


def _serving(events: pd.DataFrame) -> pd.DataFrame:
    summed = events.groupby(["customer_id", "driver"])[["events", "minutes", "cost"]].sum()
    return summed.reset_index()


def _fixed(table: Any, window: Window, basis: Prices) -> float | None:
    """The fixed costs of the months that begin in the window; None where none do."""
    if table is None:
        return None
    inside = _inside(kept(table), "month", window)
    frame = _floats(inside.group_by("month").agg(amount=inside.amount.sum()), ["amount"], basis, "month")
    return fsum(frame["amount"]) if len(frame) else None


def _inside(rows: Any, column: str, window: Window) -> Any:
    return rows.filter((rows[column] >= window.first) & (rows[column] <= window.last))


def _unit(rows: Any) -> Any:
    """The order a row belongs to, or its day."""
    day_ = rows.date.cast("string")
    return ibis.coalesce(rows.order_id, day_) if "order_id" in rows.columns else day_


def _floats(summed: Any, columns: list[str], basis: Prices, dated: str) -> pd.DataFrame:
    """The sums in memory, as doubles on the price basis, in an order that hangs on values alone within a customer."""
    frame: pd.DataFrame = summed.to_pyarrow().to_pandas()
    factor = basis.factor(pd.to_datetime(frame[dated]).to_numpy())
    for name in columns:
        frame[name] = frame[name].astype(float).to_numpy() * factor
    first = ["customer_id"] if "customer_id" in frame else []
    return frame.sort_values([*first, dated, *columns], ignore_index=True)


def _period(dates: pd.Series, periods: Periods) -> pd.Series:
    later = pd.to_datetime(dates) >= pd.Timestamp(periods.later.first)
    return later.astype(int) + 1
