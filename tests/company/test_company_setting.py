"""Which company is made, and where its chance comes from."""

import numpy as np
import pandas as pd
import pytest

from crmlab.company import setting
from crmlab.company.latents import REGIONS, LatentsWorld, chosen, customers
from crmlab.company.made import Made, table
from crmlab.company.setting import SCENARIOS
from crmlab.company.streams import stream
from crmlab.errors import ParameterError


def test_what_is_wrong_is_said_at_once():
    with pytest.raises(ParameterError, match=r"(?s)profile is 'smple'.*sample.*scenario is 'dull'.*seed is -1"):
        setting("smple", seed=-1, scenario="dull")


def test_a_stream_hangs_on_seed_name_and_block_alone():
    first = stream(1, "contracts", 0).random(3)
    assert (stream(1, "contracts", 0).random(3) == first).all()
    others = [stream(2, "contracts", 0), stream(1, "tickets", 0), stream(1, "contracts", 1)]
    assert all((other.random(3) != first).all() for other in others)


def test_blocks_hold_each_customer_once():
    blocks = setting("big").blocks
    assert sum(block.size for block in blocks) == 100_000
    assert [block.first for block in blocks] == list(range(0, 100_000, 2_000))
    assert blocks[1].customer_ids[0] == "N002001"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_latents_have_the_moments_of_their_world(scenario):
    wanted = setting("sample", seed=3, scenario=scenario)
    world = wanted.world(LatentsWorld)
    truth = pd.concat([customers(wanted, block) for block in wanted.blocks])
    n = len(truth)
    rates, leaving, spend = truth["purchases_per_week"], truth["p_dropout"], truth["mean_spend"]
    mean, sd = world.r / world.alpha_weeks, np.sqrt(world.r) / world.alpha_weeks
    assert abs(rates.mean() - mean) < 4 * sd / np.sqrt(n)
    share = world.a / (world.a + world.b)
    assert abs(leaving.mean() - share) < 4 * leaving.std() / np.sqrt(n)
    assert abs(spend.mean() - world.p * world.gamma / (world.q - 1)) < 4 * spend.std() / np.sqrt(n)
    early = world.early + (1 - world.early) * world.early_days / world.joined_over_days
    assert abs((truth["joined"] < world.early_days).mean() - early) < 4 * np.sqrt(early * (1 - early) / n)
    assert world.joined_over_days - 30 < truth["joined"].max() < wanted.days
    tehran = REGIONS["Tehran"]
    assert abs((truth["region"] == "Tehran").mean() - tehran) < 4 * np.sqrt(tehran * (1 - tehran) / n)
    assert abs(truth["trust"].corr(truth["satisfaction"]) - world.trust_and_satisfaction) < 4 / np.sqrt(n)
    assert (truth["service_use"] == "cost_magnet").sum() == world.cost_magnets


def test_chosen_keeps_to_its_shares():
    drawn = chosen(np.random.default_rng(1), {"a": 3, "b": 1}, 4_000)
    assert abs((drawn == "a").mean() - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 4_000)


def test_a_table_is_as_the_schema_has_it():
    found = table(
        "crm_costs", {"amount": [2.6, None], "kind": ["data", "data"], "case": ["own", "own"], "year": [1, 2]}
    )
    assert list(found.columns) == ["case", "year", "kind", "amount"]
    assert found["amount"].to_list()[0] == 3
    assert found["amount"].isna().to_list() == [False, True]
    with pytest.raises(ValueError, match="crm_costs has no column colour"):
        table("crm_costs", {"colour": ["red"]})


def test_nothing_is_made_twice():
    made = Made({"prices": table("prices", {})})
    with pytest.raises(ValueError, match="prices: made twice"):
        made | made
