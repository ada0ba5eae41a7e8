"""The selling firm alone: what its tests need of the company, without the groups they do not look at."""

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from crmlab.company import branches, latents, org_survey, pipeline, roi, setting
from crmlab.company.made import Made


@pytest.fixture(scope="session")
def selling_firm() -> Callable[..., Made]:
    """Makes branches, survey, reckonings and the pipeline of all blocks; what it gives is not to be changed."""
    return make


@cache
def make(profile: str, seed: int, scenario: str = "standard") -> Made:
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
