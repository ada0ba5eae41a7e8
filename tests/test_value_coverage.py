"""Do the intervals around customer value cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right.

A binomial with 200 tries at 95 % has 99 % of its mass there. The world is the models' own, with the parameters
published for CDNOW: customers who buy at a pace of their own, may leave after a repeat purchase, and spend around a
mean of their own. Mean spend has a heavy tail (q = 3.74), which is where Student's interval is tried.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crmlab.analyses import value as v
from crmlab.analyses.value import scoring
from crmlab.models import expected_purchases_new_customer
from crmlab.simulate import bgnbd_histories
from crmlab.summary import customer_summary
from crmlab.tables.frame import clean_table

pytestmark = pytest.mark.slow

SEEDS = range(200)
VALID = range(179, 199)
START, UNTIL = date(2020, 1, 1), date(2021, 12, 31)
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SPEND = 6.25 * 15.44 / 2.74  # p·γ / (q − 1)


def test_a_new_customers_value_is_covered_both_ways() -> None:
    hits = np.zeros(2, dtype=int)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        world = bgnbd_histories(rng, n_customers=1000, start=START, observed_until=UNTIL, acquired_over_days=300)
        sales = clean_table(world.transactions)
        fit = v.fit_both(customer_summary(sales, observed_until=UNTIL))
        found = v.new_customer(sales, fit, v.Basis(currency="USD"), observed_until=UNTIL, horizon_months=12)
        planted = replace(fit.buying, params=PUBLISHED)
        truth = SPEND * (1 + expected_purchases_new_customer(planted, days=[365.25])[0])
        hits += [found.observed.contains(truth), found.expected.contains(truth)]
    assert all(count in VALID for count in hits), f"observed, expected: {hits}"


@pytest.mark.parametrize("n", [500, 2357])
def test_the_share_of_those_picked_is_covered(n: int) -> None:
    # A fifth, chosen beforehand, buys three times as much on average: it brings 3 / (3 + 4) of what is bought.
    chosen = (np.arange(n) < n // 5).astype(float)
    share = 3 * (n // 5) / (3 * (n // 5) + n - n // 5)
    about = {"denominator": "customers", "window": "a year"}
    hits = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        spent = rng.poisson(rng.gamma(0.5, 2.0, n) * np.where(chosen > 0, 3.0, 1.0)) * rng.gamma(4.0, 10.0, n)
        hits += scoring.picked_share(chosen, spent, about=about).contains(share)
    assert hits in VALID, hits


@pytest.mark.parametrize("n", [500, 2357])
def test_no_gain_is_found_where_two_forecasts_are_equally_good(n: int) -> None:
    # Both forecasts are the truth plus noise of the same size: 2 to 21 false alarms of 200.
    about = {"denominator": "customers", "window": "a year"}
    alarms = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        rate = rng.gamma(0.5, 2.0, n)
        actual = rng.poisson(rate)
        one, other = (rate * rng.lognormal(0, 0.5, n) for _ in range(2))
        alarms += not scoring.squared_error_gain(one, other, actual, about=about).contains(0)
    assert 2 <= alarms <= 21, alarms
