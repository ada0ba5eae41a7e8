"""One notebook on one client's data -> a run folder, a line in the log, and the client's index brought up to date."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crmlab.client import Client
from crmlab.errors import ParameterError, ReportError, together
from crmlab.findings import Finding
from crmlab.language import speaking
from crmlab.report import command_line, contents, index, provenance
from crmlab.report import folder as run_folder
from crmlab.report.body import View
from crmlab.report.contents import Plan, Status
from crmlab.report.engines import Engine
from crmlab.report.evidence import GATHERING, latest_runs
from crmlab.report.execute import execute
from crmlab.report.formats import make
from crmlab.report.parameters import OF_THE_COMMAND, check, declared
from crmlab.report.record import LOG, RUN, read_json, read_record
from crmlab.suite import Notebook


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What came of a run.

    Attributes
    ----------
    folder : Path
        The run folder; its `report.html` is the report.
    status : str
        `done`, or `refused` where the notebook said that the data cannot support it.
    fresh : bool
        Whether this call made the folder; False where the same run was there already.
    findings : tuple of Finding
    refusals, warnings : tuple of str
    inputs : tuple of str
        The run folders it was put together from.
    index : Path
        The client's index page.
    seconds : float
        Wall time of this call.
    formats : mapping of Path
        The report's file in each format that is there, by the format's name.
    translation : tuple of int
        How many messages the report says, and how many of them are not translated; 0 of 0 in English.
    """

    folder: Path
    status: Status
    fresh: bool
    findings: tuple[Finding, ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    inputs: tuple[str, ...]
    index: Path
    seconds: float
    translation: tuple[int, int] = (0, 0)
    formats: Mapping[str, Path] = field(default_factory=dict)


class FormatError(ReportError):
    """The page of a run is made, and a format of it that was asked for is not.

    Attributes
    ----------
    result : RunResult
        What came of the run all the same.
    """

    def __init__(self, result: RunResult, missing: Mapping[str, str]) -> None:
        told = " and ".join(f"no {name.upper()} ({why})" for name, why in missing.items())
        super().__init__(f"{result.folder.name} has its page, but {told}")
        self.result = result


def run_notebook(
    client: Client,
    notebook: Notebook,
    *,
    out: Path,
    parameters: Mapping[str, Any] | None = None,
    view: View = "client",
    language: str = "en",
    formats: Sequence[str] = ("html",),
    engine: Engine = "warm",
    time_limit_seconds: float = 600,
    memory_limit: int | None = None,
    quiet: bool = False,
    doing: str = "",
    on_cell: Callable[[int, int], None] | None = None,
    force: bool = False,
    with_index: bool = True,
) -> RunResult:
    """The result of running `notebook` on `client`, with its folder under `out/<client id>/`.

    A run that was made before, from the same notebook, parameters, data, code and versions, is not made again: its
    folder is there under the same name, and is never changed.

    Parameters
    ----------
    client : Client
    notebook : Notebook
    out : Path
        Made if it is not there.
    parameters : mapping, optional
        Values for the notebook's own parameters; the others keep their defaults. A notebook that puts others together
        gets the latest runs on the same data as its `runs`, unless they are given.
    view : str
        `client` hides code and leaves teaching cells out; `teaching` shows everything in order.
    language : str
        Language of the report.
    formats : sequence of str
        In which formats the report is wanted besides the page: those missing are made of it, beside the run folder.
    engine : str
        `warm` or `plain`, as for `execute`; the report is the same, so that the run's key does not tell which it was.
    time_limit_seconds, memory_limit : float, int, optional
        For the whole notebook; see `execute`.
    quiet : bool
        No progress bar, and no word where the plain engine takes the place of the warm one. There is no bar either
        where standard error is not a terminal.
    doing : str
        What the progress bar says is going on; the notebook's name if empty.
    on_cell : callable, optional
        Called with the number of cells done and of all cells, instead of a progress bar.
    force : bool
        Make the run again although it is there. The same bytes leave its folder as it is; other bytes put it aside,
        whole, under another name, before the new one takes its place.
    with_index : bool
        Bring the client's index page up to date; who makes many runs does that once.

    Raises
    ------
    ParameterError
        Before anything starts, if a parameter is unknown or cannot take its value.
    FormatError
        If a format cannot be made of the page; the run is there, logged and shown.
    ReportError
        If the notebook fails, has no runs to put together, or something cannot be written; then nothing was left
        behind.
    """
    started = time.monotonic()
    _check_place(out)
    plan = _plan(client, notebook, parameters or {}, view, language, out=out)
    folder = out / client.id / f"{notebook.name}-{plan.key}"
    fresh = False
    if force or not folder.is_dir():
        limits = {"time_limit_seconds": time_limit_seconds, "memory_limit": memory_limit}
        made = _made(plan, out, engine=engine, doing=doing, quiet=quiet, on_cell=on_cell, **limits)
        fresh = run_folder.publish(folder, made, again=force)
    missing = _add_formats(folder, formats, plan)
    record = read_record(folder)
    seconds = time.monotonic() - started
    log(folder, record, fresh=fresh, seconds=seconds, not_made=missing)
    result = RunResult(
        folder=folder,
        status=record["status"],
        fresh=fresh,
        findings=tuple(Finding(**row) for row in record["findings"]),
        refusals=tuple(record["refusals"]),
        warnings=tuple(record["warnings"]),
        inputs=plan.inputs,
        formats=make.made(folder),
        index=index.write(folder.parent, language=language) if with_index else folder.parent / index.PAGE,
        seconds=seconds,
        translation=_translation(folder),
    )
    if missing:
        raise FormatError(result, missing)
    return result


def _add_formats(folder: Path, formats: Sequence[str], plan: Plan) -> dict[str, str]:
    """Make each format that is missing; those that cannot be made, and why. The page does not depend on them."""
    failed = {}
    for name in formats:
        try:
            make.add(folder, [name], contents.about(plan))
        except ReportError as error:
            failed[name] = str(error)
        except Exception as error:  # another program's fault, or ours, in one file of many
            failed[name] = f"{type(error).__name__}: {error}"
    return failed


def _translation(folder: Path) -> tuple[int, int]:
    told = read_json(folder / RUN).get("language", {})
    return told.get("messages", 0), told.get("missing", 0)


def keep_failure(
    error: ReportError,
    client: Client,
    notebook: Notebook,
    *,
    out: Path,
    parameters: Mapping[str, Any],
    view: View,
    language: str,
) -> Path:
    """The folder of the record that says that `run_notebook` failed with `error`, written and logged.

    Raises
    ------
    ReportError
        If it cannot be written.
    """
    plan = _plan(client, notebook, parameters, view, language, out=out)
    key, kept = contents.files_of_failure(plan, error)
    folder = out / client.id / f"{notebook.name}-{key}"
    fresh = run_folder.publish(folder, kept)
    log(folder, read_record(folder), fresh=fresh, seconds=0.0)
    return folder


def _plan(
    client: Client, notebook: Notebook, given: Mapping[str, Any], view: View, language: str, *, out: Path
) -> Plan:
    taken = [f"{name!r} is an argument of its own" for name in given if name in OF_THE_COMMAND]
    if taken:
        raise ParameterError(together(f"{notebook.name} cannot run with these parameters:", taken))
    values = check(notebook.path, {**given, "client": client.id, "view": view, "language": language})
    if is_gathering(notebook) and not values["runs"]:
        values["runs"] = list(_runs_of(client, notebook, language, out=out))
    inputs = tuple(values["runs"]) if is_gathering(notebook) else ()
    return Plan(
        client=client,
        notebook=notebook,
        parameters=values,
        view=view,
        language=language,
        notebook_sha256=provenance.file_sha256(notebook.path),
        inputs=inputs,
        commands=_commands(client, notebook, values, [out / client.id / name for name in inputs]),
    )


def _commands(client: Client, notebook: Notebook, values: Mapping[str, Any], inputs: Sequence[Path]) -> tuple[str, ...]:
    if not inputs:
        return (command_line.command_of(notebook.name, client.id, values, notebook.path),)
    read = [folder for folder in inputs if not folder.name.startswith(GATHERING)]
    return command_line.commands_of_report(notebook.name, client.id, values, notebook.path, read)


def is_gathering(notebook: Notebook) -> bool:
    """Whether the notebook puts the runs of others together: it then has the parameters `reports` and `runs`."""
    return {"reports", "runs"} <= {parameter.name for parameter in declared(notebook.path)}


def _runs_of(client: Client, notebook: Notebook, language: str, *, out: Path) -> tuple[str, ...]:
    found = latest_runs(out, client, language=language)
    if not any(not name.startswith(GATHERING) for name in found):
        raise ReportError(
            f"{notebook.name} puts the other notebooks together, and {out / client.id} has no run of them on these "
            f"data in this language; make them all at once: crmlab report {client.id}"
        )
    return found


def _check_place(out: Path) -> None:
    """Refuse a place that cannot be written before a notebook has run for nothing."""
    there = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ReportError(f"reports cannot go to {out}: {there} is a file; give another folder with --out")
    if not os.access(there, os.W_OK):
        raise ReportError(f"reports cannot go to {out}: no permission to write in {there}; give another with --out")


def _made(
    plan: Plan, out: Path, *, doing: str, quiet: bool, on_cell: Callable[[int, int], None] | None, **how: Any
) -> dict[str, bytes]:
    """Every file of the run folder, by name."""
    places = {"client": str(plan.client.source_path.resolve())}
    if plan.inputs:
        places["reports"] = str(out.resolve())
    told = _progress(doing or plan.notebook.name, quiet=quiet) if on_cell is None else contextlib.nullcontext(on_cell)
    with speaking(plan.language), told as tell:
        executed = execute(
            plan.notebook.path,
            parameters=plan.parameters,
            only_while_running=places,
            drop_tags=("teaching",) if plan.view == "client" else (),
            on_cell=tell,
            on_plain=None if quiet else _say_why_plain,
            **how,
        )
        return contents.files(plan, executed)


@cache
def _say_why_plain(reason: str) -> None:
    """Say once in a process that notebooks start kernels, and why."""
    sys.stderr.write(f"crmlab: every notebook starts a kernel of its own: {reason}; the reports are the same\n")


def log(
    folder: Path, record: Mapping[str, Any], *, fresh: bool, seconds: float, not_made: Mapping[str, str] | None = None
) -> None:
    """Write one line more in the client's log: the only place where the hour of a run stands.

    `not_made` are the formats that were asked for and are not there, and why.
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "notebook": record["notebook"]["name"],
        "folder": folder.name,
        "status": record["status"],
        "fresh": fresh,
        "seconds": round(seconds, 2),
        "parameters": record["parameters"],
        **({"not_made": not_made} if not_made else {}),
    }
    text = json.dumps(line, ensure_ascii=False, allow_nan=False)
    run_folder.write_bytes(folder.parent / LOG, f"{text}\n".encode("utf-8", errors="replace"), append=True)


@contextlib.contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error that counts cells, where a person is looking."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"{name}: cells", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
