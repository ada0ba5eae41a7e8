"""Do the intervals of profitability cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crmlab.analyses import profitability as p
from crmlab.simulate import ProfitHistories, profit_histories

pytestmark = pytest.mark.slow

SEEDS = range(200)
VALID = range(179, 199)
FALSE_ALARMS = range(2, 22)
PERIODS = p.two_periods(observed_until=date(2022, 12, 31), first=date(2020, 1, 1), months=12)


def world(seed: int, n: int = 600, **more: float) -> ProfitHistories:
    return profit_histories(np.random.default_rng(seed), n_customers=n, **more)


def account(made: ProfitHistories) -> p.Account:
    return p.account_of(made.sales, made.services, periods=PERIODS)


def test_the_peak_of_the_whale_is_covered() -> None:
    everybody = account(world(10_000, n=200_000, effect=0.8)).customers["contribution"]
    truth = everybody.clip(lower=0).sum() / everybody.sum()
    hits = 0
    for seed in SEEDS:
        profits = account(world(seed, n=800, effect=0.8)).customers["contribution"]
        low, high = p.peak_interval(profits, rng=np.random.default_rng(seed), n_resamples=399)
        hits += low is not None and high is not None and low <= truth <= high
    assert hits in VALID


def test_customers_served_alike_raise_few_false_alarms_and_unlike_ones_are_seen() -> None:
    alike = [p.cost_persistence(account(world(seed, effect=0.0))) for seed in SEEDS]
    assert sum(not one.contains(0.0) for one in alike if one) in FALSE_ALARMS
    unlike = [p.cost_persistence(account(world(seed, effect=0.5))) for seed in range(20)]
    assert all(one.low > 0 for one in unlike if one and one.low is not None)


def test_losses_that_say_nothing_of_the_next_are_taken_for_such() -> None:
    alarms = 0
    for seed in SEEDS:
        made = account(world(seed, effect=0.8))
        order = np.random.default_rng(seed).permutation(len(made.customers))
        later = {name: made.customers[name].to_numpy()[order] for name in ("contribution_2", "revenue_2")}
        found = p.persistence(replace(made, customers=made.customers.assign(**later)))
        alarms += found is not None and not found.difference.contains(0.0)
    assert alarms in FALSE_ALARMS


def test_hardly_anybody_is_called_a_loss_maker_wrongly() -> None:
    wrong, called = 0, 0
    for seed in range(60):
        earning = account(world(seed, revenue_spread=0.0)).customers
        assert not p.beyond_chance(earning).any(), "everybody earns in the long run here"
        made = world(seed, effect=1.2, orders_per_period=6.0)
        customers = account(made).customers
        beyond = customers[p.beyond_chance(customers)].merge(made.truth, on="customer_id")
        wrong, called = wrong + int((beyond["expected"] >= 0).sum()), called + len(beyond)
    assert called > 500
    assert wrong <= 0.05 * called


def test_parts_of_variance_are_covered_where_effects_are_normal() -> None:
    n, kinds = 300, 10
    hits = np.zeros(len(p.PARTS), dtype=int)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        categories = rng.normal(size=kinds)
        cells = rng.normal(size=(n, 1, 1)) + categories[None, :, None]
        cells = cells + rng.normal(size=(n, kinds, 1)) + rng.normal(size=(n, kinds, 2))
        truth = np.array([1.0, categories.var(ddof=1), 1.0, 1.0])
        drawn = [p.variance_parts(cells[rng.integers(n, size=n)]) for _ in range(199)]
        low, high = np.quantile([one / one.sum() for one in drawn], [0.025, 0.975], axis=0)
        hits += (low <= truth / truth.sum()) & (truth / truth.sum() <= high)
    assert all(count in VALID for count in hits)


def test_a_customers_interval_is_rough_but_of_use() -> None:
    hits, n = 0, 0
    for seed in range(20):
        made = world(seed, effect=0.8, orders_per_period=6.0)
        customers = account(made).customers
        ends = p.customer_interval(customers).assign(customer_id=customers["customer_id"])
        often = ends.merge(made.truth[made.truth["orders_per_period"] >= 4], on="customer_id")
        hits += int(((often["low"] <= 2 * often["expected"]) & (2 * often["expected"] <= often["high"])).sum())
        n += len(often)
    assert 0.90 <= hits / n <= 0.97
