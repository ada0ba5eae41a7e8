# ruff: noqa: T201 - it prints its result
"""What a report costs beyond its cells: notebook 02 on CDNOW's size of data, by ways of making the same page.

    python -m tests.benchmarks.reports [--reports 10]

Each way runs in a process of its own, so that its processor time, that of every process below it included, is its
own: seconds of other programs are not in it. The limit is the time of the cells alone: the notebook's code run again
and again in one process that has imported everything, where nothing isolates one run from the next. Exits with 1 if the
warm engine takes more than MOST_TIMES_BARE of it, its one start of the server left out.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOTEBOOK, CLIENT = "02", "cdnow"
MOST_TIMES_BARE = 1.3


@dataclass(frozen=True)
class Cost:
    """Seconds of the processor and of the clock, for one report after the first."""

    processor: float
    clock: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=10, help="reports made in each way, after a first one")
    parser.add_argument("--way", choices=list(WAYS), help="only this way, as JSON (what a process of ours is asked)")
    options = parser.parse_args()
    if options.way:
        print(json.dumps(vars(_measured(WAYS[options.way], options.reports))))
        return 0
    costs = {way: _apart(way, options.reports) for way in WAYS}
    bare, first = costs["cells alone"], costs["papermill and nbconvert"]
    print(f"{'a report after the first':<26}{'processor':>10}{'to cells':>10}{'clock':>8}{'rate to first':>15}")
    for way, cost in costs.items():
        ratios = f"{cost.processor / bare.processor:10.2f}{cost.clock:8.2f}{first.clock / cost.clock:15.1f}"
        print(f"{way:<26}{cost.processor:10.2f}{ratios}")
    if costs["warm engine"].processor > MOST_TIMES_BARE * bare.processor:
        print(f"MISSED: the warm engine takes more than {MOST_TIMES_BARE} times its cells")
        return 1
    return 0


def papermill_and_nbconvert(folder: Path) -> Callable[[int], None]:
    """Two commands a report, with what they do by default."""
    source = _notebook().path

    def report(number: int) -> None:
        done = folder / f"{number}.ipynb"
        scripts = Path(sys.executable).parent
        papermill = [scripts / "papermill", "--no-progress-bar", "-k", "python3", "-p", "client", CLIENT]
        for command in ([*papermill, source, done], [scripts / "jupyter", "nbconvert", "--to", "html", done]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return report


def with_engine(engine: str) -> Callable[[Path], Callable[[int], None]]:
    """Our own report, a run folder with all that is in it; a seed each, for a run that was made is not made again."""

    def prepare(folder: Path) -> Callable[[int], None]:
        from crmlab.client import Client  # noqa: PLC0415 - only this way's process needs it
        from crmlab.report.run import run_notebook  # noqa: PLC0415

        client, notebook = Client.open(CLIENT), _notebook()
        how: dict[str, Any] = {"out": folder, "engine": engine, "quiet": True}

        def report(number: int) -> None:
            run_notebook(client, notebook, parameters={"seed": number}, **how)

        return report

    return prepare


def cells_alone(_folder: Path) -> Callable[[int], None]:
    """The code of the cells that the report executes, in a shell that shows nothing."""
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415
    from IPython.utils.capture import capture_output  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    cells = json.loads(_notebook().path.read_text(encoding="utf-8"))["cells"]
    wanted = [
        cell for cell in cells if cell["cell_type"] == "code" and "teaching" not in cell["metadata"].get("tags", [])
    ]

    def report(number: int) -> None:
        for cell in wanted:
            code = "".join(cell["source"])
            if "parameters" in cell["metadata"].get("tags", []):
                code += f"\nclient, view, seed = {CLIENT!r}, 'client', {number}"
            with capture_output():
                shell.run_cell(code).raise_error()

    return report


WAYS: dict[str, Callable[[Path], Callable[[int], None]]] = {
    "cells alone": cells_alone,
    "papermill and nbconvert": papermill_and_nbconvert,
    "plain engine": with_engine("plain"),
    "warm engine": with_engine("warm"),
}


def _notebook() -> Any:
    from crmlab import suite  # noqa: PLC0415

    return suite.notebook(NOTEBOOK)


def _apart(way: str, reports: int) -> Cost:
    command = [sys.executable, "-m", "tests.benchmarks.reports", "--way", way, "--reports", str(reports)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    environment["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return Cost(**json.loads(told.stdout.splitlines()[-1]))


def _measured(prepare: Callable[[Path], Callable[[int], None]], reports: int) -> Cost:
    """One report first, for what happens once in a process; then the mean of the others."""
    with tempfile.TemporaryDirectory() as folder:
        report = prepare(Path(folder))
        report(0)
        processor, clock = _processor(), time.perf_counter()
        for number in range(1, reports + 1):
            report(number)
        return Cost((_processor() - processor) / reports, (time.perf_counter() - clock) / reports)


def _processor() -> float:
    """Seconds of this process, of those below it that have ended, and of the fork server with those it has forked."""
    import psutil  # noqa: PLC0415

    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    times = [psutil.Process(), *psutil.Process().children(recursive=True)]
    held = [one.cpu_times() for one in times]
    below = sum(one.children_user + one.children_system for one in held[1:])
    return ended.ru_utime + ended.ru_stime + below + sum(one.user + one.system for one in held)


if __name__ == "__main__":
    sys.exit(main())
