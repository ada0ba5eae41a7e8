# ruff: noqa: T201 - it prints its result
"""How many reports an hour `crmlab batch` makes, against what people write themselves; and what 500 clients take.

    python -m tests.benchmarks.batch [--reports 100] [--called 100] [--workers 2] [--notebook 02] [--repeats 1]
    python -m tests.benchmarks.batch --clients 500

The first form makes the same reports (one notebook on CDNOW, another seed each, HTML included) in three ways, by turns:
papermill and `jupyter nbconvert` called for each report (on `--called` of them: it is slow, and its rate is what is
compared); a loop of `--workers` processes over both libraries' Python interface with lean settings; `crmlab batch`.
Processor time is read from the processes every tenth of a second, so that up to that much of each is missed.

The second form makes one small report for each of so many clients, and prints the memory and the open files of the
batch's own process and the memory of all (shared pages counted once) as the work goes on.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from crmlab import suite

LIMITS = {"called": 13.0, "loop": 3.0}
"""How many times the rate of each way `crmlab batch` is to have, at the default numbers."""

LOOP = """
import multiprocessing, sys
from pathlib import Path

def made(seed):
    import nbformat, papermill
    from nbconvert import HTMLExporter
    global exporter
    exporter = globals().get("exporter") or HTMLExporter()
    file = OUT / f"{seed}.ipynb"
    papermill.execute_notebook(
        IN, file, parameters={"client": "cdnow", "seed": seed}, kernel_name="python3", progress_bar=False,
        request_save_on_cell_execute=False, autosave_cell_every=0, shutdown_kernel="immediate",
    )
    (OUT / f"{seed}.html").write_text(exporter.from_notebook_node(nbformat.read(file, 4))[0], "utf-8")

IN, OUT = sys.argv[1], Path(sys.argv[2])
if __name__ == "__main__":
    with multiprocessing.Pool(int(sys.argv[4])) as pool:
        pool.map(made, range(1, int(sys.argv[3]) + 1), chunksize=1)
"""


@dataclass
class Watched:
    """What was seen of a process and all it started.

    `seconds` of wall and processor, `peak` bytes of all together, and for each look the memory and the open files of
    the process itself and the memory of all.
    """

    wall: float = 0.0
    peak: int = 0
    looks: list[tuple[int, int, int]] = field(default_factory=list)
    used: dict[tuple[int, float], float] = field(default_factory=dict)

    @property
    def processor(self) -> float:
        return sum(self.used.values())


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="crmlab-benchmark-") as folder:
        os.environ.setdefault("CRMLAB_CACHE", str(Path(folder) / "cache"))
        if options.clients:
            return many_clients(Path(folder), options.clients, options.workers)
        return compare(Path(folder), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=100, help="reports of the loop and of crmlab batch")
    parser.add_argument("--called", type=int, help="reports of the commands called for each (default: as many)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1, help="of all three; medians are compared")
    parser.add_argument("--notebook", default="02")
    parser.add_argument("--clients", type=int, help="small clients, instead of the comparison")
    return parser.parse_args()


def compare(folder: Path, options: argparse.Namespace) -> int:
    """Print the rate of each way and what crmlab's is of it; 1 where it is below a limit."""
    notebook = suite.notebook(options.notebook)
    counts = {"called": options.called or options.reports, "loop": options.reports, "batch": options.reports}
    found: dict[str, list[Watched]] = {way: [] for way in WAYS}
    _warm_up(folder, notebook)
    for repeat in range(options.repeats):
        for way, run in WAYS.items():
            place = folder / f"{way}-{repeat}"
            place.mkdir()
            found[way].append(run(place, notebook, counts[way], options.workers))
    rates = {way: counts[way] / statistics.median(one.wall for one in seen) for way, seen in found.items()}
    print(f"{'way':<8}{'reports':>8}{'seconds':>9}{'a minute':>10}{'CPU each':>10}{'peak MB':>9}{'batch is':>10}")
    for way, seen in found.items():
        wall = statistics.median(one.wall for one in seen)
        each = statistics.median(one.processor for one in seen) / counts[way]
        peak = max(one.peak for one in seen) / 1e6
        times = rates["batch"] / rates[way]
        print(f"{way:<8}{counts[way]:>8}{wall:>9.1f}{60 * rates[way]:>10.1f}{each:>10.2f}{peak:>9.0f}{times:>9.1f}×")
    missed = [way for way, limit in LIMITS.items() if rates["batch"] < limit * rates[way]]
    for way in missed:
        print(f"MISSED: crmlab batch is to have {LIMITS[way]:g} times the rate of {way}")
    return 1 if missed else 0


def called(place: Path, notebook: suite.Notebook, reports: int, _workers: int) -> Watched:
    """Papermill and nbconvert, as commands, for one report after the other."""
    run = [sys.executable, "-m", "papermill", str(notebook.path)]
    turn = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--log-level", "ERROR"]
    seen = Watched()
    for seed in range(1, reports + 1):
        file = str(place / f"{seed}.ipynb")
        settings = ["-p", "client", "cdnow", "-p", "seed", str(seed), "-k", "python3", "--no-progress-bar"]
        watch([*run, file, *settings], seen)
        watch([*turn, file], seen)
    return _complete(seen, place, "*.html", reports)


