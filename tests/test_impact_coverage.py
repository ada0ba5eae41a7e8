"""How often intervals hold what was planted, over 200 seeds each; and how far off the ways in use are."""

import functools

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import impact
from crmlab.simulate import CAME, CHANNELS, simulate_answers, simulate_rollout
from tests.impact_worlds import as_panel, clean, of
from tests.test_impact import costs

pytestmark = pytest.mark.slow
SEEDS = range(200)
HITS, FALSE_ALARMS = (179, 198), (2, 21)
SATISFIED = 0.3


def within(count, band):
    return band[0] <= count <= band[1]


@functools.cache
def rolled_out(effect, persistence=0.0):
    """Of each seed: what was found, what was planted, and the worlds' branches with a process."""
    found = []
    for seed in SEEDS:
        world = simulate_rollout(np.random.default_rng(seed), effect=effect, persistence=persistence)
        planted = of(world).with_numbers(world.effect)
        got = impact.rollout_effect(of(world), rng=np.random.default_rng(seed), counted=world.by_process)
        found.append((got, impact.overall(planted, counted=world.by_process), world))
    return found


@pytest.mark.parametrize("persistence", [0.0, 0.5])
def test_the_effect_and_the_band_of_all_months_are_covered(persistence):
    hits = bands = slopes = 0
    for got, truth, _ in rolled_out(-0.15, persistence):
        hits += got.low < truth < got.high
        slopes += got.slope_low < 0 < got.slope_high
        after = got.by_month.dropna()
        after = after[after["months_live"] >= 0]
        planted = np.log1p(-0.15) * np.clip((after["months_live"] + 1) / 9, 0, 1)
        bands += bool(((after["band_low"] < planted) & (planted < after["band_high"])).all())
    assert within(hits, HITS), hits
    assert within(slopes, HITS), slopes
    assert within(bands, HITS), bands


def test_branches_that_cannot_have_an_effect_are_seldom_said_to_have_one():
    alarms = 0
    for seed, (_, _, world) in zip(SEEDS, rolled_out(-0.15), strict=True):
        got = impact.rollout_effect(of(world), rng=np.random.default_rng(seed), counted=~world.by_process)
        alarms += not got.low < 0 < got.high
    assert within(alarms, FALSE_ALARMS), alarms


def test_the_rule_says_what_its_chances_say():
    # Among 200 worlds with a fall by 15 % in the end, about 12 % on average: as often as was to be expected, within
    # four standard errors of a share.
    said, expected = [], []
    for got, truth, _ in rolled_out(-0.15):
        said.append(impact.decide(got, worth=0.03) == "extend")
        expected.append(impact.chances(got, worth=0.03, change=float(np.expm1(truth))).extend)
    assert abs(np.mean(said) - np.mean(expected)) < 4 * np.sqrt(0.25 / 200)


def test_two_way_effects_find_too_little_of_an_effect_that_grows():
    # Every branch works by a process and goes live in the end. From month 18 on nobody is left to compare with, so that
    # the mean effect is that of the months before; the regression uses the others too, and should find more.
    misses, errors = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        world = simulate_rollout(
            rng, with_process=1.0, never=0.0, ramp_months=18, branches=12, months=30, waves=(6, 12, 18)
        )
        found = of(world)
        truth = impact.overall(found.with_numbers(world.effect))
        errors.append(impact.overall(found) - truth)
        misses.append(impact.two_way(found, rng=np.random.default_rng(seed), draws=2).value - truth)
    bias = np.array([np.mean(errors), np.mean(misses)])
    error = np.array([np.std(errors), np.std(misses)]) / np.sqrt(len(SEEDS))
    assert abs(bias[0]) < 4 * error[0]
    assert bias[1] > 4 * error[1]
    assert bias[1] > 0.2 * abs(truth)


