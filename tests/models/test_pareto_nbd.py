import math
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import gammaln, hyp2f1, hyperu

from crmlab.errors import DataError, ParameterError
from crmlab.language import number
from crmlab.models import (
    NBD,
    ParetoNBD,
    discounted_purchases_new_customer,
    discounted_residual_purchases,
    expected_purchases,
    expected_purchases_new_customer,
    fit_nbd,
    fit_pareto_nbd,
    from_json,
    probability_alive,
    probability_of_n_purchases,
    to_json,
)
from crmlab.models.buying.base import DAYS_PER_YEAR, Seen
from crmlab.models.buying.gamma_rates import time_with_us
from crmlab.models.buying.pareto_likelihood import alive_given, log_likelihood
from crmlab.simulate import pareto_nbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 30)
ONES = {"r": 1, "alpha": 1, "s": 1, "beta": 1}
# The top of the likelihood on CDNOW: its closed form (two ₂F₁) climbed by Newton's steps in 34 digits (mpmath 1.4) from
# REFITTED, until a step was below 1e-13 and the gradient below 1e-20.
TOP = {"r": 0.553277046853, "alpha": 10.5776834633, "s": 0.606239989128, "beta": 11.6687352889}
TOP_LIKELIHOOD = -9594.976178939543
# By an independent implementation, "to convergence"; it stops 2e-6 of log-likelihood below the top.
REFITTED = {"r": 0.55327001, "alpha": 10.577800685, "s": 0.606019997, "beta": 11.663914514}


def customers(*rows):
    return pd.DataFrame(rows, columns=["repeats", "t_x", "T"])


def simulated(seed=1, n_customers=1500, **world):
    rng = np.random.default_rng(seed)
    made = pareto_nbd_histories(rng, n_customers=n_customers, start=START, observed_until=END, **world)
    return made.customers(END)


