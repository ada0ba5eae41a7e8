"""What winning customers costs on average, before and after, and two ways in which a fall of it misleads.

A ratio of sums, not a mean of ratios: what was spent in all by how many were won, or bought, in all. Beside it what the
new customers are worth, for a cheaper customer may be a lesser one; and what happens after a bad month by itself.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from scipy.stats import t as student

from crmlab.analyses.impact.panel import Flags, Panel, Vector, matched_months
from crmlab.analyses.impact.regressions import Change, mean_change
from crmlab.errors import DataError, ParameterError
from crmlab.resamples import multiplicities
from crmlab.summary import purchases
from crmlab.tables.kept import kept_frame

LEAST = 3
DRAWS = 1999


@dataclass(frozen=True, kw_only=True)
class RatioChange:
    """A ratio of sums over matched months before and after going live.

    Attributes
    ----------
    before, after : float
        The ratios, in the numerator's unit.
    value, low, high : float
        The relative change (−0.1: a tenth less) and its interval.
    n : int
        Branches.
    level : float
    """

    before: float
    after: float
    value: float
    low: float
    high: float
    n: int
    level: float


@dataclass(frozen=True, kw_only=True)
class AfterTheWorst:
    """What follows the worst months by itself: regression to the mean, where nothing was done.

    Attributes
    ----------
    months : int
        How many branch-months were the worst.
    chosen, following : float
        How far they, and the months after them, lie above their branches' usual, in the panel's units.
    change : Change
        Following less chosen, a mean over branches.
    """

    months: int
    chosen: float
    following: float
    change: Change


def ratio_change(
    above: Panel, below: Panel, counted: Flags | None = None, *, rng: np.random.Generator, level: float = 0.95
) -> RatioChange:
    """The ratio of two outcomes' sums over the year before going live, and over the same months of the last year.

    The interval is on the logarithm, with the standard error of a bootstrap of whole branches (a branch's months belong
    together) and t on as many degrees as branches less 1.

    Raises
    ------
    DataError
        With fewer than three branches that report both, or a sum that is not above zero.
    """
    sums = _sums(above, below, counted)
    n = len(sums)
    if n < LEAST or (sums.sum(axis=0) <= 0).any():
        raise DataError(
            f"a ratio before and after needs {LEAST} branches that report both, with sums above zero; {n} do"
        )
    total = sums.sum(axis=0)
    drawn = multiplicities(n, DRAWS, rng=rng) @ sums
    change = _log_change(total[None])[0]
    error = float(_log_change(drawn[(drawn > 0).all(axis=1)]).std()) * np.sqrt(n / (n - 1))
    reach = float(student.ppf((1 + level) / 2, n - 1)) * error
    value, low, high = (float(np.expm1(change + sign * reach)) for sign in (0, -1, 1))
    before, after = float(total[0] / total[1]), float(total[2] / total[3])
    return RatioChange(before=before, after=after, value=value, low=low, high=high, n=n, level=level)


def buyers_by_month(transactions: ibis.Table, customers: ibis.Table, like: Panel) -> Panel:
    """How many customers of each branch bought in each month, whichever branch they bought at."""
    bought = _of_branches(transactions, customers, like)
    n = bought.drop_duplicates(["customer_id", "month"]).groupby(["branch", "month"]).size()
    return like.with_numbers(_matrix(n, like))


def newcomers(
    transactions: ibis.Table, customers: ibis.Table, like: Panel, levels: Vector, *, days: int, until: date
) -> tuple[Panel, Panel]:
    """By branch and month of the first purchase: what new customers bought in their first `days`, and how many.

    Amounts are divided by `levels`, the price level of their month. Months whose newcomers could not be observed for so
    long are not known.

    Raises
    ------
    ParameterError
        If `days` is below 1.
    """
    if days < 1:
        raise ParameterError(f"days is {days}: newcomers are followed for one day at least")
    bought = _of_branches(transactions, customers, like)
    first = bought.groupby("customer_id")["date"].transform("min")
    bought["real"] = bought["value"] / levels[bought["month"].to_numpy()]
    began = bought[bought["date"] == first].drop_duplicates("customer_id").set_index("customer_id")
    early = bought[bought["date"] < first + pd.Timedelta(days=days)].groupby("customer_id")["real"].sum()
    rows = began.assign(real=early)
    worth = _matrix(rows.groupby(["branch", "month"])["real"].sum(), like)
    n = _matrix(rows.groupby(["branch", "month"]).size(), like)
    ends = [*like.months[1:], like.months[-1] + timedelta(days=31)]
    short = np.array([end + timedelta(days=days) > until + timedelta(days=1) for end in ends])
    worth[:, short], n[:, short] = np.nan, np.nan
    return like.with_numbers(worth), like.with_numbers(n)


def after_the_worst(found: Panel, *, worst: float = 0.2, level: float = 0.95) -> AfterTheWorst:
    """What follows the dearest months of branches that are not live in either month.

    A branch-month is measured against the mean of all other months of the branch before it went live, so that it is no
    part of its own yardstick; month effects are taken out first.

    Raises
    ------
    ParameterError
        If `worst` is no share.
    DataError
        With fewer than three branches with such months.
    """
    if not 0 < worst < 1:
        raise ParameterError(f"worst is {worst:g}; it is a share, above 0 and below 1")
    quiet = np.where(found.is_live, np.nan, found.numbers)
    known = np.isfinite(quiet)
    n = known.sum(axis=0)
    monthly = np.divide(np.where(known, quiet, 0).sum(axis=0), n, out=np.zeros(n.shape), where=n > 0)
    own = quiet - monthly
    total, size = np.where(known, own, 0).sum(axis=1, keepdims=True), known.sum(axis=1, keepdims=True)
    excess = own - (total - own) / np.maximum(size - 1, 1)
    now, then = excess[:, :-1], excess[:, 1:]
    both = np.isfinite(now) & np.isfinite(then)
    least = np.quantile(now[both], 1 - worst) if both.any() else np.inf
    chosen = both & (now >= least)
    branches = [row for row in range(len(found.branches)) if chosen[row].any()]
    falls = np.array([(then[row] - now[row])[chosen[row]].mean() for row in branches])
    return AfterTheWorst(
        months=int(chosen.sum()),
        chosen=float(now[chosen].mean()) if chosen.any() else float("nan"),
        following=float(then[chosen].mean()) if chosen.any() else float("nan"),
        change=mean_change(falls, level=level),
    )


def _sums(above: Panel, below: Panel, counted: Flags | None) -> Vector:
    """By live branch the sums before (above, below) and after (above, below), of pairs of known months."""
    rows = []
    for place in range(len(above.branches)):
        if not np.isfinite(above.live[place]) or (counted is not None and not counted[place]):
            continue
        before, after = matched_months(above.live[place], len(above.months))
        parts = np.array([panel.numbers[place, at] for at in (before, after) for panel in (above, below)])
        known = np.isfinite(parts).all(axis=0)
        if known.any():
            rows.append(parts[:, known].sum(axis=1))
    return np.array(rows).reshape(-1, 4)


def _log_change(sums: Vector) -> Vector:
    """The logarithm of the ratio after less that of the ratio before, of each row of four sums."""
    log = np.log(sums)
    change: Vector = log[:, 2] - log[:, 3] - log[:, 0] + log[:, 1]
    return change


def _of_branches(transactions: ibis.Table, customers: ibis.Table, like: Panel) -> pd.DataFrame:
    """Purchases with the place of their customer's branch and of their month; others are left out."""
    days = purchases(transactions)
    bought = days.mutate(value=days.value.cast("float64")).to_pyarrow().to_pandas()
    homes = kept_frame(customers, ["customer_id", "branch_id"]).set_index("customer_id")["branch_id"]
    place = {branch: number for number, branch in enumerate(like.branches)}
    bought["branch"] = bought["customer_id"].map(homes.map(place))
    bought["date"] = pd.to_datetime(bought["date"])
    bought["month"] = np.searchsorted(pd.DatetimeIndex(like.months).to_numpy(), bought["date"], side="right") - 1
    placed: pd.DataFrame = bought[bought["branch"].notna() & (bought["month"] >= 0)].reset_index(drop=True)
    return placed.astype({"branch": "int64"})


def _matrix(numbers: pd.Series, like: Panel) -> Vector:
    filled = np.zeros((len(like.branches), len(like.months)))
    places = numbers.index.to_frame().to_numpy(dtype=np.int64)
    filled[places[:, 0], places[:, 1]] = numbers.to_numpy(dtype=float)
    return filled
