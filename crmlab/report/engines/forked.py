"""The caller's end of the fork server: one server for all runs of this process, started when the first one needs it."""

import atexit
import codecs
import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil

from crmlab.errors import CrmlabError
from crmlab.report.engines import frames, plain, processes, start, why_not_warm
from crmlab.report.engines.child import UNACKNOWLEDGED
from crmlab.report.engines.client import MOST_CHARACTERS
from crmlab.report.engines.surroundings import Surroundings, fixed

STARTS_WITHIN = 120
"""Seconds in which a server has imported what it has to import, or is given up."""
_ENDS_WITHIN = 30
_PIECE = 1 << 16


class NotWarmError(CrmlabError):
    """The warm engine cannot run a notebook now; the plain one can."""


@dataclass(frozen=True)
class Ended:
    """How a run's process ended: its exit code, and whether it was ended because it held too much memory."""

    code: int | None
    memory: bool = False


class ForkServer:
    """A running server; see `server`. It ends with this process, however that ends."""

    def __init__(self) -> None:
        self.starts_with = (sys.executable, fixed())
        self.owner = os.getpid()
        self._one_at_a_time = threading.Lock()
        self._control, theirs = socket.socketpair()
        try:
            with theirs, plain.interrupts_held():
                self._process = _started(theirs)
        except BaseException:
            self._control.close()
            raise

    @property
    def pid(self) -> int:
        """The process of the server's guard; the server is its only child."""
        return self._process.pid

    def usable(self) -> bool:
        """Whether it runs, belongs to this process, and was started with what it would be started with now."""
        current = (sys.executable, fixed())
        return self.owner == os.getpid() and self._process.poll() is None and self.starts_with == current

    def request(self, numbers: list[int], memory_limit: int) -> None:
        """Ask for a fork that has these file descriptors."""
        with self._one_at_a_time:
            socket.send_fds(self._control, [str(memory_limit).encode()], numbers)

    def close(self) -> None:
        """End the server and every run; in a process forked from its owner, only forget it."""
        self._control.close()
        if self.owner != os.getpid():
            self._process.returncode = 0  # not ours to wait for
            return
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            plain.end(self._process)


def _started(control: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, start.__file__, str(control.fileno()), str(os.getpid())],
        env={**os.environ, **fixed()},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[control.fileno()],
        start_new_session=True,  # Ctrl-C is for this process, which then ends the server
    )


_shared: list[ForkServer] = []
_starting = threading.Lock()


def shared_server() -> ForkServer:
    """The server of this process, started now if there is none that can be used."""
    with _starting:
        if _shared and not _shared[0].usable():
            _shared.pop().close()
        if not _shared:
            _shared.append(ForkServer())
        return _shared[0]


@atexit.register
def close_shared_server() -> None:
    """End the server of this process, if it has one; the next run starts another."""
    while _shared:
        _shared.pop().close()


@dataclass
class ForkedRun:
    """A notebook's process, forked from the server: cells go in, messages come out."""

    line: socket.socket
    server: ForkServer
    messages: socket.socket
    receipts: int
    streams: dict[str, int]
    pid: int = 0
    ended: Ended | None = None
    printed: dict[str, "_Printed"] = field(default_factory=dict)

    def execute(self, code: str, deadline: float | None) -> Iterator[tuple[str, dict[str, Any]]]:
        """The type and content of each message of a cell as it comes, until the cell is done.

        What the cell printed comes as messages of type `stream`, whose `left_out` counts characters that were not kept.

        Raises
        ------
        TimeoutError
            At `deadline`, a time of `time.monotonic`.
        ConnectionError
            If the process has ended; `ended` says how.
        """
        self.printed = {name: _Printed() for name in self.streams}
        self._send({"code": code})
        kind = ""
        while kind != "execute_reply":
            told = self._next(deadline)
            kind = told["type"]
            yield from self._what_was_printed()
            if kind not in UNACKNOWLEDGED:
                self._acknowledge()
            yield kind, told["content"]

    def _next(self, deadline: float | None) -> dict[str, Any]:
        """The next message; what is printed while we wait for it is taken as it comes, for a pipe holds little."""
        while True:
            readable = self._wait(deadline)
            for name, number in self.streams.items():
                if number in readable:
                    self._take(name)
            if self.messages.fileno() in readable and (payload := frames.receive(self.messages)) is not None:
                return _unpacked(payload)
            if {self.messages.fileno(), self.line.fileno()} & readable:
                self._find_out()
                raise ConnectionError

    def _send(self, value: Any) -> None:
        try:
            frames.send_json(self.messages, value)
        except OSError as cause:
            self._find_out()
            raise ConnectionError from cause

    def _acknowledge(self) -> None:
        """Let the process go on; what it prints from here on comes after the message."""
        with contextlib.suppress(BrokenPipeError):  # it has ended, and the next look at its messages tells so
            os.write(self.receipts, b"+")

    def _wait(self, deadline: float | None) -> set[int]:
        waiting = select.poll()
        for number in (*self.streams.values(), self.messages.fileno(), self.line.fileno()):
            waiting.register(number, select.POLLIN)
        left = None if deadline is None else max(0, int(1000 * (deadline - time.monotonic())) + 1)
        readable = {number for number, _ in waiting.poll(left)}
        if not readable or (deadline is not None and time.monotonic() > deadline):
            raise TimeoutError
        return readable

    def _take(self, name: str) -> bool:
        """Take what is in a pipe now; False where it is empty."""
        try:
            piece = os.read(self.streams[name], _PIECE)
        except BlockingIOError:
            return False
        self.printed[name].add(piece)
        return bool(piece)

    def _what_was_printed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What was printed before the message that just came; it is all in the pipes by now."""
        for name, printed in self.printed.items():
            while self._take(name):
                pass
            text, left_out = printed.taken()
            if text or left_out:
                yield "stream", {"name": name, "text": text, "left_out": left_out}

    def _find_out(self) -> None:
        self.line.settimeout(_ENDS_WITHIN)
        told = None
        with contextlib.suppress(OSError):
            told = frames.receive_json(self.line)
        if told is None:  # the server itself is gone; its guard ends what the runs had started
            self.server.close()
            end_session(self.pid)
        self.ended = Ended(told["ended"], told["memory"]) if told else Ended(None)

    def close(self) -> None:
        """Kill the run's processes and wait until they are gone."""
        if self.ended is None:
            with contextlib.suppress(OSError):
                self.line.shutdown(socket.SHUT_WR)
            self._find_out()
        self.let_go()

    def let_go(self) -> None:
        """Close every descriptor; the server kills what still runs."""
        self.line.close()
        self.messages.close()
        for number in (self.receipts, *self.streams.values()):
            os.close(number)


