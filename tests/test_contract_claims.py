"""Sentences about contracts: they say what the test and the interval allow, and hold where there is nothing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses.retention import contract_claims as said
from crmlab.estimate import Estimate
from crmlab.models import contracts
from crmlab.simulate import geometric_contracts

REGULAR = [1000, 631, 468, 382, 326]
HIGH_END = [1000, 869, 743, 653, 593]


def fitted(counts):
    fits = (contracts.fit_geometric, contracts.fit_sbg, contracts.fit_bdw)
    models = [fit(counts, time_unit="year") for fit in fits]
    return contracts.ladder(*models), models


def estimate(value, low, high, n=100):
    return Estimate(value=value, low=low, high=high, n=n, level=0.95, method="", denominator="", window="")


def test_customers_who_differ():
    table, (_, sbg, _) = fitted(REGULAR)
    # α/(α + β) = .764/2.060 = 37.1 %, after four renewals .764/6.060 = 12.6 %; 2 × (1451.1556 − 1401.5594) = 99.2.
    assert said.sorting_claim(table, sbg) == (
        "Customers differ (likelihood ratio 99.2, p below 0.001). By the sBG a new customer leaves at the next renewal "
        "with a mean chance of 37.1 %, one who has made 4 renewals with 12.6 %: in this model nobody changes, those "
        "who leave easily are gone."
    )


def test_customers_who_are_alike():
    table, (_, sbg, bdw) = fitted([1000, 900, 810, 729, 656])
    assert said.sorting_claim(table, sbg).startswith("Nothing shows customers to differ (likelihood ratio 0.0, p = ")
    assert "nothing shows that retention rises" in said.sorting_claim(table, sbg)
    assert said.time_claim(table, bdw).startswith("Nothing shows a customer's own risk of leaving to change")


@pytest.mark.parametrize("seed", range(5))
def test_a_null_world_is_not_said_to_sort_unless_the_test_says_so(seed):
    made = geometric_contracts(
        np.random.default_rng(seed),
        n_customers=1000,
        churn=0.3,
        start=date(2018, 1, 1),
        observed_until=date(2022, 1, 1),
    )
    kept = contracts.Kept.of_contracts(made.contracts, observed_until=made.observed_until, time_unit="year")
    table, (_, sbg, _) = fitted(kept)
    differ = said.sorting_claim(table, sbg).startswith("Customers differ")
    assert differ == (table["p"][1] < 0.05)


def test_a_risk_that_changes_with_time():
    table, (_, _, bdw) = fitted(HIGH_END)
    # 2 × (1225.1349 − 1222.7493) = 4.77, p = .029
    assert said.time_claim(table, bdw) == (
        "A customer's own risk of leaving rises with time (c = 1.58; likelihood ratio 4.8, p = 0.029): where retention "
        "of the cohort rises, sorting outweighs it."
    )
    falling = contracts.BetaDiscreteWeibull.known(time_unit="year", alpha=1, beta=1, c=0.5)
    assert "falls with time (c = 0.50" in said.time_claim(table, falling)
    table, (_, _, bdw) = fitted(REGULAR)
    assert "Nothing shows" in said.time_claim(table, bdw)
    assert "p = 0.553" in said.time_claim(table, bdw)


@pytest.mark.parametrize(
    ("cohort", "base", "ending"),
    [
        ((0.7, 0.6, 0.8), (0.5, 0.4, 0.6), "Half is within the interval of the base, not of the cohort."),
        ((0.5, 0.4, 0.6), (0.3, 0.2, 0.4), "Half is within the interval of the cohort, not of the base."),
        ((0.5, 0.4, 0.6), (0.45, 0.4, 0.6), "Half is within both intervals."),
        ((0.7, 0.6, 0.8), (0.3, 0.2, 0.4), "Half is within neither interval."),
    ],
)
def test_half_in_five_years(cohort, base, ending):
    told = said.half_claim(estimate(*cohort), estimate(*base), years=5)
    assert told.endswith(ending)
    assert "In 5 years a new cohort loses" in told
    assert "95 % interval" in told


def test_customers_kept():
    assert said.kept_claim(estimate(210.3, 167, 247, 1000), years=8) == (
        "Of 1,000 new customers 210 will be left after 8 years (95 % interval 167 to 247), if the model holds beyond "
        "what was observed."
    )


def test_counts_held_out():
    path = pd.DataFrame({"period": [1, 2, 3], "kept": [50.0, 40, 30], "low": [45.0, 35, 25], "high": [55.0, 45, 35]})
    # 50 and 36 are inside, 24 is not.
    assert said.holdout_claim(path, [50, 36, 24], name="It") == (
        "It: 2 of 3 counts held out lie within their prediction intervals; the last was 24, and 30 (95 % interval 25 "
        "to 35) were forecast."
    )
    # Fewer counts than were forecast: the last one that was counted.
    assert "2 of 2 counts held out lie" in said.holdout_claim(path, [50, 36], name="It")
    assert said.holdout_claim(path, [50], name="It").startswith("It: 1 of 1 count held out lies within its prediction")
    assert "the last was 36, and 40" in said.holdout_claim(path, [50, 36], name="It")
