import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab.errors import DataError
from crmlab.models import (
    BGBB,
    BGNBD,
    MBGNBD,
    BuyingModel,
    FittedModel,
    GammaGamma,
    expected_purchases,
    fit_bgnbd,
    fit_dependent_gamma_gamma,
    fit_gamma_gamma,
    fit_mbgnbd,
    fit_nbd,
    from_json,
    to_json,
)
from crmlab.models.saved import KINDS

NAMES = ("r", "alpha", "a", "b")


def fit_dependent(customers):
    return fit_dependent_gamma_gamma(customers, fit_gamma_gamma(customers))


FITS = [fit_bgnbd, fit_mbgnbd, fit_nbd, fit_gamma_gamma, fit_dependent]


def same(one, other):
    assert type(one) is type(other)
    for field in dataclasses.fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, pd.Series):
            assert_series_equal(mine, theirs, check_exact=True)
        elif isinstance(mine, pd.DataFrame):
            assert_frame_equal(mine, theirs, check_exact=True)
        elif not (isinstance(mine, float) and math.isnan(mine) and math.isnan(theirs)):
            assert mine == theirs


def changed(model, **fields):
    saved = json.loads(to_json(model)) | fields
    return json.dumps({name: value for name, value in saved.items() if value != "gone"})


@pytest.fixture(scope="module")
def bgnbd(cdnow):
    return fit_bgnbd(cdnow)


@pytest.mark.parametrize("fit", FITS)
def test_what_comes_back_is_the_same_to_the_last_bit(cdnow, fit):
    model = fit(cdnow)
    text = to_json(model)
    same(from_json(text), model)
    assert to_json(from_json(text)) == text


def test_what_is_not_known_of_a_parameter_stays_unknown():
    # Everybody bought last just before the end: a and b have no standard errors.
    data = pd.DataFrame(
        [(x, 355 if x else 0, 360) for x in range(13) for _ in range(40 - 3 * x)], columns=["repeats", "t_x", "T"]
    )
    model = fit_bgnbd(data)
    assert model.standard_errors[["a", "b"]].isna().all()
    same(from_json(to_json(model)), model)


@given(st.lists(st.floats(min_value=5e-324, max_value=1.7e308), min_size=4, max_size=4))
def test_every_number_survives(given_params, values):
    model = dataclasses.replace(given_params(BGNBD, **dict(zip(NAMES, values, strict=True))), log_likelihood=-values[0])
    same(from_json(to_json(model)), model)


def test_a_model_that_came_back_forecasts_the_same(cdnow, bgnbd):
    again = from_json(to_json(bgnbd))
    found = expected_purchases(again, cdnow, horizon_days=90)
    assert_series_equal(found, expected_purchases(bgnbd, cdnow, horizon_days=90), check_exact=True)


def test_every_kind_of_fitted_model_can_be_saved():
    def kinds(base):
        below = base.__subclasses__()
        return {kind for one in below for kind in kinds(one)} if below else {base}

    own = {kind for kind in kinds(FittedModel) if kind.__module__.startswith("crmlab.")}
    assert own | {GammaGamma} == set(KINDS.values())  # which is a model, though another one extends it


