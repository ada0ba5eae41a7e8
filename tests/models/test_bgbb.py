import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.special import betaln

from crmlab.errors import DataError, ParameterError
from crmlab.language import percent
from crmlab.models import (
    BGBB,
    discounted_purchases_new_customer,
    discounted_residual_purchases,
    expected_purchases,
    expected_purchases_new_customer,
    fit_bgbb,
    from_json,
    probability_alive,
    probability_of_n_purchases,
    to_json,
)
from crmlab.models.buying.base import Seen
from crmlab.models.buying.bgbb_likelihood import log_likelihood
from crmlab.simulate import bgbb_histories

PAPER = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
ONES = {"alpha": 1, "beta": 1, "gamma": 1, "delta": 1}
# The top of the likelihood of the donations: eq. (5) of the paper climbed by Newton's steps in 34 digits (mpmath 1.4)
# from REFITTED, until a step was below 1e-13 and the gradient below 1e-20.
TOP = {"alpha": 1.2035223516, "beta": 0.749716358173, "gamma": 0.656718208442, "delta": 2.78344223258}
TOP_LIKELIHOOD = -33225.58127434701
# By an independent implementation, "to convergence"; it stops 1e-5 of log-likelihood below the top, where delta is no
# longer the printed 2.783.
REFITTED = {"alpha": 1.203507, "beta": 0.749767, "gamma": 0.656757, "delta": 2.783887}


def histories(*rows):
    return pd.DataFrame(rows, columns=["x", "t_x", "n"])


def columns(table):
    return [table[name].to_numpy(dtype=float) for name in ("x", "t_x", "n", "weight")]


@pytest.fixture(scope="module")
def donations():
    """The 11,104 donors of Fader, Hardie and Shang (2010), six opportunities, as the package lifetimes has them."""
    folder = Path(importlib.util.find_spec("lifetimes").origin).parent
    table = pd.read_csv(folder / "datasets" / "donations.csv")
    return table.set_axis(["x", "t_x", "n", "weight"], axis=1)


@pytest.fixture(scope="module")
def fitted(donations):
    return fit_bgbb(donations, opportunities_per_year=1)


def everyone(n):
    """Every history there can be after n opportunities, with how many sequences of purchases lead to it."""
    sequences = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    last = np.where(sequences.any(axis=1), n - sequences[:, ::-1].argmax(axis=1), 0)
    table = histories(*zip(sequences.sum(axis=1), last, [n] * 2**n, strict=True))
    return table.groupby(["x", "t_x", "n"]).size().rename("weight").reset_index()


def test_the_likelihood_by_hand():
    # All parameters 1, so p and θ are uniform. Two opportunities, bought at the first: stayed through both
    # ∫ p (1 − p) · ∫ (1 − θ)^2 = 1/6 · 1/3, or left before the second ∫ p · ∫ (1 − θ) θ = 1/2 · 1/6: together 5/36.
    # Bought at none: 1/3 · 1/3 + 1/2 · 1/6 (left before the second) + 1/2 (before the first) = 25/36.
    table = histories((1, 1, 2), (0, 0, 2)).assign(weight=[3, 2])
    value, _ = log_likelihood(np.zeros(4), *columns(table))
    assert value == pytest.approx(3 * math.log(5 / 36) + 2 * math.log(25 / 36), rel=1e-13)


def test_alive_by_hand(given_params):
    # The same: alive at the third ∫ (1 − θ)^3 = 1/4 in place of 1/3, so 1/6 · 1/4 / (5/36) = 3/10, and 1/3 · 1/4 of
    # 25/36 = 3/25. Who bought at the last opportunity stays with (δ + n) / (γ + δ + n) = 3/4.
    model = given_params(BGBB, time_unit="opportunity", **ONES)
    assert list(probability_alive(model, histories((1, 1, 2), (0, 0, 2), (1, 2, 2)))) == pytest.approx(
        [0.3, 0.12, 0.75]
    )


