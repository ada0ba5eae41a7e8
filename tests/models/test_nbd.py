import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.stats import nbinom

from crmlab.errors import DataError
from crmlab.models import (
    NBD,
    expected_purchases,
    fit_bgnbd,
    fit_mbgnbd,
    fit_nbd,
    probability_alive,
    probability_of_n_purchases,
)
from crmlab.models.buying.nbd import log_likelihood
from crmlab.simulate import nbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 30)


def customers(*rows):
    return pd.DataFrame(rows, columns=["repeats", "t_x", "T"])


def test_the_likelihood_by_hand():
    # r = 1, α = 1. None in T = 1: 1/2. Two in T = 3: Γ(3) / Γ(1) · 1 / 4³ = 2/64. Three and one of them.
    x, t_x, T, weights = np.array([[0, 2], [0, 3], [1, 3], [3, 1]], dtype=float)
    value, _ = log_likelihood(np.zeros(2), x, t_x, T, weights)
    assert value == pytest.approx(3 * math.log(1 / 2) + math.log(1 / 32))


def test_the_gradient_is_that_of_the_value(cdnow):
    data = [cdnow[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T")]
    weights = np.arange(len(cdnow)) % 3 + 1.0
    at = np.log([0.4, 50.0])
    numeric = approx_fprime(at, lambda theta: log_likelihood(theta, *data, weights)[0], 1e-6)
    assert log_likelihood(at, *data, weights)[1] == pytest.approx(numeric, rel=1e-4)


def test_cdnow_as_a_search_for_the_negative_binomial_finds_it(cdnow):
    # By numbers alone: given x, the x times are x! / T^x, whatever the parameters, so the top is at the same place.
    x, weeks = cdnow["repeats"].to_numpy(), cdnow["T"].to_numpy() / 7

    def minus(theta):
        r, alpha = np.exp(theta)
        return -nbinom.logpmf(x, r, alpha / (alpha + weeks)).sum()

    reference = minimize(minus, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9})
    model = fit_nbd(cdnow)
    assert list(model.params.values()) == pytest.approx(np.exp(reference.x), rel=1e-6)
    times = (np.array([math.lgamma(n + 1) for n in x]) - x * np.log(weeks)).sum()
    assert model.log_likelihood == pytest.approx(times - reference.fun, abs=1e-6)


def test_dropout_makes_cdnow_likelier(cdnow):
    nobody_leaves = fit_nbd(cdnow).log_likelihood
    assert fit_bgnbd(cdnow).log_likelihood > nobody_leaves + 100
    assert fit_mbgnbd(cdnow).log_likelihood > nobody_leaves + 100


def test_nobody_leaves_and_purchases_go_on(given_params):
    # (r + x) / (α + T) a day.
    model = given_params(NBD, r=0.5, alpha=20.0)
    asked = customers((3, 40, 80), (0, 0, 80))
    assert list(expected_purchases(model, asked, horizon_days=100)) == pytest.approx([3.5, 0.5])
    assert list(probability_alive(model, asked)) == [1, 1]


def test_numbers_are_negative_binomial(given_params):
    model = given_params(NBD, r=0.7, alpha=9.0)
    n = np.arange(30)
    found = probability_of_n_purchases(model, n, days=60)
    assert found == pytest.approx(nbinom.pmf(n, 0.7, 9 / 69))


def test_planted_truth_is_recovered():
    made = nbd_histories(np.random.default_rng(1), n_customers=5000, start=START, observed_until=END, r=0.8, alpha=10.0)
    model = fit_nbd(made.customers(END))
    for name, planted in {"r": 0.8, "alpha": 10.0}.items():
        assert model.params[name] == pytest.approx(planted, abs=4 * model.standard_errors[name])
    assert model.diagnosis == ()


def test_customers_who_all_buy_at_one_rate_leave_its_spread_open():
    # 2 in 300 days and 4 in 600: everybody the same, so r and α go off together.
    model = fit_nbd(customers(*[(2, 100, 300), (4, 300, 600)] * 100))
    assert model.found("flat").serious
    assert model.params["r"] / model.params["alpha"] == pytest.approx(2 / 300 * 7, rel=0.01)


def test_too_little_is_refused():
    with pytest.raises(DataError, match=r"there are 12 customers, and at least 30"):
        fit_nbd(customers(*[(0, 0, 100)] * 12))
