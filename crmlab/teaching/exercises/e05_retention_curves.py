"""Exercises of 05: a loss over years as a yearly rate, what sorting predicts, and churn that falls by itself."""

import math

import numpy as np
import pandas as pd

from crmlab.client import Client
from crmlab.language import tr
from crmlab.models import contracts
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise, relative

RENEWALS_SEEN, RENEWAL_ASKED = 4, 8


@exercise("05.1")
def yearly_loss(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """The yearly loss behind a loss over several years, if it is the same every year."""
    lost, years = float(rng.choice([0.4, 0.45, 0.5, 0.55, 0.6])), int(rng.integers(3, 9))
    return Task(
        given=(
            Given("lost", lost, tr("share of the customers lost"), "share"),
            Given("years", years, tr("years in which they were lost"), "count"),
        ),
        answer=contracts.implied_churn(lost, years),
        tolerance=relative(0.01),
        expects=tr("a share lost in each year, between 0 and 1"),
        wrong=(
            Wrong(lost / years, tr("You divided by the years. Each year loses a share of those who are still there.")),
            Wrong(
                -math.log(1 - lost) / years,
                tr("That is a rate per instant; asked is the share that is gone after a whole year."),
            ),
            Wrong((1 - lost) ** (1 / years), tr("That is the share kept in a year; asked is the share lost.")),
        ),
    )


@exercise("05.2")
def left_at_the_eighth_renewal(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """How many of 1,000 customers are left after eight renewals, by the sBG and by one rate for all.

    With the cohort of Fader and Hardie (2007), 1000, 631, 468, 382, 326: 210 and 79; joining the ends gives 106.
    """
    counts = _cohort(rng, alpha=float(rng.uniform(0.6, 0.9)), beta=float(rng.uniform(1.1, 1.6)))
    sbg, one_rate = (fit(counts, time_unit="year") for fit in (contracts.fit_sbg, contracts.fit_geometric))
    ends = contracts.endpoint_geometric(counts, time_unit="year")
    sorted_left, flat_left, joined = (1000 * float(one.survival(RENEWAL_ASKED)) for one in (sbg, one_rate, ends))
    table = pd.DataFrame({"renewals": range(RENEWALS_SEEN + 1), "customers": counts})
    return Task(
        given=(Given("left", table, tr("Customers left."), units={"renewals": "count", "customers": "count"}),),
        answer=(sorted_left, flat_left),
        tolerance=absolute(2.0),
        expects=tr(
            "two numbers of customers left after eight renewals: by the sBG, and by one rate by maximum likelihood"
        ),
        wrong=(
            Wrong(
                (sorted_left, joined),
                tr("One rate through the two ends leaves out what lies between; use all renewals."),
            ),
            Wrong((flat_left, sorted_left), tr("You have them the wrong way round: sorting leaves more customers.")),
            Wrong((joined, flat_left), tr("The first is one rate through the ends; the sBG lets customers differ.")),
        ),
    )


@exercise("05.3")
def churn_of_the_sixth_year(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """What share of those left leaves in the sixth year, in a firm simulated with 6,000 customers who differ."""
    alpha, beta = float(rng.uniform(0.5, 0.9)), float(rng.uniform(1.5, 3.0))
    counts = _cohort(rng, alpha=alpha, beta=beta, customers=6000, renewals=5)
    sbg = contracts.fit_sbg(counts, time_unit="year")
    one_rate = contracts.fit_geometric(counts, time_unit="year")
    table = pd.DataFrame({"renewals": range(len(counts)), "customers": counts})
    return Task(
        given=(Given("left", table, tr("Customers left."), units={"renewals": "count", "customers": "count"}),),
        answer=float(sbg.churn_after(np.array([5]))[0]),
        tolerance=relative(0.02),
        expects=tr("the share of those left after five renewals that the sBG expects to leave at the sixth"),
        wrong=(
            Wrong(
                one_rate.params["churn"], tr("That is one rate for all years; those who are left are the loyal ones.")
            ),
            Wrong(1 - counts[1] / counts[0], tr("That is the first year, when everybody is still there.")),
            Wrong(
                float(sbg.survival(5) - sbg.survival(6)),
                tr("That is a share of all who began; asked is of those who are left."),
            ),
        ),
    )


def _cohort(
    rng: np.random.Generator, *, alpha: float, beta: float, customers: int = 1000, renewals: int = RENEWALS_SEEN
) -> list[int]:
    """Survivors of one cohort whose members each leave at a chance of their own."""
    churn = rng.beta(alpha, beta, size=customers)
    lifetimes = rng.geometric(np.clip(churn, 1e-9, 1.0))
    return [int((lifetimes > made).sum()) for made in range(renewals + 1)]
