"""Rows to learn from and rows to be tried on: what was known at the start of each window, and who left in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from crmlab.analyses.churn.chances import CONTRACT, Chances, number_of
from crmlab.analyses.churn.features import Records, demographics, groups, history
from crmlab.errors import DataError
from crmlab.language import count, tr
from crmlab.language import day as spoken_day

LEAST_LOST = 10


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Chances to leave with what was known before each.

    Attributes
    ----------
    rows : DataFrame
        `unit`, `customer_id`, `number`, `due`, `start` (last day before the window), `lost` (missing where it is still
        to come), and the clock of the chance.
    history, demographics : DataFrame
        Features, in the order of `rows`.
    groups : DataFrame
        Groups in which errors are compared.
    window_days : int
    setting : str
    """

    rows: pd.DataFrame
    history: pd.DataFrame
    demographics: pd.DataFrame
    groups: pd.DataFrame
    window_days: int
    setting: str

    @property
    def lost(self) -> np.ndarray:
        """Who left, as booleans."""
        return self.rows["lost"].fillna(False).to_numpy(dtype=bool)

    @property
    def window(self) -> str:
        """The days in which the chances fell, in words."""
        first, last = min(self.rows["start"]), max(self.rows["start"])
        end = last + timedelta(days=self.window_days)
        return tr("{start} to {end}", start=spoken_day(first + timedelta(days=1)), end=spoken_day(end))

    @property
    def denominator(self) -> str:
        """What a row is, in words."""
        if self.setting == CONTRACT:
            return tr("contracts whose renewal fell in the window")
        return tr("customers whose own deadline fell in the window")

    def features(self, blocks: str) -> pd.DataFrame:
        """The features of `history`, `demographics` or `both`."""
        parts = {"history": [self.history], "demographics": [self.demographics]}
        chosen = parts.get(blocks, [self.history, self.demographics])
        return pd.concat(chosen, axis=1)


def cohort(of: Records, chances: Chances, start: date, *, window_days: int) -> Cohort:
    """The chances that were open at the end of `start` and fell in the window after it, with what was known then.

    Raises
    ------
    DataError
        If no chance fell in the window.
    """
    rows = chances.open_on(start, within_days=window_days)
    if rows.empty:
        text = tr(
            "No chance to leave falls within {days} days after {day}.",
            days=count(window_days),
            day=spoken_day(start),
        )
        raise DataError(text)
    # By values, never by ids, where that can be: whoever reads rows in order meets the same ones after a renaming.
    at = number_of(start)
    return Cohort(
        rows=rows.assign(start=start),
        history=history(of, rows, at),
        demographics=demographics(of, rows, at),
        groups=groups(of, rows, at),
        window_days=window_days,
        setting=chances.setting,
    )


def open_cohort(of: Records, chances: Chances, start: date) -> Cohort:
    """Everybody who still had a chance to leave ahead at the end of `start`, however far off."""
    whole = chances.open_on(start)
    if whole.empty:
        raise DataError(tr("Nobody was a customer at the end of {day}.", day=spoken_day(start)))
    furthest = int(whole["due"].max()) - number_of(start)
    return cohort(of, chances, start, window_days=furthest)


def stacked(parts: Sequence[Cohort]) -> Cohort:
    """The rows of several windows below each other.

    Raises
    ------
    DataError
        If fewer than 10 left or fewer than 10 stayed in all of them.
    """
    first = parts[0]
    whole = Cohort(
        rows=pd.concat([part.rows for part in parts], ignore_index=True),
        history=pd.concat([part.history for part in parts], ignore_index=True),
        demographics=pd.concat([part.demographics for part in parts], ignore_index=True),
        groups=pd.concat([part.groups for part in parts], ignore_index=True),
        window_days=first.window_days,
        setting=first.setting,
    )
    require_both(whole)
    return whole


def require_both(of: Cohort) -> None:
    """Refuse rows in which too few left, or too few stayed, to learn anything."""
    lost, stayed = int(of.lost.sum()), int((~of.lost).sum())
    if min(lost, stayed) < LEAST_LOST:
        text = tr(
            "From {window}, {lost} left and {stayed} stayed; at least {least} of each are needed.",
            window=of.window,
            lost=count(lost),
            stayed=count(stayed),
            least=count(LEAST_LOST),
        )
        raise DataError(text)
