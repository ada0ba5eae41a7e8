"""The value chain's intervals over 200 planted worlds, and false alarms where nothing was planted."""

import numpy as np
import pandas as pd
import pytest

from crmlab import simulate
from crmlab.analyses import value_chain

pytestmark = pytest.mark.slow
SEEDS = range(200)
HITS, ALARMS = range(179, 199), range(2, 22)


def rng(seed):
    return np.random.default_rng(seed)


def test_feldts_interval_covers_alpha():
    # Its own assumptions: independent people, statements that measure equally well.
    hits = 0
    for seed in SEEDS:
        world = simulate.organisation(rng(seed), people=3, loadings={"a": (0.7,) * 4}, branch_share=0.0)
        hits += value_chain.alpha(world.scale("a")).contains(world.alpha["a"])
    assert hits in HITS


def test_the_interval_covers_the_intraclass_correlation():
    hits = 0
    for seed in SEEDS:
        world = simulate.organisation(rng(seed), loadings={"a": (0.7, 0.7, 0.7)}, branch_share=0.3)
        found = value_chain.agreement(world.scale("a").mean(axis=1), world.answers["branch_id"])
        hits += found.one.contains(0.3 * world.alpha["a"])
    assert hits in HITS


@pytest.mark.parametrize("effect", [0.0, 0.8])
def test_the_slope_of_few_branches_covers_what_was_planted(effect):
    hits = alarms = 0
    for seed in SEEDS:
        world = simulate.organisation(rng(seed), people=2, effect=effect)
        found = value_chain.slope(
            world.branches["outcome"], world.branches["support"], denominator="", window="", rng=rng([seed, 1])
        )
        hits += found.estimate.contains(effect)
        alarms += found.p <= 0.05
    assert hits in HITS
    assert alarms in ALARMS if effect == 0 else alarms > 150


def test_two_small_groups_of_branches():
    # The six never live are the first of the branches; only their outcome is moved.
    hits = alarms = 0
    for seed in SEEDS:
        outcome = simulate.organisation(rng(seed), people=2).branches["outcome"].to_numpy()
        found = value_chain.compared(outcome[6:], outcome[:6], denominator="", window="", rng=rng([seed, 1]))
        hits += found.estimate.contains(0.0)
        alarms += found.p <= 0.05
    assert hits in HITS
    assert alarms in ALARMS


def test_a_share_clustered_by_branch_covers():
    hits = 0
    for seed in SEEDS:
        chance = rng(seed)
        branch = np.repeat(np.arange(24), 10)
        level = chance.normal(0, 0.5, 24)[branch] + chance.normal(0, 1, branch.size)
        mean, reach = value_chain.clustered_mean((level > 0).astype(float), branch)
        hits += abs(mean - 0.5) <= reach
    assert hits in HITS


def test_a_jaccard_index_covers():
    hits = 0
    for seed in SEEDS:
        chance = rng(seed)
        one = chance.random(3000) < 0.06
        two = np.where(one, chance.random(3000) < 0.3, chance.random(3000) < 0.02)
        # Both: .06 · .3; either: .06 + .94 · .02.
        hits += value_chain.jaccard(pd.Series(one), pd.Series(two), window="").contains(0.018 / 0.0788)
    assert hits in HITS


def test_resemblance_alone_raises_few_alarms_and_followers_are_seen():
    found = {effect: [told(seed, effect) for seed in SEEDS] for effect in (0.0, 0.15)}
    alarms = sum(not one.timed.contains(0.0) for one in found[0.0])
    assert alarms in ALARMS
    # The permutation is one-sided at one in twenty.
    assert sum(one.p <= 0.05 for one in found[0.0]) in ALARMS
    # The comparison with strangers sees an effect in nearly every world, also where there is none.
    assert sum(one.naive.low > 0 for one in found[0.0]) > 190
    assert sum(one.timed.low > 0 for one in found[0.15]) > 150


def told(seed, effect):
    world = simulate.word_of_mouth(rng(seed), n_customers=400, n_tellings=700, effect=effect)
    return value_chain.influence(
        world.tellings, world.purchases, world.joined, last_day=world.last_day, rng=rng([seed, 1]), days_drawn=60
    )
