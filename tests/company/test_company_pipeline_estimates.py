"""What is planted in the pipeline is found by the estimator that fits it, and nothing is found where nothing is."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import chi2_contingency, norm

from crmlab.company import setting
from crmlab.company.branches import BranchesWorld
from crmlab.company.pipeline import PipelineWorld
from crmlab.tables.schema.selling import STAGES

SEEDS = range(200)
HITS, FALSE_ALARMS = (179, 198), (2, 21)
BOTTLENECK = "proposal"


def dummies(rows, *columns):
    """A constant, and for each column an indicator of every value that occurs but the first."""
    parts = [pd.get_dummies(rows[column], prefix=column, drop_first=True, dtype=float) for column in columns]
    return pd.concat([pd.Series(1.0, index=rows.index, name="const"), *parts], axis=1)


def onward(firm):
    """The stays that ended in advancing or in a loss, with what is known of their opportunities."""
    stays = firm.tables["stage_history"]
    deals = firm.tables["opportunities"][["opportunity_id", "rep_id", "territory_id", "source"]]
    return stays[stays["outcome"].isin(["advanced", "lost"])].merge(deals, on="opportunity_id")


@cache
def _in_time():
    wanted = setting("tiny")
    return pd.Timestamp(wanted.observed_until) - pd.Timedelta(days=30)


def fitted(x, y, penalty=0.0):
    """Coefficients of a logistic regression by Newton's method, and the inverse of its curvature.

    `penalty` is a prior precision for each coefficient; none for plain maximum likelihood.
    """
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        chance = expit(x @ beta)
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(np.broadcast_to(penalty, beta.shape))
        step = np.linalg.solve(curvature, x.T @ (y - chance) - penalty * beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta, np.linalg.inv(curvature)


def speed(firm):
    """Estimate and standard error of what a doubling of the hours to the first call takes off the log odds."""
    leads = firm.tables["leads"]
    leads = leads[leads["created_on"] < _in_time()].reset_index(drop=True)
    waited = leads["hours_to_first_call"].fillna(setting("tiny").world(PipelineWorld).hours_uncalled)
    x = dummies(leads, "source", "territory_id").assign(doublings=np.log2(1 + waited)).to_numpy()
    beta, variance = fitted(x, leads["converted"].to_numpy(dtype=float))
    return -beta[-1], np.sqrt(variance[-1, -1])


def bottleneck(firm):
    """Log odds of advancing at the bottleneck less those at the stage after it, and their standard error."""
    rows = onward(firm)
    others = dummies(rows, "source", "territory_id", "rep_id").drop(columns="const").to_numpy()
    x = np.hstack([(rows["stage"].to_numpy()[:, None] == np.array(STAGES)).astype(float), others])
    beta, variance = fitted(x, (rows["outcome"] == "advanced").to_numpy(dtype=float))
    contrast = np.zeros(beta.size)
    contrast[[STAGES.index(BOTTLENECK), STAGES.index("negotiation")]] = 1, -1
    return contrast @ beta, np.sqrt(contrast @ variance @ contrast)


def differs(rows, column, outcome):
    """Whether Pearson's test finds at 5 % that the outcome depends on the column."""
    return chi2_contingency(pd.crosstab(rows[column], outcome)).pvalue < 0.05


def depends(rng, deals, column):
    """Whether a permutation test finds at 5 % that winning depends on the column; exact, however few deals one has."""
    member = pd.get_dummies(deals[column], dtype=float).to_numpy()
    won = (deals["state"] == "won").to_numpy(dtype=float)
    drawn = np.column_stack([won, *(rng.permutation(won) for _ in range(199))])
    statistic = ((member.T @ drawn) ** 2 / member.sum(axis=0)[:, None]).sum(axis=0)
    return (statistic >= statistic[0] - 1e-9).mean() <= 0.05


def shrunken_skills(firm, world):
    """Skills of all representatives as their penalised likelihood has them, and the variances that go with them.

    Skill and ease are normal with the planted variances (a mixed model whose variances are known); stages and sources
    are fixed. The inverse of the curvature of the joint density holds the variances.
    """
    rows = onward(firm)
    reps, territories = firm.tables["reps"]["rep_id"], firm.tables["territories"]["territory_id"]
    skill = rows["rep_id"].to_numpy()[:, None] == reps.to_numpy()
    ease = rows["territory_id"].to_numpy()[:, None] == territories.to_numpy()
    x = np.hstack([skill.astype(float), ease.astype(float), dummies(rows, "stage", "source").to_numpy()])
    precision = [world.skill_sd**-2] * len(reps) + [world.ease_sd**-2] * len(territories)
    penalty = np.array(precision + [0.0] * (x.shape[1] - len(precision)))
    beta, variance = fitted(x, (rows["outcome"] == "advanced").to_numpy(dtype=float), penalty)
    return beta[: len(reps)], variance.diagonal()[: len(reps)]


