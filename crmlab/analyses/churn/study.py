"""One study, in order: windows in time, models learnt on the earlier ones, everything judged on the last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.churn.benchmark import benchmark, dummy
from crmlab.analyses.churn.chances import (
    CONTRACT,
    PURCHASES,
    Chances,
    day_of,
    deadlines,
    model_on,
    renewals,
    starts_of_windows,
)
from crmlab.analyses.churn.cohort import Cohort, cohort, require_both, stacked
from crmlab.analyses.churn.features import Records, records
from crmlab.analyses.churn.logit import Logit, Nested, compare, fit_logit
from crmlab.analyses.churn.quality import calibration, recalibrated
from crmlab.errors import DataError, ParameterError
from crmlab.language import tr
from crmlab.models import MBGNBD

Values = NDArray[np.float64]
LATELY = ("recent", "trend", "value_rank")
BLOCKS = ("history", "demographics", "both")
SETTINGS = ("auto", CONTRACT, PURCHASES)


@dataclass(frozen=True, kw_only=True)
class Study:
    """The data of one study.

    Attributes
    ----------
    records : Records
    chances : Chances
    model : MBGNBD or None
        What defines deadlines; None under contracts.
    parts : tuple of Cohort
        One a window, oldest first; the last is for trying.
    setting : str
    observed_until : date
    """

    records: Records
    chances: Chances
    model: MBGNBD | None
    parts: tuple[Cohort, ...]
    setting: str
    observed_until: date

    @property
    def train(self) -> Cohort:
        """All windows but the last."""
        return stacked(self.parts[:-1])

    @property
    def test(self) -> Cohort:
        """The last window."""
        return self.parts[-1]

    @property
    def whole(self) -> Cohort:
        """All windows: what the list for the days to come is learnt from."""
        return stacked(self.parts)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Models learnt on the earlier windows and what they said of the last.

    Attributes
    ----------
    fits : dict
        `history`, `demographics`, `both`: those that could be fitted.
    chosen : str
        The one that is judged and used.
    p : ndarray
        What it said of each row of the last window.
    adjusted : ndarray
        The same moved to the level of the window before the last, as learnt by a model that had not seen it.
    benchmark, dummy : ndarray, float
        Without columns, and one probability for everybody.
    adjusted_benchmark : ndarray
        The benchmark moved in the same way.
    demographics : Nested or None
        What demographics add to history; None where there are none, or no test is possible.
    history : Nested or None
        What history adds to demographics.
    """

    fits: Mapping[str, Logit]
    chosen: str
    p: Values
    adjusted: Values
    benchmark: Values
    adjusted_benchmark: Values
    dummy: float
    demographics: Nested | None
    history: Nested | None

    @property
    def model(self) -> Logit:
        """The one that is judged and used."""
        return self.fits[self.chosen]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What makes the list, as it was in the last window: all that follows from a list is to be judged of this.

    Attributes
    ----------
    p, adjusted : ndarray
        Its probabilities, and the same at the level of the window before the last.
    other : ndarray
        The probabilities of the one that does not make it.
    demoted : bool
        Whether it is the benchmark, because the score lost to it.
    """

    p: Values
    adjusted: Values
    other: Values
    demoted: bool


def judged(of: Trial, *, demoted: bool) -> Judged:
    """The score, or the benchmark where the score is `demoted`: what `calls` makes the list by."""
    if demoted:
        return Judged(p=of.benchmark, adjusted=of.adjusted_benchmark, other=of.p, demoted=True)
    return Judged(p=of.p, adjusted=of.adjusted, other=of.benchmark, demoted=False)


def prepare(
    tables: Mapping[str, ibis.Table], *, observed_until: date, window_days: int, setting: str = "auto"
) -> Study:
    """The windows of a study, with what was known at the start of each.

    Parameters
    ----------
    tables : mapping
        Clean tables by name: `transactions`, and of `features.USED` those the client has.
    observed_until : date
    window_days : int
    setting : {'auto', 'contract', 'purchases'}
        `auto`: contracts where there are any.

    Raises
    ------
    DataError
        If the windows are too few or too thin, or contracts are asked for and there are none.
    ParameterError
        If `setting` is none of the three or the window too short.
    """
    if setting not in SETTINGS:
        raise ParameterError(f"setting is {setting!r}; it is one of {', '.join(map(repr, SETTINGS))}")
    if setting == CONTRACT and "contracts" not in tables:
        raise DataError(tr("There is no table of contracts; leave `setting` at auto, or ask for purchases."))
    known = records(tables)
    if setting != PURCHASES and "contracts" in tables:
        chances, model, since = renewals(tables["contracts"], observed_until=observed_until), None, None
    else:
        first = day_of(int(known.days["day"].min()))
        # The definition of lost is fixed on the first third of the days and holds for all windows after it.
        since = first + timedelta(days=(observed_until - first).days // 3)
        model = model_on(tables["transactions"], since)
        chances = deadlines(known.days, model, observed_until=observed_until)
    starts = starts_of_windows(chances, window_days=window_days, since=since)
    parts = tuple(cohort(known, chances, start, window_days=window_days) for start in starts)
    require_both(parts[-1])
    return Study(
        records=known,
        chances=chances,
        model=model,
        parts=parts,
        setting=chances.setting,
        observed_until=observed_until,
    )


def trial(of: Study, *, features: str = "both") -> Trial:
    """The models of the earlier windows, and what they said of the last one.

    Raises
    ------
    DataError
        If the model asked for cannot be fitted.
    ParameterError
        If `features` is none of `history`, `demographics`, `both`.
    """
    if features not in BLOCKS:
        raise ParameterError(f"features is {features!r}; it is one of {', '.join(map(repr, BLOCKS))}")
    train, test = of.train, of.test
    # Columns that follow from others are none: nothing to learn from is no model of its own.
    held = not test.demographics.columns.empty
    if features == "demographics" and not held:
        raise DataError(tr("No demographics are held: the table of customers is missing or holds none."))
    blocks = BLOCKS if held else ("history",)
    fits = {block: fit_logit(train.features(block), train.lost) for block in blocks}
    chosen = features if held else "history"
    said = fits[chosen].probability(test.features(chosen))
    bar = benchmark(train, test, of.model)
    return Trial(
        fits=fits,
        chosen=chosen,
        p=said,
        adjusted=_adjusted(of, said, partial(_learnt, chosen)),
        benchmark=bar,
        adjusted_benchmark=_adjusted(of, bar, lambda early, late: benchmark(early, late, of.model)),
        dummy=dummy(train),
        demographics=compare(fits["history"], fits["both"]) if held else None,
        history=compare(fits["demographics"], fits["both"]) if held else None,
    )


def nested_blocks(of: Cohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The columns of a smaller and of a larger model: history, and demographics beside it.

    Where no demographics are held, the purchases of the last half year and the rank by money stand in their place.
    """
    larger = of.features("both")
    if not of.demographics.columns.empty:
        return of.history, larger
    return larger.drop(columns=list(LATELY)), larger


def _learnt(chosen: str, early: Cohort, late: Cohort) -> Values:
    """What the score learnt on `early` says of `late`."""
    return fit_logit(early.features(chosen), early.lost).probability(late.features(chosen))


def _adjusted(of: Study, said: Values, learnt: Callable[[Cohort, Cohort], Values]) -> Values:
    """`said` at the level of the window before the last; as it is where too little was there to learn that from."""
    before = of.parts[-2]
    try:
        held = calibration(before.lost, learnt(stacked(of.parts[:-2]), before), window=before.window)
    except DataError:
        return said
    return recalibrated(said, held)
