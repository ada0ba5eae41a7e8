"""The concentration of one window and of windows of several lengths, with intervals, denominators and dates."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from ibis import Table
from scipy.stats import norm

from crmlab.analyses.concentration.intervals import (
    check_level,
    customers_for_measure,
    gini_measure,
    intervals,
    top_share_measure,
)
from crmlab.analyses.concentration.measures import gini, sorted_values, top_count, top_customers, top_share
from crmlab.analyses.concentration.windows import (
    WindowValues,
    every_base,
    first_purchase,
    months_back,
)
from crmlab.estimate import Estimate
from crmlab.language import count, day, percent, tr

LEAST_CUSTOMERS = 30  # below it the top fifth is five people, and an interval promises more than it can keep


@dataclass(frozen=True, kw_only=True)
class Concentration:
    """How concentrated the values of one window are.

    Attributes
    ----------
    top_share : Estimate
        Share of the total made by the top `top` of customers, `top_count` in number.
    gini : Estimate
        Gini index; above 1 is possible with negative values.
    customers_for : Estimate
        Share of customers, the largest first, who make `made` of the total; `customers_for_count` in number.
    total : float
        Sum of the values.
    negative : int
        Customers with a value below zero. Where there are any, shares can exceed 1.
    """

    top: float
    top_count: int
    made: float
    customers_for_count: int
    top_share: Estimate
    gini: Estimate
    customers_for: Estimate
    total: float
    negative: int

    def summary(self) -> pd.DataFrame:
        """One row a measure: `measure`, then the fields of `Estimate`."""
        named = {
            tr("share of the top {top}", top=percent(self.top, None)): self.top_share,
            tr("Gini index"): self.gini,
            tr("customers who make {made}", made=percent(self.made, None)): self.customers_for,
        }
        return pd.DataFrame([{"measure": name, **vars(estimate)} for name, estimate in named.items()])


@dataclass(frozen=True)
class WindowCurve:
    """Top share by length of window and denominator.

    Attributes
    ----------
    table : DataFrame
        One row a window and denominator: `months`, `base` (`buyers`, `all`, `everyone`), then the fields of
        `Estimate`, `value` being the share of the top `top`.
    not_computed : DataFrame
        `months` and `reason` of each window that the history is too short for.
    top : float
        The top whose share it is.
    window_effect : Estimate or None
        Share of the longest window less that of the shortest, both of known buyers; None with fewer than two.
    joining_effect : Estimate or None
        In the longest window, share among everyone who bought less share among known buyers.
    """

    table: pd.DataFrame
    not_computed: pd.DataFrame
    top: float
    window_effect: Estimate | None
    joining_effect: Estimate | None

    def summary(self) -> pd.DataFrame:
        """The shares, one row a window and one column a denominator."""
        wide = self.table.pivot_table(index="months", columns="base", values="value")
        return wide.rename_axis(columns=None).reset_index()


def concentration(
    of: WindowValues,
    *,
    rng: np.random.Generator,
    top: float = 0.2,
    made: float = 0.8,
    n_resamples: int = 999,
    level: float = 0.95,
) -> Concentration:
    """Top share, Gini index and the share of customers who make `made` of the total, each with its interval.

    Raises
    ------
    DataError
        If there are no customers, or their values do not sum to more than zero.
    ParameterError
        If `top`, `made`, `level` or `n_resamples` cannot be used.
    """
    ascending = sorted_values(of.values)
    count = top_customers(ascending, made)
    n = ascending.size
    measures = [top_share_measure(top), gini_measure(), customers_for_measure(made)]
    found = intervals(ascending, measures, rng=rng, n_resamples=n_resamples, level=level)
    points = [top_share(ascending, top), gini(ascending), count / n]
    share, index, customers = (
        _estimate(of, point, interval, level) for point, interval in zip(points, found, strict=True)
    )
    return Concentration(
        top=top,
        top_count=top_count(n, top),
        made=made,
        customers_for_count=count,
        top_share=share,
        gini=index,
        customers_for=customers,
        total=float(ascending.sum()),
        negative=int((ascending < 0).sum()),
    )


def top_shares(
    of: WindowValues,
    tops: Sequence[float] = (0.01, 0.05, 0.1, 0.2, 0.5),
    *,
    rng: np.random.Generator,
    n_resamples: int = 999,
    level: float = 0.95,
) -> pd.DataFrame:
    """One row for each of `tops`: `top`, `customers` in it, then the fields of `Estimate`, `value` being its share."""
    measures = [top_share_measure(top) for top in tops]
    found = intervals(of.values, measures, rng=rng, n_resamples=n_resamples, level=level)
    rows = [
        {
            "top": top,
            "customers": top_count(of.n, top),
            **vars(_estimate(of, top_share(of.values, top), interval, level)),
        }
        for top, interval in zip(tops, found, strict=True)
    ]
    return pd.DataFrame(rows)


def window_curve(
    transactions: Table,
    *,
    observed_until: date,
    windows: Sequence[int],
    rng: np.random.Generator,
    top: float = 0.2,
    n_resamples: int = 999,
    level: float = 0.95,
) -> WindowCurve:
    """Top share for windows of `windows` months that end at `observed_until`, by three denominators.

    `buyers` and `all` hold the customers known before the window: equal exposure. `everyone` is the usual
    number: whoever bought in the window, whenever they joined.
    """
    first = first_purchase(transactions)
    computed: dict[int, dict[str, WindowValues]] = {}
    skipped: list[dict[str, Any]] = []
    lengths = sorted(set(windows))
    everything = every_base(transactions, [months_back(observed_until, months) for months in lengths])
    for months, bases in zip(lengths, everything, strict=True):
        reason = _why_not(bases["buyers"], first)
        if reason:
            skipped.append({"months": months, "reason": reason})
            continue
        computed[months] = bases
    rows = [
        {"months": months, "base": base, **vars(_share(of, top, rng, n_resamples, level))}
        for months, bases in computed.items()
        for base, of in bases.items()
    ]
    return WindowCurve(
        pd.DataFrame(rows, columns=["months", "base", *(field.name for field in fields(Estimate))]),
        pd.DataFrame(skipped, columns=["months", "reason"]),
        top,
        *_effects(list(computed.values()), top, level),
    )


def share_difference(of: WindowValues, less: WindowValues, *, top: float = 0.2, level: float = 0.95) -> Estimate:
    """Top share of `of` less top share of `less`, which may hold the same customers: their overlap is accounted for.

    The interval is normal on the plain scale; its standard error sums each customer's influence on both shares.
    """
    check_level(level)
    joined = _influence(of, top).rename("of").to_frame()
    joined = joined.join(_influence(less, top).rename("less"), how="outer").fillna(0.0)
    apart = np.sort((joined["of"] - joined["less"]).to_numpy())
    value = top_share(of.values, top) - top_share(less.values, top)
    reach = float(norm.ppf((1 + level) / 2) * np.sqrt((apart**2).sum()))
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=len(joined),
        level=level,
        method=tr("normal interval with influence-function standard error, paired by customer"),
        denominator=tr("{one}, less {other}", one=of.denominator, other=less.denominator),
        window=str(of.window)
        if of.window == less.window
        else tr("{one}, less {other}", one=str(of.window), other=str(less.window)),
    )


def _influence(of: WindowValues, top: float) -> pd.Series:
    """Each customer's influence on the top share, divided by how many customers there are."""
    places = top_count(of.n, top)
    values = of.values  # noqa: PD011 - a field of ours, not of a DataFrame
    cut = np.partition(values, of.n - places)[of.n - places]
    above = np.maximum(values - cut, 0) + cut * places / of.n
    influence = (above - top_share(values, top) * values) / np.sort(values).sum()
    return pd.Series(influence, index=of.table["customer_id"])


