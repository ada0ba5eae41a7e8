"""The silent, scores, ceilings, levers, products: by hand, by properties, and in planted worlds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM

from crmlab.analyses import loyalty
from crmlab.analyses.loyalty import claims, relations
from crmlab.errors import DataError
from crmlab.simulate import silent_survey

SEEDS = 200
HITS, ALARMS = range(179, 199), range(2, 22)


def asked(seed: int = 0, effect: float = 0.7, n: int = 1500) -> pd.DataFrame:
    return pd.DataFrame(silent_survey.survey(np.random.default_rng(seed), n=n, effect=effect))


# --- the silent ---


def test_bounds_and_follow_up_by_hand():
    # Ten asked; four at once (5, 5, 7, 7), of six silent two followed up (2, 4).
    table = pd.DataFrame(
        {
            "responded": [True] * 6 + [False] * 4,
            "follow_up": [False] * 4 + [True] * 2 + [False] * 4,
            "mode": ["web"] * 10,
            "satisfaction": [5, 5, 7, 7, 2, 4] + [np.nan] * 4,
        }
    )
    found = loyalty.silence(table, window="")
    assert found.naive.value == 6
    assert found.worst == pytest.approx(0.4 * 6 + 0.6 * 1)  # 3.0
    assert found.best == pytest.approx(0.4 * 6 + 0.6 * 7)  # 6.6
    # .4 · 6 + .6 · 3 = 4.2; variance .16 · (4/3)/4 + .36 · 2/2 + .24 · 9/10 = .0533 + .36 + .216 = .6293
    assert found.repaired.value == pytest.approx(4.2)
    assert found.repaired.high - 4.2 == pytest.approx(1.96 * np.sqrt(0.62933), rel=1e-3)
    assert found.weighted.value == 6  # one mode: weights have nothing to do


def test_weights_count_every_mode_as_it_was_asked():
    # Asked 30 by web and 10 by phone; answered 3 and 6: weights 10 and 10/6. (30 · 2 + 10 · 6) / 40 = 3.
    table = pd.DataFrame(
        {
            "mode": ["web"] * 30 + ["phone"] * 10,
            "responded": [True] * 3 + [False] * 27 + [True] * 6 + [False] * 4,
            "follow_up": False,
        }
    ).assign(satisfaction=lambda t: np.where(t["mode"] == "web", 2.0, 6.0))
    found = loyalty.silence(table.assign(satisfaction=table["satisfaction"].where(table["responded"])), window="")
    assert found.weighted.value == pytest.approx(3)
    assert found.naive.value == pytest.approx((3 * 2 + 6 * 6) / 9)
    assert found.repaired is None
    modes = loyalty.response(table)
    assert list(modes["mode"]) == ["phone", "web"]
    assert list(modes["share"]) == pytest.approx([0.6, 0.1])


def test_the_truth_lies_in_the_bounds_and_not_where_weights_put_it():
    table = asked(3, n=6000)
    found = loyalty.silence(table, window="")
    truth = table["would_say"].mean()
    assert found.worst < truth < found.best
    assert found.weighted.low > truth
    assert found.repaired.contains(truth)
    assert "not like the rest" in claims.silence_claim(found)


def covered(seed: int, which: str, effect: float) -> bool:
    found = loyalty.silence(asked(seed, effect), window="")
    return getattr(found, which).contains(silent_survey.mean_answer())


@pytest.mark.slow
def test_the_follow_up_covers_the_truth_as_often_as_promised():
    assert sum(covered(seed, "repaired", 0.7) for seed in range(SEEDS)) in HITS


@pytest.mark.slow
def test_weights_miss_the_truth_where_the_satisfied_answer_and_not_where_anybody_does():
    assert sum(covered(seed, "weighted", 0.7) for seed in range(SEEDS)) < 20
    assert sum(covered(seed, "weighted", 0.0) for seed in range(SEEDS)) in HITS


# --- scores ---


def test_net_promoter_score_by_hand():
    # Ten answers: 5 promoters, 3 passive, 2 detractors: .5 − .2 = .3; variance (.7 − .09) / 9 = .06778; t(9) = 2.262.
    answers = [9, 9, 10, 10, 9, 7, 8, 7, 6, 0]
    found = loyalty.nps(answers, window="")
    assert found.value == pytest.approx(0.3)
    assert found.high - 0.3 == pytest.approx(2.262 * np.sqrt(0.061 / 0.9), rel=1e-3)
    assert loyalty.nps([10] * 5, window="").low == 1.0


def test_overlapping_intervals_hide_a_difference_that_is_clear():
    # 300 answers each: .50 − .20 = .30 and .40 − .26 = .14.
    one, other = ([9] * 150 + [7] * 90 + [0] * 60), ([9] * 120 + [7] * 102 + [0] * 78)
    first, second = (loyalty.nps(each, window="") for each in (one, other))
    difference = loyalty.nps_difference(one, other, window="")
    # p₊ + p₋ − (p₊ − p₋)²: .7 − .09 = .61 and .66 − .0196 = .6404; error √((.61 + .6404) / 299) = .06467
    assert difference.value == pytest.approx(0.16)
    assert difference.high - 0.16 == pytest.approx(1.964 * 0.06467, rel=2e-3)
    assert second.high > first.low
    assert difference.low > 0
    assert "decides nothing" in claims.nps_difference_claim(difference, overlap=True)


@pytest.mark.parametrize("answers", [[], [9], [9, 11], [9, np.nan]])
def test_answers_that_give_no_score_are_refused(answers):
    with pytest.raises(DataError, match="net promoter score"):
        loyalty.nps(answers, window="")


def test_mean_and_top_box_can_disagree():
    # A: 5 5 5 5 (mean 5, none at the top); B: 1 1 7 7 (mean 4, half).
    table = pd.DataFrame({"region": list("AAAABBBB"), "satisfaction": [5, 5, 5, 5, 1, 1, 7, 7]})
    found = loyalty.top_box(table, "region").set_index("region")
    assert list(found["mean"]) == [5, 4]
    assert list(found["top"]) == [0, 0.5]
    assert "2 stand in another place" in claims.top_box_claim(found.reset_index(), "region")


# --- two questions at once ---


def test_quadrants_by_hand():
    table = pd.DataFrame({"commitment": [6, 6, 2, 2], "stayed": [1, 0, 1, 0], "fit": [5, 5, 5, 1]})
    assert list(loyalty.loyalty(table)) == ["true loyalty", "latent loyalty", "false loyalty", "no loyalty"]
    found = loyalty.shares(loyalty.loyalty(table), pd.Series([True, True, True, False]))
    assert found.groupby("by")["share"].sum().tolist() == pytest.approx([1, 1])
    both = loyalty.retention_by(table, "fit", "commitment").set_index(["first", "second"])
    assert both.loc[(True, True), "share"] == 0.5
    assert both.loc[(True, False), "n"] == 1


def test_what_attachment_adds_where_the_product_fits():
    # 100 fit: 50 attached of whom 40 stay, 50 not of whom 25 stay: .3. Those without fit do not count.
    table = pd.DataFrame(
        {
            "fit": [6] * 100 + [1] * 20,
            "commitment": [6] * 50 + [1] * 50 + [6] * 20,
            "stayed": [1] * 40 + [0] * 10 + [1] * 25 + [0] * 25 + [0] * 20,
        }
    )
    found = loyalty.over_product(table, "fit", "commitment", denominator="", window="")
    assert found.value == pytest.approx(0.3)
    assert found.low > 0
    with pytest.raises(DataError, match="fit of 5 or more"):
        loyalty.over_product(table[:30], "fit", "commitment", denominator="", window="")


def test_margin_and_satisfaction_make_four_kinds_of_relation():
    table = pd.DataFrame({"satisfaction": [7, 7, 1, 1], "margin": [10.0, 1.0, 9.0, 2.0]})
    assert list(loyalty.mutual(table)) == ["both gain", "the customer gains", "the firm gains", "neither gains"]


# --- necessary, not sufficient ---


def test_effect_sizes_of_ceilings_by_hand():
    assert loyalty.effect_size([0, 1, 2], [0, 0, 2]) == pytest.approx(1.0)
    assert loyalty.effect_size([0, 1, 2], [1, 0, 2]) == pytest.approx(0.5)
    # (1, 3), (2, 5), (4, 9), (5, 7): (9−3)·1 + (9−5)·2 + 0 = 14 of 4 · 6 = 24.
    assert loyalty.effect_size([5, 1, 4, 2], [7, 3, 9, 5]) == pytest.approx(14 / 24)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=4, max_size=40))
def test_a_ceiling_knows_no_order_and_no_unit(pairs):
    x, y = np.array(pairs).T.astype(float)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        with pytest.raises(DataError, match="a ceiling needs"):
            loyalty.effect_size(x, y)
        return
    size = loyalty.effect_size(x, y)
    order = np.random.default_rng(0).permutation(x.size)
    assert 0 <= size <= 1
    assert loyalty.effect_size(10 * x[order] - 3, 2 * y[order]) == pytest.approx(size)


def test_a_condition_that_is_necessary_is_found_and_one_that_only_goes_along_is_not():
    rng = np.random.default_rng(2)
    x = rng.random(400)
    held = loyalty.necessary(x, rng.random(400) * np.minimum(1, 0.2 + x), rng=rng, permutations=199)
    along = loyalty.necessary(x, 0.3 * x + rng.standard_normal(400), rng=rng, permutations=199)
    # Above the line y = .2 + x: (.8 · .8) / 2 = .32 of the square is empty.
    assert held.effect == pytest.approx(0.32, abs=0.06)
    assert held.holds
    assert not along.holds
    assert "was not seen" in claims.necessary_claim(held, "x", "y")
    assert "is not shown" in claims.necessary_claim(along, "x", "y")
    steps = loyalty.bottleneck(held, [0.0, held.ceiling["y"].max()])
    assert steps["least"].tolist() == [held.ceiling["x"].min(), held.ceiling["x"].max()]


def test_one_customer_can_hide_a_ceiling_and_the_check_names_what_they_hide():
    x, y = np.r_[np.linspace(0, 1, 50), 0.0], np.r_[np.linspace(0, 1, 50), 1.0]
    found = loyalty.necessary(x, y, rng=np.random.default_rng(1), permutations=99)
    assert found.effect == 0
    assert found.without_one == pytest.approx(0.5, abs=0.02)
    assert not found.holds


def alarm(seed: int) -> bool:
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, 60))
    return loyalty.necessary(x, y, rng=rng, permutations=99).p <= 0.05


@pytest.mark.slow
def test_an_empty_corner_left_by_chance_is_seldom_taken_for_a_condition():
    assert sum(alarm(seed) for seed in range(SEEDS)) in ALARMS


# --- levers and the chain ---


def test_shares_of_uncorrelated_levers_are_squared_correlations_and_add_up():
    # Columns of a 2 × 2 design: y = 3 a + 1 b: R² is 9/10 and 1/10.
    a, b = np.array([-1, -1, 1, 1.0]), np.array([-1, 1, -1, 1.0])
    assert loyalty.shapley(np.column_stack([a, b]), 3 * a + b) == pytest.approx([0.9, 0.1])


def test_two_levers_that_are_the_same_share_alike():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(200)
    share = loyalty.shapley(np.column_stack([x, x + 1e-9 * rng.standard_normal(200)]), x + rng.standard_normal(200))
    assert share[0] == pytest.approx(share[1], abs=0.02)


def test_a_consequence_takes_a_share_though_it_moves_nothing():
    rng = np.random.default_rng(4)
    satisfaction = rng.standard_normal(800)
    table = pd.DataFrame(
        {
            "satisfaction": satisfaction,
            "effort": satisfaction + rng.standard_normal(800),
            "fit": rng.standard_normal(800),
        }
    )
    found = loyalty.levers(table, ["fit", "effort"])
    assert found["lever"].tolist() == ["effort", "fit"]
    assert found["shapley"].iloc[0] > 0.4
    assert "effort" in relations.levers_claim(found, {"effort": "effort"})


def test_too_many_levers_or_one_that_never_varies_are_refused():
    with pytest.raises(DataError, match="at most 12"):
        loyalty.shapley(np.random.default_rng(0).random((30, 13)), np.arange(30.0))
    with pytest.raises(DataError, match="that vary"):
        loyalty.shapley(np.ones((30, 2)), np.arange(30.0))


def linked(seed: int, *, b: float = 0.3, together: float = 0.0, n: int = 400) -> pd.DataFrame:
    """Trust moves satisfaction by .5, satisfaction the outcome by b; errors of both correlate by `together`."""
    rng = np.random.default_rng(seed)
    t = rng.standard_normal(n)
    e = rng.multivariate_normal([0, 0], [[1, together], [together, 1]], size=n)
    m = 0.5 * t + e[:, 0]
    return pd.DataFrame({"t": t, "m": m, "y": 0.2 * t + b * m + e[:, 1]})


def through(seed: int, **planted) -> loyalty.Chain:
    return loyalty.chain(linked(seed, **planted), "t", "m", "y", denominator="", window="")


def test_what_was_left_out_is_put_right_where_its_strength_is_known():
    table = linked(1, together=0.5, n=40_000)
    naive = loyalty.chain(table, "t", "m", "y", denominator="", window="")
    known = loyalty.if_left_out(table, "t", "m", "y", correlations=[0.0, 0.5, naive.breaks_at])["through"]
    assert known[0] == pytest.approx(naive.through.value, abs=1e-9)
    # Planted .5 · .3 = .15; without knowing of it .5 · (.3 + .5) = .4.
    assert known[1] == pytest.approx(0.15, abs=0.02)
    assert naive.through.value == pytest.approx(0.4, abs=0.02)
    assert known[2] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_the_part_through_satisfaction_is_covered_as_often_as_promised():
    assert sum(through(seed).through.contains(0.15) for seed in range(SEEDS)) in HITS


@pytest.mark.slow
def test_a_link_that_is_missing_is_seldom_found():
    assert sum(not through(seed, b=0.0).through.contains(0.0) for seed in range(SEEDS)) in ALARMS


# --- products ---


def products(seed: int, spread: float, *, of: int = 40, each: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(of), each)
    score = 4.5 + spread * rng.standard_normal(of)[ids] + 1.5 * rng.standard_normal(ids.size)
    return pd.DataFrame({"product_id": [f"P{one:02}" for one in ids], "satisfaction": score})


def test_balanced_products_are_shrunk_as_the_analysis_of_variance_says():
    table = products(1, 0.6)
    found = loyalty.by_product(table)
    means = table.groupby("product_id")["satisfaction"].mean()
    within = table.groupby("product_id")["satisfaction"].var(ddof=0).sum() * 10 / (400 - 40)
    # Maximum likelihood with equal numbers: between² = variance of means (÷ 40) − within² / 10.
    assert found.within**2 == pytest.approx(within, rel=1e-3)
    assert found.between**2 == pytest.approx(means.var(ddof=0) - within / 10, rel=1e-2)
    weight = 10 * found.between**2 / (10 * found.between**2 + found.within**2)
    shrunk = found.table.set_index("product_id")["shrunk"]
    assert shrunk.to_numpy() == pytest.approx(found.mean + weight * (means[shrunk.index] - found.mean), rel=1e-9)
    assert np.ptp(found.table["shrunk"]) < np.ptp(found.table["raw"])
    assert found.p < 0.05


def test_the_mixed_model_is_that_of_statsmodels():
    # Unequal numbers of answers, so that no formula of the balanced case helps.
    rng = np.random.default_rng(7)
    table = products(2, 0.7).sample(frac=0.6, random_state=rng.integers(99))
    found = loyalty.by_product(table)
    theirs = MixedLM(table["satisfaction"].to_numpy(), np.ones((len(table), 1)), groups=table["product_id"]).fit(
        reml=False
    )
    assert found.mean == pytest.approx(float(np.asarray(theirs.fe_params)[0]), rel=1e-5)
    assert found.within**2 == pytest.approx(theirs.scale, rel=1e-3)
    assert found.between**2 == pytest.approx(float(np.asarray(theirs.cov_re)[0, 0]), rel=1e-2)
    effects = {name: float(np.asarray(one)[0]) for name, one in theirs.random_effects.items()}
    shrunk = found.table.set_index("product_id")["shrunk"] - found.mean
    assert shrunk.to_dict() == pytest.approx(effects, abs=5e-3)


@pytest.mark.slow
def test_products_that_are_alike_are_seldom_told_apart():
    # The p-value is at most .05 in one of twenty worlds; at the edge of what is possible rather less often.
    alarms = sum(loyalty.by_product(products(seed, 0.0, of=20)).p <= 0.05 for seed in range(SEEDS))
    assert alarms <= max(ALARMS)


def test_too_few_products_are_refused():
    with pytest.raises(DataError, match="3 products"):
        loyalty.by_product(products(1, 0.5, of=3))
