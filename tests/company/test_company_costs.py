"""What serving costs: how often, how much, and whom the firm serves at a loss."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlab.company import costs, latents, make_company, setting
from crmlab.company.costs import CostsWorld
from crmlab.company.made import Made, table
from crmlab.company.setting import SCENARIOS, Block
from crmlab.tables.schema import BY_NAME

SEEDS = range(200)
LEAST_ALARMS, MOST_ALARMS = 2, 21
MAGNETS_BUY = 300  # orders each


def some_purchases(seed: int, block: Block, customers: pd.DataFrame) -> pd.DataFrame:
    """Everybody buys four times on average, the cost magnets 300 times, for 5 million tomans at a margin of .3."""
    wanted, rng = setting("sample"), np.random.default_rng([seed, 21])
    times = np.where(customers["service_use"] == "cost_magnet", MAGNETS_BUY, rng.poisson(4, block.size))
    who = np.repeat(np.arange(block.size), times)
    amount = np.round(rng.gamma(4, 1.25e6, who.size)) + 1
    columns = {
        "customer_id": block.customer_ids[who],
        "date": wanted.date(rng.integers(0, 1_000, who.size)),
        "amount": amount,
        "order_id": [f"S{number:06}" for number in range(who.size)],
        "cost": np.round(0.7 * amount),
    }
    return table("transactions", columns)


def known_before(seed: int, scenario: str, n: int) -> tuple[Block, Made]:
    wanted, block = setting("sample", seed=seed, scenario=scenario), Block(0, 0, n)
    customers = latents.customers(wanted, block)
    return block, Made({"transactions": some_purchases(seed, block, customers)}, {"customers": customers})


@cache
def made(seed: int, scenario: str, n: int = 3_000) -> Made:
    block, known = known_before(seed, scenario, n)
    return known | costs.make(setting("sample", seed=seed, scenario=scenario), known, block)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_events_keep_to_the_schema(scenario):
    found, declared = made(1, scenario), BY_NAME["cost_events"]
    frame = found.tables["cost_events"]
    assert list(frame.columns) == list(declared.column_names)
    assert not frame.duplicated(list(declared.key)).any()
    for column in declared.columns:
        said = frame[column.name].dropna()
        assert not column.required or len(said) == len(frame)
        assert column.least is None or (said >= column.least).all()
    assert set(frame["customer_id"]) <= set(found.truth["customers"]["customer_id"])
    lines = found.tables["transactions"].set_index("order_id")
    assert (frame["order_id"].map(lines["customer_id"]) == frame["customer_id"]).all()
    assert (frame["order_id"].map(lines["date"]) <= frame["date"]).all()
    assert frame["date"].max() <= pd.Timestamp("2025-03-20")


def test_the_same_seed_gives_the_same_and_nothing_given_is_changed():
    block, known = known_before(2, "standard", 400)
    before = known.tables["transactions"].copy()
    one, two = (costs.make(setting("sample", seed=2), known, block) for _ in range(2))
    pd.testing.assert_frame_equal(one.tables["cost_events"], two.tables["cost_events"])
    pd.testing.assert_frame_equal(known.tables["transactions"], before)


def test_events_are_as_many_as_planted_and_cost_what_their_minutes_cost():
    found, world = made(1, "standard"), setting("sample").world(CostsWorld)
    use = found.truth["customers"].set_index("customer_id")["service_use"]
    orders = found.tables["transactions"]["customer_id"].map(use).value_counts()
    events = found.tables["cost_events"]
    kind = events["customer_id"].map(use)
    # Orders are of the first 1,000 of 1,461 days: of what comes 2 or 5 days later on average, next to nothing is lost.
    for name in ("delivery", "installation"):
        for group in ("normal", "heavy", "cost_magnet"):
            mean = world.drivers[name].per_order[group] * orders[group]
            n = ((events["driver"] == name) & (kind == group)).sum()
            assert abs(n - mean) < 4 * np.sqrt(mean), (name, group)
    for name, driver in world.drivers.items():
        of_driver = events[events["driver"] == name]
        # Gamma with a standard deviation of half the mean; minutes of a call are rounded, and one at least.
        assert (
            abs(of_driver["minutes"].mean() - driver.minutes) < 4 * driver.minutes / 2 / np.sqrt(len(of_driver)) + 0.1
        )
        assert (of_driver["amount"] == of_driver["minutes"] * world.wage_a_minute + driver.material).all()


def test_repairs_come_as_late_as_planted():
    found = made(1, "standard")
    repairs = found.tables["cost_events"].query("driver == 'repair'")
    ordered = repairs["order_id"].map(found.tables["transactions"].set_index("order_id")["date"])
    # Exponential, in whole days: P(later than 119 days) = e^(−120/120).
    p, late = np.exp(-1), (repairs["date"] - ordered).dt.days.to_numpy() >= 120
    assert abs(late.mean() - p) < 4 * np.sqrt(p * (1 - p) / late.size)


def test_credit_costs_what_the_money_would_have_earned():
    wanted, block = setting("tiny"), Block(0, 0, 3)
    first, second, third = block.customer_ids
    lines = {
        "customer_id": [first, first, second, third],
        "date": wanted.date([0, 0, 5, 6]),
        "amount": [1_000_000, 825_000, 3_650_000, -500],
        "order_id": ["A", "A", "B", "C"],
        "due_days": [60, 60, 0, 30],
    }
    known = Made({"transactions": table("transactions", lines)}, {"customers": latents.customers(wanted, block)})
    credit = costs.make(wanted, known, block).tables["cost_events"].query("driver == 'credit'")
    # 1,825,000 for 60 of 365 days at 30 % a year: 1,825,000 × 60/365 × .3 = 90,000. A return is owed by nobody.
    assert credit[["customer_id", "order_id", "amount"]].to_numpy().tolist() == [[first, "A", 90_000]]


def test_contribution_is_revenue_less_goods_less_service():
    wanted, block = setting("tiny"), Block(0, 0, 2)
    first, second = block.customer_ids
    lines = {
        "customer_id": [first, first, None],
        "date": wanted.date([0, 9, 9]),
        "amount": [1_000, -400, 77],
        "order_id": ["A", "A", "X"],
        "cost": [600, -240, 1],
    }
    known = Made({"transactions": table("transactions", lines)}, {"customers": latents.customers(wanted, block)})
    found = costs.make(wanted, known, block)
    served = found.tables["cost_events"]["amount"].sum()
    truth = found.truth["contributions"].set_index("customer_id")
    # 1,000 − 400 revenue; 600 − 240 goods: 240 before, and that less all events after.
    assert truth.loc[first, ["orders", "revenue", "contribution_before"]].tolist() == [1, 600, 240]
    assert truth.loc[first, "contribution_after"] == 240 - served
    assert truth.loc[second, ["orders", "revenue", "contribution_after"]].tolist() == [0, 0, 0]


def test_without_the_cost_of_goods_the_margin_is_the_worlds():
    block, known = known_before(3, "standard", 300)
    bare = Made({"transactions": known.tables["transactions"].drop(columns="cost")}, known.truth)
    truth = costs.make(setting("sample", seed=3), bare, block).truth["contributions"]
    rate = setting("sample").world(CostsWorld).margin_rate
    np.testing.assert_allclose(truth["contribution_before"], rate * truth["revenue"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_is_served_much_is_served_at_a_loss_and_the_more_so_the_more_they_buy(seed):
    truth = made(seed, "standard").truth["contributions"]
    sums = truth.groupby("service_use")[["contribution_before", "contribution_after"]].sum()
    assert (sums["contribution_before"] > 0).all()
    assert (sums["contribution_after"] > 0).to_dict() == {"cost_magnet": False, "heavy": False, "normal": True}
    magnets = truth[truth["service_use"] == "cost_magnet"]
    assert (magnets["orders"] == MAGNETS_BUY).all()
    assert (
        magnets["contribution_after"] < truth.loc[truth["service_use"] == "normal", "contribution_after"].min()
    ).all()


def test_in_the_awkward_world_the_firm_serves_at_a_loss():
    assert made(1, "awkward").truth["contributions"]["contribution_after"].sum() < 0


def test_fixed_costs_are_the_same_each_month_but_for_prices():
    wanted = setting("tiny")
    economy = pd.DataFrame({"month": pd.to_datetime(["2021-03-21", "2023-03-21"]), "price_index": [50.0, 100.0]})
    frame = costs.make_fixed(wanted, Made({"economy": economy})).tables["fixed_costs"]
    assert not frame.duplicated(["month", "kind"]).any()
    rent = frame[frame["kind"] == "rent"].set_index("month")["amount"]
    # 16,000 tomans for each of 300 customers are 4.8 million, half of that before 21 March 2023; 48 months.
    assert len(rent) == 48
    assert set(rent[rent.index < "2023-03-21"]) == {2_400_000}
    assert set(rent[rent.index >= "2023-03-21"]) == {4_800_000}


def test_in_the_whole_company_costs_belong_to_orders_and_channels_to_what_branches_report():
    whole = make_company("tiny", seed=20)
    tables = whole.tables
    assert set(tables["cost_events"]["order_id"]) <= set(tables["transactions"]["order_id"])
    reported = tables["kpi_monthly"].groupby(["month", "branch_id"])["demand_cost"].sum()
    by_kind = tables["demand_costs"].groupby(["month", "branch_id"])["amount"].sum()
    # The 13 rows of a branch and month are each rounded to whole tomans: 6.5 at the most.
    assert (by_kind - reported.reindex(by_kind.index)).abs().max() <= 7
    after = whole.truth["contributions"].groupby("service_use")["contribution_after"].sum()
    assert (after > 0).to_dict() == {"cost_magnet": False, "heavy": False, "normal": True}


@pytest.mark.slow
def test_in_the_null_world_heavy_users_cost_no_more():
    alarms = 0
    for seed in SEEDS:
        found = made.__wrapped__(seed, "null", 1_000)
        truth = found.truth["contributions"].query("orders > 0")
        per_order = (truth["contribution_before"] - truth["contribution_after"]) / truth["orders"]
        heavy = truth["service_use"] == "heavy"
        alarms += stats.ttest_ind(per_order[heavy], per_order[~heavy], equal_var=False).pvalue < 0.05
    assert LEAST_ALARMS <= alarms <= MOST_ALARMS
