"""How well a forecast did against what happened: errors, groups, and what those it picked really brought."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share

Values = NDArray[np.float64]

LEVEL = 0.95
MOST_REPEATS = 7  # as in the figures of conditional expectations of the papers


def mean_of(values: ArrayLike) -> float:
    """The mean, summed in the order of the values, so that the order of customers changes no digit."""
    ascending = np.sort(np.asarray(values, dtype=np.float64))
    return float(ascending.sum() / ascending.size)


def mean_interval(values: ArrayLike, level: float = LEVEL) -> tuple[float, float, float]:
    """Mean of a sample and Student's interval for it; ends are NaN where there are fewer than two values."""
    sample = np.sort(np.asarray(values, dtype=np.float64))
    mean = mean_of(sample)
    if sample.size < 2:  # noqa: PLR2004 - one value has no spread
        return mean, math.nan, math.nan
    error = math.sqrt(float(((sample - mean) ** 2).sum()) / (sample.size - 1) / sample.size)
    reach = float(t.ppf((1 + level) / 2, sample.size - 1)) * error
    return mean, mean - reach, mean + reach


def root_mean_square(forecast: ArrayLike, actual: ArrayLike) -> float:
    """The root of the mean squared error per customer: the measure an expected value is best at."""
    wrong = np.asarray(forecast, dtype=np.float64) - np.asarray(actual, dtype=np.float64)
    return math.sqrt(mean_of(wrong**2))


def total_error(forecast: float, actual: float) -> float:
    """Forecast less actual as a share of actual; NaN where nothing happened."""
    return (forecast - actual) / actual if actual else math.nan


def squared_error_gain(
    forecast: ArrayLike, naive: ArrayLike, actual: ArrayLike, *, about: Mapping[str, str]
) -> Estimate:
    """Mean squared error of the naive forecast less that of the forecast, customer by customer.

    Above zero the forecast is the better one. The interval is Student's on the paired differences.

    Parameters
    ----------
    about : mapping
        `denominator` and `window` of the estimate.
    """
    truth, guess, plain = (np.asarray(values, dtype=np.float64) for values in (actual, forecast, naive))
    mean, low, high = mean_interval((plain - truth) ** 2 - (guess - truth) ** 2)
    method = tr("paired difference of squared errors, Student's interval")
    return _estimate((mean, low, high), truth.size, method, about)


def covered(low: ArrayLike, high: ArrayLike, actual: ArrayLike, *, about: Mapping[str, str]) -> Estimate:
    """The share of customers whose actual number lies in their own prediction interval, with Wilson's interval."""
    truth = np.asarray(actual, dtype=np.float64)
    inside = int(((np.asarray(low) <= truth) & (truth <= np.asarray(high))).sum())
    return share(inside, truth.size, level=LEVEL, **about)


def calibration_groups(forecast: ArrayLike, actual: ArrayLike, *, groups: int = 10) -> pd.DataFrame:
    """Customers in up to `groups` groups by what was expected of them: expected and actual mean of each.

    Equal forecasts are never parted, so that there can be fewer groups and of unequal size.

    Returns
    -------
    DataFrame
        `group` (1: least expected), `customers`, `expected`, `actual`, `low`, `high` (Student's interval for the actual
        mean, not below zero; NaN for a single customer).
    """
    guess, truth = np.asarray(forecast, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    levels = np.arange(1, groups + 1) / groups
    upper = np.unique(np.quantile(guess, levels, method="inverted_cdf"))
    place = np.searchsorted(upper, guess, side="left")
    rows = []
    for number, group in enumerate(np.unique(place), start=1):
        members = place == group
        mean, low, high = mean_interval(truth[members])
        rows.append(
            {
                "group": number,
                "customers": int(members.sum()),
                "expected": mean_of(guess[members]),
                "actual": mean,
                "low": max(low, 0.0),
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def frequency_groups(
    repeats: ArrayLike, actual: ArrayLike, forecasts: pd.DataFrame, *, most: int = MOST_REPEATS
) -> pd.DataFrame:
    """Customers by their repeat purchases before: what they did, and what each of several forecasts expected of them.

    Parameters
    ----------
    forecasts : DataFrame
        One row a customer, one column a forecast.
    most : int
        Who bought again so often or oftener is one group.

    Returns
    -------
    DataFrame
        `repeats` (0 to `most`), `customers`, `actual`, `low`, `high` (Student's interval for the mean, not below zero;
        NaN for a single customer), and the mean of each forecast by its name.
    """
    group = np.minimum(np.asarray(repeats, dtype=np.int64), most)
    truth = np.asarray(actual, dtype=np.float64)
    rows = []
    for number in np.unique(group):
        members = group == number
        mean, low, high = mean_interval(truth[members])
        row = {
            "repeats": int(number),
            "customers": int(members.sum()),
            "actual": mean,
            "low": max(low, 0.0),
            "high": high,
        }
        rows.append(row | {str(name): mean_of(forecasts[name].to_numpy()[members]) for name in forecasts})
    return pd.DataFrame(rows)


def picked(score: ArrayLike, top: float) -> Values:
    """To what degree each customer is among the `top` share with the highest score; those tied at the cut share it."""
    scores = np.asarray(score, dtype=np.float64)
    places = math.ceil(round(top * scores.size, 9))
    cut = np.sort(scores)[scores.size - places]
    above, level = scores > cut, scores == cut
    return np.where(above, 1.0, np.where(level, (places - above.sum()) / level.sum(), 0.0))


def picked_share(
    chosen: Values, actual: ArrayLike, *, instead: Values | None = None, about: Mapping[str, str]
) -> Estimate:
    """The share of what happened that the chosen brought, less what those chosen `instead` brought, if given.

    The interval is normal, for a ratio of means, and takes the choice as made: it covers the chance in what the
    customers then did.
    """
    weight = chosen if instead is None else chosen - instead
    truth = np.asarray(actual, dtype=np.float64)
    total = float(np.sort(truth).sum())
    share = float(np.sort(weight * truth).sum()) / total
    influence = np.sort((weight - share) * truth)
    reach = float(norm.ppf((1 + LEVEL) / 2)) * math.sqrt(float((influence**2).sum())) / abs(total)
    ends = (share, share - reach, share + reach)
    return _estimate(ends, truth.size, tr("ratio of means, normal interval"), about)


def _estimate(ends: tuple[float, ...], n: int, method: str, about: Mapping[str, str]) -> Estimate:
    value, low, high = ends
    known = not (math.isnan(low) or math.isnan(high))
    return Estimate(
        value=value,
        low=low if known else None,
        high=high if known else None,
        n=n,
        level=LEVEL,
        method=method,
        denominator=about["denominator"],
        window=about["window"],
    )
