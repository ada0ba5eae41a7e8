"""A checkout of its own with three tiny notebooks, clients, and the command line run in a process of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from crmlab import suite

REPOSITORY = Path(__file__).parents[3]

# Nothing heavy is imported, so that a test waits for the batch and not for pandas.
SETUP = "import os, time\nfrom typing import Annotated, Literal\n\nfrom IPython.display import display"
PARAMETERS = """client: str = "cdnow"
language: Literal["en", "fa"] = "en"
view: Literal["client", "teaching"] = "teaching"
seed: int = 20  # where chance starts
mode: Literal["ok", "refuse", "fail", "slow", "exit"] = "{mode}"  # what becomes of it
label: str = ""  # text of the finding"""
WORK = """class Refusal(Exception):
    pass

print("before")
if mode == "refuse":
    raise Refusal("only 2 customers; 100 are needed")
if mode == "fail":
    raise ValueError("no <such> thing")
if mode == "slow":
    open(label, "w").close()
    time.sleep(600)
if mode == "exit":
    os._exit(3)"""
FINDING = """display({{"application/vnd.crmlab.findings+json": [{{
    "id": "{number}.seed", "claim": f"The seed is {{seed}}. {{label}}", "value": float(seed), "unit": "number",
    "low": None, "high": None, "n": 2, "method": "said", "denominator": "seeds", "window": "now", "level": None,
    "headline": True}}]}}, raw=True)"""
GATHERING = """client: str = "cdnow"
language: Literal["en", "fa"] = "en"
view: Literal["client", "teaching"] = "teaching"
seed: int = 20  # where chance starts
reports: str = "reports"  # folder of the runs
runs: list[str] = []  # run folders to put together
mode: Literal["ok", "refuse", "fail", "slow", "exit"] = "ok"  # what becomes of it
label: str = ""  # text of the finding"""


def cell(cell_id: str, source: str, *tags: str) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code", "id": cell_id, "metadata": metadata, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def tiny_notebook(number: str, parameters: str, *extra: dict[str, Any]) -> str:
    question = f"What does number {number} say?"
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {question}"}
    cells = [
        title, cell("setup", SETUP, "setup"), cell("parameters", parameters, "parameters"), cell("work", WORK),
        *extra, cell("finding", FINDING.format(number=number)),
    ]  # fmt: skip
    about = {"id": number, "question": question, "needs": {"transactions": ["customer_id"]}, "gates": {"customers": 1}}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"crmlab": about, "kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


@dataclass(frozen=True)
class Checkout:
    """A copy of the package beside tiny notebooks, and a cache of its own."""

    root: Path

    def environment(self) -> dict[str, str]:
        own = {"PYTHONPATH": str(self.root), "CRMLAB_CACHE": str(self.root / "cache"), "COLUMNS": "200"}
        # The copy is new, and many processes read it: compiled once is enough.
        return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | own

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "crmlab.cli", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.root, env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            try:
                out, err = process.communicate(timeout=240)
            finally:
                process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def portfolio(self, place: Path, clients: Sequence[Any], **keys: Any) -> Path:
        place.mkdir(parents=True, exist_ok=True)
        file = place / "portfolio.yml"
        file.write_text(yaml.safe_dump({"clients": list(clients), **keys}, sort_keys=False), "utf-8")
        return file


def write_client(folder: Path, client_id: str, *, name: str = "", until: str = "1998-06-30") -> Path:
    """A client of two customers in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sales.csv").write_text("who,day,paid\nann,1997-01-01,10.00\nann,1997-02-01,5.50\nbob,1997-01-15,7.25\n")
    columns = {"customer_id": "who", "date": "day", "amount": "paid"}
    keys = {
        "id": client_id, "name": name or f"Shop {client_id}", "observed_until": until, "currency": "USD",
        "tables": {"transactions": {"files": "sales.csv", "columns": columns}},
    }  # fmt: skip
    (folder / "client.yml").write_text(yaml.safe_dump(keys), "utf-8")
    return folder / "client.yml"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(REPOSITORY / "crmlab", root / "crmlab")
    (root / "notebooks").mkdir()
    for number in ("01", "02"):
        text = tiny_notebook(number, PARAMETERS.format(mode="ok"))
        (root / "notebooks" / f"{number}_tiny.ipynb").write_text(text, "utf-8")
    gathered = tiny_notebook("90", GATHERING, cell("gathered", "print(runs)"))
    (root / "notebooks" / "90_tiny.ipynb").write_text(gathered, "utf-8")
    (root / "datasets").symlink_to(REPOSITORY / "datasets")
    return Checkout(root)


@pytest.fixture
def tiny_suite(checkout, monkeypatch) -> None:
    """The tiny notebooks in this process, too."""
    chosen = tuple(suite._read(path) for path in sorted((checkout.root / "notebooks").glob("*.ipynb")))
    monkeypatch.setattr(suite, "notebooks", lambda: chosen)


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """What a program read from standard output."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def partial(out: Path) -> list[Path]:
    """What is half-written under a folder of reports."""
    return list(out.rglob(".*partial*"))


def whole(out: Path) -> dict[str, set[str]]:
    """The files of each run folder."""
    return {
        f"{folder.parent.name}/{folder.name}": {path.name for path in folder.iterdir()}
        for folder in out.glob("*/*-*")
        if folder.is_dir() and not folder.name.startswith(".")
    }


def wait_for(condition: Any, seconds: float = 300) -> Any:
    """What `condition` gives once it gives something; it is asked until then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came of {condition} in {seconds} s")


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Everything that a command has started and that still runs."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The worker processes of a batch."""
    found = []
    for one in family(process):
        with contextlib.suppress(psutil.Error):
            if (
                one.ppid() == process.pid
                and "spawn_main" in " ".join(one.cmdline())
                and "CRMLAB_WORKER" in one.environ()
            ):
                found.append(one)
    return found


def gone(processes: Sequence[psutil.Process], seconds: float = 30) -> bool:
    """Whether all of them have ended; those that have not are killed."""
    end = time.monotonic() + seconds
    while (alive := [one for one in processes if _lives(one)]) and time.monotonic() < end:
        time.sleep(0.1)
    for one in alive:
        one.kill()
    return not alive


def _lives(process: psutil.Process) -> bool:
    """Whether a process runs; one that has ended stays listed until whoever inherited it asks for it."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """Kill a command, and what it started, at the end of a test, whatever the test found."""
    try:
        yield process
    finally:
        for one in [*family(process)]:
            with contextlib.suppress(psutil.Error):
                one.kill()
        process.kill()
        process.communicate()
