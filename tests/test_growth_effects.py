"""Who could spend more and what an offer changed: worked by hand, planted, and silent in the null world."""

import functools
import itertools
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crmlab.analyses import growth
from crmlab.analyses.growth import claims, verdicts
from crmlab.analyses.growth.potential import _corrected, _fitted, _rank_correlation
from crmlab.analyses.growth.trading import _covariance_share, _net
from crmlab.errors import DataError, ParameterError
from crmlab.tables.engine import connect

NUMBERS = itertools.count()
UNTIL = date(2024, 12, 30)
ABOUT = {"denominator": "customers", "window": "2024"}


@functools.cache
def engine():
    return connect()


def clean(rows):
    frame = pd.DataFrame(rows)
    name = f"e{next(NUMBERS)}"
    engine().con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
    return engine().table(name).mutate(excluded_by=ibis.null("string"))


def line(customer, day, product, amount, quantity=1.0, **more):
    return {
        "customer_id": customer,
        "date": day,
        "product_id": product,
        "amount": float(amount),
        "quantity": quantity,
        **more,
    }


# --- growth taken apart -----------------------------------------------------------------------------------------------


def two_years(units=2, dearer=1):
    """40 customers buy one cheap piece in the first year, and in the second so many, or dearer ones."""
    first = [line(f"C{n:02}", date(2023, 6, 1), "cheap", 100) for n in range(40)]
    what, price = ("cheap", 200) if dearer == 1 else ("dear", 200 * dearer)
    second = [line(f"C{n:02}", date(2024, 6, 1), what, units * price, units) for n in range(40)]
    return clean([*first, *second, line("Z", date(2024, 6, 1), "cheap", 200), line("Z", date(2024, 6, 2), "dear", 800)])


def test_growth_in_units_is_no_growth_in_price():
    # Prices double between the years; at constant prices twice as many pieces are log 2 in units and nothing else.
    found = growth.growth(two_years(units=2), until=UNTIL, rng=np.random.default_rng(0), n_resamples=99)
    assert found.units.value == pytest.approx(np.log(2))
    assert found.dearer.value == pytest.approx(0, abs=1e-12)


def test_growth_in_price_is_no_growth_in_units():
    # One piece each year; the second is worth four times as much at the prices of the last year.
    found = growth.growth(two_years(units=1, dearer=4), until=UNTIL, rng=np.random.default_rng(0), n_resamples=99)
    assert found.units.value == pytest.approx(0)
    assert found.dearer.value == pytest.approx(np.log(4))


def test_growth_needs_customers():
    with pytest.raises(DataError, match="only 0 customers bought in both"):
        growth.growth(two_years(), until=date(2030, 1, 1), rng=np.random.default_rng(0))


@pytest.mark.slow
def test_the_share_of_units_has_the_interval_it_promises():
    # y = x + z with variances 2 and 1: cov(x, y) / var(y) = 2/3.
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, z = rng.normal(0, np.sqrt(2), 150), rng.normal(0, 1, 150)
        found = _covariance_share(pd.Series(x), pd.Series(x + z), rng, 399, **ABOUT)
        hits += found.contains(2 / 3)
    assert 179 <= hits <= 198


# --- trading up -------------------------------------------------------------------------------------------------------

GOODS = [
    {"product_id": tier, "category": "k", "tier": tier, "list_price": price, "unit_cost": 0.6 * price}
    for tier, price in (("basic", 100.0), ("standard", 200.0), ("premium", 400.0))
]


def steps(*pairs):
    """Sales of customers who bought these tiers one after the other."""
    names = {"b": "basic", "s": "standard", "p": "premium"}
    rows = [
        line(f"C{number:04}", date(2024, 1, 1) + timedelta(days=30 * place), names[tier], 100)
        for number, tiers in enumerate(pairs)
        for place, tier in enumerate(tiers)
    ]
    return clean(rows)


