"""The same jobs on a Dask cluster: every worker makes one report at a time, and sends back one small record."""

import logging
import os
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from crmlab.errors import ParameterError, ReportError
from crmlab.report import folder as run_folder
from crmlab.report.batch.events import Ended, Event, IndexFailed, Started
from crmlab.report.batch.jobs import Outcome, Queue, Task
from crmlab.report.batch.perform import Setting, perform

_CONNECT_SECONDS = 10
_LOOK_SECONDS = 1.0
_ONE_AT_A_TIME = threading.Lock()


def run_on(queue: Queue, setting: Setting, address: str) -> Generator[Event]:
    """What happens while the cluster behind the scheduler at `address` does everything in the queue.

    Its workers need crmlab in the same version, the client files and the folder of reports under the same paths.

    Raises
    ------
    ParameterError
        If Dask is not installed.
    ReportError
        If the scheduler cannot be reached, or is gone in the middle; what is done stays done.
    """
    client = _connected(address)
    run_folder.sweep_all(setting.out)
    _silence_its_logs()
    try:
        yield from _events(client, queue, setting, address)
    except (OSError, CancelledError) as cause:  # a record that is done cannot be fetched any more
        raise _gone(address) from cause
    finally:
        client.close(timeout=_LOOK_SECONDS)


def _connected(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, which most installations do not have
    except ImportError as cause:
        raise ParameterError(
            "--scheduler needs Dask, which is not installed; install it with: pip install 'crmlab[dask]'"
        ) from cause
    try:
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as cause:
        raise ReportError(
            f"the scheduler at {address} does not answer ({cause or type(cause).__name__}); see that it runs "
            "(dask scheduler) and that the address is the one it printed"
        ) from cause


def _silence_its_logs() -> None:
    """What Dask logs of a lost connection is a traceback; what it means for the batch is told by our own error."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _events(client: Any, queue: Queue, setting: Setting, address: str) -> Iterator[Event]:
    running: dict[str, Task] = {}
    finished: SimpleQueue[Any] = SimpleQueue()
    while queue.has_ready or running:
        while queue.has_ready:
            task = queue.take()
            future = _submit(client, task, setting)
            running[future.key] = task
            future.add_done_callback(finished.put)
            if task.kind == "run":
                yield Started(task.job)
        with suppress(Empty):
            future = finished.get(timeout=_LOOK_SECONDS)
            yield from _ended(queue, running.pop(future.key), future, address)
        if client.status != "running":
            raise _gone(address)


def _submit(client: Any, task: Task, setting: Setting) -> Any:
    # pure=False: a task is done because somebody asks, not because its result is not known yet
    return client.submit(_perform, task, setting, pure=False, key=f"{task.kind}-{task.job.key}-{os.urandom(4).hex()}")


def _perform(task: Task, setting: Setting) -> Outcome:
    """A task in a worker of the cluster; those with several threads still make one report at a time."""
    with _ONE_AT_A_TIME:
        return perform(task, setting)


def _ended(queue: Queue, task: Task, future: Any, address: str) -> Iterator[Event]:
    outcome = _outcome_of(task, future, address)
    if task.kind == "index":
        if outcome.status == "failed":
            yield IndexFailed(task.job.client_id, outcome.told)
        return
    if future.status != "finished" and task.kind == "run":
        queue.first(Task(kind="failure", job=task.job, runs=task.runs, told=outcome.told))
        return
    queue.ended(outcome)
    yield Ended(outcome)


def _outcome_of(task: Task, future: Any, address: str) -> Outcome:
    if future.status in ("cancelled", "lost"):
        raise _gone(address)
    if future.status == "finished":
        found: Outcome = future.result()
        return found
    cause = future.exception()
    told = f"{task.job.notebook.name}: its worker on the cluster was lost ({type(cause).__name__}: {cause})"
    return Outcome(job=task.job, status="failed", told=told)


def _gone(address: str) -> ReportError:
    return ReportError(
        f"the scheduler at {address} is gone; what is done stays done, and the same command goes on from there"
    )
