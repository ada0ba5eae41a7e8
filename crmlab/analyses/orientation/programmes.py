"""The four types of programme: what each costs, and what it changes where chance decided who was left alone.

Campaigns of one type differ in how many customers they left alone and in how often customers respond anyway, so their
arms are not thrown together: the effect is the difference of shares weighted over campaigns
(`trials.stratified_difference`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.tables.kept import kept_frame
from crmlab.trials import stratified_difference

PROGRAMMES = (mark("prospecting"), mark("loyalty"), mark("growth"), mark("win_back_or_save"))
TREAT, LEFT_ALONE = "treat", "do_nothing"


@dataclass(frozen=True)
class Programme:
    """One type of programme.

    Attributes
    ----------
    programme : str
        Of `PROGRAMMES`.
    campaigns, contacted : int
        Its campaigns, and the customers approached in them (once for each campaign).
    cost : float
        What it cost: fixed costs and contacts, in the client's currency.
    share_of_budget : float
        Of what all programmes cost.
    compared : int
        Campaigns in which chance left customers alone, so that an effect can be told.
    effect : Estimate or None
        Responses more (or fewer) among those approached, as a difference of shares; None where none compares.
    cost_per_extra : float or None
        What one extra response cost; None where the interval of the effect does not lie above zero.
    """

    programme: str
    campaigns: int
    contacted: int
    cost: float
    share_of_budget: float
    compared: int
    effect: Estimate | None
    cost_per_extra: float | None


def programmes(campaigns: Any, contacts: Any, *, window: str, level: float = 0.95) -> tuple[Programme, ...]:
    """Each type of programme the client has run, in the order of `PROGRAMMES`.

    Parameters
    ----------
    campaigns, contacts : Ibis tables
        The clean tables of those names; rows left out are not used.
    window : str
        The dates the campaigns lie in, for people.
    level : float
        Of the intervals.
    """
    plans = _columns(campaigns, ["campaign_id", "programme", "fixed_cost", "randomised"])
    made = _columns(contacts, ["campaign_id", "arm", "response", "cost"])
    arms = made.assign(treated=made["arm"] == TREAT, cost=made["cost"].astype("float64").fillna(0))
    by_campaign = pd.DataFrame([{"campaign_id": name, **_arms(rows)} for name, rows in arms.groupby("campaign_id")])
    both = plans.merge(by_campaign, on="campaign_id", how="left")
    both["cost"] = both["fixed_cost"].astype("float64").fillna(0) + both["contacts_cost"].fillna(0)
    return tuple(_programmes(both, window, level))


def _columns(table: Any, columns: list[str]) -> pd.DataFrame:
    have = [name for name in columns if name in table.columns]
    return kept_frame(table, have).reindex(columns=columns)


def _arms(rows: pd.DataFrame) -> dict[str, float]:
    treated, response = rows["treated"].to_numpy(dtype=bool), rows["response"].to_numpy(dtype=bool)
    return {
        "treated": treated.sum(),
        "responded": response[treated].sum(),
        "left": (~treated).sum(),
        "responded_left": response[~treated].sum(),
        "contacts_cost": rows["cost"].sum(),
    }


def _programmes(campaigns: pd.DataFrame, window: str, level: float) -> Iterator[Programme]:
    total = campaigns["cost"].sum()
    for name in PROGRAMMES:
        own = campaigns[campaigns["programme"] == name]
        if own.empty:
            continue
        chance = own["randomised"].fillna(False).astype(bool)
        compared = own[chance & (own["treated"] > 0) & (own["left"] > 0)]
        effect = _effect(compared, window, level) if len(compared) else None
        yield Programme(
            programme=name,
            campaigns=len(own),
            contacted=int(own["treated"].sum()),
            cost=float(own["cost"].sum()),
            share_of_budget=float(own["cost"].sum() / total) if total else float("nan"),
            compared=len(compared),
            effect=effect,
            cost_per_extra=_cost_per_extra(compared, effect),
        )


def _effect(compared: pd.DataFrame, window: str, level: float) -> Estimate:
    counts = [compared[name].to_numpy(dtype=float) for name in ("treated", "responded", "left", "responded_left")]
    value, low, high = stratified_difference(*counts, level=level)
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=int(counts[0].sum() + counts[2].sum()),
        level=level,
        method=tr("difference of shares weighted over campaigns (Mantel and Haenszel)"),
        evidence="experiment",
        denominator=tr("customers in campaigns where chance decided who was left alone"),
        window=window,
    )


def _cost_per_extra(compared: pd.DataFrame, effect: Estimate | None) -> float | None:
    if effect is None or effect.low is None or effect.low <= 0:
        return None
    return float(compared["cost"].sum() / compared["treated"].sum() / effect.value)
