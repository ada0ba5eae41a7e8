"""Who is overdue: silent for longer than a customer of their own pace would be.

`limit_days` is the silence that a customer who still buys exceeds only with probability 1 − `quantile`, given their own
gaps so far. It is a rule with a known error, not the day on which somebody left: `loss` counts how many came back.
Customers who bought once have no gap of their own: for them it is the time within which `quantile` of those who ever
made a second purchase had made it (Kaplan–Meier, within the longest time anyone was followed).
"""

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from ibis import Table

from crmlab.analyses.retention.history import silences as all_silences
from crmlab.analyses.retention.pace import LEAST_GAPS, Pace, fit_pace
from crmlab.analyses.retention.survival import kaplan_meier
from crmlab.errors import ParameterError
from crmlab.language import count, mark, tr, trn
from crmlab.summary import customer_summary

WITHIN_GAP, OVERDUE, LONG_GONE = mark("within_gap"), mark("overdue"), mark("long_gone")
TOO_FEW = mark("too_few_purchases")
QUANTILE, LONG_GONE_QUANTILE = 0.9, 0.99
USUAL = 0.5
LEAST_SECOND_PURCHASES = 20
"""With fewer second purchases in all, nothing is said of customers who bought once."""

COLUMNS = ["customer_id", "days_since_last", "usual_gap_days", "limit_days", "status", "purchases", "value", "reason"]


def customer_gaps(
    transactions: Table,
    *,
    observed_until: date,
    quantile: float = QUANTILE,
    long_gone_quantile: float = LONG_GONE_QUANTILE,
    pace: Pace | None = None,
) -> pd.DataFrame:
    """How long each customer has been silent, against the silence usual for them: one row a customer.

    Parameters
    ----------
    transactions : ibis.Table
        A clean table.
    observed_until : date
        The last day observed, inclusive.
    quantile : float
        Share of the gaps of a customer who still buys that are no longer than the limit.
    long_gone_quantile : float
        The same for `long_gone`; above `quantile`.
    pace : Pace, optional
        The fit to these transactions, if it is known already.

    Returns
    -------
    DataFrame
        Overdue first, then the largest value, then by id: `customer_id`; `days_since_last`; `usual_gap_days` (median
        of the customer's next gap; of second purchases for who bought once); `limit_days`; `status` (a label:
        `within_gap`, `overdue`, `long_gone`, or `too_few_purchases` where too few gaps are known to set a limit);
        `purchases` (customer-days); `value` (net of all transactions); `reason`. Gap and limit are NaN with
        `too_few_purchases`.

    Raises
    ------
    DataError
        If nothing was purchased.
    ParameterError
        If the quantiles are not in order between 0.5 and 1.
    """
    check_quantiles(quantile, long_gone_quantile)
    silences = all_silences(transactions, observed_until=observed_until)
    current = silences.loc[~silences["returned"]].set_index("customer_id")
    shares = (USUAL, quantile, long_gone_quantile)
    usual, limit, gone = limits(silences, pace or pace_of(silences), shares, of=current)
    value = customer_summary(transactions, observed_until=observed_until).set_index("customer_id")["total_value"]
    table = pd.DataFrame(
        {
            "customer_id": current.index,
            "days_since_last": current["days"].to_numpy(),
            "usual_gap_days": usual,
            "limit_days": limit,
            "status": _status(current["days"].to_numpy(dtype=np.float64), limit, gone),
            "purchases": current["purchase"].to_numpy(),
            "value": value.reindex(current.index).to_numpy(),
        }
    )
    table["reason"] = [_reason(row) for row in table.to_dict(orient="records")]
    order = table["status"].map({OVERDUE: 0, LONG_GONE: 1, WITHIN_GAP: 2, TOO_FEW: 3})
    by = table.assign(order=order).sort_values(["order", "value", "customer_id"], ascending=[True, False, True])
    return by[COLUMNS].reset_index(drop=True)


def pace_of(silences: pd.DataFrame) -> Pace | None:
    """The distribution of gaps, or None where too few were seen to fit one."""
    return fit_pace(silences) if silences["returned"].sum() >= LEAST_GAPS else None


def limits(
    silences: pd.DataFrame, pace: Pace | None, shares: tuple[float, ...], *, of: pd.DataFrame
) -> tuple[np.ndarray, ...]:
    """For each share, the days a silence of `of` lasts at most with that probability, as known when it began.

    `of` holds rows of `silences`; a limit is NaN where nothing can be said. Only gaps completed before the silence
    began count for the customer; the population behind them is that of all `silences`.
    """
    once = (of["purchase"] == 1).to_numpy()
    first = second_purchase_limits(silences, shares)
    found = []
    for share, of_second in zip(shares, first, strict=True):
        own = np.full(len(of), np.nan)
        if pace is not None:
            own = pace.quantile(share, gaps=of["purchase"] - 1, days=of["since_first"])
        found.append(np.where(once, of_second, own))
    return tuple(found)


def second_purchase_limits(silences: pd.DataFrame, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The days within which these shares of those who ever bought again had done so; NaN where too few did."""
    first = silences[silences["purchase"] == 1]
    if first["returned"].sum() < LEAST_SECOND_PURCHASES:
        return tuple(np.nan for _ in shares)
    curve = kaplan_meier(first["days"], first["returned"]).table
    back = 1 - curve["survival"].to_numpy()
    positions = [np.searchsorted(back, share * back[-1] - 1e-12) for share in shares]
    return tuple(float(curve["day"].iloc[position]) for position in positions)


def check_quantiles(quantile: float, long_gone_quantile: float) -> None:
    """Refuse quantiles that are not in order: 0.5 < quantile < long_gone_quantile < 1."""
    if not USUAL < quantile < long_gone_quantile < 1:
        text = tr(
            "The quantiles are {low} and {high}; they must be in order, above 0.5 and below 1, such as 0.9 and 0.99.",
            low=str(quantile),
            high=str(long_gone_quantile),
        )
        raise ParameterError(text)


def _status(days: np.ndarray, limit: np.ndarray, gone: np.ndarray) -> np.ndarray:
    cases = [np.isnan(limit), days > gone, days > limit]
    return np.select(cases, [TOO_FEW, LONG_GONE, OVERDUE], WITHIN_GAP)


def _reason(row: Mapping[Hashable, Any]) -> str:
    silent, usual, limit = (float(row[name]) for name in ("days_since_last", "usual_gap_days", "limit_days"))
    told = {"silent": count(silent), "usual": count(usual), "limit": count(limit)}
    once = row["purchases"] == 1
    match row["status"]:
        case "too_few_purchases":
            return trn(
                silent,
                "silent for {n} day; too few gaps are known to say what is usual",
                "silent for {n} days; too few gaps are known to say what is usual",
                n=count(silent),
            )
        case "within_gap" if once:
            return tr(
                "one purchase, {silent} days ago; of those who came back nearly all did within {limit} days: "
                "not late yet",
                **told,
            )
        case "within_gap":
            return tr("silent for {silent} days, usually {usual}; not late before {limit}", **told)
        case "overdue" if once:
            return tr(
                "one purchase, {silent} days ago; of those who came back nearly all did within {limit} days: "
                "remind them of what they bought",
                **told,
            )
        case "overdue":
            return tr("silent for {silent} days, usually {usual} and seldom over {limit}: ask what has changed", **told)
        case _:
            return tr(
                "silent for {silent} days where {limit} would be late: probably gone; win back only if it is worth it",
                **told,
            )
