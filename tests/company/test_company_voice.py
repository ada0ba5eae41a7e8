"""What customers bring to the firm and say: planted chances are found again, and in the null world nothing is."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.cluster.vq import kmeans2
from scipy.stats import binomtest

from crmlab.company import latents, problem_survey, referrals, surveys, tickets
from crmlab.company.latents import REGIONS
from crmlab.company.made import Made, table
from crmlab.company.setting import Profile, Setting
from crmlab.shares import wilson

SEEDS = 200
HITS, ALARMS = range(179, 199), range(2, 22)
TRIAL = Profile("trial", customers=2_000, prospects=0, branches=6, reps=6)


def market():
    """Every other region has ten firms of equal size (index .10), the rest one with .8 (index .66)."""
    shares = {"competitive": [0.1] * 10, "captive": [0.8, 0.1, 0.1]}
    rows = [
        {"region": region, "period": pd.Timestamp("2021-03-21"), "firm": f"F{firm}", "share": share}
        for place, region in enumerate(REGIONS)
        for firm, share in enumerate(shares["captive" if place % 2 else "competitive"])
    ]
    frame = pd.DataFrame(rows)
    return table("market", {name: frame[name] for name in frame})


def made(group, seed=0, scenario="standard"):
    wanted = Setting(TRIAL, seed, scenario)
    block = wanted.blocks[0]
    known = Made({"market": market()}, {"customers": latents.customers(wanted, block)})
    known = known | surveys.competition(wanted, known)
    return known | group.make(wanted, known, block), wanted.world


def hits(estimate, seeds, *, scenario="standard"):
    """How many of the worlds 0, 1, … have their planted value inside the interval that `estimate` gives."""
    return sum(bool(low <= planted <= high) for low, high, planted in (estimate(seed, scenario) for seed in seeds))


def complaint_share(band, addressee, column):
    def estimate(seed, scenario):
        found, world = made(problem_survey, seed, scenario)
        answers = found.tables["problem_survey"].query("had_problem and price_band == @band")
        told = int((answers["complained_to"] == addressee).sum())
        low, high = wilson(told, len(answers))
        return low, high, getattr(world(problem_survey.ProblemSurveyWorld), column)[band]

    return estimate


def leaving(outcome):
    def estimate(seed, scenario):
        found, world = made(problem_survey, seed, scenario)
        answers = found.tables["problem_survey"]
        silent = answers.query("had_problem and not complained")
        low, high = wilson(int(silent["bought_elsewhere"].sum()), len(silent))
        return low, high, world(problem_survey.ProblemSurveyWorld).leaves[outcome]

    return estimate


def slope(y, x, planted):
    fit = sm.GLM(np.asarray(y, dtype=float), sm.add_constant(np.asarray(x, dtype=float)), sm.families.Binomial()).fit()
    low, high = fit.conf_int()[-1]
    return low, high, planted


def resolved_by_hours(seed, scenario):
    found, world = made(tickets, seed, scenario)
    closed = found.tables["tickets"].dropna(subset=["hours_to_close"])
    # Closed long before the end, so that slow tickets are not left out.
    closed = closed[closed["opened_on"] < pd.Timestamp("2024-09-01")]
    planted = world(tickets.TicketsWorld).resolved_per_log_hour
    return slope(closed["resolved"], np.log(closed["hours_to_first_response"]), planted)


def hours_to_answer(seed, scenario):
    found, world = made(tickets, seed, scenario)
    early = found.tables["tickets"].query("opened_on < '2024-09-01'")["hours_to_first_response"].dropna()
    logs = np.log(early)
    reach = 1.96 * logs.std() / np.sqrt(len(logs))
    planted = np.log(world(tickets.TicketsWorld).median_hours_to_answer)
    return logs.mean() - reach, logs.mean() + reach, planted


def line_opened(seed, scenario):
    """Tickets a need-day after the line opened for good against before: (24 − w) hours of silence less."""
    found, world = made(tickets, seed, scenario)
    section = world(tickets.TicketsWorld)
    customers, told = found.truth["customers"], found.tables["tickets"]
    opened = pd.Timestamp(section.always_open_from)
    day = (opened - pd.Timestamp("2021-03-21")).days
    rate = customers["service_use"].map(section.needs_per_year)
    before = (rate * (day - customers["joined"]).clip(lower=0)).sum()
    after = (rate * (1461 - customers["joined"].clip(lower=day))).sum()
    n_after = int((told["opened_on"] >= opened).sum())
    low, high = binomtest(n_after, len(told)).proportion_ci()
    heard = (8 + 16 * section.waits) / 24
    return low, high, after / (after + heard * before)


def remembered(seed, scenario):
    found, world = made(surveys, seed, scenario)
    section = world(surveys.SurveysWorld)
    truth = found.truth["answers"].merge(found.truth["customers"], on="customer_id")
    mine = truth[truth["channel"] == "social"]
    low, high = wilson(int((mine["heard_from"] == "social").sum()), len(mine))
    total = sum(section.credited.values())
    return low, high, section.remembers + (1 - section.remembers) * section.credited["social"] / total


def interaction(seed, scenario):
    """Of leaving no room to choose: the difference between the slopes of staying on satisfaction."""
    found, world = made(surveys, seed, scenario)
    both = found.truth["answers"].merge(found.truth["customers"], on="customer_id", suffixes=("", "_true"))
    free, satisfied = ~both["captive"].to_numpy(dtype=bool), both["satisfaction_true"].to_numpy()
    planted = world(surveys.SurveysWorld).stays_per_satisfaction
    columns = np.column_stack([free, satisfied, free * satisfied])
    return slope(both["stayed"], columns, planted["competitive"] - planted["captive"])


def tellings(seed, scenario):
    found, world = made(referrals, seed, scenario)
    customers = found.truth["customers"]
    counts = found.tables["referrals"]["from_customer_id"].value_counts()
    y = customers["customer_id"].map(counts).fillna(0).to_numpy(dtype=float)
    years = (1461 - customers["joined"]) / 365.25
    design = sm.add_constant(customers["influence"].to_numpy())
    shape = world(referrals.ReferralsWorld).shape
    family = sm.families.NegativeBinomial(alpha=1 / shape)
    fit = sm.GLM(y, design, family, offset=np.log(years)).fit(cov_type="HC0")
    low, high = fit.conf_int()[1]
    return low, high, world(referrals.ReferralsWorld).per_influence


ESTIMATES = {
    "4 % of small problems reach head office": complaint_share("small", "head_office", "tells_head_office"),
    "half of large ones reach the front line": complaint_share("large", "front_line", "tells_front_line"),
    "the silent leave": leaving("silent"),
    "slow answers help less": resolved_by_hours,
    "hours to the answer": hours_to_answer,
    "a line that never closes": line_opened,
    "the channel remembered": remembered,
    "satisfaction keeps where there is choice": interaction,
    "the influential tell more": tellings,
}
EFFECTS = ["slow answers help less", "satisfaction keeps where there is choice", "the influential tell more"]


@pytest.mark.parametrize("name", ESTIMATES)
def test_planted_values_are_found_in_most_of_ten_worlds(name):
    # Of ten 95 % intervals, fewer than seven hold the truth once in 10,000 trials.
    assert hits(ESTIMATES[name], range(10)) >= 7


@pytest.mark.slow
@pytest.mark.parametrize("name", ESTIMATES)
def test_planted_values_are_found_as_often_as_promised(name):
    assert hits(ESTIMATES[name], range(SEEDS)) in HITS


@pytest.mark.slow
@pytest.mark.parametrize("name", EFFECTS)
def test_in_the_null_world_effects_are_seldom_seen(name):
    def zero(seed, scenario):
        low, high, planted = ESTIMATES[name](seed, scenario)
        assert planted == 0
        return low, high, 0.0

    assert SEEDS - hits(zero, range(SEEDS), scenario="null") in ALARMS


def test_only_the_follow_up_repairs_a_survey_that_the_satisfied_answer():
    naive, repaired = [], []
    for seed in range(20):
        found, _ = made(surveys, seed)
        sheets = found.tables["surveys"].merge(
            found.truth["answers"][["response_id", "satisfaction"]], on="response_id"
        )
        truth = sheets["satisfaction_y"].mean()
        at_once = sheets[sheets["responded"] & ~sheets["follow_up"]]
        followed = sheets[sheets["follow_up"]]
        share = len(at_once) / len(sheets)
        estimate = share * at_once["satisfaction_x"].mean() + (1 - share) * followed["satisfaction_x"].mean()
        naive.append(at_once["satisfaction_x"].mean() - truth)
        repaired.append(estimate - truth)
    assert min(naive) > 0.15
    assert abs(np.mean(repaired)) < 4 * np.std(repaired, ddof=1) / np.sqrt(20)


def test_who_answers_says_nothing_of_satisfaction_in_the_null_world():
    found, _ = made(surveys, 1, "null")
    truth = found.truth["answers"]
    responded = found.tables["surveys"]["responded"].to_numpy(dtype=bool)
    yes, no = truth["satisfaction"][responded], truth["satisfaction"][~responded]
    assert abs(yes.mean() - no.mean()) < 4 * np.sqrt(yes.var() / len(yes) + no.var() / len(no))


def test_tellings_scatter_as_the_negative_binomial_does():
    parts = [made(problem_survey, seed) for seed in range(10)]
    world = parts[0][1](problem_survey.ProblemSurveyWorld)
    answers = pd.concat([found.tables["problem_survey"] for found, _ in parts])
    silent = answers.query("had_problem and not complained")["told"]
    mean, shape = world.told["silent"], world.told_shape
    variance = mean + mean**2 / shape
    assert abs(silent.mean() - mean) < 4 * np.sqrt(variance / len(silent))
    # Fourth central moment of the negative binomial: variance² (3 + 6 / shape) + variance.
    error = np.sqrt((variance**2 * (2 + 6 / shape) + variance) / len(silent))
    assert abs(silent.var() - variance) < 4 * error


def test_segments_of_needs_can_be_told_apart():
    found, _ = made(surveys)
    truth = found.truth["answers"].merge(found.truth["customers"][["customer_id", "need_segment"]], on="customer_id")
    points = truth[[f"need_{item}" for item in range(1, 9)]].to_numpy()
    _, clusters = kmeans2(points, 4, minit="++", rng=np.random.default_rng(1))
    crossed = pd.crosstab(clusters, truth["need_segment"])
    assert crossed.max(axis=1).sum() / len(truth) > 0.85


def test_questions_of_the_silent_are_blank():
    found, _ = made(surveys)
    silent = found.tables["surveys"].query("not responded")
    assert silent.loc[:, "recommend":].isna().all(axis=None)
    assert not silent["follow_up"].any()


def test_complaints_follow_a_problem_and_help_follows_a_complaint():
    found, _ = made(problem_survey)
    answers = found.tables["problem_survey"]
    assert answers.query("not had_problem")[["price_band", "complained", "told"]].isna().all(axis=None)
    assert (answers["complained_to"].notna() == answers["complained"].fillna(False)).all()
    assert (answers["resolved"].notna() == answers["complained"].fillna(False)).all()


def test_tickets_lie_after_the_customer_came_and_what_is_open_has_no_outcome():
    found, _ = made(tickets)
    both = found.tables["tickets"].merge(found.truth["customers"], on="customer_id")
    day = (both["opened_on"] - pd.Timestamp("2021-03-21")).dt.days
    assert (day >= both["joined"]).all()
    assert day.max() < 1461
    assert (both["resolved"].notna() == both["hours_to_close"].notna()).all()
    assert (both["hours_to_close"].dropna() >= both["hours_to_first_response"][both["hours_to_close"].notna()]).all()
    assert both.query("kind != 'request'")["accepted"].isna().all()


def test_a_closed_line_hears_nobody_at_night():
    found, world = made(tickets)
    section = world(tickets.TicketsWorld)
    before = found.tables["tickets"].query("opened_on < @section.always_open_from")
    assert before["opened_hour"].between(section.open_hours[0], section.open_hours[1] - 1).all()
    share = found.truth["needs"].query("day < 731")["told"].mean()
    heard, n = (8 + 16 * section.waits) / 24, len(found.truth["needs"].query("day < 731"))
    assert abs(share - heard) < 4 * np.sqrt(heard * (1 - heard) / n)


def test_satisfied_customers_speak_well_and_good_words_sell():
    found, world = made(referrals)
    section = world(referrals.ReferralsWorld)
    told = found.tables["referrals"].merge(
        found.truth["customers"], left_on="from_customer_id", right_on="customer_id", how="left"
    )
    low, high, planted = slope(told["sign"] == "good", told["satisfaction"], section.good_per_satisfaction)
    assert low - (high - low) < planted < high + (high - low)
    good = told.query("sign == 'good'")["bought_after"]
    chance = section.buys_after["good"]
    assert abs(good.mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / len(good))
    known = told[told["to_customer_id"].notna()]
    assert (known["to_customer_id"] != known["from_customer_id"]).all()


def test_the_awkward_world_is_as_awkward_as_it_says():
    found, world = made(tickets, scenario="awkward")
    closed = pd.Timestamp(world(tickets.TicketsWorld).closed_month)
    assert not found.tables["tickets"]["opened_on"].between(closed, closed + pd.Timedelta(days=29)).any()
    found, _ = made(surveys, scenario="awkward")
    sheets = found.tables["surveys"].merge(found.truth["customers"], on="customer_id")
    assert not sheets.query("mode == 'post' and not follow_up")["responded"].any()
    assert (sheets["region"] != "Kerman").all()


@pytest.mark.parametrize("group", [tickets, problem_survey, surveys, referrals])
def test_the_same_seed_makes_the_same_and_leaves_what_it_reads_alone(group):
    first, second = made(group, 5)[0], made(group, 5)[0]
    for name, frame in (first.tables | first.truth).items():
        pd.testing.assert_frame_equal(frame, (second.tables | second.truth)[name])
    other = made(group, 6)[0]
    name = next(iter(first.tables.keys() - {"market"}))
    assert not first.tables[name].equals(other.tables[name])
    before = latents.customers(Setting(TRIAL, 5, "standard"), Setting(TRIAL, 5, "standard").blocks[0])
    pd.testing.assert_frame_equal(first.truth["customers"], before)