def test_upgrades_by_hand():
    # 20 rise from basic, 10 from standard, 15 fall from premium, 15 stay in standard: of 45 who could rise 30 did; net
    # (30 − 15) / 60 = .25, its variance (45 − 15² / 60) / 60² = .011458, ± .2098.
    found = growth.upgrades(steps(*["bs"] * 20, *["sp"] * 10, *["ps"] * 15, *["ss"] * 15), clean(GOODS), until=UNTIL)
    assert (found.up.value, found.up.n) == (pytest.approx(30 / 45), 45)
    assert (found.net.value, found.net.n) == (0.25, 60)
    assert found.net.high - found.net.value == pytest.approx(1.959964 * np.sqrt((45 - 15**2 / 60) / 3600))
    assert found.counts.to_numpy().tolist() == [[0, 20, 0], [0, 15, 10], [0, 15, 0]]
    assert "on balance they trade up" in claims.upgrades_claim(found)


def test_people_who_move_by_chance_trade_up_and_down_alike():
    rng = np.random.default_rng(3)
    found = growth.upgrades(
        steps(*["".join(rng.choice(list("bsp"), 2)) for _ in range(600)]), clean(GOODS), until=UNTIL
    )
    assert found.up.value > 0.4
    assert found.net.contains(0.0)
    assert "as many" in claims.upgrades_claim(found)


@pytest.mark.slow
def test_net_upgrades_have_the_interval_they_promise():
    def holds(seed):
        up, down, _ = np.random.default_rng(seed).multinomial(200, [0.3, 0.22, 0.48])
        return _net(int(up), int(down), 200, "").contains(0.08)

    assert 179 <= sum(map(holds, range(200))) <= 198


def test_who_rises_is_told_where_it_can_be():
    # A third buys premium whenever they can, the rest never leave basic: five steps each, the last one tried.
    climbers = ["bpbpbp"] * 150 + ["bbbbbb"] * 300
    found = growth.upgrade_propensity(steps(*climbers), clean(GOODS), until=UNTIL)
    assert found.tried.low > 0.3
    assert "no effect of an offer" in claims.propensity_claim(found.tried)
    chance = found.customers.set_index("customer_id")["propensity"]
    assert set(found.customers["tier"]) == {0}
    assert chance.max() < 0.2  # those who could rise have only stayed
    with pytest.raises(DataError, match="only 40 steps"):
        growth.upgrade_propensity(steps(*["bb"] * 40), clean(GOODS), until=UNTIL)
    with pytest.raises(DataError, match="no column `tier`"):
        growth.upgrades(steps("bs"), clean(GOODS).drop("tier"), until=UNTIL)


def test_chance_does_not_rise():
    rng = np.random.default_rng(8)
    found = growth.upgrade_propensity(
        steps(*["".join(rng.choice(list("bsp"), 4)) for _ in range(900)]), clean(GOODS), until=UNTIL
    )
    assert found.tried.contains(0.0)
    assert "did not show" in claims.propensity_claim(found.tried)


def test_a_step_up_by_hand():
    # Margins 40, 80, 160: each step doubles it, so basic gains 40 and standard 80.
    found = growth.steps_up(clean(GOODS)).set_index("product_id")
    assert found["headroom"].to_dict() == pytest.approx({"basic": 40.0, "standard": 80.0})
    assert found["next_tier"].to_dict() == {"basic": "standard", "standard": "premium"}
    with pytest.raises(DataError, match="no columns unit_cost"):
        growth.steps_up(clean(GOODS).drop("unit_cost"))


# --- potential and wallet ---------------------------------------------------------------------------------------------


def spenders(seed, rich):
    """500 customers a year of two kinds; spend is log-normal, that of the rich `rich` higher as a logarithm."""
    rng = np.random.default_rng(seed)
    is_rich = np.arange(500) % 2 == 0
    rows = [
        line(f"C{n:03}", date(year, 6, 1), f"P{n}-{year}", np.exp(5 + rich * is_rich[n] + 0.5 * rng.standard_normal()))
        for year in (2023, 2024)
        for n in range(500)
    ]
    people = [{"customer_id": f"C{n:03}", "income_band": "high" if is_rich[n] else "low"} for n in range(500)]
    return clean(rows), clean(people)


