"""Customers who leave at a pace of the times, whatever they buy: a company that stays as it is, or begins to decay.

Lifetimes are exponential. With a constant stream of newcomers the company settles and stays as it is: the null world
for whether customers leave more than usual. From a day on, all those still there can leave at another pace.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, together
from crmlab.simulate.steady import DAYS_PER_YEAR, PurchaseHistories


def with_departures(
    histories: PurchaseHistories,
    rng: np.random.Generator,
    *,
    mean_lifetime_days: float,
    sooner_from: date | None = None,
    sooner_lifetime_days: float | None = None,
) -> PurchaseHistories:
    """The same purchases, up to the day on which each customer leaves for good; `truth` says it in `left`.

    Lifetimes begin on the day a customer joined, or on the window's first for those from before it.

    Parameters
    ----------
    histories : PurchaseHistories
        What would be bought if nobody left; it stays as it is.
    rng : numpy.random.Generator
        The only source of chance.
    mean_lifetime_days : float
        Mean of the exponential lifetimes.
    sooner_from, sooner_lifetime_days : date, float, optional
        From that day on the mean of what is left of every lifetime. Both or neither.

    Raises
    ------
    ParameterError
        If a mean is not above 0, or only one of the last two is given.
    """
    means = {"mean_lifetime_days": mean_lifetime_days, "sooner_lifetime_days": sooner_lifetime_days}
    problems = [f"{name} is {mean}; it is above 0" for name, mean in means.items() if mean is not None and not mean > 0]
    if (sooner_from is None) != (sooner_lifetime_days is None):
        problems.append("sooner_from and sooner_lifetime_days are given together or not at all")
    if problems:
        raise ParameterError(together("departures cannot be simulated:", problems))
    start = pd.Timestamp(histories.start)
    joined = histories.truth["acquired"].fillna(start)
    lived = rng.exponential(mean_lifetime_days, len(joined))
    if sooner_from is not None and sooner_lifetime_days is not None:
        until = (pd.Timestamp(sooner_from) - joined).dt.days.clip(lower=0).to_numpy()
        # An exponential lifetime has no memory: what is left of it is only drawn out or in.
        lived = np.minimum(lived, until) + np.maximum(lived - until, 0) * sooner_lifetime_days / mean_lifetime_days
    end = pd.Timestamp(histories.observed_until)
    left = joined + pd.to_timedelta(np.floor(np.minimum(lived, 100 * DAYS_PER_YEAR)), unit="D")
    truth = histories.truth.assign(left=left.where(left <= end))
    gone = histories.transactions["customer_id"].map(left.set_axis(truth["customer_id"]))
    kept = histories.transactions[histories.transactions["date"] <= gone]
    return replace(histories, transactions=kept.reset_index(drop=True), truth=truth)
