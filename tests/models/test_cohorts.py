"""Do customers who joined early and late behave alike? Found where planted, and rarely where not."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy.stats import norm

from crmlab.errors import DataError, ParameterError
from crmlab.models import (
    CohortComparison,
    compare_cohorts,
    expected_purchases_new_customer,
    fit_bgbb,
    fit_bgnbd,
    fit_nbd,
)
from crmlab.models.buying.cohorts import _even_split
from crmlab.simulate import bgnbd_histories, nbd_histories

START, END = date(2020, 1, 1), date(2020, 12, 31)
STEADY = {"r": 0.8, "alpha": 10.0}
LEAVING = {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.4}


def world(histories, seed, n_customers, **truth):
    """Customers who joined in the first half of a year, seen at its end."""
    made = histories(
        np.random.default_rng(seed),
        n_customers=n_customers,
        start=START,
        observed_until=END,
        acquired_over_days=182,
        **truth,
    )
    return made.customers(END)


@cache
def two_kinds(late_alpha):
    """1,500 customers who joined in the first quarter, and as many in the second, with another alpha."""
    first = world(bgnbd_histories, 1, 3000, **LEAVING)
    other = world(bgnbd_histories, 2, 3000, **LEAVING | {"alpha": late_alpha})
    middle = 366 - 91
    both = [first[first["T"] > middle], other[other["T"] <= middle]]
    return pd.concat(both, ignore_index=True)


@cache
def found(late_alpha) -> CohortComparison:
    return compare_cohorts(fit_bgnbd, two_kinds(late_alpha), days=180, joined_within_days=366 - 91)


def test_the_even_split_by_hand():
    # 2, 1, 3 and 2 customers of T 10, 20, 30 and 40: late are 2, 3 or 6 of 8. 3 is nearest to the 4 of a half; the
    # median T, 30, would have to part those who share it.
    assert _even_split(np.array([10.0, 20, 30, 40]), np.array([2.0, 1, 3, 2])) == 20
    # Once a row, T of each customer: the same.
    assert _even_split(np.array([30.0, 10, 30, 40, 20, 10, 40, 30]), np.ones(8)) == 20
    # 3 or 5 of 8 are as near: the smaller T.
    assert _even_split(np.array([10.0, 20, 30]), np.array([3.0, 2, 3])) == 10


def test_customers_of_one_length_are_never_parted():
    customers = world(nbd_histories, 1, 300, **STEADY)
    months = customers.assign(T=np.ceil(customers["T"] / 30) * 30)
    split = compare_cohorts(fit_nbd, months, days=90)
    sizes = months["T"].value_counts().sort_index().cumsum()
    nearest = min(abs(2 * size - len(months)) for size in sizes[:-1])
    assert split.joined_within_days in sizes.index
    assert split.late.n_customers == sizes[split.joined_within_days]
    assert abs(2 * split.late.n_customers - len(months)) == nearest
    assert split.early.n_customers + split.late.n_customers == len(months)


def test_the_statistic_is_what_fits_of_the_halves_gain():
    customers = two_kinds(5.0)
    compared = compare_cohorts(fit_nbd, customers, days=90, joined_within_days=250)
    late, early = (fit_nbd(part) for _, part in sorted(customers.groupby(customers["T"] > 250)))
    gain = early.log_likelihood + late.log_likelihood - fit_nbd(customers).log_likelihood
    assert compared.statistic == pytest.approx(2 * gain, abs=1e-8)
    assert compared.degrees_of_freedom == 2 + 2 - 2
    # With two degrees of freedom the chance of more than q is exp(-q / 2).
    assert compared.p_value == pytest.approx(np.exp(-gain), abs=1e-12)
    assert compared.cohorts["customers"].to_dict() == {
        "early": len(customers) - late.n_customers,
        "late": late.n_customers,
        "pooled": len(customers),
    }
    assert compared.cohorts.loc["late", "purchases"] == pytest.approx(expected_purchases_new_customer(late, days=90))


def test_errors_of_the_nbd_by_the_delta_method():
    # Of the NBD log E = log r - log alpha + log t, so its variance is V(r, r) + V(alpha, alpha) - 2 V(r, alpha), V that
    # of the logarithms; early and late share nobody, so the variances of the log ratio add.
    compared = compare_cohorts(fit_nbd, two_kinds(5.0), days=70)

    def variance(model):
        values = pd.Series(model.params)
        v = model.covariance / np.outer(values, values)
        return v.loc["r", "r"] + v.loc["alpha", "alpha"] - 2 * v.loc["r", "alpha"]

    reach = norm.ppf(0.975)
    late, model = compared.cohorts.loc["late"], compared.late
    assert late["purchases"] == pytest.approx(10 * model.params["r"] / model.params["alpha"])
    assert np.log(late["high"] / late["purchases"]) == pytest.approx(reach * np.sqrt(variance(model)), rel=1e-4)
    pace = compared.differences.loc["pace"]
    both = variance(compared.late) + variance(compared.early)
    assert np.log(pace["ratio"] / pace["low"]) == pytest.approx(reach * np.sqrt(both), rel=1e-4)
    # Nobody leaves, so nothing is lost by it.
    assert compared.differences.loc["kept"].to_numpy() == pytest.approx(np.ones(3))


def test_newer_customers_who_buy_half_as_often_are_found():
    compared = found(10.0)
    assert compared.differ(0.001)
    assert compared.degrees_of_freedom == 4
    pace = compared.differences.loc["pace"]
    assert pace["low"] <= 0.5 <= pace["high"] < 1
    said = compared.diagnosis
    assert (said.kind, said.serious) == ("cohorts_differ", True)
    assert "(likelihood-ratio test, p below 0.001)" in said.sentence
    assert "the late ones buy less often" in said.sentence
    pooled, late = compared.cohorts.loc[["pooled", "late"], "purchases"]
    assert f"is {100 * (pooled / late - 1):.1f} % too high" in said.sentence


def test_newer_customers_who_buy_twice_as_often_are_found():
    compared = found(2.5)
    pooled, late = compared.cohorts.loc[["pooled", "late"], "purchases"]
    assert f"is {100 * (1 - pooled / late):.1f} % too low" in compared.diagnosis.sentence
    assert "the late ones buy more often" in compared.diagnosis.sentence
    assert compared.differences.loc["pace", "low"] <= 2 <= compared.differences.loc["pace", "high"]


def test_customers_of_one_kind_are_said_to_be_alike():
    compared = found(5.0)
    said = compared.diagnosis
    assert (said.kind, said.serious) == ("cohorts_alike", False)
    assert "behave alike as far as these purchases tell" in said.sentence
    assert "mixture" not in said.sentence
    assert compared.differences.loc["purchases", "low"] < 1 < compared.differences.loc["purchases", "high"]


def test_early_customers_whose_beginning_was_cut_off_look_different():
    # One kind of customer, but the log begins half a year late: who is in it from then on and joined before seems new.
    made = bgnbd_histories(
        np.random.default_rng(4), n_customers=6000, start=START, observed_until=date(2021, 12, 31),
        acquired_over_days=364, **LEAVING,
    )  # fmt: skip
    rows = made.transactions.assign(moment=made.moments)
    rows = rows[rows["moment"] >= 182]
    seen = rows.groupby("customer_id")["moment"].agg(["size", "min", "max"])
    customers = pd.DataFrame(
        {"repeats": seen["size"] - 1, "t_x": seen["max"] - seen["min"], "T": 731.0 - seen["min"]}
    ).reset_index()
    compared = compare_cohorts(fit_bgnbd, customers, days=180)
    assert compared.differ()
    assert "begins later than the shop" in compared.diagnosis.sentence
    whole = made.customers(date(2021, 12, 31))
    assert not compare_cohorts(fit_bgnbd, whole[whole["T"] <= 731 - 182], days=180).differ()


def test_where_nobody_leaves_p_is_said_to_be_a_bound():
    compared = compare_cohorts(fit_bgnbd, world(nbd_histories, 3, 600, **STEADY), days=180)
    assert compared.at_boundary
    assert compared.degrees_of_freedom == 4
    assert "the p-value is then an upper bound" in compared.diagnosis.sentence
    assert not found(5.0).at_boundary


def test_order_names_units_and_weights_change_nothing():
    customers = two_kinds(10.0)
    shuffled = customers.sample(frac=1, random_state=1).assign(customer_id=lambda rows: rows.index.astype(str))
    compared = compare_cohorts(fit_nbd, customers, days=180)
    again = compare_cohorts(fit_nbd, shuffled, days=180)
    assert again.diagnosis == compared.diagnosis
    assert again.statistic == compared.statistic
    assert_frame_equal(again.cohorts, compared.cohorts, check_exact=True)
    assert_frame_equal(again.differences, compared.differences, check_exact=True)
    in_days = compare_cohorts(fit_nbd, customers, days=180, time_unit="day")
    assert in_days.statistic == pytest.approx(compared.statistic, abs=1e-6)
    assert_frame_equal(in_days.differences, compared.differences, rtol=1e-5)
    doubled = compare_cohorts(fit_nbd, pd.concat([customers, customers], ignore_index=True), days=180)
    weighted = compare_cohorts(fit_nbd, customers.assign(weight=2), days=180)
    assert weighted.statistic == doubled.statistic == pytest.approx(2 * compared.statistic)


def test_customers_are_not_changed():
    customers = two_kinds(5.0)
    before = customers.copy(deep=True)
    compare_cohorts(fit_nbd, customers, days=180)
    assert_frame_equal(customers, before)


@pytest.mark.parametrize(
    ("days", "message"), [(0, "days is 0; it is above 0"), (float("nan"), "days is nan"), (float("inf"), "days is inf")]
)
def test_a_length_of_time_that_is_none_is_refused(days, message):
    with pytest.raises(ParameterError, match=message):
        compare_cohorts(fit_nbd, two_kinds(5.0), days=days)


def test_another_model_is_refused():
    with pytest.raises(ParameterError, match=r"one of fit_nbd, fit_bgnbd, .*; fit is fit_bgbb"):
        compare_cohorts(fit_bgbb, two_kinds(5.0), days=180)


def test_customers_who_joined_at_once_have_no_late_ones():
    with pytest.raises(DataError, match="at the same time: there are no early and late ones"):
        compare_cohorts(fit_nbd, two_kinds(5.0).assign(T=400.0), days=180)


@pytest.mark.parametrize(("within", "name", "n"), [(1, "late", 0), (1000, "early", 0)])
def test_a_group_too_small_is_named(within, name, n):
    with pytest.raises(DataError, match=f"(?s)who joined {name} are too few .*there are {n} customers, and"):
        compare_cohorts(fit_nbd, two_kinds(5.0), days=180, joined_within_days=within)


def test_a_table_without_columns_is_refused():
    with pytest.raises(DataError, match=r"columns \['t_x', 'T'\] are not in the table"):
        compare_cohorts(fit_nbd, pd.DataFrame({"repeats": [1]}), days=180)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fit", "histories", "n_customers", "truth"),
    [(fit_nbd, nbd_histories, 300, STEADY), (fit_bgnbd, bgnbd_histories, 600, LEAVING)],
)
def test_one_population_is_rejected_in_2_to_21_of_200_worlds(fit, histories, n_customers, truth):
    # A binomial with 200 tries at 5 % has 99.5 % of its mass in 3 to 19, and 99.9 % in 2 to 21.
    alarms = [
        compare_cohorts(fit, world(histories, seed, n_customers, **truth), days=180).differ() for seed in range(200)
    ]
    assert 2 <= sum(alarms) <= 21
