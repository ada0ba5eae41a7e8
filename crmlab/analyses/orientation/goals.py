"""Five goals of CRM, and for each one measure, a decision that hangs on it and who takes that decision.

The goals are those of the articles: know the profitable customers, keep the data in order, measure success, be quick,
earn back what CRM costs. A goal without a measure from the client's own tables is not pursued but wished for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.shares import share
from crmlab.tables.kept import kept, kept_frame

BEST = 0.2
FIELDS = ("customer_type", "region", "income_band", "channel", "may_contact")

KNOW, KEEP, MEASURE, QUICK, RETURN = (
    mark("know the profitable customers"),
    mark("keep the data in order"),
    mark("measure success"),
    mark("be quick"),
    mark("earn back what it costs"),
)
OWNERS: Mapping[str, tuple[str, str]] = {
    KNOW: (mark("whom the sales force looks after"), mark("head of sales")),
    KEEP: (mark("which fields are kept up, and which are dropped"), mark("whoever owns the customer data")),
    MEASURE: (mark("which campaigns are repeated"), mark("head of marketing")),
    QUICK: (mark("how many people answer, and at what hours"), mark("head of service")),
    RETURN: (mark("what is spent on campaigns next year"), mark("management")),
}
"""Of each goal the decision that its measure serves, and who takes it in most firms."""


@dataclass(frozen=True)
class Goal:
    """One goal and its measure.

    Attributes
    ----------
    goal, measure : str
        Of `OWNERS`, and what is measured, in words.
    estimate : Estimate or None
        The measure, or None where the tables do not give it.
    unit : str
        `share` or `number`.
    lacking : str
        What would have to be there; empty where the measure is.
    """

    goal: str
    measure: str
    estimate: Estimate | None
    unit: Literal["share", "number"]
    lacking: str = ""


def goals(
    tables: Mapping[str, ibis.Table], *, margin_rate: float | None, window: str, level: float = 0.95
) -> tuple[Goal, ...]:
    """One measure for each of the five goals, from the clean tables the client has.

    Parameters
    ----------
    tables : mapping
        The clean tables by name; `transactions` at least.
    margin_rate : float or None
        Gross margin of revenue, 0 to 1, as the client states it.
    window : str
        The dates of the data, for people.
    level : float
        Of the intervals.
    """
    return (
        _known(tables, window, level),
        _in_order(tables, window, level),
        _measured(tables, window, level),
        _quick(tables, window, level),
        _earned(tables, margin_rate, window, level),
    )


def median_interval(values: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """The median and its interval between two order statistics, whatever the distribution.

    Of 10 values in order the 2nd and the 9th: the median lies outside them with 2 · (1 + 10) / 2¹⁰ = 2.1 %. With
    fewer than 6 values no such interval has 95 %, and its ends are NaN.
    """
    ordered = np.sort(values)
    n = ordered.size
    below = int(binom.ppf((1 - level) / 2, n, 0.5))
    # `below` of n or fewer on one side of the median must be rarer than half of what is left over.
    rank = below if binom.cdf(below - 1, n, 0.5) <= (1 - level) / 2 else below - 1
    if rank < 1:
        return float(np.median(ordered)), float("nan"), float("nan")
    return float(np.median(ordered)), float(ordered[rank - 1]), float(ordered[n - rank])


def _known(tables: Mapping[str, ibis.Table], window: str, level: float) -> Goal:
    measure = tr("of the customers the sales force takes to be worth most, how many are among the best fifth")
    beliefs = _columns(tables, "customers", ["customer_id", "believed_value"])
    if beliefs is None:
        return Goal(KNOW, measure, None, "share", tr("customers: believed_value"))
    rows = kept(tables["transactions"])
    earned = rows.amount - rows.cost.fill_null(0) if "cost" in rows.columns else rows.amount
    sums = rows.mutate(earned=earned.cast("float64")).group_by("customer_id").agg(value=lambda r: r.earned.sum())
    both = sums.to_pyarrow().to_pandas().merge(beliefs, on="customer_id")
    least = both["value"].nlargest(int(np.ceil(BEST * len(both)))).min() if len(both) else np.inf
    best, believed = both["value"] >= least, both["believed_value"] == "high"
    if not believed.any():
        return Goal(KNOW, measure, None, "share", tr("customers: believed_value, with customers taken to be high"))
    denominator = tr("buyers the sales force takes to be worth most")
    hits = int((best & believed).sum())
    return Goal(
        KNOW, measure, share(hits, int(believed.sum()), denominator=denominator, window=window, level=level), "share"
    )


def _in_order(tables: Mapping[str, ibis.Table], window: str, level: float) -> Goal:
    measure = tr("records of customers in which every field that decisions use is filled in")
    if "customers" not in tables:
        return Goal(KEEP, measure, None, "share", tr("customers: region, income_band, channel, may_contact, …"))
    rows = kept(tables["customers"])
    have = [name for name in FIELDS if name in rows.columns]
    if not have:
        return Goal(KEEP, measure, None, "share", tr("customers: region, income_band, channel, may_contact, …"))
    whole = ibis.and_(*(rows[name].notnull() for name in have))  # noqa: PD004 - Ibis, not pandas
    found = rows.agg(n=rows.count(), whole=whole.sum()).to_pyarrow().to_pylist()[0]
    estimate = share(
        int(found["whole"]), int(found["n"]), denominator=tr("customers on record"), window=window, level=level
    )
    return Goal(KEEP, measure, estimate, "share")


def _measured(tables: Mapping[str, ibis.Table], window: str, level: float) -> Goal:
    measure = tr("campaigns in which chance left customers alone, so that an effect can be told")
    plans = _columns(tables, "campaigns", ["campaign_id", "randomised"])
    if plans is None or plans.empty:
        return Goal(MEASURE, measure, None, "share", tr("campaigns: randomised"))
    chance = int(plans["randomised"].fillna(False).astype(bool).sum())
    return Goal(
        MEASURE, measure, share(chance, len(plans), denominator=tr("campaigns"), window=window, level=level), "share"
    )


def _quick(tables: Mapping[str, ibis.Table], window: str, level: float) -> Goal:
    measure = tr("hours to the first answer to a ticket, median of those answered")
    tickets = _columns(tables, "tickets", ["hours_to_first_response"])
    hours = np.array([]) if tickets is None else tickets["hours_to_first_response"].dropna().to_numpy(dtype=float)
    if not hours.size:
        return Goal(QUICK, measure, None, "number", tr("tickets: hours_to_first_response"))
    value, low, high = median_interval(hours, level=level)
    estimate = Estimate(
        value=value,
        low=None if np.isnan(low) else low,
        high=None if np.isnan(high) else high,
        n=hours.size,
        level=level,
        method=tr("interval between order statistics"),
        denominator=tr("tickets that were answered"),
        window=window,
    )
    return Goal(QUICK, measure, estimate, "number")


def _earned(tables: Mapping[str, ibis.Table], margin_rate: float | None, window: str, level: float) -> Goal:
    measure = tr("margin that campaigns brought beyond what they cost, for each unit of cost")
    lacking = tr("contacts: arm, revenue, cost; campaigns: randomised; margin_rate in the client file")
    plans = _columns(tables, "campaigns", ["campaign_id", "randomised", "fixed_cost"])
    made = _columns(tables, "contacts", ["campaign_id", "arm", "revenue", "cost"])
    if plans is None or made is None or margin_rate is None:
        return Goal(RETURN, measure, None, "share", lacking)
    chance = plans[plans["randomised"].fillna(False).astype(bool)]
    rows = made.merge(chance, on="campaign_id").astype({"revenue": "float64", "cost": "float64"})
    gained, variance, n = _gained(rows)
    cost = float(rows["cost"].sum() + chance["fixed_cost"].astype("float64").sum())
    if not n or cost <= 0:
        return Goal(RETURN, measure, None, "share", lacking)
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt(variance)
    earned = [margin_rate * (gained + sign * reach) / cost - 1 for sign in (0, -1, 1)]
    estimate = Estimate(
        value=earned[0],
        low=earned[1],
        high=earned[2],
        n=n,
        level=level,
        method=tr("difference of mean revenue between the arms of each campaign, normal interval"),
        evidence="experiment",
        denominator=tr("customers in campaigns where chance decided who was left alone"),
        window=window,
    )
    return Goal(RETURN, measure, estimate, "share")


def _gained(rows: pd.DataFrame) -> tuple[float, float, int]:
    """Revenue that the approached brought more than they would have, its variance, and how many customers tell it."""
    gained, variance, n = 0.0, 0.0, 0
    for _, campaign in rows.groupby("campaign_id"):
        treated, left = (campaign.loc[campaign["arm"] == arm, "revenue"] for arm in ("treat", "do_nothing"))
        if min(len(treated), len(left)) < 2:  # noqa: PLR2004 - a variance needs two
            continue
        gained += len(treated) * (treated.mean() - left.mean())
        variance += len(treated) ** 2 * (treated.var() / len(treated) + left.var() / len(left))
        n += len(treated) + len(left)
    return float(gained), float(variance), n


def _columns(tables: Mapping[str, ibis.Table], name: str, columns: list[str]) -> pd.DataFrame | None:
    """These columns of the rows kept, or None if the client has not got all of them."""
    if name not in tables or any(column not in tables[name].columns for column in columns):
        return None
    return kept_frame(tables[name], columns)
