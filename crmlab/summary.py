"""Purchases and the customer summary: the two tables every analysis starts from, computed in the engine.

One plan serves every engine: transactions -> customer-days -> customers. Money is summed as decimals and becomes
a double once, at the end, so row order, threads and engine change no digit.
"""

from datetime import date
from typing import Any, Literal

import ibis
import pandas as pd
import pyarrow.compute as pc

from crmlab.errors import DataError, ParameterError

PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q"}  # as pandas names them; a week that ends on Sunday


def purchases(transactions: ibis.Table) -> ibis.Table:
    """Purchases as an expression: `customer_id`, `date`, `value` (decimal), one row per purchase.

    A purchase is a customer-day with net value above zero, or one made of free items only (which are among the kept
    rows only where the client's rules keep them). A return on a day of its own is no row here: `value` does not
    add up to the net revenue where there are such days.

    Parameters
    ----------
    transactions : ibis.Table
        A clean table: `customer_id`, `date`, `amount` (decimal) and `excluded_by`, null in the rows kept.
    """
    days = _customer_days(transactions)
    return days.filter(days.is_purchase).select("customer_id", "date", "value")


def customer_summary(transactions: ibis.Table, *, observed_until: date) -> pd.DataFrame:
    """One row per customer with a purchase, sorted by `customer_id`.

    A customer whose every day is a return, or nets to nothing, is not in it.

    Parameters
    ----------
    transactions : ibis.Table
        A clean table: `customer_id`, `date`, `amount` (decimal) and `excluded_by`, null in the rows kept.
    observed_until : date
        The last day observed, inclusive.

    Returns
    -------
    DataFrame
        `customer_id` (str) and

        - `repeats` (int64): purchases after the first;
        - `t_x` (int64, days): first to last purchase, 0 for who bought once;
        - `T` (int64, days): first purchase to `observed_until`;
        - `days_since_last` (int64, days): last purchase to `observed_until`, T − t_x;
        - `total_value` (float64): net of all kept transactions, returns on other days included, so it can be below
          the sum of the purchases;
        - `mean_repeat_value` (float64): mean net value of the purchases after the first, NaN where `repeats` is 0.

    Raises
    ------
    DataError
        If kept rows are dated after `observed_until`, or nothing was purchased.
    """
    _check_observed(transactions, observed_until)
    engine = transactions.get_backend().name
    found = _to_pandas(_by_customer(_customer_days(transactions), observed_until, engine).order_by("customer_id"))
    if found.empty:
        raise DataError(
            f"there is no purchase up to {observed_until}: no customer has a day with a net value above zero. Check "
            "the column mapped to amount, its sign, and which rule excluded the rows (crmlab check counts them)"
        )
    return found


def calibration_holdout(transactions: ibis.Table, *, calibration_until: date, observed_until: date) -> pd.DataFrame:
    """The customer summary as it stood on `calibration_until`, beside what those customers bought afterwards.

    Who first bought after `calibration_until` is not in it. Parameters and columns are those of `customer_summary`,
    with `T` up to `calibration_until`, and

    - `holdout_purchases` (int64): purchases after `calibration_until`, up to `observed_until`;
    - `holdout_value` (float64): their net value, 0 where there are none; returns on days of their own are no purchases.

    Raises
    ------
    DataError
        If kept rows are dated after `observed_until`, or nothing was purchased up to `calibration_until`.
    ParameterError
        If `calibration_until` is not before `observed_until`.
    """
    if not calibration_until < observed_until:
        raise ParameterError(
            f"calibration_until is {calibration_until}; it is a day before observed_until {observed_until}, so that "
            "days are left to compare with"
        )
    _check_observed(transactions, observed_until)
    split = ibis.date(calibration_until)
    known = customer_summary(transactions.filter(transactions.date <= split), observed_until=calibration_until)
    later = purchases(transactions.filter(transactions.date > split))
    made = later.group_by("customer_id").agg(n=later.count(), value=later["value"].sum().cast("float64"))
    found = _to_pandas(made.order_by("customer_id")).set_index("customer_id").reindex(known["customer_id"])
    return known.assign(
        holdout_purchases=found["n"].fillna(0).to_numpy(dtype="int64"),
        holdout_value=found["value"].fillna(0).to_numpy(dtype="float64"),
    )


