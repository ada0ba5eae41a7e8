"""Where care for customers is needed most, how arbitrary such an index is, and whether the firm's care follows it."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import permutation_test, rankdata

from crmlab.errors import DataError
from crmlab.language import mark
from crmlab.tables.kept import kept_frame

PARTS = {
    "choice": mark("customers have a choice (1 − concentration)"),
    "leaving": mark("customers leave (share that did not stay)"),
    "repeats": mark("there is a relation to keep (share that bought twice)"),
    "margin": mark("it can be paid for (margin a customer)"),
}
"""What the index is made of; more of each is more need."""

FEWEST = 3  # regions: with two, each part is a coin


def parts(asked: pd.DataFrame, bought: pd.DataFrame, customers: Any) -> pd.DataFrame:
    """One row a region with answers: `region`, `hhi`, `customers`, and the four `PARTS` in their own units.

    Parameters
    ----------
    asked : DataFrame
        From `answers`.
    bought : DataFrame
        From `volume`: purchases and margin of one year.
    customers : ibis.Table
        The clean table.
    """
    homes = kept_frame(customers, ["customer_id", "region"]).merge(bought, on="customer_id")
    homes = homes[homes["purchases"] > 0]
    by = homes.groupby("region")
    sold = pd.DataFrame(
        {
            "customers": by.size(),
            "repeats": by["purchases"].agg(lambda n: float((n > 1).mean())),
            "margin": by["margin"].mean(),
        }
    )
    left = asked[asked["responded"]].groupby("region").agg(hhi=("hhi", "first"), stayed=("stayed", "mean"))
    table = left.join(sold, how="inner").dropna(subset=["stayed"]).reset_index()
    return table.assign(choice=1 - table["hhi"], leaving=1 - table["stayed"]).drop(columns="stayed")


def index(table: pd.DataFrame, *, rng: np.random.Generator, draws: int = 2000) -> pd.DataFrame:
    """The need of each region from 0 to 1 with equal weights, and the ranks it takes as weights are drawn at random.

    Each part is scaled to run from 0 (the least region) to 1 (the greatest), and left out where it does not vary or is
    not known. Weights are drawn evenly over all that are 0 or more and add up to 1 (Dirichlet with ones).

    Returns
    -------
    DataFrame
        `region`, `index`, `rank` (1 is the most need), `best`, `worst`: the ranks that 95 % of the draws lie between,
        `first`: the share of draws in which the region comes first. Most needed first.

    Raises
    ------
    DataError
        If there are fewer than three regions, or no part varies.
    """
    known = [name for name in PARTS if name in table and table[name].notna().all() and np.ptp(table[name]) > 0]
    if len(table) < FEWEST or not known:
        raise DataError(
            f"an index of need compares regions: {FEWEST} that differ are needed, {len(table)} have answers"
        )
    values = table[known].to_numpy(float)
    scaled = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    equal = scaled.mean(axis=1)
    weights = rng.dirichlet(np.ones(len(known)), size=draws)
    ranks = rankdata(-(weights @ scaled.T), axis=1, method="min")
    found = pd.DataFrame(
        {
            "region": table["region"].to_numpy(),
            "index": equal,
            "rank": rankdata(-equal, method="min").astype(int),
            "best": np.quantile(ranks, 0.025, axis=0, method="nearest").astype(int),
            "worst": np.quantile(ranks, 0.975, axis=0, method="nearest").astype(int),
            "first": (ranks == 1).mean(axis=0),
        }
    )
    return found.sort_values(["index", "region"], ascending=[False, True], ignore_index=True)


def activity(contacts: Any, customers: Any, regions: pd.DataFrame) -> pd.DataFrame:
    """How much the firm approaches customers, by region: `region`, `hhi`, `customers`, `approaches`, `per_customer`.

    Parameters
    ----------
    regions : DataFrame
        `region` and `hhi`, one row each.
    """
    homes = kept_frame(customers, ["customer_id", "region"])
    rows = kept_frame(contacts, ["customer_id", "arm"])
    made = rows.loc[rows["arm"] == "treat", "customer_id"].value_counts().rename("approaches")
    joined = homes.join(made, on="customer_id").fillna({"approaches": 0})
    counted = joined.groupby("region").agg(customers=("customer_id", "size"), approaches=("approaches", "sum"))
    table = regions[["region", "hhi"]].merge(counted.reset_index(), on="region")
    return table.assign(per_customer=table["approaches"] / table["customers"])


def follows(table: pd.DataFrame) -> tuple[float, float] | None:
    """The rank correlation of approaches a customer with concentration, and its permutation p-value (two-sided).

    Below 0: more care where there is more choice. Exact with up to eight regions. None with fewer than four.
    """
    if len(table) < 4 or table["per_customer"].nunique() < 2 or table["hhi"].nunique() < 2:  # noqa: PLR2004
        return None
    x, y = rankdata(table["hhi"]), rankdata(table["per_customer"])

    def statistic(first: np.ndarray, axis: int = -1) -> Any:
        deviations = first - first.mean(axis=axis, keepdims=True)
        return (deviations * (y - y.mean())).sum(axis=axis)

    test = permutation_test(
        (x,), statistic, permutation_type="pairings", n_resamples=50_000, vectorized=True, rng=np.random.default_rng(0)
    )
    return float(np.corrcoef(x, y)[0, 1]), float(test.pvalue)
