"""The groups of sales, and those of selling, on their own, for as many customers as a test needs."""

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from crmlab.company import (
    branches,
    calendar,
    economy,
    latents,
    market,
    org_survey,
    pipeline,
    products,
    purchases,
    roi,
    setting,
    transactions,
)
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


@pytest.fixture(scope="session")
def selling_firm() -> Callable[..., Made]:
    """Makes branches, survey, reckonings and the pipeline of all blocks; what it gives is not to be changed."""
    return _selling_firm


@cache
def _selling_firm(profile: str, seed: int, scenario: str = "standard") -> Made:
    wanted = setting(profile, seed=seed, scenario=scenario)
    made = Made()
    for group in (branches.make, pipeline.planted, org_survey.make, roi.make):
        made = made | group(wanted, made)
    blocks = []
    for block in wanted.blocks:
        own = Made(truth={"customers": latents.customers(wanted, block)})
        blocks.append(own | pipeline.make(wanted, made | own, block))

    def together(kind: str) -> dict[str, pd.DataFrame]:
        names = getattr(blocks[0], kind)
        return {name: pd.concat([getattr(part, kind)[name] for part in blocks], ignore_index=True) for name in names}

    return made | Made(together("tables"), together("truth"))
