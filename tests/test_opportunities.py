from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.models import fit_bgbb
from crmlab.simulate import bgbb_histories
from crmlab.summary import opportunity_summary
from crmlab.tables.frame import clean_table


def log(*rows):
    table = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(table.assign(date=pd.to_datetime(table["date"])))


ROWS = (
    # ann: January (twice), March, May; bob: February alone; cem: first on the last of May.
    ("ann", "2021-01-05", 10.0),
    ("ann", "2021-01-20", 10.0),
    ("ann", "2021-03-31", 10.0),
    ("ann", "2021-05-01", 10.0),
    ("bob", "2021-02-14", 10.0),
    ("cem", "2021-05-31", 10.0),
)


def summary(period, until):
    found = opportunity_summary(log(*ROWS), observed_until=until, period=period)
    return {row.customer_id: (row.x, row.t_x, row.n) for row in found.itertuples()}


def test_months_by_hand():
    # Up to the end of May: after January ann could buy in four months, bought in two, last in the fourth.
    found = summary("month", date(2021, 5, 31))
    assert found == {"ann": (2, 4, 4), "bob": (0, 0, 3), "cem": (0, 0, 0)}


def test_a_period_cut_short_is_no_opportunity():
    rows = [row for row in ROWS if row[0] != "cem"]
    found = opportunity_summary(log(*rows), observed_until=date(2021, 5, 30), period="month")
    # May has a day to go: ann's purchase of 1 May is left out.
    assert found.to_numpy().tolist() == [["ann", 1, 2, 3], ["bob", 0, 0, 2]]


def test_quarters_and_weeks_by_hand():
    # Up to 30 June two quarters: ann bought in both.
    assert summary("quarter", date(2021, 6, 30)) == {"ann": (1, 1, 1), "bob": (0, 0, 1), "cem": (0, 0, 0)}
    # Weeks from Monday 4 January (ann's first): 18 January is the 3rd, 29 March the 13th, 26 April the 17th, and
    # Sunday 6 June ends the 22nd. bob's is that of 8 February, the 6th; cem's that of 31 May, the last.
    assert summary("week", date(2021, 6, 6)) == {"ann": (3, 16, 21), "bob": (0, 0, 16), "cem": (0, 0, 0)}


def test_the_histories_are_those_the_purchases_were_drawn_from():
    made = bgbb_histories(np.random.default_rng(3), n_customers=400, n_opportunities=11)
    months = pd.date_range("2020-01-17", periods=12, freq=pd.DateOffset(months=1))
    customer, opportunity = np.nonzero(np.column_stack([np.ones(400, dtype=bool), made.bought]))
    rows = pd.DataFrame(
        {
            "customer_id": made.truth["customer_id"].to_numpy()[customer],
            "date": months[opportunity],
            "amount": 5.0,
        }
    )
    found = opportunity_summary(clean_table(rows), observed_until=date(2020, 12, 31), period="month")
    expected = made.customers(11)[["customer_id", "x", "t_x", "n"]]
    assert found.to_numpy().tolist() == expected.to_numpy().tolist()
    assert fit_bgbb(found).params == fit_bgbb(expected).params


def test_what_cannot_be_is_said():
    with pytest.raises(ParameterError, match="period is 'year'; it is one of 'week', 'month', 'quarter'"):
        summary("year", date(2021, 5, 31))
    with pytest.raises(DataError, match="kept transactions are dated after observed_until 2021-05-30"):
        summary("month", date(2021, 5, 30))
    with pytest.raises(DataError, match="no purchase in a whole quarter up to 2021-02-14"):
        opportunity_summary(log(ROWS[4]), observed_until=date(2021, 2, 14), period="quarter")
