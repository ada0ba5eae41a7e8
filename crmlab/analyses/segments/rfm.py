"""Recency, frequency and monetary value in few steps each, and one segment for every combination.

Scores run from 1 (worst) to `n_bins` (best). The cuts are quantiles of the customers, and a value equal to a cut
stands below it, so equal values always get equal scores; where many customers share a value, some scores stay empty.

Whatever `n_bins`, each score lies low, in the middle or high of its scale (in which third its midpoint falls), and
each of the 27 combinations belongs to one segment:

====================  =============  ===================  ===================
segment               recency        frequency            monetary value
====================  =============  ===================  ===================
`champions`           high           high                 high
`regulars`            high           high                 low, middle
`developing`          high           middle               any
`newcomers`           high           low                  any
`slowing big`         middle         middle, high         high
`slowing`             middle         middle, high         low, middle
`occasional`          middle         low                  any
`absent big`          low            middle, high         high
`absent`              low            middle, high         low, middle
`once big`            low            low                  high
`dormant`             low            low                  low, middle
====================  =============  ===================  ===================

Recency here is the time since the last purchase: small is good. The models of buying (BTYD) call recency the time from
the first purchase to the last: large is good. For a customer known for T days the two add up to T.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError
from crmlab.language import mark

MEASURES = ("recency", "frequency", "monetary")
LEVELS = ("low", "middle", "high")
LEAST_BINS, MOST_BINS = 2, 5

_ANY, _NOT_HIGH, _NOT_LOW = LEVELS, ("low", "middle"), ("middle", "high")

SEGMENTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    mark("champions"): (("high",), ("high",), ("high",)),
    mark("regulars"): (("high",), ("high",), _NOT_HIGH),
    mark("developing"): (("high",), ("middle",), _ANY),
    mark("newcomers"): (("high",), ("low",), _ANY),
    mark("slowing big"): (("middle",), _NOT_LOW, ("high",)),
    mark("slowing"): (("middle",), _NOT_LOW, _NOT_HIGH),
    mark("occasional"): (("middle",), ("low",), _ANY),
    mark("absent big"): (("low",), _NOT_LOW, ("high",)),
    mark("absent"): (("low",), _NOT_LOW, _NOT_HIGH),
    mark("once big"): (("low",), ("low",), ("high",)),
    mark("dormant"): (("low",), ("low",), _NOT_HIGH),
}
"""Each segment with the levels of recency, frequency and monetary value that belong to it."""


@dataclass(frozen=True, kw_only=True)
class Rfm:
    """The scores of every customer, and what the ties did to them.

    Attributes
    ----------
    table : DataFrame
        One row a customer: `customer_id`, `r`, `f`, `m` (1 worst to `n_bins` best), `segment` (a key of `SEGMENTS`)
        and `rfm`, the scores as text such as `3-2-1`.
    bins : DataFrame
        One row a measure: `measure` (of `MEASURES`), `used` (how many of the scores somebody has), `largest` (share
        of customers with the most frequent score).
    n_bins : int
        How many scores there are.
    """

    table: pd.DataFrame
    bins: pd.DataFrame
    n_bins: int

    @property
    def collapsed(self) -> tuple[str, ...]:
        """The measures of which ties left some scores empty."""
        return tuple(self.bins.loc[self.bins["used"] < self.n_bins, "measure"])


def rfm(customers: pd.DataFrame, *, n_bins: int = 3) -> Rfm:
    """Scores and segments of the customers with a purchase.

    Parameters
    ----------
    customers : DataFrame
        `customer_id`, `days_since_last`, `purchases`, `value`, as `states_on` returns them; prospects are left out.
    n_bins : int
        How many scores each measure has.

    Raises
    ------
    DataError
        If there are no customers, or a measure is missing or infinite.
    ParameterError
        If `n_bins` is not 2 to 5.
    """
    if isinstance(n_bins, bool) or n_bins not in range(LEAST_BINS, MOST_BINS + 1):
        raise ParameterError(f"n_bins is {n_bins!r}; it is a whole number from {LEAST_BINS} to {MOST_BINS}")
    bought = customers[customers["purchases"] > 0]
    measures = {"recency": -bought["days_since_last"], "frequency": bought["purchases"], "monetary": bought["value"]}
    scored = {name: scores(values.to_numpy(dtype=np.float64), n_bins, name) for name, values in measures.items()}
    code = [scored[name] for name in MEASURES]
    table = pd.DataFrame({"customer_id": bought["customer_id"].to_numpy(), **dict(zip("rfm", code, strict=True))})
    table["segment"] = segments(*code, n_bins=n_bins)
    table["rfm"] = [f"{r}-{f}-{m}" for r, f, m in zip(*code, strict=True)]
    return Rfm(table=table, bins=pd.DataFrame([_bins(name, scored[name]) for name in MEASURES]), n_bins=n_bins)


def scores(values: NDArray[np.float64], n_bins: int, name: str = "the measure") -> NDArray[np.int64]:
    """The score of each value, 1 to `n_bins`, larger values higher: one more than the number of cuts below it.

    The cuts are the quantiles k / `n_bins`, each a value of the data; a value equal to a cut stands below it.
    """
    if values.size == 0:
        raise DataError("nobody bought anything: there are no customers to score")
    if not np.isfinite(values).all():
        raise DataError(
            f"{int((~np.isfinite(values)).sum())} of {values.size} values of {name} are missing or infinite"
        )
    cuts = np.quantile(values, np.arange(1, n_bins) / n_bins, method="inverted_cdf")
    return 1 + np.searchsorted(cuts, values, side="left")


def segments(r: NDArray[np.int64], f: NDArray[np.int64], m: NDArray[np.int64], *, n_bins: int) -> NDArray[np.object_]:
    """The segment of each combination of scores, by the table above."""
    by_levels = {
        (LEVELS.index(one), LEVELS.index(two), LEVELS.index(three)): name
        for name, (of_r, of_f, of_m) in SEGMENTS.items()
        for one in of_r
        for two in of_f
        for three in of_m
    }
    grid = np.empty((3, 3, 3), dtype=object)
    for cell, name in by_levels.items():
        grid[cell] = name
    found: NDArray[np.object_] = grid[level(r, n_bins), level(f, n_bins), level(m, n_bins)]
    return found


def level(score: NDArray[np.int64], n_bins: int) -> NDArray[np.int64]:
    """In which third of its scale the middle of each score lies, as a position in `LEVELS`."""
    return 3 * (2 * score - 1) // (2 * n_bins)


def rfm_grid(scored: Rfm, customers: pd.DataFrame) -> pd.DataFrame:
    """Every cell of recency by frequency: `r`, `f`, `customers`, `value` (their sum), `share` and `value_share`.

    Cells nobody is in have 0. Shares of the value are NaN where the values do not sum to more than zero.
    """
    joined = scored.table.merge(customers[["customer_id", "value"]], on="customer_id")
    found = joined.groupby(["r", "f"]).agg(customers=("value", "size"), value=("value", "sum"))
    scale = range(1, scored.n_bins + 1)
    grid = found.reindex(pd.MultiIndex.from_product([scale, scale], names=["r", "f"]), fill_value=0).reset_index()
    total = grid["value"].sum()
    return grid.assign(
        share=grid["customers"] / grid["customers"].sum(),
        value_share=grid["value"] / total if total > 0 else np.nan,
    )


def _bins(name: str, score: NDArray[np.int64]) -> dict[str, object]:
    sizes = np.bincount(score)
    return {"measure": name, "used": int((sizes > 0).sum()), "largest": float(sizes.max() / score.size)}
