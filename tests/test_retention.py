"""Curves, cohorts, losses and tenure against arithmetic by hand, published values, planted truth and null worlds."""

from dataclasses import replace
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from crmlab import shares, suite
from crmlab.analyses import retention as r
from crmlab.analyses.retention import loss, proportions, tenure, triangle
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import purchase_histories
from crmlab.tables.frame import clean_table

CDNOW = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
UNTIL = date(1998, 6, 30)

# Freireich et al. (1963), Blood 21: weeks of remission under 6-mercaptopurine; + censored.
SIX_MP = [
    "6",
    "6",
    "6",
    "6+",
    "7",
    "9+",
    "10",
    "10+",
    "11+",
    "13",
    "16",
    "17+",
    "19+",
    "20+",
    "22",
    "23",
    "25+",
    "32+",
    "32+",
    "34+",
    "35+",
]
WEEKS = [int(time.rstrip("+")) for time in SIX_MP]
RELAPSED = [not time.endswith("+") for time in SIX_MP]


def log(*rows: tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


@pytest.fixture(scope="module")
def cdnow_frame() -> pd.DataFrame:
    frame = pd.read_csv(CDNOW, dtype={"customer_id": str, "sample_id": str}, parse_dates=["date"])
    return frame[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def silences(cdnow_frame: pd.DataFrame) -> pd.DataFrame:
    return r.silences(clean_table(cdnow_frame), observed_until=UNTIL)


def company(seed: int, *, shape: float = 0.8, n: int = 3000, rate: float = 1.5) -> pd.DataFrame:
    """Five years in which customers join every day and buy at rates of their own that never change."""
    world = purchase_histories(
        np.random.default_rng(seed),
        n_customers=n,
        start=date(2018, 1, 1),
        observed_until=date(2022, 12, 31),
        purchases_per_year=rate,
        r=shape,
        acquired_over_days=1826,
    )
    return world.transactions


def yearly(frame: pd.DataFrame) -> tenure.Periods:
    found = r.silences(clean_table(frame), observed_until=date(2022, 12, 31))
    return r.periods(found, observed_until=date(2022, 12, 31), months=12, least=3)


# --- Kaplan-Meier ----------------------------------------------------------------------------------------------


def test_a_curve_with_ties_and_censoring_by_hand() -> None:
    # Days 2, 2, 2+, 4, 5+: at day 2 two of five: 3/5; the one censored that day was still at risk. At day 4 one of the
    # two left: 3/5 · 1/2 = 3/10. Greenwood at 2: (3/5)² · 2/(5·3) = 0.048.
    found = r.kaplan_meier([2, 2, 2, 4, 5], [True, True, False, True, False]).table
    assert found["day"].tolist() == [0, 2, 4, 5]
    assert found["at_risk"].tolist() == [5, 5, 2, 1]
    assert found["events"].tolist() == [0, 2, 1, 0]
    assert found["censored"].tolist() == [0, 1, 0, 1]
    assert found["survival"].tolist() == pytest.approx([1, 0.6, 0.3, 0.3])
    step = 1.959964 * np.sqrt(0.048) / (0.6 * -np.log(0.6))
    assert found["low"][1] == pytest.approx(0.6 ** np.exp(step), abs=1e-6)
    assert found["high"][1] == pytest.approx(0.6 ** np.exp(-step), abs=1e-6)


def test_the_leukaemia_remissions_of_freireich() -> None:
    # As printed for these data by Stata's `sts list` (log-minus-log limits) and by R's survfit(conf.type="log-log").
    found = r.kaplan_meier(WEEKS, RELAPSED)
    rows = found.table[found.table["events"] > 0]
    assert rows["day"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert rows["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert rows["survival"].tolist() == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5
    )
    assert rows["low"].tolist() == pytest.approx([0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881], abs=5e-5)
    assert rows["high"].tolist() == pytest.approx([0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801], abs=5e-5)
    # The median and its limits: 23 weeks, from 13; the upper limit is not reached.
    assert found.day_when(0.5) == (23, 13, None)


def test_without_censoring_a_curve_is_the_share_left() -> None:
    days = [3, 1, 4, 1, 5, 9, 2, 6]
    found = r.kaplan_meier(days, [True] * 8).table
    assert found["survival"].tolist() == pytest.approx([np.mean(np.array(days) > day) for day in found["day"]])
    assert np.isnan(found["high"].iloc[-1])


def test_a_curve_as_an_estimate() -> None:
    found = r.kaplan_meier(WEEKS, RELAPSED)
    left = found.at(12, denominator="patients", window="1959 to 1960")
    gone = found.at(12, denominator="patients", window="1959 to 1960", happened=True)
    assert (left.value, left.low, left.n) == pytest.approx((0.7529, 0.5032, 21), abs=5e-5)
    assert (gone.value, gone.low, gone.high) == pytest.approx((0.2471, 1 - 0.8894, 1 - 0.5032), abs=5e-5)
    nobody = r.kaplan_meier([5, 6], [False, False]).at(5, denominator="d", window="w")
    assert (nobody.value, nobody.low, nobody.high) == (1, None, None)
    with pytest.raises(DataError, match="Nobody was followed for 36 days"):
        found.at(36, denominator="patients", window="")


def test_a_curve_needs_somebody() -> None:
    with pytest.raises(DataError, match="Nobody was followed"):
        r.kaplan_meier([], [])
    with pytest.raises(ParameterError, match="below zero or missing"):
        r.kaplan_meier([1, -1], [True, True])
    with pytest.raises(ParameterError, match=r"level is 0\.3"):
        r.kaplan_meier([1], [True], level=0.3)


# --- shares ----------------------------------------------------------------------------------------------------


def test_wilson_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 is .2553 to .3662; 0 of 20 is 0 to .1611.
    low, high = shares.wilson([81, 0, 20], [263, 20, 20])
    assert low.tolist() == pytest.approx([0.2553, 0, 0.8389], abs=5e-5)
    assert high.tolist() == pytest.approx([0.3662, 0.1611, 1], abs=5e-5)


def test_cases_of_one_customer_are_not_many_cases() -> None:
    # 40 customers with 10 cases each, all alike within a customer: as good as 40 cases, whose Wilson interval it is.
    hits = np.repeat([10.0, 0.0], 20)
    value, low, high = proportions.clustered_wilson(hits, np.full(40, 10.0))
    assert value == 0.5
    assert (low, high) == pytest.approx([float(end[0]) for end in shares.wilson([20], [40])])


# --- cohorts ---------------------------------------------------------------------------------------------------


def tiny() -> ibis.Table:
    return log(
        ("a", "2020-01-05", 10),
        ("a", "2020-02-03", 20),
        ("a", "2020-02-04", -5),  # a return: no purchase, but value
        ("b", "2020-01-31", 8),
        ("b", "2020-03-01", 4),
        ("c", "2020-02-29", 7),
    )


def test_the_triangle_by_hand() -> None:
    found = r.cohorts(tiny(), observed_until=date(2020, 3, 15), period="month")
    table = found.table.set_index(["cohort", "age"])
    assert table.index.tolist() == [("2020-01", 0), ("2020-01", 1), ("2020-01", 2), ("2020-02", 0), ("2020-02", 1)]
    assert table["customers"].tolist() == [2, 2, 2, 1, 1]
    assert table["active"].tolist() == [2, 1, 1, 1, 0]
    # January: 10 + 8; in February 20 − 5; in March 4. February: 7, then nothing.
    assert table["value"].tolist() == [18, 15, 4, 7, 0]
    assert table["value_per_customer"].tolist() == [9, 7.5, 2, 7, 0]
    # March had not ended on the 15th.
    assert table["complete"].tolist() == [True, True, False, True, False]
    assert r.cohorts(tiny(), observed_until=date(2020, 3, 31), period="month").table["complete"].all()
    wide = found.wide()
    assert wide.loc["2020-01"].tolist() == [1, 0.5, 0.5]
    assert np.isnan(wide.loc["2020-02", 2])


def test_quarters_and_years() -> None:
    quarters = r.cohorts(tiny(), observed_until=date(2020, 4, 1), period="quarter").table
    assert quarters["cohort"].unique().tolist() == ["quarter from 2020-01"]
    assert quarters["active"].tolist() == [3, 0]
    assert quarters["complete"].tolist() == [True, False]
    assert r.cohorts(tiny(), observed_until=date(2020, 4, 1), period="year").table["value"].tolist() == [44]
    assert r.period_for(date(2020, 1, 1), date(2021, 6, 30)) == "month"
    assert r.period_for(date(2020, 1, 1), date(2021, 7, 1)) == "quarter"
    assert r.period_for(date(2010, 1, 1), date(2021, 7, 1)) == "year"
    with pytest.raises(ParameterError, match="'week' is unknown"):
        r.cohorts(tiny(), observed_until=date(2020, 4, 1), period="week")  # type: ignore[arg-type]


def test_the_triangle_adds_up(cdnow_frame: pd.DataFrame) -> None:
    found = r.cohorts(clean_table(cdnow_frame), observed_until=UNTIL, period="month").table
    assert found["value"].sum() == pytest.approx(cdnow_frame["amount"].sum())
    assert found.drop_duplicates("cohort")["customers"].sum() == 2357
    shuffled = r.cohorts(clean_table(cdnow_frame.sample(frac=1, random_state=1)), observed_until=UNTIL, period="month")
    pd.testing.assert_frame_equal(found, shuffled.table)


def two_cohorts(back_first: int, back_second: int, n: int = 100) -> pd.DataFrame:
    rows = []
    for month, back in ((1, back_first), (2, back_second)):
        for number in range(n):
            name = f"{month}-{number}"
            rows.append((name, f"2020-0{month}-01", 5.0))
            if number < back:
                rows.append((name, f"2020-0{month}-11", 5.0))
    return r.silences(log(*rows), observed_until=date(2020, 12, 31))


def test_cohorts_are_compared_at_the_same_age() -> None:
    found = r.compare_cohorts(two_cohorts(30, 50), observed_until=date(2020, 12, 31), period="month", age_days=30)
    assert found.table["share"].tolist() == [0.3, 0.5]
    assert found.later is not None
    assert found.later.value == pytest.approx(0.2)
    assert found.later.low > 0
    assert "are better at the same age" in r.claims.cohort_claim(found)
    assert r.claims.cohort_claim(found).startswith("Of the cohort 2020-02 the share")
    assert "from that of the cohort 2020-01" in r.claims.cohort_claim(found)
    several = replace(found, later_names=("2020-02", "2020-03", "2020-04"))
    assert r.claims.cohort_claim(several).startswith("Of the cohorts 2020-02 to 2020-04 the share")
    # Fisher's exact test, summed by hand: tables with these margins no likelier than 30 of 100 against 50 of 100.
    chances = hypergeom(200, 80, 100).pmf(np.arange(101))
    p = chances[chances <= chances[30] * (1 + 1e-9)].sum()
    # Each cohort is the other's others: two looks, the p-value doubled.
    assert found.table["p_holm"].tolist() == pytest.approx([2 * p, 2 * p])
    alike = r.compare_cohorts(two_cohorts(40, 41), observed_until=date(2020, 12, 31), period="month", age_days=30)
    assert "no difference beyond chance" in r.claims.cohort_claim(alike)
    assert "none differs" in r.claims.single_cohorts_claim(alike)


def test_cohorts_too_young_or_too_small_are_not_compared() -> None:
    # 30 days after the last of February are over on 30 March, not on 29 March.
    for last, compared in ((30, 2), (29, 1)):
        found = r.compare_cohorts(two_cohorts(30, 50), observed_until=date(2020, 3, last), period="month", age_days=30)
        assert len(found.table) == compared
    assert found.not_compared == ("2020-02",)
    assert "Fewer than two cohorts" in r.claims.cohort_claim(found)
    small = r.compare_cohorts(two_cohorts(3, 5, 19), observed_until=date(2020, 12, 31), period="month", age_days=30)
    assert small.table.empty
    assert small.later is None
    first_out = r.compare_cohorts(
        two_cohorts(30, 50), observed_until=date(2020, 12, 31), period="month", age_days=30, skip_first=True
    )
    assert first_out.not_compared == ("2020-01",)


def test_records_that_begin_in_mid_history_are_noticed() -> None:
    sizes = pd.DataFrame({"age": 0, "customers": [300, 90, 100, 110]})
    midway = triangle.Cohorts(period="month", table=sizes)
    assert r.intake_jump(midway) == 3
    assert r.begins_midway(midway)
    assert "3.0 times" in r.claims.intake_claim(3.0)
    assert not r.begins_midway(triangle.Cohorts(period="month", table=sizes.iloc[:2]))


def test_the_lead_in_is_left_out(silences: pd.DataFrame) -> None:
    kept = r.without_lead_in(silences, 31)
    assert r.first_day(kept) == date(1997, 2, 1)
    assert set(kept.groupby("customer_id")["purchase"].min()) == {1}
    with pytest.raises(DataError, match="Nobody made a first purchase after the lead-in of 400 days"):
        r.without_lead_in(silences, 400)


# --- second purchase -------------------------------------------------------------------------------------------


def test_second_purchases_of_cdnow_by_counting(cdnow_frame: pd.DataFrame, silences: pd.DataFrame) -> None:
    # Everyone joined by 25 March 1997 and was followed for a year, so that the curve is a plain share.
    days = cdnow_frame.drop_duplicates(["customer_id", "date"]).sort_values("date").groupby("customer_id")["date"]
    gap = days.nth(1).reset_index(drop=True)
    first, second = days.first(), cdnow_frame.drop_duplicates(["customer_id", "date"]).sort_values("date")
    second = second[second.groupby("customer_id").cumcount() == 1].set_index("customer_id")["date"]
    back = ((second - first).dt.days <= 365).sum()
    found = r.second_purchase(silences, observed_until=UNTIL)
    assert found.within.value == pytest.approx(back / 2357)
    assert found.days == 365
    assert len(gap) == 1139  # 2,357 customers less the 1,218 who bought on one day only


def test_second_purchases_are_told_as_far_as_they_were_followed(silences: pd.DataFrame) -> None:
    found = r.second_purchase(silences, observed_until=UNTIL, days=2000)
    assert found.days < 545
    assert found.curve.table.set_index("day")["at_risk"][found.days] >= 20


# --- lost ------------------------------------------------------------------------------------------------------


def test_first_losses_by_hand() -> None:
    rows = r.silences(
        log(("a", "2020-01-01", 5), ("a", "2020-02-20", 5), ("b", "2020-01-01", 5), ("c", "2020-03-01", 5)),
        observed_until=date(2020, 3, 11),
    ).assign(fixed=30.0)
    found = loss.first_losses(rows, "fixed")
    # a: silent 50 days, lost on day 31, back 19 days later. b: silent 70, lost on day 31, away for 39. c: 10 days.
    assert found["lost"].tolist() == [True, True, False]
    assert found["life"].tolist() == [31, 31, 10]
    assert found["back"].tolist() == [True, False, False]
    assert found["away"].tolist()[:2] == [19, 39]


def test_both_definitions_on_cdnow(silences: pd.DataFrame) -> None:
    found = r.compare_definitions(silences, observed_until=UNTIL, churn_gap_days=180)
    current = silences[~silences["returned"]]
    assert found.called_lost == (current["days"] > 180).sum()
    assert found.fixed.now.value == pytest.approx(found.called_lost / 2357)
    assert found.mislabelled is not None
    within = found.mislabelled.value * found.called_lost
    assert found.own.now.value * 2357 == pytest.approx(found.called_lost - within + found.overdue_unseen)
    assert found.by_pace["gaps"].sum() == (silences["returned"] & (silences["purchase"] > 1)).sum()
    for name in ("fixed", "own"):
        assert (found.by_pace[f"{name}_low"] <= found.by_pace[name]).all()
        assert (found.by_pace[name] <= found.by_pace[f"{name}_high"]).all()


def test_nobody_is_judged_where_nobody_came_back() -> None:
    rows = r.silences(log(*((f"c{n}", "2020-01-01", 5.0) for n in range(50))), observed_until=date(2020, 12, 31))
    with pytest.raises(DataError, match="Too few customers ever came back"):
        r.compare_definitions(rows, observed_until=date(2020, 12, 31))
    with pytest.raises(ParameterError, match="churn_gap_days is 0"):
        r.compare_definitions(rows, observed_until=date(2020, 12, 31), churn_gap_days=0)


def test_where_nobody_leaves_own_limits_err_alike_and_one_gap_on_the_slow() -> None:
    # Five years, customers all buy at their own rate for ever: every alarm is false.
    rows = r.silences(clean_table(company(1, rate=4.0, n=1500)), observed_until=date(2022, 12, 31))
    found = r.compare_definitions(rows, observed_until=date(2022, 12, 31), churn_gap_days=180)
    assert found.by_pace["own"].between(0.04, 0.13).all()
    assert found.by_pace["fixed"].iloc[0] < 0.02
    assert found.by_pace["fixed"].iloc[-1] > 0.2
    assert found.mislabelled is not None
    assert found.mislabelled.value > 0.5


# --- tenure ----------------------------------------------------------------------------------------------------


def of(bought: list[list[int]], joined: list[int]) -> tenure.Periods:
    starts = tuple(date(2020, 1, 1) + timedelta(days=31 * step) for step in range(len(bought[0]) - 1))
    return tenure.Periods(
        bought=np.array(bought, dtype=bool),
        joined=np.array(joined),
        months=1,
        starts=starts,
        observed_until=date(2020, 12, 31),
    )


def test_periods_are_counted_back_from_the_end(silences: pd.DataFrame) -> None:
    found = r.periods(silences, observed_until=UNTIL, months=12, least=3)
    assert found.months == 6
    assert found.starts == (date(1997, 1, 1), date(1997, 7, 1), date(1998, 1, 1))
    assert found.bought.any(axis=1).all()
    with pytest.raises(DataError, match="too short for 40 periods"):
        r.periods(silences, observed_until=UNTIL, months=6, least=40)
    with pytest.raises(ParameterError, match="period of 0 months"):
        r.periods(silences, observed_until=UNTIL, months=0)


def test_the_split_by_hand() -> None:
    # Periods 0 (cut short) to 4; the base periods are 2 and 3. Base 2: 60 new, 30 return; 40 older, 32 return: 62 %.
    # Base 3: 40 new, 20 return; 60 older, 54 return: 74 %. Weights of new and old .6, .4, then .4, .6.
    # Mix: −.2 · (.5 + .5)/2 + .2 · (.8 + .9)/2 = .07. Rates: 0 · .5 + .1 · (.4 + .6)/2 = .05. Together .12.
    cells = np.array([[[60, 30], [40, 32], [0, 0], [0, 0]], [[40, 20], [60, 54], [0, 0], [0, 0]]], dtype=float)
    mix, rates = tenure._kitagawa(cells, [slice(0, 1), slice(1, 4)])
    assert (mix, rates) == pytest.approx((0.07, 0.05))


def test_retention_by_tenure_by_hand() -> None:
    # 30 customers new in period 1, of whom 20 buy in period 2, of whom 15 in period 3: 20/30, then 15/20.
    rows = [[0, 1, 1, 1]] * 15 + [[0, 1, 1, 0]] * 5 + [[0, 1, 0, 0]] * 10
    found = r.tenure_retention(of(rows, [1] * 30))
    assert found.table["customers"].tolist() == [30, 20]
    assert found.table["share"].tolist() == pytest.approx([2 / 3, 3 / 4])
    assert found.rise is not None
    assert found.rise.value == pytest.approx(3 / 4 - 2 / 3)


def test_parts_add_up_to_the_whole() -> None:
    found = r.improvement(yearly(company(3)))
    assert found is not None
    assert found.mix is not None
    assert found.rates is not None
    assert found.mix.value + found.rates.value == pytest.approx(found.total.value)
    assert found.total.value == pytest.approx(found.after - found.before)


def test_what_only_sorting_does_is_called_mix_and_improvement_is_called_rates() -> None:
    frame = company(5)
    sorted_only = r.improvement(yearly(frame))
    repeat = frame.duplicated("customer_id")
    dropped = repeat & (frame["date"] < "2022-01-01") & (np.random.default_rng(5).random(len(frame)) < 0.4)
    improved = r.improvement(yearly(frame[~dropped]))
    assert "No improvement or decline beyond chance" in r.claims.improvement_claim(sorted_only)
    assert "do return more often than before" in r.claims.improvement_claim(improved)


def test_cdnow_cannot_tell_improvement_from_sorting(silences: pd.DataFrame) -> None:
    found = r.improvement(r.periods(silences, observed_until=UNTIL, months=6, least=3))
    assert found is not None
    assert found.mix is None
    assert found.rates is None
    assert "cannot be told" in r.claims.improvement_claim(found)


def test_a_period_without_buyers_has_no_retention() -> None:
    assert r.improvement(of([[0, 1, 0, 1]] * 30, [1] * 30)) is None
    assert "no retention to compare" in r.claims.improvement_claim(None)
    with pytest.raises(DataError, match="three whole periods"):
        r.improvement(of([[0, 1, 1]] * 30, [1] * 30))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_older_customers_of_a_mixed_company_return_more_often(seed: int) -> None:
    found = r.tenure_retention(yearly(company(seed)))
    assert found.rise is not None
    assert found.rise.low > 0
    assert "alone shows no improvement" in r.claims.tenure_claim(found)


def test_the_steepest_fall_by_hand() -> None:
    # Three of 21 relapse in week 6: 1/7 at once; no later week takes as much (week 22: .627 to .538).
    assert r.kaplan_meier(WEEKS, RELAPSED).steepest() == (6, pytest.approx(1 / 7))
    assert r.kaplan_meier([5, 9], [False, False]).steepest() == (0, 0.0)


def test_a_cliff_is_named_only_where_it_is(silences: pd.DataFrame) -> None:
    found = r.compare_definitions(silences, observed_until=UNTIL)
    once = silences[silences["purchase"] == 1]
    lost = once["days"] >= found.once_lost_on
    # All joined within three months and were followed for longer than the limit: the fall is a share of all customers.
    assert found.own.life.steepest() == (found.once_lost_on, pytest.approx(lost.sum() / len(once), abs=0.02))
    assert "all who bought once share one limit" in r.claims.cliff_claim(found)
    flat = r.kaplan_meier(np.arange(1, 101), np.ones(100, dtype=bool))
    assert "no cliff" in r.claims.cliff_claim(replace(found, own=replace(found.own, life=flat)))


def test_hatched_cells_are_explained_only_where_there_are_some(cdnow_frame: pd.DataFrame) -> None:
    table = clean_table(cdnow_frame[cdnow_frame["date"] <= "1998-06-20"])
    ended = r.cohorts(table, observed_until=UNTIL, period="month")
    running = r.cohorts(table, observed_until=date(1998, 6, 20), period="month")
    assert "every cell is final" in r.claims.running_claim(ended)
    assert r.claims.running_claim(running).startswith("Hatched cells belong to a period that was still running")
