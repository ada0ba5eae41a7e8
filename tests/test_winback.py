"""Saving and winning back: worked by hand, on public data, in a small company built for it; what is refused."""

import functools
import itertools
import math
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from crmlab.analyses import winback
from crmlab.analyses.winback import claims, verdicts
from crmlab.analyses.winback.logit import chance, ridge_logit, standardised
from crmlab.analyses.winback.trial import known_before, under_contract
from crmlab.analyses.winback.uplift import check_arms
from crmlab.errors import DataError, ParameterError
from crmlab.simulate.uplift import FEATURES, returns_after_exit, uplift_trial
from crmlab.tables.engine import connect

HILLSTROM = Path(__file__).parents[2] / "shared" / "data" / "hillstrom_email.csv.gz"
NUMBERS = itertools.count()
FREE = winback.Costs(contact=0, offer=0)
E1 = winback.Costs(contact=4, offer=30)


@functools.cache
def engine():
    return connect()


def clean(rows, **types):
    """Rows as a clean table of which none is left out; all tables share an engine, as those of a client do."""
    frame = pd.DataFrame(rows)
    for name in {"date", "start", "end", "month", "valid_from", "recorded_on"} & set(frame):
        frame[name] = pd.to_datetime(frame[name]).dt.date
    name = f"w{next(NUMBERS)}"
    engine().con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
    table = engine().table(name).mutate(excluded_by=ibis.null("string"))
    return table.mutate(**{column: table[column].cast(kind) for column, kind in types.items()})


# --- what a contact brings, and from which value on -------------------------------------------------------------------


def test_the_profit_of_a_contact_by_hand():
    # .07 · 200 − 4 − .12 · 30 = 14 − 4 − 3.6; the stay-rate version .07 · 200 − 4 − .95 · 30 = 14 − 4 − 28.5.
    p0, p1 = np.array([0.05, 0.88]), np.array([0.12, 0.95])
    assert winback.contact_profit(np.array([200.0, 200.0]), p0, p1, E1) == pytest.approx([6.40, -18.5])


def test_the_break_even_value_by_hand():
    # 7.6 / .07 and 32.5 / .07; where contacts add nothing no value is enough.
    assert winback.break_even(0.05, 0.12, E1) == pytest.approx(108.5714, abs=1e-4)
    assert winback.break_even(0.88, 0.95, E1) == pytest.approx(464.2857, abs=1e-4)
    assert winback.break_even(0.12, 0.12, E1) == math.inf


def test_the_interval_of_the_break_even_value_is_where_the_profit_cannot_be_told_from_zero():
    arms = winback.Arms(contacted_yes=240, contacted=2000, left_yes=100, left=2000)
    found = winback.break_even_value(arms, E1)
    assert found.shown
    assert found.low < found.value < found.high
    for end in (found.low, found.high):
        _, low, high = winback.contact_profit_mean(arms, end, E1)
        assert min(abs(low), abs(high)) == pytest.approx(0, abs=1e-9)


def test_fiellers_interval_by_hand():
    # Without an offer: cost 4, effect .07 with variance .12·.88/2000 + .05·.95/2000 = 7.655e-5, z² = 3.8415.
    # (4 − .07 V)² = 3.8415 · 7.655e-5 · V²  ⇒  V = 4 / (.07 ± .017148) = 45.90 and 75.68.
    arms = winback.Arms(contacted_yes=240, contacted=2000, left_yes=100, left=2000)
    found = winback.break_even_value(arms, winback.Costs(contact=4, offer=0))
    assert (found.low, found.value, found.high) == pytest.approx((45.898, 57.143, 75.685), abs=2e-3)


def test_without_a_shown_effect_no_value_is_enough():
    found = winback.break_even_value(winback.Arms(contacted_yes=11, contacted=100, left_yes=10, left=100), E1)
    assert not found.shown
    assert found.high == math.inf
    said = claims.break_even_claim("save", found, mean_value=200.0, currency="USD")
    assert "no value of a yes is known to make a contact pay" in said
    harm = winback.break_even_value(winback.Arms(contacted_yes=10, contacted=500, left_yes=90, left=500), E1)
    assert (harm.value, harm.low, harm.high) == (math.inf, math.inf, math.inf)
    assert "no value of a yes makes them pay" in claims.break_even_claim("save", harm, mean_value=2.0, currency="USD")


def test_how_few_may_learn_to_ask():
    # .1 · 6.40 / (.9 · .88 · 30) = .64 / 23.76
    assert winback.threat(profit=6.40, contacted=0.1, stays=0.88, offer=30) == pytest.approx(0.026936, abs=1e-6)
    assert winback.threat(profit=-1, contacted=0.1, stays=0.88, offer=30) == 0
    assert winback.threat(profit=1, contacted=0.1, stays=0.88, offer=0) == 1
    assert "nothing is left" in verdicts.threat_claim("save", 0.027, profit=6.4, currency="USD")
    assert "not expected to bring anything" in verdicts.threat_claim("save", 0.0, profit=-6.4, currency="USD")


