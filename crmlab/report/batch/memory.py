"""How many workers this machine can feed, and what each may take."""

import os

import psutil

NEED = 900 * 1000**2
"""Bytes for a worker and all that it starts together, each page that n of them share counted as an nth (PSS).

Measured in one batch of every notebook on Negin, with a look every fifth of a second: 862 MB at the most, in notebook
11 (254 MB of the worker, 12 of the guard, 166 of the server, 430 of the notebook), and 620 to 720 MB in the others;
rounded up, for a peak between two looks is missed. `tests/report/batch/test_memory.py` holds it for notebook 11. What
larger tables of a client take comes on top, and `share` bounds it."""

_SHARE = 0.8
"""Of the memory that is free: the rest is for files the system keeps at hand, and for this process."""


def feeds(memory: int, processors: int, *, need: int = NEED) -> int:
    """How many workers `memory` bytes and so many processors feed; one at least, or nothing would ever be done."""
    return max(1, min(processors, int(_SHARE * memory / need)))


def workers_here() -> int:
    """How many workers this machine feeds now."""
    return feeds(available(), processors())


def share(workers: int) -> int:
    """Bytes that each of so many workers may hold, its notebook with it, without taking from the others."""
    return max(NEED, int(_SHARE * available() / workers))


def limit_of_engine(memory: int) -> str:
    """What the engine behind a client's tables may take of a worker's share before it writes to disk.

    A worker and its notebook each have one, one after the other, and by default each takes half of the machine.
    """
    return f"{memory // 2 // 1024**2}MB"


def available() -> int:
    """Bytes that can be had without writing memory to disk."""
    return int(psutil.virtual_memory().available)


def processors() -> int:
    """The processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
