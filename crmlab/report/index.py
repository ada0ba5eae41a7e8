"""The page over all reports of one client: the latest run of each notebook, from the log of runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmlab.findings import Finding
from crmlab.report import folder as run_folder
from crmlab.report import provenance
from crmlab.report.page import index_page
from crmlab.report.record import RECORD, entries, folder_of, read_log, read_record

PAGE = "index.html"


def write(client_folder: Path, *, language: str) -> Path:
    """The index page of a client's folder, brought up to date.

    Another run may add its line while this page is made; then the page is made again, so that whoever writes last
    has read everything.
    """
    page = client_folder / PAGE
    while True:
        log = read_log(client_folder)
        runs = latest_runs(client_folder, log)
        client = max(runs, key=lambda run: run["line"])["client"]
        content = index_page(client, runs, language=language, version=provenance.own_version())
        run_folder.replace(page, content)
        if read_log(client_folder) == log:
            return page


def latest_runs(client_folder: Path, log: str) -> list[dict[str, Any]]:
    """The latest run of each notebook whose folder is still there, in the order of the notebooks' names.

    Each has what its `findings.json` holds, and `folder`, `line` (in the log) and `headlines` (findings to show).
    """
    latest: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(entries(log)):
        folder = folder_of(client_folder, entry)
        if (folder / RECORD).is_file():
            latest[entry["notebook"]] = {"folder": folder.name, "line": number}
    runs = [{**run, **read_record(client_folder / run["folder"])} for run in latest.values()]
    return [run | {"headlines": _headlines(run)} for run in sorted(runs, key=lambda run: run["notebook"]["name"])]


def _headlines(run: Mapping[str, Any]) -> list[Finding]:
    found = [Finding(**row) for row in run["findings"]]
    return [item for item in found if item.headline] or found[:3]
