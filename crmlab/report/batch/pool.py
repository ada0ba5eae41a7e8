"""The workers of this machine: each a fresh process with a pipe of its own, replaced when it dies.

A pipe for each, because a process that is killed while it holds the lock of a shared one blocks or breaks the others.
"""

import multiprocessing
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

from crmlab.errors import ReportError
from crmlab.report import folder as run_folder
from crmlab.report.batch import memory
from crmlab.report.batch.events import Advanced, Ended, Event, IndexFailed, Started
from crmlab.report.batch.jobs import Outcome, Queue, Task
from crmlab.report.batch.perform import Setting, keep_unopened
from crmlab.report.batch.worker import MARK, end, work
from crmlab.tables import engine

_GRACE_SECONDS = 60
"""How long a worker may say nothing beyond the notebook's time limit. It says when the client is open, when a cell
begins and when it is done; `run_notebook` holds the limit itself, and this is for what hangs around it."""

_LOOK_SECONDS = 1.0


def run_here(queue: Queue, setting: Setting, *, workers: int) -> Generator[Event]:
    """What happens while at most `workers` processes of this machine do everything in the queue.

    However this ends, by itself, by an error or by being closed, no process and no partial folder is left.
    """
    run_folder.sweep_all(setting.out)
    pool = _Pool(queue, setting, workers)
    try:
        yield from pool.events()
    finally:
        pool.close()


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Inside this block a SIGTERM is like Ctrl-C, so that it ends everything in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    mark: str
    task: Task | None = None
    began: float = 0.0
    deadline: float = 0.0


