"""How good a score is: by hand, by published parts, and on real data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses import churn
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate

DATA = Path(__file__).parents[2] / "shared" / "data"
W = "2024"


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_auc_by_hand() -> None:
    # Leavers .35, .8, .4; stayers .1, .4, .4. Pairs won, ties a half: .35 wins 1, .8 wins 3, .4 wins 1 + ½ + ½: 6 of 9.
    # Placements of leavers 1/3, 1, 2/3 (variance 1/9), of stayers 1, ½, ½ (1/12): error √(1/27 + 1/36) = .2546.
    # In log-odds ln 2 ± 1.96 · .2546 / (2/9) = .6931 ± 2.2455: 1/(1 + e^1.5524) = .1748 to 1/(1 + e^−2.9386) = .9497.
    found = churn.auc([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.4, 0.4], window=W)
    assert found.value == pytest.approx(6 / 9)
    assert (found.low, found.high) == pytest.approx((0.1748, 0.9497), abs=5e-4)
    assert found.n == 6


def test_auc_is_the_share_of_pairs_counted_one_by_one() -> None:
    chance = rng()
    lost, score = chance.random(60) < 0.4, chance.integers(0, 8, 60)
    pairs = [(a > b) + (a == b) / 2 for a in score[lost] for b in score[~lost]]
    assert churn.auc(lost, score, window=W).value == pytest.approx(np.mean(pairs))


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_auc_knows_no_scale_and_turns_round(seed: int) -> None:
    chance = np.random.default_rng(seed)
    lost = np.r_[True, True, False, False, chance.random(20) < 0.3]
    score = chance.normal(size=24)
    found = churn.auc(lost, score, window=W)
    assert churn.auc(lost, np.exp(3 * score) + 5, window=W).value == pytest.approx(found.value)
    assert churn.auc(lost, -score, window=W).value == pytest.approx(1 - found.value)
    order = chance.permutation(24)
    assert churn.auc(lost[order], score[order], window=W).low == pytest.approx(found.low)


def test_auc_without_an_interval_says_so() -> None:
    apart = churn.auc([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], window=W)
    assert (apart.value, apart.low) == (1.0, None)
    same = churn.auc([0, 0, 1, 1], [0.5] * 4, window=W)
    assert (same.value, same.low, same.method) == (0.5, None, "no interval: everybody has one score")


def test_a_score_is_no_better_than_itself() -> None:
    chance = rng()
    lost, score = chance.random(200) < 0.3, chance.normal(size=200)
    same = churn.auc_difference(lost, score, score, window=W)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    other = chance.normal(size=200)
    there = churn.auc_difference(lost, score, other, window=W)
    back = churn.auc_difference(lost, other, score, window=W)
    assert there.value == pytest.approx(-back.value)
    assert there.high == pytest.approx(-back.low)


def test_lift_by_hand() -> None:
    # Of 20 customers 5 left; the top tenth are 2 of whom 1 left: (1/2) / (5/20) = 2.
    lost = np.array([1, 0, 1, 1, 1, 1] + [0] * 14)
    found = churn.top_lift(lost, np.arange(20)[::-1], window=W, rng=rng())
    assert found.value == pytest.approx(2)
    # One score for everybody: the top tenth is drawn by lot, and its lift is 1.
    assert churn.top_lift(lost, np.ones(20), window=W, rng=rng()).value == pytest.approx(1)


def test_captured_shares_ties_fairly() -> None:
    # Three calls: .9 (left), then two of four at .5, two of whom left: 1 + 2 · 2/4 = 2.
    assert churn.captured([1, 1, 1, 0, 0, 0], [0.9, 0.5, 0.5, 0.5, 0.5, 0.1], 3) == pytest.approx(2)


def test_brier_and_its_parts_by_hand() -> None:
    # Ten at .1 with 1 left, ten at .6 with 5 left: squares .81 + 9 · .01 = .9 and 5 · .16 + 5 · .36 = 2.6, in all .175.
    # Reliability ½ · .1² = .005; resolution ½ · .2² + ½ · .2² = .04; uncertainty .3 · .7 = .21; together .175.
    p = np.repeat([0.1, 0.6], 10)
    lost = np.array([1] + [0] * 9 + [1] * 5 + [0] * 5)
    found = churn.brier(lost, p, dummy=0.3, window=W)
    parts = (found.score, found.reliability, found.resolution, found.uncertainty)
    assert parts == pytest.approx((0.175, 0.005, 0.04, 0.21))
    assert found.within == pytest.approx(0, abs=1e-12)
    assert found.base == pytest.approx(0.21)  # .3 for everybody
    assert found.skill.value == pytest.approx(1 - 0.175 / 0.21)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_the_parts_of_the_brier_score_add_up(seed: int) -> None:
    chance = np.random.default_rng(seed)
    p = chance.beta(1, 3, 200)
    lost = np.r_[True, True, False, False, chance.random(196) < p[4:]]
    found = churn.brier(lost, p, dummy=0.25, window=W)
    assert found.reliability - found.resolution + found.uncertainty + found.within == pytest.approx(found.score)


def test_calibration_by_hand() -> None:
    # Everybody told a half, 30 of 100 left: the intercept is ln(.3 / .7) = −.8473; there is no slope.
    found = churn.calibration(np.arange(100) < 30, np.full(100, 0.5), window=W)
    assert found.intercept.value == pytest.approx(-0.8473, abs=5e-5)
    assert found.slope is None
    assert found.table["customers"].sum() == 100
    moved = churn.recalibrated(np.full(3, 0.5), found)
    assert moved == pytest.approx([0.3, 0.3, 0.3])


def test_probabilities_twice_too_extreme_have_slope_a_half() -> None:
    chance = rng()
    odds = chance.normal(size=20_000)
    lost = chance.random(20_000) < 1 / (1 + np.exp(-odds))
    found = churn.calibration(lost, 1 / (1 + np.exp(-2 * odds)), window=W)
    assert found.slope is not None
    assert found.slope.contains(0.5)
    assert not found.slope.contains(1)


def test_another_base_rate_by_hand() -> None:
    # .5 where .2 leave; where .1 leave the odds 1 become (1/9) / (1/4) = 4/9: 4/13.
    assert churn.with_base_rate([0.5], of=0.2, to=0.1)[0] == pytest.approx(4 / 13)


def test_a_score_that_cannot_be_judged_is_refused() -> None:
    with pytest.raises(DataError, match="3 outcomes but 2 scores; 1 who left"):
        churn.auc([1, 0, 0], [0.1, 0.2], window=W)
    with pytest.raises(DataError, match="1 scores are missing"):
        churn.auc([1, 1, 0, 0], [0.1, np.nan, 0.3, 0.4], window=W)


# Decisions.


def test_reach_and_what_calls_have_to_achieve_by_hand() -> None:
    # 100 customers, 20 left, 15 of them among the 40 highest: by lot 8 would be. A call costs 10, a kept one brings
    # 100: 400 / (15 · 100) = .2667 of those reached have to be kept.
    lost = np.r_[np.ones(15), np.zeros(25), np.ones(5), np.zeros(55)].astype(bool)
    found = churn.reach(lost, np.arange(100)[::-1], 40, denominator="customers", window=W)
    assert (found.hits, found.by_chance, found.lost) == (15, 8, 20)
    assert found.precision.value == pytest.approx(0.375)
    assert churn.break_even_success(found, contact_cost=10, value_kept=100) == pytest.approx(4 / 15)
    all_ = churn.reach(lost, np.arange(100), 500, denominator="customers", window=W)
    assert (all_.size, all_.hits) == (100, 20)


def test_a_threshold_by_hand() -> None:
    # 10 / (.1 · 200) = .5 and 10 / (.02 · 200) = 2.5: never.
    table = churn.thresholds([0.2, 0.6, 0.7], contact_cost=10, value_kept=200, successes=(0.1, 0.02))
    assert table["threshold"].tolist() == pytest.approx([0.5, 2.5])
    assert table["customers"].tolist() == [2, 0]
    with pytest.raises(ParameterError, match="above 0"):
        churn.thresholds([0.2], contact_cost=0, value_kept=1)
    with pytest.raises(ParameterError, match="capacity of 1"):
        churn.reach([1, 1, 0, 0], [1, 2, 3, 4], 0, denominator="", window=W)


def test_errors_by_group_by_hand() -> None:
    # North: 30 left, 10 called (20 missed); 30 stayed, 3 called. South: 30 left, all called; 10 stayed: too few.
    lost = np.r_[np.ones(30), np.zeros(30), np.ones(30), np.zeros(10)].astype(bool)
    called = np.r_[np.ones(10), np.zeros(20), np.ones(3), np.zeros(27), np.ones(30), np.zeros(10)].astype(bool)
    groups = pd.DataFrame({"region": ["north"] * 60 + ["south"] * 40})
    found = churn.fairness(groups, lost, called)
    north, south = (row for _, row in found.table.iterrows())
    assert (north["missed"], north["in_vain"], north["lost"]) == (pytest.approx(2 / 3), pytest.approx(0.1), 30)
    assert south["missed"] == 0
    assert np.isnan(south["in_vain"])
    # Missed: 20 of 30 against 0 of 30, chi-square 60 · (20 · 30)² / (30 · 30 · 20 · 40) = 30.
    assert found.tests["error"].tolist() == ["missed"]
    assert found.tests["p_value"][0] == pytest.approx(4.32e-8, rel=0.01)


def test_errors_by_several_groupings_are_corrected_for_their_number() -> None:
    # Twice the same grouping, p, and one in which both halves have the errors of all, 1: Holm gives 3 p, 3 p and 1.
    lost, called = np.ones(80, dtype=bool), np.r_[np.zeros(20), np.ones(20), np.zeros(10), np.ones(30)].astype(bool)
    halves = ["north"] * 40 + ["south"] * 40
    groups = pd.DataFrame({"region": halves, "again": halves, "alike": [*["a"] * 5, *["b"] * 5] * 8})
    tests = churn.fairness(groups, lost, called).tests.set_index("grouping")
    assert tests["p_value"]["region"] == pytest.approx(0.0209, rel=0.01)  # 80 · (20·30 − 20·10)² / (40 · 40 · 30 · 50)
    assert tests["p_value"]["alike"] == pytest.approx(1.0)
    assert tests["holm"].to_dict() == pytest.approx(
        {"region": 3 * tests["p_value"]["region"], "again": 3 * tests["p_value"]["region"], "alike": 1.0}
    )


def test_no_groups_no_errors() -> None:
    found = churn.fairness(pd.DataFrame(index=range(4)), [1, 1, 0, 0], [1, 0, 1, 0])
    assert found.table.empty
    assert found.tests.empty
    assert "No group holds enough" in churn.claims.fairness_claim(found.tests, 0)


# A column that knows the future.


def test_columns_alone_and_changed() -> None:
    lost = np.arange(40) < 10
    chance = rng()
    columns = pd.DataFrame({"noise": chance.normal(size=40), "knows": -lost.astype(float), "blank": np.nan})
    found = churn.alone(columns, lost, window=W)
    assert found["feature"].tolist()[0] == "knows"
    assert found["auc"].iloc[0] == 1
    then = columns.assign(knows=0.0)
    moved = churn.changed(then, columns).set_index("feature")["changed"]
    assert moved.to_dict() == {"noise": 0.0, "knows": 0.25, "blank": 0.0}


# Real data: the functions on what others know.


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
def test_telco() -> None:
    table = pd.read_csv(DATA / "telco_ibm_churn.csv.gz")
    lost = (table["Churn"] == "Yes").to_numpy()
    assert lost.mean() == pytest.approx(0.2654, abs=5e-5)
    rates = {name: lost[table["Contract"] == name].mean() for name in table["Contract"].unique()}
    assert rates == pytest.approx({"Month-to-month": 0.4271, "One year": 0.1127, "Two year": 0.0283}, abs=5e-5)
    features = pd.DataFrame(
        {
            "tenure": np.log1p(table["tenure"]),
            "monthly": table["MonthlyCharges"],
            "one_year": (table["Contract"] == "One year").astype(float),
            "two_year": (table["Contract"] == "Two year").astype(float),
            "senior": table["SeniorCitizen"].astype(float),
        }
    )
    order = rng().permutation(len(table))
    learn, test = order[:5000], order[5000:]
    history = features.drop(columns="senior")
    few, many = (churn.fit_logit(x.iloc[learn], lost[learn]) for x in (history, features))
    tested = churn.compare(few, many)
    assert tested is not None
    assert tested.df == 1
    p = many.probability(features.iloc[test])
    assert churn.auc(lost[test], p, window=W).low > 0.8  # type: ignore[operator]
    assert churn.brier(lost[test], p, dummy=lost[learn].mean(), window=W).skill.low > 0.2  # type: ignore[operator]
    # A logit reproduces the total of the rows it was fitted to.
    assert many.probability(features.iloc[learn]).sum() == pytest.approx(lost[learn].sum())


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
def test_iranian_churn_and_its_duplicates() -> None:
    table = pd.read_csv(DATA / "uci_iranian_churn.csv.gz")
    table.columns = [" ".join(name.split()) for name in table.columns]
    lost = (table["Churn"] == 1).to_numpy()
    assert lost.mean() == pytest.approx(0.1571, abs=5e-5)
    by_complaint = {name: lost[table["Complains"] == name].mean() for name in (0, 1)}
    assert by_complaint == pytest.approx({0: 0.101, 1: 0.830}, abs=5e-4)
    assert int(table.duplicated().sum()) == 300
    # Split by lot, many rows to be tried on have a twin among those learnt from: a look-up that learns nothing knows
    # who left, and looks like a model. Without duplicates there is nothing to look up.
    by_lot, found = _twins(table)
    assert 60 < by_lot < 240
    assert found.low > 0.8  # type: ignore[operator]
    once, _ = _twins(table.drop_duplicates(ignore_index=True))
    assert once == 0


def _twins(table: pd.DataFrame) -> tuple[int, Estimate]:
    """Rows tried on that stand among those learnt from, and the AUC of looking them up there (.5: not found)."""
    order = rng().permutation(len(table))
    learn, test = table.iloc[order[: len(table) * 2 // 3]], table.iloc[order[len(table) * 2 // 3 :]]
    columns = [name for name in table.columns if name != "Churn"]
    rates = learn.groupby(columns, as_index=False)["Churn"].mean().rename(columns={"Churn": "rate"})
    looked = test.merge(rates, on=columns, how="left")
    twins = int(test.merge(learn.drop_duplicates(), on=list(table.columns), how="inner").shape[0])
    known = looked[looked["rate"].notna()]
    lost = known["Churn"] == 1
    enough = min(lost.sum(), (~lost).sum()) > 1
    found = churn.auc(lost, known["rate"], window=W) if enough else churn.auc([1, 1, 0, 0], [0.5] * 4, window=W)
    return twins, found
