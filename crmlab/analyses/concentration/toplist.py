"""The list to act on: the top customers of the last period, each with a flag for whether that is new."""

from datetime import date

import numpy as np
import pandas as pd
from ibis import Table

from crmlab.analyses.concentration.measures import membership
from crmlab.analyses.concentration.windows import Window, customer_values_by_window, months_back
from crmlab.errors import DataError
from crmlab.language import mark, percent, tr

STABLE, NEW_IN_TOP, NOT_KNOWN = mark("stable"), mark("new in top"), mark("not known before")


def top_list(transactions: Table, *, observed_until: date, months: int, top: float = 0.2) -> pd.DataFrame:
    """The top customers of the last period, each with a flag that says whether they were there before.

    Everyone who bought in the last `months` months is ranked, newcomers too, and customers tied at the cut are
    all in the list, so that it can be longer than the top has places. The top of the period before is found the
    same way.

    Returns
    -------
    DataFrame
        `customer_id`; `value`, `value_before` (NaN for those not known before the last period); `stability`:
        `stable` (in the top of the period before too), `new in top`, or `not known before` (first purchase in
        the last period); `reason`. Sorted by value, largest first, then by id.

    Raises
    ------
    DataError
        If nobody bought in the last period.
    """
    first, second = months_back(observed_until, months, skip=1), months_back(observed_until, months)
    now, known = customer_values_by_window(transactions, [(second, None), (first, second.start)])
    if now.empty:
        raise DataError(tr("nobody bought from {window}: there is no top to list", window=str(second)))
    listed = now[membership(now["value"], top) > 0].merge(
        known.assign(was_top=_was_top(known, top)).rename(columns={"value": "value_before"}).drop(columns="bought"),
        on="customer_id",
        how="left",
    )
    listed["stability"] = np.select(
        [listed.value_before.isna(), listed.was_top.eq(True)], [NOT_KNOWN, STABLE], NEW_IN_TOP
    )
    listed["reason"] = [_reason(flag, top, first, second) for flag in listed.stability]
    listed = listed.sort_values(["value", "customer_id"], ascending=[False, True], ignore_index=True)
    return listed[["customer_id", "value", "value_before", "stability", "reason"]]


def _was_top(known: pd.DataFrame, top: float) -> pd.Series:
    degree = membership(known["value"], top, eligible=known["bought"])
    return pd.Series(degree > 0, index=known.index)


def _reason(flag: str, top: float, first: Window, second: Window) -> str:
    values = {"top": percent(top, None), "second": str(second)}
    match flag:
        case "stable":
            return tr(
                "in the top {top} of buyers from {second}, as from {first}: protect, and find out early if they slow "
                "down",
                **values,
                first=str(first),
            )
        case "new in top":
            return tr(
                "in the top {top} of buyers from {second}, but not from {first}: too early to count on; see whether it "
                "lasts",
                **values,
                first=str(first),
            )
        case _:
            return tr(
                "in the top {top} of buyers from {second}; first purchase in that period: welcome, and learn what they "
                "need",
                **values,
            )
