"""The times, the seasons, the market and the catalogue: what customers find when they come to buy."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlab.company import calendar, economy, market, products, setting
from crmlab.company.calendar import FEATURES, SeasonWorld, hijri, season_clock
from crmlab.company.economy import EconomyWorld, price_levels
from crmlab.company.latents import REGIONS
from crmlab.company.made import Made
from crmlab.company.market import MarketWorld
from crmlab.company.months import first_days, month_of
from crmlab.company.products import ProductsWorld, list_prices, wanted_in_month
from crmlab.company.setting import SCENARIOS

SEEDS = range(200)
VALID, FALSE_ALARMS = range(179, 199), range(2, 22)  # of 200, at 95 %


@cache
def made(scenario="standard", seed=1):
    wanted, known = setting("tiny", seed=seed, scenario=scenario), Made()
    for group in (calendar, economy, market, products):
        known = known | group.make(wanted, known)
    return wanted, known


def test_the_islamic_calendar_begins_on_its_first_day_and_repeats_after_thirty_years():
    # 1 Muharram of the year 1 is Friday, 16 July 622 of the Julian calendar, which is 19 July of the Gregorian one.
    assert hijri(date(622, 7, 19).toordinal()) == (1, 1, 1)
    day = date(2021, 3, 21).toordinal()
    year, month, day_of_month = hijri(day)
    # Thirty years: 19 of 354 days and 11 of 355, 10,631 together.
    assert hijri(day + 19 * 354 + 11 * 355) == (year + 30, month, day_of_month)


def test_islamic_months_follow_each_other_without_a_gap():
    days = np.arange(date(2020, 1, 1).toordinal(), date(2030, 1, 1).toordinal())
    year, month, day = hijri(days)
    begins = np.nonzero(day == 1)[0]
    assert set(np.diff(begins)) <= {29, 30}
    # Within a month the day goes up by one; a new one has the next number, or is the first of the next year.
    within = np.setdiff1d(np.arange(1, days.size), begins)
    assert (day[within] == day[within - 1] + 1).all()
    number = year[begins] * 12 + month[begins]
    assert (np.diff(number) == 1).all()


@pytest.mark.parametrize("seen", ["2021-04-14", "2022-04-03", "2023-03-23", "2024-03-12", "2025-03-02"])
def test_ramadan_is_at_most_two_days_from_when_iran_saw_the_moon(seen):
    ordinal = date.fromisoformat(seen).toordinal()
    near = [hijri(ordinal + shift)[1:] for shift in range(-2, 3)]
    assert (9, 1) in near


def test_the_seasons_stand_where_the_jalali_year_has_them():
    _, known = made()
    season = known.truth["season"]
    dates = pd.DatetimeIndex(np.datetime64("2021-03-21") + season["day"].to_numpy())
    # Four years, the last of them a leap year with 30 days of Esfand; 13 days of Nowruz; 31 of Shahrivar.
    assert season["before_nowruz"].sum() == 3 * 29 + 30
    assert season["nowruz"].sum() == 4 * 13
    assert season["end_of_summer"].sum() == 4 * 31
    assert set(dates[season["nowruz"]].strftime("%m-%d")) <= {f"03-{day}" for day in range(20, 32)} | {
        "04-01",
        "04-02",
    }
    # Ramadan has 30 days in the table, and comes some eleven days earlier each year.
    firsts = dates[season["ramadan"] & ~season["ramadan"].shift(fill_value=False)]
    assert set(np.diff(firsts).astype("timedelta64[D]").astype(int)) <= {354, 355}


def test_weights_are_the_planted_factors_and_one_on_average():
    wanted, known = made()
    season, world = known.truth["season"], wanted.world(SeasonWorld)
    assert season["weight"].mean() == pytest.approx(1)
    logs = np.log(season["weight"]) - sum(np.log(getattr(world, name)) * season[name] for name in FEATURES)
    assert np.ptp(logs - season["day"] / 365.25 * np.log(world.trend_per_year)) == pytest.approx(0, abs=1e-12)
    for scenario in ("clean", "null"):
        assert (made(scenario)[1].truth["season"]["weight"] == 1).all()


def test_the_clock_goes_there_and_back():
    wanted, known = made()
    clock = season_clock(known)
    moments = np.random.default_rng(1).random(500) * wanted.days
    assert clock.moments(clock.time(moments)) == pytest.approx(moments)
    # It runs fast where much is bought: over one day by that day's weight.
    assert np.diff(clock.time(np.arange(wanted.days + 1))) == pytest.approx(known.truth["season"]["weight"])
    assert clock.end == pytest.approx(wanted.days)


def test_the_economy_has_a_row_for_each_jalali_month():
    _, known = made()
    months = known.tables["economy"]["month"]
    assert len(months) == 48
    assert months.iloc[[0, 11, 12, 47]].dt.strftime("%Y-%m-%d").to_list() == [
        "2021-03-21",
        "2022-02-20",
        "2022-03-21",
        "2025-02-19",
    ]


def test_prices_rise_at_the_planted_pace_to_100_and_stand_still_where_there_is_no_inflation():
    wanted, known = made_economy("standard", 1)
    world, index = wanted.world(EconomyWorld), known.tables["economy"]["price_index"]
    growth = np.diff(np.log(index))
    planted = np.log1p(world.inflation_per_year) / 12
    assert growth.mean() == pytest.approx(planted, abs=4 * world.inflation_sd / np.sqrt(growth.size))
    assert index.iloc[-1] == 100
    for scenario in ("clean", "null"):
        assert (made_economy(scenario, 1)[1].tables["economy"]["price_index"] == 100).all()


def test_the_shock_of_the_deposit_rate_is_on_its_day_and_of_its_size():
    wanted, known = made_economy("standard", 1)
    world, rate = wanted.world(EconomyWorld), known.tables["economy"]["deposit_rate"]
    assert known.truth["rate_shock"]["date"].iloc[0] == pd.Timestamp("2023-02-20")  # 1 Esfand 1401
    after = known.tables["economy"]["month"] >= pd.Timestamp("2023-02-20")
    error = world.rate_sd * np.sqrt(1 / after.sum() + 1 / (~after).sum())
    assert rate[after].mean() - rate[~after].mean() == pytest.approx(world.shock, abs=4 * error)


@pytest.mark.slow
def test_the_planted_inflation_is_covered():
    found = []
    for seed in SEEDS:
        wanted, known = made_economy("standard", seed)
        growth = np.diff(np.log(known.tables["economy"]["price_index"]))
        low, high = stats.t.interval(0.95, growth.size - 1, growth.mean(), stats.sem(growth))
        found.append(low <= np.log1p(wanted.world(EconomyWorld).inflation_per_year) / 12 <= high)
    assert sum(found) in VALID


def made_economy(scenario, seed):
    wanted = setting("tiny", seed=seed, scenario=scenario)
    return wanted, economy.make(wanted, Made())


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "allowed"), [("standard", VALID), ("null", FALSE_ALARMS)])
def test_the_shock_of_the_deposit_rate_is_found_where_it_is_and_only_there(scenario, allowed):
    hits = 0
    for seed in SEEDS:
        wanted, known = made_economy(scenario, seed)
        shock = known.truth["rate_shock"].iloc[0]
        after = known.tables["economy"]["month"] >= shock["date"]
        rate = known.tables["economy"]["deposit_rate"]
        found = stats.ttest_ind(rate[after], rate[~after]).confidence_interval(0.95)
        covered = found.low <= shock["size"] <= found.high
        hits += covered if scenario == "standard" else not covered
    assert shock["size"] == wanted.world(EconomyWorld).shock
    assert hits in allowed


def test_a_month_has_the_price_level_of_its_index():
    _, known = made()
    assert price_levels(known)[-1] == 1
    assert price_levels(known)[0] == pytest.approx(1.4**-4, rel=0.15)  # four years at 40 % but a month, with chance


def test_regions_run_from_hard_competition_to_near_monopoly():
    _, known = made()
    competition = known.truth["competition"].set_index("region")
    assert set(competition.index) == set(REGIONS)
    # Tehran by hand: 0.12² + 0.88² · Σ 0.9^2k / (Σ 0.9^k)², k = 0 … 11: 0.0144 + 0.7744 · 4.8438 / 7.1757² = 0.0872.
    assert competition.loc["Tehran", "hhi"] == pytest.approx(0.0872, abs=5e-5)
    assert competition["hhi"].idxmax() == "Kerman"
    assert competition.loc["Kerman", "hhi"] > 0.75
    assert made("null")[1].truth["competition"]["hhi"].std() == 0


def test_shares_add_up_and_their_truth_is_that_of_the_table():
    _, known = made()
    shares = known.tables["market"]
    assert shares.groupby(["region", "period"])["share"].sum().to_numpy() == pytest.approx(1)
    by_hand = shares.groupby(["region", "period"])["share"].agg(lambda share: (share**2).sum())
    truth = known.truth["market_hhi"].set_index(["region", "period"])["hhi"]
    assert by_hand.sort_index().to_numpy() == pytest.approx(truth.sort_index().to_numpy())
    assert shares["period"].nunique() == 8


def test_a_rivals_share_is_that_of_the_mechanism():
    wanted, known = made()
    world = wanted.world(MarketWorld)
    wide = known.tables["market"].pivot_table(index=["region", "period"], columns="firm", values="share")
    ratio = np.log(wide["rival_02"] / wide["rival_01"])
    # Both logarithms have the standard deviation share_sd; eight regions in eight half-years.
    error = world.share_sd * np.sqrt(2 / len(ratio))
    assert ratio.mean() == pytest.approx(np.log(world.fall), abs=4 * error + 1e-3)


@pytest.mark.slow
def test_where_regions_are_alike_they_are_rarely_found_to_differ():
    alarms = 0
    for seed in SEEDS:
        known = market.make(setting("tiny", seed=seed, scenario="null"), Made())
        own = known.tables["market"].query("firm == 'self'")
        by_region = [np.log(part / (1 - part)) for _, part in own.groupby("region")["share"]]
        alarms += stats.f_oneway(*by_region).pvalue < 0.05
    assert alarms in FALSE_ALARMS


def test_regions_that_differ_are_found_to_differ():
    own = made()[1].tables["market"].query("firm == 'self'")
    assert stats.f_oneway(*(part for _, part in own.groupby("region")["share"])).pvalue < 1e-6


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_catalogue_is_whole(scenario):
    _, known = made(scenario)
    goods = known.tables["products"]
    assert len(goods) == 120
    assert goods["product_id"].is_unique
    assert goods["name"].is_unique
    assert goods["kind"].value_counts().to_dict() == {"durable": 72, "consumable": 34, "service": 14}
    serving = goods[goods["kind"] != "durable"]
    kinds = goods.set_index("product_id")["kind"]
    assert (serving["used_with"].map(kinds) == "durable").all()
    assert goods.loc[goods["kind"] == "durable", "used_with"].isna().all()
    pairs = known.truth["complements"]
    assert len(pairs) == 12
    assert {*pairs["product_id"], *pairs["with_product_id"]} <= {*goods["product_id"]}
    assert (pairs["weight"] > 0).all() == (scenario in ("standard", "awkward"))
    # Persian letters, of the kinds that Persian has; no Arabic yeh or kaf.
    assert goods["name"].str.fullmatch(r"[\u0621-\u0654\u067e\u0686\u0698\u06a9\u06af\u06cc\u06c0\u200c ]+").all()
    assert not goods["name"].str.contains("[\u064a\u0643]").any()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_there_is_a_product_near_every_price(scenario):
    prices = np.sort(list_prices(made(scenario)[1]), axis=1)
    assert (prices[:, 1:] / prices[:, :-1]).max() < 1.3


def test_prices_follow_the_index_in_steps():
    wanted, known = made()
    world, levels = wanted.world(ProductsWorld), price_levels(known)
    base, prices = known.truth["catalogue"]["base_price"].to_numpy(), list_prices(known)
    for month in range(len(levels)):
        # The price is that of one of the last months, as of `slowest_months` the last one is a step at the latest.
        recent = range(max(month - world.slowest_months + 1, 0), month + 1)
        at_levels = [np.abs(prices[month] - base * levels[then]) <= 50 for then in recent]
        assert np.any(at_levels, axis=0).all()
    assert len(known.tables["prices"]) > 2_000


def test_where_prices_stand_still_there_is_one_for_each_product():
    assert len(made("clean")[1].tables["prices"]) == 120


def test_a_price_holds_until_the_next_one():
    _, known = made()
    prices = known.tables["prices"]
    of_one = prices[prices["product_id"] == "P010"].sort_values("valid_from")
    months = known.tables["economy"]["month"]
    expected = [of_one.loc[of_one["valid_from"] <= month, "list_price"].iloc[-1] for month in months]
    assert list_prices(known)[:, 9].tolist() == expected


def test_only_where_things_go_wrong_does_a_family_cost_more_than_it_brings():
    for scenario in SCENARIOS:
        goods = made(scenario)[1].tables["products"]
        share = (goods["unit_cost"] / goods["list_price"]).groupby(goods["category"]).mean()
        # Discounts are at most 3/13 of the list price, 0.115 on average.
        loses = share.index[share > 1 - 0.115]
        assert list(loses) == (["television"] if scenario == "awkward" else [])


def test_cooling_is_wanted_in_summer_only_where_there_are_seasons():
    for scenario, factor in (("standard", 3.0), ("null", 1.0)):
        wanted, known = made(scenario)
        of = known.truth["catalogue"]["category"] == "cooling"
        share = wanted_in_month(wanted, known)[:, of]
        assert share[3] == pytest.approx(factor * share[9])  # Tir against Dey
        assert share[15] == pytest.approx(share[3])


def test_months_are_counted_from_the_first_farvardin():
    wanted = setting("tiny")
    firsts = first_days(wanted)
    assert month_of(wanted, [0, 30, 31, wanted.days - 1]).tolist() == [0, 0, 1, 47]
    assert firsts[12] == 365
