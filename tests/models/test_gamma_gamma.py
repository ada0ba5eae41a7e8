import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from crmlab.errors import DataError
from crmlab.models import GammaGamma, expected_spend, fit_gamma_gamma, spend_correlation
from crmlab.models.spending.gamma_gamma import log_likelihood
from crmlab.simulate import bgnbd_histories

NAMES = ["p", "q", "gamma"]


def given_params(p, q, gamma):
    return GammaGamma(
        params={"p": p, "q": q, "gamma": gamma},
        log_likelihood=math.nan,
        standard_errors=pd.Series(math.nan, index=NAMES),
        covariance=pd.DataFrame(math.nan, index=NAMES, columns=NAMES),
        n_customers=1,
        diagnosis=(),
        n_left_out=0,
    )


def customers(repeats, mean):
    return pd.DataFrame({"repeats": repeats, "mean_repeat_value": np.asarray(mean, dtype=float)})


def spenders(seed=1, n=400, shape=6.0, rate_shape=4.0, gamma=15.0):
    rng = np.random.default_rng(seed)
    repeats = rng.integers(1, 12, n)
    nu = rng.gamma(rate_shape, 1 / gamma, n)
    return customers(repeats, rng.gamma(shape * repeats) / (nu * repeats))


def test_the_likelihood_by_hand():
    # p = 1, q = 2, γ = 3, x = 1, m = 1: Γ(3) / (Γ(1) Γ(2)) · 3² / (3 + 1)³ = 18 / 64.
    value, _ = log_likelihood(np.log([1, 2, 3]), np.ones(1), np.ones(1), np.array([5.0]))
    assert value == pytest.approx(5 * math.log(18 / 64))


def test_the_gradient_is_that_of_the_value():
    data = spenders()
    x, m, weights = data["repeats"].to_numpy(float), data["mean_repeat_value"].to_numpy(), np.ones(len(data))
    at = np.log([3.0, 2.0, 9.0])
    numeric = approx_fprime(at, lambda theta: log_likelihood(theta, x, m, weights)[0], 1e-6)
    assert log_likelihood(at, x, m, weights)[1] == pytest.approx(numeric, rel=1e-4)


def test_expected_spend_by_hand():
    # p (γ + x m) / (p x + q − 1): who bought once 1 · 3 / 1, one repeat of 1: 4 / 2, nine of 10: 93 / 10.
    found = expected_spend(given_params(1, 2, 3), customers([0, 1, 9], [np.nan, 1, 10]))
    assert list(found) == pytest.approx([3, 2, 9.3])


def test_much_seen_spend_is_expected_again():
    found = expected_spend(given_params(6, 4, 15), customers([10_000], [77.0]))
    assert found[0] == pytest.approx(77, rel=1e-3)


def test_planted_truth_is_recovered():
    model = fit_gamma_gamma(spenders(n=4000))
    for name, planted in {"p": 6.0, "q": 4.0, "gamma": 15.0}.items():
        assert model.params[name] == pytest.approx(planted, abs=4 * model.standard_errors[name])
    assert not model.serious


def test_the_currency_scales_gamma_alone():
    data = spenders()
    one, other = fit_gamma_gamma(data), fit_gamma_gamma(data.assign(mean_repeat_value=data["mean_repeat_value"] * 1e5))
    assert [other.params[name] for name in "pq"] == pytest.approx([one.params[name] for name in "pq"])
    assert other.params["gamma"] == pytest.approx(1e5 * one.params["gamma"])
    assert other.log_likelihood == pytest.approx(one.log_likelihood - 400 * math.log(1e5))


def test_order_changes_nothing():
    data = spenders()
    assert fit_gamma_gamma(data.sample(frac=1, random_state=2)).params == fit_gamma_gamma(data).params


def test_a_row_that_stands_for_several_counts_as_often():
    data = spenders()
    weights = np.arange(len(data)) % 3 + 1
    weighted = fit_gamma_gamma(data.assign(weight=weights))
    repeated = fit_gamma_gamma(data.loc[data.index.repeat(weights)])
    assert weighted.n_customers == repeated.n_customers == weights.sum()
    assert weighted.params == pytest.approx(repeated.params)
    assert weighted.found("correlation") == repeated.found("correlation")


