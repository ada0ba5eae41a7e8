"""What holds for every model of purchases, and what each says of numbers, of time without end, and of money."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyp2f1

from crmlab.errors import DataError, ParameterError
from crmlab.models import (
    BGNBD,
    MBGNBD,
    NBD,
    discounted_purchases_new_customer,
    discounted_residual_purchases,
    expected_purchases,
    expected_purchases_new_customer,
    expected_spend,
    fit_bgnbd,
    fit_gamma_gamma,
    fit_mbgnbd,
    fit_nbd,
    probability_alive,
    probability_of_n_purchases,
    residual_value,
)
from crmlab.models.buying.base import DAYS_PER_YEAR

FITS = [fit_bgnbd, fit_mbgnbd, fit_nbd]
DROPOUT = {"r": 0.9, "alpha": 20.0, "a": 0.8, "b": 2.5}
SOME = [BGNBD, MBGNBD, NBD]


def customers(*rows):
    return pd.DataFrame(rows, columns=["repeats", "t_x", "T"])


def some(given_params, kind, **changes):
    params = DROPOUT | changes
    return given_params(kind, **{name: params[name] for name in ("r", "alpha", "a", "b")[: 2 if kind is NBD else 4]})


def test_numbers_of_purchases_by_hand(given_params):
    # r = α = a = b = 1 and t = 1: due are n with probability 2^−(n+1), n or more with 2^−n; staying at n chances has
    # B(1, n + 1) / B(1, 1) = 1 / (n + 1), leaving at the n-th B(2, n) / B(1, 1) = 1 / (n (n + 1)).
    ones = {"r": 1, "alpha": 1, "a": 1, "b": 1}
    # BG/NBD: none 1/2; one 1/2 · 1/4 + 1/2 · 1/2; two 1/3 · 1/8 + 1/6 · 1/4.
    found = probability_of_n_purchases(given_params(BGNBD, **ones), [0, 1, 2], days=1)
    assert found == pytest.approx([1 / 2, 3 / 8, 1 / 12])
    # MBG/NBD, one chance more: none 1/2 · 1/2 + 1/2 · 1; one 1/3 · 1/4 + 1/6 · 1/2.
    found = probability_of_n_purchases(given_params(MBGNBD, **ones), [0, 1], days=1)
    assert found == pytest.approx([3 / 4, 1 / 6])


def test_lifetimes_finds_the_same_numbers(lifetimes, cdnow):
    model = fit_bgnbd(cdnow)
    theirs = lifetimes.BetaGeoFitter()
    theirs.params_ = pd.Series(model.params)
    found = probability_of_n_purchases(model, np.arange(8), periods=39)
    expected = [theirs.probability_of_n_purchases_up_to_time(39, n) for n in range(8)]
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize("changes", [{}, {"a": 3.0, "b": 0.4}, {"r": 6.0, "alpha": 3.0}])
def test_numbers_add_to_one_and_their_mean_is_the_expectation(given_params, kind, changes):
    model = some(given_params, kind, **changes)
    n = np.arange(20_000)
    for days in (0, 30, 365):
        table = probability_of_n_purchases(model, n, days=days)
        assert (table >= 0).all()
        assert table.sum() == pytest.approx(1, abs=1e-9)
        assert n @ table == pytest.approx(float(expected_purchases_new_customer(model, days=days)), rel=1e-8)


def test_numbers_and_times_broadcast(given_params):
    model = some(given_params, MBGNBD)
    table = probability_of_n_purchases(model, [0, 1, 2], days=[[30], [60]])
    assert table.shape == (2, 3)
    assert table[1, 2] == probability_of_n_purchases(model, 2, days=60)


def test_the_share_without_a_purchase_is_that_of_cdnow(cdnow):
    # 1,411 of the 2,357 bought once in the time each was observed; all three models are fitted to just that.
    counts = [
        probability_of_n_purchases(fit(cdnow), 0, days=cdnow["T"].to_numpy()).sum() for fit in (fit_bgnbd, fit_mbgnbd)
    ]
    assert counts == pytest.approx([1411, 1411], rel=0.02)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(SOME),
    st.tuples(*[st.floats(0.05, 20) for _ in range(4)]),
    st.tuples(st.integers(0, 400), st.integers(1, 3650), st.floats(0.001, 1)),
    st.floats(1, 4000),
)
def test_what_always_holds(given_params, kind, params, seen, horizon):
    x, T, share = seen
    model = some(given_params, kind, **dict(zip(("r", "alpha", "a", "b"), params, strict=True)))
    one = customers((x, share * T if x else 0, T))
    alive = probability_alive(model, one)[0]
    assert 0 <= alive <= 1
    short, long = (expected_purchases(model, one, horizon_days=days)[0] for days in (horizon, 2 * horizon))
    assert 0 <= short <= long * (1 + 1e-9)
    assert long <= alive * 2 * horizon * (params[0] + x) / (params[1] + T) * (1 + 1e-9)
    new = expected_purchases_new_customer(model, days=[0, horizon, 2 * horizon])
    assert new[0] == 0
    assert (np.diff(new) >= 0).all()
    rare, dear = (discounted_residual_purchases(model, one, discount_rate_per_year=rate)[0] for rate in (0.5, 0.05))
    assert 0 <= rare <= dear * (1 + 1e-9)
    # No more than going on at the same rate for ever: (r + x) / (α + T) over the continuous rate.
    assert dear <= (params[0] + x) / (params[1] + T) * DAYS_PER_YEAR / math.log(1.05) * (1 + 1e-9)


@pytest.mark.parametrize("fit", FITS)
def test_weeks_and_days_ask_the_same(cdnow, fit):
    weekly, daily = fit(cdnow), fit(cdnow, time_unit="day")
    for ask in (
        lambda model, weeks: expected_purchases(model, cdnow, periods=weeks * 7 / model.days_per_unit).sum(),
        lambda model, weeks: float(expected_purchases_new_customer(model, periods=weeks * 7 / model.days_per_unit)),
        lambda model, weeks: float(probability_of_n_purchases(model, 2, periods=weeks * 7 / model.days_per_unit)),
        lambda model, _: discounted_residual_purchases(model, cdnow, discount_rate_per_year=0.15).sum(),
        lambda model, _: discounted_purchases_new_customer(model, discount_rate_per_year=0.15),
    ):
        assert ask(weekly, 39) == pytest.approx(ask(daily, 39), rel=1e-6)
    assert weekly.days_per_unit == 7
    assert expected_purchases(weekly, cdnow, periods=39).equals(expected_purchases(weekly, cdnow, horizon_days=273))


@pytest.mark.parametrize("fit", FITS)
def test_order_and_names_of_customers_change_nothing(cdnow, fit):
    shuffled = cdnow.sample(frac=1, random_state=3).assign(customer_id="somebody")
    model, again = fit(cdnow), fit(shuffled)
    assert again.params == model.params
    for ask in (
        lambda fitted, table: expected_purchases(fitted, table, horizon_days=90),
        probability_alive,
        lambda fitted, table: discounted_residual_purchases(fitted, table, discount_rate_per_year=0.1),
    ):
        assert ask(again, shuffled).sort_index().equals(ask(model, cdnow))


def test_nobody_leaving_makes_residual_purchases_a_perpetuity(given_params):
    # (r + x) / (α + T) a day, over ln(1.15) a year of 365.25 days.
    found = discounted_residual_purchases(some(given_params, NBD), customers((3, 40, 80)), discount_rate_per_year=0.15)
    assert found[0] == pytest.approx(3.9 / 100 * 365.25 / math.log(1.15))


@pytest.mark.parametrize("rate", [0.02, 0.15, 3.0])
def test_a_new_customer_is_worth_the_discounted_slope_of_the_expectation(given_params, rate):
    # By parts: ∫ e^−δt dE(t) = δ ∫ e^−δt E(t) dt, with eq. (9) of Fader, Hardie and Lee (2005) for E.
    r, alpha, a, b = DROPOUT.values()
    decay = math.log1p(rate) / DAYS_PER_YEAR

    def expectation(s):
        t = s / decay
        z = t / (alpha + t)
        return (a + b - 1) / (a - 1) * (1 - (1 - z) ** r * hyp2f1(r, b, a + b - 1, z))

    parts = [0, 1e-4, 1e-2, 0.1, 1, 5, 15, 40]
    area = sum(
        quad(lambda s: math.exp(-s) * expectation(s), low, high, epsrel=1e-11)[0] for low, high in pairwise(parts)
    )
    found = discounted_purchases_new_customer(some(given_params, BGNBD), discount_rate_per_year=rate)
    assert found == pytest.approx(area, rel=1e-8)


@pytest.mark.parametrize("kind", SOME)
def test_time_without_end_is_the_limit_of_a_long_horizon(given_params, kind):
    model = some(given_params, kind)
    spending = given_spending()
    one = customers((4, 200, 300)).assign(mean_repeat_value=30.0)
    values = [
        residual_value(model, spending, one, horizon_days=days, margin=0.4, discount_rate_per_year=0.2)[0]
        for days in (365, 3650, 36500, None)
    ]
    assert values[0] < values[1] < values[2]
    assert values[2] == pytest.approx(values[3], rel=1e-6)


def given_spending():
    rng = np.random.default_rng(5)
    repeats = rng.integers(1, 9, 300)
    mean = rng.gamma(6.0 * repeats) / (rng.gamma(4.0, 1 / 15, 300) * repeats)
    return fit_gamma_gamma(pd.DataFrame({"repeats": repeats, "mean_repeat_value": mean}))


def test_residual_value_is_margin_times_spend_times_discounted_purchases(cdnow):
    buying, spending = fit_bgnbd(cdnow), fit_gamma_gamma(cdnow)
    found = residual_value(buying, spending, cdnow, horizon_days=None, margin=0.3, discount_rate_per_year=0.15)
    purchases = discounted_residual_purchases(buying, cdnow, discount_rate_per_year=0.15)
    assert found.to_numpy() == pytest.approx(0.3 * (purchases * expected_spend(spending, cdnow)).to_numpy())
    undiscounted = residual_value(buying, spending, cdnow, horizon_days=273, margin=1, discount_rate_per_year=0)
    plain = expected_purchases(buying, cdnow, horizon_days=273) * expected_spend(spending, cdnow)
    assert undiscounted.to_numpy() == pytest.approx(plain.to_numpy())
    assert undiscounted.name == "residual_value"


def test_the_edges(given_params):
    # Ten years of days, with purchases in the hundreds and with one; a + b below 1.
    model = given_params(BGNBD, r=0.11, alpha=2.24, a=0.31, b=0.5)
    asked = customers((0, 0, 1), (700, 3640, 3650), (1, 3650, 3650), (1, 1, 3650))
    assert expected_purchases(model, asked, horizon_days=30)[0] == pytest.approx(0.5645886, abs=5e-8)
    for kind in (BGNBD, MBGNBD):
        model = given_params(kind, r=0.11, alpha=2.24, a=0.31, b=0.5)
        for found in (
            probability_alive(model, asked),
            expected_purchases(model, asked, horizon_days=3650),
            discounted_residual_purchases(model, asked, discount_rate_per_year=0.1),
        ):
            assert np.isfinite(found).all()
            assert (found >= 0).all()


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("buyers", [0, 1])
def test_nobody_or_one_who_bought_again_is_refused_in_words(fit, buyers):
    data = customers(*[(0, 0, 100)] * (40 - buyers), *[(1, 3, 10)] * buyers)
    with pytest.raises(DataError, match=rf"{buyers} of them bought on a second day, and at least 10 are needed"):
        fit(data)


def test_arguments_out_of_range(given_params):
    model, one = some(given_params, NBD), customers((3, 40, 80))
    with pytest.raises(ParameterError, match="given once, as horizon_days or periods; it was given 0 times"):
        expected_purchases(model, one)
    with pytest.raises(ParameterError, match="given once, as days or periods; it was given 2 times"):
        expected_purchases_new_customer(model, days=3, periods=3)
    with pytest.raises(ParameterError, match="periods is -1; it is 0 or more periods"):
        expected_purchases(model, one, periods=-1)
    with pytest.raises(ParameterError, match=r"n is \[0, 0\.5\]; it is a whole number of purchases, 0 or more"):
        probability_of_n_purchases(model, [0, 0.5], days=3)
    for rate in (0, -0.1, math.nan, math.inf):
        with pytest.raises(ParameterError, match=r"discount_rate_per_year is .*; without a horizon it is above 0"):
            discounted_residual_purchases(model, one, discount_rate_per_year=rate)
        with pytest.raises(ParameterError, match=r"discount_rate_per_year is"):
            discounted_purchases_new_customer(model, discount_rate_per_year=rate)
    message = r"(?s)margin is 0; it is a share of revenue.*discount_rate_per_year is 0; it is above 0, for"
    with pytest.raises(ParameterError, match=message):
        residual_value(model, given_spending(), one, horizon_days=None, margin=0, discount_rate_per_year=0)
    with pytest.raises(ParameterError, match="horizon_days is -1; it is 0 or more days"):
        residual_value(model, given_spending(), one, horizon_days=-1, margin=1, discount_rate_per_year=0)
