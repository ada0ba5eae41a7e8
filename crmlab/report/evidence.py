"""What the other notebooks found for a client, for the notebook that puts it together: findings, lists, refusals.

Evidence is read from finished run folders, never computed again. A run counts if its data are the client's data of
now (the same `data_key`); which runs were taken is part of what the reader is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

import pandas as pd

from crmlab import suite
from crmlab.errors import ReportError, together
from crmlab.findings import Finding
from crmlab.language import current, tr
from crmlab.report import record
from crmlab.suite import Notebook

SectionStatus = Literal["done", "refused", "failed", "not_run"]

GATHERING = "9"
"""The first digit of the notebooks that put others together; they are not evidence themselves."""


class WhoseData(Protocol):
    """What is asked of a client here."""

    @property
    def id(self) -> str:
        """The client's id, which is the name of its folder."""

    @property
    def data_key(self) -> str:
        """What stands for the client's data."""

    @property
    def observed_until(self) -> date:
        """The last day the data covers."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """What came of one notebook.

    Attributes
    ----------
    notebook : str
        Its name, such as `04_segments_and_life_stage`.
    question : str
    status : str
        `done`; `refused` where the data cannot support it; `failed` where it broke; `not_run` where no run on these
        data was found, or only a damaged one.
    reasons : tuple of str
        Why it was refused, failed or was not run; empty when done.
    key : str
        The twelve digits of the run, empty where there is none.
    parameters : mapping
        What it ran with.
    folder : str
        Name of the run folder, empty where there is none.
    findings : tuple of Finding
    lists : tuple of str
        The ids of its lists.
    data_key, observed_until : str
        Of the data it ran on, empty where there is no run.
    """

    notebook: str
    question: str
    status: SectionStatus
    reasons: tuple[str, ...] = ()
    key: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    findings: tuple[Finding, ...] = ()
    lists: tuple[str, ...] = ()
    data_key: str = ""
    observed_until: str = ""

    @property
    def number(self) -> str:
        """The two digits the notebook's name begins with."""
        return self.notebook.split("_", 1)[0]


@dataclass(frozen=True)
class Evidence:
    """What the notebooks found on one state of a client's data.

    Attributes
    ----------
    sections : tuple of Section
        One for each notebook but the gathering ones, in their order; whatever came of it.
    damaged : tuple of str
        Run folders that cannot be read and were not taken, each with what is wrong and how to mend it.
    """

    sections: tuple[Section, ...]
    damaged: tuple[str, ...] = ()
    _place: Path = field(default=Path(), repr=False, compare=False)
    _previous: Callable[[], "Evidence | None"] = field(default=lambda: None, repr=False, compare=False)

    @property
    def runs(self) -> tuple[str, ...]:
        """The names of the run folders it was read from."""
        return tuple(section.folder for section in self.sections if section.folder)

    @cached_property
    def previous(self) -> "Evidence | None":
        """The evidence of the last client report on other data, that report's own section last; None without one."""
        return self._previous()

    def section(self, notebook_number: str | int) -> Section | None:
        """What came of the notebook with this number, None where the suite has no such notebook."""
        return next((one for one in self.sections if one.number == _two_digits(notebook_number)), None)

    def finding(self, finding_id: str) -> Finding | None:
        """The finding with this id (`02.top_share`), None where no notebook gave it."""
        return next((one for section in self.sections for one in section.findings if one.id == finding_id), None)

    def findings(self, notebook_number: str | int) -> tuple[Finding, ...]:
        """All findings of one notebook in its order; none where it gave none."""
        section = self.section(notebook_number)
        return section.findings if section else ()

    def list(self, notebook_number: str | int, list_id: str) -> pd.DataFrame | None:
        """A list of one notebook, exactly as the notebook had it; None where it made no such list.

        Columns, order and types are the same, ids are the same texts, and numbers have all their digits: it comes
        from `lists.json`, not from the CSV, which is made safe for spreadsheets and has no types.

        Raises
        ------
        ReportError
            If the run folder was changed since.
        """
        section = self.section(notebook_number)
        if section is None or list_id not in section.lists:
            return None
        return record.read_list(self._place / section.folder, list_id)


def read_evidence(reports: str | Path, client: WhoseData, runs: Sequence[str] = ()) -> Evidence:
    """What the notebooks found on the data of `client`, from the run folders under `reports/<client id>/`.

    Parameters
    ----------
    reports : str or Path
        The folder that reports go to. It may not exist: then nothing was run.
    client : Client
    runs : sequence of str
        Names of run folders. At most one of them may be of an earlier client report, on other data: it is
        `previous`. Empty: the latest run of each notebook on the same data in the language spoken, and the latest
        client report on other data.

    Raises
    ------
    ReportError
        If a named run is not there, was made on other data, or two are of the same notebook; all at once.
    """
    place = Path(reports) / client.id
    named = list(runs) or list(latest_runs(reports, client))
    _refuse_unfit(place, client, named)
    gathered = [name for name in named if name.startswith(GATHERING)]
    found, damaged = _read(place, [name for name in named if not name.startswith(GATHERING)])
    sections = {one.name: _not_run(one) for one in parts()} | found
    return Evidence(
        tuple(sections[name] for name in sorted(sections)),
        tuple(damaged),
        place,
        lambda: _evidence_of(place, gathered[0]) if gathered else None,
    )


