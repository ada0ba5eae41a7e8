"""Who bought once: what models say of their still being customers, and what they did."""

from collections.abc import Iterable

import pandas as pd

from crmlab.analyses.value.holdout import HoldOut
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.models import BuyingModel, expected_purchases, probability_alive
from crmlab.shares import share


def alive_once(models: Iterable[BuyingModel], checked: HoldOut) -> pd.DataFrame:
    """Of the customers with one purchase before the hold-out: their probability of still being one, a row a model.

    In BG/NBD it is 1 by construction; in MBG/NBD one can leave right after the first purchase.

    Returns
    -------
    DataFrame
        `model`, `customers`, `p_alive` (mean), `least`, `most` (of a customer), `expected` (purchases a customer in the
        hold-out); empty where nobody bought once.
    """
    once = checked.known[checked.known["repeats"] == 0]
    if once.empty:
        return pd.DataFrame(columns=["model", "customers", "p_alive", "least", "most", "expected"])
    rows = []
    for model in models:
        alive = probability_alive(model, once)
        expected = expected_purchases(model, once, horizon_days=checked.days)
        rows.append(
            {
                "model": model.name,
                "customers": len(once),
                "p_alive": float(alive.sort_values().mean()),
                "least": float(alive.min()),
                "most": float(alive.max()),
                "expected": float(expected.sort_values().mean()),
            }
        )
    return pd.DataFrame(rows)


def came_back(checked: HoldOut) -> Estimate | None:
    """The share of those with one purchase before the hold-out who bought in it; None where nobody bought once."""
    once = checked.known.loc[checked.known["repeats"] == 0, "customer_id"]
    if once.empty:
        return None
    bought = checked.customers.loc[checked.customers["customer_id"].isin(once), "purchases"] > 0
    return share(
        int(bought.sum()), len(once), denominator=tr("customers with one purchase by then"), window=checked.window
    )
