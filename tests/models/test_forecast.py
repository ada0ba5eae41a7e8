import dataclasses

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import DataError, ParameterError
from crmlab.models import expected_purchases, expected_spend, fit_bgnbd, fit_gamma_gamma, forecast
from crmlab.models.buying.base import DAYS_PER_YEAR, Seen
from crmlab.models.histories import histories
from crmlab.models.simulated import Horizon, simulate

HORIZON = 273


@pytest.fixture(scope="module")
def models(cdnow):
    return fit_bgnbd(cdnow), fit_gamma_gamma(cdnow)


def foresee(models, customers, seed=20, **options):
    arguments = {"horizon_days": HORIZON, "n_draws": 200} | options
    return forecast(*models, customers, rng=np.random.default_rng(seed), **arguments)


@pytest.fixture(scope="module")
def held_out(models, cdnow):
    return foresee(models, cdnow, n_draws=1000)


def test_points_are_the_expectations(models, cdnow, held_out):
    purchases = expected_purchases(models[0], cdnow, horizon_days=HORIZON)
    assert held_out.customers["purchases"].to_numpy() == pytest.approx(purchases.to_numpy())
    value = purchases * expected_spend(models[1], cdnow)
    assert held_out.customers["value"].to_numpy() == pytest.approx(value.to_numpy())
    assert held_out.total_purchases.value == pytest.approx(purchases.sum())
    assert held_out.total_value.value == pytest.approx(value.sum())


def test_the_hold_out_of_cdnow_as_it_came(held_out, cdnow):
    # 1,882 purchases were made and the prediction interval ends a little below: the model foresees 1,653. Customers who
    # had bought once are foreseen within a twentieth; it is those with repeat purchases who made more than foreseen.
    made = cdnow["holdout_purchases"]
    assert made.sum() == 1882
    assert 1800 < held_out.total_purchases.high < 1882
    missing = made - held_out.customers["purchases"]
    once = cdnow["repeats"] == 0
    assert abs(missing[once].sum()) < made[once].sum() / 20
    assert missing[~once].sum() > 0.9 * missing.sum()


def test_customers_of_the_hold_out_are_covered(held_out, cdnow):
    # Counts are whole and mostly 0, so the interval has to cover at least its level, and covers somewhat more.
    table = held_out.customers
    for kind in ("purchases", "value"):
        made = cdnow[f"holdout_{kind}"]
        covered = ((table[f"{kind}_low"] <= made) & (made <= table[f"{kind}_high"])).mean()
        assert 0.94 < covered < 0.99
    # Of nobody can the model be surer than 97.5 % that they will buy at all, so the intervals of purchases begin at 0.
    assert (table["purchases_low"] == 0).all()


