import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlab.errors import ParameterError
from crmlab.simulate import purchase_histories, purchase_history_chunks

START, END = date(2022, 1, 1), date(2023, 12, 31)  # 730 days


def simulate(seed=7, n_customers=2000, **options):
    world = {"start": START, "observed_until": END, **options}
    return purchase_histories(np.random.default_rng(seed), n_customers=n_customers, **world)


def counts(made):
    found = made.transactions["customer_id"].value_counts()
    return made.truth["customer_id"].map(found).fillna(0).to_numpy()


worlds = st.fixed_dictionaries(
    {
        "n_customers": st.integers(1, 60),
        "r": st.sampled_from([0.2, 1.0, 30.0, math.inf]),
        "purchases_per_year": st.sampled_from([0.1, 4.0, 400.0]),
        "mean_spend": st.sampled_from([0.02, 40.0]),
        "spend_cv_between": st.sampled_from([0.0, 0.6]),
        "spend_cv_within": st.sampled_from([0.0, 2.0]),
        "acquired_over_days": st.sampled_from([0, 1, 30, 730]),
        "seed": st.integers(0, 1000),
    }
)


@settings(deadline=None)
@given(worlds)
def test_what_always_holds(world):
    made = simulate(**world)
    rows = made.transactions
    assert list(rows.columns) == ["customer_id", "date", "amount"]
    assert list(made.truth.columns) == ["customer_id", "acquired", "purchases_per_year", "mean_spend"]
    assert made.truth["customer_id"].is_unique
    assert len(made.truth) == world["n_customers"]
    assert rows["customer_id"].isin(made.truth["customer_id"]).all()
    assert rows["date"].between(pd.Timestamp(START), pd.Timestamp(END)).all()
    assert (rows["amount"] >= 0.01).all()
    assert (rows["amount"] == rows["amount"].round(2)).all()
    assert_frame_equal(rows, rows.sort_values(["customer_id", "date"], ignore_index=True, kind="stable"))


@settings(deadline=None)
@given(worlds)
def test_the_same_seed_gives_the_same_histories(world):
    one, other = simulate(**world), simulate(**world)
    assert_frame_equal(one.transactions, other.transactions)
    assert_frame_equal(one.truth, other.truth)


def test_everybody_was_a_customer_before_the_window():
    assert simulate().truth["acquired"].isna().all()


def test_who_joins_in_the_window_buys_first_on_that_day():
    made = simulate(acquired_over_days=90, purchases_per_year=1.0)
    first = made.transactions.groupby("customer_id")["date"].min()
    assert first.index.tolist() == made.truth["customer_id"].tolist()
    assert (first.to_numpy() == made.truth["acquired"].to_numpy()).all()
    days = (made.truth["acquired"] - pd.Timestamp(START)).dt.days
    assert (days.min(), days.max()) == (0, 89)


def test_without_spread_every_amount_is_the_mean():
    assert set(simulate(spend_cv_between=0, spend_cv_within=0, mean_spend=12.344).transactions["amount"]) == {12.34}


def test_the_null_world_has_one_rate_and_counts_as_spread_as_poisson():
    made = simulate(r=math.inf, purchases_per_year=6.0, n_customers=20_000)
    assert set(made.truth["purchases_per_year"]) == {6.0}
    # Poisson: variance over mean is 1, with a standard error of about sqrt(2 / n) = 0.01.
    found = counts(made)
    assert found.var() / found.mean() == pytest.approx(1, abs=0.04)


def test_counts_are_negative_binomial():
    made = simulate(r=0.8, purchases_per_year=5.0, n_customers=50_000)
    found = counts(made)
    mean = 5.0 * 730 / 365.25
    variance = mean + mean**2 / 0.8
    assert found.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / 50_000))
    assert found.var() == pytest.approx(variance, rel=0.05)
    # P(0) = (α / (α + t))^r with α = r / rate, so (0.8 / (0.8 + mean))^0.8
    assert (found == 0).mean() == pytest.approx((0.8 / (0.8 + mean)) ** 0.8, abs=4 * 0.5 / math.sqrt(50_000))


def test_purchases_fall_evenly_on_the_days_of_the_window():
    days = (simulate(n_customers=20_000).transactions["date"] - pd.Timestamp(START)).dt.days
    # Uniform on 0..729: mean 364.5, standard deviation 210.7; both ends of the window are days like any other.
    assert days.mean() == pytest.approx(364.5, abs=4 * 210.7 / math.sqrt(len(days)))
    per_day = np.bincount(days, minlength=730)
    assert per_day[[0, -1]] == pytest.approx(per_day.mean(), abs=5 * math.sqrt(per_day.mean()))


def test_spend_has_the_planted_mean_and_spreads():
    made = simulate(n_customers=50_000, spend_cv_between=0.4, spend_cv_within=0.5, mean_spend=50.0)
    means = made.truth["mean_spend"]
    assert means.mean() == pytest.approx(50, abs=4 * 50 * 0.4 / math.sqrt(50_000))
    assert means.std() / means.mean() == pytest.approx(0.4, rel=0.05)
    planted = made.transactions["customer_id"].map(made.truth.set_index("customer_id")["mean_spend"])
    ratio = made.transactions["amount"] / planted
    assert ratio.mean() == pytest.approx(1, abs=4 * 0.5 / math.sqrt(len(ratio)))
    assert ratio.std() == pytest.approx(0.5, rel=0.02)


def test_chunks_number_through_and_do_not_depend_on_the_total():
    def made(total):
        rng = np.random.default_rng(3)
        return list(
            purchase_history_chunks(
                rng, n_customers=total, customers_per_chunk=40, start=START, observed_until=END, r=2.0
            )
        )

    chunks, fewer = made(100), made(80)
    assert [len(chunk.truth) for chunk in chunks] == [40, 40, 20]
    ids = pd.concat([chunk.truth for chunk in chunks])["customer_id"]
    assert ids.tolist() == [f"C{number:09}" for number in range(1, 101)]
    for chunk, same in zip(chunks, fewer, strict=False):
        assert_frame_equal(chunk.transactions, same.transactions)
    assert not chunks[0].transactions["amount"].equals(chunks[1].transactions["amount"])


def test_every_value_out_of_range_is_named_at_once():
    message = (
        r"(?s)r is 0; it is above 0, or math\.inf.*purchases_per_year is -1.*mean_spend is nan.*"
        r"spend_cv_between is -0\.1.*acquired_over_days is 731; it is 0 to the window's 730 days"
    )
    with pytest.raises(ParameterError, match=message):
        simulate(r=0, purchases_per_year=-1, mean_spend=math.nan, spend_cv_between=-0.1, acquired_over_days=731)


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(ParameterError, match="observed_until 2021-12-31 is before start 2022-01-01"):
        simulate(observed_until=date(2021, 12, 31))


@pytest.mark.parametrize("make", [simulate, lambda **n: next(chunked(**n))], ids=["whole", "chunks"])
def test_no_customers_are_refused(make):
    with pytest.raises(ParameterError, match="n_customers is 0; it is 1 or more"):
        make(n_customers=0)


def test_empty_chunks_are_refused():
    with pytest.raises(ParameterError, match="customers_per_chunk is 0; it is 1 or more"):
        next(chunked(n_customers=5, customers_per_chunk=0))


def chunked(**options):
    return purchase_history_chunks(np.random.default_rng(1), start=START, observed_until=END, **options)
