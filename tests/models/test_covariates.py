import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from crmlab.errors import DataError, ParameterError
from crmlab.models import (
    expected_purchases,
    fit_bgnbd,
    fit_bgnbd_covariates,
    fit_gamma_gamma,
    forecast,
    from_json,
    probability_alive,
    probability_of_n_purchases,
    to_json,
)
from crmlab.models.buying import bgnbd
from crmlab.models.buying.covariates import known, likelihood_at
from crmlab.models.buying.fitting import scaled_histories
from crmlab.simulate import bgnbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 30)
TRUTH = {"r": 0.9, "alpha": 8.0, "a": 0.8, "b": 2.0}
GAMMA, DELTA = 0.5, 0.6


def in_groups(seed, *, gamma=GAMMA, delta=DELTA, n_customers=2500):
    """Customers of four groups, by two covariates of 0 and 1: BG/NBD within each, at the planted parameters of it."""
    groups = []
    for z in (0, 1):
        for w in (0, 1):
            params = {
                "r": TRUTH["r"],
                "alpha": TRUTH["alpha"] * math.exp(-gamma * z),
                "a": TRUTH["a"] * math.exp(delta * w),
                "b": TRUTH["b"] * math.exp(delta * w),
            }
            rng = np.random.default_rng([seed, z, w])
            made = bgnbd_histories(rng, n_customers=n_customers, start=START, observed_until=END, **params)
            groups.append(made.customers(END).assign(z=z, w=w))
    return pd.concat(groups, ignore_index=True)


@pytest.fixture(scope="module")
def customers():
    return in_groups(1)


@pytest.fixture(scope="module")
def fitted(customers):
    return fit_bgnbd_covariates(customers, rate=["z"], dropout=["w"])


def test_planted_truth_is_recovered(fitted):
    for name, planted in TRUTH.items():
        assert fitted.params[name] == pytest.approx(planted, abs=4 * fitted.standard_errors[name])
    effects = fitted.effects().set_index(["covariate", "on"])
    for key, planted in {("z", "rate"): GAMMA, ("w", "dropout"): DELTA}.items():
        row = effects.loc[key]
        assert row["value"] == pytest.approx(planted, abs=4 * row["standard_error"])
        assert row["low"] < row["value"] < row["high"]
        # Neither of them is 0.
        assert row["low"] > 0
    assert not fitted.serious


def test_covariates_that_say_nothing_are_found_to_say_nothing():
    model = fit_bgnbd_covariates(in_groups(2, gamma=0, delta=0, n_customers=1000), rate=["z"], dropout=["w"])
    for row in model.effects().itertuples():
        assert abs(row.value) < 4 * row.standard_error


def test_the_gradient_is_that_of_the_value(customers):
    of = known(customers.head(600).assign(c=np.arange(600) % 7), ("z", "c"), ("w", "c"))
    likelihood = likelihood_at(scaled_histories(of, "week"), of)
    at = np.array([0.1, -0.5, -0.3, 0.4, 0.3, -0.05, 0.2, 0.1])
    numeric = approx_fprime(at, lambda theta: likelihood(theta)[0], 1e-6)
    assert likelihood(at)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-3)


def test_without_an_effect_the_likelihood_is_that_of_the_plain_model(customers):
    of = known(customers, ("z",), ("w",))
    data = scaled_histories(of, "day")
    theta = np.log([0.7, 0.4, 0.6, 1.9])
    expected, _ = bgnbd.log_likelihood(theta, *data.data)
    assert likelihood_at(data, of)(np.r_[theta, 0, 0])[0] == pytest.approx(expected)


def test_the_likelihood_is_above_that_of_the_plain_model(customers, fitted):
    assert fitted.log_likelihood > fit_bgnbd(customers).log_likelihood + 20


def test_each_customer_is_asked_of_the_model_of_their_group(customers, fitted):
    for z in (0, 1):
        for w in (0, 1):
            group = customers[(customers["z"] == z) & (customers["w"] == w)]
            plain = fitted.at(z=z, w=w)
            for ask in (probability_alive, lambda model, of: expected_purchases(model, of, horizon_days=365)):
                assert ask(fitted, customers).loc[group.index].to_numpy() == pytest.approx(
                    ask(plain, group).to_numpy(), rel=1e-9
                )