# --- models and policies ----------------------------------------------------------------------------------------------


def test_the_ridge_logit_is_that_of_statsmodels():
    table = uplift_trial(np.random.default_rng(3), n_customers=600).table
    x, _ = standardised(*[table[list(FEATURES)].to_numpy()] * 2)
    weights = np.random.default_rng(4).uniform(0.5, 2, 600)
    ours = ridge_logit(x, table["response"], prior_sd=0.5, weights=weights)
    design = sm.add_constant(x)
    model = sm.GLM(table["response"].astype(float), design, family=sm.families.Binomial(), var_weights=weights)
    # statsmodels divides the likelihood by n: half the ridge of 1 / prior_sd² over n.
    theirs = model.fit_regularized(alpha=np.array([1e-6, 4, 4, 4]) / 600, L1_wt=0, maxiter=500)
    assert ours == pytest.approx(np.asarray(theirs.params), abs=2e-4)


def test_perfect_separation_has_a_finite_answer():
    x = np.linspace(-2, 2, 100)[:, None]
    beta = ridge_logit(x, x[:, 0] > 0, prior_sd=0.5)
    assert np.isfinite(beta).all()
    assert chance(beta, x)[[0, -1]] == pytest.approx([0.1, 0.9], abs=0.1)
    with pytest.raises(DataError, match="answered alike"):
        ridge_logit(x, np.ones(100), prior_sd=0.5)


def four():
    """Four customers: contacted with a yes, contacted with a no, left alone with a yes, left alone with a no."""
    table = pd.DataFrame({"treated": [True, True, False, False], "response": [True, False, True, False]})
    scores = pd.DataFrame({"p0": [0.4] * 4, "p1": [0.5] * 4, "tau": [0.1] * 4, "fold": [0] * 4})
    return table, scores


def test_gains_by_hand():
    # V = 100, contact 4, offer 30, e = .5. Inverse propensity: (100 − 34)/.5, −4/.5, −100/.5, 0.
    table, scores = four()
    plain = winback.gains(table.assign(value=100.0), scores, E1, method="inverse propensity")
    assert plain == pytest.approx([132, -8, -200, 0])
    # r₀ = 40, r₁ = .5 · 70 − 4 = 31: −9 + (66 − 31)/.5, −9 + (−4 − 31)/.5, −9 − (100 − 40)/.5, −9 + 40/.5.
    assert winback.gains(table.assign(value=100.0), scores, E1) == pytest.approx([61, -79, -129, 71])


def test_rankings_by_hand():
    scores = pd.DataFrame({"p0": [0.2, 0.9], "tau": [0.1, 0.2]})
    found = winback.rankings(pd.DataFrame({"value": [100.0, 50.0]}), scores, E1)
    assert found["risk"].to_list() == pytest.approx([0.8, 0.1])
    assert found["risk × value"].to_list() == pytest.approx([80, 5])
    # .1 · 100 − 4 − .3 · 30 = −3;  p₁ is cut to 1: .2 · 50 − 4 − 30 = −24.
    assert found["uplift × value"].to_list() == pytest.approx([-3, -24])


def test_policies_contact_the_first_of_each_fold():
    score = pd.Series([5.0, 4, 3, 2, 1, 9, 8, 7, 6, 5])
    fold = pd.Series([0] * 5 + [1] * 5)
    scored = pd.DataFrame(dict.fromkeys(winback.RANKINGS, score))
    chosen = winback.policies(scored, fold, depth=0.4, least=4.5)
    assert chosen["risk"].to_list() == [1, 1, 0, 0, 0, 1, 1, 0, 0, 0]
    assert chosen["uplift × value, where it pays"].to_list() == [1, 0, 0, 0, 0, 1, 1, 0, 0, 0]
    assert (chosen["everybody"].sum(), chosen["nobody"].sum()) == (10, 0)
    with pytest.raises(ParameterError, match="depth is 0"):
        winback.policies(scored, fold, depth=0)


def test_the_value_of_a_policy_and_a_paired_difference_by_hand():
    chosen = pd.DataFrame({"a": [1.0, 1, 0, 0], "b": [0.0, 1, 1, 0]})
    gain = np.array([4.0, 2, -2, 0])
    values = winback.policy_values(chosen, gain).set_index("policy")
    # a: (4 + 2) / 4; b: (2 − 2) / 4. The difference is of 4, 0, 2, 0: mean 1.5, sd √(11/3), 1.96 · √(11/12).
    assert values["value"].to_list() == pytest.approx([1.5, 0])
    row = winback.policy_differences(chosen, gain, best="a").iloc[0]
    assert (row["value"], row["high"] - row["value"]) == pytest.approx((1.5, 1.95996 * math.sqrt(11 / 12)), abs=1e-4)


