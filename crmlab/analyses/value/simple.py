"""The value of a customer by formula: average order × frequency × lifetime, and the formula for contracts.

Both are shown to be understood, not to be used: the first multiplies averages of quantities that hang together
and has to guess a lifetime that nobody has seen the end of; the second needs an end that is seen, which only a
contract has.
"""

import math
from dataclasses import dataclass

import pandas as pd

from crmlab.analyses.value import scoring
from crmlab.analyses.value.basis import DAYS_PER_YEAR
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share

FEWEST_KNOWN = 30  # customers known for a year, below which their yearly retention is hearsay

LIFETIMES = ("seen", "known", "churn")
"""The three usual guesses at a lifetime: first to last purchase; first purchase to today; one over yearly churn."""


@dataclass(frozen=True, kw_only=True)
class Naive:
    """Average order × orders a year × lifetime, by three ways to guess the lifetime.

    Attributes
    ----------
    average_order : float
        Value of a purchase, in revenue.
    orders_per_year : float
        Purchases per customer and year between the first purchase and `observed_until`.
    retention : float or None
        Of the customers known for a year or longer, the share who bought in the last year; None with fewer than
        30 of them. `known` of them there are.
    table : DataFrame
        One row a way: `lifetime` (`seen`, `known`, `churn`), `years`, `value` (undiscounted revenue).
    """

    average_order: float
    orders_per_year: float
    retention: float | None
    known: int
    table: pd.DataFrame

    @property
    def spread(self) -> float:
        """The largest of the values divided by the smallest."""
        return float(self.table["value"].max() / self.table["value"].min())


def value_so_far(customers: pd.DataFrame, *, window: str) -> Estimate:
    """What a customer has brought so far on average: net revenue, with Student's interval for customers of this kind.

    `customers` is a customer summary, `window` the days it is of, in words.
    """
    mean, low, high = scoring.mean_interval(customers["total_value"])
    return Estimate(
        value=mean,
        low=None if math.isnan(low) else low,
        high=None if math.isnan(high) else high,
        n=len(customers),
        level=scoring.LEVEL,
        method=tr("mean, Student's interval"),
        denominator=tr("customers with a purchase"),
        window=window,
    )


def bought_once(customers: pd.DataFrame, *, window: str) -> Estimate:
    """The share of customers with a single purchase, of whom a model cannot say whether they have left."""
    once = int((customers["repeats"] == 0).sum())
    return share(once, len(customers), denominator=tr("customers with a purchase"), window=window)


def naive_value(customers: pd.DataFrame) -> Naive:
    """The usual formula on a customer summary: three lifetimes, three answers.

    Parameters
    ----------
    customers : DataFrame
        As `crmlab.summary.customer_summary` gives it.

    Raises
    ------
    DataError
        If no customer has been known for a day, or nobody is worth anything: there is no rate to compute.
    """
    exposure = float(customers["T"].sum()) / DAYS_PER_YEAR
    value = float(customers["total_value"].sum())
    if exposure <= 0 or value <= 0:
        raise DataError(
            f"the customers were observed for {exposure:.1f} years together and brought {value:.2f}: both have to be "
            "above zero for a yearly value"
        )
    orders = float(customers["repeats"].sum()) + len(customers)
    retention, known = yearly_retention(customers)
    years = {"seen": customers["t_x"].mean() / DAYS_PER_YEAR, "known": customers["T"].mean() / DAYS_PER_YEAR}
    if retention is not None and retention < 1:
        years["churn"] = 1 / (1 - retention)
    average, per_year = value / orders, orders / exposure
    rows = [{"lifetime": name, "years": span, "value": average * per_year * span} for name, span in years.items()]
    table = pd.DataFrame(rows).query("years > 0").reset_index(drop=True)
    return Naive(average_order=average, orders_per_year=per_year, retention=retention, known=known, table=table)


def yearly_retention(customers: pd.DataFrame) -> tuple[float | None, int]:
    """Of the customers known for a year, the share who bought in the last year, and how many were known.

    A share only with 30 of them or more, else None. It is no retention rate of contracts: whoever did not buy for a
    year may buy again.
    """
    known = customers[customers["T"] >= DAYS_PER_YEAR]
    if len(known) < FEWEST_KNOWN:
        return None, len(known)
    return float((known["days_since_last"] < DAYS_PER_YEAR).mean()), len(known)


def contract_value(margin: float, retention: float, discount: float, *, today: bool = False) -> float:
    """m·r / (1 + d − r): the present value of a margin paid once a period by whoever is still there.

    Parameters
    ----------
    margin : float
        Paid at the end of each period by a customer who stays.
    retention : float
        Share who stay from one period to the next, the same for ever.
    discount : float
        Per period: 0.1 is 10 %.
    today : bool
        True adds the margin that is paid at once, before anybody can leave: m·(1 + d) / (1 + d − r).

    Raises
    ------
    ParameterError
        If retention is not 0 to 1, the rate is negative, or together they never end (r = 1 with d = 0).

    Notes
    -----
    Berger and Nasr (1998), *Journal of Interactive Marketing* 12; Gupta and Lehmann (2003), ibid. 17.
    """
    if not 0 <= retention <= 1 or discount < 0 or 1 + discount - retention <= 0:
        raise ParameterError(
            f"retention {retention} and discount {discount} give no finite value: retention lies between 0 and 1, the "
            "discount rate is 0 or more, and nobody stays for ever undiscounted"
        )
    later = margin * retention / (1 + discount - retention)
    return later + margin if today else later


@dataclass(frozen=True, kw_only=True)
class Formula:
    """What average order × frequency × lifetime says of a customer in days to come, the same of everybody."""

    purchases: float
    value: float


def formula_forecast(customers: pd.DataFrame, *, days: int) -> Formula:
    """The usual formula as a forecast for `days`: of the guesses at a lifetime the longest, cut at so many days.

    Raises
    ------
    DataError
        As `naive_value`.
    """
    found = naive_value(customers)
    years = min(float(found.table["years"].max()), days / DAYS_PER_YEAR)
    orders = found.orders_per_year * years
    return Formula(purchases=orders, value=orders * found.average_order)
