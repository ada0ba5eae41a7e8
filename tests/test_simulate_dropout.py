import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy.special import hyp2f1

from crmlab.errors import ParameterError
from crmlab.simulate import bgnbd_histories, mbgnbd_histories, nbd_histories
from crmlab.summary import customer_summary
from crmlab.tables.frame import clean_table

START, END = date(2020, 1, 1), date(2021, 6, 30)  # 547 days
SOON = date(2020, 4, 30)


def simulate(seed=7, n_customers=3000, **options):
    world = {"start": START, "observed_until": END, **options}
    return bgnbd_histories(np.random.default_rng(seed), n_customers=n_customers, **world)


def test_rows_and_truth_stand_as_described():
    made = simulate()
    rows, truth = made.transactions, made.truth
    assert list(rows.columns) == ["customer_id", "date", "amount"]
    assert list(truth.columns) == [
        "customer_id",
        "acquired",
        "purchases_per_week",
        "p_dropout",
        "mean_spend",
        "left",
    ]
    assert rows["customer_id"].unique().tolist() == truth["customer_id"].tolist()
    assert rows["date"].between(pd.Timestamp(START), pd.Timestamp(END)).all()
    assert (rows["amount"] >= 0.01).all()
    assert (rows["date"] == pd.Timestamp(START) + pd.to_timedelta(np.floor(made.moments), unit="D")).all()
    assert rows.groupby("customer_id")["date"].min().to_numpy().tolist() == truth["acquired"].to_numpy().tolist()


def test_nobody_buys_after_leaving():
    made = simulate()
    last = made.transactions.groupby("customer_id")["date"].max()
    left = made.truth.set_index("customer_id")["left"].dropna()
    assert 100 < len(left) < 3000
    assert (last[left.index] == left).all()


def test_the_same_seed_gives_the_same_histories():
    assert_frame_equal(simulate().transactions, simulate().transactions)
    assert_frame_equal(simulate().truth, simulate().truth)


def test_purchases_come_as_often_as_the_model_expects():
    # Fader, Hardie and Lee (2005), eq. (9), in weeks, for customers who all join on the first day.
    r, alpha, a, b, t = 1.0, 6.0, 0.8, 2.5, 546.5 / 7
    made = simulate(n_customers=40_000, r=r, alpha=alpha, a=a, b=b, acquired_over_days=1)
    closed = (a + b - 1) / (a - 1) * (1 - hyp2f1(r, b, a + b - 1, t / (alpha + t)) * (alpha / (alpha + t)) ** r)
    repeats = made.customers(END)["repeats"]
    # Joining at any hour of the first day changes the time by less than a hundredth of a week on average.
    assert repeats.mean() == pytest.approx(closed, abs=4 * repeats.std() / 200)


def test_without_dropout_purchases_are_negative_binomial():
    made = simulate(n_customers=40_000, r=0.8, alpha=8.0, a=0, acquired_over_days=1)
    assert made.truth["left"].isna().all()
    assert (made.truth["p_dropout"] == 0).all()
    found, weeks = made.customers(END)["repeats"], 546.5 / 7
    mean = 0.8 * weeks / 8.0
    variance = mean + mean**2 / 0.8
    assert found.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / 40_000))
    assert found.var() == pytest.approx(variance, rel=0.05)
    assert (found == 0).mean() == pytest.approx((8 / (8 + weeks)) ** 0.8, abs=0.01)


def test_a_share_of_p_leaves_after_the_first_repeat():
    # With rates so high that everybody buys again soon, the mean of Beta(1, 3), 1/4, leaves after the first repeat.
    made = simulate(n_customers=8000, observed_until=SOON, r=50.0, alpha=2.0, a=1.0, b=3.0)
    assert (made.customers(SOON)["repeats"] == 1).mean() == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 8000))


def test_a_share_of_p_never_buys_again_where_the_first_purchase_is_a_chance_to_leave():
    # With rates so high that everybody who stays buys again, the mean of Beta(1, 3), 1/4, leaves after the first.
    made = mbgnbd_histories(
        np.random.default_rng(7), n_customers=8000, start=START, observed_until=SOON, r=50.0, alpha=2.0, a=1.0, b=3.0
    )
    once = made.customers(SOON)["repeats"] == 0
    assert once.mean() == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 8000))
    left_at_once = made.truth["left"] == made.truth["acquired"]
    assert left_at_once[once.to_numpy()].all()


