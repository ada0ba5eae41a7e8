"""Do the models' intervals cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right.

A binomial with 200 tries at 95 % has 99 % of its mass there. Customers are planted by the simulator of each model, in
continuous time, with parameters published for or fitted to CDNOW, 39 weeks to calibrate on and 39 to foresee.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.models import fit_bgnbd, fit_gamma_gamma, fit_mbgnbd, fit_nbd, forecast
from crmlab.simulate import bgnbd_histories, mbgnbd_histories, nbd_histories

pytestmark = pytest.mark.slow

SEEDS = range(200)
VALID = range(179, 199)
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.44}
MODELS = {
    "BG/NBD": (fit_bgnbd, bgnbd_histories, {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}),
    "MBG/NBD": (fit_mbgnbd, mbgnbd_histories, {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}),
    "NBD": (fit_nbd, nbd_histories, {"r": 0.385, "alpha": 12.072}),
}
TOTALS = ["total purchases", "total value", "buyers"]
INDIVIDUALS = ["a customer's purchases", "a customer's value"]
START, CALIBRATED, END = date(2020, 1, 1), date(2020, 9, 28), date(2021, 6, 28)
HORIZON = (END - CALIBRATED).days


def in_world(model, seed):
    """What was hit with this seed, by name; coverage of individuals as a share."""
    fit, histories, buying = MODELS[model]
    rng, planted = np.random.default_rng(seed), buying | SPENDING
    made = histories(rng, n_customers=2000, start=START, observed_until=END, **planted)
    customers = made.customers(CALIBRATED)
    models = fit(customers), fit_gamma_gamma(customers)
    hits = {}
    for one in models:
        for row in one.summary().itertuples():
            hits[row.parameter] = row.low <= planted[row.parameter] <= row.high
    found = forecast(*models, customers, horizon_days=HORIZON, rng=rng, n_draws=400)
    bought, spent = customers["later_purchases"], customers["later_value"]
    seen = [
        found.total_purchases.contains(bought.sum()),
        found.total_value.contains(spent.sum()),
        found.buyers.contains((bought > 0).sum()),
    ]
    hits |= dict(zip(TOTALS, seen, strict=True))
    table = found.customers
    for name, kind, came in zip(INDIVIDUALS, ("purchases", "value"), (bought, spent), strict=True):
        hits[name] = ((table[f"{kind}_low"] <= came) & (came <= table[f"{kind}_high"])).mean()
    return hits


@pytest.fixture(scope="module", params=MODELS)
def worlds(request):
    return pd.DataFrame([in_world(request.param, seed) for seed in SEEDS])


def test_intervals_cover_in_179_to_198_of_200_worlds(worlds):
    hits = worlds.drop(columns=INDIVIDUALS).sum().astype(int)
    assert {name: n for name, n in hits.items() if n not in VALID} == {}


def test_a_customers_interval_covers_at_least_its_level(worlds):
    # Most customers buy nothing or once, and an interval of whole numbers from 0 cannot leave out exactly 5 %.
    covered = worlds[INDIVIDUALS].mean()
    assert ((covered >= 0.95) & (covered < 0.99)).all(), covered.to_dict()
