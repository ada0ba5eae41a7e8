"""What customers in the same situation did one period ago: how many bought again, and for how much.

Who is in a situation today is known. The same rules, applied to what was known one horizon earlier, give the
customers who were in it then, and the days since say what became of them. Whatever marketing the company did in those
days is in these numbers: they are the outcome of business as usual, not of doing nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from scipy.stats import t as student

from crmlab.analyses.actions.situations import SITUATIONS
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, day, tr
from crmlab.shares import share
from crmlab.summary import purchases

LEAST_BUYERS = 20
"""Buyers below which the mean value of a purchase is not given: its interval would promise more than it can keep."""


@dataclass(frozen=True)
class Horizon:
    """The months looked ahead, up to and with `end`, and as many looked back: after `then`, up to and with `until`.

    The months before those begin after `before`.
    """

    before: date
    then: date
    until: date
    end: date

    @property
    def days(self) -> int:
        """How many days the horizon has."""
        return (self.end - self.until).days

    @property
    def window(self) -> str:
        """The days behind, as text."""
        return tr("{first} to {last}", first=day(self.then + timedelta(days=1)), last=day(self.until))


def horizon(observed_until: date, *, months: int) -> Horizon:
    """The period of `months` calendar months behind `observed_until`, the one before it, and the one ahead.

    Months end where the month of `observed_until` does if that is a month's last day.
    """
    if months < 1:
        raise ParameterError(f"a horizon of {months} months cannot be used: give 1 or more")
    after = pd.Timestamp(observed_until) + pd.Timedelta(days=1)
    ends = ((after + pd.DateOffset(months=step * months)).date() - timedelta(days=1) for step in (-2, -1, 0, 1))
    return Horizon(*ends)


def bought_between(transactions: ibis.Table, *, after: date, until: date) -> pd.DataFrame:
    """Customers with a purchase after `after` and up to `until`: `customer_id`, `date` and `value` of the first."""
    bought = purchases(transactions)
    inside = bought.filter((bought.date > ibis.date(after)) & (bought.date <= ibis.date(until)))
    rows = inside.to_pyarrow().to_pandas().sort_values(["customer_id", "date"])
    first = rows.drop_duplicates("customer_id")[["customer_id", "date", "value"]].reset_index(drop=True)
    return pd.DataFrame(first.assign(value=first["value"].astype(np.float64)))


def purchase_counts(transactions: ibis.Table, *, after: date, until: date) -> pd.Series:
    """Purchases of each customer after `after` and up to `until`, by customer id; who bought nothing is not in it."""
    bought = purchases(transactions)
    inside = bought.filter((bought.date > ibis.date(after)) & (bought.date <= ibis.date(until)))
    rows = inside.group_by("customer_id").agg(n=inside.count()).order_by("customer_id").to_pyarrow().to_pandas()
    counts: pd.Series = rows.set_index("customer_id")["n"].astype(np.float64)
    return counts


def up_to(transactions: ibis.Table, last: date) -> ibis.Table:
    """The transactions known on `last`."""
    return transactions.filter(transactions.date <= ibis.date(last))


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What became of the customers in one situation, or in several, mixed as a list mixes them.

    Attributes
    ----------
    repurchase : Estimate
        Share with a purchase in the window.
    value : Estimate or None
        Mean value of the first purchase of those who bought, in the client's currency; None below 20 buyers.
    buyers : int
        How many bought.
    paid : tuple of float
        Sum of the values of their first purchases, and sum of the squares.
    """

    repurchase: Estimate
    value: Estimate | None
    buyers: int
    paid: tuple[float, float] = (0.0, 0.0)


def baselines(
    then: pd.DataFrame, bought: pd.DataFrame, *, window: str, day_then: date, level: float = 0.95
) -> dict[str, Baseline]:
    """For each situation that somebody was in, what they did afterwards.

    Parameters
    ----------
    then : DataFrame
        `situations` of the earlier day.
    bought : DataFrame
        `bought_between`: who bought afterwards, and the value of the first purchase.
    window : str
        The days after, as text.
    day_then : date
        The earlier day.
    """
    value = then["customer_id"].map(bought.set_index("customer_id")["value"])
    found = {}
    for name in SITUATIONS:
        here = then["situation"].eq(name)
        if not here.any():
            continue
        paid = np.sort(value[here].dropna().to_numpy(dtype=np.float64))
        found[name] = Baseline(
            repurchase=share(int(paid.size), int(here.sum()), denominator=_who(day_then), window=window, level=level),
            value=_mean(paid, window, level) if paid.size >= LEAST_BUYERS else None,
            buyers=int(paid.size),
            paid=(float(paid.sum()), float(np.square(paid).sum())),
        )
    return found


def _mean(paid: np.ndarray, window: str, level: float) -> Estimate:
    mean = float(paid.mean())
    reach = float(student.ppf((1 + level) / 2, paid.size - 1) * paid.std(ddof=1) / np.sqrt(paid.size))
    return Estimate(
        value=mean,
        low=mean - reach,
        high=mean + reach,
        n=int(paid.size),
        level=level,
        method=tr("Student t interval of the mean"),
        denominator=tr("those of them who bought ({n})", n=count(paid.size)),
        window=window,
    )


def _who(day_then: date) -> str:
    return tr("customers who were in this situation on {day}", day=day(day_then))
