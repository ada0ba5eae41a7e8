"""Leads, stages and activities have the moments of their mechanism, and every stay is accounted for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from crmlab.company import branches, latents, pipeline, setting
from crmlab.company.latents import CHANNELS
from crmlab.company.made import Made
from crmlab.company.pipeline import PipelineWorld, stages
from crmlab.company.setting import SCENARIOS
from crmlab.tables.schema.selling import MOVES, STAGES

SETTLED = 400  # days after which a stay of the slowest stage has ended, but for a chance of 1 in 10^5


@pytest.fixture(scope="module")
def made(selling_firm):
    return {scenario: selling_firm("sample", 5, scenario) for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def standard(made):
    return made["standard"]


def world_of(scenario="standard"):
    return setting("sample", scenario=scenario).world(PipelineWorld)


def days_from_start(dates):
    return (dates - pd.Timestamp(setting("sample").start)).dt.days


def live_on(firm, rep_ids):
    reps = firm.tables["reps"].merge(firm.tables["branches"], on="branch_id").set_index("rep_id")
    return reps["crm_live_on"].loc[rep_ids].reset_index(drop=True)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_enters_a_stage_has_advanced_been_lost_gone_back_or_is_still_there(made, scenario):
    stays = made[scenario].tables["stage_history"]
    count = pd.crosstab(stays["stage"], stays["outcome"]).reindex(index=STAGES, columns=MOVES, fill_value=0)
    entries = stays["stage"].value_counts().reindex(STAGES)
    assert (count.sum(axis=1) == entries).all()
    # Into a stage come those that advanced to it, those sent back to it and, into the first, new ones.
    for place, stage in enumerate(STAGES):
        advanced = count.loc[STAGES[place - 1], "advanced"] if place else len(made[scenario].tables["opportunities"])
        sent_back = count.loc[STAGES[place + 1], "back"] if place + 1 < len(STAGES) else 0
        assert entries[stage] == advanced + sent_back


def test_each_stay_begins_when_and_where_the_one_before_it_ended(standard):
    stays = standard.tables["stage_history"]
    place = stays["stage"].map({stage: number for number, stage in enumerate(STAGES)})
    same = stays["opportunity_id"] == stays["opportunity_id"].shift()
    assert (stays["entered_on"][same] == stays["left_on"].shift()[same]).all()
    step = stays["outcome"].shift()[same].map({"advanced": 1, "back": -1})
    assert ((place - place.shift())[same] == step).all()
    assert (stays["left_on"].isna() == (stays["outcome"] == "open")).all()


def test_opportunities_stand_as_their_last_stay_says(standard):
    deals = standard.tables["opportunities"].set_index("opportunity_id")
    last = standard.tables["stage_history"].groupby("opportunity_id").tail(1).set_index("opportunity_id")
    last = last.loc[deals.index]
    won = (last["stage"] == STAGES[-1]) & (last["outcome"] == "advanced")
    expected = np.where(won, "won", np.where(last["outcome"] == "open", "open", "lost"))
    assert (deals["state"] == expected).all()
    assert deals["closed_on"].equals(last["left_on"].rename("closed_on"))
    assert (deals["stage"] == last["stage"]).all()


def test_the_chance_to_win_is_that_of_the_chain():
    # Without going back it is the product: 1/2 in each of five stages is 1/32, in the last two 1/4.
    even = replace(world_of(), advance=(0.5,) * 5, back=0.0)
    assert stages.win_probabilities(even, np.zeros(1))[0] == pytest.approx([1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2])
    # log odds of ln 3 make 3/4 of 1/2.
    assert stages.win_probabilities(even, np.log([3.0]))[0, 3] == pytest.approx(9 / 16)
    # With back = 1/3 and 1/2 of the rest, each later stage advances, is lost and goes back with 1/3. From the last:
    # w5 = (1 + w4)/3, w4 = (w5 + w3)/3, w3 = (w4 + w2)/3, w2 = (w3 + w1)/3, w1 = w2/2. So w2 = 2 w1, w3 = 6 w1 - w1 =
    # 5 w1, w4 = 15 w1 - 2 w1 = 13 w1, w5 = 39 w1 - 5 w1 = 34 w1, and 102 w1 = 1 + 13 w1: w1 = 1/89.
    back = replace(even, back=1 / 3)
    expected = np.array([1, 2, 5, 13, 34]) / 89
    assert stages.win_probabilities(back, np.zeros(1))[0] == pytest.approx(expected)


@pytest.mark.parametrize("scenario", ["standard", "null"])
def test_as_many_are_won_as_the_truth_says(made, scenario):
    deals = made[scenario].tables["opportunities"].merge(made[scenario].truth["opportunities"], on="opportunity_id")
    settled = deals[days_from_start(deals["created_on"]) < setting("sample").days - SETTLED]
    chance = settled["win_probability"]
    assert (settled["state"] != "open").mean() > 0.999
    assert abs((settled["state"] == "won").mean() - chance.mean()) < 4 * np.sqrt(
        (chance * (1 - chance)).sum() / len(chance) ** 2
    )


@pytest.mark.parametrize("scenario", ["standard", "null"])
def test_stays_and_outcomes_are_those_of_each_stage(made, scenario):
    world, firm = world_of(scenario), made[scenario]
    stays = firm.tables["stage_history"].merge(firm.truth["opportunities"], on="opportunity_id")
    stays = stays[days_from_start(stays["entered_on"]) < setting("sample").days - SETTLED]
    assert (stays["outcome"] != "open").all()
    days = (stays["left_on"] - stays["entered_on"]).dt.days
    for place, stage in enumerate(STAGES):
        mine = stays["stage"] == stage
        n, mean = mine.sum(), world.days[place]
        variance = (mean - 1) + (mean - 1) ** 2 / world.days_shape
        assert abs(days[mine].mean() - mean) < 4 * np.sqrt(variance / n), stage
        back = world.back if place else 0
        went_back = (stays["outcome"][mine] == "back").mean()
        assert abs(went_back - back) <= 4 * np.sqrt(back * (1 - back) / n), stage
        onward = stays[mine & (stays["outcome"] != "back")]
        chance = expit(logit(world.advance[place]) + onward["log_odds"])
        band = 4 * np.sqrt((chance * (1 - chance)).sum()) / len(onward)
        assert abs((onward["outcome"] == "advanced").mean() - chance.mean()) < band, stage


def test_what_is_open_on_average_is_what_enters_a_day_by_how_long_it_stays(made):
    # Little's law, in the world without growth, over a thousand days from the 300th on.
    world, stays = world_of("clean"), made["clean"].tables["stage_history"]
    first, last = 300, 1_300
    entered = days_from_start(stays["entered_on"])
    left = days_from_start(stays["left_on"]).fillna(setting("sample").days)
    inside = (left.clip(upper=last) - entered.clip(lower=first)).clip(lower=0)
    for place, stage in enumerate(STAGES):
        mine, mean = stays["stage"] == stage, world.days[place]
        on_average = inside[mine].sum() / (last - first)
        arrivals = (mine & (entered >= first) & (entered < last)).sum()
        variance = (mean - 1) + (mean - 1) ** 2 / world.days_shape
        # The stays that began inside, and those cut off at either end, of which there are about `on_average`.
        band = 4 * np.sqrt(arrivals * variance + 2 * on_average * (variance + mean**2)) / (last - first)
        assert abs(on_average - arrivals / (last - first) * mean) < band, stage


def test_opportunities_and_leads_name_each_other(standard):
    leads = standard.tables["leads"]
    became = leads[leads["converted"]].merge(standard.tables["opportunities"], on="opportunity_id")
    assert len(became) == len(standard.tables["opportunities"])
    for column in ("source", "territory_id", "rep_id", "region"):
        assert (became[f"{column}_x"] == became[f"{column}_y"]).all()
    assert (became["created_on_y"] > became["created_on_x"]).all()
    assert leads.loc[~leads["converted"], "opportunity_id"].isna().all()


def test_leads_come_and_become_opportunities_as_planted(standard):
    world = world_of()
    leads = standard.tables["leads"].merge(standard.truth["leads"], on="lead_id")
    n = len(leads)
    assert n == 7_200  # 1.2 for each of 6,000
    for source, share in CHANNELS.items():
        assert abs((leads["source"] == source).mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
    # With a density that grows from 1 to 1 + g, the first half of the time holds (1/2 + g/8) of 1 + g/2.
    early = (0.5 + world.growth / 8) / (1 + world.growth / 2)
    found = (days_from_start(leads["created_on"]) < setting("sample").days / 2).mean()
    assert abs(found - early) < 4 * np.sqrt(early * (1 - early) / n)
    in_time = leads[days_from_start(leads["created_on"]) < setting("sample").days - 30]
    chance = in_time["conversion"]
    band = 4 * np.sqrt((chance * (1 - chance)).sum()) / len(in_time)
    assert abs(in_time["converted"].mean() - chance.mean()) < band


def test_calls_come_sooner_where_crm_is_live(standard):
    world = world_of()
    leads = standard.tables["leads"]
    in_time = (days_from_start(leads["created_on"]) < setting("sample").days - 30).to_numpy()
    called = leads["hours_to_first_call"].notna().to_numpy()
    band = 4 * np.sqrt(world.called * (1 - world.called) / in_time.sum())
    assert abs(called[in_time].mean() - world.called) < band
    live = (live_on(standard, leads["rep_id"]) <= leads["created_on"]).to_numpy()
    for is_live, median in ((False, world.hours_median), (True, world.hours_median * world.hours_after_live)):
        hours = np.log(leads["hours_to_first_call"][in_time & called & (live == is_live)])
        assert abs(hours.mean() - np.log(median)) < 4 * world.hours_spread / np.sqrt(len(hours))
        assert abs(hours.std() - world.hours_spread) < 4 * world.hours_spread / np.sqrt(2 * len(hours))


def test_leads_are_routed_to_who_is_hired_and_to_the_territory_at_home(standard):
    leads = standard.tables["leads"].merge(standard.tables["reps"], on="rep_id", suffixes=("", "_home"))
    assert (leads["hired_on"] <= leads["created_on"]).all()
    hired = standard.tables["reps"].groupby("territory_id")["hired_on"].min()
    could = leads[leads["territory_id"].map(hired) <= leads["created_on"]]
    at_home = (could["territory_id"] == could["territory_id_home"]).mean()
    world = world_of()
    assert at_home > world.at_home - 4 * np.sqrt(world.at_home * (1 - world.at_home) / len(could))
    assert at_home < world.at_home + (1 - world.at_home) / 4  # some of those sent to anybody are at home by chance


def test_stated_chances_are_too_high_by_the_optimism_and_closer_with_documents(standard):
    world = world_of()
    deals = standard.tables["opportunities"].merge(standard.truth["opportunities"], on="opportunity_id")
    believed = expit(logit(deals["win_probability"]) + world.optimism)
    # The variance of a Beta with mean m and precision c is m(1 - m)/(1 + c).
    precision = world.spread_plain + world.spread_documented * deals["documents"]
    variance = believed * (1 - believed) / (1 + precision)
    off = deals["stated_probability"] - believed
    assert abs(off.mean()) < 4 * np.sqrt(variance.sum()) / len(deals)
    scaled = off**2 / variance
    for many in (deals["documents"] > 0.7, deals["documents"] < 0.4):
        assert abs(scaled[many].mean() - 1) < 4 * scaled[many].std() / np.sqrt(many.sum())


def test_more_is_documented_where_crm_is_live(standard):
    world, deals = world_of(), standard.tables["opportunities"]
    live = (live_on(standard, deals["rep_id"]) <= deals["created_on"]).to_numpy()
    for is_live, mean in ((False, world.documents), (True, world.documents + world.documents_gain)):
        found = deals["documents"][live == is_live]
        assert abs(found.mean() - mean) < 4 * found.std() / np.sqrt(len(found))


def test_what_the_system_does_takes_less_once_crm_is_live(standard):
    world, done = world_of(), standard.tables["activities"]
    live = (live_on(standard, done["rep_id"]) <= done["date"]).to_numpy()
    automated = done["automated"].to_numpy(dtype=bool)
    for kind, mean in world.minutes.items():
        minutes = done["minutes"][(done["kind"] == kind) & ~(automated & live)]
        assert abs(minutes.mean() - mean) < 4 * minutes.std() / np.sqrt(len(minutes)), kind
    could = done["kind"].isin(["letter", "quote", "report"])
    assert not automated[~could].any()
    ratio = (done["minutes"] / done["kind"].map(world.minutes))[automated & live]
    assert abs(ratio.mean() - world.minutes_automated) < 4 * ratio.std() / np.sqrt(len(ratio))
    for column, rows, share in [
        ("automated", could & ~live, world.automated),
        ("automated", could & live, world.automated_live),
        ("planned", ~live, world.planned),
        ("planned", live, world.planned_live),
        ("in_error", ~live, world.in_error),
        ("in_error", live, world.in_error_live),
    ]:
        found = done[column][rows].astype(float)
        assert abs(found.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(found)), column


def test_activities_lie_within_the_life_of_what_they_are_for(standard):
    deals = standard.tables["opportunities"]
    done = standard.tables["activities"].merge(deals, on="opportunity_id", suffixes=("", "_deal"))
    assert (done["date"] >= done["created_on"]).all()
    assert (done["date"] <= done["closed_on"].fillna(pd.Timestamp(setting("sample").observed_until))).all()
    assert (done["rep_id"] == done["rep_id_deal"]).all()
    extra = world_of().activities_a_stay - 1
    stays = len(standard.tables["stage_history"])
    assert abs(len(done) / stays - 1 - extra) < 4 * np.sqrt(extra / stays)
    first_calls = standard.tables["activities"]["opportunity_id"].isna().sum()
    assert first_calls == standard.tables["leads"]["hours_to_first_call"].notna().sum()


def test_opportunities_are_for_customers_who_had_bought_by_then(standard):
    deals = standard.tables["opportunities"].merge(standard.truth["customers"], on="customer_id")
    assert (days_from_start(deals["created_on"]) >= deals["joined"]).all()
    firms = (standard.truth["customers"]["customer_type"] == "firm").mean()
    assert (deals["customer_type"] == "firm").mean() > 2 * firms


def test_amounts_follow_the_price_index():
    wanted = setting("tiny", seed=2)
    shared = branches.make(wanted, Made())
    block = wanted.blocks[0]
    known = shared | Made(truth={"customers": latents.customers(wanted, block)})
    months = pd.DatetimeIndex(["2021-03-21", "2023-03-21"]).as_unit("s")
    economy = pd.DataFrame({"month": months, "price_index": [50.0, 100.0]})
    plain = pipeline.make(wanted, known, block).tables["opportunities"]
    priced = pipeline.make(wanted, known | Made({"economy": economy}), block).tables["opportunities"]
    late = plain["created_on"] >= months[1]
    assert priced["amount"][late].equals(plain["amount"][late])
    assert ((priced["amount"] * 2 - plain["amount"])[~late].abs() <= 1).all()  # rounded to whole tomans
    assert priced.drop(columns="amount").equals(plain.drop(columns="amount"))


def test_the_awkward_world_has_a_representative_with_two_deals(made):
    assert made["awkward"].tables["opportunities"]["rep_id"].value_counts()["R040"] == 2


def test_nothing_that_was_known_is_changed_by_the_pipeline():
    wanted = setting("tiny", seed=2)
    shared = branches.make(wanted, Made())
    known = shared | Made(truth={"customers": latents.customers(wanted, wanted.blocks[0])})
    before = {name: frame.copy() for name, frame in {**known.tables, **known.truth}.items()}
    pipeline.make(wanted, known, wanted.blocks[0])
    for name, frame in {**known.tables, **known.truth}.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_blocks_do_not_share_ids(standard):
    # Three blocks of 2,000 customers: ids and their order go on from block to block.
    for name, key in (("leads", "lead_id"), ("opportunities", "opportunity_id"), ("activities", "activity_id")):
        ids = standard.tables[name][key]
        assert ids.is_monotonic_increasing
        assert ids.is_unique
        assert ids.str[1:4].unique().tolist() == ["001", "002", "003"]
