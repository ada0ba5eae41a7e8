"""What a firm's people say, few branches, followers: worked by hand, published, and found where it was planted."""

import functools
import itertools

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crmlab import simulate
from crmlab.analyses import value_chain
from crmlab.analyses.value_chain import claims, survey_claims
from crmlab.analyses.value_chain.compare import Compared
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.tables.engine import connect

TABLE = [[4, 5, 4], [3, 3, 2], [5, 5, 5], [2, 3, 2], [4, 4, 3]]
# Shrout and Fleiss (1979), table 2: six targets, four judges.
SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
NUMBERS = itertools.count()
RNG = np.random.default_rng


@functools.cache
def engine():
    return connect()


def tables(**frames):
    """Frames as clean tables of one engine, no row left out."""
    found = {}
    for name, rows in frames.items():
        frame = pd.DataFrame(rows)
        for column in frame.columns:
            if column in ("date", "crm_live_on", "trained_on", "created_on", "month"):
                frame[column] = pd.to_datetime(frame[column]).dt.date
        made = f"t{next(NUMBERS)}"
        engine().con.register(made, pa.Table.from_pandas(frame, preserve_index=False))
        found[name] = engine().table(made).mutate(excluded_by=ibis.null("string"))
    return found


def test_alpha_by_hand_with_feldts_interval():
    # Sums 13, 8, 15, 7, 11: variance 11.2. Items: 1.3, 1.0, 1.7, together 4.0. 3/2 · (1 − 4/11.2) = .9643.
    # F(.975; 4, 8) = 5.053: 1 − .0357 · 5.053 = .8196; F(.025; 4, 8) = 1/8.980: 1 − .0357 · .1114 = .9960.
    one = value_chain.alpha(TABLE)
    assert (one.value, one.low, one.high) == pytest.approx((27 / 28, 0.8196, 0.9960), abs=1e-4)
    assert one.n == 5


def test_alpha_does_not_hang_on_order_or_origin():
    scores = RNG(1).integers(1, 6, (40, 4)).astype(float)
    shuffled = scores[RNG(2).permutation(40)][:, [2, 0, 3, 1]] + 7
    assert value_chain.alpha(shuffled).value == pytest.approx(value_chain.alpha(scores).value)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1, 2, 3]], "two people or more by two statements"),
        ([[1, np.nan], [2, 3]], "needs every score"),
        ([[1, 2], [2, 1], [1, 2]], "the same sum"),
    ],
)
def test_alpha_refuses_what_it_cannot_measure(scores, message):
    with pytest.raises(DataError, match=message):
        value_chain.alpha(scores)


def test_omega_is_the_same_number_each_time():
    # A fit that starts by chance ends elsewhere in the seventh digit, and a report would not be reproduced.
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(200, 1)) * [0.8, 0.7, 0.6, 0.5] + rng.normal(size=(200, 4))
    assert len({value_chain.omega(scores) for _ in range(3)}) == 1


def test_omega_from_planted_loadings():
    # .8 + .7 + .6 + .5 = 2.6; errors .36 + .51 + .64 + .75 = 2.26; 6.76 / 9.02.
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    correlations = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    assert value_chain.omega_of(correlations, n=1000) == pytest.approx(6.76 / 9.02, abs=1e-4)
    # With equal loadings ω is the standardised α: 4 · .49 / (1 + 3 · .49).
    equal = np.full((4, 4), 0.49) + 0.51 * np.eye(4)
    assert value_chain.omega_of(equal, n=1000) == pytest.approx(1.96 / 2.47, abs=1e-4)
    assert np.isnan(value_chain.omega([[1, 2], [2, 3], [4, 3]]))


