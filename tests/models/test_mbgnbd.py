import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1

from crmlab.models import (
    MBGNBD,
    expected_purchases,
    expected_purchases_new_customer,
    fit_bgnbd,
    fit_mbgnbd,
    probability_alive,
)
from crmlab.models.buying.mbgnbd import log_likelihood
from crmlab.simulate import mbgnbd_histories, nbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 30)


def customers(*rows):
    return pd.DataFrame(rows, columns=["repeats", "t_x", "T"])


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit_mbgnbd(cdnow)


def test_the_likelihood_by_hand():
    # r = α = a = b = 1. Bought once, T = 1: stayed B(1, 2) / B(1, 1) = 1/2 times (1/2)^1, or left at once
    # B(2, 1) / B(1, 1) = 1/2 times 1: 3/4. Once more at 1, T = 3: B(1, 3) = 1/3 times (1/4)^2, or B(2, 2) = 1/6 times
    # (1/2)^2: 1/48 + 1/24 = 1/16. Three of the first, two of the second.
    x, t_x, T, weights = np.array([[0, 1], [0, 1], [1, 3], [3, 2]], dtype=float)
    value, _ = log_likelihood(np.zeros(4), x, t_x, T, weights)
    assert value == pytest.approx(3 * math.log(3 / 4) + 2 * math.log(1 / 16))


def test_alive_by_hand(given_params):
    # The same customers: 1/4 of 3/4, and 1/48 of 1/16.
    found = probability_alive(given_params(MBGNBD, r=1, alpha=1, a=1, b=1), customers((0, 0, 1), (1, 1, 3)))
    assert list(found) == pytest.approx([1 / 3, 1 / 3])


def test_the_gradient_is_that_of_the_value(cdnow):
    data = [cdnow[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T")]
    weights = np.arange(len(cdnow)) % 3 + 1.0
    at = np.log([0.4, 50.0, 0.5, 1.5])
    numeric = approx_fprime(at, lambda theta: log_likelihood(theta, *data, weights)[0], 1e-6)
    assert log_likelihood(at, *data, weights)[1] == pytest.approx(numeric, rel=1e-4)


def test_cdnow_to_four_digits(fitted):
    # Refitted to convergence by an independent implementation of Batislam, Denizel and Filiztekin (2007), in weeks.
    assert list(fitted.params.values()) == pytest.approx([0.524843559, 6.183092845, 0.89138778, 1.614048335], rel=5e-5)
    assert fitted.log_likelihood == pytest.approx(-9582.135716, abs=1e-3)


def test_lifetimes_agrees_where_it_is_right(lifetimes, cdnow, fitted):
    x, t_x, T = (cdnow[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T"))
    theirs = lifetimes.ModifiedBetaGeoFitter()
    theirs.params_ = pd.Series(fitted.params)
    assert probability_alive(fitted, cdnow).to_numpy() == pytest.approx(
        np.asarray(theirs.conditional_probability_alive(x, t_x / 7, T / 7)), rel=1e-9
    )
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(39, x, t_x / 7, T / 7)
    assert expected_purchases(fitted, cdnow, horizon_days=273).to_numpy() == pytest.approx(
        np.asarray(expected), rel=1e-9
    )
    new = theirs.expected_number_of_purchases_up_to_time(np.array([1.0, 39.0]))
    assert expected_purchases_new_customer(fitted, periods=[1, 39]) == pytest.approx(new, rel=1e-9)


@pytest.mark.parametrize(
    ("r", "alpha", "a", "b"), [(0.525, 43.3, 0.891, 1.614), (2.0, 5.0, 3.0, 2.0), (0.9, 8.0, 1.7, 0.6)]
)
def test_expectations_equal_the_closed_form_where_it_holds(given_params, r, alpha, a, b):
    # Batislam, Denizel and Filiztekin (2007), given alive: (a + b + x) / (a − 1) · (1 − ((α + T) / (α + T + t))^(r+x) ·
    # ₂F₁(r + x, b + x + 1; a + b + x; t / (α + T + t))).
    model = given_params(MBGNBD, r=r, alpha=alpha, a=a, b=b)
    for x, t_x, T in [(0, 0, 200), (2, 100, 150), (9, 380, 400)]:
        for t in (7, 100, 365):
            z = t / (alpha + T + t)
            closed = (a + b + x) / (a - 1) * (1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + x + 1, a + b + x, z))
            alive = probability_alive(model, customers((x, t_x, T)))[0]
            found = expected_purchases(model, customers((x, t_x, T)), horizon_days=t)[0]
            assert found == pytest.approx(alive * closed, rel=1e-9)


def test_who_bought_once_can_have_left(fitted, cdnow):
    alive = probability_alive(fitted, cdnow)
    once = cdnow["repeats"] == 0
    assert alive[once].max() < 0.5
    # The longer nothing came, the less likely.
    by_age = alive[once].groupby(cdnow.loc[once, "T"]).first()
    assert (np.diff(by_age) < 0).all()
    assert fitted.found("bought_once") is None


def test_planted_truth_is_recovered():
    planted = {"r": 0.9, "alpha": 6.0, "a": 0.8, "b": 2.0}
    made = mbgnbd_histories(np.random.default_rng(1), n_customers=6000, start=START, observed_until=END, **planted)
    model = fit_mbgnbd(made.customers(END))
    for name, value in planted.items():
        assert model.params[name] == pytest.approx(value, abs=4 * model.standard_errors[name])
    assert not model.serious


def test_the_model_the_data_come_from_is_the_likelier():
    made = mbgnbd_histories(np.random.default_rng(2), n_customers=6000, start=START, observed_until=END)
    data = made.customers(END)
    assert fit_mbgnbd(data).log_likelihood > fit_bgnbd(data).log_likelihood + 10


def test_the_time_unit_changes_alpha_alone(cdnow, fitted):
    daily = fit_mbgnbd(cdnow, time_unit="day")
    assert daily.params["alpha"] == pytest.approx(7 * fitted.params["alpha"])
    assert [daily.params[name] for name in "rab"] == pytest.approx([fitted.params[name] for name in "rab"])
    assert daily.log_likelihood == pytest.approx(fitted.log_likelihood - 2457 * math.log(7))
    assert expected_purchases(daily, cdnow, horizon_days=273).to_numpy() == pytest.approx(
        expected_purchases(fitted, cdnow, horizon_days=273).to_numpy()
    )


def test_order_and_names_of_customers_change_nothing(cdnow, fitted):
    shuffled = cdnow.sample(frac=1, random_state=3).assign(customer_id="somebody")
    assert fit_mbgnbd(shuffled).params == fitted.params


def test_where_nobody_leaves_dropout_is_not_claimed():
    made = nbd_histories(np.random.default_rng(3), n_customers=1500, start=START, observed_until=END, r=0.8, alpha=10.0)
    model = fit_mbgnbd(made.customers(END))
    assert {found.kind for found in model.diagnosis if found.serious} <= {"no_dropout", "dropout_not_shown"}
    assert model.serious
