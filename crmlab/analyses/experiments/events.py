"""Something happened to everybody at once, such as a rise in the deposit rate: what before and after can tell of it.

Nobody was left alone, so only the customers' own past is there to compare with, and seasons and trends are in it. The
same days of a year without the event show how much of a change comes without it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

import ibis
import pandas as pd
from scipy.stats import norm

from crmlab.analyses.experiments.rows import spent_between
from crmlab.estimate import Estimate
from crmlab.language import day, tr
from crmlab.tables.kept import kept_frame

YEAR = 365


@dataclass(frozen=True)
class RateJump:
    """The largest rise of the deposit rate between two months: first day of the later, rates in both."""

    day: date
    before: float
    after: float


def rate_jump(economy: ibis.Table) -> RateJump | None:
    """The month in which the deposit rate rose most; None where fewer than two months have one, or it never rose."""
    if "deposit_rate" not in economy.columns:
        return None
    rates = kept_frame(economy, ["month", "deposit_rate"]).dropna().sort_values("month", ignore_index=True)
    step = rates["deposit_rate"].astype("float64").diff()
    if not (step > 0).any():
        return None
    at = int(step.fillna(0.0).to_numpy().argmax())
    before, after = (float(rates["deposit_rate"].iloc[place]) for place in (at - 1, at))
    return RateJump(pd.Timestamp(rates["month"].iloc[at]).date(), before, after)


def change_around(transactions: ibis.Table, on: date, *, days: int, level: float = 0.95) -> Estimate | None:
    """The share of customers that bought in the `days` from `on`, less that of the same customers in the `days` before.

    The customers are those who had bought in the year before both; None if there are none. The interval is that of a
    difference of two shares of the same customers, from those who bought in one of the two windows alone: (b − c) / n
    with error √(b + c − (b − c)² / n) / n.
    """
    start = on - timedelta(days=days)
    whose = spent_between(transactions, start - timedelta(days=YEAR), start - timedelta(days=1)).index
    if not len(whose):
        return None
    end = on + timedelta(days=days - 1)
    before = whose.isin(spent_between(transactions, start, on - timedelta(days=1)).index)
    after = whose.isin(spent_between(transactions, on, end).index)
    n, gained, lost = len(whose), int((after & ~before).sum()), int((before & ~after).sum())
    value = (gained - lost) / n
    reach = float(norm.ppf((1 + level) / 2)) * sqrt(gained + lost - (gained - lost) ** 2 / n) / n
    return Estimate(
        value=value,
        low=max(-1.0, value - reach),
        high=min(1.0, value + reach),
        n=n,
        level=level,
        method=tr("difference of two shares of the same customers"),
        evidence="association",
        denominator=tr("customers with a purchase in the year before"),
        window=tr("{start} to {end}", start=day(start), end=day(end)),
    )
