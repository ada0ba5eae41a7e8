"""Profit by customer: worked by hand, held against the truth of Negin, indifferent to the order and names of rows."""

import functools
import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from crmlab import suite
from crmlab.analyses import profitability as p
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import profit_histories
from crmlab.tables.engine import connect

NUMBERS = itertools.count()
UNTIL = date(2024, 12, 31)
BOTH = p.two_periods(observed_until=UNTIL, first=date(2020, 1, 1), months=12)


@functools.cache
def engine():
    return connect()


def clean(rows, dated="date"):
    """Rows as a clean table of which none is left out; all share an engine, as the tables of a client do."""
    frame = pd.DataFrame(rows)
    frame[dated] = pd.to_datetime(frame[dated]).dt.date
    name = f"t{next(NUMBERS)}"
    engine().con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
    return engine().table(name).mutate(excluded_by=ibis.null("string"))


def sale(customer, day, amount, cost=None, order=None, *, product="tea"):
    row = {"customer_id": customer, "date": day, "amount": float(amount), "order_id": order, "product_id": product}
    return row | {"cost": None if cost is None else float(cost)}


SALES = [
    sale("ann", "2023-02-01", 100, 60, "o1"),
    sale("ann", "2024-03-01", 200, 120, "o2"),
    sale("ann", "2024-03-09", -50, -30, "o2r"),
    sale("bob", "2023-05-01", 80, 50, "o3"),
    sale("bob", "2024-05-01", 80, 50, "o4", product="pot"),
    sale("old", "2019-05-01", 500, 100, "o0"),
]


def event(customer, day, driver, minutes, amount, *, order=None):
    return {
        "event_id": str(next(NUMBERS)),
        "customer_id": customer,
        "date": day,
        "driver": driver,
        "minutes": minutes,
        "amount": float(amount),
        "order_id": order,
    }


EVENTS = [
    event("ann", "2023-02-02", "call", 10.0, 20, order="o1"),
    event("bob", "2023-05-02", "call", 30.0, 20, order="o3"),
    event("bob", "2024-05-02", "credit", None, 8, order="o4"),
    event("old", "2023-01-05", "call", 20.0, 20, order="o0"),
]


def made(sales=SALES, events=EVENTS, **more):
    tables = {"transactions": clean(sales)} | ({"cost_events": clean(events)} if events is not None else {})
    tables |= {name: more.pop(name) for name in ("economy", "fixed_costs", "products") if name in more}
    return p.account(tables, observed_until=UNTIL, **more)


def by_name(account, column):
    return account.customers.set_index("customer_id")[column].to_dict()


def of_world(effect=0.0, n=400, seed=1, **more):
    world = profit_histories(np.random.default_rng(seed), n_customers=n, effect=effect, **more)
    return p.account_of(world.sales, world.services, periods=BOTH)


def test_two_periods_end_with_the_last_day_and_shrink_to_the_history():
    assert (BOTH.earlier.first, BOTH.earlier.last) == (date(2023, 1, 1), date(2023, 12, 31))
    assert (BOTH.later.first, BOTH.later.last) == (date(2024, 1, 1), UNTIL)
    short = p.two_periods(observed_until=UNTIL, first=date(2024, 8, 20), months=12)
    assert (short.months, short.both.first) == (2, date(2024, 9, 1))
    with pytest.raises(DataError, match="do not fit between the first day, 2024-12-20"):
        p.two_periods(observed_until=UNTIL, first=date(2024, 12, 20), months=12)
    with pytest.raises(ParameterError, match="0 months"):
        p.two_periods(observed_until=UNTIL, first=date(2020, 1, 1), months=0)


def test_money_is_brought_to_the_last_month():
    # The index doubles from January to March: an amount of January counts twice, one of March once.
    rows = [{"month": f"2023-0{n}-01", "price_index": index} for n, index in ((1, 50.0), (2, 80.0), (3, 100.0))]
    economy = clean(rows, "month")
    found = p.prices(economy, first=date(2023, 1, 15), until=date(2023, 3, 31))
    assert found.factor(np.array(["2023-01-31", "2023-02-01", "2023-03-31"])) == pytest.approx([2.0, 1.25, 1.0])
    assert "multiplied by 2.00" in found.sentence
    uncovered = p.prices(economy, first=date(2022, 12, 31), until=date(2023, 3, 31))
    assert not uncovered.real
    assert uncovered.factor(np.array(["2023-01-31"])) == pytest.approx([1.0])
    assert "no price index" in uncovered.sentence


