"""A notebook, executed once in a kernel of its own: this interpreter, private folders, fixed surroundings."""

import contextlib
import hashlib
import logging
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import Dict, List
from traitlets.config import Config

from crmlab import suite
from crmlab.errors import ReportError
from crmlab.language import current, in_kernel
from crmlab.report.translate import translate

OUTCOME_OF_REFUSAL = "Refusal"
"""Name of the exception by which a notebook says that the data cannot support it."""

_LONGEST_SOCKET_PATH = 90  # the system's limit is about 107; the kernel adds a suffix
_UNHEARD = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # cells speak through messages
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PLACE_IN_CELL = re.compile(r"Cell In\[\d+\], line (\d+)")
_VOLATILE = (
    (re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py"), "<cell>"),
    (re.compile(r"[^\s\"'<(]*[/\\]site-packages[/\\]"), ""),
    (re.compile(re.escape(str(suite.PACKAGE.parent)) + r"[/\\]"), ""),
    (re.compile(r"\bat 0x[0-9a-fA-F]{6,}"), "at 0x…"),
)
_FOLDERS = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:[/\\]|/)(?:[^\s/\\'\":,;()<>]+[/\\])+")


class CellError(ReportError):
    """A notebook broke while it ran.

    Attributes
    ----------
    cell : str
        The id of the cell at which it broke, empty where it broke before its first.
    told : str
        What went wrong, without the places of this machine's disk.
    executed : notebook or None
        The notebook up to that cell, with what its cells put out.
    """

    executed: Any = None

    def __init__(self, message: str, *, cell: str, told: str) -> None:
        super().__init__(without_places(message))
        self.cell = cell
        self.told = without_places(told)


@dataclass(frozen=True)
class Execution:
    """An executed notebook; `refused` if it ended early by a `Refusal`, and then at which cell."""

    notebook: Any
    refused_at: int | None

    @property
    def refused(self) -> bool:
        """Whether the notebook said that the data cannot support it."""
        return self.refused_at is not None


class OwnKernelManager(AsyncKernelManager):
    """A kernel manager that starts this very interpreter, whatever kernels a user has installed."""

    environment = Dict(help="Variables the kernel gets on top of this process's own.").tag(config=True)
    extensions: Any = List(help="Modules the kernel loads as IPython extensions when it starts.").tag(config=True)
    launched: ClassVar[list[Any]]  # one for each run, set by a subclass: its processes, whatever became of them

    @property
    def kernel_spec(self) -> KernelSpec:
        """A kernel of this interpreter, without the history database that parallel kernels fight over."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        argv += [f"--ext={extension}" for extension in self.extensions]
        return KernelSpec(
            argv=[*argv, "--HistoryManager.enabled=False"],
            display_name="crmlab",
            language="python",
            env={name: value.replace("$", "$$") for name, value in self.environment.items()},
        )

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        with _interrupts_held():  # between the process's start and our knowing of it, nobody could end it
            await super()._async_launch_kernel(kernel_cmd, **kw | _UNHEARD)
            self.launched.append(getattr(self.provisioner, "process", None))


def execute(
    notebook: Path,
    *,
    parameters: Mapping[str, Any],
    only_while_running: Mapping[str, Any] | None = None,
    drop_tags: tuple[str, ...] = (),
    time_limit_seconds: float = 600,
    on_cell: Callable[[int, int], None] | None = None,
) -> Execution:
    """The notebook at `notebook` with `parameters`, executed from the top in a fresh kernel.

    Parameters
    ----------
    notebook : Path
        Only read: a copy is executed, in a temporary folder that is gone when this returns or raises.
    parameters : mapping
        Values that JSON can hold, already checked by `parameters.check`.
    only_while_running : mapping, optional
        Values that replace some of `parameters` in the kernel but not in the notebook that comes back: the path of
        a client file belongs to this machine, not to a report.
    drop_tags : tuple of str
        Cells with one of these tags are left out before execution.
    time_limit_seconds : float
        For the whole notebook.
    on_cell : callable, optional
        Called with the number of cells done and of all cells, before each cell and once at the end.

    The notebook's text is put into the language spoken first.

    Raises
    ------
    CellError
        If a cell raises anything but a `Refusal`, the time limit is over, or the kernel dies.
    """
    source: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    source.cells = [cell for cell in source.cells if not set(drop_tags) & set(cell.metadata.get("tags", []))]
    translate(source)
    begun: list[Any] = []
    try:
        with tempfile.TemporaryDirectory(prefix="crmlab-", ignore_cleanup_errors=True) as folder:
            executed = _in_kernel(
                source,
                Path(folder),
                name=notebook.stem,
                parameters={**parameters, **(only_while_running or {})},
                time_limit_seconds=time_limit_seconds,
                on_cell=on_cell,
                begun=begun,
            )
        refused_at = _outcome(executed, notebook.stem)
    except CellError as error:
        part: Any = nbformat.from_dict({**source, "cells": begun})  # type: ignore[no-untyped-call]
        error.executed = _reproducible(part, parameters)
        raise
    return Execution(_reproducible(executed, parameters), refused_at)


def _in_kernel(
    source: Any,
    folder: Path,
    *,
    name: str,
    parameters: Mapping[str, Any],
    time_limit_seconds: float,
    on_cell: Callable[[int, int], None] | None,
    begun: list[Any],
) -> Any:
    output = folder / "executed.ipynb"
    deadline = time.monotonic() + time_limit_seconds
    running: list[str] = []
    launched: list[Any] = []

    def before_cell(cell: Any, cell_index: int) -> None:
        running[:] = [cell.get("id", str(cell_index))]
        begun.append(cell)  # the cell itself: what it puts out is in it, also where no notebook is written any more
        if on_cell:
            on_cell(cell_index, len(source.cells) + 1)

    with _quiet_logs():
        try:
            papermill.execute_notebook(
                source,
                str(output).replace("{", "{{").replace("}", "}}"),  # papermill takes paths as templates
                parameters=dict(parameters),
                kernel_name="python3",
                language="python",
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                progress_bar=False,
                record_timing=False,
                shutdown_kernel="immediate",
                kernel_manager_class=type("RunKernelManager", (OwnKernelManager,), {"launched": launched}),
                config=_kernel_config(folder),
                resources={"metadata": {"path": _made(folder / "work")}},
                timeout_func=lambda _cell: max(1, math.ceil(deadline - time.monotonic())),
                on_cell_start=before_cell,
            )
        except PapermillExecutionError:
            pass  # the notebook was written all the same, and says what went wrong
        except (CellTimeoutError, TimeoutError) as cause:
            where = f"cell {running[0]!r}" if running else "the start of its kernel"
            told = f"its limit of {time_limit_seconds:g} seconds is over"
            raise CellError(f"{name} was stopped at {where}: {told}", cell="".join(running), told=told) from cause
        except (DeadKernelError, CellControlSignal, RuntimeError, OSError) as cause:
            where = f"at cell {running[0]!r}" if running else "before its first cell"
            told = f"its Python process died {where} ({cause}); too little memory is the usual reason"
            raise CellError(f"{name}: {told}", cell="".join(running), told=told) from cause
        finally:
            _end(launched)
    if on_cell:
        on_cell(len(source.cells) + 1, len(source.cells) + 1)
    return nbformat.read(output, as_version=4)  # type: ignore[no-untyped-call]


def _end(processes: list[Any]) -> None:
    """Kill what is still running; needed where Ctrl-C came before nbclient took charge of its kernel."""
    for process in processes:
        if process is not None and process.poll() is None:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)  # the kernel leads a process group of its own
            process.kill()
            process.wait()


def _kernel_config(folder: Path) -> Config:
    socket = folder / "kernel.json"
    local = sys.platform != "win32" and len(str(socket)) <= _LONGEST_SOCKET_PATH
    manager = {
        "connection_file": str(socket),
        "transport": "ipc" if local else "tcp",  # no port, so no race for one when many runs start at once
        "environment": _environment(folder),
        "extensions": [] if current() == "en" else [in_kernel.__name__],
    }
    return Config({"OwnKernelManager": manager})


def _environment(folder: Path) -> dict[str, str]:
    """What makes a notebook's numbers and pictures independent of the user's own settings."""
    matplotlib = find_spec("matplotlib")
    places = (matplotlib.submodule_search_locations if matplotlib else None) or [""]
    search_path = [str(suite.PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    return {
        "IPYTHONDIR": _made(folder / "ipython"),  # no start-up files, no profile
        "JUPYTER_CONFIG_DIR": _made(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": _made(folder / "runtime"),
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
        "TMPDIR": _made(folder / "tmp"),
        "TZ": "UTC",
    }


def _made(folder: Path) -> str:
    folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder)


def _outcome(executed: Any, name: str) -> int | None:
    """The index of the cell that refused, None if all ran; any other error is raised."""
    cells = [cell for cell in executed.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    executed.cells = cells
    for index, cell in enumerate(cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                if output.ename == OUTCOME_OF_REFUSAL:
                    return index
                raise _what_failed(name, cell, output)
    return None


def _what_failed(name: str, cell: Any, output: Any) -> CellError:
    traceback = _ANSI.sub("", "\n".join(output.traceback))
    numbers = [int(number) for number in _PLACE_IN_CELL.findall(traceback)]
    lines = cell.source.splitlines()
    line = next((lines[number - 1].strip() for number in numbers if 0 < number <= len(lines)), "")
    at = f"\n  at: {line}" if line else ""
    cell_id, told = cell.get("id", "?"), f"{output.ename}: {output.evalue}"
    return CellError(f"{name} failed in cell {cell_id!r}: {told}{at}", cell=cell_id, told=told)


def _reproducible(executed: Any, parameters: Mapping[str, Any]) -> Any:
    """The notebook without what differs between two equal runs: times, random ids, process numbers, addresses."""
    executed.metadata.pop("papermill", None)
    for index, cell in enumerate(executed.cells):
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
            cell.source = "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())])
        cell.id = cell.get("id") or hashlib.sha256(f"{index}{cell.source}".encode()).hexdigest()[:8]
        for output in cell.get("outputs", []):
            _scrub(output)
    return executed


def _scrub(output: Any) -> None:
    if output.output_type == "stream":
        output.text = without_volatile(output.text)
    elif output.output_type == "error":
        output.traceback = [without_volatile(line) for line in output.traceback]
    elif "text/plain" in output.data:
        output.data["text/plain"] = without_volatile(output.data["text/plain"])


def without_volatile(text: str) -> str:
    """`text` without process numbers, memory addresses and places on this machine's disk."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def without_places(text: str) -> str:
    """`text` with every absolute path cut to its last name: where a file lies matters on this machine alone."""
    return _FOLDERS.sub("", without_volatile(text))


@contextlib.contextmanager
def _quiet_logs() -> Iterator[None]:
    """Silence meanwhile: papermill warns of parameters that it misreads, and what goes wrong is told by our errors."""
    loggers = [logging.getLogger("papermill"), logging.getLogger("traitlets")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C inside this block takes effect at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        raise KeyboardInterrupt