def test_missing_numbers_are_null(given_params):
    saved = json.loads(to_json(given_params(BGNBD, r=1.0, alpha=1.0, a=1.0, b=1.0)))
    assert saved["log_likelihood"] is None
    assert saved["standard_errors"] == dict.fromkeys(NAMES)
    again = from_json(json.dumps(saved))
    assert math.isnan(again.log_likelihood)
    assert np.isnan(again.covariance).all(axis=None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": 2}, "has version 2, and only 1 is read here: fit and save it again"),
        ({"version": True}, "has version True"),
        ({"kind": "Pareto"}, "is of the kind 'Pareto'; known are BGNBD, .*MBGNBD, NBD"),
        ({"kind": None}, "is of the kind None"),
        ({"params": "gone", "more": 1}, r"(?s)no saved BGNBD:.*more is not known.*params is missing"),
        ({"params": {"r": 1, "alpha": 1, "b": 1, "a": 1}}, r"params has \['r', 'alpha', 'b', 'a'\]; they are"),
        ({"params": {"r": -1, "alpha": 1, "a": 1, "b": 1}}, "params has a value that is not above 0"),
        ({"params": {"r": None, "alpha": 1, "a": 1, "b": 1}}, "params has a value that is not above 0"),
        ({"params": {"r": "1", "alpha": 1, "a": 1, "b": 1}}, "params has '1' where a number belongs"),
        ({"params": [1, 2]}, r"params is \[1, 2\]; it is an object of names with numbers"),
        ({"log_likelihood": True}, "log_likelihood has True where a number belongs"),
        ({"n_customers": 3.5}, r"n_customers is 3\.5; it is a whole number of 0 or more"),
        ({"time_unit": "year"}, "time_unit is 'year'; it is one of 'day', 'week', 'month', 'opportunity'"),
        ({"standard_errors": {"r": 1}}, "standard_errors is not of"),
        ({"standard_errors": {"r": -1, "alpha": 1, "a": 1, "b": 1}}, "standard_errors has one below 0"),
        ({"covariance": {"r": {"r": 1, "a": 2}}}, "covariance is not a square table"),
        ({"covariance": 3}, "covariance is not a square table"),
        ({"covariance": {"r": {"r": 1}}}, "covariance is not of"),
        ({"diagnosis": [{"kind": "x", "sentence": "y", "serious": 1}]}, "diagnosis has .* with kind, sentence and ser"),
        ({"diagnosis": "none"}, "diagnosis has 'none'; it is a list"),
        ({"n_customers": -1, "log_likelihood": "x"}, r"(?s)log_likelihood has 'x'.*n_customers is -1"),
    ],
)
def test_what_is_no_saved_model_is_refused(bgnbd, fields, message):
    with pytest.raises(DataError, match=message):
        from_json(changed(bgnbd, **fields))


def test_days_and_opportunities_do_not_mix(bgnbd, given_params):
    with pytest.raises(DataError, match="time_unit is 'opportunity', in which BG/NBD does not count; it is one"):
        from_json(changed(bgnbd, time_unit="opportunity"))
    seasons = given_params(BGBB, time_unit="opportunity", alpha=1.2, beta=0.75, gamma=0.66, delta=2.78)
    same(from_json(to_json(seasons)), seasons)
    with pytest.raises(DataError, match=r"time_unit is 'week', in which BG/BB does not count; it is 'opportunity'$"):
        from_json(changed(seasons, time_unit="week"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if issubclass(kind, BuyingModel) and kind != BGBB])
def test_no_model_of_days_is_in_opportunities(given_params, kind):
    plain = given_params(MBGNBD, **dict.fromkeys(kind.parameters, 1.0))
    more = {field.name for field in dataclasses.fields(kind)} - {field.name for field in dataclasses.fields(plain)}
    saved = changed(plain, kind=kind.__name__, time_unit="opportunity", **{name: {} for name in more})
    with pytest.raises(DataError, match=f"time_unit is 'opportunity', in which {kind.name} does not count"):
        from_json(saved)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is not JSON"),
        ("[1]", "it is a list, not an object"),
        ('{"version": 1, "version": 1}', "'version' stands there more than once"),
        ('{"version": NaN}', "NaN is no number of JSON"),
        ("{}", "has version None"),
        ("[" * 100_000, "it is not JSON"),
    ],
)
def test_other_text_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        from_json(text)


def test_a_number_too_large_is_refused(bgnbd):
    text = to_json(bgnbd).replace(repr(bgnbd.log_likelihood), "1e999")
    with pytest.raises(DataError, match="log_likelihood has inf where a number belongs"):
        from_json(text)


def test_a_model_of_another_kind_is_not_saved(bgnbd):
    other = dataclasses.make_dataclass("Other", [], bases=(BGNBD,), frozen=True, kw_only=True)
    fields = {field.name: getattr(bgnbd, field.name) for field in dataclasses.fields(bgnbd)}
    with pytest.raises(DataError, match="a model of the kind Other cannot be saved; these can: BGNBD"):
        to_json(other(**fields))
