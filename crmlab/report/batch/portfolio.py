"""A portfolio -> jobs, after everything that can be known before the first one starts has been checked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.client import Glance, built_in, glance
from crmlab.errors import CrmlabError, ParameterError, nearest, together
from crmlab.report import parameters
from crmlab.report.batch import portfolio_file
from crmlab.report.batch.jobs import Job, once
from crmlab.report.batch.portfolio_file import Asked, Entry
from crmlab.report.client_report import NUMBER
from crmlab.report.evidence import parts
from crmlab.report.parameters import OF_THE_COMMAND
from crmlab.report.run import is_gathering
from crmlab.suite import Notebook

_NOT_SET = {*OF_THE_COMMAND, "runs"}
_ASKING = ("notebooks", "report")


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A portfolio without fault: its jobs, each once, and the language of the page over them."""

    path: Path
    jobs: tuple[Job, ...]
    language: str


def read_portfolio(path: Path) -> Portfolio:
    """The portfolio in a YAML file, a CSV or a folder of client files.

    Every client file is read, every notebook looked up and every parameter checked; the data are not opened.

    Raises
    ------
    ParameterError
        With everything that is wrong, each with its line and how to mend it.
    """
    entries, problems = portfolio_file.read(path)
    reading = _Reading(path)
    jobs = [job for entry in entries for one in reading.each_client(entry) for job in reading.jobs(one)]
    problems += reading.all_problems()
    if problems:
        told = list(dict.fromkeys(problems))
        raise ParameterError(together(f"{path} cannot be used as it stands, and nothing was started:", told))
    return Portfolio(path=path, jobs=once(jobs), language=entries[0].languages[0])


