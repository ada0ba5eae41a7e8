"""Repeat purchases week by week, as they came and as each of several models expects them."""

from collections.abc import Iterable
from datetime import date

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.value import log
from crmlab.models import BuyingModel, expected_purchases_new_customer

DAYS_PER_WEEK = 7


def track(
    transactions: ibis.Table, models: Iterable[BuyingModel], *, known_by: date, observed_until: date
) -> pd.DataFrame:
    """Cumulative repeat purchases of the customers known by `known_by`, week by week to the end.

    A model expects of a day what it expects of new customers who joined so many days before; what they bought does not
    enter, so the line after `known_by` is a forecast only as far as the parameters were estimated before it.

    Returns
    -------
    DataFrame
        One row a week: `date` (its last day), `actual`, and one column a model by its name: purchases since the
        beginning. The last week may be shorter than seven days.
    """
    first, again = log.by_day(transactions, known_by=known_by)
    days = pd.date_range(first.index[0], pd.Timestamp(observed_until), freq="D")
    joined = first.reindex(days, fill_value=0).to_numpy()
    bought = again.reindex(days, fill_value=0).to_numpy()
    weekly = np.arange(DAYS_PER_WEEK - 1, len(days), DAYS_PER_WEEK)
    if weekly.size == 0 or weekly[-1] != len(days) - 1:
        weekly = np.append(weekly, len(days) - 1)
    table = pd.DataFrame({"date": days[weekly], "actual": np.cumsum(bought)[weekly].astype(float)})
    for model in models:
        curve = _expected_by_day(model, len(days))
        # Day t holds those who joined s days before, each with what is expected of s days.
        table[model.name] = np.convolve(joined, curve)[weekly]
    return table


def by_week(cumulative: pd.DataFrame) -> pd.DataFrame:
    """The purchases of each whole week, from a table of `track`."""
    numbers = cumulative.columns.drop("date")
    weeks = cumulative.assign(**cumulative[numbers].diff().fillna(cumulative[numbers]))
    length = cumulative["date"].diff().dt.days.fillna(DAYS_PER_WEEK)
    return pd.DataFrame(weeks[length == DAYS_PER_WEEK]).reset_index(drop=True)


def _expected_by_day(model: BuyingModel, days: int) -> np.ndarray:
    """Repeat purchases expected of a new customer by each day from 0, between weeks on a straight line."""
    weeks = np.arange(0, days + DAYS_PER_WEEK, DAYS_PER_WEEK)
    return np.interp(np.arange(days), weeks, expected_purchases_new_customer(model, days=weeks))
