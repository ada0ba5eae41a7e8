"""The embedded engine: DuckDB behind Ibis, opened in one place with one set of settings."""

import os
import uuid
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import ibis
from pandas.errors import Pandas4Warning

from crmlab.errors import DataError
from crmlab.tables import cache
from crmlab.tables.wording import first_line, shown

MEMORY = "CRMLAB_MEMORY"
MEMORY_OF_A_THREAD = 300 * 1024**2
"""Bytes. Grouping more keys than fit in memory, a thread cuts them into up to 256 parts, each with a block of 256 KiB
for its keys and one for its texts, and has the table of the part it counts beside them; with less the engine gives up
(grouping 12 million orders twice, two threads did not get by with 150 MB each)."""

# Ibis 12 calls a pandas method that pandas 4 renames; nothing a user of crmlab can act on.
warnings.filterwarnings("ignore", category=Pandas4Warning, module=r"ibis\..*")


def default_threads() -> int:
    """A thread for each core, but four at least: DuckDB splits its hash tables by threads.

    On two cores the smaller parts of four threads made the customer summary of 10 million rows a tenth faster.
    """
    return max(4, os.cpu_count() or 1)


def connect(*, threads: int | None = None, memory_limit: str | None = None) -> Any:
    """A fresh in-memory DuckDB backend of Ibis that spills to disk and never reaches for the web.

    Parameters
    ----------
    threads : int, optional
        Worker threads; by default `default_threads()`, or fewer where the memory limit is too low for as many.
    memory_limit : str, optional
        For example `"4GB"`; beyond it DuckDB spills to a folder beside the clean tables. By default what
        `CRMLAB_MEMORY` says, or half of the memory of the machine or of its container.

    Raises
    ------
    DataError
        If `CRMLAB_MEMORY` is no amount of memory, or there is no place for what spills.
    """
    asked = memory_limit or os.environ.get(MEMORY)
    settings: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(_own_spill_folder()),
    }
    if asked:
        settings["memory_limit"] = asked
    try:
        connection = ibis.duckdb.connect(**settings)
    except duckdb.ParserException as error:
        if memory_limit is not None:
            raise
        raise DataError(f"{MEMORY} is {shown(asked)}; write an amount of memory such as 4GB or 800MB") from error
    # A progress bar would write among what a command prints. Notebooks without ipywidgets have none to switch off.
    with suppress(duckdb.InvalidInputException):
        connection.raw_sql("SET enable_progress_bar = false")
    if not asked:
        connection.raw_sql(f"SET memory_limit = '{_half_of_the_memory(connection)}'")
    if threads is None:
        threads = max(1, min(default_threads(), limit_of(connection) // MEMORY_OF_A_THREAD))
    connection.raw_sql(f"SET threads = {threads}")
    return connection


def spill_folder() -> Path:
    """Where engines write what does not fit in memory: beside the clean tables.

    The system's temporary folder may be memory itself.
    """
    return cache.cache_folder() / "spill"


def _own_spill_folder() -> Path:
    """A folder of this connection's own, which DuckDB makes when it spills and deletes when it is closed.

    Connections that share one read each other's blocks, and count wrong in silence.
    """
    parent = spill_folder()
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"there is no place in {parent} for what does not fit in memory: {first_line(error)}"
        mend = "make room there, or set CRMLAB_CACHE to a folder that can be written to"
        raise DataError(f"{what}; {mend}") from error
    cache.sweep(parent, "*")
    return parent / uuid.uuid4().hex


def _half_of_the_memory(connection: Any) -> str:
    """DuckDB takes 80 % for each connection; what Python holds, and a second connection, would not fit beside it."""
    return f"{limit_of(connection) * 0.5 / 0.8 / 1024**2:.3f}MiB"


def limit_of(connection: Any) -> int:
    """The connection's memory limit in bytes."""
    number, unit = connection.raw_sql("SELECT current_setting('memory_limit')").fetchone()[0].split()
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB").index(unit))


def limit_text(connection: Any) -> str:
    """The connection's memory limit as `connect` takes it, for an engine that is to have as much."""
    return f"{limit_of(connection)}B"


def as_view(connection: Any, rows: Any, name: str) -> Any:
    """The rows behind a fixed name: what is compiled against it can be used again when it stands for other rows."""
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {connection.compile(rows)}")
    return connection.table(name)
