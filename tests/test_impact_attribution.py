"""How customers came and who answers: worked by hand, and what is said of it."""

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import impact
from crmlab.analyses.impact import claims
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import simulate_answers
from tests.impact_worlds import clean

HITS = 6


def said_and_recorded(pairs):
    rows = [pair for pair, n in pairs.items() for _ in range(n)]
    return pd.Series([said for said, _ in rows]), pd.Series([recorded for _, recorded in rows])


def test_credit_by_hand():
    # 40 customers: 20 both social, 12 say social where the record has branch, 4 the other way, 4 both branch.
    pairs = {("social", "social"): 20, ("social", "branch"): 12, ("branch", "social"): 4, ("branch", "branch"): 4}
    found = impact.credit(*said_and_recorded(pairs))
    first = found.table.iloc[0]
    # Said 32/40, recorded 24/40: .2. Variance (.3 + .1 − .04) / 40 = .009; Bonferroni of two: z = 2.241403.
    assert (first["channel"], first["said"], first["recorded"]) == ("social", 0.8, 0.6)
    assert first["difference"] == pytest.approx(0.2)
    assert first["high"] - first["difference"] == pytest.approx(2.241403 * np.sqrt(0.009), rel=1e-6)
    assert found.agree == pytest.approx(0.6)
    assert found.confusion.loc["branch", "social"] == pytest.approx(12 / 16)
    assert found.confusion.sum(axis=1).to_list() == pytest.approx([1, 1])
    assert found.table["difference"].sum() == pytest.approx(0)
    assert "social" in claims.credit_claim(found)
    with pytest.raises(DataError, match="of them; 30"):
        impact.credit(*said_and_recorded({("a", "a"): 29}))


def test_the_shares_behind_a_record_by_hand():
    # Of those who came by social a fifth is recorded as branch, of branch none as social. 68 branch and 32 social seen:
    # social is 32 / .8 = 40, branch 68 − 8 = 60.
    counts = np.array([[50.0, 0.0], [10.0, 40.0]])
    seen = np.array([68.0, 32.0])
    assert impact.shares_behind(counts, seen) == pytest.approx([0.6, 0.4], abs=1e-6)
    both = impact.shares_behind(np.array([counts, counts]), np.array([seen, [100.0, 0.0]]))
    assert both == pytest.approx(np.array([[0.6, 0.4], [1.0, 0.0]]), abs=1e-3)  # a bound is reached slowly
    with pytest.raises(ParameterError, match="leave it out"):
        impact.shares_behind(np.array([[1.0, 0.0], [0.0, 0.0]]), seen)


def test_a_record_that_is_right_is_not_corrected():
    rows = simulate_answers(np.random.default_rng(1), recorded_right=1.0, listed=0.3)
    people = rows.set_index("customer_id")
    found = impact.corrected(people["recorded"], people["listed"].dropna(), rng=np.random.default_rng(1))
    assert found.table["corrected"].to_numpy() == pytest.approx(found.table["recorded"].to_numpy(), abs=1e-6)
    assert "no record" in claims.corrected_claim(found)
    assert found.checked == people["listed"].notna().sum()


def test_what_cannot_be_corrected_is_said():
    recorded = pd.Series(["a"] * 60 + ["b"] * 5, index=range(65))
    with pytest.raises(DataError, match="3 customers is known"):
        impact.corrected(recorded, pd.Series(["a"] * 3), rng=np.random.default_rng(0))
    with pytest.raises(DataError, match=r"\['b'\]"):
        impact.corrected(recorded, pd.Series(["a"] * 40), rng=np.random.default_rng(0))


def asked(*groups):
    """Rows of (how many, mode, responded, follow_up, satisfied)."""
    rows = [
        {"mode": mode, "responded": responded, "follow_up": late, "region": "X", "satisfaction": 6.0 if happy else 1.0}
        for n, mode, responded, late, happy in groups
        for _ in range(n)
    ]
    return pd.DataFrame(rows)


def test_the_follow_up_speaks_for_the_silent_by_hand():
    # 200 asked: 60 of 80 at once are satisfied; of 120 silent 40 are followed up, 10 of them satisfied.
    # At once .75; with the follow-up .4 · .75 + .6 · .25 = .45; bounds 60/200 to 180/200.
    rows = asked(
        (60, "web", True, False, True),
        (20, "web", True, False, False),
        (10, "web", True, True, True),
        (30, "web", True, True, False),
        (80, "web", False, False, False),
    )
    found = impact.answered(rows, (rows["satisfaction"] >= HITS).to_numpy(), window="w")
    assert found.raw.value == pytest.approx(0.75)
    assert found.weighted.value == pytest.approx(0.75)  # one mode and region: weights change nothing
    assert found.followed.value == pytest.approx(0.45)
    # .16 · .1875/80 + .24 · .25/200 + .36 · .1875/40 = .000375 + .0003 + .0016875 = .0023625.
    assert found.followed.high - 0.45 == pytest.approx(1.959964 * np.sqrt(0.0023625), rel=1e-6)
    assert found.bounds == pytest.approx((0.3, 0.9))
    assert "did not repair" in claims.response_claim(found)
    table = impact.by_mode(rows, (rows["satisfaction"] >= HITS).to_numpy()).iloc[0]
    assert table[["asked", "answered", "rate", "hits", "silent"]].tolist() == [200, 80, 0.4, 0.75, 0.25]


def test_weights_bring_modes_back_to_their_shares_by_hand():
    # Phone: 100 asked, 60 answer, half of them satisfied; web: 300 asked, 30 answer, 27 satisfied.
    # As they are (30 + 27) / 90 = .6333; by what was asked .25 · .5 + .75 · .9 = .8.
    rows = asked(
        (30, "phone", True, False, True),
        (30, "phone", True, False, False),
        (40, "phone", False, False, False),
        (27, "web", True, False, True),
        (3, "web", True, False, False),
        (270, "web", False, False, False),
    )
    found = impact.answered(rows, (rows["satisfaction"] >= HITS).to_numpy(), window="w")
    assert found.raw.value == pytest.approx(57 / 90)
    assert found.weighted.value == pytest.approx(0.8)
    assert found.followed is None
    assert "all that can be said" in claims.response_claim(found)
    with pytest.raises(DataError, match="30 answers"):
        impact.answered(rows.head(10), np.ones(10, bool), window="w")


def test_answers_are_joined_with_what_is_known():
    surveys = clean(
        [
            {"customer_id": "ann", "mode": "web", "responded": True, "follow_up": None, "heard_from": "social"},
            {"customer_id": "bob", "mode": "post", "responded": None, "follow_up": None, "heard_from": None},
        ]
    )
    customers = clean([{"customer_id": "ann", "channel": "branch"}, {"customer_id": "bob", "channel": "search"}])
    found = impact.answers(surveys, customers)
    assert found["said"].tolist()[:1] == ["social"]
    assert found["recorded"].tolist() == ["branch", "search"]
    assert found["responded"].tolist() == [True, False]
    assert found["satisfaction"].isna().all()
    listed = clean([{"customer_id": "ann", "source": "fair"}, {"customer_id": None, "source": "web"}])
    assert impact.known_channels(listed).to_dict() == {"ann": "fair"}
