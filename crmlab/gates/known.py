"""The gates a notebook may name: what each counts, how it is said, and what would mend it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crmlab.gates.data_facts import DataFacts
from crmlab.language import count, mark, trn


@dataclass(frozen=True)
class Gate:
    """What is counted of the facts, how so many are said, what they are, and what to do where they are too few."""

    got: Callable[[DataFacts], int | None]
    so_many: Callable[[int], str]
    what: str
    mend: str
    at_most: bool = False


def _history(days: int) -> str:
    return trn(
        days,
        "{n} day from the first purchase to the last day observed",
        "{n} days from the first purchase to the last day observed",
        n=count(days),
    )


_DAYS_OF_HISTORY = mark("days from the first purchase to the last day observed")

GATES: Mapping[str, Gate] = {
    "customers": Gate(
        lambda facts: facts.customers,
        lambda n: trn(n, "{n} customer with a purchase", "{n} customers with a purchase", n=count(n)),
        mark("customers with a purchase"),
        mark("Add the records of more customers, or see with `crmlab check` which rule leaves rows out."),
    ),
    "history_days": Gate(
        lambda facts: facts.history_days,
        _history,
        _DAYS_OF_HISTORY,
        mark("Add older records, or correct `observed_until` in the client file if it is too early."),
    ),
    "repeat_customers": Gate(
        lambda facts: facts.repeat_customers,
        lambda n: trn(
            n,
            "{n} customer with purchases on two days or more",
            "{n} customers with purchases on two days or more",
            n=count(n),
        ),
        mark("customers with purchases on two days or more"),
        mark(
            "Add a longer history, or check that the column mapped to `customer_id` names the buyer and not the order."
        ),
    ),
    "freshness_days": Gate(
        lambda facts: facts.freshness_days,
        lambda n: trn(
            n,
            "{n} day from the last purchase to the last day observed",
            "{n} days from the last purchase to the last day observed",
            n=count(n),
        ),
        mark("days from the last purchase to the last day observed"),
        mark("Add the latest records, or set `observed_until` in the client file to the last day the data covers."),
        at_most=True,
    ),
    "history_horizons": Gate(
        lambda facts: facts.history_days,
        _history,
        _DAYS_OF_HISTORY,
        mark("Ask for a shorter horizon, or add older records."),
    ),
}
"""The gates a notebook may name. `history_horizons` counts how many times its horizon the history must last."""

GENERAL: Mapping[str, int] = {
    "customers": 100,
    "history_days": 365,
    "repeat_customers": 50,
    "freshness_days": 31,
    "history_horizons": 2,
}
"""What any work with customers asks of the data, whatever the notebook: customers enough for a share to within about
ten points, every season once, repeat buyers enough to see how they come back, the last month, and a history twice as
long as the half year (`GENERAL_HORIZON_DAYS`) that plans usually look ahead: half to learn from, half to check on."""

GENERAL_HORIZON_DAYS = 182