def test_intraclass_correlations_of_shrout_and_fleiss():
    # Their table 4: ICC(1,1) = .17, ICC(1,4) = .44; between 11.24, within 6.26.
    found = value_chain.agreement(np.ravel(SHROUT), np.repeat(np.arange(6), 4))
    assert round(found.one.value, 2) == 0.17
    assert round(found.mean, 2) == 0.44
    # F = 11.24 / 6.26 = 1.795; F(.975; 5, 18) = 3.382: .531; (.531 − 1) / (.531 + 3) = −.133.
    assert found.one.low == pytest.approx(-0.133, abs=1e-3)
    assert not found.may_aggregate


def test_agreement_needs_groups_with_members():
    with pytest.raises(DataError, match="more people than groups"):
        value_chain.agreement([1.0, 2.0], ["a", "b"])
    with pytest.raises(DataError, match="no variance within"):
        value_chain.agreement([1.0, 1.0, 2.0, 2.0], ["a", "a", "b", "b"])


def test_a_difference_of_small_groups_by_hand():
    # −3 ± 2.776 · √(1/3 + 1/3) = −3 ± 2.267; of 20 ways to choose three of six, 2 are as extreme.
    found = value_chain.compared([1, 2, 3], [4, 5, 6], denominator="", window="", rng=RNG(3))
    assert (found.estimate.value, found.estimate.low, found.estimate.high) == pytest.approx(
        (-3, -5.267, -0.733), abs=1e-3
    )
    assert found.p == pytest.approx(0.1, abs=0.03)
    assert found.sure
    with pytest.raises(DataError, match="two cases of each kind"):
        value_chain.compared([1], [2, 3], denominator="", window="", rng=RNG(3))
    with pytest.raises(DataError, match="the same value"):
        value_chain.compared([1, 1], [1, 1], denominator="", window="", rng=RNG(3))


def test_a_slope_by_hand():
    # Sxy = 9, Sxx = 10; residuals −.2, .9, −1, .1, .2: 1.9 / 3 / 10 = .25166², times t(3) = 3.18245.
    found = value_chain.slope([0, 2, 1, 3, 4], range(5), denominator="", window="", rng=RNG(3))
    assert (found.estimate.value, found.estimate.high - 0.9) == pytest.approx((0.9, 0.80090), abs=1e-4)
    with pytest.raises(DataError, match="too few for a slope"):
        value_chain.slope([1, 2, 3], [1, 2, 4], denominator="", window="", rng=RNG(3))
    with pytest.raises(DataError, match="does not vary"):
        value_chain.slope([1, 2, 3, 4], [1, 1, 1, 1], denominator="", window="", rng=RNG(3))


def test_a_mean_with_clusters_by_hand():
    # Errors .5, .5 | −.5, −.5: sums 1 and −1; √(2 · 2) / 4 = .5, times t(1) = 12.706.
    mean, reach = value_chain.clustered_mean(np.array([1.0, 1, 0, 0]), np.array(["a", "a", "b", "b"]))
    assert (mean, reach) == pytest.approx((0.5, 6.3531), abs=1e-4)
    assert np.isnan(value_chain.clustered_mean(np.array([1.0, 0]), np.array(["a", "a"]))[1])


def test_a_difference_with_a_cluster_for_everybody_is_the_ordinary_one():
    outcome, mark = np.array([1, 0, 1, 1, 0, 0, 1, 0.0]), np.array([1, 1, 1, 1, 0, 0, 0, 0])
    value, _ = value_chain.slope_clustered(outcome, mark, np.arange(8))
    assert value == pytest.approx(0.75 - 0.25)


BRANCHES = [f"B{number}" for number in range(8)]


