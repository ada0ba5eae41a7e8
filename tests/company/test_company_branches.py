"""Branches, territories and representatives; and what holds of every table of the selling firm."""

import numpy as np
import pandas as pd
import pytest

from crmlab.company import branches, setting
from crmlab.company.made import Made
from crmlab.company.months import first_days, month_dates, month_of
from crmlab.company.setting import SCENARIOS
from crmlab.tables.schema import BY_NAME

SEEDS = range(15)


@pytest.fixture(scope="module")
def made(selling_firm):
    return {scenario: selling_firm("sample", 5, scenario) for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def firms():
    """Sales forces of 60 branches and 120 representatives, by scenario."""
    return {
        scenario: [branches.make(setting("big", seed=seed, scenario=scenario), Made()) for seed in SEEDS]
        for scenario in ("standard", "null")
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_table_keeps_to_the_schema(made, scenario):
    tables = made[scenario].tables
    keys = {name: set(frame[BY_NAME[name].key[0]]) for name, frame in tables.items()}
    keys["customers"] = set(made[scenario].truth["customers"]["customer_id"])
    for name, frame in tables.items():
        declared = BY_NAME[name]
        assert list(frame.columns) == [column for column in declared.column_names if column in frame]
        assert not frame.duplicated(list(declared.key)).any(), name
        for column in declared.columns:
            assert column.name in frame or not column.required, (name, column.name)
            said = frame.get(column.name, pd.Series(dtype=object)).dropna()
            assert not column.required or column.may_be_blank or len(said) == len(frame), (name, column.name)
            assert not column.allowed or set(said) <= set(column.allowed), (name, column.name)
            assert column.least is None or (said >= column.least).all(), (name, column.name)
            assert column.most is None or (said <= column.most).all(), (name, column.name)
            assert column.refers_to is None or set(said) <= keys[column.refers_to], (name, column.name)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_happens_happens_within_the_window(made, scenario):
    wanted = setting("sample")
    first, last = pd.Timestamp(wanted.start), pd.Timestamp(wanted.observed_until)
    before = {("branches", "opened_on"), ("reps", "hired_on")}  # the firm is older than its records
    for name, frame in made[scenario].tables.items():
        for column in frame.select_dtypes("datetime"):
            days = frame[column].dropna()
            assert (days <= last).all(), (name, column)
            assert (days >= first).all() or (name, column) in before, (name, column)


def test_the_same_seed_gives_the_same_company_and_another_seed_another(selling_firm):
    # What is made is kept by the fixture, so that the second time it is asked for without it.
    one, two, other = selling_firm("tiny", 3), selling_firm.__wrapped__("tiny", 3), selling_firm("tiny", 4)
    for kind in ("tables", "truth"):
        for name, frame in getattr(one, kind).items():
            pd.testing.assert_frame_equal(frame, getattr(two, kind)[name])
    assert not one.tables["stage_history"].equals(other.tables["stage_history"])


def test_months_are_those_of_the_jalali_year():
    wanted = setting("tiny")
    firsts = first_days(wanted)
    assert len(firsts) == 48
    # Six months of 31 days and five of 30; Esfand has 29, and 30 in 1403, the fourth year.
    lengths = [31] * 6 + [30] * 5
    assert list(np.diff([*firsts, wanted.days])) == [*lengths, 29] * 3 + lengths + [30]
    assert month_of(wanted, [0, 30, 31, wanted.days - 1]).tolist() == [0, 0, 1, 47]
    assert month_dates(wanted, [12]).strftime("%Y-%m-%d").tolist() == ["2022-03-21"]


def test_branches_lie_where_the_customers_are(made):
    # 24 branches: 7.2, 3.6, 3.12, 2.88, 2.64, 2.16, 1.44 and 0.96; the whole parts are 20, and the four largest
    # remainders are those of Kerman, Fars, Azerbaijan and Khorasan.
    expected = {
        "Tehran": 7,
        "Khorasan": 4,
        "Isfahan": 3,
        "Fars": 3,
        "Azerbaijan": 3,
        "Khuzestan": 2,
        "Gilan": 1,
        "Kerman": 1,
    }
    assert made["standard"].tables["branches"]["region"].value_counts().to_dict() == expected
    assert made["standard"].tables["branches"]["name"].iloc[6] == "شعبهٔ تهران ۷"


def test_crm_goes_live_in_waves_and_not_everywhere(made):
    # A quarter of 24 never; the other 18 in six waves of three, every fourth month from the ninth (8, counted from 0).
    months = made["standard"].truth["branches"]["live_month"]
    assert months.isna().sum() == 6
    assert months.value_counts().to_dict() == {8: 3, 12: 3, 16: 3, 20: 3, 24: 3, 28: 3}
    went = made["standard"].tables["branches"]["crm_live_on"].dropna()
    assert (month_dates(setting("sample"), months.dropna().astype(int)) == went).all()


def test_going_live_looks_at_nothing(firms):
    truth = pd.concat([firm.truth["branches"] for firm in firms["standard"]])
    live, high = truth["live_month"].notna(), truth["high_process"]
    # 45 of 60 branches go live, whatever they are: of 15 firms, 450 branches with a process and 450 without.
    assert abs(live[high].mean() - live[~high].mean()) < 4 * np.sqrt(0.75 * 0.25 * 2 / 450)


@pytest.mark.parametrize(("scenario", "share"), [("standard", 1 / 3), ("null", 1 / 2)])
def test_sponsorship_helps_to_have_a_process_and_is_not_needed(firms, scenario, share):
    # Of two normal variables with correlation 1/2, one is above its median where the other is below in
    # 1/2 - arcsin(1/2)/pi = 1/2 - 1/6 = 1/3 of the cases; without correlation in half of them.
    found = []
    for firm in firms[scenario]:
        truth = firm.truth["branches"]
        assert truth["high_process"].sum() == 30
        found.append(truth.loc[truth["sponsorship"] < truth["sponsorship"].median(), "high_process"].mean())
    assert abs(np.mean(found) - share) < 4 * np.std(found) / np.sqrt(len(found))


def test_the_process_score_tells_branches_apart(firms):
    truth = pd.concat([firm.truth["branches"] for firm in firms["standard"]])
    world = setting("big").world(branches.BranchesWorld)
    for high, sign in ((True, 1), (False, -1)):
        scores = truth.loc[truth["high_process"] == high, "process_score"]
        band = 4 * world.process_noise / np.sqrt(len(scores))
        assert abs(scores.mean() - sign * world.process_gap) < band
        assert abs(scores.std() - world.process_noise) < band / np.sqrt(2)


def test_skill_has_nothing_to_do_with_the_ease_of_the_territory(firms):
    world = setting("big").world(branches.BranchesWorld)
    skill, ease, sizes = [], [], []
    for found in firms["standard"]:
        home = found.tables["reps"]["territory_id"]
        by_territory = found.truth["territories"].set_index("territory_id")["ease"]
        skill.append(found.truth["reps"]["skill"])
        ease.append(by_territory.loc[home].to_numpy())
        sizes.append(np.corrcoef(by_territory, np.log(found.tables["territories"]["firms"]))[0, 1])
    skills = np.concatenate(skill)
    assert abs(np.mean([np.corrcoef(*pair)[0, 1] for pair in zip(skill, ease, strict=True)])) < 4 / np.sqrt(skills.size)
    assert abs(skills.std() - world.skill_sd) < 4 * world.skill_sd / np.sqrt(2 * skills.size)
    assert abs(np.mean(sizes) - world.ease_and_firms) < 4 * np.std(sizes) / np.sqrt(len(sizes))
    planted = np.concatenate([found.truth["territories"]["ease"] for found in firms["standard"]])
    assert abs(planted.std() - world.ease_sd) < 4 * world.ease_sd / np.sqrt(2 * planted.size)


def test_representatives_are_trained_after_crm_is_live_and_they_are_hired(made):
    reps = made["standard"].tables["reps"].merge(made["standard"].tables["branches"], on="branch_id")
    trained = reps[reps["trained_on"].notna()]
    latest = trained[["hired_on", "crm_live_on"]].max(axis=1)
    assert trained["crm_live_on"].notna().all()
    assert (trained["trained_on"] >= latest).all()
    assert ((trained["trained_on"] - latest).dt.days < 120).all()
    assert 0 < len(trained) < reps["crm_live_on"].notna().sum()  # some of live branches are not


def test_in_the_null_world_all_sell_alike_and_in_the_awkward_one_somebody_is_alone(made):
    null = made["null"].truth
    assert (null["reps"]["skill"] == 0).all()
    assert (null["territories"]["ease"] == 0).all()
    for seed in SEEDS:
        reps = branches.make(setting("sample", seed=seed, scenario="awkward"), Made()).tables["reps"]
        assert (reps["branch_id"] == "B24").sum() == 1
        assert reps["branch_id"].nunique() == 24
