"""What the cost to serve looks like by each way of spreading it, and how much the last tenth's profit hangs on that."""

from math import fsum

import numpy as np
import pandas as pd

from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.whale import DECILES, group_of
from crmlab.language import mark

BASES = (mark("by time"), mark("by events"), mark("by volume"), mark("not at all"))


def spread_cost(pool: float, base: pd.Series) -> pd.Series:
    """`pool` shared out in proportion to `base`, which is taken as zero below zero; nothing where all of it is zero."""
    weight = base.clip(lower=0)
    whole = fsum(weight)
    return weight * (pool / whole) if whole > 0 else weight * 0.0


def contributions(made: Account) -> pd.DataFrame:
    """Each customer's contribution by each base, indexed by `customer_id`: the columns of `BASES`.

    `by time` is the account's own, costed by the events that each customer caused; `by events` spreads the same total
    by how many events a customer caused, whatever their kind; `by volume` by revenue; `not at all` is the margin.
    """
    customers = made.customers.set_index("customer_id")
    pool = made.total("cost_to_serve")
    events = made.serving.groupby("customer_id")["events"].sum().reindex(customers.index).fillna(0.0).astype(float)
    own, margin = customers["cost_to_serve"], customers["margin"]
    costs = (own, spread_cost(pool, events), spread_cost(pool, customers["revenue"]), 0.0 * own)
    return pd.DataFrame({name: margin - cost for name, cost in zip(BASES, costs, strict=True)})


def by_base(made: Account) -> pd.DataFrame:
    """What each base says of the same customers.

    Returns
    -------
    DataFrame
        One row a base: `base`, `loss_makers`, `losses` (their sum), `last_tenth` (what the tenth that is least
        profitable by time contributes on this base), `own_last_tenth` (what the tenth least profitable on this base
        does), `shared` (the share of that tenth that is also the least profitable by time).
    """
    found = contributions(made)
    least = {name: group_of(found[name]) == DECILES for name in BASES}
    rows = [
        {
            "base": name,
            "loss_makers": int((found[name] < 0).sum()),
            "losses": fsum(found.loc[found[name] < 0, name]),
            "last_tenth": fsum(found.loc[least[BASES[0]], name]),
            "own_last_tenth": fsum(found.loc[least[name], name]),
            "shared": float((least[name] & least[BASES[0]]).sum() / max(least[name].sum(), 1)),
        }
        for name in BASES
    ]
    return pd.DataFrame(rows)


def tenths_by_base(made: Account) -> pd.DataFrame:
    """The tenths by time, most profitable first, and what each contributes by each base: `group` and the bases."""
    found = contributions(made)
    table = found.groupby(group_of(found[BASES[0]])).agg(fsum)
    return table.rename_axis("group").reset_index()


def bridge(made: Account) -> pd.DataFrame:
    """From revenue to what is left: `step`, `amount` (signed), `left` (after it); fixed costs only where known."""
    steps = [
        (mark("revenue"), made.total("revenue")),
        (mark("cost of goods"), made.total("margin") - made.total("revenue")),
        *([(mark("cost to serve"), -made.total("cost_to_serve"))] if made.served else []),
        *([(mark("fixed costs"), -made.fixed)] if made.fixed is not None else []),
    ]
    table = pd.DataFrame(steps, columns=["step", "amount"])
    return table.assign(left=np.cumsum(table["amount"]))
