import dataclasses
import math
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_series_equal
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1
from scipy.stats import beta

from crmlab.errors import DataError, ParameterError
from crmlab.models import (
    BGNBD,
    expected_purchases,
    expected_purchases_new_customer,
    fit_bgnbd,
    probability_alive,
)
from crmlab.models.buying.bgnbd import log_likelihood
from crmlab.simulate import bgnbd_histories


def with_params(r, alpha, a, b, time_unit="day"):
    names = ["r", "alpha", "a", "b"]
    return BGNBD(
        params=dict(zip(names, (r, alpha, a, b), strict=True)),
        log_likelihood=math.nan,
        standard_errors=pd.Series(math.nan, index=names),
        covariance=pd.DataFrame(math.nan, index=names, columns=names),
        n_customers=1,
        diagnosis=(),
        time_unit=time_unit,
    )


def customers(*rows):
    return pd.DataFrame(rows, columns=["repeats", "t_x", "T"])


def simulated(seed=1, n_customers=1500, **world):
    made = bgnbd_histories(
        np.random.default_rng(seed),
        n_customers=n_customers,
        start=date(2020, 1, 1),
        observed_until=date(2021, 6, 30),
        **world,
    )
    return made.customers(date(2021, 6, 30))


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit_bgnbd(cdnow)


def test_the_likelihood_by_hand():
    # r = α = a = b = 1. Bought once, T = 1: (1/2)^1. Once more at 1, T = 3: B(1, 2)/B(1, 1) = 1/2 times
    # Γ(2)/Γ(1) = 1 times ((1/4)^2 + 1/1 · (1/2)^2) = 5/16, so 5/32. Three of the first, two of the second.
    x, t_x, T, weights = np.array([[0, 1], [0, 1], [1, 3], [3, 2]], dtype=float)
    value, _ = log_likelihood(np.zeros(4), x, t_x, T, weights)
    assert value == pytest.approx(3 * math.log(1 / 2) + 2 * math.log(5 / 32))


def test_alive_by_hand():
    # The same customer: of 1/16 + 1/4 only the first is that of who is still here.
    found = probability_alive(with_params(1, 1, 1, 1), customers((1, 1, 3), (0, 0, 3)))
    assert list(found) == pytest.approx([1 / 5, 1])