def test_the_account_by_hand_with_minutes_at_their_price():
    # Three calls of 60 minutes cost 60: a minute costs 1. ann 10, bob 30, old 20; bob's credit of 8 as booked.
    found = made()
    assert by_name(found, "revenue") == pytest.approx({"ann": 250, "bob": 160, "old": 0})
    assert by_name(found, "margin") == pytest.approx({"ann": 40 + 80 - 20, "bob": 60, "old": 0})
    assert by_name(found, "cost_to_serve") == pytest.approx({"ann": 10, "bob": 38, "old": 20})
    assert by_name(found, "contribution") == pytest.approx({"ann": 90, "bob": 22, "old": -20})
    assert by_name(found, "contribution_1") == pytest.approx({"ann": 30, "bob": 0, "old": -20})
    assert by_name(found, "contribution_2") == pytest.approx({"ann": 60, "bob": 22, "old": 0})
    # Of ann's orders: 40 − 10, 80, −20; the root of their squares' sum.
    assert by_name(found, "spread")["ann"] == pytest.approx(np.sqrt(30**2 + 80**2 + 20**2))
    recorded = made(costing="recorded")
    assert by_name(recorded, "cost_to_serve") == pytest.approx({"ann": 20, "bob": 28, "old": 20})
    assert recorded.total("cost_to_serve") == pytest.approx(found.total("cost_to_serve"))


def test_what_no_line_says_of_costs_comes_from_a_rate():
    without = [row | {"cost": None} for row in SALES]
    found = made(without, None, margin_rate=0.3)
    assert by_name(found, "margin") == pytest.approx({"ann": 75, "bob": 48})
    assert (found.served, found.estimated) == (False, 1.0)
    assert "margin" in p.claims.blind_claim(found)
    assert p.cost_persistence(found) is None
    half = made([*SALES[:4], SALES[4] | {"cost": None}, SALES[5]], None)
    # Lines with a cost: revenue 100 + 200 − 50 + 80, goods 60 + 120 − 30 + 50; margin rate 130 / 330.
    assert by_name(half, "margin")["bob"] == pytest.approx(30 + 80 * 130 / 330)
    with pytest.raises(DataError, match="margin_rate"):
        made(without, None)


def test_fixed_costs_are_those_of_months_that_begin_in_the_window():
    rows = [{"month": day, "kind": "rent", "amount": 10.0} for day in ("2022-12-01", "2023-01-01", "2024-12-01")]
    found = made(fixed_costs=clean(rows, "month"))
    assert found.fixed == pytest.approx(20)
    steps = p.bridge(found)
    assert steps["left"].iloc[-1] == pytest.approx(92 - 20)
    assert made().fixed is None
    assert "Fixed costs of these days are not known" in p.claims.blind_claim(made())


def test_accounts_refuse_what_cannot_be_accounted_for():
    with pytest.raises(ParameterError, match="costing is 'abc'"):
        made(costing="abc")
    with pytest.raises(DataError, match="nothing was sold from 2023-01-01"):
        made([SALES[-1]], None)
    table = clean(SALES)
    with pytest.raises(DataError, match="no row of the transactions is kept"):
        p.account({"transactions": table.mutate(excluded_by=ibis.literal("gone"))}, observed_until=UNTIL)