def test_expectations_by_hand(given_params):
    # Given alive at the third: p ~ Beta(2, 2), mean 1/2; still here at the fourth with (δ + 3) / (γ + δ + 3) = 4/5.
    # Two more opportunities: 3/10 · 1/2 · (1 + 4/5) = 0.27.
    model = given_params(BGBB, time_unit="opportunity", **ONES)
    assert expected_purchases(model, histories((1, 1, 2)), periods=2)[0] == pytest.approx(0.27)
    # New: 1/2 · (1/2 + 1/3) = 5/12 in two.
    assert expected_purchases_new_customer(model, periods=[0, 2]) == pytest.approx([0, 5 / 12])


def test_numbers_of_purchases_by_hand(given_params):
    # At two opportunities, as above: none 25/36; both ∫ p^2 · ∫ (1 − θ)^2 = 1/9; so one 7/36.
    model = given_params(BGBB, time_unit="opportunity", **ONES)
    assert probability_of_n_purchases(model, [0, 1, 2, 3], periods=2) == pytest.approx([25 / 36, 7 / 36, 1 / 9, 0])


def test_the_gradient_is_that_of_the_value(donations):
    more = pd.concat([donations, histories((0, 0, 9), (7, 30, 40), (1, 3, 40)).assign(weight=5)])
    for at in ([1.2, 0.7, 0.6, 2.8], [0.1, 30.0, 5.0, 0.2], [20.0, 3.0, 400.0, 9000.0]):
        theta, step = np.log(at), 1e-5
        numeric = [
            (log_likelihood(theta + one, *columns(more))[0] - log_likelihood(theta - one, *columns(more))[0]) / 2 / step
            for one in step * np.eye(4)
        ]
        assert log_likelihood(theta, *columns(more))[1] == pytest.approx(numeric, rel=1e-5, abs=1e-4)


def papers(params, x, t_x, n):
    """The logarithm of eq. (5), with Beta functions."""
    a, b, g, d = params
    whole = math.exp(betaln(a + x, b + n - x) - betaln(a, b) + betaln(g, d + n) - betaln(g, d))
    for i in range(n - t_x):
        whole += math.exp(betaln(a + x, b + t_x - x + i) - betaln(a, b) + betaln(g + 1, d + t_x + i) - betaln(g, d))
    return math.log(whole)


def test_the_likelihood_is_the_papers():
    # Of a customer with a silence of three.
    value, _ = log_likelihood(np.log(list(PAPER.values())), *np.array([[3], [5], [8], [1.0]]))
    assert value == pytest.approx(papers(PAPER.values(), 3, 5, 8), rel=1e-12)


@settings(max_examples=40)
@given(st.tuples(*[st.floats(0.02, 300) for _ in range(4)]), st.integers(1, 9))
def test_all_histories_together_have_probability_one(params, n):
    table = everyone(n)
    each = [
        log_likelihood(np.log(params), *np.array([[x], [t_x], [n], [1.0]]))[0]
        for x, t_x in table[["x", "t_x"]].to_numpy()
    ]
    likely = np.exp(each) * table["weight"].to_numpy()
    assert likely.sum() == pytest.approx(1, rel=1e-10)
    # The share alive at the next, over all histories, is that of a new customer: Π (δ + j) / (γ + δ + j).
    names = dict(zip(BGBB.parameters, params, strict=True))
    alive = BGBB.alive_given(names, *(table[name].to_numpy(dtype=float) for name in ("x", "t_x", "n")))
    assert ((alive >= 0) & (alive <= 1)).all()
    _, _, gamma, delta = params
    stays = np.prod((delta + np.arange(n + 1)) / (gamma + delta + np.arange(n + 1)))
    assert likely @ alive == pytest.approx(stays, rel=1e-9)


def test_donations_as_printed(fitted):
    assert {name: round(value, 3) for name, value in fitted.params.items()} == {
        "alpha": 1.204,
        "beta": 0.75,
        "gamma": 0.657,
        "delta": 2.783,
    }


