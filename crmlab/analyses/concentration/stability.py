"""Whether the top customers of one period are the top customers of the next.

Customers tied at a cut share the places left, each to the same degree (`membership`), and a table of two periods
multiplies the degrees: as if ties were broken by lot, apart in each period. So neither the order of rows nor the
names of customers matter, and the totals of both periods are kept.

Intervals are normal ones on the log-odds scale. The standard error is that of the influence function, in which
the cuts are estimated too: who stands at the cut moves with every customer drawn. Measured with seeds 0 to 199 as
hits of 200 (a valid 95 % interval gives 179 to 198), for the fraction that stays / the share of the next period:

==============================================  ================  ================
world                                           n = 500           n = 2,357
==============================================  ================  ================
NBD, r = 1, 3 a year, buyers                    193 / 191         195 / 194
NBD, r = 1, 3 a year, all                       193 / 190         188 / 193
all customers alike, buyers                     192 / 189         196 / 189
all customers alike, all                        190 / 189         192 / 189
CDNOW drawn again, half-years, buyers           193 / 186         196 / 189
CDNOW drawn again, half-years, all              197 / 190         197 / 194
==============================================  ================  ================

Where all are alike, chance lies inside the interval 192 and 196 times of 200 for buyers, 191 and 192 times for all.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from ibis import Table
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from crmlab.analyses.concentration.intervals import check_level
from crmlab.analyses.concentration.measures import Values, membership, top_count, top_share
from crmlab.analyses.concentration.windows import Base, Window, customer_values_by_window, months_back
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, day, mark, percent, tr, translated
from crmlab.language.numbers import localised

Flags = NDArray[np.bool_]

METHOD = mark("normal interval on log-odds with influence-function standard error")
GROUPS = (
    mark("top fifth"),
    mark("2nd fifth"),
    mark("3rd fifth"),
    mark("4th fifth"),
    mark("last fifth"),
    mark("did not buy"),
)


@dataclass(frozen=True, kw_only=True)
class NextPeriod:
    """How the top of one period did in the next of the same length.

    Attributes
    ----------
    stay : Estimate
        Of the top `top` of the first period, the fraction in the top `top` of the second.
    chance : float
        What `stay` would be if the first period said nothing about the second: the places in the second top
        over all `known` customers. It is `top` for the base `all`; for `buyers` less, as not all buy again.
    share_first, share_second : float
        Share of the value of each period made by its own top.
    share_next : Estimate
        Share of the second period's value made by the top of the *first*. It falls short of `share_first` by
        regression to the mean alone, without any customer changing.
    cut_first, cut_second : float
        Least value in the top of each period. At 0, fewer bought than the top has places.
    migration : DataFrame
        `before`, `after` (groups of `GROUPS`: fifths of each period's buyers, largest first), `customers`
        (fractional where ties were split) and `share` of the row `before`, NaN for an empty row.
    known : int
        Customers whose first purchase is before the first period.
    """

    top: float
    base: Base
    first: Window
    second: Window
    known: int
    stay: Estimate
    chance: float
    share_first: float
    share_second: float
    share_next: Estimate
    cut_first: float
    cut_second: float
    migration: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """`stay` and `share_next` with their intervals, beside what to compare each with (`compare`)."""
        rows = [
            {"measure": tr("in the top again"), "compare": self.chance, **vars(self.stay)},
            {"measure": tr("share of the next period"), "compare": self.share_first, **vars(self.share_next)},
        ]
        return pd.DataFrame(rows)


def two_periods(transactions: Table, *, observed_until: date, months: int) -> pd.DataFrame:
    """Both periods of every customer known before the first: the last `months` months and the `months` before.

    Returns
    -------
    DataFrame
        `customer_id, value_first, bought_first, value_second, bought_second`, largest values first.
    """
    first, second = months_back(observed_until, months, skip=1), months_back(observed_until, months)
    values = customer_values_by_window(transactions, [(first, first.start), (second, first.start)])
    one, other = (
        of.set_index("customer_id").add_suffix(suffix) for of, suffix in zip(values, ("_first", "_second"), strict=True)
    )
    both = one.join(other).reset_index()
    order = ["value_first", "value_second", "customer_id"]
    return both.sort_values(order, ascending=[False, False, True], ignore_index=True)


def next_period(
    transactions: Table,
    *,
    observed_until: date,
    months: int,
    top: float = 0.2,
    base: Base = "buyers",
    level: float = 0.95,
) -> NextPeriod:
    """How many of the top of the period before last are in the top of the last one, against chance.

    Only customers known before the first period take part, so that all had the same time in both. With
    `base="buyers"` the top of a period is that of its buyers, with `base="all"` that of all known customers.

    Raises
    ------
    DataError
        If nobody was known before the first period, or a period has no buyers or no value among them.
    ParameterError
        If `top`, `months` or `level` cannot be used.
    """
    first, second = months_back(observed_until, months, skip=1), months_back(observed_until, months)
    table = two_periods(transactions, observed_until=observed_until, months=months)
    return compare_periods(table, first=first, second=second, top=top, base=base, level=level)


def compare_periods(
    table: pd.DataFrame,
    *,
    first: Window,
    second: Window,
    top: float = 0.2,
    base: Base = "buyers",
    level: float = 0.95,
) -> NextPeriod:
    """What `next_period` returns, from a table such as `two_periods` returns."""
    check_level(level)
    _check_periods(table, first, second)
    pair = _Pair.of(table, top, base)
    window = tr("{first}, then {second}", first=str(first), second=str(second))
    stay = _estimate(
        *pair.stay(),
        n=pair.places_first,
        level=level,
        denominator=_top_of_first(top, base),
        window=window,
    )
    share_next = _estimate(
        *pair.share_next(),
        n=len(table),
        level=level,
        denominator=tr("value of the second period, all customers known before the first"),
        window=window,
    )
    return NextPeriod(
        top=top,
        base=base,
        first=first,
        second=second,
        known=len(table),
        stay=stay,
        chance=pair.places_second / len(table),
        share_first=top_share(pair.first[pair.ranked_first], top),
        share_second=top_share(pair.second[pair.ranked_second], top),
        share_next=share_next,
        cut_first=_least_in(pair.first, pair.top_first),
        cut_second=_least_in(pair.second, pair.top_second),
        migration=migration(table),
    )


def _top_of_first(top: float, base: Base) -> str:
    if base == "buyers":
        return tr("the top {top} of the first period, its buyers known before it", top=percent(top, None))
    return tr("the top {top} of the first period, all customers known before it", top=percent(top, None))


def migration(table: pd.DataFrame) -> pd.DataFrame:
    """Where the customers of each fifth went: the table described at `NextPeriod.migration`.

    Parameters
    ----------
    table : DataFrame
        As `two_periods` returns it.
    """
    before = _fifths(table.value_first.to_numpy(), table.bought_first.to_numpy())
    after = _fifths(table.value_second.to_numpy(), table.bought_second.to_numpy())
    customers = before.T @ after
    sizes = customers.sum(axis=1, keepdims=True)
    shares = np.divide(customers, sizes, out=np.full_like(customers, np.nan), where=sizes > 0)
    grid = pd.MultiIndex.from_product([GROUPS, GROUPS], names=["before", "after"]).to_frame(index=False)
    return grid.assign(customers=customers.ravel(), share=shares.ravel())


@dataclass(frozen=True)
class _Pair:
    """Two periods of the same customers, sorted by value so that float sums do not depend on the order of rows."""

    first: Values
    second: Values
    ranked_first: Flags
    ranked_second: Flags
    top_first: Values
    top_second: Values
    places_first: int
    places_second: int

    @classmethod
    def of(cls, table: pd.DataFrame, top: float, base: Base) -> "_Pair":
        keys = ["value_first", "value_second", "bought_first", "bought_second"]
        rows = table[keys].sort_values(keys, ascending=False)
        first, second = rows.value_first.to_numpy(), rows.value_second.to_numpy()
        everyone = np.ones(len(rows), dtype=bool)
        one = rows.bought_first.to_numpy(dtype=bool) if base == "buyers" else everyone
        two = rows.bought_second.to_numpy(dtype=bool) if base == "buyers" else everyone
        return cls(
            first,
            second,
            one,
            two,
            membership(first, top, eligible=one),
            membership(second, top, eligible=two),
            top_count(int(one.sum()), top),
            top_count(int(two.sum()), top),
        )

    def stay(self) -> tuple[float, float]:
        """The fraction of the first top in the second, and its standard error."""
        stay = float((self.top_first * self.top_second).sum() / self.places_first)
        at_first = _at_cut(self.first, self.ranked_first, self.top_first, self.top_second)
        at_second = _at_cut(self.second, self.ranked_second, self.top_second, self.top_first)
        influence = (
            self.top_first * self.top_second
            - at_first * _moves(self.top_first, self.ranked_first)
            - at_second * _moves(self.top_second, self.ranked_second)
            - stay * self.ranked_first * self.places_first / self.ranked_first.sum()
        )
        return stay, _error(influence, self.places_first)

    def share_next(self) -> tuple[float, float]:
        """The second period's share made by the first top, and its standard error."""
        total = float(self.second.sum())
        share = float((self.top_first * self.second).sum() / total)
        at_cut = _at_cut(self.first, self.ranked_first, self.top_first, self.second)
        moves = _moves(self.top_first, self.ranked_first)
        return share, _error(self.top_first * self.second - at_cut * moves - share * self.second, total)


def _moves(degree: Values, ranked: Flags) -> Values:
    """How each customer moves the cut: by being in the top, against the share of the ranked that is."""
    moves: Values = degree - ranked * degree.sum() / ranked.sum()
    return moves


def _error(influence: Values, divisor: float) -> float:
    return float(influence.std() * np.sqrt(len(influence)) / divisor)


def _least_in(values: Values, degree: Values) -> float:
    return float(values[degree > 0].min())


def _at_cut(values: Values, ranked: Flags, degree: Values, of: Values) -> float:
    """Mean of `of` among the customers at the cut: those tied there, or the nearest `ranked` ones about it."""
    distance = np.abs(values[ranked] - _least_in(values, degree))
    neighbours = min(round(distance.size**0.7), distance.size)
    near = distance <= np.partition(distance, neighbours - 1)[neighbours - 1]
    tied = distance == 0
    return float(of[ranked][tied if tied.sum() >= neighbours else near].mean())


def _estimate(value: float, error: float, *, n: int, level: float, denominator: str, window: str) -> Estimate:
    low = high = value
    if error > 0 and 0 < value < 1:
        reach = norm.ppf((1 + level) / 2) * error / (value * (1 - value))
        low, high = (float(expit(logit(value) + step)) for step in (-reach, reach))
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=n,
        level=level,
        method=translated(METHOD),
        denominator=denominator,
        window=window,
    )