def test_rows_may_come_in_any_order_under_any_name():
    world = profit_histories(np.random.default_rng(3), n_customers=200, effect=0.5)
    rows = world.sales.assign(
        amount=world.sales["revenue"].round(2),
        cost=(world.sales["revenue"] * 0.7).round(2),
        order_id=world.sales["unit"],
    )
    rows["date"] = np.where(rows["period"] == 1, "2023-06-01", "2024-06-01")
    events = world.services.assign(
        date=np.where(world.services["period"] == 1, "2023-06-02", "2024-06-02"),
        order_id=world.services["unit"],
        amount=world.services["cost"].round(2),
    )
    events["event_id"] = np.arange(len(events)).astype(str)
    first = [{"customer_id": "Z", "date": "2022-01-01", "amount": 1.0, "cost": 0.5, "order_id": "first"}]
    keep = ["customer_id", "date", "amount", "cost", "order_id"]
    told = pd.concat([rows[keep], pd.DataFrame(first)])
    before = told.copy()
    one = made(told, events)
    again = made(told.sample(frac=1, random_state=1), events.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(one.customers, again.customers)
    names = {name: f"X{number:04}" for number, name in enumerate(sorted(told["customer_id"].unique())[::-1])}
    other = made(
        told.assign(customer_id=told["customer_id"].map(names)),
        events.assign(customer_id=events["customer_id"].map(names)),
    )
    assert np.sort(other.customers["contribution"]) == pytest.approx(np.sort(one.customers["contribution"]), abs=0)
    pd.testing.assert_frame_equal(told, before)


TEN = [90, 60, 40, 25, 10, 5, 0, -10, -30, -50]


def whale(profits, seed=1):
    return p.whale(profits, denominator="all", window="then", rng=np.random.default_rng(seed), n_resamples=199)


def test_the_whale_of_ten_profits():
    # 90 + 60 + 40 + 25 + 10 + 5 = 230 gained, 90 lost, 140 in all: a peak of 230 / 140 = 164 %, after six of ten.
    found = whale(TEN)
    assert (found.gains, found.losses, found.total) == (230, -90, 140)
    assert found.peak.value == pytest.approx(230 / 140)
    assert found.earning.value == pytest.approx(0.6)
    assert found.curve["profit"].max() == pytest.approx(230 / 140)
    assert found.curve["profit"].iloc[-1] == pytest.approx(1)
    assert "164.3 %" in p.claims.peak_claim(found)


def test_a_whale_without_losses_or_without_a_total():
    rising = whale([3, 2, 1])
    assert (rising.peak.value, rising.peak.low, rising.peak.high) == (1, 1, 1)
    assert "never falls" in p.claims.peak_claim(rising)
    sunk = whale([5, -10])
    assert sunk.peak is None
    assert "50.0 % of losses" in p.claims.peak_claim(sunk)
    doubtful = whale([100, -99, 1])
    assert doubtful.peak.low is None
    assert "not above zero" in doubtful.peak.method
    assert "no height can be relied on" in p.claims.peak_claim(doubtful)


def test_many_customers_take_the_standard_error_alone():
    rng = np.random.default_rng(5)
    profits = rng.normal(1, 2, 20_001)
    found = whale(profits)
    # The error of log(gains / total) by hand, from the influence function.
    gains, ratio = np.maximum(profits, 0), found.peak.value
    error = np.std(gains - ratio * profits) / np.sqrt(profits.size) / gains.mean()
    assert np.log([found.peak.low, found.peak.high]) == pytest.approx(
        np.log(ratio) + np.array([-1, 1]) * 1.959964 * error
    )


def test_profits_that_are_none_are_refused():
    with pytest.raises(DataError, match="no customers whose profit"):
        whale([])
    with pytest.raises(DataError, match="1 of 2 profits"):
        whale([1, np.nan])
    with pytest.raises(ParameterError, match="at least 99"):
        p.peak_interval([1, -0.5], rng=np.random.default_rng(1), n_resamples=10)


def test_deciles_add_up_and_come_in_order():
    account = of_world(effect=0.8)
    table = p.deciles(account.customers)
    assert table["customers"].sum() == len(account.customers)
    assert table["contribution"].sum() == pytest.approx(account.total("contribution"))
    assert (table["contribution"].diff().dropna() <= 0).all()
    assert p.group_of(pd.Series([1.0, 9.0, 5.0]), groups=3).to_list() == [3, 1, 2]


def test_the_same_cost_spread_in_four_ways_by_hand():
    # 68 of serving: by events 1 : 2 : 1 = 17, 34, 17; by volume 250 : 160 : 0 of 410.
    found = p.contributions(made())
    assert found["by time"].to_dict() == pytest.approx({"ann": 90, "bob": 22, "old": -20})
    assert found["by events"].to_dict() == pytest.approx({"ann": 83, "bob": 26, "old": -17})
    assert found["by volume"].to_dict() == pytest.approx(
        {"ann": 100 - 68 * 250 / 410, "bob": 60 - 68 * 160 / 410, "old": 0}
    )
    assert found["not at all"].to_dict() == pytest.approx({"ann": 100, "bob": 60, "old": 0})
    assert p.spread_cost(60, pd.Series([0.0, -1.0])).to_list() == [0, 0]


def test_every_base_but_none_spreads_the_same_total():
    account = of_world(effect=0.8)
    sums = p.tenths_by_base(account)[list(p.BASES)].sum()
    assert sums[:3].to_list() == pytest.approx([account.total("contribution")] * 3)
    table = p.by_base(account).set_index("base")
    assert table.loc["by time", "shared"] == 1
    assert table.loc["by time", "last_tenth"] < table.loc["by volume", "last_tenth"]
    assert "by volume" in p.claims.bases_claim(p.by_base(account), "USD").lower()


CASE = pd.DataFrame({"customer": list("ABC"), "contribution": [340, 180, 160], "volume": [60, 20, 20]})


def test_the_cost_magnet_by_hand():
    # A is charged 60 % of 600 = 360 and shows 340 − 360 = −20; without A 340 − 600 = −260, with A 680 − 600 = 80.
    found = p.absorbed(CASE, 600).set_index("customer")
    assert found["full_profit"].to_list() == [-20, 60, 40]
    assert found["full_profit"].sum() == 80
    assert found.loc["A", "firm_without"] == -260


def test_the_spiral_by_hand():
    # Without A, B and C carry 300 each and show −120 and −140: both go, and the fixed costs stay.
    found = p.spiral(CASE["contribution"], CASE["volume"], 600)
    assert found.rounds["profit"].to_list() == [80, -260, -600]
    assert found.rounds["dropped"].to_list() == [0, 1, 2]
    assert found.rounds["contributing"].sum() == 3
    assert (found.first, found.avoidable) == (80, 80)
    assert "3 customers are dropped in 2 rounds" in p.claims.spiral_claim(found, "USD")
    calm = p.spiral([10, 10], [1, 1], 5)
    assert len(calm.rounds) == 1
    assert "nobody to drop" in p.claims.spiral_claim(calm, "USD")


def test_fixed_costs_that_cannot_be_spread_are_refused_together():
    with pytest.raises(DataError, match=r"contribution is missing; a volume is missing or below zero(.|\n)*-1"):
        p.spiral([1, np.nan], [1, -1], -1)
    with pytest.raises(DataError, match="no volume is above zero"):
        p.absorbed(pd.DataFrame({"customer": ["A"], "contribution": [1.0], "volume": [0.0]}), 1)


def frame(**columns):
    return pd.DataFrame(columns)


def two_years(first, second, bought=True):
    """An account of which only the two contributions matter."""
    world = of_world(n=10)
    n = len(first)
    paid = np.ones(n) if bought is True else np.asarray(bought, float)
    customers = frame(
        customer_id=[f"c{number}" for number in range(n)],
        contribution_1=np.asarray(first, float),
        contribution_2=np.asarray(second, float),
        revenue_1=np.ones(n),
        revenue_2=paid,
    )
    return replace(world, customers=customers)


def test_losses_that_repeat_by_hand():
    # Of 10 with a loss 8 come back and lose again 6 times; of 20 without, 5 lose: .75 against .25.
    first = [-1] * 10 + [1] * 20
    second = [-1] * 6 + [1] * 4 + [-1] * 5 + [1] * 15
    bought = [1] * 8 + [0] * 2 + [1] * 20
    with pytest.raises(AssertionError):
        assert p.persistence(two_years(first, second, bought)) is not None  # 8 came back: fewer than ten
    found = p.persistence(two_years([*first, -1, -1], [*second, -1, 1], [*bought, 1, 1]))
    assert (found.again.value, found.again.n) == (0.7, 10)
    assert found.others.value == 0.25
    assert found.difference.value == pytest.approx(0.45)
    assert found.gone.value == pytest.approx(2 / 12)
    assert "70.0 % (95 % interval" in p.claims.again_claim(found, ends=True)
    assert "more often than the others: +45.0 points (" in p.claims.difference_claim(found, ends=True)
    turned = p.persistence(two_years([-1] * 12 + [1] * 12, [1] * 12 + [-1] * 12))
    assert "less often" in p.claims.difference_claim(turned)
    same = p.persistence(two_years([-1] * 12 + [1] * 12, [1, -1] * 12))
    assert "is not shown" in p.claims.difference_claim(same)
    assert p.claims.difference_claim(None) == ""
    assert "16.7 % of 12 loss makers" in p.claims.gone_claim(found)
    assert "Too few" in p.claims.again_claim(None)


def test_newcombes_interval_is_that_of_the_paper():
    # Newcombe (1998), Table II, case (a): 56/70 − 48/80 has by method 10 the interval .0524 to .3339.
    first, second = [-1] * 70 + [1] * 80, [-1] * 56 + [1] * 14 + [-1] * 48 + [1] * 32
    found = p.persistence(two_years(first, second)).difference
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_ends_move_to_the_middle():
    account = two_years([4, 3, 2, -9], [2, 2, 2, -1])
    table = p.tails(account)
    assert table["before"].to_list() == [4, 3, 2, -9]
    assert table["after"].to_list() == [2, 2, 2, -1]
    assert "Too few" in p.claims.tails_claim(table.iloc[:1], "USD")
    assert "-9" in p.claims.tails_claim(table, "USD")


def test_a_rank_correlation_by_hand():
    # Ranks 1…10 with the last two exchanged: 1 − 6 · 2 / (10 · 99) = .98788.
    x, y = pd.Series(range(10)), pd.Series([*range(8), 9, 8])
    found = p.rank_correlation(x, y, denominator="all", window="then")
    assert found.value == pytest.approx(1 - 12 / 990)
    # Bonett and Wright: √((1 + .98788² / 2) / 7) = .46105, times 1.959964 = .90364.
    # atanh(.98788) = ln(1.98788 / .01212) / 2 = 2.54994; tanh of 1.64630 and 3.45358 = .92835 and .99800.
    assert (found.low, found.high) == pytest.approx((0.92835, 0.99800), abs=1e-5)
    assert p.rank_correlation(x[:5], y[:5], denominator="", window="") is None
    assert "Too few" in p.claims.together_claim(None)


def test_a_correlation_by_hand():
    # Deviations (−1, 0, 1) and (−1, 1, 0): 1 / 2; influences .75, −.25·… by the formula below.
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])
    found = p.correlation(x, y, denominator="", window="")
    assert found.value == pytest.approx(0.5)
    # Standardised by √(2/3): squares 1.5, 0, 1.5 and 1.5, 1.5, 0, products 1.5, 0, 0. Influence: product − .25 · sum
    # of squares = .75, −.375, −.375; root of the sum of squares .91856, by 3, times 1.959964 = .60011.
    assert found.high - found.value == pytest.approx(0.50)  # cut off at 1
    assert found.value - found.low == pytest.approx(0.60011, abs=1e-4)
    assert p.correlation(x, np.ones(3), denominator="", window="") is None