def test_the_qini_area_by_hand():
    # Places 1/8, 3/8, 5/8, 7/8 in the middle: (3·1 + 1·0 − 1·1 − 3·0) / 8 / 4 = 1/16.
    found = winback.qini(np.array([0.25, 0.5, 0.75, 1.0]), np.array([1.0, 0, 1, 0]), steps=4)
    assert found.value == pytest.approx(1 / 16)
    assert found.curve["gain"].to_list() == pytest.approx([0, 0.25, 0.25, 0.5, 0.5])
    assert found.curve["random"].to_list() == pytest.approx([0, 0.125, 0.25, 0.375, 0.5])


@given(st.integers(0, 10_000), st.floats(-5, 5))
def test_a_constant_gain_is_no_reason_to_rank(seed, shift):
    rng = np.random.default_rng(seed)
    place, gain = rng.permutation(np.arange(1, 41)) / 40, rng.normal(size=40)
    one, other = winback.qini(place, gain), winback.qini(place, gain + shift)
    assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high), abs=1e-9)


def test_scores_do_not_hang_on_the_order_of_rows_and_are_never_of_who_taught_them():
    table = uplift_trial(np.random.default_rng(5), n_customers=800).table
    untouched = table.copy()
    found = winback.scores_unseen(table, FEATURES, rng=np.random.default_rng(1))
    mixed = table.sample(frac=1, random_state=2)
    again = winback.scores_unseen(mixed, FEATURES, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(found, again.reindex(found.index))
    pd.testing.assert_frame_equal(table, untouched)
    # The third portion is scored by models of all before it, and of nobody else.
    before = table[~table.index.isin(found.index[found["fold"] >= 3])]
    models = winback.fit(before[list(FEATURES)].to_numpy(), before["treated"].to_numpy(), before["response"].to_numpy())
    third = found[found["fold"] == 3]
    own = models.scores(table.loc[third.index, list(FEATURES)].to_numpy())
    assert own["tau"].to_numpy() == pytest.approx(third["tau"].to_numpy())
    assert len(found) == pytest.approx(800 * 2 / 3, abs=1)


def test_both_models_find_the_persuadable():
    world = uplift_trial(np.random.default_rng(6), n_customers=6000)
    scores = winback.scores_unseen(world.table, FEATURES, rng=np.random.default_rng(6))
    truth = (world.truth["p1"] - world.truth["p0"])[scores.index]
    for name in ("tau", "tau_two"):
        assert np.corrcoef(scores[name], truth)[0, 1] > 0.9
    gain = winback.extra_answers(world.table, scores)
    groups = winback.quadrants(scores, gain).set_index("group")
    assert groups["share"].sum() == pytest.approx(1)
    assert groups.loc["persuadable", "low"] > 0 > groups.loc["do_not_disturb", "high"]
    fifths = winback.by_risk(scores, gain)
    assert fifths["risk"].is_monotonic_increasing
    assert fifths["customers"].sum() == len(scores)


def test_a_thin_campaign_is_refused_with_both_arms():
    treated = np.r_[np.ones(40, dtype=bool), np.zeros(200, dtype=bool)]
    with pytest.raises(DataError, match=r"40 customers contacted.*200 customers left alone, of whom 0"):
        check_arms(treated, treated)
    with pytest.raises(DataError, match="both arms need customers"):
        winback.Arms(contacted_yes=0, contacted=0, left_yes=0, left=10)
    with pytest.raises(DataError, match="more answers than customers"):
        winback.Arms(contacted_yes=5, contacted=4, left_yes=0, left=10)
    with pytest.raises(ParameterError, match="costs are 0 or more"):
        winback.Costs(contact=-1, offer=0)
    with pytest.raises(ParameterError, match="chances lie between 0 and 1"):
        winback.break_even(0.2, 1.2, E1)
    with pytest.raises(ParameterError, match="contacted is 0"):
        winback.threat(profit=1, contacted=0, stays=0.5, offer=1)


# --- public data ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not HILLSTROM.is_file(), reason="the shared data are not here")
class TestHillstrom:
    """MineThatData e-mail test, 64,000 customers: known shares of visits and effects on spend."""

    @staticmethod
    def arms(segment):
        raw = pd.read_csv(HILLSTROM)
        rows = raw[raw["segment"].isin([segment, "No E-Mail"])].reset_index(drop=True)
        return rows.assign(treated=rows["segment"] == segment, response=rows["visit"] == 1, customer_id=rows.index)

    def test_the_value_of_contacting_everybody_is_the_published_effect(self):
        rows = self.arms("Mens E-Mail")
        shares = rows.groupby("treated")["response"].mean()
        assert (shares[True], shares[False]) == pytest.approx((0.18276, 0.10617), abs=5e-6)
        scores = pd.DataFrame({"p0": shares[False], "p1": shares[True]}, index=rows.index)
        everybody = pd.DataFrame({"everybody": np.ones(len(rows))})
        found = winback.policy_values(everybody, winback.extra_answers(rows, scores)).iloc[0]
        assert found["value"] == pytest.approx(0.18276 - 0.10617, abs=1e-5)
        # √(.18276 · .81724 / 21307 + .10617 · .89383 / 21306) = .003384
        assert (found["high"] - found["low"]) / 2 / 1.95996 == pytest.approx(0.003384, abs=2e-6)

    @pytest.mark.parametrize(("segment", "effect"), [("Mens E-Mail", 0.76983), ("Womens E-Mail", 0.42441)])
    def test_the_effect_on_spend(self, segment, effect):
        rows = self.arms(segment).assign(response=lambda table: table["spend"] > 0)
        gain = winback.gains(rows.assign(value=rows["spend"]), rows, FREE, method="inverse propensity")
        assert gain.mean() == pytest.approx(effect, abs=5e-6)

    def test_a_rule_is_worth_what_its_customers_show(self):
        rows = self.arms("Womens E-Mail")
        rule = (rows["womens"] == 1).to_numpy(dtype=float)
        gain = winback.gains(rows.assign(value=1.0), rows, FREE, method="inverse propensity")
        found = winback.policy_values(pd.DataFrame({"rule": rule}), gain).iloc[0]
        inside = rows[rule == 1].groupby("treated")["response"].mean()
        # By hand: the share the rule contacts times the difference of its arms; chance leaves a little between.
        assert found["value"] == pytest.approx(rule.mean() * (inside[True] - inside[False]), abs=5e-4)

    def test_women_who_bought_womens_goods_are_the_persuadable(self):
        rows = self.arms("Womens E-Mail").assign(log_history=lambda table: np.log(table["history"]))
        features = ("recency", "log_history", "mens", "womens", "newbie")
        scores = winback.scores_unseen(rows, features, rng=np.random.default_rng(0))
        gain = winback.extra_answers(rows, scores)
        assert winback.qini(winback.places(scores["tau"], scores["fold"]), gain).low > 0
        assert np.corrcoef(scores["tau"], rows.loc[scores.index, "womens"])[0, 1] > 0.5


# --- exits and returns ------------------------------------------------------------------------------------------------


def sales(days_by_customer):
    rows = [
        {"customer_id": name, "date": day, "amount": amount}
        for name, days in days_by_customer.items()
        for day, amount in days
    ]
    return clean(rows, amount="decimal(19, 4)")


def a_hundred(days):
    return {f"F{n:03}": days for n in range(100)}


def test_exits_by_hand():
    shop = sales(
        {
            "ann": [("2023-01-01", 10), ("2023-01-20", 10), ("2023-06-01", 10)],  # 132 days silent, back 32 days after
            "bob": [("2023-01-01", 10)],  # never back: followed from 2023-04-11 to 2023-12-31
            "eve": [("2023-10-01", 10)],  # 91 days silent: no exit yet
        }
        | a_hundred([("2023-02-01", 5)])
    )
    bought = winback.real_purchases(shop)
    left = winback.exits(bought, observed_until=date(2023, 12, 31), lapsed_days=100).set_index("customer_id")
    assert len(left) == 102
    # 2023-01-20 and 100 days: 2023-04-30; 32 days to 2023-06-01, 245 to the end of the year.
    assert left.loc["ann", ["days", "followed", "returned"]].to_list() == [32, 245, True]
    assert left.loc["bob", ["days", "followed", "returned"]].to_list() == [264, 264, False]
    within = winback.returned_within(left.reset_index(), days=33, window="2023")
    assert within.value == pytest.approx(1 / 102)
    with pytest.raises(DataError, match="2 customers were ever silent for more than 200 days; 100 are needed"):
        winback.exits(winback.real_purchases(sales({"a": [("2023-01-01", 1)], "b": [("2023-01-01", 1)]})),
                      observed_until=date(2023, 12, 31), lapsed_days=200)  # fmt: skip


def test_who_was_contacted_is_followed_to_that_day():
    shop = sales({"ann": [("2023-01-01", 10), ("2023-09-01", 10)]} | a_hundred([("2023-02-01", 5)]))
    campaigns = clean([{"campaign_id": "W", "programme": "win_back_or_save"}])
    contacts = clean(
        [
            {"campaign_id": "W", "customer_id": "ann", "date": "2023-05-01", "arm": "treat"},
            {"campaign_id": "W", "customer_id": "F001", "date": "2023-06-01", "arm": "do_nothing"},
        ]
    )
    left = winback.exits(
        winback.real_purchases(shop),
        observed_until=date(2023, 12, 31),
        lapsed_days=100,
        contacts=contacts,
        campaigns=campaigns,
    ).set_index("customer_id")
    # 2023-04-11 to the contact of 2023-05-01; the purchase after it is no return by oneself.
    assert left.loc["ann", ["days", "followed", "returned"]].to_list() == [20, 20, False]
    assert left.loc["F001", "followed"] == left.loc["F002", "followed"]


def test_the_weekly_hazard_by_hand():
    # 10 back on day 0 to 6, 5 in week two; 4 followed for 7 days only, away: at risk in week one, not in week two.
    left = pd.DataFrame(
        {
            "days": [3] * 10 + [8] * 5 + [7] * 4 + [30] * 81,
            "followed": [30] * 15 + [7] * 4 + [30] * 81,
            "returned": [True] * 15 + [False] * 85,
        }
    )
    found = winback.weekly_hazard(left, weeks=6)
    assert found["at_risk"].to_list() == [100, 86, 81, 81]
    assert found["returns"].to_list() == [10, 5, 0, 0]
    assert winback.week_ratio(found, window="w") is None


def test_the_ratio_of_weeks_by_hand():
    hazard = pd.DataFrame({"week": [1, 4], "at_risk": [1000, 960], "returns": [20, 10]})
    hazard["hazard"] = hazard["returns"] / hazard["at_risk"]
    found = winback.week_ratio(hazard, window="w")
    # .02 / .0104167 = 1.92; √(.98/20 + .98958/10) = .38468, exp(1.96 · .38468) = 2.1254.
    assert found.value == pytest.approx(1.92)
    assert found.high == pytest.approx(1.92 * 2.1254, abs=2e-3)
    assert "neither no difference nor the four times" in claims.week_claim(found)
    assert "Too few came back" in claims.week_claim(None)


def test_prices_are_those_of_the_last_month():
    economy = clean(
        [{"month": "2023-01-01", "price_index": 50.0}, {"month": "2023-07-01", "price_index": 100.0}],
        price_index="decimal(19, 4)",
    )
    shop = sales({"ann": [("2022-12-01", 7), ("2023-02-01", 10), ("2023-08-01", 10)]})
    found = winback.real_purchases(shop, economy).order_by("date").to_pyarrow().to_pandas()
    assert found["value"].to_list() == [7, 20, 10]


def test_a_second_life_counts_only_what_could_be_seen_whole():
    days = [("2022-01-01", 10), ("2022-08-01", 30), ("2022-08-11", 5)]
    shop = sales(a_hundred(days) | {"late": [("2022-01-01", 10), ("2022-12-25", 99)]})
    bought = winback.real_purchases(shop)
    left = winback.exits(bought, observed_until=date(2022, 12, 31), lapsed_days=100)
    second = winback.second_life(bought, left, days=30, observed_until=date(2022, 12, 31))
    first = winback.first_life(bought, days=30, observed_until=date(2022, 12, 31))
    assert (second.purchases.value, second.revenue.value, second.revenue.n) == (2, 35, 100)
    assert (first.revenue.value, first.revenue.n) == (10, 101)
    assert "worth more than a first" in claims.life_claim(second, first, currency="USD")
    assert winback.second_life(bought, left, days=400, observed_until=date(2022, 12, 31)) is None
    assert "Too few who came back" in claims.life_claim(None, first, currency="USD")


def test_contracts_end_on_a_known_day():
    rows = [{"customer_id": f"F{n:03}", "start": "2022-01-01", "end": "2022-06-01"} for n in range(100)]
    shop = sales(a_hundred([("2022-02-01", 5), ("2022-06-15", 5)]))
    left = winback.contract_exits(winback.real_purchases(shop), clean(rows), observed_until=date(2022, 12, 31))
    assert left["days"].eq(14).all()
    assert left["returned"].all()
    few = winback.contract_exits(winback.real_purchases(shop), clean(rows[:3]), observed_until=date(2022, 12, 31))
    assert few is None


def test_a_constant_hazard_has_ratio_one():
    assert returns_after_exit(np.random.default_rng(1), n_customers=10, ratio=1.0).ratio == 1
    assert returns_after_exit(np.random.default_rng(1), n_customers=10, ratio=4.0).ratio == pytest.approx(4 / 2.5)
    with pytest.raises(ParameterError, match="every chance lies between 0 and 1"):
        returns_after_exit(np.random.default_rng(1), n_customers=10, weekly_hazard=0.5)


# --- a small company --------------------------------------------------------------------------------------------------


def company(n=400, effect=0.25, randomised=True):
    """A firm with a campaign to save (contracts run) and one to win back; half is contacted, a fifth has not agreed."""
    rng = np.random.default_rng(11)
    ids = [f"K{number:04}" for number in range(n)]
    agreed = np.arange(n) % 5 > 0
    bought = [
        {"customer_id": name, "date": f"2022-{1 + number % 9:02}-10", "amount": 50 + number % 7 * 10}
        for number, name in enumerate(ids)
    ]
    bought += [{"customer_id": name, "date": "2023-11-20", "amount": 40} for name in ids[:120]]
    contacts, contracts = [], []
    for campaign, day in (("S", "2023-06-01"), ("W", "2023-03-01")):
        treated = rng.random(n) < 0.5
        yes = rng.random(n) < 0.3 + effect * treated
        contacts += [
            {"campaign_id": campaign, "customer_id": name, "date": day, "arm": "treat" if t else "do_nothing"}
            | {"response": bool(y), "cost": 2.0 * t + 5.0 * (t and y)}
            for name, t, y in zip(ids, treated, yes, strict=True)
        ]
    contracts = [
        {"contract_id": name, "customer_id": name, "start": "2023-05-01", "end": None, "period_months": 12.0}
        | {"price": 100.0 + number % 11}
        for number, name in enumerate(ids)
        if number % 4
    ]
    plans = [
        {"campaign_id": name, "programme": "win_back_or_save", "start": "2023-01-01", "randomised": randomised}
        for name in ("S", "W")
    ]
    return {
        "transactions": clean(bought, amount="decimal(19, 4)"),
        "campaigns": clean([*plans, plans[0] | {"campaign_id": "G", "programme": "growth"}]),
        "contacts": clean(contacts, cost="decimal(19, 4)"),
        "contracts": clean(contracts, period_months="decimal(19, 4)", price="decimal(19, 4)"),
        "customers": clean(
            [{"customer_id": name, "may_contact": bool(a)} for name, a in zip(ids, agreed, strict=True)]
        ),
    }


UNTIL = date(2024, 3, 31)


def test_campaigns_are_told_apart_by_contracts():
    tables = company()
    found = winback.campaigns_by_kind(tables).set_index("campaign_id")
    assert found["kind"].to_dict() == {"W": "win_back", "S": "save"}
    # Contracts began on 2023-05-01, after the campaign to win back.
    assert found["under_contract"].to_dict() == {"W": 0.0, "S": 0.75}
    assert winback.campaigns_by_kind({"transactions": tables["transactions"]}).empty
    asked = pd.DataFrame({"customer_id": ["K0001", "K0004"], "date": ["2023-05-01", "2023-05-01"]})
    assert under_contract(tables, asked).to_list() == [True, False]


def test_a_trial_holds_who_may_be_contacted_and_only_what_was_known():
    tables = company()
    found = winback.campaigns_by_kind(tables)
    trial = winback.last_trial(tables, found, "save", horizon_days=300)
    assert len(trial.table) == 320
    assert trial.without_consent == 80
    assert (trial.costs.contact, trial.costs.offer) == pytest.approx((2, 5))
    # The purchase of 2023-11-20 lies after the contact: it is in no feature, and in what came after.
    assert np.expm1(trial.table["purchases_before"]).to_numpy() == pytest.approx(np.ones(320))
    assert trial.table["revenue_after"].sum() == pytest.approx(40 * 96)
    assert "80 without consent are left out" in claims.trial_claim(trial)
    assert winback.last_trial(tables, found[:0], "save", horizon_days=300) is None


def test_what_happens_after_the_day_changes_no_feature():
    tables = company()
    asked = pd.DataFrame({"customer_id": ["K0001", "K0002"], "date": pd.Timestamp("2023-06-01")})
    history = [
        {"customer_id": "K0001", "field": "income_band", "value": "high", "valid_from": "2022-01-01"}
        | {"recorded_on": "2023-06-01"},
        {"customer_id": "K0002", "field": "income_band", "value": "low", "valid_from": "2022-01-01"}
        | {"recorded_on": "2023-05-31"},
    ]
    tables |= {"customer_history": clean(history)}
    bought = winback.real_purchases(tables["transactions"])
    known, features = known_before(tables, asked, "save", bought=bought)
    assert known["income"].to_list() == [0, -1]  # the first was written down on the day itself
    later = tables | {"contracts": tables["contracts"].mutate(end=ibis.date("2023-07-01"))}
    earlier = bought.filter(bought.date < ibis.date("2023-06-01"))
    again, _ = known_before(later, asked, "save", bought=earlier)
    pd.testing.assert_frame_equal(known, again)
    assert "price" not in features


def test_what_a_yes_is_worth_by_hand():
    worth = winback.Worth(margin_rate=0.3, horizon_days=730, purchases_after=2.5, renewal=0.8)
    known = pd.DataFrame({"spend": [100.0], "price": [200.0], "period_months": [6.0]})
    assert worth.of(known, "win_back") == pytest.approx([75])
    # Four half-years: .3 · 200 · (1 + .8 + .64 + .512).
    assert worth.of(known, "save") == pytest.approx([60 * 2.952])
    with pytest.raises(ParameterError, match="margin_rate is 0"):
        winback.Worth(margin_rate=0, horizon_days=365, purchases_after=1, renewal=0.5)


def test_the_cost_of_a_new_customer_by_hand():
    rows = [
        {"month": f"2023-0{month}-01", "branch_id": "B", "channel": "web", "kind": kind, "amount": amount}
        | {"new_customers": won}
        for month, won in ((1, 10), (2, 20), (3, 10))
        for kind, amount in (("wages", 100.0), ("media", 50.0 * month))
    ]
    found = winback.cost_of_a_new_customer({"demand_costs": clean(rows)})
    assert found.value == pytest.approx((300 + 300) / 40)  # customers stand beside each kind and count once
    assert found.n == 40
    assert found.low < found.value < found.high
    assert winback.cost_of_a_new_customer({}) is None


def lists(tables, verdict="pays", *, capacity=20, holdout=0.1, min_uplift=0.0):
    found = winback.campaigns_by_kind(tables)
    bought = winback.real_purchases(tables["transactions"])
    trials = {kind: winback.last_trial(tables, found, kind, horizon_days=300) for kind in winback.KINDS}
    trials = {kind: trial for kind, trial in trials.items() if trial}
    worth = winback.Worth(margin_rate=0.5, horizon_days=365, purchases_after=2.0, renewal=0.6)
    people = winback.audience(tables, bought, observed_until=UNTIL, lapsed_days=180, renewal_days=60)
    scored = winback.scored_audience(
        tables, bought, people, trials=trials, worth=worth,
        costs=dict.fromkeys(winback.KINDS, winback.Costs(contact=2, offer=5)), observed_until=UNTIL,
    )  # fmt: skip
    said = dict.fromkeys(winback.KINDS, verdict)
    room = dict.fromkeys(winback.KINDS, capacity)
    return people, winback.choose(scored, verdicts=said, capacity=room, holdout=holdout, min_uplift=min_uplift)


@pytest.mark.parametrize("verdict", ["pays", "not_known", "does_not_pay"])
def test_everybody_of_the_audience_is_in_one_place(verdict):
    people, chosen = lists(company(), verdict)
    placed = pd.concat([*chosen.lists.values(), chosen.alone])
    assert sorted(placed["customer_id"]) == sorted(people["customer_id"])
    assert not placed["customer_id"].duplicated().any()
    listed = pd.concat(list(chosen.lists.values()))
    assert not listed["customer_id"].str[1:].astype(int).mod(5).eq(0).any()  # every fifth has not agreed
    assert chosen.suppressed == {kind: int((people["kind"].eq(kind) & _silent(people)).sum()) for kind in winback.KINDS}
    assert {kind: len(rows) for kind, rows in chosen.lists.items()} == {
        "pays": {"save": 22, "win_back": 22},  # 22 less two held out are twenty contacts
        "not_known": {"save": 40, "win_back": 40},
        "does_not_pay": {"save": 0, "win_back": 0},
    }[verdict]
    assert (placed["reason"].str.len() > 20).all()
    assert "Nobody is on two lists" in verdicts.lists_claim(chosen)


def _silent(people):
    return people["customer_id"].str[1:].astype(int).mod(5).eq(0)


def test_who_is_renewing_is_saved_and_not_won_back():
    people, _ = lists(company())
    kinds = people.groupby("kind")["customer_id"].count()
    # Contracts of 2023-05-01 are renewed on 2024-05-01, within 60 days; of the others those who did not buy again.
    assert kinds["save"] == 300
    assert (
        kinds["win_back"] == 100 - 30
    )  # of the hundred without a contract, those among the first 120 customers bought again
    assert people.loc[people["kind"] == "save", "due"].eq(pd.Timestamp("2024-05-01")).all()
    assert people.loc[people["kind"] == "win_back", "due"].lt(pd.Timestamp("2023-12-31")).all()


def test_with_more_uplift_asked_for_nobody_is_left():
    _, chosen = lists(company(), min_uplift=0.99)
    assert all(rows.empty for rows in chosen.lists.values())
    assert set(chosen.alone["why"]) == {"no consent", "too little uplift"}


def test_without_a_campaign_the_list_is_a_test():
    tables = company()
    del tables["contacts"], tables["campaigns"]
    _, chosen = lists(tables, "not_known")
    assert chosen.lists["win_back"]["tau"].isna().all()
    assert chosen.lists["win_back"]["reason"].str.contains("not known: test").all()
    assert winback.verdict(None) == "not_known"
    assert winback.test_share("not_known", 0.1) == 0.5


def values(low, high):
    names = ["nobody", "everybody", *winback.RANKINGS, "uplift × value, where it pays"]
    rows = [{"policy": name, "contacted": 0.3, "value": (low + high) / 2, "low": low, "high": high} for name in names]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("low", "high", "expected", "said"),
    [(1, 3, "pays", "is shown to pay"), (-3, -1, "does_not_pay", "cost more"), (-1, 1, "not_known", "is not known")],
)
def test_the_verdict_follows_the_interval(low, high, expected, said):
    assert winback.verdict(values(low, high)) == expected
    assert said in verdicts.verdict_claim("save", winback.verdict(values(low, high)))
    policy = verdicts.best_policy_claim("save", values(low, high), currency="USD")
    assert ("better than contacting nobody:" in policy) is (low > 0)
    assert ("no policy is shown" in policy) is (low < 0 < high)


