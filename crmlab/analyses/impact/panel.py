"""What branches report as a panel: a row a branch, a column a month, beside it when CRM went live.

Amounts of different years are compared at constant prices: each is divided by what the price index had become, so that
it is in the money of the last month observed (Fisher's real terms). What is compared over time within branches is the
same months of the year before and after, so that no season is mistaken for an effect.
"""

from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError
from crmlab.tables.kept import kept_frame

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]

YEAR = 12
NEVER = np.inf


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One outcome of every branch in every month.

    Attributes
    ----------
    numbers : array, branches × months
        The outcome; NaN where it is not known.
    live : array
        By branch the place of the first month with CRM, from 0; infinite where it never went live.
    branches : tuple of str
        Their ids, in the order of the rows.
    months : tuple of date
        The first days of the months, in the order of the columns.
    """

    numbers: Vector
    live: Vector
    branches: tuple[str, ...]
    months: tuple[date, ...]

    @property
    def is_live(self) -> Flags:
        """By branch and month, whether CRM was live."""
        months = np.arange(len(self.months))
        flags: Flags = self.live[:, None] <= months
        return flags

    def with_numbers(self, numbers: Vector) -> "Panel":
        """The same branches and months with another outcome."""
        return replace(self, numbers=numbers)


def panel(
    kpi: ibis.Table, branches: ibis.Table, column: str, *, until: date, per: str | None = None, zero: bool = True
) -> Panel:
    """What branches report in `column`, or what they report in it per unit of `per`, as a panel.

    Parameters
    ----------
    kpi, branches : ibis.Table
        The clean tables `kpi_monthly` and `branches`. A month in which a branch went live in its course counts as its
        first; branches live before the first month reported have nothing before, and are left out.
    column : str
        What is measured.
    until : date
        The last day observed; later months are left out.
    per : str, optional
        By what it is divided; where that is zero the value is not known.
    zero : bool
        Whether a zero is a value. False: it has no logarithm, and counts as not known.

    Raises
    ------
    DataError
        If fewer than two branches or fewer than two months are left.
    """
    names = [column] if per is None else [column, per]
    rows = kept_frame(kpi, ["branch_id", "month", *names])
    rows["month"] = pd.to_datetime(rows["month"])
    rows = rows[rows["month"].dt.date <= until]
    wide = [
        rows.astype({name: "float64"}).pivot_table(index="branch_id", columns="month", values=name) for name in names
    ]
    value = wide[0] if per is None else wide[0] / wide[1].where(wide[1] > 0).reindex_like(wide[0])
    went = kept_frame(branches, ["branch_id", "crm_live_on"]).set_index("branch_id")["crm_live_on"]
    value = value[value.index.isin(went.index)].sort_index()
    live = _live(pd.to_datetime(went.reindex(value.index)), value.columns)
    known = live > 0
    if known.sum() < 2 or value.shape[1] < 2:  # noqa: PLR2004 - one is no comparison
        raise DataError(
            f"a panel needs two branches that report before CRM and two months; it has {int(known.sum())} branches and "
            f"{value.shape[1]} months with {column!r}: add older months or more branches to kpi_monthly"
        )
    known_numbers = value.to_numpy(dtype=float)[known]
    return Panel(
        numbers=known_numbers if zero else np.where(known_numbers > 0, known_numbers, np.nan),
        live=live[known],
        branches=tuple(str(name) for name in value.index[known]),
        months=tuple(month.date() for month in value.columns),
    )


def _live(went: pd.Series, months: pd.Index) -> Vector:
    """The place of the month each branch went live in: the last one that began by then; beyond the last, never."""
    firsts = pd.DatetimeIndex(months)
    place = np.searchsorted(firsts.to_numpy(), went.to_numpy(), side="right") - 1.0
    ends = firsts[-1] + pd.Timedelta(days=31)
    late = (went.isna() | (went >= ends)).to_numpy()
    return np.where(late, NEVER, np.where(place < 0, 0.0, place))


def price_levels(economy: ibis.Table | None, months: tuple[date, ...]) -> Vector:
    """By month what an amount is divided by to be in the money of the last month; ones where prices are not known.

    Raises
    ------
    DataError
        If the index is not known for a month.
    """
    if economy is None:
        return np.ones(len(months))
    rows = kept_frame(economy, ["month", "price_index"])
    known = pd.Series(rows["price_index"].to_numpy(dtype=float), index=pd.to_datetime(rows["month"])).sort_index()
    place = known.index.searchsorted(pd.DatetimeIndex(months), side="right") - 1
    if (place < 0).any():
        raise DataError(
            f"table economy begins in {known.index.min():%Y-%m}, later than the first month that is compared, "
            f"{months[0]:%Y-%m}: add the older months of the price index"
        )
    index = known.to_numpy()[place]
    levels: Vector = index / index[-1]
    return levels


def deflated(nominal: Panel, levels: Vector) -> Panel:
    """The panel with amounts in the money of the last month."""
    return nominal.with_numbers(nominal.numbers / levels)


def logs(amounts: Panel) -> Panel:
    """The panel of logarithms; what is zero or less has none."""
    positive = np.where(amounts.numbers > 0, amounts.numbers, np.nan)
    return amounts.with_numbers(np.log(positive))


def matched_months(live: float, months: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Up to twelve months before going live, and the same months of the year as late as the panel has them.

    A branch that went live in month 8 of 48 has months 0 to 7 before, and 36 to 43 after. Months without such a
    counterpart after going live are in neither.

    Raises
    ------
    ParameterError
        If the branch never went live.
    """
    if not np.isfinite(live):
        raise ParameterError("a branch where CRM never went live has no months before and after")
    start = int(live)
    before = np.arange(max(start - YEAR, 0), start)
    after = before + YEAR * ((months - 1 - before) // YEAR)
    paired = after >= start
    return before[paired], after[paired]


def before_and_after(found: Panel, counted: Flags | None = None) -> pd.DataFrame:
    """By live branch the mean of matched months before and after, from months in which both are known.

    Parameters
    ----------
    found : Panel
        Of any outcome.
    counted : array of bool, optional
        Which branches; all by default.

    Returns
    -------
    DataFrame
        `branch_id`, `before`, `after`, `months` (how many pairs); branches without a pair are left out.
    """
    rows = []
    for place, branch in enumerate(found.branches):
        if not np.isfinite(found.live[place]) or (counted is not None and not counted[place]):
            continue
        months = matched_months(found.live[place], len(found.months))
        first, second = (found.numbers[place, at] for at in months)
        both = np.isfinite(first) & np.isfinite(second)
        if both.any():
            rows.append((branch, first[both].mean(), second[both].mean(), int(both.sum())))
    return pd.DataFrame(rows, columns=["branch_id", "before", "after", "months"])


def by_process(found: Panel, org_survey: ibis.Table | None, *, prefix: str = "process") -> Flags | None:
    """Which branches work by a process, by what their people said before CRM went live anywhere.

    A branch is among them if the mean of its people's scores on statements whose names begin with `prefix` is above
    the median branch. What people said later is not used: CRM may have changed it. None where nobody was asked before.
    """
    if org_survey is None:
        return None
    rows = kept_frame(org_survey, ["branch_id", "date", "item", "score"])
    live = found.live[np.isfinite(found.live)]
    first = pd.Timestamp(found.months[int(live.min())]) if live.size else pd.Timestamp.max
    said = rows[rows["item"].str.startswith(prefix) & (pd.to_datetime(rows["date"]) < first)]
    scores = said["score"].astype("float64").groupby(said["branch_id"]).mean().reindex(list(found.branches))
    if scores.isna().all():
        return None
    high: Flags = (scores > scores.median()).to_numpy()
    return high
