"""More cover at a turn of life: whether customers take contracts after one, and whose contracts to look at.

Insurers look for customers who want more cover when they marry or have a child. Contracts are taken at a certain age of
a relationship, and so do turns of life come at one: before and after cannot be compared with each other. So customers
with an event are compared with those without one at the same time since they were first known.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import day, mark, tr
from crmlab.tables.kept import kept_frame
from crmlab.trials import stratified_difference

EVENTS = (mark("marital_status"), mark("children"))
LEAST = 30


@dataclass(frozen=True)
class Cover:
    """Contracts after turns of life.

    Attributes
    ----------
    days : int
        The length of the spans into which the time since a customer was first known is cut.
    after_event, without : (int, int)
        Contracts begun in the next span, and spans with an event; the same of spans without.
    effect : Estimate or None
        More who begin a contract in the span after an event than without, at the same time since first known; None
        where nobody began one in any such span, so that there is nothing to compare.
    customers : DataFrame
        Customers with a running contract and an event the firm learnt of in the last `days`: `customer_id`, `event`,
        `on`, `product_id`, `price`.
    """

    days: int
    after_event: tuple[int, int]
    without: tuple[int, int]
    effect: Estimate | None
    customers: pd.DataFrame


def cover(contracts: ibis.Table, history: ibis.Table, *, until: date, days: int = 180) -> Cover:
    """Contracts begun after changes of marital status and of children.

    The first entry of a field is no event but what was known at first.

    Raises
    ------
    DataError
        If fewer than 30 events have a whole span after them.
    """
    taken = kept_frame(contracts, ["customer_id", "product_id", "start", "end", "price"])
    known = kept_frame(history, ["customer_id", "field", "valid_from", "recorded_on"])
    for frame, names in ((taken, ("start", "end")), (known, ("valid_from", "recorded_on"))):
        for name in names:
            frame[name] = pd.to_datetime(frame[name])
    joined = known.groupby("customer_id")["valid_from"].min()
    changes = known[known["field"].isin(EVENTS)].sort_values(["customer_id", "field", "valid_from"])
    events = changes[changes.duplicated(["customer_id", "field"])]
    counts = _by_span(joined, events, taken, pd.Timestamp(until), days)
    with_event, without = counts[True], counts[False]
    if with_event["size"].sum() < LEAST:
        raise DataError(
            f"only {int(with_event['size'].sum())} turns of life have {days} days of contracts after them "
            f"(at least {LEAST})"
        )
    numbers = (with_event["size"], with_event["sum"], without["size"], without["sum"])
    totals = [int(one.sum()) for one in numbers]
    effect = None
    if totals[1] + totals[3]:
        value, low, high = stratified_difference(*(one.to_numpy(dtype=float) for one in numbers))
        effect = Estimate(
            value=value,
            low=float(low),
            high=float(high),
            n=totals[0] + totals[2],
            level=0.95,
            method=tr("difference of shares at the same time since first known (Mantel–Haenszel weights)"),
            evidence="association",
            denominator=tr("spans of customers known"),
            window=tr("{first} to {last}", first=day(joined.min().date()), last=day(until)),
        )
    return Cover(
        days=days,
        after_event=(totals[1], totals[0]),
        without=(totals[3], totals[2]),
        effect=effect,
        customers=_recent(events, taken, pd.Timestamp(until), days),
    )


def _by_span(
    joined: pd.Series, events: pd.DataFrame, taken: pd.DataFrame, until: pd.Timestamp, days: int
) -> dict[bool, pd.DataFrame]:
    """Spans with (True) and without an event (False): their number (`size`) and contracts in the next one (`sum`)."""
    whole = ((until - joined).dt.days // days - 1).clip(lower=0)
    customer = np.repeat(np.arange(len(joined)), whole)
    span = np.concatenate([np.arange(n) for n in whole]) if len(whole) else np.zeros(0, dtype=int)
    width = int(whole.max()) + 2 if len(whole) else 2

    def keys(frame: pd.DataFrame, column: str) -> np.ndarray:
        rows = frame[frame["customer_id"].isin(joined.index)]
        who = joined.index.get_indexer(pd.Index(rows["customer_id"]))
        at = (rows[column].to_numpy() - joined.to_numpy()[who]) // np.timedelta64(days, "D")
        return np.asarray(who * width + np.clip(at, -1, width - 1))

    had_event = np.isin(customer * width + span, keys(events, "valid_from"))
    began = np.isin(customer * width + span + 1, keys(taken, "start"))
    rows = pd.DataFrame({"span": span, "event": had_event, "began": began})
    counted = rows.groupby(["event", "span"])["began"].agg(["size", "sum"])
    index = pd.RangeIndex(width)
    parts = {
        side: counted[counted.index.get_level_values("event") == side].droplevel("event").reindex(index, fill_value=0)
        for side in (True, False)
    }
    both = (parts[True]["size"] > 0) & (parts[False]["size"] > 0)
    return {side: part[both] for side, part in parts.items()}


def _recent(events: pd.DataFrame, taken: pd.DataFrame, until: pd.Timestamp, days: int) -> pd.DataFrame:
    told = events["recorded_on"]
    recent = events[(told > until - timedelta(days=days)) & (told <= until)]
    recent = recent.sort_values("recorded_on").drop_duplicates("customer_id", keep="last")
    running = taken[taken["end"].isna() | (taken["end"] > until)]
    running = running.sort_values(["price", "product_id"]).drop_duplicates("customer_id", keep="last")
    both = recent.merge(running, on="customer_id")
    found = both.assign(event=both["field"], on=both["valid_from"].dt.date, price=both["price"].astype(float))
    order, columns = ["price", "on", "customer_id"], ["customer_id", "event", "on", "product_id", "price"]
    return found.sort_values(order, ascending=[False, False, True])[columns].reset_index(drop=True)