def test_purchases_come_as_often_as_the_modified_model_expects():
    # Batislam, Denizel and Filiztekin (2007): b / (a − 1) · (1 − (α / (α + t))^r · ₂F₁(r, b + 1; a + b; t / (α + t))).
    r, alpha, a, b, t = 1.0, 6.0, 0.8, 2.5, 546.5 / 7
    made = mbgnbd_histories(
        np.random.default_rng(7),
        n_customers=40_000,
        start=START,
        observed_until=END,
        r=r,
        alpha=alpha,
        a=a,
        b=b,
        acquired_over_days=1,
    )
    closed = b / (a - 1) * (1 - hyp2f1(r, b + 1, a + b, t / (alpha + t)) * (alpha / (alpha + t)) ** r)
    repeats = made.customers(END)["repeats"]
    assert repeats.mean() == pytest.approx(closed, abs=4 * repeats.std() / 200)


def test_the_world_in_which_nobody_leaves_is_that_without_dropout():
    world = {"n_customers": 300, "start": START, "observed_until": END, "r": 0.8, "alpha": 8.0}
    made = nbd_histories(np.random.default_rng(7), **world)
    assert_frame_equal(made.transactions, bgnbd_histories(np.random.default_rng(7), a=0, **world).transactions)
    assert made.truth["left"].isna().all()


def test_spend_has_the_planted_mean():
    # p γ / (q − 1) = 6 · 30 / 5 = 36; the variance of a customer's mean exists for q > 2.
    made = simulate(n_customers=20_000, p=6.0, q=6.0, gamma=30.0)
    means = made.truth["mean_spend"]
    assert means.mean() == pytest.approx(36, abs=4 * means.std() / math.sqrt(20_000))
    planted = made.transactions["customer_id"].map(made.truth.set_index("customer_id")["mean_spend"])
    ratio = made.transactions["amount"] / planted
    assert ratio.mean() == pytest.approx(1, abs=4 * ratio.std() / math.sqrt(len(ratio)))


def test_the_summary_in_continuous_time_is_that_of_the_rows():
    made = simulate(n_customers=400)
    until = date(2020, 12, 31)
    found = made.customers(until).set_index("customer_id")
    seen = made.transactions[made.transactions["date"] <= pd.Timestamp(until)]
    assert (found["repeats"] + 1).tolist() == seen.groupby("customer_id").size().tolist()
    assert found["later_purchases"].sum() == len(made.transactions) - len(seen)
    assert found["later_value"].sum() == pytest.approx(made.transactions["amount"].sum() - seen["amount"].sum())
    # Booked by day, purchases of one day become one, and times lose their fractions.
    booked = customer_summary(clean_table(seen), observed_until=until).set_index("customer_id")
    assert (booked["repeats"] <= found["repeats"]).all()
    assert (booked["repeats"] == found["repeats"]).mean() > 0.9
    assert (found["T"] - booked["T"]).between(0, 1).all()
    same = booked["repeats"].eq(found["repeats"]) & (found["repeats"] > 0)
    assert found.loc[same, "mean_repeat_value"].to_numpy() == pytest.approx(booked.loc[same, "mean_repeat_value"])


def test_every_value_out_of_range_is_named_at_once():
    message = (
        r"(?s)r is 0; it is above 0.*gamma is inf; it is above 0.*a is -1; it is above 0, or 0 for customers who never "
        r"leave.*acquired_over_days is 548; it is 1 to the window's 547 days"
    )
    with pytest.raises(ParameterError, match=message):
        simulate(r=0, gamma=math.inf, a=-1, acquired_over_days=548)
    with pytest.raises(ParameterError, match="n_customers is 0; it is 1 or more"):
        simulate(n_customers=0)
    with pytest.raises(ParameterError, match="observed_until 2019-12-31 is before start 2020-01-01"):
        simulate(observed_until=date(2019, 12, 31), acquired_over_days=1)
