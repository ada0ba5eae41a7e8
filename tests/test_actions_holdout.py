"""The hold-out: its size, its balance, the same arms for the same customers, and what a budget carries."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses.actions import CONTACT, DO_NOTHING, arms, carried, contacts_paid, held_out
from crmlab.errors import ParameterError


def listed(n: int, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(n)],
            "value": rng.lognormal(4, 1, n).round(2),
            "purchases": rng.integers(1, 9, n),
            "days_since_last": rng.integers(0, 400, n),
        }
    )


def drawn(table: pd.DataFrame, seed: int = 20, holdout: float = 0.1) -> pd.Series:
    return arms(table, holdout=holdout, rng=np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("n", "holdout", "expected"), [(200, 0.1, 20), (5, 0.1, 1), (4, 0.1, 0), (7, 0.5, 4), (9, 0, 0)]
)
def test_how_many_are_left_alone(n, holdout, expected):
    assert held_out(n, holdout) == expected
    assert (drawn(listed(n), holdout=holdout) == DO_NOTHING).sum() == expected


def test_each_layer_of_like_value_gives_one():
    table = listed(100).sort_values("value", ascending=False, ignore_index=True)
    alone = np.flatnonzero(drawn(table) == DO_NOTHING)
    assert list(alone // 10) == list(range(10))  # ten layers of ten customers, one from each


def test_the_order_of_rows_and_the_ids_decide_nothing():
    table = listed(173)
    shuffled = table.sample(frac=1, random_state=3)
    renamed = table.assign(customer_id=table["customer_id"].str.replace("c", "z"))
    assert drawn(shuffled).sort_index().tolist() == drawn(table).tolist()
    assert drawn(renamed).tolist() == drawn(table).tolist()


def test_another_seed_gives_other_arms():
    assert drawn(listed(200)).tolist() != drawn(listed(200), seed=21).tolist()


def test_everyone_has_the_same_chance():
    counts = sum((drawn(listed(30), seed=seed) == DO_NOTHING).to_numpy(int) for seed in range(2000))
    assert counts / 2000 == pytest.approx(0.1, abs=0.03)  # five standard errors: 5 √(.09 / 2000) = .034


def test_the_arms_are_alike_in_value():
    table = listed(2000)
    arm = drawn(table)
    logs = np.log(table["value"])
    assert logs[arm == DO_NOTHING].mean() == pytest.approx(logs[arm == CONTACT].mean(), abs=0.02)


def test_contacts_are_made_in_the_order_of_the_lists():
    # 100 / 2 = 50 contacts. Of 30 protected three are left alone: 27 contacts; 23 are left to save:
    # 26 customers of whom 3 are left alone (26 × .1 = 2.6).
    sizes = {"protect": 30, "save": 100, "win_back": 50}
    assert contacts_paid(2.0, 100.0) == 50
    assert carried(sizes, holdout=0.1, contacts=50) == {"protect": 30, "save": 26, "win_back": 0}


@pytest.mark.parametrize("given_", [(None, 5.0), (2.0, None), (0.0, 5.0)])
def test_without_cost_or_budget_there_is_no_limit(given_):
    assert contacts_paid(*given_) is None
    assert carried({"protect": 30}, holdout=0.1, contacts=None) == {"protect": 30}


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 300), min_size=4, max_size=4), contacts=st.integers(0, 700), share=st.floats(0, 0.5)
)
def test_a_budget_is_never_overspent_nor_left_over(sizes, contacts, share):
    named = dict(zip("abcd", sizes, strict=True))
    found = carried(named, holdout=share, contacts=contacts)
    spent = sum(n - held_out(n, share) for n in found.values())
    wanted = sum(n - held_out(n, share) for n in sizes)
    assert all(found[name] <= named[name] for name in named)
    assert spent <= contacts
    assert spent == min(contacts, wanted)


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 300), min_size=4, max_size=4),
    few=st.integers(0, 700),
    more=st.integers(0, 300),
    share=st.floats(0, 0.5),
)
def test_more_contacts_reach_no_list_less(sizes, few, more, share):
    """So that whoever the tighter of two limits reaches is reached by the other too."""
    named = dict(zip("abcd", sizes, strict=True))
    tight, loose = (carried(named, holdout=share, contacts=contacts) for contacts in (few, few + more))
    assert all(tight[name] <= loose[name] for name in named)


def test_a_holdout_of_more_than_half_is_refused():
    with pytest.raises(ParameterError, match=r"holdout 0\.6"):
        held_out(10, 0.6)
