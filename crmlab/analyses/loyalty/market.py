"""How much choice customers have in each region: concentration from the firms' shares."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmlab.errors import DataError, together
from crmlab.tables.kept import kept_frame

OWN = "self"
ROUNDING = 0.02  # how far shares may be from one in all: what is published is rounded firm by firm


def hhi(shares: ArrayLike) -> float:
    """The Herfindahl–Hirschman index Σ share², 1 for a monopoly and 1/k for k equal firms; no unit.

    Shares of .45, .40, .10 and .05 give .2025 + .1600 + .0100 + .0025 = .375. One over it is the number of equal
    firms that would be as concentrated (Hirschman 1964, American Economic Review 54(5)).

    Raises
    ------
    DataError
        If a share is below 0, or they do not add up to one.
    """
    parts = np.asarray(shares, dtype=np.float64)
    if parts.size == 0 or not np.isfinite(parts).all() or parts.min() < 0 or abs(parts.sum() - 1) > ROUNDING:
        raise DataError(
            f"the shares of a market must be 0 or more and add up to 1; these add up to {parts.sum():.3g}: "
            "add the firms that are missing, or divide by the sum"
        )
    return float((parts**2).sum())


def concentration(market: Any) -> pd.DataFrame:
    """One row a region and period: `region`, `period`, `firms`, `own_share`, `hhi`, `effective` (number of firms).

    Parameters
    ----------
    market : ibis.Table
        The clean table `market`.

    Raises
    ------
    DataError
        If there is no row, or the shares of a region and period do not add up to one: all of those at once.
    """
    rows = kept_frame(market, ["region", "period", "firm", "share"]).astype({"share": "float64"})
    if rows.empty:
        raise DataError("the table market has no row that counts: how much choice customers have is not known")
    rows = rows.assign(square=rows["share"] ** 2, own=rows["share"].where(rows["firm"] == OWN, 0.0))
    table = (
        rows.groupby(["region", "period"])
        .agg(
            firms=("firm", "size"),
            own_share=("own", "sum"),
            hhi=("square", "sum"),
            total=("share", "sum"),
        )
        .reset_index()
    )
    _check_totals(table)
    return table.drop(columns="total").assign(effective=1 / table["hhi"])


def on_day(table: pd.DataFrame, day: date) -> pd.DataFrame:
    """The row of each region that holds on `day`, least concentrated first: its last period that began by then.

    A region that was first looked at later counts with its first period.
    """
    known = table[table["period"] <= day]
    rows = known.sort_values("period").groupby("region").tail(1)
    later = table[~table["region"].isin(rows["region"])].sort_values("period").groupby("region").head(1)
    return pd.concat([rows, later]).sort_values(["hhi", "region"], ignore_index=True)


def _check_totals(table: pd.DataFrame) -> None:
    wrong = table[(table["total"] - 1).abs() > ROUNDING]
    if len(wrong):
        said = [f"{row.region}, {row.period:%Y-%m-%d}: {row.total:.3f}" for row in wrong.itertuples()]
        raise DataError(together("the shares of a market add up to 1; add the firms that are missing:", said))