def test_donations_to_four_digits(fitted):
    assert list(fitted.params.values()) == pytest.approx(list(TOP.values()), rel=5e-5)
    assert fitted.log_likelihood == pytest.approx(TOP_LIKELIHOOD, abs=1e-6)
    assert fitted.log_likelihood == pytest.approx(-33225.581285, abs=1e-3)
    assert expected_purchases_new_customer(fitted, periods=10) == pytest.approx(3.179805, rel=5e-5)
    assert (fitted.n_customers, fitted.diagnosis) == (11_104, ())


def test_donations_are_at_the_top_of_the_papers_likelihood(fitted, donations, slopes_at):
    rows = donations.to_numpy().tolist()

    def value(theta):
        return math.fsum(weight * papers(np.exp(theta), *row) for *row, weight in rows)

    ours, refitted = (np.array(list(params.values())) for params in (fitted.params, REFITTED))
    # A step of Newton's would gain no more than 4 · (1e-4)² / 2. At the values refitted it would; there it is lower.
    spread = fitted.standard_errors.to_numpy() / ours
    assert np.abs(slopes_at(value, np.log(ours)) * spread).max() < 1e-4
    assert np.abs(slopes_at(value, np.log(refitted)) * spread).max() > 1e-4
    lower = value(np.log(ours)) - value(np.log(refitted))
    assert lower == pytest.approx(TOP_LIKELIHOOD + 33225.58128529005, rel=0.01)


def test_donations_table_6_and_the_authors_workbook(fitted, donations):
    # Table 6: P(alive in 2002) after none, two up to 1999, and all six.
    alive = probability_alive(fitted, histories((0, 0, 6), (2, 4, 6), (6, 6, 6)))
    assert alive.round(2).tolist() == [0.11, 0.59, 0.93]
    # The workbook published with the paper: donations expected of all in the next five years, and how many of the
    # 11,104 give never and always in six.
    expected = expected_purchases(fitted, donations, periods=5)
    assert (expected * donations["weight"]).sum() == pytest.approx(12884.2, abs=0.1)
    numbers = 11_104 * probability_of_n_purchases(fitted, [0, 6], periods=6)
    assert numbers == pytest.approx([3454.9, 1253.1], abs=0.1)


def test_lifetimes_agrees_where_it_is_right(lifetimes, fitted, donations):
    theirs = lifetimes.BetaGeoBetaBinomFitter()
    theirs.params_ = pd.Series(fitted.params)
    x, t_x, n, _ = columns(donations)
    assert probability_alive(fitted, donations).to_numpy() == pytest.approx(
        np.asarray(theirs.conditional_probability_alive(1, x, t_x, n)), rel=1e-9
    )
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(5, x, t_x, n)
    assert expected_purchases(fitted, donations, periods=5).to_numpy() == pytest.approx(np.asarray(expected), rel=1e-9)


def test_dert_is_the_sum_without_end(fitted, donations):
    # Eq. (14) summed far beyond what counts: each year's mean purchase, discounted by 10 %. And the limits of eq. (14):
    # who is alive and never leaves would be worth p / 0.1.
    found = discounted_residual_purchases(fitted, donations, discount_rate_per_year=0.1)
    alpha, beta, gamma, delta = fitted.params.values()
    years = np.arange(1, 3000)
    for row in (0, 9, 21):
        x, _, n, _ = (float(value) for value in donations.loc[row])
        here = np.exp(betaln(gamma, delta + n + years) - betaln(gamma, delta + n + 1))
        mean = (alpha + x) / (alpha + beta + n)
        closed = probability_alive(fitted, donations)[row] * mean * (here / 1.1**years).sum()
        assert found[row] == pytest.approx(closed, rel=1e-9)
        assert found[row] < mean / 0.1
    per_month = fit_bgbb(donations, opportunities_per_year=12)
    assert (discounted_residual_purchases(per_month, donations, discount_rate_per_year=0.1) > found).all()
    assert discounted_purchases_new_customer(fitted, discount_rate_per_year=0.1) > 0


