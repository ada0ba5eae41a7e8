"""One notebook on one client's data -> one run folder, one line in the log, and the client's index brought up to date."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import nbformat
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crmlab.client import Client
from crmlab.errors import ParameterError, ReportError, together
from crmlab.findings import Finding
from crmlab.report import folder as run_folder
from crmlab.report import index, provenance
from crmlab.report.body import View, body
from crmlab.report.collect import Collected, collect, without_payloads
from crmlab.report.execute import Execution, execute
from crmlab.report.page import Report, report_page, value_text
from crmlab.report.parameters import OF_THE_COMMAND, check, declared
from crmlab.report.tables_out import csv_bytes, workbook_bytes
from crmlab.suite import Notebook
from crmlab.tables.quality import rule_counts

Status = Literal["done", "refused"]

_VERSIONS_SHOWN = ("duckdb", "numpy", "pandas", "scipy", "matplotlib", "papermill")


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
    index : Path
        The client's index page.
    seconds : float
        Wall time of this call.
    """

    folder: Path
    status: Status
    fresh: bool
    findings: tuple[Finding, ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    index: Path
    seconds: float


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Everything that decides what a run gives; its key names the run folder."""

    client: Client
    notebook: Notebook
    parameters: Mapping[str, Any]
    view: View
    language: str
    notebook_sha256: str

    @property
    def identity(self) -> dict[str, str]:
        client = self.client
        return {
            "id": client.id,
            "name": client.name,
            "observed_until": client.observed_until.isoformat(),
            "currency": client.currency,
            "data_key": client.data_key,
        }

    @property
    def key(self) -> str:
        return run_folder.key_of(
            {
                "notebook": [self.notebook.name, self.notebook_sha256],
                "parameters": dict(self.parameters),
                "view": self.view,
                "language": self.language,
                "client": self.identity,
                "package": provenance.package_sha256(),
                "versions": provenance.versions(),
                "python": provenance.machine()["python"],
            }
        )


def run_notebook(
    client: Client,
    notebook: Notebook,
    *,
    out: Path,
    parameters: Mapping[str, Any] | None = None,
    view: View = "client",
    language: str = "en",
    time_limit_seconds: float = 600,
    quiet: bool = False,
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
        Values for the notebook's own parameters; the others keep their defaults.
    view : str
        `client` hides code and leaves teaching cells out; `teaching` shows everything in order.
    language : str
        Language of the report.
    time_limit_seconds : float
        For the whole notebook.
    quiet : bool
        No progress bar. There is none either where standard error is not a terminal.

    Raises
    ------
    ParameterError
        Before anything starts, if a parameter is unknown or cannot take its value.
    ReportError
        If the notebook fails or something cannot be written; then nothing was left behind.
    """
    started = time.monotonic()
    plan = _plan(client, notebook, parameters or {}, view, language)
    _check_place(out)
    folder = out / client.id / f"{notebook.name}-{plan.key}"
    fresh = False
    if not folder.is_dir():
        fresh = run_folder.publish(folder, _made(plan, time_limit_seconds=time_limit_seconds, quiet=quiet))
    record = index.read_record(folder)
    seconds = time.monotonic() - started
    _log(folder, record, fresh=fresh, seconds=seconds)
    return RunResult(
        folder=folder,
        status=record["status"],
        fresh=fresh,
        findings=tuple(Finding(**row) for row in record["findings"]),
        refusals=tuple(record["refusals"]),
        warnings=tuple(record["warnings"]),
        index=index.write(folder.parent, language=language),
        seconds=seconds,
    )


def _plan(client: Client, notebook: Notebook, given: Mapping[str, Any], view: View, language: str) -> _Plan:
    taken = [f"{name!r} is an argument of its own" for name in given if name in OF_THE_COMMAND]
    if taken:
        raise ParameterError(together(f"{notebook.name} cannot run with these parameters:", taken))
    return _Plan(
        client=client,
        notebook=notebook,
        parameters=check(notebook.path, {**given, "client": client.id, "view": view, "language": language}),
        view=view,
        language=language,
        notebook_sha256=provenance.file_sha256(notebook.path),
    )


def _check_place(out: Path) -> None:
    """Refuse a place that cannot be written before a notebook has run for nothing."""
    there = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ReportError(f"reports cannot go to {out}: {there} is a file; give another folder with --out")
    if not os.access(there, os.W_OK):
        raise ReportError(f"reports cannot go to {out}: no permission to write in {there}; give another with --out")


def _made(plan: _Plan, *, time_limit_seconds: float, quiet: bool) -> dict[str, bytes]:
    """Every file of the run folder, by name."""
    with _progress(plan.notebook.name, quiet=quiet) as on_cell:
        executed = execute(
            plan.notebook.path,
            parameters=plan.parameters,
            only_while_running={"client": str(plan.client.source_path.resolve())},
            drop_tags=("teaching",) if plan.view == "client" else (),
            time_limit_seconds=time_limit_seconds,
            on_cell=on_cell,
        )
    return _files(plan, executed)


def _files(plan: _Plan, executed: Execution) -> dict[str, bytes]:
    collected = collect(executed.notebook)
    counts = rule_counts(plan.client.table("transactions"))
    status: Status = "refused" if executed.refused else "done"
    shown = body(executed.notebook, view=plan.view, refused_at=executed.refused_at)
    report = Report(
        client=plan.client,
        notebook=plan.notebook,
        language=plan.language,
        status=status,
        key=plan.key,
        version=provenance.own_version(),
        body=shown,
        collected=collected,
        counts=counts,
        period=_period(plan.client),
        parameters=_parameters_shown(plan),
        provenance=_provenance_shown(plan),
    )
    lists = {table.file: csv_bytes(table) for table in collected.lists}
    return {
        "report.html": report_page(report),
        "findings.json": json_bytes(_record(plan, status, collected)),
        "run.json": json_bytes(_run_record(plan, counts)),
        "notebook.ipynb": notebook_bytes(without_payloads(executed.notebook)),
        "lists.xlsx": workbook_bytes(
            collected.lists, client=plan.client.name, observed_until=plan.client.observed_until
        ),
        **lists,
    }


def json_bytes(content: Any) -> bytes:
    """`content` as JSON that is the same bytes for the same content."""
    text = json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", errors="replace")


def notebook_bytes(notebook: Any) -> bytes:
    """A notebook as it lies on disk."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return f"{text}\n".encode("utf-8", errors="replace")


def _record(plan: _Plan, status: Status, collected: Collected) -> dict[str, Any]:
    return {
        "client": plan.identity,
        "notebook": {"name": plan.notebook.name, "question": plan.notebook.question},
        "parameters": dict(plan.parameters),
        "status": status,
        "findings": [asdict(finding) for finding in collected.findings],
        "refusals": list(collected.refusals),
        "warnings": list(collected.warnings),
        "lists": [
            {"id": table.id, "title": table.title, "file": table.file, "rows": len(table.rows)}
            for table in collected.lists
        ],
    }


def _run_record(plan: _Plan, counts: pd.DataFrame) -> dict[str, Any]:
    return {
        "key": plan.key,
        "notebook": {"name": plan.notebook.name, "sha256": plan.notebook_sha256},
        "parameters": dict(plan.parameters),
        "client": plan.identity,
        "sources": [
            {"file": source.file, "sha256": source.sha256, "bytes": source.bytes, "rows": source.rows}
            for source in plan.client.sources
        ],
        "rows_by_rule": [
            {"rule": row["rule"], "rows": int(row["rows"]), "amount": str(row["amount"])}
            for row in counts.to_dict(orient="records")
        ],
        "crmlab": {
            "version": provenance.own_version(),
            "source_sha256": provenance.package_sha256(),
            "commit": provenance.commit(),
        },
        "versions": provenance.versions(),
        **provenance.machine(),
    }


def _parameters_shown(plan: _Plan) -> list[dict[str, str]]:
    return [
        {"name": one.name, "value": value_text(plan.parameters[one.name]), "description": one.description}
        for one in declared(plan.notebook.path)
        if one.name not in OF_THE_COMMAND
    ]


def _provenance_shown(plan: _Plan) -> dict[str, str]:
    versions = provenance.versions()
    return {
        "Run": plan.key,
        "Notebook, SHA-256": plan.notebook_sha256,
        "Data, SHA-256": plan.client.data_key,
        "crmlab's source, SHA-256": provenance.package_sha256(),
        "View and language": f"{plan.view}, {plan.language}",
        "Python": provenance.machine()["python"],
        **{name: versions[name] for name in _VERSIONS_SHOWN if name in versions},
    }


def _period(client: Client) -> tuple[date, date] | None:
    """The dates of the first and the last row kept, None where no row was."""
    clean = client.table("transactions")
    kept = clean.filter(clean.excluded_by.isnull())
    ends = kept.aggregate(first=kept.date.min(), last=kept.date.max()).to_pyarrow().to_pylist()[0]
    return None if ends["first"] is None else (ends["first"], ends["last"])


def _log(folder: Path, record: Mapping[str, Any], *, fresh: bool, seconds: float) -> None:
    """One line more in the client's log: the only place where the hour of a run stands."""
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "notebook": record["notebook"]["name"],
        "folder": folder.name,
        "status": record["status"],
        "fresh": fresh,
        "seconds": round(seconds, 2),
        "parameters": record["parameters"],
    }
    text = json.dumps(line, ensure_ascii=False, allow_nan=False)
    run_folder.write_bytes(folder.parent / index.LOG, f"{text}\n".encode("utf-8", errors="replace"), append=True)


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
