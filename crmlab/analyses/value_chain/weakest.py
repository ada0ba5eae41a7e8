"""Which link is the weakest, and how sure that is: the ranks of the links when branches are drawn again.

A chain is as strong as its weakest link, says the picture; it does not say that the weakest can be told. Branches are
drawn with replacement (all cases of a branch together), each link is computed anew, and the links are put in order.
Stages are put in order among stages and conditions among conditions: ten shares of ten different things have no common
scale, and even among five the order is one of measures that somebody chose.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.value_chain.links import Link
from crmlab.resamples import multiplicities

DRAWS = 999


def rank_table(
    found: Sequence[Link], *, rng: np.random.Generator, draws: int = DRAWS, level: float = 0.95
) -> pd.DataFrame:
    """One row a link that was measured, within its kind the weakest first.

    Returns
    -------
    DataFrame
        `name`, `kind`, `value`, `rank` (1 is the weakest of its kind), `rank_low`, `rank_high` (the interval of the
        ranks over the draws), `weakest` (the share of draws in which it is the weakest).
    """
    measured = [one for one in found if one.estimate is not None]
    branches = sorted({name for one in measured for name in one.cases["branch_id"].unique()})
    weights = multiplicities(len(branches), draws, rng=rng)
    parts = [_ranks(measured, kind, branches, weights, level) for kind in dict.fromkeys(one.kind for one in measured)]
    columns = ["name", "kind", "value", "rank", "rank_low", "rank_high", "weakest"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _ranks(
    measured: Sequence[Link], kind: str, branches: list[str], weights: NDArray[np.int64], level: float
) -> pd.DataFrame:
    own = [one for one in measured if one.kind == kind]
    drawn = np.column_stack([_drawn(one.cases, branches, weights) for one in own])
    place = drawn.argsort(axis=1).argsort(axis=1) + 1
    table = pd.DataFrame(
        {
            "name": [one.name for one in own],
            "kind": kind,
            "value": [one.estimate.value for one in own if one.estimate],
            "rank_low": np.quantile(place, (1 - level) / 2, axis=0, method="inverted_cdf"),
            "rank_high": np.quantile(place, (1 + level) / 2, axis=0, method="inverted_cdf"),
            "weakest": (place == 1).mean(axis=0),
        }
    ).sort_values(["value", "name"], ignore_index=True)
    table.insert(3, "rank", np.arange(1, len(table) + 1))
    return table


def _drawn(cases: pd.DataFrame, branches: list[str], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    by_branch = cases.groupby("branch_id")["holds"].agg(["sum", "size"]).reindex(branches).fillna(0.0)
    size = weights @ by_branch["size"].to_numpy()
    shares: NDArray[np.float64] = weights @ by_branch["sum"].to_numpy() / np.maximum(size, 1)
    return shares
