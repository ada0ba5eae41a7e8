"""Retention by tenure, and whether a change of retention is improvement or sorting.

The record is cut into periods of equal length, counted back from the last day observed. Retention is the share of a
period's buyers who buy again in the next. Among customers who differ it rises with tenure although nobody changes: of
the newcomers of a period everyone is in it who came, of the older ones only those who still buy, and these are the
ones who buy often and stay. So the retention of a whole base rises when the base grows older.

A change between two pairs of periods is therefore split after Kitagawa [1]_ into **mix** (the base holds other tenures
than before) and **rates** (customers of the same tenure return more, or less, than before). Only the second can be
improvement. Standard errors take customers as units: one who is in both bases counts as one.

References
----------
.. [1] Kitagawa (1955), Components of a difference between two rates, Journal of the American Statistical
   Association 50(272).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.retention.proportions import normal
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, tr
from crmlab.language import day as spoken_day
from crmlab.shares import wilson

Values = NDArray[np.float64]
EPOCH = date(1970, 1, 1)
LEAST_IN_CLASS = 20
MOST_PERIODS = 60
CLASSES = 4


@dataclass(frozen=True, kw_only=True)
class TenureRetention:
    """Retention by tenure, over all pairs of periods.

    Attributes
    ----------
    months : int
        Length of a period.
    table : DataFrame
        `tenure` (periods since the one of the first purchase), `customers` (buyers of a period at that tenure; each
        customer once a tenure), `returned`, `share`, `low`, `high` (Wilson). Tenures with fewer than 20 are left out.
    rise : Estimate or None
        Retention of all older customers less that of newcomers (tenure 0); None where one of them is missing.
    """

    months: int
    table: pd.DataFrame
    rise: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Improvement:
    """The change of retention between the last two pairs of periods, split in two.

    Attributes
    ----------
    before, after : float
        Retention from the period before last but one to the one before last, and from that to the last.
    total, mix, rates : Estimate or None
        The change, and its parts, which add up to it; the parts are None where no tenure is in both bases.
    customers_before, customers_after : int
        Buyers of the two base periods.
    reason : str
        Why there are no parts; empty if there are.
    table : DataFrame
        By tenure class: `tenure`, `open_end` (whether older ones are in it too), and for before and after
        `customers_` and `share_`.
    """

    before: float
    after: float
    total: Estimate
    mix: Estimate | None
    rates: Estimate | None
    customers_before: int
    customers_after: int
    reason: str
    table: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Who bought in which period.

    Attributes
    ----------
    bought : ndarray of bool
        Customers by periods, oldest period first; the first is cut short by the beginning of the records.
    joined : ndarray of int
        The period of each customer's first purchase.
    months : int
        Length of a period.
    starts : tuple of date
        First day of each whole period.
    observed_until : date
    """

    bought: NDArray[np.bool_]
    joined: NDArray[np.int64]
    months: int
    starts: tuple[date, ...]
    observed_until: date


def periods(silences: pd.DataFrame, *, observed_until: date, months: int, least: int = 2) -> Periods:
    """Periods of `months` counted back from `observed_until`, or of fewer where the history is too short for `least`.

    Raises
    ------
    DataError
        If not even periods of one month fit `least` times.
    ParameterError
        If `months` is below 1.
    """
    if months < 1:
        raise ParameterError(tr("A period of {months} months cannot be counted; give 1 or more.", months=count(months)))
    first = EPOCH + timedelta(days=int(silences["began"].min()))
    for length in range(months, 0, -1):
        starts = _starts(first, observed_until, length)
        if len(starts) >= least:
            return _periods(silences, starts, observed_until, length)
    text = tr("The history is too short for {n} periods of a month each.", n=count(least))
    raise DataError(text)


def tenure_retention(of: Periods, *, level: float = 0.95) -> TenureRetention:
    """Of the buyers of each whole period, the share who bought in the next, by tenure."""
    base, back = of.bought[:, 1:-1], of.bought[:, 2:]
    tenure = np.arange(1, of.bought.shape[1] - 1)[None, :] - of.joined[:, None]
    ages = tenure[base]
    n, hits = np.bincount(ages), np.bincount(ages, weights=back[base]).astype(np.int64)
    table = pd.DataFrame({"tenure": np.arange(len(n)), "customers": n, "returned": hits})
    table = table[table["customers"] >= LEAST_IN_CLASS].reset_index(drop=True)
    table["share"] = table["returned"] / table["customers"]
    table["low"], table["high"] = wilson(table["returned"], table["customers"], level=level)
    return TenureRetention(months=of.months, table=table, rise=_rise(of, base, base & back, tenure, level))


