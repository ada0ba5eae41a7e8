"""What is said of measuring success: by what was found, and true where nothing was."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import impact
from crmlab.analyses.impact import claims
from crmlab.estimate import Estimate
from crmlab.simulate import simulate_rollout
from tests.impact_worlds import as_panel, clean, months, of

NEVER = np.inf


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, n=9, level=0.95, method="m", denominator="d", window="w")


@pytest.fixture(scope="module")
def effect():
    return impact.rollout_effect(of(simulate_rollout(np.random.default_rng(0))), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (estimate(-0.1, -0.2, -0.01), "cheaper: -10.0 %"),
        (estimate(0.1, 0.01, 0.2), "dearer: +10.0 %"),
        (estimate(-0.1, -0.2, 0.1), "cannot be told from none"),
    ],
)
def test_the_effect_is_said_with_its_interval(found, said):
    claim = claims.effect_claim("branches", found)
    assert said in claim
    assert "95 % interval" in claim


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((-0.01, 0.002), "no drift apart can be told"),
        ((0.002, 0.01), "casts doubt"),
        ((np.nan, np.nan), "Too few months"),
    ],
)
def test_the_pre_trend_is_said_with_what_it_cannot_exclude(effect, ends, said):
    claim = claims.pre_trend_claim(replace(effect, slope=float(np.mean(ends)), slope_low=ends[0], slope_high=ends[1]))
    assert said in claim
    if np.isfinite(ends[0]):
        # The far end over twelve months: exp(12 · .01) − 1 = 12.7 %, and exp(−.12) − 1 = −11.3 %.
        assert ("+12.7 %" if ends[1] == 0.01 else "-11.3 %") in claim


@pytest.mark.parametrize("verdict", ["extend", "mend", "go on measuring"])
def test_the_decision_is_said_with_what_the_rule_can_see(effect, verdict):
    assert verdict in claims.decision_claim("all", verdict, effect, 0.03, 0.144)
    assert "14.4 %" in claims.decision_claim("all", verdict, effect, 0.03, 0.144)
    assert "no fall is sure" in claims.decision_claim("all", verdict, effect, 0.03, float("nan"))


def ratio(value, low, high):
    return impact.RatioChange(before=10.0, after=10 * (1 + value), value=value, low=low, high=high, n=5, level=0.95)


@pytest.mark.parametrize(
    ("both", "said"),
    [
        (ratio(0.2, 0.1, 0.3), "more comes back"),
        (ratio(-0.2, -0.3, -0.1), "less comes back"),
        (ratio(0, -1, 1), "cannot"),
    ],
)
def test_cheaper_customers_are_held_against_what_they_bring(both, said):
    assert said in claims.worth_claim(ratio(-0.1, -0.2, 0), ratio(-0.3, -0.4, -0.2), both).replace("\n", " ")


def test_a_ratio_is_said_with_both_years():
    assert "10 IRT in the year before, 12 IRT in the last one, +20.0 %" in claims.ratio_claim(
        "cost", ratio(0.2, 0.1, 0.3), "IRT"
    )
    assert "cannot be told from none" in claims.ratio_claim("cost", ratio(0.2, -0.1, 0.3), "IRT")


def test_a_p_value_is_never_zero():
    assert claims.chance(0.0) == "below 0.001"
    assert claims.chance(0.0123) == "0.012"


def channels(high):
    return pd.DataFrame(
        {"channel": ["referral", "direct_mail"], "marginal": [1.0, 2.0], "low": [0.8, 1.8], "high": [high, 2.2]}
    )


def test_money_is_moved_only_where_the_next_customers_differ():
    assert "money moved" in claims.marginal_claim(channels(1.2), "IRT")
    assert "nothing says where" in claims.marginal_claim(channels(1.9), "IRT")
    sources = pd.DataFrame({"source": ["web", "fair"], "leads": [10, 10], "share": [0.5, 0.1], "low": [0.3, 0.0]})
    assert "most often" in claims.source_claim(sources.assign(high=[0.7, 0.2]))
    assert "cannot be told" in claims.source_claim(sources.assign(high=[0.7, 0.4]))


def test_one_customer_is_no_customers():
    one = impact.RollAfterTest(per_arm=1, gain=0.0, perfect=0.0, population=1)
    assert claims.roll_claim(one, 5).startswith("For 1 customer:")


# Tables


def tables_of(world, *, column="demand_cost"):
    """The tables of a client with a simulated roll-out, prices that rise by a tenth a month, and no other measure."""
    found = of(world)
    first = found.months
    rows = [
        {"branch_id": branch, "month": month, column: np.exp(found.numbers[b, m]) * 1.1**m, "new_customers": 1.0}
        for b, branch in enumerate(found.branches)
        for m, month in enumerate(first)
    ]
    live = [
        {"branch_id": branch, "crm_live_on": first[int(at)] if np.isfinite(at) else None}
        for branch, at in zip(found.branches, found.live, strict=True)
    ]
    prices = [{"month": month, "price_index": 100 * 1.1**m} for m, month in enumerate(first)]
    return {"kpi_monthly": clean(rows), "branches": clean(live), "economy": clean(prices)}


def test_the_scorecard_is_of_what_branches_report_at_constant_prices():
    world = simulate_rollout(np.random.default_rng(7), with_process=1.0, months=40)
    made = tables_of(world)
    card = impact.scorecard(*made.values(), until=months(40)[-1], rng=np.random.default_rng(0), level=0.95)
    assert card["measure"].tolist() == ["cost of a new customer"]  # revenue and the rest are not reported
    wanted = impact.rollout_effect(of(world), rng=np.random.default_rng(0))
    assert card["effect"].item() == pytest.approx(np.expm1(wanted.value))
    assert card["p_holm"].item() == pytest.approx(wanted.p_value)
    # Money of the last month: 1.1³⁹ times what prices were in the first.
    pairs = impact.before_and_after(of(world).with_numbers(np.exp(world.log_cost) * 1.1**39))
    assert card["before"].item() == pytest.approx(pairs["before"].mean())
    lacking = impact.without_baseline(card, "objective")
    assert lacking == ("know the profitable customers", "keep the data in order", "measure success", "be quick")
    assert "Without a baseline: know" in claims.without_claim(card, lacking)
    assert "Without" not in claims.without_claim(card, ())
    shown = impact.scorecard_table(card, "IRT").iloc[0]
    assert shown["before"].endswith("IRT")


def test_the_scorecard_says_how_many_would_look_changed_by_chance():
    # Holm: 5 · 0.009 = 0.045, 4 · 0.02 = 0.08, and more. Below 5 %: two as they are, one corrected. Where nothing
    # changes a p is below 5 % once in twenty: 5 / 20 = 0.25 of five.
    looked_at = pd.DataFrame({"p_value": [0.009, 0.02, 0.2, 0.5, 0.9], "p_holm": [0.045, 0.08, 0.6, 1.0, 1.0]})
    said = claims.without_claim(looked_at, ())
    assert said.startswith(
        "Of 5 measures 1 changed with the roll-out beyond chance, corrected for how many were looked"
    )
    assert "up to one scorecard in 20 still shows one or more" in said
    assert said.endswith("Uncorrected, 2 look changed; where nothing changes, 0.25 of 5 would on average.")


def test_what_cannot_be_computed_says_why():
    made = tables_of(simulate_rollout(np.random.default_rng(7), months=40))
    got, why = impact.attempt(made, {"branches": ["branch_id"]}, lambda table: table.count().to_pyarrow().as_py())
    assert (got, why) == (24, "")
    got, why = impact.attempt(made, {"surveys": ["mode"], "branches": ["staff", "branch_id"]}, lambda *_: 1)
    assert got is None
    assert "surveys: mode" in why
    assert "branches: staff" in why

    def thin(_):
        return impact.mean_change(np.array([1.0]))

    assert "3 branches" in impact.attempt(made, {"branches": ["branch_id"]}, thin)[1]


def test_groups_are_asked_for_where_enough_branches_went_live():
    found = as_panel(np.ones((7, 3)), [1, 1, 1, 2, 2, NEVER, NEVER])
    high = np.array([True, True, True, False, False, True, False])
    assert list(impact.groups(found, high)) == ["branches with a process"]  # two without one went live
    assert list(impact.groups(found, None)) == ["all branches that went live"]
    table = impact.waves_table(found, high)
    assert table["branches"].tolist() == [3, 2, 2]
    assert table["with_process"].tolist() == [3, 0, 1]
    assert table["month"].tolist() == [*months(3)[1:], None]
    assert "with_process" not in impact.waves_table(found, None)


def test_tables_for_people_hold_what_was_found(effect):
    ways = impact.ways_table({"a": impact.Change(value=0.0, low=-0.1, high=0.1, n=4, level=0.95), "b": effect})
    assert ways["value"].tolist() == pytest.approx([0, np.expm1(effect.value)])
    assert ways["branches"].tolist() == [4, effect.branches]
    told = impact.effect_estimate(effect, window="w")
    assert (told.value, told.low, told.high) == pytest.approx(tuple(np.expm1([effect.value, effect.low, effect.high])))
    decided = impact.decision_table({"all": (effect, "mend")}).iloc[0]
    assert (decided["who"], decided["decision"]) == ("all", "mend")
    assert impact.relative_months(effect)["effect"].to_numpy() == pytest.approx(
        np.expm1(effect.by_month["effect"].to_numpy())
    )


def test_before_and_after_is_said_in_both_moneys():
    said = claims.naive_claim(0.9, -0.04)
    assert "+90.0 % in the money of the day" in said
    assert "-4.0 % at constant prices" in said