@dataclass
class _Reading:
    """Entries become jobs one by one; what is wrong is gathered on the way."""

    path: Path
    problems: list[str] = field(default_factory=list)
    _glances: dict[str, Glance | None] = field(default_factory=dict)
    _clients: dict[str, tuple[Path, str]] = field(default_factory=dict)
    _checked: dict[tuple[str, str, str, str], dict[str, Any] | None] = field(default_factory=dict)
    _declared: dict[str, dict[str, parameters.Parameter]] = field(default_factory=dict)
    _unclaimed: dict[str, str] = field(default_factory=dict)
    _claimed: set[str] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        """Where the names of client files begin."""
        return self.path if self.path.is_dir() else self.path.parent

    def each_client(self, entry: Entry) -> Iterator[Entry]:
        """The entry, or one like it for each client file in the folder it names."""
        if entry.folder is None:
            yield from [entry] if entry.client else []
            return
        folder = self.folder / entry.folder
        found = portfolio_file.client_files(folder) if folder.is_dir() else []
        files = [file for file in found if file.resolve() != self.path.resolve()]
        if not files:
            self._wrong(entry.where, f"{folder} is no folder with client files (NAME.yml or NAME/client.yml)")
        for file in files:
            yield replace(entry, client=str(file.absolute()), folder=None)

    def jobs(self, entry: Entry) -> Iterator[Job]:
        """The jobs of an entry that names one client; those whose fault was told are left out."""
        client = self._client(entry)
        asked = self._asked(entry)
        if not asked:
            return
        self._claim(entry, [notebook for notebook, _ in asked])
        for language in entry.languages:
            made = [self._job(entry, client, language, notebook, own) for notebook, own in asked]
            if entry.report:
                needs = tuple(job.key for job in made[:-1] if job)
                made[-1] = replace(made[-1], needs=needs) if made[-1] else None
            yield from (job for job in made if job)

    def all_problems(self) -> list[str]:
        """Every problem met, names of parameters that no notebook of the portfolio declares among them."""
        unclaimed = [f"{where}: {told}" for name, where in self._unclaimed.items() for told in [self._no_such(name)]]
        return self.problems + [
            told for name, told in zip(self._unclaimed, unclaimed, strict=True) if name not in self._claimed
        ]

    def _wrong(self, where: str, told: str) -> None:
        self.problems.append(f"{where}: {told}")

    def _client(self, entry: Entry) -> Glance | None:
        named = self._named(str(entry.client))
        if named not in self._glances:
            self._glances[named] = self._glance(entry, named)
        return self._glances[named]

    def _named(self, client: str) -> str:
        return client if client in built_in() else str((self.folder / client).absolute())

    def _glance(self, entry: Entry, named: str) -> Glance | None:
        try:
            seen = glance(named)
        except CrmlabError as error:
            self._wrong(entry.where, str(error).replace("\n", "\n    "))
            return None
        place, where = self._clients.setdefault(seen.id, (seen.source_path.resolve(), entry.where))
        if place != seen.source_path.resolve():
            told = f"its client has the id {seen.id!r}, and so has that of {where} ({place}); give it another id"
            self._wrong(entry.where, f"{told}, for reports go to a folder of that name")
        return seen

    def _asked(self, entry: Entry) -> list[tuple[Notebook, Mapping[str, Any]]]:
        """The notebooks asked for with their own parameters; for a report all of them, the gathering one last."""
        named = [(found, one) for one in entry.notebooks if (found := self._notebook(entry, one))]
        if not entry.report:
            if not entry.notebooks:
                taken = [
                    f"; {one!r} is taken for a parameter{said}" for one in entry.own if (said := nearest(one, _ASKING))
                ]
                self._wrong(entry.where, f"asks for nothing; write notebooks: [2, 4], or report: true{''.join(taken)}")
            return [(notebook, one.parameters) for notebook, one in named]
        own = {notebook.name: one.parameters for notebook, one in named}
        if len(own) < len(named):
            self._wrong(entry.where, "a client report has each notebook once, and one is named twice; name it once")
        return [(notebook, own.get(notebook.name, {})) for notebook in (*parts(), suite.notebook(NUMBER))]

    def _notebook(self, entry: Entry, asked: Asked) -> Notebook | None:
        try:
            found = suite.notebook(asked.name)
        except CrmlabError as error:
            self._wrong(entry.where, str(error))
            return None
        if not entry.report and is_gathering(found):
            self._wrong(entry.where, f"{found.name} puts the other notebooks together; write report: true instead")
            return None
        return found

    def _claim(self, entry: Entry, notebooks: Sequence[Notebook]) -> None:
        """Note which parameters find a notebook: the entry's own must find one of its own notebooks."""
        known = {name for notebook in notebooks for name in self._of(notebook)} - _NOT_SET
        self._claimed |= known
        for name in entry.common:
            self._unclaimed.setdefault(name, entry.where)
        for name in entry.own:
            if name in _NOT_SET:
                self._wrong(entry.where, f"the parameter {name!r} is set by the batch itself; leave it out")
            elif name not in known:
                self._wrong(entry.where, f"none of its notebooks has a parameter {name!r}{nearest(name, known)}")

    def _no_such(self, name: str) -> str:
        known = {one for declared in self._declared.values() for one in declared} - _NOT_SET
        return f"no notebook of the portfolio has the parameter {name!r}{nearest(name, known)} of defaults or template"

    def _of(self, notebook: Notebook) -> dict[str, parameters.Parameter]:
        if notebook.name not in self._declared:
            self._declared[notebook.name] = {one.name: one for one in parameters.declared(notebook.path)}
        return self._declared[notebook.name]

    def _job(
        self, entry: Entry, client: Glance | None, language: str, notebook: Notebook, own: Mapping[str, Any]
    ) -> Job | None:
        shared = {**entry.common, **entry.own}
        given = {name: value for name, value in shared.items() if name in self._of(notebook) and name not in _NOT_SET}
        values = self._values(entry, notebook, {**given, **own}, language)
        if client is None or values is None:
            return None
        return Job(
            client=self._named(str(entry.client)),
            client_id=client.id,
            client_name=client.name,
            observed_until=client.observed_until.isoformat(),
            currency=client.currency,
            notebook=notebook,
            parameters=values,
            view=entry.view,
            language=language,
            formats=entry.formats,
        )

    def _values(
        self, entry: Entry, notebook: Notebook, given: Mapping[str, Any], language: str
    ) -> dict[str, Any] | None:
        """Every parameter's value, or None where one is wrong; the same question is answered once."""
        question = (notebook.name, entry.view, language, json.dumps([given, entry.as_text], default=repr))
        if question not in self._checked:
            self._checked[question] = self._check(entry, notebook, given, language)
        return self._checked[question]

    def _check(
        self, entry: Entry, notebook: Notebook, given: Mapping[str, Any], language: str
    ) -> dict[str, Any] | None:
        taken = [name for name in given if name in _NOT_SET]
        typed = dict(given)
        if entry.as_text and not taken:
            typed = parameters.from_settings(notebook.path, {name: str(text) for name, text in given.items()})
        told = [f"the parameter {name!r} is set by the batch itself; leave it out" for name in taken]
        told += parameters.faults(self._of(notebook), {**typed, "view": entry.view, "language": language})
        for one in told:
            self._wrong(entry.where, f"{notebook.name}: {one}")
        if told:
            return None
        values = parameters.check(notebook.path, {**typed, "view": entry.view, "language": language})
        return {name: value for name, value in values.items() if name not in _NOT_SET}
