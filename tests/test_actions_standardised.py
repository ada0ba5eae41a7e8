"""Baselines of lists that mix situations, by hand; what experiments and the last report showed."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from crmlab.analyses import actions
from crmlab.analyses.actions import claims, wording
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.shares import share

DAY = date(2020, 6, 30)


def part(hits: int, n: int, values: list[float] | None = None) -> actions.Baseline:
    paid = np.array(values or [10.0] * hits)
    return actions.Baseline(
        repurchase=share(hits, n, denominator="d", window="w"),
        value=None,
        buyers=hits,
        paid=(float(paid.sum()), float(np.square(paid).sum())),
    )


def test_the_share_of_a_mixed_list_by_hand():
    # 30 of the list are where 40 of 100 bought, 10 where 5 of 50 did: .75 × .4 + .25 × .1 = .325.
    # Wilson limits: .4 in .3094 to .4980 (Wilson 1927 form); .1 in .0435 to .2136. So
    # low = .325 − √((.75 × .0906)² + (.25 × .0565)²) = .325 − √(.004617 + .000200) = .325 − .0694 = .2556
    # high = .325 + √((.75 × .0980)² + (.25 × .1136)²) = .325 + √(.005402 + .000807) = .325 + .0788 = .4038
    found = actions.standardised({"a": 30, "b": 10}, {"a": part(40, 100), "b": part(5, 50), "c": part(9, 9)})
    assert found is not None
    assert found.repurchase.value == pytest.approx(0.325)
    assert (found.repurchase.low, found.repurchase.high) == pytest.approx((0.2556, 0.4038), abs=2e-4)
    assert (found.repurchase.n, found.buyers) == (150, 45)


def test_one_situation_is_its_own_baseline_and_unknown_ones_have_no_weight():
    one = part(40, 100)
    assert actions.standardised({"a": 30, "never seen": 10}, {"a": one}) is one
    assert actions.standardised({"never seen": 10}, {"a": one}) is None
    assert actions.standardised({}, {"a": one}) is None
    facts = actions.ListFacts(
        name="save", contact=36, do_nothing=4, baseline=one, test=None, half=None, break_even=None,
        mix={"a": 30, "never seen": 10}, before={"a": one},
    )  # fmt: skip
    assert facts.covered == 0.75
    (said,) = claims.uncovered_claims([facts])
    assert "25.0 % of its customers are in situations that nobody was in" in said


def test_the_value_of_a_purchase_of_a_mixed_list_by_hand():
    # Half the list where 20 of 40 bought, at 10 each; half where 10 of 40 bought, at 20 and 40 by turns (mean 30).
    # Paid a head: .5 × 200/40 + .5 × 300/40 = 6.25; bought a head: .5 × .5 + .5 × .25 = .375; 6.25 / .375 = 16.667.
    # Residuals z − R y, first: buyers 10 − 16.667 = −6.667: sum −133.33, squares 20 × 44.44 = 888.9,
    #   s² = (888.9 − 133.33²/40) / 39 = (888.9 − 444.4) / 39 = 11.396
    # second: 20 − 16.667 = 3.333 and 40 − 16.667 = 23.333, five each: sum 133.33,
    #   squares 5 × (11.11 + 544.44) = 2777.8, s² = (2777.8 − 444.4) / 39 = 59.829
    # error = √(.25 × 11.396 / 40 + .25 × 59.829 / 40) / .375 = √.44516 / .375 = 1.7792; t(29, .975) = 2.0452
    found = actions.standardised({"a": 5, "b": 5}, {"a": part(20, 40), "b": part(10, 40, [20.0, 40.0] * 5)})
    assert found is not None
    assert found.value is not None
    assert found.value.value == pytest.approx(16.6667, abs=1e-4)
    assert found.value.high - found.value.value == pytest.approx(2.0452 * 1.7792, abs=1e-3)
    few = actions.standardised({"a": 5, "b": 5}, {"a": part(10, 40), "b": part(9, 40)})
    assert few is not None
    assert few.value is None  # nineteen buyers


@pytest.mark.slow
def test_both_intervals_of_a_mixed_list_hold_the_truth():
    """200 seeds: three situations of unlike sizes, shares and log-normal values (σ = .6), the list's own mix."""
    sizes, rates, means, mix = (60, 200, 400), (0.5, 0.2, 0.06), (3.5, 3.0, 2.5), (40, 50, 10)
    weights = np.array(mix) / sum(mix)
    share_truth = float(weights @ np.array(rates))
    worth = np.exp(np.array(means) + 0.6**2 / 2)
    value_truth = float(weights @ (np.array(rates) * worth)) / share_truth
    hits = np.zeros(2)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        before = {}
        for name, n, rate, mean in zip("abc", sizes, rates, means, strict=True):
            bought = rng.binomial(n, rate)
            before[name] = part(bought, n, list(rng.lognormal(mean, 0.6, bought)))
        found = actions.standardised(dict(zip("abc", mix, strict=True)), before)
        hits += [found.repurchase.contains(share_truth), found.value.contains(value_truth)]
    assert (hits >= 179).all()
    assert (hits <= 198).all()


def test_doing_nothing_is_the_baseline_times_the_list():
    # 36 + 4 customers, of whom 40 % buy anyway: 16; Wilson of 40 in 100 is .3094 to .4980: 12.4 to 19.9.
    facts = actions.ListFacts(
        name="save", contact=36, do_nothing=4, baseline=part(40, 100), test=None, half=None, break_even=None,
        mix={"a": 40}, before={"a": part(40, 100)},
    )  # fmt: skip
    (row,) = wording.do_nothing_table({"save": facts}, actions.Settings(contact_cost=2.0)).to_dict(orient="records")
    assert row["anyway"] == pytest.approx(16)
    assert (row["low"], row["high"]) == pytest.approx((12.376, 19.92), abs=0.01)
    assert row["cost"] == 72
    (said,) = claims.do_nothing_claims(facts)
    assert "16 of the 40 customers" in said
    other = replace(facts, name="grow", contact=60, do_nothing=0, mix={"b": 60}, before=facts.before)
    unknown = replace(other, baseline=None)
    assert len(wording.do_nothing_table({"save": facts, "grow": unknown}, actions.Settings())) == 1