@dataclass
class _Pool:
    queue: Queue
    setting: Setting
    most: int
    _workers: list[_Worker] = field(default_factory=list)
    _context: SpawnContext = field(default_factory=lambda: multiprocessing.get_context("spawn"))
    _scratch: Path = field(default_factory=lambda: _scratch("crmlab-batch-"))
    _touched: set[str] = field(default_factory=set)

    def events(self) -> Iterator[Event]:
        while self.queue.has_ready or self._busy():
            yield from self._give()
            for worker in self._heard_from():
                yield from self._listen(worker)
            for worker in self._busy():
                if time.monotonic() > worker.deadline:
                    limit = f"{self.setting.time_limit_seconds:g} seconds and {_GRACE_SECONDS} of grace"
                    yield from self._lost(worker, f"its process was ended: it said nothing for {limit}")

    def close(self) -> None:
        """End every worker and all that it started, and remove what it left."""
        with _uninterrupted():
            for worker in list(self._workers):
                self._end(worker)
            for client in self._touched:
                with suppress(OSError):
                    run_folder.sweep(self.setting.out / client)
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.task]

    def _give(self) -> Iterator[Event]:
        """Give tasks to workers that have none, as long as there are tasks, workers and memory."""
        while self.queue.has_ready and (worker := self._idle()):
            task = self.queue.take(one.task.job.client_id for one in self._busy() if one.task)
            self._touched.add(task.job.client_id)
            worker.task, worker.began = task, time.monotonic()
            self._extend(worker)
            try:
                worker.pipe.send(task)
            except OSError:  # it died while it had nothing to do, so that the task is as good as new
                self._end(worker)
                self.queue.first(task)
                continue
            if task.kind == "run":
                yield Started(task.job)

    def _idle(self) -> _Worker | None:
        idle = next((worker for worker in self._workers if not worker.task), None)
        if self._workers and memory.available() < memory.NEED and self._busy():
            return None  # those that are at work may need what is left
        if idle is None and len(self._workers) < self.most:
            idle = self._start()
        return idle

    def _start(self) -> _Worker:
        mark = secrets.token_hex(8)
        _start_tracker()
        ours, theirs = self._context.Pipe()
        scratch = str(_scratch("w", self._scratch))
        process = self._context.Process(target=work, args=(theirs, scratch), name="crmlab-worker")
        limit = {engine.MEMORY: memory.limit_of_engine(self.setting.memory_limit)} if self.setting.memory_limit else {}
        with _environment({MARK: mark, **limit}), _uninterrupted():
            process.start()
            worker = _Worker(process=process, pipe=ours, mark=mark)
            self._workers.append(worker)
        theirs.close()
        with suppress(OSError):  # a worker that is dead already is noticed when it is given its task
            ours.send(self.setting)
        return worker

    def _heard_from(self) -> list[_Worker]:
        by_handle: dict[Any, _Worker] = {}
        for worker in self._workers:
            by_handle |= {worker.pipe: worker, worker.process.sentinel: worker}
        heard = wait(list(by_handle), timeout=_LOOK_SECONDS)
        return list({id(worker): worker for worker in (by_handle[handle] for handle in heard)}.values())

    def _listen(self, worker: _Worker) -> Iterator[Event]:
        """Everything a worker has said; only then, whether it is still there."""
        try:
            while worker.pipe.poll():
                yield from self._said(worker, worker.pipe.recv())
        except (EOFError, OSError):
            worker.process.join(_LOOK_SECONDS)
        if not worker.process.is_alive():
            yield from self._lost(worker, _how_it_died(worker.process.exitcode))

    def _said(self, worker: _Worker, message: Any) -> Iterator[Event]:
        task = worker.task
        if task is None:
            return
        if not isinstance(message, Outcome):
            done, of = message
            self._extend(worker)
            yield Advanced(task.job, done, of)
            return
        worker.task = None
        yield from self._ended(task, message)

    def _ended(self, task: Task, outcome: Outcome) -> Iterator[Event]:
        if task.kind != "index":
            self.queue.ended(outcome)
            yield Ended(outcome)
        elif outcome.status == "failed":
            yield IndexFailed(task.job.client_id, outcome.told)

    def _lost(self, worker: _Worker, told: str) -> Iterator[Event]:
        """A worker is gone, or has to go: its task failed, and another worker keeps the record of that."""
        task, seconds = worker.task, time.monotonic() - worker.began
        self._end(worker)
        if task is None:
            return
        name = task.job.notebook.name
        if task.kind == "run":
            self.queue.first(Task(kind="failure", job=task.job, runs=task.runs, told=f"{name}: {told}"))
        else:
            yield from self._ended(task, self._given_up(task, task.told or f"{name}: {told}", seconds))

    def _given_up(self, task: Task, told: str, seconds: float) -> Outcome:
        """The outcome of a task that took two workers with it; this process keeps the record, without the client."""
        if task.kind == "index":
            return Outcome(job=task.job, status="failed", told=told, seconds=seconds)
        return replace(keep_unopened(task, told, self.setting), seconds=seconds)

    def _extend(self, worker: _Worker) -> None:
        worker.deadline = time.monotonic() + self.setting.time_limit_seconds + _GRACE_SECONDS

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        end(worker.process, worker.mark)
        worker.process.close()
        worker.pipe.close()


def _scratch(prefix: str, within: Path | None = None) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=prefix, dir=within))
    except OSError as cause:
        raise ReportError(
            f"a batch needs a folder for temporary files, and none can be made ({cause.strerror or cause}); see that "
            "the disk has room, or name another folder in TMPDIR; the same command goes on from there"
        ) from cause


def _how_it_died(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            told = f"was ended by {signal.Signals(-code).name}"
            return f"its worker process {told}; too little memory is the usual reason"
    return f"its worker process ended with code {code}; too little memory is the usual reason"


def _start_tracker() -> None:
    """Start the process that Python keeps beside spawned ones, before a worker's mark could fall on it."""
    if os.name == "posix":
        resource_tracker.ensure_running()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables that a process started in this block inherits, but for those that are set already."""
    own = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            del os.environ[name]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM inside this block are heard at its end: half of an end is none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _: heard.append(got)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        raise KeyboardInterrupt
