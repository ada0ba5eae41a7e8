"""Value as a map: over recency and frequency as lines of equal value, and by cells of recency, frequency and spend.

Fader, Hardie and Lee (2005), RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing
Research 42(4). There value is discounted for ever; here it is that of the horizon, in the terms of the run.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.value.basis import Basis
from crmlab.analyses.value.expected import mean_spend
from crmlab.analyses.value.fits import Fit
from crmlab.analyses.value.outlook import Outlook
from crmlab.models.histories import histories

Values = NDArray[np.float64]

POINTS = 61  # along t_x
LEAST_REPEATS, MOST_REPEATS = 5, 40  # of the frequency axis
USUAL = 0.99  # the axis ends where all but one in a hundred customers lie
NOTICEABLE = 0.01  # a fall by less than this share is the rounding of a curve
PARTS = 3


@dataclass(frozen=True, kw_only=True)
class ValueMap:
    """Expected value over the horizon by frequency and recency, for customers known for `T` days.

    Attributes
    ----------
    repeats, t_x : array
        The axes: repeat purchases from 1 on, and days from the first purchase to the last.
    value : array
        Value of a customer with such a history and with the mean spend of such customers, `repeats` by `t_x`.
    T : float
        Days since the first purchase: the middle one among the customers.
    """

    repeats: Values
    t_x: Values
    value: Values
    T: float

    @property
    def turns(self) -> bool:
        """Whether more purchases are worth less at some silence."""
        return self.turn is not None

    @cached_property
    def turn(self) -> tuple[int, int, int] | None:
        """Where being frequent speaks most against a customer: places of t_x, of the best and of the largest number.

        At this t_x the value falls most, in money, from the best number of repeat purchases to the largest. None where
        it falls nowhere by more than 1 %.
        """
        best = self.value.argmax(axis=0)
        highest, last = self.value.max(axis=0), self.value[-1]
        fall = np.where(last < (1 - NOTICEABLE) * highest, highest - last, 0.0)
        at = int(fall.argmax())
        return (at, int(best[at]), len(self.repeats) - 1) if fall[at] > 0 else None


def value_map(fit: Fit, customers: pd.DataFrame, basis: Basis, *, horizon_days: float) -> ValueMap | None:
    """Value by frequency and recency; None without models.

    Parameters
    ----------
    customers : DataFrame
        A customer summary, which sets the middle `T` and how far the frequency axis goes.
    """
    if not fit.usable or fit.buying is None or fit.spending is None:
        return None
    T = float(np.floor(customers["T"].median()))
    if T < 1:
        return None
    most = int(np.clip(np.ceil(customers["repeats"].quantile(USUAL)), LEAST_REPEATS, MOST_REPEATS))
    repeats, t_x = np.arange(1.0, most + 1), np.linspace(T / POINTS, T, POINTS)
    grid = pd.DataFrame({"repeats": np.repeat(repeats, POINTS), "t_x": np.tile(t_x, most), "T": T})
    of = histories(grid)
    bought = fit.buying.alive(of) * fit.buying.purchases_if_alive(
        of, horizon_days=horizon_days, discount_rate_per_year=basis.discount
    )
    spend = np.array([mean_spend(fit.spending, number) for number in repeats])
    value = of.per_customer(bought).reshape(most, POINTS) * spend[:, None] * basis.multiplier
    return ValueMap(repeats=repeats, t_x=t_x, value=value, T=T)


def rfm_cells(known: Outlook, customers: pd.DataFrame) -> pd.DataFrame:
    """Mean value to come by cells of recency, frequency and spend: thirds of the customers who bought again.

    As in Table 5 of the paper, who bought once is a cell of its own, and thirds are of the others: by days since the
    last purchase, repeat purchases, and mean value of these. Equal customers are never parted, so thirds are unequal
    where many are alike, and there can be fewer than three.

    Returns
    -------
    DataFrame
        One row a cell that has anybody in it: `recency`, `frequency`, `monetary` (1 to 3, 3 is best; 0 for who bought
        once), `customers`, `mean_value`, `value` (of all of them), `share_of_value` (NaN where nobody brings anything).
    """
    ours = ["customer_id", "days_since_last", "mean_repeat_value"]
    rows = known.customers.merge(customers[ours], on="customer_id", validate="one_to_one")
    again = rows["repeats"] > 0
    rank = {
        "recency": -rows["days_since_last"].astype(float),
        "frequency": rows["repeats"].astype(float),
        "monetary": rows["mean_repeat_value"].astype(float),
    }
    for name, values in rank.items():
        rows[name] = 0
        rows.loc[again, name] = _third(values[again])
    grouped = rows.sort_values("value").groupby(["recency", "frequency", "monetary"])["value"]
    cells = grouped.agg(customers="size", mean_value="mean", value="sum").reset_index()
    total = float(cells["value"].sum())
    cells["share_of_value"] = cells["value"] / total if total > 0 else np.nan
    return cells


def rfm_table(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells as a page shows them: a row for each recency and frequency, a column for each third of spend.

    Returns
    -------
    DataFrame
        `recency`, `frequency`, `customers`, `low`, `middle`, `high`: mean value of customers in the lowest, middle and
        highest third of spend; NaN where there is nobody. Who bought once is not in it.
    """
    again = cells[cells["frequency"] > 0]
    means = again.pivot_table(index=["recency", "frequency"], columns="monetary", values="mean_value")
    means = means.reindex(columns=range(1, PARTS + 1)).set_axis(["low", "middle", "high"], axis=1)
    sizes = again.groupby(["recency", "frequency"])["customers"].sum()
    return sizes.to_frame().join(means).reset_index().sort_values(["recency", "frequency"], ascending=False)


def _third(values: pd.Series) -> NDArray[np.int64]:
    """1, 2 or 3 for the lowest, middle and highest third; equal values share one."""
    if values.empty:
        return np.zeros(0, dtype=np.int64)
    cuts = np.quantile(values.to_numpy(), np.arange(1, PARTS) / PARTS, method="inverted_cdf")
    return np.asarray(np.searchsorted(cuts, values.to_numpy(), side="left") + 1)