def opportunity_summary(
    transactions: ibis.Table, *, observed_until: date, period: Literal["week", "month", "quarter"]
) -> pd.DataFrame:
    """One row a customer of a business whose opportunities to buy are the periods of the calendar, for `fit_bgbb`.

    A period in which a customer bought once or more often counts as one bought in. A period that `observed_until` cuts
    short is no opportunity yet, and what was bought in it is left out.

    Parameters
    ----------
    transactions : ibis.Table
        A clean table: `customer_id`, `date`, `amount` (decimal) and `excluded_by`, null in the rows kept.
    observed_until : date
        The last day observed, inclusive.
    period : {'week', 'month', 'quarter'}
        Of the Gregorian calendar; weeks begin on Monday.

    Returns
    -------
    DataFrame
        Sorted by `customer_id` (str): `x` (periods bought in after that of the first purchase), `t_x` (how many periods
        after it the last of them is, 0 without one), `n` (whole periods observed after it), all int64.

    Raises
    ------
    DataError
        If kept rows are dated after `observed_until`, or nothing was purchased in a whole period.
    ParameterError
        If `period` is none of the three.
    """
    if period not in PERIODS:
        raise ParameterError(f"period is {period!r}; it is one of {', '.join(map(repr, PERIODS))}")
    _check_observed(transactions, observed_until)
    tomorrow = pd.Series([pd.Timestamp(observed_until) + pd.Timedelta(days=1)])
    first_cut = tomorrow.dt.to_period(PERIODS[period]).dt.start_time
    bought = purchases(transactions)
    bought = bought.filter(bought.date < ibis.date(first_cut[0].date()))
    bought = bought.select("customer_id", start=bought.date.truncate(PERIODS[period][0]).cast("date")).distinct()
    spans = bought.group_by("customer_id").agg(n=bought.count(), first=bought.start.min(), last=bought.start.max())
    found = _to_pandas(spans.order_by("customer_id"))
    if found.empty:
        raise DataError(f"there is no purchase in a whole {period} up to {observed_until}")
    first, last, end = (_number(days, period) for days in (found["first"], found["last"], first_cut))
    return pd.DataFrame(
        {"customer_id": found["customer_id"], "x": found["n"] - 1, "t_x": last - first, "n": end[0] - 1 - first}
    )


def _number(days: pd.Series, period: str) -> pd.Series:
    """The number of the period that holds each day, counted through from any beginning."""
    return pd.to_datetime(days).dt.to_period(PERIODS[period]).astype("int64")


def _kept(transactions: ibis.Table) -> ibis.Table:
    return transactions.filter(transactions.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas


def _customer_days(transactions: ibis.Table) -> ibis.Table:
    kept = _kept(transactions)
    days = kept.group_by("customer_id", "date").agg(value=kept.amount.sum(), lowest=kept.amount.min())
    # Without a negative row a day nets to zero only if everything was free.
    return days.select("customer_id", "date", "value", is_purchase=(days.value > 0) | (days.lowest >= 0))


def _by_customer(days: ibis.Table, observed_until: date, engine: str) -> ibis.Table:
    # Aggregates skip nulls, which engines do faster than they filter aggregate by aggregate. Few days are no purchase,
    # so their value is summed and taken off, rather than that of the purchases summed beside the total.
    marked = days.select(
        "customer_id",
        "value",
        bought_on=days.is_purchase.ifelse(days.date, ibis.null("date")),
        other_value=days.is_purchase.ifelse(ibis.null(days.value.type()), days.value),
    )
    customers = marked.group_by("customer_id").agg(
        n=marked.bought_on.count(),
        first=marked.bought_on.min(),
        last=marked.bought_on.max(),
        net=marked.value.sum(),
        other_value=marked.other_value.sum(),
        first_value=_value_at_first(marked.value, marked.bought_on, engine),
    )
    customers = customers.filter(customers.n > 0)
    end = ibis.date(observed_until)
    repeats = customers.n - 1
    repeat_value = customers.net - customers.other_value.fill_null(0) - customers.first_value
    return customers.select(
        customer_id=customers.customer_id,
        repeats=repeats.cast("int64"),
        t_x=customers.last.delta(customers["first"], unit="day").cast("int64"),
        T=end.delta(customers["first"], unit="day").cast("int64"),
        days_since_last=end.delta(customers["last"], unit="day").cast("int64"),
        total_value=customers.net.cast("float64"),
        mean_repeat_value=repeat_value.cast("float64") / repeats.nullif(0).cast("float64"),
    )


def _value_at_first(value: ibis.Value, day: ibis.Value, engine: str) -> ibis.Value:
    """The value on the earliest day; rows whose day is null do not count."""
    if engine != "duckdb":
        return value.argmin(day, where=day.notnull())  # noqa: PD004 - Ibis, not pandas
    # Ibis writes argmin for DuckDB as FIRST(… ORDER BY …), which builds a sort key for every row: a third slower.
    signature = ((value.type(), day.type()), value.type())
    return ibis.udf.agg.builtin(_arg_min, name="arg_min", signature=signature)(value, day)


def _arg_min(value: Any, day: Any) -> Any:
    """DuckDB's own aggregate: Ibis needs the name and the arguments, never the body."""


def _check_observed(transactions: ibis.Table, observed_until: date) -> None:
    kept = _kept(transactions)
    late = kept.filter(kept.date > ibis.date(observed_until))
    row: dict[str, Any] = late.agg(rows=late.count(), last=late.date.max()).to_pyarrow().to_pylist()[0]
    if row["rows"]:
        raise DataError(
            f"{row['rows']:,} kept transactions are dated after observed_until {observed_until}, the last on "
            f"{row['last']}: set observed_until to the last day observed, or filter the transactions up to it"
        )


def _to_pandas(expression: ibis.Table) -> pd.DataFrame:
    table = expression.to_pyarrow()
    ids = table["customer_id"].combine_chunks()
    # An engine may sort text by a locale's rules; the summary's order is that of the characters' code points.
    if not pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        table = table.sort_by("customer_id")
    # Frees each column as it is copied; whoever gets the frame may write to it.
    return pd.DataFrame(table.to_pandas(self_destruct=True))
