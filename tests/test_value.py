"""Customer value: formulas and scores worked by hand, published values, what must always hold, and failed fits."""

import math
from dataclasses import replace
from datetime import date
from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import suite
from crmlab.analyses import value as v
from crmlab.analyses.value import log as logs
from crmlab.analyses.value import scoring
from crmlab.analyses.value.expected import evenly_discounted
from crmlab.client import Client, Economics
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.findings import Refusal
from crmlab.gates import require
from crmlab.models import expected_purchases_new_customer, fit_bgnbd
from crmlab.simulate import bgnbd_histories
from crmlab.summary import customer_summary
from crmlab.tables.frame import clean_table

CDNOW = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
UNTIL = date(1998, 6, 30)
ABOUT = {"denominator": "customers", "window": "1998"}
DRAWS = 200
NOTHING_SAID = v.Basis(currency="USD")


def rng(seed: int = 20) -> np.random.Generator:
    return np.random.default_rng(seed)


def log_of(*rows: tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


def estimate(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=100, level=0.95, method="m", denominator="d", window="w")


@cache
def cdnow_frame() -> pd.DataFrame:
    frame = pd.read_csv(CDNOW, dtype={"customer_id": str, "sample_id": str}, parse_dates=["date"])
    return frame[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def cdnow() -> ibis.Table:
    return clean_table(cdnow_frame())


@pytest.fixture(scope="module")
def cdnow_customers(cdnow: ibis.Table) -> pd.DataFrame:
    return customer_summary(cdnow, observed_until=UNTIL)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow_customers: pd.DataFrame) -> v.Fit:
    return v.fit_both(cdnow_customers)


@pytest.fixture(scope="module")
def cdnow_checked(cdnow: ibis.Table) -> v.HoldOut:
    """The papers' split: 39 weeks to learn from, 39 to forecast."""
    return v.hold_out(cdnow, observed_until=UNTIL, holdout_days=273, rng=rng(), n_draws=DRAWS)


def outlook_of(
    sales: ibis.Table, customers: pd.DataFrame, fit: v.Fit, checked: v.HoldOut, basis: v.Basis = NOTHING_SAID
) -> v.Outlook:
    return v.outlook(
        sales, customers, fit, checked, basis, observed_until=UNTIL, horizon_months=12, rng=rng(), n_draws=DRAWS
    )


@pytest.fixture(scope="module")
def cdnow_outlook(
    cdnow: ibis.Table, cdnow_customers: pd.DataFrame, cdnow_fit: v.Fit, cdnow_checked: v.HoldOut
) -> v.Outlook:
    return outlook_of(cdnow, cdnow_customers, cdnow_fit, cdnow_checked)


# --- formulas by hand ------------------------------------------------------------------------------------------


def test_the_formula_for_contracts_by_hand() -> None:
    # 100 · 0.8 / (1 + 0.1 − 0.8) = 80 / 0.3 = 266.67; with the margin of today 366.67.
    assert v.contract_value(100, 0.8, 0.1) == pytest.approx(266.67, abs=0.005)
    assert v.contract_value(100, 0.8, 0.1, today=True) == pytest.approx(366.67, abs=0.005)


def test_the_formula_for_contracts_is_the_sum_of_its_years() -> None:
    years = np.arange(1, 2000)
    assert v.contract_value(100, 0.8, 0.1) == pytest.approx(float((100 * 0.8**years / 1.1**years).sum()))


@pytest.mark.parametrize(("retention", "discount"), [(1.2, 0.1), (-0.1, 0.1), (0.8, -0.1), (1.0, 0.0)])
def test_a_contract_that_never_ends_has_no_value(retention: float, discount: float) -> None:
    with pytest.raises(ParameterError, match="no finite value"):
        v.contract_value(100, retention, discount)


def summary_of(*rows: tuple[int, int, int, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["repeats", "t_x", "T", "total_value"])
    return table.assign(
        customer_id=[f"c{row}" for row in range(len(table))],
        days_since_last=table["T"] - table["t_x"],
        mean_repeat_value=np.where(table["repeats"] > 0, 10.0, np.nan),
    )


def test_the_naive_formula_by_hand() -> None:
    # Two customers seen for 4 years each: 5 orders worth 80, so 16 an order and 5 / 8 orders a year. First to last
    # purchase: 4 and 0 years, 2 on average: 16 · 0.625 · 2 = 20. First purchase to today: 4 years: 40.
    found = v.naive_value(summary_of((3, 1461, 1461, 60.0), (0, 0, 1461, 20.0)))
    assert (found.average_order, found.orders_per_year) == (16, 0.625)
    assert found.table["value"].tolist() == pytest.approx([20, 40])
    assert (found.retention, found.known, found.spread) == (None, 2, 2)


def test_yearly_retention_by_hand() -> None:
    # 40 known for a year, 30 of them bought in the last one: .75, and a lifetime of 1 / .25 = 4 years.
    rows = [(1, 700, 800, 10.0)] * 30 + [(1, 300, 800, 10.0)] * 10 + [(1, 5, 30, 10.0)]
    found = v.naive_value(summary_of(*rows))
    assert (found.retention, found.known) == (0.75, 40)
    assert found.table.set_index("lifetime").loc["churn", "years"] == pytest.approx(4)


def test_a_naive_value_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="above zero"):
        v.naive_value(summary_of((0, 0, 0, 5.0)))
    with pytest.raises(DataError, match="above zero"):
        v.naive_value(summary_of((1, 5, 10, -5.0)))


def test_value_that_comes_evenly_is_discounted_by_the_mean_factor() -> None:
    days = np.linspace(0, 730.5, 100_001)
    assert evenly_discounted(730.5, 0.2) == pytest.approx(float((1.2 ** (-days / 365.25)).mean()), abs=1e-5)
    assert evenly_discounted(730.5, 0.0) == 1


# --- terms of value --------------------------------------------------------------------------------------------


def test_terms_come_from_the_parameters_then_from_the_client_then_from_nowhere() -> None:
    said = Economics(margin_rate=0.3, discount_rate_per_year=0.1, discount_rate_kind="real", supplied_by="finance")
    assert v.basis(Economics(), "EUR") == v.Basis(currency="EUR")
    own = v.basis(said, "EUR")
    assert (own.margin_rate, own.discount, own.discount_rate_kind, own.supplied_by) == (0.3, 0.1, "real", "finance")
    told = v.basis(said, "EUR", margin_rate=0.5, discount_rate_per_year=0.2, discount_rate_kind="nominal")
    assert (told.margin_rate, told.discount, told.discount_rate_kind, told.supplied_by) == (0.5, 0.2, "nominal", None)


@pytest.mark.parametrize(
    ("margin", "rate", "kind", "label"),
    [
        (None, None, None, "undiscounted revenue"),
        (0.3, None, None, "undiscounted margin"),
        (None, 0.1, "real", "revenue discounted at a real 10.0 % a year"),
        (None, 0.1, "nominal", "revenue discounted at a nominal 10.0 % a year"),
        (0.3, 0.1, "real", "margin discounted at a real 10.0 % a year"),
        (0.3, 0.1, "nominal", "margin discounted at a nominal 10.0 % a year"),
        (0.3, 0.1, None, "margin discounted at 10.0 % a year (whether nominal or real was not said)"),
        (None, 0.1, None, "revenue discounted at 10.0 % a year (whether nominal or real was not said)"),
    ],
)
def test_every_value_says_in_what_terms_it_is(
    margin: float | None, rate: float | None, kind: str | None, label: str
) -> None:
    terms = v.Basis(currency="EUR", margin_rate=margin, discount_rate_per_year=rate, discount_rate_kind=kind)
    assert terms.label == label
    assert label in v.claims.basis_claim(terms)


def test_without_a_margin_it_is_said_that_none_is_assumed() -> None:
    assert "none is assumed" in v.claims.basis_claim(NOTHING_SAID)
    assert "it is not profit" in v.claims.basis_claim(v.Basis(currency="EUR", discount_rate_per_year=0.1))


# --- scores by hand --------------------------------------------------------------------------------------------


def test_errors_by_hand() -> None:
    # Errors 1, −2, 2: squares 1, 4, 4, mean 3.
    assert scoring.root_mean_square([2, 0, 5], [1, 2, 3]) == pytest.approx(math.sqrt(3))
    assert scoring.total_error(90, 100) == pytest.approx(-0.1)
    assert math.isnan(scoring.total_error(90, 0))


def test_the_interval_of_a_mean_by_hand() -> None:
    # 1, 2, 3: mean 2, standard error 1 / √3, Student's t with 2 degrees of freedom 4.3027.
    mean, low, high = scoring.mean_interval([3, 1, 2])
    assert (mean, low, high) == pytest.approx((2, 2 - 4.3027 / math.sqrt(3), 2 + 4.3027 / math.sqrt(3)), abs=1e-4)
    assert math.isnan(scoring.mean_interval([5])[1])


def test_the_gain_over_the_naive_forecast_by_hand() -> None:
    # Squared errors of the naive forecast 4, 0, 1 and of the model 1, 0, 0: differences 3, 0, 1, mean 4/3.
    found = scoring.squared_error_gain([1, 1, 1], [2, 1, 2], [0, 1, 1], about=ABOUT)
    assert found.value == pytest.approx(4 / 3)
    assert found.low < 0 < found.high


def test_those_tied_at_the_cut_share_the_places() -> None:
    # A fifth of ten is two places: one for the 9, the other shared by the three who have 5.
    assert scoring.picked([9, 5, 5, 5, 0, 0, 0, 0, 0, 0], 0.2).tolist() == pytest.approx(
        [1, 1 / 3, 1 / 3, 1 / 3] + [0] * 6
    )


def test_the_share_of_those_picked_by_hand() -> None:
    # The picked brought 30 of 40. Influences (1 − .75)·30 and (0 − .75)·10 squared sum to 112.5, its root over 40.
    found = scoring.picked_share(np.array([1.0, 0.0]), [30, 10], about=ABOUT)
    assert found.value == 0.75
    assert found.high - found.value == pytest.approx(1.959964 * math.sqrt(112.5) / 40, abs=1e-6)


def test_groups_never_part_equal_forecasts() -> None:
    groups = scoring.calibration_groups([0.1] * 7 + [0.5, 0.6, 2.0], [0, 1] * 5)
    assert groups["customers"].sum() == 10
    assert groups["customers"].iloc[0] == 7
    assert groups["expected"].is_monotonic_increasing
    assert (groups["low"].dropna() >= 0).all()


def test_one_group_if_all_forecasts_are_equal() -> None:
    groups = scoring.calibration_groups([0.3] * 20, [1] * 20)
    assert groups[["customers", "expected", "actual"]].iloc[0].tolist() == pytest.approx([20, 0.3, 1])


def test_customers_inside_their_intervals_by_hand() -> None:
    found = scoring.covered([0, 0, 1, 0], [2, 1, 3, 0], [2, 2, 1, 0], about=ABOUT)
    assert found.value == 0.75
    # Wilson for 3 of 4: (3 + 1.92073) / 7.84146 ± 1.95996 / 7.84146 · √(3·1/4 + 0.96036) = .6275 ± .3269.
    assert (found.low, found.high) == pytest.approx((0.3006, 0.9544), abs=1e-4)


# --- tiers -----------------------------------------------------------------------------------------------------


def test_tiers_by_hand() -> None:
    # Of 100, those before carry 0, 50, 80 and 95: the tiers begin exactly there.
    assert v.tier_of(pd.Series([5.0, 50.0, 15.0, 30.0])).tolist() == ["little", "top", "low", "middle"]
    assert v.tier_of(pd.Series([40.0, 40.0, 20.0, 0.0])).tolist() == ["top", "top", "low", "little"]
    assert v.tier_of(pd.Series([0.0, 0.0])).tolist() == ["little", "little"]


def test_the_table_of_tiers_by_hand() -> None:
    customers = pd.DataFrame({"value": [80.0, 20.0], "p_alive": [0.8, np.nan], "value_so_far": [5.0, 5.0]})
    table = v.tier_table(customers).set_index("tier")
    # 80 of 100 with a probability of .8: certainty would make it 100, 20 more.
    assert table.loc["top", ["share_of_customers", "share_of_value", "at_stake"]].tolist() == pytest.approx(
        [0.5, 0.8, 20]
    )
    assert math.isnan(table.loc["low", "at_stake"])


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_tiers_hold_everybody_and_never_part_equals(cents: list[int]) -> None:
    values = pd.Series(cents, dtype=float)
    tier = v.tier_of(values)
    assert set(tier) <= set(v.TIERS)
    assert tier.groupby(values).nunique().max() == 1
    rank = tier.map({name: place for place, name in enumerate(v.TIERS)})
    assert rank.iloc[np.argsort(-values.to_numpy(), kind="stable")].is_monotonic_increasing
    table = v.tier_table(pd.DataFrame({"value": values, "p_alive": 1.0}))
    assert table["customers"].sum() == len(values)
    if values.sum() > 0:
        assert table["share_of_value"].sum() == pytest.approx(1)
        assert v.top_tier(table, window="w").n == len(values)


# --- the log by hand -------------------------------------------------------------------------------------------

SHOP = (
    ("ann", "2020-01-01", 10.0),
    ("ann", "2020-03-01", 20.0),
    ("ann", "2020-06-01", 30.0),
    ("bob", "2020-02-01", 5.0),
    ("cat", "2020-06-01", 7.0),
    ("cat", "2020-06-05", 8.0),
)


def test_repeat_purchases_by_hand() -> None:
    found = logs.repeat_purchases(
        log_of(*SHOP), start=date(2020, 3, 1), end=date(2020, 6, 4), known_by=date(2020, 2, 29)
    )
    assert found.to_numpy().tolist() == [["ann", 2, 50.0]]  # bob bought once, cat was not known


def test_what_newcomers_brought_by_hand() -> None:
    found = logs.first_period_values(
        log_of(*SHOP), days=60, observed_until=date(2020, 6, 30), discount_rate_per_year=0.0
    )
    assert found[["customer_id", "value"]].to_numpy().tolist() == [["ann", 30.0], ["bob", 5.0]]
    rows = (("ann", "2020-01-01", 100.0), ("ann", "2020-12-31", 100.0))
    found = logs.first_period_values(
        log_of(*rows), days=365, observed_until=date(2021, 1, 1), discount_rate_per_year=0.1
    )
    assert found["value"].tolist() == pytest.approx([100 + 100 * 1.1 ** (-365 / 365.25)], abs=1e-5)


def test_first_and_repeat_purchases_of_a_day() -> None:
    first, again = logs.by_day(log_of(*SHOP), known_by=date(2020, 6, 1))
    assert (first.sum(), again.sum()) == (3, 3)
    assert (first["2020-06-01"], again["2020-06-01"]) == (1, 1)


# --- the hold-out ----------------------------------------------------------------------------------------------


def test_cdnow_is_held_out_as_in_the_papers(cdnow_checked: v.HoldOut) -> None:
    # Fader, Hardie and Lee (2005): 2,357 customers, 2,457 repeat purchases in the first 39 weeks, 1,882 in the next.
    assert cdnow_checked.split == date(1997, 9, 30)
    assert len(cdnow_checked.customers) == 2357
    assert (cdnow_checked.purchases.actual, cdnow_checked.purchases.naive) == (1882, 2457)
    params = cdnow_checked.fit.buying.params
    assert [params[name] for name in ("r", "alpha", "a", "b")] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=6e-4)
    assert cdnow_checked.purchases.rmse < cdnow_checked.purchases.rmse_naive
    assert cdnow_checked.groups["customers"].sum() == 2357
    assert cdnow_checked.covered.value > 0.93
    assert "1,882" in v.verdicts.purchases_claim(cdnow_checked)


