"""The data sets that come with crmlab: where each lies, what it holds, where it is from and under what terms."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from crmlab import suite
from crmlab.errors import DataError, nearest
from crmlab.tables.reader import sha256_of


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One data set that comes with crmlab, as the registry describes it.

    Attributes
    ----------
    name, title : str
        The name of the built-in client that reads it, and a title for people.
    file : str
        The data file, below the folder of the data sets.
    sha256, bytes : str, int
        Its SHA-256 and size.
    rows, customers : int
        Rows as they stand in the file, and distinct customers among them.
    first_date, last_date : date
        Of the first and the last row.
    currency, licence, source, citation : str
        What the amounts are in; on what terms the data may be used; where they are from; what to cite.
    original_file, original_sha256 : str
        The file it was converted from.
    """

    name: str
    title: str
    file: str
    sha256: str
    bytes: int
    rows: int
    customers: int
    first_date: date
    last_date: date
    currency: str
    licence: str
    source: str
    citation: str
    original_file: str
    original_sha256: str

    @property
    def path(self) -> Path:
        """Where the data file lies."""
        return suite.datasets_folder() / self.file

    def verify(self) -> None:
        """Check that the file is the one the registry describes.

        Raises
        ------
        DataError
            If the file is gone, or if a byte of it has been changed.
        """
        mend = "restore it from the repository or install crmlab again"
        try:
            got = sha256_of(self.path)
        except OSError as error:
            raise DataError(f"data set {self.name}: {self.path} cannot be read: {error.strerror}; {mend}") from error
        if got != self.sha256:
            raise DataError(
                f"data set {self.name}: {self.path} has been changed: its SHA-256 is {got}, "
                f"the registry expects {self.sha256}; {mend}"
            )


@cache
def registry() -> tuple[Dataset, ...]:
    """Every data set that comes with crmlab."""
    entries = json.loads((suite.datasets_folder() / "registry.json").read_text(encoding="utf-8"))
    return tuple(_dataset(**entry) for entry in entries)


def dataset(name: str) -> Dataset:
    """The data set called `name`."""
    for found in registry():
        if found.name == name:
            return found
    known = [found.name for found in registry()]
    raise DataError(f"there is no data set {name!r}{nearest(name, known)}; there are {', '.join(known)}")


def _dataset(*, first_date: str, last_date: str, **rest: str) -> Dataset:
    return Dataset(first_date=date.fromisoformat(first_date), last_date=date.fromisoformat(last_date), **rest)  # type: ignore[arg-type]
