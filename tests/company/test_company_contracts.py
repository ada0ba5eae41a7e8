"""Contracts: who takes one, how long it lasts, why it ends, and what shock and campaign change."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlab.company import campaigns, contracts, latents, setting
from crmlab.company.contracts import ContractsWorld
from crmlab.company.made import Made
from crmlab.company.setting import SCENARIOS, Block
from crmlab.models import fit_sbg
from crmlab.models.contracts import Kept
from crmlab.tables.schema import BY_NAME

SEEDS = range(200)
LEAST_HITS, MOST_HITS = 179, 198  # of 200, for a 95 % interval
LEAST_ALARMS, MOST_ALARMS = 2, 21
SEGMENTS = (1, 2, 3, 4)


def company(seed: int, scenario: str, n: int = 2_000, **tables: pd.DataFrame):
    """The setting, the block and what is known before the contracts."""
    wanted, block = setting("sample", seed=seed, scenario=scenario), Block(0, 0, n)
    known = campaigns.make(wanted, Made()) | contracts.planted(wanted, Made())
    return wanted, block, known | Made(tables, {"customers": latents.customers(wanted, block)})


@cache
def made(seed: int, scenario: str, n: int = 2_000) -> Made:
    wanted, block, known = company(seed, scenario, n)
    return known | contracts.make(wanted, known, block)


def renewals(found: Made, *, segment: int | None = None) -> pd.DataFrame:
    """For each contract how many renewals were due in the window (0 is none) and how many it outlasted."""
    table = found.tables["contracts"].merge(found.truth["contracts"][["contract_id", "need_segment"]])
    table = table if segment is None else table[table["need_segment"] == segment]
    until = pd.Timestamp(setting("sample").observed_until)
    due = np.zeros(len(table), dtype=int)
    for number in range(1, 9):
        due += (later(table["start"], table["period_months"] * number) <= until).to_numpy()
    ends = np.zeros(len(table), dtype=int)
    for number in range(1, 9):
        ends = np.where(later(table["start"], table["period_months"] * number) == table["end"], number, ends)
    return table.assign(due=due, ended_at=ends)


def later(start: pd.Series, months: pd.Series) -> pd.Series:
    """So many months after each day, by pandas' calendar."""
    parts = [start[months == n] + pd.DateOffset(months=int(n)) for n in months.unique()]
    return pd.concat(parts).reindex(start.index)


def kept(found: Made, segment: int) -> Kept:
    """Survivors of the contracts of a segment, cohorts by the renewals that were due, however far apart."""
    table = renewals(found, segment=segment)
    lasted = np.where(table["ended_at"] > 0, table["ended_at"] - 1, table["due"])
    return Kept.of_cohorts(
        [(lasted[table["due"] == due] >= age).sum() for age in range(due + 1)] for due in sorted(set(table["due"]))
    )


def log_intervals(found: Made, segment: int) -> dict[str, tuple[float, float]]:
    """95 % intervals of ln α and ln β."""
    fit = fit_sbg(kept(found, segment), time_unit="year")
    half = 1.96 * fit.standard_errors / pd.Series(fit.params)
    return {name: (np.log(value) - half[name], np.log(value) + half[name]) for name, value in fit.params.items()}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_contracts_keep_to_the_schema(scenario):
    found, declared = made(1, scenario), BY_NAME["contracts"]
    table = found.tables["contracts"]
    assert not table["contract_id"].duplicated().any()
    assert set(table["customer_id"]) <= set(found.truth["customers"]["customer_id"])
    assert table[["contract_id", "customer_id", "start"]].notna().all(axis=None)
    for column in declared.columns:
        said = table[column.name].dropna() if column.name in table else pd.Series(dtype=object)
        assert not column.allowed or set(said) <= set(column.allowed)
        assert column.least is None or (said >= column.least).all()
    assert (table["end"].dropna() <= pd.Timestamp(setting("sample").observed_until)).all()
    assert table.loc[table["end"].isna(), "reason"].isna().all()
    shared = found.truth["contracts"]["contract_id"]
    assert list(table["contract_id"]) == list(shared)


def test_the_same_seed_gives_the_same_and_nothing_given_is_changed():
    wanted, block, known = company(2, "standard")
    before = known.truth["customers"].copy()
    one, two = contracts.make(wanted, known, block), contracts.make(wanted, known, block)
    pd.testing.assert_frame_equal(one.tables["contracts"], two.tables["contracts"])
    pd.testing.assert_frame_equal(known.truth["customers"], before)
    assert not one.tables["contracts"].equals(made(3, "standard").tables["contracts"])


