"""The plain engine: each notebook in a kernel of its own, this very interpreter; on Linux below a guard."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import Engine
from papermill.log import logger
from traitlets import Dict, List
from traitlets.config import Config

from crmlab.report.engines import guard, why_not_warm
from crmlab.report.engines.client import CappedClient, MemoryExceededError
from crmlab.report.engines.surroundings import Surroundings

_LONGEST_SOCKET_PATH = 90  # the system's limit is about 107; the kernel adds a suffix
_ENDS_WITHIN = 30
_UNHEARD = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # cells speak through messages


class OwnKernelManager(AsyncKernelManager):
    """A kernel manager that starts this very interpreter, whatever kernels a user has installed."""

    environment = Dict(help="Every variable the kernel gets.").tag(config=True)
    guarded_by: Any = List(help="Words before the kernel's command that put a guard above it.").tag(config=True)
    extensions: Any = List(help="Modules the kernel loads as IPython extensions when it starts.").tag(config=True)
    launched: ClassVar[list[Any]]  # set by a subclass for each run: its processes, whatever became of them

    @property
    def kernel_spec(self) -> KernelSpec:
        """A kernel of this interpreter, without the history database that parallel kernels fight over."""
        argv = [*self.guarded_by, sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        argv += [f"--ext={extension}" for extension in self.extensions]
        return KernelSpec(
            argv=[*argv, "--HistoryManager.enabled=False"],
            display_name="crmlab",
            language="python",
            env={name: value.replace("$", "$$") for name, value in self.environment.items()},
        )

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        with interrupts_held():  # between the process's start and our knowing of it, nobody could end it
            try:
                await super()._async_launch_kernel(kernel_cmd, **kw | _UNHEARD)
            except OSError as cause:
                raise DeadKernelError(f"it cannot be started: {cause.strerror or cause}") from cause
            self.launched.append(getattr(self.provisioner, "process", None))

    async def _async_kill_kernel(self, restart: bool = False) -> None:
        for process in self.launched:
            end(process)  # in order: a guard that is killed itself can end nothing any more
        await super()._async_kill_kernel(restart)


class PlainEngine(Engine):  # type: ignore[misc]
    """papermill's engine with our kernel in our surroundings."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, around: Surroundings, **how: Any) -> None:
        """Execute the notebook of `nb_man` in a kernel that is gone, with all it started, when this returns or raises.

        Raises
        ------
        MemoryExceededError
            If it held more memory than `around` says. Only Linux has such a limit, and a guard.
        """
        launched: list[Any] = []
        try:
            CappedClient(
                nb_man,
                log=logger,
                kernel_name=kernel_name,
                shutdown_kernel="immediate",
                iopub_timeout=30,  # seconds; what a cell printed may be long, and the machine busy
                kernel_manager_class=type("RunKernelManager", (OwnKernelManager,), {"launched": launched}),
                config=_kernel_config(around),
                resources={"metadata": {"path": str(around.work)}},
                **CappedClient.options(how),
            ).execute()
        except DeadKernelError as cause:
            if any(process is not None and process.poll() == guard.EXCEEDED for process in launched):
                raise MemoryExceededError("it held too much memory") from cause
            raise
        finally:
            for process in launched:
                end(process)


def _kernel_config(around: Surroundings) -> Config:
    socket = around.folder / "kernel.json"
    local = sys.platform != "win32" and len(str(socket)) <= _LONGEST_SOCKET_PATH
    manager = {
        "connection_file": str(socket),
        "transport": "ipc" if local else "tcp",  # no port, so no race for one when many runs start at once
        "environment": dict(around.environment),
        "extensions": list(around.extensions),
        "guarded_by": [] if why_not_warm() else guard.command(around.memory_limit),
    }
    return Config({"OwnKernelManager": manager})


def end(process: Any) -> None:
    """End a guard or, where there is none, a kernel, if it still runs; and wait until it is gone."""
    if process is None or process.poll() is not None:
        return
    if not why_not_warm():
        process.terminate()  # the guard first ends what is below it
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_ENDS_WITHIN)
            return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)  # it leads a process group of its own
    process.kill()
    process.wait()


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C inside this block takes effect at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        raise KeyboardInterrupt