def test_all_lists_together_are_one_mix():
    before = {"a": part(40, 100), "b": part(5, 50)}
    first = actions.ListFacts(
        name="save", contact=27, do_nothing=3, baseline=before["a"], test=None, half=None, break_even=None,
        mix={"a": 30}, before=before,
    )  # fmt: skip
    second = replace(first, name="grow", contact=9, do_nothing=1, baseline=before["b"], mix={"b": 10})
    whole = actions.together({"save": first, "grow": second}, actions.Settings())
    assert whole is not None
    assert (whole.contact, whole.do_nothing) == (36, 4)
    assert whole.baseline.repurchase.value == pytest.approx(0.325)  # as the mixed list above
    assert whole.baseline.repurchase.low == pytest.approx(0.2556, abs=2e-4)
    assert actions.together({"save": first}, actions.Settings()) is None


def finding(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=9, level=0.95, method="m", denominator="d", window="w")


def test_experiments_are_read_in_order_and_the_own_plan_comes_first():
    known = {
        "14.calls": finding(0.05, 0.03, 0.07),
        "00.effect_loyalty": finding(0.01, -0.03, 0.05),
        "13.save_effect": finding(0.0, -0.1, 0.1),
        "11.trial_effect": finding(0.0, None, None),
    }
    found = actions.tried(known.get)
    assert {name: one.source for name, one in found.items()} == {"protect": "14.calls", "save": "13.save_effect"}
    del known["14.calls"]
    assert actions.tried(known.get)["protect"].source == "00.effect_loyalty"
    own = actions.Outcome(
        name="save", contacted=9, contacted_bought=1, left_alone=9, left_alone_bought=1,
        difference=finding(0.2, 0.1, 0.3),
    )  # fmt: skip
    assert actions.tried(known.get, [own])["save"].source == "90"
    assert actions.tried(known.get, [own])["save"].of_purchases
    assert actions.tried({}.get) == {}


def test_the_range_of_departures_by_hand():
    # Two coins: 0, 1, 2 with 1/4, 1/2, 1/4. At 50 % the tails hold at most 1/4 each: 0 and 1 below and above.
    assert actions.poisson_binomial_range([0.5, 0.5], level=0.4) == (1, 1)
    assert actions.poisson_binomial_range([0.5, 0.5]) == (0, 2)
    assert actions.poisson_binomial_range([1.0, 1.0, 0.0]) == (2, 2)
    # 400 customers at .2: binomial of mean 80 and deviation 8: about 80 ± 1.96 × 8 = 64.3 to 95.7
    low, high = actions.poisson_binomial_range([0.2] * 400)
    assert low == pytest.approx(80 - norm.ppf(0.975) * 8, abs=1.5)
    assert high == pytest.approx(80 + norm.ppf(0.975) * 8, abs=1.5)


def calls(**more: object) -> pd.DataFrame:
    table = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "unit": ["K1", "K2", "K3", "K4"]})
    due = [date(2020, 7, 15), date(2020, 8, 1), date(2020, 8, 9), date(2020, 12, 1)]
    return table.assign(due=due, probability=[0.5, 0.25, 0.25, 0.9], **more)


def test_departures_of_renewals_by_hand():
    # a, b and c have come due by the end of August, d not. a left, b renewed; c ended earlier than its renewal.
    ends = pd.DataFrame(
        {
            "unit": ["K1", "K2", "K3", "K4"],
            "due": pd.to_datetime(["2020-07-15", "2020-08-01", "2020-08-09", "2020-12-01"]),
            "lost": pd.array([True, False, True, None], dtype="boolean"),
        }
    )
    found = actions.departures_score(calls(), ends, after=DAY, until=date(2020, 8, 31))
    assert found is not None
    assert (found.n, found.expected, found.actual) == (3, 1.0, 2)
    assert found.held
    assert "expected 1.0 to leave (95 % of the time 0 to 3); 2 did, as many as they allow" in claims.departures_claim(
        found
    )
    assert "which they do not allow" in claims.departures_claim(replace(found, low=0, high=1))
    assert actions.departures_score(calls(), ends, after=DAY, until=DAY) is None
    with pytest.raises(DataError, match="lacks the columns"):
        actions.departures_score(calls().drop(columns="due"), ends, after=DAY, until=DAY)


@pytest.mark.slow
def test_the_range_of_departures_holds_what_comes():
    """200 seeds of 150 customers with unlike probabilities; a discrete range holds at least what it promises."""
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p = rng.beta(2, 8, 150)
        low, high = actions.poisson_binomial_range(p)
        hits += low <= (rng.random(150) < p).sum() <= high
    assert 179 <= hits <= 200


def test_students_quantile_is_the_one_the_hand_used():
    assert student.ppf(0.975, 29) == pytest.approx(2.0452, abs=1e-4)


def test_without_an_earlier_report_there_is_no_score():
    assert actions.score_of(None, None, until=DAY) == actions.Score()
    never = SimpleNamespace(sections=(SimpleNamespace(observed_until="", parameters={}),))
    assert actions.score_of(never, None, until=DAY) == actions.Score()
    nothing = claims.score_claims(actions.Score())
    assert [said.endswith("so none can be scored yet.") for said in nothing] == [True, True]
    assert claims.score_lines(actions.Score()) == ()