def test_sentences_hold_in_both_worlds():
    assert "cannot be told from a random one" in verdicts.qini_claim(
        "save", winback.Qini(values(0, 1), 0, -1, 1), model="m"
    )
    assert "better than a random" in verdicts.qini_claim("save", winback.Qini(values(0, 1), 1, 0.5, 2), model="m")
    assert "worse than a random" in verdicts.qini_claim("save", winback.Qini(values(0, 1), -1, -2, -0.5), model="m")
    for low, high, said in ((1, 2, "brings more"), (-2, -1, "brings less"), (-1, 1, "cannot be told")):
        table = pd.DataFrame({"against": ["risk × value"], "value": [(low + high) / 2], "low": [low], "high": [high]})
        assert said in verdicts.difference_claim("win_back", table, currency="USD")


def test_the_budget_goes_where_a_customer_is_shown_to_cost_less_than_they_bring():
    rows = [
        {"way": "new customers", "cost": 100.0, "low": 90.0, "high": 110.0, "worth": 150.0},
        {"way": "win_back", "cost": 50.0, "low": 20.0, "high": math.inf, "worth": 150.0},
        {"way": "save", "cost": np.nan, "low": np.nan, "high": np.nan, "worth": 10.0},
    ]
    assert "Most is left by “new customers”: 50 USD" in verdicts.budget_claim(pd.DataFrame(rows), currency="USD")
    assert "do not say" in verdicts.budget_claim(pd.DataFrame(rows[1:]), currency="USD")
    assert "not known of any" in verdicts.budget_claim(pd.DataFrame(rows[2:]), currency="USD")


