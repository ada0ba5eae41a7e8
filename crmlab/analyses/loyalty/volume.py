"""What customers bought, and whether much buying goes with satisfaction."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.tables.kept import kept

YEAR = 365
FEWEST = 20


def volume(transactions: Any, *, until: date, margin_rate: float | None = None) -> pd.DataFrame:
    """One row a customer who bought by `until`: `customer_id`, `purchases`, `revenue`, `margin`, `days_since_last`.

    Purchases (days with a sale), revenue and margin are of the 365 days that end with `until`; money in the client's
    currency at the prices of the day. Margin is revenue less `cost` where the client records it, else `margin_rate` of
    revenue, else NaN.
    """
    rows = kept(transactions)
    rows = rows.filter(rows.date <= until)
    recent = rows.date > until - timedelta(days=YEAR)
    paid = rows.amount.cast("float64")
    cost = rows["cost"].cast("float64").fill_null(0.0) if "cost" in rows.columns else None
    sold = rows.mutate(
        paid=recent.ifelse(paid, 0.0),
        spent=recent.ifelse(cost, 0.0) if cost is not None else paid * 0.0,
        bought_on=(recent & (paid > 0)).ifelse(rows.date, None),
    )
    grouped = sold.group_by("customer_id").agg(
        purchases=lambda t: t.bought_on.nunique(),
        revenue=lambda t: t.paid.sum(),
        cost=lambda t: t.spent.sum(),
        last=lambda t: t.date.max(),
    )
    frame: pd.DataFrame = grouped.order_by("customer_id").to_pyarrow().to_pandas()
    rate = np.nan if margin_rate is None else margin_rate
    margin = frame["revenue"] - frame["cost"] if cost is not None else frame["revenue"] * rate
    since = (pd.Timestamp(until) - pd.to_datetime(frame["last"])).dt.days
    return frame.assign(margin=margin, days_since_last=since).drop(columns=["cost", "last"])


def rank_correlation(
    table: pd.DataFrame, first: str, second: str, *, denominator: str, window: str, level: float = 0.95
) -> Estimate:
    """Spearman's correlation of two columns, with the interval of Bonett and Wright (2000, Psychometrika 65).

    On the scale of Fisher's z, with error √((1 + r² / 2) / (n − 3)).

    Raises
    ------
    DataError
        If there are fewer than 20 rows, or a column does not vary.
    """
    both = table[[first, second]].dropna()
    if len(both) < FEWEST or both.nunique().min() < 2:  # noqa: PLR2004 - what does not vary goes with nothing
        raise DataError(f"{first} and {second}: {len(both)} customers with both; {FEWEST} that differ are needed")
    value = float(spearmanr(both[first], both[second]).statistic)
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt((1 + value**2 / 2) / (len(both) - 3))
    middle = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return Estimate(
        value=value,
        low=float(np.tanh(middle - reach)),
        high=float(np.tanh(middle + reach)),
        n=len(both),
        level=level,
        method=tr("rank correlation (Spearman), interval of Bonett and Wright"),
        evidence="association",
        denominator=denominator,
        window=window,
    )
