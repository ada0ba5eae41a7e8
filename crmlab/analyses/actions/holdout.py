"""Who is left alone on purpose, so that one can know afterwards what a contact did.

Randomised within layers of customers of like value: both arms hold the same kinds of customers by construction, and
chance alone decides who in a layer is left alone. Values, never ids, order the layers.
"""

from collections.abc import Mapping
from math import floor

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError
from crmlab.language import mark

CONTACT, DO_NOTHING = mark("contact"), mark("do_nothing")
ARMS = (CONTACT, DO_NOTHING)
MOST_HELD_OUT = 0.5
BY_VALUE = ["value", "purchases", "days_since_last"]


def held_out(n: int, holdout: float) -> int:
    """How many of `n` customers are left alone: `holdout` of them to the nearest whole number, halves upwards."""
    if not 0 <= holdout <= MOST_HELD_OUT:
        raise ParameterError(f"holdout {holdout:g} cannot be used: it is a share of a list, from 0 to {MOST_HELD_OUT}")
    return floor(n * holdout + 0.5)


def by_value(listed: pd.DataFrame) -> pd.DataFrame:
    """The customers, largest expected value first, then by value to date, purchases and how recent the last one is.

    Only customers who are alike in all of these are put in the order of their ids.
    """
    first = ["expected_value"] if "expected_value" in listed.columns else []
    keys = [*first, *BY_VALUE, "customer_id"]
    ascending = [name in ("days_since_last", "customer_id") for name in keys]
    return listed.sort_values(keys, ascending=ascending, na_position="last", ignore_index=True)


def arms(listed: pd.DataFrame, *, holdout: float, rng: np.random.Generator) -> pd.Series:
    """Each customer's arm, `contact` or `do_nothing`, in the order and with the index of `listed`.

    The customers are sorted as `by_value` does and cut into as many layers as there are customers to leave alone;
    in each layer one is drawn. The same customers and the same generator give the same arms, in whatever order the
    rows come.

    Parameters
    ----------
    listed : DataFrame
        `customer_id`, `value`, `purchases`, `days_since_last`, and `expected_value` where it is known.
    holdout : float
        Share of the list to leave alone, 0 to 0.5.
    rng : numpy.random.Generator
        The only source of chance.
    """
    wanted = held_out(len(listed), holdout)
    ordered = by_value(listed)
    arm = np.full(len(ordered), CONTACT, dtype=object)
    if wanted:
        for layer in np.array_split(np.arange(len(ordered)), wanted):
            arm[layer[rng.integers(len(layer))]] = DO_NOTHING
    return listed["customer_id"].map(dict(zip(ordered["customer_id"], arm, strict=True))).rename("arm")


def contacts_paid(contact_cost: float | None, contact_budget: float | None) -> int | None:
    """How many contacts the budget pays; None where it limits nothing, for want of a budget or of a cost."""
    if contact_budget is None or not contact_cost:
        return None
    return floor(contact_budget / contact_cost + 1e-9)


def carried(sizes: Mapping[str, int], *, holdout: float, contacts: int | None) -> dict[str, int]:
    """How many customers of each list so many contacts reach, hold-out included; all of them where there is no limit.

    The lists are served in their order, each from its first customer; who is left alone costs nothing.
    """
    if contacts is None:
        return dict(sizes)
    left, found = contacts, {}
    for name, size in sizes.items():
        found[name] = _carried(size, left, holdout)
        left -= found[name] - held_out(found[name], holdout)
    return found


def _carried(size: int, contacts: int, holdout: float) -> int:
    """The most customers of a list of `size` whose contacts are at most `contacts`."""
    if contacts <= 0:
        return 0
    most = min(size, floor(contacts / (1 - holdout)) + 1)
    while most and most - held_out(most, holdout) > contacts:
        most -= 1
    return most
