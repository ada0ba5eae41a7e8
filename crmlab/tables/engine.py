"""The embedded engine: DuckDB behind Ibis, opened in one place with one set of settings."""

import os
import tempfile
import warnings
from contextlib import suppress
from typing import Any

import duckdb
import ibis
from pandas.errors import Pandas4Warning

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
        Worker threads; by default `default_threads()`.
    memory_limit : str, optional
        For example `"4GB"`; beyond it DuckDB spills to the temporary folder. By default half of the memory of the
        machine or of its container.
    """
    settings: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": tempfile.gettempdir() + "/crmlab-spill",
        "threads": default_threads() if threads is None else threads,
    }
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    connection = ibis.duckdb.connect(**settings)
    # A progress bar would write among what a command prints. Notebooks without ipywidgets have none to switch off.
    with suppress(duckdb.InvalidInputException):
        connection.raw_sql("SET enable_progress_bar = false")
    if memory_limit is None:
        connection.raw_sql(f"SET memory_limit = '{_half_of_the_memory(connection)}'")
    return connection


def _half_of_the_memory(connection: Any) -> str:
    """DuckDB takes 80 % for each connection; what Python holds, and a second connection, would not fit beside it."""
    number, unit = connection.raw_sql("SELECT current_setting('memory_limit')").fetchone()[0].split()
    return f"{float(number) * 0.5 / 0.8:.3f}{unit}"


def as_view(connection: Any, rows: Any, name: str) -> Any:
    """The rows behind a fixed name: what is compiled against it can be used again when it stands for other rows."""
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {connection.compile(rows)}")
    return connection.table(name)
