"""Calling customers lost: by one gap for all, or by a limit of their own, and how often each was wrong.

Nobody tells a shop that they left, so *lost* is a definition: silent for longer than a limit. The event stands where
the definition could first have been applied: on the day the limit passed in the first silence that was longer, last
purchase plus limit. Whoever never was silent for so long is followed to the last day observed (censored), so the last
`limit` days of a history can hold no event of their own. A purchase after the event is a return: the share of those
called lost who returned is the error rate of the definition.

Limits of one's own use only gaps completed before the silence began; the population they lean on is that of all data.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmlab.analyses.retention.history import window_of
from crmlab.analyses.retention.overdue import USUAL, check_quantiles, limits, pace_of
from crmlab.analyses.retention.pace import Pace
from crmlab.analyses.retention.proportions import clustered_wilson
from crmlab.analyses.retention.survival import SurvivalCurve, kaplan_meier
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import share

FIXED, OWN = "fixed", "own"
GROUPS = 4
LEAST_IN_GROUP = 20


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What one definition of *lost* makes of the customers.

    Attributes
    ----------
    name : str
        `fixed` or `own`.
    now : Estimate
        Share of customers called lost on the last day observed.
    half_life : Estimate or None
        Days after which half of the customers have been called lost once; None where that was not reached.
    returned : Estimate or None
        Of those ever called lost, the share who had bought again by the last day observed; None if nobody was.
    returns : SurvivalCurve or None
        Share of those called lost who are still away, by days since they were called so.
    life : SurvivalCurve
        Share of customers never yet called lost, by days since the first purchase.
    """

    name: str
    now: Estimate
    half_life: Estimate | None
    returned: Estimate | None
    returns: SurvivalCurve | None
    life: SurvivalCurve


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """One gap for all beside a limit of one's own.

    Attributes
    ----------
    fixed, own : Definition
    churn_gap_days : int
        The one gap.
    quantile : float
        Of the limits of one's own.
    called_lost : int
        Customers the one gap calls lost on the last day.
    mislabelled : Estimate or None
        Of these, the share still within a limit of their own; None if there are none.
    overdue_unseen : int
        Customers beyond their own limit whom the one gap does not call lost yet.
    once_lost_on : int
        Days after the first purchase on which the limit of all who bought once has passed.
    by_pace : DataFrame
        Completed gaps that had gaps before them, in fourths by the gap that was usual for the customer when they
        began: `pace` (1: fastest), `usual_low`, `usual_high` (days), `gaps`, `customers`, and for `fixed` and `own`
        the share of these gaps in which the customer had been called lost although a purchase followed, with `_low`
        and `_high` (Wilson, customers as clusters), and `_wait`, the median days until such a silence is called lost.
        Empty if there are too few such gaps. Gaps that ran beyond the records are not in it: for slow buyers in a
        short history the shares are too low.
    """

    fixed: Definition
    own: Definition
    churn_gap_days: int
    quantile: float
    called_lost: int
    mislabelled: Estimate | None
    overdue_unseen: int
    once_lost_on: int
    by_pace: pd.DataFrame


def compare_definitions(
    silences: pd.DataFrame,
    *,
    observed_until: date,
    churn_gap_days: int = 180,
    quantile: float = 0.9,
    pace: Pace | None = None,
    level: float = 0.95,
) -> Definitions:
    """Both definitions on the same customers.

    Customers for whom no limit of their own can be set (`too_few_purchases`) take no part in either.

    Parameters
    ----------
    silences : DataFrame
        As `crmlab.analyses.retention.silences` returns it.
    pace : Pace, optional
        The fit to the same silences, if it is known already.

    Raises
    ------
    DataError
        If no limit of one's own can be set for anybody.
    ParameterError
        If `churn_gap_days` is below 1 or `quantile` not between 0.5 and 1.
    """
    if churn_gap_days < 1:
        raise ParameterError(tr("churn_gap_days is {days}; it is 1 or more.", days=str(churn_gap_days)))
    check_quantiles(quantile, (1 + quantile) / 2)
    usual, own = limits(silences, pace or pace_of(silences), (USUAL, quantile), of=silences)
    rows = silences.assign(usual=usual, own=own, fixed=float(churn_gap_days))
    known = rows.groupby("customer_id")["own"].transform(lambda limit: limit.notna().all())
    rows = rows[known].reset_index(drop=True)
    if rows.empty:
        raise DataError(tr("Too few customers ever came back to say what silence is usual for anybody."))
    current = rows[~rows["returned"]]
    lost = {name: current["days"] > current[name] for name in (FIXED, OWN)}
    window = window_of(rows, observed_until)
    return Definitions(
        fixed=_definition(rows, FIXED, window, level),
        own=_definition(rows, OWN, window, level),
        churn_gap_days=churn_gap_days,
        quantile=quantile,
        called_lost=int(lost[FIXED].sum()),
        mislabelled=_mislabelled(lost, window, level),
        overdue_unseen=int((lost[OWN] & ~lost[FIXED]).sum()),
        once_lost_on=int(np.floor(rows.loc[rows["purchase"] == 1, "own"].iloc[0])) + 1,
        by_pace=_by_pace(rows, level),
    )


