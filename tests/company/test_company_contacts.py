"""Campaigns and contacts: effects as planted, agreement with the purchases, and comparisons that mislead."""

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from crmlab.company import campaigns, contacts, contracts, latents, setting
from crmlab.company.campaigns import CampaignsWorld
from crmlab.company.contacts import average_effects
from crmlab.company.made import Made, table
from crmlab.company.purchase_log import log_of, numbered_on
from crmlab.company.setting import SCENARIOS, Block, Setting
from crmlab.tables.schema import BY_NAME

SEEDS = range(200)
LEAST_HITS, MOST_HITS = 179, 198  # of 200, for a 95 % interval
LEAST_ALARMS, MOST_ALARMS = 2, 21
N = 2_500  # customers, where nothing else is said
RANDOMISED = ("K02", "K04", "K07", "K08", "K09", "K06", "K12")


def some_purchases(wanted: Setting, known: Made, block: Block) -> Made:
    """Everybody buys on the day they join and then at a pace of their own, about four times a year, for ever."""
    rng = np.random.default_rng([wanted.seed, 11])
    joined = known.truth["customers"]["joined"].to_numpy()
    times = rng.poisson(rng.gamma(1, 4 / 365, block.size) * (wanted.days - 1 - joined))
    again = np.repeat(np.arange(block.size), times)
    day = joined[again] + 1 + np.floor(rng.random(again.size) * (wanted.days - 1 - joined[again])).astype(int)
    who, day = np.concatenate([np.arange(block.size), again]), np.concatenate([joined, day])
    amount = np.round(rng.gamma(3, 1.5e6, who.size)) + 1
    back = rng.random(who.size) < 0.05
    who, amount = np.concatenate([who, who[back]]), np.concatenate([amount, -amount[back]])
    number = np.concatenate([np.arange(day.size), np.flatnonzero(back)])
    day = np.concatenate([day, np.minimum(day[back] + 9, wanted.days - 1)])
    ids = np.array([f"S001{one:06}" for one in number], dtype=object)
    order = np.argsort(day, kind="stable")
    columns = {"customer_id": block.customer_ids[who], "date": wanted.date(day), "amount": amount, "order_id": ids}
    return Made({"transactions": table("transactions", {name: values[order] for name, values in columns.items()})})


def company(seed: int, scenario: str, n: int, *, consent: float = 0.85) -> tuple[Setting, Block, Made]:
    wanted, block = setting("sample", seed=seed, scenario=scenario), Block(0, 0, n)
    agreed = np.random.default_rng([seed, 12]).random(n) < consent
    customers = table("customers", {"customer_id": block.customer_ids, "may_contact": agreed})
    known = campaigns.make(wanted, Made()) | Made(
        {"customers": customers}, {"customers": latents.customers(wanted, block)}
    )
    return wanted, block, known | contracts.make(wanted, known, block)


@cache
def made(seed: int, scenario: str, n: int = N) -> Made:
    wanted, block, known = company(seed, scenario, n)
    return known | contacts.with_campaigns(some_purchases)(wanted, known, block)


def rows(found: Made, campaign_id: str) -> pd.DataFrame:
    """The contacts of a campaign with the truth of each; `treated` and `answered` as numbers."""
    both = found.tables["contacts"].merge(found.truth["contacts"], on=["contact_id", "campaign_id", "customer_id"])
    both = both[both["campaign_id"] == campaign_id]
    return both.assign(treated=(both["arm"] == "treat").astype(int), answered=both["response"].astype(int))


def difference(part: pd.DataFrame) -> tuple[float, float]:
    """The difference of shares of those approached and those left alone, and its standard error."""
    shares = part.groupby("treated")["answered"].agg(["mean", "size"])
    variance = (shares["mean"] * (1 - shares["mean"]) / shares["size"]).sum()
    return shares["mean"][1] - shares["mean"][0], float(np.sqrt(variance))


def slopes(found: Made) -> tuple[pd.Series, pd.Series]:
    """A logit of buying on the discount in each third of trust, of those who may be contacted: slopes and errors."""
    part = rows(found, "K11")
    agreed = found.tables["customers"].set_index("customer_id")["may_contact"]
    part = part[part["customer_id"].map(agreed).astype(bool)]
    fit = smf.logit("answered ~ C(trust_third) + C(trust_third):discount_rate", part).fit(disp=0)
    names = [f"C(trust_third)[{third}]:discount_rate" for third in (1, 2, 3)]
    return fit.params[names].set_axis([1, 2, 3]), fit.bse[names].set_axis([1, 2, 3])


