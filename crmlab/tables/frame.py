"""Rows made in memory, such as a simulation's, as a clean table: the same form that `Client.table` returns."""

from collections.abc import Sequence

import ibis
import pandas as pd
import pyarrow as pa

from crmlab.errors import DataError
from crmlab.tables.engine import connect

COLUMNS = ("customer_id", "date", "amount")


def clean_table(frame: pd.DataFrame, *, ids: Sequence[str] = ()) -> ibis.Table:
    """`frame` as a clean table of transactions in an engine of its own, with no row excluded.

    Parameters
    ----------
    frame : DataFrame
        `customer_id`, `date` and `amount`, which is rounded to four decimals; below zero it is a return.
    ids : sequence of str
        Further columns to keep, as text: `order_id`, `product_id`. All others are left out.

    Raises
    ------
    DataError
        If a column is absent or a value missing: nothing here decides what to do about them.
    """
    wanted = [*COLUMNS, *ids]
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise DataError(f"columns {absent} are not in the frame; it has {list(frame.columns)}")
    rows = frame[wanted]
    missing = {name: int(count) for name, count in rows.isna().sum().items() if count}
    if missing:
        raise DataError(f"rows without a value cannot enter a clean table; missing by column: {missing}")
    engine = connect()
    engine.con.register("made_in_memory", pa.Table.from_pandas(rows, preserve_index=False))
    table = engine.table("made_in_memory")
    amount = table.amount.cast("decimal(18, 4)")
    return table.select(
        customer_id=table.customer_id.cast("string"),
        date=table.date.cast("date"),
        amount=amount,
        is_return=amount < 0,
        **{name: table[name].cast("string") for name in ids},
        excluded_by=ibis.null("string"),
    )