def _effects(
    computed: Sequence[dict[str, WindowValues]], top: float, level: float
) -> tuple[Estimate | None, Estimate | None]:
    if not computed:
        return None, None
    shortest, longest = computed[0], computed[-1]
    joining = share_difference(longest["everyone"], longest["buyers"], top=top, level=level)
    if len(computed) == 1:
        return None, joining
    return share_difference(longest["buyers"], shortest["buyers"], top=top, level=level), joining


def _share(of: WindowValues, top: float, rng: np.random.Generator, n_resamples: int, level: float) -> Estimate:
    (interval,) = intervals(of.values, [top_share_measure(top)], rng=rng, n_resamples=n_resamples, level=level)
    return _estimate(of, top_share(of.values, top), interval, level)


def _estimate(of: WindowValues, value: float, interval: Any, level: float) -> Estimate:
    return Estimate(
        value=value,
        low=interval.low,
        high=interval.high,
        n=of.n,
        level=level,
        method=interval.method,
        denominator=of.denominator,
        window=str(of.window),
    )


def _why_not(buyers: WindowValues, first: date) -> str | None:
    start = buyers.window.start
    if start <= first:
        return tr(
            "it starts on {start}, not after the first purchase on {first}: nobody was a customer before it",
            start=day(start),
            first=day(first),
        )
    if buyers.n < LEAST_CUSTOMERS:
        return tr(
            "{n} customers known before {start} bought in it; at least {least} are needed for an interval",
            n=count(buyers.n),
            start=day(start),
            least=count(LEAST_CUSTOMERS),
        )
    if float(np.sum(buyers.values)) <= 0:
        return tr("the buyers' values from {window} do not sum to more than zero", window=str(buyers.window))
    return None
