"""Sentences on customers who joined early and late."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.analyses import value as v
from crmlab.simulate import nbd_histories

START, END = date(2020, 1, 1), date(2020, 12, 31)


def world(seed: int, alpha: float = 10.0, n_customers: int = 1000) -> pd.DataFrame:
    """Customers who joined in the first half of a year, seen at its end."""
    made = nbd_histories(
        np.random.default_rng(seed),
        n_customers=n_customers,
        start=START,
        observed_until=END,
        r=0.8,
        alpha=alpha,
        acquired_over_days=182,
    )
    return made.customers(END)


def planted(alpha: float) -> pd.DataFrame:
    """Customers whose newer half has this alpha, 10 weeks being that of the others."""
    middle = 366 - 91
    before, after = world(1), world(2, alpha)
    return pd.concat([before[before["T"] > middle], after[after["T"] <= middle]], ignore_index=True)


@pytest.mark.parametrize(("alpha", "way"), [(20.0, "too high"), (5.0, "too low")])
def test_where_newer_customers_differ_it_says_which_way_one_model_errs(alpha: float, way: str) -> None:
    said = v.comparisons.cohorts_claim(planted(alpha), model="NBD", days=182)
    assert "do not behave like those who joined before" in said
    assert f"% {way}." in said


def test_where_they_are_of_one_kind_it_says_so() -> None:
    said = v.comparisons.cohorts_claim(planted(10.0), model="NBD", days=182)
    assert "behave alike as far as these purchases tell (likelihood-ratio test of NBD, p = 0." in said
    assert "mixture" not in said


def test_where_it_cannot_be_tested_it_says_why() -> None:
    said = v.comparisons.cohorts_claim(world(1, n_customers=50), model="BG/NBD", days=182)
    assert "could not be tested. The customers who joined " in said
    assert "at least 30 are needed" in said
    at_once = v.comparisons.cohorts_claim(world(1).assign(T=400.0), model="BG/NBD", days=182)
    assert at_once.endswith("there are no early and late ones to compare.")


@pytest.mark.slow
def test_customers_of_one_kind_are_called_different_in_2_to_21_of_200_worlds() -> None:
    # Of the rejections at 5 %, by a binomial, 99.9 % lie there.
    said = [v.comparisons.cohorts_claim(world(seed, n_customers=300), model="NBD", days=182) for seed in range(200)]
    assert 2 <= sum("do not behave like" in one for one in said) <= 21
