"""One cache for all lessons and exercises: they open the same clients, whose tables are ingested once for all.

What ingesting does with a cache that is empty, damaged or gone is held by `tests/test_ingest.py`.
"""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def _ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ingested")


@pytest.fixture(autouse=True)
def cache_folder(_ingested: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder that the tests of this folder share."""
    monkeypatch.setenv("CRMLAB_CACHE", str(_ingested))
    return _ingested
