"""Copies that reading needs: in a folder of their own beside the clean tables, and gone when the reading is done."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmlab.errors import DataError
from crmlab.tables import cache
from crmlab.tables.wording import first_line


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that is deleted with all it holds when the `with` ends, however it ends.

    Raises
    ------
    DataError
        If there is no place for it.
    """
    parent = cache.cache_folder() / "scratch"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        cache.sweep(parent, "copy-*")
        place = tempfile.TemporaryDirectory(prefix="copy-", dir=parent, ignore_cleanup_errors=True)
    except OSError as error:
        mend = "make room there, or set CRMLAB_CACHE to a folder that can be written to"
        raise DataError(f"there is no room for copies in {parent}: {first_line(error)}; {mend}") from error
    with place as name:
        yield Path(name)