def test_the_gradient_is_that_of_the_value(cdnow):
    data = [cdnow[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T")]
    weights = np.ones(len(cdnow))
    at = np.log([0.4, 50.0, 0.5, 1.5])
    numeric = approx_fprime(at, lambda theta: log_likelihood(theta, *data, weights)[0], 1e-6)
    assert log_likelihood(at, *data, weights)[1] == pytest.approx(numeric, rel=1e-4)


def test_at_ones_as_published(cdnow):
    # Fader, Hardie and Lee's note on BG/NBD in Excel: −13,887.7 with all four parameters at 1, in weeks.
    x, t_x, T = (cdnow[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T"))
    value, _ = log_likelihood(np.zeros(4), x, t_x / 7, T / 7, np.ones(len(cdnow)))
    assert round(value, 1) == -13887.7


def test_the_time_unit_changes_alpha_alone(cdnow, fitted):
    daily, monthly = (fit_bgnbd(cdnow, time_unit=unit) for unit in ("day", "month"))
    assert daily.params["alpha"] == pytest.approx(7 * fitted.params["alpha"])
    for other in (daily, monthly):
        assert [other.params[name] for name in "rab"] == pytest.approx([fitted.params[name] for name in "rab"])
        found = expected_purchases(other, cdnow, horizon_days=273)
        assert_series_equal(found, expected_purchases(fitted, cdnow, horizon_days=273))
    # One factor of 7 for each of the 2,457 repeat purchases.
    assert daily.log_likelihood == pytest.approx(fitted.log_likelihood - 2457 * math.log(7))


def test_order_and_names_of_customers_change_nothing(cdnow, fitted):
    shuffled = cdnow.sample(frac=1, random_state=3).assign(customer_id="somebody")
    again = fit_bgnbd(shuffled)
    assert again.params == fitted.params
    found = expected_purchases(again, shuffled, horizon_days=90)
    assert_series_equal(found.sort_index(), expected_purchases(fitted, cdnow, horizon_days=90))


def test_a_row_that_stands_for_several_counts_as_often(cdnow, fitted):
    counted = cdnow.groupby(["repeats", "t_x", "T"]).size().rename("weight").reset_index()
    assert len(counted) < len(cdnow)
    found = fit_bgnbd(counted)
    assert (found.params, found.n_customers) == (fitted.params, len(cdnow))
    with pytest.raises(DataError, match=r"weight is not a whole number of 1 or more in 2 rows, first 0"):
        fit_bgnbd(counted.assign(weight=[0, 0.5, *counted["weight"][2:]]))


def test_the_table_is_not_changed(cdnow):
    before = cdnow.copy()
    fit_bgnbd(cdnow)
    pd.testing.assert_frame_equal(cdnow, before)


def test_lifetimes_finds_the_same_to_three_digits_and_predicts_the_same(lifetimes, cdnow, fitted):
    x, t_x, T = cdnow["repeats"], cdnow["t_x"] / 7, cdnow["T"] / 7
    theirs = lifetimes.BetaGeoFitter().fit(x, t_x, T)
    assert list(theirs.params_) == pytest.approx(list(fitted.params.values()), rel=1e-3)
    theirs.params_ = pd.Series(fitted.params)
    alive = theirs.conditional_probability_alive(x, t_x, T)
    assert probability_alive(fitted, cdnow).to_numpy() == pytest.approx(np.asarray(alive), rel=1e-9)
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T)
    found = expected_purchases(fitted, cdnow, horizon_days=273)
    assert found.to_numpy() == pytest.approx(np.asarray(expected), rel=1e-9)


def test_the_covariance_is_the_inverse_of_second_differences(cdnow, fitted):
    # Of the value alone, on the scale of the parameters; lifetimes' off-diagonals are wrong.
    x, t_x, T = (cdnow[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T"))
    at, steps = np.array(list(fitted.params.values())), np.diag(fitted.standard_errors / 20)

    def value(moved):
        return log_likelihood(np.log(at + moved), x, t_x / 7, T / 7, np.ones(len(x)))[0]

    hessian = np.array(
        [
            [
                (value(one + two) - value(one - two) - value(two - one) + value(-one - two))
                / (4 * one.sum() * two.sum())
                for two in steps
            ]
            for one in steps
        ]
    )
    assert np.linalg.inv(-hessian) == pytest.approx(fitted.covariance.to_numpy(), rel=0.03)


@pytest.mark.parametrize(
    ("r", "alpha", "a", "b"), [(0.243, 30.9, 0.793, 2.426), (2.0, 5.0, 3.0, 2.0), (0.9, 8.0, 1.7, 0.6)]
)
def test_expectations_equal_the_closed_form_where_it_holds(r, alpha, a, b):
    # Fader, Hardie and Lee (2005), eq. (10), given alive.
    model = with_params(r, alpha, a, b)
    for x, t_x, T in [(0, 0, 200), (2, 100, 150), (9, 380, 400)]:
        for t in (7, 100, 365):
            c, z = a + b + x - 1, t / (alpha + T + t)
            closed = c / (a - 1) * (1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + x, c, z))
            alive = probability_alive(model, customers((x, t_x, T)))[0]
            found = expected_purchases(model, customers((x, t_x, T)), horizon_days=t)[0]
            assert found == pytest.approx(alive * closed, rel=1e-9)


@pytest.mark.parametrize(
    "params", [(0.5, 10, 1.0, 2.0), (0.5, 10, 1 + 1e-9, 2.0), (1, 1, 50, 5000), (0.243, 30.9, 200, 3), (5, 10, 30, 2)]
)
@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0, 1), (300, 3600, 3650), (900, 3650, 3650)])
def test_expectations_hold_at_the_edges(params, x, t_x, T):
    r, alpha, a, b = params
    spread = beta(a, b + x)
    for t in (1, 3650):
        reach = t / (alpha + T)
        parts = np.r_[0, spread.ppf([1e-8, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1 - 1e-8]), 1]

        def purchases(p, reach=reach):
            return -np.expm1(-(r + x) * np.log1p(p * reach)) / p * spread.pdf(p)

        pairs = [(low, high) for low, high in pairwise(parts) if high > low]
        if_alive = sum(quad(purchases, low, high, epsabs=0, epsrel=1e-10)[0] for low, high in pairs)
        alive = probability_alive(with_params(*params), customers((x, t_x, T)))[0]
        found = expected_purchases(with_params(*params), customers((x, t_x, T)), horizon_days=t)[0]
        assert found == pytest.approx(alive * if_alive, rel=1e-6)


def test_without_dropout_purchases_go_on_at_the_posterior_rate():
    # NBD: (r + x) / (α + T) a day.
    model = with_params(0.5, 20.0, 1e-9, 1.0)
    found = expected_purchases(model, customers((3, 40, 80), (0, 0, 80)), horizon_days=100)
    assert list(found) == pytest.approx([100 * 3.5 / 100, 100 * 0.5 / 100])
    assert list(probability_alive(model, customers((3, 40, 80)))) == pytest.approx([1])


@settings(deadline=None, max_examples=40)
@given(
    st.tuples(*[st.floats(0.05, 20) for _ in range(4)]),
    st.integers(0, 400),
    st.integers(1, 3650),
    st.floats(0, 1),
    st.floats(1, 4000),
)
def test_what_always_holds(params, x, T, share, horizon):
    t_x = share * T if x else 0
    if x and t_x == 0:
        t_x = T
    one, model = customers((x, t_x, T)), with_params(*params)
    assert 0 <= probability_alive(model, one)[0] <= 1
    short, long = (expected_purchases(model, one, horizon_days=days)[0] for days in (horizon, 2 * horizon))
    assert 0 <= short <= long * (1 + 1e-9)
    most = horizon * (params[0] + x) / (params[1] + T)
    assert short <= most * (1 + 1e-9)


def test_a_new_customer_is_one_with_no_history(fitted):
    # Eq. (9) of the paper at 39 weeks.
    r, alpha, a, b = fitted.params.values()
    closed = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + 39)) ** r * hyp2f1(r, b, a + b - 1, 39 / (alpha + 39)))
    found = expected_purchases_new_customer(fitted, days=[[0, 273]])
    assert found.shape == (1, 2)
    assert found[0] == pytest.approx([0, closed])