def test_customers_who_cost_more_are_found_and_equal_ones_are_not():
    assert p.cost_persistence(of_world(effect=0.8)).low > 0
    assert p.cost_persistence(of_world(effect=0.0, seed=4)).contains(0)
    assert "do so" not in p.claims.cost_claim(p.cost_persistence(of_world(effect=0.0, seed=4)))
    assert "Customers differ" in p.claims.cost_claim(p.cost_persistence(of_world(effect=0.8)))
    assert "cannot be told" in p.claims.cost_claim(None)


def test_k_equal_losses_are_root_k_errors_from_nothing():
    # Nine orders of −1: −9 with √9 = 3: p = Φ(−3) = .00135. Four: Φ(−2) = .0228 > .05 · 1/2. Three orders: never.
    customers = frame(contribution=[-9.0, -4.0, -3.0], spread=[3.0, 2.0, 0.1], units=[9, 4, 3])
    assert p.beyond_chance(customers, false=0.04).tolist() == [True, True, False]
    assert p.beyond_chance(customers, false=0.02).tolist() == [True, False, False]
    ends = p.customer_interval(customers)
    assert ends.iloc[0].to_list() == pytest.approx([-9 - 3 * 1.959964, -9 + 3 * 1.959964], abs=1e-5)
    assert p.beyond_chance(customers.iloc[:0]).size == 0
    assert "Of 3 customers below zero 1 is so" in p.claims.chance_claim(customers, 1, 0.05)
    assert "No customer of 3 is below zero" in p.claims.chance_claim(customers.abs(), 0, 0.05)
    assert "For 33.3 % of 3 customers" in p.claims.interval_claim(frame(low=[-1, 1, -2], high=[1, 2, -1]))