def planted_contrast(world):
    return logit(world.advance[STAGES.index(BOTTLENECK)]) - logit(world.advance[STAGES.index("negotiation")])


def test_planted_values_lie_in_wide_intervals_of_one_company(selling_firm):
    firm, world = selling_firm("sample", 5), setting("sample").world(PipelineWorld)
    for (estimate, error), planted in [
        (speed(firm), world.lost_per_doubling),
        (bottleneck(firm), planted_contrast(world)),
    ]:
        assert abs(estimate - planted) < 4 * error
        assert abs(estimate) > 4 * error  # and the effect is seen


def test_the_bottleneck_loses_and_keeps_more_than_any_other_stage(selling_firm):
    stays = selling_firm("sample", 5).tables["stage_history"]
    lost = (stays["outcome"] == "lost").groupby(stays["stage"]).mean()
    ended = stays[stays["left_on"].notna()]
    days = (ended["left_on"] - ended["entered_on"]).dt.days.groupby(ended["stage"]).mean()
    for rate in (lost, days):
        assert rate.idxmax() == BOTTLENECK
        assert rate.max() > 1.5 * rate.drop(BOTTLENECK).max()


def test_shrunken_skills_are_as_close_to_the_truth_as_their_variances_say(selling_firm):
    # Given the data, a skill has the shrunken one as its mean and v as its variance. So the mean square of what is
    # missed is v on average, and the correlation with the truth is about sqrt(1 - v/sd^2).
    firm, world = selling_firm("sample", 5), setting("sample").world(BranchesWorld)
    found, variance = shrunken_skills(firm, world)
    true = firm.truth["reps"]["skill"].to_numpy()
    missed = (found - true) ** 2 / variance
    assert abs(missed.mean() - 1) < 4 * np.sqrt(2 / true.size)  # each is about the square of a standard normal
    expected = np.sqrt(1 - variance.mean() / world.skill_sd**2)
    # Fisher's z of a correlation of 40 pairs has the standard error 1/sqrt(37).
    assert abs(np.arctanh(np.corrcoef(found, true)[0, 1]) - np.arctanh(expected)) < 4 / np.sqrt(true.size - 3)


@pytest.mark.slow
def test_intervals_of_speed_and_bottleneck_cover_the_planted_values(selling_firm):
    world = setting("tiny").world(PipelineWorld)
    hits = {"speed": 0, "bottleneck": 0}
    for seed in SEEDS:
        firm = selling_firm.__wrapped__("tiny", seed)
        for name, (estimate, error), planted in [
            ("speed", speed(firm), world.lost_per_doubling),
            ("bottleneck", bottleneck(firm), planted_contrast(world)),
        ]:
            hits[name] += abs(estimate - planted) < norm.ppf(0.975) * error
    assert all(HITS[0] <= count <= HITS[1] for count in hits.values()), hits


@pytest.mark.slow
def test_where_nothing_is_planted_little_is_found(selling_firm):
    alarms = dict.fromkeys(["speed", "stage", "rep_id", "territory_id", "source", "lead source", "optimism"], 0)
    settled = pd.Timestamp(setting("tiny").observed_until) - pd.Timedelta(days=400)
    for seed in SEEDS:
        firm = selling_firm.__wrapped__("tiny", seed, "null")
        rows, leads = onward(firm), firm.tables["leads"]
        estimate, error = speed(firm)
        alarms["speed"] += abs(estimate) > norm.ppf(0.975) * error
        alarms["stage"] += differs(rows, "stage", rows["outcome"])
        leads = leads[leads["created_on"] < _in_time()]
        alarms["lead source"] += differs(leads, "source", leads["converted"])
        deals = firm.tables["opportunities"]
        deals = deals[deals["created_on"] < settled]
        for column in ("rep_id", "territory_id", "source"):
            alarms[column] += depends(np.random.default_rng(seed), deals, column)
        off = (deals["state"] == "won") - deals["stated_probability"]
        alarms["optimism"] += abs(off.mean()) > norm.ppf(0.975) * off.std() / np.sqrt(len(off))
    assert all(FALSE_ALARMS[0] <= count <= FALSE_ALARMS[1] for count in alarms.values()), alarms


@pytest.mark.slow
def test_shrunken_skills_are_calibrated_over_many_companies(selling_firm):
    # 20 companies of 40 representatives: 800 intervals of 95 %, of which 95 % hold the truth, give or take 4 times
    # the binomial standard error of 0.8 %.
    world, held = setting("sample").world(BranchesWorld), []
    for seed in range(20):
        firm = selling_firm.__wrapped__("sample", seed)
        found, variance = shrunken_skills(firm, world)
        held.append(np.abs(found - firm.truth["reps"]["skill"]) < norm.ppf(0.975) * np.sqrt(variance))
    assert abs(np.mean(held) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 800)
