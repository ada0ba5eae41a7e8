"""Expected values without simulation: what the models' means say, discounted month by month.

For questions that compare settings (horizon, margin, rate), where the noise of draws would blur the difference. The
forecast itself, with its intervals, comes from draws (`outlook`).
"""

from collections.abc import Callable
from typing import Literal, TypeVar

import numpy as np
import pandas as pd

from crmlab.analyses.value.basis import DAYS_PER_YEAR, MONTHS_PER_YEAR
from crmlab.models import (
    BuyingModel,
    DependentGammaGamma,
    GammaGamma,
    expected_purchases,
    expected_purchases_new_customer,
    expected_spend,
)

PaidAt = Literal["middle", "end"]

Amount = TypeVar("Amount", pd.Series, float)

MOST_COUNTED = 200  # repeat purchases of a new customer within a horizon, counted one by one
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR


def expected_value(
    buying: BuyingModel,
    spending: GammaGamma,
    customers: pd.DataFrame,
    *,
    horizon_months: int,
    discount_rate_per_year: float = 0.0,
    paid_at: PaidAt = "middle",
) -> pd.Series:
    """Each customer's expected revenue over the horizon: expected spend × expected purchases, month by month.

    Parameters
    ----------
    customers : DataFrame
        A customer summary.
    horizon_months : int
        Months of 365.25/12 days.
    discount_rate_per_year : float
        0: not discounted.
    paid_at : str
        When a month's purchases are discounted: at its `middle`, or at its `end`, as the tables of `lifetimes` do.

    Returns
    -------
    Series
        Indexed as `customers`.
    """

    def purchases_by(days: float) -> pd.Series:
        return expected_purchases(buying, customers, horizon_days=days)

    zero = pd.Series(0.0, index=customers.index)
    purchases = discounted(purchases_by, zero, horizon_months, discount_rate_per_year, paid_at)
    return expected_spend(spending, customers) * purchases


def discounted(
    by_day: Callable[[float], Amount], zero: Amount, months: int, rate_per_year: float, paid_at: PaidAt = "middle"
) -> Amount:
    """The present value of an amount whose sum up to a day is `by_day`, in monthly steps; `zero` is that of day 0."""
    if rate_per_year == 0:
        return by_day(months * DAYS_PER_MONTH)
    before, present = zero, zero
    for month in range(1, months + 1):
        so_far = by_day(month * DAYS_PER_MONTH)
        years = (month - (0.5 if paid_at == "middle" else 0.0)) / MONTHS_PER_YEAR
        present = present + (so_far - before) * (1 + rate_per_year) ** -years
        before = so_far
    return present


def evenly_discounted(days: float, rate_per_year: float) -> float:
    """What is left of 1 that comes evenly over so many days: the mean of its discount factors."""
    years = days / DAYS_PER_YEAR
    force = float(np.log1p(rate_per_year))
    return 1.0 if force * years == 0 else float(-np.expm1(-force * years)) / (force * years)


def mean_spend(spending: GammaGamma, repeats: float = 1.0) -> float:
    """The mean value of a purchase over all who buy again `repeats` times, p·γ / (q − 1); NaN where it does not exist.

    In Gamma–Gamma itself it is the same for every number of repeats.
    """
    p, q = spending.params["p"], spending.params["q"]
    gamma = float(spending.gamma_at(spending.params, np.array(repeats)))
    return p * gamma / (q - 1) if q > 1 else float(np.nan)


def newcomer_spend(buying: BuyingModel, spending: GammaGamma, days: float) -> float:
    """The mean value of a repeat purchase in a new customer's first `days`, over all these purchases.

    Where spend depends on frequency, who makes more of them has a mean of their own: each number of purchases counts
    with its probability times itself.
    """
    if not isinstance(spending, DependentGammaGamma):
        return mean_spend(spending)
    n = np.arange(1, MOST_COUNTED + 1)
    shares = n * buying.counts(n, np.array(days))
    # What lies beyond the last number counts as if it were that number.
    rest = max(float(expected_purchases_new_customer(buying, days=days)) - float(shares.sum()), 0.0)
    each = np.array([mean_spend(spending, float(number)) for number in n])
    total = float(shares.sum()) + rest
    return float((shares @ each + rest * each[-1]) / total) if total > 0 else mean_spend(spending)