def test_what_is_necessary_is_refuted_by_counting():
    support = pd.Series(range(8), index=BRANCHES, dtype=float)
    # B0 to B3 have little; B1 and B3 did well: 2 of 4, Clopper and Pearson .0676 to .9324.
    outcome = pd.Series([1, 9, 2, 8, 3, 7, 6, 4], index=BRANCHES, dtype=float)
    found = value_chain.needed(support, outcome, window="2024")
    assert found.did_well == 2
    assert (found.share.low, found.share.high) == pytest.approx((0.0676, 0.9324), abs=1e-4)
    assert "not necessary" in survey_claims.needed_claim(found)
    # Where support decides all, nobody without does well, and the sentence does not claim that it is shown.
    none = value_chain.needed(support, support, window="2024")
    assert none.did_well == 0
    assert "not shown either" in survey_claims.needed_claim(none)
    with pytest.raises(DataError, match="four are needed"):
        value_chain.needed(support[:3], outcome, window="")
    with pytest.raises(DataError, match="none has little"):
        value_chain.needed(support * 0, outcome, window="")


def test_support_helps_by_standard_deviations():
    # Whatever the unit of support, the slope is for one standard deviation: outcome = 2 · (support / sd) exactly.
    support = pd.Series([1.0, 4, 2, 8, 5, 7, 3, 6], index=BRANCHES)
    noise = pd.Series([0.1, -0.1, -0.1, 0.1, -0.1, 0.1, 0.1, -0.1], index=BRANCHES)
    found = [
        value_chain.helped(unit * support, 2 * support / support.std() + noise, window="", rng=RNG(1))
        for unit in (1, 50)
    ]
    assert found[0].estimate.value == pytest.approx(found[1].estimate.value)
    assert found[0].estimate.value == pytest.approx(2, abs=0.1)
    assert found[0].p == pytest.approx(0.001)


def test_cheaper_acquisition_is_held_against_all_branches():
    months = pd.date_range("2021-01-01", periods=24, freq="MS")
    rows = [
        {
            "branch_id": name,
            "month": month,
            "new_customers": 10.0,
            "demand_cost": 100.0 * (factor if place >= 12 else 1),
        }
        for name, factor in (("B1", 1.0), ("B2", 0.5))
        for place, month in enumerate(months)
    ]
    found = value_chain.cheaper_acquisition(tables(kpi_monthly=rows))
    # Falls of 0 and ln 2, less their mean.
    assert found.window == "2021-01 to 2021-12 against 2022-01 to 2022-12"
    assert found.by_branch.to_dict() == pytest.approx({"B1": -np.log(2) / 2, "B2": np.log(2) / 2})
    with pytest.raises(DataError, match="two years are needed"):
        value_chain.cheaper_acquisition(tables(kpi_monthly=rows[:12]))


def test_training_is_a_difference_of_differences():
    reps = [
        {"rep_id": name, "trained_on": day} for name, day in zip("abcd", ["2023-01-01"] * 2 + [None] * 2, strict=True)
    ]
    # Of ten deals on each side: trained win 2 → 6 and 4 → 7, the others 3 → 4 and 5 → 5. (.4 + .3) / 2 − (.1 + 0) / 2.
    won = {"a": (2, 6), "b": (4, 7), "c": (3, 4), "d": (5, 5)}
    deals = [
        {"rep_id": name, "created_on": day, "state": "won" if number < wins else "lost"}
        for name, both in won.items()
        for day, wins in zip(("2022-06-01", "2023-06-01"), both, strict=True)
        for number in range(10)
    ]
    found = value_chain.trained(tables(reps=reps, opportunities=deals), rng=RNG(1))
    assert found.estimate.value == pytest.approx(0.30)
    assert found.groups == (2, 2)
    few = value_chain.trained(tables(reps=reps, opportunities=deals[:20]), rng=RNG(1))
    assert "cannot be compared" in survey_claims.trained_claim(few)


def answers(*, rises=0.0, people=6, branches=8):
    """Two waves of one scale; live branches (the first half) rise by so many points on every statement."""
    rng = RNG(5)
    rows = []
    for branch, person in itertools.product(range(branches), range(people)):
        level = 3 + (branch % 4 - 1.5) / 2 + rng.normal(0, 0.6)
        for wave, day in enumerate(("2022-03-01", "2024-03-01")):
            rows += [
                {
                    "respondent_id": f"E{branch}-{person}",
                    "branch_id": f"B{branch}",
                    "date": day,
                    "item": f"trust_{item}",
                    "score": level + rng.normal(0, 0.4) + rises * wave * (branch < branches / 2),
                }
                for item in (1, 2, 3)
            ]
    return rows