def test_take_up_and_chances_to_leave_have_the_moments_of_their_segments():
    found, world = made(7, "clean", 12_000), setting("sample", scenario="clean").world(ContractsWorld)
    customers, truth = found.truth["customers"], found.truth["contracts"]
    for place, segment in enumerate(SEGMENTS):
        n = (customers["need_segment"] == segment).sum()
        theta = truth.loc[truth["need_segment"] == segment, "theta"]
        p = world.take_up[place]
        assert abs(len(theta) / n - p) < 4 * np.sqrt(p * (1 - p) / n)
        beta = stats.beta(world.alpha[place], world.beta[place])
        assert abs(theta.mean() - beta.mean()) < 4 * beta.std() / np.sqrt(len(theta))
    half = (found.tables["contracts"]["period_months"] == 6).mean()
    assert abs(half - world.half_yearly) < 4 * np.sqrt(world.half_yearly * (1 - world.half_yearly) / len(truth))


def test_a_contract_ends_on_the_renewal_that_the_truth_says():
    found = made(1, "standard")
    table = renewals(found).merge(found.truth["contracts"], on=["contract_id", "customer_id"])
    ended = table["end"].notna()
    assert (table.loc[ended, "ended_at"] == table.loc[ended, "periods"]).all()
    assert (table.loc[~ended, "periods"] > table.loc[~ended, "due"]).all()
    told = table["reason_x"].notna()
    assert (table.loc[told, "reason_x"] == table.loc[told, "reason_y"]).all()


def test_the_project_counts_yearly_contracts_as_they_are():
    found = made(1, "clean")
    yearly = found.tables["contracts"].query("period_months == 12")
    alone = Made({"contracts": yearly}, {"contracts": found.truth["contracts"]})
    table = renewals(alone)
    counted = Kept.of_contracts(yearly, observed_until=setting("sample").observed_until, time_unit="year")
    assert counted.n == (table["due"] > 0).sum()
    assert counted.lost == (table["ended_at"] > 0).sum()


def test_the_price_is_that_of_the_product_and_the_times():
    products = pd.DataFrame({"product_id": ["A", "B"], "name": ["ضمانت طلایی", "پنکه"], "list_price": [1_000_000, 7]})
    economy = pd.DataFrame({"month": pd.to_datetime(["2021-03-21", "2023-03-21"]), "price_index": [50.0, 100.0]})
    wanted, block, known = company(1, "clean", 500, products=products, economy=economy)
    table = contracts.make(wanted, known, block).tables["contracts"]
    assert set(table["product_id"]) == {"A"}
    firm = table["customer_id"].map(known.truth["customers"].set_index("customer_id")["customer_type"]) == "firm"
    # A year costs 1,000,000 in the last month and half of it before 21 March 2023; half a year .55 of that, firms 2.2.
    level = np.where(table["start"] < "2023-03-21", 0.5, 1.0)
    expected = 1e6 * level * np.where(table["period_months"] == 6, 0.55, 1) * np.where(firm, 2.2, 1)
    assert (table["price"] == np.round(expected)).all()


def test_shock_and_campaign_change_whom_they_say_and_nobody_else():
    with_them, without = made(6, "standard", 6_000), made(6, "clean", 6_000)
    truth, before = with_them.truth["contracts"], without.truth["contracts"]
    untouched = ~(truth["shocked"] | truth["campaign"])
    assert (truth.loc[untouched, "periods"] == before.loc[untouched, "periods"]).all()
    shocked = truth[truth["shocked"]].merge(with_them.truth["customers"], on="customer_id")
    assert set(shocked["region"]) == {"Khuzestan"}
    assert set(shocked["reason"]) == {"service"}
    # Who was due to renew in Khuzestan between days 830 and 1009 and would have: 40 % of them leave.
    table = renewals(without).merge(without.truth["contracts"], on=["contract_id", "customer_id"])
    table = table.merge(without.truth["customers"][["customer_id", "region"]])
    first = pd.Timestamp(setting("sample").start) + pd.Timedelta(days=830)
    exposed = np.zeros(len(table), dtype=bool)
    for number in range(1, 9):
        day = later(table["start"], table["period_months"] * number)
        in_it = (day >= first) & (day < first + pd.Timedelta(days=180))
        exposed |= (in_it & (table["periods"] > number)).to_numpy()
    n = (exposed & (table["region"] == "Khuzestan")).sum()
    assert abs(len(shocked) - 0.4 * n) < 4 * np.sqrt(0.4 * 0.6 * n)


