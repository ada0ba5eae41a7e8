"""Who is likely to trade up, and what a step up would leave: propensity times headroom.

The propensity is a logit on the steps customers took before, tried on each customer's last step. The headroom is the
margin that the next tier in the category leaves beyond that of the good they have.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

from crmlab.analyses.growth.trading import TIERS, tier_days
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import day, tr
from crmlab.tables.kept import kept_frame
from crmlab.trials import stratified_difference

HIGHEST = len(TIERS) - 1
LEAST_STEPS = 100


@dataclass(frozen=True)
class Propensity:
    """Who trades up next.

    Attributes
    ----------
    tried : Estimate or None
        Of the third with the highest propensity the share who then rose, less that of the others, on last steps the
        model had not seen; None where too few could be tried.
    customers : DataFrame
        Customers whose last durable is not of the highest tier: `customer_id`, `product_id`, `tier` (place), `on`,
        `propensity`.
    """

    tried: Estimate | None
    customers: pd.DataFrame


def upgrade_propensity(sales: ibis.Table, products: ibis.Table, *, until: date) -> Propensity:
    """The chance that a customer's next durable is of a higher tier than the last.

    Raises
    ------
    DataError
        If fewer than 100 steps were taken by customers who could rise.
    """
    days = tier_days(sales, products)
    steps = _steps(days)
    can = steps["tier"] < HIGHEST
    known = steps[steps["next"].notna()]
    # Whose last step it is, is decided before anything of the step is looked at: of those who could rise the last would
    # be one that rose more often than not, for who does not rise can rise again.
    known = known.assign(is_last=known.groupby("customer_id").cumcount(ascending=False) == 0)
    taken = known[known["tier"] < HIGHEST]
    if len(taken) < LEAST_STEPS:
        raise DataError(
            f"only {len(taken)} steps from one durable to the next by customers who could rise: too few to learn who "
            f"trades up (at least {LEAST_STEPS})"
        )
    last = steps[can & steps["next"].isna()].reset_index(drop=True)
    model = _fit(taken)
    window = tr("{first} to {last}", first=day(days["date"].min()), last=day(until))
    return Propensity(
        tried=_tried(taken, window),
        customers=last.assign(propensity=_chance(model, last), on=last["date"])[
            ["customer_id", "product_id", "tier", "on", "propensity"]
        ],
    )


def steps_up(products: ibis.Table) -> pd.DataFrame:
    """`product_id`, `next_tier`, `headroom`: what a piece of the same kind one tier up would leave more.

    Within a category the mean margin rises from tier to tier by some factor; a product's headroom is its own margin
    times that factor less one. Products of the highest tier have no row, nor have those without prices, or of a
    category in which the next tier leaves no more.
    """
    wanted = ("product_id", "category", "tier", "list_price", "unit_cost")
    if missing := [name for name in wanted if name not in products.columns]:
        raise DataError(f"the products have no columns {', '.join(missing)}; without them no step up has a value")
    goods = kept_frame(products, list(wanted)).dropna()
    goods = goods[goods["tier"].isin(TIERS)]
    goods["tier"] = goods["tier"].map({name: place for place, name in enumerate(TIERS)}).astype(int)
    goods["margin"] = goods["list_price"].astype(float) - goods["unit_cost"].astype(float)
    mean = goods.groupby(["category", "tier"], as_index=False)["margin"].mean()
    above = mean.assign(tier=mean["tier"] - 1).merge(mean, on=["category", "tier"], suffixes=("_next", "_own"))
    both = goods.merge(above, on=["category", "tier"])
    both = both[both["margin"] > 0]
    both["headroom"] = both["margin"] * (both["margin_next"] / both["margin_own"] - 1)
    both["next_tier"] = [TIERS[place + 1] for place in both["tier"]]
    return both.loc[both["headroom"] > 0, ["product_id", "next_tier", "headroom"]].reset_index(drop=True)


def _steps(days: pd.DataFrame) -> pd.DataFrame:
    """Each day with a durable: what was known of the customer on it, and the tier of the next (NaN: none yet)."""
    by = days.groupby("customer_id")["tier"]
    return days.assign(next=by.shift(-1), so_far=by.cumcount() + 1, mean_tier=by.cumsum() / (by.cumcount() + 1))


def _design(steps: pd.DataFrame) -> NDArray[np.float64]:
    columns = (np.ones(len(steps)), steps["tier"] == 1, steps["mean_tier"], np.log(steps["so_far"]))
    return np.column_stack([np.asarray(one, dtype=float) for one in columns])


def _fit(steps: pd.DataFrame) -> NDArray[np.float64]:
    rose = (steps["next"] > steps["tier"]).to_numpy(dtype=float)
    # A ridge this small leaves the answer as it is, and gives one where a column does not vary.
    model = sm.GLM(rose, _design(steps), family=sm.families.Binomial())
    return np.asarray(model.fit_regularized(alpha=1e-6, L1_wt=0.0).params, dtype=float)


def _chance(fitted: NDArray[np.float64], steps: pd.DataFrame) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-_design(steps) @ fitted)), dtype=float)


def _tried(taken: pd.DataFrame, window: str) -> Estimate | None:
    """Fitted on all steps of a customer but the last, tried on the last; compared within a tier.

    Who has the lowest tier can only rise, and more of them do: that is arithmetic and no skill of the model.
    """
    train, test = taken[~taken["is_last"]], taken[taken["is_last"]]
    if min(len(train), len(test)) < LEAST_STEPS:
        return None
    test = test.assign(chance=_chance(_fit(train), test), rose=test["next"] > test["tier"])
    test["high"] = test.groupby("tier")["chance"].rank(pct=True) > 2 / 3
    counts = test.assign(
        n1=test["high"], n0=~test["high"], y1=test["high"] & test["rose"], y0=~test["high"] & test["rose"]
    )
    counts = counts.groupby("tier")[["n1", "y1", "n0", "y0"]].sum()
    counts = counts[(counts["n1"] > 0) & (counts["n0"] > 0)]
    if counts.empty:
        return None
    value, low, high = stratified_difference(*(counts[name].to_numpy(dtype=float) for name in counts))
    return Estimate(
        value=value,
        low=float(low),
        high=float(high),
        n=int(counts[["n1", "n0"]].to_numpy().sum()),
        level=0.95,
        method=tr("difference of shares within tiers (Mantel–Haenszel weights, Greenland–Robins variance)"),
        evidence="association",
        denominator=tr("customers' last steps that could go up"),
        window=window,
    )
