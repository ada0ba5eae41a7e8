"""What branches report: sums counted by hand, costs that agree, and the planted effect of the roll-out."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from crmlab.company import branches, kpi, make_company, setting
from crmlab.company.kpi import KpiWorld
from crmlab.company.made import Made
from crmlab.company.months import month_dates
from crmlab.company.sums import added, from_sales, from_tickets, nothing

SEEDS = range(200)
HITS, FALSE_ALARMS = (179, 198), (2, 21)
SIX = pd.Series([f"B{number:02}" for number in range(1, 7)], dtype="str")


def day(text):
    return pd.Timestamp(text).as_unit("s")


def sales(rows):
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount", "branch_id"]).assign(
        date=lambda made: pd.to_datetime(made["date"]).astype("datetime64[s]")
    )


# Farvardin 1400 begins on 2021-03-21, Ordibehesht on 04-21, Khordad on 05-22.
CUSTOMERS = pd.DataFrame({"customer_id": ["ann", "bob", "cid"], "branch_id": ["B01", "B01", "B02"]})
SALES = sales(
    [
        ("ann", "2021-03-25", 100, "B01"),
        ("ann", "2021-03-28", 50, "B02"),  # on a visit to another branch
        ("ann", "2021-04-25", 70, None),  # on the web: her own branch's
        ("bob", "2021-03-25", 30, "B01"),
        ("bob", "2021-04-30", -30, "B01"),  # brought back: no purchase
        ("bob", "2021-05-25", 20, "B01"),
        ("cid", "2021-04-22", 10, "B02"),
    ]
)


def world_of(scenario="standard"):
    return setting("sample", scenario=scenario).world(KpiWorld)


@cache
def reported(seed, scenario="standard"):
    """Branches and what they report, in a company that wins about seven customers in each branch and month."""
    wanted = setting("sample", seed=seed, scenario=scenario)
    known = branches.make(wanted, Made())
    none = nothing(wanted)
    won = 1.0 + np.random.default_rng([seed, 7]).poisson(6, none.revenue.shape)
    return known, kpi.make(wanted, known, replace(none, new_customers=won))


def test_sums_are_those_counted_by_hand():
    sums = from_sales(setting("tiny"), SIX, SALES, CUSTOMERS)
    # Branch 1 sold 100 + 30, then 70 - 30, then 20; branch 2 sold 50, then 10.
    assert sums.revenue[0, :3].tolist() == [130, 40, 20]
    assert sums.revenue[1, :3].tolist() == [50, 10, 0]
    assert sums.new_customers[:2, :3].tolist() == [[2, 0, 0], [0, 1, 0]]
    # Ann and Bob bought in the first month, Ann in the second, Bob in the third, who had not in the second.
    assert sums.buyers[:2, :3].tolist() == [[2, 1, 1], [0, 1, 0]]
    assert sums.again[:2, :3].tolist() == [[0, 1, 0], [0, 0, 0]]
    assert sums.revenue.sum() == SALES["amount"].sum()
    assert sums.revenue[2:].sum() == 0


TICKETS = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "bob", "cid"],
        "opened_on": pd.to_datetime(["2021-03-25", "2021-03-26", "2021-03-27", "2021-04-25"]).astype("datetime64[s]"),
        "hand_offs": [0, 1, 0, 0],
        "hours_to_close": [2.0, 9.0, np.nan, 1.0],
        "resolved": pd.array([True, True, pd.NA, False], dtype="boolean"),
    }
)


def test_tickets_are_closed_at_first_contact_without_a_hand_off():
    sums = from_tickets(setting("tiny"), SIX, TICKETS, CUSTOMERS)
    assert sums.closed[:2, :2].tolist() == [[2, 0], [0, 1]]  # Bob's is still open
    assert sums.at_first_contact[:2, :2].tolist() == [[1, 0], [0, 0]]


def test_blocks_add_up_to_the_whole():
    wanted = setting("tiny")
    known = Made({"branches": pd.DataFrame({"branch_id": SIX})})
    tables = {"transactions": SALES, "customers": CUSTOMERS, "tickets": TICKETS}
    whole, parts = added(wanted, nothing(wanted), known | Made(tables)), nothing(wanted)
    for who in (["ann"], ["bob", "cid"]):
        mine = {name: frame[frame["customer_id"].isin(who)] for name, frame in tables.items()}
        parts = added(wanted, parts, known | Made(mine))
    for field in fields(whole):
        assert (getattr(parts, field.name) == getattr(whole, field.name)).all()
    assert whole.revenue.sum() == SALES["amount"].sum()


def test_the_company_reports_what_its_tables_hold():
    made = make_company("tiny", seed=2)
    reports, lines = made.tables["kpi_monthly"], made.tables["transactions"]
    assert reports["revenue"].sum() == lines["amount"].sum()
    assert reports["new_customers"].sum() == lines.loc[lines["amount"] > 0, "customer_id"].nunique()


def test_what_is_reported_is_what_was_counted():
    wanted = setting("tiny", seed=1)
    known = branches.make(wanted, Made())
    sums = from_sales(wanted, known.tables["branches"]["branch_id"], SALES, CUSTOMERS)
    made = kpi.make(wanted, known, sums).tables["kpi_monthly"]
    assert len(made) == 6 * 48
    assert not made.duplicated(["branch_id", "month"]).any()
    first = made[made["branch_id"] == "B01"].reset_index(drop=True)
    assert first["revenue"][:3].tolist() == [130, 40, 20]
    assert first["new_customers"][:3].tolist() == [2, 0, 0]
    # Of the two of the first month one bought in the second; of the one of the second none in the third.
    assert first["repeat_rate"].isna()[:4].tolist() == [True, False, False, False]
    assert first["repeat_rate"][1:3].tolist() == [0.5, 0.0]
    assert first["first_contact_resolution"].isna().all()
    assert first["month"].equals(pd.Series(month_dates(wanted, np.arange(48)), name="month"))


def test_what_one_costs_is_what_all_cost_by_how_many_they_are():
    made = reported(1)[1].tables["kpi_monthly"]
    some = made["new_customers"] > 0
    by_hand = (made["demand_cost"] / made["new_customers"].where(some))[some]
    assert ((made["cost_per_new_customer"][some] - by_hand).abs() <= 0.5).all()
    assert made["cost_per_new_customer"].isna().equals(~some)
    assert (made["demand_cost"] > 0).all()
    assert made["measured"].between(0, 1).all()


def test_the_effect_is_the_planted_one_in_every_month():
    known, found = reported(1)
    truth = found.truth["kpi_monthly"].merge(known.truth["branches"], on="branch_id")
    live = truth["months_live"].notna()
    assert (truth["effect"][~live | ~truth["high_process"]] == 0).all()
    high = truth[live & truth["high_process"]].set_index("months_live")["effect"]
    # A ninth of ln .85 in the first month of nine: .85^(1/9) - 1 = -.0179; 5/9 in the fifth; all of it from then on.
    assert high.loc[0].to_numpy() == pytest.approx(0.85 ** (1 / 9) - 1)
    assert high.loc[4].to_numpy() == pytest.approx(0.85 ** (5 / 9) - 1)
    assert high[high.index >= 8].to_numpy() == pytest.approx(-0.15)
    firsts = truth.groupby("branch_id")["months_live"].count()
    expected = 48 - known.truth["branches"].set_index("branch_id")["live_month"]
    assert (firsts == expected.fillna(0)).all()


@pytest.mark.parametrize("scenario", ["clean", "standard", "null"])
def test_without_effect_trend_and_season_a_cost_is_its_branch_and_noise(scenario):
    world, rest, levels = world_of(scenario), [], []
    month = np.arange(48)
    for seed in range(10):
        truth = reported(seed, scenario)[1].truth["kpi_monthly"]
        shared = world.trend * month + world.season * np.isin(month % 12, [0, 11])
        log = np.log(truth["cost_of_one"] / world.cost_of_one / (1 + truth["effect"])).to_numpy().reshape(-1, 48)
        log = log - shared
        levels.append(log.mean(axis=1))
        rest.append(log - log.mean(axis=1, keepdims=True))
    spread = np.sqrt((np.array(rest) ** 2).sum() / (240 * 47))
    assert abs(spread - world.noise_sd) < 4 * world.noise_sd / np.sqrt(2 * 240 * 47)
    between = np.hypot(world.branch_sd, world.noise_sd / np.sqrt(48))
    assert abs(np.mean(levels)) < 4 * between / np.sqrt(240)
    assert abs(np.std(levels) - between) < 4 * between / np.sqrt(2 * 240)


def test_live_branches_measure_more_whether_they_have_a_process_or_not():
    world, known = world_of(), reported(1)[0]
    made = reported(1)[1].tables["kpi_monthly"].merge(known.truth["branches"], on="branch_id")
    number = made.groupby("branch_id").cumcount()
    since = number - made["live_month"].astype(float)
    for high in (False, True):
        mine = made["high_process"] == high
        for rows, mean in (
            (mine & ~(since >= 0), world.measured),
            (mine & (since >= world.ramp_months), world.measured + world.measured_gain),
        ):
            assert abs(made["measured"][rows].mean() - mean) < 4 * world.measured_sd / np.sqrt(rows.sum())


def test_prices_are_in_what_customers_cost():
    wanted = setting("tiny", seed=3)
    known = branches.make(wanted, Made())
    sums = replace(nothing(wanted), new_customers=np.full(nothing(wanted).revenue.shape, 4.0))
    months = month_dates(wanted, np.arange(48))
    economy = pd.DataFrame({"month": months, "price_index": 100 * 1.03 ** np.arange(-47.0, 1)})
    plain, priced = (kpi.make(wanted, made, sums) for made in (known, known | Made({"economy": economy})))
    ratio = priced.truth["kpi_monthly"]["cost_of_one"] / plain.truth["kpi_monthly"]["cost_of_one"]
    assert ratio.to_numpy().reshape(6, 48) == pytest.approx(np.tile(1.03 ** np.arange(-47.0, 1), (6, 1)))


def test_in_the_awkward_world_a_month_is_missing_and_one_was_spent_in_vain():
    made = reported(1, "awkward")[1].tables["kpi_monthly"]
    wanted = setting("sample")
    assert len(made) == 24 * 48 - 1
    assert not ((made["branch_id"] == "B01") & (made["month"] == month_dates(wanted, [20])[0])).any()
    vain = made[(made["branch_id"] == "B02") & (made["month"] == month_dates(wanted, [10])[0])].squeeze()
    assert vain["new_customers"] == 0
    assert vain["demand_cost"] > 0
    assert pd.isna(vain["cost_per_new_customer"])


def test_sums_and_what_is_known_stay_as_they_were():
    wanted = setting("sample", scenario="awkward")
    known = branches.make(wanted, Made())
    won = np.full(nothing(wanted).revenue.shape, 4.0)
    lines, people = SALES.copy(), CUSTOMERS.copy()
    kpi.make(wanted, known, replace(nothing(wanted), new_customers=won))
    from_sales(wanted, known.tables["branches"]["branch_id"], lines, people)
    assert (won == 4).all()
    pd.testing.assert_frame_equal(lines, SALES)
    pd.testing.assert_frame_equal(people, CUSTOMERS)


def arrays(known, found):
    """By branch and month the logarithm of what one cost; the month of going live; who has a process; the effects."""
    truth = known.truth["branches"]
    log = np.log(found.tables["kpi_monthly"]["cost_per_new_customer"].to_numpy(dtype=float, na_value=np.nan))
    effects = np.log1p(found.truth["kpi_monthly"]["effect"].to_numpy())
    live = truth["live_month"].to_numpy(dtype=float, na_value=np.inf)
    return log.reshape(-1, 48), live, truth["high_process"].to_numpy(), effects.reshape(-1, 48)


def group_time_att(log, live, counted):
    """The mean over live branches that are `counted`, and over their months, of the effect on the logarithm.

    Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), against branches not yet live, each month compared
    with the mean of all months before the group went live; months that were not reported are left out.
    """
    total = cells = 0.0
    for group in np.unique(live[counted & np.isfinite(live)]):
        at = int(group)
        change = log[:, at:] - np.nanmean(log[:, :at], axis=1, keepdims=True)
        not_yet = np.where(live[:, None] > np.arange(at, log.shape[1]), change, np.nan)
        with np.errstate(invalid="ignore"):
            effects = change[counted & (live == group)] - np.nansum(not_yet, axis=0) / np.isfinite(not_yet).sum(axis=0)
        total += np.nansum(effects)
        cells += np.isfinite(effects).sum()
    return total / cells


def jackknifed(estimator, log, live, counted):
    """An estimate and its 95 % interval: each branch is left out once, t with as many degrees as live branches less 1.

    With 24 branches, of which a dozen or fewer are live and counted, a bootstrap of branches is too narrow; leaving out
    one cluster at a time is not (MacKinnon, Nielsen and Webb 2023, Journal of Applied Econometrics 38(5)).
    """
    others = ~np.eye(live.size, dtype=bool)
    left_out = np.array([estimator(log[kept], live[kept], counted[kept]) for kept in others])
    estimate = estimator(log, live, counted)
    error = np.sqrt((live.size - 1) / live.size * ((left_out - left_out.mean()) ** 2).sum())
    reach = student.ppf(0.975, (counted & np.isfinite(live)).sum() - 1) * error
    return estimate, estimate - reach, estimate + reach


def two_way(log, live, counted):
    """The coefficient of being live beside branch and month effects, of `counted` and never-live branches."""
    kept = counted | np.isinf(live)
    treated = (live[kept, None] <= np.arange(log.shape[1])).astype(float)
    treated = treated - treated.mean(axis=0) - treated.mean(axis=1, keepdims=True) + treated.mean()
    return (treated * log[kept]).sum() / (treated**2).sum()


def mean_effect(effects, live, counted):
    """The truth of `group_time_att`."""
    return effects[counted[:, None] & (live[:, None] <= np.arange(effects.shape[1]))].mean()


def test_the_group_time_effect_of_a_case_worked_by_hand():
    # Two branches that go live in month 2 and one that never does. Before: means 1, 3 and 0. Changes in months 2 and 3:
    # 1 and 3, 0 and 2, and of the third 2 and 2; less those of the third: -1, 1, -2, 0: mean -1/2.
    log = np.array([[0, 2, 2, 4], [3, 3, 3, 5], [-1, 1, 2, 2]], dtype=float)
    live = np.array([2, 2, np.inf])
    assert group_time_att(log, live, np.array([True, True, False])) == pytest.approx(-0.5)


def test_the_effect_is_found_at_branches_with_a_process_and_not_at_the_others():
    log, live, high, effects = arrays(*reported(3))
    estimate, low, upper = jackknifed(group_time_att, log, live, high)
    assert low < upper < 0  # it is seen
    assert abs(estimate - mean_effect(effects, live, high)) < 2 * (upper - low)
    estimate, low, upper = jackknifed(group_time_att, log, live, ~high)
    assert abs(estimate) < 2 * (upper - low)


def test_branch_and_month_effects_alone_understate_an_effect_that_ramps_up():
    # Of what was planted, without any noise: the regression finds less than the mean effect at every seed, while the
    # comparison with branches not yet live finds it exactly.
    for seed in range(10):
        _, live, high, effects = arrays(*reported(seed))
        truth = mean_effect(effects, live, high)
        assert group_time_att(effects, live, high) == pytest.approx(truth)
        assert two_way(effects, live, high) > 0.9 * truth  # both are below zero


@pytest.mark.slow
def test_intervals_cover_the_effect_and_its_absence():
    # The jackknife's intervals are held to the band of an exact one.
    hits, misses = {"process": 0, "no process": 0}, []
    for seed in SEEDS:
        log, live, high, effects = arrays(*reported(seed))
        for name, counted in (("process", high), ("no process", ~high)):
            estimate, low, upper = jackknifed(group_time_att, log, live, counted)
            truth = mean_effect(effects, live, counted)
            hits[name] += low < truth < upper
            if name == "process":
                misses.append((estimate - truth, two_way(log, live, counted) - truth))
    assert all(HITS[0] <= count <= HITS[1] for count in hits.values()), hits
    bias, error = np.mean(misses, axis=0), np.std(misses, axis=0) / np.sqrt(len(misses))
    assert abs(bias[0]) < 4 * error[0]  # the comparison with branches not yet live is right on average
    assert bias[1] > 4 * error[1]  # and branch and month effects alone find too little


@pytest.mark.slow
def test_in_the_null_world_the_roll_out_is_seldom_said_to_work():
    alarms = {"process": 0, "all": 0}
    for seed in SEEDS:
        log, live, high, _ = arrays(*reported(seed, "null"))
        for name, counted in (("process", high), ("all", np.isfinite(live))):
            _, low, upper = jackknifed(group_time_att, log, live, counted)
            alarms[name] += not low < 0 < upper
    assert all(FALSE_ALARMS[0] <= count <= FALSE_ALARMS[1] for count in alarms.values()), alarms
