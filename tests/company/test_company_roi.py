"""Two reckonings of what CRM brings: the vendor's, which comes to 243 %, and one that is measured and says how well."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from crmlab.company import roi, setting
from crmlab.company.made import Made
from crmlab.company.roi import RoiWorld
from crmlab.company.setting import PROFILES, SCENARIOS
from crmlab.company.write import ECONOMICS

SEEDS = range(200)
HITS, FALSE_ALARMS = (179, 198), (2, 21)


def reckoned(seed=1, scenario="standard", profile="sample"):
    return roi.make(setting(profile, seed=seed, scenario=scenario), Made())


def by_year(rows, case):
    """The amounts of a case summed by year."""
    return rows[rows["case"] == case].groupby("year")["amount"].sum().astype(float)


def test_present_value_by_hand():
    # 100 now and 121 in two years, at 10 %: 100 + 121/1.21 = 200.
    rows = pd.DataFrame({"year": [0, 2], "amount": [100, 121]})
    assert roi.present_value(rows, 0.10) == pytest.approx(200)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_vendor_comes_to_243_per_cent(scenario, profile):
    tables = reckoned(scenario=scenario, profile=profile).tables
    cost, benefit = (by_year(tables[name], "vendor") for name in ("crm_costs", "crm_benefits"))
    spent = cost[0] + cost[1] / 1.1 + cost[2] / 1.21 + cost[3] / 1.331
    brought = benefit[1] / 1.1 + benefit[2] / 1.21 + benefit[3] / 1.331
    assert (brought - spent) / spent == pytest.approx(2.43, abs=1e-6)  # amounts are whole tomans
    vendor = tables["crm_benefits"][tables["crm_benefits"]["case"] == "vendor"]
    assert not vendor["measured"].any()
    assert vendor["standard_error"].isna().all()


@pytest.mark.parametrize(
    ("scenario", "expected"), [("standard", 0.2), ("clean", 0.2), ("awkward", 0.2), ("null", -1.0)]
)
def test_the_true_return_of_the_own_case_is_the_planted_one(scenario, expected):
    made = reckoned(scenario=scenario)
    world = setting("sample", scenario=scenario).world(RoiWorld)
    truth = made.truth["roi"].set_index("case").loc["own"]
    cost = by_year(made.tables["crm_costs"], "own")
    benefit = made.truth["crm_benefits"].groupby("year")["amount"].sum().astype(float)
    r = 1 + world.discount_rate
    spent = cost[0] + cost[1] / r + cost[2] / r**2 + cost[3] / r**3
    brought = benefit[1] / r + benefit[2] / r**2 + benefit[3] / r**3
    assert brought / spent - 1 == pytest.approx(expected, abs=1e-6)
    assert truth[["costs", "benefits", "npv", "roi"]].tolist() == pytest.approx(
        [spent, brought, brought - spent, brought / spent - 1]
    )


def test_costs_are_those_of_the_branches_and_whole():
    for profile, made in ((name, reckoned(profile=name)) for name in PROFILES):
        world, branches = setting(profile).world(RoiWorld), PROFILES[profile].branches
        for case, each in (("vendor", world.vendor_cost), ("own", world.own_cost)):
            total = by_year(made.tables["crm_costs"], case)
            assert total.sum() == pytest.approx(each * branches, abs=20)  # up to 24 amounts are rounded
            shares = world.vendor_years if case == "vendor" else world.own_years
            assert (total / total.sum()).to_numpy() == pytest.approx(shares, abs=1e-6)
    own = made.tables["crm_costs"]
    assert {"staff_time", "data"} <= set(own.loc[own["case"] == "own", "kind"])
    assert not {"staff_time", "data"} & set(own.loc[own["case"] == "vendor", "kind"])


def test_rates_are_those_of_the_client_file_and_shares_are_whole():
    world = setting("sample").world(RoiWorld)
    assert world.discount_rate == ECONOMICS["discount_rate_per_year"]
    for shares in (
        world.vendor_years,
        world.own_years,
        *(kinds.values() for kinds in (world.own_kinds, world.vendor_kinds)),
    ):
        assert sum(shares) == pytest.approx(1)
    for shares in (world.own_benefits, world.vendor_benefits):
        assert sum(shares.values()) == pytest.approx(1)


def test_software_is_a_fifth_of_the_cost_by_chance_alone():
    # A share of a Dirichlet with precision 60 and mean m is Beta(60 m, 60 (1 - m)).
    world, n = setting("tiny").world(RoiWorld), 40
    found = {"own": [], "vendor": []}
    for seed in range(n):
        costs = reckoned(seed, profile="tiny").tables["crm_costs"]
        for case, mine in costs.groupby("case"):
            software = mine.loc[mine["kind"] == "software", "amount"].sum()
            found[case].append(software / mine["amount"].sum())
    for case, kinds in (("own", world.own_kinds), ("vendor", world.vendor_kinds)):
        mean, precision = kinds["software"], world.shares_precision
        assert abs(np.mean(found[case]) - mean) < 4 * np.sqrt(mean * (1 - mean) / (precision + 1) / n)
    share = beta(0.25 * 60, 0.75 * 60).cdf(0.2)
    assert abs(np.mean(np.array(found["own"]) <= 0.2) - share) < 4 * np.sqrt(share * (1 - share) / n)
    assert min(found["vendor"]) > 0.2


def measured_value(made, rate):
    """Present value of the measured benefits and its standard error, from the table alone."""
    rows = made.tables["crm_benefits"]
    rows = rows[(rows["case"] == "own") & rows["measured"]]
    discounted = rows["standard_error"].astype(float) / (1 + rate) ** rows["year"]
    return roi.present_value(rows, rate), np.sqrt((discounted**2).sum())


def test_assumed_benefits_are_overstated_and_measured_ones_are_not():
    world = setting("tiny").world(RoiWorld)
    ratios = {True: [], False: []}
    for seed in range(20):
        made = reckoned(seed, profile="tiny")
        rows = made.tables["crm_benefits"]
        own = rows[rows["case"] == "own"].merge(made.truth["crm_benefits"], on=["year", "kind"], suffixes=("", "_true"))
        for measured, mine in own.groupby("measured"):
            ratios[measured].append((mine["amount"].astype(float) / mine["amount_true"].astype(float)).mean())
            assert ((mine["kind"] == "cross_selling") == (not measured)).all()
    for measured, expected in ((True, 1), (False, world.overstated)):
        band = 4 * np.std(ratios[measured]) / np.sqrt(len(ratios[measured]))
        assert abs(np.mean(ratios[measured]) - expected) < band


def test_the_measured_value_is_near_the_true_one():
    rate = setting("sample").world(RoiWorld).discount_rate
    for scenario in SCENARIOS:
        made = reckoned(7, scenario)
        value, error = measured_value(made, rate)
        costs = roi.present_value(made.tables["crm_costs"].query("case == 'own'"), rate)
        truth = made.truth["roi"].set_index("case").loc["own", "npv_measured"]
        assert abs(value - costs - truth) < 4 * error
        assert (value > 4 * error) == (scenario != "null")


@pytest.mark.slow
def test_intervals_cover_the_true_value_and_seldom_see_one_where_none_is():
    hits = alarms = 0
    rate = setting("tiny").world(RoiWorld).discount_rate
    for seed in SEEDS:
        made = reckoned(seed, profile="tiny")
        value, error = measured_value(made, rate)
        costs = roi.present_value(made.tables["crm_costs"].query("case == 'own'"), rate)
        truth = made.truth["roi"].set_index("case").loc["own", "npv_measured"]
        hits += abs(value - costs - truth) < 1.959964 * error
        value, error = measured_value(reckoned(seed, "null", "tiny"), rate)
        alarms += abs(value) > 1.959964 * error
    assert HITS[0] <= hits <= HITS[1], (hits, alarms)
    assert FALSE_ALARMS[0] <= alarms <= FALSE_ALARMS[1], (hits, alarms)