def first_losses(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """When each customer was first called lost: one row a customer, in the order of `rows`.

    Parameters
    ----------
    rows : DataFrame
        Silences with a column `name` that holds the limit of each, in days.

    Returns
    -------
    DataFrame
        `lost` (bool); `life` (days from first purchase to the event, or to the end); `back` (whether the customer
        bought after it); `away` (days from the event to the return or the end; NaN for who was never lost).
    """
    crossed = rows["days"] > rows[name]
    end = rows.groupby("customer_id")[["since_first", "days"]].last().sum(axis=1)
    first = rows[crossed].groupby("customer_id").first()
    table = pd.DataFrame({"lost": end.index.isin(first.index), "life": end.astype(np.float64)}, index=end.index)
    # The limit is passed on the first whole day after it.
    passed = np.floor(first[name]) + 1
    table.loc[first.index, "life"] = first["since_first"] + passed
    table["back"] = first["returned"].reindex(end.index, fill_value=False).astype(bool)
    table["away"] = (first["days"] - passed).reindex(end.index)
    return table


def _definition(rows: pd.DataFrame, name: str, window: str, level: float) -> Definition:
    current = rows[~rows["returned"]]
    events = first_losses(rows, name)
    lost = events[events["lost"]]
    everyone = tr("all customers for whom a limit of their own can be set")
    returned = returns = None
    if len(lost):
        ever = tr("customers ever called lost")
        returned = share(int(lost["back"].sum()), len(lost), denominator=ever, window=window, level=level)
        returns = kaplan_meier(lost["away"], lost["back"], level=level)
    now = int((current["days"] > current[name]).sum())
    life = kaplan_meier(events["life"], events["lost"], level=level)
    return Definition(
        name=name,
        half_life=_half_life(life, everyone, window),
        now=share(now, len(current), denominator=everyone, window=window, level=level),
        returned=returned,
        returns=returns,
        life=life,
    )


def _half_life(life: SurvivalCurve, denominator: str, window: str) -> Estimate | None:
    day, earliest, latest = life.day_when(0.5)
    if day is None:
        return None
    bounded = earliest is not None and latest is not None
    return Estimate(
        value=day,
        low=earliest if bounded else None,
        high=latest if bounded else None,
        n=life.n,
        level=life.level,
        method=tr("median of the Kaplan–Meier curve, interval by Brookmeyer and Crowley"),
        denominator=denominator,
        window=window,
    )


def _mislabelled(lost: dict[str, pd.Series], window: str, level: float) -> Estimate | None:
    called = lost[FIXED]
    if not called.any():
        return None
    denominator = tr("customers whom the one gap calls lost on the last day observed")
    within = int((called & ~lost[OWN]).sum())
    return share(within, int(called.sum()), denominator=denominator, window=window, level=level)


def _by_pace(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    done = rows[rows["returned"] & (rows["purchase"] > 1)]
    if len(done) < GROUPS * LEAST_IN_GROUP:
        return pd.DataFrame()
    # Ranks of values, ties in one group, so that the order of customers does not matter.
    place = (done["usual"].rank(method="average") - 0.5) / len(done)
    pace = np.minimum((place * GROUPS).astype(int), GROUPS - 1) + 1
    return pd.DataFrame([_one_pace(n, done[pace == n], level) for n in range(1, GROUPS + 1) if (pace == n).any()])


def _one_pace(pace: int, gaps: pd.DataFrame, level: float) -> dict[str, float]:
    row: dict[str, float] = {
        "pace": pace,
        "usual_low": float(gaps["usual"].min()),
        "usual_high": float(gaps["usual"].max()),
        "gaps": len(gaps),
        "customers": gaps["customer_id"].nunique(),
    }
    for name in (FIXED, OWN):
        hits = (gaps["days"] > gaps[name]).groupby(gaps["customer_id"]).agg(["sum", "size"])
        ends = clustered_wilson(hits["sum"].to_numpy(np.float64), hits["size"].to_numpy(np.float64), level=level)
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
        row[f"{name}_wait"] = float(gaps[name].median())
    return row
