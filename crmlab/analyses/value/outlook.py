"""What each customer and all of them are expected to bring over the horizon, by the models or without them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.value.basis import Basis, days_of
from crmlab.analyses.value.expected import evenly_discounted
from crmlab.analyses.value.fits import Fit
from crmlab.analyses.value.holdout import HoldOut, naive_forecast
from crmlab.estimate import Estimate
from crmlab.language import count, mark, tr, trn
from crmlab.models import Forecast, forecast

Kind = Literal["model", "naive"]

COLUMNS = (
    "customer_id",
    "purchases",
    mark("purchases_low"),
    mark("purchases_high"),
    "value",
    mark("value_low"),
    mark("value_high"),
    "p_alive",
)
POINTS_OF_FAN = 4
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The forecast a report may stand on.

    Attributes
    ----------
    kind : str
        `model`, or `naive` where the models failed or lost to the naive forecast on the hold-out.
    demoted : bool
        Whether the models could be fitted but lost.
    customers : DataFrame
        One row a customer: `customer_id`, `purchases`, `purchases_low`, `purchases_high`, `value`, `value_low`,
        `value_high` (in the terms of `basis`), `p_alive`, and `value_so_far`, `repeats` from the log. Intervals are
        prediction intervals; they and `p_alive` are NaN where `kind` is `naive`.
    total, purchases : Estimate
        Value and purchases of all of them together; without interval where `kind` is `naive`.
    buyers : Estimate or None
        How many buy at least once; None where `kind` is `naive`.
    basis : Basis
    horizon_months, horizon_days : int
    """

    kind: Kind
    demoted: bool
    customers: pd.DataFrame
    total: Estimate
    purchases: Estimate
    buyers: Estimate | None
    basis: Basis
    horizon_months: int

    @property
    def horizon_days(self) -> int:
        """The horizon in days."""
        return days_of(self.horizon_months)


def outlook(
    transactions: ibis.Table,
    customers: pd.DataFrame,
    fit: Fit,
    checked: HoldOut,
    basis: Basis,
    *,
    observed_until: date,
    horizon_months: int,
    rng: np.random.Generator,
    n_draws: int = 1000,
) -> Outlook:
    """The forecast for `horizon_months`: the models' where they may be used and did not lose, else the naive one.

    Parameters
    ----------
    customers : DataFrame
        The customer summary of all of `transactions`.
    fit, checked : Fit, HoldOut
        The models fitted to `customers`, and how models of the same kind did on the hold-out.
    rng : numpy.random.Generator
        Behind the draws of the prediction intervals.
    """
    so_far = customers[["customer_id", "repeats"]].assign(value_so_far=customers["total_value"])
    if not fit.usable or checked.verdict in ("loses", "no_model"):
        again = _again(transactions, customers, observed_until, days_of(horizon_months), basis)
        table = again.merge(so_far, on="customer_id", validate="one_to_one")
        return _naive(table, basis, horizon_months, demoted=fit.usable and checked.verdict == "loses")
    draw = _Draws(rng, n_draws)
    told = draw.forecast(fit, customers, basis, days_of(horizon_months))
    money = ["value", "value_low", "value_high"]
    table = told.customers.merge(so_far, on="customer_id", validate="one_to_one")
    table[money] = table[money] * basis.multiplier
    return Outlook(
        kind="model",
        demoted=False,
        customers=table[[*COLUMNS, "value_so_far", "repeats"]],
        total=_placed(_times(told.total_value, basis.multiplier), horizon_months),
        purchases=_placed(told.total_purchases, horizon_months),
        buyers=_placed(told.buyers, horizon_months),
        basis=basis,
        horizon_months=horizon_months,
    )


def fan(
    fit: Fit,
    customers: pd.DataFrame,
    known: Outlook,
    *,
    rng: np.random.Generator,
    n_draws: int = 1000,
) -> pd.DataFrame:
    """The value of all customers up to a quarter, half, three quarters and all of the horizon of `known`.

    Returns
    -------
    DataFrame
        `months`, `value`, `low`, `high`, beginning with 0 months; empty where `known` is not by the models.
    """
    if known.kind != "model":
        return pd.DataFrame(columns=["months", "value", "low", "high"])
    steps = np.linspace(0, known.horizon_months, POINTS_OF_FAN + 1)[1:-1]
    months = [int(month) for month in np.unique(np.ceil(steps)) if month < known.horizon_months]
    rows = [(0, 0.0, 0.0, 0.0)]
    for month, child in zip(months, rng.spawn(len(months)), strict=True):
        told = _Draws(child, n_draws).forecast(fit, customers, known.basis, days_of(month))
        rows.append(_point(month, _times(told.total_value, known.basis.multiplier)))
    rows.append(_point(known.horizon_months, known.total))
    return pd.DataFrame(rows, columns=["months", "value", "low", "high"])


@dataclass(frozen=True)
class _Draws:
    rng: np.random.Generator
    n_draws: int

    def forecast(self, fit: Fit, customers: pd.DataFrame, basis: Basis, days: int) -> Forecast:
        if fit.buying is None or fit.spending is None:
            raise ValueError("there is no fit to forecast with; ask fit.usable first")
        return forecast(
            fit.buying,
            fit.spending,
            customers,
            horizon_days=days,
            rng=self.rng,
            n_draws=self.n_draws,
            discount_rate_per_year=basis.discount,
        )


def _again(transactions: ibis.Table, customers: pd.DataFrame, until: date, days: int, basis: Basis) -> pd.DataFrame:
    """Every customer again as in the last period as long as the horizon, or in the whole history if it is shorter."""
    seen = max(min(days, int(customers["T"].max())), 1)
    again = naive_forecast(transactions, customers, until=until, days=seen)
    again["purchases"] *= days / seen
    again["value"] *= days / seen * basis.multiplier * evenly_discounted(days, basis.discount)
    return again


def _naive(table: pd.DataFrame, basis: Basis, horizon_months: int, *, demoted: bool) -> Outlook:
    ends = ("purchases_low", "purchases_high", "value_low", "value_high", "p_alive")
    return Outlook(
        kind="naive",
        demoted=demoted,
        customers=table.assign(**dict.fromkeys(ends, np.nan))[[*COLUMNS, "value_so_far", "repeats"]],
        total=_plain_total(table["value"], horizon_months),
        purchases=_plain_total(table["purchases"], horizon_months),
        buyers=None,
        basis=basis,
        horizon_months=horizon_months,
    )


def _plain_total(values: pd.Series, months: int) -> Estimate:
    total = float(np.sort(values.to_numpy(dtype=np.float64)).sum())
    method = tr("the same as in the period before; a forecast of this kind has no interval")
    about = _about(months)
    return Estimate(
        value=total,
        low=None,
        high=None,
        n=len(values),
        level=LEVEL,
        method=method,
        evidence="model",
        denominator=about["denominator"],
        window=about["window"],
    )


def _placed(estimate: Estimate, months: int) -> Estimate:
    about = _about(months)
    return replace(estimate, denominator=about["denominator"], window=about["window"])


def _about(months: int) -> dict[str, str]:
    return {
        "denominator": tr("customers with a purchase up to the end of observation"),
        "window": trn(months, "the month after it", "the {months} months after it", months=count(months)),
    }


def _times(estimate: Estimate, factor: float) -> Estimate:
    low, high = (None if end is None else end * factor for end in (estimate.low, estimate.high))
    return replace(estimate, value=estimate.value * factor, low=low, high=high)


def _point(month: int, total: Estimate) -> tuple[int, float, float, float]:
    low, high = (float("nan") if end is None else end for end in (total.low, total.high))
    return month, total.value, low, high
