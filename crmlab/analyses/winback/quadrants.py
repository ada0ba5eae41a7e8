"""Risk is not persuadability: what a contact does, by how likely customers are to say no when left alone.

The effect of a group is the mean of Γ (`policies.gains` with value 1 and no costs) over customers whose group was told
by models that have not seen them, so that it is an experiment's answer and not the models' own opinion of themselves.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, spearmanr

from crmlab.analyses.winback.policies import places
from crmlab.language import mark

Vector = NDArray[np.float64]

PERSUADABLE, SURE, LOST, DO_NOT_DISTURB = mark("persuadable"), mark("sure"), mark("lost"), mark("do_not_disturb")
FIFTHS = 5


def quadrants(scores: pd.DataFrame, gain: Vector, *, level: float = 0.95) -> pd.DataFrame:
    """Customers by risk (above or below the median of their fold) and by the sign of the uplift the models expect.

    Returns
    -------
    DataFrame
        `group`: of high risk the `persuadable` (uplift above 0) and the `lost`, of low risk the `sure` (uplift above
        0) and the ones who say yes unless contacted (`do_not_disturb`); `customers`, `share`; `effect`, `low`, `high`:
        what a contact did in the group, in points of the yes (NaN with fewer than two customers).
    """
    at_risk = places(1 - scores["p0"], scores["fold"]) <= 0.5  # noqa: PLR2004 - the median
    lifted = scores["tau"].to_numpy() > 0
    groups = {
        PERSUADABLE: at_risk & lifted,
        LOST: at_risk & ~lifted,
        SURE: ~at_risk & lifted,
        DO_NOT_DISTURB: ~at_risk & ~lifted,
    }
    rows = [{"group": name, **_effect(gain[inside], level)} for name, inside in groups.items()]
    table = pd.DataFrame(rows)
    table.insert(2, "share", table["customers"] / max(len(scores), 1))
    return table


def by_risk(scores: pd.DataFrame, gain: Vector, *, level: float = 0.95) -> pd.DataFrame:
    """What a contact did by fifths of the risk: `fifth` (1 the least), `customers`, `risk`, `effect`, `low`, `high`."""
    place = 1 - places(1 - scores["p0"], scores["fold"])
    fifth = np.minimum((place * FIFTHS).astype(int), FIFTHS - 1) + 1
    risk = 1 - scores["p0"].to_numpy()
    rows = [
        {"fifth": number, "risk": float(risk[fifth == number].mean()), **_effect(gain[fifth == number], level)}
        for number in range(1, FIFTHS + 1)
        if (fifth == number).any()
    ]
    return pd.DataFrame(rows)[["fifth", "customers", "risk", "effect", "low", "high"]]


def risk_and_uplift(scores: pd.DataFrame) -> float:
    """The rank correlation of risk and expected uplift: near 1 they would be one list, and they rarely are."""
    return float(spearmanr(1 - scores["p0"], scores["tau"]).statistic)


def _effect(gain: Vector, level: float) -> dict[str, float]:
    if gain.size < 2:  # noqa: PLR2004 - a variance needs two
        return {"customers": int(gain.size), "effect": np.nan, "low": np.nan, "high": np.nan}
    reach = float(norm.ppf((1 + level) / 2) * gain.std(ddof=1) / np.sqrt(gain.size))
    value = float(gain.mean())
    return {"customers": int(gain.size), "effect": value, "low": value - reach, "high": value + reach}