def test_a_profile_that_tells_potential():
    # The 90th percentile of a normal law with sd .5 is .6408 above its mean.
    sold, people = spenders(1, 1.0)
    found = growth.potential(sold, people, until=UNTIL, rng=np.random.default_rng(0), n_resamples=199)
    told = found.groups.set_index("income_band")
    for band, mean in (("high", 6.0), ("low", 5.0)):
        # Three standard errors of the percentile of 250: 3 · √(.9 · .1 / 250) · .5 / φ(1.2816).
        assert np.log(told.loc[band, "potential"]) == pytest.approx(mean + 0.5 * 1.2816, abs=0.17)
        assert told.loc[band, "low"] < told.loc[band, "potential"] < told.loc[band, "high"]
    assert found.gain.low > 0.1
    # Both years are samples of 500: 3 · √(2 · .1 · .9 / 500).
    assert found.above.value == pytest.approx(0.1, abs=0.057)
    assert (found.customers["headroom"] >= 0).all()
    assert "tells potential better" in claims.potential_claim(found)


def test_a_profile_that_does_not():
    sold, people = spenders(2, 0.0)
    found = growth.potential(sold, people, until=UNTIL, rng=np.random.default_rng(0), n_resamples=199)
    assert found.gain.low < 0
    assert "who buys little" in claims.potential_claim(found)
    alone = growth.potential(sold, None, until=UNTIL, rng=np.random.default_rng(0), n_resamples=199)
    assert (alone.profile, len(alone.groups)) == ((), 1)
    assert "Nothing is known of customers' profiles" in claims.potential_claim(alone)
    with pytest.raises(ParameterError, match=r"quantile from 0\.5 to below 1"):
        growth.potential(sold, None, until=UNTIL, quantile=0.2, rng=np.random.default_rng(0))
    with pytest.raises(DataError, match="only 0 and 0 customers"):
        growth.potential(sold, None, until=date(2030, 1, 1), rng=np.random.default_rng(0))


@pytest.mark.slow
def test_a_potential_has_the_interval_it_promises():
    truth, hits = np.exp(5 + 0.5 * 1.2815516), 0
    for seed in range(200):
        spend = np.exp(5 + 0.5 * np.random.default_rng(seed).standard_normal(400))
        rows = pd.DataFrame({"spend": spend})
        _, low, high = _fitted(rows, (), 0.9).of(rows.head(1))
        hits += low[0] <= truth <= high[0]
    assert 179 <= hits <= 198


def answered(rows):
    columns = ["customer_id", "responded", "follow_up", "share_of_wallet"]
    return clean(pd.DataFrame(rows, columns=columns).assign(date=date(2024, 3, 1)))


def test_the_silent_are_weighted_by_hand():
    # 100 asked: 40 answered at once with .8, of 60 silent 10 answered later with .2: .4 · .8 + .6 · .2 = .44.
    rows = [(f"C{n}", n < 50, 40 <= n < 50, 0.8 if n < 40 else 0.2 if n < 50 else None) for n in range(100)]
    sold = clean([line(f"C{n}", date(2024, 1, 1), "p", 10 + n % 7) for n in range(100)])
    found = growth.wallet(sold, answered(rows))
    assert found.said.value == pytest.approx((40 * 0.8 + 10 * 0.2) / 50)
    assert found.corrected.value == pytest.approx(0.44)
    # Of 10 spent at a share of .2 four times as much is spent elsewhere.
    some = found.customers.set_index("customer_id").loc["C42"]
    assert some["elsewhere"] == pytest.approx(4 * some["spend"])
    assert "44.0 %" in claims.silent_claim(found)
    assert "does not go" in claims.wallet_claim(found)


def test_without_a_second_try_nothing_is_known_of_the_silent():
    rows = [(f"C{n}", n < 50, False, n / 50 if n < 50 else None) for n in range(100)]
    sold = clean([line(f"C{n}", date(2024, 1, 1), f"p{n}", 10 + n) for n in range(100)])
    found = growth.wallet(sold, answered(rows).drop("follow_up"))
    assert found.corrected is None
    assert "is not known" in claims.silent_claim(found)
    assert "It goes with what they spent" in claims.wallet_claim(found)
    with pytest.raises(DataError, match="no column `share_of_wallet`"):
        growth.wallet(sold, answered(rows).drop("share_of_wallet"))
    with pytest.raises(DataError, match="only 20 customers said"):
        growth.wallet(sold, answered(rows[:20]))


@pytest.mark.slow
def test_the_mean_of_all_asked_is_held_although_the_satisfied_answer():
    # Who is above the middle answers with .8, else with .3; a quarter of the silent is asked again until they answer.
    hits, about = 0, ABOUT | {"level": 0.95}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        share = pd.Series(rng.random(600))
        at_once = rng.random(600) < np.where(share > 0.5, 0.8, 0.3)
        later = ~at_once & (rng.random(600) < 0.25)
        hits += _corrected(600, share[at_once], share[later], about).contains(0.5)
    assert 179 <= hits <= 198


