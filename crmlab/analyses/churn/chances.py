"""Every chance a customer has to leave: the day it falls on, since when it was known, and whether they left.

Under a contract it is a renewal: the day is in the contract, and who does not renew is lost. Without one nobody says
that they leave. Then each customer has a deadline of their own: the silence after which a model of buying holds it
for likelier that they have gone than not. Who buys before it stays, and has a new deadline; who does not counts as
lost on that day. It is a definition with a known error (`returners`), and one gap for all would have a larger one:
it calls slow buyers lost and quick ones faithful.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError, together
from crmlab.estimate import Estimate
from crmlab.language import count, tr, trn
from crmlab.language import day as spoken_day
from crmlab.models import MBGNBD, fit_mbgnbd
from crmlab.shares import share
from crmlab.summary import customer_summary, purchases

CONTRACT, PURCHASES = "contract", "purchases"
Days = NDArray[np.int64]
EPOCH = date(1970, 1, 1)
MOST_RENEWALS = 600
NO_CALENDAR = 1e6  # days
COLUMNS = ["unit", "customer_id", "number", "clock", "known_from", "due", "settled", "lost", "period_months"]


@dataclass(frozen=True, kw_only=True)
class Chances:
    """Every chance to leave, seen or still to come.

    Attributes
    ----------
    table : DataFrame
        One row a chance, by unit and number: `unit` (contract or customer), `customer_id`, `number` (1 is the first),
        `clock` (first day of the contract, or day of the last purchase), `known_from` (the day from which on it is
        the next chance), `due` (the day it falls on), `settled` (the day on which it is known how it ended: `due`, or
        earlier where the customer bought or the contract ended before), `lost` (True, False; missing where it is still
        to come), all days as whole days since 1970-01-01, and `period_months` (0 without a contract). Without a
        contract also `following`, the day of the next purchase, NaN where there is none, and `t_x`, the days from the
        first to the last purchase.
    setting : str
        `contract` or `purchases`.
    observed_until : date
    set_aside : int
        Customers about whom nothing can be said: no deadline before the end of any calendar.
    """

    table: pd.DataFrame
    setting: str
    observed_until: date
    set_aside: int = 0

    @property
    def end(self) -> int:
        """The last day observed, in days since 1970-01-01."""
        return number_of(self.observed_until)

    def open_on(self, day: date, *, within_days: int | None = None) -> pd.DataFrame:
        """The chances that were each unit's next one on `day`, by the end of it; due within so many days after it.

        What happened after `day` decides nothing about who is in it; `lost` is what came of it.
        """
        at = number_of(day)
        rows = self.table[(self.table["known_from"] <= at) & (self.table["settled"] > at)]
        if within_days is not None:
            rows = rows[rows["due"] <= at + within_days]
        return rows.reset_index(drop=True)


def renewals(contracts: ibis.Table, *, observed_until: date) -> Chances:
    """The renewals of contracts, from the first to the one after `observed_until`.

    An end between two renewals counts as the renewal that follows it, an end after `observed_until` as unknown yet.

    Parameters
    ----------
    contracts : ibis.Table
        A clean table: `contract_id`, `customer_id`, `start`, `end` and, where it is there, `period_months` (by default
        12).

    Raises
    ------
    DataError
        If there is no contract, an end is not after its start, or a length is no whole number of months.
    """
    kept = contracts.filter(contracts.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas
    names = [name for name in ("contract_id", "customer_id", "start", "end", "period_months") if name in kept.columns]
    rows = kept.select(*names).to_pyarrow().to_pandas().sort_values("contract_id", ignore_index=True)
    months = rows["period_months"] if "period_months" in rows else pd.Series(np.nan, index=rows.index)
    rows["months"] = months.fillna(12).astype("float64")
    rows["start"], rows["ended"] = pd.to_datetime(rows["start"]), pd.to_datetime(rows["end"])
    _check_contracts(rows)
    until = pd.Timestamp(observed_until)
    rows["months"], rows["ended"] = rows["months"].astype("int64"), rows["ended"].where(rows["ended"] <= until)
    parts, previous, running = [], rows["start"], np.ones(len(rows), dtype=bool)
    for number in range(1, MOST_RENEWALS):
        running &= (previous <= until).to_numpy()
        if not running.any():
            break
        due = anniversaries(rows["start"], number * rows["months"])
        parts.append(_renewal(rows, previous, due, number)[running])
        running &= ~(rows["ended"] <= due).to_numpy()
        previous = due
    table = pd.concat(parts, ignore_index=True)
    unknown = (table["due"] > number_of(observed_until)) & ~table["lost"].astype(bool)
    table.loc[unknown, "lost"] = pd.NA
    table = table.sort_values(["unit", "number"], ignore_index=True)[COLUMNS]
    return Chances(table=table, setting=CONTRACT, observed_until=observed_until)


def deadlines(days: pd.DataFrame, model: MBGNBD, *, observed_until: date) -> Chances:
    """The deadlines that follow from each purchase of each customer.

    Parameters
    ----------
    days : DataFrame
        As `purchase_days` returns it.
    model : MBGNBD
        Fitted to what was known on a day before every window that is asked about: it defines who is lost, so it may
        not change between windows.
    """
    end = number_of(observed_until)
    day, x, t_x = (days[name].to_numpy(dtype=np.int64) for name in ("day", "x", "t_x"))
    silence = limit_days(model, x, t_x)
    due = day + np.minimum(np.maximum(np.ceil(silence), 1), 1e8).astype(np.int64)
    following = days["following"].to_numpy(dtype=np.float64)
    bought = following <= due  # NaN compares as False
    lost = pd.array(~bought, dtype="boolean")
    lost[(due > end) & ~bought] = pd.NA
    table = pd.DataFrame(
        {
            "unit": days["customer_id"],
            "customer_id": days["customer_id"],
            "number": x + 1,
            "clock": day,
            "known_from": day,
            "due": due,
            "settled": np.where(bought, following, due).astype(np.int64),
            "lost": lost,
            "period_months": 0,
            "following": following,
            "t_x": t_x,
        }
    )
    known = np.isfinite(silence)
    aside = int(days.loc[~known & np.isnan(following), "customer_id"].nunique())
    return Chances(
        table=table[known].reset_index(drop=True), setting=PURCHASES, observed_until=observed_until, set_aside=aside
    )


def limit_days(model: MBGNBD, x: NDArray[np.int64], t_x: NDArray[np.int64]) -> NDArray[np.float64]:
    """The silence in days at which the model puts the probability of still being a customer at a half.

    With P = 1 / (1 + a / (b + x) · ((α + t_x + s) / (α + t_x))^(r + x)) for a silence s (Batislam, Denizel and
    Filiztekin 2007), P is a half where the power equals (b + x) / a. Not above 0 where the model doubts a customer
    from the first day; infinite where it has nobody leave.
    """
    params = model.params
    r, a, b = params["r"], params["a"], params["b"]
    alpha = params["alpha"] * model.days_per_unit
    with np.errstate(over="ignore", divide="ignore"):
        ratio = np.exp(np.log((b + x) / a) / (r + x))
        found = (alpha + t_x) * (ratio - 1)
    return np.asarray(np.where(found < NO_CALENDAR, found, np.inf), dtype=np.float64)


def purchase_days(transactions: ibis.Table) -> pd.DataFrame:
    """Every purchase of every customer, in order: `customer_id`, `day`, `value`, `x`, `t_x`, `following`.

    `day` counts days since 1970-01-01, `x` the purchases before it, `t_x` the days since the first; `following` is the
    day of the next purchase, NaN after the last.

    Raises
    ------
    DataError
        If nothing was purchased.
    """
    bought = purchases(transactions)
    rows = bought.select("customer_id", "date", value=bought["value"].cast("float64")).to_pyarrow().to_pandas()
    if rows.empty:
        raise DataError(tr("There is no purchase: nobody can be said to have left."))
    rows["day"] = (pd.to_datetime(rows.pop("date")) - pd.Timestamp(EPOCH)).dt.days.astype("int64")
    rows = rows.sort_values(["customer_id", "day"], ignore_index=True)
    by = rows.groupby("customer_id", sort=False)["day"]
    rows["x"] = by.cumcount()
    rows["t_x"] = rows["day"] - by.transform("first")
    rows["following"] = by.shift(-1)
    return pd.DataFrame(rows)


def model_on(transactions: ibis.Table, day: date) -> MBGNBD:
    """The model of buying (MBG/NBD) fitted to what was known at the end of `day`."""
    known = transactions.filter(transactions.date <= ibis.date(day))
    return fit_mbgnbd(customer_summary(known, observed_until=day), time_unit="week")


def returners(chances: Chances) -> Estimate | None:
    """Of those called lost by their own deadline, the share that bought again later; None where nobody was lost.

    Only seen so far: who was called lost lately had little time to come back.
    """
    if chances.setting == CONTRACT:
        return None
    lost = chances.table[chances.table["lost"].fillna(False).astype(bool)]
    if lost.empty:
        return None
    back = int(lost["following"].notna().sum())
    first, last = day_of(int(lost["due"].min())), chances.observed_until
    return share(
        back,
        len(lost),
        denominator=tr("deadlines that passed without a purchase"),
        window=tr("{start} to {end}", start=spoken_day(first), end=spoken_day(last)),
    )


def starts_of_windows(
    chances: Chances, *, window_days: int, since: date | None = None, least: int = 20
) -> tuple[date, ...]:
    """The last days before each window, oldest first; the last window ends on `observed_until`.

    Windows follow each other without a gap, so that each chance is in one. Only windows in which at least `least`
    chances fell are named, and none that starts before `since`.

    Raises
    ------
    ParameterError
        If a window is shorter than a week.
    DataError
        If fewer than three windows hold so many chances: two to learn from and to adjust on, one to try it on.
    """
    if window_days < 7:  # noqa: PLR2004 - days of a week
        raise ParameterError(tr("A window of {days} days is too short; give 7 or more.", days=count(window_days)))
    found: list[date] = []
    day = chances.observed_until - timedelta(days=window_days)
    while (since is None or day >= since) and len(chances.open_on(day, within_days=window_days)) >= least:
        found.append(day)
        day -= timedelta(days=window_days)
    if len(found) < 3:  # noqa: PLR2004
        text = trn(
            len(found),
            "Only {found} window of {days} days holds {least} or more chances to leave; three are needed, the last of "
            "them to try the score on. Shorten the window or add older records.",
            "Only {found} windows of {days} days hold {least} or more chances to leave; three are needed, the last of "
            "them to try the score on. Shorten the window or add older records.",
            found=count(len(found)),
            days=count(window_days),
            least=count(least),
        )
        raise DataError(text)
    return tuple(reversed(found))


def number_of(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day that is so many days after 1970-01-01."""
    return EPOCH + timedelta(days=int(number))