SCORE = v.Score(
    forecast=estimate(100, 90, 110), naive=120, actual=105, rmse=1, rmse_naive=2, gain=estimate(1, 0.5, 1.5)
)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "better"),
        ({"gain": estimate(1, -0.5, 2.5)}, "unclear"),
        ({"gain": estimate(0, -1, 1)}, "loses"),
        ({"gain": estimate(-1, -2, 0)}, "loses"),
        ({"actual": 125}, "loses"),  # outside the interval, and the naive total is nearer
        ({"actual": 80}, "better"),  # outside, but the naive total is farther
        ({"actual": 110.0, "naive": 110.0}, "better"),  # the naive total is nearer, but this is within the interval
        ({"forecast": None, "gain": None}, "no_model"),
    ],
)
def test_the_rule_of_the_verdict(changed: dict[str, object], verdict: str) -> None:
    assert replace(SCORE, **changed).verdict == verdict


def test_the_worse_of_two_verdicts_counts(cdnow_checked: v.HoldOut) -> None:
    loses = replace(SCORE, gain=estimate(-1, -2, 0))
    assert replace(cdnow_checked, purchases=SCORE, value=loses).verdict == "loses"
    assert replace(cdnow_checked, purchases=SCORE, value=SCORE).verdict == "better"
    assert "lost to the naive" in v.verdicts.verdict_claim(replace(cdnow_checked, value=loses))