@pytest.mark.slow
def test_the_rank_correlation_of_what_is_not_related_is_seldom_taken_for_one():
    def alarm(seed):
        x, y = np.random.default_rng(seed).random((2, 60))
        return not _rank_correlation(pd.Series(x), pd.Series(y), "", 0.95).contains(0.0)

    assert 2 <= sum(map(alarm, range(200))) <= 21


# --- the trial --------------------------------------------------------------------------------------------------------

PLANS = [
    {"campaign_id": "T", "programme": "growth", "randomised": True, "window_days": 30},
    {"campaign_id": "U", "programme": "growth", "randomised": False, "window_days": 30},
]


def trial_world(paid=30, alone=20, n=100):
    """A trial of `n` approached and as many left alone; who pays buys a filter for 50 after ten days."""
    rows, sold = [], [line("other", date(2024, 1, 1), "filter", 50, cost=20.0)]
    for number in range(2 * n):
        arm, place = ("treat", number) if number < n else ("do_nothing", number - n)
        pays = place < (paid if arm == "treat" else alone)
        name = f"C{number:04}"
        rows.append(
            {
                "customer_id": name,
                "campaign_id": "T",
                "date": date(2024, 3, 1),
                "arm": arm,
                "response": pays,
                "delivered": arm == "treat" and place % 2 == 0,
                "channel": "sms",
                "hour": 10 + 3 * (place % 2),
                "cost": 1.0,
            }
        )
        if pays:
            sold.append(line(name, date(2024, 3, 11), "filter", 50, cost=20.0))
    return clean(sold), clean(PLANS), clean(rows)


def dated(campaign_id, first, last=None, *, treated=2, control=2, discounts=(0.0,)):
    """Contacts of a campaign from its first day to its last."""
    days, arms = [first, last or first], ["treat"] * treated + ["do_nothing"] * control
    return [
        {
            "customer_id": f"{campaign_id}{number}",
            "campaign_id": campaign_id,
            "date": days[number % 2],
            "arm": arm,
            "response": False,
            "discount_rate": discounts[number % len(discounts)] if arm == "treat" else 0.0,
        }
        for number, arm in enumerate(arms)
    ]


FIRM = [  # another firm's campaigns, with ids of its own
    {"campaign_id": "autumn-23", "name": "Free month", "programme": "growth", "randomised": True, "window_days": 30},
    {"campaign_id": "spring-24", "name": "Free week", "programme": "growth", "randomised": True, "window_days": 30},
    {"campaign_id": "offers-24", "name": "Offers", "programme": "growth", "randomised": True, "window_days": 30},
    {"campaign_id": "by-hand", "name": "Our best", "programme": "growth", "randomised": False, "window_days": 30},
    {"campaign_id": "thanks", "name": "Thanks", "programme": "loyalty", "randomised": True, "window_days": 30},
    {"campaign_id": "all-in", "name": "Everybody", "programme": "growth", "randomised": True, "window_days": 30},
]
THEIRS = [
    *dated("spring-24", date(2024, 3, 1), date(2024, 3, 9)),
    *dated("autumn-23", date(2023, 10, 1)),
    *dated("offers-24", date(2024, 4, 1), discounts=(0.1, 0.2)),  # two offers: no one effect
    *dated("by-hand", date(2024, 4, 2)),
    *dated("thanks", date(2024, 4, 3)),
    *dated("all-in", date(2024, 4, 4), treated=4, control=1),
]


@pytest.mark.parametrize(
    ("until", "wanted"),
    [
        (date(2024, 12, 30), "spring-24"),
        (date(2024, 4, 8), "spring-24"),  # 30 days after 9 March, its last contact
        (date(2024, 4, 7), "autumn-23"),  # one day less
    ],
)
def test_the_latest_trial_of_a_firm_with_ids_of_its_own(until, wanted):
    assert growth.latest_trial(clean(FIRM), clean(THEIRS), until=until) == wanted
    assert growth.latest_trial(clean(FIRM[::-1]), clean(THEIRS[::-1]), until=until) == wanted


