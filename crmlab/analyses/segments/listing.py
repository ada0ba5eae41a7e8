"""The list to act on: every customer with their state, their RFM segment and the reason."""

import pandas as pd

from crmlab.analyses.segments.rfm import Rfm
from crmlab.analyses.segments.rules import Rules
from crmlab.analyses.segments.states import PROSPECT
from crmlab.language import count, tr, trn

ORDER = ("at_risk", "returned", "loyal", "active", "new", "lapsed")
"""Those who can still be lost first, those who are lost last; within a state the most valuable first."""


def customer_states(states: pd.DataFrame, scored: Rfm, *, rules: Rules) -> pd.DataFrame:
    """Every customer with a purchase, those at risk first and within a state the most valuable first.

    Parameters
    ----------
    states : DataFrame
        As `states_on` returns it; prospects are left out, as they have nothing to lose yet.
    scored : Rfm
        The scores of the same customers.
    rules : Rules
        The limits the states were told by.

    Returns
    -------
    DataFrame
        `customer_id`, `state`, `segment`, `rfm`, `days_since_last` (int), `purchases`, `value`, `reason`.
    """
    bought = states[states["state"] != PROSPECT]
    joined = bought.merge(scored.table[["customer_id", "segment", "rfm"]], on="customer_id")
    joined["days_since_last"] = joined["days_since_last"].astype("int64")
    rows = zip(joined["state"], joined["days_since_last"], joined["purchases"], strict=True)
    joined["reason"] = [_reason(state, since, purchases, rules) for state, since, purchases in rows]
    joined["order"] = joined["state"].map({state: place for place, state in enumerate(ORDER)})
    joined = joined.sort_values(["order", "value", "customer_id"], ascending=[True, False, True], ignore_index=True)
    return joined[["customer_id", "state", "segment", "rfm", "days_since_last", "purchases", "value", "reason"]]


def _reason(state: str, since: int, purchases: int, rules: Rules) -> str:
    days, bought = count(since), count(purchases)
    match state:
        case "new":
            return trn(
                since,
                "first purchase {days} day ago, none since: help them to a second one",
                "first purchase {days} days ago, none since: help them to a second one",
                days=days,
            )
        case "active":
            return trn(
                since,
                "{purchases} purchases, the last {days} day ago: keep in touch",
                "{purchases} purchases, the last {days} days ago: keep in touch",
                purchases=bought,
                days=days,
            )
        case "loyal":
            return tr(
                "{purchases} purchases, {least} or more of them in the last {window} days: look after them",
                purchases=bought,
                least=count(rules.loyal_purchases),
                window=count(rules.lapsed_days),
            )
        case "returned":
            return trn(
                since,
                "bought {days} day ago after more than {window} days of silence: find out what brought them back",
                "bought {days} days ago after more than {window} days of silence: find out what brought them back",
                days=days,
                window=count(rules.lapsed_days),
            )
        case "at_risk":
            return tr(
                "silent for {days} days, longer than the {limit} within which most buy again; counts as lapsed in "
                "{left} days: ask now",
                days=days,
                limit=count(rules.active_days),
                left=count(rules.lapsed_days - since + 1),
            )
        case _:
            return tr(
                "silent for {days} days, longer than {limit}: gone as far as can be told; a win-back offer at most",
                days=days,
                limit=count(rules.lapsed_days),
            )
