"""What can be asked of a client: parts of the question that need more tables, and groups of branches."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.impact.panel import Flags, Panel
from crmlab.analyses.impact.rollout import LEAST_LIVE
from crmlab.errors import DataError
from crmlab.language import listed, tr
from crmlab.simulate import Rollout

Result = TypeVar("Result")
YEAR = 12


def attempt(
    tables: Mapping[str, ibis.Table], needs: Mapping[str, Sequence[str]], compute: Callable[..., Result]
) -> tuple[Result | None, str]:
    """What `compute` makes of the tables it needs, and why it makes nothing where it cannot.

    Parameters
    ----------
    tables : mapping
        The clean tables the client has.
    needs : mapping
        Tables and their columns; the tables are handed to `compute` in this order.
    compute : callable
        May raise `DataError` where the data are too thin.
    """
    absent = [
        f"{name}: {', '.join(columns)}" if name not in tables else f"{name}: {column}"
        for name, columns in needs.items()
        for column in (columns if name in tables else columns[:1])
        if name not in tables or column not in tables[name].columns
    ]
    if absent:
        return None, tr(
            "This part cannot be computed; these tables or columns are not there: {all}.", all=listed(absent)
        )
    try:
        return compute(*(tables[name] for name in needs)), ""
    except DataError as error:
        return None, tr("This part cannot be computed: {why}.", why=str(error))


def groups(found: Panel, by_process: Flags | None) -> dict[str, Flags]:
    """The branches whose effect is asked for, by what they are called: with and without a process, where that is known.

    Groups in which fewer than three branches went live are left out; where none is left, all branches are one group.
    """
    named = {}
    if by_process is not None:
        named = {tr("branches with a process"): by_process, tr("branches without a process"): ~by_process}
    large = {name: one for name, one in named.items() if (one & np.isfinite(found.live)).sum() >= LEAST_LIVE}
    return large or {tr("all branches that went live"): np.ones(found.live.size, dtype=bool)}


def waves_table(found: Panel, by_process: Flags | None) -> pd.DataFrame:
    """When how many branches went live: `month` (a day; None for never), `branches`, `with_process` (if known)."""
    high = np.zeros(found.live.size, dtype=bool) if by_process is None else by_process
    rows = pd.DataFrame({"live": found.live, "high": high}).groupby("live")["high"].agg(["size", "sum"])
    table = pd.DataFrame(
        {
            "month": [found.months[int(at)] if np.isfinite(at) else None for at in rows.index],
            "branches": rows["size"].to_numpy(),
            "with_process": rows["sum"].to_numpy(),
        }
    )
    return table if by_process is not None else table.drop(columns="with_process")


def of_rollout(world: Rollout) -> Panel:
    """A simulated roll-out as a panel."""
    branches, months = world.log_cost.shape
    return Panel(
        numbers=world.log_cost,
        live=world.live,
        branches=tuple(f"B{place + 1:02}" for place in range(branches)),
        months=tuple(date(2021 + place // YEAR, place % YEAR + 1, 1) for place in range(months)),
    )
