"""Customers in four tiers by how much of the future value they are expected to carry."""

import numpy as np
import pandas as pd

from crmlab.estimate import Estimate
from crmlab.language import mark, tr

TIERS = (mark("top"), mark("middle"), mark("low"), mark("little"))
CARRIED = (0.5, 0.8, 0.95)
"""The top carry the first half of the value, the middle up to 80 %, the low up to 95 %, and who is left little."""


def tier_of(values: pd.Series) -> pd.Series:
    """The tier of each customer, by the value of all who are expected to bring more.

    Customers are taken from the most valuable down. Whoever is reached before half of the value is together is in the
    top, and so on. Customers of equal value share a tier. Who is expected to bring nothing is in `little`.

    Returns
    -------
    Series
        Text (`top`, `middle`, `low`, `little`), indexed as `values`.
    """
    numbers = values.to_numpy(dtype=np.float64)
    levels, place = np.unique(-numbers, return_inverse=True)
    worth = np.bincount(place, minlength=len(levels)) * -levels
    total = worth.sum()
    if total <= 0:
        return pd.Series("little", index=values.index, dtype="str")
    before = (np.cumsum(worth) - worth) / total
    tier = np.digitize(before, CARRIED)
    tier = np.where(levels >= 0, len(TIERS) - 1, tier)
    return pd.Series(np.asarray(TIERS)[tier[place]], index=values.index, dtype="str")


def tier_table(customers: pd.DataFrame) -> pd.DataFrame:
    """One row a tier that has anybody in it.

    Parameters
    ----------
    customers : DataFrame
        `value`, `p_alive` (NaN where unknown), `value_so_far`.

    Returns
    -------
    DataFrame
        `tier`, `customers`, `share_of_customers`, `value`, `share_of_value`, `least` and `most` (value of a customer),
        `mean_value`, and `at_stake`: the mean of what a customer's value would rise by if it were certain that
        they are still a customer, value · (1 / P(alive) − 1), NaN where P(alive) is unknown.
    """
    rows = customers.assign(
        tier=tier_of(customers["value"]), at_stake=customers["value"] * (1 / customers["p_alive"].clip(lower=1e-12) - 1)
    ).sort_values("value", ascending=False)
    grouped = rows.groupby("tier", sort=False)
    table = grouped.agg(
        customers=("value", "size"),
        value=("value", "sum"),
        least=("value", "min"),
        most=("value", "max"),
        mean_value=("value", "mean"),
        at_stake=("at_stake", "mean"),
    ).reset_index()
    total = table["value"].sum()
    table.insert(2, "share_of_customers", table["customers"] / len(rows))
    table.insert(4, "share_of_value", table["value"] / total if total > 0 else np.nan)
    order = [tier for tier in TIERS if tier in set(table["tier"])]
    return table.set_index("tier").loc[order].rename_axis("tier").reset_index()


def top_tier(table: pd.DataFrame, *, window: str) -> Estimate | None:
    """The share of customers in the top tier of a `tier_table`; None if nobody is expected to bring anything.

    Without an interval: the tiers are made from expected values, and say how many customers a plan would single out.
    """
    top = table[table["tier"] == "top"]
    if top.empty:
        return None
    return Estimate(
        value=float(top["share_of_customers"].iloc[0]),
        low=None,
        high=None,
        n=int(table["customers"].sum()),
        level=0.95,
        method=tr("customers ordered by expected value, down to half of the sum; no interval"),
        evidence="model",
        denominator=tr("customers with a purchase up to the end of observation"),
        window=window,
    )
