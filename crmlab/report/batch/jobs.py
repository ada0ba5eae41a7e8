"""A job is one report that a batch makes; its outcome is the little that the batch keeps of it.

Jobs and outcomes go between processes and machines, so they are small and plain.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from crmlab.errors import ParameterError
from crmlab.report import folder as run_folder
from crmlab.report.body import View
from crmlab.report.contents import Status
from crmlab.suite import Notebook

Kind = Literal["run", "failure", "index"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One report to be made.

    Attributes
    ----------
    client : str
        What `Client.open` takes: the name of a built-in client, or the absolute path of a client file.
    client_id, client_name, observed_until, currency : str
        What the client file said when the portfolio was read; the day is written as ISO does.
    notebook : Notebook
    parameters : mapping
        Every parameter of the notebook but those of the command, checked.
    view, language : str
    formats : tuple of str
        In which formats the report is wanted besides the page; as for a run, the key does not know them.
    needs : tuple of str
        The keys of the jobs that a client report puts together, in the order of their notebooks; empty for others.
    """

    client: str
    client_id: str
    client_name: str
    observed_until: str
    currency: str
    notebook: Notebook
    parameters: Mapping[str, Any]
    view: View = "client"
    language: str = "en"
    formats: tuple[str, ...] = ("html",)
    needs: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Twelve digits that stand for the job, the same on every machine: no path and no place in a list is in it."""
        return run_folder.key_of(
            {
                "client": self.client_id,
                "notebook": self.notebook.name,
                "parameters": dict(self.parameters),
                "view": self.view,
                "language": self.language,
                "needs": list(self.needs),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a job.

    Attributes
    ----------
    job : Job
    status : str
        `done`, `refused` or `failed`.
    fresh : bool
        Whether this batch made the report; False where it was there already.
    seconds : float
        Wall time.
    folder : str or None
        Name of the run folder in the client's folder; for a failed job that of its record, None where not even that
        could be written.
    told : str
        The first headline finding, or why it was refused or failed.
    warnings : tuple of str
    """

    job: Job
    status: Status
    fresh: bool = True
    seconds: float = 0.0
    folder: str | None = None
    told: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a worker is given: to run a job, to keep the record of one that died, or to write a client's index.

    `runs` are the run folders that a client report reads; `told` is why the job died.
    """

    kind: Kind
    job: Job
    runs: tuple[str, ...] = ()
    told: str = ""


@dataclass
class Queue:
    """Which task comes next: a client report after its notebooks, a client's index after all its reports."""

    jobs: Sequence[Job]
    _ready: dict[str, deque[Task]] = field(default_factory=dict)
    _outcomes: dict[str, Outcome] = field(default_factory=dict)
    _waits_for: dict[str, list[Job]] = field(default_factory=dict)
    _open: Counter[str] = field(default_factory=Counter)
    _first: dict[str, Job] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for job in self.jobs:
            self._first.setdefault(job.client_id, job)
            for need in job.needs:
                self._waits_for.setdefault(need, []).append(job)
        self._open = Counter(job.client_id for job in self.jobs)
        for job in self.jobs:
            if not job.needs:
                self._add(Task(kind="run", job=job))

    @property
    def has_ready(self) -> bool:
        """Whether a task could begin now."""
        return bool(self._ready)

    def take(self, busy: Iterable[str] = ()) -> Task:
        """The next task, of a client none of whose tasks is `busy` where there is one.

        Two processes that open the same client at once would both ingest its data.
        """
        at_work = set(busy)
        client = next((name for name in self._ready if name not in at_work), next(iter(self._ready)))
        tasks = self._ready[client]
        task = tasks.popleft()
        if not tasks:
            del self._ready[client]
        return task

    def first(self, task: Task) -> None:
        """Put a task before all others of its client."""
        self._ready.setdefault(task.job.client_id, deque()).appendleft(task)

    def ended(self, outcome: Outcome) -> None:
        """Take note of an outcome, and of what it sets free."""
        job = outcome.job
        self._outcomes[job.key] = outcome
        for waiting in self._waits_for.pop(job.key, ()):
            if all(need in self._outcomes for need in waiting.needs):
                runs = [self._outcomes[need].folder for need in waiting.needs]
                self._add(Task(kind="run", job=waiting, runs=tuple(run for run in runs if run)))
        self._open[job.client_id] -= 1
        if not self._open[job.client_id]:
            # in the language that the portfolio names first, whichever report was made last
            self._add(Task(kind="index", job=self._first[job.client_id]))

    def _add(self, task: Task) -> None:
        self._ready.setdefault(task.job.client_id, deque()).append(task)


def once(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """The jobs in their order, each once, however many entries ask for it; in all the formats that any asks for."""
    found: dict[str, Job] = {}
    for job in jobs:
        before = found.get(job.key, job)
        found[job.key] = replace(job, formats=tuple(dict.fromkeys([*before.formats, *job.formats])))
    return tuple(found.values())


def shard(jobs: Sequence[Job], number: int, of: int) -> tuple[Job, ...]:
    """The jobs of shard `number` (1 to `of`): every job is in exactly one, whatever the order of the portfolio.

    A client report and the reports it puts together are in the same shard.
    """
    joined = _joined(jobs)
    return tuple(job for job in jobs if int(joined[job.key], 16) % of == number - 1)


def split_shard(text: str) -> tuple[int, int]:
    """The numbers in `3/10`.

    Raises
    ------
    ParameterError
        If it has another form, or the first number is not between 1 and the second.
    """
    number, slash, of = text.partition("/")
    plain = slash and number.isascii() and number.isdigit() and of.isascii() and of.isdigit()
    if not plain or not 1 <= int(number) <= int(of):
        raise ParameterError(f"--shard takes which of how many, from 1/10 to 10/10; got {text!r}")
    return int(number), int(of)


def _joined(jobs: Sequence[Job]) -> dict[str, str]:
    """For each job's key the smallest key among the jobs that it has to run beside."""
    group = {job.key: job.key for job in jobs}

    def root(key: str) -> str:
        while group[key] != key:
            key = group[key]
        return key

    for job in jobs:
        for need in job.needs:
            low, high = sorted((root(job.key), root(need)))
            group[high] = low
    return {key: root(key) for key in group}


def at(folder: Path, outcome: Outcome) -> Path | None:
    """Where the run folder of an outcome lies, under the folder that reports go to."""
    return folder / outcome.job.client_id / outcome.folder if outcome.folder else None
