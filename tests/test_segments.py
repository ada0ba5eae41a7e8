"""States, transitions and RFM against arithmetic done by hand, and what must always hold."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import segments as s
from crmlab.errors import DataError, ParameterError
from crmlab.tables.frame import clean_table

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
