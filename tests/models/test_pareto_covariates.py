import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.models import (
    discounted_residual_purchases,
    expected_purchases,
    fit_gamma_gamma,
    fit_pareto_nbd,
    fit_pareto_nbd_covariates,
    forecast,
    from_json,
    probability_alive,
    probability_of_n_purchases,
    to_json,
)
from crmlab.models.buying.covariates import known
from crmlab.models.buying.fitting import scaled_histories
from crmlab.models.buying.pareto_covariates import likelihood_at
from crmlab.models.buying.pareto_likelihood import log_likelihood
from crmlab.simulate import pareto_nbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 30)
TRUTH = {"r": 0.9, "alpha": 8.0, "s": 0.9, "beta": 20.0}
GAMMA, DELTA = 0.5, 0.7


def in_groups(seed, *, gamma=GAMMA, delta=DELTA, n_customers=1500):
    """Customers of four groups, by two covariates of 0 and 1: Pareto/NBD within each, at the planted parameters."""
    groups = []
    for z in (0, 1):
        for w in (0, 1):
            params = TRUTH | {
                "alpha": TRUTH["alpha"] * math.exp(-gamma * z),
                "beta": TRUTH["beta"] * math.exp(-delta * w),
            }
            rng = np.random.default_rng([seed, z, w])
            made = pareto_nbd_histories(rng, n_customers=n_customers, start=START, observed_until=END, **params)
            groups.append(made.customers(END).assign(z=z, w=w))
    return pd.concat(groups, ignore_index=True)


@pytest.fixture(scope="module")
def customers():
    return in_groups(1)


@pytest.fixture(scope="module")
def fitted(customers):
    return fit_pareto_nbd_covariates(customers, rate=["z"], dropout=["w"])


def test_planted_truth_is_recovered(fitted):
    for name, planted in TRUTH.items():
        assert fitted.params[name] == pytest.approx(planted, abs=4 * fitted.standard_errors[name])
    effects = fitted.effects().set_index(["covariate", "on"])
    for key, planted in {("z", "rate"): GAMMA, ("w", "dropout"): DELTA}.items():
        row = effects.loc[key]
        assert row["value"] == pytest.approx(planted, abs=4 * row["standard_error"])
        # Neither of them is 0.
        assert 0 < row["low"] < row["value"] < row["high"]
    assert not fitted.serious


def test_covariates_that_say_nothing_are_found_to_say_nothing():
    model = fit_pareto_nbd_covariates(in_groups(2, gamma=0, delta=0, n_customers=500), rate=["z"], dropout=["w"])
    for row in model.effects().itertuples():
        assert abs(row.value) < 4 * row.standard_error


def test_the_gradient_is_that_of_the_value(customers):
    of = known(customers.iloc[::10].assign(c=lambda rows: np.arange(len(rows)) % 7), ("z", "c"), ("w", "c"))
    likelihood = likelihood_at(scaled_histories(of, "week"), of)
    # α is above β in some histories, below it in others.
    at, step = np.array([0.1, -0.5, -0.3, -0.4, 0.3, -0.05, 0.2, 0.1]), 1e-5
    numeric = [(likelihood(at + one)[0] - likelihood(at - one)[0]) / 2 / step for one in step * np.eye(8)]
    assert likelihood(at)[1] == pytest.approx(numeric, rel=1e-6, abs=1e-5)


def test_without_an_effect_the_likelihood_is_that_of_the_plain_model(customers, fitted):
    of = known(customers, ("z",), ("w",))
    data = scaled_histories(of, "day")
    theta = np.log([0.7, 0.4, 0.6, 1.9])
    expected, _ = log_likelihood(theta, *data.data)
    assert likelihood_at(data, of)(np.r_[theta, 0, 0])[0] == pytest.approx(expected)
    assert fitted.log_likelihood > fit_pareto_nbd(customers).log_likelihood + 20


