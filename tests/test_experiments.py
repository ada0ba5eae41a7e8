"""Whether what is done works: worked by hand, as published, against other software, and every refusal."""

import itertools
from datetime import date, timedelta
from math import sqrt

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.sandbox.regression.gmm import IV2SLS
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlab.analyses import experiments as x
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.simulate import peeked, simulated_test
from crmlab.tables.engine import connect

NUMBERS = itertools.count()
ENGINE = connect()
START = date(2025, 1, 1)


def clean(rows):
    name = f"t{next(NUMBERS)}"
    ENGINE.con.register(name, pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False))
    return ENGINE.table(name).mutate(excluded_by=ibis.null("string"))


def table(*groups):
    """Rows from (customers, treated, delivered, responded)."""
    rows = [{"treated": t, "delivered": d, "responded": r} for n, t, d, r in groups for _ in range(n)]
    frame = pd.DataFrame(rows).astype(bool)
    return frame.assign(customer_id=[f"c{i:04}" for i in range(len(frame))], date=START)


# 100 to be approached, 60 of them reached, of whom 24 respond, and 4 of the other 40; 100 left alone, 18 respond.
BY_HAND = table(
    (24, 1, 1, 1), (36, 1, 1, 0), (4, 1, 0, 1), (36, 1, 0, 0), (18, 0, 0, 1), (82, 0, 0, 0)
)  # fmt: skip


# --- rows --------------------------------------------------------------------------------------------------------


def company():
    campaigns = clean(
        [
            {"campaign_id": "A", "name": "calls", "programme": "loyalty", "window_days": 30.0, "randomised": True},
            {"campaign_id": "B", "name": None, "programme": "growth", "window_days": 30.0, "randomised": False},
            {"campaign_id": "C", "name": "late", "programme": "growth", "window_days": 30.0, "randomised": True},
        ]
    )
    one = {"date": START, "delivered": False, "response": False, "revenue": 0.0, "cost": 0.0, "discount_rate": 0.0}
    arms = ["treat", "treat", "do_nothing", "do_nothing"]
    contacts = [
        one | {"campaign_id": c, "customer_id": f"c{i}", "arm": arm, "date": START + timedelta(days=gap)}
        for c, gap in (("A", 0), ("B", 10), ("C", 340))
        for i, arm in enumerate(arms)
    ]
    contacts.append(contacts[0] | {"date": START + timedelta(days=3), "response": True})
    days = [START - timedelta(days=gap) for gap in (400, 365, 30, 31, 1)] + [START]
    sales = [{"customer_id": f"c{i % 3}", "date": day, "amount": 10.0} for i, day in enumerate(days)]
    return campaigns, clean(contacts), clean(sales)


def test_campaigns_that_can_be_read_are_told_apart():
    campaigns, contacts, _ = company()
    run = x.campaigns_run(campaigns, contacts, until=date(2025, 12, 31)).set_index("campaign_id")
    assert run.loc["B", "name"] == "B"
    assert run["comparable"].to_dict() == {"A": True, "B": False, "C": False}  # C's window ends in January
    assert run.loc["A", ["treated", "control"]].tolist() == [3, 2]
    assert x.chosen_test(run.reset_index())["campaign_id"] == "A"


def test_a_customer_counts_once_with_what_was_bought_before():
    campaigns, contacts, sales = company()
    run = x.campaigns_run(campaigns, contacts, until=date(2025, 12, 31))
    rows = x.contact_rows(contacts, sales, run.iloc[0]).set_index("customer_id")
    assert len(rows) == 4
    assert not rows.loc["c0", "responded"]  # the first contact counts
    # c0 bought 400 and 31 days before, c1 365 and 1 day before, c2 30 days before and on the day itself.
    assert rows["before"].to_dict() == {"c0": 10, "c1": 20, "c2": 10, "c3": 0}
    assert rows["bought_before"].to_dict() == {"c0": False, "c1": True, "c2": True, "c3": False}


