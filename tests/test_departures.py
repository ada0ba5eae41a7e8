"""Customers who leave at a pace of the times: lifetimes as planted, purchases cut off, inputs left alone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from crmlab.errors import ParameterError
from crmlab.simulate import PurchaseHistories, purchase_histories, with_departures

START, END = date(2019, 1, 1), date(2021, 12, 31)


def staying(n: int = 2000) -> PurchaseHistories:
    return purchase_histories(
        np.random.default_rng(1), n_customers=n, start=START, observed_until=END, acquired_over_days=100
    )


def test_nobody_buys_after_leaving_and_everything_before_stays() -> None:
    before = staying()
    after = with_departures(before, np.random.default_rng(2), mean_lifetime_days=200)
    left = after.transactions["customer_id"].map(after.truth.set_index("customer_id")["left"])
    assert (after.transactions["date"] <= left.fillna(pd.Timestamp(END))).all()
    gone = before.transactions["customer_id"].map(after.truth.set_index("customer_id")["left"])
    kept = before.transactions[~(before.transactions["date"] > gone)].reset_index(drop=True)
    pd.testing.assert_frame_equal(after.transactions, kept)


def test_lifetimes_are_exponential() -> None:
    after = with_departures(staying(), np.random.default_rng(3), mean_lifetime_days=60)
    lived = (after.truth["left"] - after.truth["acquired"]).dt.days.dropna()
    # With a mean of 60 days hardly anybody is left after 996 days, so nothing is cut off; whole days are rounded down.
    assert len(lived) == 2000
    assert kstest(lived + 0.5, "expon", args=(0, 60)).pvalue > 0.001


def test_from_a_day_on_customers_leave_sooner() -> None:
    shock = date(2020, 7, 1)
    one, two = (
        with_departures(staying(), np.random.default_rng(4), mean_lifetime_days=730, **more)
        for more in ({}, {"sooner_from": shock, "sooner_lifetime_days": 73.0})
    )
    early = one.truth["left"] < pd.Timestamp(shock)
    pd.testing.assert_series_equal(one.truth.loc[early, "left"], two.truth.loc[early, "left"])
    days = (two.truth.loc[~early, "left"].fillna(pd.Timestamp(END)) - pd.Timestamp(shock)).dt.days
    assert days.mean() == pytest.approx(73, rel=0.1)  # memoryless: what is left has the new mean
    assert one.truth.loc[~early, "left"].notna().mean() < two.truth.loc[~early, "left"].notna().mean()


def test_the_histories_given_are_left_as_they_were() -> None:
    before = staying(50)
    copies = before.transactions.copy(), before.truth.copy()
    with_departures(before, np.random.default_rng(5), mean_lifetime_days=10)
    pd.testing.assert_frame_equal(before.transactions, copies[0])
    pd.testing.assert_frame_equal(before.truth, copies[1])


def test_what_cannot_be_is_refused_together() -> None:
    with pytest.raises(ParameterError, match=r"(?s)mean_lifetime_days is 0.*sooner_from and sooner_lifetime_days"):
        with_departures(staying(5), np.random.default_rng(6), mean_lifetime_days=0, sooner_from=START)
