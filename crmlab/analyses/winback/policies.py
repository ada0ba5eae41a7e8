"""What contacting these customers rather than those would have brought: off-policy values from a randomised campaign.

A policy says of every customer whether to contact them. Its value is what it brings beyond contacting nobody, in money
for each customer of the campaign. Because chance decided who was contacted, the value of *any* policy can be told
afterwards from the customers whose arm agrees with it:

    inverse propensity:  Γ = R·[contacted] / e − R·[left alone] / (1 − e),
    doubly robust:       Γ = r₁ − r₀ + [contacted] (R − r₁) / e − [left alone] (R − r₀) / (1 − e),

with R what the customer brought (value of a yes, less contact and offer), r₁ and r₀ what models that have not seen them
expect of it (Dudík, Langford and Li 2011; Athey and Wager 2021, Econometrica 89). The value is the mean of Γ over the
customers the policy contacts, times their share; two policies differ where they disagree, so their difference is
paired, and its interval narrower than either's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from crmlab.errors import ParameterError
from crmlab.language import mark

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOBODY, EVERYBODY = mark("nobody"), mark("everybody")
RISK, VALUE, RISK_VALUE = mark("risk"), mark("value"), mark("risk × value")
UPLIFT_VALUE, PAYING = mark("uplift × value"), mark("uplift × value, where it pays")
RANKINGS = (RISK, VALUE, RISK_VALUE, UPLIFT_VALUE)


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a contact costs: `contact` for everyone contacted, `offer` for each of them who says yes (0 or more)."""

    contact: float
    offer: float

    def __post_init__(self) -> None:
        """Refuse costs below zero."""
        if not (self.contact >= 0 and self.offer >= 0):
            raise ParameterError(f"costs are 0 or more: contact {self.contact:g}, offer {self.offer:g}")


def contact_profit(value: Vector, p0: Vector, p1: Vector, costs: Costs) -> Vector:
    """What contacting a customer is expected to bring: (p₁ − p₀)·V − contact − p₁·offer (Lemmens and Gupta 2020).

    V = 200, p₀ = .05, p₁ = .12, contact 4, offer 30: .07 · 200 − 4 − .12 · 30 = 6.40. To leave out p₀, as who counts
    responses does, gives .12 · 170 − 4 = 16.40.
    """
    return np.asarray((p1 - p0) * value - costs.contact - p1 * costs.offer)


