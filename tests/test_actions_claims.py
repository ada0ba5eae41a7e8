"""Sentences and tables of the client report: what is known has its interval, and what is not is said."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import actions
from crmlab.analyses.actions import claims, wording
from crmlab.estimate import Estimate
from crmlab.findings import Finding

DAYS = actions.horizon(date(1998, 6, 30), months=3)
SETTINGS = actions.Settings()


def estimate(value: float, low: float | None = None, high: float | None = None, n: int = 100) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=n, level=0.95, method="m", denominator="d", window="w")


def facts(
    name: str = "save",
    *,
    rate: float = 0.2,
    contact: int = 900,
    alone: int = 900,
    settings: actions.Settings = SETTINGS,
) -> actions.ListFacts:
    baseline = actions.Baseline(
        repurchase=estimate(rate, rate - 0.02, rate + 0.02, 400), value=estimate(50, 40, 62.5), buyers=80
    )
    return actions.ListFacts(
        name=name,
        contact=contact,
        do_nothing=alone,
        baseline=baseline,
        test=actions.detectable(rate, contact=contact, do_nothing=alone, wanted=0.05),
        half=actions.detectable(rate, contact=contact, do_nothing=alone, wanted=0.05),
        break_even=actions.break_even(
            estimate(50, 40, 62.5), contact_cost=settings.contact_cost, margin_rate=settings.margin_rate, baseline=rate
        ),
    )


def plan(contact: int = 90, alone: int = 10, gone: int = 0, **more: int) -> actions.Plan:
    row = {"list": "save", "priority": 2, "candidates": contact + alone}
    row |= dict.fromkeys(["repair_first", "shown_not_to_pay", "no_consent", "consent_unknown"], 0)
    row |= dict.fromkeys(["over_budget", "over_capacity", "over_both"], 0)
    row |= {"contact": contact, "do_nothing": alone, "no_contact": gone} | more
    return actions.Plan(
        pd.DataFrame(), pd.DataFrame([row] if contact + alone + gone else [], columns=list(row)), consent_known=True
    )


UNKNOWN = replace(facts(), baseline=None, test=None, half=None, break_even=None)


def test_a_baseline_is_said_with_interval_days_and_denominator():
    assert claims.baseline_claim(facts(), DAYS) == (
        "Keep those who may leave: 400 customers were in the same situation on 1998-03-31; up to 1998-06-30 "
        "20.0 % bought again (95 % interval 18.0 % to 22.0 %)."
    )
    assert "nobody was in this situation on 1998-03-31" in claims.baseline_claim(UNKNOWN, DAYS)


def test_a_test_that_cannot_see_says_so():
    few = facts(contact=180, alone=20, rate=0.05)
    assert "cannot be measured with so few (180 contacted, 20 left alone)" in claims.trial_claim(few)
    assert "to see 5.0 points, 432 customers in each arm are needed" in claims.trial_claim(few)
    # At 5.526 points: 2.8016 × √(.2 × .8 / 900 + .25526 × .74474 / 900) = 2.8016 × .019724 = .05526
    assert "adds 5.5 points or more to the 20.0 %" in claims.trial_claim(facts())
    assert "without a baseline" in claims.trial_claim(UNKNOWN)


def test_what_cannot_be_tested_says_why_and_what_would_change_it():
    assert "There is no list of customers" in claims.untested_claim([])
    assert "“What is left out and why”" in claims.untested_claim([])
    assert "Nobody was in these situations one period ago" in claims.untested_claim([UNKNOWN])
    assert "Once there is one" in claims.unvaried_claim()


def test_the_decision_follows_what_can_be_known():
    large = facts(contact=2000, alone=2000)
    assert "decide on 1998-09-30 by the comparison" in claims.decision_claim(plan(), [large], DAYS)
    assert "leave more of them alone" in claims.decision_claim(plan(), [facts()], DAYS)
    assert "several rounds together" in claims.decision_claim(plan(), [facts(contact=9, alone=1)], DAYS)
    assert "no action can be recommended" in claims.decision_claim(plan(0, 0), [], DAYS)
    assert "each of these 40 customers" in claims.decision_claim(plan(0, 0), [], DAYS, few=40)
    assert claims.plan_claim(plan(0, 0)) == "No customer is on a list."
    assert "7 are let go" in claims.plan_claim(plan(gone=7))


def test_what_pays_has_no_default():
    assert "is not known" in claims.break_even_claim(facts())
    given = actions.Settings(margin_rate=0.4, contact_cost=2.0)
    assert "adds 10.0 points (95 % interval 8.0 points to 12.5 points)" in claims.break_even_claim(
        facts(settings=given)
    )
    dear = actions.Settings(margin_rate=0.4, contact_cost=20.0)
    assert "cannot pay" in claims.break_even_claim(facts(settings=dear))
    assert claims.economics_claim(SETTINGS, "EUR", None).startswith("Neither a margin nor")
    assert "does not say who supplied them" in claims.economics_claim(given, "EUR", None)
    assert claims.economics_claim(given, "EUR", "the finance department").endswith(
        "Supplied by: the finance department."
    )


def test_the_price_of_the_plan():
    assert "not given" in claims.price_claim(plan(), SETTINGS, "USD")
    assert claims.price_claim(plan(), actions.Settings(contact_cost=2.0), "USD") == (
        "The plan costs 180.00 USD in contacts."
    )
    assert "costs 1,620,000 IRT" in claims.price_claim(plan(), actions.Settings(contact_cost=18000.0), "IRT")


@pytest.mark.parametrize(
    ("limits", "over", "said"),
    [
        ({}, {}, "nothing limits the plan"),
        ({"contact_budget": 200.0}, {}, "nothing limits the plan"),  # a budget without the cost of a contact
        (
            {"contact_cost": 2.0, "contact_budget": 200.0},
            {"over_budget": 5},
            "The budget of 200.00 USD pays 100 contacts; 5 more customers",
        ),
        ({"contact_capacity": 90}, {"over_capacity": 7}, "There is room for 90 contacts; 7 more customers"),
        (
            {"contact_cost": 2.0, "contact_budget": 200.0, "contact_capacity": 90},
            {"over_capacity": 10, "over_both": 3},
            "capacity is the tighter limit. 10 more customers would be on a list if there were room alone, and 3 more",
        ),
        (
            {"contact_cost": 2.0, "contact_budget": 200.0, "contact_capacity": 120},
            {"over_budget": 8, "over_both": 1},
            "money is the tighter limit. 8 more customers would be on a list if there were money alone, and 1 more",
        ),
        (
            {"contact_cost": 2.0, "contact_budget": 200.0, "contact_capacity": 100},
            {"over_both": 4},
            "pays 100 contacts, and there is room for as many; 4 more",
        ),
    ],
)
def test_the_tighter_limit_is_named(limits, over, said):
    assert said in claims.limits_claim(plan(**over), actions.Settings(**limits), "USD")


def test_consent_is_a_sentence_either_way():
    assert "3 customers who would have been contacted have not agreed" in claims.consent_claim(plan(no_consent=3))
    unknown = replace(plan(), consent_known=False)
    assert "do not say who agreed" in claims.consent_claim(unknown)


def test_who_buys_anyway_leaves_little_room():
    (said,) = claims.room_claims([facts(rate=0.892), facts(), UNKNOWN])
    assert "89.2 % of such customers bought anyway, so that a contact has 10.8 points left" in said


def test_what_is_missing_names_the_notebook():
    assert claims.absent_claims(gaps=True, states=False, tiers=True) == ()
    (by_states,) = claims.absent_claims(gaps=False, states=True, tiers=True)
    assert "life-cycle states (notebook 04)" in by_states
    nothing, nobody = claims.absent_claims(gaps=False, states=False, tiers=False)
    assert "No list of customers could be made" in nothing
    assert "Nobody is let go" in nobody


def test_open_questions_are_those_not_answered():
    asked = claims.open_questions(
        SETTINGS, replace(plan(), consent_known=False), discount=False, ledger=False, reviewed=False
    )
    assert len(asked) == 8
    every = actions.Settings(margin_rate=0.4, contact_cost=2.0, contact_budget=9.0, contact_capacity=5)
    assert claims.open_questions(every, plan(), discount=True, ledger=True, reviewed=True) == ()


def test_an_outcome_within_chance_is_called_so():
    found = actions.Outcome(
        name="check_in",
        contacted=70,
        contacted_bought=56,
        left_alone=80,
        left_alone_bought=48,
        difference=estimate(0.2, 0.05, 0.33),
    )
    assert "of the 70 to be contacted 80.0 % bought, of the 80 left alone 60.0 %: a difference" in claims.outcome_claim(
        found
    )
    assert "within what chance does" in claims.outcome_claim(replace(found, difference=estimate(0.2, -0.1, 0.4)))


def tried(low: float, high: float, source: str = "14.calls", name: str = "save") -> actions.Tried:
    return actions.Tried(name=name, source=source, effect=estimate((low + high) / 2, low, high))


PRICED = facts(settings=actions.Settings(margin_rate=0.4, contact_cost=2.0))  # pays from 10 points on


def test_the_evidence_is_graded():
    assert wording.grade(facts(), {}) == "association"
    assert wording.grade(UNKNOWN, {}) == "assumption"
    assert wording.grade(facts(), {"save": tried(-0.1, 0.1)}) == "experiment"


@pytest.mark.parametrize(
    ("low", "high", "verdict", "said"),
    [
        (0.11, 0.2, "above", "wholly above the 10.0 points that pay for a contact."),
        (0.01, 0.09, "below", "wholly below the 10.0 points that pay for a contact."),
        (-0.05, 0.15, "open", "contains the 10.0 points that pay for a contact: whether it pays is open."),
    ],
)
def test_an_effect_is_held_against_what_pays(low, high, verdict, said):
    one = tried(low, high)
    assert actions.verdict(one.effect, PRICED.break_even) == verdict
    assert claims.tried_claim(PRICED, one).endswith(said)
    (summary,) = claims.evidence_claims({"save": PRICED}, {"save": one})
    words = {"above": "more added purchases than pay", "below": "fewer added purchases than pay", "open": "left open"}
    assert words[verdict] in summary
    (shown,) = wording.proof_table({"save": PRICED}, {"save": one})["shown"]
    assert shown.startswith({"above": "above", "below": "below", "open": "open"}[verdict])


def test_an_effect_on_answers_is_not_called_one_on_purchases():
    one = tried(0.11, 0.2, source="13.save_effect")
    assert "said yes to a campaign to save (no purchase)" in claims.tried_claim(PRICED, one)
    assert claims.tried_claim(PRICED, one).endswith("pay for a contact, were each of these a purchase.")
    (summary,) = claims.evidence_claims({"save": PRICED}, {"save": one})
    assert "tried, but on answers and not on purchases: Keep those who may leave" in summary


def test_without_a_price_or_an_experiment_nothing_is_shown():
    (summary,) = claims.evidence_claims({"save": facts()}, {})
    assert summary == "What is known of the effect of contacts: never tried: Keep those who may leave."
    (summary,) = claims.evidence_claims({"save": facts()}, {"save": tried(0.1, 0.2)})
    assert "what pays is not known: Keep those who may leave" in summary
    assert claims.tried_claim(facts(), tried(0.1, 0.2)).endswith("what a contact has to add to pay is not known.")
    assert claims.evidence_claims({}, {}) == ()


def test_tables_for_a_manager():
    known = {"protect": facts("protect"), "save": UNKNOWN}
    todo = wording.action_table(known, plan(gone=7), tried={}, most=5)
    assert todo["action"].tolist() == ["Look after the best", "Keep those who may leave"]  # nobody is on let_go
    terms = wording.terms_table(known, SETTINGS, DAYS, currency="USD")
    assert set(terms["owner"]) == {"to be named by the client"}
    assert set(terms["review"]) == {"1998-09-30"}
    proof = wording.proof_table(known, {})
    assert proof["check"].str.startswith(("Share who bought", "No baseline yet")).all()
    assert set(proof["shown"]) == {"nothing: no experiment on such contacts was found"}
    trials = wording.trial_table(known)
    assert np.isnan(trials["baseline"].astype(float)[1])
    paid = replace(facts(rate=0.6).baseline, value=estimate(50, 40, 62.5))
    assert wording.assumed_table([], "USD").empty
    grid = wording.assumed_table([paid], "USD")
    assert list(grid.columns) == ["cost of a contact", "margin 20 %", "margin 40 %", "margin 60 %"]
    assert grid.iloc[1].tolist() == ["2.50 USD", "25.0 points", "12.5 points", "8.3 points"]
    # 10 USD at a margin of 20 % of 50 USD asks for 100 points and at 40 % for 50; only 40 are left to win.
    assert grid.iloc[3].tolist() == ["10.00 USD", "cannot pay", "cannot pay", "33.3 points"]


def found(
    value: float, low: float | None, high: float | None, unit: str = "share", name: str = "02.top_share"
) -> Finding:
    return Finding(
        id=name, claim="c", value=value, unit=unit, low=low, high=high, n=1, method="", denominator="", window=""
    )


@pytest.mark.parametrize(
    ("then", "now", "change"),
    [
        ((0.5, 0.45, 0.55), (0.6, 0.56, 0.64), "changed"),
        ((0.5, 0.45, 0.55), (0.56, 0.52, 0.6), "no clear change"),
        ((0.5, None, None), (0.9, 0.8, 1.0), "no interval"),
    ],
)
def test_then_and_now(then, now, change):
    table = actions.then_and_now([found(*then)], [found(*now), found(1, None, None, name="02.other")])
    assert table["change"].tolist() == [change]


def test_another_unit_is_another_finding():
    assert actions.then_and_now([found(5, 4, 6, unit="count")], [found(0.5, 0.4, 0.6)]).empty


def test_a_forecast_is_scored_by_hand():
    # Three customers: 2 within 1 to 3, 0 within 0 to 1, 9 not within 0 to 4. Expected 2 + .5 + 1 = 3.5, came 11.
    forecast = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "purchases": [2.0, 0.5, 1.0],
            "purchases_low": [1.0, 0.0, 0.0],
            "purchases_high": [3.0, 1.0, 4.0],
        }
    )
    counts = pd.Series({"a": 2.0, "c": 9.0, "stranger": 4.0})
    score = actions.forecast_score(forecast, counts, after=DAYS.then, until=DAYS.until)
    assert (score.expected, score.actual) == (3.5, 11.0)
    assert score.inside.value == pytest.approx(2 / 3)
    assert "expected 4 purchases from its customers; they made 11" in claims.forecast_claim(score)
    assert (
        actions.forecast_score(forecast.assign(purchases_low=np.nan), counts, after=DAYS.then, until=DAYS.until) is None
    )


def test_lists_without_customers_are_named():
    assert claims.empty_claim(plan()) == (
        "Nobody belongs on these lists: Look after the best; Offer what fits next; Win back the valuable who left."
    )