def test_expectations_add_up_over_the_horizon(fitted):
    # Of a new customer: what is expected in ten is the sum of the chances to buy at each.
    alpha, beta, gamma, delta = fitted.params.values()
    steps = np.cumprod((delta + np.arange(10)) / (gamma + delta + np.arange(10))) * alpha / (alpha + beta)
    assert expected_purchases_new_customer(fitted, periods=np.arange(1, 11)) == pytest.approx(np.cumsum(steps))


@pytest.mark.parametrize("params", [(1.2, 0.75, 0.66, 2.8), (0.05, 4, 3, 0.2), (2e5, 6e5, 1e5, 1e6), (1, 1, 1e-9, 1)])
def test_numbers_of_purchases_add_up_to_one_with_the_right_mean(given_params, params):
    model = given_params(BGBB, time_unit="opportunity", **dict(zip(BGBB.parameters, params, strict=True)))
    n = np.arange(61)
    found = probability_of_n_purchases(model, n[None, :], periods=[[7], [60]])
    assert found.sum(axis=1) == pytest.approx([1, 1], rel=1e-9)
    assert found @ n == pytest.approx(expected_purchases_new_customer(model, periods=[7, 60]), rel=1e-8)


def test_draws_of_the_future_have_the_expected_mean(given_params):
    model = given_params(BGBB, time_unit="opportunity", **PAPER)
    data = histories((0, 0, 6), (2, 4, 6), (6, 6, 6))
    seen = Seen(*(data[name].to_numpy(dtype=float) for name in ("x", "t_x", "n")), m=np.zeros(3))
    draws = {name: np.full(40_000, value) for name, value in PAPER.items()}
    future = BGBB.future(np.random.default_rng(5), seen, draws, 5.0)
    expected = expected_purchases(model, data, periods=5).to_numpy()
    assert (np.abs(future.made.mean(axis=1) - expected) < 4 * future.made.std(axis=1) / 200).all()
    assert (future.end > 0).mean(axis=1) == pytest.approx(probability_alive(model, data).to_numpy(), abs=0.01)
    assert (future.made <= np.round(future.end * 5)).all()
    assert set(np.round(np.unique(future.end) * 5, 9)) == {0, 1, 2, 3, 4, 5}


def test_planted_truth_is_recovered():
    planted = {"alpha": 1.2, "beta": 2.0, "gamma": 0.7, "delta": 4.0}
    made = bgbb_histories(np.random.default_rng(1), n_customers=8000, n_opportunities=10, **planted)
    model = fit_bgbb(made.customers(10))
    for name, value in planted.items():
        assert model.params[name] == pytest.approx(value, abs=4 * model.standard_errors[name])
    assert not model.serious


def test_opportunities_may_differ_between_customers():
    planted = {"alpha": 1.2, "beta": 2.0, "gamma": 0.7, "delta": 4.0}
    made = bgbb_histories(np.random.default_rng(2), n_customers=9000, n_opportunities=14, **planted)
    parts = [made.customers(n).iloc[first::3] for first, n in enumerate((6, 10, 14))]
    model = fit_bgbb(pd.concat(parts))
    for name, value in planted.items():
        assert model.params[name] == pytest.approx(value, abs=4 * model.standard_errors[name])


def test_where_nobody_leaves_it_is_said():
    made = bgbb_histories(np.random.default_rng(1), n_customers=5000, n_opportunities=6, gamma=0)
    model = fit_bgbb(made.customers(6))
    assert model.found("no_dropout") or model.found("dropout_not_shown")
    assert model.serious
    # Everybody bought at the last opportunity: not a trace of leaving.
    model = fit_bgbb(histories(*[(x, 5, 5) for x in range(1, 6) for _ in range(20 * x)]))
    assert model.found("no_dropout").serious
    assert model.standard_errors[["gamma", "delta"]].isna().all()