def sample_ratio(part: pd.DataFrame, approached: float) -> float:
    """The p-value of how many were approached, against the share that was to be."""
    return stats.binomtest(int(part["treated"].sum()), len(part), approached).pvalue


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", ["campaigns", "contacts", "transactions"])
def test_tables_keep_to_the_schema(scenario, name):
    found, declared = made(1, scenario), BY_NAME[name]
    frame = found.tables[name]
    assert list(frame.columns) == [column for column in declared.column_names if column in frame]
    assert not declared.key or not frame.duplicated(list(declared.key)).any()
    for column in [column for column in declared.columns if column.name in frame or column.required]:
        said = frame[column.name].dropna()
        assert not column.required or len(said) == len(frame)
        assert not column.allowed or set(said) <= set(column.allowed)
        assert column.least is None or (said >= column.least).all()
        assert column.most is None or (said <= column.most).all()
        assert column.refers_to is None or set(said) <= set(found.tables[column.refers_to].iloc[:, 0])
    assert (frame.select_dtypes("datetime") <= pd.Timestamp("2025-03-20")).all(axis=None)


def test_all_four_programmes_are_there_and_answers_about_buying_never_meet():
    world = setting("sample").world(CampaignsWorld)
    assert {one.programme for one in world.campaigns} == {"prospecting", "loyalty", "growth", "win_back_or_save"}
    buying = world.about("buying", "discount")
    assert all(one.last_day < after.start for one, after in pairwise(buying))
    assert max(one.last_day for one in world.campaigns) < setting("sample").days


def test_the_factor_of_income_leaves_the_mean_as_it_is():
    world = setting("sample").world(CampaignsWorld)
    # .35 × 1.5 + .45 × .9 + .20 × .35 = .525 + .405 + .07
    mean = sum(share * world.by_income[band] for band, share in latents.INCOME_BANDS.items())
    assert mean == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_and_nothing_given_is_changed():
    wanted, block, known = company(2, "standard", 600)
    sold = some_purchases(wanted, known, block)
    before = sold.tables["transactions"].copy()
    one, two = (contacts.make_contacts(wanted, known | sold, block) for _ in range(2))
    for kind in ("tables", "truth"):
        for name, frame in getattr(one, kind).items():
            pd.testing.assert_frame_equal(frame, getattr(two, kind)[name])
    pd.testing.assert_frame_equal(sold.tables["transactions"], before)


@pytest.mark.parametrize("scenario", ["clean", "null"])
def test_where_campaigns_do_nothing_the_log_stays_as_it_was(scenario):
    wanted, block, known = company(1, scenario, N)
    before = some_purchases(wanted, known, block).tables["transactions"]
    found = made(1, scenario)
    pd.testing.assert_frame_equal(found.tables["transactions"].drop(columns="campaign_id"), before)
    truth = found.truth["contacts"]
    # The odds times e⁰: as they were, to the last digit but one.
    np.testing.assert_allclose(truth["p1"], truth["p0"], atol=1e-12)


def test_response_and_revenue_are_those_of_the_log():
    found = made(1, "standard")
    world = setting("sample").world(CampaignsWorld)
    windows = {one.id: one.window_days for one in world.about("buying", "discount")}
    told = found.tables["contacts"]
    told = told[told["campaign_id"].isin(windows)]
    days = pd.to_timedelta(told["campaign_id"].map(windows), unit="D")
    lines = told[["contact_id", "customer_id", "date"]].assign(last=told["date"] + days)
    lines = lines.merge(found.tables["transactions"], on="customer_id", suffixes=("_contact", ""))
    lines = lines[(lines["date"] > lines["date_contact"]) & (lines["date"] <= lines["last"])]
    bought = set(lines.loc[lines["amount"] > 0, "contact_id"])
    assert (told["contact_id"].isin(bought) == told["response"]).all()
    spent = lines.groupby("contact_id")["amount"].sum().reindex(told["contact_id"], fill_value=0)
    assert (spent.to_numpy() == told["revenue"].to_numpy()).all()


