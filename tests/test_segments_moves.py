"""Who moves from state to state: by hand, against published intervals, and what must always add up."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses import segments as s
from crmlab.analyses.segments.chain import Chain
from crmlab.analyses.segments.shares import effective_cases, share_of_cases, wilson
from crmlab.analyses.segments.transitions import moves_by_customer
from crmlab.errors import DataError, ParameterError

RULES = s.Rules(active_days=60, lapsed_days=150, loyal_purchases=3)
CODE = {name: code for code, name in enumerate(s.STATES)} | {"": -1}
ENDS = tuple(date(2021, month, 28) for month in range(1, 13))


def panel_of(*customers: str, since: list[list[int]] | None = None) -> s.Panel:
    """A panel from the states of each customer, as words with a blank between; `-` before the first purchase."""
    words = [["" if word == "-" else word for word in row.split()] for row in customers]
    state = np.array([[CODE[word] for word in row] for row in words], dtype=np.int8)
    ends = ENDS[: state.shape[1]]
    days = np.where(state < 0, -1, 10) if since is None else np.array(since)
    ids = pd.Index([f"c{row}" for row in range(len(words))])
    return s.Panel(ids, ends, state, days, np.where(state < 0, -1, days // 30), RULES, 1)


# --- shares and their intervals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_matches_newcombe_1998_table_1(hits: int, cases: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score, no continuity correction).
    assert wilson(hits / cases, cases, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"level is 95"):
        wilson(0.5, 10, 95)


def test_effective_cases_by_hand() -> None:
    # Four customers, two periods each, half of the cases hit.
    twice = np.array([2, 2, 2, 2])
    # All alike within a customer: deviations 2 − 1 = ±1, so 4 · 4/3 = 16/3; 1/4 · 64 / (16/3) = 3.
    assert effective_cases(np.array([2, 2, 0, 0]), twice) == pytest.approx(3)
    # One hit of two each: no deviation at all; then the customers are counted.
    assert effective_cases(np.array([1, 1, 1, 1]), twice) == 4
    # Once each: as many as there are.
    assert effective_cases(np.array([1, 0, 0]), np.array([1, 1, 1])) == 3
    # Nobody was hit: nothing is known of the clustering, so customers are counted.
    assert effective_cases(np.array([0, 0, 0, 0]), twice) == 4


def test_no_cases_give_no_share() -> None:
    none = np.array([0, 0])
    assert share_of_cases(none, none, level=0.95, denominator="nobody", window="never") is None


# --- transitions -----------------------------------------------------------------------------------------------


def test_transitions_by_hand() -> None:
    of = panel_of("active at_risk lapsed", "active active at_risk", "- new new", "at_risk active active")
    found = s.transitions(of)
    shares = found.table.set_index(["before", "after"]).value
    # active: a to at_risk; b to active, then to at_risk; d to active: 4 cases, 2 stay.
    assert shares["active", "active"] == 0.5
    assert shares["active", "at_risk"] == 0.5
    # at_risk: a to lapsed, d to active.
    assert shares["at_risk", "lapsed"] == 0.5
    assert shares["new", "new"] == 1
    assert "lapsed" not in found.table["before"].tolist()
    assert found.estimate("lapsed", "active") is None
    one = found.estimate("active", "at_risk")
    assert one is not None
    assert (one.value, one.n) == (0.5, 4)
    assert one.contains(0.5)
    assert found.window == "2021-01-29 to 2021-03-28"


def test_one_period_gives_plain_wilson_intervals() -> None:
    of = panel_of(*["active at_risk"] * 15, *["active active"] * 133)
    one = s.transitions(of).estimate("active", "at_risk")
    assert one is not None
    assert (one.low, one.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)  # 15 of 148, as above
    assert one.method == "Wilson interval"


def test_periods_that_are_not_there_are_refused() -> None:
    with pytest.raises(ParameterError, match="no period lies between the ends 2 and 2"):
        s.transitions(panel_of("new new new"), first=2)


panels = st.lists(
    st.lists(st.sampled_from(s.STATES), min_size=4, max_size=4).map(" ".join), min_size=1, max_size=12
).map(lambda rows: panel_of(*rows))


@given(panels)
@settings(deadline=None)
def test_the_shares_of_a_row_sum_to_one_and_lie_in_their_intervals(of: s.Panel) -> None:
    table = s.transitions(of).table
    assert table.groupby("before")["value"].sum().to_numpy() == pytest.approx(1)
    assert (table["low"] <= table["value"] + 1e-12).all()
    assert (table["value"] <= table["high"] + 1e-12).all()
    assert table["low"].between(0, 1).all()
    assert table["high"].between(0, 1).all()
    assert int(moves_by_customer(of, 0, 3).sum()) == 3 * len(of.customers)


# --- flows -----------------------------------------------------------------------------------------------------


def test_the_bridge_by_hand() -> None:
    of = panel_of(
        "active at_risk", "active active", "- new", "at_risk active", "lapsed returned", "at_risk lapsed", "- at_risk"
    )
    (row,) = s.bridge(of).to_dict(orient="records")
    del row["end"]
    # Two in touch before: one slips, one is kept. One new in touch (the other came and went), two came back.
    assert row == {
        "before": 2,
        "slipped": 1,
        "kept": 1,
        "new": 1,
        "returned": 2,
        "from_lapsed": 1,
        "after": 4,
        "lapsed": 1,
    }


@given(panels)
@settings(deadline=None)
def test_the_bridge_and_the_flows_add_up(of: s.Panel) -> None:
    bridge = s.bridge(of)
    assert (bridge.before == bridge.kept + bridge.slipped).all()
    assert (bridge.after == bridge.kept + bridge.new + bridge.returned).all()
    assert bridge.before[1:].tolist() == bridge.after[:-1].tolist()
    flows = s.flows(of)
    assert (flows.groupby("end")["customers"].sum() == len(of.customers)).all()


def test_those_at_the_brink_are_those_whose_time_runs_out() -> None:
    # Ends 28 January and 28 February: 31 days. Of 60 days to stay in touch, 29 have passed: 60 at the end, still in
    # touch; 30 have passed: 61, at risk unless they buy.
    of = panel_of("active active", "active at_risk", "active active", since=[[29, 60], [30, 61], [30, 5]])
    row = s.to_at_risk(of).iloc[0]
    assert (row.in_touch, row.at_brink, row.moved) == (3, 2, 1)
    assert row.share == pytest.approx(1 / 3)


# --- what is usual ---------------------------------------------------------------------------------------------


def test_usual_by_hand() -> None:
    found = s.usual(pd.Series([10, 10, 20, 20]), pd.Series([100] * 4), 0.95)
    assert found is not None
    # Log-odds ln(10.5/90.5) = −2.15397 and ln(20.5/80.5) = −1.36783, twice each: mean −1.76090; standard deviation
    # .39307 · √(4/3) = .45388; t with 3 degrees of freedom 3.18245: reach 3.18245 · .45388 · √1.25 = 1.61494.
    # Ends −3.37585 and −.14596: 1/(1 + 29.249) = .03306, 1/(1 + 1.15715) = .46357.
    assert (found.low, found.high) == pytest.approx((0.03306, 0.46357), abs=1e-5)
    assert found.middle == pytest.approx(1 / (1 + np.exp(1.76090)), abs=1e-5)
    assert found.periods == 4


def test_with_few_earlier_periods_nobody_says_what_is_usual() -> None:
    assert s.usual(pd.Series([1, 2, 3]), pd.Series([10, 10, 10]), 0.95) is None
    moves = s.moves_to_at_risk(panel_of("active active at_risk"))
    assert moves.usual_share is None
    assert moves.band == {"middle": None, "low": None, "high": None}
    assert "too few earlier periods" in s.claims.moves_claim(moves)
    assert s.claims.share_moving_claim(moves) == (
        "100.0 % of those in touch when the last period began were at risk when it ended."
    )


def several(slipping: list[int], *, staying: int = 90) -> s.Panel:
    """So many customers who slip in each period, come at the look before, beside others who always stay in touch."""
    rows = [" ".join(["active"] * (len(slipping) + 1))] * staying
    for period, number in enumerate(slipping):
        rows += [" ".join(["-"] * period + ["active"] + ["at_risk"] * (len(slipping) - period))] * number
    return panel_of(*rows)


def test_many_more_moves_than_before_are_more_than_usual() -> None:
    of = several([10, 12, 11, 9, 10, 40])
    moves = s.moves_to_at_risk(of)
    assert moves.moved.value == 40
    assert "more than usual" in s.claims.moves_claim(moves)
    # 40 of 90 + 40 in touch; before, 10 of 100, 12 of 102, 11 of 101, 9 of 99 and 10 of 100: about a tenth.
    said = s.claims.share_moving_claim(moves)
    assert said.startswith("30.8 % of those in touch when the last period began were at risk when it ended")
    assert re.search(r"; in the middle of the 5 periods before it 10\.\d % were\.$", said)
    assert said != s.claims.moves_claim(moves)  # two findings, two sentences


def test_as_many_moves_as_before_are_usual_and_few_are_fewer() -> None:
    alike, fewer = (
        s.moves_to_at_risk(several(numbers)) for numbers in ([10, 12, 11, 9, 10, 11], [40, 42, 38, 41, 40, 5])
    )
    assert "no more and no less than usual" in s.claims.moves_claim(alike)
    assert "fewer than usual" in s.claims.moves_claim(fewer)


def test_with_nobody_in_touch_nothing_is_claimed() -> None:
    moves = s.moves_to_at_risk(panel_of("lapsed lapsed lapsed"))
    assert moves.not_bought is None
    assert moves.share.low is None
    assert "Nobody was in touch" in s.claims.moves_claim(moves)
    assert "Nobody was in touch" in s.claims.share_moving_claim(moves)
    assert "nobody had to buy" in s.claims.brink_claim(moves)


# --- time in a state -------------------------------------------------------------------------------------------


def test_time_at_risk_by_hand() -> None:
    # Limit 60 days, months of 30.4375: 61 to 90 days are up to one period, 91 and more up to two.
    early = [[61, 5]] * 12 + [[90, 120]] * 18
    late = [[92, 5]] * 3 + [[110, 140]] * 27
    words = ["at_risk active"] * 12 + ["at_risk at_risk"] * 18 + ["at_risk active"] * 3 + ["at_risk at_risk"] * 27
    found = s.time_in_state(panel_of(*words, since=early + late), "at_risk")
    assert found.table["customers"].tolist() == [30, 30]
    assert found.table["value"].tolist() == pytest.approx([0.4, 0.1])
    assert found.difference is not None
    assert found.difference.value == pytest.approx(-0.3)
    # Every customer once: standard error √(.4·.6/30 + .1·.9/30) = √.011 = .10488; times 1.95996: .20556.
    assert found.difference.high == pytest.approx(-0.3 + 0.20556, abs=1e-5)
    assert "does not say what comes next" in s.outlook.time_claim(found)


def test_too_few_cases_make_one_group() -> None:
    found = s.time_in_state(panel_of("at_risk active", since=[[61, 5]]), "at_risk")
    assert found.difference is None
    assert "Too few" in s.outlook.time_claim(found)


def test_time_in_another_state_is_not_told() -> None:
    with pytest.raises(ParameterError, match="state is 'new'"):
        s.time_in_state(panel_of("new new"), "new")


# --- the long run ----------------------------------------------------------------------------------------------


def test_the_limit_by_hand() -> None:
    # From step 0 half stay and half go to step 1; from there a fifth come back and the others lapse. In 2 periods 6
    # came for the first time and 1 returned: 3.5 a period. x0 = x0/2 + x1/5 + 3.5 and x1 = x0/2: x0 = 8.75.
    moves = np.array([[5.0, 5, 0], [2, 0, 8], [1, 0, 19]])
    chain = Chain(np.array([1, 4, 5]), np.array([0, 2, 0]), moves, np.array([6.0, 0, 0]), 2)
    assert chain.limit() == pytest.approx([8.75, 4.375])


def test_a_state_nobody_leaves_has_no_limit() -> None:
    of = panel_of("active active active", "- new lapsed")
    sizes = s.limit_sizes(of, rng=np.random.default_rng(1))
    assert sizes["value"].isna().all()
    assert s.limit_in_touch(of, sizes) is None
    assert "no size" in s.outlook.limit_claim(sizes)


def test_the_closed_chain_by_hand() -> None:
    # A quarter of those active lapse in a period; one in three of those lapsed is active in the next.
    words = ["active active"] * 3 + ["active lapsed"] + ["lapsed lapsed"] * 2 + ["lapsed active"]
    mix = s.stationary_mix(panel_of(*words))
    # In the long run 1/4 · active = 1/3 · lapsed: 4/7 and 3/7.
    assert mix["active"] == pytest.approx(4 / 7)
    assert mix["lapsed"] == pytest.approx(3 / 7)


def test_the_closed_chain_has_no_new_customers_however_many_came() -> None:
    words = ["- new at_risk"] * 9 + ["new new active", "active at_risk lapsed", "lapsed lapsed active"]
    mix = s.stationary_mix(panel_of(*words))
    assert mix["new"] == pytest.approx(0, abs=1e-9)
    assert mix.sum() == pytest.approx(1)


# --- hold-out --------------------------------------------------------------------------------------------------


def test_hold_out_by_hand() -> None:
    # Every period one customer comes and is new, the next period lapsed: at the ends 1, 2, 3 … lapsed.
    words = [" ".join(["-"] * end + ["new"] + ["lapsed"] * (5 - end)) for end in range(6)]
    found = s.hold_out(panel_of(*words), periods=1)
    table = found.table.set_index("state")
    # Trained on four periods in which one came and one lapsed: 1 new and 4 + 1 lapsed, as it was.
    assert table.loc[["new", "lapsed"], "recency"].tolist() == pytest.approx([1, 5])
    assert table.loc[["new", "lapsed"], "actual"].tolist() == [1, 5]
    assert found.error["recency"] == pytest.approx(0)
    # Nothing changes: 1 new and 4 lapsed, one short of 6: half of 1/6.
    assert found.error["same"] == pytest.approx(1 / 12)
    assert "remembering recency pays" in s.outlook.hold_out_claim(found)


def test_a_hold_out_needs_something_to_learn_from() -> None:
    with pytest.raises(DataError, match="leaves 1 to learn from"):
        s.hold_out(panel_of("new new new new"), periods=2)
    with pytest.raises(ParameterError, match="periods is -1"):
        s.hold_out(panel_of("new new new new"), periods=-1)