@pytest.mark.parametrize("seed", range(6))
def test_customers_who_all_leave_with_one_probability_are_said_to(seed):
    # As on the cruises of the paper: γ, δ → ∞ with γ / (γ + δ) = 0.1. No seed may bring numbers that look like
    # estimates of γ and δ.
    rng = np.random.default_rng(seed)
    made = bgbb_histories(rng, n_customers=4000, n_opportunities=6, gamma=0.1, delta=math.inf)
    model = fit_bgbb(made.customers(6))
    said = model.found("one_probability_of_leaving")
    share = model.params["gamma"] / (model.params["gamma"] + model.params["delta"])
    assert share == pytest.approx(0.1, abs=0.02)
    assert said.serious
    assert f"as if {percent(share)} of them left" in said.sentence
    assert model.params["delta"] == pytest.approx(1e6)
    assert math.isnan(model.standard_errors["delta"])


def test_a_ridge_that_rises_for_ever_ends_at_its_edge():
    # Everybody buys at every opportunity until they leave, a tenth of them each time, in numbers without chance: more
    # alike than any Beta makes them.
    rows = [(k, k, 6) for k, n in enumerate((1000, 900, 810, 729, 656, 590)) for _ in range(n)]
    model = fit_bgbb(histories(*rows, *[(6, 6, 6)] * 5314))
    assert model.found("one_probability_of_leaving").serious
    assert model.params["delta"] == pytest.approx(1e6)
    assert model.params["gamma"] / model.params["delta"] == pytest.approx(1 / 9, rel=1e-3)


def test_order_and_weights_change_nothing(donations, fitted):
    before = donations.copy()
    shuffled = donations.sample(frac=1, random_state=3)
    assert fit_bgbb(shuffled).params == fitted.params
    assert_frame_equal(donations, before)
    one_by_one = donations.loc[donations.index.repeat(donations["weight"])].drop(columns="weight")
    assert fit_bgbb(one_by_one).params == fitted.params


def test_it_is_saved_and_comes_back(fitted):
    again = from_json(to_json(fitted))
    assert (again.params, again.opportunities_per_year) == (fitted.params, 1.0)


def test_long_silences_and_many_opportunities(given_params):
    # Ten years of days, each an opportunity.
    model = given_params(BGBB, time_unit="opportunity", alpha=2.0, beta=20.0, gamma=0.5, delta=300.0)
    alive = probability_alive(model, histories((300, 3640, 3650), (300, 400, 3650), (0, 0, 3650)))
    assert alive[0] > 0.9
    assert alive[1] < 1e-6
    assert ((alive >= 0) & (alive <= 1)).all()
    value, gradient = log_likelihood(np.log([2.0, 20.0, 0.5, 300.0]), *np.array([[300], [400], [3650], [1.0]]))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_what_cannot_be_is_named_at_once(donations):
    message = (
        r"(?s)cannot be fitted:.*1 histories have t_x or n that is no whole number.*2 histories have more purchases x.*"
        r"there are 3 customers, and at least 30"
    )
    with pytest.raises(DataError, match=message):
        fit_bgbb(histories((1, 1.5, 6), (4, 2, 6), (2, 1, 6)))
    with pytest.raises(DataError, match="0 of them bought at an opportunity after the first purchase"):
        fit_bgbb(histories(*[(0, 0, 6)] * 50))
    with pytest.raises(DataError, match=r"columns \['t_x'\] are not in the table"):
        fit_bgbb(donations.drop(columns="t_x"))


def test_arguments_out_of_range(donations, fitted):
    with pytest.raises(ParameterError, match="opportunities_per_year is 0; it is above 0"):
        fit_bgbb(donations, opportunities_per_year=0)
    with pytest.raises(ParameterError, match="counts opportunities to buy, not days"):
        expected_purchases(fitted, donations, horizon_days=30)
    with pytest.raises(ParameterError, match=r"periods is 1\.5; BG/BB counts opportunities, which are whole numbers"):
        expected_purchases(fitted, donations, periods=1.5)
    with pytest.raises(ParameterError, match="does not know how many there are in a year"):
        discounted_residual_purchases(fit_bgbb(donations), donations, discount_rate_per_year=0.1)
    with pytest.raises(ParameterError, match="discount_rate_per_year is 0; without a horizon it is above 0"):
        discounted_residual_purchases(fitted, donations, discount_rate_per_year=0)