def test_the_trial_that_is_read_is_named():
    sold, plans, rows = clean([line("spring-240", date(2024, 3, 5), "filter", 50)]), clean(FIRM), clean(THEIRS)
    found = growth.trial(sold, plans, rows, campaign_id=growth.latest_trial(plans, rows, until=UNTIL))
    said = verdicts.which_claim(found, asked=False)
    assert said.startswith("Read here: Free week (spring-24), the latest campaign of growth in which chance left")
    assert verdicts.which_claim(found, asked=True) == "Read here: Free week (spring-24)."
    bare = growth.trial(sold, plans.drop("name"), rows, campaign_id="autumn-23")
    assert verdicts.which_claim(bare, asked=True) == "Read here: autumn-23."


def test_without_a_trial_that_is_over_nothing_is_read():
    with pytest.raises(DataError, match="none of the 4 growth campaigns by chance left two customers"):
        growth.latest_trial(clean(FIRM), clean(THEIRS), until=date(2023, 10, 30))
    unknown = clean(FIRM).drop("randomised")
    with pytest.raises(DataError, match="none of the 0 growth campaigns"):
        growth.latest_trial(unknown, clean(THEIRS), until=UNTIL)
    # Without window_days an answer counts for 60 days: 9 March and 60 days are 8 May.
    windowless = clean(FIRM).drop("window_days")
    assert growth.latest_trial(windowless, clean(THEIRS), until=date(2024, 5, 8)) == "spring-24"
    assert growth.latest_trial(windowless, clean(THEIRS), until=date(2024, 5, 7)) == "autumn-23"


KINDS = [{"product_id": "filter", "category": "consumables"}, {"product_id": "kettle", "category": "kitchen"}]


def test_a_trial_by_hand():
    # 30 of 100 against 20 of 100: .10 more; of the payers 1 − 20/30 = a third because of it. 15 of 50 reached paid.
    found = growth.trial(*trial_world(), campaign_id="T")
    assert (found.treated, found.control) == ((30, 100), (20, 100))
    assert found.effect.value == pytest.approx(0.10)
    assert found.because.value == pytest.approx(1 / 3)
    assert found.naive.value == pytest.approx(15 / 50)
    assert found.later.value == 0
    assert "cannot be told from none" in verdicts.trial_claim(found)
    assert "cannot be told apart" in verdicts.later_claim(found)


def test_what_a_trial_takes_from_others_by_hand():
    sold, plans, rows = trial_world()
    found = growth.trial(sold, plans, rows, campaign_id="T")
    spent = growth.by_category(sold, clean(KINDS), found, category="consumables")
    # 30 · 50 / 100 against 20 · 50 / 100; nothing of other categories.
    assert spent["trial category"].value == pytest.approx(5.0)
    assert (spent["other categories"].value, spent["all categories"].value) == (0.0, pytest.approx(5.0))
    assert growth.margin_of_payers(sold, found, margin_rate=None) == pytest.approx(30.0)
    assert growth.margin_of_payers(sold.drop("cost"), found, margin_rate=0.4) == pytest.approx(20.0)
    assert growth.margin_of_payers(sold.drop("cost"), found, margin_rate=None) is None
    assert "5 USD" in verdicts.cannibals_claim(spent, "USD")
    with pytest.raises(DataError, match="no product is of the category 'toys'"):
        growth.by_category(sold, clean(KINDS), found, category="toys")


def test_a_subsidy_breaks_even_by_hand():
    # The approached: 300 of 1,000 pay, 240 of the others. 60 more bring 100 each = 6,000, less 1 for each contact is
    # 5,000 for 300 who pay: 16.67 each.
    found = growth.break_even_subsidy((300, 1000), (240, 1000), margin=100, contact_cost=1, **ABOUT)
    assert found.value == pytest.approx(5000 / 300)
    assert found.low < 5000 / 300 < found.high
    assert "breaks even" in verdicts.subsidy_claim(found, "USD")
    nothing = growth.break_even_subsidy((200, 1000), (300, 1000), margin=100, **ABOUT)
    assert "No subsidy pays" in verdicts.subsidy_claim(nothing, "USD")