def test_the_survey_knows_waves_scales_and_branches():
    found = value_chain.survey(tables(org_survey=answers()))
    assert found.items == {"trust": ["trust_1", "trust_2", "trust_3"]}
    assert sorted(found.windows) == [1, 2]
    assert found.last == 2
    by_hand = found.people[found.people["wave"] == 2].groupby("branch_id")[["trust_1", "trust_2", "trust_3"]].mean()
    assert found.branches(2)["trust"].to_numpy() == pytest.approx(by_hand.mean(axis=1).to_numpy())
    table = value_chain.scales(found)
    assert table.loc[0, "may_aggregate"]
    assert table.loc[0, ["n", "items"]].to_list() == [48, 3]
    assert "1 of 1 scales" in survey_claims.scales_claim(table)


def test_what_rose_where_crm_went_live():
    live = pd.Series([number < 4 for number in range(8)], index=[f"B{number}" for number in range(8)])
    rose, same = (
        value_chain.pre_post(value_chain.survey(tables(org_survey=answers(rises=rises))), live, rng=RNG(1))["trust"]
        for rises in (1.0, 0.0)
    )
    # The same chance in both, so that the two differ by exactly what was planted.
    assert rose.estimate.value - same.estimate.value == pytest.approx(1.0)
    assert rose.groups == (4, 4)
    assert "trust" in survey_claims.change_claim({"trust": rose})
    assert "On none of 1 scales" in survey_claims.change_claim({"trust": same})
    assert value_chain.pre_post(value_chain.survey(tables(org_survey=answers())), live[:1], rng=RNG(1)) == {}


def test_branches_that_went_live_between_the_waves():
    days = {"a": "2022-05-01", "b": None, "before": "2021-01-01", "after": "2024-06-01"}
    rows = [{"branch_id": name, "crm_live_on": day} for name, day in days.items()]
    live = value_chain.went_live(tables(branches=rows), value_chain.survey(tables(org_survey=answers())))
    assert live.to_dict() == {"a": True, "b": False, "after": False}


def test_a_thin_survey_is_refused():
    with pytest.raises(DataError, match="at least 20 people in 6 branches"):
        value_chain.survey(tables(org_survey=answers(branches=3)))
    one = [row | {"item": "trust_1"} for row in answers()[::3]]
    with pytest.raises(DataError, match="no scale of 'org_survey' has two statements"):
        value_chain.survey(tables(org_survey=one))
    with pytest.raises(DataError, match="'org_survey' is not there"):
        value_chain.survey({})


def test_scales_hold_together_until_the_first_that_fails():
    # .01 ≤ .05/3, .02 ≤ .05/2, .04 ≤ .05; with .03 and .04 the first fails against .025.
    said = {"method": "m", "denominator": "d", "window": "w", "evidence": "quasi-experiment"}
    estimate = Estimate(value=0.5, low=0.1, high=0.9, n=8, level=0.95, **said)

    def found(**p):
        return {name: Compared(estimate, one, (4, 4)) for name, one in p.items()}

    assert survey_claims.change_claim(found(a=0.04, b=0.01, c=0.02)).endswith(": b, c, a.")
    assert "On none of 2 scales" in survey_claims.change_claim(found(a=0.03, b=0.04))
    assert "it holds with all 3" in survey_claims.scale_change_claim(found(a=0.04, b=0.01, c=0.02), "a")
    alone = survey_claims.scale_change_claim(found(a=0.03, b=0.04), "a")
    assert "On the scale a, the change where" in alone
    assert "is 0.50 (95 % interval 0.10 to 0.90) steps" in alone
    assert "p = 0.030 for this scale alone; with all 2 scales looked at together it may be chance" in alone


