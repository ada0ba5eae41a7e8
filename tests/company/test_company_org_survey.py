"""The survey of employees has the structure that was planted: scores, reliability, agreement in branches, and rises."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress, multivariate_normal, norm

from crmlab.company import branches, org_survey, setting
from crmlab.company.made import Made
from crmlab.company.org_survey import OrgSurveyWorld

SEEDS, MANY = range(12), range(200)
HITS, FALSE_ALARMS = (179, 198), (2, 21)
NORMAL = ("sponsorship", "culture", "data", "training", "cooperation", "customer_orientation", "crm_capability")
"""The scales whose branch parts are normal; that of process has two humps."""


@cache
def asked(seed, scenario="standard"):
    wanted = setting("sample", seed=seed, scenario=scenario)
    known = branches.make(wanted, Made())
    return known, org_survey.make(wanted, known)


def world_of(scenario="standard"):
    return setting("sample", scenario=scenario).world(OrgSurveyWorld)


@cache
def wide(seed, wave, scenario="standard"):
    """One row a person of a wave, with the branch and a column for each statement."""
    rows = asked(seed, scenario)[1].tables["org_survey"]
    second = rows["date"] > rows["date"].min() + pd.Timedelta(days=365)
    rows = rows[second if wave == 2 else ~second]
    return rows.pivot_table(index=["branch_id", "respondent_id"], columns="item", values="score")


def scale_items(scale):
    return [f"{scale}_{number}" for number in range(1, len(world_of().loadings[scale]) + 1)]


@cache
def covariance(correlation):
    """Of two scores whose X are normal with that correlation: the sum over all pairs of thresholds of

    P(both above) - P(one above) P(the other above), since a score is 1 and the number of thresholds below X.
    """
    tau = np.array(world_of().thresholds)
    pairs = -np.stack(np.meshgrid(tau, tau), axis=-1).reshape(-1, 2)
    both = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf(pairs)
    return float((both - norm.cdf(pairs).prod(axis=1)).sum())


def score_variance():
    """Of a score s: E[s^2] - E[s]^2 from the chances of the five scores."""
    chances = np.diff(norm.cdf([-np.inf, *world_of().thresholds, np.inf]))
    scores = np.arange(1, chances.size + 1)
    return chances @ scores**2 - (chances @ scores) ** 2


def sum_of_covariances(loadings, share=1.0):
    return sum(
        covariance(round(one * other * share, 12))
        for i, one in enumerate(loadings)
        for j, other in enumerate(loadings)
        if i != j
    )


def alpha(items):
    """Cronbach's alpha: k/(k - 1) (1 - sum of the variances / variance of the sum)."""
    k = items.shape[1]
    return k / (k - 1) * (1 - items.var().sum() / items.sum(axis=1).var())


def agrees(values, expected):
    """Whether the mean of independent values is within four standard errors of what is expected."""
    return abs(np.mean(values) - expected) < 4 * np.std(values, ddof=1) / np.sqrt(len(values))


def test_alpha_of_a_table_worked_by_hand():
    # 5 people, 3 statements with variances 1.3, 1 and 1.3. The sums are 13, 8, 15, 8 and 11: mean 11, squares of
    # what is off 4 + 9 + 16 + 9 + 0 = 38, by 4 is 9.5. alpha = 3/2 (1 - 3.6/9.5) = .9316.
    table = pd.DataFrame([[4, 5, 4], [3, 3, 2], [5, 5, 5], [2, 3, 3], [4, 4, 3]])
    assert table.var().round(10).tolist() == [1.3, 1.0, 1.3]
    assert alpha(table) == pytest.approx(0.9316, abs=5e-5)


def test_a_score_has_the_moments_of_its_thresholds():
    expected = 1 + norm.sf(world_of().thresholds).sum()
    by_seed = [wide(seed, 1) for seed in SEEDS]
    for item in by_seed[0].columns:
        if item.startswith("process"):
            continue
        assert agrees([rows[item].mean() for rows in by_seed], expected), item
        # The mean is known, so that the variance needs no correction for 24 branches.
        assert agrees([((rows[item] - expected) ** 2).mean() for rows in by_seed], score_variance()), item