def test_who_repeats_every_period_exactly_is_best_forecast_naively() -> None:
    # Everybody buys on the first of each month but never says so to a model of chance: the naive forecast is exact.
    months = [f"{year}-{month:02d}-01" for year in (2020, 2021) for month in range(1, 13)]
    rows = [(f"c{i:03d}", day, 10.0 + i % 7) for i in range(120) for day in months[i % 3 :]]
    checked = v.hold_out(log_of(*rows), observed_until=date(2021, 12, 31), holdout_days=184, rng=rng(), n_draws=DRAWS)
    assert checked.value.naive == checked.value.actual
    assert checked.verdict in ("loses", "no_model")
    customers = customer_summary(log_of(*rows), observed_until=date(2021, 12, 31))
    known = v.outlook(
        log_of(*rows),
        customers,
        v.fit_both(customers),
        checked,
        NOTHING_SAID,
        observed_until=date(2021, 12, 31),
        horizon_months=6,
        rng=rng(),
    )
    assert known.kind == "naive"
    assert known.purchases.value == 120 * 5  # the 183 days before begin on 2 July: five firsts of a month
    assert known.total.low is None
    assert known.customers["p_alive"].isna().all()
    assert "no interval" in v.claims.total_claim(known)


# --- the forecast ----------------------------------------------------------------------------------------------


