"""What the blocks of customers add up to by branch and month: counted while they pass, so that none has to be kept."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.latents import CHANNELS
from crmlab.company.made import Frame, Made
from crmlab.company.months import first_days, month_of
from crmlab.company.setting import Setting

Vector = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sums:
    """Sums by branch (rows, in the order of the table `branches`) and month of the window (columns).

    Attributes
    ----------
    revenue : array of float
        What the branch sold, less returns, in tomans; where a line names no branch, the customer's.
    new_customers : array of float
        Customers of the branch whose first purchase was in the month.
    buyers, again : array of float
        Customers of the branch who bought in the month, and those of them who had bought in the month before as well.
    won : array of float
        The new customers once more, with the channel the firm has written down as a third direction (`CHANNELS`).
    closed, at_first_contact : array of float
        Tickets of the branch's customers that came in in the month and have been closed, and those of them that helped
        the customer without a hand-off.
    """

    revenue: Vector
    new_customers: Vector
    buyers: Vector
    again: Vector
    closed: Vector
    at_first_contact: Vector
    won: Vector

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def nothing(setting: Setting) -> Sums:
    """Sums to which nothing has been added yet."""
    shape = (setting.profile.branches, len(first_days(setting)))
    parts = {field.name: np.zeros(shape) for field in fields(Sums)}
    return Sums(**parts | {"won": np.zeros((*shape, len(CHANNELS)))})


def added(setting: Setting, sums: Sums, made: Made) -> Sums:
    """The sums with what `made`, of one block, adds to them: its `transactions`, `customers` and `tickets`."""
    tables = made.tables
    branches, customers = tables["branches"]["branch_id"], tables["customers"]
    sold = from_sales(setting, branches, tables["transactions"], customers)
    return sums + sold + from_tickets(setting, branches, tables["tickets"], customers)


def from_sales(setting: Setting, branches: pd.Series, transactions: Frame, customers: Frame) -> Sums:
    """What lines of sales add up to; every customer's lines are in it, or none of them.

    Parameters
    ----------
    setting : Setting
        Whose window counts.
    branches : Series of str
        All branches, in their order.
    transactions : DataFrame
        `customer_id`, `date`, `amount` and, where it is known, `branch_id`; an amount above zero is a purchase.
    customers : DataFrame
        `customer_id`, `branch_id` and, where it is known, `channel`.
    """
    home = _home(branches, customers, transactions["customer_id"])
    sold = home
    if "branch_id" in transactions:
        sold = _numbers(branches, transactions["branch_id"])
        sold = np.where(sold < 0, home, sold)
    month, amount = _month(setting, transactions["date"]), transactions["amount"].to_numpy(dtype=float)
    lines = pd.DataFrame({"customer": transactions["customer_id"].to_numpy(), "branch": home, "month": month})
    bought = lines[amount > 0].drop_duplicates().sort_values(["customer", "month"])
    before = bought.groupby("customer")["month"].shift()
    new = bought[before.isna()]
    none = nothing(setting)
    shape = none.revenue.shape
    return replace(
        none,
        revenue=_cells(shape, sold, month, amount),
        new_customers=_count(shape, new),
        won=_won(none.won.shape, new, customers),
        buyers=_count(shape, bought),
        again=_count(shape, bought[before == bought["month"] - 1]),
    )


def from_tickets(setting: Setting, branches: pd.Series, tickets: Frame, customers: Frame) -> Sums:
    """What tickets add up to; they have `customer_id`, `opened_on`, `hand_offs`, `hours_to_close` and `resolved`."""
    home = _home(branches, customers, tickets["customer_id"])
    rows = pd.DataFrame({"branch": home, "month": _month(setting, tickets["opened_on"])})
    closed = tickets["hours_to_close"].notna().to_numpy()
    helped = tickets["resolved"].fillna(value=False).to_numpy(dtype=bool) & (tickets["hand_offs"] == 0).to_numpy()
    none = nothing(setting)
    shape = none.closed.shape
    return replace(none, closed=_count(shape, rows[closed]), at_first_contact=_count(shape, rows[closed & helped]))


def _home(branches: pd.Series, customers: Frame, who: pd.Series) -> Numbers:
    return _numbers(branches, who.map(customers.set_index("customer_id")["branch_id"]))


def _numbers(branches: pd.Series, named: pd.Series) -> Numbers:
    """The number of the branch of each row; below zero where there is none."""
    return np.asarray(pd.Index(branches).get_indexer(pd.Index(named)), dtype=np.int64)


def _month(setting: Setting, date: pd.Series) -> Numbers:
    return month_of(setting, (date - pd.Timestamp(setting.start)).dt.days.to_numpy())


def _count(shape: tuple[int, ...], rows: Frame) -> Vector:
    return _cells(shape, rows["branch"].to_numpy(), rows["month"].to_numpy(), np.ones(len(rows)))


def _won(shape: tuple[int, ...], new: Frame, customers: Frame) -> Vector:
    sums = np.zeros(shape)
    if "channel" in customers:
        channel = _numbers(
            pd.Series(list(CHANNELS)), new["customer"].map(customers.set_index("customer_id")["channel"])
        )
        branch, month = new["branch"].to_numpy(), new["month"].to_numpy()
        known = (branch >= 0) & (channel >= 0)
        np.add.at(sums, (branch[known], month[known], channel[known]), 1.0)
    return sums


def _cells(shape: tuple[int, ...], branch: Numbers, month: Numbers, amount: Vector) -> Vector:
    sums = np.zeros(shape)
    known = branch >= 0
    np.add.at(sums, (branch[known], month[known]), amount[known])
    return sums
