"""The groups of sales on their own, for as many customers as a test needs."""

from functools import cache

import pytest

from crmlab.company import calendar, economy, latents, market, products, purchases, transactions
from crmlab.company.made import Made, joined
from crmlab.company.setting import Profile, Setting


def _sales(n, seed, scenario, *, with_lines=True, also=None):
    """The setting of `n` customers, and in one all that the groups of sales make of them; `also` is there before.

    Without lines there is nothing but the times, the seasons and the truth of orders.
    """
    wanted, shared = Setting(Profile("few", n, 0, 0, 0), seed, scenario), also or Made()
    for group in (calendar, economy, market, products) if with_lines else (calendar, economy):
        shared = shared | group.make(wanted, shared)
    parts = []
    for block in wanted.blocks:
        own = Made(truth={"customers": latents.customers(wanted, block)})
        for group in (purchases, transactions) if with_lines else (purchases,):
            own = own | group.make(wanted, shared | own, block)
        parts.append(own)
    tables = {name: joined(part.tables[name] for part in parts) for name in parts[0].tables}
    truth = {name: joined(part.truth[name] for part in parts) for name in parts[0].truth}
    return wanted, shared | Made(tables, truth)


@cache
def _some(scenario):
    return _sales(2_000, 3, scenario)


@pytest.fixture(scope="session")
def sales():
    """Make the sales of `n` customers with a seed in a scenario: their setting and what was made."""
    return _sales


@pytest.fixture(scope="session")
def some():
    """Of two thousand customers of a scenario, the setting and what was made; nobody changes it."""
    return _some
