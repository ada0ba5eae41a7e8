"""What the total value rests on: one setting changed at a time, and what it does to the total."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.analyses.value.basis import days_of, span
from crmlab.analyses.value.expected import evenly_discounted, expected_value
from crmlab.analyses.value.fits import Fit
from crmlab.analyses.value.holdout import HoldOut
from crmlab.analyses.value.outlook import Outlook
from crmlab.language import percent, tr
from crmlab.models import expected_purchases, expected_spend

MARGIN_STEP = 0.05
RATE_STEP = 0.05
RATE_ASSUMED = 0.2  # tried where the client has named no rate, and called an assumption
COLUMNS = ["factor", "low_setting", "high_setting", "low", "high", "swing"]


@dataclass(frozen=True, kw_only=True)
class Tornado:
    """The total value and what changes it.

    Attributes
    ----------
    base : float
        The total as it stands.
    table : DataFrame
        One row a setting, the largest swing first: `factor`, `low_setting`, `high_setting` (text), `low`, `high` (the
        total under each, `low` ≤ `high`), `swing` (high − low).
    """

    base: float
    table: pd.DataFrame


def tornado(known: Outlook, fit: Fit, customers: pd.DataFrame, checked: HoldOut) -> Tornado:
    """Horizon, margin, discount rate, chance, the miss on the hold-out and spend that depends on frequency, each alone.

    A margin is varied only where one is given: value is proportional to it. Where no discount rate is given, one of
    20 % a year is tried and named an assumption.
    """
    rows = [
        _horizon(known, fit, customers),
        _margin(known),
        _rate(known, fit, customers),
        _chance(known),
        _missed(known, checked),
        _dependent_spend(known, fit, customers),
    ]
    table = pd.DataFrame([row for row in rows if row is not None], columns=COLUMNS[:-1])
    table["swing"] = table["high"] - table["low"]
    ordered = table.sort_values(["swing", "factor"], ascending=[False, True], ignore_index=True)
    return Tornado(base=known.total.value, table=ordered)


def _row(factor: str, one: tuple[str, float], other: tuple[str, float]) -> dict[str, str | float]:
    (low_setting, low), (high_setting, high) = sorted((one, other), key=lambda end: end[1])
    return {"factor": factor, "low_setting": low_setting, "high_setting": high_setting, "low": low, "high": high}


def _horizon(known: Outlook, fit: Fit, customers: pd.DataFrame) -> dict[str, str | float]:
    base = known.horizon_months
    shorter, longer = max(base // 2, 1), base + max(base // 2, 1)
    ends = [
        (
            span(months),
            known.total.value * _relative(known, fit, customers, months=months, rate=known.basis.discount),
        )
        for months in (shorter, longer)
    ]
    return _row(tr("horizon"), *ends)


def _margin(known: Outlook) -> dict[str, str | float] | None:
    margin = known.basis.margin_rate
    if not margin:
        return None
    ends = [
        (percent(rate), known.total.value * rate / margin)
        for rate in (max(margin - MARGIN_STEP, 0.0), min(margin + MARGIN_STEP, 1.0))
    ]
    return _row(tr("margin"), *ends)


def _rate(known: Outlook, fit: Fit, customers: pd.DataFrame) -> dict[str, str | float]:
    given = known.basis.discount_rate_per_year
    rates = (0.0, RATE_ASSUMED) if given is None else (max(given - RATE_STEP, 0.0), given + RATE_STEP)
    ends = [
        (
            tr("{rate} a year", rate=percent(rate)) if rate else tr("not discounted"),
            known.total.value * _relative(known, fit, customers, months=known.horizon_months, rate=rate),
        )
        for rate in rates
    ]
    return _row(tr("discount rate") if given is not None else tr("discount rate (assumed)"), *ends)


def _chance(known: Outlook) -> dict[str, str | float] | None:
    low, high = known.total.low, known.total.high
    if low is None or high is None:
        return None
    return _row(
        tr("chance, and doubt about the model's parameters"),
        (tr("lower end of the interval"), low),
        (tr("upper end of the interval"), high),
    )


def _missed(known: Outlook, checked: HoldOut) -> dict[str, str | float] | None:
    """The total, were the forecast as far off, and in the same direction, as it was on the hold-out."""
    score = checked.value
    told = score.naive if known.kind == "naive" or score.forecast is None else score.forecast.value
    if told <= 0:
        return None
    missed = (tr("as wrong as on the hold-out"), known.total.value * score.actual / told)
    return _row(tr("error of the forecast"), (tr("as forecast"), known.total.value), missed)


def _dependent_spend(known: Outlook, fit: Fit, customers: pd.DataFrame) -> dict[str, str | float] | None:
    """Gamma–Gamma against the model in which spend depends on frequency, where independence is rejected."""
    if known.kind != "model" or fit.buying is None or fit.spending is None or fit.other_spending is None:
        return None
    purchases = expected_purchases(fit.buying, customers, horizon_days=known.horizon_days)
    used, other = (
        float(np.sort((expected_spend(spending, customers) * purchases).to_numpy()).sum())
        for spending in (fit.spending, fit.other_spending)
    )
    ends = (tr("dependent on frequency"), tr("independent of it"))
    in_use, instead = ends if fit.dependent else ends[::-1]
    return _row(tr("spend"), (in_use, known.total.value), (instead, known.total.value * other / used))


def _relative(known: Outlook, fit: Fit, customers: pd.DataFrame, *, months: int, rate: float) -> float:
    """Total value at another horizon and rate, divided by that of `known`, from expectations."""
    if known.kind == "naive" or fit.buying is None or fit.spending is None:
        settings = ((months, rate), (known.horizon_months, known.basis.discount))
        one, base = (days_of(span) * evenly_discounted(days_of(span), each) for span, each in settings)
        return one / base
    values = [
        float(
            np.sort(
                expected_value(
                    fit.buying, fit.spending, customers, horizon_months=span, discount_rate_per_year=each
                ).to_numpy()
            ).sum()
        )
        for span, each in ((months, rate), (known.horizon_months, known.basis.discount))
    ]
    return values[0] / values[1]
