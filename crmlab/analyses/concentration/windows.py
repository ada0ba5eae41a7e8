"""What each customer was worth in a window, and windows counted back from the end of observation."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from ibis import Table
from ibis.expr.types import BooleanValue

from crmlab.analyses.concentration.measures import Values
from crmlab.errors import DataError, ParameterError
from crmlab.language import day, mark, tr, translated
from crmlab.summary import purchases

Base = Literal["buyers", "all"]

DENOMINATORS = {
    "buyers": mark("customers known before the window who bought in it"),
    "all": mark("all customers known before the window"),
    "everyone": mark("everyone who bought in the window"),
}


@dataclass(frozen=True)
class Window:
    """The days from `start` to `end`, both inclusive."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ParameterError(f"the window ends on {self.end}, before it starts on {self.start}")

    def __str__(self) -> str:
        return tr("{low} to {high}", low=day(self.start), high=day(self.end))


def months_back(observed_until: date, months: int, *, skip: int = 0) -> Window:
    """The `months` calendar months that end at `observed_until`, or `skip` such periods of `months` earlier.

    A window starts on the day of the month after `observed_until`'s, so that twelve months up to 30 June begin
    on 1 July. Where a month is too short for that day, the window starts on its last day.

    Raises
    ------
    ParameterError
        If `months` is not a whole number of at least 1.
    """
    if isinstance(months, bool) or not isinstance(months, int) or months < 1:
        raise ParameterError(f"a window of {months!r} months cannot be counted; give whole months, 1 or more")
    after = observed_until + timedelta(days=1)
    last = _earlier(after, months * skip) - timedelta(days=1)
    return Window(_earlier(after, months * (skip + 1)), last)


def longest_period(first: date, observed_until: date, *, wanted: int) -> int:
    """The most months, up to `wanted`, of which two periods fit after the day of the `first` purchase.

    Raises
    ------
    DataError
        If not even two months do.
    """
    for months in range(wanted, 0, -1):
        if months_back(observed_until, months, skip=1).start > first:
            return months
    raise DataError(
        tr(
            "two periods of a month each do not fit between the first purchase, {first}, and {until}; a comparison of "
            "periods needs a longer history",
            first=day(first),
            until=day(observed_until),
        )
    )


def first_purchase(transactions: Table) -> date:
    """The day of the first purchase of all.

    Raises
    ------
    DataError
        If nobody bought anything.
    """
    found = purchases(transactions).date.min().to_pyarrow().as_py()
    if found is None:
        raise DataError(tr("there is no purchase in the transactions: nothing to measure the concentration of"))
    return date(found.year, found.month, found.day)


def customer_values(transactions: Table, *, start: date, end: date, known_before: date | None = None) -> pd.DataFrame:
    """What each customer was worth from `start` to `end`, both inclusive: one row a customer, largest value first.

    Without `known_before`, whoever bought in the window is in it, those who joined in its midst too: they had
    less time to buy, and the mixture of exposures is itself a source of concentration. With it, the customers
    whose first purchase is before that day are in it, whether they bought in the window or not.

    Returns
    -------
    DataFrame
        `customer_id`; `bought` (bool): had a purchase in the window; `value` (float64): net of all kept
        transactions in the window, returns included, summed as decimals; 0 for customers without any. Sorted by
        value, then by id.

    Raises
    ------
    ParameterError
        If the window ends before it starts.
    """
    (values,) = customer_values_by_window(transactions, [(Window(start, end), known_before)])
    return values


def customer_values_by_window(transactions: Table, asked: Sequence[tuple[Window, date | None]]) -> list[pd.DataFrame]:
    """`customer_values` of several windows, each with its `known_before`, from one pass over the data."""
    found = []
    tables = _customers(transactions, [window for window, _ in asked])
    for table, (_, known_before) in zip(tables, asked, strict=True):
        chosen = table["bought"] if known_before is None else table["first"] < pd.Timestamp(known_before)
        kept = table.loc[chosen, ["customer_id", "bought", "value"]]
        found.append(kept.sort_values(["value", "customer_id"], ascending=[False, True], ignore_index=True))
    return found


@dataclass(frozen=True)
class WindowValues:
    """What a group of customers was worth in a window.

    Attributes
    ----------
    table : DataFrame
        One row a customer: `customer_id`, `value`, from largest to smallest; ties in no order.
    denominator : str
        Who the customers are, in words.
    window : Window
        The days the values were made in.
    """

    table: pd.DataFrame
    denominator: str
    window: Window

    @property
    def values(self) -> Values:
        """The values alone, from largest to smallest."""
        return self.table["value"].to_numpy(dtype=np.float64)

    @property
    def n(self) -> int:
        """How many customers there are."""
        return len(self.table)


def window_values(transactions: Table, window: Window, *, base: Base = "buyers") -> WindowValues:
    """Values of the customers known before `window` begins, so that all had the same time to buy.

    `base="buyers"` keeps those who bought in the window, `base="all"` the others too, as zeros (or less, for
    those who only returned things).
    """
    return every_base(transactions, [window])[0][base]


def everyones_values(transactions: Table, window: Window) -> WindowValues:
    """Values of everyone who bought in `window`, whenever they joined: the usual number, with unequal exposure."""
    return every_base(transactions, [window])[0]["everyone"]


def every_base(transactions: Table, windows: Sequence[Window]) -> list[dict[str, WindowValues]]:
    """Each window by three denominators, all from one pass over the data: `buyers`, `all` and `everyone`."""
    return [_bases(table, window) for table, window in zip(_customers(transactions, windows), windows, strict=True)]


def _bases(customers: pd.DataFrame, window: Window) -> dict[str, WindowValues]:
    table = customers.sort_values("value", ascending=False)
    known = table["first"] < pd.Timestamp(window.start)
    chosen = {"buyers": known & table["bought"], "all": known, "everyone": table["bought"]}
    return {
        base: WindowValues(
            table.loc[rows, ["customer_id", "value"]].reset_index(drop=True), translated(DENOMINATORS[base]), window
        )
        for base, rows in chosen.items()
    }


def _customers(transactions: Table, windows: Sequence[Window]) -> list[pd.DataFrame]:
    """For each window everyone who ever bought: `customer_id`, `first` purchase, `bought` in it, `value` in it."""
    bought = purchases(transactions)
    kept = transactions.filter(transactions.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas
    seen = {f"bought_{n}": _inside(bought, window).any() for n, window in enumerate(windows)}
    worth = {f"value_{n}": kept.amount.sum(where=_inside(kept, window)) for n, window in enumerate(windows)}
    customers = bought.group_by("customer_id").agg(first=bought.date.min().cast("timestamp"), **seen)
    joined = customers.left_join(kept.group_by("customer_id").agg(**worth), "customer_id")
    values = {name: joined[name].cast("float64").fill_null(0.0) for name in worth}
    table = joined.select("customer_id", "first", *seen, **values).to_pyarrow().to_pandas()
    return [
        table[["customer_id", "first", *of_window]].set_axis(["customer_id", "first", "bought", "value"], axis=1)
        for of_window in zip(seen, worth, strict=True)
    ]


def _inside(table: Table, window: Window) -> BooleanValue:
    return table.date.between(ibis.date(window.start), ibis.date(window.end))


def _earlier(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
