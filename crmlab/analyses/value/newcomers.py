"""What a new customer is worth over the horizon: the most that may be spent to win one.

Twice, by ways that share nothing: what customers who joined long enough ago really brought, and what the models
expect of somebody who joins tomorrow.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.analyses.value import log, scoring
from crmlab.analyses.value.basis import Basis, days_of
from crmlab.analyses.value.expected import discounted, newcomer_spend
from crmlab.analyses.value.fits import Fit
from crmlab.estimate import Estimate, Evidence
from crmlab.language import count, tr, trn
from crmlab.models import BuyingModel, GammaGamma, expected_purchases_new_customer

FEWEST_OBSERVED = 30
DAYS_TO_OPEN = 30
"""Who is first seen in the first 30 days of the log may be an old customer: such a log opens on a business at work."""

ASSUMED_MARGINS = (0.1, 0.2, 0.3, 0.4, 0.5)
STEP = 1e-4  # of a parameter's logarithm, for a numerical derivative


@dataclass(frozen=True, kw_only=True)
class NewCustomer:
    """The value of a new customer, first purchase included, over the horizon.

    Attributes
    ----------
    observed : Estimate or None
        Mean over the customers who were observed for the whole horizon; None with fewer than 30 of them.
    expected : Estimate or None
        By the models; None where they may not be used. Its interval covers doubt about the parameters and about the
        mean first purchase.
    first_purchase : float
        Mean value of a first purchase.
    basis : Basis
    horizon_months : int
    """

    observed: Estimate | None
    expected: Estimate | None
    first_purchase: float
    basis: Basis
    horizon_months: int

    @property
    def ceiling(self) -> Estimate | None:
        """The one to plan with: what was observed where it was, else what the models expect, else None."""
        return self.observed or self.expected


def new_customer(
    transactions: ibis.Table,
    fit: Fit,
    basis: Basis,
    *,
    observed_until: date,
    horizon_months: int,
    use_models: bool = True,
) -> NewCustomer:
    """What a customer brings in the first purchase and in `horizon_months` after it.

    Customers first seen in the first 30 days of the log are left out: they may be old ones. `use_models` False leaves
    the models out, whatever they say: they lost on the hold-out.
    """
    firsts = log.first_period_values(transactions, days=0, observed_until=observed_until, discount_rate_per_year=0.0)
    firsts = _after_opening(firsts)
    values = log.first_period_values(
        transactions,
        days=days_of(horizon_months),
        observed_until=observed_until,
        discount_rate_per_year=basis.discount,
    )
    values = values[values["customer_id"].isin(firsts["customer_id"])]
    expected = None
    if use_models and fit.usable and fit.buying is not None and fit.spending is not None and len(firsts):
        first_values = firsts["value"].to_numpy(dtype=np.float64)
        expected = _expected(fit.buying, fit.spending, first_values, basis, horizon_months)
    return NewCustomer(
        observed=_observed(values, basis, horizon_months) if len(values) >= FEWEST_OBSERVED else None,
        expected=expected,
        first_purchase=scoring.mean_of(firsts["value"]) * basis.multiplier if len(firsts) else math.nan,
        basis=basis,
        horizon_months=horizon_months,
    )


def ceilings(known: NewCustomer, margins: Sequence[float] = ASSUMED_MARGINS) -> pd.DataFrame:
    """The most to spend on winning a customer: at the client's margin, or else at each of `margins`, assumed.

    Returns
    -------
    DataFrame
        `margin`, `value`, `low`, `high` (NaN without an interval); no row where a new customer's value is not known.
    """
    worth, own = known.ceiling, known.basis.margin_rate
    if worth is None:
        return pd.DataFrame(columns=["margin", "value", "low", "high"])
    low, high = (math.nan if end is None else end for end in (worth.low, worth.high))
    if own is not None:
        return pd.DataFrame([{"margin": own, "value": worth.value, "low": low, "high": high}])
    ends = {"value": worth.value, "low": low, "high": high}
    return pd.DataFrame([{"margin": rate, **{name: rate * end for name, end in ends.items()}} for rate in margins])


def _after_opening(firsts: pd.DataFrame) -> pd.DataFrame:
    if firsts.empty:
        return firsts
    opened = pd.Timestamp(firsts["first_day"].min()) + pd.Timedelta(days=DAYS_TO_OPEN)
    return firsts[pd.to_datetime(firsts["first_day"]) >= opened]


def _observed(values: pd.DataFrame, basis: Basis, months: int) -> Estimate:
    joined = log.period(values["first_day"].min(), values["first_day"].max())
    return _estimate(
        scoring.mean_interval(values["value"] * basis.multiplier),
        months,
        n=len(values),
        method=tr("mean, Student's interval"),
        denominator=tr("customers observed for the whole horizon, who joined from {window}", window=joined),
    )


def _expected(buying: BuyingModel, spending: GammaGamma, firsts: np.ndarray, basis: Basis, months: int) -> Estimate:
    def purchases(model: BuyingModel) -> float:
        def by_day(days: float) -> float:
            return float(np.asarray(expected_purchases_new_customer(model, days=np.array([days])))[0])

        return discounted(by_day, 0.0, months, basis.discount)

    def spend_of(model: GammaGamma) -> float:
        return newcomer_spend(buying, model, days_of(months))

    count, spend = purchases(buying), spend_of(spending)
    first, low, _ = scoring.mean_interval(firsts)
    z = float(norm.ppf((1 + scoring.LEVEL) / 2))
    of_first = 0.0 if math.isnan(low) else (first - low) / z
    relative = math.hypot(_relative_error(buying, purchases), _relative_error(spending, spend_of))
    reach = z * math.hypot(of_first, count * spend * relative)
    value = first + count * spend
    ends = tuple(basis.multiplier * end for end in (value, max(value - reach, 0.0), value + reach))
    method = tr("mean first purchase, plus {model} purchases × Gamma–Gamma spend; delta method", model=buying.name)
    of = tr("customers the models were fitted to")
    return _estimate(ends, months, n=buying.n_customers, method=method, denominator=of, evidence="model")


def _relative_error(model: BuyingModel | GammaGamma, of: Callable[..., float]) -> float:
    """Standard error of the logarithm of `of(model)`, by the delta method on the logarithms of the parameters."""
    names = list(model.params)
    values = np.array([model.params[name] for name in names])
    covariance = model.covariance.loc[names, names].to_numpy(dtype=np.float64) / np.outer(values, values)
    if not np.isfinite(covariance).all():
        return math.nan
    slopes = [_slope(model, name, of) for name in names]
    return math.sqrt(max(float(slopes @ covariance @ np.array(slopes)), 0.0))


def _slope(model: BuyingModel | GammaGamma, name: str, of: Callable[..., float]) -> float:
    up, down = (
        of(replace(model, params={**model.params, name: model.params[name] * math.exp(side)})) for side in (STEP, -STEP)
    )
    return (math.log(up) - math.log(down)) / (2 * STEP)


def _estimate(
    ends: tuple[float, ...], months: int, *, n: int, method: str, denominator: str, evidence: Evidence = "description"
) -> Estimate:
    value, low, high = ends
    known = not (math.isnan(low) or math.isnan(high))
    return Estimate(
        value=value,
        low=low if known else None,
        high=high if known else None,
        n=n,
        level=scoring.LEVEL,
        method=method,
        evidence=evidence,
        denominator=denominator,
        window=trn(
            months,
            "the month after a customer's first purchase",
            "the {months} months after a customer's first purchase",
            months=count(months),
        ),
    )
