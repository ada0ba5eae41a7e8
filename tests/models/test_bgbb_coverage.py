"""Do BG/BB's intervals cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right.

A binomial with 200 tries at 95 % has 99 % of its mass there. Customers are planted by the simulator with the parameters
published for the donations of the paper, ten opportunities to calibrate on and five to foresee.
"""

import numpy as np
import pandas as pd
import pytest

from crmlab.models import expected_purchases, fit_bgbb, probability_alive
from crmlab.models.buying.base import Seen
from crmlab.models.draws import parameter_draws
from crmlab.simulate import bgbb_histories

pytestmark = pytest.mark.slow

SEEDS = range(200)
VALID = range(179, 199)
PLANTED = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}


def in_world(seed):
    """What was hit with this seed, by name; coverage of individuals as a share, differences as they are."""
    rng = np.random.default_rng(seed)
    made = bgbb_histories(rng, n_customers=1500, n_opportunities=16, **PLANTED)
    later = made.bought[:, 10:15].sum(axis=1)
    customers = made.customers(10)
    model = fit_bgbb(customers)
    hits = {row.parameter: row.low <= PLANTED[row.parameter] <= row.high for row in model.summary().itertuples()}
    seen = Seen(*(customers[name].to_numpy(dtype=float) for name in ("x", "t_x", "n")), m=np.zeros(len(customers)))
    drawn = model.future(rng, seen, parameter_draws(rng, model, 400), 5.0).made
    for name, draws, came in (
        ("total purchases", drawn.sum(axis=0), later.sum()),
        ("buyers", (drawn > 0).sum(axis=0), (later > 0).sum()),
    ):
        low, high = np.quantile(draws, [0.025, 0.975])
        hits[name] = low <= came <= high
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1, method="closest_observation")
    hits["a customer's purchases"] = ((low <= later) & (later <= high)).mean()
    hits["alive"] = customers["alive"].sum() - probability_alive(model, customers).sum()
    hits["expected"] = later.sum() - expected_purchases(model, customers, periods=5).sum()
    return hits


@pytest.fixture(scope="module")
def worlds():
    return pd.DataFrame([in_world(seed) for seed in SEEDS])


@pytest.mark.parametrize("name", [*PLANTED, "total purchases", "buyers"])
def test_intervals_cover_in_179_to_198_of_200_worlds(worlds, name):
    assert int(worlds[name].sum()) in VALID


def test_a_customers_interval_covers_at_least_its_level(worlds):
    # Whole numbers from 0 to 5: an interval cannot leave out exactly 5 %.
    assert 0.95 <= worlds["a customer's purchases"].mean() < 0.995


@pytest.mark.parametrize("name", ["alive", "expected"])
def test_on_average_it_comes_as_expected(worlds, name):
    # The mean of 200 differences, against its standard error: an unbiased sum is within 3 of them.
    missing = worlds[name]
    assert abs(missing.mean()) < 3 * missing.std() / len(missing) ** 0.5


def test_where_nobody_leaves_dropout_is_found_in_2_to_21_of_200_worlds():
    def plausible(seed):
        made = bgbb_histories(
            np.random.default_rng(seed), n_customers=1000, n_opportunities=6, alpha=1.2, beta=0.75, gamma=0
        )
        model = fit_bgbb(made.customers(6))
        return model.found("no_dropout") is None and model.found("dropout_not_shown") is None

    assert 2 <= sum(map(plausible, SEEDS)) <= 21