def test_orders_are_made_for_the_won_over_and_gone_for_the_put_off():
    wanted, block, known = company(1, "standard", N)
    before = some_purchases(wanted, known, block).tables["transactions"]
    found = made(1, "standard")
    after, truth = found.tables["transactions"], found.truth["contacts"]
    gone = before[~before["order_id"].isin(after["order_id"])]
    put_off = truth[(truth["p0"] == 1) & (truth["p1"] < 1)]
    assert len(gone) > 20
    assert set(gone["customer_id"]) <= set(put_off["customer_id"])
    new = after[~after["order_id"].isin(before["order_id"])]
    won = truth[(truth["p0"] == 0) & (truth["p1"] > 0)]
    assert len(new) > 100
    assert set(new["customer_id"]) <= set(won["customer_id"])
    assert not new["order_id"].duplicated().any()
    # One order for each answer that changed, to the last one.
    changed = rows_changed(found)
    assert len(new) == ((changed["p0"] == 0) & changed["response"]).sum()


def rows_changed(found: Made) -> pd.DataFrame:
    both = pd.concat(
        [rows(found, one.id) for one in setting("sample").world(CampaignsWorld).about("buying", "discount")]
    )
    return both[both["response"] != (both["p0"] == 1)]


def test_returns_go_with_the_order_that_was_never_made():
    wanted, block = setting("tiny"), Block(0, 0, 2)
    first, other = block.customer_ids
    lines = table(
        "transactions",
        {
            "customer_id": [first, first, first, first, other],
            "date": wanted.date([5, 50, 52, 60, 50]),
            "amount": [10, 20, -20, -10, 20],
            "order_id": ["A1", "A2", "R9", "A1", "A3"],
        },
    )
    log = log_of(wanted, block, lines)
    left = log.without(np.array([True, False]), np.array([40, 40]), np.array([70, 70])).table(wanted)
    # What came back under a number of its own is known by its amount; what came back of the first order stays.
    assert list(left["order_id"]) == ["A1", "A1", "A3"]


def test_numbers_go_on_where_the_last_ended():
    assert numbered_on(pd.Series(["S001000008", "R001000900", "S001000009", None]), 2) == ["S001000010", "S001000011"]


def test_an_order_made_is_like_one_of_its_day_and_sold_as_the_customer_is_used_to():
    wanted, block = setting("tiny"), Block(0, 0, 2)
    first, other = block.customer_ids
    lines = table(
        "transactions",
        {
            "customer_id": [first, other],
            "date": wanted.date([10, 100]),
            "amount": [5, 7],
            "order_id": ["S1", "S2"],
            "product_id": ["P1", "P2"],
            "branch_id": ["B1", "B2"],
        },
    )
    log = log_of(wanted, block, lines).with_orders(np.array([0]), np.array([400]), np.random.default_rng(1))
    made_line = log.table(wanted).iloc[-1]
    assert made_line["customer_id"] == first
    assert made_line["order_id"] == "S3"
    assert made_line["branch_id"] == "B1"
    assert made_line["date"] == wanted.date([400])[0]
    assert (made_line["product_id"], made_line["amount"]) in {("P1", 5), ("P2", 7)}


def test_only_who_agreed_is_reached_and_who_did_not_costs_nothing():
    found = made(1, "standard")
    told = found.tables["contacts"]
    agreed = told["customer_id"].map(found.tables["customers"].set_index("customer_id")["may_contact"]).astype(bool)
    assert not told.loc[~agreed, "delivered"].any()
    assert (told.loc[~agreed, "cost"] == 0).all()
    left_alone = told["arm"] == "do_nothing"
    assert not told.loc[left_alone, "delivered"].any()
    assert (told.loc[left_alone, ["cost", "discount_rate"]] == 0).all(axis=None)
    # The app reaches everybody who agreed.
    app = told[(told["campaign_id"] == "K11") & ~left_alone & agreed]
    assert app["delivered"].all()


def test_what_was_given_away_is_in_the_cost():
    found = made(1, "standard")
    told = found.tables["contacts"].query("campaign_id == 'K11' and delivered and response")
    expected = 50 + told["discount_rate"] * told["revenue"].clip(lower=0)
    assert (told["cost"] - expected).abs().max() <= 1


@pytest.mark.parametrize("campaign_id", RANDOMISED)
def test_the_true_effect_lies_near_the_difference_of_shares(campaign_id):
    found = made(1, "standard")
    estimate, error = difference(rows(found, campaign_id))
    assert abs(estimate - average_effects(found.truth["contacts"])[campaign_id]) < 4 * error