def test_planted_truth_is_recovered():
    model = fit_bgnbd(simulated(n_customers=6000, r=0.9, alpha=6.0, a=0.8, b=2.0))
    for name, planted in {"r": 0.9, "alpha": 6.0, "a": 0.8, "b": 2.0}.items():
        assert model.params[name] == pytest.approx(planted, abs=4 * model.standard_errors[name])
    assert not model.serious


def test_where_nobody_leaves_it_is_said_and_everybody_is_alive():
    # Everybody with a repeat purchase bought again in the last five days: there is no trace of anyone leaving.
    data = customers(*[(x, 355 if x else 0, 360) for x in range(13) for _ in range(40 - 3 * x)])
    model = fit_bgnbd(data)
    assert model.found("no_dropout").serious
    assert "means nothing" in model.found("no_dropout").sentence
    assert probability_alive(model, data).min() > 0.999999
    assert model.standard_errors[["r", "alpha"]].notna().all()
    assert model.standard_errors[["a", "b"]].isna().all()


def test_where_dropout_is_not_shown_it_is_said():
    # Half of them bought last some days earlier: a little dropout fits better, but hardly better than none.
    model = fit_bgnbd(simulated(seed=1, r=0.8, alpha=10.0, a=0))
    assert {found.kind for found in model.diagnosis if found.serious} <= {"no_dropout", "dropout_not_shown"}
    assert model.serious


def test_hundreds_of_purchases_in_ten_years_of_days():
    made = bgnbd_histories(
        np.random.default_rng(4),
        n_customers=300,
        start=date(2010, 1, 1),
        observed_until=date(2019, 12, 31),
        r=2.0,
        alpha=2.0,
        a=0.05,
        b=4.0,
    )
    data = made.customers(date(2019, 12, 31))
    assert data["repeats"].max() > 900
    model = fit_bgnbd(data, time_unit="day")
    assert np.isfinite(model.standard_errors).all()
    assert np.isfinite(expected_purchases(model, data, horizon_days=3650)).all()


def test_the_summary_has_an_interval_above_zero(fitted):
    table = fitted.summary()
    assert list(table.columns) == ["parameter", "value", "standard_error", "low", "high"]
    assert ((table["low"] > 0) & (table["low"] < table["value"]) & (table["value"] < table["high"])).all()


def test_few_repeat_buyers_are_said():
    some = simulated(n_customers=120, r=0.5, alpha=8.0)
    n = int((some["repeats"] > 0).sum())
    assert f"rests on {n} customers" in fit_bgnbd(some).found("few_customers").sentence


def test_too_little_is_refused_with_what_is_missing():
    once = customers(*[(0, 0, 100)] * 12)
    with pytest.raises(DataError, match=r"(?s)there are 12 customers, and at least 30.*0 of them bought on a second"):
        fit_bgnbd(once)
    with pytest.raises(DataError, match=r"^A model of purchases cannot be fitted:\n  - 1 of them bought"):
        fit_bgnbd(customers(*[(0, 0, 100)] * 40, (1, 3, 10)))


def test_impossible_histories_are_named_at_once():
    wrong = customers((0.5, 3, 10), (1, 30, 10), (0, 4, 10), (2, 1, 10)).assign(customer_id=["a", "b", "c", "d"])
    message = r"(?s)whole number of 0 or more: 1 customers, first 'a'.*between 0 and T: 1 .*'b'.*or 0 with one: 1 .*'c'"
    with pytest.raises(DataError, match=message):
        fit_bgnbd(wrong)


def test_a_table_that_is_no_summary_is_refused():
    with pytest.raises(DataError, match=r"columns \['t_x', 'T'\] are not in the table"):
        fit_bgnbd(pd.DataFrame({"repeats": [1]}))


def test_arguments_out_of_range(cdnow, fitted):
    with pytest.raises(ParameterError, match="time_unit is 'year'; it is one of 'day', 'week', 'month'"):
        fit_bgnbd(cdnow, time_unit="year")
    with pytest.raises(ParameterError, match="horizon_days is -1; it is 0 or more days"):
        expected_purchases(fitted, cdnow, horizon_days=-1)


def test_a_model_is_frozen(fitted):
    with pytest.raises(dataclasses.FrozenInstanceError):
        fitted.n_customers = 3
