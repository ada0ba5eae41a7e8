"""The warm engine: each notebook in a process forked from one that has imported the heavy packages.

papermill finds it by the entry point `crmlab-warm`: `papermill --engine crmlab-warm in.ipynb out.ipynb`. It loads this
module when it is imported itself, so that what is slow to import is imported when the engine runs.
"""

import contextlib
import inspect
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger

from crmlab.report.engines.client import CappedClient, MemoryExceededError

if TYPE_CHECKING:
    from crmlab.report.engines.forked import ForkedRun


class WarmEngine(Engine):  # type: ignore[misc]
    """papermill's engine with a forked process in the place of a kernel, and a kernel where that cannot be."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        around: Any = None,
        on_plain: Callable[[str], None] | None = None,
        **how: Any,
    ) -> None:
        """Execute the notebook of `nb_man` in a process that is gone, with all it started, when this returns or raises.

        Parameters
        ----------
        around : Surroundings, optional
            By default those of papermill: its own current folder, and private folders that are deleted.
        on_plain : callable, optional
            Called with the reason where the plain engine has to take the warm one's place. By default it is logged.
        """
        from crmlab.report.engines.forked import NotWarmError, forked_run  # noqa: PLC0415
        from crmlab.report.engines.plain import PlainEngine  # noqa: PLC0415

        if nb_man.nb.metadata.get("kernelspec", {}).get("language", "python") != "python":
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **how)
            return
        with _somewhere(around) as somewhere, contextlib.ExitStack() as until_done:
            try:
                run = until_done.enter_context(forked_run(somewhere))
            except NotWarmError as why:
                (on_plain or logger.warning)(str(why))
                PlainEngine.execute_managed_notebook(nb_man, kernel_name, around=somewhere, **how)
                return
            WarmClient(nb_man, run, log=logger, kernel_name=kernel_name, **CappedClient.options(how)).execute()


@contextlib.contextmanager
def _somewhere(around: Any) -> Iterator[Any]:
    """`around`, or surroundings that last as long as the `with` block."""
    from crmlab.report.engines.surroundings import surroundings  # noqa: PLC0415

    if around is not None:
        yield around
        return
    with tempfile.TemporaryDirectory(prefix="crmlab-", ignore_cleanup_errors=True) as folder:
        yield surroundings(Path(folder), work=Path.cwd())


class WarmClient(CappedClient):
    """papermill's client, with a forked process to talk to."""

    def __init__(self, nb_man: Any, run: "ForkedRun", **how: Any) -> None:
        super().__init__(nb_man, **{**how, "record_timing": False})  # papermill has its own, and frames have no dates
        self._run = run

    def execute(self, **_: Any) -> Any:
        """Execute every cell up to the first that fails."""
        from ipykernel.ipkernel import IPythonKernel  # noqa: PLC0415

        self.reset_execution_trackers()
        self.papermill_execute_cells()
        self.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        self.set_widgets_metadata()
        return self.nb

    def run_cell(self, cell: Any, cell_index: int, **_: Any) -> Any:
        """Execute one cell in the forked process, in the order of nbclient's hooks."""
        self._call(self.on_cell_start, cell=cell, cell_index=cell_index)
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        if self.skip_cells_with_tag in cell.metadata.get("tags", []):
            return cell
        self._call(self.on_cell_execute, cell=cell, cell_index=cell_index)
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        reply = self._converse(cell, cell_index)
        self._call(self.on_cell_executed, cell=cell, cell_index=cell_index, execute_reply=reply)
        if reply["content"]["status"] == "error":
            self._call(self.on_cell_error, cell=cell, cell_index=cell_index, execute_reply=reply)
            if not self._may_fail(cell, reply["content"].get("ename")):
                raise CellExecutionError.from_cell_and_msg(cell, reply["content"])
        return cell

    def _may_fail(self, cell: Any, name: str | None) -> bool:
        if self.force_raise_errors:
            return False
        tagged = "raises-exception" in cell.metadata.get("tags", [])
        return tagged or self.allow_errors or name in self.allow_error_names

    def _converse(self, cell: Any, cell_index: int) -> dict[str, Any]:
        """The reply at the end of a cell; what came before it is in the cell's outputs."""
        timeout = self._get_timeout(cell)
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            for kind, content in self._run.execute(cell.source, deadline):
                if kind == "execute_reply":
                    return {"content": content}
                self._take(kind, content, cell, cell_index)
        except TimeoutError as cause:
            raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", timeout, cell) from cause
        except ConnectionError as cause:
            raise self._how_it_ended() from cause
        raise AssertionError  # the messages of a cell end with its reply

    def _take(self, kind: str, content: dict[str, Any], cell: Any, cell_index: int) -> None:
        left_out = content.pop("left_out", 0) if kind == "stream" else 0
        header = {"msg_type": kind}
        self.process_message(
            {"header": header, "msg_type": kind, "parent_header": {}, "content": content}, cell, cell_index
        )
        if left_out:
            self.count_left_out(content["name"], left_out)

    def _how_it_ended(self) -> DeadKernelError:
        ended = self._run.ended
        if ended is not None and ended.memory:
            return MemoryExceededError("it held too much memory")
        return DeadKernelError("Kernel died" if ended is None or ended.code is None else _said(ended.code))

    def _call(self, hook: Callable[..., Any] | None, **arguments: Any) -> None:
        told = None if hook is None else hook(**arguments)
        if inspect.isawaitable(told):
            run_sync(_awaited)(told)


async def _awaited(told: Awaitable[Any]) -> None:
    await told


def _said(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
