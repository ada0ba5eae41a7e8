"""Intervals of saving and winning back over 200 seeds, where something is planted and where nothing is."""

import math

import numpy as np
import pytest

from crmlab.analyses import winback
from crmlab.simulate.uplift import FEATURES, returns_after_exit, uplift_trial

pytestmark = pytest.mark.slow
HITS, ALARMS = range(179, 199), range(2, 22)
COSTS = winback.Costs(contact=4, offer=30)
FREE = winback.Costs(contact=0, offer=0)


def judged(seed, effect, n=1500):
    """One campaign: what each interval says, and the truth of the very customers and lists it is about."""
    rng = np.random.default_rng(seed)
    world = uplift_trial(rng, n_customers=n, effect=effect)
    scores = winback.scores_unseen(world.table, FEATURES, rng=rng)
    chosen = winback.policies(winback.rankings(world.table, scores, COSTS), scores["fold"], depth=0.3)
    gain = winback.gains(world.table, scores, COSTS)
    p0, p1, value = (world.truth.join(world.table["value"]).loc[scores.index, name] for name in ("p0", "p1", "value"))
    profit = winback.contact_profit(value, p0, p1, COSTS)
    values = winback.policy_values(chosen, gain).set_index("policy")
    against = winback.policy_differences(chosen, gain, best=winback.UPLIFT_VALUE).set_index("against")
    place = winback.places(scores["tau"], scores["fold"])
    area = winback.qini(place, winback.extra_answers(world.table, scores))
    found = {
        name: _holds(values.loc[name], float((chosen[name] * profit).mean()))
        for name in (winback.EVERYBODY, winback.RISK_VALUE, winback.UPLIFT_VALUE)
    }
    truth = float(((chosen[winback.UPLIFT_VALUE] - chosen[winback.RISK_VALUE]) * profit).mean())
    found["difference"] = _holds(against.loc[winback.RISK_VALUE], truth)
    middle = place - place.mean()
    found["qini"] = area.low <= float(np.mean(-middle * (p1 - p0))) <= area.high
    found["alarm"] = not area.low <= 0 <= area.high
    return found


def _holds(row, truth):
    return bool(row["low"] <= truth <= row["high"])


@pytest.mark.parametrize("effect", [1.0, 0.0])
def test_policies_differences_and_qini_hold_the_truth_as_often_as_they_promise(effect):
    all_of_them = [judged(seed, effect) for seed in range(200)]
    counts = {name: sum(one[name] for one in all_of_them) for name in all_of_them[0]}
    alarms = counts.pop("alarm")
    assert all(hits in HITS for hits in counts.values()), counts
    assert alarms in ALARMS if effect == 0 else alarms > 190, alarms


def test_uplift_is_claimed_to_beat_risk_no_more_often_than_promised_where_contacts_do_nothing():
    # With costs at nothing and no effect all policies are worth the same: every claim is a false alarm.
    claimed = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        table = uplift_trial(rng, n_customers=1500, effect=0.0).table
        scores = winback.scores_unseen(table, FEATURES, rng=rng)
        chosen = winback.policies(winback.rankings(table, scores, FREE), scores["fold"], depth=0.3)
        gain = winback.gains(table, scores, FREE)
        row = winback.policy_differences(chosen, gain, best=winback.UPLIFT_VALUE).set_index("against")
        claimed += not _holds(row.loc[winback.RISK_VALUE], 0.0)
    assert claimed in ALARMS, claimed


@pytest.mark.parametrize(("p0", "p1"), [(0.05, 0.12), (0.30, 0.33), (0.3, 0.3)])
def test_the_break_even_value_holds_the_truth_whether_the_effect_is_shown_or_not(p0, p1):
    truth = winback.break_even(p0, p1, COSTS)
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        yes, anyway = int(rng.binomial(800, p1)), int(rng.binomial(800, p0))
        arms = winback.Arms(contacted_yes=yes, contacted=800, left_yes=anyway, left=800)
        found = winback.break_even_value(arms, COSTS)
        # No value is enough where there is no effect: then the interval must have no upper end.
        hits += found.high == math.inf if math.isinf(truth) else found.low <= truth <= found.high
    # Without an effect only one side of the test can put an end to the interval.
    assert hits in (range(188, 201) if p0 == p1 else HITS), hits


@pytest.mark.parametrize(("ratio", "window"), [(4.0, HITS), (1.0, HITS)])
def test_the_ratio_of_weeks_holds_the_truth(ratio, window):
    hits = 0
    for seed in range(200):
        world = returns_after_exit(np.random.default_rng(seed), n_customers=3000, ratio=ratio)
        found = winback.week_ratio(winback.weekly_hazard(world.table, weeks=4), window="w")
        hits += found.contains(world.ratio)
    assert hits in window, hits
