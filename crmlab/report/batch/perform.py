"""One task, done in this process: the client is opened, the notebook run, and what came of it told in a small record.

Whatever goes wrong with a report stays with that report: it comes back as a failed outcome, never as an exception, and
leaves a record, so that the pages say so as well.
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
from crmlab.report import data, index, unopened
from crmlab.report.batch.jobs import Job, Outcome, Task
from crmlab.report.batch.worker import stopping
from crmlab.report.client_report import NUMBER
from crmlab.report.engines import Engine
from crmlab.report.evidence import latest_runs
from crmlab.report.run import FormatError, RunResult, keep_failure, run_notebook
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
    except Exception as error:  # a fault in one report, ours included, must not end the others
        outcome = _failed(task, error, setting)
    return replace(outcome, seconds=time.monotonic() - began)


def _failed(task: Task, error: Exception, setting: Setting) -> Outcome:
    """The outcome of a task that broke outside of its notebook: the client cannot be opened, for one."""
    told = str(error) if isinstance(error, CrmlabError) else f"{type(error).__name__}: {error}"
    if task.kind == "index":
        return Outcome(job=task.job, status="failed", told=told)
    return keep_unopened(task, f"{task.told}\n{told}" if task.told else told, setting)


def _run(task: Task, setting: Setting, say: Say) -> Outcome:
    job = task.job
    client = _opened(job)
    say(0, 0)
    parameters = {**job.parameters, **_runs(task, client, setting)}
    how: dict[str, Any] = {"out": setting.out, "parameters": parameters, "view": job.view, "language": job.language}
    troubles: list[str] = []
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
    except FormatError as error:
        result = error.result
        troubles.append(str(error))
    except ReportError as error:
        return _kept(error, client, task, setting, how)
    if job.needs:
        troubles += _data_page_troubles(client, job, setting)
    return Outcome(
        job=job,
        status="failed" if troubles else result.status,
        fresh=result.fresh,
        folder=result.folder.name,
        told="\n".join(troubles) or _headline(result),
        warnings=result.warnings,
    )


def _keep_failure(task: Task, setting: Setting, _say: Say) -> Outcome:
    """The record of a job whose process died, so that it could not write one itself."""
    job = task.job
    client = _opened(job)
    parameters = {**job.parameters, **_runs(task, client, setting)}
    how: dict[str, Any] = {"out": setting.out, "parameters": parameters, "view": job.view, "language": job.language}
    return _kept(ReportError(task.told), client, task, setting, how)


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


def _data_page_troubles(client: Client, job: Job, setting: Setting) -> list[str]:
    """Write the data page; why it cannot be written, nothing where it can. The report stands without it."""
    try:
        with speaking(job.language):
            page = data_page(client)
        data.write(page, setting.out / client.id / data.PAGE, language=job.language, brand=client.brand)
    except CrmlabError as error:
        return [f"the report is made, but not the page of its data: {error}"]
    return []


def _kept(error: ReportError, client: Client, task: Task, setting: Setting, how: dict[str, Any]) -> Outcome:
    """The outcome of a notebook that failed, and the record of it."""
    _wait_if_stopping()
    try:
        folder = keep_failure(error, client, _notebook(task.job), **how).name
    except ReportError as again:
        return _without_record(task.job, str(error), again)
    except CrmlabError:  # the client's tables have gone meanwhile
        return keep_unopened(task, str(error), setting)
    return Outcome(job=task.job, status="failed", folder=folder, told=str(error))


def keep_unopened(task: Task, told: str, setting: Setting) -> Outcome:
    """The outcome of a task that failed for the reason `told`, with a record for which no client has to be opened."""
    _wait_if_stopping()
    job = task.job
    given = {**job.parameters, "client": job.client_id, "view": job.view, "language": job.language}
    whose = {"id": job.client_id, "name": job.client_name, "currency": job.currency, "data_key": ""}
    whose["observed_until"] = job.observed_until
    if task.runs:
        given["runs"] = list(task.runs)
    try:
        folder = unopened.keep(told, whose, _notebook(job), out=setting.out, parameters=given)
    except Exception as again:  # as for the report itself
        return _without_record(job, told, again)
    return Outcome(job=job, status="failed", folder=folder.name, told=told)


def _without_record(job: Job, told: str, why: Exception) -> Outcome:
    return Outcome(job=job, status="failed", told=f"{told}\nand its record cannot be kept: {why}")


def _wait_if_stopping() -> None:
    if stopping.is_set():
        threading.Event().wait()  # for the end of this process


def _headline(result: RunResult) -> str:
    if result.refusals:
        return result.refusals[0]
    found: Sequence[Finding] = [one for one in result.findings if one.headline] or result.findings
    return found[0].claim if found else ""