def test_repeat_purchases_worth_nothing_are_left_out_and_counted():
    data = spenders()
    worthless = pd.concat([data, customers([2, 1], [0, 0]), customers([0], [np.nan])], ignore_index=True)
    model = fit_gamma_gamma(worthless)
    assert (model.n_left_out, model.n_customers) == (2, 400)
    assert model.params == fit_gamma_gamma(data).params
    assert model.found("left_out").sentence.startswith("2 customers with repeat purchases worth nothing")
    assert np.isfinite(expected_spend(model, worthless)).all()


def test_independence_is_measured_on_repeat_buyers():
    # x 1, 2, 3, 4 against 10, 30, 20, 40: deviations -1.5…1.5 and -15, 5, -5, 15: 40 / sqrt(5 · 500) = 0.8.
    found = spend_correlation(customers([0, 1, 2, 3, 4], [np.nan, 10, 30, 20, 40]))
    assert found.value == pytest.approx(0.8)
    assert found.n == 4
    # Fisher: atanh(0.8) = 1.0986, give or take 1.96 / sqrt(1).
    assert (found.low, found.high) == pytest.approx((math.tanh(1.0986 - 1.96), math.tanh(1.0986 + 1.96)), abs=1e-4)


def test_a_correlation_that_breaks_the_model_is_serious():
    data = spenders()
    dependent = data.assign(mean_repeat_value=data["mean_repeat_value"] * data["repeats"])
    found = fit_gamma_gamma(dependent).found("correlation")
    assert found.serious
    assert "go together" in found.sentence
    assert not fit_gamma_gamma(data).found("correlation").serious


def test_cdnow_frequency_and_spend_hardly_go_together(cdnow):
    # Fader, Hardie and Lee (2005), JMR 42(4), section on independence: 0.11.
    assert round(spend_correlation(cdnow).value, 2) == 0.11


def test_a_mean_that_does_not_exist_is_said_and_not_forecast():
    model = fit_gamma_gamma(spenders(n=1500, shape=3.0, rate_shape=0.7, gamma=10.0))
    assert model.params["q"] < 1
    assert model.found("infinite_mean").serious
    with pytest.raises(DataError, match=r"q is 0\.\d\d, and it has to be above 1"):
        expected_spend(model, customers([0, 3], [np.nan, 20]))


def test_spend_that_is_always_the_same_is_flat():
    model = fit_gamma_gamma(customers(np.arange(1, 41), np.full(40, 25.0)))
    assert model.found("flat").serious
    assert expected_spend(model, customers([3, 0], [25, np.nan])).to_numpy() == pytest.approx([25, 25], rel=0.01)


def test_too_few_are_refused():
    with pytest.raises(DataError, match="3 customers have a repeat purchase with a value above zero, and at least 20"):
        fit_gamma_gamma(customers([1, 1, 2, 0, 3], [4, 5, 6, np.nan, 0]))


def test_a_missing_mean_is_refused():
    with pytest.raises(DataError, match="mean_repeat_value is missing for 1 customers with repeat purchases"):
        fit_gamma_gamma(customers([1, 1], [4, np.nan]))


def test_one_customer_has_no_correlation():
    found = spend_correlation(customers([2], [3]))
    assert math.isnan(found.value)
    assert (found.low, found.high) == (None, None)


def test_the_simulated_world_is_that_of_the_model():
    made = bgnbd_histories(
        np.random.default_rng(2), n_customers=4000, start=date(2020, 1, 1), observed_until=date(2021, 12, 31), r=1.0
    )
    model = fit_gamma_gamma(made.customers(date(2021, 12, 31)))
    for name, planted in {"p": 6.25, "q": 3.74, "gamma": 15.44}.items():
        assert model.params[name] == pytest.approx(planted, abs=4 * model.standard_errors[name])
