"""The list to act on: what each customer is expected to bring, how sure that is, and why."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from crmlab.analyses.value.basis import span
from crmlab.analyses.value.outlook import COLUMNS, Outlook
from crmlab.analyses.value.tiers import tier_of
from crmlab.language import count, percent, tr

LIST_COLUMNS = (*COLUMNS, "tier", "reason")


def customer_value(known: Outlook) -> pd.DataFrame:
    """One row a customer, the most valuable first.

    Returns
    -------
    DataFrame
        `customer_id`, `purchases`, `purchases_low`, `purchases_high`, `value`, `value_low`, `value_high`, `p_alive`,
        `tier` (`top`, `middle`, `low`, `little`), `reason`. Intervals are prediction intervals: where 95 of 100
        customers like this one will end up. They and `p_alive` are missing where no model could be used, `p_alive`
        also where it is 1 by construction.
    """
    table = known.customers.assign(tier=tier_of(known.customers["value"]))
    say = _by_model if known.kind == "model" else partial(_without_model, during=span(known.horizon_months))
    # A probability of 1 holds by construction (BG/NBD, for who bought once) and would be read as certainty.
    table["p_alive"] = table["p_alive"].where(table["p_alive"] < 1)
    table["reason"] = [say(row) for row in table.to_dict(orient="records")]
    listed = table.sort_values(["value", "value_so_far", "customer_id"], ascending=[False, False, True])
    return listed[list(LIST_COLUMNS)].reset_index(drop=True)


def list_headings(known: Outlook) -> dict[str, str]:
    """What stands over the columns of `customer_value`, with their currency and the days they are about."""
    currency = known.basis.currency
    return {
        "customer_id": tr("customer"),
        "purchases": tr("purchases in {span}", span=span(known.horizon_months)),
        "purchases_low": tr("at least"),
        "purchases_high": tr("at most"),
        "value": tr("value, {currency}", currency=currency),
        "value_low": tr("at least, {currency}", currency=currency),
        "value_high": tr("at most, {currency}", currency=currency),
        "p_alive": tr("still a customer"),
    }


def list_title(known: Outlook) -> str:
    """What the list is of: over which days, and in what terms."""
    ahead = span(known.horizon_months)
    return tr("Expected value of each customer in the next {span}, {basis}", span=ahead, basis=known.basis.label)


def _by_model(row: Mapping[Any, Any]) -> str:
    if row["repeats"] == 0 and pd.isna(row["p_alive"]):
        return tr("bought once: whether this customer has left cannot be told")
    if row["repeats"] == 0:
        return tr("bought once; still a customer with probability {alive}", alive=percent(row["p_alive"], 0))
    if pd.isna(row["p_alive"]):
        return tr("bought {bought} times; the model has nobody leave", bought=count(row["repeats"] + 1))
    return tr(
        "bought {bought} times; still a customer with probability {alive}",
        bought=count(row["repeats"] + 1),
        alive=percent(row["p_alive"], 0),
    )


def _without_model(row: Mapping[Any, Any], during: str) -> str:
    if row["purchases"] == 0:
        return tr("nothing bought again in the last {span}; no model could be relied on", span=during)
    return tr("taken to buy again as in the last {span}; no model could be relied on", span=during)
