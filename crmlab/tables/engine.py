"""The embedded engine: DuckDB behind Ibis, opened in one place with one set of settings."""

import tempfile
import warnings
from typing import Any

import ibis
from pandas.errors import Pandas4Warning

# Ibis 12 calls a pandas method that pandas 4 renames; nothing a user of crmlab can act on.
warnings.filterwarnings("ignore", category=Pandas4Warning, module=r"ibis\..*")


def connect(*, threads: int | None = None, memory_limit: str | None = None) -> Any:
    """A fresh in-memory DuckDB backend of Ibis that spills to disk and never reaches for the web.

    Parameters
    ----------
    threads : int, optional
        Worker threads; by default DuckDB's own choice, one for each core.
    memory_limit : str, optional
        For example `"4GB"`; beyond it DuckDB spills to the temporary folder. By default 80 % of the machine's memory.
    """
    settings: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": tempfile.gettempdir() + "/crmlab-spill",
    }
    if threads is not None:
        settings["threads"] = threads
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    return ibis.duckdb.connect(**settings)
