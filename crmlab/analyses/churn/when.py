"""The study of time: a hazard learnt from one span of days, held against the next, and learnt anew for the list."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.churn.bands import band_curves, by_band
from crmlab.analyses.churn.chances import day_of
from crmlab.analyses.churn.hazard import Hazard, fit_hazard
from crmlab.analyses.churn.spells import Spells, spells
from crmlab.analyses.churn.study import Study
from crmlab.errors import DataError

Values = NDArray[np.float64]
SPANS = 3
"""Spans of days that the records have to hold: to be known by, to learn from, to try on."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When customers leave.

    Attributes
    ----------
    days : int
        Length of a span.
    tried : Hazard or None
        Learnt from the span before the last; None where that was too thin, for the `reason`.
    followed : Spells or None
        Those met at the beginning of the last span and followed through it.
    told : ndarray or None
        The probability of each to leave in the last span, by `tried`.
    bands, curves : DataFrame or None
        As `by_band` and `band_curves` return them.
    final : Hazard or None
        Learnt from the last span, for the list.
    reason : str
    """

    days: int
    tried: Hazard | None = None
    followed: Spells | None = None
    told: Values | None = None
    bands: pd.DataFrame | None = None
    curves: pd.DataFrame | None = None
    final: Hazard | None = None
    reason: str = ""


def timing(of: Study, *, horizon_days: int) -> Timing:
    """The study of time over spans of `horizon_days`, or of a third of the records where these are too short."""
    until, first = of.observed_until, day_of(int(of.records.days["day"].min()))
    days = min(horizon_days, (until - first).days // SPANS)
    middle, early = until - timedelta(days=days), until - timedelta(days=2 * days)
    try:
        tried = fit_hazard(spells(of.records, of.chances, early, until=middle))
        followed = spells(of.records, of.chances, middle, until=until)
        final = fit_hazard(followed)
    except DataError as problem:
        return Timing(days=days, reason=str(problem))
    told = tried.lost_within(followed, days)
    return Timing(
        days=days,
        tried=tried,
        followed=followed,
        told=told,
        bands=by_band(followed, told, days=days),
        curves=band_curves(followed, told, days=days),
        final=final,
    )
