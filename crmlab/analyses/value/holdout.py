"""The hold-out: the models see the first part of the history and forecast the last, beside a naive forecast.

The naive forecast is what anybody can do without a model: each customer buys again as often, and for as much, as in
the period of equal length before. First purchases do not count in either: they cannot happen again.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.value import log, scoring
from crmlab.analyses.value.fits import Fit, ModelName, TimeUnit, fit_both
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.models import Forecast, expected_purchases, expected_spend, forecast
from crmlab.summary import customer_summary

Verdict = Literal["better", "unclear", "loses", "no_model"]

TOP = 0.2  # whom a plan would single out: the fifth expected to be worth most


@dataclass(frozen=True, kw_only=True)
class Score:
    """A forecast of one quantity, the naive one, and what happened.

    Attributes
    ----------
    forecast : Estimate or None
        Total forecast by the model, with its prediction interval; None without a model.
    naive, actual : float
        The total of the period before, and what came.
    rmse, rmse_naive : float
        Root mean squared error per customer; `rmse` is NaN without a model.
    gain : Estimate or None
        Mean squared error of the naive forecast less that of the model; above zero the model is better.
    """

    forecast: Estimate | None
    naive: float
    actual: float
    rmse: float
    rmse_naive: float
    gain: Estimate | None

    @property
    def error(self) -> float:
        """The model's total less the actual one, as a share of it; NaN without a model or where nothing happened."""
        return scoring.total_error(self.forecast.value, self.actual) if self.forecast else float("nan")

    @property
    def naive_error(self) -> float:
        """The naive total less the actual one, as a share of it."""
        return scoring.total_error(self.naive, self.actual)

    @property
    def verdict(self) -> Verdict:
        """Whether the model beats the naive forecast.

        It loses where its error per customer is not the smaller one, or where the total that came lies outside its
        interval and the naive total was nearer. It is better where the gain per customer is beyond chance.
        """
        if self.forecast is None or self.gain is None:
            return "no_model"
        farther = abs(self.forecast.value - self.actual) >= abs(self.naive - self.actual)
        if self.gain.value <= 0 or (farther and not self.forecast.contains(self.actual)):
            return "loses"
        return "better" if self.gain.low is not None and self.gain.low > 0 else "unclear"


@dataclass(frozen=True, kw_only=True)
class HoldOut:
    """What was forecast for the last days of the history, and what came.

    Attributes
    ----------
    fit : Fit
        The models fitted to the days before.
    days : int
        Length of the hold-out.
    window : str
        Its days, in words.
    split : date
        The last day the models saw.
    known : DataFrame
        The customer summary they were fitted to.
    customers : DataFrame
        One row a customer known by `split`: `customer_id`, `purchases` and `value` (actual), `purchases_naive`,
        `value_naive`, `total_value` (before), and with a model `purchases_model`, `purchases_low`, `purchases_high`,
        `value_model`.
    purchases, value : Score
        In purchases, and in undiscounted revenue.
    covered : Estimate or None
        Share of customers whose number of purchases lies in their own prediction interval.
    groups : DataFrame
        Calibration groups as `scoring.calibration_groups` gives them; empty without a model.
    picks : DataFrame
        One row a way to choose the best fifth (`model`, `past_value`, `naive`): fields of `Estimate`, `value` being
        the share of the hold-out's value that those chosen brought; empty where nothing was bought.
    spend_gain : Estimate or None
        Squared error per customer of revenue with independent spend less that with dependent spend; None where
        independence was not rejected before the hold-out. Where it is below zero beyond chance, `fit` and all scores
        are those of independent spend: the one choice that the hold-out itself makes.
    """

    fit: Fit
    days: int
    window: str
    split: date
    known: pd.DataFrame
    customers: pd.DataFrame
    purchases: Score
    value: Score
    covered: Estimate | None
    groups: pd.DataFrame
    picks: pd.DataFrame
    spend_gain: Estimate | None = None

    @property
    def model(self) -> str | None:
        """The name of the model of buying that forecast; None if none could."""
        return self.fit.buying.name if self.fit.usable and self.fit.buying is not None else None

    @property
    def spend_worse(self) -> bool:
        """Whether spend that depends on frequency foresaw worse than independent spend, beyond chance."""
        return _below_zero(self.spend_gain)

    @property
    def verdict(self) -> Verdict:
        """The worse of the two verdicts, on purchases and on value."""
        order: tuple[Verdict, ...] = ("no_model", "loses", "unclear", "better")
        return min(self.purchases.verdict, self.value.verdict, key=order.index)

    @property
    def miss(self) -> Estimate:
        """Forecast less actual revenue, as a share of actual, of the forecast that is used: the naive one if need be.

        The interval is what the model's prediction interval left open; none for the naive forecast. NaN where nothing
        was bought.
        """
        told = self.value.forecast if self.verdict in ("better", "unclear") else None
        ends = (None, None) if told is None else (told.low, told.high)
        low, high = (None if end is None else scoring.total_error(end, self.value.actual) for end in ends)
        return Estimate(
            value=self.value.naive_error if told is None else self.value.error,
            low=low,
            high=high,
            n=len(self.customers),
            level=scoring.LEVEL,
            method=tr("the period before again, against what came")
            if told is None
            else tr("forecast of a model that had not seen these days, against what came"),
            denominator=tr("revenue from repeat purchases of customers known before the hold-out"),
            window=self.window,
        )


