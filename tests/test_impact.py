"""Whether CRM worked: worked by hand, against published values, and against what other ways compute."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from crmlab.analyses import impact
from crmlab.analyses.impact import claims
from crmlab.analyses.impact.regressions import _design, _t_values
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import simulate_rollout
from tests.impact_worlds import as_panel, clean, months, of

NEVER = np.inf
NOTHING = np.random.default_rng(0)


def effects(found, **how):
    table = impact.group_time(found, **how)
    return {(row.group, row.month): row.effect for row in table.itertuples()}


# Differences in differences


def test_two_branches_and_two_months_by_hand():
    # 120 → 90 where CRM went live, 110 → 95 where not: (90 − 120) − (95 − 110) = −15; before and after alone: −30.
    found = as_panel([[120, 90], [110, 95]], [1, NEVER])
    assert impact.overall(found) == pytest.approx(-15)
    assert effects(found)[1, 1] == pytest.approx(-15)


def test_a_case_of_two_groups_by_hand():
    # A live in month 1, B in month 2, C never. Base of one month.
    # A in 1: (7 − 5) − mean(B: 4 − 4, C: 2 − 1) = 2 − ½ = 1½; in 2 only C is not live: (8 − 5) − (4 − 1) = 0.
    # B in 2: (9 − 4) − (4 − 2) = 3; one month before its base: (4 − 4) − (1 − 2) = 1.
    found = as_panel([[5, 7, 8], [4, 4, 9], [1, 2, 4]], [1, 2, NEVER])
    one = impact.Design(base_months=1)
    got = effects(found, design=one)
    assert got[1, 1] == pytest.approx(1.5)
    assert got[1, 2] == pytest.approx(0)
    assert got[2, 2] == pytest.approx(3)
    assert got[2, 0] == pytest.approx(1)
    # Overall: three branch-months, 1½ + 0 + 3 by 3.
    assert impact.overall(found, design=one) == pytest.approx(1.5)
    # B's base of both months is 4, C's 1½: (9 − 4) − (4 − 1.5) = 2½.
    assert effects(found)[2, 2] == pytest.approx(2.5)
    # Never live alone: A in 1 against C, 2 − 1.
    assert effects(found, design=replace(one, never_only=True))[1, 1] == pytest.approx(1)


COUNTIES = {  # first year of a higher minimum wage: how many, mean log teen employment in 2003 to 2007 (`mpdta`)
    NEVER: (309, [5.654630, 5.592000, 5.604808, 5.638896, 5.661133]),
    1: (20, [6.179697, 6.106564, 6.059452, 6.026704, 6.085388]),
    3: (40, [6.573994, 6.517884, 6.527941, 6.557435, 6.543041]),
    4: (131, [5.842906, 5.810783, 5.820866, 5.823866, 5.820048]),
}


def test_the_effects_of_minimum_wages_are_those_published():
    # R package did (Callaway and Sant'Anna), data mpdta, no covariates, never-treated controls. Without covariates the
    # effects follow from the means of groups, which stand above; printed to four places.
    rows = [row for n, row in COUNTIES.values() for _ in range(n)]
    live = [group for group, (n, _) in COUNTIES.items() for _ in range(n)]
    found, how = as_panel(rows, live), impact.Design(base_months=1, never_only=True)
    got = effects(found, design=how)
    printed = {(1, 1): -0.0105, (1, 2): -0.0704, (1, 3): -0.1373, (1, 4): -0.1008, (3, 3): -0.0046, (3, 4): -0.0412}
    printed |= {(4, 4): -0.0261}
    assert {cell: round(got[cell], 4) for cell in printed} == printed
    # Simple aggregate: (20 · −.3190 + 40 · −.0458 + 131 · −.0261) / 291 = −.0400.
    assert impact.overall(found, design=how) == pytest.approx(-0.0400, abs=5e-5)


def test_a_saturated_regression_finds_the_same_effects():
    # Sun and Abraham (2021): group by month dummies beside branch and month effects, never-live branches for controls;
    # each coefficient is against the month before going live.
    world = simulate_rollout(np.random.default_rng(4), branches=12, months=10, waves=(3, 6), noise=0.3)
    found = of(world)
    branch, month = (place.ravel() for place in np.indices(world.log_cost.shape))
    since = world.live[branch]
    dummies = {
        (int(group), at): ((since == group) & (month == at)).astype(float)
        for group in (3, 6)
        for at in range(10)
        if at != group - 1
    }
    fixed = [pd.get_dummies(branch, dtype=float), pd.get_dummies(month, dtype=float).iloc[:, 1:]]
    fit = sm.OLS(world.log_cost.ravel(), np.column_stack([*dummies.values(), *fixed])).fit()
    got = effects(found, design=impact.Design(base_months=1, never_only=True))
    for place, cell in enumerate(dummies):
        assert got[cell] == pytest.approx(fit.params[place], abs=1e-10)


@given(st.integers(0, 2**32 - 1))
def test_without_noise_the_effect_is_the_planted_one_whatever_branches_and_months_are(seed):
    rng = np.random.default_rng(seed)
    world = simulate_rollout(rng, branches=12, months=20, waves=(4, 9), noise=0)
    found = of(world)
    truth = world.effect[world.by_process[:, None] & found.is_live].mean() if world.by_process.any() else 0
    counted = world.by_process & np.isfinite(world.live)
    if counted.any():
        assert impact.overall(found, counted=counted) == pytest.approx(truth)
    order = rng.permutation(12)
    shuffled = as_panel(world.log_cost[order] + 3 + np.arange(20) ** 2, world.live[order])
    assert impact.overall(shuffled) == pytest.approx(impact.overall(found))


def test_months_not_reported_are_left_out_and_nothing_changes_its_arguments():
    world = simulate_rollout(np.random.default_rng(1), noise=0)
    found = of(world)
    holes = np.where(np.random.default_rng(2).random(found.numbers.shape) < 0.1, np.nan, found.numbers)
    kept = holes.copy()
    full, part = (
        impact.rollout_effect(one, rng=np.random.default_rng(0), counted=world.by_process)
        for one in (found, found.with_numbers(holes))
    )
    np.testing.assert_array_equal(holes, kept)
    assert part.cells < full.cells
    assert abs(part.value - full.value) < 0.03  # a base with a hole has lost a month of season
    assert part.branches == full.branches == int((world.by_process & np.isfinite(world.live)).sum())


def test_the_jackknife_of_two_groups_is_the_textbook_error_of_their_difference():
    # One month before, one after; three branches live, three never. Changes 1, 2, 3 and 0, 0, 3. The effect is 2 − 1.
    # Leaving one out moves a mean of three by (mean − it) / 2: ±½, 0 and ½, ½, −1 for the controls; in the formula
    # √(5/6 · Σ(θ₋ − their mean)²) with θ₋ = 1.5, 1, .5, .5, .5, 2: mean 1, Σ = .25 + 0 + .25 + .25 + .25 + 1 = 2.
    found = as_panel([[0, 1], [0, 2], [0, 3], [0, 0], [0, 0], [0, 3]], [1, 1, 1, NEVER, NEVER, NEVER])
    effect = impact.rollout_effect(found, rng=NOTHING)
    assert effect.value == pytest.approx(1)
    assert effect.error == pytest.approx(np.sqrt(5 / 6 * 2))
    # t of 2 degrees: 4.302653.
    assert effect.high == pytest.approx(1 + 4.302653 * effect.error, rel=1e-6)
    assert (effect.df, effect.branches, effect.controls, effect.cells) == (2, 3, 3, 3)
    assert np.isnan(effect.slope)  # a single month before has none


def test_the_band_of_all_months_is_no_narrower_than_the_interval_of_one():
    world = simulate_rollout(np.random.default_rng(3))
    table = impact.rollout_effect(of(world), rng=np.random.default_rng(1)).by_month
    shown = table.dropna()
    assert (shown["branches"] >= 5).all()
    assert table.loc[table["branches"] < 5, "low"].isna().all()
    assert (shown["band_low"] < shown["low"]).all()
    assert (shown["band_high"] > shown["high"]).all()


def test_webbs_weights_have_mean_zero_and_variance_one():
    drawn = impact.webb_weights(np.random.default_rng(0), (60_000,))
    assert sorted(set(np.round(drawn**2, 9))) == [0.5, 1.0, 1.5]
    assert abs(drawn.mean()) < 4 / np.sqrt(60_000)
    assert (drawn**2).mean() == pytest.approx(1, abs=4 * np.sqrt(1 / 6 / 60_000))


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: impact.Design(base_months=0), ParameterError, "one month at least"),
        (lambda: impact.rollout_effect(as_panel([[1, 2]] * 4, [1, 1, 1, NEVER]), rng=NOTHING), DataError, "3 and 1"),
        (
            lambda: impact.rollout_effect(as_panel([[1, 2]] * 4, [1, 1, NEVER, NEVER]), rng=NOTHING),
            DataError,
            "2 and 2",
        ),
        (
            lambda: impact.rollout_effect(
                as_panel([[1, 2]] * 4, [1, 1, 1, NEVER]), rng=NOTHING, counted=np.ones(3, bool)
            ),
            ParameterError,
            "3 entries for 4",
        ),
        (lambda: impact.two_way(as_panel([[1, 2]] * 3, [NEVER] * 3), rng=NOTHING), DataError, "nothing to compare"),
        (lambda: impact.interrupted(as_panel([[1, 2]] * 4, [1, 1, 1, NEVER])), DataError, "24 months"),
        (lambda: impact.same_months(as_panel([[1, 2]] * 4, [1, 1, 1, NEVER])), DataError, "there are 0"),
        (lambda: impact.matched_months(NEVER, 10), ParameterError, "never went live"),
        (lambda: impact.after_the_worst(as_panel([[1, 2]], [NEVER]), worst=0), ParameterError, "a share"),
        (lambda: impact.roll_after_test(population=0, spread=-1, prior=1), ParameterError, r"(?s)population.*spread"),
        (lambda: impact.measuring(as_panel([[1, 2]], [1]), margin=0), ParameterError, "margin"),
        (lambda: impact.measuring(as_panel([[1, 2]], [1])), DataError, "3 are needed"),
        (lambda: simulate_rollout(NOTHING, effect=-1, never=2, waves=()), ParameterError, r"(?s)never.*effect.*waves"),
        (lambda: simulate_rollout(NOTHING, persistence=1), ParameterError, "persistence"),
    ],
)
def test_what_cannot_be_computed_is_said(make, error, said):
    with pytest.raises(error, match=said):
        make()


# The ways in use


def test_two_way_effects_take_live_branches_for_controls():
    # Goodman-Bacon's case without noise: A live in month 1, B in 3; the effect of A grows 1, 2, 3, 4 and B's is 1, 2.
    # All effects are above zero, and every month is compared. Residuals of being live after branch and month means:
    # A is live in 4 of 5 months, B in 2; month means of live: 0, ½, ½, 1, 1; grand mean .6.
    # d − branch − month + grand: A: −.2 .3 .3 −.2 −.2; B: .2 −.3 −.3 .2 .2. Sum of squares 2 · .3 = .6.
    # Times effects: A: .3 + .6 − .6 − .8 = −.5; B: .2 + .4 = .6; (.1) / .6 = .1667, where the mean effect is 13/6.
    numbers = [[0, 1, 2, 3, 4], [0, 0, 0, 1, 2]]
    found = as_panel(numbers, [1, 3])
    assert impact.two_way(found, rng=NOTHING, draws=9).value == pytest.approx(1 / 6)
    # Against branches not live yet, A's first two months can be told and are: 1 and 2.
    table = impact.group_time(found)
    assert table.loc[table["month"] >= table["group"], "effect"].to_list() == pytest.approx([1, 2])


def test_two_way_effects_and_their_errors_are_those_of_statsmodels():
    world = simulate_rollout(np.random.default_rng(5), branches=9, months=12, waves=(4, 7), with_process=1.0)
    found = of(world)
    got = impact.two_way(found, rng=np.random.default_rng(1), draws=99)
    branch, month = (place.ravel() for place in np.indices(world.log_cost.shape))
    columns = np.column_stack(
        [found.is_live.ravel(), pd.get_dummies(branch), pd.get_dummies(month).iloc[:, 1:]]
    ).astype(float)
    plain = sm.OLS(world.log_cost.ravel(), columns).fit()
    clustered = plain.get_robustcov_results("cluster", groups=branch, use_t=True)
    assert got.value == pytest.approx(plain.params[0])
    assert got.p_plain == pytest.approx(plain.pvalues[0])
    assert got.p_clustered == pytest.approx(clustered.pvalues[0])
    assert (got.change.low, got.change.high) == pytest.approx(tuple(clustered.conf_int()[0]))


def test_each_draw_of_the_wild_bootstrap_is_a_regression_of_its_own():
    world = simulate_rollout(np.random.default_rng(6), branches=5, months=6, waves=(2, 4), with_process=1.0)
    found = of(world)
    y, live, branch, fixed = _design(found.numbers, found.is_live)
    clean_y, within = (one - fixed @ (fixed.T @ one) for one in (y, live))
    weights = np.array([[1, -1, 1, 1, -1], [1.5**0.5, 1, -1, 0.5**0.5, 1]])
    got = _t_values(clean_y, within, branch, fixed, weights)
    month = np.tile(np.arange(6), 5)
    columns = np.column_stack([live, pd.get_dummies(branch), pd.get_dummies(month).iloc[:, 1:]]).astype(float)
    for one, mine in zip(weights, got, strict=True):
        fit = sm.OLS(clean_y * one[branch], columns).fit(cov_type="cluster", cov_kwds={"groups": branch}, use_t=True)
        assert mine == pytest.approx(fit.tvalues[0])


def test_the_mean_change_is_a_paired_t():
    # 1, 2, 3: mean 2, standard error 1/√3; t of 2 degrees 4.302653.
    change = impact.mean_change(np.array([1.0, 2.0, 3.0]))
    assert (change.value, change.n) == (2, 3)
    assert change.high == pytest.approx(2 + 4.302653 / np.sqrt(3), rel=1e-6)


def test_months_before_and_after_are_the_same_months_of_the_year():
    before, after = impact.matched_months(8, 48)
    assert before.tolist() == list(range(8))
    assert after.tolist() == list(range(36, 44))
    before, after = impact.matched_months(28, 48)
    assert before.tolist() == list(range(16, 28))
    assert ((after - before) % 12 == 0).all()
    assert after.min() >= 36
    assert impact.matched_months(15, 20)[0].tolist() == [3, 4, 5, 6, 7]  # their counterparts are 15 to 19


def test_season_is_no_effect_to_matched_months_and_one_to_all_of_them():
    world = simulate_rollout(np.random.default_rng(1), effect=0, trend=0, noise=0, season=0.5, waves=(9,), months=18)
    found = of(world)
    assert impact.same_months(found).value == pytest.approx(0, abs=1e-12)
    assert abs(impact.naive(found).value) > 0.01


def test_an_interrupted_series_without_noise_finds_step_slope_and_season():
    month = np.arange(36)
    live = np.array([12.0, 15, 18, NEVER])
    since = np.maximum(month - live[:, None] + 1, 0)
    season = np.where(month % 12 == 11, 0.3, 0.0)
    numbers = np.arange(4)[:, None] + 0.02 * month + season - 0.1 * (since > 0) - 0.01 * since
    got = impact.interrupted(as_panel(numbers, live))
    assert got.step.value == pytest.approx(-0.1)
    assert got.slope.value == pytest.approx(-0.01)
    assert got.change.value == pytest.approx(-0.1 - 12 * 0.01)
    # Without CRM: branches 0, 1, 2 with a mean of 1.
    assert got.table["expected"].to_numpy() == pytest.approx(1 + 0.02 * month + season)


def test_an_interrupted_series_takes_what_else_began_for_the_effect():
    # Costs rise by .1 everywhere in the month CRM goes live: the step is .1 higher, the comparison as it was.
    world = simulate_rollout(np.random.default_rng(1), waves=(16,), months=36)
    found = of(world)
    dearer = found.with_numbers(found.numbers + 0.1 * (np.arange(36) >= 16))
    assert impact.interrupted(dearer).step.value - impact.interrupted(found).step.value == pytest.approx(0.1)
    assert impact.overall(dearer) == pytest.approx(impact.overall(found))


# Panels


KPI = [
    {"branch_id": b, "month": m, "demand_cost": cost, "new_customers": won}
    for b, rows in {"B1": [(10, 2), (12, 0), (9, 3)], "B2": [(20, 4), (10, 1), (0, 2)]}.items()
    for m, (cost, won) in zip(("2024-01-01", "2024-02-01", "2024-03-01"), rows, strict=True)
]
BRANCHES = [{"branch_id": "B1", "crm_live_on": "2024-02-14"}, {"branch_id": "B2", "crm_live_on": None}]


def test_a_panel_is_what_branches_report_by_month():
    found = impact.panel(clean(KPI), clean(BRANCHES), "demand_cost", per="new_customers", until=date(2024, 3, 31))
    np.testing.assert_allclose(found.numbers, [[5, np.nan, 3], [5, 10, 0]])  # nobody was won: no cost of one
    assert found.live.tolist() == [1, NEVER]  # live in the course of February
    assert found.branches == ("B1", "B2")
    assert found.months == months(3, 2024)
    assert np.isnan(impact.logs(found).numbers[1, 2])  # a zero has no logarithm
    assert impact.panel(clean(KPI), clean(BRANCHES), "demand_cost", until=date(2024, 2, 20)).numbers.shape == (2, 2)


def test_branches_live_from_the_start_or_after_the_end():
    on = [{"branch_id": "B1", "crm_live_on": "2024-01-01"}, {"branch_id": "B2", "crm_live_on": "2025-01-01"}]
    with pytest.raises(DataError, match="1 branches"):
        impact.panel(clean(KPI), clean(on), "demand_cost", until=date(2024, 3, 31))
    on[0]["crm_live_on"] = "2024-06-01"
    found = impact.panel(clean(KPI), clean(on), "demand_cost", until=date(2024, 3, 31))
    assert found.live.tolist() == [NEVER, NEVER]


def test_amounts_are_put_into_the_money_of_the_last_month():
    # Prices double from 50 to 100: 10 of the first month are 20 of the last.
    economy = clean([{"month": f"2024-0{n}-01", "price_index": index} for n, index in ((1, 50), (2, 80), (3, 100))])
    levels = impact.price_levels(economy, months(3, 2024))
    assert levels.tolist() == [0.5, 0.8, 1]
    assert impact.price_levels(None, months(3, 2024)).tolist() == [1, 1, 1]
    found = impact.deflated(as_panel([[10, 8, 7]], [1]), levels)
    assert found.numbers.tolist() == [[20, 10, 7]]
    with pytest.raises(DataError, match="2023-01"):
        impact.price_levels(economy, months(3, 2023))


def test_branches_with_a_process_are_told_by_what_was_said_before():
    said = [
        {"branch_id": b, "date": d, "item": item, "score": score}
        for b, d, item, score in [
            ("B00", "2021-01-05", "process_1", 5),
            ("B01", "2021-01-05", "process_1", 2),
            ("B02", "2021-01-05", "process_2", 3),
            ("B01", "2021-01-05", "culture_1", 5),  # another scale
            ("B01", "2021-09-05", "process_1", 5),  # after CRM went live somewhere
        ]
    ]
    found = as_panel(np.ones((3, 12)), [4, 8, NEVER])
    assert impact.by_process(found, clean(said)).tolist() == [True, False, False]
    assert impact.by_process(found, None) is None
    assert impact.by_process(found, clean(said[4:])) is None


# Ratios


def test_a_ratio_of_sums_is_no_mean_of_ratios():
    # Before: (10 + 30) / (1 + 9) = 4; after: (20 + 20) / (2 + 8) = 4; the mean of ratios would be 6.67 and 6.25.
    cost, won = [[10, 20], [30, 20], [5, 5]], [[1, 2], [9, 8], [1, 1]]
    live = [1, 1, 1]
    above, below = (as_panel(np.repeat(one, 12, axis=1), np.array(live) * 12) for one in (cost, won))
    found = impact.ratio_change(above, below, np.array([True, True, True]), rng=np.random.default_rng(1))
    assert (found.before, found.after) == pytest.approx((45 / 11, 45 / 11))
    assert found.value == pytest.approx(0)
    assert found.low < 0 < found.high
    with pytest.raises(DataError, match="2 do"):
        impact.ratio_change(above, below, np.array([True, True, False]), rng=NOTHING)


def test_newcomers_and_buyers_by_hand():
    sales = clean(
        [
            {"customer_id": c, "date": d, "amount": a}
            for c, d, a in [
                ("ann", "2021-01-10", 10.0),
                ("ann", "2021-02-05", 20.0),  # within 30 days, at prices twice as high
                ("ann", "2021-03-20", 99.0),  # later
                ("bob", "2021-02-20", 8.0),
                ("bob", "2021-02-21", 8.0),
                ("cid", "2021-02-20", 50.0),  # of a branch that is not in the panel
            ]
        ]
    )
    homes = clean([{"customer_id": c, "branch_id": b} for c, b in (("ann", "B00"), ("bob", "B01"), ("cid", "B9"))])
    like = as_panel(np.zeros((2, 3)), [1, NEVER])
    assert impact.buyers_by_month(sales, homes, like).numbers.tolist() == [[1, 1, 1], [0, 1, 0]]
    levels = np.array([0.5, 1.0, 1.0])
    worth, n = impact.newcomers(sales, homes, like, levels, days=30, until=date(2021, 3, 31))
    # Ann: 10 / .5 + 20 = 40; Bob 16; of March nobody has been observed for 30 days.
    np.testing.assert_allclose(worth.numbers, [[40, 0, np.nan], [0, 16, np.nan]])
    np.testing.assert_allclose(n.numbers, [[1, 0, np.nan], [0, 1, np.nan]])
    with pytest.raises(ParameterError, match="one day"):
        impact.newcomers(sales, homes, like, levels, days=0, until=date(2021, 3, 31))


def test_after_the_worst_months_comes_the_usual():
    # Independent months: the month after the worst fifth is as any other; its mean is within four standard errors of 0.
    numbers = np.random.default_rng(2).standard_normal((30, 40))
    found = impact.after_the_worst(as_panel(numbers, [NEVER] * 30))
    assert found.months == round(0.2 * 30 * 39)
    # The mean of the upper fifth of a normal is φ(.8416) / .2 = 1.40.
    assert found.chosen == pytest.approx(1.40, abs=0.1)
    assert abs(found.following) < 4 / np.sqrt(found.months)
    assert found.change.high < 0
    assert "with nothing done" in claims.worst_claim(found)


# Rules


def an_effect(value=-0.2, error=0.05, df=10):
    world = impact.rollout_effect(of(simulate_rollout(np.random.default_rng(0))), rng=NOTHING)
    reach = 2.228139 * error  # t of 10 degrees
    return replace(world, value=value, low=value - reach, high=value + reach, error=error, df=df)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(-0.30, "extend"), (-0.12, "go on measuring"), (0.0, "go on measuring"), (0.10, "mend")],
)
def test_the_rule_goes_by_where_the_interval_lies(value, verdict):
    # Against a fall by 5 % (−.0513) with ends .1114 away: −.30 ± .11 is below, .10 ± .11 above, the others hold it.
    assert impact.decide(an_effect(value), worth=0.05) == verdict
    with pytest.raises(ParameterError, match="worth"):
        impact.decide(an_effect(value), worth=1)


def test_the_chances_of_the_rule_add_up_and_are_alpha_where_the_truth_is_the_bound():
    at = impact.chances(an_effect(), worth=0.05, change=-0.05)
    assert (at.extend, at.mend) == pytest.approx((0.025, 0.025))
    assert at.extend + at.mend + at.go_on == pytest.approx(1)
    least = impact.least_fall(an_effect(), worth=0.05)
    assert impact.chances(an_effect(), worth=0.05, change=-least).extend == pytest.approx(0.8)
    assert np.isnan(impact.least_fall(an_effect(error=9.0), worth=0.05))
    with pytest.raises(ParameterError, match="power"):
        impact.least_fall(an_effect(), worth=0.05, power=1)


def measures(*gains):
    """A year before, a year after: the share of measures .5, then .5 and the gain."""
    numbers = np.repeat([[0.5, 0.5 + gain] for gain in gains], 12, axis=1)
    return as_panel(numbers, [12] * len(gains))


def test_no_better_has_to_be_shown():
    # Gains 0, .01, .02: mean .01, standard error .00577. Upper one-sided test against .05: t = (.01 − .05) / .00577 =
    # −6.93, t of 2 degrees: p = .0101; against .02 t = −1.73, p = .113.
    found = impact.measuring(measures(0.0, 0.01, 0.02), margin=0.05)
    assert found.p_no_better == pytest.approx(0.0101, abs=5e-4)
    assert found.verdict == "no better"
    assert impact.measuring(measures(0.0, 0.01, 0.02), margin=0.02).verdict == "cannot be told"
    assert impact.measuring(measures(0.2, 0.21, 0.22)).verdict == "better"
    assert impact.measuring(measures(-0.2, -0.21, -0.22)).verdict == "no better"  # worse is no better
    assert "looked at again" in claims.measuring_claim(found)


# Budget


def test_test_and_roll_is_as_published_and_earns_most():
    # Feit and Berman (2019): a website with mean .68, offers that differ by .03, 100,000 visitors: 2,284 in each arm.
    spread = np.sqrt(0.68 * 0.32)
    found = impact.roll_after_test(population=100_000, spread=spread, prior=0.03)
    assert found.per_arm == 2284

    def lost(n):  # what is earned beyond a guess, by the normal posterior
        return -(100_000 - 2 * n) * 0.03**2 / np.sqrt(0.03**2 + spread**2 / n)

    best = minimize_scalar(lost, bounds=(1, 49_000), method="bounded", options={"xatol": 1e-3})
    assert found.per_arm == pytest.approx(best.x, abs=1)
    assert 0 < found.gain < found.perfect
    assert impact.roll_after_test(population=3, spread=1.0, prior=0.01).per_arm == 1


def costs(slope=1.5, n_months=14, noise=0.0, rng=NOTHING):
    rows = []
    for month, first in enumerate(months(n_months)):
        for channel, base in (("search", 3.0), ("social", 5.0)):
            won = int(rng.integers(2, 30))
            amount = base * won**slope * 1.02**month * np.exp(noise * rng.standard_normal())
            parts = {"wages": 0.25 * amount, "media": 0.75 * amount}
            rows += [
                {"month": first, "branch_id": "B1", "channel": channel, "kind": kind, "amount": part}
                | {"new_customers": won}
                for kind, part in parts.items()
            ]
    return rows


def test_the_next_customer_costs_the_slope_times_the_average():
    rows = costs()
    found = impact.marginal_costs(clean(rows), None).set_index("channel")
    # Cost is N^1.5: the next one costs 1.5 times the average. Customers stand on every kind's row and count once.
    assert (found["marginal"] / found["average"]).to_numpy() == pytest.approx(1.5)
    last = pd.DataFrame(rows)
    last = last[(last["month"] >= months(14)[2]) & (last["channel"] == "search")]
    assert found.loc["search", "new_customers"] == last[last["kind"] == "wages"]["new_customers"].sum()
    assert found.loc["search", "spent"] == pytest.approx(last["amount"].sum())
    with pytest.raises(DataError, match="12 months"):
        impact.marginal_costs(clean(rows[:8]), None)


def test_leads_are_followed_to_the_sale():
    leads = [("L1", "web", "O1"), ("L2", "web", "O2"), ("L3", "web", None), ("L4", "web", "O4"), ("L5", "fair", None)]
    found = impact.won_by_source(
        clean([{"lead_id": a, "source": b, "converted": c is not None, "opportunity_id": c} for a, b, c in leads]),
        clean([{"opportunity_id": o, "state": s} for o, s in (("O1", "won"), ("O2", "lost"), ("O4", "open"))]),
    ).set_index("source")
    # Of web's four one is still open: three came to an end, two converted, one won.
    assert found.loc["web", ["leads", "converted", "won"]].tolist() == [3, 2, 1]
    assert found.loc["fair", "share"] == 0