def test_the_campaign_before_renewals_keeps_and_loses_whom_it_should():
    found = made(6, "standard", 6_000)
    called = found.truth["renewals"].merge(found.truth["contracts"], on=["contract_id", "customer_id"])
    called = called.merge(found.truth["customers"][["customer_id", "uplift_type"]])
    changed = called[called["campaign"]]
    assert set(changed.loc[~changed["renews_anyway"], "uplift_type"]) == {"persuadable"}
    assert set(changed.loc[changed["renews_anyway"], "uplift_type"]) == {"do_not_disturb"}


def test_alpha_and_beta_are_recovered_in_each_segment():
    found = made(7, "clean", 12_000)
    planted = found.truth["contract_segments"].set_index("need_segment")
    for segment in SEGMENTS:
        for name, (low, high) in log_intervals(found, segment).items():
            middle, half = (low + high) / 2, (high - low) / 2
            # Four standard errors where 95 % are 1.96.
            assert abs(np.log(planted.loc[segment, name]) - middle) < half / 1.96 * 4, (segment, name)


def test_reasons_have_the_shares_of_their_segment():
    found = made(7, "clean", 12_000)
    planted = found.truth["contract_segments"].set_index("need_segment")
    ended = renewals(found).dropna(subset="reason")
    for segment in SEGMENTS:
        said = ended.loc[ended["need_segment"] == segment, "reason"]
        for reason, share in said.value_counts(normalize=True).items():
            p = planted.loc[segment, f"reason_{reason}"]
            assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / len(said)), (segment, reason)


def test_where_all_leave_alike_nothing_hangs_on_the_segment():
    truth = made(1, "null").truth
    segments = truth["contract_segments"]
    assert set(truth["contracts"]["theta"]) == set(segments["churn"])
    assert all(len(set(segments[name])) == 1 for name in ["take_up", *segments.filter(like="reason_")])
    assert not (truth["contracts"]["shocked"] | truth["contracts"]["campaign"]).any()


@pytest.mark.slow
def test_intervals_of_alpha_and_beta_cover_in_every_segment():
    hits = pd.DataFrame(0, index=SEGMENTS, columns=["alpha", "beta"])
    for seed in SEEDS:
        wanted, block, known = company(seed, "clean", 6_000)
        found = known | contracts.make(wanted, known, block)
        planted = np.log(found.truth["contract_segments"].set_index("need_segment")[["alpha", "beta"]])
        for segment in SEGMENTS:
            for name, (low, high) in log_intervals(found, segment).items():
                hits.loc[segment, name] += low <= planted.loc[segment, name] <= high
    assert hits.ge(LEAST_HITS).all(axis=None), hits
    assert hits.le(MOST_HITS).all(axis=None), hits


@pytest.mark.slow
def test_shares_of_reasons_are_covered_and_in_the_null_world_segments_are_alike():
    hits, alarms_leaving, alarms_reasons = 0, 0, 0
    for seed in SEEDS:
        ended = renewals(made.__wrapped__(seed, "clean")).dropna(subset="reason")
        said = ended.loc[ended["need_segment"] == 1, "reason"] == "price"
        low, high = stats.binomtest(int(said.sum()), len(said)).proportion_ci(method="wilson")
        hits += low <= 0.40 <= high  # the weights of the first segment add up to 1: .40 of price
        null = renewals(made.__wrapped__(seed, "null"))
        due = null[null["due"] > 0]
        left_first = due["ended_at"] == 1
        alarms_leaving += stats.chi2_contingency(pd.crosstab(due["need_segment"], left_first))[1] < 0.05
        reasons = pd.crosstab(null["need_segment"], null["reason"])
        alarms_reasons += stats.chi2_contingency(reasons)[1] < 0.05
    assert LEAST_HITS <= hits <= MOST_HITS
    assert LEAST_ALARMS <= alarms_leaving <= MOST_ALARMS
    assert LEAST_ALARMS <= alarms_reasons <= MOST_ALARMS
