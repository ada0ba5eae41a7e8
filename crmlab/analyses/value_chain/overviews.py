"""The chain in tables for people: scorecard, owners, stages against conditions, marks that last."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from crmlab.analyses.value_chain.compare import PERMUTATIONS
from crmlab.analyses.value_chain.links import ABOUT, CONDITION, STAGE, Link
from crmlab.analyses.value_chain.overlap import Stability
from crmlab.analyses.value_chain.reading import Tables, rows

LEAST_BRANCHES = 6


def scorecard(found: Sequence[Link], ranks: pd.DataFrame) -> pd.DataFrame:
    """One row a link.

    Returns
    -------
    DataFrame
        `name`, `kind`, `measure`, `n`, `value`, `low`, `high`, `rank_low`, `rank_high`, `weakest`, `decision`, `owner`,
        `lacking`; numbers are missing where the data lack the link.
    """
    table = pd.DataFrame(
        {
            "name": one.name,
            "kind": one.kind,
            "measure": one.measure,
            "n": one.estimate.n if one.estimate else np.nan,
            "value": one.estimate.value if one.estimate else np.nan,
            "low": one.estimate.low if one.estimate else np.nan,
            "high": one.estimate.high if one.estimate else np.nan,
            "decision": ABOUT[one.name][2],
            "owner": ABOUT[one.name][3],
            "lacking": one.lacking,
        }
        for one in found
    )
    return table.merge(ranks[["name", "rank_low", "rank_high", "weakest"]], on="name", how="left")


def owners(found: Sequence[Link]) -> pd.DataFrame:
    """Who answers for what: `owner`, `links` (how many), `measured` (of these), `decisions`."""
    table = pd.DataFrame(
        {"owner": ABOUT[one.name][3], "measured": one.estimate is not None, "decision": ABOUT[one.name][2]}
        for one in found
    )
    grouped = table.groupby("owner", sort=False)
    return grouped.agg(
        links=("measured", "size"), measured=("measured", "sum"), decisions=("decision", list)
    ).reset_index()


def condition_matrix(found: Sequence[Link], *, rng: np.random.Generator) -> pd.DataFrame:
    """Whether branches with more of a condition have more of a stage: Spearman's correlation of the branches' shares.

    25 correlations of a few branches: some are large by chance. `p` is adjusted for that: the share of permutations of
    the branches (stages against conditions) in which the largest of all is at least as large.

    Returns
    -------
    DataFrame
        `stage`, `condition`, `branches`, `r`, `p`; empty with fewer than six branches.
    """
    columns = ["stage", "condition", "branches", "r", "p"]
    measured = [one for one in found if one.estimate is not None]
    shares = pd.DataFrame({one.name: one.cases.groupby("branch_id")["holds"].mean() for one in measured}).dropna()
    names = {kind: [one.name for one in measured if one.kind == kind] for kind in (STAGE, CONDITION)}
    if len(shares) < LEAST_BRANCHES or not names[STAGE] or not names[CONDITION]:
        return pd.DataFrame(columns=columns)
    stages, conditions = (_standard_ranks(shares[names[kind]].to_numpy()) for kind in (STAGE, CONDITION))
    r = stages.T @ conditions
    orders = rng.permuted(np.tile(np.arange(len(shares)), (PERMUTATIONS, 1)), axis=1)
    largest = np.array([np.abs(stages[order].T @ conditions).max() for order in orders])
    p = (1 + (largest[:, None, None] >= np.abs(r) - 1e-12).sum(axis=0)) / (PERMUTATIONS + 1)
    table = [
        {"stage": stage, "condition": condition, "branches": len(shares), "r": r[row, column], "p": p[row, column]}
        for row, stage in enumerate(names[STAGE])
        for column, condition in enumerate(names[CONDITION])
    ]
    return pd.DataFrame(table, columns=columns)


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    ranks = rankdata(values, axis=0)
    centred = ranks - ranks.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    standard: np.ndarray = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return standard


def stability_table(found: Stability) -> pd.DataFrame:
    """`Stability.table` with `flips`, the share that lost the mark."""
    return found.table.assign(flips=1 - found.table["share"])


def price_index(tables: Tables) -> pd.Series | None:
    """Consumer prices by month, or None where the client has no such table."""
    if "economy" not in tables:
        return None
    months = rows(tables, "economy", ["month", "price_index"]).dropna()
    return months.set_index("month")["price_index"].sort_index() if len(months) else None