def test_customer_1_of_cdnow_in_month_end_discounted_revenue(cdnow: ibis.Table) -> None:
    """The documented CLV example of lifetimes, in weeks, which are what its data are in.

    Twelve months of *revenue* from 1997-10-01 on, the purchases of each month discounted at the *end* of the month at
    0.01 a month: $36.28 (the $140.10 of the documentation takes the weeks for days).
    """
    split = date(1997, 9, 30)
    known = customer_summary(logs.until_day(cdnow, split), observed_until=split)
    fit = v.fit_both(known).with_independent_spend()  # as in the papers
    first = known[known["customer_id"] == cdnow_frame()["customer_id"].iloc[0]]
    assert first[["repeats", "t_x", "T"]].to_numpy().tolist() == [[2, 213, 272]]  # 30.43 and 38.86 weeks
    found = v.expected_value(
        fit.buying, fit.spending, first, horizon_months=12, discount_rate_per_year=1.01**12 - 1, paid_at="end"
    )
    assert found.iloc[0] == pytest.approx(36.28, rel=0.01)


def test_totals_are_those_of_the_customers(cdnow_outlook: v.Outlook) -> None:
    table = cdnow_outlook.customers
    assert cdnow_outlook.total.value == pytest.approx(table["value"].sum(), rel=1e-9)
    assert cdnow_outlook.purchases.value == pytest.approx(table["purchases"].sum(), rel=1e-9)
    assert cdnow_outlook.total.low < cdnow_outlook.total.value < cdnow_outlook.total.high
    assert (table["value_low"] <= table["value_high"]).all()
    assert table["p_alive"].between(0, 1).all()
    assert 0 < cdnow_outlook.buyers.value < len(table)