def improvement(of: Periods, *, level: float = 0.95) -> Improvement | None:
    """The change of retention between the last two pairs of periods, as mix and rates; None if a base has no buyers.

    Raises
    ------
    DataError
        If there are fewer than three whole periods.
    """
    if len(of.starts) < 3:  # noqa: PLR2004 - two pairs of periods
        raise DataError(tr("A change of retention needs three whole periods."))
    if not of.bought[:, -3:-1].any(axis=0).all():
        return None
    patterns = _Patterns.of(of)
    window = tr(
        "periods of {months} months from {start} to {end}",
        months=count(of.months),
        start=spoken_day(of.starts[-3]),
        end=spoken_day(of.observed_until),
    )
    total = patterns.estimate(lambda cells: _rate(cells)[1] - _rate(cells)[0], window, level)
    classes = patterns.classes()
    mix = rates = None
    reason = ""
    if classes is None:
        reason = tr("the two base periods have no two tenures in common with customers enough in both")
    else:
        mix = patterns.estimate(lambda cells: _kitagawa(cells, classes)[0], window, level)
        rates = patterns.estimate(lambda cells: _kitagawa(cells, classes)[1], window, level)
    before, after = _rate(patterns.cells())
    n = patterns.cells()[:, :, 0].sum(axis=1)
    return Improvement(
        before=before,
        after=after,
        total=total,
        mix=mix,
        rates=rates,
        customers_before=int(n[0]),
        customers_after=int(n[1]),
        reason=reason,
        table=_class_table(patterns.cells(), classes),
    )


def _starts(first: date, observed_until: date, months: int) -> tuple[date, ...]:
    after = pd.Timestamp(observed_until + timedelta(days=1))
    days = [(after - pd.DateOffset(months=months * back)).date() for back in range(1, MOST_PERIODS + 1)]
    return tuple(sorted(day for day in days if day >= first))


def _periods(silences: pd.DataFrame, starts: tuple[date, ...], observed_until: date, months: int) -> Periods:
    edges = [(day - EPOCH).days for day in starts]
    at = np.searchsorted(edges, silences["began"].to_numpy(), side="right")
    customer = np.cumsum(silences["purchase"].to_numpy() == 1) - 1
    bought = np.zeros((customer[-1] + 1, len(starts) + 1), dtype=bool)
    bought[customer, at] = True
    joined = at[silences["purchase"].to_numpy() == 1]
    return Periods(bought=bought, joined=joined, months=months, starts=starts, observed_until=observed_until)


def _rise(
    of: Periods, base: NDArray[np.bool_], back: NDArray[np.bool_], tenure: NDArray[np.int64], level: float
) -> Estimate | None:
    parts = []
    for chosen in (tenure > 0, tenure == 0):
        n, hits = (base & chosen).sum(axis=1), (back & chosen).sum(axis=1)
        if n.sum() < LEAST_IN_CLASS:
            return None
        rate = hits.sum() / n.sum()
        parts.append((rate, (hits - rate * n) / n.sum()))
    (older, of_older), (newer, of_newer) = parts
    return normal(
        float(older - newer),
        float(np.sqrt(((of_older - of_newer) ** 2).sum())),
        int(base.any(axis=1).sum()),
        method=tr("normal interval, customers as clusters"),
        denominator=tr("buyers of a period after their first one, less those new in it"),
        window=tr("{start} to {end}", start=spoken_day(of.starts[0]), end=spoken_day(of.observed_until)),
        level=level,
    )


