"""Rolling-origin back-tests: the same model tried from several days on, as if each had been the last one seen."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.value import log
from crmlab.analyses.value.fits import ModelName, TimeUnit
from crmlab.analyses.value.holdout import HoldOut, Score, hold_out
from crmlab.errors import CrmlabError
from crmlab.summary import purchases

COLUMNS = (
    "split", "customers", "actual", "expected", "low", "high", "error", "naive_error", "total_covered", "covered",
    "value_error", "naive_value_error", "value_covered", "verdict",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BackTest:
    """How a model did from several origins.

    Attributes
    ----------
    table : DataFrame
        One row an origin, the earliest first: `split` (the last day seen), `customers` known by then; of the purchases
        in the `days` after it `actual`, `expected`, `low`, `high` (prediction interval), `error` and `naive_error`
        (total less actual, as a share of it), `total_covered` (whether the interval holds the actual total), `covered`
        (share of customers whose own interval holds what they did); of revenue `value_error`, `naive_value_error`,
        `value_covered`; and `verdict`. NaN where no model could be used.
    days : int
        Length of each hold-out.
    overlapping : bool
        Whether hold-outs share days, so that origins do not count as independent trials.
    """

    table: pd.DataFrame
    days: int
    overlapping: bool


def back_test(
    transactions: ibis.Table,
    checked: HoldOut,
    *,
    origins: int = 3,
    model: ModelName = "BG/NBD",
    time_unit: TimeUnit = "week",
    rng: np.random.Generator,
    n_draws: int = 200,
) -> BackTest:
    """`checked` and the hold-outs before it, each beginning half a hold-out earlier, as far as the log reaches.

    An origin needs as long a history before it as the hold-out after it. Each model sees only the days up to its
    origin.

    Parameters
    ----------
    checked : HoldOut
        The last hold-out of the log, by the same `model`.
    origins : int
        How many, `checked` among them, at most.
    """
    step = max(checked.days // 2, 1)
    opened = _first_day(transactions)
    splits = [checked.split - timedelta(days=step * back) for back in range(1, origins)]
    possible = [split for split in splits if (split - opened).days + 1 >= checked.days]
    rows = [_row(checked)]
    for split, child in zip(possible, rng.spawn(len(possible)), strict=True):
        until = split + timedelta(days=checked.days)
        try:
            earlier = hold_out(
                log.until_day(transactions, until),
                observed_until=until,
                holdout_days=checked.days,
                rng=child,
                model=model,
                time_unit=time_unit,
                n_draws=n_draws,
            )
        except CrmlabError:  # nobody was a customer by then
            continue
        rows.append(_row(earlier))
    table = pd.DataFrame(rows[::-1], columns=list(COLUMNS))
    return BackTest(table=table, days=checked.days, overlapping=len(rows) > 1)


def _first_day(transactions: ibis.Table) -> date:
    found = purchases(transactions).date.min().to_pyarrow().as_py()
    return date(found.year, found.month, found.day)


def _row(of: HoldOut) -> dict[str, Any]:
    expected, low, high = _ends(of.purchases)
    return {
        "split": of.split,
        "customers": len(of.customers),
        "actual": of.purchases.actual,
        "expected": expected,
        "low": low,
        "high": high,
        "error": of.purchases.error,
        "naive_error": of.purchases.naive_error,
        "total_covered": _covers(of.purchases),
        "covered": np.nan if of.covered is None else of.covered.value,
        "value_error": of.value.error,
        "naive_value_error": of.value.naive_error,
        "value_covered": _covers(of.value),
        "verdict": of.verdict,
    }


def _ends(score: Score) -> tuple[float, float, float]:
    told = score.forecast
    if told is None or told.low is None or told.high is None:
        return np.nan, np.nan, np.nan
    return told.value, told.low, told.high


def _covers(score: Score) -> float:
    return np.nan if score.forecast is None else float(score.forecast.contains(score.actual))