def test_a_margin_scales_and_a_rate_lowers(
    cdnow: ibis.Table,
    cdnow_customers: pd.DataFrame,
    cdnow_fit: v.Fit,
    cdnow_checked: v.HoldOut,
    cdnow_outlook: v.Outlook,
) -> None:
    margin = outlook_of(cdnow, cdnow_customers, cdnow_fit, cdnow_checked, v.Basis(currency="USD", margin_rate=0.3))
    assert margin.total.value == pytest.approx(0.3 * cdnow_outlook.total.value)
    assert margin.total.high == pytest.approx(0.3 * cdnow_outlook.total.high)
    rate = v.Basis(currency="USD", discount_rate_per_year=0.2, discount_rate_kind="nominal")
    discounted = outlook_of(cdnow, cdnow_customers, cdnow_fit, cdnow_checked, rate).total.value
    by_month = v.expected_value(
        cdnow_fit.buying, cdnow_fit.spending, cdnow_customers, horizon_months=12, discount_rate_per_year=0.2
    )
    assert discounted == pytest.approx(by_month.sum(), rel=2e-3)
    assert discounted < cdnow_outlook.total.value


def test_shuffled_rows_and_other_names_change_no_number(cdnow_outlook: v.Outlook, cdnow_checked: v.HoldOut) -> None:
    renamed = cdnow_frame().sample(frac=1, random_state=3)
    renamed = renamed.assign(customer_id=[f"z{99_999 - int(customer):05d}" for customer in renamed["customer_id"]])
    sales = clean_table(renamed)
    customers = customer_summary(sales, observed_until=UNTIL)
    checked = v.hold_out(sales, observed_until=UNTIL, holdout_days=273, rng=rng(), n_draws=DRAWS)
    again = outlook_of(sales, customers, v.fit_both(customers), checked)
    assert (again.total, again.purchases, again.buyers) == (
        cdnow_outlook.total,
        cdnow_outlook.purchases,
        cdnow_outlook.buyers,
    )
    assert (checked.purchases, checked.value, checked.covered) == (
        cdnow_checked.purchases,
        cdnow_checked.value,
        cdnow_checked.covered,
    )
    pd.testing.assert_frame_equal(checked.groups, cdnow_checked.groups)
    ours, theirs = (
        v.customer_value(one).drop(columns="customer_id").sort_values(["value", "purchases"], ignore_index=True)
        for one in (cdnow_outlook, again)
    )
    pd.testing.assert_frame_equal(ours, theirs)