def losers():
    """Three who lose: by what they pay, by what they are served, and beyond repair; one who earns."""
    names = ["cheap", "served", "lost", "fine", "past"]
    customers = frame(
        customer_id=names,
        revenue=[1000.0, 1000.0, 1000.0, 1000.0, 0.0],
        margin=[-50.0, 300.0, 300.0, 300.0, 0.0],
        cost_to_serve=[0.0, 400.0, 900.0, 100.0, 20.0],
        contribution=[-50.0, -100.0, -600.0, 200.0, -20.0],
        contribution_1=[-50.0, -200.0, -300.0, 100.0, -20.0],
        contribution_2=[0.0, 100.0, -300.0, 100.0, 0.0],
        units=[10, 10, 30, 10, 1],
        spread=[20.0, 300.0, 110.0, 70.0, 20.0],
        last=pd.to_datetime(["2024-12-01"] * 4 + [None]),
    )
    serving = frame(
        customer_id=["served", "served", "lost"], driver=["call", "visit", "visit"], cost=[100.0, 300.0, 900.0]
    )
    return replace(of_world(n=10), customers=customers, serving=serving)


def test_repairs_by_hand():
    # cheap: 50 / 1,000 = 5 % dearer. served: 100 / 400 = 25 % less service (or 10 % dearer, all that is possible).
    # lost: 60 % dearer or 67 % less, neither possible; −600 is 5.5 errors below nothing, twice a loss.
    table = p.repairs(losers(), most_price=0.1, most_cut=0.5).set_index("customer_id")
    assert table["action"].to_dict() == {
        "lost": "let go", "served": "cut cost to serve", "cheap": "reprice", "past": "sold earlier"
    }  # fmt: skip
    assert table.loc["cheap", "price_change"] == pytest.approx(0.05)
    assert table.loc["served", "cost_cut"] == pytest.approx(0.25)
    assert table.loc["served", "driver"] == "visit"
    assert table.loc["lost", "avoidable_loss"] == pytest.approx(600)
    assert table.loc["lost", "days_since_last"] == 30
    assert "66.7 % less" in table.loc["lost", "reason"]


def test_nobody_is_let_go_for_one_bad_period_or_by_chance():
    account = losers()
    for change in ({"contribution_2": 1.0}, {"spread": 400.0}, {"units": 3}):
        changed = account.customers.copy()
        changed.loc[2, [*change]] = [*change.values()]
        table = p.repairs(replace(account, customers=changed)).set_index("customer_id")
        assert table.loc["lost", "action"] == "watch"
    blind = p.repairs(replace(account, costing="none")).set_index("customer_id")
    assert blind.loc["lost", "action"] == "watch"
    only = p.repair_table(p.repairs(account))
    assert only["customers"].sum() == 4
    assert only["avoidable_loss"].sum() == pytest.approx(770)
    assert "at most 600" in p.verdicts.let_go_claim(only, "USD")
    assert "nobody to let go" in p.verdicts.let_go_claim(only[only["action"] != "let go"], "USD")
    assert "4 customers are below zero" in p.verdicts.repair_claim(only, "USD")
    assert "nothing to repair" in p.verdicts.repair_claim(only.iloc[:0], "USD")


