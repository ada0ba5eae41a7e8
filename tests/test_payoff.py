"""What a plan brings, by hand and by properties."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.analyses.actions import Baseline, ListFacts, Settings
from crmlab.analyses.actions.breakeven import break_even
from crmlab.analyses.actions.payoff import (
    NAMES,
    Option,
    Terms,
    gain,
    gain_of_plan,
    options,
    starting_terms,
    turning_point,
)
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate

TERMS = Terms(margin_rate=0.4, contact_cost=2.0, discount_rate_per_year=0.0, uplift=0.12)
DAYS = 90
REACH = {"margin_rate": 1.0, "contact_cost": 20.0, "discount_rate_per_year": 50.0, "uplift": 0.7}


def estimate(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=100, level=0.95, method="m", denominator="d", window="w")


def option(contacts: int = 100, baseline: float = 0.3, paid: float = 50.0, **ends: float) -> Option:
    return Option(
        name="win_back",
        contacts=contacts,
        left_alone=10,
        baseline=estimate(baseline),
        purchase=estimate(paid, **ends),
        detectable=None,
    )


def test_gain_by_hand():
    # 100 contacts: .12 x .4 x 50 = 2.40 each, less 2 each: 40. At 40 a purchase -.08 each: -8; at 60 +.88: 88.
    found = gain(option(low=40.0, high=60.0), TERMS, days=DAYS)
    assert found.value == pytest.approx(40.0)
    assert (found.low, found.high) == pytest.approx((-8.0, 88.0))
    assert found.break_even == pytest.approx(0.1)  # 2 / (.4 x 50)


def test_no_list_gains_more_buyers_than_are_left():
    # 95 % buy anyway: five points are left. .05 x .4 x 50 = 1 each, less 2: -100. Ten points are out of reach.
    found = gain(option(baseline=0.95), TERMS, days=DAYS)
    assert found.value == pytest.approx(-100.0)
    assert found.break_even is None


def test_money_comes_in_the_middle_of_the_horizon():
    # 44 % a year, 365 days: half a year at sqrt(1.44) = 1.2. 2.40 / 1.2 = 2 each, less 2: nothing.
    assert gain(option(), replace(TERMS, discount_rate_per_year=0.44), days=365).value == pytest.approx(0.0, abs=1e-9)


def test_plan_is_the_sum_of_its_lists():
    both = [option(), option(contacts=50, baseline=0.95)]
    assert gain_of_plan(both, TERMS, days=DAYS).value == pytest.approx(40.0 - 50.0)


def test_turning_points_by_hand():
    # 100 x (u x m x 50 - c) = 0: m = c / (50 u) = 1/3, c = 50 u m = 2.4, u = c / (50 m) = .1.
    found = {name: turning_point([option()], TERMS, name, (0.0, REACH[name]), days=DAYS) for name in NAMES}
    assert found["margin_rate"] == pytest.approx(1 / 3)
    assert found["contact_cost"] == pytest.approx(2.4)
    assert found["uplift"] == pytest.approx(0.1)
    # 2.4 x (1 + r) ** -(45 / 365) = 2: r = 1.2 ** (365 / 45) - 1
    assert found["discount_rate_per_year"] == pytest.approx(1.2 ** (365 / 45) - 1)


def test_there_is_no_turning_point_where_the_sign_never_changes():
    assert turning_point([option()], replace(TERMS, contact_cost=0.0), "uplift", (0.01, 0.7), days=DAYS) is None
    assert turning_point([option(contacts=0)], TERMS, "uplift", (0.0, 0.7), days=DAYS) is None


@given(
    margin=st.floats(0.01, 1),
    cost=st.floats(0.01, 20),
    rate=st.floats(0, 2),
    uplift=st.floats(0.001, 0.6),
    name=st.sampled_from(NAMES),
)
def test_at_its_turning_point_the_plan_brings_nothing(margin, cost, rate, uplift, name):
    terms = Terms(margin_rate=margin, contact_cost=cost, discount_rate_per_year=rate, uplift=uplift)
    chosen = [option(), option(contacts=40, baseline=0.8, paid=90.0)]
    at = turning_point(chosen, terms, name, (0.0, REACH[name]), days=DAYS)
    if at is not None:
        assert gain_of_plan(chosen, replace(terms, **{name: at}), days=DAYS).value == pytest.approx(0.0, abs=1e-6)


@given(margin=st.floats(0.05, 1), cost=st.floats(0.01, 20))
def test_break_even_is_that_of_the_report_where_nothing_is_discounted(margin, cost):
    terms = replace(TERMS, margin_rate=margin, contact_cost=cost)
    told = break_even(estimate(50.0), contact_cost=cost, margin_rate=margin, baseline=0.3)
    found = gain(option(), terms, days=DAYS).break_even
    assert (found is not None) == told.possible
    if found is not None:
        assert found == pytest.approx(told.uplift.value)


def test_terms_that_cannot_be_are_refused():
    with pytest.raises(ParameterError, match=r"contact_cost -1, uplift -0\.1 cannot"):
        gain(option(), replace(TERMS, contact_cost=-1.0, uplift=-0.1), days=DAYS)
    with pytest.raises(ParameterError, match=r"margin_rate 1\.2 cannot be used"):
        gain(option(), replace(TERMS, margin_rate=1.2), days=DAYS)


def facts(name: str, contact: int, paid: float | None) -> ListFacts:
    value = estimate(paid) if paid else None
    baseline = Baseline(repurchase=estimate(0.3), value=value, buyers=30)
    return ListFacts(name=name, contact=contact, do_nothing=5, baseline=baseline, test=None, half=None, break_even=None)


def test_only_lists_whose_contacts_can_be_valued_are_in_the_panel():
    known = {"a": facts("a", 10, 50.0), "b": facts("b", 0, 50.0), "c": facts("c", 10, None)}
    assert [one.name for one in options(known)] == ["a"]


def test_what_the_client_did_not_give_is_assumed():
    own = Settings(margin_rate=0.27, contact_cost=18_000.0, wanted=0.05)
    assert starting_terms([option()], own, 0.35) == Terms(
        margin_rate=0.27, contact_cost=18_000.0, discount_rate_per_year=0.35, uplift=0.05
    )
    # 40 % margin, 5 % of a purchase of 50, no discount
    assert starting_terms([option()], Settings(), None) == Terms(
        margin_rate=0.4, contact_cost=2.5, discount_rate_per_year=0.0, uplift=0.05
    )
