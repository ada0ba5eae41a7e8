"""States, transitions and RFM against arithmetic done by hand, and what must always hold."""

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses import segments as s
from crmlab.analyses.segments.states import period_ends
from crmlab.client import Client
from crmlab.errors import DataError, ParameterError
from crmlab.tables.frame import clean_table

COLUMNS = {"customer_id": "customer_id", "date": "date", "amount": "amount"}
RULES = s.Rules(active_days=60, lapsed_days=180, loyal_purchases=3)


def log(*rows: tuple[str, str] | tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame([(*row, 10.0)[:3] for row in rows], columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


def state_of(day: str, *days: str) -> str:
    """The state on `day` of a customer who bought on `days`."""
    table = s.states_on(log(*(("c", bought) for bought in days)), day=date.fromisoformat(day), rules=RULES)
    return str(table["state"].item())


@pytest.mark.parametrize(
    ("day", "days", "state"),
    [
        ("2021-01-01", ["2021-01-01"], "new"),  # 0 days
        ("2021-03-02", ["2021-01-01"], "new"),  # 60 days: January 31, February 28, and 1: still in touch
        ("2021-03-03", ["2021-01-01"], "at_risk"),  # 61
        ("2021-06-30", ["2021-01-01"], "at_risk"),  # 180
        ("2021-07-01", ["2021-01-01"], "lapsed"),  # 181
        ("2021-02-10", ["2021-01-01", "2021-02-01"], "active"),
        ("2021-02-10", ["2021-01-01", "2021-01-15", "2021-02-01"], "loyal"),
        # The first of three is 181 days ago, so only two lie in the last 180.
        ("2021-07-01", ["2021-01-01", "2021-05-01", "2021-06-30"], "active"),
        ("2021-07-01", ["2021-01-02", "2021-05-01", "2021-06-30"], "active"),  # 180 days ago: outside the last 180 days
        ("2021-07-01", ["2021-01-03", "2021-05-01", "2021-06-30"], "loyal"),
        ("2021-07-01", ["2021-01-01", "2021-07-01"], "returned"),  # a silence of 181 days
        ("2021-06-30", ["2021-01-01", "2021-06-30"], "active"),  # one of 180
        ("2021-07-05", ["2021-01-01", "2021-07-01", "2021-07-05"], "active"),  # returned only until the next purchase
        ("2021-02-10", ["2021-01-01", "2021-02-01", "2021-02-11"], "active"),  # what comes later is not known yet
    ],
)
def test_states_by_hand(day: str, days: list[str], state: str) -> None:
    assert state_of(day, *days) == state


def test_two_rows_on_a_day_are_one_purchase() -> None:
    assert state_of("2021-01-02", "2021-01-01", "2021-01-01") == "new"


def test_nobody_is_in_a_state_before_the_first_purchase() -> None:
    table = s.states_on(log(("a", "2021-01-01"), ("b", "2021-02-01")), day=date(2021, 1, 15), rules=RULES)
    assert table["customer_id"].tolist() == ["a"]
    with pytest.raises(DataError, match="no purchase up to 2020-12-31"):
        s.states_on(log(("a", "2021-01-01")), day=date(2020, 12, 31), rules=RULES)


def test_states_on_counts_days_purchases_and_value() -> None:
    sales = log(("a", "2021-01-01", 5.0), ("a", "2021-01-11", 7.0), ("a", "2021-01-12", -2.0), ("a", "2021-02-01", 9.0))
    row = s.states_on(sales, day=date(2021, 1, 20), rules=RULES).iloc[0]
    # Purchases on 1 and 11 January; the return on the 12th is none, but takes 2 from the value: 5 + 7 − 2.
    assert (row["days_since_last"], row["purchases"], row["value"]) == (9, 2, 10.0)


def test_gaps_by_hand() -> None:
    # a: 10 days, then open for 20; b: open for 25.
    known = s.history(log(("a", "2021-01-01"), ("a", "2021-01-11"), ("b", "2021-01-06")), until=date(2021, 1, 31))
    found = s.gaps(known)
    assert found.days.tolist() == [10, 20, 25]
    assert found.ended.tolist() == [True, False, False]


def test_share_ended_allows_for_open_gaps() -> None:
    # Gaps 2 (ended), 3 (open), 5 (ended), 5 (open). At 2: 1 of 4 ends, 3/4 stay. At 5: 1 of the 2 left ends: 3/8 stay.
    found = s.share_ended(s.Gaps(np.array([2, 3, 5, 5]), np.array([True, False, True, False])))
    assert found.to_dict() == pytest.approx({2: 1 / 4, 5: 5 / 8})


def test_limits_that_cannot_tell_states_apart_are_refused_together() -> None:
    with pytest.raises(ParameterError, match=r"(?s)active_days is 0.*lapsed_days is 0.*loyal_purchases is 1"):
        s.Rules(active_days=0, lapsed_days=0, loyal_purchases=1)


# --- limits from the gaps --------------------------------------------------------------------------------------


def steady(gaps_of: dict[str, int], *, first: str = "2019-01-01", until: str = "2021-12-31") -> s.History:
    """Customers who buy every so many days."""
    rows = [
        (name, str(day.date())) for name, gap in gaps_of.items() for day in pd.date_range(first, until, freq=f"{gap}D")
    ]
    return s.history(log(*rows), until=date.fromisoformat(until))


def test_limits_follow_the_gaps() -> None:
    # 10 with gaps of 40 days, 1 with gaps of 100: all returns of the first have happened after 40 days, and 1,096
    # days hold 27 gaps of 40 (10 times: 270) beside 10 of 100, so 270 of 280 or 96 % have: both limits are 40, but
    # each state lasts a period: 40 and 71.
    known = steady({f"a{number}": 40 for number in range(10)} | {"b": 100})
    rules = s.rules_from_gaps(known)
    assert (rules.active_days, rules.lapsed_days, rules.source) == (40, 71, "gaps")
    # More slow buyers: 3 of them make 30 of 300 gaps, so 95 % takes 100 days.
    known = steady({f"a{number}": 40 for number in range(10)} | {f"b{number}": 100 for number in range(3)})
    rules = s.rules_from_gaps(known)
    assert (rules.active_days, rules.lapsed_days) == (40, 100)
    assert "300 gaps" in s.claims.source_claim(rules, closed=s.gaps(known).closed)


def test_each_state_lasts_a_period() -> None:
    rules = s.rules_from_gaps(steady({"a": 2, "b": 3}))
    assert (rules.active_days, rules.lapsed_days) == (31, 62)
    rules = s.rules_from_gaps(steady({"a": 2, "b": 3}), period_months=3)
    assert (rules.active_days, rules.lapsed_days) == (93, 186)


def test_the_second_limit_is_at_most_half_the_history() -> None:
    known = steady(
        {f"a{number}": 40 for number in range(4)} | {f"b{number}": 300 for number in range(4)}, until="2020-06-30"
    )
    rules = s.rules_from_gaps(known)
    # 1 January 2019 to 30 June 2020: 546 days.
    assert (rules.lapsed_days, rules.source) == (273, "gaps, cut to half the history")
    assert "cut to half the history" in s.claims.source_claim(rules, closed=1)


def test_limits_set_by_hand_stay() -> None:
    rules = s.rules_from_gaps(steady({"a": 40}), active_days=50, lapsed_days=90, loyal_purchases=4)
    assert rules == s.Rules(active_days=50, lapsed_days=90, loyal_purchases=4, source="set by hand")
    assert "set by hand" in s.claims.source_claim(rules, closed=1)


def test_without_a_second_purchase_there_are_no_limits() -> None:
    with pytest.raises(DataError, match="nobody bought on a second day"):
        s.states_on(log(("a", "2021-01-01"), ("b", "2021-02-01")), day=date(2021, 3, 1))


# --- states in general -----------------------------------------------------------------------------------------

days = st.dates(date(2020, 1, 1), date(2021, 12, 31)).map(str)
logs = st.lists(st.tuples(st.sampled_from("abcde"), days), min_size=1, max_size=30)


@given(logs, st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_neither_order_nor_names_nor_later_rows_change_a_state(rows: list[tuple[str, str]], chance: Any) -> None:
    day = date(2021, 6, 30)
    if min(bought for _, bought in rows) > str(day):
        return
    table = s.states_on(log(*rows), day=day, rules=RULES)
    assert set(table["state"]) <= set(s.STATES)
    assert table["customer_id"].is_unique
    shuffled = list(rows)
    chance.shuffle(shuffled)
    earlier = [row for row in shuffled if row[1] <= str(day)]
    pd.testing.assert_frame_equal(s.states_on(log(*earlier), day=day, rules=RULES), table)
    renamed = s.states_on(log(*((f"z{name}", bought) for name, bought in rows)), day=day, rules=RULES)
    assert renamed["state"].tolist() == table["state"].tolist()


@given(logs)
@settings(max_examples=10, deadline=None)
def test_the_panel_agrees_with_the_states_on_each_day(rows: list[tuple[str, str]]) -> None:
    sales = log(("first", "2020-01-01"), *rows)
    of = s.panel(sales, observed_until=date(2021, 12, 31), rules=RULES)
    assert of.ends[0] >= date(2020, 1, 1) + timedelta(days=RULES.lapsed_days)
    assert of.ends[-1] == date(2021, 12, 31)
    assert ((of.state >= 0) == (of.since >= 0)).all()
    assert (np.diff((of.state >= 0).sum(axis=0)) >= 0).all()
    for place in (0, len(of.ends) - 1):
        told = s.states_on(sales, day=of.ends[place], rules=RULES)
        known = of.state[:, place] >= 0
        assert [s.STATES[code] for code in of.state[known, place]] == told["state"].tolist()
        assert of.since[known, place].tolist() == told["days_since_last"].tolist()


def test_period_ends_are_counted_back_in_calendar_months() -> None:
    ends = period_ends(date(2023, 11, 15), date(2024, 3, 31), 1)
    assert [str(end) for end in ends] == ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]
    assert period_ends(date(2023, 1, 1), date(2024, 3, 31), 6) == [
        date(2023, 3, 31),
        date(2023, 9, 30),
        date(2024, 3, 31),
    ]


def test_a_band_counts_the_period_ends_since_the_last_purchase() -> None:
    sales = log(("a", "2020-01-01"), ("a", "2020-12-31"), ("b", "2020-11-02"))
    of = s.panel(sales, observed_until=date(2020, 12, 31), rules=RULES)
    assert of.band[:, -1].tolist() == [0, 1]


def test_only_the_latest_periods_are_kept_where_so_many_are_asked_for() -> None:
    of = s.panel(log(("a", "2020-01-01")), observed_until=date(2021, 12, 31), rules=RULES, periods=3)
    assert (of.periods, str(of.ends[0])) == (3, "2021-09-30")


def test_a_short_history_is_refused_with_what_would_mend_it() -> None:
    with pytest.raises(DataError, match=r"leaves 1 whole periods, and at least 3 are needed. Add older records"):
        s.panel(log(("a", "2021-01-01")), observed_until=date(2021, 8, 1), rules=RULES)


# --- prospects, shares, the list -------------------------------------------------------------------------------


def test_prospects_are_those_known_who_never_bought(write_client: Any) -> None:
    path = write_client(
        {
            "sales.csv": "customer_id,date,amount\na,2021-01-01,5\nb,2021-05-01,5\n",
            "people.csv": "customer_id,since\na,2020-01-01\nc,2020-01-01\nd,2021-06-01\ne,\n",
        },
        observed_until="2021-12-31",
        tables={
            "transactions": {"files": "sales.csv", "columns": COLUMNS},
            "customers": {"files": "people.csv", "columns": {"customer_id": "customer_id", "joined_on": "since"}},
        },
    )
    shop = Client.open(path)
    table = s.states_on(
        shop.table("transactions"), day=date(2021, 3, 1), rules=RULES, customers=shop.table("customers")
    ).set_index("customer_id")
    # b bought later and is not in the customers table; d joined later; of e it is not known when.
    assert table["state"].to_dict() == {"a": "new", "c": "prospect", "e": "prospect"}
    assert "2 people in the customers table have not bought yet" in s.claims.prospects_claim(
        table.reset_index(), has_customers=True
    )
    assert s.state_shares(table.reset_index(), day=date(2021, 3, 1))["n"].tolist() == [1] * 7


def test_shares_of_states_sum_to_one_and_to_the_value() -> None:
    sales = log(("a", "2021-01-01", 5.0), ("b", "2021-06-01", 7.0), ("c", "2021-06-29", 9.0), ("d", "2021-06-30", 1.0))
    shares = s.state_shares(s.states_on(sales, day=date(2021, 6, 30), rules=RULES), day=date(2021, 6, 30))
    states = shares[shares["state"] != "in_touch"]
    assert states["value"].sum() == pytest.approx(1)
    assert states["worth"].sum() == 22
    # a: 180 days ago, at risk; the others bought once in the last 60 days.
    touch = s.row_estimate(shares, "in_touch")
    assert (touch.value, touch.n) == (0.75, 4)
    assert touch.contains(0.75)


def test_the_list_has_everybody_once_and_those_at_risk_first() -> None:
    sales = log(
        *(("new", "2021-06-30"), ("risk", "2021-03-01", 5.0), ("risky", "2021-03-01", 50.0), ("gone", "2020-01-01")),
        *(("back", "2020-01-01"), ("back", "2021-06-29"), ("loyal", "2021-05-01"), ("loyal", "2021-05-20")),
        *(("loyal", "2021-06-01"), ("active", "2021-05-01"), ("active", "2021-06-29")),
    )
    states = s.states_on(sales, day=date(2021, 6, 30), rules=RULES)
    before = states.copy()
    listed = s.customer_states(states, s.rfm(states), rules=RULES)
    pd.testing.assert_frame_equal(states, before)
    assert listed["customer_id"].tolist() == ["risky", "risk", "back", "loyal", "active", "new", "gone"]
    assert list(listed.columns) == [
        *("customer_id", "state", "segment", "rfm", "days_since_last", "purchases", "value", "reason")
    ]
    reasons = listed.set_index("customer_id")["reason"]
    # Silent since 1 March, 121 days: it lapses on day 181.
    assert "silent for 121 days" in reasons["risk"]
    assert "counts as lapsed in 60 days" in reasons["risk"]
    assert "the last 1 day ago" in reasons["active"]
    assert "bought 1 day ago after more than 180 days of silence" in reasons["back"]
    assert listed["reason"].str.len().min() > 20


def test_lapsed_who_return_are_counted_by_hand() -> None:
    of = s.panel(log(("a", "2020-01-01"), ("a", "2021-12-15")), observed_until=date(2021, 12, 31), rules=RULES)
    back = s.lapsed_return(of)
    assert back is not None
    # At risk at the first end, 30 June 2020 (181 days: lapsed) and at 17 more: 18 looks lapsed, once followed by touch.
    assert (back.n, back.value) == (18, pytest.approx(1 / 18))
