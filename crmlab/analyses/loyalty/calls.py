"""Does personal contact make customers come back? The courtesy call, where chance decided who was called."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.estimate import Estimate
from crmlab.language import count, day, tr
from crmlab.tables.kept import kept_frame
from crmlab.trials import stratified_difference


@dataclass(frozen=True)
class Calls:
    """Courtesy calls whose arms chance decided.

    Attributes
    ----------
    table : DataFrame
        One row a campaign: `campaign_id`, `called`, `left_alone`, `reached` (share of the called), `bought_called`,
        `bought_left_alone` (shares).
    planned : Estimate
        The effect of calling: of all who were to be called, over those left alone, within campaigns.
    reached : Estimate or None
        The effect of a call on those it reached; None where nobody was reached, or who was is not known.
    as_treated : float or None
        What comes out if those reached are compared with everybody else, which chance did not decide.
    """

    table: pd.DataFrame
    planned: Estimate
    reached: Estimate | None
    as_treated: float | None


def courtesy_calls(campaigns: Any, contacts: Any, *, level: float = 0.95) -> Calls | None:
    """The effect of calls without an offer: loyalty campaigns by phone that left customers alone by chance.

    An answer is `response`: a purchase within the campaign's window. Everybody counts in the arm that chance gave
    them, by intention. A call does nothing for those it does not reach and nobody left alone is called, so the effect
    on those reached is the effect of calling over the share reached (Bloom 1984, Evaluation Review 8(2); Angrist,
    Imbens and Rubin 1996, Journal of the American Statistical Association 91).

    Returns
    -------
    Calls or None
        None if there is no such campaign with customers in both arms.
    """
    rows = _rows(campaigns, contacts)
    arms = rows.groupby("campaign_id")["treat"].nunique() if len(rows) else pd.Series(dtype=int)
    rows = rows[rows["campaign_id"].isin(arms.index[arms == 2])]  # noqa: PLR2004 - treated and left alone
    return effect_of_calls(rows, level=level) if len(rows) else None


def effect_of_calls(rows: pd.DataFrame, *, level: float = 0.95) -> Calls:
    """What `courtesy_calls` says, from its rows.

    Parameters
    ----------
    rows : DataFrame
        `campaign_id`, each with both arms; `date`; `treat` (bool); `response` (1 or 0); `delivered` (bool, or missing
        where that is not known).
    """
    table = _by_campaign(rows)
    n, left = table["called"].to_numpy(), table["left_alone"].to_numpy()
    hits, hits_left = (table[name].to_numpy() for name in ("hits", "hits_left"))
    value, low, high = stratified_difference(n, hits, left, hits_left, level=level)
    window = tr("{first} to {last}", first=day(rows["date"].min()), last=day(rows["date"].max()))
    made: dict[str, Any] = {
        "n": len(rows),
        "level": level,
        "denominator": tr("customers in a courtesy call"),
        "window": window,
        "evidence": "experiment",
    }
    planned = Estimate(
        value=value, low=float(low), high=float(high), method=tr("difference within campaigns, by intention"), **made
    )
    known = bool(table["reached"].notna().all() and (table["reached"] > 0).any())
    got = rows["treat"] & rows["delivered"].astype("boolean").fillna(False).astype(bool)
    return Calls(
        table=table.drop(columns=["hits", "hits_left"]),
        planned=planned,
        reached=_reached(rows, got, made) if known else None,
        as_treated=float(rows.loc[got, "response"].mean() - rows.loc[~got, "response"].mean()) if known else None,
    )


def _rows(campaigns: Any, contacts: Any) -> pd.DataFrame:
    wanted = {"campaign_id", "programme", "randomised"} <= set(campaigns.columns)
    if not wanted:
        return pd.DataFrame()
    known = kept_frame(campaigns, ["campaign_id", "programme", "randomised"])
    chance = known["randomised"].astype("boolean").fillna(False).astype(bool)
    ids = known.loc[chance & (known["programme"] == "loyalty"), "campaign_id"]
    columns = ["campaign_id", "customer_id", "date", "arm", "response"]
    optional = [name for name in ("delivered", "channel") if name in contacts.columns]
    rows = kept_frame(contacts, [*columns, *optional])
    rows = rows[rows["campaign_id"].isin(ids)].dropna(subset=["arm", "response"])
    if "channel" in rows.columns:
        rows = rows[rows["channel"] == "phone"]
    if "delivered" not in rows.columns:
        rows["delivered"] = pd.NA
    return rows.assign(treat=rows["arm"] == "treat", response=rows["response"].astype(float))


def _by_campaign(rows: pd.DataFrame) -> pd.DataFrame:
    made = []
    for campaign, part in rows.groupby("campaign_id"):
        called, left = part[part["treat"]], part[~part["treat"]]
        reached = called["delivered"].astype("Float64").mean()
        made.append(
            {
                "campaign_id": campaign,
                "called": len(called),
                "left_alone": len(left),
                "reached": float(reached) if pd.notna(reached) else np.nan,
                "bought_called": called["response"].mean(),
                "bought_left_alone": left["response"].mean(),
                "hits": called["response"].sum(),
                "hits_left": left["response"].sum(),
            }
        )
    return pd.DataFrame(made)


def _reached(rows: pd.DataFrame, got: pd.Series, made: dict[str, Any]) -> Estimate:
    """Wald's ratio over campaigns; its error is that of response − τ · reached, over the share reached."""
    y, d = rows["response"].to_numpy(float), got.to_numpy(float)
    tau = _within(rows, y)[0] / _within(rows, d)[0]
    error = np.sqrt(_within(rows, y - tau * d)[1]) / _within(rows, d)[0]
    reach = float(norm.ppf((1 + made["level"]) / 2)) * float(error)
    method = tr("effect of calling over the share reached (Bloom), n reached: {n}", n=count(d.sum()))
    return Estimate(value=float(tau), low=float(tau) - reach, high=float(tau) + reach, method=method, **made)


def _within(rows: pd.DataFrame, values: np.ndarray) -> tuple[float, float]:
    """The difference of means within campaigns and its variance, weights n₁ n₀ / (n₁ + n₀)."""
    arms = [rows.assign(value=values)[rows["treat"] == arm].groupby("campaign_id")["value"] for arm in (True, False)]
    n, left = (arm.size().to_numpy(float) for arm in arms)
    weight = n * left / (n + left)
    weight /= weight.sum()
    difference = np.subtract(*(arm.mean().to_numpy(float) for arm in arms))
    variance = sum(np.nan_to_num(arm.var().to_numpy(float)) / arm.size().to_numpy(float) for arm in arms)
    return float(weight @ difference), float(weight**2 @ variance)
