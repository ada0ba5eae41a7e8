"""Where notebooks and data sets lie: the only place that knows whether this is a checkout or an installed wheel."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crmlab.errors import CrmlabError, nearest

PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Notebook:
    """One notebook of the suite and what its metadata says it needs.

    `needs` maps a table to the columns the notebook reads; `gates` maps a gate's name to the value it asks for;
    `horizon_days` is how far the notebook looks ahead, None where it does not.
    """

    name: str
    path: Path
    question: str
    needs: dict[str, list[str]]
    gates: dict[str, int]
    horizon_days: int | None = None

    @property
    def number(self) -> str:
        """The two digits the notebook's name begins with."""
        return self.name.split("_", 1)[0]


def root() -> Path:
    """The folder that holds `notebooks/` and `datasets/`."""
    installed = PACKAGE / "_suite"
    return installed if installed.is_dir() else PACKAGE.parent


def exercises_folder() -> Path:
    """The folder of the notebooks with blanks, built from those that have exercises."""
    return root() / "notebooks" / "exercises"


def datasets_folder() -> Path:
    """The folder of the data sets that come with crmlab."""
    return root() / "datasets"


@cache
def notebooks() -> tuple[Notebook, ...]:
    """Every notebook of the suite, in the order of their numbers."""
    return tuple(_read(path) for path in sorted((root() / "notebooks").glob("[0-9][0-9]_*.ipynb")))


def notebook(name: str) -> Notebook:
    """The notebook called `name`, given whole (`02_pareto`) or as its number (`02`, `2`)."""
    for found in notebooks():
        if name in (found.name, found.number) or name.zfill(2) == found.number:
            return found
    known = [found.name for found in notebooks()]
    raise CrmlabError(
        f"there is no notebook {name!r}{nearest(name, known)}; crmlab list shows them: {', '.join(known)}"
    )


def _read(path: Path) -> Notebook:
    metadata: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["metadata"]["crmlab"]
    horizon = metadata.get("horizon_days")
    return Notebook(path.stem, path, metadata["question"], metadata["needs"], metadata["gates"], horizon)
