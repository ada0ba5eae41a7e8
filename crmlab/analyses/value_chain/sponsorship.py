"""Whether a branch can do well without its head's support: what is necessary is not what helps.

"Without support no success" is refuted by one branch that did well without; "support helps" is a slope. Few branches
stand behind either, so both come with their intervals.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from crmlab.analyses.value_chain.compare import Compared, compared, slope
from crmlab.analyses.value_chain.reading import Tables, rows, window_of
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import month, tr

MONTHS = 12
LEAST_CLOSED = 5


@dataclass(frozen=True)
class Needed:
    """Branches by support and success, each split at its median.

    Attributes
    ----------
    share : Estimate
        Of the branches with little support, the share that did better than the median, with an exact interval
        (Clopper and Pearson 1934). If support were necessary for doing well it would be 0; if it had no bearing, one
        half.
    did_well : int
        How many of them did.
    table : DataFrame
        `branch_id`, `support`, `outcome`, `little`, `well`.
    """

    share: Estimate
    did_well: int
    table: pd.DataFrame


def needed(support: pd.Series, outcome: pd.Series, *, window: str, level: float = 0.95) -> Needed:
    """How many branches with little support did well.

    Parameters
    ----------
    support, outcome : Series
        By `branch_id`; larger is more, and better. Branches that lack either are left out.

    Raises
    ------
    DataError
        If fewer than four branches have both.
    """
    table = pd.DataFrame({"support": support, "outcome": outcome}).dropna().rename_axis("branch_id").reset_index()
    if len(table) < 4:  # noqa: PLR2004
        raise DataError(f"{len(table)} branches have both an answer on support and an outcome; four are needed")
    table["little"] = table["support"] < table["support"].median()
    table["well"] = table["outcome"] > table["outcome"].median()
    low = table[table["little"]]
    if low.empty:
        raise DataError("all branches have the same support: none has little")
    hits = int(low["well"].sum())
    ends = binomtest(hits, len(low)).proportion_ci(level, method="exact")
    share = Estimate(
        value=hits / len(low),
        low=float(ends.low),
        high=float(ends.high),
        n=len(low),
        level=level,
        method=tr("exact interval (Clopper and Pearson)"),
        denominator=tr("branches with less support than the median"),
        window=window,
    )
    return Needed(share, hits, table)


def helped(
    support: pd.Series,
    outcome: pd.Series,
    *others: pd.Series,
    window: str,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Compared:
    """How much the outcome rises with one standard deviation of support, `others` (also by branch) held constant."""
    both = pd.concat([support, outcome, *others], axis=1, keys=range(2 + len(others))).dropna()
    scale = float(both[0].std()) or float("nan")
    return slope(
        both[1],
        both[0] / scale,
        *(both[column] for column in both.columns[2:]),
        denominator=tr("branches"),
        window=window,
        rng=rng,
        level=level,
    )


@dataclass(frozen=True)
class Outcome:
    """How well each branch did: `by_branch` (larger is better), and over which months."""

    by_branch: pd.Series
    window: str


def cheaper_acquisition(tables: Tables) -> Outcome:
    """By branch: by how much less (as a logarithm) a new customer cost in the last twelve months than in the first.

    Above 0 is better than the average branch: that of all branches is taken off, so that prices which rose everywhere
    do not count. Months without a new customer are left out.
    """
    kpi = rows(tables, "kpi_monthly", ["branch_id", "month", "new_customers", "demand_cost"])
    months = np.sort(kpi["month"].unique())
    if len(months) < 2 * MONTHS:
        raise DataError(f"'kpi_monthly' has {len(months)} months; two years are needed to compare first and last")
    halves = (months[:MONTHS], months[-MONTHS:])
    ends = [kpi[kpi["month"].isin(part)] for part in halves]
    cost = [part.groupby("branch_id")[["demand_cost", "new_customers"]].sum() for part in ends]
    each = [np.log(one["demand_cost"] / one["new_customers"].where(one["new_customers"] > 0)) for one in cost]
    fall = each[0] - each[1]
    spans = [tr("{first} to {last}", first=_month(part[0]), last=_month(part[-1])) for part in halves]
    return Outcome(fall - fall.mean(), tr("{first} against {last}", first=spans[0], last=spans[1]))


def _month(of: np.datetime64) -> str:
    return month(pd.Timestamp(of).date())


def trained(tables: Tables, *, rng: np.random.Generator, level: float = 0.95) -> Compared | None:
    """By how much more the share of deals won rose among trained representatives than among those never trained.

    Before and after a representative's training; for those never trained, before and after the middle day of training
    of the others. Representatives with fewer than five closed deals on either side are left out; None where fewer than
    two of either kind are left.
    """
    reps = rows(tables, "reps", ["rep_id", "trained_on"])
    deals = rows(tables, "opportunities", ["rep_id", "created_on", "state"])
    if reps["trained_on"].isna().all():
        return None
    learned = reps.set_index("rep_id")["trained_on"]
    closed = deals[deals["state"] != "open"].assign(won=lambda t: t["state"] == "won")
    turned = closed["rep_id"].map(learned).fillna(reps["trained_on"].median())
    sides = (
        closed.assign(after=closed["created_on"] >= turned).groupby(["rep_id", "after"])["won"].agg(["mean", "size"])
    )
    enough = sides[sides["size"] >= LEAST_CLOSED].reset_index()
    before, after = (enough[enough["after"] == side].set_index("rep_id")["mean"] for side in (False, True))
    change = (after - before).dropna()
    was = learned.reindex(change.index).notna().to_numpy(dtype=bool)
    if min(was.sum(), (~was).sum()) < 2:  # noqa: PLR2004
        return None
    first, last = closed["created_on"].min(), closed["created_on"].max()
    return compared(
        change[was],
        change[~was],
        denominator=tr("representatives"),
        window=window_of(first, last),
        rng=rng,
        level=level,
        evidence="quasi-experiment",
    )
