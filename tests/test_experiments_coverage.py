"""Over 200 seeds: intervals hold the planted effect, the null world stays silent, and careless readings do not."""

import numpy as np
import pytest

from crmlab.analyses import experiments as x
from crmlab.simulate import peeked, simulated_test

pytestmark = pytest.mark.slow

LEAST, MOST = 179, 198


def worlds(**settings):
    return (simulated_test(np.random.default_rng(seed), customers=1500, **settings) for seed in range(200))


def test_intervals_hold_the_planted_effects():
    hits = {"intention": 0, "compliers": 0, "adjusted": 0}
    careless = 0
    for world in worlds(effect=0.06):
        four = x.reached_estimates(world.rows, window="w")
        hits["intention"] += four.intention.contains(world.intention)
        hits["compliers"] += four.compliers.contains(world.compliers)
        # Among those reached .3 · 2/3 + .1 · 1/3 respond anyway instead of .2, so this is off by .033.
        careless += four.per_protocol.contains(world.compliers)
        # A response is worth 50 on average, and so is the effect.
        hits["adjusted"] += x.cuped(world.rows, window="w").adjusted.contains(50 * world.intention)
    assert all(LEAST <= count <= MOST for count in hits.values()), hits
    assert careless < 160


def test_the_null_world_stays_silent():
    alarms = {"intention": 0, "compliers": 0, "money": 0, "groups": 0, "ratio": 0}
    for world in worlds(effect=0.0):
        rows = world.rows
        four = x.reached_estimates(rows, window="w")
        alarms["intention"] += not four.intention.contains(0)
        alarms["compliers"] += not four.compliers.contains(0)
        alarms["money"] += not x.cuped(rows, window="w").adjusted.contains(0)
        alarms["groups"] += bool(x.by_group(rows, rows.index.to_series() % 4)["shown"].any())
        sizes = [int(rows["treated"].sum()), int((~rows["treated"]).sum())]
        alarms["ratio"] += x.sample_ratio(sizes, [0.5, 0.5]).p < 0.05
    assert all(2 <= count <= 21 for count in alarms.values()), alarms


def test_whom_somebody_chose_is_an_alarm():
    found = [x.effect(world.rows, window="w").responses.low > 0 for world in worlds(effect=0.0, chosen=True)]
    assert sum(found) > 190


def test_repeated_intervals_hold_at_every_look():
    # Value ± bound × error covers the effect at all looks at once in 95 of 100 tests.
    z = np.stack([peeked(np.random.default_rng(seed), tests=1, looks=5)[0] for seed in range(200)])
    bounds = x.spending_bounds([0.2, 0.4, 0.6, 0.8, 1.0])
    assert 2 <= int((np.abs(z) > bounds).any(axis=1).sum()) <= 21
    # One look's bound at every look: 14.2 % expected, 28 of 200 with an error of 5.
    assert 14 <= int((np.abs(z) > 1.959964).any(axis=1).sum()) <= 43


def test_a_monitored_null_test_seldom_crosses():
    crossed = [x.monitored(world.rows, window_days=30)["crossed"].any() for world in worlds(effect=0.0)]
    assert 2 <= int(np.sum(crossed)) <= 21


def test_equivalence_is_found_where_it_is_and_not_at_the_margin():
    closed = 0
    for seed in range(200):
        # The effect is the margin itself: the level of the two one-sided tests, one side of it, is .05.
        world = simulated_test(np.random.default_rng(seed), customers=3000, effect=0.08, reach=0.6)
        closed += x.verdict(world.rows, worthwhile=world.intention, window="w").p_equivalence < 0.05
    assert 2 <= closed <= 21