def test_a_campaign_without_a_comparison_is_refused():
    campaigns, contacts, _ = company()
    run = x.campaigns_run(campaigns, contacts, until=date(2025, 12, 31))
    with pytest.raises(ParameterError, match=r"no campaign 'D'.*\['A', 'B', 'C'\]"):
        x.chosen_test(run, "D")
    with pytest.raises(DataError, match=r"at least two customers alone by chance .* and campaign 'B' is not one"):
        x.chosen_test(run, "B")
    with pytest.raises(DataError, match="none of the 2 campaigns"):
        x.chosen_test(run[~run["comparable"]])


# --- checks ------------------------------------------------------------------------------------------------------


def test_a_published_sample_ratio():
    # Kohavi, Tang and Xu (2020), Trustworthy online controlled experiments, chapter 3: 821,588 and 815,482, p 1.8e-6.
    found = x.sample_ratio([821_588, 815_482], [0.5, 0.5])
    assert found.statistic == pytest.approx((821_588 - 815_482) ** 2 / 1_637_070)
    assert found.p == pytest.approx(1.8e-6, abs=5e-8)
    assert found.broken


def test_a_sample_ratio_by_hand():
    # 70 and 30 where 60 and 40 were planned: 100/60 + 100/40 = 4.1667.
    found = x.sample_ratio([70, 30], [3, 2])
    assert (found.statistic, found.broken) == (pytest.approx(25 / 6), False)
    assert found.expected == (60, 40)


def test_sample_ratios_need_a_plan():
    run = pd.DataFrame({"campaign_id": ["A", "B", "C"], "name": "n", "randomised": [True, True, False]})
    run = run.assign(treated=[500, 900, 10], control=[500, 100, 0])
    found = x.sample_ratios(run, {"B": 0.5}).set_index("campaign_id")
    assert found["fair"].to_dict() == {"A": "no plan known", "B": "broken"}
    assert "1 have arms that chance does not explain: B" in x.fairness.ratios_claim(found.reset_index())
    assert "Nobody wrote down" in x.fairness.ratios_claim(x.sample_ratios(run, {}))


def test_the_plan_is_what_the_campaigns_say_unless_another_is_given():
    plans = [
        {
            "campaign_id": "spring",
            "programme": "growth",
            "window_days": 30.0,
            "randomised": True,
            "planned_share": 0.75,
        },
        {
            "campaign_id": "autumn",
            "programme": "growth",
            "window_days": 30.0,
            "randomised": True,
            "planned_share": None,
        },
    ]
    arms = ["treat"] * 75 + ["do_nothing"] * 25
    rows = [
        {"campaign_id": name, "customer_id": f"c{n}", "date": START, "arm": arm, "response": False}
        for name in ("spring", "autumn")
        for n, arm in enumerate(arms)
    ]
    run = x.campaigns_run(clean(plans), clean(rows), until=START + timedelta(days=90))
    # 75 and 25 are what 0.75 of 100 plans; of a half, 25²/50 + 25²/50 = 25, with p below 10⁻⁶.
    assert x.planned_shares(run, {}) == {"spring": 0.75}
    fair = x.sample_ratios(run, x.planned_shares(run, {})).set_index("campaign_id")["fair"]
    assert fair.to_dict() == {"spring": "as planned", "autumn": "no plan known"}
    given = x.planned_shares(run, {"spring": 0.5, "autumn": 0.75})
    fair = x.sample_ratios(run, given).set_index("campaign_id")["fair"]
    assert fair.to_dict() == {"spring": "broken", "autumn": "as planned"}
    silent = x.campaigns_run(clean(plans).drop("planned_share"), clean(rows), until=START + timedelta(days=90))
    assert x.planned_shares(silent, {}) == {}


def test_an_effect_in_money_and_its_interval_have_the_same_decimals():
    about = {"n": 90, "level": 0.95, "method": "m", "denominator": "customers", "window": "w"}
    large = Estimate(value=9_500.4, low=8_000.2, high=11_000.6, **about)  # its upper end is large: no hundredths
    assert "+9,500 IRT a customer (95 % interval +8,000 IRT to +11,001 IRT)" in x.claims.money_claim(large, "IRT")
    small = Estimate(value=150.25, low=-3.5, high=304.0, **about)
    assert "+150.25 USD a customer (95 % interval -3.50 USD to +304.00 USD)" in x.claims.money_claim(small, "USD")


