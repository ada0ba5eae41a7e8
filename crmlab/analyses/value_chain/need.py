"""Whether a region's market asks for CRM: before the tool, the need.

Choice (competition), repeat business and margin make it worth while to know customers. Adding them up is a matter of
weights that nobody knows, so the order of the regions is shown under each of three weights, and whether it holds.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.books import YearBooks
from crmlab.analyses.value_chain.links import yearly_buyers
from crmlab.analyses.value_chain.reading import Tables, rows
from crmlab.errors import DataError
from crmlab.shares import wilson

SIGNS = ("competition", "repeat", "margin")


@dataclass(frozen=True)
class Need:
    """The need of each region.

    Attributes
    ----------
    table : DataFrame
        `region`, `hhi` (of the market, latest half-year), `competition` (1 − hhi), `customers` (of the year before),
        `repeat` (of these, who bought again), `low`, `high`, `margin` (contribution as a share of revenue), and
        `equal`, the mean rank (1 is the greatest need) under equal weights; greatest need first.
    firsts : tuple of str
        Which region has the greatest need if one of the three signs counts double.
    """

    table: pd.DataFrame
    firsts: tuple[str, ...]

    @property
    def agreed(self) -> bool:
        """Whether the same region comes first whichever sign counts double."""
        return len(set(self.firsts)) == 1


def need(tables: Tables, books: YearBooks, *, at: date, level: float = 0.95) -> Need:
    """The signs by region.

    Raises
    ------
    DataError
        If fewer than two regions have all three signs.
    """
    market = rows(tables, "market", ["region", "period", "share"])
    latest = market[market["period"] == market.groupby("region")["period"].transform("max")]
    hhi = (latest["share"] ** 2).groupby(latest["region"]).sum()
    home = rows(tables, "customers", ["customer_id", "region"]).set_index("customer_id")["region"]
    before = yearly_buyers(tables, at).query("before")
    again = before.assign(region=before["customer_id"].map(home)).groupby("region")["now"].agg(["size", "sum"])
    money = books.customers.assign(region=books.customers["customer_id"].map(home)).groupby("region")
    sums = money[["contribution", "revenue"]].sum()
    table = pd.DataFrame(
        {
            "hhi": hhi,
            "competition": 1 - hhi,
            "customers": again["size"],
            "repeat": again["sum"] / again["size"],
            "margin": sums["contribution"] / sums["revenue"].where(sums["revenue"] > 0),
        }
    ).dropna()
    if len(table) < 2:  # noqa: PLR2004
        raise DataError(f"{len(table)} regions have market shares, customers and sales; two are needed")
    low, high = wilson(table["repeat"] * table["customers"], table["customers"], level=level)
    ranks = table[list(SIGNS)].rank(ascending=False)
    ordered = table.assign(low=low, high=high, equal=ranks.mean(axis=1)).rename_axis("region").reset_index()
    firsts = tuple(str((ranks * np.where(ranks.columns == name, 2, 1)).sum(axis=1).idxmin()) for name in SIGNS)
    return Need(ordered.sort_values(["equal", "region"], ignore_index=True), firsts)