def test_a_budget_pays_the_lists_that_pay_first():
    costs = {"save": winback.Costs(contact=10, offer=0), "win_back": winback.Costs(contact=3, offer=0)}
    said = {"save": "not_known", "win_back": "pays"}
    # 100 − 20 · 3 = 40: four contacts at 10.
    assert winback.capacities(20, verdicts=said, costs=costs, budget=100) == {"win_back": 20, "save": 4}
    assert winback.capacities(20, verdicts=said, costs=costs, budget=None) == {"win_back": 20, "save": 20}
    said = {"save": "does_not_pay", "win_back": "not_known"}
    assert winback.capacities(20, verdicts=said, costs=costs, budget=30) == {"save": 0, "win_back": 10}


def test_costs_are_those_asked_for_then_those_seen_then_those_stated():
    found = winback.campaigns_by_kind(company())
    trial = winback.last_trial(company(), found, "save", horizon_days=300)
    costs = winback.plan_costs({"save": trial}, contact=None, offer=9.0, stated=7.0)
    assert (costs["save"].contact, costs["save"].offer) == pytest.approx((2, 9))
    assert (costs["win_back"].contact, costs["win_back"].offer) == (7, 9)
    assert winback.stated_margin(None, 0.3) == 0.3
    with pytest.raises(DataError, match="without a margin"):
        winback.stated_margin(None, None)