def test_a_test_that_lost_customers_is_not_read():
    trial = {"campaign_id": "A", "treated": 900, "control": 100}
    with pytest.raises(DataError, match=r"'A' holds 900 .* and 100 .* where 500 and 500 were planned"):
        x.as_planned(trial, {"A": 0.5})
    kept = x.as_planned(trial, {"A": 0.9})
    assert "900 and 100 customers where 900 and 100 were planned" in x.fairness.ratio_claim(kept)
    assert x.as_planned(trial, {}) is None
    assert "would not be noticed" in x.fairness.ratio_claim(None)


def test_a_sample_ratio_that_cannot_be_checked_is_refused():
    with pytest.raises(ParameterError, match="one above 0 for each of 2"):
        x.sample_ratio([1, 2], [1.0])
    with pytest.raises(DataError, match="nobody"):
        x.sample_ratio([0, 0], [0.5, 0.5])
    with pytest.raises(ParameterError, match=r"'A': 1\.5"):
        x.sample_ratios(pd.DataFrame(), {"A": 1.5})


def test_balance_by_hand():
    # Ages 1 2 3 against 3 4 5: means 2 and 4, both variances 1, so −2 standard deviations; z = −2 / √(2/3).
    rows = table((3, 1, 0, 0), (3, 0, 0, 0))
    found = x.balance(rows, pd.DataFrame({"age": [1, 2, 3, 3, 4, 5], "same": 7})).set_index("what")
    assert found.loc["age", "difference"] == pytest.approx(-2)
    assert found.loc["age", "p"] == pytest.approx(2 * 0.007153, abs=1e-5)  # Φ(−2.449490)
    assert found.loc["same", ["difference", "p"]].tolist() == [0, 1]
    assert found.loc["age", "p_holm"] == pytest.approx(2 * found.loc["age", "p"])


def test_what_is_known_before_is_what_a_contact_does_not_change():
    rows = table((1, 1, 0, 0), (1, 0, 0, 0)).assign(before=[3.0, 0.0], bought_before=[True, False])
    customers = clean([{"customer_id": "c0001", "region": "Fars", "income_band": "low"}])
    found = x.known_before(rows, customers)
    assert list(found.columns) == ["before", "bought_before", "region"]
    assert found["region"].isna().tolist() == [True, False]
    assert list(x.known_before(rows, None).columns) == ["before", "bought_before"]


def test_words_are_flags_for_balance():
    rows = table((2, 1, 0, 0), (2, 0, 0, 0))
    found = x.balance(rows, pd.DataFrame({"city": ["T", "T", "T", None]})).set_index("what")
    assert found.loc["city_T", ["treated", "control"]].tolist() == [1.0, 0.5]
    assert x.fairness.balance_claim(x.balance(rows, pd.DataFrame(index=rows.index))).startswith("Nothing was known")


# --- effects -----------------------------------------------------------------------------------------------------


def test_an_effect_on_responses_and_money():
    rows = BY_HAND.assign(revenue=BY_HAND["responded"] * 100.0, cost=BY_HAND["treated"] * 2.0)
    found = x.effect(rows, window="w", margin_rate=0.25)
    assert found.responses.value == pytest.approx(0.10)
    assert found.relative.value == pytest.approx(28 / 18 - 1)
    assert found.revenue.value == pytest.approx(10)  # .28 × 100 − .18 × 100 a customer of the arm
    assert found.contribution.value == pytest.approx(0.25 * 10 - 2)
    assert x.effect(rows, window="w").contribution is None
    assert x.effect(rows.assign(revenue=np.nan), window="w", margin_rate=0.25).revenue is None


