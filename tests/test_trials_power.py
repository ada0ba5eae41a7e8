"""What a test can see: worked by hand, against statsmodels, and by simulation."""

from math import ceil, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.power import NormalIndPower, normal_sample_size_one_tail
from statsmodels.stats.proportion import proportion_effectsize

from crmlab.errors import ParameterError
from crmlab.trials import detectable, detectable_mean, needed_for_mean, needed_per_arm, power_of


def test_five_against_twelve_per_cent_takes_245_in_each_arm():
    # (1.959964 + 0.841621)² = 7.848880; .05 × .95 + .12 × .88 = .0475 + .1056 = .1531; / .07² = .0049
    # 7.848880 × .1531 / .0049 = 245.237
    assert needed_per_arm(0.05, 0.07) == pytest.approx(245.237, abs=0.001)


def test_needed_agrees_with_statsmodels():
    spread = sqrt(0.05 * 0.95 + 0.12 * 0.88)
    other = normal_sample_size_one_tail(0.07, 0.8, 0.025, std_null=spread, std_alternative=spread)
    assert needed_per_arm(0.05, 0.07) == pytest.approx(other, abs=1e-6)


def test_five_against_six_per_cent_takes_8155_in_each_arm():
    # 7.848880 × (.05 × .95 + .06 × .94 = .1039) / .01² = 8,154.99; pooled or arcsine reckoning gives 8,143 to 8,158.
    assert needed_per_arm(0.05, 0.01) == pytest.approx(8154.99, abs=0.01)
    arcsine = NormalIndPower().solve_power(proportion_effectsize(0.06, 0.05), power=0.8, alpha=0.05)
    assert 8143 <= ceil(arcsine) <= 8158


def test_a_medium_difference_of_means_takes_64_in_each_arm():
    # Cohen (1992), Psychological Bulletin 112(1), table 2: d = .2, .5, .8 at .05 and power .80 take 393, 64, 26. The
    # first is his approximation, 2 (2.8016 / .2)² = 392.4; the t distribution asks for one customer more.
    assert [needed_for_mean(1.0, d) for d in (0.2, 0.5, 0.8)] == [394, 64, 26]
    assert needed_for_mean(10.0, -5.0) == 64


def test_what_the_needed_customers_see_of_a_mean():
    assert detectable_mean(10.0, contact=64, do_nothing=64) == pytest.approx(5.0, abs=0.02)
    assert detectable_mean(10.0, contact=1, do_nothing=64) is None
    # More in one arm cannot replace the other: 10 left alone see less than (1.96 + .84) · 10 / √10 = 8.86 at best.
    assert detectable_mean(10.0, contact=10**6, do_nothing=10) > 8.859


@pytest.mark.parametrize(("deviation", "difference", "match"), [(0.0, 1.0, "deviation"), (1.0, 0.0, "of 0")])
def test_a_mean_that_cannot_be_planned_is_refused(deviation, difference, match):
    with pytest.raises(ParameterError, match=match):
        needed_for_mean(deviation, difference)


def test_twenty_left_alone_see_nothing_at_five_per_cent():
    # Half-way between 5 % and 10 % is 7.5 %: 20 × .075 = 1.5 purchases to expect, below five.
    seen = detectable(0.05, contact=180, do_nothing=20, wanted=0.05)
    assert seen.uplift is None
    assert not seen.enough
    # 7.848880 × (.0475 + .09) / .0025 = 431.7, above 5 / .075 = 66.7
    assert seen.needed == 432


def test_a_detectable_uplift_by_hand():
    # Baseline 50 %, 100 in each arm. At an uplift u the error is √((.5+u)(.5−u)/100 + .25/100) = √((.5 − u²)/100).
    # 2.801585 √(.5 − u²) / 10 = u  →  u² (100 + 7.848880) = 3.924440  →  u = .190758
    seen = detectable(0.5, contact=100, do_nothing=100, wanted=0.2)
    assert seen.uplift == pytest.approx(sqrt(3.92444 / 107.84888), abs=1e-5)
    assert seen.enough


@pytest.mark.parametrize(("contact", "do_nothing", "off"), [(400, 400, 0.01), (1800, 200, 0.04)])
def test_power_is_what_a_simulation_finds(contact, do_nothing, off):
    rng = np.random.default_rng(1)
    a, b = rng.binomial(contact, 0.15, 40_000) / contact, rng.binomial(do_nothing, 0.08, 40_000) / do_nothing
    error = np.sqrt(a * (1 - a) / contact + b * (1 - b) / do_nothing)
    found = np.mean(np.abs(a - b) / error > norm.ppf(0.975))
    # The approximation flatters a test whose smaller arm expects 16 purchases by three or four points.
    assert power_of(0.08, 0.07, contact=contact, do_nothing=do_nothing) == pytest.approx(found, abs=off)


shares = st.floats(0.01, 0.9)
sizes = st.integers(2, 5000)


@settings(deadline=None)
@given(baseline=shares, contact=sizes, do_nothing=sizes)
def test_the_least_uplift_has_the_power_it_promises(baseline, contact, do_nothing):
    seen = detectable(baseline, contact=contact, do_nothing=do_nothing, wanted=0.05)
    if seen.uplift is not None:
        assert 0 < seen.uplift <= 1 - baseline
        assert power_of(baseline, seen.uplift, contact=contact, do_nothing=do_nothing) == pytest.approx(0.8, abs=1e-6)


@settings(deadline=None)
@given(baseline=shares, n=st.integers(50, 5000))
def test_more_customers_never_see_less(baseline, n):
    few = detectable(baseline, contact=n, do_nothing=n, wanted=0.05).uplift
    many = detectable(baseline, contact=2 * n, do_nothing=2 * n, wanted=0.05).uplift
    assert few is None or (many is not None and many <= few)


@settings(deadline=None)
@given(baseline=shares, wanted=st.floats(0.01, 0.5))
def test_the_needed_customers_see_what_is_wanted(baseline, wanted):
    needed = detectable(baseline, contact=0, do_nothing=0, wanted=wanted).needed
    fits = min(wanted, 1 - baseline)
    seen = detectable(baseline, contact=needed, do_nothing=needed, wanted=wanted)
    assert seen.uplift is None or seen.uplift <= fits + 1e-9
    assert needed >= ceil(needed_per_arm(baseline, wanted) - 1e-9)


def test_everybody_buys_already():
    seen = detectable(1.0, contact=100, do_nothing=100, wanted=0.05)
    assert seen.uplift is None
    assert seen.needed == 0


@pytest.mark.parametrize(("baseline", "power"), [(-0.1, 0.8), (1.2, 0.8), (0.1, 0.01), (0.1, 1.0), (float("nan"), 0.8)])
def test_what_cannot_be_used_is_refused(baseline, power):
    with pytest.raises(ParameterError, match=r"baseline|power"):
        detectable(baseline, contact=10, do_nothing=10, wanted=0.05, power=power)


def test_no_uplift_is_no_test():
    with pytest.raises(ParameterError, match="cannot be tested"):
        needed_per_arm(0.2, 0.0)
