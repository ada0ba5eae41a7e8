"""The list: who is significant by which rule, how far that can be relied on, and whom chance leaves alone."""

from math import floor

import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.overlap import Stability
from crmlab.analyses.value_chain.reading import Tables, rows
from crmlab.analyses.value_chain.significance import BENCHMARK, COST_MAGNET, FLAGS, HIGH_VALUE, INSPIRATION, Significant
from crmlab.errors import ParameterError
from crmlab.language import count, listed, mark, money, percent, tr, translated, trn

CONTACT, DO_NOTHING = mark("contact"), mark("do_nothing")
MOST_HELD_OUT = 0.5
ORDER = (INSPIRATION, BENCHMARK, HIGH_VALUE, COST_MAGNET)  # the rarest first


def register(
    found: Significant,
    known: Stability,
    may_contact: pd.Series,
    *,
    rng: np.random.Generator,
    holdout: float = 0.1,
    currency: str = "",
) -> tuple[pd.DataFrame, int]:
    """The significant customers who may be contacted, and how many were left out because they may not.

    Customers are put in layers of like expected value within the same rules, and chance leaves one of each layer alone
    (`arm`), so that it can be known afterwards what being looked after did.

    Parameters
    ----------
    may_contact : Series of bool
        By `customer_id`; who is not in it has not agreed.
    holdout : float
        The share to leave alone, 0 to 0.5.

    Returns
    -------
    DataFrame, int
        `customer_id`, `flags`, `kept` (of those marked by the same rules a year ago, the lowest share that still is),
        `expected`, `at_least`, `contribution`, `orders`, `arm`, `reason`; customers with most rules first, then by
        expected value.

    Raises
    ------
    ParameterError
        If `holdout` is no share up to a half.
    """
    if not 0 <= holdout <= MOST_HELD_OUT:
        raise ParameterError(
            f"holdout {holdout:g} cannot be used: it is a share of the list, from 0 to {MOST_HELD_OUT}"
        )
    marked = found.customers[found.flagged]
    agreed = marked["customer_id"].map(may_contact).fillna(value=False).astype(bool)
    listed_ = marked[agreed].copy()
    stay = known.table.set_index("flag")["share"]
    rows = listed_.to_dict("records")
    own = [[name for name in FLAGS if row[name]] for row in rows]
    listed_["flags"] = [listed([translated(name) for name in names]) for names in own]
    listed_["kept"] = [float(stay[names].min()) for names in own]
    listed_["reason"] = [_reason(row, names, found, currency) for row, names in zip(rows, own, strict=True)]  # type: ignore[arg-type]
    listed_["rules"] = [len(names) for names in own]
    order = ["rules", "flags", "expected", "customer_id"]
    table = listed_.sort_values(order, ascending=[False, True, False, True], ignore_index=True)
    table["arm"] = _arms(len(table), holdout, rng)
    columns = ["customer_id", "flags", "kept", "expected", "at_least", "contribution", "orders", "arm", "reason"]
    return table[columns].astype({"orders": "int64"}), int((~agreed).sum())


def may_contact(tables: Tables) -> pd.Series:
    """Whether each customer has agreed to be contacted, by `customer_id`; a blank is no."""
    known = rows(tables, "customers", ["customer_id", "may_contact"]).set_index("customer_id")["may_contact"]
    agreed: pd.Series = known.fillna(value=False).astype(bool)
    return agreed


def _arms(n: int, holdout: float, rng: np.random.Generator) -> np.ndarray:
    arm = np.full(n, CONTACT, dtype=object)
    wanted = floor(n * holdout + 0.5)
    if wanted:
        for layer in np.array_split(np.arange(n), wanted):
            arm[layer[rng.integers(len(layer))]] = DO_NOTHING
    return arm


def _reason(row: dict[str, float], names: list[str], found: Significant, currency: str) -> str:
    said = {
        HIGH_VALUE: lambda: tr(
            "expected to leave {at_least} or more in a year, above {threshold}",
            at_least=money(row["at_least"], currency, 0),
            threshold=money(found.threshold, currency, 0),
        ),
        BENCHMARK: lambda: trn(
            int(row["followers"]),
            "{n} person bought after a good word",
            "{n} people bought after a good word",
            n=count(row["followers"]),
        ),
        INSPIRATION: lambda: tr("asked for a change that was taken up, and others bought"),
        COST_MAGNET: lambda: _carrying(row),
    }
    return listed([said[name]() for name in ORDER if name in names], strong=True)


def _carrying(row: dict[str, float]) -> str:
    if row["contribution"] > 0:
        return tr("{n} orders in the year carry fixed costs", n=count(row["orders"]))
    return tr("{n} orders in the year, but they cost more than they leave: carries nothing", n=count(row["orders"]))


def register_headings(currency: str) -> dict[str, str]:
    """What stands over the columns of the list."""
    return {
        "customer_id": tr("customer"),
        "flags": tr("passes"),
        "kept": tr("of such marks, still there a year later"),
        "expected": tr("expected to leave in a year, {currency}", currency=currency),
        "at_least": tr("with the rule's probability at least, {currency}", currency=currency),
        "contribution": tr("left last year, {currency}", currency=currency),
        "orders": tr("orders last year"),
        "arm": tr("what to do"),
    }


def suppressed_claim(listed_: pd.DataFrame, suppressed: int) -> str:
    """How many are on the list, how many chance leaves alone, and how many have not agreed."""
    left = int((listed_["arm"] == DO_NOTHING).sum())
    return tr(
        "{n} customers are on the list, of whom chance leaves {left} alone for comparison. {suppressed} more pass a "
        "rule but have not agreed to be contacted; they are not on it ({share} of those who pass).",
        n=count(len(listed_)),
        left=count(left),
        suppressed=count(suppressed),
        share=percent(suppressed / max(len(listed_) + suppressed, 1)),
    )