def test_the_wild_bootstrap_of_few_branches_holds_its_level():
    alarms, plain = 0, 0
    for seed in SEEDS:
        world = simulate_rollout(
            np.random.default_rng(seed), effect=0.0, branches=10, months=18, waves=(6, 10), persistence=0.7
        )
        got = impact.two_way(of(world), rng=np.random.default_rng(seed), draws=199)
        alarms += got.p_wild < 0.05
        plain += got.p_plain < 0.05
    assert within(alarms, FALSE_ALARMS), alarms
    assert plain > FALSE_ALARMS[1], plain  # as if branch-months were independent: too many


def test_an_interrupted_series_is_right_where_nothing_else_happens():
    hits = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        world = simulate_rollout(rng, with_process=1.0, ramp_months=1, branches=16, months=28, waves=(14,))
        found = impact.interrupted(of(world))
        hits += found.change.low < np.log(0.85) < found.change.high
    assert within(hits, HITS), hits


def test_ratios_and_measures_before_and_after_are_covered():
    ratios = better = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        won = rng.poisson(6, (18, 24)) + 1.0
        size = np.exp(0.4 * rng.standard_normal((18, 1)))
        cost = won * size * np.exp(0.2 * rng.standard_normal((18, 24)) + 0.1 * rng.standard_normal((18, 1)))
        cost[:, 12:] *= np.exp(0.1 * rng.standard_normal((18, 1)))  # no change on average, some in each branch
        live = np.full(18, 12)
        got = impact.ratio_change(as_panel(cost, live), as_panel(won, live), rng=rng)
        ratios += got.low < 0 < got.high
        share = 0.5 + 0.05 * rng.standard_normal((18, 24)) + 0.03 * rng.standard_normal((18, 1)) * (np.arange(24) > 11)
        better += impact.measuring(as_panel(share, live)).verdict == "better"
    assert within(ratios, HITS), ratios
    assert better <= FALSE_ALARMS[1] // 2, better  # one side of a two-sided interval


def test_credit_corrections_and_the_follow_up_are_covered_and_weights_are_not():
    over = fixed = followed = weighted = 0
    for seed in SEEDS:
        rows = simulate_answers(np.random.default_rng(seed), satisfied=SATISFIED)
        found = impact.credit(rows["said"], rows["recorded"]).table.set_index("channel")
        # Of all, .2 · p are recorded as branch who came otherwise, and .4 are credited with what is in sight.
        came = dict(zip(CHANNELS, CAME, strict=True))
        seen = {"social": 0.5, "branch": 0.3, "search": 0.2}
        planted = {
            one: 0.6 * share + 0.4 * seen.get(one, 0) - (0.8 * share + 0.2 * (one == "branch"))
            for one, share in came.items()
        }
        over += all(row.low < planted[name] < row.high for name, row in found.iterrows())
        people = rows.set_index("customer_id")
        right = impact.corrected(people["recorded"], people["listed"].dropna(), rng=np.random.default_rng(seed))
        one = right.table.set_index("channel").loc["branch"]
        fixed += one["low"] < came["branch"] < one["high"]
        share = impact.answered(rows, (rows["satisfaction"] >= 6).to_numpy(), window="w")
        followed += share.followed.contains(SATISFIED)
        weighted += share.weighted.contains(SATISFIED)
    assert within(over, HITS), over
    assert within(fixed, HITS), fixed
    assert within(followed, HITS), followed
    assert weighted < 20, weighted


def test_customers_who_forget_at_random_are_seldom_said_to_favour_a_channel():
    alarms = 0
    for seed in SEEDS:
        rows = simulate_answers(
            np.random.default_rng(seed), recorded_right=1.0, credited=dict(zip(CHANNELS, CAME, strict=True))
        )
        table = impact.credit(rows["said"], rows["recorded"]).table
        alarms += bool(((table["low"] > 0) | (table["high"] < 0)).any())
    assert within(alarms, FALSE_ALARMS), alarms


def test_the_cost_of_the_next_customer_is_covered():
    hits = 0
    for seed in SEEDS:
        rows = pd.DataFrame(costs(n_months=36, noise=0.15, rng=np.random.default_rng(seed)))
        found = impact.marginal_costs(clean(rows), None).set_index("channel").loc["search"]
        hits += found["low"] < 1.5 * found["average"] < found["high"]
    assert within(hits, HITS), hits
