"""Do Pareto/NBD's intervals cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right.

A binomial with 200 tries at 95 % has 99 % of its mass there. Customers are planted by the simulator, in continuous
time, with the parameters published for CDNOW but a clearer dropout, a year to calibrate on and 39 weeks to foresee.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.models import ParetoNBD, fit_gamma_gamma, fit_pareto_nbd, forecast
from crmlab.simulate import pareto_nbd_histories

pytestmark = pytest.mark.slow

SEEDS = range(200)
VALID = range(179, 199)
PLANTED = {"r": 0.9, "alpha": 6.0, "s": 0.9, "beta": 12.0}
START, CALIBRATED, END = date(2020, 1, 1), date(2020, 12, 31), date(2021, 9, 30)
HORIZON = (END - CALIBRATED).days


def in_world(seed):
    """What was hit with this seed, by name; coverage of individuals as a share."""
    rng = np.random.default_rng(seed)
    made = pareto_nbd_histories(rng, n_customers=2000, start=START, observed_until=END, **PLANTED)
    customers = made.customers(CALIBRATED)
    model = fit_pareto_nbd(customers)
    hits = {row.parameter: row.low <= PLANTED[row.parameter] <= row.high for row in model.summary().itertuples()}
    found = forecast(model, fit_gamma_gamma(customers), customers, horizon_days=HORIZON, rng=rng, n_draws=400)
    bought, spent = customers["later_purchases"], customers["later_value"]
    hits["total purchases"] = found.total_purchases.contains(bought.sum())
    hits["total value"] = found.total_value.contains(spent.sum())
    hits["buyers"] = found.buyers.contains((bought > 0).sum())
    table = found.customers
    hits["a customer's purchases"] = ((table["purchases_low"] <= bought) & (bought <= table["purchases_high"])).mean()
    hits["a customer's value"] = ((table["value_low"] <= spent) & (spent <= table["value_high"])).mean()
    # Who is still a customer: at the planted parameters the probabilities add up to as many, on average.
    here = (made.truth["left"].isna() | (made.truth["left"] > pd.Timestamp(CALIBRATED))).sum()
    x, t_x, T = (customers[name].to_numpy(dtype=float) for name in ("repeats", "t_x", "T"))
    hits["alive"] = float(here - ParetoNBD.alive_given(PLANTED, x, t_x / 7, T / 7).sum())
    return hits


@pytest.fixture(scope="module")
def worlds():
    return pd.DataFrame([in_world(seed) for seed in SEEDS])


@pytest.mark.parametrize("name", [*PLANTED, "total purchases", "total value", "buyers"])
def test_intervals_cover_in_179_to_198_of_200_worlds(worlds, name):
    assert int(worlds[name].sum()) in VALID


@pytest.mark.parametrize("name", ["a customer's purchases", "a customer's value"])
def test_a_customers_interval_covers_at_least_its_level(worlds, name):
    # Most customers buy nothing or once, and an interval of whole numbers from 0 cannot leave out exactly 5 %.
    assert 0.95 <= worlds[name].mean() < 0.99


def test_on_average_as_many_are_alive_as_the_probabilities_add_up_to(worlds):
    # The mean of 200 differences, against its standard error: an unbiased sum is within 3 of them.
    missing = worlds["alive"]
    assert abs(missing.mean()) < 3 * missing.std() / len(missing) ** 0.5