def test_the_scale_of_a_covariate_changes_its_coefficient_alone(customers, fitted):
    # z as 100 to 110: a tenth of the coefficient, and α of z = 0 has moved along.
    moved = customers.assign(z=100 + 10 * customers["z"])
    other = fit_bgnbd_covariates(moved, rate=["z"], dropout=["w"])
    assert other.rate["z"] == pytest.approx(fitted.rate["z"] / 10, rel=1e-4)
    assert other.rate_errors["z"] == pytest.approx(fitted.rate_errors["z"] / 10, rel=1e-3)
    assert other.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-6)
    assert other.at(z=100, w=0).params["alpha"] == pytest.approx(fitted.params["alpha"], rel=1e-4)


def test_order_changes_nothing_and_the_time_unit_alpha_alone(customers, fitted):
    again = fit_bgnbd_covariates(customers.sample(frac=1, random_state=4), rate=["z"], dropout=["w"])
    assert (again.params, again.rate) == (fitted.params, fitted.rate)
    daily = fit_bgnbd_covariates(customers, rate=["z"], dropout=["w"], time_unit="day")
    assert daily.params["alpha"] == pytest.approx(7 * fitted.params["alpha"], rel=1e-5)
    assert daily.rate["z"] == pytest.approx(fitted.rate["z"], rel=1e-5)


def test_where_dropout_is_not_shown_it_is_said():
    made = bgnbd_histories(
        np.random.default_rng(1), n_customers=1500, start=START, observed_until=END, r=0.8, alpha=10.0, a=0
    )
    data = made.customers(END)
    model = fit_bgnbd_covariates(data.assign(z=np.arange(len(data)) % 2), rate=["z"])
    assert {found.kind for found in model.diagnosis} & {"no_dropout", "dropout_not_shown"}
    assert model.serious


def test_one_side_alone(customers):
    model = fit_bgnbd_covariates(customers, rate=["z"])
    assert model.rate["z"] == pytest.approx(GAMMA, abs=4 * model.rate_errors["z"])
    assert model.dropout == {}


def test_it_can_be_saved(customers, fitted):
    again = from_json(to_json(fitted))
    assert (again.rate, again.dropout_errors) == (fitted.rate, fitted.dropout_errors)
    assert probability_alive(again, customers).equals(probability_alive(fitted, customers))


def test_what_covariates_must_be(customers):
    with pytest.raises(ParameterError, match="no covariate is named"):
        fit_bgnbd_covariates(customers)
    with pytest.raises(ParameterError, match="z stands in rate twice"):
        fit_bgnbd_covariates(customers, rate=["z", "z"])
    with pytest.raises(DataError, match=r"columns \['age'\] are not in the table"):
        fit_bgnbd_covariates(customers, rate=["age"])
    with pytest.raises(DataError, match=r"the covariate city is .*; it is numbers, and groups are columns of 0 and 1"):
        fit_bgnbd_covariates(customers.assign(city="Tehran"), rate=["city"])
    with pytest.raises(DataError, match="the covariate z is missing or no finite number for 10,000 customers"):
        fit_bgnbd_covariates(customers.assign(z=math.nan), rate=["z"])
    message = r"(?s)these covariates say nothing:.*k is the same for every.*one of w, v follows from the others"
    with pytest.raises(DataError, match=message):
        fit_bgnbd_covariates(customers.assign(k=3, v=1 - customers["w"]), rate=["k"], dropout=["w", "v"])


def test_what_needs_covariates_refuses_without_them(customers, fitted):
    with pytest.raises(DataError, match=r"columns \['z'\] are not in the table"):
        probability_alive(fitted, customers.drop(columns="z"))
    with pytest.raises(ParameterError, match=r"the covariates are \['w', 'z'\]; given were \['z'\]"):
        fitted.at(z=1)
    with pytest.raises(ParameterError, match="a new customer has covariates"):
        probability_of_n_purchases(fitted, 1, days=30)
    with pytest.raises(ParameterError, match=r"ask the model at\(\.\.\.\) of a group|forecast each group"):
        forecast(
            fitted, fit_gamma_gamma(customers), customers, horizon_days=30, rng=np.random.default_rng(1), n_draws=100
        )
    assert probability_of_n_purchases(fitted.at(z=1, w=0), np.arange(500), days=30).sum() == pytest.approx(1)
