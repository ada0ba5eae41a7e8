"""Simulated contracts: unbiased, dated as a calendar has it, and reproducible."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import ParameterError
from crmlab.models.contracts import BetaDiscreteWeibull, Geometric, Kept, ShiftedBetaGeometric
from crmlab.simulate import bdw_contracts, geometric_contracts, sbg_contracts

WINDOW = {"start": date(2000, 1, 31), "observed_until": date(2012, 6, 30)}
WORLDS = {
    "geometric": (geometric_contracts, Geometric, {"churn": 0.25}),
    "sBG": (sbg_contracts, ShiftedBetaGeometric, {"alpha": 0.764, "beta": 1.296}),
    "BdW, risk falls": (bdw_contracts, BetaDiscreteWeibull, {"alpha": 0.9, "beta": 1.5, "c": 0.7}),
    "BdW, risk rises": (bdw_contracts, BetaDiscreteWeibull, {"alpha": 0.26, "beta": 1.72, "c": 1.58}),
}


@pytest.mark.parametrize("name", WORLDS)
def test_survival_is_that_of_the_model(name):
    simulate, kind, planted = WORLDS[name]
    n = 400_000
    made = simulate(np.random.default_rng(0), n_customers=n, **WINDOW, **planted)
    t = np.array([1, 2, 3, 5, 10, 25])
    expected = kind.known(time_unit="year", **planted).survival(t)
    found = (made.truth["periods"].to_numpy()[:, None] > t).mean(axis=0)
    # Six shares, each within four standard errors: a biased one of half a per cent would be far outside.
    assert (np.abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / n)).all()


def test_churn_rates_are_beta():
    truth = sbg_contracts(np.random.default_rng(1), n_customers=200_000, alpha=2, beta=6, **WINDOW).truth
    # Beta(2, 6): mean 1/4, variance 12/(64 × 9) = 1/48; standard error of the mean √(1/48/200000) = .00032.
    assert truth["p_leave"].mean() == pytest.approx(0.25, abs=0.0013)
    assert truth["p_leave"].var() == pytest.approx(1 / 48, rel=0.02)


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year"])
def test_what_is_seen_is_the_truth_cut_off(period):
    made = sbg_contracts(
        np.random.default_rng(2), n_customers=500, alpha=0.8, beta=9, period=period, acquired_over_days=700, **WINDOW
    )
    kept = Kept.of_contracts(made.contracts, observed_until=made.observed_until, time_unit=period)
    # Of each cohort, as many outlast t renewals as the truth says.
    assert sum(cohort.survivors[0] for cohort in kept.cohorts) == 500
    lost = sum(cohort.survivors[0] - cohort.survivors[-1] for cohort in kept.cohorts)
    seen = made.contracts["end"].notna()
    assert lost == seen.sum()
    assert (made.contracts.loc[seen, "end"] <= pd.Timestamp(made.observed_until)).all()
    first = made.truth["periods"] == 1
    due = sum(cohort.survivors[0] - cohort.survivors[1] for cohort in kept.cohorts if len(cohort.ages) > 1)
    assert due <= first.sum()


def test_contracts_of_a_day():
    made = geometric_contracts(np.random.default_rng(3), n_customers=2000, churn=0.5, period="month", **WINDOW)
    ended = made.contracts.assign(periods=made.truth["periods"]).dropna()
    assert (ended["start"] == pd.Timestamp("2000-01-31")).all()
    # A month after 31 January is the last day of February, two months after it 31 March.
    assert set(ended.loc[ended["periods"] == 1, "end"]) == {pd.Timestamp("2000-02-29")}
    assert set(ended.loc[ended["periods"] == 2, "end"]) == {pd.Timestamp("2000-03-31")}


def test_nobody_leaves_where_nobody_can():
    made = geometric_contracts(np.random.default_rng(4), n_customers=50, churn=0.0, **WINDOW)
    assert made.contracts["end"].isna().all()
    assert (made.truth["periods"] == np.inf).all()


def test_the_same_seed_gives_the_same_contracts():
    one, other = (sbg_contracts(np.random.default_rng(5), n_customers=99, alpha=1, beta=2, **WINDOW) for _ in range(2))
    assert one.contracts.equals(other.contracts)
    assert one.truth.equals(other.truth)


def test_values_out_of_range_are_named_at_once():
    with pytest.raises(ParameterError, match="contracts cannot be simulated") as refused:
        bdw_contracts(
            np.random.default_rng(6),
            n_customers=10,
            start=date(2020, 1, 2),
            observed_until=date(2020, 1, 1),
            alpha=-1,
            beta=1,
            c=np.inf,
            period="decade",
            acquired_over_days=0,
        )
    for said in ("observed_until 2020-01-01 is before", "period is 'decade'", "acquired_over_days is 0", "alpha is -1"):
        assert said in str(refused.value)
    assert "c is inf" in str(refused.value)
    with pytest.raises(ParameterError, match="churn is 1; it is 0 to below 1"):
        geometric_contracts(np.random.default_rng(6), n_customers=10, churn=1, **WINDOW)
    with pytest.raises(ParameterError, match="n_customers is 0"):
        geometric_contracts(np.random.default_rng(6), n_customers=0, churn=0.5, **WINDOW)