def columns(table, unit=1.0):
    x, t_x, T = (table[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T"))
    return x, t_x / unit, T / unit


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit_pareto_nbd(cdnow)


def test_the_likelihood_by_hand():
    # All parameters 1. Bought once, T = 1: still here 1/2 · 1/2, or left ∫ (1 + y)^−3 dy from 0 to 1 = 3/8: 5/8.
    # Once more at 1, T = 3: (1/4)^2 · 1/4 = 1/64, or ∫ (1 + y)^−4 dy from 1 to 3 = (1/8 − 1/64) / 3 = 7/192: 5/96.
    x, t_x, T, weights = np.array([[0, 1], [0, 1], [1, 3], [3, 2]], dtype=float)
    value, _ = log_likelihood(np.zeros(4), x, t_x, T, weights)
    assert value == pytest.approx(3 * math.log(5 / 8) + 2 * math.log(5 / 96), rel=1e-13)


def test_alive_by_hand(given_params):
    # The same customers: 1/4 of 5/8, and 3/192 of 10/192. Who has just bought is here.
    found = probability_alive(given_params(ParetoNBD, **ONES), customers((0, 0, 1), (1, 1, 3), (2, 3, 3)))
    assert list(found) == pytest.approx([2 / 5, 3 / 10, 1])


def test_expectations_by_hand(given_params):
    # s = 1: (r + x) (β + T) / (α + T) · log(1 + t / (β + T)). Once more at 1, T = 3, t = 4: 2 · log 2, alive with 3/10.
    model = given_params(ParetoNBD, **ONES)
    assert expected_purchases(model, customers((1, 1, 3)), horizon_days=4)[0] == pytest.approx(0.6 * math.log(2))
    # A new customer: r β / α · log(1 + t / β).
    assert expected_purchases_new_customer(model, days=[0, 1]) == pytest.approx([0, math.log(2)])


def test_numbers_of_purchases_by_hand(given_params):
    # Up to t = 1: none 5/8 as above. One: 1/2 · (1/2 · 1/2) still here, or left ∫ τ (1 + τ)^−4 dτ = 1/12: 5/24.
    found = probability_of_n_purchases(given_params(ParetoNBD, **ONES), [0, 1], days=1)
    assert found == pytest.approx([5 / 8, 5 / 24], rel=1e-10)


def test_the_gradient_is_that_of_the_value(cdnow):
    data, weights = columns(cdnow, 273), np.arange(len(cdnow)) % 3 + 1.0
    for at in ([0.4, 0.5, 0.5, 0.2], [3.0, 0.2, 0.05, 4.0], [0.05, 30.0, 20.0, 5.0]):
        theta, step = np.log(at), 1e-5
        moved = step * np.eye(4)
        numeric = [
            (log_likelihood(theta + one, *data, weights)[0] - log_likelihood(theta - one, *data, weights)[0]) / 2 / step
            for one in moved
        ]
        assert log_likelihood(theta, *data, weights)[1] == pytest.approx(numeric, rel=1e-6)


def closed_form(params, x, t_x, T):
    """The logarithm of L with the papers' two ₂F₁: Fader and Hardie (2005), note 009, eq. (15) to (20)."""
    r, alpha, s, beta = params
    far, near, second = (alpha, beta, s + 1) if alpha >= beta else (beta, alpha, r + x)

    def one(t):
        power = r + s + x
        return hyp2f1(power, second, power + 1, (far - near) / (far + t)) * (far + t) ** -power

    left = s / (r + s + x) * (one(t_x) - one(T))
    here = (alpha + T) ** -(r + x) * (beta + T) ** -s
    return gammaln(r + x) - gammaln(r) + r * math.log(alpha) + s * math.log(beta) + np.log(here + left)


@pytest.mark.parametrize(
    "params", [(0.55, 10.6, 0.61, 11.7), (2.0, 3.0, 0.4, 30.0), (0.9, 30.0, 1.7, 2.0), (1, 5, 1, 5)]
)
def test_the_likelihood_is_the_papers(params):
    for x, t_x, T in [(0, 0.0, 39.0), (1, 2.0, 30.0), (4, 20.0, 38.9), (9, 30.0, 31.0)]:
        found, _ = log_likelihood(np.log(params), *np.array([[x], [t_x], [T], [1.0]]))
        assert found == pytest.approx(closed_form(params, x, t_x, T), rel=1e-9)


@pytest.mark.parametrize(
    "params", [(0.55, 74, 0.61, 82), (5, 0.01, 3, 3000), (0.1, 3000, 0.02, 0.01), (20, 2, 200, 900)]
)
@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0, 3650), (400, 5, 3650), (900, 3640, 3650), (3, 3649.999, 3650)])
def test_likelihood_and_alive_at_the_edges(params, x, t_x, T):
    r, alpha, s, beta = params
    log_here = -(r + x) * math.log(alpha + T) - s * math.log(beta + T)
    at_last = -(r + x) * math.log(alpha + t_x) - s * math.log(beta + t_x)

    def left(log_gap):
        y = t_x + math.exp(log_gap)
        return math.exp(log_gap - (r + x) * math.log(alpha + y) - (s + 1) * math.log(beta + y) - at_last)

    # From a gap so small that nothing is before it, in pieces, so that no peak is overlooked.
    ends = np.linspace(math.log(1e-14), math.log(T - t_x), 120)
    gone = s * sum(quad(left, *pair, epsabs=0, epsrel=1e-11)[0] for pair in pairwise(ends))
    here = math.exp(log_here - at_last)
    head = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha) + s * math.log(beta)
    found, _ = log_likelihood(np.log(params), *np.array([[x], [t_x], [T], [1.0]]))
    assert found == pytest.approx(head + at_last + math.log(here + gone), rel=1e-9)
    alive = alive_given(params, *(np.array([value], dtype=float) for value in (x, t_x, T)))
    assert alive[0] == pytest.approx(here / (here + gone), rel=1e-8, abs=1e-300)


def test_parameters_may_be_draws(given_params):
    # Four draws against two customers is each by each.
    rng, histories = np.random.default_rng(2), np.array([[0, 0, 50], [3, 20, 40]], dtype=float)
    draws = dict(zip(ParetoNBD.parameters, rng.uniform(0.5, 20, (4, 4)), strict=True))
    table = ParetoNBD.alive_given(draws, *(column[:, None] for column in histories.T))
    assert table.shape == (2, 4)
    for draw in range(4):
        model = given_params(ParetoNBD, **{name: values[draw] for name, values in draws.items()})
        assert table[:, draw] == pytest.approx(probability_alive(model, customers(*histories)).to_numpy())


