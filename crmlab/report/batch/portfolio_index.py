"""The page over all clients of a folder of reports: a row each, sorted and filtered by the reader, without a server.

It is made from the run folders and their logs alone, so that it can be made again at any time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from crmlab.findings import Finding
from crmlab.report import data, index, provenance
from crmlab.report import folder as run_folder
from crmlab.report.changes import Change, changes
from crmlab.report.evidence import GATHERING
from crmlab.report.page import THEME, render
from crmlab.report.record import LOG, read_log

PAGE = "index.html"

_MOST_HEADLINES = 3
_MOST_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the page says of one client.

    Attributes
    ----------
    client : mapping
        Whose data, up to which day, as in the record of the last run.
    status : str
        `failed` if any notebook failed the last time or is not there in a format asked for, `refused` if the data
        supported none, else `done`.
    counted : mapping
        How many notebooks were `done`, `refused` and `failed`.
    headlines : tuple of (run, Finding)
        Those of the client report; without one, of the first notebooks.
    refusals, failures, warnings : tuple
        (run, reason), run, text.
    compared : tuple of Change
        What changed since the last run on other data, clear changes first.
    report, data_page : str or None
        Paths from the page to the client report and to the data page, None where there is none.
    not_made : tuple of (run, format, reason)
        Formats asked for the last time that could not be made.
    damaged : tuple of str
        What is wrong with run folders that cannot be read.
    """

    client: Mapping[str, Any]
    status: str
    counted: Mapping[str, int]
    headlines: tuple[tuple[Mapping[str, Any], Finding], ...]
    refusals: tuple[tuple[Mapping[str, Any], str], ...]
    failures: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    compared: tuple[Change, ...]
    report: str | None
    data_page: str | None
    not_made: tuple[tuple[Mapping[str, Any], str, str], ...]
    damaged: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The client's folder, beside the page."""
        return str(self.client["id"])

    @property
    def changed(self) -> int:
        """How many headline findings have clearly changed."""
        return sum(one.verdict == "changed" for one in self.compared)

    @property
    def attention(self) -> int:
        """How many things somebody should look at: what the column of them is sorted by."""
        return (
            (len(self.failures) + len(self.not_made)) * 100
            + len(self.refusals)
            + len(self.warnings)
            + len(self.damaged)
        )


def write(out: Path, *, language: str) -> Path | None:
    """The page over the folder `out`, brought up to date; None where no client has any run.

    Another batch may add runs while this page is made; then it is made again, so that whoever writes last has read
    everything.

    Raises
    ------
    ReportError
        If it cannot be written; then it is left as it was.
    """
    kept: dict[str, tuple[int, Row | None]] = {}
    page = out / PAGE
    for _ in range(_MOST_TRIES):
        before = _sizes(out)
        for name in [name for name, size in before.items() if kept.get(name, (None, None))[0] != size]:
            kept[name] = (before[name], _row(out / name, language))
        rows = [row for _, row in kept.values() if row]
        if not rows:
            return None
        run_folder.replace(page, _html(rows, language=language))
        if _sizes(out) == before:
            break
    return page


def _sizes(out: Path) -> dict[str, int]:
    """The size of the log of each client, by the client's folder: it grows with each run."""
    return {log.parent.name: log.stat().st_size for log in sorted(out.glob(f"*/{LOG}"))}


def _row(client_folder: Path, language: str) -> Row | None:
    runs, damaged = index.all_runs(client_folder, read_log(client_folder))
    if not runs:
        return None
    latest = _latest(runs, language)
    earlier = [run for run in runs if run not in latest]
    counted = Counter(run["status"] for run in latest)
    whole = [run for run in latest if run["notebook"]["name"].startswith(GATHERING) and run["status"] == "done"]
    not_made = tuple((run, name, why) for run in latest for name, why in run["not_made"])
    compared = changes(latest, earlier).compared
    return Row(
        client={**index.whose(runs), "id": client_folder.name},
        status="failed" if counted["failed"] or not_made else "done" if counted["done"] else "refused",
        counted={name: counted[name] for name in ("done", "refused", "failed")},
        headlines=tuple(_headlines(whole or [run for run in latest if run["status"] == "done"])),
        refusals=tuple((run, reason) for run in latest for reason in run["refusals"]),
        failures=tuple(run for run in latest if run["status"] == "failed"),
        warnings=tuple(dict.fromkeys(text for run in latest for text in run["warnings"])),
        compared=tuple(sorted(compared, key=lambda one: one.verdict != "changed")),
        report=f"{client_folder.name}/{whole[-1]['folder']}/report.html" if whole else None,
        data_page=f"{client_folder.name}/{data.PAGE}" if (client_folder / data.PAGE).is_file() else None,
        not_made=not_made,
        damaged=tuple(damaged),
    )


def _latest(runs: Sequence[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """The latest run of each notebook, in the page's language where there is one."""
    own = [run for run in runs if run["parameters"].get("language", language) == language]
    names = {run["notebook"]["name"] for run in own}
    return index.latest_runs([run for run in runs if run in own or run["notebook"]["name"] not in names])


def _headlines(runs: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Finding]]:
    """The first headlines, one of each notebook before the second of any."""
    ranked = [(place, run, item) for run in runs for place, item in enumerate(run["headlines"])]
    ranked.sort(key=lambda one: one[0])
    return [(run, item) for _, run, item in ranked[:_MOST_HEADLINES]]


def _html(rows: Sequence[Row], *, language: str) -> bytes:
    return render(
        "portfolio.html.jinja",
        rows=sorted(rows, key=lambda row: (str(row.client["name"]).casefold(), row.folder)),
        statuses=Counter(row.status for row in rows),
        scripts=["portfolio.js"],
        own_style=_own_style(),
        language=language,
        version=provenance.own_version(),
    )


@cache
def _own_style() -> Markup:
    return Markup((THEME / "portfolio.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
