"""A study from end to end on a made company, and the sentences about it, in a world with an effect and without."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import churn
from crmlab.estimate import Estimate
from crmlab.simulate import mbgnbd_histories
from crmlab.tables.frame import clean_table

UNTIL = date(2022, 12, 31)
claims = churn.claims


@pytest.fixture(scope="module")
def study() -> churn.Study:
    world = mbgnbd_histories(
        np.random.default_rng(8),
        n_customers=1500,
        start=date(2020, 1, 1),
        observed_until=UNTIL,
        r=1.0,
        alpha=6.0,
        a=0.8,
        b=3.0,
        acquired_over_days=900,
    )
    return churn.prepare({"transactions": clean_table(world.transactions)}, observed_until=UNTIL, window_days=90)


@pytest.fixture(scope="module")
def trial(study: churn.Study) -> churn.Trial:
    return churn.trial(study)


def estimate(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(
        value=value, low=low, high=high, n=402, level=0.95, method="m", denominator="customers", window="2024"
    )


def test_the_score_of_a_world_without_columns_is_the_model_of_buying(study: churn.Study, trial: churn.Trial) -> None:
    # Planted: nothing but the model of buying is at work, so no score of columns can be shown to beat it.
    gain = churn.auc_difference(study.test.lost, trial.p, trial.benchmark, window="")
    assert gain.low is not None
    assert gain.low <= 0
    assert "simpler one will do" in claims.benchmark_claim(gain, study) or claims.loses(gain)
    assert churn.brier(study.test.lost, trial.benchmark, dummy=trial.dummy, window="").skill.low > 0  # type: ignore[operator]


def test_a_leak_is_better_than_honesty_and_is_found(study: churn.Study, trial: churn.Trial) -> None:
    found = churn.leak(study, trial)
    assert found.leaky.value > found.honest.value
    assert found.alone["feature"][0] == "exported"
    changed = found.changed.set_index("feature")["changed"]
    assert changed["exported"] > 0.9
    assert changed.drop("exported").max() == 0
    assert "exported too late" in claims.replay_claim(found.changed)
    assert "changes none of 8 columns" in claims.replay_claim(found.changed.iloc[:-1])
    assert "instead of" in claims.leak_claim(found)


def test_when_is_learnt_on_one_span_and_tried_on_the_next(study: churn.Study) -> None:
    found = churn.timing(study, horizon_days=200)
    assert found.tried is not None
    assert found.followed is not None
    assert found.told is not None
    assert found.bands is not None
    assert found.curves is not None
    assert (found.followed.until - found.followed.start).days == 200
    assert found.tried.window.endswith(str(found.followed.start))
    assert found.bands["share"].is_monotonic_increasing
    ends = found.curves.groupby("band").tail(1)["share"].to_numpy()
    assert ends == pytest.approx(1 - found.bands["share"].to_numpy())
    assert "the clock runs in days" in claims.hazard_claim(found.tried, found.followed)
    long = churn.timing(study, horizon_days=4000)
    assert long.days == (UNTIL - churn.day_of(int(study.records.days["day"].min()))).days // 3


def test_a_span_too_thin_gives_its_reason(study: churn.Study) -> None:
    few = study.chances.table["customer_id"].unique()[:40]
    table = study.chances.table[study.chances.table["customer_id"].isin(few)]
    thin = churn.Study(
        records=study.records,
        chances=churn.Chances(table=table, setting="purchases", observed_until=UNTIL),
        model=study.model,
        parts=study.parts,
        setting="purchases",
        observed_until=UNTIL,
    )
    found = churn.timing(thin, horizon_days=200)
    assert found.tried is None
    assert "at least 30 are needed" in found.reason


def test_risk_by_value_counts_everybody_once(study: churn.Study, trial: churn.Trial) -> None:
    table = churn.stakes(study.records, study.test, trial.p)
    assert table["customers"].sum() == len(study.test.rows)
    assert table["lost"].sum() == study.test.lost.sum()
    assert table["expected"].sum() == pytest.approx(trial.p.sum())
    start = churn.number_of(study.test.rows["start"].iloc[0])
    days = study.records.days
    left = study.test.rows["customer_id"][study.test.lost]
    year = days[(days["day"] > start - 365) & (days["day"] <= start) & days["customer_id"].isin(left)]
    assert table["spent_by_lost"].sum() == pytest.approx(year["value"].sum())
    margin = churn.yearly_margin(study.records, study.test, 0.5)
    ids = study.test.rows["customer_id"]
    all_ = days[(days["day"] > start - 365) & (days["day"] <= start) & days["customer_id"].isin(ids)]
    assert margin == pytest.approx(0.5 * all_["value"].sum() / len(ids))


def test_base_rates_by_window_and_their_shift(study: churn.Study) -> None:
    table = churn.base_rates(study.parts)
    assert table["chances"].sum() == len(study.whole.rows)
    assert table["start"].tolist()[-1] == study.test.rows["start"].iloc[0]
    shift = churn.base_rate_shift(study.train, study.test)
    assert shift.value == pytest.approx(study.test.lost.mean() - study.train.lost.mean())
    said = claims.shift_claim(shift, study.train, study.test)
    assert ("is not shown to have moved" in said) == shift.contains(0)


def test_gains_end_with_everybody(study: churn.Study, trial: churn.Trial) -> None:
    table = churn.gains(study.test.lost, trial.p)
    last = table.iloc[-1]
    assert (last["calls"], last["hits"], last["by_chance"]) == (len(trial.p), study.test.lost.sum(), last["hits"])
    assert table["hits"].is_monotonic_increasing
    assert churn.called([0.1, 0.9, 0.9, 0.2], 1).tolist() == [False, True, False, False]
    # Of equal probabilities the list takes the more valuable first, and so does who is counted as called.
    assert churn.called([0.5, 0.5, 0.2, 0.9], 2, then=[1, 2, 9, 0]).tolist() == [False, True, False, True]


def test_what_makes_the_list_is_what_is_judged(study: churn.Study, trial: churn.Trial) -> None:
    turned = replace(trial, p=1 - trial.p)  # who is likeliest to stay stands first: no score could do worse
    lost = study.test.lost
    lost_by = churn.auc_difference(lost, turned.p, turned.benchmark, window="")
    assert claims.loses(lost_by)
    found = churn.judged(turned, demoted=claims.loses(lost_by))
    # The list is the benchmark's, learnt on all windows; what is judged is the benchmark, learnt on all but the last.
    assert churn.calls(study, turned, None, capacity=9, holdout=0.0, later_days=90, demoted=found.demoted).model is None
    np.testing.assert_array_equal(found.p, churn.benchmark(study.train, study.test, study.model))
    np.testing.assert_array_equal(found.other, turned.p)
    by_list, by_score = (churn.reach(lost, p, 100, denominator="", window="").hits for p in (found.p, turned.p))
    assert by_list > 100 * lost.mean() > by_score
    assert claims.judged_claim(found, study).startswith("The list is made by the model of buying alone, to which the")
    assert claims.orders(found) == {"by": "by the benchmark", "other": "by the score"}
    assert claims.of_list_claim("Of 9.", found) == "By the benchmark, which makes the list: Of 9."


def test_a_score_that_did_not_lose_is_judged_itself(study: churn.Study, trial: churn.Trial) -> None:
    found = churn.judged(trial, demoted=False)
    assert (found.p is trial.p, found.adjusted is trial.adjusted, found.other is trial.benchmark) == (True, True, True)
    assert (
        claims.judged_claim(found, study) == "The list is made by the score, and so all that follows judges the score."
    )
    assert claims.orders(found)["by"] == "by the score"
    assert claims.of_list_claim("Of 9.", found) == "Of 9."


def test_the_benchmark_is_moved_to_the_level_of_the_window_before(study: churn.Study, trial: churn.Trial) -> None:
    before = study.parts[-2]
    said = churn.benchmark(churn.stacked(study.parts[:-2]), before, study.model)
    level = churn.calibration(before.lost, said, window="").intercept.value
    moved = churn.judged(trial, demoted=True).adjusted
    # The odds of everybody are moved by the same factor e^level: 0.5, odds of 1, becomes e^level / (1 + e^level).
    odds, moved_odds = trial.benchmark / (1 - trial.benchmark), moved / (1 - moved)
    assert moved_odds == pytest.approx(odds * np.exp(level), rel=1e-6)


def test_the_last_window_changes_nothing_in_what_is_learnt(study: churn.Study, trial: churn.Trial) -> None:
    # Turned outcomes of the last window leave every probability as it was: nothing was learnt from it.
    rows = study.test.rows.assign(lost=~study.test.rows["lost"].astype("boolean"))
    turned = churn.Cohort(
        rows=rows,
        history=study.test.history,
        demographics=study.test.demographics,
        groups=study.test.groups,
        window_days=90,
        setting="purchases",
    )
    other = churn.trial(
        churn.Study(
            records=study.records,
            chances=study.chances,
            model=study.model,
            parts=(*study.parts[:-1], turned),
            setting="purchases",
            observed_until=UNTIL,
        )
    )
    assert other.p.tolist() == trial.p.tolist()
    assert other.adjusted.tolist() == trial.adjusted.tolist()
    assert other.benchmark.tolist() == trial.benchmark.tolist()


def test_sentences_follow_the_intervals(study: churn.Study) -> None:
    said = claims.auc_claim(estimate(0.7, 0.6, 0.8))
    assert "puts the leaver first in 0.700 of all pairs (95 % interval 0.600 to 0.800); n = 402, 2024" in said
    assert "not shown" in claims.auc_claim(estimate(0.6, 0.49, 0.7))
    assert "not shown" in claims.auc_claim(estimate(0.5, None, None))
    assert claims.benchmark_claim(estimate(0.1, 0.05, 0.15), study).startswith("It beats the model of buying")
    assert claims.benchmark_claim(estimate(-0.1, -0.15, -0.05), study).startswith("It loses to the model of buying")
    assert claims.loses(estimate(-0.1, -0.15, -0.05))
    assert not claims.loses(estimate(-0.1, -0.25, 0.05))
    assert "2.00 times as many leave" in claims.lift_claim(estimate(2, 1.5, 2.6))
    assert "not shown that more leave" in claims.lift_claim(estimate(1.2, 0.8, 1.6))
    assert "even if every leaver" in claims.cost_claim(1.2, _reach())
    assert "keep 20.0 % or more" in claims.cost_claim(0.2, _reach())
    assert "cannot show any effect" in claims.detectable_claim(None, contact=9, held=1, needed=700, wanted=0.05)
    assert "can show an effect of +7.0 points" in claims.detectable_claim(
        0.07, contact=900, held=300, needed=700, wanted=0.05
    )
    assert "definition needs no correction" in claims.returners_claim(None)
    assert "38.0 %" in claims.returners_claim(estimate(0.38, 0.3, 0.4))


def test_the_test_of_nested_models_is_said_as_it_is() -> None:
    added = churn.Nested(statistic=40.0, df=3, p_value=1e-8, n=900, lost=100)
    nothing = churn.Nested(statistic=2.0, df=3, p_value=0.57, n=900, lost=100)
    assert claims.demographics_claim(added).startswith("Demographics add something")
    assert "p below 0.001" in claims.demographics_claim(added)
    assert claims.demographics_claim(nothing).startswith("It is not shown that demographics add")
    assert claims.history_claim(added).startswith("History adds something")
    assert claims.history_claim(nothing).startswith("It is not shown that history adds")
    assert claims.together_claim(added).startswith("Together the columns tell")
    assert claims.together_claim(nothing).startswith("It is not shown that the columns tell")
    assert "penalised" in claims.together_claim(None)
    assert "not known" in claims.demographics_claim(None)


def test_calibration_is_said_as_it_is() -> None:
    table = pd.DataFrame()
    right = churn.Calibration(table=table, intercept=estimate(0.1, -0.1, 0.3), slope=estimate(0.9, 0.7, 1.1))
    assert "So is the spread" in claims.calibration_claim(right)
    low = churn.Calibration(table=table, intercept=estimate(0.5, 0.3, 0.7), slope=estimate(0.5, 0.3, 0.7))
    assert "More left than the probabilities said" in claims.calibration_claim(low)
    assert "High ones are too high" in claims.calibration_claim(low)
    high = churn.Calibration(table=table, intercept=estimate(-0.5, -0.7, -0.3), slope=estimate(1.5, 1.2, 1.8))
    assert "Fewer left" in claims.calibration_claim(high)
    assert "differ less than they could" in claims.calibration_claim(high)
    mixed = churn.Calibration(table=table, intercept=estimate(0.5, 0.3, 0.7), slope=estimate(1.0, 0.8, 1.2))
    assert "The spread is right" in claims.calibration_claim(mixed)


def _reach() -> churn.Reach:
    return churn.reach([1, 1, 0, 0], [4, 3, 2, 1], 2, denominator="customers", window="2024")
