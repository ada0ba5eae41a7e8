"""A company on disk: its tables as Parquet, its truth beside them, and the client file that opens it.

Part by part, so that no more than one block of customers is held at a time.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from crmlab.company.company import company_parts, number_of_parts
from crmlab.company.made import Frame
from crmlab.company.setting import Setting
from crmlab.errors import DataError
from crmlab.tables.schema import BY_NAME, TABLES, ColumnType

TABLES_FOLDER, TRUTH_FOLDER, CLIENT_FILE = "tables", "truth", "client.yml"
CURRENCY = "IRT"
ECONOMICS = {
    "margin_rate": 0.27,
    "discount_rate_per_year": 0.35,
    "discount_rate_kind": "nominal",
    "contact_cost": 18000.0,
    "contact_budget": 27_000_000.0,
    "contact_capacity": 1200,
    "supplied_by": "the invented company's controller",
}

_TYPES: dict[ColumnType, Any] = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "money": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}


def write_company(folder: Path, wanted: Setting, *, on_part: Callable[[int, int], None] | None = None) -> Path:
    """The client file of the company that was written to `folder`, which must not be there yet or be empty.

    Parameters
    ----------
    folder : Path
        Gets `client.yml`, `tables/` and `truth/`, all at once at the end, or nothing.
    wanted : Setting
        Which company.
    on_part : callable, optional
        Told after each part how many are done and how many there are.

    Raises
    ------
    DataError
        If the folder holds something already, or cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} holds something already, which would be lost; name a folder that is not there yet")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
        try:
            _write(partial, wanted, on_part)
            partial.chmod(0o755)
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DataError(f"the company could not be written to {folder}: {error.strerror}; make room there") from error
    return folder / CLIENT_FILE


def client_keys(wanted: Setting, tables: dict[str, list[str]]) -> dict[str, Any]:
    """The content of the client file for tables with these columns."""
    sample = (wanted.profile.name, wanted.scenario) == ("sample", "standard")
    known = {table.name: tables[table.name] for table in TABLES if table.name in tables}
    return {
        "id": "negin" if sample else f"negin-{wanted.profile.name}-{wanted.scenario}",
        "name": "Negin, an invented retailer of home appliances",
        "observed_until": wanted.observed_until,
        "currency": CURRENCY,
        "tables": {
            name: {"files": f"{TABLES_FOLDER}/{name}.parquet", "columns": {column: column for column in columns}}
            for name, columns in known.items()
        },
        "economics": ECONOMICS,
    }


class _Files:
    """Parquet files that grow by the frame; each has the columns and types of its first frame."""

    def __init__(self, folder: Path, schema_of: Callable[[str, Frame], pa.Schema]) -> None:
        folder.mkdir()
        self.folder = folder
        self.schema_of = schema_of
        self.writers: dict[str, pq.ParquetWriter] = {}

    def add(self, name: str, frame: Frame) -> None:
        if name not in self.writers:
            path = self.folder / f"{name}.parquet"
            self.writers[name] = pq.ParquetWriter(path, self.schema_of(name, frame), compression="zstd")
        writer = self.writers[name]
        writer.write_table(pa.Table.from_pandas(frame, schema=writer.schema, preserve_index=False))

    def close(self) -> None:
        for writer in self.writers.values():
            writer.close()


def _write(folder: Path, wanted: Setting, on_part: Callable[[int, int], None] | None) -> None:
    tables, truth = _Files(folder / TABLES_FOLDER, _declared), _Files(folder / TRUTH_FOLDER, _as_it_is)
    try:
        for number, part in enumerate(company_parts(wanted), start=1):
            for name, frame in part.tables.items():
                tables.add(name, frame)
            for name, frame in part.truth.items():
                truth.add(name, frame)
            if on_part:
                on_part(number, number_of_parts(wanted))
    finally:
        tables.close()
        truth.close()
    columns = {name: writer.schema.names for name, writer in tables.writers.items()}
    text = yaml.safe_dump(client_keys(wanted, columns), allow_unicode=True, sort_keys=False, width=120)
    (folder / CLIENT_FILE).write_text(text, encoding="utf-8")


def _declared(name: str, frame: Frame) -> pa.Schema:
    return pa.schema([(column.name, _TYPES[column.type]) for column in BY_NAME[name].columns if column.name in frame])


def _as_it_is(_: str, frame: Frame) -> pa.Schema:
    # Text that happens to be all blank in the first block stays text.
    plain = frame.astype({name: "str" for name in frame.columns if pd.api.types.is_object_dtype(frame[name])})
    return pa.Schema.from_pandas(plain, preserve_index=False).remove_metadata()
