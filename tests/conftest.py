"""Fixtures that every test may use: a cache of its own, and client files written in one line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pytest
import yaml
from hypothesis import settings

# What is tried is the same on every machine and every day, however slow it is; a failure can be had again by running
# the test again.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

COLUMNS = {"customer_id": "customer_id", "date": "date", "amount": "amount"}
ROWS = "customer_id,date,amount\nann,1997-01-01,10.00\nann,1997-02-01,5.50\nbob,1997-01-15,7.25\n"


class WriteClient(Protocol):
    """Writes data and a client file; returns the client file's path."""

    def __call__(
        self,
        data: str | bytes | pd.DataFrame | Mapping[str, str | bytes | pd.DataFrame] = ROWS,
        *,
        columns: Mapping[str, str] = COLUMNS,
        observed_until: Any = "1998-06-30",
        zero_amounts: str | None = None,
        suffix: str = ".csv",
        folder: str = "shop",
        text: str | None = None,
        **keys: Any,
    ) -> Path: ...


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("CRMLAB_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def peak_memory() -> str:
    """Code that gives a process of its own a `peak`, the most memory it held, in bytes.

    It is read from /proc where there is one: `ru_maxrss` begins with the peak of the process that started this one.
    """
    return """
import resource, sys
from pathlib import Path
status = Path("/proc/self/status")
if status.exists():
    peak = 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
"""


@pytest.fixture
def write_client(tmp_path: Path) -> WriteClient:
    """Write data (text, bytes, a frame, or several by file name) and a client file that reads them.

    A frame becomes Parquet. `suffix` is that of a single file. Further keywords replace keys of the client file (None
    leaves the key out); `text` replaces the client file as a whole.
    """

    def write(
        data: str | bytes | pd.DataFrame | Mapping[str, str | bytes | pd.DataFrame] = ROWS,
        *,
        columns: Mapping[str, str] = COLUMNS,
        observed_until: Any = "1998-06-30",
        zero_amounts: str | None = None,
        suffix: str = ".csv",
        folder: str = "shop",
        text: str | None = None,
        **keys: Any,
    ) -> Path:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        single = f"sales{'.parquet' if isinstance(data, pd.DataFrame) else suffix}"
        files = data if isinstance(data, Mapping) else {single: data}
        for name, content in files.items():
            write_data(place / name, content)
        content = {
            "id": "shop",
            "name": "A shop",
            "observed_until": observed_until,
            "currency": "USD",
            "tables": {"transactions": {"files": _names(list(files)), "columns": dict(columns)}},
            **({"rules": {"zero_amounts": zero_amounts}} if zero_amounts else {}),
        } | keys
        wanted = {key: value for key, value in content.items() if value is not None}
        path = place / "client.yml"
        path.write_text(text if text is not None else yaml.safe_dump(wanted), encoding="utf-8")
        return path

    return write


def write_data(path: Path, content: str | bytes | pd.DataFrame) -> None:
    """Write text or bytes as they are, a frame as Parquet."""
    if isinstance(content, pd.DataFrame):
        content.to_parquet(path, index=False)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _names(files: Sequence[str]) -> str | list[str]:
    return files[0] if len(files) == 1 else list(files)
