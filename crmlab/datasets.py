"""The data sets that come with crmlab: where each lies, what it holds, where it is from and under what terms."""

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.errors import DataError, nearest
from crmlab.tables.reader import sha256_of

CARDS = ("README.md", "CARD.md")


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
    original_file, original_sha256 : str or None
        The file it was converted from; None where it was made by crmlab.
    more_files : dict
        Its other files, below the folder of the data sets, with their SHA-256.
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
    original_file: str | None = None
    original_sha256: str | None = None
    more_files: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the data file lies."""
        return suite.datasets_folder() / self.file

    @property
    def card(self) -> Path:
        """Where it is said what the data are and what they are good for."""
        folder = suite.datasets_folder() / self.name
        return next(path for name in CARDS if (path := folder / name).is_file())

    def verify(self) -> None:
        """Check that the files are those the registry describes.

        Raises
        ------
        DataError
            If a file is gone, or if a byte of one has been changed: all of them in one message.
        """
        wanted = {self.file: self.sha256, **self.more_files}
        problems = [problem for file, sha256 in wanted.items() if (problem := _problem(file, sha256))]
        if problems:
            mend = "restore it from the repository or install crmlab again"
            raise DataError(f"data set {self.name}: {'; '.join(problems)}; {mend}")


def _problem(file: str, expected: str) -> str | None:
    path = suite.datasets_folder() / file
    try:
        got = sha256_of(path)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if got == expected:
        return None
    return f"{path} has been changed: its SHA-256 is {got}, the registry expects {expected}"


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


def _dataset(*, first_date: str, last_date: str, **rest: Any) -> Dataset:
    return Dataset(first_date=date.fromisoformat(first_date), last_date=date.fromisoformat(last_date), **rest)
