# ruff: noqa: T201 - it prints its result
"""What one report takes, one client's whole suite, and the PDF and DOCX of each; without a peer to compare with.

    python -m tests.benchmarks.extent [--client negin] [--notebook 02] [--workers 2]

Every line is a command as a user gives it, from its start to its end, so that starting, ingesting the client's tables
and the fork server are in it. The suite is every notebook the client's data can carry, and the client report, once by
one worker and once by several. Memory is that of all processes together, shared pages counted once; "a worker" is that
over the workers, the batch's own process left out.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crmlab import suite
from tests.benchmarks.batch import Watched, watch


@dataclass(frozen=True)
class Made:
    """One command: what it is for, how many reports and workers it has, and whether it is a batch."""

    what: str
    command: list[str]
    workers: int = 1
    batch: bool = False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--client", default="negin")
    parser.add_argument("--notebook", default="02")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(f"{'of ' + options.client:<46}{'reports':>8}{'seconds':>9}{'CPU':>8}{'peak MB':>9}{'a worker':>10}")
    with tempfile.TemporaryDirectory(prefix="crmlab-benchmark-") as folder:
        os.environ["CRMLAB_CACHE"] = str(Path(folder) / "cache")
        for number, made in enumerate(commands(options, Path(folder))):
            out = Path(folder) / str(number)
            seen = watch([sys.executable, "-m", "crmlab.cli", *made.command, "--out", str(out), "--quiet"], Watched())
            print(_line(made, seen, len(list(out.glob("*/*-*/report.html")))), flush=True)
    return 0


def commands(options: argparse.Namespace, folder: Path) -> list[Made]:
    """What is run, in this order; the first is run twice, for it ingests the client's tables."""
    one = ["run", options.client, suite.notebook(options.notebook).name]
    found = [
        Made("one report, its tables ingested before it", one),
        Made("one report", one),
        Made("one report, with PDF and DOCX", [*one, "--format", "pdf,docx"]),
    ]
    entries = {"": "", ", with PDF and DOCX": ", format: [html, pdf, docx]"}
    for workers in sorted({1, options.workers}):
        for besides, entry in entries.items():
            portfolio = folder / f"portfolio{len(besides)}.yml"
            portfolio.write_text(f"clients: [{{client: {options.client}, report: true{entry}}}]", "utf-8")
            what = f"whole suite, workers: {workers}{besides}"
            found.append(Made(what, ["batch", str(portfolio), "--workers", str(workers)], workers, batch=True))
    return found


def _line(made: Made, seen: Watched, reports: int) -> str:
    most = max(seen.looks, key=lambda look: look[2], default=(0, 0, 0))
    worker = f"{(most[2] - most[0]) / made.workers / 1e6:>10.0f}" if made.batch else f"{'':>10}"
    return f"{made.what:<46}{reports:>8}{seen.wall:>9.1f}{seen.processor:>8.1f}{seen.peak / 1e6:>9.0f}{worker}"


if __name__ == "__main__":
    sys.exit(main())
