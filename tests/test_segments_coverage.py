"""Do the intervals of segments cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right.

The company is stationary: customers come in a constant stream, buy at rates of their own and leave after exponential
lifetimes. It is looked at over 24 months after two years in which it settled. What its states tend to is known from a
company fifty times as large; nothing changes in it, so an alarm is a false one.
"""

from datetime import date
from functools import cache

import numpy as np
import pytest

from crmlab.analyses import segments as s
from crmlab.simulate import purchase_histories, with_departures
from crmlab.tables.frame import clean_table

pytestmark = pytest.mark.slow

START, END = date(2018, 1, 1), date(2021, 12, 31)
RULES = s.Rules(active_days=60, lapsed_days=150, loyal_purchases=3)
CUSTOMERS, LARGE = 2500, 125_000
SEEDS = range(200)
VALID, FALSE_ALARMS = range(179, 199), range(2, 22)


def company(seed: int, n: int = CUSTOMERS) -> s.Panel:
    rng = np.random.default_rng(seed)
    days = (END - START).days
    window = {"start": START, "observed_until": END, "acquired_over_days": days}
    staying = purchase_histories(rng, n_customers=n, purchases_per_year=8.0, r=3.0, **window)
    leaving = with_departures(staying, rng, mean_lifetime_days=300)
    return s.panel(clean_table(leaving.transactions), observed_until=END, rules=RULES, periods=24)


@cache
def panels() -> tuple[s.Panel, ...]:
    return tuple(company(seed) for seed in SEEDS)


@cache
def truth() -> s.Panel:
    return company(1_000_000, LARGE)


def test_in_a_company_that_stays_as_it_is_alarms_are_rare() -> None:
    shares = brinks = 0
    for of in panels():
        moves = s.moves_to_at_risk(of)
        assert moves.usual_share is not None
        assert moves.not_bought is not None
        assert moves.usual_not_bought is not None
        shares += not moves.usual_share.low <= moves.share.value <= moves.usual_share.high
        brinks += not moves.usual_not_bought.low <= moves.not_bought.value <= moves.usual_not_bought.high
    assert (shares in FALSE_ALARMS, brinks in FALSE_ALARMS) == (True, True), (shares, brinks)


@pytest.mark.parametrize(
    ("before", "after"), [("at_risk", "lapsed"), ("at_risk", "at_risk"), ("loyal", "loyal"), ("active", "at_risk")]
)
def test_transitions_over_many_periods_cover(before: str, after: str) -> None:
    true = s.transitions(truth()).estimate(before, after)
    assert true is not None
    found = [s.transitions(of).estimate(before, after) for of in panels()]
    hits = sum(one is not None and one.contains(true.value) for one in found)
    assert hits in VALID, hits


@pytest.mark.parametrize("state", ["in_touch", "at_risk", "new", "loyal"])
def test_sizes_in_the_long_run_cover(state: str) -> None:
    def row(of: s.Panel, seed: int) -> tuple[float, float, float]:
        sizes = s.limit_sizes(of, rng=np.random.default_rng(seed)).set_index("state")
        return tuple(sizes.loc[state, ["value", "low", "high"]])

    true = row(truth(), 0)[0] * CUSTOMERS / LARGE
    rows = [row(of, seed) for seed, of in enumerate(panels())]
    hits = sum(low <= true <= high for _, low, high in rows)
    assert hits in VALID, hits


def test_time_at_risk_covers() -> None:
    true = s.time_in_state(truth(), "at_risk")
    assert true.difference is not None
    groups = len(true.table)
    found = [s.time_in_state(of, "at_risk") for of in panels()]
    alike = [one.difference for one in found if len(one.table) == groups]
    assert len(alike) == len(SEEDS)
    hits = sum(one is not None and one.contains(true.difference.value) for one in alike)
    assert hits in VALID, hits
