"""Exercises of notebook 08: lift from a table, what a block of columns adds, and the column that knows the future."""

from functools import lru_cache

import numpy as np
import pandas as pd

from crmlab.analyses import churn
from crmlab.client import Client
from crmlab.language import tr
from crmlab.simulate import leaky_table
from crmlab.teaching.exercise import Given, Task, Wrong, exercise, relative

WINDOW_DAYS = 90
LEAST_WINDOWS = 2


@exercise("08.1")
def top_decile_lift(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every exercise is asked of a client
    """Lift in the top tenth from a table of tenths; Neslin et al. (2006), Journal of Marketing Research 43."""
    size = int(rng.integers(80, 200))
    shares = np.sort(rng.uniform(0.02, 0.45, 10))[::-1]
    lost = rng.binomial(size, shares)
    lost[0] = max(lost[0], lost[1:].max() + 3)
    table = pd.DataFrame({"tenth": np.arange(1, 11), "customers": size, "lost": lost})
    among, rest, all_ = lost[0] / size, lost[1:].sum() / (9 * size), lost.sum() / (10 * size)
    return Task(
        given=(
            Given(
                "tenths",
                table,
                tr("Customers by tenths of the score, highest first."),
                units={"tenth": "count", "customers": "count", "lost": "count"},
            ),
        ),
        answer=float(among / all_),
        tolerance=relative(0.005),
        expects=tr("a ratio, 1 where the score is worth nothing"),
        wrong=(
            Wrong(
                float(lost[0] / lost.sum()),
                tr("That is which share of all leavers stands in the top tenth. Lift compares shares of customers."),
            ),
            Wrong(float(among), tr("That is the share that left in the top tenth; compare it with that of all.")),
            Wrong(
                float(among / rest),
                tr("You compared the top tenth with the others. Lift compares it with all, itself included."),
            ),
        ),
    )


@exercise("08.2")
def what_a_block_adds(shop: Client, rng: np.random.Generator) -> Task:
    """The likelihood-ratio statistic of demographics beside history (of the last half year where none are held)."""
    study = _study(shop)
    windows = int(rng.integers(LEAST_WINDOWS, len(study.parts)))
    part = churn.stacked(study.parts[-1 - windows : -1])
    smaller, larger = churn.nested_blocks(part)
    few, many = (churn.fit_logit(columns, part.lost) for columns in (smaller, larger))
    tested = churn.compare(few, many)
    statistic = tested.statistic if tested else 2 * (many.log_likelihood - few.log_likelihood)
    all_ = churn.against_nothing(many)
    return Task(
        given=(
            Given("windows", windows, tr("windows to learn from, the latest before the last one"), "count"),
            Given("added", len(many.table) - len(few.table), tr("columns that are added"), "count"),
        ),
        answer=statistic,
        tolerance=relative(0.01),
        expects=tr("a likelihood-ratio statistic, 0 or more"),
        wrong=(
            Wrong(
                statistic / 2, tr("That is the gain in log-likelihood. The statistic that is chi-square is another.")
            ),
            Wrong(
                all_.statistic if all_ else -statistic,
                tr("That compares all columns with none. Compare the larger model with the smaller one."),
            ),
        ),
    )


@exercise("08.3")
def leaky_column(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - asked of other data
    """Which column of a simulated table was written after the first window; the answer is its letter."""
    made = leaky_table(rng)
    others = [name for name in made.table.columns if name not in (made.leaky, made.strongest) and len(name) == 1]
    return Task(
        given=(
            Given(
                "customers",
                made.table,
                tr("Customers, eight columns, and who left in the first and in the second window."),
                units=dict.fromkeys(made.table.columns[:8], "number"),
                headings={"lost_first": tr("lost at first"), "lost_second": tr("lost later")},
            ),
        ),
        answer=made.leaky,
        expects=tr("the letter of a column"),
        wrong=(
            Wrong(
                made.strongest,
                tr("That column tells much, and of both windows. One that knows an outcome knows it of one window."),
            ),
            *(
                Wrong(name, tr("That column tells little of either window; what gives a leak away is a difference."))
                for name in others
            ),
        ),
    )


@lru_cache(maxsize=2)
def _prepared(key: str) -> dict[str, churn.Study]:  # noqa: ARG001 - one place for each client's data
    return {}


def _study(shop: Client) -> churn.Study:
    place = _prepared(shop.data_key)
    if "study" not in place:
        tables = {name: shop.table(name) for name in shop.tables if name in churn.USED}
        place["study"] = churn.prepare(tables, observed_until=shop.observed_until, window_days=WINDOW_DAYS)
    return place["study"]
