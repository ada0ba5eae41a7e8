"""Are last year's loss makers this year's? Two periods of the same customers, and what chance alone would give.

Ordered by one period's profit, the customers at the ends got there in part by luck, and in the next period they lie
nearer the middle: regression to the mean. How much of a loss repeats itself is what a repair could mend; the rest
mends itself, and whoever treated them would be thanked for it.

If profit told nothing about the next period, loss makers would make losses again as often as the others. The
difference of the two shares is what the past knows.
"""

from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.whale import DECILES, group_of
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share

LEAST_PAIRS = 10


@dataclass(frozen=True, kw_only=True)
class Persistence:
    """The loss makers of the earlier period in the later one.

    Attributes
    ----------
    again, others : Estimate
        Of the loss makers, and of the others, the share who made a loss later; of those who bought in both periods.
    difference : Estimate
        The one less the other: 0 if the past told nothing.
    gone : Estimate
        Of the earlier period's loss makers, the share who bought nothing in the later one.
    """

    again: Estimate
    others: Estimate
    difference: Estimate
    gone: Estimate


def persistence(made: Account, *, level: float = 0.95) -> Persistence | None:
    """How often losses repeat themselves; None with fewer than ten customers with a loss, or without, who came back.

    The difference has Newcombe's interval (1998, Statistics in Medicine 17(8)).
    """
    customers = made.customers
    # Who only has services for earlier sales is no loss maker: their sale stands in another period.
    active = customers[customers["revenue_1"] > 0]
    loss = active["contribution_1"] < 0
    both = active["revenue_2"] > 0
    later = active["contribution_2"] < 0
    counts = [(int((group & both & later).sum()), int((group & both).sum())) for group in (loss, ~loss)]
    if min(n for _, n in counts) < LEAST_PAIRS:
        return None
    (hits, n), (other_hits, other_n) = counts
    window = str(made.window)
    lost, earned = (
        tr("customers with a loss in the earlier period who bought in both"),
        tr("the others who bought in both"),
    )
    low, high = confint_proportions_2indep(hits, n, other_hits, other_n, method="newcomb", alpha=1 - level)
    return Persistence(
        again=share(hits, n, denominator=lost, window=window, level=level),
        others=share(other_hits, other_n, denominator=earned, window=window, level=level),
        difference=Estimate(
            value=hits / n - other_hits / other_n,
            low=float(low),
            high=float(high),
            n=n + other_n,
            level=level,
            method=tr("Newcombe interval of a difference"),
            evidence="association",
            denominator=tr("customers who bought in both periods"),
            window=window,
        ),
        gone=share(
            int((loss & ~both).sum()),
            int(loss.sum()),
            denominator=tr("customers with a loss in the earlier period"),
            window=window,
            level=level,
        ),
    )


def tails(made: Account, *, level: float = 0.95) -> pd.DataFrame:
    """The tenths of the earlier period's customers, and what the same customers contributed in each period, on average.

    Of those who bought in the earlier period; who then did nothing contributes 0 later.

    Returns
    -------
    DataFrame
        `group` (1 the most profitable then), `customers`, `before`, `after` (means), `low`, `high` (normal interval
        of `after`).
    """
    active = made.customers[made.customers["revenue_1"] > 0]
    group = group_of(active["contribution_1"], groups=min(DECILES, len(active)))
    z = norm.ppf((1 + level) / 2)
    rows = []
    for number, members in active.groupby(group):
        before, after = members["contribution_1"], members["contribution_2"]
        n, mean = len(members), fsum(after) / len(members)
        reach = z * float(after.std(ddof=1)) / np.sqrt(n) if n > 1 else np.nan
        rows.append(
            {
                "group": number,
                "customers": n,
                "before": fsum(before) / n,
                "after": mean,
                "low": mean - reach,
                "high": mean + reach,
            }
        )
    return pd.DataFrame(rows, columns=["group", "customers", "before", "after", "low", "high"])


def rank_correlation(
    first: pd.Series, second: pd.Series, *, denominator: str, window: str, level: float = 0.95
) -> Estimate | None:
    """Spearman's rank correlation with the interval of Bonett and Wright (2000, Psychometrika 65(1)).

    None with fewer than ten pairs, or where one of the two does not vary.
    """
    n = len(first)
    if n < LEAST_PAIRS or first.nunique() < 2 or second.nunique() < 2:  # noqa: PLR2004 - one value is no variation
        return None
    rho = float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
    inside = min(max(rho, -1 + 1e-12), 1 - 1e-12)
    error = np.sqrt((1 + inside**2 / 2) / (n - 3))
    reach = norm.ppf((1 + level) / 2) * error
    low, high = np.tanh([np.arctanh(inside) - reach, np.arctanh(inside) + reach])
    return Estimate(
        value=rho,
        low=float(low),
        high=float(high),
        n=n,
        level=level,
        method=tr("Spearman's rank correlation, Bonett–Wright interval"),
        evidence="association",
        denominator=denominator,
        window=window,
    )


def cost_persistence(made: Account, *, level: float = 0.95) -> Estimate | None:
    """Whether customers differ in what an order of theirs costs to serve: 0 if all are alike, whatever they buy.

    For each customer and period the orders sold in it, and all services for them in the window; the cost is compared
    with that of as many average orders and divided by the root of their number. Were all customers alike, these
    excesses of the two periods would be uncorrelated, however skewed costs are and however many orders one has; ranks
    or means by order would not be. The interval is normal, with the influence function of the correlation.

    Of customers with orders in both periods; None with fewer than ten, or where costs do not vary or are not known.
    """
    sold = made.lines[made.lines["revenue"] > 0].drop_duplicates(["customer_id", "unit"])
    cost = made.lines.groupby(["customer_id", "unit"])["cost_to_serve"].sum().rename("cost")
    orders = sold[["customer_id", "unit", "period"]].join(cost, on=["customer_id", "unit"])
    summed = orders.groupby(["customer_id", "period"])["cost"].agg(["sum", "size"]).reset_index()
    by_period = summed.pivot_table(index="customer_id", columns="period", values=["sum", "size"]).dropna()
    if not made.served or len(by_period) < LEAST_PAIRS or set(summed["period"]) != {1, 2}:
        return None
    excess = []
    for period in (1, 2):
        spent, n = by_period[("sum", period)].to_numpy(dtype=float), by_period[("size", period)].to_numpy(dtype=float)
        excess.append((spent - n * (fsum(spent) / fsum(n))) / np.sqrt(n))
    return correlation(
        *excess, denominator=tr("customers with orders in both periods"), window=str(made.window), level=level
    )


def correlation(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    denominator: str,
    window: str,
    level: float = 0.95,
) -> Estimate | None:
    """Pearson's correlation with a normal interval from its influence function; None where one does not vary."""
    x, y = (part - fsum(part) / len(part) for part in (first, second))
    sizes = [float(np.sqrt(fsum(part**2) / len(part))) for part in (x, y)]
    if not min(sizes) > 0:
        return None
    x, y = x / sizes[0], y / sizes[1]
    value = fsum(x * y) / len(x)
    influence = x * y - value * (x**2 + y**2) / 2
    reach = float(norm.ppf((1 + level) / 2) * np.sqrt(fsum(influence**2)) / len(x))
    return Estimate(
        value=value,
        low=max(-1.0, value - reach),
        high=min(1.0, value + reach),
        n=len(x),
        level=level,
        method=tr("correlation of excess cost, influence-function interval"),
        evidence="association",
        denominator=denominator,
        window=window,
    )