def _fifths(values: Values, bought: Flags) -> Values:
    """Degree of each customer in each of `GROUPS`, one column a group; rows sum to 1."""
    bought = bought.astype(bool)
    inside = [membership(values, fifth / 5, eligible=bought) for fifth in range(1, 5)]
    edges = np.column_stack([np.zeros(len(values)), *inside, bought.astype(np.float64)])
    return np.column_stack([np.diff(edges, axis=1), ~bought])


def _check_periods(table: pd.DataFrame, first: Window, second: Window) -> None:
    if table.empty:
        raise DataError(
            tr(
                "nobody was a customer before {start}, when the first period starts; take shorter periods, or give a "
                "longer history",
                start=day(first.start),
            )
        )
    for window, name in ((first, "first"), (second, "second")):
        bought = table[table[f"bought_{name}"].astype(bool)]
        total = bought[f"value_{name}"].sum()
        if bought.empty or total <= 0:
            values = {
                "n": count(len(bought)),
                "known": count(len(table)),
                "window": str(window),
                "total": localised(f"{total:g}"),
            }
            raise DataError(_no_total(name == "first", values))


def _no_total(is_first: bool, values: dict[str, str]) -> str:
    if is_first:
        return tr(
            "{n} of {known} known customers bought in the first period, {window}, and their values sum to {total}; "
            "a share needs a total above zero",
            **values,
        )
    return tr(
        "{n} of {known} known customers bought in the second period, {window}, and their values sum to {total}; "
        "a share needs a total above zero",
        **values,
    )
