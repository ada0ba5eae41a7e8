"""The past taken off: what customers bought before explains part of what they buy after, whichever arm they are in.

CUPED (Deng, Xu, Kohavi and Walker 2013, WSDM): y − θ (x − x̄) with x from before the test has the same difference of
means in expectation and the variance of y times 1 − r². θ is that of a regression within the arms.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crmlab.analyses.experiments.rows import arms, whom
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.trials import difference_of_means


@dataclass(frozen=True)
class Cuped:
    """The effect on a mean without and with the past.

    Attributes
    ----------
    plain, adjusted : Estimate
        The difference of means; the second with the past taken off.
    theta : float
        By how much the outcome rises with a unit of the past.
    variance_cut : float
        The share of the outcome's variance within the arms that the past explains, r²; as large a share of the
        customers could be spared for the same precision.
    """

    plain: Estimate
    adjusted: Estimate
    theta: float
    variance_cut: float


def cuped(
    rows: pd.DataFrame, *, window: str, outcome: str = "revenue", past: str = "before", level: float = 0.95
) -> Cuped:
    """The effect on the mean of `outcome` with and without the past taken off.

    Parameters
    ----------
    rows : DataFrame
        `treated`, the outcome, and `past`: anything known before chance decided.
    window : str
        For people.

    Raises
    ------
    DataError
        If an arm has fewer than two customers or the outcome is missing somewhere.
    """
    told: Any = {"denominator": whom(rows), "window": window, "level": level}
    y, x = rows[outcome].astype(np.float64), rows[past].astype(np.float64)
    treated = rows["treated"].to_numpy(dtype=bool)
    within_y, within_x = (values - values.groupby(treated).transform("mean") for values in (y, x))
    square, total = float((within_x**2).sum()), float((within_y**2).sum())
    product = float((within_x * within_y).sum())
    theta = product / square if square > 0 else 0.0
    table = rows.assign(plain=y, adjusted=y - theta * (x - x.mean()))
    first, second = arms(table)
    plain, adjusted = (difference_of_means(first[name], second[name], **told) for name in ("plain", "adjusted"))
    return Cuped(
        plain=plain,
        adjusted=replace(adjusted, method=tr("difference of means less what the past explains (CUPED)")),
        theta=theta,
        variance_cut=product**2 / (square * total) if square > 0 and total > 0 else 0.0,
    )
