"""One task, done in this process: the client is opened, the notebook run, and what came of it told in a small record.

Whatever goes wrong with a report stays with that report: it comes back as a failed outcome, never as an exception.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.client import Client
from crmlab.data_page.assemble import data_page
from crmlab.errors import CrmlabError, ReportError
from crmlab.findings import Finding
from crmlab.language import speaking
from crmlab.report import data, index
from crmlab.report.batch.jobs import Job, Outcome, Task
from crmlab.report.batch.worker import stopping
from crmlab.report.client_report import NUMBER
from crmlab.report.engines import Engine
from crmlab.report.evidence import latest_runs
from crmlab.report.run import RunResult, keep_failure, run_notebook
from crmlab.suite import Notebook

Say = Callable[[int, int], None]
"""Told the number of cells done and of all cells; 0 of 0 once the client is open."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How every task of a batch is done.

    Attributes
    ----------
    out : Path
        The folder that reports go to.
    engine : str
        How notebooks are run, as for `run_notebook`.
    time_limit_seconds : float
        For each notebook.
    force : bool
        Make again what is there already.
    memory_limit : int or None
        Bytes that each notebook's process and its descendants may hold, as for `run_notebook`.
    """

    out: Path
    engine: Engine = "warm"
    time_limit_seconds: float = 600
    force: bool = False
    memory_limit: int | None = None


def perform(task: Task, setting: Setting, say: Say = lambda _done, _of: None) -> Outcome:
    """What came of a task."""
    began = time.monotonic()
    try:
        outcome = _KINDS[task.kind](task, setting, say)
    except CrmlabError as error:
        outcome = Outcome(job=task.job, status="failed", told=str(error))
    except Exception as error:  # a fault in one report, ours included, must not end the others
        outcome = Outcome(job=task.job, status="failed", told=f"{type(error).__name__}: {error}")
    return replace(outcome, seconds=time.monotonic() - began)


def _run(task: Task, setting: Setting, say: Say) -> Outcome:
    job = task.job
    client = _opened(job)
    say(0, 0)
    parameters = {**job.parameters, **_runs(task, client, setting)}
    how: dict[str, Any] = {"out": setting.out, "parameters": parameters, "view": job.view, "language": job.language}
    try:
        result = run_notebook(
            client,
            _notebook(job),
            formats=job.formats,
            engine=setting.engine,
            time_limit_seconds=setting.time_limit_seconds,
            memory_limit=setting.memory_limit,
            force=setting.force,
            with_index=False,
            on_cell=say,
            quiet=True,
            **how,
        )
        if job.needs:
            _write_data_page(client, job, setting)
    except ReportError as error:
        return _kept(error, client, job, how)
    return Outcome(
        job=job,
        status=result.status,
        fresh=result.fresh,
        folder=result.folder.name,
        told=_headline(result),
        warnings=result.warnings,
    )


def _keep_failure(task: Task, setting: Setting, _say: Say) -> Outcome:
    """The record of a job whose process died, so that it could not write one itself."""
    job = task.job
    client = _opened(job)
    parameters = {**job.parameters, **_runs(task, client, setting)}
    how: dict[str, Any] = {"out": setting.out, "parameters": parameters, "view": job.view, "language": job.language}
    return _kept(ReportError(task.told), client, job, how)


def _write_index(task: Task, setting: Setting, _say: Say) -> Outcome:
    """The client's index page, where any of its jobs left something to show."""
    folder = setting.out / task.job.client_id
    if index.has_runs(folder):
        index.write(folder, language=task.job.language)
    return Outcome(job=task.job, status="done")


_KINDS: dict[str, Callable[[Task, Setting, Say], Outcome]] = {
    "run": _run,
    "failure": _keep_failure,
    "index": _write_index,
}


def _opened(job: Job) -> Client:
    client = Client.open(job.client)
    if client.id != job.client_id:
        raise ReportError(f"{job.client} has got another id since the batch began: {client.id}; start the batch again")
    return client


def _notebook(job: Job) -> Notebook:
    """The job's notebook on this machine, where it may lie elsewhere than where the portfolio was read."""
    return job.notebook if job.notebook.path.is_file() else suite.notebook(job.notebook.name)


def _runs(task: Task, client: Client, setting: Setting) -> dict[str, list[str]]:
    """What a client report is put together from: the runs just made, and the last report on other data."""
    if not task.job.needs:
        return {}
    earlier = latest_runs(setting.out, client, language=task.job.language)
    return {"runs": [*task.runs, *(name for name in earlier if name.startswith(NUMBER))]}


def _write_data_page(client: Client, job: Job, setting: Setting) -> None:
    with speaking(job.language):
        page = data_page(client)
    data.write(page, setting.out / client.id / data.PAGE, language=job.language, brand=client.brand)


def _kept(error: ReportError, client: Client, job: Job, how: dict[str, Any]) -> Outcome:
    if stopping.is_set():
        threading.Event().wait()  # for the end of this process
    told = str(error)
    try:
        folder = keep_failure(error, client, _notebook(job), **how).name
    except ReportError as again:
        return Outcome(job=job, status="failed", told=f"{told}\nand its record cannot be kept: {again}")
    return Outcome(job=job, status="failed", folder=folder, told=told)


def _headline(result: RunResult) -> str:
    if result.refusals:
        return result.refusals[0]
    found: Sequence[Finding] = [one for one in result.findings if one.headline] or result.findings
    return found[0].claim if found else ""