@pytest.mark.parametrize("scale", NORMAL)
def test_statements_of_a_scale_belong_together_as_their_loadings_say(scale):
    loadings, mean = world_of().loadings[scale], 1 + norm.sf(world_of().thresholds).sum()
    sums = [(wide(seed, 1)[scale_items(scale)] - mean).sum(axis=1) for seed in SEEDS]
    within = sum_of_covariances(loadings)
    assert agrees([(each**2).mean() for each in sums], len(loadings) * score_variance() + within)
    # alpha = k/(k - 1) c/(k v + c), with v the variance of a score and c the sum of the covariances. A sample's alpha
    # is a little low: by less than a hundredth with 200 people of 24 branches.
    k = len(loadings)
    expected = k / (k - 1) * within / (k * score_variance() + within)
    found = [alpha(wide(seed, 1)[scale_items(scale)]) for seed in SEEDS]
    assert 0.6 < expected < 0.9
    assert abs(np.mean(found) - expected) < 0.01 + 4 * np.std(found) / np.sqrt(len(found))


@pytest.mark.parametrize("scale", NORMAL)
def test_people_of_one_branch_agree_by_the_share_of_the_branch(scale):
    # Two people of a branch, statements i and j: X correlate by the share of the branch times both loadings.
    world, mean = world_of(), 1 + norm.sf(world_of().thresholds).sum()
    loadings, share = world.loadings[scale], world.branch_share
    expected = sum_of_covariances(loadings, share) + sum(covariance(round(one**2 * share, 12)) for one in loadings)
    found = []
    for seed in SEEDS:
        centred = (wide(seed, 1)[scale_items(scale)] - mean).sum(axis=1)
        by_branch = centred.groupby("branch_id")
        n = by_branch.size()
        pairs = (by_branch.sum() ** 2 - (centred**2).groupby("branch_id").sum()) / 2
        found.append(pairs.sum() / (n * (n - 1) / 2).sum())
    assert agrees(found, expected)


def test_scales_share_the_habit_of_agreeing():
    # People of a branch differ by u, which the scales share by h: X of two scales correlate by (1 - share) h times both
    # loadings within branches, and not at all between them for scales whose branch parts have nothing in common.
    world, mean = world_of(), 1 + norm.sf(world_of().thresholds).sum()
    common = (1 - world.branch_share) * world.halo
    expected = sum(
        covariance(round(one * other * common, 12))
        for one in world.loadings["culture"]
        for other in world.loadings["cooperation"]
    )
    found = []
    for seed in SEEDS:
        centred = wide(seed, 1) - mean
        one, other = (centred[scale_items(scale)].sum(axis=1) for scale in ("culture", "cooperation"))
        found.append((one * other).mean())
    assert agrees(found, expected)


def test_who_answers_and_when():
    world, wanted = world_of(), setting("sample")
    answered, staff = 0, 0
    for seed in SEEDS:
        known, made = asked(seed)
        rows = made.tables["org_survey"]
        assert not rows.duplicated(["respondent_id", "date", "item"]).any()
        assert rows.groupby("respondent_id")["branch_id"].nunique().max() == 1
        live = known.tables["branches"]["crm_live_on"]
        early = rows["date"] < live.min()
        assert (rows["date"][~early] > live.max()).all()
        assert early.any()
        answered += rows.drop_duplicates(["respondent_id", "date"]).shape[0]
        staff += 2 * known.tables["branches"]["staff"].sum()
    assert rows["date"].max() <= pd.Timestamp(wanted.observed_until)
    assert abs(answered / staff - world.responds) < 4 * np.sqrt(world.responds * (1 - world.responds) / staff)