def test_each_customer_is_asked_of_the_model_of_their_group(customers, fitted):
    for z in (0, 1):
        for w in (0, 1):
            group = customers[(customers["z"] == z) & (customers["w"] == w)]
            plain = fitted.at(z=z, w=w)
            assert plain.params["alpha"] == pytest.approx(fitted.params["alpha"] * math.exp(-fitted.rate["z"] * z))
            assert plain.params["beta"] == pytest.approx(fitted.params["beta"] * math.exp(-fitted.dropout["w"] * w))
            for ask in (
                probability_alive,
                lambda model, of: expected_purchases(model, of, horizon_days=365),
                lambda model, of: discounted_residual_purchases(model, of, discount_rate_per_year=0.1),
            ):
                own, groups = ask(fitted, customers).loc[group.index], ask(plain, group)
                assert own.to_numpy() == pytest.approx(groups.to_numpy(), rel=1e-9)


def test_the_scale_of_a_covariate_changes_its_coefficient_alone(customers, fitted):
    # z as 100 to 110 and w as −3 to −1: a tenth and a half of the coefficients, and α and β of 0 have moved along.
    moved = customers.assign(z=100 + 10 * customers["z"], w=-3 + 2 * customers["w"])
    other = fit_pareto_nbd_covariates(moved, rate=["z"], dropout=["w"])
    assert other.rate["z"] == pytest.approx(fitted.rate["z"] / 10, rel=1e-4)
    assert other.dropout["w"] == pytest.approx(fitted.dropout["w"] / 2, rel=1e-4)
    assert other.rate_errors["z"] == pytest.approx(fitted.rate_errors["z"] / 10, rel=1e-3)
    assert other.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-6)
    same = other.at(z=100, w=-3)
    assert [same.params[name] for name in TRUTH] == pytest.approx([fitted.params[name] for name in TRUTH], rel=1e-4)


def test_order_changes_nothing_and_the_time_unit_alpha_and_beta_alone(customers, fitted):
    again = fit_pareto_nbd_covariates(customers.sample(frac=1, random_state=4), rate=["z"], dropout=["w"])
    assert (again.params, again.rate) == (fitted.params, fitted.rate)
    daily = fit_pareto_nbd_covariates(customers, rate=["z"], dropout=["w"], time_unit="day")
    for name in ("alpha", "beta"):
        assert daily.params[name] == pytest.approx(7 * fitted.params[name], rel=1e-5)
    assert daily.dropout["w"] == pytest.approx(fitted.dropout["w"], rel=1e-5)


def test_it_can_be_saved_and_says_what_it_cannot_do(customers, fitted):
    again = from_json(to_json(fitted))
    assert (again.rate, again.dropout_errors) == (fitted.rate, fitted.dropout_errors)
    assert probability_alive(again, customers).equals(probability_alive(fitted, customers))
    with pytest.raises(ParameterError, match="a new customer has covariates"):
        probability_of_n_purchases(fitted, 3, days=100)
    spending = fit_gamma_gamma(customers)
    with pytest.raises(ParameterError, match="customers differ by their covariates"):
        forecast(fitted, spending, customers, horizon_days=90, rng=np.random.default_rng(1), n_draws=100)
    with pytest.raises(ParameterError, match=r"the covariates are \['w', 'z'\]; given were \['z'\]"):
        fitted.at(z=1)


def test_what_covariates_must_be(customers):
    with pytest.raises(ParameterError, match="no covariate is named"):
        fit_pareto_nbd_covariates(customers)
    with pytest.raises(ParameterError, match="w stands in dropout twice"):
        fit_pareto_nbd_covariates(customers, dropout=["w", "w"])
    with pytest.raises(DataError, match=r"columns \['age'\] are not in the table"):
        fit_pareto_nbd_covariates(customers, dropout=["age"])
    with pytest.raises(DataError, match="k is the same for every customer"):
        fit_pareto_nbd_covariates(customers.assign(k=1), dropout=["k"])
