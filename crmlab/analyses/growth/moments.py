"""Right channel, right time: the effect of approaching by channel and part of the day, all cells tested together.

The cell with the most responses is the one whose customers respond anyway. So each cell is compared with customers whom
chance left alone in the same campaign, channel and part of the day; over all cells the false discovery rate is held,
and one test asks whether cells differ at all (Cochran's Q).
"""

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from statsmodels.stats.multitest import multipletests

from crmlab.errors import DataError
from crmlab.language import listed
from crmlab.tables.kept import kept_frame
from crmlab.trials import stratified_difference

HOURS = 3
LEAST_OF_ARM = 20
NEEDED = ("channel", "hour")


@dataclass(frozen=True)
class Moments:
    """Effects by channel and part of the day.

    Attributes
    ----------
    table : DataFrame
        One row a cell: `channel`, `from_hour`, `approached`, `left_alone`, `response` (of those approached), `effect`,
        `low`, `high`, `p` (two-sided, of no effect), `q`, `passes`; largest effect first.
    campaigns : int
        Randomised campaigns used.
    q_statistic, q_df, q_p : float, int, float
        Cochran's Q for equal effects: what it is, its degrees of freedom and p.
    passing, unadjusted : int
        Cells that pass, and that would without regard to how many were tested.
    fdr : float
    """

    table: pd.DataFrame
    campaigns: int
    q_statistic: float
    q_df: int
    q_p: float
    passing: int
    unadjusted: int
    fdr: float


def moments(campaigns: ibis.Table, contacts: ibis.Table, *, fdr: float = 0.05, programme: str = "growth") -> Moments:
    """Every cell with at least 20 customers in each arm of a campaign.

    Raises
    ------
    DataError
        If contacts lack channel or hour, no campaign of the programme was randomised, or fewer than two cells are left.
    """
    if missing := [name for name in NEEDED if name not in contacts.columns]:
        raise DataError(f"the contacts have no columns {listed(missing)}: right channel and time cannot be asked")
    cells = _counts(campaigns, contacts, programme)
    usable = cells[(cells["n1"] >= LEAST_OF_ARM) & (cells["n0"] >= LEAST_OF_ARM)]
    rows = [_cell(name, rows) for name, rows in usable.groupby(["channel", "from_hour"])]
    table = pd.DataFrame(rows)
    if len(table) < 2:  # noqa: PLR2004 - nothing to compare
        raise DataError(
            f"fewer than two combinations of channel and time have {LEAST_OF_ARM} customers approached and as many "
            "left alone by chance: right channel and time cannot be told"
        )
    passes, q = multipletests(table["p"], alpha=fdr, method="fdr_bh")[:2]
    statistic = _cochran(table["effect"].to_numpy(), table.pop("error").to_numpy())
    order = ["effect", "channel", "from_hour"]
    return Moments(
        table=table.assign(q=q, passes=passes).sort_values(order, ascending=[False, True, True], ignore_index=True),
        campaigns=int(usable["campaign_id"].nunique()),
        q_statistic=statistic,
        q_df=len(table) - 1,
        q_p=float(chi2.sf(statistic, len(table) - 1)),
        passing=int(passes.sum()),
        unadjusted=int((table["p"] <= fdr).sum()),
        fdr=fdr,
    )


def _counts(campaigns: ibis.Table, contacts: ibis.Table, programme: str) -> pd.DataFrame:
    """By campaign, channel and part of the day: customers and responses of the two arms."""
    names = [one for one in ("campaign_id", "programme", "randomised") if one in campaigns.columns]
    plans = kept_frame(campaigns, names)
    fair = plans["randomised"].eq(True) if "randomised" in plans else pd.Series(False, index=plans.index)
    wanted = set(plans.loc[fair & (plans["programme"] == programme), "campaign_id"])
    rows = kept_frame(contacts, ["campaign_id", "arm", "channel", "hour", "response"])
    rows = rows[rows["campaign_id"].isin(wanted)].dropna(subset=["channel", "hour"])
    if rows.empty:
        raise DataError(f"no campaign of the programme {programme} left customers alone by chance: nothing compares")
    rows = rows.assign(
        from_hour=(rows["hour"].astype(int) // HOURS * HOURS),
        treated=rows["arm"] == "treat",
        response=rows["response"].eq(True),
    )
    keys = ["campaign_id", "channel", "from_hour"]
    counted = rows.assign(
        n1=rows["treated"],
        n0=~rows["treated"],
        y1=rows["treated"] & rows["response"],
        y0=~rows["treated"] & rows["response"],
    )
    return counted.groupby(keys, as_index=False)[["n1", "y1", "n0", "y0"]].sum()


def _cell(name: Any, rows: pd.DataFrame) -> dict[str, Any]:
    n1, y1, n0, y0 = (rows[column].to_numpy(dtype=float) for column in ("n1", "y1", "n0", "y0"))
    # A response and a non-response more in each arm (Agresti and Caffo 2000) keep an arm of none from being certain.
    effect, low, high = stratified_difference(n1 + 2, y1 + 1, n0 + 2, y0 + 1)
    error = (high - low) / (2 * norm.ppf(0.975))
    return {
        "channel": name[0],
        "from_hour": int(name[1]),
        "approached": int(n1.sum()),
        "left_alone": int(n0.sum()),
        "response": float(y1.sum() / n1.sum()),
        "effect": effect,
        "low": low,
        "high": high,
        "p": float(2 * norm.sf(abs(effect) / error)),
        "error": error,
    }


def _cochran(effects: np.ndarray, errors: np.ndarray) -> float:
    weight = 1 / errors**2
    mean = (weight * effects).sum() / weight.sum()
    return float((weight * (effects - mean) ** 2).sum())