def test_what_a_test_would_have_to_show():
    found = winback.assumed_effects(0.05, E1, effects=(0.07, 0.96))
    assert found["break_even"].to_list() == pytest.approx([108.5714], abs=1e-4)
    assert found["per_arm"].to_list() == [246]  # 245.2, rounded upwards


def test_ways_to_grow_are_told_apart_from_what_is_not_known():
    arms = winback.Arms(contacted_yes=11, contacted=100, left_yes=10, left=100)
    extra = {"win_back": winback.break_even_value(arms, E1)}
    found = winback.ways_to_grow(new=None, first_margin=None, extra=extra, worth={"win_back": 200.0})
    assert found["way"].to_list() == ["customer won back"]
    assert found["high"].to_list() == [math.inf]
    assert "do not say" in verdicts.budget_claim(found, currency="USD")


def test_a_campaign_that_chose_is_called_no_effect():
    found = winback.campaigns_by_kind(company(randomised=False))
    assert "the number is no effect" in claims.naive_claim(found)
    assert "by chance" in claims.naive_claim(found[:0])


# --- the simulation ---------------------------------------------------------------------------------------------------


def test_the_simulated_truth_is_what_is_drawn():
    world = uplift_trial(np.random.default_rng(7), n_customers=200_000)
    table, truth = world.table, world.truth
    yes = table.groupby("treated")["response"].mean()
    # Standard errors are .0016 each.
    assert yes[False] == pytest.approx(truth["p0"].mean(), abs=0.006)
    assert yes[True] == pytest.approx(truth["p1"].mean(), abs=0.006)
    assert truth["kind"].value_counts(normalize=True)["do_not_disturb"] == pytest.approx(0.08, abs=0.03)
    assert table["value"].mean() == pytest.approx(200, rel=0.01)
    null = uplift_trial(np.random.default_rng(7), n_customers=1000, effect=0).truth
    assert null["p0"].equals(null["p1"])


def test_impossible_worlds_are_refused_with_every_reason():
    with pytest.raises(ParameterError, match=r"(?s)n_customers.*effect.*treated.*mean_value"):
        uplift_trial(np.random.default_rng(1), n_customers=0, effect=2, treated=1, mean_value=0)