def test_cdnow_as_printed(fitted):
    # Fader, Hardie and Lee (2005), Marketing Science 24(2), the column of Pareto/NBD.
    found = {name: round(value, 3) for name, value in fitted.params.items()}
    assert found == {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    assert round(fitted.log_likelihood, 1) == -9595.0


def test_cdnow_to_four_digits_with_standard_errors_as_refitted(fitted):
    assert list(fitted.params.values()) == pytest.approx(list(TOP.values()), rel=5e-5)
    assert fitted.log_likelihood == pytest.approx(TOP_LIKELIHOOD, abs=1e-6)
    assert fitted.log_likelihood == pytest.approx(-9594.976181, abs=1e-3)
    assert list(fitted.standard_errors) == pytest.approx([0.047620158, 0.842699705, 0.187053193, 6.203674196], rel=0.01)


def test_cdnow_is_at_the_top_of_the_papers_likelihood(fitted, lifetimes, cdnow, slopes_at):
    data = columns(cdnow, 7)
    ours, refitted = (np.array(list(params.values())) for params in (fitted.params, REFITTED))
    # A step of Newton's would gain no more than 4 · (1e-4)² / 2.
    spread = fitted.standard_errors.to_numpy() / ours
    slopes = slopes_at(lambda theta: closed_form(np.exp(theta), *data).sum(), np.log(ours))
    assert np.abs(slopes * spread).max() < 1e-4
    # At the values refitted it would, and there it is lower: by the closed form, and by lifetimes' formula.
    before = slopes_at(lambda theta: closed_form(np.exp(theta), *data).sum(), np.log(refitted))
    assert np.abs(before * spread).max() > 1e-4
    for likelihood in (closed_form, lifetimes.ParetoNBDFitter._conditional_log_likelihood):
        lower = likelihood(ours, *data).sum() - likelihood(refitted, *data).sum()
        assert lower == pytest.approx(TOP_LIKELIHOOD + 9594.976180900945, rel=0.01)


def test_the_customer_of_the_btyd_walkthrough(given_params):
    # BTYD's vignette on CDNOW: x = 26, t_x = 30.86, T = 31 weeks, alive with 0.9979, 25.46 purchases in the next 52
    # weeks. Its parameters are printed to four digits, which leaves 0.01 of these purchases.
    model = given_params(ParetoNBD, time_unit="week", r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562)
    one = customers((26, 30.86 * 7, 31 * 7))
    assert round(probability_alive(model, one)[0], 4) == 0.9979
    assert expected_purchases(model, one, periods=52)[0] == pytest.approx(25.46, abs=0.01)


def test_lifetimes_agrees_where_it_is_right(lifetimes, cdnow, fitted):
    theirs = lifetimes.ParetoNBDFitter()
    theirs.params_ = pd.Series(fitted.params)
    data = columns(cdnow, 7)
    alive = np.asarray(theirs.conditional_probability_alive(*data))
    assert probability_alive(fitted, cdnow).to_numpy() == pytest.approx(alive, rel=1e-7)
    expected = np.asarray(theirs.conditional_expected_number_of_purchases_up_to_time(39, *data))
    assert expected_purchases(fitted, cdnow, periods=39).to_numpy() == pytest.approx(expected, rel=1e-7)
    new = theirs.expected_number_of_purchases_up_to_time(np.array([1.0, 39.0]))
    assert expected_purchases_new_customer(fitted, periods=[1, 39]) == pytest.approx(new, rel=1e-9)


def test_dert_is_the_papers(given_params):
    # Fader, Hardie and Lee (2005), JMR 42(4), eq. (2), in weeks with delta = log(1.15) / 52.18 a week.
    params = {"r": 0.5534, "alpha": 10.5802, "s": 0.6061, "beta": 11.6562}
    model = given_params(ParetoNBD, time_unit="week", **params)
    r, alpha, s, beta = params.values()
    delta = math.log(1.15) / DAYS_PER_YEAR * 7
    for x, t_x, T in [(0, 0.0, 77.86), (2, 30.43, 38.86), (7, 35.0, 77.86)]:
        log_likely = closed_form((r, alpha, s, beta), x, t_x, T)
        psi = hyperu(s, s, delta * (beta + T))
        head = r * math.log(alpha) + s * math.log(beta) + gammaln(r + x + 1) - gammaln(r)
        closed = math.exp(head - (r + x + 1) * math.log(alpha + T) - log_likely) * delta ** (s - 1) * psi
        found = discounted_residual_purchases(model, customers((x, t_x * 7, T * 7)), discount_rate_per_year=0.15)
        assert found[0] == pytest.approx(closed, rel=1e-6)
    new = r / alpha * beta * beta ** (s - 1) * delta ** (s - 1) * hyperu(s, s, delta * beta)
    assert discounted_purchases_new_customer(model, discount_rate_per_year=0.15) == pytest.approx(new, rel=1e-6)


@pytest.mark.parametrize("s", [1e-9, 0.3, 1.0, 2.5, 80.0, 1e6])
@pytest.mark.parametrize("span", [0.01, 20.0, 3e6])
@pytest.mark.parametrize(("horizon", "decay"), [(52.0, 0.0), (52.0, 0.003), (2e4, 0.003), (3e5, 1e-4)])
def test_time_with_us_at_the_edges(s, span, horizon, decay):
    def here(logarithm):
        tau = math.exp(logarithm)
        return math.exp(logarithm - decay * tau - s * math.log1p(tau / span))

    ends = np.linspace(math.log(1e-12 * min(span, horizon) / max(s, 1)), math.log(horizon), 80)
    whole = sum(quad(here, *pair, epsabs=0, epsrel=1e-11)[0] for pair in pairwise(ends))
    assert time_with_us(s, np.array([span]), horizon, decay)[0] == pytest.approx(whole, rel=1e-8)


@settings(deadline=None, max_examples=40)
@given(st.floats(1e-3, 50), st.floats(0.01, 1e4), st.floats(0.1, 1e3), st.floats(0.1, 1e3), st.sampled_from([0, 0.002]))
def test_time_with_us_adds_up_over_the_horizon(s, span, first, then, decay):
    # Up to `first`, and, if one is still here then, from there on.
    whole, part = (time_with_us(s, np.array([span]), horizon, decay)[0] for horizon in (first + then, first))
    rest = time_with_us(s, np.array([span + first]), then, decay)[0]
    still = math.exp(-s * math.log1p(first / span) - decay * first)
    assert whole == pytest.approx(part + still * rest, rel=1e-8)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.floats(0.02, 50) for _ in range(4)]),
    st.integers(0, 400),
    st.integers(1, 3650),
    st.floats(0.01, 1),
    st.floats(1, 4000),
)
def test_what_always_holds(params, x, T, share, horizon):
    names = dict(zip(ParetoNBD.parameters, params, strict=True))
    t_x = share * T if x else 0.0
    data = [np.array([value, value, value], dtype=float) for value in (x, t_x, T)]
    data[2] += [0, 1, 500]
    alive = ParetoNBD.alive_given(names, *data)
    assert ((alive >= 0) & (alive <= 1)).all()
    # Silence can only lower it.
    assert (np.diff(alive) <= 1e-12).all()
    short, long = (time_with_us(params[2], np.array([params[3] + T]), days, 0.0)[0] for days in (horizon, 2 * horizon))
    assert 0 <= short <= long * (1 + 1e-12)
    assert short <= horizon * (1 + 1e-12)