@dataclass(frozen=True)
class _Patterns:
    """Customers counted by all that the split looks at: in each base, tenure (−1: not in it) and whether they returned.

    `keys` has a row a pattern: tenure and return for the first base, then for the second; `counts` how many.
    """

    keys: NDArray[np.int64]
    counts: Values

    @classmethod
    def of(cls, periods_: Periods) -> "_Patterns":
        columns = []
        last = periods_.bought.shape[1] - 1
        for base in (last - 2, last - 1):
            inside = periods_.bought[:, base]
            tenure = np.minimum(base - periods_.joined, CLASSES - 1)
            columns += [np.where(inside, tenure, -1), periods_.bought[:, base + 1] & inside]
        keys, counts = np.unique(np.column_stack(columns).astype(np.int64), axis=0, return_counts=True)
        used = (keys[:, [0, 2]] >= 0).any(axis=1)
        return cls(keys[used], counts[used].astype(np.float64))

    def cells(self, counts: Values | None = None) -> Values:
        """By base, tenure class: customers, and those who returned."""
        weights = self.counts if counts is None else counts
        cells = np.zeros((2, CLASSES, 2))
        for base in (0, 1):
            tenure, back = self.keys[:, 2 * base], self.keys[:, 2 * base + 1]
            inside = tenure >= 0
            np.add.at(cells[base, :, 0], tenure[inside], weights[inside])
            np.add.at(cells[base, :, 1], tenure[inside], weights[inside] * back[inside])
        return cells

    def classes(self) -> list[slice] | None:
        """Neighbouring tenures joined until each class has customers enough in both bases; None if that fails."""
        n = self.cells()[:, :, 0]
        found: list[slice] = []
        start = 0
        for stop in range(1, CLASSES + 1):
            if n[:, start:stop].sum(axis=1).min() >= LEAST_IN_CLASS:
                found.append(slice(start, stop))
                start = stop
        if not found:
            return None
        found[-1] = slice(found[-1].start, CLASSES)
        # A single class would call everything a change of rates.
        return found if len(found) > 1 else None

    def estimate(self, statistic: Callable[[Values], float], window: str, level: float) -> Estimate:
        """`statistic` of the cells with a normal interval: one more customer of each pattern, by how much it moves."""
        value = statistic(self.cells())
        step = 0.01  # of a customer: small beside the least class
        moved = []
        for row in range(len(self.counts)):
            up, down = self.counts.copy(), self.counts.copy()
            up[row], down[row] = up[row] + step, down[row] - step
            moved.append((statistic(self.cells(up)) - statistic(self.cells(down))) / (2 * step))
        error = float(np.sqrt(self.counts @ np.square(moved)))
        return normal(
            value,
            error,
            int(self.counts.sum()),
            method=tr("normal interval by the delta method, customers as units"),
            denominator=tr("buyers of a period, each period against the one before"),
            window=window,
            level=level,
        )


def _rate(cells: Values) -> tuple[float, float]:
    n, back = cells[:, :, 0].sum(axis=1), cells[:, :, 1].sum(axis=1)
    return float(back[0] / n[0]), float(back[1] / n[1])


def _kitagawa(cells: Values, classes: list[slice]) -> tuple[float, float]:
    """Mix and rates: each part at the mean of what is held fixed, so that they add up and neither base is preferred."""
    joined = np.stack([cells[:, where].sum(axis=1) for where in classes], axis=1)
    weight = joined[:, :, 0] / joined[:, :, 0].sum(axis=1, keepdims=True)
    rate = joined[:, :, 1] / joined[:, :, 0]
    mix = (weight[1] - weight[0]) @ (rate[0] + rate[1]) / 2
    rates = (rate[1] - rate[0]) @ (weight[0] + weight[1]) / 2
    return float(mix), float(rates)


def _class_table(cells: Values, classes: list[slice] | None) -> pd.DataFrame:
    rows = []
    for where in classes or [slice(tenure, tenure + 1) for tenure in range(CLASSES)]:
        n, back = cells[:, where, 0].sum(axis=1), cells[:, where, 1].sum(axis=1)
        shares = np.divide(back, n, out=np.full(2, np.nan), where=n > 0)
        rows.append(
            {
                "tenure": where.start,
                "open_end": where.stop == CLASSES,
                "customers_before": int(n[0]),
                "share_before": shares[0],
                "customers_after": int(n[1]),
                "share_after": shares[1],
            }
        )
    return pd.DataFrame(rows)
