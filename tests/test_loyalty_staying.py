"""Concentration, and what a point of satisfaction is worth: by hand, by properties, and in planted worlds."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.analyses import loyalty
from crmlab.analyses.loyalty import claims
from crmlab.errors import DataError
from crmlab.simulate import market_choice
from tests.clean_rows import clean

SEEDS = 200
HITS, ALARMS = range(179, 199), range(2, 22)


def frame(answers: market_choice.Answers) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "region": [f"R{number}" for number in answers.region],
            "hhi": np.where(answers.captive, 0.5, 0.1) + 0.01 * answers.region,
            "captive": answers.captive,
            "satisfaction": answers.satisfaction,
            "stayed": answers.stayed.astype(float),
        }
    )


def planted(effect: float) -> float:
    return market_choice.worth_of_a_point(1.1) - market_choice.worth_of_a_point(1.1 - effect)


def between(seed: int, effect: float):
    table = frame(market_choice.markets(np.random.default_rng(seed), effect=effect))
    return loyalty.between_regions(loyalty.by_region(table), window="")


# --- concentration ---


def test_concentration_by_hand():
    # .45² + .40² + .10² + .05² = .2025 + .16 + .01 + .0025
    assert loyalty.hhi([0.45, 0.40, 0.10, 0.05]) == pytest.approx(0.375, abs=1e-12)
    assert loyalty.hhi([0.1] * 10) == pytest.approx(0.1)
    assert loyalty.hhi([1.0]) == 1.0


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=12))
def test_concentration_lies_between_equal_firms_and_a_monopoly_and_knows_no_order(weights):
    shares = np.array(weights) / sum(weights)
    index = loyalty.hhi(shares)
    assert 1 / len(shares) - 1e-9 <= index <= 1 + 1e-9
    assert loyalty.hhi(shares[::-1]) == pytest.approx(index)


@pytest.mark.parametrize("shares", [[], [0.5, 0.4], [1.2, -0.2], [0.5, np.nan]])
def test_shares_that_are_no_market_are_refused(shares):
    with pytest.raises(DataError, match="add up to 1"):
        loyalty.hhi(shares)


def market_rows(**changed) -> pd.DataFrame:
    rows = [("A", "2020-01-01", "self", 0.6), ("A", "2020-01-01", "rival", 0.4)]
    rows += [("A", "2021-01-01", "self", 0.5), ("A", "2021-01-01", "rival", 0.5), ("B", "2021-01-01", "self", 1.0)]
    frame = pd.DataFrame(rows, columns=["region", "period", "firm", "share"]).assign(**changed)
    return frame.assign(period=pd.to_datetime(frame["period"]).dt.date)


def test_each_region_counts_with_its_last_period_that_had_begun():
    table = loyalty.concentration(clean(market_rows()))
    assert list(table["hhi"]) == pytest.approx([0.52, 0.5, 1.0])
    assert list(table["own_share"]) == pytest.approx([0.6, 0.5, 1.0])
    assert list(table["effective"]) == pytest.approx([1 / 0.52, 2, 1])
    then = loyalty.on_day(table, date(2020, 6, 1)).set_index("region")
    assert dict(then["hhi"]) == pytest.approx({"A": 0.52, "B": 1.0})  # B was first looked at later
    assert list(loyalty.on_day(table, date(2021, 6, 1))["hhi"]) == pytest.approx([0.5, 1.0])


def test_regions_whose_shares_leave_something_out_are_named_together():
    rows = market_rows(share=[0.6, 0.3, 0.5, 0.2, 1.0])
    with pytest.raises(DataError, match=r"(?s)A, 2020-01-01: 0\.900.*A, 2021-01-01: 0\.700"):
        loyalty.concentration(clean(rows))


# --- staying ---


def test_the_slope_of_a_region_by_hand():
    # Ten answers of 1 with 2 staying, ten of 5 with 8: (.8 − .2) / 4 = .15 a point.
    stayed = [1] * 2 + [0] * 8 + [1] * 8 + [0] * 2
    table = pd.DataFrame({"region": "A", "hhi": 0.1, "captive": False, "satisfaction": [1] * 10 + [5] * 10})
    found = loyalty.by_region(table.assign(stayed=stayed))
    assert found["slope"].item() == pytest.approx(0.15)
    assert found["stayed"].item() == pytest.approx(0.5)
    assert loyalty.worth(table.assign(stayed=stayed), window="").value == pytest.approx(0.15)


def test_the_comparison_of_regions_is_the_weighted_difference_with_two_degrees_fewer():
    regions = pd.DataFrame(
        {"hhi": [0.1, 0.1, 0.5, 0.6], "captive": [False, False, True, True], "n": 100, "slope": [0.10, 0.14, 0.02, 0.0]}
    )
    found = loyalty.between_regions(regions, window="")
    # .12 − .01 = .11; residuals ±.02, ±.01: s² = (.0008 + .0002) / 2 = .0005, error √(.0005 (1/2 + 1/2)) = .02236;
    # t(2) at .975 is 4.303.
    assert found.value == pytest.approx(0.11)
    assert found.high - found.value == pytest.approx(4.303 * 0.02236, rel=1e-3)


def test_the_effect_on_the_probability_is_not_the_coefficient_of_the_product():
    # Equal slopes in log-odds, one market where nearly all stay: no interaction in the logit, one in the probability.
    rng = np.random.default_rng(3)
    score = rng.standard_normal(8000)
    captive = np.arange(8000) % 2 == 0
    chance = np.where(
        captive, market_choice.stays(score, rivals=0.05), market_choice.stays(score, rivals=1.0, per_point=1.0)
    )
    table = pd.DataFrame(
        {
            "region": [f"R{one % 8}" for one in range(8000)],
            "captive": captive,
            "satisfaction": score,
            "stayed": (rng.random(8000) < chance).astype(float),
        }
    )
    found = loyalty.pooled(table, window="")
    free, held = (market_choice.stay_and_worth(rivals=rivals)[1] for rivals in (1.0, 0.05))
    assert abs(found.coefficient) < 0.25
    assert found.naive.low <= free - held <= found.naive.high
    assert free - held > 0.1


def test_one_kind_of_market_gives_no_comparison_and_says_so():
    table = frame(market_choice.markets(np.random.default_rng(1))).assign(captive=False)
    assert loyalty.pooled(table, window="") is None
    nothing = loyalty.between_regions(loyalty.by_region(table), window="")
    assert nothing is None
    assert "cannot be told" in claims.compared_claim(nothing)
    assert "one side of the cut" in claims.logit_claim(None)


def test_a_line_through_answers_all_alike_is_refused():
    table = pd.DataFrame({"satisfaction": [4.0] * 40, "stayed": [1.0, 0.0] * 20})
    with pytest.raises(DataError, match="all alike"):
        loyalty.worth(table, window="")


def test_order_and_names_of_regions_change_nothing():
    table = frame(market_choice.markets(np.random.default_rng(5)))
    renamed = table.sample(frac=1, random_state=1).assign(region=lambda t: "x" + t["region"])
    one, other = (loyalty.between_regions(loyalty.by_region(each), window="") for each in (table, renamed))
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


@pytest.mark.parametrize(("effect", "said"), [(0.09, "adds more"), (-0.09, "adds less"), (0.0, "is not shown")])
def test_the_sentence_follows_the_interval(effect, said):
    one = between(0, 1.1)
    assert said in claims.compared_claim(replace(one, value=effect, low=effect - 0.05, high=effect + 0.05))


# --- planted worlds ---


def test_what_is_planted_on_the_scale_of_the_probability():
    # The mean over a million customers with chance of their own, against quadrature.
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(-(0.4 + 0.1 * rng.standard_normal(1_000_000) + 1.1 * rng.standard_normal(1_000_000))))
    assert market_choice.worth_of_a_point(1.1) == pytest.approx(1.1 * (chance * (1 - chance)).mean(), abs=5e-4)


def test_the_planted_effect_is_found_in_most_of_ten_worlds():
    # Of ten 95 % intervals, fewer than seven hold the truth once in 10,000 trials.
    assert sum(between(seed, 1.1).contains(planted(1.1)) for seed in range(10)) >= 7


@pytest.mark.slow
def test_the_planted_effect_is_found_as_often_as_promised():
    assert sum(between(seed, 1.1).contains(planted(1.1)) for seed in range(SEEDS)) in HITS


@pytest.mark.slow
def test_where_competition_changes_nothing_little_is_found():
    assert sum(not between(seed, 0.0).contains(0.0) for seed in range(SEEDS)) in ALARMS


def test_with_more_rivals_a_customer_stays_less_and_a_shock_costs_more():
    shares = [market_choice.stays(0.0, rivals=k, switching_cost=1.0) for k in (0, 1, 3, 10)]
    assert shares == sorted(shares, reverse=True)
    # P(stay) = 1 / (1 + k exp(−u)): u = 1, one rival: 1 / (1 + e⁻¹) = .7311.
    assert shares[1] == pytest.approx(0.7311, abs=1e-4)
    lost = []
    for rivals in (0.3, 9.0):
        with_shock, without = (
            market_choice.after_shock(np.random.default_rng(1), rivals=rivals, switching_cost=2.6, shock=shock, years=3)
            for shock in (1.0, 0.0)
        )
        assert with_shock[0] == 1.0
        lost.append(without[1] - with_shock[1])
    assert lost[1] > lost[0] > 0
