"""The second purchase: how many ever come back, and by when."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from crmlab.analyses.retention.history import window_of
from crmlab.analyses.retention.survival import SurvivalCurve, kaplan_meier
from crmlab.estimate import Estimate
from crmlab.language import tr

LEAST_AT_RISK = 20


@dataclass(frozen=True, kw_only=True)
class SecondPurchase:
    """Time from first to second purchase.

    Attributes
    ----------
    curve : SurvivalCurve
        Share who have not yet bought again, by days since the first purchase.
    within : Estimate
        Share who bought again within `days`.
    days : int
        What was asked for, or less: the longest time to which at least 20 customers were followed.
    """

    curve: SurvivalCurve
    within: Estimate
    days: int


def second_purchase(
    silences: pd.DataFrame, *, observed_until: date, days: int = 365, level: float = 0.95
) -> SecondPurchase:
    """How many customers buy a second time, whenever they joined: who joined late counts as long as followed.

    Raises
    ------
    DataError
        If nobody is in `silences`.
    """
    first = silences[silences["purchase"] == 1]
    curve = kaplan_meier(first["days"], first["returned"], level=level)
    followed = (curve.table["at_risk"] >= min(LEAST_AT_RISK, curve.n)).to_numpy()
    within = min(days, int(curve.table["day"][followed].iloc[-1]))
    estimate = curve.at(
        within,
        denominator=tr("customers with a first purchase in the records"),
        window=window_of(silences, observed_until),
        happened=True,
    )
    return SecondPurchase(curve=curve, within=estimate, days=within)
