"""One raw table that can be opened, and what is said when its bytes turn out to be broken."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from crmlab.errors import DataError
from crmlab.tables.export import Form

Kind = Literal["text", "parquet", "workbook", "sqlite", "duckdb"]


class UnreadableError(DataError):
    """A file cannot be read as the client file describes it; the message is one sentence that names the file."""


@dataclass(frozen=True)
class Place:
    """Where a raw table lies: the file, what kind of file it is, and the part of it that is the table.

    `part` is the sheet, the member of an archive or the table of a database; empty where the file is one table.
    """

    path: Path
    kind: Kind
    part: str = ""

    @property
    def label(self) -> str:
        """The place as messages name it."""
        return f"{self.path.name}: {self.part}" if self.part else self.path.name


@dataclass(frozen=True)
class RawFile:
    """A raw table that can be opened: where it is, the names of its columns in their order, and how it is written.

    Attributes
    ----------
    path : Path
        The file itself, also where the table is only a part of it.
    kind : str
        What reads it: `text`, `parquet`, `workbook`, `sqlite` or `duckdb`.
    columns : tuple of str
        The names in the file's header; they may repeat, and be empty.
    form : Form
        How it is written.
    part : str
        The sheet, the member of an archive or the table of a database; empty where the file is one table.
    """

    path: Path
    kind: Kind
    columns: tuple[str, ...]
    form: Form = field(default_factory=Form)
    part: str = ""

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(self.path, self.kind, self.part)

    @property
    def label(self) -> str:
        """The file as messages name it."""
        return self.place.label
