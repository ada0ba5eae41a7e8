"""Where each customer stands in the life cycle on any day, and at the end of each past period.

Every customer with a purchase up to the day is in exactly one state, by the first line that fits:

============  =====================================================================================
state         on a day
============  =====================================================================================
`lapsed`      last purchase more than `lapsed_days` ago
`at_risk`     last purchase more than `active_days` ago
`new`         in touch (last purchase at most `active_days` ago), and it was the first
`returned`    in touch, and the last purchase ended a silence of more than `lapsed_days`
`loyal`       in touch, with at least `loyal_purchases` purchases in the last `lapsed_days` days
`active`      in touch, none of these
============  =====================================================================================

People in the customers table without a purchase up to the day are `prospect`s. A state on a day is told from what was
known on that day: later rows change nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.segments.history import Days, History, day_number, history
from crmlab.analyses.segments.rules import Rules, rules_from_gaps
from crmlab.errors import DataError
from crmlab.language import count, tr
from crmlab.language import day as spoken_day
from crmlab.summary import customer_summary

STATES = ("new", "active", "loyal", "returned", "at_risk", "lapsed")
NEW, ACTIVE, LOYAL, RETURNED, AT_RISK, LAPSED = range(len(STATES))
IN_TOUCH = ("new", "active", "loyal", "returned")
PROSPECT = "prospect"
UNKNOWN = -1
"""Not yet a customer: no purchase up to the day."""

LEAST_PERIODS = 3

Codes = NDArray[np.int8]


def states_on(
    transactions: ibis.Table, *, day: date, rules: Rules | None = None, customers: ibis.Table | None = None
) -> pd.DataFrame:
    """The state of each customer known on `day`, one row each, sorted by `customer_id`.

    Parameters
    ----------
    transactions : ibis.Table
        A clean table; rows after `day` are not looked at.
    day : date
        The day, inclusive.
    rules : Rules, optional
        By default `rules_from_gaps` of the purchases up to `day`.
    customers : ibis.Table, optional
        The clean customers table. Those in it without a purchase up to `day` are added as `prospect`, unless
        `joined_on` is later; where it is not known they are taken to be known.

    Returns
    -------
    DataFrame
        `customer_id`, `state` (one of `STATES`, or `prospect`), `days_since_last` (NaN for prospects), `purchases`,
        `value` (net of all kept transactions up to `day`; 0 for prospects).

    Raises
    ------
    DataError
        If nothing was purchased up to `day`, or, without `rules`, nobody bought twice.
    """
    known = history(transactions, until=day)
    code, since = states_and_recency(known, [day], rules or rules_from_gaps(known))
    until = transactions.filter(transactions.date <= ibis.date(day))
    summary = customer_summary(until, observed_until=day)
    table = pd.DataFrame(
        {
            "customer_id": known.customers,
            "state": np.array(STATES, dtype=object)[code[:, 0]],
            "days_since_last": since[:, 0].astype(np.float64),
            "purchases": np.diff(known.starts()),
            "value": summary["total_value"].to_numpy(),
        }
    )
    if customers is None:
        return table
    added = pd.concat([table, _prospects(customers, table["customer_id"], day)], ignore_index=True)
    return added.sort_values("customer_id", ignore_index=True)


def states_and_recency(of: History, days: list[date], rules: Rules) -> tuple[Codes, Days]:
    """States and days since the last purchase at each of `days`: customers by days, `UNKNOWN` before the first.

    States are positions in `STATES`.
    """
    first = int(of.day.min())
    span = day_number(of.until) - first + 1
    key = of.customer * span + (of.day - first)
    base = np.arange(of.n, dtype=np.int64) * span
    start = of.starts()[:-1]
    code = np.full((of.n, len(days)), UNKNOWN, dtype=np.int8)
    since = np.full((of.n, len(days)), UNKNOWN, dtype=np.int64)
    for column, day in enumerate(days):
        offset = min(day_number(day) - first, span - 1)
        stop = np.searchsorted(key, base + offset, side="right")
        known = np.flatnonzero(stop > start)
        last = key[stop[known] - 1] - base[known]
        before = key[np.maximum(stop[known] - 2, 0)] - base[known]
        count = (stop - start)[known]
        recent = stop[known] - np.searchsorted(key, base[known] + max(offset - rules.lapsed_days, -1), side="right")
        silence = np.where(count > 1, last - before, 0)
        elapsed = day_number(day) - first - last
        since[known, column] = elapsed
        code[known, column] = _state(elapsed, count, recent, silence, rules)
    return code, since


@dataclass(frozen=True)
class Panel:
    """The states of all customers at the end of each past period.

    Attributes
    ----------
    customers : Index
        The ids, sorted; the rows of the arrays.
    ends : tuple of date
        The last days of the periods, oldest first, the last being the last day observed; the columns of the arrays.
    state : ndarray
        Positions in `STATES`; `UNKNOWN` before the first purchase.
    since : ndarray
        Days since the last purchase; `UNKNOWN` before the first purchase.
    band : ndarray
        How many period ends have passed since the period of the last purchase: 0 where it was in the period that
        ends; `UNKNOWN` before the first purchase.
    rules : Rules
        The limits between the states.
    period_months : int
        How long a period is.
    """

    customers: pd.Index
    ends: tuple[date, ...]
    state: Codes
    since: Days
    band: Days
    rules: Rules
    period_months: int

    @property
    def periods(self) -> int:
        """How many periods there are between the ends."""
        return len(self.ends) - 1

    @property
    def in_touch(self) -> NDArray[np.bool_]:
        """Who is in touch at which end: in one of the states `IN_TOUCH`."""
        return (self.state >= NEW) & (self.state <= RETURNED)

    def counts(self) -> pd.DataFrame:
        """How many customers are in each state at each end: `end`, then one column for each of `STATES`."""
        columns = {name: (self.state == code).sum(axis=0) for code, name in enumerate(STATES)}
        return pd.DataFrame({"end": self.ends, **columns})


def panel(
    transactions: ibis.Table,
    *,
    observed_until: date,
    rules: Rules | None = None,
    period_months: int = 1,
    periods: int = 0,
) -> Panel:
    """The states at the end of each period of `period_months` months, counted back from `observed_until`.

    The first end lies `lapsed_days` after the first purchase of all: before that nobody could have lapsed, and
    customers from before the records began would look new. With `periods`, only so many of the latest are kept.

    Raises
    ------
    DataError
        If the history after that is shorter than three periods, nothing was purchased, or, without `rules`, nobody
        bought twice.
    """
    known = history(transactions, until=observed_until)
    limits = rules or rules_from_gaps(known, period_months=period_months)
    everything = period_ends(known.first_day, observed_until, period_months)
    settled = known.first_day + timedelta(days=limits.lapsed_days)
    ends = [end for end in everything if end >= settled]
    if len(ends) - 1 < LEAST_PERIODS:
        message = tr(
            "the history lasts from {first} to {until}, and customers can be told to have lapsed from {settled} on "
            "({days} days later): that leaves {periods} whole periods, and at least {least} are needed. Add older "
            "records, or set a shorter period or lapsed_days",
            first=spoken_day(known.first_day),
            until=spoken_day(observed_until),
            settled=spoken_day(settled),
            days=count(limits.lapsed_days),
            periods=count(max(len(ends) - 1, 0)),
            least=count(LEAST_PERIODS),
        )
        raise DataError(message)
    ends = ends[-periods - 1 :] if periods else ends
    code, since = states_and_recency(known, ends, limits)
    last = np.array([day_number(end) for end in ends]) - since
    boundary = np.array([day_number(end) for end in everything])
    bought_in = np.searchsorted(boundary, last)
    position = np.arange(len(everything) - len(ends), len(everything))
    band = np.where(code == UNKNOWN, UNKNOWN, position - bought_in)
    return Panel(known.customers, tuple(ends), code, since, band, limits, period_months)


def period_ends(first: date, until: date, period_months: int) -> list[date]:
    """The last days of the periods counted back from `until`, oldest first; the first is not before `first`."""
    after = pd.Timestamp(until) + pd.Timedelta(days=1)
    ends = []
    for period in range(1 + _months(first, until) // period_months):
        end = (after - pd.DateOffset(months=period * period_months)).date() - timedelta(days=1)
        if end < first:
            break
        ends.append(end)
    return ends[::-1]


def _state(elapsed: Days, count: Days, recent: Days, silence: Days, rules: Rules) -> Codes:
    fits = [
        elapsed > rules.lapsed_days,
        elapsed > rules.active_days,
        count == 1,
        silence > rules.lapsed_days,
        recent >= rules.loyal_purchases,
    ]
    return np.select(fits, [LAPSED, AT_RISK, NEW, RETURNED, LOYAL], ACTIVE).astype(np.int8)


def _prospects(customers: ibis.Table, bought: pd.Series, day: date) -> pd.DataFrame:
    kept = customers.filter(customers.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas
    if "joined_on" in kept.columns:
        kept = kept.filter(kept.joined_on.isnull() | (kept.joined_on <= ibis.date(day)))  # noqa: PD003
    ids = pd.Index(kept.select("customer_id").to_pyarrow().to_pandas()["customer_id"])
    ids = ids.difference(pd.Index(bought))
    return pd.DataFrame(
        {"customer_id": ids, "state": PROSPECT, "days_since_last": np.nan, "purchases": 0, "value": 0.0}
    )


def _months(first: date, until: date) -> int:
    return (until.year - first.year) * 12 + until.month - first.month + 1