def test_who_may_not_be_spoken_to_is_left_out_and_counted():
    listed = p.repairs(losers())
    kept, suppressed = p.to_act_on(listed, pd.Series({"cheap": True, "lost": False}))
    assert set(kept["customer_id"]) == {"cheap", "served"}  # serving less asks nobody
    assert suppressed == 1
    assert "1 customer" in p.verdicts.suppressed_claim(suppressed)
    assert len(p.to_act_on(listed, None)[0]) == 3
    assert "ask before" in p.verdicts.suppressed_claim(0, known=False)
    with pytest.raises(ParameterError, match=r"most_price is 0(.|\n)*false is 2"):
        p.repairs(losers(), most_price=0.0, false=2)


def test_volume_and_profit_ranks_by_hand():
    found = p.ranks(losers(), top=0.5)
    assert len(found.table) == 4  # who paid nothing has no volume
    assert found.losing_big.n == 2
    assert found.together is None
    with pytest.raises(ParameterError, match="top is 1"):
        p.ranks(losers(), top=1)
    large = p.ranks(of_world(effect=1.2, n=300), top=0.1)
    inside = large.table[large.table["big"]]
    assert large.losing_big.value == pytest.approx((inside["contribution"] < 0).mean())
    assert large.losses == pytest.approx(inside["contribution"].clip(upper=0).sum())
    assert "lose money" in p.claims.ranks_claim(large, "USD", ends=True)


def test_variance_parts_are_those_of_an_analysis_of_variance():
    rng = np.random.default_rng(6)
    cells = (
        rng.normal(size=(7, 4, 2))
        + rng.normal(0, 2, (7, 1, 1))
        + rng.normal(0, 1, (1, 4, 1))
        + rng.normal(0, 1, (7, 4, 1))
    )
    rows, columns, _ = (axis.ravel() for axis in np.indices(cells.shape))
    table = anova_lm(ols("y ~ C(a) * C(b)", pd.DataFrame({"y": cells.ravel(), "a": rows, "b": columns})).fit())
    a, b, both, rest = table["mean_sq"]
    wanted = [(a - both) / 8, (b - both) / 14, (both - rest) / 2, rest]
    assert p.variance_parts(cells) == pytest.approx(wanted)


def test_planted_variance_parts_are_found():
    rng = np.random.default_rng(7)
    # Standard deviations 2, 1 and 1 and 1: of 7, customers 4, categories 1, their meeting 1, the rest 1.
    cells = (
        rng.normal(0, 2, (3000, 1, 1)) + rng.normal(0, 1, (1, 60, 1)) + rng.normal(0, 1, (3000, 60, 1))
    ) + rng.normal(0, 1, (3000, 60, 2))
    parts = p.variance_parts(cells)
    assert parts[[0, 2, 3]] == pytest.approx([4, 1, 1], rel=0.1)
    assert parts[1] == pytest.approx(1, rel=0.6)  # only 60 categories


@pytest.mark.parametrize("cells", [np.ones((3, 3)), np.ones((1, 3, 2)), np.full((3, 3, 2), np.nan)])
def test_no_two_way_table_is_refused(cells):
    with pytest.raises(DataError, match="rows × columns × replicates"):
        p.variance_parts(cells)


PRODUCTS = [{"product_id": "tea", "category": "drinks"}, {"product_id": "pot", "category": "things"}]


def products():
    frame_ = pd.DataFrame(PRODUCTS)
    name = f"t{next(NUMBERS)}"
    engine().con.register(name, pa.Table.from_pandas(frame_, preserve_index=False))
    return engine().table(name).mutate(excluded_by=ibis.null("string"))


def test_margin_by_customer_and_category_by_hand():
    account, kinds = made(), products()
    tables = {"transactions": clean(SALES), "products": kinds}
    tier = pd.Series({"ann": 1, "bob": 2})
    found = p.two_way(tables, account, tier, rng=np.random.default_rng(1))
    table = found.tiers.set_index("category")
    assert table["margin"].to_dict() == pytest.approx({"drinks": 40 + 80 - 20 + 30, "things": 30})
    assert table.loc["drinks", ["1", "2"]].to_list() == pytest.approx([100, 30])
    assert found.cells.shape == (2, 2, 2)
    assert found.parts == ()
    assert "Too few" in p.claims.two_way_claim(found)
    assert p.two_way({"transactions": clean(SALES)}, account, tier, rng=np.random.default_rng(1)) is None
    assert "not known" in p.claims.two_way_claim(None)


