"""Processes of Linux: who is whose child, what they hold, and that none outlives what it was started for."""

import contextlib
import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_FIRST_TO_GO = "1000"

LOOKS_EVERY = 0.1
"""Seconds between two looks at how much memory a notebook holds."""


def signal_when_parent_ends(number: int) -> None:
    """Ask for signal `number` at the end of the thread that started this process."""
    _prctl(_PR_SET_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends, even of one that left its session."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def go_first() -> None:
    """If the system runs out of memory, let it end this process before any other."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


def threads() -> int:
    """How many threads this process has, those that Python does not know of included."""
    return len(list(Path("/proc/self/task").iterdir()))


def children(pid: int) -> list[int]:
    """The processes whose parent is `pid`; none where it has ended."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def descendants(pid: int) -> list[int]:
    """`pid` and every process below it."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


def memory(pid: int) -> int:
    """Bytes that `pid` and its descendants hold, without what they share with others through files.

    What two of them share after a fork is counted twice by the quick way; where the sum is not all, see `fair_memory`.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    held = 0
    for one in descendants(pid):
        with contextlib.suppress(OSError):
            _, resident, shared, *_ = map(int, Path(f"/proc/{one}/statm").read_text(encoding="ascii").split())
            held += (resident - shared) * page
    return held


def fair_memory(pid: int) -> int:
    """Bytes that `pid` and its descendants hold, each page shared by n processes counted as an nth: slow, and right."""
    held = 0
    for one in descendants(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
            held += 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return held


def holds_more(pid: int, limit: int) -> bool:
    """Whether `pid` and its descendants hold more than `limit` bytes; the slow way only where the quick one says so."""
    return memory(pid) > limit and fair_memory(pid) > limit


def kill(pid: int) -> None:
    """End `pid` and its process group at once, if they are still there."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def _prctl(option: int, argument: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
