"""Exercises of 21: how well a scale measures, whether two marks mean the same customers, marks that flip by chance."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import f

from crmlab.analyses import value_chain
from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.language import count, tr
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise

BASE = [[4, 5, 4], [3, 3, 2], [5, 5, 5], [2, 3, 2], [4, 4, 3]]
STATEMENTS = ["statement_1", "statement_2", "statement_3"]
LEVEL = 0.95
CUSTOMERS = 400
APART = 0.02  # how far right and typical wrong answers lie apart at least
_EXPECTED: dict[str, tuple[pd.DataFrame, float, str]] = {}


@exercise("21.1")
def reliability_of_a_scale(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """α of five people and three statements with Feldt's interval; the table 4 5 4, 3 3 2, … gives .964 (.82–.996)."""
    scores = _scores(rng)
    n, k = scores.shape
    found = value_chain.alpha(scores, level=LEVEL)
    table = pd.DataFrame(scores, columns=STATEMENTS)
    return Task(
        given=(
            Given(
                "scores",
                table,
                tr("Answers of five people, 1 to 5"),
                units=dict.fromkeys(STATEMENTS, "count"),
                headings={name: tr("statement {n}", n=count(place)) for place, name in enumerate(STATEMENTS, 1)},
            ),
            Given("level", LEVEL, tr("level of the interval"), "share"),
        ),
        answer=(found.value, float(found.low or 0), float(found.high or 0)),
        tolerance=(absolute(0.002), absolute(0.01), absolute(0.002)),
        expects=tr("Cronbach's α, and the lower and the upper end of its interval by Feldt, in this order"),
        wrong=(
            Wrong(
                _with_ends(found.value * (k - 1) / k, n - 1, (n - 1) * (k - 1)),
                tr("You left out the factor by which the number of statements exceeds that number less one."),
            ),
            Wrong(
                _with_ends(found.value, (n - 1) * (k - 1), n - 1),
                tr("α is right. In the interval the degrees of freedom are the other way round: people come first."),
            ),
            Wrong(
                _with_ends(_transposed(scores), k - 1, (n - 1) * (k - 1)),
                tr("You took people for statements: variances of statements run down a column."),
            ),
        ),
    )


@exercise("21.2")
def value_and_influence(shop: Client, rng: np.random.Generator) -> Task:
    """Jaccard index of customers expected to carry so many times their fixed cost, and those whom anybody followed."""
    table, fixed, name = _expected(shop)
    times = float(rng.choice([0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0]))
    valued, followed = table["expected"] > times * fixed, table["followers"] > 0
    both, either = int((valued & followed).sum()), int((valued | followed).sum())
    return Task(
        given=(
            Given("client", name, tr("the client asked about"), "text"),
            Given(
                "times",
                times,
                tr("of high value: expected to leave more than so many times the fixed cost of one"),
                "number",
            ),
            Given("fixed_of_one", fixed, tr("fixed cost of one customer of the year"), "number"),
            Given(
                "customers",
                table,
                tr("Expected contribution of the year to come, and people who bought after a good word"),
                units={"expected": "number", "followers": "count"},
                headings={"customer_id": tr("customer"), "expected": tr("expected"), "followers": tr("followers")},
            ),
        ),
        answer=both / either,
        tolerance=absolute(0.0005),
        expects=tr("the Jaccard index of the two groups, a share between 0 and 1"),
        wrong=tuple(
            Wrong(value, hint)
            for value, hint in (
                (
                    both / max(int(followed.sum()), 1),
                    tr("That is the share of the followed who are of high value; divide by all who are either."),
                ),
                (
                    both / max(int(valued.sum()), 1),
                    tr("That is the share of those of high value who are followed; divide by all who are either."),
                ),
                (
                    both / (int(valued.sum()) + int(followed.sum())),
                    tr("Who is in both groups was counted twice below the line."),
                ),
                (both / len(table), tr("Customers who are in neither group say nothing of the overlap.")),
            )
            if abs(value - both / either) > 0.0011  # noqa: PLR2004 - twice the tolerance and a little
        ),
    )


