"""Spend that depends on frequency: its likelihood by hand, planted truth, and what it becomes where they are apart."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import chi2

from crmlab.errors import DataError
from crmlab.models import (
    DependentGammaGamma,
    expected_spend,
    fit_bgnbd,
    fit_dependent_gamma_gamma,
    fit_gamma_gamma,
    forecast,
    independence,
)
from crmlab.models.spending import gamma_gamma
from crmlab.models.spending.dependent import doublings, log_likelihood

NAMES = ["p", "q", "gamma", "doubling"]
PLANTED = {"p": 6.25, "q": 3.74, "gamma": 15.44}
SEEDS = range(200)


def spenders(seed, n=600, delta=0.0):
    rng = np.random.default_rng(seed)
    repeats = rng.geometric(0.4, n)
    nu = rng.gamma(PLANTED["q"], 1 / (PLANTED["gamma"] * repeats**delta))
    return pd.DataFrame({"repeats": repeats, "mean_repeat_value": rng.gamma(PLANTED["p"] * repeats) / (nu * repeats)})


def both(customers):
    independent = fit_gamma_gamma(customers)
    return independent, fit_dependent_gamma_gamma(customers, independent)


def given_params(**params):
    return DependentGammaGamma(
        params=params,
        log_likelihood=math.nan,
        standard_errors=pd.Series(math.nan, index=NAMES),
        covariance=pd.DataFrame(math.nan, index=NAMES, columns=NAMES),
        n_customers=1,
        diagnosis=(),
        n_left_out=0,
    )


def test_the_likelihood_by_hand():
    # x = 4, m = 1, p = 1, q = 2, γ = 3, 2^δ = 2 (δ = 1): γ·4 = 12 is the rate, and with px = 4
    # Γ(6) / (Γ(4) Γ(2)) · 12² · 1³ · 4⁴ / (12 + 4)⁶ = 20 · 144 · 256 / 16⁶ = 0.0439453.
    value, _ = log_likelihood(np.log([1, 2, 3, 2]), np.array([4.0]), np.ones(1), np.array([5.0]))
    assert value == pytest.approx(5 * math.log(0.0439453), rel=1e-6)


def test_without_dependence_it_is_gamma_gamma():
    data = spenders(1)
    x, m, ones = data["repeats"].to_numpy(float), data["mean_repeat_value"].to_numpy(), np.ones(len(data))
    at = np.log([6.0, 4.0, 15.0])
    assert log_likelihood(np.r_[at, 0.0], x, m, ones)[0] == pytest.approx(
        gamma_gamma.log_likelihood(at, x, m, ones)[0], rel=1e-14
    )


def test_the_gradient_is_that_of_the_value():
    data = spenders(2)
    x, m, ones = data["repeats"].to_numpy(float), data["mean_repeat_value"].to_numpy(), np.ones(len(data))
    at = np.log([3.0, 2.0, 9.0, 1.3])
    numeric = approx_fprime(at, lambda theta: log_likelihood(theta, x, m, ones)[0], 1e-6)
    assert log_likelihood(at, x, m, ones)[1] == pytest.approx(numeric, rel=1e-4)


def test_expected_spend_by_hand():
    # δ = 1, p (γ x + x m) / (p x + q − 1): none seen 3 / 1, one of 1 as before 4 / 2, four of 10: (12 + 40) / 5.
    table = pd.DataFrame({"repeats": [0, 1, 4], "mean_repeat_value": [np.nan, 1, 10]})
    assert list(expected_spend(given_params(p=1, q=2, gamma=3, doubling=2), table)) == pytest.approx([3, 2, 10.4])


def test_doublings_by_hand():
    assert doublings(np.array([0.0, 1, 2, 8])).tolist() == [0, 0, 1, 3]


def test_planted_dependence_is_recovered_and_independence_rejected():
    independent, dependent = both(spenders(3, n=4000, delta=0.3))
    for name, planted in {**PLANTED, "doubling": 2**0.3}.items():
        assert dependent.params[name] == pytest.approx(planted, abs=4 * dependent.standard_errors[name])
    found = independence(independent, dependent)
    assert found.rejected()
    assert found.elasticity.contains(0.3)
    # What the customers of eight purchases spend on average is 8^0.3 = 1.87 times what those of one do.
    table = pd.DataFrame({"repeats": [0, 0], "mean_repeat_value": [np.nan, np.nan]})
    at_eight, at_one = (dependent.gamma_at(dependent.params, np.array([float(n)]))[0] for n in (8, 1))
    assert at_eight / at_one == pytest.approx(1.87, rel=0.1)
    assert expected_spend(dependent, table)[0] == pytest.approx(PLANTED["p"] * PLANTED["gamma"] / 2.74, rel=0.1)


def test_the_statistic_is_twice_the_gain():
    independent, dependent = both(spenders(4))
    found = independence(independent, replace(dependent, log_likelihood=independent.log_likelihood + 1.92073))
    assert found.p_value == pytest.approx(0.05, abs=1e-4)  # 3.84146 is the 95 % point of chi-square with one
    worse = independence(independent, replace(dependent, log_likelihood=independent.log_likelihood - 1))
    assert (worse.statistic, worse.p_value) == (0, 1)
    assert chi2.sf(independence(independent, dependent).statistic, 1) == independence(independent, dependent).p_value


def test_the_currency_and_the_order_change_nothing_but_gamma():
    data = spenders(5, delta=0.2)
    one, other = (both(table)[1] for table in (data, data.assign(mean_repeat_value=data["mean_repeat_value"] * 1e4)))
    assert other.params["doubling"] == pytest.approx(one.params["doubling"], rel=1e-5)
    assert other.params["gamma"] == pytest.approx(1e4 * one.params["gamma"], rel=1e-4)
    assert both(data.sample(frac=1, random_state=1))[1].params == one.params


def test_a_weight_stands_for_so_many_customers():
    data = spenders(6, n=100)
    once = both(data.assign(weight=2))[1]
    twice = both(pd.concat([data, data], ignore_index=True))[1]
    assert once.params == pytest.approx(twice.params)
    assert once.n_customers == 200


def test_customers_who_all_bought_equally_often_say_nothing():
    data = spenders(7, n=60).assign(repeats=2)
    with pytest.raises(DataError, match="60 customers with a repeat purchase of some value all bought equally often"):
        fit_dependent_gamma_gamma(data, fit_gamma_gamma(data))


def test_a_mean_that_does_not_exist_is_said():
    rng = np.random.default_rng(8)
    repeats = rng.integers(1, 10, 1500)
    data = pd.DataFrame(
        {"repeats": repeats, "mean_repeat_value": rng.gamma(3.0 * repeats) / (rng.gamma(0.7, 0.1, 1500) * repeats)}
    )
    assert both(data)[1].found("infinite_mean").serious


def test_a_forecast_spends_what_its_model_expects():
    rng = np.random.default_rng(9)
    n = 400
    life = pd.DataFrame({"customer_id": [f"c{i:03d}" for i in range(n)], "T": rng.uniform(300, 400, n)})
    life["repeats"] = rng.poisson(rng.gamma(0.8, 3.0, n))
    life["t_x"] = np.where(life["repeats"] > 0, life["T"] * rng.uniform(0.5, 0.99, n), 0.0)
    spend = 20.0 * np.maximum(life["repeats"], 1) ** 0.5 * rng.gamma(8.0, 1 / 8.0, n)
    life["mean_repeat_value"] = spend.where(life["repeats"] > 0)
    independent, dependent = both(life)
    buying = fit_bgnbd(life)
    for model in (independent, dependent):
        fixed = replace(model, standard_errors=model.standard_errors * np.nan)
        still = replace(buying, standard_errors=buying.standard_errors * np.nan)
        found = forecast(still, fixed, life, horizon_days=180, rng=np.random.default_rng(1), n_draws=1000)
        middle = (found.total_value.low + found.total_value.high) / 2
        assert middle == pytest.approx(found.total_value.value, rel=0.03)


@pytest.mark.slow
def test_independence_is_rejected_in_2_to_21_of_200_worlds_in_which_it_holds():
    assert 2 <= sum(independence(*both(spenders(seed))).rejected() for seed in SEEDS) <= 21


@pytest.mark.slow
def test_the_interval_of_the_elasticity_covers_in_179_to_198_of_200_worlds():
    hits = sum(independence(*both(spenders(seed, delta=0.2))).elasticity.contains(0.2) for seed in SEEDS)
    assert 179 <= hits <= 198
