import math

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import ParameterError
from crmlab.simulate import bgbb_histories


def simulate(seed=7, n_customers=20_000, n_opportunities=8, **options):
    rng = np.random.default_rng(seed)
    return bgbb_histories(rng, n_customers=n_customers, n_opportunities=n_opportunities, **options)


def test_histories_are_read_off_the_purchases():
    made = simulate(n_customers=500)
    table = made.customers(5)
    for row, bought in zip(table.itertuples(), made.bought, strict=True):
        places = np.flatnonzero(bought[:5]) + 1
        assert (row.x, row.t_x, row.n) == (len(places), places.max(initial=0), 5)
        assert row.later_purchases == bought[5:].sum()
    assert made.customers(8)["alive"].isna().all()


def test_nobody_buys_after_leaving():
    made = simulate()
    stayed = made.truth["stayed"].to_numpy()
    assert not (made.bought & (np.arange(8) >= stayed[:, None])).any()
    assert ((stayed >= 0) & (stayed <= 8)).all()
    assert (made.customers(5)["alive"] == (stayed > 5)).all()


def test_the_same_seed_gives_the_same_histories():
    assert_frame_equal(simulate().truth, simulate().truth)
    assert (simulate().bought == simulate().bought).all()


def test_purchases_come_and_customers_leave_as_the_model_says():
    # Still a customer at the k-th: Π (δ + j) / (γ + δ + j) for j < k; then buys with α / (α + β) on average.
    alpha, beta, gamma, delta = 1.2, 2.0, 0.7, 3.0
    made = simulate(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    here = np.cumprod((delta + np.arange(8)) / (gamma + delta + np.arange(8)))
    found = (made.truth["stayed"].to_numpy()[:, None] > np.arange(8)).mean(axis=0)
    assert (np.abs(found - here) < 4 * np.sqrt(here * (1 - here) / 20_000)).all()
    buys = here * alpha / (alpha + beta)
    assert (np.abs(made.bought.mean(axis=0) - buys) < 4 * np.sqrt(buys * (1 - buys) / 20_000)).all()


def test_without_leaving_everybody_stays():
    made = simulate(gamma=0)
    assert (made.truth["stayed"] == 8).all()
    assert (made.truth["p_leave"] == 0).all()


def test_with_one_probability_of_leaving_stays_are_geometric():
    made = simulate(gamma=0.25, delta=math.inf)
    assert (made.truth["p_leave"] == 0.25).all()
    assert (made.truth["stayed"] == 0).mean() == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 20_000))


def test_every_value_out_of_range_is_named_at_once():
    message = r"(?s)alpha is 0; it is above 0.*beta is inf; it is above 0.*gamma is -1; it is above 0, or.*delta is 0"
    with pytest.raises(ParameterError, match=message):
        simulate(alpha=0, beta=math.inf, gamma=-1, delta=0)
    with pytest.raises(ParameterError, match="gamma is 2; with delta = inf it is a probability below 1"):
        simulate(gamma=2, delta=math.inf)
    with pytest.raises(ParameterError, match="n_opportunities is 0; it is 1 or more"):
        simulate(n_opportunities=0)
