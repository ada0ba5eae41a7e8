"""The process above a notebook's: when it ends, nothing that the notebook started is left, whoever was killed.

What a notebook starts may leave its session and outlive its parent; it cannot leave its line of ancestors. So a guard
asks the system for every orphan below it, and kills what is below it when the process it was started for has ended,
holds too much memory, or has nobody who waits for it any more: also where the caller and the fork server are killed at
the same instant. It imports next to nothing and does nothing else.

Both engines have one: the server is forked from its guard, and a kernel is started by one: `command` is the words to
put before the kernel's. Only who kills a guard together with everybody above it, the whole container apart, leaves
what a notebook has put into a session of its own.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from crmlab.report.engines import processes

EXCEEDED = 86
"""A guard's exit code where what is below it held too much memory."""

_FAILED = 1
_A_SIGNAL = 128


def command(memory_limit: int) -> list[str]:
    """The words before a command that put a guard of this process above it."""
    return [sys.executable, "-P", "-m", __name__, str(memory_limit), str(os.getpid())]


def stand(
    become: Callable[[], object], *, caller: int, memory_limit: int | None = None, not_mine: Sequence[int] = ()
) -> NoReturn:
    """Become the guard of a new process, and end when it does, with everything below.

    Parameters
    ----------
    become : callable
        What the new process does; it never returns.
    caller : int
        The process that waits for this one; it says so itself, since it may be gone before it could be asked for.
    memory_limit : int, optional
        Bytes that the new process and its descendants may hold together.
    not_mine : sequence of int
        File descriptors that only the new process keeps.
    """
    heard = {signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1}
    blocked = heard | {signal.SIGINT}  # which is for the notebook, and comes to its whole process group
    processes.adopt_orphans()
    signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    processes.signal_when_parent_ends(signal.SIGUSR1)
    guard = os.getpid()
    below = os.fork()
    if below == 0:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
            processes.signal_when_parent_ends(signal.SIGKILL)
            if os.getppid() == guard:
                become()
        finally:
            os._exit(_FAILED)
    code = _FAILED
    try:
        for number in not_mine:
            os.close(number)
        code = _watched(below, heard, caller, memory_limit)
    finally:
        _end_all_below()
        os._exit(code)


def _watched(below: int, heard: set[signal.Signals], caller: int, memory_limit: int | None) -> int:
    """Wait for a reason to end; the exit code that tells which."""
    while os.getppid() == caller:  # the end of one of the caller's threads sends the same signal as its own
        told = signal.sigwaitinfo(heard) if memory_limit is None else signal.sigtimedwait(heard, processes.LOOKS_EVERY)
        if told is not None and told.si_signo == signal.SIGTERM:
            return _FAILED
        if (code := _asked_for(below)) is not None:
            return code if code >= 0 else _A_SIGNAL - code
        if memory_limit is not None and processes.holds_more(below, memory_limit):
            return EXCEEDED
    return _FAILED


def _asked_for(below: int) -> int | None:
    """The exit code of `below`, None while it runs; orphans that have ended are asked for as well, or stay listed."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == below:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


def _end_all_below() -> None:
    """Kill children, and theirs as they become children of this process, until the system knows of none."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in processes.children(os.getpid()):
                processes.kill(pid)
            if not os.waitpid(-1, os.WNOHANG)[0]:
                time.sleep(0.001)


def main(words: Sequence[str]) -> NoReturn:
    """Stand guard over a command: the memory limit, the caller's number, then the command's words."""
    limit, caller, *words = words
    stand(lambda: os.execv(words[0], words), caller=int(caller), memory_limit=int(limit))  # noqa: S606 - our own words


if __name__ == "__main__":
    main(sys.argv[1:])
