"""The cache of clean tables: where it lies, what a table is called in it, how one gets there whole or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs

from crmlab.errors import DataError
from crmlab.tables.wording import first_line

_A_DAY = 24 * 60 * 60


def cache_folder() -> Path:
    """Where clean tables are kept: `CRMLAB_CACHE` if it is set, otherwise the user's cache folder."""
    chosen = os.environ.get("CRMLAB_CACHE")
    return Path(chosen).absolute() if chosen else platformdirs.user_cache_path("crmlab")


def digest_of(facts: Mapping[str, Any]) -> str:
    """The SHA-256 of plain facts, whatever order they are named in."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@cache
def code_digest() -> str:
    """The digest of the source of every module of this package: each may have a say in what a clean table holds."""
    package = Path(__file__).parent
    sources = sorted(package.rglob("*.py"))
    return digest_of(
        {str(path.relative_to(package)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    )


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """A temporary sibling that becomes `folder` in one step at the end, or leaves no trace.

    Raises
    ------
    DataError
        If the system refuses to write there.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent, ".partial-*")
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
        try:
            yield partial
            _rename(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder.parent, error) from error


def sweep(parent: Path, pattern: str) -> None:
    """Delete what killed processes left behind: matching folders in which nothing has been added for a day."""
    for left in parent.glob(pattern):
        with suppress(OSError):  # somebody else is sweeping too
            if time.time() - left.stat().st_mtime > _A_DAY:
                shutil.rmtree(left)


def write_parquet(connection: Any, query: str, path: Path, *, split_by: str = "") -> None:
    """Stream what the compiled query gives into a Parquet file: the only place where clean data is written.

    With `split_by`, `path` becomes a folder that holds a folder of files for each value of that column.
    """
    target = str(path).replace("'", "''")
    split = f", PARTITION_BY ({split_by})" if split_by else ""
    try:
        connection.raw_sql(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd{split})")
    except RuntimeError as error:
        if "interrupted" in str(error):  # what the engine makes of Ctrl-C
            raise KeyboardInterrupt from error
        raise


def unwritable(folder: Path, error: Exception) -> DataError:
    """The error that says clean tables cannot be written to the folder, and why."""
    return DataError(
        f"the clean table could not be written to {folder}: {first_line(error)}; "
        "make room there, or set CRMLAB_CACHE to a folder that can be written to"
    )


def _rename(partial: Path, folder: Path) -> None:
    try:
        partial.rename(folder)
    except OSError:
        # Somebody else has finished the same table in the meantime; theirs is as good.
        if not folder.is_dir():
            raise
