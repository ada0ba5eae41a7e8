"""All notebooks on one client, then the one that puts them together: the client report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.client import Client
from crmlab.errors import ReportError, together
from crmlab.report import index
from crmlab.report.body import View
from crmlab.report.engines import Engine
from crmlab.report.evidence import latest_runs, parts
from crmlab.report.parameters import check, shared
from crmlab.report.run import FormatError, RunResult, keep_failure, run_notebook
from crmlab.suite import Notebook

NUMBER = "90"
"""The number of the notebook that puts the others together."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one notebook: a result, or the error with which it failed and the folder of its record.

    Both result and error are there where the report was made and one of its formats was not; no folder is there where
    not even the record of a failure could be written.
    """

    notebook: Notebook
    result: RunResult | None = None
    error: ReportError | None = None
    folder: Path | None = None

    @property
    def status(self) -> str:
        """`done`, `refused` or `failed`."""
        return self.result.status if self.result else "failed"


@dataclass(frozen=True, kw_only=True)
class ClientReport:
    """The client report and what it was made from.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Of every notebook in order, the client report's own last.
    index : Path
        The client's index page.
    """

    outcomes: tuple[Outcome, ...]
    index: Path

    @property
    def report(self) -> RunResult | None:
        """The client report itself; None where it failed."""
        return self.outcomes[-1].result

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The notebooks that failed, or whose report lacks a format that was asked for."""
        return tuple(one for one in self.outcomes if one.error)


def make_report(
    client: Client,
    *,
    out: Path,
    settings: Mapping[str, str] | None = None,
    view: View = "client",
    language: str = "en",
    formats: Sequence[str] = ("html",),
    engine: Engine = "warm",
    quiet: bool = False,
    on_done: Callable[[str, Outcome], None] | None = None,
) -> ClientReport:
    """The client report, from runs of every notebook on `client` in the order of their numbers.

    A notebook that refuses has given its answer; one that fails is recorded, and the others go on. A format that cannot
    be made leaves the report as a page.

    Parameters
    ----------
    client : Client
    out : Path
        The folder that reports go to.
    settings : mapping, optional
        Texts of `--set NAME=VALUE`; each goes to every notebook that declares the name.
    view, language, formats, engine
        As for `run_notebook`.
    quiet : bool
        No progress bar.
    on_done : callable, optional
        Called after each notebook with its place (`2 of 6: 04_segments_and_life_stage`) and what came of it.

    Raises
    ------
    ParameterError
        Before anything runs, if a setting is declared by no notebook or has a value that one cannot take.
    ReportError
        If the index cannot be written, or nothing at all.
    """
    last = suite.notebook(NUMBER)
    chosen = [*parts(), last]
    values = shared([one.path for one in chosen], settings or {})
    for one in chosen:
        check(one.path, {**values[one.name], "view": view, "language": language})
    how: dict[str, Any] = {"out": out, "view": view, "language": language}
    also: dict[str, Any] = {"quiet": quiet, "formats": formats, "engine": engine}
    outcomes: list[Outcome] = []
    for number, notebook in enumerate(chosen, start=1):
        given = values[notebook.name]
        if notebook is last:
            given = given | {"runs": _inputs(client, outcomes, **how)}
        place = f"{number} of {len(chosen)}: {notebook.name}"
        outcomes.append(_outcome(client, notebook, given, doing=place, also=also, **how))
        if on_done:
            on_done(place, outcomes[-1])
    if not index.has_runs(out / client.id):  # not even a record of a failure could be written
        raise ReportError(together(f"nothing of {client.id} could be kept:", [str(one.error) for one in outcomes]))
    return ClientReport(outcomes=tuple(outcomes), index=index.write(out / client.id, language=language))


def _outcome(
    client: Client, notebook: Notebook, given: Mapping[str, Any], *, doing: str, also: Mapping[str, Any], **how: Any
) -> Outcome:
    try:
        result = run_notebook(client, notebook, parameters=given, doing=doing, **also, **how)
        return Outcome(notebook=notebook, result=result)
    except FormatError as error:
        return Outcome(notebook=notebook, result=error.result, error=error)
    except ReportError as error:
        try:
            folder = keep_failure(error, client, notebook, parameters=given, **how)
        except ReportError as again:
            return Outcome(notebook=notebook, error=ReportError(f"{error}\nand its record cannot be kept: {again}"))
        return Outcome(notebook=notebook, error=error, folder=folder)


def _inputs(client: Client, outcomes: list[Outcome], *, out: Path, view: View, language: str) -> list[str]:  # noqa: ARG001
    """The runs just made, and the last client report on other data, which the new one is compared with."""
    made = [folder.name for one in outcomes if (folder := one.result.folder if one.result else one.folder)]
    before = [name for name in latest_runs(out, client, language=language) if name.startswith(NUMBER)]
    return made + before
