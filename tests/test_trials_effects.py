"""Effects of one arm over another: by hand, as published, in planted and null worlds, on a real test."""

from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t, ttest_ind

from crmlab.errors import DataError
from crmlab.trials import (
    difference_of_means,
    difference_of_shares,
    relative_difference_of_means,
    relative_difference_of_shares,
    stratified_difference,
)

WHERE = {"denominator": "d", "window": "w"}
EMAIL_TEST = Path(__file__).parents[2] / "shared" / "data" / "hillstrom_email.csv.gz"


def ends(found):
    return found.value, found.low, found.high


def test_a_difference_of_shares_as_published():
    # Newcombe (1998), Statistics in Medicine 17(8), table II, method 10: 56/70 − 48/80 is .2 (.0524 to .3339).
    assert ends(difference_of_shares((56, 70), (48, 80), **WHERE)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_a_ratio_of_shares_as_published():
    # Koopman (1984), Biometrics 40(2): 36/40 over 16/80 is 4.5, from 2.94 to 7.15.
    found = relative_difference_of_shares((36, 40), (16, 80), **WHERE)
    assert ends(found) == pytest.approx((3.5, 1.94, 6.15), abs=5e-3)


def test_a_difference_of_means_by_hand():
    # Means 3 and 2; variances 2.5 and 1 over 5 and 3 customers: error √(.5 + .3333) = .912871;
    # Welch's degrees (.5 + .3333)² / (.25/4 + .1111/2) = .694444/.118056 = 5.88235; t there 2.458725.
    found = difference_of_means([1, 2, 3, 4, 5], [1, 2, 3], **WHERE)
    other = ttest_ind([1, 2, 3, 4, 5], [1, 2, 3], equal_var=False)
    assert other.df == pytest.approx(5.88235, abs=1e-5)
    assert (found.high - found.low) / 2 == pytest.approx(other.confidence_interval().high - 1.0)
    assert (found.high - found.low) / 2 == pytest.approx(2.458725 * 0.912871, abs=1e-3)
    assert found.value == pytest.approx(1.0)


def test_a_ratio_of_means_by_hand():
    # Means 4 and 2, each of variance 2 over 2 customers: √(2/2/16 + 2/2/4) = √.3125 = .559017.
    found = relative_difference_of_means([3, 5], [1, 3], **WHERE)
    reach = 1.959964 * sqrt(0.3125)
    assert ends(found) == pytest.approx((1.0, exp(log(2) - reach) - 1, exp(log(2) + reach) - 1), abs=1e-6)


def test_nothing_varies():
    assert ends(difference_of_means([0, 0, 0], [0, 0], **WHERE)) == (0, 0, 0)


def test_a_risk_difference_by_hand():
    # .30 − .20; variance .3·.7/100 + .2·.8/50 = .0053, 1.959964 · √.0053 = .142688.
    one = stratified_difference(*(np.array([n], dtype=float) for n in (100, 30, 50, 10)))
    assert one == pytest.approx((0.10, 0.10 - 0.142688, 0.10 + 0.142688), abs=1e-6)
    # A second stratum of weight 50·50/100 = 25 beside 100·50/150 = 33.33 and difference 0: 33.33 / 58.33 · .10.
    two = stratified_difference(*(np.array(n, dtype=float) for n in ([100, 50], [30, 5], [50, 50], [10, 5])))
    assert two[0] == pytest.approx(0.1 * (100 / 3) / (100 / 3 + 25))


@settings(deadline=None)
@given(n=st.integers(1, 300), m=st.integers(1, 300), data=st.data())
def test_swapping_arms_turns_the_sign(n, m, data):
    a, b = (data.draw(st.integers(0, n)), n), (data.draw(st.integers(0, m)), m)
    one, other = difference_of_shares(a, b, **WHERE), difference_of_shares(b, a, **WHERE)
    assert ends(one) == pytest.approx((-other.value, -other.high, -other.low), abs=1e-12)
    assert -1 <= one.low <= one.value + 1e-12
    assert one.value - 1e-12 <= one.high <= 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=30), st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_order_and_unit_of_money_do_not_matter(first, second):
    one = difference_of_means(first, second, **WHERE)
    other = difference_of_means([10 * value for value in reversed(first)], [10 * value for value in second], **WHERE)
    assert ends(other) == pytest.approx([10 * value for value in ends(one)])


