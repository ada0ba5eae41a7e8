"""Calls, trust, volume, need, recalls and the list: by hand, by properties, and in planted worlds."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import loyalty
from crmlab.analyses.loyalty import claims, relations
from crmlab.analyses.loyalty.calls import effect_of_calls
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from tests.clean_rows import clean

SEEDS = 200
HITS, ALARMS = range(179, 199), range(2, 22)
DAY = date(2024, 1, 1)


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=10, level=0.95, method="", denominator="", window="")


def asked_of(**columns) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"response_id": [f"S{one}" for one in range(n)], "date": DAY, "mode": "web", **columns})
    return frame.assign(customer_id=[f"C{one}" for one in range(n)])


# --- who answered ---


def test_answers_are_joined_with_the_market_where_they_were_given():
    n = 120
    surveys = asked_of(responded=[True] * 110 + [False] * 10, satisfaction=[4.0] * 110 + [np.nan] * 10)
    surveys = surveys.assign(stayed=[True, False] * 55 + [None] * 10)
    homes = pd.DataFrame({"customer_id": surveys["customer_id"], "region": ["A", "B", "nowhere"] * (n // 3)})
    markets = pd.DataFrame({"region": ["A", "B"], "period": [date(2023, 1, 1)] * 2, "hhi": [0.1, 0.5]})
    both = homes.assign(region=["A", "B"] * (n // 2))
    found = loyalty.answers(clean(surveys), clean(both), markets, cut=0.25)
    assert len(found) == n
    assert found.groupby("region")["captive"].first().to_dict() == {"A": False, "B": True}
    assert not found["follow_up"].any()
    assert len(loyalty.answered(found, "stayed")) == 110
    with pytest.raises(DataError, match="74 customers answered"):
        loyalty.answers(clean(surveys), clean(homes), markets, cut=0.25)


def test_thirds_keep_equal_answers_together():
    values = pd.Series([1, 1, 1, 2, 2, 5, 5, 5, 5])
    thirds = loyalty.tercile(values)
    assert thirds.groupby(values).nunique().max() == 1
    assert thirds.tolist() == sorted(thirds)


# --- calls ---


def campaigns(**changed) -> pd.DataFrame:
    return pd.DataFrame({"campaign_id": ["K1"], "programme": ["loyalty"], "randomised": [True]}).assign(**changed)


def contacts(called: int, left: int, *, reached: float, bought: int, bought_left: int, name: str = "K1"):
    n = called + left
    treat = np.arange(n) < called
    place = np.where(treat, np.arange(n), np.arange(n) - called)
    return pd.DataFrame(
        {
            "campaign_id": name,
            "customer_id": [f"{name}{one}" for one in range(n)],
            "date": DAY,
            "arm": np.where(treat, "treat", "do_nothing"),
            "response": place < np.where(treat, bought, bought_left),
            "delivered": treat & (place < reached * called),
        }
    )


def test_the_effect_on_those_reached_is_the_effect_over_the_share_reached():
    # 30 of 100 called against 20 of 100 left alone: .1; half were reached: .2.
    rows = contacts(100, 100, reached=0.5, bought=30, bought_left=20)
    found = loyalty.courtesy_calls(clean(campaigns()), clean(rows))
    assert found.planned.value == pytest.approx(0.1)
    assert found.reached.value == pytest.approx(0.2)
    # All 30 who bought are among the 50 reached: .6 against 20 of 150.
    assert found.as_treated == pytest.approx(0.6 - 20 / 150)
    assert found.planned.window == "2024-01-01 to 2024-01-01"


def test_campaigns_are_compared_within_themselves():
    # K1: .1 of 100 and 100 (weight 50). K2: .3 of 100 and 50 (weight 33.3): (5 + 10) / 83.3 = .18.
    rows = pd.concat(
        [
            contacts(100, 100, reached=1, bought=30, bought_left=20),
            contacts(100, 50, reached=1, bought=50, bought_left=10, name="K2"),
        ]
    )
    known = pd.concat([campaigns(), campaigns(campaign_id="K2"), campaigns(campaign_id="K3", randomised=False)])
    other = contacts(100, 100, reached=1, bought=99, bought_left=0, name="K3")
    found = loyalty.courtesy_calls(clean(known), clean(pd.concat([rows, other])))
    assert found.planned.value == pytest.approx(0.18)
    assert found.reached.value == pytest.approx(0.18)
    assert list(found.table["campaign_id"]) == ["K1", "K2"]


@pytest.mark.parametrize("changed", [{"programme": "growth"}, {"randomised": False}])
def test_without_a_call_left_to_chance_there_is_no_effect_to_tell(changed):
    rows = contacts(100, 100, reached=0.5, bought=30, bought_left=20)
    assert loyalty.courtesy_calls(clean(campaigns(**changed)), clean(rows)) is None


def test_where_nobody_knows_who_was_reached_only_the_plan_counts():
    rows = contacts(100, 100, reached=0.5, bought=30, bought_left=20).drop(columns="delivered")
    found = loyalty.courtesy_calls(clean(campaigns()), clean(rows))
    assert found.reached is None
    assert "not known" in relations.reached_claim(found)


def calls(seed: int, effect: float) -> Estimate:
    """Half of 1,000 are called; the .4 who are at home are reached, and buy with .3 + `effect` then, else with .3."""
    rng = np.random.default_rng(seed)
    treat, home = rng.random((2, 1000)) < [[0.5], [0.4]]
    # Those who are at home buy more often anyway, so that comparing by who was reached misleads.
    bought = rng.random(1000) < 0.2 + 0.1 * home + effect * (treat & home)
    rows = pd.DataFrame(
        {
            "campaign_id": "K1",
            "customer_id": [f"C{one}" for one in range(1000)],
            "date": DAY,
            "treat": treat,
            "response": bought.astype(float),
            "delivered": treat & home,
        }
    )
    return effect_of_calls(rows).reached


@pytest.mark.slow
def test_the_effect_on_those_reached_is_covered_as_often_as_promised():
    assert sum(calls(seed, 0.3).contains(0.3) for seed in range(SEEDS)) in HITS


@pytest.mark.slow
def test_a_call_that_does_nothing_is_seldom_found_to_work():
    assert sum(not calls(seed, 0.0).contains(0.0) for seed in range(SEEDS)) in ALARMS


# --- trust ---


def test_consent_by_third_of_trust():
    # 60 customers; the 20 who trust least agree 5 times, the most trusting 15: .5.
    table = pd.DataFrame(
        {"customer_id": [f"C{one}" for one in range(60)], "trust": [1.0] * 20 + [4.0] * 20 + [7.0] * 20}
    )
    agreed = [True] * 5 + [False] * 15 + [True] * 10 + [False] * 10 + [True] * 15 + [False] * 5
    book = clean(pd.DataFrame({"customer_id": table["customer_id"], "may_contact": agreed}))
    found = loyalty.consent(table, book)
    assert list(found["share"]) == [0.25, 0.5, 0.75]
    gap = loyalty.consent_difference(found, window="")
    assert gap.value == pytest.approx(0.5)
    assert "more often" in relations.consent_claim(gap)
    assert loyalty.consent(table, clean(table[["customer_id"]])) is None


def test_price_decides_more_where_there_is_less_trust():
    # In each third 20 customers at 0 and 20 at .2. Least: 4 and 12 buy: .4 for .2, .2 for ten points. Most: 4 and 4: 0.
    n = 40
    trust = np.repeat([1.0, 4.0, 7.0], n)
    rate = np.tile(np.repeat([0.0, 0.2], 20), 3)
    bought = np.concatenate([np.arange(20) < hits for hits in (4, 12, 4, 8, 4, 4)])
    ids = [f"C{one}" for one in range(trust.size)]
    offers = pd.DataFrame(
        {"campaign_id": "K", "customer_id": ids, "date": DAY, "discount_rate": rate, "response": bought}
    )
    one_rate = loyalty.price_by_trust(pd.DataFrame({"customer_id": ids, "trust": trust}), clean(offers))
    assert one_rate is None  # one discount and none is no range of prices drawn by chance
    offers.loc[offers.index[-1:], "discount_rate"] = 0.2000001
    found = loyalty.price_by_trust(pd.DataFrame({"customer_id": ids, "trust": trust}), clean(offers))
    assert list(found["slope"]) == pytest.approx([0.2, 0.1, 0.0], abs=1e-4)
    gap = loyalty.price_difference(found)
    assert gap.value == pytest.approx(0.2, abs=1e-4)
    assert gap.window == "2024-01-01 to 2024-01-01"


@pytest.mark.parametrize(("value", "said"), [(0.1, "add more"), (-0.1, "add less"), (0.0, "is not shown")])
def test_what_is_said_of_price_follows_the_interval(value, said):
    assert said in relations.price_claim(estimate(value, value - 0.05, value + 0.05))


# --- volume, need, activity ---


def sales() -> pd.DataFrame:
    rows = [("A", date(2023, 1, 5), 100, 60), ("A", date(2024, 1, 5), 50, 20), ("A", date(2024, 2, 5), 70, 30)]
    rows += [("B", date(2023, 12, 31), 10, 4), ("B", date(2023, 12, 31), -2, -1), ("C", date(2025, 1, 1), 9, 1)]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount", "cost"])


def test_volume_counts_the_year_that_ends_on_the_day():
    found = loyalty.volume(clean(sales()), until=date(2024, 6, 1)).set_index("customer_id")
    assert list(found.index) == ["A", "B"]
    assert found["purchases"].to_dict() == {"A": 2, "B": 1}
    assert found["revenue"].to_dict() == {"A": 120, "B": 8}
    assert found["margin"].to_dict() == {"A": 120 - 50, "B": 8 - 3}
    assert found["days_since_last"].to_dict() == {"A": 117, "B": 153}
    rated = loyalty.volume(clean(sales().drop(columns="cost")), until=date(2024, 6, 1), margin_rate=0.25)
    assert list(rated["margin"]) == [30, 2]
    assert loyalty.volume(clean(sales().drop(columns="cost")), until=date(2024, 6, 1))["margin"].isna().all()


def test_rank_correlation_by_hand_and_refused_where_nothing_varies():
    table = pd.DataFrame({"a": np.arange(40.0), "b": np.exp(np.arange(40.0) / 9)})
    terms = {"denominator": "", "window": ""}
    assert loyalty.rank_correlation(table, "a", "b", **terms).value == pytest.approx(1)
    rng = np.random.default_rng(1)
    mixed = table.assign(b=rng.permutation(40.0 + np.arange(40)))
    found = loyalty.rank_correlation(mixed, "a", "b", **terms)
    # z ± 1.96 √((1 + r²/2) / 37)
    reach = 1.95996 * np.sqrt((1 + found.value**2 / 2) / 37)
    assert np.arctanh(found.high) - np.arctanh(found.value) == pytest.approx(reach, rel=1e-4)
    with pytest.raises(DataError, match="20 that differ"):
        loyalty.rank_correlation(table.assign(b=1.0), "a", "b", **terms)


def test_the_index_of_need_is_the_mean_of_scaled_parts_and_moves_with_weights():
    table = pd.DataFrame(
        {
            "region": ["A", "B", "C"],
            "choice": [1.0, 0.5, 0.0],
            "leaving": [0.0, 0.5, 1.0],
            "repeats": [0.2, 0.2, 0.2],
            "margin": [np.nan] * 3,
        }
    )
    # Repeats do not vary and margin is not known: (1 + 0) / 2, (.5 + .5) / 2, (0 + 1) / 2.
    found = loyalty.index(table, rng=np.random.default_rng(0))
    assert list(found["index"]) == [0.5, 0.5, 0.5]
    ranks = found.set_index("region")
    assert ranks.loc["A", ["best", "worst"]].tolist() == [1, 3]
    assert ranks.loc["B", ["best", "worst"]].tolist() == [2, 2]
    assert ranks.loc["A", "first"] == pytest.approx(0.5, abs=0.05)
    with pytest.raises(DataError, match="3 that differ"):
        loyalty.index(table.assign(choice=0.0, leaving=0.0), rng=np.random.default_rng(0))


def test_activity_follows_competition_or_not():
    regions = pd.DataFrame({"region": list("ABCDE"), "hhi": [0.1, 0.2, 0.3, 0.4, 0.5]})
    homes = pd.DataFrame({"customer_id": [f"C{one}" for one in range(50)], "region": list("ABCDE") * 10})
    several = [(f"C{one}", "treat") for one in range(50) for _ in range(5 - one % 5)]
    rows = pd.DataFrame([*several, ("C0", "do_nothing")], columns=["customer_id", "arm"])
    found = loyalty.activity(clean(rows), clean(homes), regions)
    assert list(found["per_customer"]) == [5, 4, 3, 2, 1]
    rho, p = loyalty.follows(found)
    assert rho == pytest.approx(-1)
    assert p == pytest.approx(2 / 120)  # two of the 5! orders are as far from none
    assert "gets more approaches" in relations.follows_claim((rho, p), 5)
    assert "not shown" in relations.follows_claim((0.1, 0.8), 5)
    assert loyalty.follows(found[:3]) is None


# --- recalls and the list ---


def test_the_value_of_staying_by_hand():
    # .8 · 100 + .64 · 100
    assert loyalty.value_of_staying(0.8, margin=100, years=2, discount=0) == pytest.approx(144)
    assert loyalty.value_of_staying(0.8, margin=110, years=1, discount=0.1) == pytest.approx(80)


def test_a_recall_may_cost_what_is_lost_without_it():
    # Stay .8 falls to .7: one year, margin 100: 80 − 70 = 10; at the ends of the interval 5 and 15.
    found = loyalty.recall_may_cost(estimate(0.1, 0.05, 0.15), stay=0.8, drop=1, margin=100, years=1, discount=0)
    assert (found.low, found.value, found.high) == pytest.approx((5, 10, 15))
    assert "up to 10 IRT" in relations.recall_claim(found, "IRT", "Here")
    nothing = replace(found, value=1.0, low=-2.0)
    assert "nothing to be saved" in relations.recall_claim(nothing, "IRT", "Here")


def test_numbers_of_a_recall_that_cannot_be_meant_are_named_together():
    with pytest.raises(ParameterError, match=r"stay 1\.2 .*drop 0 .*years 0 .*discount -2"):
        loyalty.recall_may_cost(estimate(0.1, 0, 0.2), stay=1.2, drop=0, margin=1, years=0, discount=-2)


def test_the_falsely_loyal_stayed_unsatisfied_without_choice():
    table = pd.DataFrame(
        {
            "customer_id": list("abcdef"),
            "region": "R",
            "hhi": 0.5,
            "satisfaction": [2, 4, 5, 1, 1, 3],
            "stayed": [1, 1, 1, 0, 1, 1],
            "captive": [True, True, True, True, False, True],
        }
    )
    bought = pd.DataFrame(
        {
            "customer_id": list("abf"),
            "purchases": [1, 3, 2],
            "revenue": 9.0,
            "margin": [5.0, 9.0, 5.0],
            "days_since_last": 3,
        }
    )
    found = loyalty.false_loyal(table, bought)
    assert list(found["customer_id"]) == ["b", "a", "f"]  # by margin, then the less satisfied
    without = loyalty.false_loyal(table, bought.assign(margin=np.nan))
    assert list(without["value"]) == [9.0] * 3


def test_the_list_says_what_its_hold_out_can_tell():
    few = pd.DataFrame({"arm": ["contact"] * 20 + ["do_nothing"] * 5, "purchases": [1, 0] * 12 + [1]})
    many = pd.concat([few] * 200)
    assert "no effect of contacts can be measured" in relations.measurable_claim(few)
    assert "an effect can be measured from" in relations.measurable_claim(many)
    assert "Nobody is left alone" in relations.measurable_claim(few[few["arm"] == "contact"])
    assert "2 customers stayed" in relations.listed_claim(2, 1, 0)
    assert claims.side(estimate(0.1, -0.1, 0.3)) == 0
