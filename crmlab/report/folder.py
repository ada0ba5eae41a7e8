"""The run folder: written beside its place under another name, then renamed once, never replaced.

Two runs of the same thing may race; the first rename wins and the other run keeps that folder. So a folder that
is there is whole, and its name says everything that went into it.
"""

import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from crmlab.errors import ReportError

_PARTIAL = ".partial-"
_MADE_BY = re.compile(re.escape(_PARTIAL) + r"(?P<host>[0-9a-f]{6})-(?P<process>[0-9]+)-[0-9a-f]+$")
_A_DAY = 86_400


def key_of(parts: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that stand for everything in `parts`, whatever the order of its names."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_bytes(path: Path, content: bytes, *, append: bool = False) -> None:
    """Write `content` to the file at `path`, or append all of it or nothing. Every byte of a report goes through here.

    Raises
    ------
    ReportError
        If the system refuses: disk full, no permission, a file where a folder should be.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b" if append else "wb", buffering=0) as file:
            (_append if append else _write)(file, content)
    except OSError as cause:
        raise ReportError(
            f"cannot write {path} ({len(content):,} bytes): {cause.strerror or cause}; nothing half-written was left"
        ) from cause


def _write(file: IO[bytes], content: bytes) -> None:
    written = file.write(content)
    while written < len(content):  # an unbuffered write may take less than it is given
        written += file.write(content[written:])


def _append(file: IO[bytes], content: bytes) -> None:
    """Lines after those of every other process; a line that a crash has cut short is ended before them."""
    _wait_for_turn(file)
    before = file.seek(0, os.SEEK_END)
    cut_short = before > 0 and file.seek(before - 1) >= 0 and file.read(1) != b"\n"
    try:
        _write(file, b"\n" * cut_short + content)
    except BaseException:
        file.truncate(before)
        raise


def _wait_for_turn(file: IO[bytes]) -> None:
    """Other processes' lines wait until the file is closed; without locks, a line is still one write in most cases."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415 - Windows has none

        fcntl.flock(file, fcntl.LOCK_EX)


def publish(folder: Path, files: Mapping[str, bytes], *, again: bool = False) -> bool:
    """Whether `folder` was made by this call; False if it was already there, and then it is left as it is.

    With `again` a folder that is there and holds other bytes than `files` is put aside, whole, under another name: a
    key stands for one content, so that somebody may want to see what was changed, or what is not reproducible.

    Raises
    ------
    ReportError
        If something cannot be written. Then `folder` is as it was before: not there, or whole.
    """
    sweep(folder.parent)
    if folder.is_dir() and not (again and _differs(folder, files)):
        return False
    partial = folder.with_name(f".{folder.name}{_PARTIAL}{_host()}-{os.getpid()}-{secrets.token_hex(4)}")
    aside = None
    try:
        for name, content in files.items():
            write_bytes(partial / name, content)
        aside = _put_aside(folder) if again else None
        return _rename(partial, folder)
    except BaseException:
        if aside is not None:
            _rename(aside, folder)  # what was there before is better than nothing
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _differs(folder: Path, files: Mapping[str, bytes]) -> bool:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return there.keys() != files.keys() or any(there[name].read_bytes() != files[name] for name in files)


def _put_aside(folder: Path) -> Path | None:
    """Give a run folder a name under which no run is looked for. The new one is whole by then, and takes its place."""
    try:
        return folder.rename(folder.with_name(f"aside-{folder.name}-{secrets.token_hex(4)}"))
    except FileNotFoundError:
        return None  # there was none, or another process did it first
    except OSError as cause:
        raise ReportError(f"cannot put {folder} aside: {cause.strerror or cause}; it was left as it was") from cause


def replace(path: Path, content: bytes) -> None:
    """Give the file at `path` new content; at no moment does it hold anything but its old or its new one."""
    partial = path.with_name(f".{path.name}{_PARTIAL}{_host()}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        write_bytes(partial, content)
        partial.replace(path)
    except OSError as cause:
        raise ReportError(f"cannot replace {path}: {cause.strerror or cause}; it was left as it was") from cause
    finally:
        with contextlib.suppress(OSError):  # gone already, or never there: not even its folder could be made
            partial.unlink()


def sweep(parent: Path) -> None:
    """Remove what dead processes left half-written in `parent`.

    A partial folder lives for seconds. It is left alone while its process may live: on this machine, until that
    process is gone; on another machine that shares the folder, for a day. What cannot be removed is left to the next.
    """
    for partial in parent.glob(f".*{_PARTIAL}*"):
        if (made_by := _MADE_BY.search(partial.name)) is None:
            continue  # somebody's own
        ended = made_by["host"] == _host() and not psutil.pid_exists(int(made_by["process"]))
        if ended or _age(partial) > _A_DAY:
            shutil.rmtree(partial, ignore_errors=True)
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


def sweep_all(out: Path) -> None:
    """`sweep` a folder of reports and the folder of every client in it, also of those that nobody asks for any more."""
    for place in (out, *out.glob("*/")):
        sweep(place)


def _rename(partial: Path, folder: Path) -> bool:
    try:
        os.rename(partial, folder)  # noqa: PTH104 - the one call the whole design rests on, so it stands here bare
    except OSError as cause:
        if folder.is_dir():
            return False  # another process was first, with the same content by construction of the key
        raise ReportError(f"cannot rename {partial.name} to {folder}: {cause.strerror or cause}") from cause
    return True


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]
