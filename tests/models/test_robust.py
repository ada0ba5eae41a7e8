"""Errors by the sandwich: by hand, against leaving customers out one at a time, and what is refused."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab.errors import DataError, ParameterError
from crmlab.models import (
    fit_bgnbd,
    fit_bgnbd_covariates,
    fit_gamma_gamma,
    fit_mbgnbd,
    fit_nbd,
    fit_pareto_nbd,
    with_robust_errors,
)
from crmlab.models.robust import sandwich
from crmlab.simulate import nbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 28)
FITS = {
    "BG/NBD": fit_bgnbd,
    "MBG/NBD": fit_mbgnbd,
    "NBD": fit_nbd,
    "Pareto/NBD": fit_pareto_nbd,
    "Gamma–Gamma": fit_gamma_gamma,
}


def test_the_sandwich_by_hand():
    # Waits of 1, 2, 2 and 5 days at one rate λ, the logarithm of which is estimated: mean 2.5, so λ = 0.4. A wait's
    # score 1 − λ·wait is .6, .2 (twice), −1, the curvature −Σ λ·wait = −4. So (.36 + 2 · .04 + 1) / 4² = 1.44 / 16.
    found = sandwich(np.array([[1 / 4]]), np.array([[0.6], [0.2], [-1.0]]), np.array([1.0, 2.0, 1.0]))
    assert found == pytest.approx(np.array([[0.09]]))


def test_it_is_the_sum_of_squares_of_what_each_customer_moves():
    # Without scores or curvature: NBD fitted again with a tenth of a customer more, and less (each is counted ten
    # times). Customers are not as NBD has them: a tenth buys twelve times as often.
    made = nbd_histories(
        np.random.default_rng(3), n_customers=120, start=START, observed_until=END, r=1.0, alpha=8.0
    ).customers(END)
    made = made.assign(repeats=made["repeats"] * np.where(np.arange(120) % 10, 1, 12))
    # To the NBD it is all the same when the last purchase was; fewer histories.
    made = made.assign(t_x=np.where(made["repeats"] > 0, made["T"], 0))
    counted = made.groupby(["repeats", "t_x", "T"]).size().rename("weight").reset_index()

    def estimates(row, more):
        weight = 10 * counted["weight"] + more * (counted.index == row)
        return np.array(list(fit_nbd(counted.assign(weight=weight)).params.values()))

    moved = np.array([10 * (estimates(row, 1) - estimates(row, -1)) / 2 for row in counted.index])
    model = fit_nbd(counted)
    robust = with_robust_errors(model, counted)
    assert robust.covariance.to_numpy() == pytest.approx(moved.T * counted["weight"].to_numpy() @ moved, rel=0.005)
    # By the curvature alone the errors would be others.
    assert robust.standard_errors["r"] != pytest.approx(model.standard_errors["r"], rel=0.1)


@pytest.mark.parametrize("name", FITS)
def test_on_cdnow_nothing_but_the_errors_changes(cdnow, name):
    model = FITS[name](cdnow)
    robust = with_robust_errors(model, cdnow)
    assert (robust.params, robust.log_likelihood, robust.diagnosis) == (
        model.params,
        model.log_likelihood,
        model.diagnosis,
    )
    assert np.sqrt(np.diag(robust.covariance)) == pytest.approx(robust.standard_errors.to_numpy())
    assert np.linalg.eigvalsh(robust.covariance).min() > 0
    assert (robust.standard_errors / model.standard_errors).between(0.85, 1.5).all()


def test_r_and_alpha_of_bgnbd_are_wider_on_cdnow_as_its_summary_says(cdnow):
    # By customers drawn again (tests/models/test_bootstrap.py) their errors are too narrow, and a's and b's are not.
    model = fit_bgnbd(cdnow)
    plain, robust = (one.summary().set_index("parameter") for one in (model, with_robust_errors(model, cdnow)))
    wider = np.log(robust["high"] / robust["low"]) / np.log(plain["high"] / plain["low"])
    assert (wider[["r", "alpha"]] > 1.1).all()
    assert wider[["a", "b"]].between(0.9, 1.1).all()


def test_the_unit_of_time_changes_alpha_alone(cdnow):
    weekly, daily = (with_robust_errors(fit_bgnbd(cdnow, time_unit=unit), cdnow) for unit in ("week", "day"))
    scaled = weekly.standard_errors * [1, 7, 1, 1]
    assert_series_equal(daily.standard_errors, scaled, rtol=1e-5)


def test_order_and_rows_that_stand_for_several_change_nothing(cdnow):
    counted = cdnow.groupby(["repeats", "t_x", "T"]).size().rename("weight").reset_index()
    model = fit_nbd(cdnow)
    robust = with_robust_errors(model, cdnow).covariance
    for same in (counted, cdnow.sample(frac=1, random_state=1)):
        assert_frame_equal(with_robust_errors(model, same).covariance, robust)


def test_what_had_no_error_gets_none():
    # Everybody with a repeat purchase bought again in the last five days: nobody leaves, a and b are at their edge.
    rows = [(x, 355 if x else 0, 360) for x in range(13) for _ in range(40 - 3 * x)]
    customers = pd.DataFrame(rows, columns=["repeats", "t_x", "T"])
    robust, nbd = (with_robust_errors(fit(customers), customers) for fit in (fit_bgnbd, fit_nbd))
    assert robust.standard_errors[["a", "b"]].isna().all()
    assert robust.covariance.loc[["a", "b"]].isna().all(axis=None)
    # r and alpha are those of the NBD.
    assert robust.standard_errors[["r", "alpha"]].to_numpy() == pytest.approx(nbd.standard_errors.to_numpy(), rel=1e-4)


def test_other_customers_and_other_models_are_refused(cdnow):
    model = fit_bgnbd(cdnow)
    with pytest.raises(DataError, match=r"not the customers the model was fitted to: it has 2,357, here are 2,000"):
        with_robust_errors(model, cdnow.head(2000))
    with pytest.raises(DataError, match="not the customers the model was fitted to"):
        with_robust_errors(model, cdnow.assign(T=cdnow["T"] + 30))
    halves = cdnow.assign(half=np.arange(len(cdnow)) % 2)
    other = fit_bgnbd_covariates(halves, rate=["half"])
    with pytest.raises(ParameterError, match=r"robust errors are known of BGNBD, MBGNBD, .*; the model is a BGNBDCov"):
        with_robust_errors(other, halves)
