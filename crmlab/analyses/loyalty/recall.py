"""What calling goods back may cost: the value at risk when satisfaction falls, where customers can leave."""

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr


def value_of_staying(stay: float, *, margin: float, years: int, discount: float) -> float:
    """Margin of the next `years` of a customer who is there now: Σ margin · stay^t / (1 + discount)^t, t = 1 … years.

    With a stay of .8, no discount, two years and a margin of 100: 80 + 64 = 144.
    """
    t = np.arange(1, years + 1)
    return float(margin * ((stay / (1 + discount)) ** t).sum())


def recall_may_cost(
    worth: Estimate, *, stay: float, drop: float, margin: float, years: int, discount: float
) -> Estimate:
    """The most that a recall may cost a customer concerned, if it saves `drop` points of satisfaction.

    Without it the yearly share that stays falls by `drop` · `worth` for good; what is lost with it is what a recall may
    cost. A ceiling, not a profit: that the recall does save the satisfaction is assumed. The interval is that of
    `worth`, everything else taken as known.

    Parameters
    ----------
    worth : Estimate
        Change of the share that stays for a point of satisfaction.
    stay : float
        The share that stays in a year as things are.
    margin : float
        Of a customer in a year, in the client's currency; with `discount`, both nominal or both real.

    Raises
    ------
    ParameterError
        If a number cannot be meant: all of them at once.
    """
    problems = [
        f"{name} {value:g} is not {wanted}"
        for name, value, good, wanted in (
            ("stay", stay, 0 <= stay <= 1, "from 0 to 1"),
            ("drop", drop, drop > 0, "above 0"),
            ("years", years, years >= 1, "1 or more"),
            ("discount", discount, discount > -1, "above −1"),
        )
        if not good
    ]
    if problems:
        raise ParameterError("a recall cannot be valued: " + "; ".join(problems))

    def lost(one: float) -> float:
        left = float(np.clip(stay - drop * one, 0, 1))
        before = value_of_staying(stay, margin=margin, years=years, discount=discount)
        return before - value_of_staying(left, margin=margin, years=years, discount=discount)

    return Estimate(
        value=lost(worth.value),
        low=None if worth.low is None else lost(worth.low),
        high=None if worth.high is None else lost(worth.high),
        n=worth.n,
        level=worth.level,
        method=tr("margin lost where satisfaction falls and stays low, discounted"),
        evidence="model",
        denominator=worth.denominator,
        window=worth.window,
    )


def false_loyal(table: pd.DataFrame, bought: pd.DataFrame, *, low: float = 4.0) -> pd.DataFrame:
    """Who stayed though hardly satisfied where there is no choice, most valuable first.

    Columns: `customer_id`, `region`, `hhi`, `satisfaction`, and of one year `value` (margin, or revenue where margin is
    not known), `purchases`, `days_since_last`. Satisfaction is `low` or less, `stayed` is 1, `captive` is true.
    """
    chosen = table[(table["stayed"] == 1) & (table["satisfaction"] <= low) & table["captive"]]
    both = chosen[["customer_id", "region", "hhi", "satisfaction"]].drop_duplicates("customer_id")
    both = both.merge(bought, on="customer_id", how="left").fillna({"purchases": 0, "revenue": 0.0})
    value = both["margin"].fillna(both["revenue"]) if both["margin"].isna().all() else both["margin"].fillna(0.0)
    ordered = both.assign(value=value).sort_values(
        ["value", "satisfaction", "customer_id"], ascending=[False, True, True]
    )
    wanted = ["customer_id", "region", "hhi", "satisfaction", "value", "purchases", "days_since_last"]
    return ordered[wanted].reset_index(drop=True)