def latest_runs(reports: str | Path, client: WhoseData, *, language: str | None = None) -> tuple[str, ...]:
    """The run folders that the evidence of now rests on, in the order of the notebooks.

    For each notebook the latest run on the client's data in `language` (the one spoken, if None) that came to an
    end, or a failed one if none did; then the latest client report on other data, observed no later. Damaged
    records are left out, except where a notebook has nothing else, so that it is named.
    """
    place = Path(reports) / client.id
    latest: dict[str, tuple[int, str]] = {}
    before: dict[str, str] = {}
    logged = reversed(record.entries(record.read_log(place)))
    for folder in dict.fromkeys(record.folder_of(place, entry) for entry in logged):
        if not folder.is_dir():
            continue
        notebook = folder.name.rpartition("-")[0]
        kept = _record_or_none(folder)
        if notebook.startswith(GATHERING):
            if kept and _is_earlier(kept, client):
                before.setdefault(notebook, folder.name)
            continue
        rank = _rank(kept, client, language or current())
        if rank > latest.get(notebook, (0, ""))[0]:
            latest[notebook] = (rank, folder.name)
    return (*(folder for _, (_, folder) in sorted(latest.items())), *list(before.values())[:1])


def parts() -> tuple[Notebook, ...]:
    """The notebooks that a client report is put together from: all but the gathering ones."""
    return tuple(one for one in suite.notebooks() if not one.number.startswith(GATHERING))


def _is_earlier(kept: Mapping[str, Any], client: WhoseData) -> bool:
    """Whether a client report speaks of other data, and of no later day."""
    of = kept["client"]
    later = str(of["observed_until"]) > client.observed_until.isoformat()
    return kept["status"] == "done" and of["data_key"] != client.data_key and not later


def _rank(kept: Mapping[str, Any] | None, client: WhoseData, language: str) -> int:
    """How fit a run is to be evidence: 0 not at all, 1 damaged, 2 failed, 3 ended."""
    if kept is None:
        return 1
    if kept["client"]["data_key"] != client.data_key or kept["parameters"].get("language", language) != language:
        return 0
    return 2 if kept["status"] == "failed" else 3


def _refuse_unfit(place: Path, client: WhoseData, named: Sequence[str]) -> None:
    problems = []
    notebooks = [name.rpartition("-")[0] for name in named]
    for name, notebook in zip(named, notebooks, strict=True):
        if Path(name).name != name or not (place / name).is_dir():
            problems.append(f"there is no run folder {name!r} in {place.name}")
            continue
        kept = _record_or_none(place / name)
        other = kept is not None and kept["client"]["data_key"] != client.data_key
        if other and not notebook.startswith(GATHERING):
            problems.append(f"{name} was made on other data than the client's of now; run it again")
    repeated = sorted({one for one in notebooks if notebooks.count(one) > 1})
    problems += [f"{notebook} is named more than once" for notebook in repeated]
    if problems:
        raise ReportError(together("these runs cannot be evidence:", problems))


def _read(place: Path, names: Sequence[str]) -> tuple[dict[str, Section], list[str]]:
    """The sections of the named runs by notebook, and what is wrong with the damaged ones."""
    found, damaged = {}, []
    questions = {one.name: one.question for one in suite.notebooks()}
    for name in names:
        notebook = name.rpartition("-")[0]
        try:
            found[notebook] = _section(place / name)
        except ReportError as error:
            damaged.append(str(error))
            found[notebook] = Section(
                notebook=notebook, question=questions.get(notebook, ""), status="not_run", reasons=(str(error),)
            )
    return found, damaged


def _section(folder: Path) -> Section:
    kept = record.read_record(folder)
    try:
        lists = tuple(one["id"] for one in kept["lists"])
        section = Section(
            notebook=kept["notebook"]["name"],
            question=kept["notebook"]["question"],
            status=kept["status"],
            reasons=_reasons(kept),
            key=folder.name.rpartition("-")[2],
            parameters=kept["parameters"],
            folder=folder.name,
            findings=tuple(Finding(**row) for row in kept["findings"]),
            lists=lists,
            data_key=kept["client"]["data_key"],
            observed_until=kept["client"]["observed_until"],
        )
    except (KeyError, TypeError) as cause:
        raise ReportError(
            f"the run folder {folder.parent.name}/{folder.name} was changed: its {record.RECORD} lacks what a record "
            f"has ({cause}); delete it and run again"
        ) from cause
    for list_id in lists:
        record.read_list(folder, list_id)  # a list that cannot be read makes the run a damaged one, now and not later
    return section


def _reasons(kept: Mapping[str, Any]) -> tuple[str, ...]:
    failure = kept.get("failure")
    return (str(failure["error"]),) if failure else tuple(kept["refusals"])


def _not_run(notebook: Notebook) -> Section:
    reason = tr("No run of it on these data was found.")
    return Section(notebook=notebook.name, question=notebook.question, status="not_run", reasons=(reason,))


def _evidence_of(place: Path, gathered: str) -> Evidence | None:
    """The evidence an earlier client report was made from, and what that report itself said."""
    if (place / gathered / record.RUN).is_file():
        named = [name for name in _inputs(place / gathered) if (place / name).is_dir()]
        found, damaged = _read(place, [*named, gathered])
        return Evidence(tuple(found.values()), tuple(damaged), place)
    return None


def _inputs(folder: Path) -> Iterator[str]:
    """The runs that a client report was made from, those of the report before it left out."""
    try:
        names = record.read_json(folder / record.RUN).get("inputs", [])
    except ReportError:
        names = []
    return (name for name in map(str, names) if not name.startswith(GATHERING) and Path(name).name == name)


def _record_or_none(folder: Path) -> dict[str, Any] | None:
    try:
        return record.read_record(folder)
    except ReportError:
        return None


def _two_digits(number: str | int) -> str:
    return str(number).zfill(2)
