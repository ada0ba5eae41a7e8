import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import ParameterError
from crmlab.simulate import pareto_nbd_histories

START, END = date(2020, 1, 1), date(2021, 6, 30)  # 547 days


def simulate(seed=7, n_customers=3000, **options):
    world = {"start": START, "observed_until": END, **options}
    return pareto_nbd_histories(np.random.default_rng(seed), n_customers=n_customers, **world)


def test_rows_and_truth_stand_as_described():
    made = simulate()
    rows, truth = made.transactions, made.truth
    assert list(rows.columns) == ["customer_id", "date", "amount"]
    names = ["customer_id", "acquired", "purchases_per_week", "departures_per_week", "mean_spend", "left"]
    assert list(truth.columns) == names
    assert rows["customer_id"].unique().tolist() == truth["customer_id"].tolist()
    assert rows["date"].between(pd.Timestamp(START), pd.Timestamp(END)).all()
    assert (rows["amount"] >= 0.01).all()
    assert rows.groupby("customer_id")["date"].min().to_numpy().tolist() == truth["acquired"].to_numpy().tolist()


def test_nobody_buys_after_leaving_and_most_leave_some_time_after_their_last_purchase():
    made = simulate()
    last = made.transactions.groupby("customer_id")["date"].max()
    left = made.truth.set_index("customer_id")["left"].dropna()
    assert 1000 < len(left) < 3000
    assert (last[left.index] <= left).all()
    assert (last[left.index] < left).mean() > 0.8


def test_the_same_seed_gives_the_same_histories():
    assert_frame_equal(simulate().transactions, simulate().transactions)
    assert_frame_equal(simulate().truth, simulate().truth)


def test_purchases_come_and_customers_leave_as_the_model_says():
    # Schmittlein, Morrison and Colombo (1987), in weeks, for customers who all join on the first day: a mean of
    # r β / (α (s − 1)) · (1 − (β / (β + t))^(s−1)) purchases, and (β / (β + t))^s of them still customers.
    r, alpha, s, beta, t = 1.0, 6.0, 0.8, 15.0, 546.5 / 7
    made = simulate(n_customers=40_000, r=r, alpha=alpha, s=s, beta=beta, acquired_over_days=1)
    closed = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1))
    repeats = made.customers(END)["repeats"]
    # Joining at any hour of the first day changes the time by less than a hundredth of a week on average.
    assert repeats.mean() == pytest.approx(closed, abs=4 * repeats.std() / 200)
    here = (beta / (beta + t)) ** s
    assert made.truth["left"].isna().mean() == pytest.approx(here, abs=4 * math.sqrt(here * (1 - here) / 40_000))


def test_rates_have_the_planted_means():
    truth = simulate(n_customers=40_000, r=2.0, alpha=8.0, s=3.0, beta=30.0).truth
    assert truth["purchases_per_week"].mean() == pytest.approx(2 / 8, abs=4 * math.sqrt(2) / 8 / 200)
    assert truth["departures_per_week"].mean() == pytest.approx(3 / 30, abs=4 * math.sqrt(3) / 30 / 200)


def test_without_leaving_purchases_are_negative_binomial():
    made = simulate(n_customers=40_000, r=0.8, alpha=8.0, s=0, acquired_over_days=1)
    assert made.truth["left"].isna().all()
    assert (made.truth["departures_per_week"] == 0).all()
    found, weeks = made.customers(END)["repeats"], 546.5 / 7
    mean = 0.8 * weeks / 8.0
    variance = mean + mean**2 / 0.8
    assert found.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / 40_000))
    assert found.var() == pytest.approx(variance, rel=0.05)


def test_every_value_out_of_range_is_named_at_once():
    message = (
        r"(?s)r is 0; it is above 0.*gamma is inf; it is above 0.*s is -1; it is above 0, or 0 for customers who never "
        r"leave.*acquired_over_days is 548; it is 1 to the window's 547 days"
    )
    with pytest.raises(ParameterError, match=message):
        simulate(r=0, gamma=math.inf, s=-1, acquired_over_days=548)
    with pytest.raises(ParameterError, match="n_customers is 0; it is 1 or more"):
        simulate(n_customers=0)
    with pytest.raises(ParameterError, match="observed_until 2019-12-31 is before start 2020-01-01"):
        simulate(observed_until=date(2019, 12, 31), acquired_over_days=1)
