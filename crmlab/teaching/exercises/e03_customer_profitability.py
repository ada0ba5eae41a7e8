"""Exercises of notebook 03: the peak of a whale, what the last customers leave by another base, a cost magnet."""

from math import ceil

import numpy as np
import pandas as pd

from crmlab.analyses import profitability
from crmlab.client import Client
from crmlab.display import Unit
from crmlab.language import mark, tr
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise, relative

TEN = (90, 60, 40, 25, 10, 5, 0, -10, -30, -50)
SERVICES = "cost_events"
TABLES = ("transactions", SERVICES, "fixed_costs", "economy")
_told: dict[str, pd.DataFrame] = {}


@exercise("03.1")
def whale_peak(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every exercise is given the client
    """The peak of the whale curve of ten customers, as money and as a share of all profit."""
    steps = rng.integers(-4, 5, len(TEN))
    profits = pd.Series([profit + (step if profit else 0) for profit, step in zip(TEN, steps, strict=True)])
    table = pd.DataFrame({"customer": list("ABCDEFGHIJ"), "profit": rng.permutation(profits.to_numpy(dtype=float))})
    gains, total = float(profits.clip(lower=0).sum()), float(profits.sum())
    losses = total - gains
    return Task(
        given=(Given("table", table, tr("ten customers and their profit"), units={"profit": "count"}),),
        answer=(gains, gains / total),
        tolerance=(absolute(0.5), relative(0.005)),
        expects=tr("two numbers: the height in money, and the same as a share of the profit of all ten (1.5 is 150 %)"),
        wrong=(
            Wrong(
                (gains, gains / (gains - losses)),
                tr("You divided by gains and losses added up; a loss takes away from all."),
            ),
            Wrong(
                (total, 1.0), tr("That is where the curve ends. It was higher before the losses took something back.")
            ),
            Wrong(
                (gains, total / gains),
                tr("You divided the wrong way round: the curve is measured in the profit of all."),
            ),
        ),
    )


@exercise("03.2")
def last_customers(shop: Client, rng: np.random.Generator) -> Task:
    """How much more the least profitable customers would seem to leave if serving were spread by another base.

    A client whose services are not known is no client to ask of; then it is the teaching company.
    """
    asked = shop if SERVICES in shop.tables else Client.open("negin")
    found = _contributions(asked)
    names = {
        mark("by events"): tr("by events"),
        mark("by volume"): tr("by volume"),
        mark("not at all"): tr("not at all"),
    }
    base = str(rng.choice(list(names)))
    share = float(rng.integers(5, 21)) / 100
    n = ceil(share * len(found))
    own, other = (found[name].sort_values(kind="stable") for name in ("by time", base))
    last = own.index[:n]
    difference = float(found.loc[last, base].sum() - own.iloc[:n].sum())
    return Task(
        given=(
            Given("client", asked.id, tr("whose customers"), "text"),
            Given("share", share, tr("the least profitable share of the customers, by time"), "share"),
            Given("base", base, tr("how the cost to serve is spread instead"), "label"),
        ),
        answer=difference,
        tolerance=relative(0.005),
        expects=tr("an amount of money: the sum by the other base less the sum by time, of the same customers"),
        wrong=(
            Wrong(
                float(other.iloc[:n].sum() - own.iloc[:n].sum()),
                tr("You took the last customers anew for each base; stay with those who are last by time."),
            ),
            Wrong(-difference, tr("The size is right, but you took the difference the other way round.")),
            Wrong(
                difference / n, tr("That is the difference for one customer; the sum over all of them is asked for.")
            ),
        ),
    )


def _contributions(shop: Client) -> pd.DataFrame:
    """Each customer's contribution by each base, for the last two years, as the notebook has it by default."""
    if shop.data_key not in _told:  # the account takes seconds, and every student of a class asks for it
        _told.clear()
        _told[shop.data_key] = _account_of(shop)
    return _told[shop.data_key]


def _account_of(shop: Client) -> pd.DataFrame:
    tables = {name: shop.table(name) for name in TABLES if name in shop.tables}
    rate = shop.economics.margin_rate
    return profitability.contributions(
        profitability.account(tables, observed_until=shop.observed_until, margin_rate=rate)
    )


@exercise("03.3")
def cost_magnet(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - another company's customers
    """What a large customer of another company shows after its share of fixed costs, and the firm without it."""
    table, fixed = _case(rng)
    found = profitability.absorbed(table, fixed)
    full, without = float(found["full_profit"].iloc[0]), float(found["firm_without"].iloc[0])
    contribution, now = float(table["contribution"].iloc[0]), float(table["contribution"].sum() - fixed)
    units: dict[str, Unit] = {"contribution": "count", "volume": "share"}
    return Task(
        given=(
            Given(
                "table",
                table,
                tr("customers of another company; volume is their share of it"),
                units=units,
                headings={"volume": tr("share of the volume")},
            ),
            Given("fixed", fixed, tr("fixed costs, spread by volume"), "count"),
        ),
        answer=(full, without),
        tolerance=(absolute(0.5), absolute(0.5)),
        expects=tr("two amounts: what A shows after its share of the fixed costs, and the firm's profit if A goes"),
        wrong=(
            Wrong((full, now - full), tr("You let A's share of the fixed costs go with A; the fixed costs stay.")),
            Wrong(
                (contribution, without),
                tr("What A shows is less: its share of the fixed costs still has to be taken off."),
            ),
            Wrong(
                (contribution - fixed / len(table), without),
                tr("You spread the fixed costs evenly; here they are spread by volume."),
            ),
        ),
    )


def _case(rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
    """Customers of whom the largest contributes, is charged more than it contributes, and carries the firm."""
    while True:
        contributions = np.concatenate([10.0 * rng.integers(28, 41, 1), 10.0 * rng.integers(6, 15, 3)])
        fixed = float(contributions.sum() - 10 * rng.integers(4, 13))
        largest = float(rng.choice([0.55, 0.60, 0.65]))
        volumes = np.array([largest, 0.5 - largest / 2, 0.3 - 0.3 * largest, 0.2 - 0.2 * largest])
        if contributions[0] < largest * fixed and fixed > 0:
            customers = list("ABCD")
            return pd.DataFrame({"customer": customers, "contribution": contributions, "volume": volumes}), fixed
