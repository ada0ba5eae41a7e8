"""What a group of tables makes, and the form in which a table leaves the company."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.tables.schema import BY_NAME

Frame = pd.DataFrame


@dataclass(frozen=True)
class Made:
    """Tables by their names, and beside them the truth they were drawn from.

    `tables` have the names and columns of the schema; `truth` is for checks alone: no analysis reads it.
    """

    tables: dict[str, Frame] = field(default_factory=dict)
    truth: dict[str, Frame] = field(default_factory=dict)

    def __or__(self, other: "Made") -> "Made":
        """Both together; a table stands in one of them only."""
        twice = (self.tables.keys() & other.tables.keys()) | (self.truth.keys() & other.truth.keys())
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: made twice")
        return Made(self.tables | other.tables, self.truth | other.truth)


def table(name: str, columns: dict[str, Any]) -> Frame:
    """The table as the schema declares it: its columns in their order, days, whole tomans, numbers to four decimals.

    `columns` holds an array for each column; columns of the schema that are not in it are left out of the table.
    """
    declared = BY_NAME[name]
    unknown = set(columns) - set(declared.column_names)
    if unknown:
        raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
    return pd.DataFrame(
        {column.name: _as(column.type, columns[column.name]) for column in declared.columns if column.name in columns}
    )


def joined(parts: Iterable[Frame]) -> Frame:
    """Rows of several frames of the same columns, one after the other."""
    return pd.concat(list(parts), ignore_index=True)


def _as(kind: str, values: Any) -> Any:
    series = pd.Series(np.asarray(values) if not isinstance(values, pd.Series) else values.to_numpy())
    if kind in ("id", "text"):
        return series.astype("str")
    if kind == "date":
        return series.astype("datetime64[s]").dt.normalize()
    if kind == "money":
        return series.astype("Float64").round().astype("Int64")
    if kind == "number":
        return series.astype("float64").round(4)
    return series.astype("boolean")