def test_the_list_has_its_columns_and_no_certainty_from_one_purchase(cdnow_outlook: v.Outlook) -> None:
    listed = v.customer_value(cdnow_outlook)
    assert list(listed) == [
        "customer_id",
        "purchases",
        "purchases_low",
        "purchases_high",
        "value",
        "value_low",
        "value_high",
        "p_alive",
        "tier",
        "reason",
    ]
    assert listed["value"].is_monotonic_decreasing
    once = listed["reason"].str.startswith("bought once")
    assert once.sum() == (cdnow_outlook.customers["repeats"] == 0).sum()
    assert listed["p_alive"].isna().eq(once).all()


def test_the_fan_widens_and_ends_in_the_total(
    cdnow_fit: v.Fit, cdnow_customers: pd.DataFrame, cdnow_outlook: v.Outlook
) -> None:
    fan = v.fan(cdnow_fit, cdnow_customers, cdnow_outlook, rng=rng(), n_draws=DRAWS)
    assert fan["months"].tolist() == [0, 3, 6, 9, 12]
    assert fan["value"].is_monotonic_increasing
    assert (fan["high"] - fan["low"]).is_monotonic_increasing
    assert fan.iloc[-1].tolist() == [12, cdnow_outlook.total.value, cdnow_outlook.total.low, cdnow_outlook.total.high]


def test_arguments_are_left_as_they_were(
    cdnow: ibis.Table,
    cdnow_customers: pd.DataFrame,
    cdnow_fit: v.Fit,
    cdnow_checked: v.HoldOut,
    cdnow_outlook: v.Outlook,
) -> None:
    before, table = cdnow_customers.copy(), cdnow_outlook.customers.copy()
    outlook_of(cdnow, cdnow_customers, cdnow_fit, cdnow_checked)
    v.tornado(cdnow_outlook, cdnow_fit, cdnow_customers, cdnow_checked)
    v.naive_value(cdnow_customers)
    v.tier_table(cdnow_outlook.customers)
    v.customer_value(cdnow_outlook)
    pd.testing.assert_frame_equal(cdnow_customers, before)
    pd.testing.assert_frame_equal(cdnow_outlook.customers, table)


# --- new customers and sensitivity -----------------------------------------------------------------------------


