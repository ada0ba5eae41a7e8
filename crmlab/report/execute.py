"""A notebook, executed once in a process of its own, and what came of it in a form that every run repeats."""

import contextlib
import hashlib
import logging
import math
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from crmlab import suite
from crmlab.errors import ReportError
from crmlab.language import current, in_kernel
from crmlab.report.engines import PAPERMILL_NAMES, Engine
from crmlab.report.engines.client import MemoryExceededError
from crmlab.report.engines.plain import PlainEngine
from crmlab.report.engines.surroundings import surroundings
from crmlab.report.engines.warm import WarmEngine
from crmlab.report.translate import translate

papermill_engines.register(PAPERMILL_NAMES["plain"], PlainEngine)
papermill_engines.register(PAPERMILL_NAMES["warm"], WarmEngine)  # in a checkout no entry point may say so

OUTCOME_OF_REFUSAL = "Refusal"
"""Name of the exception by which a notebook says that the data cannot support it."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PLACE_IN_CELL = re.compile(r"Cell In\[\d+\], line (\d+)")
_VOLATILE = (
    # each is tried at the beginning of a word only: a word may be as long as all that a cell prints
    (re.compile(r"(?<!\S)\S*ipykernel_\d+[/\\]\d+\.py"), "<cell>"),
    (re.compile(r"(?<![^\s\"'<(])[^\s\"'<(]*[/\\]site-packages[/\\]"), ""),
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


def execute(
    notebook: Path,
    *,
    parameters: Mapping[str, Any],
    only_while_running: Mapping[str, Any] | None = None,
    drop_tags: tuple[str, ...] = (),
    engine: Engine = "warm",
    time_limit_seconds: float = 600,
    memory_limit: int | None = None,
    on_cell: Callable[[int, int], None] | None = None,
    on_plain: Callable[[str], None] | None = None,
) -> Execution:
    """The notebook at `notebook` with `parameters`, executed from the top in a fresh process.

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
    engine : str
        `warm` forks the process from a server that has imported the heavy packages, where that can be; `plain` starts
        a kernel. The same comes back either way.
    time_limit_seconds : float
        For the whole notebook.
    memory_limit : int, optional
        Bytes that the process and its descendants may hold; by default most of the machine. The warm engine looks
        every tenth of a second, and so does the plain one on Linux; elsewhere there is no such limit.
    on_cell : callable, optional
        Called with the number of cells done and of all cells, before each cell and once at the end.
    on_plain : callable, optional
        Called with the reason where `plain` has to take the place of `warm`.

    The notebook's text is put into the language spoken first.

    Raises
    ------
    CellError
        If a cell raises anything but a `Refusal`, the time or the memory is over, the process dies, or the system
        refuses what it needs: room for temporary files, for one.
    """
    source: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    source.cells = [cell for cell in source.cells if not set(drop_tags) & set(cell.metadata.get("tags", []))]
    translate(source)
    begun: list[Any] = []
    try:
        with tempfile.TemporaryDirectory(prefix="crmlab-", ignore_cleanup_errors=True) as folder:
            executed = _executed(
                source,
                Path(folder),
                name=notebook.stem,
                parameters={**parameters, **(only_while_running or {})},
                engine=engine,
                time_limit_seconds=time_limit_seconds,
                memory_limit=memory_limit,
                on_cell=on_cell,
                on_plain=on_plain,
                begun=begun,
            )
        refused_at = _outcome(executed, notebook.stem)
    except CellError as error:
        part: Any = nbformat.from_dict({**source, "cells": begun})  # type: ignore[no-untyped-call]
        error.executed = reproducible(part, parameters)
        raise
    except OSError as cause:
        told = (
            f"the system refuses what it needs to run ({cause.strerror or cause}); see that the folder of temporary "
            "files has room and may be written to (TMPDIR names another)"
        )
        raise CellError(f"{notebook.stem} did not run: {told}", cell="", told=told) from cause
    return Execution(reproducible(executed, parameters), refused_at)


def _executed(
    source: Any,
    folder: Path,
    *,
    name: str,
    parameters: Mapping[str, Any],
    engine: Engine,
    time_limit_seconds: float,
    memory_limit: int | None,
    on_cell: Callable[[int, int], None] | None,
    begun: list[Any],
    on_plain: Callable[[str], None] | None,
) -> Any:
    output = folder / "executed.ipynb"
    deadline = time.monotonic() + time_limit_seconds
    around = surroundings(
        folder, extensions=() if current() == "en" else (in_kernel.__name__,), memory_limit=memory_limit
    )
    running: list[str] = []

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
                engine_name=PAPERMILL_NAMES[engine],
                kernel_name="python3",
                language="python",
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                progress_bar=False,
                record_timing=False,
                around=around,
                timeout_func=lambda _cell: max(1, math.ceil(deadline - time.monotonic())),
                on_cell_start=before_cell,
                **({"on_plain": on_plain or _nobody} if engine == "warm" else {}),
            )
        except PapermillExecutionError:
            pass  # the notebook was written all the same, and says what went wrong
        except (CellTimeoutError, TimeoutError) as cause:
            where = f"cell {running[0]!r}" if running else "the start of its kernel"
            told = f"its limit of {time_limit_seconds:g} seconds is over"
            raise CellError(f"{name} was stopped at {where}: {told}", cell="".join(running), told=told) from cause
        except MemoryExceededError as cause:
            told = f"its limit of {around.memory_limit / 1e9:.1f} GB of memory was exceeded"
            raise CellError(f"{name} was stopped at cell {running[0]!r}: {told}", cell=running[0], told=told) from cause
        except (DeadKernelError, CellControlSignal, RuntimeError, ConnectionError) as cause:
            where = f"at cell {running[0]!r}" if running else "before its first cell"
            told = f"its Python process died {where} ({cause}); too little memory is the usual reason"
            raise CellError(f"{name}: {told}", cell="".join(running), told=told) from cause
    if on_cell:
        on_cell(len(source.cells) + 1, len(source.cells) + 1)
    return nbformat.read(output, as_version=4)  # type: ignore[no-untyped-call]


def _nobody(_reason: str) -> None:
    """Nobody wants to know why the plain engine takes the place of the warm one."""


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


def reproducible(executed: Any, parameters: Mapping[str, Any]) -> Any:
    """The notebook without what differs between two equal runs: times, random ids, process numbers, addresses."""
    executed.metadata.pop("papermill", None)
    for index, cell in enumerate(executed.cells):
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
            cell.source = "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())])
        cell.id = cell.get("id") or hashlib.sha256(f"{index}{cell.source}".encode()).hexdigest()[:8]
        if "outputs" in cell:
            cell.outputs = _streams_joined(cell.outputs)
        for output in cell.get("outputs", []):
            _scrub(output)
    return executed


def _streams_joined(outputs: list[Any]) -> list[Any]:
    """The outputs with what was printed between two others in one piece for each stream, standard output first.

    A kernel sends a piece every fifth of a second: where it was cut, and which stream came first, is a matter of time.
    """
    joined: list[Any] = []
    for streams, group in groupby(outputs, key=lambda output: output.output_type == "stream"):
        pieces = list(group)
        if not streams:
            joined += pieces
            continue
        for name in ("stdout", "stderr"):
            if text := "".join(piece.text for piece in pieces if piece.name == name):
                joined.append(NotebookNode(output_type="stream", name=name, text=text))  # type: ignore[no-untyped-call]
    return joined


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