def test_chosen_customers_differ_before_anything_is_done():
    chosen = simulated_test(np.random.default_rng(1), effect=0.0, chosen=True).rows
    drawn = simulated_test(np.random.default_rng(2), effect=0.0).rows
    run = pd.DataFrame({"campaign_id": ["A", "B"], "name": ["a", "b"], "randomised": [False, True]})
    run = run.assign(treated=9, control=9, start=START, end=START, window_days=30.0)
    found = x.comparisons(run, lambda one: chosen if one["campaign_id"] == "A" else drawn)
    assert found.loc[0, "before_low"] > 0 > found.loc[1, "before_low"]
    assert found.loc[0, "low"] > 0 > found.loc[1, "low"]
    said = x.fairness.chosen_claim(found)
    assert "somebody chose, the arms differed before the campaign in 1 of 1" in said
    assert "chance decided, the arms differed before the campaign in 0 of 1" in said
    assert "cannot say what the campaign did" in x.fairness.chosen_effect_claim(found.loc[0])


def test_the_past_taken_off_is_a_regression():
    rows = simulated_test(np.random.default_rng(3)).rows
    found = x.cuped(rows, window="w")
    design = sm.add_constant(rows[["treated", "before"]].astype(float))
    fitted = sm.OLS(rows["revenue"], design).fit()
    assert found.theta == pytest.approx(fitted.params["before"])
    assert found.adjusted.value == pytest.approx(fitted.params["treated"])
    assert found.adjusted.high - found.adjusted.value == pytest.approx(1.96 * fitted.bse["treated"], rel=0.01)
    alone = sm.OLS(rows["revenue"], design[["const", "treated"]]).fit()
    assert found.variance_cut == pytest.approx(1 - fitted.ssr / alone.ssr)
    assert found.adjusted.high - found.adjusted.low < found.plain.high - found.plain.low


def test_a_past_that_says_nothing_changes_nothing():
    rows = BY_HAND.assign(revenue=BY_HAND["responded"] * 1.0, before=5.0)
    found = x.cuped(rows, window="w")
    assert (found.variance_cut, found.theta) == (0, 0)
    assert found.adjusted.value == pytest.approx(found.plain.value)


def test_the_effect_on_those_reached_by_hand():
    # (.28 − .18) / .60 = .16667. u = y − .16667 d: sums of squares 24 × .69444 + 36 × .02778 + 4 = 21.6667 around the
    # mean .18: (21.6667 − 3.24) / 99 = .186128; left alone 14.76 / 99 = .149091; √((.186128 + .149091)/100) / .6
    found = x.complier_effect(BY_HAND, window="w")
    reach = 1.959964 * sqrt((0.186128 + 0.149091) / 100) / 0.6
    assert (found.value, found.low, found.high) == pytest.approx((1 / 6, 1 / 6 - reach, 1 / 6 + reach), abs=1e-5)
    four = x.reached_estimates(BY_HAND, window="w")
    assert four.intention.value == pytest.approx(0.10)
    assert four.per_protocol.value == pytest.approx(24 / 60 - 0.18)
    assert four.as_treated.value == pytest.approx(24 / 60 - 22 / 140)
    assert set(four.estimates()) == {"intention", "compliers", "per_protocol", "as_treated"}


def test_the_effect_on_those_reached_is_two_stage_least_squares():
    rows = simulated_test(np.random.default_rng(4), customers=3000).rows
    found = x.complier_effect(rows, window="w")
    y, d, z = (rows[name].to_numpy(dtype=float) for name in ("responded", "delivered", "treated"))
    regressors, instruments = sm.add_constant(d), sm.add_constant(z)
    assert found.value == pytest.approx(IV2SLS(y, regressors, instruments).fit().params[1])
    residual = y - regressors @ np.linalg.solve(instruments.T @ regressors, instruments.T @ y)
    bread = np.linalg.inv(instruments.T @ regressors)
    robust = bread @ (instruments.T @ (instruments * residual[:, None] ** 2)) @ bread.T
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(sqrt(robust[1, 1]), rel=1e-3)


def test_too_little_reach_is_refused():
    with pytest.raises(DataError, match="too little to divide by"):
        x.complier_effect(table((50, 1, 0, 1), (50, 0, 0, 0)), window="w")
    with pytest.raises(DataError, match="at least 2"):
        x.complier_effect(table((1, 1, 1, 1), (50, 0, 0, 0)), window="w")
    nobody = x.reached_estimates(table((50, 1, 0, 1), (50, 0, 0, 0)), window="w")
    assert nobody.compliers is nobody.per_protocol is None
    assert "too little to tell" in x.claims.compliance_claim(nobody)


