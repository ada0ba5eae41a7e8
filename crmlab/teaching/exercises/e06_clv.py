"""Exercises of 06: the formula for contracts, the unit of time, and picking customers by what they will bring."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from crmlab.analyses import value
from crmlab.client import Client
from crmlab.display import Unit
from crmlab.language import tr
from crmlab.summary import customer_summary
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise, relative

SPLIT = date(1997, 9, 30)
MONTHLY_DISCOUNT = 0.01
MONTHS_OF_360_WEEKS = 83  # as far as one looks who takes weeks for days: twelve months of thirty


@exercise("06.1")
def value_of_a_contract(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """What a contract customer is worth from the next period on: margin 100, retention .8, discount .1 give 266.67."""
    margin, retention = float(rng.integers(5, 40) * 10), float(rng.choice([0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9]))
    discount = float(rng.choice([0.08, 0.1, 0.12, 0.15, 0.2]))
    return Task(
        given=(
            Given("margin", margin, tr("margin in each period"), "number"),
            Given("retention", retention, tr("share kept from one period to the next"), "share"),
            Given("discount", discount, tr("discount rate for each period"), "share"),
        ),
        answer=value.contract_value(margin, retention, discount),
        tolerance=relative(0.002),
        expects=tr("the present value of all margins from the next period on"),
        wrong=(
            Wrong(
                value.contract_value(margin, retention, discount, today=True),
                tr("You counted a margin that is paid today; asked is from the next period on."),
            ),
            Wrong(
                margin / (1 + discount - retention), tr("The first margin comes only from those who stayed until then.")
            ),
            Wrong(
                margin / (1 - retention),
                tr("That is margin times expected life: neither discounted nor from next period on."),
            ),
            Wrong(margin * retention / (1 - retention), tr("Money of later periods is worth less today: discount it.")),
        ),
    )


@exercise("06.2")
def a_year_of_cdnow(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """Expected month-end-discounted revenue of one CDNOW customer over twelve months; 36.28 for the first customer."""
    known, fit = _cdnow()
    some = known[known["repeats"].between(1, 6)].sort_values(["repeats", "t_x", "T", "total_value"])
    row = some.iloc[[int(rng.integers(len(some)))]]
    answer, weeks_as_days, undiscounted = (
        _expected(fit, row, months=months, discount=discount)
        for months, discount in (
            (12, MONTHLY_DISCOUNT),
            (MONTHS_OF_360_WEEKS, MONTHLY_DISCOUNT * 12 / MONTHS_OF_360_WEEKS),
            (12, 0.0),
        )
    )
    rate = float(row["repeats"].iloc[0] / row["T"].iloc[0] * 365.25 * row["mean_repeat_value"].iloc[0])
    facts = row.iloc[0]
    return Task(
        given=(
            Given("customer", str(facts["customer_id"]), tr("customer of cdnow"), "text"),
            Given("split", SPLIT.isoformat(), tr("last day seen"), "text"),
            Given("repeats", int(facts["repeats"]), tr("repeat purchases until then"), "count"),
            Given("t_x", int(facts["t_x"]), tr("first to last purchase"), "days"),
            Given("T", int(facts["T"]), tr("first purchase to the last day seen"), "days"),
            Given("mean_value", float(facts["mean_repeat_value"]), tr("mean repeat purchase, dollars"), "number"),
            Given("monthly_discount", MONTHLY_DISCOUNT, tr("discount rate for each month, at its end"), "share"),
        ),
        answer=answer,
        tolerance=relative(0.01),
        expects=tr("expected revenue of twelve months by BG/NBD and independent Gamma–Gamma, in dollars"),
        wrong=(
            Wrong(weeks_as_days, tr("Mind the unit of time: the forecast looks many times too far ahead.")),
            Wrong(undiscounted, tr("Each month's revenue is discounted to the last day seen, at the month's end.")),
            Wrong(rate, tr("That repeats the past; the model allows for the customer having left, and for luck.")),
        ),
    )


@exercise("06.3")
def picked_by_expectation(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """What the top fifth by expected purchases bought afterwards, in a company whose customers never leave."""
    r, alpha = 1.2, float(rng.uniform(0.3, 0.8))
    rates = rng.gamma(r, 1 / alpha, size=300)
    years = rng.uniform(0.25, 3.0, size=300).round(2)
    table = pd.DataFrame({"customer": range(1, 301), "years_known": years, "bought": rng.poisson(rates * years)})
    table["bought_later"] = rng.poisson(rates)
    expected = (r + table["bought"]) / (alpha + table["years_known"])
    later = float(table["bought_later"].sum())

    def brought(score: pd.Series) -> float:
        return float(table["bought_later"][score.nlargest(60).index].sum() / later)

    units: dict[str, Unit] = {"customer": "count", "years_known": "number", "bought": "count", "bought_later": "count"}
    return Task(
        given=(
            Given("r", r, tr("r of the buying rates"), "number"),
            Given("alpha", alpha, tr("alpha of the buying rates, in years"), "index"),
            Given("customers", table, tr("Purchases so far, and in the year after."), units=units),
        ),
        answer=brought(expected),
        tolerance=absolute(0.004),
        expects=tr("the share of all later purchases made by the fifth with the highest expected purchases"),
        wrong=(
            Wrong(brought(table["bought"]), tr("You picked by past purchases: whoever was known longer bought more.")),
            Wrong(
                brought(table["bought_later"]), tr("You picked by what came later, which nobody knows when picking.")
            ),
            Wrong(
                brought(table["bought"] / table["years_known"]),
                tr("The bare rate trusts short histories too much; r and alpha temper it."),
            ),
        ),
    )


@cache
def _cdnow() -> tuple[pd.DataFrame, value.Fit]:
    """CDNOW's customers as they stood at `SPLIT`, and the models fitted to them."""
    sales = Client.open("cdnow").table("transactions")
    known = customer_summary(value.log.until_day(sales, SPLIT), observed_until=SPLIT)
    return known, value.fit_both(known).with_independent_spend()


def _expected(fit: value.Fit, row: pd.DataFrame, *, months: int, discount: float) -> float:
    assert fit.buying is not None  # noqa: S101 - CDNOW's models are known to fit
    assert fit.spending is not None  # noqa: S101
    yearly = (1 + discount) ** 12 - 1
    found = value.expected_value(
        fit.buying, fit.spending, row, horizon_months=months, discount_rate_per_year=yearly, paid_at="end"
    )
    return float(found.iloc[0])
