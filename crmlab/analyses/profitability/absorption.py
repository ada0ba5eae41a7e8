"""What happens when customers are dropped because fixed costs were spread over them.

Under full absorption every customer carries a share of the fixed costs, mostly by volume. A customer who contributes
but is charged more than they contribute looks like a loss. Dropped, they take their contribution away and leave the
fixed costs behind, to be spread over fewer: the next look finds new losses. Rounds of this are a death spiral.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmlab.analyses.profitability.bases import spread_cost
from crmlab.errors import DataError

MOST_ROUNDS = 12


@dataclass(frozen=True)
class Spiral:
    """Customers dropped in rounds because they look like losses under full absorption.

    Attributes
    ----------
    rounds : DataFrame
        `round` (0 before anybody is dropped), `customers` left, `dropped` in this round, `contributing` (of the
        dropped: how many contributed more than nothing), `contribution` of those left, `profit` after fixed costs.
    first : float
        The firm's profit before.
    avoidable : float
        The firm's profit if instead all whose contribution is below zero went, and their costs with them.
    """

    rounds: pd.DataFrame
    first: float
    avoidable: float


def absorbed(table: pd.DataFrame, fixed: float, *, name: str = "customer") -> pd.DataFrame:
    """Each customer under full absorption, and the firm without them.

    Parameters
    ----------
    table : DataFrame
        `name`, `contribution`, `volume` (0 or more).
    fixed : float
        Fixed costs, spread by volume.

    Returns
    -------
    DataFrame
        `name`, `contribution`, `charged` (fixed costs), `full_profit` (contribution less that), `firm_without` (the
        firm's profit if this customer alone goes and the fixed costs stay).

    Raises
    ------
    DataError
        If a volume is below zero or none is above it, or a number is missing.
    """
    _check(table, fixed)
    contribution = table["contribution"].astype(float)
    charged = spread_cost(fixed, table["volume"].astype(float))
    return pd.DataFrame(
        {
            name: table[name],
            "contribution": contribution,
            "charged": charged,
            "full_profit": contribution - charged,
            "firm_without": fsum(contribution) - contribution - fixed,
        }
    )


def spiral(contributions: ArrayLike, volumes: ArrayLike, fixed: float) -> Spiral:
    """Drop, round by round, all whose contribution is below their share of the fixed costs, until none is or all went.

    The fixed costs stay whoever goes; they are spread by volume over those left. At most 12 rounds are followed.

    Raises
    ------
    DataError
        As `absorbed`.
    """
    table = pd.DataFrame({"contribution": np.asarray(contributions, float), "volume": np.asarray(volumes, float)})
    _check(table, fixed)
    left = table
    rows: list[dict[str, float]] = [_round(0, left, left.iloc[:0], fixed)]
    for number in range(1, MOST_ROUNDS + 1):
        drop = left["contribution"] < spread_cost(fixed, left["volume"])
        if not drop.any():
            break
        gone, left = left[drop], left[~drop]
        rows.append(_round(number, left, gone, fixed))
        if left.empty:
            break
    return Spiral(
        rounds=pd.DataFrame(rows),
        first=fsum(table["contribution"]) - fixed,
        avoidable=fsum(table["contribution"].clip(lower=0)) - fixed,
    )


def _round(number: int, left: pd.DataFrame, gone: pd.DataFrame, fixed: float) -> dict[str, float]:
    contribution = fsum(left["contribution"])
    return {
        "round": number,
        "customers": len(left),
        "dropped": len(gone),
        "contributing": int((gone["contribution"] > 0).sum()),
        "contribution": contribution,
        "profit": contribution - fixed,
    }


def _check(table: pd.DataFrame, fixed: float) -> None:
    problems: Sequence[str] = [
        *(["a contribution is missing"] if table["contribution"].isna().any() else []),
        *(["a volume is missing or below zero"] if not (table["volume"] >= 0).all() else []),
        *(["no volume is above zero, so nothing can be spread by it"] if not (table["volume"] > 0).any() else []),
        *([f"fixed costs are {fixed:g}; they are 0 or more"] if not fixed >= 0 else []),
    ]
    if problems:
        raise DataError("fixed costs cannot be spread over these customers: " + "; ".join(problems))
