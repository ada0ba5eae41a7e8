"""A worker: a process of its own that is given one task after the other, and never outlives the batch."""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from crmlab.startup import spare_imports

MARK = "CRMLAB_WORKER"
"""The variable by which everything that a worker started is known, whoever its parent is by now."""

_STAY = 5  # seconds in which a killed process is gone


stopping = threading.Event()
"""Set when this process is about to end: a notebook that ends then was ended, and did not fail."""


def work(tasks: Connection, scratch: str) -> None:
    """Do the tasks that come, after the setting, until none comes any more. The main function of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal; the batch decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _be_silent()
    tempfile.tempdir = scratch
    threading.Thread(target=_die_with_parent, daemon=True).start()
    spare_imports()
    # Seconds of imports: until here nothing heavy was, so that no worker is too busy to see the end of its batch.
    from crmlab.report.batch.perform import perform  # noqa: PLC0415

    setting = tasks.recv()
    while True:
        try:
            task = tasks.recv()
        except EOFError:
            return
        tasks.send(perform(task, setting, lambda done, of: _say(tasks, done, of)))


def _say(tasks: Connection, done: int, of: int) -> None:
    try:
        tasks.send((done, of))
    except OSError:  # nobody listens any more; that is no fault of the notebook, and this process is about to end
        threading.Event().wait()


def end(process: BaseProcess, mark: str) -> None:
    """End a worker and everything that it started, also what has got away from it."""
    family: list[psutil.Process] = []
    with suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.join()  # its own `Process` reaps it, so nobody else may wait for it
    kill(family)
    kill(marked(mark))


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill them and wait until they are gone."""
    killed = []
    for one in processes:
        with suppress(psutil.Error):
            one.kill()
            killed.append(one)
    patience = time.monotonic() + _STAY
    while not all(map(_has_ended, killed)) and time.monotonic() < patience:
        time.sleep(0.005)


def _has_ended(process: psutil.Process) -> bool:
    """Also where nobody has asked how it ended, as the first process of some containers does only now and then."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def marked(mark: str) -> list[psutil.Process]:
    """The other processes that carry this mark in their environment."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if one.pid != os.getpid() and one.environ().get(MARK) == mark:
                found.append(one)
    return found


def _be_silent() -> None:
    """Cells speak through messages; what libraries write here would go between the lines of the batch."""
    with Path(os.devnull).open("w") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)


def _die_with_parent() -> None:
    """Wait for the end of the batch's own process; if it was killed, nobody else ends this one and its notebook."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    stopping.set()
    kill(psutil.Process().children(recursive=True))
    kill(marked(os.environ.get(MARK, "")))
    os._exit(1)