@pytest.mark.slow
def test_the_break_even_subsidy_has_the_interval_it_promises():
    # p₁ = .30, p₀ = .22, a margin of 80: 80 · (1 − .22 / .30).
    truth, hits = 80 * (1 - 0.22 / 0.30), 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        counts = [(int(rng.binomial(600, chance)), 600) for chance in (0.30, 0.22)]
        hits += growth.break_even_subsidy(counts[0], counts[1], margin=80, **ABOUT).contains(truth)
    assert 179 <= hits <= 198


def test_what_cannot_be_judged_is_refused():
    sold, plans, rows = trial_world()
    with pytest.raises(DataError, match="there is no campaign 'X'; there are: T, U"):
        growth.trial(sold, plans, rows, campaign_id="X")
    with pytest.raises(DataError, match="chance did not decide"):
        growth.trial(sold, plans, rows, campaign_id="U")
    with pytest.raises(DataError, match="100 approached and 0 left alone"):
        growth.trial(sold, plans, rows.filter(rows.arm == "treat"), campaign_id="T")
    with pytest.raises(ParameterError, match="a margin is above 0"):
        growth.break_even_subsidy((1, 2), (1, 2), margin=0, **ABOUT)
    with pytest.raises(DataError, match="nobody to subsidise"):
        growth.break_even_subsidy((0, 2), (1, 2), margin=1, **ABOUT)
    assert "not known here" in verdicts.not_known()


# --- channel and time -------------------------------------------------------------------------------------------------


def cells(seed, effects, n=120):
    """A randomised campaign over channels and parts of the day; `effects` by channel."""
    rng = np.random.default_rng(seed)
    size = n * len(effects) * 2
    channel, hour = np.array(list(effects))[np.arange(size) % len(effects)], rng.choice([9, 15], size)
    treated = rng.random(size) < 0.5
    chance = 0.2 + 0.1 * (hour == 15) + treated * np.array([effects[one] for one in channel])
    return clean(
        {
            "campaign_id": "T",
            "customer_id": [f"C{number}" for number in range(size)],
            "channel": channel,
            "hour": hour.astype(float),
            "arm": np.where(treated, "treat", "do_nothing"),
            "response": rng.random(size) < chance,
        }
    )


def test_the_right_channel_is_found_and_the_busiest_hour_is_not_taken_for_it():
    found = growth.moments(clean(PLANS), cells(1, {"sms": 0.0, "phone": 0.4}, n=300))
    assert found.q_p < 0.001
    assert set(found.table.loc[found.table["passes"], "channel"]) == {"phone"}
    assert "Effects differ between cells" in verdicts.moments_claim(found)


def test_where_channels_do_not_matter_none_is_named():
    found = growth.moments(clean(PLANS), cells(2, {"sms": 0.0, "phone": 0.0}, n=300))
    assert found.passing == 0
    assert "no channel or time is shown" in verdicts.moments_claim(found)
    # More respond in the afternoon anyway; that is no effect.
    assert found.table.loc[found.table["response"].idxmax(), "from_hour"] == 15


@pytest.mark.slow
def test_equal_effects_are_seldom_taken_for_different_ones():
    alarms = [growth.moments(clean(PLANS), cells(seed, {"sms": 0.1, "app": 0.1})).q_p < 0.05 for seed in range(200)]
    assert 2 <= sum(alarms) <= 21


def test_channels_that_cannot_be_compared():
    rows = cells(3, {"sms": 0.0})
    with pytest.raises(DataError, match="no columns hour"):
        growth.moments(clean(PLANS), rows.drop("hour"))
    with pytest.raises(DataError, match="left customers alone by chance"):
        growth.moments(clean(PLANS[1:]), rows)
    with pytest.raises(DataError, match="fewer than two combinations"):
        growth.moments(clean(PLANS), rows.filter(rows.hour < 12))


# --- breadth and cover ------------------------------------------------------------------------------------------------


