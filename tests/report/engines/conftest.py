"""Notebooks of a few cells, run by either engine, and a look at what runs of the warm one leave behind."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
import pytest

from crmlab.report.engines import PAPERMILL_NAMES, forked
from crmlab.report.engines.surroundings import surroundings
from crmlab.report.execute import Execution, execute, reproducible

Run = Callable[..., Execution]


@pytest.fixture(scope="module", autouse=True)
def one_server() -> Iterator[None]:
    """One server for the tests of a module, ended after them."""
    yield
    forked.close_shared_server()
    assert not [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's runs keep what they need, to see that nothing of it stays."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def notebook(*sources: str, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """A notebook of code cells, all with the same tags."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "source": text,
            "metadata": {"tags": list(tags)},
            "outputs": [],
            "execution_count": None,
        }
        for n, text in enumerate(sources)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Execute the cells given, by the warm engine unless another is named."""

    def run(*sources: str, **how: Any) -> Execution:
        path = tmp_path / "05_cells.ipynb"
        path.write_text(json.dumps(notebook(*sources)), encoding="utf-8")
        return execute(path, parameters={}, on_plain=pytest.fail, **how)

    return run


@pytest.fixture
def outputs(tmp_path: Path) -> Callable[..., Any]:
    """What cells leave, errors included, in the form that every run repeats."""

    def outputs(engine: Any, *sources: str) -> Any:
        folder = tmp_path / engine
        folder.mkdir()
        path = tmp_path / f"{engine}.ipynb"
        path.write_text(json.dumps(notebook(*sources, tags=("raises-exception",))), encoding="utf-8")
        how = {"progress_bar": False, "request_save_on_cell_execute": False, "record_timing": False}
        how |= {"on_plain": pytest.fail} if engine == "warm" else {}
        with contextlib.suppress(papermill.PapermillExecutionError):  # the notebook is written all the same
            papermill.execute_notebook(
                str(path), str(path), engine_name=PAPERMILL_NAMES[engine], around=surroundings(folder), **how
            )
        done: Any = nbformat.read(path, as_version=4)
        done.cells = [cell for cell in done.cells if cell.cell_type == "code"]
        return reproducible(done, {})

    return outputs


def text(execution: Execution, cell: int = -1) -> str:
    """The last result of a cell as text."""
    shown: str = execution.notebook.cells[cell].outputs[-1].data["text/plain"]
    return shown


def alive() -> list[psutil.Process]:
    """Every process below the server of this process."""
    servers = [psutil.Process(server_pid()) for _ in forked._shared]
    return [one for server in servers for one in server.children(recursive=True)]


def server_pid() -> int:
    """The server of this process, started if there is none; between it and this process stands its guard."""
    (server,) = psutil.Process(forked.shared_server().pid).children()
    return server.pid


def sleeping(mark: str) -> list[psutil.Process]:
    """The living processes among whose arguments `mark` is."""
    found = psutil.process_iter(["cmdline", "status"])
    return [one for one in found if mark in (one.info["cmdline"] or []) and one.info["status"] != psutil.STATUS_ZOMBIE]