@pytest.mark.parametrize(
    "params", [(0.55, 10.6, 0.61, 11.7), (5, 0.6, 3, 30), (0.05, 300, 20, 4), (300, 20, 0.3, 2), (2, 5, 1e6, 4e7)]
)
def test_numbers_of_purchases_add_up_to_one_with_the_right_mean(given_params, params):
    model = given_params(ParetoNBD, **dict(zip(ParetoNBD.parameters, params, strict=True)))
    n = np.arange(6000)
    found = probability_of_n_purchases(model, n[None, :], days=[[1.0], [60.0]])
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx([1, 1], rel=1e-9)
    assert found @ n == pytest.approx(expected_purchases_new_customer(model, days=[1.0, 60.0]), rel=1e-8)
    # None by t is the likelihood of a customer seen for t who bought once.
    none, _ = log_likelihood(np.log(params), *np.array([[0.0], [0.0], [60.0], [1.0]]))
    assert found[1, 0] == pytest.approx(math.exp(none), rel=1e-9)


def test_without_dropout_it_is_the_nbd(given_params, cdnow):
    nbd = given_params(NBD, r=0.5, alpha=20.0)
    pareto = given_params(ParetoNBD, r=0.5, alpha=20.0, s=1e-9, beta=1.0)
    # Who bought often and then fell silent makes anyone doubt, so: those with at most two repeat purchases.
    some = cdnow[cdnow["repeats"] <= 2]
    assert probability_alive(pareto, some).min() > 0.9999
    assert expected_purchases(pareto, some, horizon_days=90).to_numpy() == pytest.approx(
        expected_purchases(nbd, some, horizon_days=90).to_numpy(), rel=1e-4
    )
    assert pareto.counts(np.arange(5), np.array(30.0)) == pytest.approx(nbd.counts(np.arange(5), np.array(30.0)))