def test_wide_buyers_at_a_loss_by_hand():
    # Two customers buy in three categories, at a margin of 30; serving one of them costs 50.
    goods = clean([{"product_id": name, "category": name} for name in "abc"])
    sold = clean([line(who, date(2024, 1, 1), name, 20, cost=10.0) for who in ("x", "y") for name in "abc"])
    events = clean([{"customer_id": "x", "amount": 50.0}])
    found = growth.breadth(sold, goods, events, until=UNTIL, margin_rate=None)
    assert found.customers.set_index("customer_id")["contribution"].to_dict() == {"x": -20.0, "y": 30.0}
    assert found.at_a_loss.value == 0.5
    assert "50.0 %" in verdicts.breadth_claim(found, "USD")
    bare = growth.breadth(sold.drop("cost"), goods, None, until=UNTIL, margin_rate=0.5)
    assert bare.customers["contribution"].to_list() == [30.0, 30.0]
    assert "not known here" in verdicts.breadth_claim(bare, "USD")
    with pytest.raises(DataError, match="no margin is known"):
        growth.breadth(sold.drop("cost"), goods, None, until=UNTIL, margin_rate=None)
    with pytest.raises(DataError, match="nobody bought in 3 categories"):
        growth.breadth(sold.filter(sold.product_id == "a"), goods, None, until=UNTIL, margin_rate=0.5)


def lives(seed, more):
    """400 customers known for four years; half marry at some time, and then take a contract with `more` of chance."""
    rng = np.random.default_rng(seed)
    joined = date(2021, 1, 1)
    known, taken = [], []
    for number in range(400):
        name = f"C{number:03}"
        known.append((name, "marital_status", joined, joined))
        spans = {int(span) for span in np.flatnonzero(rng.random(7) < 0.1)}
        if number % 2:
            event = joined + timedelta(days=int(rng.integers(100, 1200)))
            known.append((name, "marital_status", event, event))
            if rng.random() < more:
                spans.add((event - joined).days // 180 + 1)
        taken += [(name, "p", joined + timedelta(days=180 * span + 20), None, 10.0) for span in spans]
    history = pd.DataFrame(known, columns=["customer_id", "field", "valid_from", "recorded_on"])
    contracts = pd.DataFrame(taken, columns=["customer_id", "product_id", "start", "end", "price"])
    return clean(contracts.astype({"end": "datetime64[s]"})), clean(history)


def test_contracts_after_turns_of_life_are_seen():
    found = growth.cover(*lives(1, 0.4), until=UNTIL)
    assert found.effect.low > 0.2
    assert "more than customers without one" in verdicts.cover_claim(found)


def test_no_contracts_are_seen_where_there_are_none_more():
    found = growth.cover(*lives(5, 0.0), until=UNTIL)
    assert found.effect.contains(0.0)
    assert "not told from" in verdicts.cover_claim(found)
    contracts, history = lives(2, 0.0)
    none = growth.cover(contracts.filter(contracts.start < date(2020, 1, 1)), history, until=UNTIL)
    assert none.effect is None
    assert "cannot be told" in verdicts.cover_claim(none)
    with pytest.raises(DataError, match="turns of life"):
        growth.cover(contracts, history.filter(history.valid_from <= date(2021, 1, 1)), until=UNTIL)


@pytest.mark.slow
def test_turns_of_life_that_bring_nothing_are_seldom_taken_to_bring_contracts():
    alarms = [not growth.cover(*lives(seed, 0.0), until=UNTIL).effect.contains(0.0) for seed in range(200)]
    assert 2 <= sum(alarms) <= 21


def test_contracts_to_review_are_those_of_whom_the_firm_learnt_lately():
    rows = [("a", date(2021, 1, 1), date(2021, 1, 1)), ("a", date(2024, 6, 1), date(2024, 11, 1))]
    rows += [(f"x{n}", date(2021, 1, 1), date(2021, 1, 1)) for n in range(40)]
    rows += [(f"x{n}", date(2022, 1, 1), date(2022, 1, 1)) for n in range(40)]
    history = pd.DataFrame(rows, columns=["customer_id", "valid_from", "recorded_on"]).assign(field="children")
    taken = pd.DataFrame(
        [("a", "p", date(2022, 6, 1), pd.NaT, 9.0)], columns=["customer_id", "product_id", "start", "end", "price"]
    )
    found = growth.cover(clean(taken.astype({"end": "datetime64[s]"})), clean(history), until=UNTIL)
    assert found.customers[["customer_id", "event", "product_id"]].to_numpy().tolist() == [["a", "children", "p"]]
    offer = growth.cover_to_review(
        found, pd.Series({"p": "cover"}), agreed=None, size=10, holdout=0, rng=np.random.default_rng(0)
    )
    assert offer.table["product"].to_list() == ["cover"]
