"""The purchases of a block of customers as campaigns find and change them.

A customer whom a campaign wins buys once more: a line of another order of the block, sold within days of it, is booked
for them under an order number of its own, so that products, prices and costs are those of the time; where and by whom
it was sold is as at the customer's order before. Of a customer whom it puts off, the orders of the window and what was
returned of them were never made. No other line changes but for `campaign_id`, which says which offer was at hand when
an order was made: also for who would have bought anyway.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame
from crmlab.company.setting import Block, Setting
from crmlab.tables.schema import BY_NAME

Days = NDArray[np.int64]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEIGHBOURS = 50  # lines before and after a day, among which the one to be repeated is drawn
OWN = ("channel", "branch_id", "rep_id", "due_days")  # what hangs on the customer rather than on what was sold
LONG = 100_000  # more days than any window has


@dataclass(frozen=True)
class Log:
    """The lines of a block, those that campaigns add included.

    Attributes
    ----------
    block : Block
        Whose they are.
    lines : DataFrame
        As they were without campaigns.
    source : array of int
        For each line there is now, which of `lines` it is or repeats.
    sold_as : array of int
        Which of `lines` says how and by whom it was sold.
    amount : array
        What was paid for each line.
    who : array of int
        The customer's place in the block; −1 where the line does not say.
    day : array of int
        Days from the start of the window.
    order : array of int
        Which lines are of one order.
    made : array of bool
        Whether a campaign made the line.
    offer : array of str
        The campaign whose offer was at hand; empty where there was none.
    """

    block: Block
    lines: Frame
    source: Days
    sold_as: Days
    amount: Numbers
    who: Days
    day: Days
    order: Days
    made: Flags
    offer: NDArray[np.object_]

    def within(self, first: Days, last: Days) -> Flags:
        """Which lines lie from each customer's `first` day to their `last`, both included."""
        # Lines of nobody look up a place after the last customer's, where no day is.
        return (self.day >= np.append(first, 1)[self.who]) & (self.day <= np.append(last, 0)[self.who])

    def bought(self, first: Days, last: Days) -> Flags:
        """Who bought between the days."""
        sold = self.within(first, last) & (self.amount > 0)
        return np.bincount(self.who[sold], minlength=self.block.size) > 0

    def spent(self, first: Days, last: Days) -> Numbers:
        """What each customer spent between the days, less returns."""
        seen = self.within(first, last)
        totals = np.bincount(self.who[seen], weights=self.amount[seen], minlength=self.block.size)
        return totals.astype(np.float64)

    def without(self, who: Flags, first: Days, last: Days) -> "Log":
        """The log without the orders that some customers made between the days, and what came back of them."""
        gone = self.within(first, last) & np.append(who, False)[self.who] & (self.amount > 0)
        if not gone.any():
            return self
        # A return that has a number of its own is known by its customer and amount.
        sold = pd.MultiIndex.from_arrays([self.who[gone], self.amount[gone]])
        back = (self.amount < 0) & (self.day >= first.min()) & np.append(who, False)[self.who]
        came_back = pd.MultiIndex.from_arrays([self.who[back], -self.amount[back]]).isin(sold)
        back[back] = came_back
        return self._kept(~(np.isin(self.order, self.order[gone]) | back))

    def with_orders(self, who: Days, day: Days, rng: np.random.Generator) -> "Log":
        """The log with one more order of each of `who` on each `day`."""
        sold = np.flatnonzero((self.amount > 0) & ~self.made)
        if not sold.size or not who.size:
            return self
        by_day = sold[np.argsort(self.day[sold], kind="stable")]
        place = np.searchsorted(self.day[by_day], day) + rng.integers(-NEIGHBOURS, NEIGHBOURS, who.size)
        like = by_day[np.clip(place, 0, sold.size - 1)]
        more: dict[str, Any] = {
            "source": self.source[like],
            "sold_as": self.source[self._before(sold, who, day, otherwise=like)],
            "amount": self.amount[like],
            "who": who,
            "day": day,
            "order": self.order.max() + 1 + np.arange(who.size),
            "made": np.ones(who.size, dtype=bool),
            "offer": np.full(who.size, "", dtype=object),
        }
        parts: dict[str, Any] = {name: np.concatenate([getattr(self, name), part]) for name, part in more.items()}
        return replace(self, **parts)

    def _before(self, sold: Days, who: Days, day: Days, *, otherwise: Days) -> Days:
        """The last of the lines `sold` to each of `who` up to `day`, `otherwise` where there is none."""
        key = self.who[sold] * LONG + self.day[sold]
        order = np.argsort(key, kind="stable")
        found = sold[order][np.maximum(np.searchsorted(key[order], who * LONG + day, side="right") - 1, 0)]
        return np.where((self.who[found] == who) & (self.day[found] <= day), found, otherwise)

    def offered(self, campaign_id: str, who: Flags, first: Days, last: Days) -> "Log":
        """The log with a campaign's name on what some customers bought between the days."""
        used = self.within(first, last) & np.append(who, False)[self.who] & (self.amount > 0)
        return replace(self, offer=np.where(used, campaign_id, self.offer))

    def table(self, setting: Setting) -> Frame:
        """The lines there are now, as a table of transactions; by day, where any were added."""
        found = self.lines.iloc[self.source].reset_index(drop=True)
        found["campaign_id"] = pd.Series(self.offer).where(self.offer != "", None).astype("str")
        found = found[[name for name in BY_NAME["transactions"].column_names if name in found]]
        if not self.made.any():
            return found
        made = np.flatnonzero(self.made)
        found.loc[made, "customer_id"] = self.block.customer_ids[self.who[made]]
        found.loc[made, "date"] = setting.date(self.day[made]).astype(found["date"].dtype)
        found.loc[made, "order_id"] = numbered_on(self.lines["order_id"], len(made))
        for column in [name for name in OWN if name in found]:
            found.loc[made, column] = self.lines[column].iloc[self.sold_as[made]].to_numpy()
        return found.iloc[np.argsort(self.day, kind="stable")].reset_index(drop=True)

    def _kept(self, stays: Flags) -> "Log":
        parts: dict[str, Any] = {name: getattr(self, name)[stays] for name in PARTS}
        return replace(self, **parts)


PARTS = ("source", "sold_as", "amount", "who", "day", "order", "made", "offer")


def log_of(setting: Setting, block: Block, lines: Frame) -> Log:
    """A block's transactions as a log."""
    lines = lines.reset_index(drop=True)
    n = len(lines)
    day = (lines["date"].to_numpy().astype("datetime64[D]") - np.datetime64(setting.start, "D")).astype(np.int64)
    order = pd.factorize(lines["order_id"])[0].astype(np.int64)
    return Log(
        block=block,
        lines=lines,
        source=np.arange(n),
        sold_as=np.arange(n),
        amount=lines["amount"].to_numpy(dtype=float, na_value=0.0),
        who=pd.Index(block.customer_ids).get_indexer(pd.Index(lines["customer_id"], dtype=object)).astype(np.int64),
        day=day,
        # A line of no order is one by itself.
        order=np.where(order < 0, n + np.arange(n), order),
        made=np.zeros(n, dtype=bool),
        offer=np.full(n, "", dtype=object),
    )


def numbered_on(ids: pd.Series, n: int) -> list[str]:
    """`n` numbers that follow the last of `ids`, whose digits at the end count."""
    last = str(ids.dropna().max())
    head = last.rstrip("0123456789")
    digits = last[len(head) :]
    return [f"{head}{int(digits or 0) + number:0{len(digits)}}" for number in range(1, n + 1)]
