"""Intervals of the actions over 200 seeds: the value of a purchase, and the difference of the two arms."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import actions

pytestmark = pytest.mark.slow
DAY = date(2020, 6, 30)


def test_the_interval_of_the_value_of_a_purchase_holds_the_truth():
    # Lognormal purchases, σ = .6: coefficient of variation .66, about that of the CDNOW purchases; mean e^(3 + .18).
    hits, truth = 0, np.exp(3 + 0.6**2 / 2)
    then = pd.DataFrame({"customer_id": np.arange(200).astype(str), "situation": "valuable_late"})
    for seed in range(200):
        rng = np.random.default_rng(seed)
        bought = pd.DataFrame({"customer_id": then["customer_id"][:60], "value": rng.lognormal(3, 0.6, 60)})
        value = actions.baselines(then, bought, window="w", day_then=DAY)["valuable_late"].value
        hits += value is not None and value.contains(truth)
    assert 179 <= hits <= 198


def plan_of(customers: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    ids = np.arange(customers).astype(str)
    table = pd.DataFrame({"customer_id": ids, "value": rng.lognormal(3, 1, customers), "purchases": 2})
    table = table.assign(days_since_last=rng.integers(0, 90, customers), list="save")
    return table.assign(arm=actions.arms(table, holdout=0.2, rng=rng))


def hits_of(effect: float, inside: float) -> int:
    """In how many of 200 worlds the interval of the difference holds `inside`."""
    plan, hits = plan_of(1000), 0
    for seed in range(200):
        chance = 0.2 + effect * plan["arm"].eq(actions.CONTACT)
        came = plan[np.random.default_rng(seed).random(len(plan)) < chance]
        (found,) = actions.outcomes(plan, came, after=DAY, until=DAY)
        hits += found.difference.contains(inside)
    return hits


def test_the_effect_of_a_contact_is_held():
    assert 179 <= hits_of(0.07, 0.07) <= 198


def test_in_the_null_world_little_is_found():
    assert 2 <= 200 - hits_of(0.0, 0.0) <= 21
