"""The fork server: a process that has imported what notebooks import, and forks itself for each of them.

It is started as a fresh interpreter, never forked from the caller, below a guard of its own (`guard`), which ends what
notebooks have started where this process cannot any more. It is reached through an unnamed pair of sockets: there is no
address another user could connect to and none that two servers could fight over. It lives as long as the other end of
the pair is open. For each run it is handed descriptors: the run's own line, on which it says how the run goes, and what
the child talks through. When the run's line is closed at the other end, by a caller who is done or by one who was
killed, the run's processes are killed, whatever they are doing.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
from dataclasses import dataclass
from typing import Any, NoReturn

from crmlab.report.engines import child, frames, guard, processes

WARM = (
    "babel.messages.pofile",
    "duckdb",
    "ibis.backends.duckdb.converter",
    "ibis.expr.types.groupby",
    "ibis.formats.pandas",
    "ibis.formats.pyarrow",
    "ipykernel.ipkernel",
    "matplotlib.pyplot",
    "pandas.io.formats.string",
    "pyarrow.parquet",
    "scipy.optimize",
    "scipy.stats",
    "seaborn",
    "statsmodels.api",
    "statsmodels.formula.api",
)
"""What is imported before the first fork, with every module of `OWN_ROOMS`. Nothing opens a connection or a thread."""

OWN_ROOMS = ("language", "tables", "models", "analyses", "figures", "trials", "simulate", "teaching")
OWN_MODULES = ("client", "display", "findings", "gates", "quoted", "summary", "data_page.readiness", "report.evidence")

DESCRIPTORS = 5
"""What a request brings: the run's line, and the child's messages, their receipts, standard output, standard error."""


@dataclass
class Run:
    """A child, the line on which its caller is told about it, and a descriptor that tells when it ends."""

    pid: int
    line: socket.socket
    ended: int
    memory_limit: int


def main(control_number: int, caller: int) -> NoReturn:
    """Become the guard of a server that serves until the other end of socket `control_number` is closed."""
    threads = processes.threads()  # of which the server, a fork, has only one
    guard.stand(lambda: serve(control_number, threads), caller=caller, not_mine=[control_number])


def serve(control_number: int, threads: int) -> NoReturn:
    """Import, then serve until the caller or the guard is gone; then exit."""
    parent = os.getppid()
    processes.signal_when_parent_ends(signal.SIGTERM)  # and not SIGKILL: the runs are ended in order
    processes.adopt_orphans()
    control = socket.socket(fileno=control_number)
    server = Server(control, parent)
    signal.signal(signal.SIGTERM, server.on_signal)
    try:
        trouble = _crowd(threads) or import_what_is_heavy()
        server.serve(trouble)
    finally:
        server.end_all()
        os._exit(0)


def import_what_is_heavy() -> str:
    """Import what notebooks import; what went wrong, empty if nothing did."""
    try:
        for name in WARM:
            importlib.import_module(name)
        for name in _own_modules():
            importlib.import_module(f"crmlab.{name}")
        _touch()
    except Exception as error:  # whatever it is, the caller is told and goes another way
        return f"{type(error).__name__}: {error}"
    # What is there now stays for good: collecting it again in every child would copy its pages there.
    gc.collect()
    gc.freeze()
    return ""


def _own_modules() -> list[str]:
    from crmlab import suite  # noqa: PLC0415 - the server says so on its line if even this fails

    found = [path for room in OWN_ROOMS for path in sorted((suite.PACKAGE / room).rglob("*.py"))]
    names = [".".join(path.relative_to(suite.PACKAGE).with_suffix("").parts) for path in found]
    kept = [name.removesuffix(".__init__") for name in names if "in_kernel" not in name and "apart" not in name]
    return [*kept, *OWN_MODULES]


def _touch() -> None:
    """Load what the packages load when they are first used; close what they opened."""
    import duckdb  # noqa: PLC0415
    import ibis  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    from crmlab import quoted  # noqa: PLC0415

    # Finds the backends that are installed, and makes of a query what ibis makes once; connects to nothing.
    rows = ibis.table({"day": "date", "amount": "decimal(18, 2)"}, name="rows")
    ibis.to_sql(rows.group_by("day").agg(amount=rows.amount.sum()), dialect="duckdb")
    Image.preinit()
    quoted.claims()
    # Importing duckdb parses a type in its default connection, which has threads. Where it is asked for again, it is
    # opened again.
    duckdb.close()


class Server:
    """The loop over the caller's requests, the runs' lines and the children's ends."""

    def __init__(self, control: socket.socket, parent: int) -> None:
        self.control = control
        self.parent = parent
        self.runs: list[Run] = []

    def on_signal(self, _number: int, _frame: Any) -> None:
        """End everything if the guard has ended."""
        if os.getppid() != self.parent:
            raise SystemExit

    def serve(self, trouble: str) -> None:
        """Fork, watch and end runs until the caller is gone."""
        while os.getppid() == self.parent:
            readable = self._wait()
            for run in [run for run in self.runs if run.ended in readable or run.line.fileno() in readable]:
                self._end(run, by_itself=run.ended in readable)
            if self.control.fileno() in readable and not self._accept(trouble):
                return
            for run in [run for run in self.runs if processes.holds_more(run.pid, run.memory_limit)]:
                self._end(run, memory=True)

    def _wait(self) -> set[int]:
        waiting = select.poll()
        for number in [self.control.fileno(), *(n for run in self.runs for n in (run.line.fileno(), run.ended))]:
            waiting.register(number, select.POLLIN | select.POLLHUP)
        return {number for number, _ in waiting.poll(int(processes.LOOKS_EVERY * 1000) if self.runs else None)}

    def _accept(self, trouble: str) -> bool:
        """Take one request; False where the caller is gone."""
        asked, numbers, _, _ = socket.recv_fds(self.control, 64, DESCRIPTORS)
        if not asked:
            return False
        line, messages = (socket.socket(fileno=number) for number in numbers[:2])
        with messages:
            trouble = trouble or _crowd(processes.threads())
            if trouble:
                frames.send_json(line, {"refused": trouble})
                line.close()
            else:
                self._fork(line, messages, *numbers[2:], memory_limit=int(asked))
        for number in numbers[2:]:
            os.close(number)
        return True

    def _fork(self, line: socket.socket, messages: socket.socket, *others: int, memory_limit: int) -> None:
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(line)
            child.main(messages, *others, server=server)
        self.runs.append(Run(pid=pid, line=line, ended=os.pidfd_open(pid), memory_limit=memory_limit))
        frames.send_json(line, {"pid": pid})

    def _become_child(self, line: socket.socket) -> None:
        """Let go of what belongs to the server: a line held open here would never be seen to close."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for held in (self.control, line, *(run.line for run in self.runs)):
            held.close()
        for run in self.runs:
            os.close(run.ended)

    def _end(self, run: Run, *, by_itself: bool = False, memory: bool = False) -> None:
        """Kill what is left of a run and tell its caller how it ended."""
        processes.kill(run.pid)
        _, status = os.waitpid(run.pid, 0)
        self.runs.remove(run)
        os.close(run.ended)
        self._kill_leftovers()
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError), run.line:
            frames.send_json(run.line, {"ended": code, "by_itself": by_itself, "memory": memory})

    def _kill_leftovers(self) -> None:
        """Kill the children that are no runs: a living run adopts its own orphans, so these are a dead one's."""
        known = {run.pid for run in self.runs}
        while left := [pid for pid in processes.children(os.getpid()) if pid not in known]:
            for pid in left:
                processes.kill(pid)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def end_all(self) -> None:
        """Kill every run."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for run in list(self.runs):
            self._end(run)
        self._kill_leftovers()


def _crowd(threads: int) -> str:
    return f"the server has {threads} threads, and a fork would keep only one of them" if threads > 1 else ""