def test_silence_need_and_value_in_one_table():
    # Of 20 gaps 15 have 10 days, 3 have 50 and 2 have 100: four of five are at most 50 long, nineteen of twenty 100.
    sales = []
    for name, gaps in (("a", [10] * 15), ("b", [50] * 3), ("c", [100] * 2)):
        day = pd.Timestamp("2024-12-30") - pd.Timedelta(days=sum(gaps))
        for number, gap in enumerate([0, *gaps]):
            day += pd.Timedelta(days=gap)
            sales.append(sale(name, str(day.date()), 10 + number, 5, f"{name}{number}"))
    sales += [
        sale("d", "2024-10-20", 10, 5, "d1"),
        sale("e", "2023-02-01", 9, 5, "e1"),
        sale("z", "2020-01-01", 1, 1, "z"),
    ]
    account = made(sales, None)
    found = p.portfolio({"transactions": clean(sales), "products": products()}, account, tiers=2)
    assert found.limits == (50, 100)
    risk = found.customers.set_index("customer_id")["risk"].to_dict()
    assert risk == {"a": "in touch", "b": "in touch", "c": "in touch", "d": "overdue", "e": "gone quiet"}
    assert found.grid()[list(p.RISKS)].to_numpy().sum() == 5
    assert found.leaving()["customers"].sum() == 2
    assert set(found.customers["need"]) == {"drinks"}
    assert "Silence of more than 50 days" in p.verdicts.portfolio_claim(found, "USD")
    few = p.portfolio({"transactions": clean(SALES)}, made(), tiers=2)
    assert few.limits is None
    assert "Too few customers came back" in p.verdicts.portfolio_claim(few, "USD")
    with pytest.raises(ParameterError, match="tiers is 1"):
        p.portfolio({"transactions": clean(SALES)}, made(), tiers=1)


def believing(levels):
    rows = [{"customer_id": f"c{n}", "believed_value": level, "date": "2024-01-01"} for n, level in enumerate(levels)]
    return clean(rows)


def thirty(swapped=0):
    """Thirty customers, the later the more profitable; of the best ten `swapped` are believed low."""
    customers = frame(
        customer_id=[f"c{n}" for n in range(30)], contribution=np.arange(30.0) - 3, revenue=np.arange(30.0)[::-1]
    )
    levels = ["low"] * 10 + ["middle"] * 10 + ["high"] * 10
    for n in range(swapped):
        levels[n], levels[20 + n] = "high", "low"
    return replace(of_world(n=10), customers=customers), believing(levels)


def test_belief_by_hand():
    right = p.belief(*thirty())
    assert (right.kappa.value, right.top.value, right.base) == (1, 1, pytest.approx(1 / 3))
    assert right.by_revenue.value == 0  # revenue runs against profit here
    wrong = p.belief(*thirty(4))
    # Linear weights: 8 of 30 are two levels off; by chance the mean distance is 8/9, found 16/30: 1 − .5333/.8889 = .4.
    assert wrong.kappa.value == pytest.approx(0.4)
    assert wrong.top.value == 0.6
    assert wrong.losing.value == pytest.approx(0.3)  # c0, c1, c2 are below zero and believed high
    assert "not shown to know more than chance" in p.verdicts.belief_claim(wrong)
    assert "not shown" not in p.verdicts.belief_claim(right)
    assert "kappa 0.40" in p.verdicts.kappa_claim(wrong)
    assert p.belief(thirty()[0], None) is None
    assert "not known" in p.verdicts.belief_claim(None)


def contacts(rows):
    return clean([{"customer_id": name, "date": day, "arm": arm} for name, day, arm in rows])


def test_who_is_approached_by_tenth_of_profit():
    account = two_years(np.arange(40.0), np.zeros(40))
    # The best eight (c32 to c39) are approached, two twice; c0 was left alone, c1 approached in the year before.
    rows = [(f"c{n}", "2024-05-01", "treat") for n in (*range(32, 40), 38, 39)]
    rows += [("c0", "2024-05-01", "do_nothing"), ("c1", "2023-05-01", "treat")]
    found = p.approached(account, contacts(rows))
    assert found.table["share"].to_list() == [1, 1] + [0] * 8
    assert found.table["of_all"].iloc[0] == 0.6
    assert found.trend.value == pytest.approx(8 / 20)
    assert "approached more often" in p.verdicts.approached_claim(found)
    assert p.last_approach(contacts(rows)) == date(2024, 5, 1)
    assert p.approached(account, None) is None
    assert p.last_approach(None) is None
    assert "not known" in p.verdicts.approached_claim(None)
    assert p.approached(account, contacts(rows[-2:])) is None


NEGIN = suite.datasets_folder() / "negin"
LAST_DAY = date(2025, 3, 20)


@functools.cache
def negin():
    """Negin's tables as they were written: all their rows are clean."""
    dated = {"transactions": "date", "cost_events": "date", "fixed_costs": "month", "economy": "month"}
    return {name: clean(pd.read_parquet(NEGIN / "tables" / f"{name}.parquet"), day) for name, day in dated.items()}


def test_negins_account_is_its_truth():
    # In the money of each day and as booked, over all four years, every customer leaves what the company's maker says.
    nominal = {name: table for name, table in negin().items() if name != "economy"}
    found = p.account(nominal, observed_until=LAST_DAY, period_months=24, costing="recorded")
    truth = pd.read_parquet(NEGIN / "truth" / "contributions.parquet").set_index("customer_id")
    mine = found.customers.set_index("customer_id")
    assert mine["contribution"].to_numpy() == pytest.approx(
        truth.loc[mine.index, "contribution_after"].to_numpy(), abs=1e-3
    )
    assert mine["revenue"].to_numpy() == pytest.approx(truth.loc[mine.index, "revenue"].to_numpy())


