"""Exercises of 04: scores, moves between states, and where moves lead in the long run."""

import numpy as np
import pandas as pd

from crmlab.analyses import segments
from crmlab.client import Client
from crmlab.display import Unit
from crmlab.language import tr, translated
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise

PLACES = ("in touch", "at risk", "lapsed")


@exercise("04.1")
def scores_of_a_customer(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """The RFM scores of one of nine customers, three of them for each score."""
    customers = pd.DataFrame(
        {
            "customer_id": list("ABCDEFGHI"),
            "days_since_last": rng.choice(np.arange(1, 365), size=9, replace=False),
            "purchases": rng.choice(np.arange(1, 40), size=9, replace=False),
            "value": rng.choice(np.arange(10, 900), size=9, replace=False) * 1.0,
        }
    )
    scored = segments.rfm(customers).table.set_index("customer_id")
    clear = scored[(scored["r"] != 2) & (scored["r"] != scored["f"])]  # noqa: PLR2004 - the middle turned is itself
    asked = str(rng.choice(clear.index))
    r, f, m = (int(scored[name].to_dict()[asked]) for name in "rfm")
    units: dict[str, Unit] = {"days_since_last": "days", "purchases": "count", "value": "number"}
    return Task(
        given=(
            Given("customer", asked, tr("customer"), "text"),
            Given("customers", customers, tr("All customers of a small firm."), units=units),
        ),
        answer=f"{r}-{f}-{m}",
        expects=tr("three scores from 1 to 3 as text, recency first: such as '1-2-3', where 3 is best"),
        wrong=(
            Wrong(f"{4 - r}-{f}-{m}", tr("Recency counts the other way: few days since the last purchase are good.")),
            Wrong(f"{f}-{r}-{m}", tr("Mind the order: recency, frequency, monetary value.")),
            Wrong(f"{4 - r}-{4 - f}-{4 - m}", tr("Here 3 is best, not 1.")),
        ),
    )


@exercise("04.2")
def chance_of_a_move(shop: Client, rng: np.random.Generator) -> Task:
    """The share of customers in one state who are in another a month later, on this client's data."""
    sales, until = shop.table("transactions"), shop.observed_until
    rules = segments.rules_from_gaps(segments.history(sales, until=until), period_months=1)
    past = segments.panel(sales, observed_until=until, rules=rules, period_months=1, periods=24)
    moved = segments.transitions(past)
    pairs = [("active", "at_risk"), ("at_risk", "active"), ("at_risk", "lapsed"), ("loyal", "active")]
    before, after = pairs[int(rng.integers(len(pairs)))]
    counts = moved.table.assign(moves=moved.table["value"] * moved.table["n"])
    asked = counts[(counts["before"] == before) & (counts["after"] == after)].iloc[0]
    arrived = counts.loc[counts["after"] == after, "moves"].sum()
    started = counts.drop_duplicates("before")["n"].sum()
    return Task(
        given=(
            Given("before", before, tr("state when a month begins"), "label"),
            Given("after", after, tr("state when it ends"), "label"),
            Given("periods", 24, tr("latest months that are looked at, if there are as many"), "count"),
        ),
        answer=float(asked["value"]),
        tolerance=absolute(0.002),
        expects=tr("a share of the customers in the first state, between 0 and 1"),
        wrong=(
            Wrong(
                float(asked["moves"] / arrived),
                tr("You divided by all who arrived; asked is of those who started there."),
            ),
            Wrong(
                float(asked["moves"] / started),
                tr("You divided by all customers; asked is of those in the first state."),
            ),
        ),
    )


@exercise("04.3")
def long_run_share(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """Where another firm's customers end up in the long run, if its table of moves never changes."""
    matrix = rng.dirichlet((1.5, 1.5, 1.5), size=3).round(2)
    matrix[:, 2] = (1 - matrix[:, 0] - matrix[:, 1]).round(2)
    long_run = _stationary(matrix)
    place = int(rng.integers(3))
    names = [translated(name) for name in PLACES]
    table = pd.DataFrame(matrix, columns=names).assign(before=names)[["before", *names]]
    return Task(
        given=(
            Given("place", names[place], tr("the state asked for"), "text"),
            Given(
                "moves", table, tr("Moves in a month: rows are the state before."), units=dict.fromkeys(names, "share")
            ),
        ),
        answer=float(long_run[place]),
        tolerance=absolute(0.003),
        expects=tr("a share of all customers, between 0 and 1"),
        wrong=(
            Wrong(float(matrix[:, place].mean()), tr("That is where equal parts of the states are after one month.")),
            Wrong(float(matrix[place, place]), tr("That is the share who stay; in the long run others arrive, too.")),
            Wrong(
                float(_stationary(matrix.T / matrix.T.sum(axis=1, keepdims=True))[place]),
                tr("Rows are the state before: you took the table the other way round."),
            ),
        ),
    )


def _stationary(matrix: np.ndarray) -> np.ndarray:
    """The shares that a month's moves leave as they are."""
    states = len(matrix)
    system = np.vstack([matrix.T - np.eye(states), np.ones(states)])
    found: np.ndarray = np.linalg.lstsq(system, np.append(np.zeros(states), 1.0), rcond=None)[0]
    return found
