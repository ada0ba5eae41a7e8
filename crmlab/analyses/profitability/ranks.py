"""Who is big, and who earns: volume rank against profit rank."""

from dataclasses import dataclass
from math import ceil, fsum

import pandas as pd

from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.persistence import rank_correlation
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """Volume against profit.

    Attributes
    ----------
    table : DataFrame
        Customers who paid something: `customer_id`, `revenue`, `contribution`, `volume_rank` and `profit_rank` (1 the
        largest), `big` and `losing` (flags), by volume rank.
    losing_big : Estimate
        Of the largest customers by revenue, the share who lose money.
    losses : float
        What these lose, below zero.
    together : Estimate or None
        Rank correlation of revenue and contribution.
    top : float
        Which share of the customers is called the largest.
    """

    table: pd.DataFrame
    losing_big: Estimate
    losses: float
    together: Estimate | None
    top: float


def ranks(made: Account, *, top: float = 0.1, level: float = 0.95) -> Ranks:
    """Volume rank against profit rank of the customers who paid more than nothing; the largest are `ceil(top · n)`.

    Raises
    ------
    ParameterError
        If `top` is not between 0 and 1.
    DataError
        If nobody paid anything.
    """
    if not 0 < top < 1:
        raise ParameterError(f"top is {top:g}; it is a share of the customers, between 0 and 1")
    bought = made.customers[made.customers["revenue"] > 0][["customer_id", "revenue", "contribution"]]
    table = bought.assign(
        volume_rank=bought["revenue"].rank(ascending=False, method="first").astype(int),
        profit_rank=bought["contribution"].rank(ascending=False, method="first").astype(int),
    ).sort_values("volume_rank", ignore_index=True)
    table["big"] = table["volume_rank"] <= ceil(top * len(table))
    table["losing"] = table["contribution"] < 0
    both = table["big"] & table["losing"]
    paid = tr("customers who paid more than nothing")
    return Ranks(
        table=table,
        losing_big=share(
            int(both.sum()),
            int(table["big"].sum()),
            denominator=tr("the largest customers by revenue"),
            window=str(made.window),
            level=level,
        ),
        losses=fsum(table.loc[both, "contribution"]),
        together=rank_correlation(
            table["revenue"], table["contribution"], denominator=paid, window=str(made.window), level=level
        ),
        top=top,
    )
