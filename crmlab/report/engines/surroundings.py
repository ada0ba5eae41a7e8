"""What stands around a notebook while it runs, whatever the engine: environment, folders, extensions, memory."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from crmlab import suite

MOST_OF_THE_MACHINE = 0.8
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a notebook's process is given.

    Attributes
    ----------
    folder : Path
        Where the process may keep what it needs; the caller deletes it.
    work : Path
        Its current folder when it starts.
    environment : mapping
        Every variable, not only ours.
    extensions : tuple of str
        Modules it loads as IPython extensions before the first cell.
    memory_limit : int
        Bytes it and its descendants may hold together.
    """

    folder: Path
    work: Path
    environment: Mapping[str, str]
    extensions: tuple[str, ...]
    memory_limit: int


def surroundings(
    folder: Path, *, work: Path | None = None, extensions: tuple[str, ...] = (), memory_limit: int | None = None
) -> Surroundings:
    """Surroundings whose private folders are in `folder`, and the current folder too unless it is given."""
    return Surroundings(
        folder=folder,
        work=work or Path(_made(folder / "work")),
        environment={**os.environ, **fixed(), **private(folder)},
        extensions=extensions,
        memory_limit=memory_limit or default_memory_limit(),
    )


def fixed() -> dict[str, str]:
    """What makes a notebook's numbers and pictures independent of the user's own settings, the same for every run."""
    matplotlib = find_spec("matplotlib")
    places = (matplotlib.submodule_search_locations if matplotlib else None) or [""]
    search_path = [str(suite.PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    return {
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # Arrow's thread would make a fork unsafe
        "LC_ALL": "C.UTF-8",
        "MATPLOTLIBRC": str(Path(places[0]) / "mpl-data" / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",  # the order of a parallel sum is its result's last digit
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(part for part in search_path if part),
        "PYTHONSTARTUP": "",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "",
        "TZ": "UTC",
    }


def private(folder: Path) -> dict[str, str]:
    """The folders of one run. The home folder stays: the clean tables that runs share are kept below it."""
    return {
        "IPYTHONDIR": _made(folder / "ipython"),  # no start-up files, no profile
        "JUPYTER_CONFIG_DIR": _made(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": _made(folder / "runtime"),
        "TMPDIR": _made(folder / "tmp"),
    }


def default_memory_limit() -> int:
    """Bytes: most of what the machine or the container has; beyond it the system would end processes at its choice."""
    return int(MOST_OF_THE_MACHINE * min([psutil.virtual_memory().total, *_of_the_container()]))


def _of_the_container() -> list[int]:
    texts = [Path(name).read_text(encoding="ascii").strip() for name in _CGROUP_LIMITS if Path(name).exists()]
    return [int(text) for text in texts if text.isdigit()]


def _made(folder: Path) -> str:
    folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder)
