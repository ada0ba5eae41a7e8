"""A column that knows the future, and how it is found: alone it is too good, and it changes when the future is deleted.

An export made after the window tells of every customer how long they had been silent *by then*, or how often they had
renewed *by then*. Beside the outcome of that window both contain the outcome, and a later window for trying does not
help: the column knows the outcome there, too.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmlab.analyses.churn.chances import number_of
from crmlab.analyses.churn.features import Records, history
from crmlab.analyses.churn.logit import fit_logit
from crmlab.analyses.churn.quality import auc
from crmlab.analyses.churn.study import Study, Trial
from crmlab.estimate import Estimate

TOO_GOOD = 0.95
"""An AUC that a column about people seldom reaches by itself: above it, look for what it knows."""
EXPORTED = "exported"
_SAME = 1e-9


def exported(of: Records, rows: pd.DataFrame, *, days_late: int) -> pd.Series:
    """What an export made so many days after each row's window began says of it, as ln(1 + n); 0 days late is honest.

    Contracts: the renewals made by then. Without contracts: the days since the last purchase.
    """
    start = np.array([number_of(day) for day in rows["start"]])
    on = start + days_late
    if (rows["period_months"] > 0).all():
        renewed = (rows["due"].to_numpy() <= on) & ~rows["lost"].fillna(True).to_numpy(dtype=bool)
        return pd.Series(np.log1p(rows["number"].to_numpy() - 1 + renewed), name=EXPORTED)
    asked = pd.DataFrame({"customer_id": rows["customer_id"].to_numpy(), "on": on, "place": np.arange(len(rows))})
    bought = of.days[["customer_id", "day"]].sort_values("day", kind="stable")
    found = pd.merge_asof(asked.sort_values("on"), bought, left_on="on", right_on="day", by="customer_id")
    return pd.Series(np.log1p((found["on"] - found["day"]).to_numpy())[np.argsort(found["place"])], name=EXPORTED)


def without_future(of: Records, at: int) -> Records:
    """The records with everything deleted that the firm did not know at the end of day `at`."""
    days = of.days[of.days["day"] <= at].reset_index(drop=True)
    complaints = None if of.complaints is None else of.complaints[of.complaints["day"] <= at]
    income = None if of.income is None else of.income[of.income["known_from"] <= at]
    return replace(of, days=days, complaints=complaints, income=income)


def changed(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """By column, the share of rows in which `now` differs from `then`: `feature`, `changed`. An honest column has 0."""
    rows = []
    for name in now.columns:
        one, other = then[name].to_numpy(dtype=float), now[name].to_numpy(dtype=float)
        same = (np.abs(one - other) <= _SAME) | (np.isnan(one) & np.isnan(other))
        rows.append({"feature": name, "changed": float(1 - same.mean())})
    return pd.DataFrame(rows)


def alone(features: pd.DataFrame, lost: ArrayLike, *, window: str) -> pd.DataFrame:
    """Each column as if it were the score, best first: `feature`, `auc` (of the better direction), `low`, `high`."""
    rows = []
    for name in features.columns:
        column = features[name].fillna(features[name].median()).fillna(0.0)
        found = one_way(auc(lost, column, window=window))
        rows.append({"feature": name, "auc": found[0], "low": found[1], "high": found[2]})
    return pd.DataFrame(rows).sort_values(["auc", "feature"], ascending=[False, True], ignore_index=True)


def one_way(found: Estimate) -> tuple[float, float, float]:
    """AUC and its ends in the direction in which it is above a half; NaN where there is no interval."""
    ends = (np.nan, np.nan) if found.low is None or found.high is None else (found.low, found.high)
    if found.value >= 0.5:  # noqa: PLR2004 - chance
        return found.value, ends[0], ends[1]
    return 1 - found.value, 1 - ends[1], 1 - ends[0]


@dataclass(frozen=True, kw_only=True)
class Leak:
    """What a column from an export made too late does, and how it is found.

    Attributes
    ----------
    honest, leaky : Estimate
        AUC in the last window without and with the column.
    penalised : bool
        Whether the model with it had to be penalised: it told everybody apart.
    alone, changed : DataFrame
        The two ways to find it, as the functions of these names return them.
    """

    honest: Estimate
    leaky: Estimate
    penalised: bool
    alone: pd.DataFrame
    changed: pd.DataFrame


def leak(of: Study, tried: Trial) -> Leak:
    """The study again with one column that was exported when each window was over."""
    train, test, days = of.train, of.test, of.test.window_days
    at = number_of(test.rows["start"].iloc[0])
    late, known = (exported(of.records, test.rows, days_late=one) for one in (days, 0))
    columns = train.features(tried.chosen).assign(exported=exported(of.records, train.rows, days_late=days))
    model = fit_logit(columns, train.lost)
    said = model.probability(test.features(tried.chosen).assign(exported=late))
    then = history(without_future(of.records, at), test.rows, at).assign(exported=known)
    now = test.history.assign(exported=late)
    return Leak(
        honest=auc(test.lost, tried.p, window=test.window),
        leaky=auc(test.lost, said, window=test.window),
        penalised=model.penalised,
        alone=alone(now, test.lost, window=test.window),
        changed=changed(then, now),
    )
