"""The rows of a clean table that count: those no rule has left out."""

from collections.abc import Sequence

import ibis
import pandas as pd

from crmlab.tables.schema import EXCLUDED_BY


def kept(table: ibis.Table) -> ibis.Table:
    """The rows of a clean table that no rule has left out, still in the engine."""
    return table.filter(table[EXCLUDED_BY].isnull())  # noqa: PD003 - Ibis, not pandas


def kept_frame(table: ibis.Table, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of the rows that no rule has left out, in memory."""
    frame: pd.DataFrame = kept(table).select(*columns).to_pyarrow().to_pandas()
    return frame