def loop(place: Path, notebook: suite.Notebook, reports: int, workers: int) -> Watched:
    """A few lines that somebody in a hurry writes, with every saving that both libraries offer."""
    script = place / "loop.py"
    script.write_text(LOOP, "utf-8")
    command = [sys.executable, str(script), str(notebook.path), str(place), str(reports), str(workers)]
    return _complete(watch(command, Watched()), place, "*.html", reports)


def batch(place: Path, notebook: suite.Notebook, reports: int, workers: int) -> Watched:
    """The command of this project."""
    portfolio = place / "portfolio.csv"
    rows = [f"cdnow,{notebook.name},{seed}" for seed in range(1, reports + 1)]
    portfolio.write_text("\n".join(["client,notebooks,seed", *rows]), "utf-8")
    return _complete(watch(_batch(portfolio, place, workers), Watched()), place, "OUT/*/*-*/report.html", reports)


WAYS: dict[str, Callable[[Path, suite.Notebook, int, int], Watched]] = {"called": called, "loop": loop, "batch": batch}


def many_clients(folder: Path, clients: int, workers: int) -> int:
    """Print what a batch of so many clients takes, a line for each tenth of it; 1 where a client has no report."""
    for number in range(clients):
        place = folder / "clients" / f"c{number:04}"
        place.mkdir(parents=True)
        # Two customers a client: the notebook says that they are too few, which is a report as well.
        place.joinpath("sales.csv").write_text(f"who,day,paid\na,1997-01-01,{number + 1}\nb,1997-02-01,5\n")
        columns = "{customer_id: who, date: day, amount: paid}"
        place.joinpath("client.yml").write_text(
            f"id: c{number:04}\nname: Client {number}\nobserved_until: 1998-06-30\ncurrency: USD\n"
            f"tables: {{transactions: {{files: sales.csv, columns: {columns}}}}}\n"
        )
    portfolio = folder / "portfolio.yml"
    portfolio.write_text("clients: [{folder: clients, notebooks: [2]}]")
    seen = watch(_batch(portfolio, folder, workers), Watched())
    made = len(list(folder.glob("OUT/*/*-*/report.html")))
    print(f"{made} of {clients} reports in {seen.wall:.0f} s, {seen.processor / clients:.2f} s of processor time each")
    print(f"{'part':>6}{'own MB':>10}{'own files':>11}{'all MB':>9}")
    for tenth in range(1, 11):
        own, files, together = seen.looks[max(0, len(seen.looks) * tenth // 10 - 1)]
        print(f"{tenth * 10:>5}%{own / 1e6:>10.0f}{files:>11}{together / 1e6:>9.0f}")
    return 0 if made == clients else 1


def watch(command: list[str], seen: Watched) -> Watched:
    """Add to `seen` what a command took; nothing it prints is kept."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(suite.PACKAGE.parent), *_python_path()])}
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        with _looking(process.pid, seen):
            code = process.wait()
        seen.wall += time.perf_counter() - began
    if code:
        raise SystemExit(f"{' '.join(command[:6])} ended with code {code}")
    return seen


@contextmanager
def _looking(pid: int, seen: Watched) -> Iterator[None]:
    over = threading.Event()
    looking = threading.Thread(target=_look, args=(psutil.Process(pid), seen, over))
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def _look(process: psutil.Process, seen: Watched, over: threading.Event) -> None:
    turn = 0
    while not over.wait(0.1):
        with suppress(psutil.Error):
            everyone = [process, *process.children(recursive=True)]
            for one in everyone:
                with suppress(psutil.Error):
                    used = one.cpu_times()
                    seen.used[one.pid, one.create_time()] = used.user + used.system
            if turn % 20 == 0:  # what is shared has to be looked for page by page
                together = sum(map(_memory, everyone))
                seen.peak = max(seen.peak, together)
                seen.looks.append((process.memory_info().rss, process.num_fds(), together))
        turn += 1


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0


def _batch(portfolio: Path, place: Path, workers: int) -> list[str]:
    how = ["--out", str(place / "OUT"), "--workers", str(workers), "--quiet"]
    return [sys.executable, "-m", "crmlab.cli", "batch", str(portfolio), *how]


def _warm_up(folder: Path, notebook: suite.Notebook) -> None:
    """Ingest the data and fill the disk's cache, so that the first way does not pay for all."""
    (folder / "warm").mkdir()
    batch(folder / "warm", notebook, 1, 1)


def _complete(seen: Watched, place: Path, pattern: str, reports: int) -> Watched:
    made = len(list(place.glob(pattern)))
    if made != reports:
        raise SystemExit(f"{made} reports of {reports} were made in {place}")
    return seen


def _python_path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


if __name__ == "__main__":
    sys.exit(main())