def test_negins_cost_magnets_are_let_go_and_ordinary_customers_are_not():
    account = p.account(negin(), observed_until=LAST_DAY)
    use = pd.read_parquet(NEGIN / "truth" / "customers.parquet").set_index("customer_id")
    listed = p.repairs(account)
    gone = use.loc[listed.loc[listed["action"] == "let go", "customer_id"], "service_use"]
    assert (gone == "cost_magnet").sum() == 2
    assert (gone == "normal").sum() == 0
    losing = p.ranks(account).table.query("big and losing")["customer_id"]
    assert (use.loc[losing, "service_use"] != "normal").mean() > 0.9
    assert account.prices.real
    assert "2025-03-20" in p.claims.basis_claim(account)
    assert "after fixed costs" in p.claims.bridge_claim(account, "IRT")


RETAIL = Path(__file__).parents[2] / "shared" / "data" / "online_retail_uci.parquet"


@pytest.mark.skipif(not RETAIL.is_file(), reason="the shared data are not here")
def test_a_real_shop_without_costs_is_accounted_for_by_a_rate():
    # Lines with a customer, of the last twelve months, summed by hand in SQL.
    query = f"""
        SELECT CAST(CustomerID AS VARCHAR) AS customer_id, CAST(InvoiceDate AS DATE) AS date, InvoiceNo AS order_id,
               Quantity * UnitPrice AS amount
        FROM read_parquet('{RETAIL}')
        WHERE CustomerID IS NOT NULL
    """
    rows = duckdb.sql(query).df()
    found = p.account({"transactions": clean(rows)}, observed_until=date(2011, 12, 9), period_months=6, margin_rate=0.3)
    asked = f"SELECT sum(amount), count(DISTINCT customer_id) FROM ({query}) WHERE date >= '2010-12-10'"
    total, customers = duckdb.sql(asked).fetchall()[0]
    assert found.total("revenue") == pytest.approx(total)
    assert found.total("contribution") == pytest.approx(0.3 * total)
    assert len(found.customers) == customers
    # Who returned more than they bought has a margin below zero, and nobody is let go where serving is not known.
    assert set(p.repairs(found)["action"]) <= {"sold earlier", "watch", "reprice"}


def test_parts_of_variance_come_with_the_table_of_a_shop():
    # Forty customers who differ by 10 a customer, two categories that are alike, nothing that changes in between.
    days = ("2023-05-01", "2024-05-01")
    rows = [
        sale(f"c{n:02}", day, 20 + 10 * n, 10, f"{n}{day}{kind}", product=kind)
        for n in range(40)
        for day in days
        for kind in ("tea", "pot")
    ]
    rows.append(sale("early", "2021-01-01", 1, 1, "early"))
    account = made(rows, None)
    tier = p.group_of(account.customers.set_index("customer_id")["contribution"], groups=4)
    tables = {"transactions": clean(rows), "products": products()}
    found = p.two_way(tables, account, tier, rng=np.random.default_rng(1))
    assert [one.value for one in found.parts] == pytest.approx([1, 0, 0, 0], abs=1e-9)
    assert found.tiers["margin"].sum() == pytest.approx(account.total("margin"))
    assert found.tiers[["1", "2", "3", "4"]].to_numpy().sum() == pytest.approx(account.total("margin"))
    assert "100.0 % (95 % interval" in p.claims.two_way_claim(found)
    assert "first part only" in p.claims.two_way_claim(found)


def test_sentences_of_shops_without_the_usual_tables_or_without_effects():
    blind = made(SALES, None)
    assert "is margin." in p.claims.bridge_claim(blind, "USD")
    assert "left after the cost to serve." in p.claims.bridge_claim(made(), "USD")
    nothing = replace(blind, customers=blind.customers.assign(revenue=0.0))
    assert "no revenue to divide" in p.claims.bridge_claim(nothing, "USD")
    rated = made([row | {"cost": None} for row in SALES], None, margin_rate=0.3)
    assert "For 100.0 % of what was paid" in p.claims.basis_claim(rated)
    assert "of 3 customers are above zero" in p.claims.earning_claim(whale([3, 2, -1]), ends=True)
    assert p.verdicts.kappa_claim(None) == p.claims.gone_claim(None) == ""
    assert "0.0 % of losses" not in p.claims.peak_claim(whale([3, -4]))


def test_attention_that_does_not_follow_profit_is_said_so():
    account = two_years(np.arange(40.0), np.zeros(40))
    least = p.approached(account, contacts([(f"c{n}", "2024-05-01", "treat") for n in range(12)]))
    assert "approached less often" in p.verdicts.approached_claim(least)
    both = p.approached(account, contacts([(f"c{n}", "2024-05-01", "treat") for n in range(0, 40, 2)]))
    assert "no difference shown" in p.verdicts.approached_claim(both)