# --- groups ------------------------------------------------------------------------------------------------------


def test_groups_are_adjusted_by_holm():
    rows = pd.concat([BY_HAND] * 3, ignore_index=True)
    groups = pd.Series(np.repeat(["a", "b", None], 200))
    found = x.by_group(rows, groups)
    assert found["group"].tolist() == ["a", "b"]
    assert found["treated"].tolist() == [100, 100]
    # Two equal p: the smaller is doubled, and the other cannot be below it.
    assert found["p_adjusted"].tolist() == pytest.approx(2 * found["p"])
    assert x.differ_between(found) == pytest.approx(1.0)


def test_unlike_effects_by_hand():
    # Effects .1 and −.1, each with an error of .05: Q = 2 × (.1/.05)² = 8, one degree of freedom, p = .0047.
    found = pd.DataFrame({"value": [0.1, -0.1], "low": [0.002002, -0.197998], "high": [0.197998, -0.002002]})
    assert x.differ_between(found) == pytest.approx(0.004678, abs=1e-5)
    assert x.differ_between(found.head(1)) == 1.0


def test_offers_share_those_left_alone():
    rows = BY_HAND.assign(offer=np.where(BY_HAND["treated"], np.where(BY_HAND["delivered"], 0.2, 0.1), 0.0))
    found = x.by_offer(rows)
    assert found["group"].tolist() == [0.1, 0.2]
    assert found[["treated", "control"]].to_numpy().tolist() == [[40, 100], [60, 100]]
    assert found["value"].tolist() == pytest.approx([4 / 40 - 0.18, 24 / 60 - 0.18])


def test_groups_in_which_nobody_responds_have_no_effect():
    found = x.by_group(table((5, 1, 0, 0), (5, 0, 0, 0)), pd.Series(["a"] * 10))
    assert found[["value", "p", "shown"]].iloc[0].tolist() == [0, 1, False]


# --- looks -------------------------------------------------------------------------------------------------------


def test_bounds_as_published():
    # O'Brien and Fleming for five looks (Jennison and Turnbull 2000, table 2.3: C = 2.040), and for two and ten.
    assert x.obrien_fleming(5) == pytest.approx([4.562, 3.226, 2.634, 2.281, 2.040], abs=6e-4)
    assert x.obrien_fleming(2)[-1] == pytest.approx(1.977, abs=6e-4)
    assert x.obrien_fleming(10)[-1] == pytest.approx(2.087, abs=6e-4)
    # Lan and DeMets' spending like theirs, as in published tables of five even looks.
    even = [0.2, 0.4, 0.6, 0.8, 1.0]
    assert x.spending_bounds(even) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=6e-4)


def test_peeking_as_published():
    # Armitage, McPherson and Rowe (1969), table 2, for a two-sided level of .05.
    found = [x.peeking_alarm(looks) for looks in (1, 2, 3, 4, 5, 10)]
    assert found == pytest.approx([0.050, 0.083, 0.107, 0.126, 0.142, 0.193], abs=6e-4)


def test_peeking_as_simulated():
    z = peeked(np.random.default_rng(5), tests=20_000, looks=5)
    assert np.mean((np.abs(z) > 1.959964).any(axis=1)) == pytest.approx(x.peeking_alarm(5), abs=0.01)
    assert np.mean((np.abs(z) > x.obrien_fleming(5)).any(axis=1)) == pytest.approx(0.05, abs=0.006)