def test_draws_average_to_the_expectation(models, cdnow):
    some = cdnow.sort_values(["repeats", "t_x"]).iloc[[0, 1500, 2000, 2200, 2300, 2340]]
    model, spending = models
    x, t_x, T = (some[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T"))
    m, n = some["mean_repeat_value"].fillna(0).to_numpy(), 40_000
    for rate in (0.0, 0.5):
        horizon = Horizon(HORIZON / 7, np.log1p(rate) / DAYS_PER_YEAR * 7)
        buying, spend = ({name: np.full(n, value) for name, value in one.params.items()} for one in models)
        seen = Seen(x, t_x / 7, T / 7, m)
        purchases, value = simulate(np.random.default_rng(1), model, seen, buying, spend, horizon=horizon)
        expected = expected_purchases(model, some, horizon_days=HORIZON).to_numpy()
        assert purchases.mean(axis=1) == pytest.approx(expected, abs=4 * purchases.std(axis=1).max() / n**0.5)
        of = histories(some)
        ratio = of.per_customer(
            model.purchases_if_alive(of, horizon_days=HORIZON, discount_rate_per_year=rate)
            / model.purchases_if_alive(of, horizon_days=HORIZON)
        )
        worth = expected * ratio * expected_spend(spending, some).to_numpy()
        errors = value.std(axis=1) / n**0.5
        assert (np.abs(value.mean(axis=1) - worth) < 4 * errors).all()
    assert (ratio < 1).all()


def test_a_purchase_is_discounted_from_its_own_time(models):
    # Without dropout purchases come evenly, so the mean factor over H years is (1 − (1 + d)^−H) / (H ln(1 + d)).
    never = dataclasses.replace(models[0], params={"r": 1.0, "alpha": 5.0, "a": 1e-9, "b": 1.0})
    of = histories(pd.DataFrame({"repeats": [2], "t_x": [60], "T": [100]}))
    found = [
        never.purchases_if_alive(of, horizon_days=3 * DAYS_PER_YEAR, discount_rate_per_year=rate)[0]
        for rate in (0.0, 0.3)
    ]
    assert found[1] / found[0] == pytest.approx((1 - 1.3**-3) / (3 * np.log(1.3)))


def test_the_same_seed_gives_the_same_numbers(models, cdnow):
    one, other = foresee(models, cdnow), foresee(models, cdnow)
    assert_frame_equal(one.customers, other.customers)
    assert (one.total_value, one.buyers) == (other.total_value, other.buyers)
    assert foresee(models, cdnow, seed=21).total_value.high != one.total_value.high


def test_order_and_names_of_customers_change_nothing(models, cdnow):
    shuffled = cdnow.sample(frac=1, random_state=5).assign(customer_id=lambda table: table["customer_id"] + "x")
    one, other = foresee(models, cdnow), foresee(models, shuffled)
    assert other.customers["customer_id"].tolist() == shuffled["customer_id"].tolist()
    assert_frame_equal(
        other.customers.sort_index().drop(columns="customer_id"), one.customers.drop(columns="customer_id")
    )
    for name in ("total_purchases", "total_value", "buyers"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert (mine.low, mine.high) == (theirs.low, theirs.high)
        assert mine.value == pytest.approx(theirs.value)


def test_who_has_the_same_history_gets_the_same_row(models, cdnow):
    table = foresee(models, cdnow).customers.drop(columns="customer_id")
    keys = cdnow[["repeats", "t_x", "T", "mean_repeat_value"]].fillna(0)
    assert len(table.join(keys).drop_duplicates()) == len(keys.drop_duplicates())


def test_what_always_holds(held_out, cdnow):
    table = held_out.customers
    assert list(table.columns) == [
        "customer_id",
        "p_alive",
        "purchases",
        "purchases_low",
        "purchases_high",
        "value",
        "value_low",
        "value_high",
    ]
    assert table["p_alive"].between(0, 1).all()
    for kind in ("purchases", "value"):
        assert (table[f"{kind}_low"] <= table[f"{kind}_high"]).all()
        assert (table[f"{kind}_low"] >= 0).all()
    assert (table["purchases_low"] % 1 == 0).all()
    assert 0 < held_out.buyers.low <= held_out.buyers.value <= held_out.buyers.high <= len(cdnow)
    for total in (held_out.total_purchases, held_out.total_value, held_out.buyers):
        assert total.low < total.value < total.high
        assert (total.n, total.window) == (2357, "the 273 days after the last day observed")


def test_a_row_that_stands_for_several_counts_as_often(models, cdnow):
    some = cdnow.head(300)
    twice = foresee(models, pd.concat([some, some], ignore_index=True))
    weighted = foresee(models, some.assign(weight=2))
    assert weighted.total_purchases.n == 600
    for name in ("total_purchases", "total_value", "buyers"):
        mine, theirs = getattr(weighted, name), getattr(twice, name)
        assert (mine.value, mine.low, mine.high) == pytest.approx((theirs.value, theirs.low, theirs.high))
    assert_frame_equal(weighted.customers, twice.customers.head(300))


def test_periods_are_in_the_models_unit_of_time(models, cdnow):
    weeks = foresee(models, cdnow.head(200), horizon_days=None, periods=39)
    days = foresee(models, cdnow.head(200))
    assert_frame_equal(weeks.customers, days.customers)
    assert weeks.horizon_days == 273
    with pytest.raises(ParameterError, match="given once, as horizon_days or periods; it was given 2 times"):
        foresee(models, cdnow, periods=39)


def test_discounting_lowers_value_and_nothing_else(models, cdnow):
    plain, discounted = (foresee(models, cdnow, discount_rate_per_year=rate) for rate in (0.0, 0.2))
    assert discounted.total_purchases.value == plain.total_purchases.value
    # All purchases within 273 days: between the factor at the end and 1.
    ratio = discounted.total_value.value / plain.total_value.value
    assert 1.2 ** (-273 / 365.25) < ratio < 1


def test_parameters_without_covariance_are_said(models, cdnow):
    model = models[0]
    unknown = dataclasses.replace(
        model, standard_errors=model.standard_errors * np.nan, covariance=model.covariance * np.nan
    )
    found = foresee((unknown, models[1]), cdnow)
    assert found.diagnosis[0].kind == "parameters_fixed"
    assert "too narrow" in found.diagnosis[0].sentence
    sure, unsure = (one.total_purchases.high - one.total_purchases.low for one in (found, foresee(models, cdnow)))
    assert sure < unsure


def test_the_diagnosis_of_the_models_comes_along(models, cdnow, held_out):
    kinds = {found.kind for found in held_out.diagnosis}
    assert kinds == {"bought_once", "correlation"}


def test_without_a_mean_there_is_no_value(models, cdnow):
    heavy = dataclasses.replace(models[1], params={"p": 6.0, "q": 0.9, "gamma": 15.0})
    with pytest.raises(DataError, match=r"q is 0\.90, and it has to be above 1"):
        foresee((models[0], heavy), cdnow)


def test_arguments_out_of_range_are_named_at_once(models, cdnow):
    message = (
        r"(?s)horizon_days is 0; it is above 0.*n_draws is 99; it is at least 100.*level is 1; it is between 0 and 1.*"
        r"discount_rate_per_year is -0\.1; it is 0 or more, 0\.2 for 20 % a year"
    )
    with pytest.raises(ParameterError, match=message):
        foresee(models, cdnow, horizon_days=0, n_draws=99, level=1, discount_rate_per_year=-0.1)


def test_the_table_is_not_changed(models, cdnow):
    before = cdnow.copy()
    foresee(models, cdnow)
    assert_frame_equal(cdnow, before)
