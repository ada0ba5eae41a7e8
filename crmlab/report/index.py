"""The page over all reports of one client: the latest run of each notebook, from the log of runs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crmlab.errors import ReportError
from crmlab.findings import Finding
from crmlab.report import folder as run_folder
from crmlab.report import provenance
from crmlab.report.page import index_page

LOG = "runs.jsonl"
RECORD = "findings.json"
PAGE = "index.html"


def write(client_folder: Path, *, language: str) -> Path:
    """The index page of a client's folder, brought up to date.

    Another run may add its line while this page is made; then the page is made again, so that whoever writes last
    has read everything.
    """
    page = client_folder / PAGE
    while True:
        log = _read_log(client_folder)
        runs = latest_runs(client_folder, log)
        client = max(runs, key=lambda run: run["line"])["client"]
        content = index_page(client, runs, language=language, version=provenance.own_version())
        run_folder.replace(page, content)
        if _read_log(client_folder) == log:
            return page


def latest_runs(client_folder: Path, log: str) -> list[dict[str, Any]]:
    """The latest run of each notebook whose folder is still there, in the order of the notebooks' names.

    Each has what its `findings.json` holds, and `folder`, `line` (in the log) and `headlines` (findings to show).
    """
    latest: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(_entries(log.splitlines())):
        folder = client_folder / Path(str(entry["folder"])).name
        if (folder / RECORD).is_file():
            latest[entry["notebook"]] = {"folder": folder.name, "line": number}
    runs = [{**run, **read_record(client_folder / run["folder"])} for run in latest.values()]
    return [run | {"headlines": _headlines(run)} for run in sorted(runs, key=lambda run: run["notebook"]["name"])]


def read_record(folder: Path) -> dict[str, Any]:
    """What a finished run says about itself, from its `findings.json`.

    Raises
    ------
    ReportError
        If the file is gone or broken, which no run leaves behind.
    """
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise ReportError(
            f"the run folder {folder} was changed: its {RECORD} cannot be read ({cause}); delete it and run again"
        ) from cause
    return record


def _read_log(client_folder: Path) -> str:
    return (client_folder / LOG).read_text(encoding="utf-8")


def _entries(lines: Iterable[str]) -> Iterable[Mapping[str, Any]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # a line cut short by a crash; its run, if it was finished, is found when it is run again
        yield entry


def _headlines(run: Mapping[str, Any]) -> list[Finding]:
    found = [Finding(**row) for row in run["findings"]]
    return [item for item in found if item.headline] or found[:3]