def test_power_at_several_looks_as_simulated():
    # .2 and .25, 2,500 in each arm: z at the end is .05 / √(2 × .225 × .775 / 2500) = 4.233.
    z = peeked(np.random.default_rng(6), tests=20_000, looks=5, effect=0.05)
    drift = 0.05 / sqrt(2 * 0.225 * 0.775 / 2500)
    bounds = x.obrien_fleming(5)
    expected = x.crossing(bounds, [0.2, 0.4, 0.6, 0.8, 1.0], drift=drift)
    first = (np.abs(z) > bounds).argmax(axis=1)[(np.abs(z) > bounds).any(axis=1)]
    assert np.bincount(first, minlength=5) / 20_000 == pytest.approx(expected, abs=0.015)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_bounds_spend_alpha_whenever_one_looks(steps):
    information = np.cumsum(steps) / sum(steps)
    assert x.crossing(x.spending_bounds(information), information).sum() == pytest.approx(0.05, abs=1e-4)


def test_looks_that_cannot_be_are_refused():
    for information in ([0.5, 0.5], [0.0, 1.0], [0.5, 1.2], []):
        with pytest.raises(ParameterError, match="cannot be used"):
            x.spending_bounds(information)
    with pytest.raises(ParameterError, match="as many bounds"):
        x.crossing([1.0], [0.5, 1.0])
    with pytest.raises(ParameterError, match="0 looks"):
        x.peeking_alarm(0)


def test_a_monitored_test():
    rows = BY_HAND.assign(date=[START + timedelta(days=i % 10) for i in range(200)])
    found = x.monitored(rows, window_days=30, looks=5)
    assert found["n"].tolist() == [40, 80, 120, 160, 200]
    assert found["day"].tolist() == [START + timedelta(days=30 + i) for i in (1, 3, 5, 7, 9)]
    # At the end .28 − .18 over √(.23 × .77 × .02) = 1.680246.
    assert found["z"].iloc[-1] == pytest.approx(0.1 / sqrt(0.23 * 0.77 * 0.02))
    assert found["bound"].tolist() == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=6e-4)
    assert not found["crossed"].any()
    assert "At none of 5 looks" in x.claims.looks_claim(found)


def test_days_that_fall_together_are_one_look():
    assert len(x.monitored(BY_HAND, window_days=30, looks=5)) == 1
    empty = x.monitored(table((5, 1, 0, 0), (5, 0, 0, 0)), window_days=30)
    assert empty.empty
    assert "No look" in x.claims.looks_claim(empty)


# --- verdicts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "n", "kind", "said"),
    [
        ((600, 400), 1000, "worth it", "by at least what would pay"),
        ((270, 220), 1000, "works, size open", "is open"),
        ((10_300, 10_000), 50_000, "works, too little", "less than what would pay"),
        ((220, 280), 1000, "harm", "does harm"),
        ((2000, 2000), 10_000, "no effect that would matter", "is ruled out"),
        ((20, 20), 100, "undecided", "too small for the question"),
    ],
)
def test_what_a_test_means(hits, n, kind, said):
    rows = table((hits[0], 1, 1, 1), (n - hits[0], 1, 1, 0), (hits[1], 0, 0, 1), (n - hits[1], 0, 0, 0))
    found = x.verdict(rows, worthwhile=0.02, window="w")
    assert found.kind == kind
    assert said in x.claims.verdict_claim(found)


def test_equivalence_is_two_one_sided_tests():
    # p is .05 where an end of the 90 % score interval is the margin.
    rows = table((200, 1, 1, 1), (800, 1, 1, 0), (210, 0, 0, 1), (790, 0, 0, 0))
    low, _ = confint_proportions_2indep(200, 1000, 210, 1000, method="score", correction=False, alpha=0.1)
    found = x.verdict(rows, worthwhile=-low, window="w")
    assert found.p_equivalence == pytest.approx(0.05, abs=1e-4)


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ParameterError, match="worthwhile 0 "):
        x.verdict(BY_HAND, worthwhile=0.0, window="w")


# --- the next test -----------------------------------------------------------------------------------------------


def people(n, consent=None):
    strata = pd.DataFrame({"customer_id": [f"c{i:05}" for i in range(n)], "stratum": [f"s{i % 3}" for i in range(n)]})
    return x.audience(strata, consent)


def test_who_has_not_agreed_is_in_neither_arm():
    consent = pd.Series({"c00000": True, "c00001": False, "c00002": True, "c00003": True, "c00004": True})
    found = people(6, consent)
    assert found.free["customer_id"].tolist() == ["c00000", "c00002", "c00003", "c00004"]
    assert (found.suppressed, found.unknown) == (1, 1)


