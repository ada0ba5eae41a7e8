"""Panels and tables for the tests of measuring success."""

import functools
import itertools
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.analyses.impact import Panel
from crmlab.simulate import Rollout
from crmlab.tables.engine import connect

COUNTER = itertools.count()


@functools.cache
def engine():
    return connect()


def clean(rows):
    """Rows as a clean table of which none is left out; all tables share an engine, as those of a client do."""
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if name in ("date", "month", "crm_live_on"):
            frame[name] = pd.to_datetime(frame[name]).dt.date
    name = f"impact{next(COUNTER)}"
    engine().con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
    return engine().table(name).mutate(excluded_by=ibis.null("string"))


def months(n, start=2021):
    return tuple(date(start + place // 12, place % 12 + 1, 1) for place in range(n))


def as_panel(numbers, live):
    numbers = np.asarray(numbers, dtype=float)
    names = tuple(f"B{place:02}" for place in range(len(numbers)))
    return Panel(numbers=numbers, live=np.asarray(live, dtype=float), branches=names, months=months(numbers.shape[1]))


def of(world: Rollout):
    return as_panel(world.log_cost, world.live)
