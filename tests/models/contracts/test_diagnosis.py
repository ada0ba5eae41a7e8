"""What is said of a fitted model of contracts, and which counts are refused."""

import dataclasses

import numpy as np
import pytest

from crmlab.errors import DataError
from crmlab.models.contracts import fit_bdw, fit_geometric, fit_sbg, ladder
from crmlab.models.contracts.diagnosis import of_the_search
from crmlab.models.maximise import Maximum


def test_customers_alike_are_said_to_be():
    # A tenth leaves each period: 1000, 900, 810, 729, 656.
    model = fit_sbg([1000, 900, 810, 729, 656], time_unit="year")
    assert "Nothing shows customers to differ" in model.found("homogeneous").sentence
    assert model.serious
    assert model.retention([1, 10]).tolist() == pytest.approx([0.9, 0.9], abs=1e-4)
    assert model.log_likelihood == pytest.approx(
        fit_geometric([1000, 900, 810, 729, 656], time_unit="year").log_likelihood
    )
    assert ladder(fit_geometric([1000, 900, 810, 729, 656], time_unit="year"), model)["p"][1] > 0.49
    assert fit_bdw([1000, 900, 810, 729, 656], time_unit="year").found("time_not_shown") is not None


def test_a_difference_that_chance_explains_is_said_to_be():
    # Retention .88, .90, .91: a little rise, 100 customers.
    model = fit_sbg([100, 88, 79, 72], time_unit="year")
    assert "about as well" in model.found("difference_not_shown").sentence
    assert model.found("few_customers") is not None


def test_customers_alike_whose_risk_rises_are_said_to_be():
    # S(t) = .9^(t^1.5) of 100,000: 90,000, 74,231, 57,842, 43,047, 30,798.
    counts = [round(100_000 * 0.9**t**1.5) for t in range(6)]
    model = fit_bdw(counts, time_unit="year")
    assert "everybody has the same risk" in model.found("homogeneous").sentence
    assert model.found("time_not_shown") is None
    assert model.params["c"] == pytest.approx(1.5, rel=1e-3)
    assert model.survival(range(6)) == pytest.approx(np.array(counts) / 1e5, abs=2e-5)
    assert model.standard_errors.isna().tolist() == [True, True, False]
    low, high = model.summary().set_index("parameter").loc["c", ["low", "high"]]
    assert low < 1.5 < high
    assert high - low < 0.05


def test_c_that_is_not_determined_is_said_to_be():
    # Nobody leaves, then many once, then nobody: any large c will do.
    model = fit_bdw([1000, 1000, 600, 600, 600], time_unit="year")
    assert "do not determine the parameters" in model.found("flat").sentence
    assert "c" in model.found("flat").sentence.split("(found")[0]
    assert np.isnan(model.standard_errors["c"])


def test_as_many_periods_as_parameters_are_said_to_be():
    assert fit_bdw([1000, 900, 820, 760], time_unit="year").found("few_periods") is not None
    assert fit_bdw([1000, 900, 820, 760, 710], time_unit="year").found("few_periods") is None


def test_a_search_that_did_not_come_to_rest_is_said_to_have_not():
    found = Maximum(np.zeros(2), -1.0, np.eye(2), np.array([False, False]), converged=False)
    (said,) = of_the_search(found, ("alpha", "beta"))
    assert (said.kind, said.serious) == ("not_converged", True)
    assert list(of_the_search(dataclasses.replace(found, converged=True), ("alpha", "beta"))) == []


def test_a_lifetime_without_end_is_said_to_be(regular, high_end):
    assert fit_sbg(regular[:5], time_unit="year").found("infinite_mean") is not None  # α .76
    assert fit_sbg(high_end[:5], time_unit="year").found("infinite_mean") is None  # α 1.28


@pytest.mark.parametrize(
    ("fit", "survivors", "match"),
    [
        (fit_geometric, [100, 100, 100], "0 of them left"),
        (fit_sbg, [100, 90], "a model of 2 parameters needs as many"),
        (fit_bdw, [100, 80, 70], "a model of 3 parameters needs as many"),
        (fit_sbg, [100, 50, 0], "nobody is left"),
        (fit_sbg, [20, 9, 5], "there are 20 customers"),
    ],
)
def test_too_little_is_refused_with_what_is_missing(fit, survivors, match):
    with pytest.raises(DataError, match=match):
        fit(survivors, time_unit="year")


def test_everything_missing_is_named_at_once():
    with pytest.raises(DataError, match="there are 8 customers") as refused:
        fit_bdw([8, 8], time_unit="year")
    for said in ("0 of them left", "a model of 3 parameters"):
        assert said in str(refused.value)