def test_a_plan_takes_what_it_needs():
    # 5 % to 12 % takes 245.2, so 246 in each arm; at 100 a day three days, then the window.
    plan = x.next_test(people(600), baseline=0.05, wanted=0.07, window_days=30, contacts_per_day=100)
    assert plan.sizes == {"contact": 246, "do_nothing": 246}
    assert (plan.contact_days, plan.days, plan.spare) == (3, 33, 108)
    assert plan.test.enough
    assert "are wanted" in x.claims.plan_claim(plan)


def test_a_plan_with_too_few_says_so():
    plan = x.next_test(people(301), baseline=0.05, wanted=0.07, window_days=30, contacts_per_day=100)
    assert plan.sizes["contact"] == 150
    assert not plan.test.enough
    assert "would miss the +7.0 points that are wanted" in x.claims.plan_claim(plan)
    tiny = x.next_test(people(20), baseline=0.01, wanted=0.02, window_days=30, contacts_per_day=100)
    assert "no effect can be seen" in x.claims.plan_claim(tiny)


def test_a_plan_that_cannot_be_is_refused():
    with pytest.raises(DataError, match="3 customers may be contacted"):
        x.next_test(people(3), baseline=0.05, wanted=0.07, window_days=30, contacts_per_day=100)
    with pytest.raises(ParameterError, match="contacts_per_day 0"):
        x.next_test(people(30), baseline=0.05, wanted=0.07, window_days=30, contacts_per_day=0)
    with pytest.raises(DataError, match="plan smaller arms"):
        x.assigned(people(5).free, sizes={"a": 4, "b": 4}, stratum="stratum", rng=np.random.default_rng(0))


@settings(deadline=None, max_examples=25)
@given(n=st.integers(4, 90), parts=st.integers(2, 3), seed=st.integers(0, 99))
def test_arms_are_alike_in_every_stratum(n, parts, seed):
    free, size = people(n).free, n // (2 * parts)
    sizes = {f"arm{i}": size for i in range(parts)}
    drawn = x.assigned(free, sizes=sizes, stratum="stratum", rng=np.random.default_rng(seed))
    assert drawn["arm"].value_counts().to_dict() == {name: size for name in sizes if size}
    assert drawn["customer_id"].is_unique
    counts = pd.crosstab(drawn["stratum"], drawn["arm"])
    assert counts.empty or (counts.max(axis=1) - counts.min(axis=1)).max() <= 2
    again = x.assigned(
        free.sample(frac=1, random_state=1), sizes=sizes, stratum="stratum", rng=np.random.default_rng(seed)
    )
    pd.testing.assert_frame_equal(drawn, again)


def test_every_customer_may_come_into_every_arm():
    free, sizes = people(12).free, {"contact": 3, "do_nothing": 3}
    counts = pd.DataFrame(0, index=free["customer_id"], columns=list(sizes))
    rng = np.random.default_rng(7)
    for _ in range(150):
        drawn = x.assigned(free, sizes=sizes, stratum="stratum", rng=rng)
        for arm in sizes:
            counts.loc[drawn.loc[drawn["arm"] == arm, "customer_id"], arm] += 1
    # Each has a chance of 3/12 for each arm: 37.5, with an error of √(150 × .25 × .75) = 5.30.
    assert counts.to_numpy() == pytest.approx(np.full((12, 2), 37.5), abs=4.5 * 5.30)


def test_what_the_next_candidates_do_unasked():
    rows = BY_HAND.assign(before=np.where(BY_HAND["responded"], 5.0, 0.0))
    found = x.expected_share(rows.assign(before=1.0), window="w")
    assert (found.value, found.n) == (0.18, 100)
    assert x.expected_share(rows, window="w").n == 18
    with pytest.raises(DataError, match="nobody"):
        x.expected_share(rows.assign(before=0.0), window="w")


