"""What the sales force believes of customers against what they leave; and who is approached, by what they leave."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.whale import DECILES, group_of
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share, wilson
from crmlab.tables.kept import kept, kept_frame

LEVELS = ("low", "middle", "high")
LEAST = 10


@dataclass(frozen=True, kw_only=True)
class Belief:
    """Belief against fact.

    Attributes
    ----------
    table : DataFrame
        `believed` (low, middle, high) and how many of them are low, middle and high by contribution; the levels by
        contribution are as large as those of belief.
    kappa : Estimate
        Agreement beyond chance, linear weights: 1 perfect, 0 what chance gives.
    top : Estimate
        Of those believed high, the share who are among as many most profitable customers.
    by_revenue : Estimate
        The same for a list of as many customers with the largest revenue.
    base : float
        The share that a list drawn by chance would have right.
    losing : Estimate
        Of those believed high, the share who lose money.
    """

    table: pd.DataFrame
    kappa: Estimate
    top: Estimate
    by_revenue: Estimate
    base: float
    losing: Estimate


def belief(made: Account, customers: Any, *, level: float = 0.95) -> Belief | None:
    """Belief (`believed_value` of the table `customers`) against contribution; None where belief is not known.

    None too where fewer than ten customers of a level are in the account.
    """
    if customers is None or "believed_value" not in customers.columns:
        return None
    said = kept_frame(customers, ["customer_id", "believed_value"]).dropna()
    both = made.customers.merge(said, on="customer_id").sort_values(["contribution", "revenue"], ignore_index=True)
    believed = both["believed_value"].map({name: place for place, name in enumerate(LEVELS)}).to_numpy()
    sizes = np.bincount(believed, minlength=len(LEVELS))
    if sizes.min() < LEAST:
        return None
    actual = np.repeat(np.arange(len(LEVELS)), sizes)  # the rows are in the order of contribution
    counts = np.zeros((len(LEVELS), len(LEVELS)), dtype=int)
    np.add.at(counts, (believed, actual), 1)
    high, n = believed == len(LEVELS) - 1, len(both)
    top = actual == len(LEVELS) - 1
    large = both["revenue"].rank(method="first").to_numpy() > n - sizes[-1]
    window, rated = str(made.window), tr("customers believed to be of high value")
    as_many = tr("as many customers with the largest revenue")

    def of_top(hits: Any, denominator: str) -> Estimate:
        return share(int(hits.sum()), int(sizes[-1]), denominator=denominator, window=window, level=level)

    losing = both["contribution"].to_numpy() < 0
    return Belief(
        table=pd.DataFrame(counts, columns=list(LEVELS)).assign(believed=LEVELS)[["believed", *LEVELS]],
        kappa=_kappa(counts, window, level),
        top=of_top(high & top, rated),
        by_revenue=of_top(large & top, as_many),
        base=float(sizes[-1] / n),
        losing=of_top(high & losing, rated),
    )


def _kappa(counts: np.ndarray, window: str, level: float) -> Estimate:
    found = cohens_kappa(counts, wt="linear")
    reach = float(norm.ppf((1 + level) / 2) * found.std_kappa)
    return Estimate(
        value=float(found.kappa),
        low=float(found.kappa) - reach,
        high=float(found.kappa) + reach,
        n=int(counts.sum()),
        level=level,
        method=tr("Cohen's kappa, linear weights"),
        evidence="association",
        denominator=tr("customers of whom somebody believes something"),
        window=window,
    )


@dataclass(frozen=True, kw_only=True)
class Approached:
    """Who was approached in the later period, by the tenth of profit in the earlier one.

    Attributes
    ----------
    table : DataFrame
        `group` (1 the most profitable tenth), `customers`, `contribution` (mean of the earlier period), `approached`
        (how many), `share`, `low`, `high`, and `of_all`: the tenth's share of all approaches to these customers.
    trend : Estimate
        The share approached of the most profitable half less that of the other half.
    """

    table: pd.DataFrame
    trend: Estimate


def last_approach(contacts: Any) -> date | None:
    """The day on which a customer was last approached; None where nobody was, or contacts are not known.

    An account up to that day has approaches in its later period.
    """
    if contacts is None:
        return None
    rows = kept(contacts).filter(lambda row: row.arm == "treat")
    last: date | None = rows.date.max().to_pyarrow().as_py()
    return last


def approached(made: Account, contacts: Any, *, level: float = 0.95) -> Approached | None:
    """Approaches by tenth of profit; None where nobody is known to have been approached in the later period.

    Profit is that of the earlier period and approaches are those of the later one, so that a sale made by an approach
    is not taken for its reason.
    """
    active = made.customers[made.customers["revenue_1"] > 0]
    if contacts is None or len(active) < 2 * DECILES:
        return None
    later = made.periods.later
    rows = kept(contacts).filter(lambda row: row.arm == "treat")
    rows = rows.filter(lambda row: (row.date >= later.first) & (row.date <= later.last))
    times = rows.group_by("customer_id").agg(n=lambda group: group.count()).to_pyarrow().to_pandas()
    n = active["customer_id"].map(times.set_index("customer_id")["n"]).fillna(0).astype(int)
    if not n.any():
        return None
    group = group_of(active["contribution_1"])
    frame = pd.DataFrame({"group": group, "reached": n > 0, "n": n, "contribution": active["contribution_1"]})
    table = frame.groupby("group").agg(
        customers=("n", "size"),
        contribution=("contribution", "mean"),
        approached=("reached", "sum"),
        times=("n", "sum"),
    )
    low, high = wilson(table["approached"], table["customers"], level=level)
    shares = table["approached"] / table["customers"]
    table = table.assign(share=shares, low=low, high=high, of_all=table["times"] / table["times"].sum())
    upper = frame["group"] <= DECILES // 2
    halves = [(int(frame.loc[half, "reached"].sum()), int(half.sum())) for half in (upper, ~upper)]
    return Approached(
        table=table.drop(columns="times").reset_index(), trend=_difference(halves[0], halves[1], str(later), level)
    )


def _difference(first: tuple[int, int], second: tuple[int, int], window: str, level: float) -> Estimate:
    low, high = confint_proportions_2indep(*first, *second, method="newcomb", alpha=1 - level)
    return Estimate(
        value=first[0] / first[1] - second[0] / second[1],
        low=float(low),
        high=float(high),
        n=first[1] + second[1],
        level=level,
        method=tr("Newcombe interval of a difference"),
        evidence="association",
        denominator=tr("customers of the earlier period, approached in the later one"),
        window=window,
    )
