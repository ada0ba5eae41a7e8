"""The customers of one day by state, with intervals; and what becomes of those who lapsed."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from crmlab.analyses.segments.shares import method, share_of_cases, wilson
from crmlab.analyses.segments.states import IN_TOUCH, LAPSED, PROSPECT, STATES, Panel
from crmlab.analyses.segments.wording import days_between
from crmlab.estimate import Estimate
from crmlab.language import day as spoken_day
from crmlab.language import tr


def state_shares(states: pd.DataFrame, *, day: date, level: float = 0.95) -> pd.DataFrame:
    """The share of the customers in each state, of all with a purchase up to `day`.

    Parameters
    ----------
    states : DataFrame
        As `states_on` returns it; prospects are not counted, having bought nothing.
    day : date
        The day of the states.
    level : float
        Level of the intervals: what chance leaves open if the customers are a sample of those this company attracts.

    Returns
    -------
    DataFrame
        One row a state and one, `in_touch`, for the first four together: `state`, `customers`, `worth` (the value of
        its customers so far), then the fields of `Estimate`.
    """
    bought = states[states["state"] != PROSPECT]
    rows = []
    for name in (*STATES, "in_touch"):
        inside = bought["state"].isin(IN_TOUCH) if name == "in_touch" else bought["state"] == name
        share = float(inside.mean())
        low, high = wilson(share, len(bought), level)
        estimate = Estimate(
            value=share,
            low=low,
            high=high,
            n=len(bought),
            level=level,
            method=method(),
            denominator=tr("customers with a purchase so far"),
            window=tr("on {day}", day=spoken_day(day)),
        )
        worth = float(np.sort(bought.loc[inside, "value"].to_numpy()).sum())
        rows.append({"state": name, "customers": int(inside.sum()), "worth": worth} | vars(estimate))
    return pd.DataFrame(rows)


def row_estimate(table: pd.DataFrame, state: str) -> Estimate:
    """The estimate in the row of `table` (of `state_shares`) for that state."""
    row = table.loc[table["state"] == state, [*Estimate.__dataclass_fields__]].iloc[0]
    return Estimate(**{str(name): value for name, value in row.items()})


def known_customers(states: pd.DataFrame, *, day: date) -> Estimate:
    """How many customers have bought up to `day`: a count of the data, so without an interval."""
    n = int((states["state"] != PROSPECT).sum())
    return Estimate(
        value=float(n),
        low=None,
        high=None,
        n=n,
        level=0.95,
        method=tr("counted in the data"),
        denominator=tr("customers with a purchase so far"),
        window=tr("up to {day}", day=spoken_day(day)),
    )


def lapsed_return(of: Panel, *, level: float = 0.95) -> Estimate | None:
    """The share of lapsed customers who are in touch one period later, over all periods; None if nobody had lapsed."""
    gone = of.state[:, :-1] == LAPSED
    back = gone & of.in_touch[:, 1:]
    return share_of_cases(
        back.sum(axis=1),
        gone.sum(axis=1),
        level=level,
        denominator=tr("customers who had lapsed when a period began"),
        window=days_between(of.ends[0] + timedelta(days=1), of.ends[-1]),
    )
