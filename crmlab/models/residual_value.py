"""What customers will still bring: purchases to come, discounted, times margin, times what a purchase is worth."""

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, together
from crmlab.models.buying.base import BuyingModel
from crmlab.models.expectations import discounted_residual_purchases
from crmlab.models.spending.gamma_gamma import GammaGamma, expected_spend


def residual_value(
    buying: BuyingModel,
    spending: GammaGamma,
    customers: pd.DataFrame,
    *,
    horizon_days: float | None,
    margin: float,
    discount_rate_per_year: float,
) -> pd.Series:
    """Discounted contribution expected of each customer from now on, in the client's currency.

    Purchases, each discounted from its own time to today, times `margin`, times the customer's expected spend. What the
    customer brought before, the first purchase among it, is not in it. The index is that of `customers`.

    Parameters
    ----------
    buying, spending : BuyingModel, GammaGamma
        Fitted models, to these customers or to others like them.
    customers : DataFrame
        A customer summary: `repeats`, `t_x`, `T`, `mean_repeat_value`.
    horizon_days : float or None
        How far to look; None looks for ever, for which the rate has to be above 0.
    margin : float
        The share of revenue that is kept, above 0 and at most 1.
    discount_rate_per_year : float
        Effective annual rate; nominal where values are in the money of their day.

    Raises
    ------
    DataError
        If `customers` is no customer summary, or mean spend does not exist (q ≤ 1).
    ParameterError
        If an argument is out of range; all of them are named at once.

    References
    ----------
    Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4), eq. (4).
    """
    _check(horizon_days, margin, discount_rate_per_year)
    if horizon_days is None:
        purchases = discounted_residual_purchases(
            buying, customers, discount_rate_per_year=discount_rate_per_year
        ).to_numpy()
    else:
        of = buying.read(customers)
        if_alive = buying.purchases_if_alive(
            of, horizon_days=horizon_days, discount_rate_per_year=discount_rate_per_year
        )
        purchases = of.per_customer(buying.alive(of) * if_alive)
    value = margin * purchases * expected_spend(spending, customers).to_numpy()
    return pd.Series(value, index=customers.index, name="residual_value")


def _check(horizon_days: float | None, margin: float, discount_rate_per_year: float) -> None:
    least = "above 0, for there is no horizon" if horizon_days is None else "0 or more"
    high_enough = discount_rate_per_year > 0 or (discount_rate_per_year == 0 and horizon_days is not None)
    rules = [
        (horizon_days is None or 0 <= horizon_days < np.inf, f"horizon_days is {horizon_days}; it is 0 or more days"),
        (0 < margin <= 1, f"margin is {margin}; it is a share of revenue, above 0 and at most 1"),
        (
            high_enough and discount_rate_per_year < np.inf,
            f"discount_rate_per_year is {discount_rate_per_year}; it is {least}, 0.2 for 20 % a year",
        ),
    ]
    problems = [text for holds, text in rules if not holds]
    if problems:
        raise ParameterError(together("customers cannot be valued:", problems))