def test_who_is_told_and_buys_at_once_is_followed():
    n = 40
    joined = pd.Series(0, index=[f"c{number}" for number in range(2 * n)])
    tellings = pd.DataFrame({"from": joined.index[:n], "to": joined.index[n:], "day": np.arange(n) * 20})
    purchases = pd.DataFrame({"customer": joined.index[n:], "day": np.arange(n) * 20 + 1})
    found = value_chain.influence(tellings, purchases, joined, last_day=1000, rng=RNG(1))
    assert found.followed == 1
    # A window of 90 of 911 days holds the one purchase with a chance near .1.
    assert found.by_chance == pytest.approx(0.09, abs=0.03)
    assert found.timed.value == pytest.approx(1 - found.by_chance)
    assert found.p == pytest.approx(1 / 201)
    assert "resemblance does not explain" in claims.influence_claim(found)
    # A purchase on the day itself does not follow it, and one after the window neither.
    for off in (0, 91):
        late = purchases.assign(day=purchases["day"] - 1 + off)
        assert value_chain.influence(tellings, late, joined, last_day=1000, rng=RNG(1)).followed == 0


def test_influence_is_the_same_whatever_customers_are_called():
    world = simulate.word_of_mouth(RNG(4), effect=0.2)
    one = value_chain.influence(world.tellings, world.purchases, world.joined, last_day=world.last_day, rng=RNG(1))
    renamed = value_chain.influence(
        world.tellings.assign(**{end: world.tellings[end].map("c{}".format) for end in ("from", "to")}),
        world.purchases.sample(frac=1, random_state=1).assign(customer=lambda t: t["customer"].map("c{}".format)),
        world.joined.rename("c{}".format),
        last_day=world.last_day,
        rng=RNG(1),
    )
    assert renamed == one


def test_resemblance_deceives_the_naive_comparison_only():
    world = simulate.word_of_mouth(RNG(7))
    found = value_chain.influence(world.tellings, world.purchases, world.joined, last_day=world.last_day, rng=RNG(1))
    assert found.naive.low > 0
    assert found.timed.contains(0)
    assert "cannot be told from resemblance" in claims.influence_claim(found)


def test_too_few_tellings_are_refused():
    world = simulate.word_of_mouth(RNG(4))
    with pytest.raises(DataError, match="30 are needed"):
        value_chain.influence(world.tellings[:10], world.purchases, world.joined, last_day=world.last_day, rng=RNG(1))


def test_the_worlds_say_what_is_wrong_with_them():
    with pytest.raises(ParameterError, match=r"n_branches 1 .*\n.*branch_share 2 .*\n.*loadings of x"):
        simulate.organisation(RNG(1), n_branches=1, branch_share=2, loadings={"x": (0.5,)})
    with pytest.raises(ParameterError, match=r"alike 2 .*\n.*effect -1"):
        simulate.word_of_mouth(RNG(1), alike=2, effect=-1)


def test_the_organisation_has_what_was_planted():
    # 2.1² − .49 · 3 = 2.94 off the diagonal: 3/2 · (1 − 3/5.94).
    world = simulate.organisation(
        RNG(1), n_branches=400, people=20, loadings={"a": (0.7, 0.7, 0.7)}, branch_share=0.3, effect=1.0
    )
    assert world.alpha["a"] == pytest.approx(1.5 * (1 - 3 / 5.94))
    assert value_chain.alpha(world.scale("a")).value == pytest.approx(world.alpha["a"], abs=0.02)
    # Of the mean's variance the factor has α, and of that the branches .3.
    found = value_chain.agreement(world.scale("a").mean(axis=1), world.answers["branch_id"], level=0.999)
    assert found.one.contains(0.3 * world.alpha["a"])
    assert found.one.low > 0.1
    fit = np.polyfit(world.branches["support"], world.branches["outcome"], 1)
    assert fit[0] == pytest.approx(1.0, abs=0.2)
