"""What a yes is worth, known before the contact; what the campaign did on average; and what other ways of growing cost.

A customer who comes back is worth what those who came back by themselves bought in the `horizon_days` from their return
on, at the customer's own usual amount; one who renews is worth the periods paid within those days, each later one being
reached with the chance to renew of those left alone. Both times the margin rate. What lies beyond the horizon counts
nothing, and nothing is discounted within it: on the short side, on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from crmlab.analyses.winback.breakeven import Arms
from crmlab.analyses.winback.policies import Costs
from crmlab.analyses.winback.trial import DAYS_PER_MONTH, Kind, Trial, has
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, day, tr
from crmlab.tables.kept import kept_frame
from crmlab.trials import difference_of_means, difference_of_shares

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What values are made of.

    Attributes
    ----------
    margin_rate : float
        Contribution margin as a share of revenue.
    horizon_days : int
        Days from the yes that count.
    purchases_after : float
        Purchases in those days of customers who came back by themselves, the return included.
    renewal : float
        The chance to renew of customers left alone.
    """

    margin_rate: float
    horizon_days: int
    purchases_after: float
    renewal: float

    def __post_init__(self) -> None:
        """Refuse a margin that is no share above zero."""
        if not 0 < self.margin_rate <= 1:
            raise ParameterError(f"margin_rate is {self.margin_rate:g}: it is a share of revenue, above 0, at most 1")

    def of(self, known: pd.DataFrame, kind: Kind) -> Vector:
        """The value of a yes of each customer, in money.

        Parameters
        ----------
        known : DataFrame
            As `known_before` has it: `spend`, and to save `price` and `period_months`.
        kind : {'save', 'win_back'}
            Which.
        """
        if kind == "win_back":
            return self.margin_rate * self.purchases_after * known["spend"].to_numpy(dtype=np.float64)
        months = known["period_months"].to_numpy(dtype=np.float64)
        periods = np.maximum(1, np.round(self.horizon_days / (DAYS_PER_MONTH * months)))
        # 1 + r + … + r^(periods − 1)
        paid = periods if self.renewal >= 1 else (1 - self.renewal**periods) / (1 - self.renewal)
        return self.margin_rate * known["price"].to_numpy(dtype=np.float64) * paid


def average_effect(trial: Trial, *, level: float = 0.95) -> Estimate:
    """p₁ − p₀: by how much a contact changed the share of yes."""
    arms = trial.arms
    return difference_of_shares(
        (arms.contacted_yes, arms.contacted),
        (arms.left_yes, arms.left),
        denominator=tr("customers of the campaign who may be contacted"),
        window=trial.window,
        level=level,
    )


def profit_seen(trial: Trial, *, margin_rate: float, level: float = 0.95) -> Estimate:
    """What a contact brought in margin of the days after it, less its cost, whatever the value of a yes is taken to be.

    The difference of the arms' means: it needs no model and no value, and is wide.
    """
    table = trial.table
    brought = margin_rate * table["revenue_after"].to_numpy() - table["cost"].to_numpy()
    treated = table["treated"].to_numpy(dtype=bool)
    return difference_of_means(
        brought[treated],
        brought[~treated],
        denominator=tr("customers of the campaign who may be contacted"),
        window=trial.window,
        level=level,
    )


def contact_profit_mean(arms: Arms, value: float, costs: Costs, *, level: float = 0.95) -> tuple[float, float, float]:
    """The mean profit of a contact at the value of a yes given, and its interval: (p₁ − p₀)·V − c − p₁·o."""
    v1, v0 = arms.variances
    mean = (arms.p1 - arms.p0) * value - costs.contact - arms.p1 * costs.offer
    reach = float(norm.ppf((1 + level) / 2) * np.sqrt((value - costs.offer) ** 2 * v1 + value**2 * v0))
    return mean, mean - reach, mean + reach


def cost_of_a_new_customer(
    tables: Mapping[str, ibis.Table], *, days: int = 365, level: float = 0.95
) -> Estimate | None:
    """What winning one new customer cost in the last `days` of demand costs; None where the client has no such table.

    Cost over customers, both summed; the interval follows from how months differ (ratio estimator). It is the average:
    the next customer costs more than that.
    """
    if not has(tables, {"demand_costs": ("month", "branch_id", "channel", "amount", "new_customers")}):
        return None
    rows = kept_frame(tables["demand_costs"], ["month", "branch_id", "channel", "amount", "new_customers"])
    rows = rows.assign(month=pd.to_datetime(rows["month"]), amount=rows["amount"].astype("float64"))
    rows = rows[rows["month"] > rows["month"].max() - pd.Timedelta(days=days)]
    # The customers of a cell stand beside each of its kinds of cost.
    won = rows.groupby(["month", "branch_id", "channel"])["new_customers"].max().groupby("month").sum()
    both = pd.DataFrame({"cost": rows.groupby("month")["amount"].sum(), "won": won.astype("float64")}).dropna()
    if len(both) < 3 or both["won"].sum() <= 0:  # noqa: PLR2004 - a spread over months needs some
        return None
    ratio = float(both["cost"].sum() / both["won"].sum())
    residual = (both["cost"] - ratio * both["won"]).to_numpy()
    reach = float(norm.ppf((1 + level) / 2) * residual.std(ddof=1) / np.sqrt(len(both)) / both["won"].mean())
    return Estimate(
        value=ratio,
        low=max(0.0, ratio - reach),
        high=ratio + reach,
        n=int(both["won"].sum()),
        level=level,
        method=tr("cost of the months over the customers they won, interval from {n} months", n=count(len(both))),
        denominator=tr("new customers"),
        window=tr("{first} to {last}", first=day(both.index.min().date()), last=day(both.index.max().date())),
    )