def hold_out(
    transactions: ibis.Table,
    *,
    observed_until: date,
    holdout_days: int,
    rng: np.random.Generator,
    model: ModelName = "BG/NBD",
    time_unit: TimeUnit = "week",
    n_draws: int = 1000,
) -> HoldOut:
    """Fit on all but the last `holdout_days`, forecast them for the customers known by then, and compare.

    Raises
    ------
    DataError
        If nobody was a customer before the hold-out began.
    """
    start, end = log.days_before(observed_until, holdout_days)
    split = start - timedelta(days=1)
    known = customer_summary(log.until_day(transactions, split), observed_until=split)
    fit = fit_both(known, model=model, time_unit=time_unit)
    customers = _with_outcomes(transactions, known, split, end)
    about = {"denominator": tr("customers known before the hold-out"), "window": log.period(start, end)}
    gain = _spend_gain(fit, known, customers, holdout_days, about)
    if _below_zero(gain):
        fit = fit.with_independent_spend()
    told = None
    if fit.buying is not None and fit.spending is not None and fit.usable:
        told = forecast(fit.buying, fit.spending, known, horizon_days=holdout_days, rng=rng, n_draws=n_draws)
        customers = customers.merge(_columns_of(told), on="customer_id", validate="one_to_one")
    return HoldOut(
        fit=fit,
        days=holdout_days,
        window=about["window"],
        split=split,
        known=known,
        customers=customers,
        purchases=_score(customers, "purchases", told.total_purchases if told else None, about),
        value=_score(customers, "value", told.total_value if told else None, about),
        covered=_covered(customers, about) if told else None,
        groups=scoring.calibration_groups(customers["purchases_model"], customers["purchases"])
        if told
        else pd.DataFrame(),
        picks=_picks(customers, about),
        spend_gain=gain,
    )


def naive_forecast(transactions: ibis.Table, customers: pd.DataFrame, *, until: date, days: int) -> pd.DataFrame:
    """Each customer's repeat purchases in the `days` days up to `until`, as a forecast for as many days to come.

    Returns
    -------
    DataFrame
        `customer_id` as in `customers`, `purchases` and `value`, 0 for who bought nothing again.
    """
    start, end = log.days_before(until, days)
    bought = log.repeat_purchases(transactions, start=start, end=end, known_by=until)
    return customers[["customer_id"]].merge(bought, on="customer_id", how="left").fillna({"purchases": 0, "value": 0.0})


def _with_outcomes(transactions: ibis.Table, known: pd.DataFrame, split: date, end: date) -> pd.DataFrame:
    """What each customer bought again after `split`, and in as many days before."""
    days = (end - split).days
    actual = log.repeat_purchases(transactions, start=split + timedelta(days=1), end=end, known_by=split)
    naive = naive_forecast(log.until_day(transactions, split), known, until=split, days=days)
    joined = known[["customer_id", "total_value"]].merge(actual, on="customer_id", how="left")
    joined = joined.fillna({"purchases": 0, "value": 0.0})
    return joined.merge(naive, on="customer_id", suffixes=("", "_naive"), validate="one_to_one")


def _spend_gain(
    fit: Fit, known: pd.DataFrame, customers: pd.DataFrame, days: int, about: dict[str, str]
) -> Estimate | None:
    """What dependent spend gains on the hold-out, by expectations; the interval is Student's on paired differences."""
    if not fit.usable or not fit.dependent or fit.buying is None or fit.independent is None or fit.spending is None:
        return None
    purchases = expected_purchases(fit.buying, known, horizon_days=days)
    ids = customers["customer_id"]
    dependent, independent = (
        pd.Series((purchases * expected_spend(spending, known)).to_numpy(), index=known["customer_id"]).loc[ids]
        for spending in (fit.spending, fit.independent)
    )
    return scoring.squared_error_gain(dependent, independent, customers["value"], about=about)


def _below_zero(gain: Estimate | None) -> bool:
    return gain is not None and gain.high is not None and gain.high < 0


def _columns_of(told: Forecast) -> pd.DataFrame:
    names = ["customer_id", "purchases", "purchases_low", "purchases_high", "value"]
    return told.customers[names].rename(columns={"purchases": "purchases_model", "value": "value_model"})


def _score(customers: pd.DataFrame, name: str, total: Estimate | None, about: dict[str, str]) -> Score:
    actual, naive = customers[name], customers[f"{name}_naive"]
    model = customers[f"{name}_model"] if total else None
    return Score(
        forecast=total,
        naive=_total(naive),
        actual=_total(actual),
        rmse=float("nan") if model is None else scoring.root_mean_square(model, actual),
        rmse_naive=scoring.root_mean_square(naive, actual),
        gain=None if model is None else scoring.squared_error_gain(model, naive, actual, about=about),
    )


def _covered(customers: pd.DataFrame, about: dict[str, str]) -> Estimate:
    return scoring.covered(customers["purchases_low"], customers["purchases_high"], customers["purchases"], about=about)


def _picks(customers: pd.DataFrame, about: dict[str, str]) -> pd.DataFrame:
    """Who would have been chosen by the model, by past value, by the naive forecast, and what they brought."""
    scores = {"model": "value_model", "past_value": "total_value", "naive": "value_naive"}
    if _total(customers["value"]) <= 0:
        return pd.DataFrame()
    rows = []
    for way, column in scores.items():
        if column in customers:
            chosen = scoring.picked(customers[column], TOP)
            rows.append({"picked_by": way, **vars(scoring.picked_share(chosen, customers["value"], about=about))})
    return pd.DataFrame(rows)


def _total(values: pd.Series) -> float:
    return float(np.sort(values.to_numpy(dtype=np.float64)).sum())
