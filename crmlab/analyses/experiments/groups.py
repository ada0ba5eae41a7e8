"""Several groups of customers, or several offers, in one test: the more one asks, the more chance answers.

p-values are adjusted by Holm (1979, Scandinavian Journal of Statistics 6), which keeps the chance of any false alarm
below the level however many groups there are. Intervals are those of each group alone.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import test_proportions_2indep

from crmlab.analyses.experiments.rows import counted, whom
from crmlab.trials import difference_of_shares

COLUMNS = ["group", "treated", "control", "value", "low", "high", "p", "p_adjusted", "shown"]


def by_group(rows: pd.DataFrame, groups: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """The effect on responses in each group of customers.

    Parameters
    ----------
    rows : DataFrame
        `treated`, `responded`.
    groups : Series
        Aligned with `rows`, known before chance decided; customers without a group are left out.

    Returns
    -------
    DataFrame
        `group`, `treated`, `control` (customers), `value`, `low`, `high` (difference of shares), `p`, `p_adjusted` and
        `shown`: whether the adjusted one is below 1 − level. Groups with an empty arm are left out.
    """
    parts = {str(name): part for name, part in rows.groupby(groups.to_numpy(), sort=True, observed=True)}
    return _family(parts, level)


def by_offer(rows: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """The effect of each offer made (`offer`) against the one group left alone; columns as `by_group`.

    `group` is the offer as a number. All offers share their control group, so their errors are related; Holm's
    adjustment holds whether they are or not.
    """
    alone = rows[~rows["treated"]]
    made = rows[rows["treated"]]
    parts = {offer: pd.concat([part, alone]) for offer, part in made.groupby("offer", sort=True)}
    return _family(parts, level)


def differ_between(table: pd.DataFrame, level: float = 0.95) -> float:
    """The chance of effects as unlike as in these groups if all had the same one (Cochran's Q); 1 with one group.

    The error of each is taken from its interval, so the test is that of the effects shown.
    """
    error = (table["high"] - table["low"]) / (2 * norm.ppf((1 + level) / 2))
    known = error > 0
    if known.sum() < 2:  # noqa: PLR2004 - one is not unlike itself
        return 1.0
    value, weight = table["value"][known], 1 / error[known] ** 2
    middle = float(np.average(value, weights=weight))
    return float(chi2.sf(float((weight * (value - middle) ** 2).sum()), int(known.sum()) - 1))


def _family(parts: Mapping[Any, pd.DataFrame], level: float) -> pd.DataFrame:
    found = []
    for name, part in parts.items():
        treated, control = counted(part)
        if not (treated[1] and control[1]):
            continue
        one = difference_of_shares(treated, control, denominator=whom(part), window="", level=level)
        sizes = {"group": name, "treated": treated[1], "control": control[1]}
        ends = {"value": one.value, "low": one.low, "high": one.high}
        found.append(sizes | ends | {"p": _p(treated, control)})
    table = pd.DataFrame(found, columns=COLUMNS[:-2])
    table["p_adjusted"] = multipletests(table["p"], method="holm")[1] if len(table) else []
    table["shown"] = table["p_adjusted"].astype(np.float64) < 1 - level
    return table


def _p(treated: tuple[int, int], control: tuple[int, int]) -> float:
    """Two-sided score test of no difference; 1 where everybody or nobody did it."""
    hits = treated[0] + control[0]
    if hits in (0, treated[1] + control[1]):
        return 1.0
    return float(test_proportions_2indep(*treated, *control, compare="diff", method="score", correction=False).pvalue)