@exercise("21.3")
def marks_of_customers_who_never_change(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - other data
    """Share of marks that flip within a year in a firm whose customers all keep their own rate of buying."""
    least = int(rng.integers(4, 8))
    while True:
        rate = rng.gamma(0.8, 3.5, CUSTOMERS)
        years = pd.DataFrame({"first_year": rng.poisson(rate), "second_year": rng.poisson(rate)})
        was, now = years["first_year"] >= least, years["second_year"] >= least
        flips = float((was & ~now).sum() / was.sum())
        others = {
            "of_all": float((was != now).mean()),
            "kept": 1 - flips,
            "backwards": float((now & ~was).sum() / max(now.sum(), 1)),
        }
        if min(abs(flips - other) for other in others.values()) > APART:
            break
    return Task(
        given=(
            Given("least", least, tr("purchases in a year from which a customer is marked"), "count"),
            Given(
                "years",
                years,
                tr("Purchases of each customer of another firm, in whom nothing changed from year to year"),
                units={"first_year": "count", "second_year": "count"},
                headings={"first_year": tr("first year"), "second_year": tr("second year")},
            ),
        ),
        answer=flips,
        tolerance=absolute(0.002),
        expects=tr("of the customers marked in the first year, the share not marked in the second"),
        wrong=(
            Wrong(others["kept"], tr("That is the share that keeps the mark.")),
            Wrong(others["of_all"], tr("Most customers are never marked and cannot flip: divide by those who were.")),
            Wrong(others["backwards"], tr("You went from the second year back to the first.")),
        ),
    )


def _scores(rng: np.random.Generator) -> np.ndarray:
    """The base table with a few answers moved by a point, until right and typical wrong answers lie apart."""
    while True:
        scores = np.array(BASE, dtype=float)[rng.permutation(len(BASE))]
        for _ in range(4):
            row, column = rng.integers(scores.shape[0]), rng.integers(scores.shape[1])
            scores[row, column] = np.clip(scores[row, column] + rng.choice([-1, 1]), 1, 5)
        try:
            right, turned = value_chain.alpha(scores).value, value_chain.alpha(scores.T).value
        except DataError:
            continue
        if 0.6 < right < 0.97 and abs(turned - right) > APART:  # noqa: PLR2004 - a scale worth asking about
            return scores


def _transposed(scores: np.ndarray) -> float:
    return value_chain.alpha(scores.T).value


def _with_ends(value: float, first: int, second: int) -> tuple[float, float, float]:
    tail = (1 - LEVEL) / 2
    ends = [1 - (1 - value) * float(f.ppf(1 - side, first, second)) for side in (tail, 1 - tail)]
    return value, ends[0], ends[1]


def _expected(shop: Client) -> tuple[pd.DataFrame, float, str]:
    """Expected contribution and followers by customer, the fixed cost of one, and whose customers they are.

    Where the client's data do not carry it, those of negin are asked about.
    """
    if shop.data_key not in _EXPECTED:
        try:
            _EXPECTED[shop.data_key] = _of_client(shop)
        except DataError:
            _EXPECTED[shop.data_key] = _of_client(Client.open("negin"))
    return _EXPECTED[shop.data_key]


def _of_client(shop: Client) -> tuple[pd.DataFrame, float, str]:
    tables = {name: shop.table(name) for name in shop.tables}
    at: date = shop.observed_until
    books = value_chain.year_books(tables, at=at)
    found = value_chain.significant(
        tables,
        books,
        at=at,
        rules=value_chain.Rules(),
        rng=np.random.default_rng(0),  # the expected values hang on no draw
        prices=value_chain.price_index(tables),
    )
    table = found.customers[["customer_id", "expected", "followers"]]
    if not (table["followers"] > 0).any():
        raise DataError("nobody was followed in the year")
    return table.sort_values("expected", ascending=False, ignore_index=True), books.fixed_of_one, shop.name