def test_the_two_ways_to_value_a_newcomer_agree_in_a_planted_world() -> None:
    until = date(2021, 12, 31)
    world = bgnbd_histories(
        rng(1), n_customers=2000, start=date(2020, 1, 1), observed_until=until, acquired_over_days=300
    )
    sales = clean_table(world.transactions)
    fit = v.fit_both(customer_summary(sales, observed_until=until))
    found = v.new_customer(sales, fit, NOTHING_SAID, observed_until=until, horizon_months=12)
    # Planted: p·γ / (q − 1) a purchase, one at once and E[X(365.25 days)] after it.
    spend = 6.25 * 15.44 / 2.74
    planted = replace(fit.buying, params={"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    truth = spend * (1 + expected_purchases_new_customer(planted, days=[365.25])[0])
    assert found.observed.value == pytest.approx(truth, rel=0.12)
    assert found.expected.value == pytest.approx(truth, rel=0.12)
    assert "The models expect" in v.claims.ceiling_check_claim(found)


def test_who_opens_the_log_is_not_taken_for_new() -> None:
    # Forty are seen in the first month, as in the log of a business at work, and none later: nobody is new.
    rows = [(f"c{i}", f"2020-01-{1 + i % 28:02d}", 10.0) for i in range(40)]
    sales = log_of(*rows, *((name, "2020-06-01", 10.0) for name, _, _ in rows))
    fit = v.fit_both(customer_summary(sales, observed_until=date(2021, 6, 30)))
    found = v.new_customer(sales, fit, NOTHING_SAID, observed_until=date(2021, 6, 30), horizon_months=12)
    assert found.ceiling is None
    assert v.ceilings(found).empty
    assert "is not known" in v.claims.ceiling_claim(found)


def test_ceilings_at_assumed_margins_and_at_the_clients_own() -> None:
    worth = v.NewCustomer(
        observed=estimate(100, 80, 120), expected=None, first_purchase=40, basis=NOTHING_SAID, horizon_months=12
    )
    assert v.ceilings(worth, [0.25]).iloc[0].tolist() == [0.25, 25, 20, 30]
    own = replace(worth, basis=v.Basis(currency="USD", margin_rate=0.4))
    assert v.ceilings(own).to_numpy().tolist() == [[0.4, 100, 80, 120]]


@pytest.mark.parametrize(
    ("cost", "margin", "said"),
    [
        (None, None, "without a verdict"),
        (25.0, None, "if the margin is 25.0 % or more"),
        (60.0, 0.4, "less than even the lower end"),
        (100.0, 0.4, "do not say whether it pays"),
        (130.0, 0.4, "more than even the upper end"),
    ],
)
def test_what_winning_a_customer_costs_against_what_one_brings(
    cost: float | None, margin: float | None, said: str
) -> None:
    basis = v.Basis(currency="USD", margin_rate=margin)
    worth = v.NewCustomer(
        observed=estimate(100, 80, 120), expected=None, first_purchase=40, basis=basis, horizon_months=12
    )
    assert said in v.claims.cost_claim(worth, cost)


def test_the_tornado_varies_one_setting_at_a_time(
    cdnow_fit: v.Fit, cdnow_customers: pd.DataFrame, cdnow_checked: v.HoldOut, cdnow_outlook: v.Outlook
) -> None:
    found = v.tornado(cdnow_outlook, cdnow_fit, cdnow_customers, cdnow_checked)
    table = found.table.set_index("factor")
    assert found.base == cdnow_outlook.total.value
    assert found.table["swing"].is_monotonic_decreasing
    assert (table["low"] <= table["high"]).all()
    assert "margin" not in table.index
    assert table.loc["discount rate (assumed)", "high"] == pytest.approx(found.base)
    assert "horizon" in v.claims.sensitivity_claim(found, cdnow_outlook)
    missed = table.loc["error of the forecast", ["low", "high"]].tolist()
    factor = cdnow_checked.value.actual / cdnow_checked.value.forecast.value
    assert sorted([found.base, found.base * factor]) == pytest.approx(missed)


def test_a_given_margin_and_rate_are_varied() -> None:
    basis = v.Basis(currency="USD", margin_rate=0.3, discount_rate_per_year=0.1, discount_rate_kind="nominal")
    customers = summary_of(*[(0, 0, 400, 10.0)] * 40)
    fit = v.fit_both(customers)
    known = v.Outlook(
        kind="naive",
        demoted=False,
        customers=pd.DataFrame(),
        total=estimate(300),
        purchases=estimate(30),
        buyers=None,
        basis=basis,
        horizon_months=12,
    )
    sales = log_of(*SHOP)
    checked = v.hold_out(sales, observed_until=date(2020, 6, 30), holdout_days=60, rng=rng())
    table = v.tornado(known, fit, customers, checked).table.set_index("factor")
    # 300 at a margin of .3 is 250 at .25 and 350 at .35.
    assert table.loc["margin", ["low", "high"]].tolist() == pytest.approx([250, 350])
    assert table.loc["discount rate", "low_setting"] == "15.0 % a year"


def test_the_list_has_its_currency_and_its_days_over_it(cdnow_outlook: v.Outlook) -> None:
    headings = v.list_headings(cdnow_outlook)
    assert set(headings) < set(v.customer_value(cdnow_outlook).columns)
    assert headings["purchases"] == "purchases in 12 months"
    assert v.list_title(cdnow_outlook) == "Expected value of each customer in the next 12 months, undiscounted revenue"
    in_money = [text for name, text in headings.items() if name.startswith("value")]
    assert len(in_money) == 3
    assert all(text.endswith(", USD") for text in in_money)


def test_errors_in_revenue_are_said_in_the_currency(cdnow_checked: v.HoldOut) -> None:
    said = v.verdicts.error_claim(cdnow_checked, "USD")
    assert f"in revenue the model missed by {cdnow_checked.value.rmse:.2f} USD" in said
    assert said.endswith(f"the naive one by {cdnow_checked.value.rmse_naive:.2f} USD.")


# --- what cannot be fitted -------------------------------------------------------------------------------------


def test_all_bought_once_is_said_and_described() -> None:
    rows = [(f"c{i:03d}", f"2020-{1 + i % 12:02d}-05", 10.0) for i in range(150)]
    sales, until = log_of(*rows), date(2021, 6, 30)
    customers = customer_summary(sales, observed_until=until)
    fit = v.fit_both(customers)
    assert not fit.usable
    assert "bought on a second day" in " ".join(fit.problems)
    checked = v.hold_out(sales, observed_until=until, holdout_days=182, rng=rng())
    assert checked.verdict == "no_model"
    assert checked.picks.empty
    known = v.outlook(sales, customers, fit, checked, NOTHING_SAID, observed_until=until, horizon_months=12, rng=rng())
    assert (known.kind, known.total.value) == ("naive", 0)
    assert v.fan(fit, customers, known, rng=rng()).empty
    tiers = v.tier_table(known.customers)
    assert v.top_tier(tiers, window="w") is None
    said = [
        v.claims.total_claim(known),
        v.claims.buyers_claim(known),
        v.claims.mean_claim(known),
        v.claims.tiers_claim(tiers, known),
        v.claims.keep_claim(tiers, known),
        v.claims.so_far_claim(v.value_so_far(customers, window="w"), "USD", with_interval=True),
        v.claims.one_time_claim(v.bought_once(customers, window="w")),
        v.claims.sensitivity_claim(v.tornado(known, fit, customers, checked), known),
        v.claims.naive_claim(v.naive_value(customers), "USD"),
        v.verdicts.purchases_claim(checked),
        v.verdicts.value_claim(checked, "USD"),
        v.verdicts.error_claim(checked, "USD"),
        v.verdicts.picks_claim(checked),
        v.verdicts.covered_claim(checked),
        v.verdicts.verdict_claim(checked),
        v.verdicts.reasons_claim(checked),
        *v.claims.fit_claims(fit),
        *v.customer_value(known)["reason"],
    ]
    assert not [text for text in said if "nan" in text or "inf" in text.split()]


def test_a_world_in_which_nobody_leaves_is_told_from_one_in_which_they_do() -> None:
    span = {"n_customers": 1500, "start": date(2020, 1, 1), "observed_until": date(2021, 12, 31)}
    fits = {}
    for a in (0.793, 0.0):
        world = bgnbd_histories(rng(2), a=a, **span)
        fits[a] = v.fit_both(customer_summary(clean_table(world.transactions), observed_until=span["observed_until"]))
    assert fits[0.793].usable
    assert fits[0.793].buying.params["a"] == pytest.approx(0.793, rel=0.5)
    assert not fits[0.0].usable or fits[0.0].notes
    assert "ever left" in " ".join(fits[0.0].problems) or "ever leaves" in " ".join(fits[0.0].notes)


def test_a_small_client_is_refused_with_reasons(write_client) -> None:
    rows = [f"c{i},2020-{month:02d}-0{1 + i % 9},10.00" for i in range(40) for month in (1, 4, 8)]
    path = write_client("customer_id,date,amount\n" + "\n".join(rows) + "\n", observed_until="2020-12-31")
    with pytest.raises(Refusal, match="100 customers with a purchase needed, 40 found"):
        require(Client.open(path), "06_clv", horizon_days=182)


def test_nobody_known_before_the_hold_out_is_refused() -> None:
    with pytest.raises(DataError, match="no purchase up to"):
        v.hold_out(log_of(*SHOP), observed_until=date(2020, 6, 30), holdout_days=400, rng=rng())


def test_the_naive_fallback_stands_in_the_terms_of_the_client(cdnow: ibis.Table, cdnow_customers: pd.DataFrame) -> None:
    rate = v.Basis(currency="USD", margin_rate=0.5, discount_rate_per_year=0.1, discount_rate_kind="real")
    empty = v.Fit(buying=None, spending=None, problems=("It failed.",), notes=())
    loses = replace(SCORE, forecast=None, gain=None)
    checked = v.hold_out(log_of(*SHOP), observed_until=date(2020, 6, 30), holdout_days=60, rng=rng())
    known = outlook_of(cdnow, cdnow_customers, empty, replace(checked, purchases=loses, value=loses), rate)
    again = v.naive_forecast(cdnow, cdnow_customers, until=UNTIL, days=365)
    expected = 0.5 * again["value"].sum() * evenly_discounted(365, 0.1)
    assert known.total.value == pytest.approx(expected)
    assert "margin discounted at a real 10.0 % a year" in v.claims.total_claim(known)
    assert not known.demoted


def test_fits_say_what_they_found(cdnow_fit: v.Fit, cdnow_customers: pd.DataFrame) -> None:
    assert v.claims.fit_claims(cdnow_fit)[0].startswith("Both models could be fitted")
    assert set(cdnow_fit.parameters()["parameter"]) == {"r", "alpha", "a", "b", "p", "q", "gamma", "doubling"}
    once = v.bought_once(cdnow_customers, window="w")
    assert "1,218 of 2,357 customers (51.7 %) bought once" in v.claims.one_time_claim(once)
    assert fit_bgnbd(cdnow_customers).params == cdnow_fit.buying.params
