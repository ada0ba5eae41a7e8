"""Cohorts: customers by the period of their first purchase, followed over the periods since.

A cell of the triangle holds what a cohort did in one calendar period: how many were active (bought), and the net value
of all their transactions, returns included, so that the cells add up to the value of the period. The denominator is
always the whole cohort. The period that was still running on the last day observed is shown, but marked: its cells can
only grow.

Whether newer cohorts are better is asked at the same age: the share who bought again within so many days of their
first purchase, among cohorts whose every customer was followed for so long. One comparison is fixed beforehand, the
later cohorts against the earlier ones; single cohorts are held against all others with p-values after Holm (1979).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from ibis import Table
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, gregorian_month, tr
from crmlab.shares import wilson
from crmlab.summary import purchases
from crmlab.trials import difference_of_shares

Period = Literal["month", "quarter", "year"]
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
MOST_PERIODS = 18
LEAST_IN_COHORT = 20
MANY_TIMES = 2.0
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """The cohort triangle.

    Attributes
    ----------
    period : str
        `month`, `quarter` or `year`.
    table : DataFrame
        One row a cohort and age, oldest cohort first: `cohort` (name), `start` (its first day), `age` (periods since
        the cohort's own), `customers` (size of the cohort), `active`, `share` of the cohort with its Wilson interval
        (`low`, `high`), `value` (net), `value_per_customer` (of the whole cohort), `complete` (whether the calendar
        period had ended by the last day observed).
    """

    period: str
    table: pd.DataFrame

    def wide(self, column: str = "share") -> pd.DataFrame:
        """`column` as a triangle: a row a cohort, a column an age, NaN where not observed."""
        wide = self.table.pivot_table(index="start", columns="age", values=column, observed=True, sort=True)
        return wide.set_axis(self.table["cohort"].unique(), axis="index")


@dataclass(frozen=True, kw_only=True)
class CohortComparison:
    """Cohorts at the same age.

    Attributes
    ----------
    age_days : int
        The age: bought again within so many days of the first purchase.
    table : DataFrame
        One row a compared cohort: `cohort`, `start`, `customers`, `back`, `share`, `low`, `high` (Wilson), `others`
        (share of all other compared cohorts), `p_holm` (Fisher's exact test against them, after Holm).
    not_compared : tuple of str
        Cohorts that are too small or too young, and the first one where it was to be left out.
    later : Estimate or None
        Share of the later cohorts less that of the earlier ones; None with fewer than two cohorts.
    earlier_names, later_names : tuple of str
        Which cohorts are which: cut where the customers are divided most evenly.
    """

    age_days: int
    table: pd.DataFrame
    not_compared: tuple[str, ...]
    later: Estimate | None
    earlier_names: tuple[str, ...]
    later_names: tuple[str, ...]


def period_for(first: date, observed_until: date) -> Period:
    """The finest period of which no more than 18 lie between the `first` purchase and `observed_until`."""
    finer: tuple[Period, ...] = ("month", "quarter")
    for period in finer:
        if _index(observed_until, period) - _index(first, period) < MOST_PERIODS:
            return period
    return "year"


def cohorts(transactions: Table, *, observed_until: date, period: Period, level: float = 0.95) -> Cohorts:
    """The cohort triangle of all customers with a purchase.

    Raises
    ------
    DataError
        If nothing was purchased.
    ParameterError
        If `period` is unknown.
    """
    _check_period(period)
    cells = _cells(transactions, period)
    if cells.empty:
        raise DataError(tr("There is no purchase in the transactions: there are no cohorts."))
    sizes = cells[cells["age"] == 0].set_index("index")["active"]
    last = _index(observed_until, period)
    grid = pd.DataFrame(
        [(index, age) for index in sizes.index for age in range(last - index + 1)], columns=["index", "age"]
    )
    table = grid.merge(cells, on=["index", "age"], how="left").fillna({"active": 0, "value": 0.0})
    table["active"] = table["active"].astype(np.int64)
    table["customers"] = table["index"].map(sizes)
    table["share"] = table["active"] / table["customers"]
    table["low"], table["high"] = wilson(table["active"], table["customers"], level=level)
    table["value_per_customer"] = table["value"] / table["customers"]
    ended = last if observed_until + timedelta(days=1) == _start(last + 1, period) else last - 1
    table["complete"] = table["index"] + table["age"] <= ended
    table["start"] = [_start(index, period) for index in table["index"]]
    table["cohort"] = [cohort_name(start, period) for start in table["start"]]
    columns = ["cohort", "start", "age", "customers", "active", "share", "low", "high", "value"]
    return Cohorts(period=period, table=table[[*columns, "value_per_customer", "complete"]])


def compare_cohorts(
    silences: pd.DataFrame,
    *,
    observed_until: date,
    period: Period,
    age_days: int,
    skip_first: bool = False,
    level: float = 0.95,
) -> CohortComparison:
    """Whether newer cohorts come back more often within `age_days` of their first purchase.

    Parameters
    ----------
    silences : DataFrame
        As `crmlab.analyses.retention.silences` returns it.
    skip_first : bool
        Leave the first cohort out, as where the records begin in mid-history (`begins_midway`).

    Raises
    ------
    ParameterError
        If `period` is unknown or `age_days` below 1.
    """
    _check_period(period)
    if age_days < 1:
        raise ParameterError(tr("age_days is {days}; it is 1 or more.", days=str(age_days)))
    first = silences[silences["purchase"] == 1]
    joined = pd.to_datetime(first["began"], unit="D")
    index = (joined.dt.year * 12 + joined.dt.month - 1) // MONTHS[period]
    back = first["returned"] & (first["days"] <= age_days)
    table = pd.DataFrame({"index": index, "back": back}).groupby("index")["back"].agg(["size", "sum"])
    table = table.set_axis(["customers", "back"], axis="columns").reset_index()
    table["start"] = [_start(number, period) for number in table["index"]]
    table["cohort"] = [cohort_name(start, period) for start in table["start"]]
    followed = [
        _start(number + 1, period) + timedelta(days=age_days - 1) <= observed_until for number in table["index"]
    ]
    used = np.array(followed) & (table["customers"] >= LEAST_IN_COHORT).to_numpy()
    used[0] &= not skip_first
    kept = _against_others(table[used].reset_index(drop=True), level)
    cut = _even_cut(kept["customers"].to_numpy())
    return CohortComparison(
        age_days=age_days,
        table=kept,
        not_compared=tuple(table.loc[~used, "cohort"]),
        later=_later(kept, cut, age_days, level),
        earlier_names=tuple(kept["cohort"][:cut]),
        later_names=tuple(kept["cohort"][cut:]),
    )


def intake_jump(found: Cohorts) -> float | None:
    """How many times the median of the later cohorts the first one is; None with fewer than three cohorts.

    Far above 1 the records probably begin in mid-history: customers of old look like new ones in the first period.
    """
    sizes = found.table[found.table["age"] == 0]["customers"]
    if len(sizes) < 3:  # noqa: PLR2004 - a median of one is no median
        return None
    return float(sizes.iloc[0] / sizes.iloc[1:].median())


def begins_midway(found: Cohorts) -> bool:
    """Whether the records probably begin in mid-history: the first cohort is at least twice a usual later one."""
    jump = intake_jump(found)
    return jump is not None and jump >= MANY_TIMES


def cohort_name(start: date, period: str) -> str:
    """The cohort that begins on `start`, a first of a Gregorian month, in words."""
    if period == "month":
        return gregorian_month(start)
    if period == "quarter":
        return tr("quarter from {month}", month=gregorian_month(start))
    return tr("year from {month}", month=gregorian_month(start))


def _cells(transactions: Table, period: str) -> pd.DataFrame:
    """Active customers and net value by cohort (`index`) and age, from the engine."""
    bought = purchases(transactions)
    kept = transactions.filter(transactions.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas
    firsts = bought.group_by("customer_id").agg(index=_engine_index(bought.date, period).min())
    active = bought.select("customer_id", at=_engine_index(bought.date, period)).distinct()
    active = active.join(firsts, "customer_id")
    counted = active.group_by(index=active["index"], age=active["at"] - active["index"]).agg(active=active.count())
    money = kept.select("customer_id", "amount", at=_engine_index(kept.date, period)).join(firsts, "customer_id")
    money = money.filter(money["at"] >= money["index"])
    valued = money.group_by(index=money["index"], age=money["at"] - money["index"]).agg(value=money.amount.sum())
    counts: pd.DataFrame = counted.to_pyarrow().to_pandas()
    values: pd.DataFrame = valued.mutate(value=valued.value.cast("float64")).to_pyarrow().to_pandas()
    cells = counts.merge(values, on=["index", "age"], how="outer").fillna({"active": 0, "value": 0.0})
    return cells.sort_values(["index", "age"], ignore_index=True)


def _engine_index(day: ibis.Value, period: str) -> ibis.Value:
    months = day.year().cast("int64") * 12 + day.month().cast("int64") - 1
    return (months // MONTHS[period]).cast("int64")


def _against_others(table: pd.DataFrame, level: float) -> pd.DataFrame:
    back, customers = table["back"].to_numpy(), table["customers"].to_numpy()
    rest, rest_n = back.sum() - back, customers.sum() - customers
    table["share"] = back / np.maximum(customers, 1)
    table["low"], table["high"] = wilson(back, customers, level=level)
    if len(table) < 2:  # noqa: PLR2004 - one cohort has no others
        return table.assign(others=np.nan, p_holm=np.nan)
    pairs = zip(back, customers - back, rest, rest_n - rest, strict=True)
    p = [float(fisher_exact([[hit, miss], [other, other_miss]]).pvalue) for hit, miss, other, other_miss in pairs]
    return table.assign(others=rest / rest_n, p_holm=multipletests(p, method="holm")[1])


def _even_cut(customers: np.ndarray) -> int:
    before = np.cumsum(customers)[:-1]
    return int(np.argmin(np.abs(2 * before - customers.sum()))) + 1 if len(before) else len(customers)


def _later(table: pd.DataFrame, cut: int, age_days: int, level: float) -> Estimate | None:
    if cut >= len(table):
        return None
    earlier, later = (
        (int(part["back"].sum()), int(part["customers"].sum())) for part in (table.iloc[:cut], table.iloc[cut:])
    )
    window = tr(
        "first purchase in {first} to {last}, followed for {days} days",
        first=str(table["cohort"].iloc[0]),
        last=str(table["cohort"].iloc[-1]),
        days=count(age_days),
    )
    denominator = tr("customers of the later cohorts, less those of the earlier ones")
    said = {"denominator": denominator, "window": window}
    return difference_of_shares(later, earlier, level=level, evidence="association", **said)


def _check_period(period: str) -> None:
    if period not in MONTHS:
        raise ParameterError(tr("The period {period!r} is unknown; it is month, quarter or year.", period=period))


def _index(day: date, period: str) -> int:
    return (day.year * 12 + day.month - 1) // MONTHS[period]


def _start(index: int, period: str) -> date:
    year, months = divmod(index * MONTHS[period], 12)
    return date(year, months + 1, 1)