def test_thirds_of_value():
    found = x.with_stratum(pd.DataFrame({"customer_id": list("abcdef"), "value": [1, 2, 3, 4, 5, 5]}))
    assert found["stratum"].tolist() == ["lowest third"] * 2 + ["middle third"] * 2 + ["highest third"] * 2


def test_a_list_tells_both_arms_what_to_do():
    drawn = pd.DataFrame({"customer_id": ["a", "b"], "arm": ["contact", "do_nothing"]})
    found = x.with_reasons(drawn, days=66)["reason"].tolist()
    assert "be contacted" in found[0]
    assert "left alone for 66 days" in found[1]


def test_a_plan_written_down():
    plan = x.next_test(people(600), baseline=0.05, wanted=0.07, window_days=30, contacts_per_day=100)
    found = x.plan_table(plan, who="all", what="a purchase").set_index("item")["plan"]
    assert found[["who", "to be contacted", "needed in each arm for that"]].tolist() == ["all", "246", "246"]
    curve = x.sizes_and_uplifts(0.05, wanted=0.07, power=0.8, alpha=0.05).set_index("n")["uplift"]
    assert np.isnan(curve.loc[50])  # 50 × 8.5 % is fewer than five
    assert curve.dropna().is_monotonic_decreasing


# --- events ------------------------------------------------------------------------------------------------------


def test_the_largest_rise_of_the_rate():
    months = [date(2023, month, 1) for month in (3, 1, 2, 4)]
    economy = clean({"month": months, "deposit_rate": [0.23, 0.17, 0.18, 0.22]})
    assert x.rate_jump(economy) == x.RateJump(date(2023, 3, 1), 0.18, 0.23)
    assert x.rate_jump(clean({"month": months, "deposit_rate": [0.2] * 4})) is None
    assert x.rate_jump(clean({"month": months})) is None
    assert "is not known" in x.claims.event_claim(None, None, None)


def test_a_change_around_a_day_by_hand():
    # Of ten known customers c0 to c3 buy before, c0 and c4 to c6 after: gained 3, lost 3, so 0 ± 1.96 √6 / 10.
    sales = [{"customer_id": f"c{i}", "date": START - timedelta(days=100), "amount": 1.0} for i in range(10)]
    sales += [{"customer_id": f"c{i}", "date": START - timedelta(days=1), "amount": 1.0} for i in range(4)]
    sales += [{"customer_id": f"c{i}", "date": START, "amount": 1.0} for i in (0, 4, 5, 6)]
    sales += [{"customer_id": "new", "date": START, "amount": 1.0}]
    found = x.change_around(clean(sales), START, days=30)
    assert (found.value, found.n) == (0, 10)
    assert found.high == pytest.approx(1.959964 * sqrt(6) / 10)
    assert x.change_around(clean(sales), START - timedelta(days=365), days=30) is None
    jump = x.RateJump(START, 0.18, 0.23)
    assert "without a rise is not known" in x.claims.event_claim(jump, found, None)
    assert "without the rise, it changed by 0.0 points" in x.claims.event_claim(jump, found, found)


# --- sentences ---------------------------------------------------------------------------------------------------


def test_sentences_hold_where_nothing_works():
    alike = table((20, 1, 1, 1), (80, 1, 1, 0), (20, 0, 0, 1), (80, 0, 0, 0))
    rows = alike.assign(revenue=alike["responded"] * 100.0, cost=0.0, before=0.0)
    said = " ".join(x.claims.effect_claims(x.effect(rows, window="w", margin_rate=0.3), "IRT"))
    assert "cannot be told from none: 0.0 points" in said
    assert "leaves room for none" in said
    assert "effect on revenue cannot be told" in said
    assert "earned its cost cannot be told" in said
    groups = x.by_group(rows, pd.Series(["a", "b"] * 100))
    assert "respond differently is not shown" in x.claims.groups_claim(groups, x.differ_between(groups))


def test_a_simulated_test_that_cannot_be_is_refused():
    with pytest.raises(ParameterError, match=r"(?s)customers is 2.*share is 1.*reach is 0\.9"):
        simulated_test(np.random.default_rng(0), customers=2, share=1.0, reach=0.9)
