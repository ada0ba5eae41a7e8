"""Customers in bands of like forecast: what was said of each band, and what came."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from crmlab.analyses.churn.spells import Spells
from crmlab.shares import wilson

Values = NDArray[np.float64]

BANDS = 3


def by_band(followed: Spells, told: Values, *, days: int, bands: int = BANDS) -> pd.DataFrame:
    """Bands of like forecast for the next `days`, lowest first: what was said and what came.

    Columns: `band` (1 is the lowest), `customers`, `expected`, `lost`, `share`, `low`, `high` (Wilson). Customers of
    whom nothing is said are left out. `followed` must have been followed for `days`.
    """
    usable = ~np.isnan(told)
    event = followed.lost_after[usable] <= days  # NaN compares as False
    frame = pd.DataFrame({"band": band_of(told[usable], bands), "expected": told[usable], "lost": event})
    table = frame.groupby("band").agg(customers=("lost", "size"), expected=("expected", "mean"), lost=("lost", "sum"))
    table["lost"] = table["lost"].astype("int64")
    table["share"] = table["lost"] / table["customers"]
    table["low"], table["high"] = wilson(table["lost"], table["customers"])
    return table.reset_index()


def band_curves(followed: Spells, told: Values, *, days: int, bands: int = BANDS, points: int = 61) -> pd.DataFrame:
    """The share still there, day by day, of bands of like forecast: `band`, `day`, `customers`, `share`, `low`, `high`.

    Pointwise Wilson intervals: everybody was followed for `days`. `expected` is the share said to be there at the end.
    """
    usable = ~np.isnan(told)
    place, lost_after = band_of(told[usable], bands), followed.lost_after[usable]
    parts = []
    for band in np.unique(place):
        own = place == band
        at = np.linspace(0, days, points).round()
        there = np.array([(~(lost_after[own] <= day)).sum() for day in at])
        low, high = wilson(there, np.full(points, own.sum()))
        row = {"band": band, "day": at, "customers": own.sum(), "share": there / own.sum(), "low": low, "high": high}
        parts.append(pd.DataFrame(row).assign(expected=1 - told[usable][own].mean()))
    return pd.concat(parts, ignore_index=True)


def band_of(told: Values, bands: int = BANDS) -> NDArray[np.int64]:
    """The band of each forecast, from 1, equal in size where forecasts are not equal."""
    ranks = np.asarray(rankdata(told, method="average"), dtype=np.float64) - 0.5
    return np.minimum(ranks * bands // max(told.size, 1), bands - 1).astype(np.int64) + 1
