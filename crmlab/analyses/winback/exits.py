"""Who leaves, who comes back by themselves, how soon, and what a second life with the firm is worth.

Nobody tells a shop that they have left: a customer counts as gone on the day on which they have been silent for
`lapsed_days`, and as returned with the next purchase. From a customer's first exit on they are followed to their
return, to the first contact of a campaign that was to win them back, or to the last day observed: what happens after
such a contact is no return by oneself.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, day, tr
from crmlab.shares import share, wilson
from crmlab.summary import purchases
from crmlab.tables.kept import kept

WEEK, LATE_WEEK = 7, 4
LEAST_EXITS = 100
PROGRAMME, TREAT = "win_back_or_save", "treat"


def real_purchases(transactions: ibis.Table, economy: ibis.Table | None = None) -> ibis.Table:
    """Purchases as an expression, `customer_id`, `date` and `value` (double) at the prices of the last month known.

    Without the table `economy` the value is what was paid on the day.
    """
    bought = purchases(transactions)
    if economy is None:
        return bought.mutate(value=bought["value"].cast("float64"))
    prices = kept(economy).select("month", "price_index")
    prices = prices.mutate(level=prices.price_index.cast("float64"))
    last = prices.order_by(prices.month.desc()).limit(1).level.as_scalar()
    joined = bought.asof_join(prices, on=bought.date >= prices.month)
    # Before the first month of the index nothing is known of prices: the day's own stand.
    value = joined["value"].cast("float64") * (last / joined.level).fill_null(1.0)
    return joined.select("customer_id", "date", value=value)


def exits(
    bought: ibis.Table,
    *,
    observed_until: date,
    lapsed_days: int,
    contacts: ibis.Table | None = None,
    campaigns: ibis.Table | None = None,
) -> pd.DataFrame:
    """The first exit of every customer who was ever silent for `lapsed_days`.

    Parameters
    ----------
    bought : ibis.Table
        As `real_purchases` has them.
    observed_until : date
        The last day observed, inclusive.
    lapsed_days : int
        After so many days without a purchase a customer counts as gone.
    contacts, campaigns : ibis.Table, optional
        Where contacts to win customers back are recorded.

    Returns
    -------
    DataFrame
        `customer_id`; `exit` (day); `followed`, the days from the exit to the end of observation or to a contact;
        `days`, to the return if that comes first, otherwise `followed`; `returned` (bool).

    Raises
    ------
    DataError
        If fewer than 100 customers ever left.
    """
    until = ibis.date(observed_until)
    by_customer = ibis.window(group_by=bought.customer_id, order_by=bought.date)
    silent = bought.mutate(next=bought.date.lead().over(by_customer))
    silent = silent.mutate(gap=silent.next.fill_null(until).delta(silent.date, unit="day"))
    gone = silent.filter(silent.gap > lapsed_days).group_by("customer_id").agg(last=lambda t: t.date.min())
    first = silent.join(gone, [silent.customer_id == gone.customer_id, silent.date == gone["last"]])
    found = first.select("customer_id", "date", "next").order_by("customer_id").to_pyarrow().to_pandas()
    if len(found) < LEAST_EXITS:
        raise DataError(
            tr(
                "{n} customers were ever silent for more than {days} days; {least} are needed to say who comes back.",
                n=count(len(found)),
                days=count(lapsed_days),
                least=count(LEAST_EXITS),
            )
        )
    leaves = pd.to_datetime(found["date"]) + pd.Timedelta(days=lapsed_days)
    end = _ends(found["customer_id"], leaves, contacts, campaigns).fillna(pd.Timestamp(observed_until))
    return _followed(found["customer_id"], leaves, found["next"], end)


def contract_exits(bought: ibis.Table, contracts: ibis.Table, *, observed_until: date) -> pd.DataFrame | None:
    """The end of every customer's first contract that ended, and their next purchase of anything, as `exits` has them.

    Here the day of the exit is known and no definition. Who bought beside the contract all along returns soon, which is
    no work of anybody's. None if fewer than 100 contracts ended.
    """
    runs = kept(contracts)
    ended = runs.filter(runs.end.notnull())  # noqa: PD004 - Ibis, not pandas
    first = ended.group_by("customer_id").agg(exit=lambda t: t.end.min())
    both = first.left_join(bought.select("customer_id", "date"), "customer_id")
    both = both.select("customer_id", "exit", later=ibis.ifelse(both.date >= both.exit, both.date, None))
    found = both.group_by(["customer_id", "exit"]).agg(next=lambda t: t.later.min()).order_by("customer_id")
    rows = found.to_pyarrow().to_pandas()
    if len(rows) < LEAST_EXITS:
        return None
    return _followed(rows["customer_id"], pd.to_datetime(rows["exit"]), rows["next"], pd.Timestamp(observed_until))


def weekly_hazard(left: pd.DataFrame, *, weeks: int = 26, level: float = 0.95) -> pd.DataFrame:
    """The chance to return in each week since the exit, of those still away and followed through the whole week.

    Returns
    -------
    DataFrame
        `week` (from 1), `at_risk`, `returns`, `hazard`, `low`, `high` (Wilson). Weeks for which nobody was followed are
        left out.
    """
    number = np.arange(1, weeks + 1)
    days, followed, returned = (left[name].to_numpy() for name in ("days", "followed", "returned"))
    watched = (followed[:, None] >= WEEK * number) & (days[:, None] >= WEEK * (number - 1))
    back = watched & returned[:, None] & (days[:, None] < WEEK * number)
    at_risk, returns = watched.sum(axis=0), back.sum(axis=0)
    low, high = wilson(returns, at_risk, level=level)
    with np.errstate(invalid="ignore"):
        hazard = returns / at_risk
    table = pd.DataFrame(
        {"week": number, "at_risk": at_risk, "returns": returns, "hazard": hazard, "low": low, "high": high}
    )
    return table[table["at_risk"] > 0].reset_index(drop=True)


def week_ratio(hazard: pd.DataFrame, *, window: str, level: float = 0.95) -> Estimate | None:
    """How many times likelier a return is in the first week than in the fourth; None where either saw none.

    20 of 1,000 against 10 of 960: 1.92; the standard error of its logarithm is √(.98/20 + (1 − 10/960)/10) = .385, as
    the two weeks' counts are independent given who is still away.
    """
    rows = {int(row["week"]): row for row in hazard.to_dict(orient="records")}
    if not {1, LATE_WEEK} <= set(rows) or min(rows[week]["returns"] for week in (1, LATE_WEEK)) < 1:
        return None
    first, late = rows[1], rows[LATE_WEEK]
    ratio = float(first["hazard"] / late["hazard"])
    error = float(np.sqrt((1 - first["hazard"]) / first["returns"] + (1 - late["hazard"]) / late["returns"]))
    reach = float(np.exp(norm.ppf((1 + level) / 2) * error))
    return Estimate(
        value=ratio,
        low=ratio / reach,
        high=ratio * reach,
        n=int(first["at_risk"]),
        level=level,
        method=tr("ratio of two weeks' hazards, interval on the logarithm"),
        evidence="association",
        denominator=tr("customers who had left and were still away at the start of the week"),
        window=window,
    )


def returned_within(left: pd.DataFrame, *, days: int, window: str, level: float = 0.95) -> Estimate:
    """The share who came back by themselves within `days` of their exit, of those followed for so long."""
    whole = left[left["followed"] >= days]
    back = whole["returned"] & (whole["days"] < days)
    return share(
        int(back.sum()),
        len(whole),
        denominator=tr("customers who left and could be followed for {days} days", days=count(days)),
        window=window,
        level=level,
    )


@dataclass(frozen=True, kw_only=True)
class Life:
    """What customers spend in the days from a first purchase, or from a return, on.

    Attributes
    ----------
    purchases, revenue : Estimate
        Of one customer in those days, the purchase that begins them included; revenue at constant prices where prices
        are known.
    days : int
        How many.
    """

    purchases: Estimate
    revenue: Estimate
    days: int


def second_life(
    bought: ibis.Table, left: pd.DataFrame, *, days: int, observed_until: date, level: float = 0.95
) -> Life | None:
    """What those who came back by themselves did in the `days` from their return on; None if too few did so.

    Only returns after which the whole of those days was observed.
    """
    back = left[left["returned"]]
    starts = pd.DataFrame({"customer_id": back["customer_id"], "begins": back["exit"] + _days(back["days"])})
    return _life(
        bought, starts, tr("customers who came back by themselves"), days=days, until=observed_until, level=level
    )


def first_life(bought: ibis.Table, *, days: int, observed_until: date, level: float = 0.95) -> Life | None:
    """What customers did in the `days` from their first purchase on, where all of them were observed."""
    first = bought.group_by("customer_id").agg(begins=lambda t: t.date.min()).to_pyarrow().to_pandas()
    return _life(
        bought, first, tr("customers from their first purchase on"), days=days, until=observed_until, level=level
    )


def _life(
    bought: ibis.Table, starts: pd.DataFrame, denominator: str, *, days: int, until: date, level: float
) -> Life | None:
    begins = pd.to_datetime(starts["begins"])
    watched = starts[begins + pd.Timedelta(days=days - 1) <= pd.Timestamp(until)]
    if len(watched) < LEAST_EXITS // 4:
        return None
    window = tr("{first} to {last}", first=day(pd.to_datetime(watched["begins"]).min().date()), last=day(until))
    spent = in_windows(bought, watched["customer_id"], pd.to_datetime(watched["begins"]), days=days)
    made = [
        _mean(spent[name].to_numpy(dtype=np.float64), denominator, window, level) for name in ("purchases", "revenue")
    ]
    return Life(purchases=made[0], revenue=made[1], days=days)


def in_windows(bought: ibis.Table, customers: pd.Series, begins: pd.Series, *, days: int) -> pd.DataFrame:
    """`purchases` and `revenue` of each customer in the `days` from `begins` on, in that order; each once."""
    asked = pd.DataFrame({"customer_id": customers.to_numpy(), "begins": begins.dt.date.to_numpy()})
    rows = ibis.memtable(asked, schema={"customer_id": "string", "begins": "date"})
    both = bought.join(rows, "customer_id")
    both = both.mutate(after=both.date.delta(both.begins, unit="day"))
    both = both.filter((both.after >= 0) & (both.after < days))
    sums = both.group_by("customer_id").agg(purchases=lambda t: t.count(), revenue=lambda t: t["value"].sum())
    found: pd.DataFrame = sums.to_pyarrow().to_pandas().set_index("customer_id")
    return found.reindex(asked["customer_id"]).fillna(0).reset_index()


def _followed(customers: pd.Series, leaves: pd.Series, back: pd.Series, end: Any) -> pd.DataFrame:
    followed = (end - leaves).dt.days
    until_return = (pd.to_datetime(back) - leaves).dt.days
    returned = until_return.notna() & (until_return <= followed)
    days = until_return.where(returned, followed).astype("int64")
    return pd.DataFrame(
        {"customer_id": customers, "exit": leaves, "followed": followed, "days": days, "returned": returned}
    )


def _ends(customers: pd.Series, leaves: pd.Series, contacts: Any, campaigns: Any) -> pd.Series:
    """The first day after the exit on which the firm tried to win the customer back; NaT where it did not."""
    if contacts is None or campaigns is None or "programme" not in campaigns.columns:
        return pd.Series(pd.NaT, index=customers.index, dtype="datetime64[us]")
    plans = kept(campaigns)
    plans = plans.filter(plans.programme == PROGRAMME).select("campaign_id")
    made = kept(contacts).semi_join(plans, "campaign_id")
    tried = made.filter(made.arm == TREAT).select("customer_id", "date").to_pyarrow().to_pandas()
    both = tried.merge(pd.DataFrame({"customer_id": customers, "exit": leaves}), on="customer_id")
    both["date"] = pd.to_datetime(both["date"])
    first = both[both["date"] >= both["exit"]].groupby("customer_id")["date"].min()
    return customers.map(first)


def _days(days: pd.Series) -> pd.Series:
    return pd.to_timedelta(days, unit="D")


def _mean(values: np.ndarray, denominator: str, window: str, level: float) -> Estimate:
    value = float(values.mean())
    reach = float(norm.ppf((1 + level) / 2) * values.std(ddof=1) / np.sqrt(values.size))
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=values.size,
        level=level,
        method=tr("mean with normal interval"),
        denominator=denominator,
        window=window,
    )
