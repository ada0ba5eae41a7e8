"""Lifetimes and values: by hand, against closed forms and sums term by term, and in every unit of time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from crmlab.errors import DataError, ParameterError
from crmlab.models.contracts import (
    BetaDiscreteWeibull,
    Geometric,
    ShiftedBetaGeometric,
    discounted_lifetime,
    discounted_residual_lifetime,
    expected_lifetime,
    expected_residual_lifetime,
    fit_sbg,
    refits,
    residual_value,
)

MODELS = {
    "geometric": Geometric.known(time_unit="year", churn=0.2),
    "sBG": ShiftedBetaGeometric.known(time_unit="year", alpha=0.7, beta=1.2),
    "sBG, all but alike": ShiftedBetaGeometric.known(time_unit="year", alpha=1e9 * 0.2, beta=1e9 * 0.8),
    "BdW, risk falls": BetaDiscreteWeibull.known(time_unit="year", alpha=0.7, beta=1.2, c=0.7),
    "BdW, risk rises": BetaDiscreteWeibull.known(time_unit="year", alpha=0.7, beta=1.2, c=1.6),
}


def test_derl_by_hand():
    # One rate of .2, 10 %: .8 + .8²/1.1 + .8³/1.1² + … = .8/(1 − .8/1.1) = 2.9333; after the payment 2.9333/1.1.
    model = MODELS["geometric"]
    assert float(discounted_residual_lifetime(model, 3, discount_rate_per_year=0.1)) == pytest.approx(2.93333, abs=1e-5)
    after = discounted_residual_lifetime(model, 3, discount_rate_per_year=0.1, at="after payment")
    assert float(after) == pytest.approx(2.66667, abs=1e-5)
    # DEL: the first payment counts as 1.
    assert discounted_lifetime(model, discount_rate_per_year=0.1) == pytest.approx(3.66667, abs=1e-5)
    # Undiscounted: 1 + .8 + .64 + … = 5; three periods of it 2.44.
    assert expected_lifetime(model) == pytest.approx(5)
    assert expected_lifetime(model, horizon=3) == pytest.approx(2.44)
    assert expected_residual_lifetime(model, [0, 7], horizon=2).tolist() == pytest.approx([1.44, 1.44])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_derl_is_the_sum_of_its_payments(name, rate):
    model = MODELS[name]
    ahead = np.arange(1, 2000)
    for renewals in (0, 1, 4, 12):
        payments = model.survival(renewals + ahead) / model.survival(renewals) / (1 + rate) ** (ahead - 1)
        found = discounted_residual_lifetime(model, renewals, discount_rate_per_year=rate)
        assert float(found) == pytest.approx(payments.sum(), rel=1e-9)


@given(st.floats(0.1, 20), st.floats(0.1, 20), st.integers(0, 30))
def test_derl_of_the_sbg_is_its_closed_form(alpha, beta, renewals):
    # Fader and Hardie (2010): (β + n − 1)/(α + β + n − 1) · ₂F₁(1, β + n; α + β + n; 1/(1 + d)), n the period.
    model, n = ShiftedBetaGeometric.known(time_unit="year", alpha=alpha, beta=beta), renewals + 1
    closed = (beta + n - 1) / (alpha + beta + n - 1) * hyp2f1(1, beta + n, alpha + beta + n, 1 / 1.1)
    assert float(discounted_residual_lifetime(model, renewals, discount_rate_per_year=0.1)) == pytest.approx(closed)
    # DEL = ₂F₁(1, β; α + β; 1/(1 + d))
    closed = hyp2f1(1, beta, alpha + beta, 1 / 1.1)
    assert discounted_lifetime(model, discount_rate_per_year=0.1) == pytest.approx(closed)


def test_del_and_derl_of_the_published_customers(regular, high_end):
    # An independent public implementation of both papers, four renewals, 10 %: DEL 3.62 and 5.46; DERL in the fifth
    # period 5.68 and 5.87.
    for counts, expected in ((regular, [3.62, 5.68]), (high_end, [5.46, 5.87])):
        model = fit_sbg(counts[:5], time_unit="year")
        found = [
            discounted_lifetime(model, discount_rate_per_year=0.1),
            float(discounted_residual_lifetime(model, 4, discount_rate_per_year=0.1)),
        ]
        assert [round(value, 2) for value in found] == expected


@pytest.mark.parametrize(("alpha", "beta"), [(3.8, 15.2), (1.2, 2.0), (1.01, 2.0)])
@pytest.mark.parametrize("renewals", [0, 3])
def test_a_lifetime_without_discount(alpha, beta, renewals):
    # θ of who made n renewals is Beta(α, β + n); mean of (1 − θ)/θ is (β + n)/(α − 1). The BdW sums and integrates.
    expected = (beta + renewals) / (alpha - 1)
    sbg = ShiftedBetaGeometric.known(time_unit="year", alpha=alpha, beta=beta)
    bdw = BetaDiscreteWeibull.known(time_unit="year", alpha=alpha, beta=beta, c=1)
    assert float(expected_residual_lifetime(sbg, renewals)) == pytest.approx(expected)
    assert float(expected_residual_lifetime(bdw, renewals)) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("alpha", "c"), [(2.0, 0.7), (2.0, 3.0), (60.0, 1.2)])
def test_a_lifetime_without_discount_is_the_sum_of_its_periods(alpha, c):
    model = BetaDiscreteWeibull.known(time_unit="year", alpha=alpha, beta=2.0, c=c)
    ahead = np.arange(1, 3_000_001, dtype=float)
    tail = float(model.survival(ahead[-1])) * ahead[-1] / (alpha * c - 1)  # S falls like t^−αc from there
    expected = 1 + model.survival(ahead).sum() + tail
    assert expected_lifetime(model) == pytest.approx(expected, rel=1e-5)


def test_a_lifetime_may_have_no_end():
    assert expected_lifetime(MODELS["sBG"]) == np.inf
    assert expected_lifetime(MODELS["BdW, risk falls"]) == np.inf
    assert expected_lifetime(MODELS["sBG"], horizon=10) < 10


def test_who_has_stayed_is_expected_to_stay_longer():
    for name, trend in (("geometric", 0), ("sBG", 1), ("BdW, risk falls", 1)):
        found = np.diff(discounted_residual_lifetime(MODELS[name], np.arange(9), discount_rate_per_year=0.1))
        assert (np.abs(found) < 1e-9).all() if trend == 0 else (found > 0).all()


def test_a_rate_a_year_is_that_of_a_year_in_every_unit():
    # A churn of .2 a year at one renewal a year, or of 1 − .8^(1/12) at each of twelve: payments are twelve times as
    # many, and 10 % a year is 10 % after twelve of them.
    year = Geometric.known(time_unit="year", churn=0.2)
    month = Geometric.known(time_unit="month", churn=1 - 0.8 ** (1 / 12))
    r, d = 0.8 ** (1 / 12), 1.1 ** (1 / 12) - 1
    found = float(discounted_residual_lifetime(month, 0, discount_rate_per_year=0.1))
    assert found == pytest.approx(r * (1 + d) / (d + 1 - r))
    assert float(month.survival(24)) == pytest.approx(float(year.survival(2)))
    # A month's payments of a twelfth of the margin, discounted to now, lie between those at year's start and its end.
    yearly = float(discounted_residual_lifetime(year, 0, discount_rate_per_year=0.1))
    assert yearly / 1.1 < found / 12 < yearly / 0.8


def test_a_base_by_hand():
    # Two customers in their first period and one with a renewal, one rate of .2: 3 × 2.9333 × 50 = 440.
    found = residual_value(MODELS["geometric"], {1: 1, 0: 2}, margin=50, nominal_discount_rate_per_year=0.1)
    assert found.total.value == pytest.approx(440, abs=0.01)
    assert found.table["renewals"].tolist() == [0, 1]
    assert found.table["value"].sum() == pytest.approx(found.total.value)
    assert (found.total.low, found.total.n) == (None, 3)
    assert "10.0 % a year, nominal" in found.total.window


def test_the_value_of_a_base_has_an_interval_from_refits(regular):
    model = fit_sbg(regular[:5], time_unit="year")
    drawn = refits(model, regular[:5], rng=np.random.default_rng(1))
    asked = {"margin": 1, "nominal_discount_rate_per_year": 0.1}
    found = residual_value(model, {4: 326}, drawn=drawn, **asked).total
    assert found.low < found.value < found.high
    # One by one, with the parameters of each draw.
    each = [
        residual_value(ShiftedBetaGeometric.known(time_unit="year", **row), {4: 326}, **asked).total.value
        for row in drawn.to_dict("records")
    ]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(each, [0.025, 0.975])))
    # All who are alike in what they pay and how they stay count the same.
    twice = residual_value(model, {4: 652}, drawn=drawn, **asked).total
    assert (twice.value, twice.low) == pytest.approx((2 * found.value, 2 * found.low))


def test_arguments_out_of_range():
    model = MODELS["sBG"]
    with pytest.raises(ParameterError, match="it is at least") as refused:
        discounted_residual_lifetime(model, -1, discount_rate_per_year=0.0, at="never")
    for said in ("renewals is below 0", "'before renewal', 'after payment'"):
        assert said in str(refused.value)
    with pytest.raises(ParameterError, match="horizon is -1"):
        expected_lifetime(model, horizon=-1)
    with pytest.raises(ParameterError, match="margin is nan"):
        residual_value(model, {0: 1}, margin=np.nan, nominal_discount_rate_per_year=0.1)
    for base in ({}, {0: 0}, {-1: 5}, {0: -5}):
        with pytest.raises(DataError, match="This base of customers cannot be"):
            residual_value(model, base, margin=1, nominal_discount_rate_per_year=0.1)
