"""The rows of a client's tables as this room uses them: kept rows, days as time stamps, money as doubles."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import pandas as pd

from crmlab.errors import DataError
from crmlab.language import day, tr
from crmlab.tables.kept import kept

Tables = Mapping[str, Any]
YEAR = 365


def rows(tables: Tables, name: str, columns: list[str], *, optional: tuple[str, ...] = ()) -> pd.DataFrame:
    """`columns` of the kept rows of the table `name`; those in `optional` are all blank where the client has them not.

    Days become time stamps, money and other decimals become doubles.

    Raises
    ------
    DataError
        If the table or a column that is not optional is missing.
    """
    if name not in tables:
        raise DataError(f"the table {name!r} is not there; add it to the client file")
    table = tables[name]
    absent = [column for column in columns if column not in table.columns and column not in optional]
    if absent:
        raise DataError(f"the table {name!r} has no columns {absent}; map them in the client file")
    have = [column for column in columns if column in table.columns]
    types = table.schema()
    asked = kept(table).select(**{column: _plain(table[column], types[column]) for column in have})
    frame: pd.DataFrame = asked.to_pyarrow().to_pandas()
    for column in have:
        if types[column].is_date():
            frame[column] = pd.to_datetime(frame[column])
    return frame.reindex(columns=columns)


def year_to(at: date) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last day of the 365 days that end on `at`."""
    last = pd.Timestamp(at)
    return last - pd.Timedelta(days=YEAR - 1), last


def window_of(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """A window from one day to another, for people."""
    return tr("{first} to {last}", first=day(first.date()), last=day(last.date()))


def window(at: date) -> str:
    """The same year, for people."""
    first, last = year_to(at)
    return window_of(first, last)


def within(frame: pd.DataFrame, column: str, at: date) -> pd.DataFrame:
    """The rows whose day lies in the year that ends on `at`."""
    first, last = year_to(at)
    return frame[frame[column].between(first, last)]


def _plain(column: ibis.Value, kind: Any) -> ibis.Value:
    return column.cast("float64") if kind.is_decimal() else column