def anniversaries(start: pd.Series, months: pd.Series) -> pd.Series:
    """The day so many months after each start; the last day of a month that lacks it."""
    index = start.dt.year * 12 + start.dt.month - 1 + months
    first = pd.to_datetime({"year": index // 12, "month": index % 12 + 1, "day": 1})
    found: pd.Series = first + pd.to_timedelta(np.minimum(start.dt.day, first.dt.days_in_month) - 1, unit="D")
    return found


def _renewal(of: pd.DataFrame, previous: pd.Series, due: pd.Series, number: int) -> pd.DataFrame:
    """The renewal of that number of every contract: `of` has `start`, `ended`, `months` and whose it is."""
    return pd.DataFrame(
        {
            "unit": of["contract_id"],
            "customer_id": of["customer_id"],
            "number": number,
            "clock": _numbers(of["start"]),
            "known_from": _numbers(previous),
            "due": _numbers(due),
            "settled": _numbers(due.where(~(of["ended"] < due), of["ended"])),
            "lost": (of["ended"] <= due).astype("boolean"),
            "period_months": of["months"],
        }
    )


def _numbers(days: pd.Series) -> pd.Series:
    return (days - pd.Timestamp(EPOCH)).dt.days.astype("int64")


def _check_contracts(rows: pd.DataFrame) -> None:
    problems = []
    if rows.empty:
        problems.append(tr("there is no contract"))
    if n := int(rows["start"].isna().sum()):
        problems.append(tr("{n} contracts have no start", n=count(n)))
    if n := int((rows["ended"] <= rows["start"]).sum()):
        problems.append(tr("{n} contracts end on or before the day they start", n=count(n)))
    if n := int(((rows["months"] < 1) | (rows["months"] != rows["months"].round())).sum()):
        problems.append(tr("{n} contracts have a period that is no whole number of months", n=count(n)))
    if problems:
        raise DataError(together(tr("The contracts cannot be used:"), problems))