def capability(seed, scenario="standard"):
    """By live branch: the rise of the mean score of crm_capability, the score of sponsorship before, and the truth."""
    items = scale_items("crm_capability")
    before, after = (wide(seed, wave, scenario) for wave in (1, 2))
    truth = asked(seed, scenario)[0].truth["branches"].set_index("branch_id")
    live = truth.index[truth["live_month"].notna()]
    rise = (
        after[items].mean(axis=1).groupby("branch_id").mean() - before[items].mean(axis=1).groupby("branch_id").mean()
    )
    sponsored = before[scale_items("sponsorship")].mean(axis=1).groupby("branch_id").mean()
    return rise.loc[live], sponsored.loc[live], truth.loc[live]


def expected_rise(seed, truth):
    """What the mean score of crm_capability rises by in each branch: by moving the branch's X past the thresholds.

    Given the factor m of a branch, X of a statement is normal around λm with the variance 1 - share λ².
    """
    world, factors = world_of(), asked(seed)[1].truth["org_survey_branches"]
    factors = factors[factors["scale"] == "crm_capability"].set_index(["branch_id", "wave"])["factor"]
    loadings = np.array(world.loadings["crm_capability"])[:, None]
    spread = np.sqrt(1 - world.branch_share * loadings**2)

    def mean_score(wave):
        moved = factors.loc[[(branch, wave) for branch in truth.index]].to_numpy()[:, None, None] * loadings
        return norm.cdf((moved - np.array(world.thresholds)) / spread).sum(axis=2).mean(axis=1)

    return mean_score(2) - mean_score(1)


def test_the_planted_rise_is_made_of_process_and_sponsorship():
    world = world_of()
    known, made = asked(3)
    factors = made.truth["org_survey_branches"].pivot_table(
        index="branch_id", columns=["scale", "wave"], values="factor"
    )
    truth = known.truth["branches"].set_index("branch_id")
    live = truth["live_month"].notna()
    rise = factors["crm_capability"][2] - factors["crm_capability"][1]
    by_hand = live * (
        world.gain + world.process_gain * truth["high_process"] + world.sponsorship_gain * truth["sponsorship"]
    )
    assert rise.to_numpy() == pytest.approx(by_hand.to_numpy(dtype=float))
    assert (factors["training"][2] - factors["training"][1]).to_numpy() == pytest.approx(world.gain * live.to_numpy())
    assert (factors["culture"][2] - factors["culture"][1]).to_numpy() == pytest.approx(0)


def test_sponsorship_is_not_needed_for_a_rise():
    # A process without sponsorship (S = -1) brings more than sponsorship (S = +1) without a process.
    world = world_of()
    assert world.process_gain - world.sponsorship_gain > world.sponsorship_gain
    rises = pd.concat([capability(seed)[2].assign(rise=capability(seed)[0]) for seed in SEEDS])
    alone = rises[rises["high_process"] & (rises["sponsorship"] < -0.5)]["rise"]
    sponsored = rises[~rises["high_process"] & (rises["sponsorship"] > 0.5)]["rise"]
    assert len(alone) > 10
    assert alone.mean() > sponsored.mean()


def test_the_rise_is_as_large_as_planted():
    slopes = []
    for seed in SEEDS:
        rise, _, truth = capability(seed)
        slopes.append(linregress(expected_rise(seed, truth), rise).slope)
    assert agrees(slopes, 1)


@pytest.mark.slow
def test_intervals_cover_the_planted_rise_and_null_sponsorship_is_seldom_blamed():
    hits = alarms = 0
    for seed in MANY:
        rise, _, truth = capability(seed)
        fit = linregress(expected_rise(seed, truth), rise)
        hits += abs(fit.slope - 1) < 2.1199 * fit.stderr  # t with 18 - 2 degrees of freedom
        rise, sponsored, _ = capability(seed, "null")
        alarms += linregress(sponsored, rise).pvalue < 0.05
    assert HITS[0] <= hits <= HITS[1]
    assert FALSE_ALARMS[0] <= alarms <= FALSE_ALARMS[1]
