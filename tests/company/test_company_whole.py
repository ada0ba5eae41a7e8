"""The company as a whole: tables as the schema declares them, the same for the same seed, each group apart."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from crmlab.company import SCENARIOS, make_company, referrals, setting
from crmlab.company import company as whole
from crmlab.company.company import company_parts
from crmlab.company.months import month_of
from crmlab.company.transactions import TransactionsWorld
from crmlab.tables.schema import BY_NAME, TABLES

# What the awkward world breaks on purpose.
BROKEN = {"transactions": "exported twice", "source_records": "exported twice"}


@pytest.fixture(scope="module", params=SCENARIOS)
def made(request):
    return make_company("tiny", seed=7, scenario=request.param)


def test_every_table_is_there_with_rows(made):
    assert made.tables.keys() == BY_NAME.keys()
    assert all(len(frame) for frame in made.tables.values())


def test_values_are_those_the_schema_allows(made):
    for name, frame in made.tables.items():
        for column in BY_NAME[name].columns:
            if column.name not in frame:
                continue
            values = frame[column.name].dropna()
            if column.allowed:
                assert set(values) <= set(column.allowed), (name, column.name)
            if column.least is not None:
                assert (values >= column.least).all(), (name, column.name)
            if column.most is not None:
                assert (values <= column.most).all(), (name, column.name)


def test_required_columns_are_there_and_filled(made):
    for name, frame in made.tables.items():
        for column in (one for one in BY_NAME[name].columns if one.required):
            filled = column.may_be_blank or frame[column.name].notna().all()
            assert filled or made.setting.scenario == "awkward", (name, column.name)


def test_keys_tell_rows_apart(made):
    for table in TABLES:
        frame = made.tables[table.name]
        if made.setting.scenario == "awkward" and table.name in BROKEN:
            continue
        assert not table.key or not frame.duplicated(list(table.key)).any(), table.name


def test_references_are_found(made):
    for table in TABLES:
        for column in (one for one in table.columns if one.refers_to and one.name in made.tables[table.name]):
            target = BY_NAME[column.refers_to]
            known = set(made.tables[target.name][target.key[0]])
            values = set(made.tables[table.name][column.name].dropna())
            assert values <= known, (table.name, column.name)


def test_days_lie_in_the_window(made):
    last = pd.Timestamp(made.setting.observed_until)
    for name, frame in made.tables.items():
        for column in frame.select_dtypes("datetime"):
            planned = (name, column) in {("contracts", "end"), ("campaigns", "end")}
            assert planned or frame[column].max() <= last, (name, column)


def test_money_is_whole_tomans(made):
    for name, frame in made.tables.items():
        money = [column.name for column in BY_NAME[name].columns if column.type == "money" and column.name in frame]
        assert all(frame[column].dtype == "Int64" for column in money), name


def test_truth_never_stands_in_a_table(made):
    hidden = {"purchases_per_week", "p_dropout", "mean_spend", "uplift_type", "p0", "p1", "service_use", "influence"}
    assert not any(hidden & set(frame.columns) for frame in made.tables.values())


def test_the_same_seed_makes_the_same_company_and_another_seed_another():
    first, second, other = make_company("tiny", seed=7), make_company("tiny", seed=7), make_company("tiny", seed=8)
    for kind in ("tables", "truth"):
        for name, frame in getattr(first, kind).items():
            pd.testing.assert_frame_equal(frame, getattr(second, kind)[name])
    assert not first.tables["transactions"].equals(other.tables["transactions"])


DIGEST = """
import hashlib
from crmlab.company import make_company
tables = make_company("tiny", seed=3).tables
print(hashlib.sha256("".join(name + tables[name].to_csv() for name in sorted(tables)).encode()).hexdigest())
"""


def test_the_number_of_threads_changes_nothing():
    limits = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    found = [
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | dict.fromkeys(limits, str(threads)),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in (1, 4)
    ]
    assert found[0] == found[1]


def test_leaving_a_group_out_changes_no_other(monkeypatch):
    everything = make_company("tiny", seed=5)
    monkeypatch.setattr(whole, "BY_BLOCK", tuple(group for group in whole.BY_BLOCK if group is not referrals.make))
    fewer = make_company("tiny", seed=5)
    assert fewer.tables.keys() == everything.tables.keys() - {"referrals"}
    for name in fewer.tables:
        pd.testing.assert_frame_equal(fewer.tables[name], everything.tables[name])


def test_a_block_is_made_by_itself():
    wanted = setting("sample")
    parts = company_parts(wanted)
    next(parts)
    ids = [set(next(parts).tables["customers"]["customer_id"]) for _ in wanted.blocks]
    assert [len(found) for found in ids] == [block.size for block in wanted.blocks]
    assert not set.intersection(*ids)


def test_in_the_clean_world_the_log_is_that_of_the_models(made):
    if made.setting.scenario != "clean":
        return
    lines = made.tables["transactions"]
    assert (lines["amount"] > 0).all()
    bought = lines.groupby("customer_id")["date"].nunique()
    planted = made.truth["purchases"].groupby("customer_id").size()
    assert (bought <= planted).all()
    days = made.truth["purchases"].groupby("customer_id")["day"].nunique()
    pd.testing.assert_series_equal(bought, days, check_names=False)
    assert np.isin(made.tables["customers"]["customer_id"], bought.index).all()


def test_the_month_that_is_missing_from_the_awkward_export_is_missing_whole(made):
    if made.setting.scenario != "awkward":
        return
    lost = made.setting.world(TransactionsWorld).lost_month
    day = (made.tables["transactions"]["date"] - pd.Timestamp(made.setting.start)).dt.days
    sold = np.bincount(month_of(made.setting, day.to_numpy()), minlength=48)
    assert sold[lost] == 0
    assert np.delete(sold, lost).min() > 0
