"""Purchase histories as the models read them: checked, and every distinct history once with its weight."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, together

Vector = NDArray[np.float64]

COUNTS = ("repeats", "t_x", "T")
SPEND = "mean_repeat_value"
WEIGHT = "weight"
OPPORTUNITIES = {"x": "repeats", "n": "T"}


@dataclass(frozen=True)
class Histories:
    """Distinct histories in days, sorted, and how many customers have each.

    `place` gives for each customer, in the order asked, the position of their history.
    """

    x: Vector
    t_x: Vector
    T: Vector
    weights: Vector
    place: NDArray[np.int64]

    @property
    def share_bought_once(self) -> float:
        """Share of the customers without a repeat purchase."""
        return float(self.weights[self.x == 0].sum() / self.weights.sum())

    def per_customer(self, values: Vector) -> Vector:
        """One value a history as one value a customer."""
        return values[self.place]


def histories(customers: pd.DataFrame) -> Histories:
    """The distinct histories of a customer summary.

    A table of opportunities may have the names of its papers, `x` and `n`, in place of `repeats` and `T`.

    An optional column `weight` says how many customers a row stands for; without it each stands for one.

    Raises
    ------
    DataError
        If a column is missing or a history is impossible; all problems are named at once.
    """
    if {"x", "n"} <= set(customers.columns) and "repeats" not in customers.columns:
        customers = customers.rename(columns=OPPORTUNITIES)
    check_columns(customers, COUNTS)
    x, t_x, T = (customers[name].to_numpy(dtype="float64", na_value=np.nan) for name in COUNTS)
    _check_possible(customers, x, t_x, T)
    distinct, place, weights = distinct_rows(x, t_x, T, weights=row_weights(customers))
    return Histories(distinct[:, 0], distinct[:, 1], distinct[:, 2], weights, place)


def row_weights(customers: pd.DataFrame) -> Vector:
    """How many customers each row stands for.

    Raises
    ------
    DataError
        If the column `weight` has anything but whole numbers of 1 or more.
    """
    if WEIGHT not in customers.columns:
        return np.ones(len(customers))
    weights = customers[WEIGHT].to_numpy(dtype="float64", na_value=np.nan)
    wrong = ~((weights >= 1) & (weights == np.floor(weights)) & np.isfinite(weights))
    if wrong.any():
        raise DataError(
            f"weight is not a whole number of 1 or more in {int(wrong.sum()):,} rows, first "
            f"{_named(customers, wrong)}; it says how many customers a row stands for"
        )
    return weights


def distinct_rows(*columns: Vector, weights: Vector) -> tuple[Vector, NDArray[np.int64], Vector]:
    """Distinct rows of `columns` in ascending order, the position of each row among them, and their summed weights."""
    order = np.lexsort(columns[::-1])
    rows = np.column_stack(columns)[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    summed = np.bincount(place, weights=weights, minlength=int(new.sum()))
    return rows[new], place, summed.astype(np.float64)


def by_count(x: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """The distinct whole numbers in `x`, ascending, and the summed weight of each.

    Gamma functions of a hundred numbers instead of a hundred thousand are most of the speed of a likelihood.
    """
    totals = np.bincount(x.astype(np.int64), weights=weights)
    numbers = np.flatnonzero(totals)
    return numbers.astype(np.float64), totals[numbers].astype(np.float64)


def check_columns(customers: pd.DataFrame, needed: Sequence[str]) -> None:
    """Refuse a table that is no customer summary."""
    missing = [name for name in needed if name not in customers.columns]
    if missing:
        raise DataError(
            f"columns {missing} are not in the table of customers; it has {list(customers.columns)}. "
            "Make it with customer_summary(transactions, observed_until=...)"
        )


def _check_possible(customers: pd.DataFrame, x: Vector, t_x: Vector, T: Vector) -> None:
    impossible = {
        "repeats is not a whole number of 0 or more": ~((x >= 0) & (x == np.floor(x)) & np.isfinite(x)),
        "t_x is not between 0 and T": ~((t_x >= 0) & (t_x <= T) & np.isfinite(T)),
        "t_x is above 0 without a repeat purchase, or 0 with one": (x > 0) != (t_x > 0),
    }
    problems = [
        f"{rule}: {int(rows.sum()):,} customers, first {_named(customers, rows)}"
        for rule, rows in impossible.items()
        if rows.any()
    ]
    if problems:
        raise DataError(together("these purchase histories cannot be (t_x and T are days):", problems))


def _named(customers: pd.DataFrame, rows: NDArray[np.bool_]) -> str:
    ids = customers["customer_id"] if "customer_id" in customers.columns else customers.index.to_series()
    return repr(ids.to_numpy()[rows].tolist()[0])
