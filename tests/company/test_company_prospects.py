"""Prospects and what new customers cost: the score, the links to customers, and returns that diminish."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from crmlab.company import demand_costs, latents, prospects, setting
from crmlab.company.demand_costs import DemandWorld
from crmlab.company.latents import CHANNELS
from crmlab.company.made import Made
from crmlab.company.months import month_of
from crmlab.company.setting import SCENARIOS, Block
from crmlab.company.sums import nothing
from crmlab.tables.schema import BY_NAME

SEEDS = range(200)
LEAST_HITS, MOST_HITS = 179, 198  # of 200, for a 95 % interval
LEAST_ALARMS, MOST_ALARMS = 2, 21


@cache
def made(seed: int, scenario: str = "standard", n: int = 2_000) -> Made:
    wanted, block = setting("sample", seed=seed, scenario=scenario), Block(0, 0, n)
    known = prospects.planted(wanted, Made()) | Made(truth={"customers": latents.customers(wanted, block)})
    return known | prospects.make(wanted, known, block)


def score(found: Made) -> tuple[pd.Series, pd.Series]:
    """A logit of being won on what the table says: coefficients and standard errors."""
    table = found.tables["prospects"]
    said = prospects.attributes(table).assign(contacted=table["contacted"].astype(float), intercept=1.0)
    fit = sm.Logit(table["converted"].astype(float), said).fit(disp=0)
    return fit.params.sort_index(), fit.bse.sort_index()


def planted(found: Made) -> pd.Series:
    return found.truth["prospect_score"].set_index("term")["coefficient"].sort_index()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_prospects_keep_to_the_schema(scenario):
    found, declared = made(1, scenario), BY_NAME["prospects"]
    frame = found.tables["prospects"]
    assert list(frame.columns) == list(declared.column_names)
    assert not frame.duplicated(list(declared.key)).any()
    for column in declared.columns:
        said = frame[column.name].dropna()
        assert not column.required or len(said) == len(frame)
        assert not column.allowed or set(said) <= set(column.allowed)
        assert column.least is None or (said >= column.least).all()
    assert (frame["sector"].notna() == (frame["customer_type"] == "firm")).all()
    assert (frame["contacted_on"].notna() == frame["contacted"]).all()
    assert (frame["converted_on"].notna() == frame["converted"]).all()


def test_blocks_hold_each_prospect_once():
    wanted = setting("tiny", seed=3)
    parts = [
        prospects.make(wanted, Made(truth={"customers": latents.customers(wanted, block)}), block)
        for block in (Block(0, 0, 130), Block(1, 130, 170))
    ]
    ids = pd.concat([part.tables["prospects"]["prospect_id"] for part in parts])
    assert len(ids) == wanted.profile.prospects
    assert not ids.duplicated().any()


def test_who_is_won_is_a_customer_like_them_from_that_day_on():
    found = made(1)
    won = found.tables["prospects"].dropna(subset="customer_id")
    assert not won["customer_id"].duplicated().any()
    assert won["converted"].all()
    both = won.merge(found.truth["customers"], on="customer_id", suffixes=("", "_of_customer"))
    for name in ("customer_type", "region", "income_band"):
        assert (both[name] == both[f"{name}_of_customer"]).all()
    assert (both["source"] == both["channel"]).all()
    assert (both["converted_on"] == setting("sample").date(both["joined"])).all()
    assert len(won) > 0.8 * found.tables["prospects"]["converted"].sum()


def test_first_known_then_approached_then_won():
    table = made(1).tables["prospects"]
    both = table.dropna(subset=["contacted_on", "converted_on"])
    assert (both["contacted_on"] <= both["converted_on"]).all()
    reached = table.dropna(subset="contacted_on")
    assert (reached["listed_on"] <= reached["contacted_on"]).all()


def test_shares_are_the_means_of_their_chances():
    found = made(1)
    table, truth = found.tables["prospects"], found.truth["prospects"]
    for said, chance in (("contacted", "p_contacted"), ("converted", "p_converted")):
        p = truth[chance]
        assert abs(table[said].mean() - p.mean()) < 4 * np.sqrt((p * (1 - p)).sum()) / len(p)
    assert (truth["p_if_contacted"] > truth["p_if_left"]).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_score_is_recovered(seed):
    found = made(seed)
    coefficient, error = score(found)
    assert ((coefficient - planted(found)).abs() < 4 * error).all()


def test_whom_the_firm_picks_would_have_been_won_more_often_anyway():
    found = made(4, n=6_000)
    truth, contacted = found.truth["prospects"], found.tables["prospects"]["contacted"]
    anyway = truth["p_if_left"]
    assert anyway[contacted].mean() > anyway[~contacted].mean()


def test_in_the_null_world_nothing_decides():
    found = made(1, "null")
    assert (planted(found).drop("intercept") == 0).all()
    assert np.ptp(found.truth["prospects"]["p_converted"]) < 1e-12


def what_was_won(seed: int, scenario: str) -> tuple[Made, pd.DataFrame, pd.DataFrame]:
    """Demand costs of a company of 12,000 customers and three branches, whose months cost 1 to 1.5 million each."""
    wanted, block = setting("sample", seed=seed, scenario=scenario), Block(0, 0, 12_000)
    customers = latents.customers(wanted, block)
    rng = np.random.default_rng([seed, 31])
    customers["branch_id"] = rng.choice(["B01", "B02", "B03"], block.size, p=[0.5, 0.3, 0.2])
    customers["month"] = month_of(wanted, customers["joined"])
    new = customers.groupby(["month", "branch_id", "channel"]).size().rename("new_customers").reset_index()
    spent = new.groupby(["month", "branch_id"], as_index=False)["new_customers"].sum()
    spent["amount"] = np.round(spent.pop("new_customers") * 1e6 * rng.uniform(1, 1.5, len(spent)))
    return demand_costs.make_demand_costs(wanted, new, spent), new, spent


def curves(found: Made) -> tuple[pd.Series, pd.Series]:
    """ln cost on ln customers with effects of months and channels, a slope for each channel."""
    cells = found.tables["demand_costs"]
    by = cells.groupby(["month", "channel"])
    months = by["amount"].sum().rename("cost").reset_index()
    of_kind = cells.drop_duplicates(["month", "channel", "branch_id"])
    months["won"] = of_kind.groupby(["month", "channel"])["new_customers"].sum().to_numpy()
    months = months[months["won"] > 0].assign(
        cost=lambda d: np.log(d["cost"].astype(float)), won=lambda d: np.log(d["won"])
    )
    fit = smf.ols("cost ~ C(month) + C(channel) + C(channel):won", months).fit()
    names = {name: name.split("[")[1].split("]")[0] for name in fit.params.index if name.endswith(":won")}
    return fit.params[list(names)].rename(names).sort_index(), fit.bse[list(names)].rename(names).sort_index()


def test_demand_costs_keep_to_the_schema_and_add_up():
    found, new, spent = what_was_won(1, "standard")
    frame, declared = found.tables["demand_costs"], BY_NAME["demand_costs"]
    assert list(frame.columns) == list(declared.column_names)
    assert not frame.duplicated(list(declared.key)).any()
    kinds = {column.name: column.allowed for column in declared.columns}["kind"]
    assert set(frame["kind"]) <= set(kinds)
    # What a branch spent in a month is spread over the channels and kinds, to rounding; whom it won is all there.
    by_branch = frame.groupby(["month", "branch_id"])["amount"].sum().to_numpy()
    assert np.abs(by_branch - spent["amount"].to_numpy()).max() < 10
    once = frame.drop_duplicates(["month", "branch_id", "channel"])
    assert once["new_customers"].sum() == new["new_customers"].sum() == 12_000


def test_kinds_have_the_shares_of_their_channel():
    found, *_ = what_was_won(2, "standard")
    frame, world = found.tables["demand_costs"], setting("sample").world(DemandWorld)
    sums = frame.groupby(["channel", "kind"])["amount"].sum().astype(float)
    for name, channel in world.channels.items():
        assert sum(channel.kinds.values()) == pytest.approx(1)
        for kind, share in channel.kinds.items():
            assert sums[name, kind] / sums[name].sum() == pytest.approx(share, rel=1e-4)


def test_newcomers_are_those_of_the_sums():
    sums = nothing(setting("tiny"))
    sums.won[1, 0, list(CHANNELS).index("social")] = 2
    sums.won[0, 1, list(CHANNELS).index("branch")] = 1
    found = demand_costs.won(pd.Series(["B1", "B2"]), sums)
    assert sorted(found.to_numpy().tolist()) == [[0, "B2", "social", 2], [1, "B1", "branch", 1]]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_next_customer_costs_more_by_the_planted_factor(seed):
    found, *_ = what_was_won(seed, "standard")
    slope, error = curves(found)
    truth = found.truth["demand_curves"].set_index("channel")["elasticity"].sort_index()
    assert ((slope - 1 / truth).abs() < 4 * error).all()


@pytest.mark.slow
def test_intervals_of_the_score_cover_and_find_nothing_where_nothing_is():
    hits, alarms = 0, 0
    for seed in SEEDS:
        found = made.__wrapped__(seed)
        coefficient, error = score(found)
        hits = hits + ((coefficient - planted(found)).abs() < 1.96 * error)
        coefficient, error = score(made.__wrapped__(seed, "null"))
        alarms = alarms + (coefficient / error).abs().gt(1.96).drop("intercept")
    assert hits.between(LEAST_HITS, MOST_HITS).all(), hits
    assert alarms.between(LEAST_ALARMS, MOST_ALARMS).all(), alarms


@pytest.mark.slow
def test_intervals_of_the_cost_curves_cover_and_find_no_curve_where_none_is():
    hits, alarms = 0, 0
    for seed in SEEDS:
        found, *_ = what_was_won(seed, "standard")
        slope, error = curves(found)
        truth = 1 / found.truth["demand_curves"].set_index("channel")["elasticity"].sort_index()
        hits = hits + ((slope - truth).abs() < 1.96 * error)
        slope, error = curves(what_was_won(seed, "null")[0])
        alarms = alarms + ((slope - 1) / error).abs().gt(1.96)
    assert hits.between(LEAST_HITS, MOST_HITS).all(), hits
    assert alarms.between(LEAST_ALARMS, MOST_ALARMS).all(), alarms
