"""Parquet files as tables: their columns keep their types, and their footer says what there is."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crmlab.tables.sources.pattern import as_one_file
from crmlab.tables.sources.raw_file import Place, UnreadableError
from crmlab.tables.wording import first_line


def head(place: Place) -> tuple[tuple[str, ...], bool]:
    """The names of the columns, and whether there are rows; only the footer is read.

    Raises
    ------
    UnreadableError
        If the file is no Parquet file.
    """
    try:
        if place.path.stat().st_size == 0:
            raise UnreadableError(f"{place.label}: the file is empty; export it again")
        with pq.ParquetFile(place.path) as file:
            return tuple(file.schema_arrow.names), file.metadata.num_rows > 0
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UnreadableError(
            f"{place.label}: cannot be read as Parquet: {first_line(error)}; export it again"
        ) from error


def relation(connection: Any, path: Path) -> Any:
    """The file as a table with its columns in their order, under whatever names the engine gives them."""
    return connection.read_parquet(as_one_file(path), hive_partitioning=False)