def test_chances_are_those_of_the_types():
    found, world = made(1, "standard"), setting("sample").world(CampaignsWorld)
    income = found.truth["customers"].set_index("customer_id")["income_band"]
    for campaign in world.about("buying", "renewal"):
        part = rows(found, campaign.id)
        factor = part["customer_id"].map(income).map(world.by_income)
        won = np.where(part["uplift_type"] == "persuadable", campaign.won_over * factor, 0) * part["arrives"]
        off = np.where(part["uplift_type"] == "do_not_disturb", campaign.put_off, 0) * part["arrives"]
        np.testing.assert_allclose(part["p1"], np.where(part["p0"] == 1, 1 - off, won))


def test_buying_rises_with_the_discount_as_planted_and_most_where_trust_is_low():
    found = made(1, "standard", 6_000)
    slope, error = slopes(found)
    planted = found.truth["discount_test"].set_index("trust_third")["sensitivity"]
    assert ((slope - planted).abs() < 4 * error).all()
    assert slope[1] - slope[3] > 0


def test_the_best_compared_with_the_others_seem_won_by_the_gift():
    found = made(1, "null")
    for campaign_id in ("K03", "K10"):
        estimate, error = difference(rows(found, campaign_id))
        assert average_effects(found.truth["contacts"])[campaign_id] == 0
        assert estimate > 4 * error


def test_the_best_fall_back_though_nothing_was_done_to_them():
    found = made(1, "null")
    part = rows(found, "K10").query("treated == 1")
    lines = found.tables["transactions"]
    start, year = pd.Timestamp("2021-03-21") + pd.Timedelta(days=780), pd.Timedelta(days=365)
    of_best = lines[lines["customer_id"].isin(part["customer_id"])]
    before = (
        of_best[(of_best["date"] >= start - year) & (of_best["date"] < start)].groupby("customer_id")["amount"].sum()
    )
    after = (
        of_best[(of_best["date"] >= start) & (of_best["date"] < start + year)].groupby("customer_id")["amount"].sum()
    )
    change = after.reindex(before.index, fill_value=0) - before
    assert change.mean() < -4 * change.std() / np.sqrt(len(change))


def test_the_awkward_world_has_no_control_in_one_campaign_and_too_few_in_another():
    found = made(1, "awkward")
    assert set(rows(found, "K06")["arm"]) == {"treat"}
    approached = found.truth["campaigns"].set_index("campaign_id")["approached"]
    assert sample_ratio(rows(found, "K04"), approached["K04"]) < 0.001


def planted_and_found(seed: int) -> dict[str, bool]:
    """Of one standard company: which truths lie in their 95 % intervals, and whether ratios alarm."""
    found = made.__wrapped__(seed, "standard")
    truth, hits = average_effects(found.truth["contacts"]), {}
    for campaign_id in ("K04", "K07", "K09"):
        estimate, error = difference(rows(found, campaign_id))
        hits[campaign_id] = abs(estimate - truth[campaign_id]) < 1.96 * error
    part = rows(found, "K12")
    for kind in ("persuadable", "sure", "do_not_disturb"):
        of_kind = part[part["uplift_type"] == kind]
        estimate, error = difference(of_kind)
        hits[kind] = abs(estimate - (of_kind["p1"] - of_kind["p0"]).mean()) < 1.96 * error
    slope, error = slopes(found)
    planted = found.truth["discount_test"].set_index("trust_third")["sensitivity"]
    hits |= {f"third {third}": abs(slope[third] - planted[third]) < 1.96 * error[third] for third in (1, 2, 3)}
    return hits


@pytest.mark.slow
def test_intervals_of_effects_types_and_sensitivities_cover():
    hits = pd.DataFrame([planted_and_found(seed) for seed in SEEDS]).sum()
    assert hits.between(LEAST_HITS, MOST_HITS).all(), hits


@pytest.mark.slow
def test_false_alarms_of_effects_and_of_the_sample_ratio():
    alarms = []
    for seed in SEEDS:
        null = made.__wrapped__(seed, "null", 2_000)
        found = {one: abs(np.divide(*difference(rows(null, one)))) > 1.96 for one in ("K07", "K09", "K12")}
        slope, error = slopes(null)
        found["slope"] = abs(slope[1] / error[1]) > 1.96
        found["ratio"] = sample_ratio(rows(null, "K07"), 0.5) < 0.05
        alarms.append(found)
    total = pd.DataFrame(alarms).sum()
    assert total.between(LEAST_ALARMS, MOST_ALARMS).all(), total