class _Printed:
    """What a cell prints to one stream between two messages: the first characters as text, the others counted."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []
        self._room = MOST_CHARACTERS
        self._left_out = 0

    def add(self, piece: bytes) -> None:
        text = self._decoder.decode(piece)
        kept = text[: self._room]
        self._room -= len(kept)
        self._left_out += len(text) - len(kept)
        self._parts.append(kept)

    def taken(self) -> tuple[str, int]:
        """The text and how many characters more there were; then it begins anew."""
        told = "".join([*self._parts, self._decoder.decode(b"", final=True)]), self._left_out
        self.__init__()  # type: ignore[misc]
        return told


@contextlib.contextmanager
def forked_run(around: Surroundings) -> Iterator[ForkedRun]:
    """A notebook's process in these surroundings; it and what it started are gone when this is left.

    Raises
    ------
    NotWarmError
        If the server cannot be started or will not fork.
    """
    run = _opened(around)
    try:
        yield run
    finally:
        run.close()


def _opened(around: Surroundings) -> ForkedRun:
    """A run, from a fresh server if the one that was there has just died."""
    if reason := why_not_warm():
        raise NotWarmError(reason)
    try:
        return _forked(shared_server(), around)
    except OSError:
        close_shared_server()
    try:
        return _forked(shared_server(), around)
    except OSError as cause:
        raise NotWarmError(f"its server does not start ({cause})") from cause


def _forked(server: ForkServer, around: Surroundings) -> ForkedRun:
    line, their_line = socket.socketpair()
    messages, their_messages = socket.socketpair()
    (out, their_out), (err, their_err), (their_receipts, receipts) = os.pipe(), os.pipe(), os.pipe()
    for number in (out, err):
        os.set_blocking(number, False)
    run = ForkedRun(line, server, messages, receipts, {"stdout": out, "stderr": err})
    try:
        with their_line, their_messages, _closing(their_receipts, their_out, their_err):
            theirs = [their_line.fileno(), their_messages.fileno(), their_receipts, their_out, their_err]
            server.request(theirs, around.memory_limit)
        run.pid = _answer(line)["pid"]
        wanted = {"work": str(around.work), "extensions": around.extensions, "environment": dict(around.environment)}
        frames.send_json(messages, wanted)
        _answer(messages)
    except BaseException:
        run.let_go()
        raise
    return run


@contextlib.contextmanager
def _closing(*numbers: int) -> Iterator[None]:
    try:
        yield
    finally:
        for number in numbers:
            os.close(number)


def _answer(source: socket.socket) -> dict[str, Any]:
    """The next answer of the server or its child, when it has come to it."""
    source.settimeout(STARTS_WITHIN)
    told: dict[str, Any] | None = frames.receive_json(source)
    source.settimeout(None)
    if told is None:
        raise ConnectionError("it ended")
    if "refused" in told:
        raise NotWarmError(told["refused"])
    return told


def _unpacked(payload: bytes) -> dict[str, Any]:
    from jupyter_client.session import json_unpacker  # noqa: PLC0415 - slow to import, and the first run has done so

    told: dict[str, Any] = json_unpacker(payload)
    return told


def end_session(session: int) -> None:
    """Kill every process of the session that `session` led."""
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == session:
                processes.kill(pid)
