"""What a campaign changed: responses and money, of everybody as chance put them, and the same before it began."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlab.analyses.experiments.rows import arms, counted, whom, window_of
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.trials import (
    difference_of_means,
    difference_of_shares,
    relative_difference_of_means,
    relative_difference_of_shares,
)


@dataclass(frozen=True)
class Effect:
    """The effect of being in the arm to be approached, by intention to treat.

    Attributes
    ----------
    responses : Estimate
        Difference of the shares that responded.
    relative : Estimate or None
        The same relative to those left alone; None where none of them responded.
    revenue, relative_revenue : Estimate or None
        Difference of mean revenue within the window for each customer of the arm, buyers or not, in the client's
        currency, and relative; None where revenue is not known of everybody (or is not above zero).
    contribution : Estimate or None
        The same of margin on revenue less what the contact and the gift cost; None without a margin or costs.
    """

    responses: Estimate
    relative: Estimate | None
    revenue: Estimate | None
    relative_revenue: Estimate | None
    contribution: Estimate | None


def effect(rows: pd.DataFrame, *, window: str, margin_rate: float | None = None, level: float = 0.95) -> Effect:
    """What a campaign changed, from `contact_rows`.

    Parameters
    ----------
    rows : DataFrame
        `treated`, `responded`, `revenue`, `cost`.
    window : str
        For people.
    margin_rate : float, optional
        Contribution as a share of revenue, before the cost of the campaign.
    level : float
        Of the intervals.
    """
    told: Any = {"denominator": whom(rows), "window": window, "level": level}
    treated, control = counted(rows)
    first, second = arms(rows)
    known = rows["revenue"].notna().all() and min(len(first), len(second)) > 1
    paid = margin_rate is not None and known and rows["cost"].notna().all()
    return Effect(
        responses=difference_of_shares(treated, control, **told),
        relative=_or_none(lambda: relative_difference_of_shares(treated, control, **told)),
        revenue=difference_of_means(first["revenue"], second["revenue"], **told) if known else None,
        relative_revenue=_or_none(lambda: relative_difference_of_means(first["revenue"], second["revenue"], **told)),
        contribution=difference_of_means(*(_left(arm, margin_rate) for arm in (first, second)), **told)
        if paid
        else None,
    )


def comparisons(
    run: pd.DataFrame, rows_of: Callable[[pd.Series], pd.DataFrame], *, level: float = 0.95
) -> pd.DataFrame:
    """The difference between the approached and the others of every campaign, fair or not, after it and before it.

    Before a campaign nothing can have been changed by it: where the arms differ there already, the comparison says who
    was chosen, not what was done.

    Parameters
    ----------
    run : DataFrame
        From `campaigns_run`; campaigns in which an arm has fewer than two customers are left out.
    rows_of : callable
        `contact_rows` of a row of `run`.

    Returns
    -------
    DataFrame
        `campaign_id`, `name`, `randomised`, `n`, then `value`, `low`, `high` of the difference of shares that
        responded, and `before`, `before_low`, `before_high` of the shares that bought in as many days before.
    """
    found = []
    for _, campaign in run[(run["treated"] > 1) & (run["control"] > 1)].iterrows():
        rows = rows_of(campaign)
        told: Any = {"denominator": whom(rows), "window": window_of(campaign), "level": level}
        after = difference_of_shares(*counted(rows), **told)
        before = difference_of_shares(*counted(rows, "bought_before"), **told)
        row = {name: campaign[name] for name in ("campaign_id", "name", "randomised")}
        ends = {"before": before.value, "before_low": before.low, "before_high": before.high}
        found.append(row | {"n": after.n, "value": after.value, "low": after.low, "high": after.high} | ends)
    columns = ["campaign_id", "name", "randomised", "n", "value", "low", "high", "before", "before_low", "before_high"]
    return pd.DataFrame(found, columns=columns)


def _left(arm: pd.DataFrame, margin_rate: float | None) -> pd.Series:
    return (margin_rate or 0.0) * arm["revenue"] - arm["cost"]


def _or_none(reckon: Callable[[], Estimate]) -> Estimate | None:
    try:
        return reckon()
    except DataError:
        return None