@pytest.mark.parametrize(
    ("treated", "control", "match"),
    [((1, 0), (1, 2), "treated arm has 1 hits of 0"), ((1, 2), (3, 2), "control arm has 3 hits of 2")],
)
def test_counts_that_cannot_be_are_refused(treated, control, match):
    for effect in (difference_of_shares, relative_difference_of_shares):
        with pytest.raises(DataError, match=match):
            effect(treated, control, **WHERE)


def test_all_problems_are_named_at_once():
    with pytest.raises(DataError, match=r"(?s)treated.*control"):
        difference_of_shares((1, 0), (5, 2), **WHERE)
    with pytest.raises(DataError, match=r"(?s)treated arm has 1.*lacks a value for 1 of 2"):
        difference_of_means([1], [1, np.nan], **WHERE)


def test_nothing_is_relative_to_nothing():
    with pytest.raises(DataError, match="nobody"):
        relative_difference_of_shares((1, 2), (0, 2), **WHERE)
    with pytest.raises(DataError, match="above zero"):
        relative_difference_of_means([1, 2], [-1, 1], **WHERE)


@pytest.mark.skipif(not EMAIL_TEST.is_file(), reason="the shared data are not here")
def test_the_published_e_mail_test():
    # MineThatData's e-mail test: visits .18276 and .15140 against .10617; spend .76983 (.14525) and .42441 (.13033).
    table = pd.read_csv(EMAIL_TEST)
    arms = {name.split()[0]: rows for name, rows in table.groupby("segment")}
    none = arms["No"]
    for name, visit, spend, error in (("Mens", 0.18276, 0.76983, 0.14525), ("Womens", 0.15140, 0.42441, 0.13033)):
        counts = [(int(arm["visit"].sum()), len(arm)) for arm in (arms[name], none)]
        assert difference_of_shares(*counts, **WHERE).value == pytest.approx(visit - 0.10617, abs=1e-5)
        found = difference_of_means(arms[name]["spend"], none["spend"], **WHERE)
        assert found.value == pytest.approx(spend, abs=5e-6)
        df = ttest_ind(arms[name]["spend"], none["spend"], equal_var=False).df
        assert (found.high - found.low) / 2 / t.ppf(0.975, df) == pytest.approx(error, abs=5e-6)


def draw(seed, lift):
    """Two arms of purchases: who buys, and what those who do spend."""
    rng = np.random.default_rng(seed)
    bought = rng.random((2, 800)) < np.array([[0.2 + lift], [0.2]])
    return bought, np.where(bought, rng.gamma(2.0, 25.0, bought.shape), 0.0)


@pytest.mark.slow
def test_intervals_cover_the_planted_effects():
    # Shares .25 and .20, mean spend 50 where bought: .05, a quarter more, 2.5 and a quarter more.
    hits = np.zeros(4)
    for seed in range(200):
        bought, spend = draw(seed, 0.05)
        counts = [(int(arm.sum()), arm.size) for arm in bought]
        hits += [
            difference_of_shares(*counts, **WHERE).contains(0.05),
            relative_difference_of_shares(*counts, **WHERE).contains(0.25),
            difference_of_means(*spend, **WHERE).contains(2.5),
            relative_difference_of_means(*spend, **WHERE).contains(0.25),
        ]
    assert ((hits >= 179) & (hits <= 198)).all(), hits


@pytest.mark.slow
def test_the_null_world_shows_nothing():
    alarms = np.zeros(2)
    for seed in range(200):
        bought, spend = draw(seed, 0.0)
        counts = [(int(arm.sum()), arm.size) for arm in bought]
        alarms += [
            not difference_of_shares(*counts, **WHERE).contains(0.0),
            not difference_of_means(*spend, **WHERE).contains(0.0),
        ]
    assert ((alarms >= 2) & (alarms <= 21)).all(), alarms
