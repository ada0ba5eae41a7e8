"""Silences, the pace of customers and who is overdue, against arithmetic by hand, planted truth and what must hold."""

from datetime import date
from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma

from crmlab import suite
from crmlab.analyses import retention as r
from crmlab.analyses.retention import overdue, pace
from crmlab.errors import DataError, ParameterError
from crmlab.tables.frame import clean_table

CDNOW = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
UNTIL = date(1998, 6, 30)


def log(*rows: tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


@cache
def cdnow_frame() -> pd.DataFrame:
    frame = pd.read_csv(CDNOW, dtype={"customer_id": str, "sample_id": str}, parse_dates=["date"])
    return frame[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def cdnow() -> ibis.Table:
    return clean_table(cdnow_frame())


def test_silences_by_hand() -> None:
    table = log(("a", "2020-01-01", 5), ("a", "2020-01-11", 5), ("b", "2020-01-31", 5), ("a", "2020-01-11", 1))
    found = r.silences(table, observed_until=date(2020, 1, 31))
    # a: bought on days 0 and 10 (two rows of one day are one purchase), silent 10 days, then 20 to the end; b: today.
    assert found["customer_id"].tolist() == ["a", "a", "b"]
    assert found["purchase"].tolist() == [1, 2, 1]
    assert found["since_first"].tolist() == [0, 10, 0]
    assert found["days"].tolist() == [10, 20, 0]
    assert found["returned"].tolist() == [True, False, False]
    assert found["began"].tolist() == [18262, 18272, 18292]  # 50 years of 365 days and 12 leap days


def test_silence_needs_purchases_before_the_end() -> None:
    table = log(("a", "2020-01-01", 5), ("a", "2020-02-11", 5))
    with pytest.raises(DataError, match="after observed_until 2020-01-31"):
        r.silences(table, observed_until=date(2020, 1, 31))
    with pytest.raises(DataError, match="no purchase"):
        r.silences(log(("a", "2020-01-01", -5)), observed_until=date(2020, 1, 31))


def test_the_limit_by_hand() -> None:
    # k = 1: the next gap is Lomax: P(G > t) = ((α + s) / (α + s + t))^(r + x). With r = 1, α = 30, two gaps that add
    # up to 60 days: (90 / (90 + t))³ = 0.1 at t = 90 · (10^(1/3) − 1) = 103.9; half at 90 · (2^(1/3) − 1) = 23.4.
    known = pace.Pace(r=1, alpha=30, k=1, a=1, b=1, gaps=99, customers=99, log_likelihood=0)
    assert known.quantile(0.9, gaps=[2], days=[60]) == pytest.approx([90 * (10 ** (1 / 3) - 1)])
    assert known.quantile(0.5, gaps=[2], days=[60]) == pytest.approx([90 * (2 ** (1 / 3) - 1)])


def test_customers_with_many_gaps_have_their_own_limit() -> None:
    # 400 gaps of 10 days on average: the population no longer counts; k = 4 gives Gamma(4) gaps of mean 10.
    known = pace.Pace(r=1, alpha=30, k=4, a=1, b=1, gaps=99, customers=99, log_likelihood=0)
    assert known.quantile(0.9, gaps=[400], days=[4000])[0] == pytest.approx(gamma.ppf(0.9, 4, scale=2.5), rel=0.02)


def test_everyone_is_somewhere(cdnow: ibis.Table) -> None:
    found = r.customer_gaps(cdnow, observed_until=UNTIL)
    assert list(found.columns) == overdue.COLUMNS
    assert len(found) == found["customer_id"].nunique() == 2357
    late = found["days_since_last"] > found["limit_days"]
    assert late.equals(found["status"].isin(["overdue", "long_gone"]))
    assert (found["usual_gap_days"] < found["limit_days"]).all()
    assert found["value"].sum() == pytest.approx(cdnow_frame()["amount"].sum())


def test_shuffled_rows_and_new_names_change_nothing(cdnow: ibis.Table) -> None:
    frame = cdnow_frame()
    names = pd.Series(frame["customer_id"].unique())
    renamed = dict(zip(names, names.sample(frac=1, random_state=1), strict=True))
    other = frame.assign(customer_id=frame["customer_id"].map(renamed)).sample(frac=1, random_state=2)
    one = r.customer_gaps(cdnow, observed_until=UNTIL).set_index("customer_id")
    two = r.customer_gaps(clean_table(other), observed_until=UNTIL).set_index("customer_id")
    two = two.loc[[renamed[name] for name in one.index]]
    assert one["limit_days"].tolist() == two["limit_days"].tolist()
    assert one["status"].tolist() == two["status"].tolist()


def test_too_few_gaps_are_said_to_be_too_few() -> None:
    table = log(*((f"c{n}", "2020-01-01", 5.0) for n in range(50)))
    found = r.customer_gaps(table, observed_until=date(2020, 12, 31))
    assert set(found["status"]) == {"too_few_purchases"}
    assert found["limit_days"].isna().all()
    assert not found["reason"].str.contains("nan").any()
    with pytest.raises(DataError, match="came back 0 times in all; 20 gaps"):
        r.fit_pace(r.silences(table, observed_until=date(2020, 12, 31)))


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.9), (0.9, 0.9), (0.99, 0.9), (0.9, 1.0)])
def test_quantiles_are_in_order(cdnow: ibis.Table, low: float, high: float) -> None:
    with pytest.raises(ParameterError, match="must be in order"):
        r.customer_gaps(cdnow, observed_until=UNTIL, quantile=low, long_gone_quantile=high)


def test_customers_who_bought_once_have_the_limit_of_second_purchases() -> None:
    # 40 second purchases after 1, 2, …, 40 days, all followed to them: nine tenths within 36 days.
    rows = [(f"c{n:02}", str(date.fromordinal(737425 + shift)), 5.0) for n in range(1, 41) for shift in (0, n)]
    found = r.silences(log(*rows), observed_until=date.fromordinal(737425 + 40))
    assert overdue.second_purchase_limits(found, (0.5, 0.9)) == (20, 36)


def test_numbers_are_finite_for_identical_regular_customers() -> None:
    # Everyone buys every 30 days: k grows to its bound and limits settle near 30 days.
    first = date(2020, 1, 1).toordinal()
    rows = [(f"c{n}", str(date.fromordinal(first + n % 7 + 30 * step)), 5.0) for n in range(30) for step in range(10)]
    found = r.customer_gaps(log(*rows), observed_until=date.fromordinal(first + 285))
    assert np.isfinite(found["limit_days"]).all()
    assert found["limit_days"].between(29, 40).all()
    assert set(found["status"]) == {"within_gap"}