def test_draws_of_the_future_have_the_expected_mean(given_params):
    params = {"r": 0.9, "alpha": 30.0, "s": 0.8, "beta": 60.0}
    model = given_params(ParetoNBD, **params)
    data = customers((0, 0, 200), (3, 150, 200), (20, 190, 200))
    seen = Seen(*(data[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T")), m=np.zeros(3))
    draws = {name: np.full(40_000, float(value)) for name, value in params.items()}
    future = ParetoNBD.future(np.random.default_rng(5), seen, draws, 100.0)
    spread = future.made.std(axis=1) / 200
    expected = expected_purchases(model, data, horizon_days=100).to_numpy()
    assert (np.abs(future.made.mean(axis=1) - expected) < 4 * spread).all()
    # Who is no longer a customer buys nothing and is at no share of the horizon; who stays all of it is at 1.
    gone = (future.end == 0).mean(axis=1)
    assert gone == pytest.approx(1 - probability_alive(model, data).to_numpy(), abs=0.01)
    assert (future.made[future.end == 0] == 0).all()
    assert future.end.max() == 1
    assert not future.last_at_end.any()


def test_planted_truth_is_recovered():
    planted = {"r": 0.9, "alpha": 6.0, "s": 0.8, "beta": 12.0}
    model = fit_pareto_nbd(simulated(n_customers=6000, **planted))
    for name, value in planted.items():
        assert model.params[name] == pytest.approx(value, abs=4 * model.standard_errors[name])
    assert not model.serious


def test_a_search_through_cells_finds_the_same_top():
    # Many histories: the search begins at few that stand for them. The gradient of all vanishes where it ends.
    data = simulated(seed=3, n_customers=12_000, r=0.9, alpha=6.0, s=0.8, beta=12.0)
    model = fit_pareto_nbd(data, time_unit="day")
    theta = np.log(list(model.params.values()))
    _, gradient = log_likelihood(theta, *columns(data), np.ones(len(data)))
    spread = model.standard_errors / pd.Series(model.params)
    assert (np.abs(gradient) * spread < 1e-4).all()


def test_the_time_unit_changes_alpha_and_beta_alone(cdnow, fitted):
    daily = fit_pareto_nbd(cdnow, time_unit="day")
    assert [daily.params[name] for name in ("alpha", "beta")] == pytest.approx(
        [7 * fitted.params[name] for name in ("alpha", "beta")]
    )
    assert [daily.params[name] for name in "rs"] == pytest.approx([fitted.params[name] for name in "rs"])
    assert daily.log_likelihood == pytest.approx(fitted.log_likelihood - 2457 * math.log(7))
    assert expected_purchases(daily, cdnow, horizon_days=273).to_numpy() == pytest.approx(
        expected_purchases(fitted, cdnow, horizon_days=273).to_numpy()
    )


def test_order_and_names_of_customers_change_nothing(cdnow, fitted):
    shuffled = cdnow.sample(frac=1, random_state=3).assign(customer_id="somebody")
    assert fit_pareto_nbd(shuffled).params == fitted.params


def test_weights_stand_for_customers(cdnow, fitted):
    counted = cdnow.groupby(["repeats", "t_x", "T"]).size().rename("weight").reset_index()
    again = fit_pareto_nbd(counted)
    assert again.params == fitted.params
    assert again.n_customers == 2357


def test_it_is_saved_and_comes_back(fitted):
    assert from_json(to_json(fitted)).params == fitted.params


def test_where_nobody_leaves_it_is_said_and_the_nbd_comes_back():
    # Everybody with a repeat purchase bought again in the last five days: there is no trace of anyone leaving.
    data = customers(*[(x, 355 if x else 0, 360) for x in range(13) for _ in range(40 - 3 * x)])
    model, nbd = fit_pareto_nbd(data), fit_nbd(data)
    assert model.found("no_dropout").serious
    assert probability_alive(model, data).min() > 0.999999
    assert model.log_likelihood == pytest.approx(nbd.log_likelihood)
    assert [model.params[name] for name in nbd.params] == pytest.approx(list(nbd.params.values()), rel=1e-6)
    assert model.standard_errors[["s", "beta"]].isna().all()


@pytest.mark.parametrize("seed", [0, 4])
def test_customers_who_all_leave_at_one_rate_are_said_to(seed):
    # Planted at the edge itself: s = 1e6, so a rate of 1 / 30 a week for all. With the second seed the top is inside,
    # at s = 90, but flat: what comes back is the edge all the same.
    data = simulated(seed=seed, n_customers=2000, r=1.0, alpha=2.0, s=1e6, beta=30e6)
    model = fit_pareto_nbd(data)
    said = model.found("one_rate_of_leaving")
    assert said.serious
    stay = model.params["beta"] / model.params["s"]
    assert stay == pytest.approx(30, rel=0.15)
    assert f"as if they stayed {number(stay)} weeks" in said.sentence
    assert "by themselves have no meaning" in said.sentence
    assert math.isnan(model.standard_errors["s"])
    assert model.params["s"] == pytest.approx(1e6)


def test_customers_who_all_buy_at_one_rate_are_said_to():
    data = simulated(seed=2, n_customers=3000, r=1e6, alpha=4e6, s=1.0, beta=20.0)
    model = fit_pareto_nbd(data, time_unit="day")
    said = model.found("one_rate_of_buying")
    assert said.serious
    between = model.params["alpha"] / model.params["r"]
    assert between == pytest.approx(28, rel=0.05)
    assert f"as if they bought every {number(between)} days" in said.sentence
    assert math.isnan(model.standard_errors["r"])


def test_hundreds_of_purchases_in_ten_years_of_days():
    rng = np.random.default_rng(4)
    world = {"start": date(2010, 1, 1), "observed_until": date(2019, 12, 31)}
    made = pareto_nbd_histories(rng, n_customers=300, **world, r=2.0, alpha=2.0, s=0.8, beta=300.0)
    data = made.customers(date(2019, 12, 31))
    assert data["repeats"].max() > 900
    model = fit_pareto_nbd(data, time_unit="day")
    assert np.isfinite(model.standard_errors).all()
    assert np.isfinite(expected_purchases(model, data, horizon_days=3650)).all()
    assert model.params["r"] == pytest.approx(2.0, abs=4 * model.standard_errors["r"])


def test_too_little_is_refused_with_what_is_missing():
    with pytest.raises(DataError, match=r"(?s)there are 12 customers, and at least 30.*0 of them bought on a second"):
        fit_pareto_nbd(customers(*[(0, 0, 100)] * 12))
    with pytest.raises(DataError, match=r"^A model of purchases cannot be fitted:\n  - 1 of them bought"):
        fit_pareto_nbd(customers(*[(0, 0, 100)] * 40, (1, 3, 10)))


def test_arguments_out_of_range(cdnow, fitted):
    with pytest.raises(ParameterError, match="time_unit is 'year'; it is one of 'day', 'week', 'month'"):
        fit_pareto_nbd(cdnow, time_unit="year")
    with pytest.raises(ParameterError, match="horizon_days is -1; it is 0 or more days"):
        expected_purchases(fitted, cdnow, horizon_days=-1)


def test_the_gradient_of_one_history_against_differences():
    # One history with a silence of ten years, where all weight is on having left long ago.
    data = np.array([[7.0], [20.0], [3650.0], [1.0]])
    at = np.log([0.5, 5.0, 0.7, 40.0])
    numeric = approx_fprime(at, lambda theta: log_likelihood(theta, *data)[0], 1e-7)
    assert log_likelihood(at, *data)[1] == pytest.approx(numeric, abs=1e-5)
