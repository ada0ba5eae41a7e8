"""Who loses money, what would mend it, and whom to stop investing in.

For each customer below zero two numbers say what break-even would take, all else the same: a price higher by the loss
over the revenue, or a cost to serve lower by the loss over the cost. Whichever asks for the smaller part of what is
thought possible is the repair. Where neither is possible, the firm stops investing in the customer, but only if they
lost money in both periods and by more than chance; else they are watched, for most single losses mend themselves.

That every cost of serving would go with the customer is an assumption: minutes are saved only where somebody then does
something else. Fixed costs do not go, and are no reason to let anybody go.
"""

from collections.abc import Mapping
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from crmlab.analyses.profitability.account import Account
from crmlab.analyses.profitability.uncertainty import beyond_chance
from crmlab.errors import ParameterError, together
from crmlab.language import mark, percent, tr
from crmlab.language.numbers import MISSING
from crmlab.tables.schema.codes import code_words

REPRICE, CUT, LET_GO, WATCH, EARLIER = (
    mark("reprice"),
    mark("cut cost to serve"),
    mark("let go"),
    mark("watch"),
    mark("sold earlier"),
)
ACTIONS = (REPRICE, CUT, LET_GO, WATCH, EARLIER)
TALKED_TO = (REPRICE, LET_GO)
"""What cannot be done without speaking to the customer."""
COLUMNS = [
    *("customer_id", "action", "contribution", "contribution_1", "contribution_2", "avoidable_loss"),
    *("price_change", "cost_cut", "driver", "beyond_chance", "units", "days_since_last", "reason"),
]


def repairs(made: Account, *, most_price: float = 0.10, most_cut: float = 0.50, false: float = 0.05) -> pd.DataFrame:
    """One row for each customer whose contribution is below zero, the largest loss first.

    Parameters
    ----------
    made : Account
    most_price : float
        The largest price rise thought possible, as a share of what the customer pays.
    most_cut : float
        The largest part of the cost to serve thought possible to save.
    false : float
        The false discovery rate at which a loss is called beyond chance.

    Returns
    -------
    DataFrame
        `customer_id`, `action` (of `ACTIONS`; `sold earlier`: nothing was sold in the window, the cost belongs to an
        earlier sale), `contribution` (and of both periods), `avoidable_loss` (above zero), `price_change` and
        `cost_cut` (shares to break even; NaN where there is nothing to change), `driver` (what costs most),
        `beyond_chance`, `units` (orders), `days_since_last` (sale), `reason`. Where the cost of serving is not known
        nobody is let go.

    Raises
    ------
    ParameterError
        If a share is not between 0 and 1.
    """
    _check(most_price=most_price, most_cut=most_cut, false=false)
    flagged = made.customers.assign(beyond_chance=beyond_chance(made.customers, false=false))
    losing = flagged[flagged["contribution"] < 0].merge(_main_driver(made), on="customer_id", how="left")
    losing["avoidable_loss"] = -losing["contribution"]
    paid, served = losing["revenue"].where(losing["revenue"] > 0), losing["cost_to_serve"]
    losing["price_change"] = losing["avoidable_loss"] / paid
    losing["cost_cut"] = losing["avoidable_loss"] / served.where(served > 0)
    losing["days_since_last"] = (pd.Timestamp(made.window.last) - losing["last"]).dt.days
    losing["action"] = _action(losing, most_price, most_cut, served=made.served)
    losing["reason"] = [_reason(row) for row in losing.to_dict(orient="records")]
    ordered = losing.sort_values(["contribution", "revenue", "customer_id"], ignore_index=True)
    return ordered[COLUMNS]


def repair_table(listed: pd.DataFrame) -> pd.DataFrame:
    """By action: `action`, `customers`, `avoidable_loss`, `beyond_chance` (how many are); only those that occur."""
    rows = [
        {
            "action": action,
            "customers": len(part),
            "avoidable_loss": fsum(part["avoidable_loss"]),
            "beyond_chance": int(part["beyond_chance"].sum()),
        }
        for action in ACTIONS
        if len(part := listed[listed["action"] == action])
    ]
    return pd.DataFrame(rows, columns=["action", "customers", "avoidable_loss", "beyond_chance"])


def to_act_on(listed: pd.DataFrame, allowed: pd.Series | None) -> tuple[pd.DataFrame, int]:
    """Those to do something about, and how many are left out since they may not be spoken to.

    Parameters
    ----------
    listed : DataFrame
        As `repairs` returns it.
    allowed : Series of bool or None
        Whether each customer may be contacted, by `customer_id`; who is not in it may not. None where the client's data
        do not say it of anybody: then nobody is left out, and somebody has to ask.
    """
    acted = listed[listed["action"].isin([REPRICE, CUT, LET_GO])]
    if allowed is None:
        return acted.reset_index(drop=True), 0
    may = acted["customer_id"].isin(allowed.index[allowed.astype(bool)])
    suppressed = acted["action"].isin(TALKED_TO) & ~may
    return acted[~suppressed].reset_index(drop=True), int(suppressed.sum())


def _action(losing: pd.DataFrame, most_price: float, most_cut: float, *, served: bool) -> Any:
    price = losing["price_change"].to_numpy() / most_price
    cut = losing["cost_cut"].to_numpy() / most_cut
    # Goods sold below what they cost lose money however little serving costs: no cut reaches break-even above one.
    cut = np.where(np.isfinite(cut), cut, np.inf)
    price = np.where(np.isfinite(price), price, np.inf)
    twice = (losing["contribution_1"] < 0) & (losing["contribution_2"] < 0) & losing["beyond_chance"] & served
    sold = losing["revenue"] > 0
    return np.select(
        [~sold, (price <= 1) & (price <= cut), cut <= 1, twice],
        [EARLIER, REPRICE, CUT, LET_GO],
        default=WATCH,
    )


def _main_driver(made: Account) -> pd.DataFrame:
    """Of each customer the driver that costs most."""
    ordered = made.serving.sort_values(["cost", "driver"], ascending=[False, True])
    return ordered.drop_duplicates("customer_id")[["customer_id", "driver"]]


def _reason(row: Mapping[Any, Any]) -> str:
    price, cut = percent(float(row["price_change"])), percent(float(row["cost_cut"]))
    served = row["driver"] if isinstance(row["driver"], str) else None
    match row["action"]:
        case "reprice":
            return tr("breaks even at prices higher by {price}", price=price)
        case "cut cost to serve":
            most = MISSING if served is None else code_words(served)
            return tr("breaks even if serving costs {cut} less; most goes into {driver}", cut=cut, driver=most)
        case "let go":
            return tr(
                "lost money in both periods, by more than chance; break-even would take prices higher by {price} or "
                "{cut} less to serve: no further investment, services at their price",
                price=price,
                cut=cut,
            )
        case "sold earlier":
            return tr("bought nothing in the window; the services belong to an earlier sale")
    return tr("below zero, but not in both periods or not by more than chance: look again after the next period")


def _check(**shares: float) -> None:
    problems = [f"{name} is {value:g}" for name, value in shares.items() if not 0 < value < 1]
    if problems:
        raise ParameterError(together("these are shares between 0 and 1:", problems))
