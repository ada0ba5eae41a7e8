"""Situations, plan, baselines, break-even and what came of the last plan: by hand, and by properties."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses import actions
from crmlab.analyses.actions import CONTACT, DO_NOTHING, LISTS
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.tables.frame import clean_table

STATUS = ("within_gap", "overdue", "long_gone")


def gaps(rows: list[tuple[str, int, int, int, float, str]]) -> pd.DataFrame:
    columns = ["customer_id", "days_since_last", "limit_days", "purchases", "value", "status"]
    return pd.DataFrame(rows, columns=columns)


TEN = gaps(
    [
        ("best", 5, 40, 9, 900.0, "within_gap"),
        ("late", 80, 40, 6, 600.0, "overdue"),
        ("gone", 300, 40, 5, 500.0, "long_gone"),
        ("fresh", 10, 90, 1, 450.0, "within_gap"),
        ("good", 20, 60, 4, 400.0, "within_gap"),
        ("slow", 100, 60, 2, 90.0, "overdue"),
        ("once", 30, 90, 1, 50.0, "within_gap"),
        ("past", 300, 90, 1, 40.0, "long_gone"),
        ("small", 7, 60, 3, 30.0, "within_gap"),
        ("minus", 300, 90, 2, -10.0, "long_gone"),
    ]
)
TIERS = pd.DataFrame(
    {
        "customer_id": TEN["customer_id"],
        "value": [500.0, 90.0, 2.0, 60.0, 250.0, 20.0, 11.0, 1.0, 40.0, 150.0],
        "tier": ["top", "low", "little", "low", "middle", "low", "little", "little", "low", "middle"],
    }
)


def lists(table: pd.DataFrame) -> dict[str, str]:
    return dict(zip(table["customer_id"], table["list"], strict=True))


def situated(tiers: pd.DataFrame | None = TIERS, **cuts: float) -> pd.DataFrame:
    return actions.situations(actions.standings_from_gaps(TEN), tiers=tiers, **cuts)


def listed(tiers: pd.DataFrame | None = TIERS) -> pd.DataFrame:
    return actions.listed(situated(tiers))


def test_ten_customers_by_hand():
    # Top 20 % of ten: two places, cut 600. Valuable half: five places, cut 400.
    table = actions.listed(situated())
    assert dict(zip(table["customer_id"], table["situation"], strict=True)) == {
        "best": "top_in_touch",
        "late": "valuable_late",
        "gone": "valuable_lapsed",
        "fresh": "once_in_touch",
        "good": "others_in_touch",  # within the gap, not at the top
        "slow": "little_late",
        "once": "once_in_touch",
        "past": "little_lapsed",
        "small": "others_in_touch",
        "minus": "little_lapsed",
    }
    assert lists(table) == {
        "best": "protect",
        "late": "save",
        "gone": "win_back",
        "fresh": "grow",
        "good": "",
        "slow": "",
        "once": "grow",
        "past": "let_go",
        "small": "",
        "minus": "win_back",  # little value to date, but the forecast is of the middle tier
    }
    assert set(table["source"]) == {"05.overdue", ""}
    assert set(table["said"]) == {""}


def test_codes_say_which_rule():
    codes = listed().set_index("customer_id")["codes"]
    assert codes["best"] == "top value, within own gap"
    assert codes["gone"] == "valuable, long gone"
    assert codes["minus"] == "expected value, long gone"
    assert codes["small"] == ""


def test_nobody_is_let_go_without_a_forecast():
    found = lists(listed(tiers=None))
    assert found["past"] == ""
    assert found["minus"] == ""
    assert "let_go" not in found.values()


def test_a_longer_limit_makes_fewer_overdue_but_brings_nobody_back():
    longer = actions.standings_from_gaps(TEN, overdue_factor=2.0).set_index("customer_id")["standing"]
    assert longer["late"] == "within"  # 80 ≤ 2 × 40
    assert longer["gone"] == "gone"
    shorter = actions.standings_from_gaps(TEN, overdue_factor=0.1).set_index("customer_id")["standing"]
    assert shorter["best"] == "overdue"  # 5 > .1 × 40


def test_states_stand_in_for_gaps():
    states = TEN.assign(
        state=["loyal", "at_risk", "lapsed", "new", "active", "at_risk", "new", "lapsed", "active", "lapsed"]
    )
    prospect = pd.DataFrame(
        {
            "customer_id": ["looker"],
            "state": ["prospect"],
            "days_since_last": [np.nan],
            "purchases": [0],
            "value": [0.0],
        }
    )
    table = actions.standings_from_states(pd.concat([states.drop(columns=["limit_days", "status"]), prospect]))
    found = actions.listed(actions.situations(table, tiers=TIERS))
    assert "looker" not in set(found["customer_id"])
    assert lists(found) == lists(listed())
    assert found.set_index("customer_id")["codes"]["best"] == "top value, in touch"
    assert found.set_index("customer_id")["source"]["best"] == "04.customer_states"


customers = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 5), st.floats(-50, 500), st.sampled_from(STATUS)),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(customers=customers, seed=st.integers(0, 5))
def test_every_customer_has_at_most_one_list_whatever_the_order(customers, seed):
    table = gaps([(f"c{i}", days, 50, n, value, status) for i, (days, n, value, status) in enumerate(customers)])
    found = actions.listed(actions.situations(actions.standings_from_gaps(table)))
    shuffled = actions.standings_from_gaps(table.sample(frac=1, random_state=seed))
    again = actions.listed(actions.situations(shuffled))
    assert found["customer_id"].is_unique
    assert len(found) == len(table)
    assert set(found["list"]) <= {*LISTS, ""}
    assert ((found["list"] == "") == (found["codes"] == "")).all()
    pd.testing.assert_frame_equal(found, again)


def plan_for(table: pd.DataFrame | None = None, **given_: object) -> actions.Plan:
    return actions.contact_plan(
        listed() if table is None else table, holdout=0.1, rng=np.random.default_rng(1), **given_
    )


def test_consent_is_kept_and_the_suppressed_are_counted():
    consent = pd.Series({"best": True, "late": False, "fresh": True, "past": False})  # gone, once, minus: not known
    plan = plan_for(consent=consent)
    assert plan.consent_known
    assert set(plan.table["customer_id"]) == {"best", "fresh", "past"}  # nobody contacts who is let go
    assert plan.size("save", "no_consent") == 1
    assert plan.size("win_back", "consent_unknown") == 2
    assert plan.suppressed == 4
    assert plan.table.set_index("customer_id").loc["past", "arm"] == "no_contact"


def test_without_consent_in_the_data_nobody_is_suppressed_and_it_is_said():
    plan = plan_for()
    assert not plan.consent_known
    assert plan.suppressed == 0
    assert len(plan.table) == 7


def test_the_counts_add_up_under_a_budget():
    many = actions.listed(actions.situations(actions.standings_from_gaps(big())))
    plan = actions.contact_plan(many, holdout=0.2, rng=np.random.default_rng(1), contact_cost=2.0, contact_budget=300.0)
    counts = plan.counts
    outcomes = [name for name in counts if name not in ("list", "priority", "candidates")]
    assert (counts[outcomes].sum(axis=1) == counts["candidates"]).all()
    assert counts["candidates"].sum() == (many["list"] != "").sum()
    assert counts["contact"].sum() == 150
    assert counts["over_budget"].sum() > 0
    assert len(plan.table) == counts[["contact", "do_nothing", "no_contact"]].to_numpy().sum()
    assert plan.table["customer_id"].is_unique
    reached = plan.table[plan.table["list"] == "save"]
    assert list(reached["place"]) == list(range(1, len(reached) + 1))


def big(n: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    status = rng.choice(STATUS, n)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in range(n)],
            "days_since_last": rng.integers(0, 300, n),
            "limit_days": 60,
            "purchases": rng.integers(1, 6, n),
            "value": rng.lognormal(4, 1, n),
            "status": status,
        }
    )


def test_one_list_does_not_move_the_arms_of_another():
    whole = actions.listed(actions.situations(actions.standings_from_gaps(big())))
    fewer = whole.assign(list=whole["list"].where(whole["list"] != "protect", ""))
    arms = [plan_for(table).table.set_index("customer_id")["arm"] for table in (whole, fewer)]
    assert arms[0].loc[arms[1].index].equals(arms[1])


def test_every_code_has_a_sentence():
    states = actions.standings_from_states(
        TEN.assign(state=["loyal", "at_risk", "lapsed", "new", "active", "new", "new", "lapsed", "new", "lapsed"])
    )
    for table in (listed(), actions.listed(actions.situations(states, tiers=TIERS))):
        plan = plan_for(table)
        said = actions.with_reasons(plan.table, currency="USD", top_share=0.2, valuable_share=0.5)["reason"]
        assert said.is_unique
        assert said.str.endswith(".").all()
        assert not said.str.contains("nan|–").any()


HISTORY = clean_table(
    pd.DataFrame(
        [
            ("a", date(2020, 1, 5), 10.0),
            ("a", date(2020, 5, 5), 20.0),
            ("a", date(2020, 6, 5), 30.0),
            ("b", date(2020, 3, 31), 7.0),
            ("c", date(2020, 4, 1), 9.0),
            ("d", date(2019, 11, 1), 5.0),
            ("d", date(2020, 6, 30), 6.0),
            ("e", date(2020, 2, 1), 4.0),
            ("e", date(2020, 4, 2), -4.0),
        ],
        columns=["customer_id", "date", "amount"],
    )
)
UNTIL = date(2020, 6, 30)


def test_the_horizon_keeps_to_months():
    found = actions.horizon(UNTIL, months=3)
    assert (found.then, found.end) == (date(2020, 3, 31), date(2020, 9, 30))
    assert found.window == "2020-04-01 to 2020-06-30"
    assert found.days == 92
    assert actions.horizon(date(2011, 12, 9), months=1).then == date(2011, 11, 9)
    with pytest.raises(ParameterError, match="0 months"):
        actions.horizon(UNTIL, months=0)


def test_who_bought_afterwards_and_for_how_much():
    bought = actions.bought_between(HISTORY, after=date(2020, 3, 31), until=UNTIL)
    assert dict(zip(bought["customer_id"], bought["value"], strict=True)) == {"a": 20.0, "c": 9.0, "d": 6.0}


def test_the_bridge_by_hand():
    # Q1 2020: a, b, e bought. Q2: a, c, d. c is new, d was known from 2019; b and e did not come again.
    found = actions.bridge(HISTORY, days=actions.horizon(UNTIL, months=3))
    assert found.first == (date(2020, 1, 1), date(2020, 3, 31))  # as many days as the quarter after it: 91
    assert found.table.set_index("group")["customers"].to_dict() == {"kept": 1, "new": 1, "returned": 1, "lost": 2}
    values = found.table.set_index("group")
    assert values.loc["kept", ["value_before", "value"]].tolist() == [10.0, 50.0]
    assert values.loc["lost", "value_before"] == 11.0
    assert found.known == 5
    assert found.kept is not None
    assert found.kept.value == pytest.approx(1 / 3)
    assert found.customers("kept", "lost") == 3


def test_everyone_has_the_facts_alone():
    found = actions.everyone(HISTORY, observed_until=UNTIL)
    assert found["customer_id"].tolist() == ["a", "d", "c", "b", "e"]
    assert found.set_index("customer_id").loc["d"][["purchases", "days_since_last", "value"]].tolist() == [2, 0, 11.0]


def baseline_of(bought: int, n: int) -> actions.Baseline:
    then = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], "situation": "valuable_late"})
    rows = pd.DataFrame({"customer_id": [f"c{i}" for i in range(bought)], "value": np.linspace(10, 30, bought)})
    return actions.baselines(then, rows, window="w", day_then=UNTIL)["valuable_late"]


def test_the_baseline_is_a_share_with_wilsons_interval():
    # 18 of 450: Wilson 2.5 % to 6.2 %
    found = baseline_of(18, 450)
    assert (found.buyers, found.repurchase.n, found.repurchase.value) == (18, 450, 0.04)
    assert found.repurchase.low == pytest.approx(0.0254, abs=1e-4)
    assert found.repurchase.high == pytest.approx(0.0623, abs=1e-4)
    assert found.value is None  # below twenty buyers


def test_the_value_of_a_purchase_by_hand():
    # 21 values 10, 11, …, 30: mean 20, standard deviation √38.5 = 6.2048, t(20, .975) = 2.0860
    found = baseline_of(21, 100).value
    assert found is not None
    assert found.value == pytest.approx(20)
    assert found.high == pytest.approx(20 + 2.0860 * 6.2048 / 21**0.5, abs=1e-3)


def value(mean: float = 50.0, low: float | None = 40.0, high: float | None = 62.5) -> Estimate:
    return Estimate(value=mean, low=low, high=high, n=100, level=0.95, method="", denominator="", window="")


def test_break_even_by_hand():
    # 2 / (.4 × 50) = .1; with 62.5: .08; with 40: .125
    found = actions.break_even(value(), contact_cost=2.0, margin_rate=0.4, baseline=0.2)
    assert found is not None
    assert (found.uplift.value, found.uplift.low, found.uplift.high) == pytest.approx((0.1, 0.08, 0.125))
    assert found.possible
    assert not actions.break_even(value(), contact_cost=20.0, margin_rate=0.4, baseline=0.2).possible


def test_break_even_has_no_default():
    assert actions.break_even(value(), contact_cost=None, margin_rate=0.4, baseline=0.2) is None
    assert actions.break_even(value(), contact_cost=2.0, margin_rate=None, baseline=0.2) is None


def test_a_value_that_reaches_zero_gives_no_upper_end():
    assert actions.break_even(value(low=-1.0), contact_cost=2.0, margin_rate=0.4, baseline=0.2).uplift.high is None
    with pytest.raises(ParameterError, match="above zero"):
        actions.break_even(value(mean=-5.0), contact_cost=2.0, margin_rate=0.4, baseline=0.2)


def test_assumptions_replace_only_what_is_not_given():
    both = actions.assumed_break_evens(50.0)
    assert len(both) == 12
    # cost 5 % of 50 is 2.5; margin 20 %: 2.5 / 10 = .25
    row = both[(both["margin_rate"] == 0.2) & (both["contact_cost"] == 2.5)]
    assert row["uplift"].item() == pytest.approx(0.25)
    assert set(actions.assumed_break_evens(50.0, margin_rate=0.3)["margin_rate"]) == {0.3}
    assert set(actions.assumed_break_evens(50.0, contact_cost=4.0)["contact_cost"]) == {4.0}


def test_what_came_of_the_last_plan_by_hand():
    # Newcombe (1998), example (a): 56/70 against 48/80: .2, interval .0524 to .3339
    plan = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(150)], "list": "check_in", "arm": [CONTACT] * 70 + [DO_NOTHING] * 80}
    )
    came = pd.DataFrame({"customer_id": [f"c{i}" for i in [*range(56), *range(70, 118)]]})
    (found,) = actions.outcomes(plan, came, after=date(2020, 3, 31), until=UNTIL)
    assert (found.contacted_bought, found.left_alone_bought) == (56, 48)
    assert found.difference.value == pytest.approx(0.2)
    assert (found.difference.low, found.difference.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_a_plan_without_arms_has_no_outcome_to_compute():
    plan = pd.DataFrame({"customer_id": ["a"], "list": ["check_in"], "arm": [CONTACT]})
    assert actions.outcomes(plan, plan, after=UNTIL, until=UNTIL) == []
    with pytest.raises(DataError, match="lacks the columns"):
        actions.outcomes(plan.drop(columns="arm"), plan, after=UNTIL, until=UNTIL)


def look() -> actions.Look:
    now, then = big(3000), big(3000).assign(value=lambda t: t["value"][::-1].to_numpy())
    came = then["customer_id"].iloc[::3]
    bought = pd.DataFrame({"customer_id": came, "value": 25.0})
    return actions.Look(now=now, then=then, bought=bought, horizon=actions.horizon(UNTIL, months=3))


def test_what_is_known_of_each_list():
    chosen = actions.Settings(margin_rate=0.4, contact_cost=1.0)
    plan = actions.plan_of(look(), chosen, rng=np.random.default_rng(1))
    found = actions.measured(look(), chosen, plan)
    assert list(found) == ["protect", "save", "grow", "win_back"]
    save = found["save"]
    assert save.size == plan.size("save", "candidates")
    assert save.mix == {"valuable_late": save.size}
    assert save.covered == 1
    assert save.baseline.repurchase.value == pytest.approx(1 / 3, abs=0.12)
    assert save.half.uplift < (save.test.uplift or 1)
    assert save.break_even.uplift.value == pytest.approx(1 / (0.4 * 25))


def test_too_short_a_history_leaves_the_rest_unknown():
    short = actions.Look(now=look().now, then=look().then.head(0), bought=look().bought, horizon=look().horizon)
    plan = actions.plan_of(short, actions.Settings(), rng=np.random.default_rng(1))
    facts = actions.measured(short, actions.Settings(), plan)["protect"]
    assert facts.baseline is facts.test is facts.break_even is None
    assert facts.contact > 0


def test_sensitivity_changes_one_thing_at_a_time():
    longer = actions.Look(
        now=look().now, then=look().then, bought=look().bought, horizon=actions.horizon(UNTIL, months=6)
    )
    found = actions.sensitivity({3: look(), 6: longer}, 3, actions.Settings(), name="save", seed=1)
    assert set(found.table["setting"]) == {
        "baseline: the ends of its interval",
        "horizon",
        "customers left alone on purpose",
        "who counts as valuable",
        "when a customer counts as overdue",
        "how sure to be of finding it (power)",
    }
    power = found.table.set_index("setting").loc["how sure to be of finding it (power)"]
    assert power["low"] < found.now < power["high"]
    held = found.table.set_index("setting").loc["customers left alone on purpose"]
    assert held["high"] < found.now  # half left alone: the smaller arm is larger
    reach = (found.table[["low", "high"]].max(axis=1) - found.table[["low", "high"]].min(axis=1)).fillna(np.inf)
    assert reach.is_monotonic_decreasing


@pytest.mark.parametrize("shares", [{"top_share": 0.6}, {"top_share": 0.0}, {"valuable_share": 1.2}])
def test_cuts_that_make_no_sense_are_refused(shares):
    with pytest.raises(ParameterError, match="cannot be used"):
        situated(**shares)


def test_missing_columns_are_named():
    with pytest.raises(DataError, match=r"lacks the columns \['status'\]"):
        actions.standings_from_gaps(TEN.drop(columns="status"))
    with pytest.raises(DataError, match="more than once"):
        actions.situations(actions.standings_from_gaps(pd.concat([TEN, TEN])))
    with pytest.raises(ParameterError, match="overdue_factor"):
        actions.standings_from_gaps(TEN, overdue_factor=0.0)


def test_nothing_given_is_changed():
    before = TEN.copy(deep=True), TIERS.copy(deep=True)
    plan_for(actions.listed(situated()))
    pd.testing.assert_frame_equal(TEN, before[0])
    pd.testing.assert_frame_equal(TIERS, before[1])
