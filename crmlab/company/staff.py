"""Who sold it: the branch and the representative of an order, where the company has such tables.

A customer buys at the branch that serves them, or without a table that says which, at one of their region's, always the
same. The representative is one of those the branch had on the day, always the same one while the staff is the same.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Made
from crmlab.company.setting import Setting

Whole = NDArray[np.int64]

_BRANCHES_APART = 10**6  # days from one branch's hirings to the next one's, so that all stand in one sorted row
_BEFORE = 10**5  # days before the window on which representatives may have been hired


def sellers(
    setting: Setting, known: Made, rng: np.random.Generator, customer: Whole, day: Whole
) -> dict[str, pd.Series]:
    """`branch_id` and `rep_id` of orders, blank where there is none; without a table of branches, neither of the two.

    Parameters
    ----------
    setting : Setting
        Which company.
    known : Made
        What has been made: `branches`, `reps` and `customers` are read where they are there.
    rng : numpy.random.Generator
        The only source of chance.
    customer : array of int
        Whose each order is: the place among the block's customers.
    day : array of int
        When, from 0.
    """
    if "branches" not in known.tables:
        return {}
    branches = known.tables["branches"]
    serves, who = _serving(known, rng)[customer], rng.random(len(known.truth["customers"]))[customer]
    found = {"branch_id": _ids(branches["branch_id"], serves)}
    if "reps" in known.tables:
        found["rep_id"] = _ids(known.tables["reps"]["rep_id"], _present(setting, known, serves, day, who))
    return found


def _serving(known: Made, rng: np.random.Generator) -> Whole:
    """The place of the branch that serves each customer of the block, −1 where none does."""
    branches, customers = known.tables["branches"], known.truth["customers"]
    place = pd.Series(np.arange(len(branches)), index=branches["branch_id"])
    written = known.tables.get("customers")
    if written is not None and "branch_id" in written:
        of = written.set_index("customer_id")["branch_id"].reindex(customers["customer_id"])
        return of.map(place).fillna(-1).to_numpy(dtype=np.int64)
    draw = rng.random(len(customers))
    serves = np.full(len(customers), -1)
    for region, at in branches.groupby("region").groups.items():
        here = (customers["region"] == region).to_numpy()
        serves[here] = np.array(at)[(draw[here] * len(at)).astype(np.int64)]
    return serves


def _present(setting: Setting, known: Made, serves: Whole, day: Whole, who: NDArray[np.float64]) -> Whole:
    """The place of one of the representatives whom the branch had on the day, −1 where it had none."""
    reps, branches = known.tables["reps"], known.tables["branches"]
    branch = reps["branch_id"].map(pd.Series(np.arange(len(branches)), index=branches["branch_id"])).to_numpy()
    hired = (reps["hired_on"] - pd.Timestamp(setting.start)).dt.days.to_numpy() + _BEFORE
    order = np.argsort(branch * _BRANCHES_APART + hired, kind="stable")
    key = (branch * _BRANCHES_APART + hired)[order]
    first = np.searchsorted(key, serves * _BRANCHES_APART)
    present = np.searchsorted(key, serves * _BRANCHES_APART + _BEFORE + day, side="right") - first
    chosen = first + (who * present).astype(np.int64)
    return np.where((serves >= 0) & (present > 0), order[np.minimum(chosen, order.size - 1)], -1)


def _ids(ids: pd.Series, place: Whole) -> pd.Series:
    return pd.Series(ids.to_numpy(dtype=object)[np.maximum(place, 0)], dtype="str").where(place >= 0)
