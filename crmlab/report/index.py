"""The page over all reports of one client: the latest run of each notebook, from the log of runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crmlab.errors import ReportError
from crmlab.findings import Finding
from crmlab.language import speaking
from crmlab.report import brand, data, failure, provenance
from crmlab.report import folder as run_folder
from crmlab.report.changes import changes
from crmlab.report.formats import make
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
        content = _page(client_folder, log, language=language)
        run_folder.replace(page, content)
        if read_log(client_folder) == log:
            return page


def has_runs(client_folder: Path) -> bool:
    """Whether any run of the client is there to be shown."""
    logged = entries(read_log(client_folder))
    return any((folder_of(client_folder, entry) / RECORD).is_file() for entry in logged)


def all_runs(client_folder: Path, log: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Every run of the log whose folder is still there, each once, in the order in which they were last made.

    Each has what its `findings.json` holds, and `folder`, `headlines` (findings to show), `documents` (its report in
    other formats), `not_made` (those asked for the last time that are still not there, and why) and `failure_page` (the
    name of the page of a failed run, None where there is none). Second, what is wrong with those that cannot be read.
    """
    runs, damaged = [], []
    last: dict[Path, dict[str, Any]] = {}
    for entry in reversed(entries(log)):
        last.setdefault(folder_of(client_folder, entry), entry)
    for folder, entry in reversed(last.items()):
        if (folder / RECORD).is_file():
            try:
                record = read_record(folder)
                page = failure.PAGE if (folder / failure.PAGE).is_file() else None
                more = {"headlines": _headlines(record), "documents": _documents(folder), "failure_page": page}
                runs.append({"folder": folder.name, **record, **more, "not_made": _not_made(folder, entry)})
            except ReportError as error:
                damaged.append(str(error))
    return runs, damaged


def latest_runs(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The latest run of each notebook, in the order of the notebooks' names."""
    latest = {run["notebook"]["name"]: run for run in runs}
    return [latest[name] for name in sorted(latest)]


def whose(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the last run that had the client's data says of the client; of the last run where none had."""
    client: dict[str, Any] = next((run for run in reversed(runs) if run["client"]["data_key"]), runs[-1])["client"]
    return client


def _page(client_folder: Path, log: str, *, language: str) -> bytes:
    runs, damaged = all_runs(client_folder, log)
    latest = latest_runs(runs)
    earlier = [run for run in runs if run not in latest]
    with speaking(language):
        return index_page(
            whose(runs),
            latest,
            earlier=earlier[::-1],
            changes=changes(latest, earlier),
            damaged=damaged,
            data_page=data.PAGE if (client_folder / data.PAGE).is_file() else None,
            language=language,
            version=provenance.own_version(),
            brand=brand.read(client_folder / runs[-1]["folder"]),
        )


def _documents(folder: Path) -> list[tuple[str, str]]:
    """The name of each format the report has besides the page, and of its file."""
    return [(name.upper(), file.name) for name, file in make.made(folder).items() if name != "html"]


def _not_made(folder: Path, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The name of each format that could not be made and is not there, and why, from a line of the log."""
    there = make.made(folder)
    return [(name.upper(), why) for name, why in entry.get("not_made", {}).items() if name not in there]


def _headlines(run: Mapping[str, Any]) -> list[Finding]:
    found = [Finding(**row) for row in run["findings"]]
    return [item for item in found if item.headline] or found[:3]