def rankings(table: pd.DataFrame, scores: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    """The four scores customers are ranked by, largest first: one column each of `RANKINGS`, the index of `scores`.

    `risk` is the chance of a no when left alone; `value` that of `table`. `uplift × value` is the profit of a contact,
    with τ by class transformation and p₁ = p₀ + τ; it is not τ times V, which forgets that the offer is also taken by
    who would have said yes anyway.
    """
    value = table.loc[scores.index, "value"].to_numpy(dtype=np.float64)
    p0, tau = scores["p0"].to_numpy(), scores["tau"].to_numpy()
    p1 = np.clip(p0 + tau, 0, 1)
    columns = {
        RISK: 1 - p0,
        VALUE: value,
        RISK_VALUE: (1 - p0) * value,
        UPLIFT_VALUE: tau * value - costs.contact - p1 * costs.offer,
    }
    return pd.DataFrame(columns, index=scores.index)


def places(score: pd.Series, fold: pd.Series) -> Vector:
    """Each customer's place in the ranking of their fold, from just above 0 (first) to 1 (last); ties share a place.

    Within folds, because scores of different folds come from different models.
    """
    ranked = (-score).groupby(fold).rank(method="average", pct=True)
    return np.asarray(ranked.to_numpy(dtype=np.float64))


def policies(scored: pd.DataFrame, fold: pd.Series, *, depth: float, least: float = 0.0) -> pd.DataFrame:
    """Whom each policy contacts: one column of 0 and 1 each, with the index of `scored`.

    The four rankings contact the first `depth` of the customers; `where it pays` contacts those of the last ranking's
    first `depth` whose score lies above `least`.
    """
    if not 0 < depth <= 1:
        raise ParameterError(f"depth is {depth:g}: it is the share of customers contacted, above 0, at most 1")
    chosen: dict[str, Vector] = {
        NOBODY: np.zeros(len(scored)),
        EVERYBODY: np.ones(len(scored)),
        **{name: (places(scored[name], fold) <= depth).astype(float) for name in RANKINGS},
    }
    chosen[PAYING] = chosen[UPLIFT_VALUE] * (scored[UPLIFT_VALUE].to_numpy() > least)
    return pd.DataFrame(chosen, index=scored.index)


def gains(
    table: pd.DataFrame,
    scores: pd.DataFrame,
    costs: Costs,
    *,
    method: Literal["doubly robust", "inverse propensity"] = "doubly robust",
) -> Vector:
    """Γ of every customer scored: an unbiased, noisy reading of what contacting them brings.

    Parameters
    ----------
    table : DataFrame
        `treated`, `response` (bool) and `value`: what a yes is worth, known before the contact.
    scores : DataFrame
        Of some or all rows of `table`: `p0`, `p1` of models that have not seen the customer (not used by inverse
        propensity).
    costs : Costs
        Of a contact.
    method : str
        Which of the two.
    """
    rows = table.loc[scores.index]
    treated, response = (rows[name].to_numpy(dtype=bool) for name in ("treated", "response"))
    value, e = rows["value"].to_numpy(dtype=np.float64), treated.mean()
    brought = response * value - treated * (costs.contact + response * costs.offer)
    if method == "inverse propensity":
        return np.asarray(np.where(treated, brought / e, -brought / (1 - e)))
    r0 = scores["p0"].to_numpy() * value
    r1 = scores["p1"].to_numpy() * (value - costs.offer) - costs.contact
    return np.asarray(r1 - r0 + np.where(treated, (brought - r1) / e, -(brought - r0) / (1 - e)))


def extra_answers(table: pd.DataFrame, scores: pd.DataFrame) -> Vector:
    """Γ that counts answers instead of money: what a contact does to the yes of every customer scored."""
    return gains(table.assign(value=1.0), scores, Costs(contact=0, offer=0))


def policy_values(chosen: pd.DataFrame, gain: Vector, *, level: float = 0.95) -> pd.DataFrame:
    """The value of each policy beyond contacting nobody, in money for each customer of the campaign.

    Returns
    -------
    DataFrame
        `policy`, `contacted` (share), `value`, `low`, `high`.
    """
    rows = [
        {"policy": name, "contacted": float(chosen[name].mean()), **_mean(chosen[name].to_numpy() * gain, level)}
        for name in chosen
    ]
    return pd.DataFrame(rows)


def policy_differences(chosen: pd.DataFrame, gain: Vector, *, best: str, level: float = 0.95) -> pd.DataFrame:
    """What the policy `best` brings beyond each other one, paired: `against`, `value`, `low`, `high` (money, each)."""
    rows = [
        {"against": name, **_mean((chosen[best] - chosen[name]).to_numpy() * gain, level)}
        for name in chosen
        if name != best
    ]
    return pd.DataFrame(rows)


def depth_curve(
    scored: pd.DataFrame, fold: pd.Series, gain: Vector, *, steps: int = 20, level: float = 0.95
) -> pd.DataFrame:
    """Profit by how deep down each ranking customers are contacted: `ranking`, `depth`, `value`, `low`, `high`.

    The band holds for each depth by itself; the highest point, picked afterwards, promises too much.
    """
    rows: list[dict[str, object]] = []
    for name in RANKINGS:
        place = places(scored[name], fold)
        depths = [float(depth) for depth in np.linspace(0, 1, steps + 1)]
        rows += [{"ranking": name, "depth": one, **_mean((place <= one) * gain, level)} for one in depths]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Qini:
    """The Qini curve and its coefficient.

    Attributes
    ----------
    curve : DataFrame
        `depth` (share contacted, by the ranking), `gain` (extra answers for each customer of the campaign), `random`.
    value, low, high : float
        Area between the curve and the straight line of a random order, and its interval: answers for each customer.
    """

    curve: pd.DataFrame
    value: float
    low: float
    high: float


def qini(place: Vector, gain: Vector, *, steps: int = 20, level: float = 0.95) -> Qini:
    """How well a ranking puts those first whom a contact changes (Radcliffe 2007).

    With places r from 0 (first) to 1, the curve is C(u) = mean of Γ·[r ≤ u], the area under it the mean of Γ·(1 − r);
    less the half of the mean of Γ that a random order gives, that is the mean of Γ·(½ − r). Its standard error takes
    into account that places are themselves counted from the sample: each customer's influence is Γ·(½ − r) + C(r), up
    to a constant (Yadlowsky, Fleming, Shah, Brunskill and Wager 2025 treat such areas in general).
    """
    _, group, size = np.unique(place, return_inverse=True, return_counts=True)
    middle = (np.cumsum(size) - size / 2)[group] / place.size
    so_far = np.cumsum(np.bincount(group, weights=gain)) / place.size
    parts = (0.5 - middle) * gain + so_far[group]
    value = float(np.mean((0.5 - middle) * gain))
    error = float(parts.std(ddof=1) / np.sqrt(place.size))
    reach = float(norm.ppf((1 + level) / 2)) * error
    depth = np.linspace(0, 1, steps + 1)
    curve = pd.DataFrame(
        {
            "depth": depth,
            "gain": [float(np.mean((place <= one) * gain)) for one in depth],
            "random": depth * float(gain.mean()),
        }
    )
    return Qini(curve, value, value - reach, value + reach)


def _mean(values: Vector, level: float) -> Mapping[str, float]:
    value = float(values.mean())
    reach = float(norm.ppf((1 + level) / 2) * values.std(ddof=1) / np.sqrt(values.size))
    return {"value": value, "low": value - reach, "high": value + reach}
