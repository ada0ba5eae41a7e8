"""The forked child: a notebook's process, with IPython as a kernel has it, and no kernel around it.

The shell, its display hook, its tracebacks and its compiler are ipykernel's own, so that what a cell shows is what a
kernel would show. What ipykernel would send over ZeroMQ goes as frames over the socket that the caller gave; what is
written to standard output and standard error, by Python or below it, goes into two pipes, which the caller empties when
a frame comes; only then does it write a receipt, for which the child waits. So the order is the order in which things
happened, and no thread is needed.
"""

import asyncio
import contextlib
import io
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

from crmlab.report.engines import frames, processes

UNACKNOWLEDGED = ("execute_input", "execute_reply")
"""Frames for which no receipt is written: before them, and after them, a cell prints nothing."""

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def main(messages: socket.socket, receipts: int, out: int, err: int, *, server: int) -> NoReturn:
    """Become a notebook's process: take the surroundings from `messages`, then cell after cell; never return."""
    code = 1
    try:
        _live_apart(server)
        _take_streams(out, err)
        around = frames.receive_json(messages)
        if around is not None:
            asyncio.run(_serve(messages, receipts, around))
        code = 0
    finally:
        os._exit(code)  # no exit handlers: those the server registered are not for its copies


def _live_apart(server: int) -> None:
    """A session and process group of its own, ended with the server; what it starts stays below it."""
    os.setsid()
    processes.signal_when_parent_ends(signal.SIGKILL)
    if os.getppid() != server:
        os._exit(0)  # it ended before we could ask to be told
    processes.adopt_orphans()
    processes.go_first()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_streams(out: int, err: int) -> None:
    """The two pipes as file descriptors 1 and 2 and as `sys.stdout` and `sys.stderr`."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for given, number in ((nothing, _STDIN), (out, _STDOUT), (err, _STDERR)):
        os.dup2(given, number)
        os.close(given)
    sys.stdout = sys.__stdout__ = _stream(_STDOUT)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(_STDERR)  # type: ignore[misc]


class _AtOnce(io.BufferedWriter):
    """Nothing is held back: what another process, or C, writes to the same descriptor comes in the order of writing."""

    def write(self, data: Any) -> int:
        written = super().write(data)
        self.flush()
        return written


def _stream(number: int) -> io.TextIOWrapper:
    raw = io.FileIO(number, "w", closefd=False)
    return io.TextIOWrapper(_AtOnce(raw), encoding="utf-8", errors="surrogateescape", newline="\n", write_through=True)


def _settle(around: dict[str, Any]) -> None:
    """The environment, folders and chance of a process that was just started."""
    os.environ.clear()
    os.environ.update(around["environment"])
    time.tzset()
    os.chdir(around["work"])
    tempfile.tempdir = None
    _search_current_folder()
    random.seed()
    import numpy  # noqa: ICN001, PLC0415 - the server has it; the caller's end must not load it

    numpy.random.seed()  # noqa: NPY002 - the legacy generator of every fork would draw the same numbers


def _search_current_folder() -> None:
    """`""` in the search path where IPython puts it: before the installed packages."""
    named = [Path(path).name for path in sys.path]
    sys.path.insert(next((n for n, name in enumerate(named) if name in ("site-packages", "dist-packages")), 0), "")


async def _serve(messages: socket.socket, receipts: int, around: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    try:
        _settle(around)
        kernel = _kernel(messages, receipts)
        for extension in around["extensions"]:
            kernel.shell.extension_manager.load_extension(extension)
    except Exception as error:  # another version of IPython, perhaps: the caller goes another way
        frames.send_json(messages, {"refused": f"{type(error).__name__}: {error}"})
        return
    frames.send_json(messages, {"ready": True})
    while (cell := await _next(messages)) is not None:
        await loop.create_task(_run(kernel, cell))  # a task of its own, and so a context of its own
        if kernel.shell.exit_now:
            return  # the notebook called `quit()`


async def _next(messages: socket.socket) -> dict[str, Any] | None:
    """The next cell; what earlier cells left to the event loop goes on while we wait."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(messages, there.set)
    await there.wait()
    loop.remove_reader(messages)
    cell: dict[str, Any] | None = frames.receive_json(messages)
    return cell


async def _run(kernel: Any, cell: dict[str, Any]) -> None:
    """What a kernel does with a request to execute a cell."""
    content = {"code": cell["code"], "silent": False, "store_history": True, "allow_stdin": False}
    content["stop_on_error"] = False  # there is no queue to be emptied
    request = kernel.session.msg("execute_request", content)
    kernel.set_parent([], request)
    await kernel.execute_request(None, [], request)


def _kernel(messages: socket.socket, receipts: int) -> Any:
    """An IPython kernel without sockets and threads, whose session sends frames over `messages`."""
    from ipykernel.ipkernel import IPythonKernel  # noqa: PLC0415
    from IPython.core.profiledir import ProfileDir  # noqa: PLC0415 - as for numpy
    from traitlets.config import Config  # noqa: PLC0415
    from traitlets.log import get_logger  # noqa: PLC0415

    without_debugger = ModuleType("ipykernel.debugger")  # it would want sockets, and takes a while to import
    vars(without_debugger).update(_is_debugpy_available=False, Debugger=object)
    sys.modules[without_debugger.__name__] = without_debugger
    folder = os.environ["IPYTHONDIR"]
    kernel: Any = IPythonKernel.instance(
        config=Config({"HistoryManager": {"enabled": False}, "Kernel": {"_execute_sleep": 0.0}}),
        log=get_logger(),
        session=_session_class()(messages, receipts),
        profile_dir=ProfileDir.create_profile_dir_by_name(folder, "default"),  # type: ignore[no-untyped-call]
        shell_channel_thread=SimpleNamespace(parent_thread=None),
        user_ns=None,  # and so a real module, as in a kernel
    )
    kernel.shell.exit_now = False
    kernel.shell._sys_modules_keys = set(sys.modules)
    return kernel


def _session_class() -> Any:
    from jupyter_client.session import Session  # noqa: PLC0415

    class FrameSession(Session):
        """A session that sends what a kernel says as frames; a process that the notebook forks says nothing."""

        def __init__(self, messages: socket.socket, receipts: int) -> None:
            super().__init__(key=b"")
            self._messages, self._receipts = messages, receipts
            self._one_at_a_time = threading.Lock()
            self._owner = os.getpid()

        def send(self, _stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **_how: Any) -> Any:  # type: ignore[override]
            msg = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content=content)
            if os.getpid() == self._owner:
                told = {"type": msg["header"]["msg_type"], "content": msg["content"]}
                with self._one_at_a_time, _caller_may_be_gone():
                    frames.send(self._messages, self.pack(told))
                    if told["type"] not in UNACKNOWLEDGED:
                        os.read(self._receipts, 1)
            return msg

    return FrameSession


@contextlib.contextmanager
def _caller_may_be_gone() -> Any:
    try:
        yield
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)
