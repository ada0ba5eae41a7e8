"""The student's side: the task with its numbers, and the check, which never says the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from crmlab.client import Client
from crmlab.display import quantity, show_table
from crmlab.errors import CrmlabError, DataError
from crmlab.findings import Refusal
from crmlab.language import count, money, tr
from crmlab.teaching.exercise import Answer, Exercise, Given, Task, exercise_called, exercises_of
from crmlab.teaching.judge import Judgement, judge

CHECK_MIME = "application/vnd.crmlab.check+json"


@dataclass(frozen=True)
class Shown:
    """What an exercise gives, to look at and to compute with: `shown["years"]` is the value called `years`."""

    id: str
    given: tuple[Given, ...]
    expects: str
    currency: str = ""

    def __getitem__(self, name: str) -> Any:
        values = {one.name: one.value for one in self.given}
        if name not in values:
            raise KeyError(f"exercise {self.id} gives {', '.join(values) or 'nothing'}; it gives no {name!r}")
        return values[name]

    def _repr_html_(self) -> str:
        asked = escape(tr("Exercise {id}. Asked for: {expects}.", id=self.id, expects=self.expects))
        tables = (one for one in self.given if isinstance(one.value, pd.DataFrame))
        drawn = [show_table(one.value, one.label, units=one.units, headings=one.headings) for one in tables]
        single = [self._single()] if any(not isinstance(one.value, pd.DataFrame) for one in self.given) else []
        return f"<p>{asked}</p>" + "".join(table._repr_html_() for table in single + drawn)

    def __repr__(self) -> str:
        return f"exercise {self.id}: {', '.join(one.name for one in self.given)}; asked for: {self.expects}"

    def _single(self) -> Any:
        rows = [
            {"given": one.label, "value": _exact(one, self.currency), "name": f'["{one.name}"]'}
            for one in self.given
            if not isinstance(one.value, pd.DataFrame)
        ]
        headings = {"given": tr("given"), "value": tr("what it is"), "name": tr("to compute with")}
        return show_table(pd.DataFrame(rows), tr("What is given."), headings=headings)


def _exact(one: Given, currency: str) -> str:
    """What is given is reckoned with: money keeps its hundredths, however large, where it has any."""
    if one.unit == "money":
        return money(one.value, currency, 2 if one.value % 1 else None)
    return quantity(one.value, one.unit, currency)


@dataclass(frozen=True)
class Verdict:
    """What the check says: sentences for the student, and a record for the gradebook."""

    sentences: tuple[str, ...]
    record: Mapping[str, Any]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        html = f'<div class="crmlab-check">{"".join(f"<p>{escape(one)}</p>" for one in self.sentences)}</div>'
        return {CHECK_MIME: dict(self.record), "text/html": html, "text/plain": "\n".join(self.sentences)}

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


@dataclass
class Work:
    """One student's work on one notebook's exercises; what was done so far is counted here and nowhere else."""

    client: Client
    seed: int
    exercises: tuple[Exercise, ...]
    done: set[str] = field(default_factory=set)
    _tasks: dict[str, Task] = field(default_factory=dict)

    def task(self, id: str) -> Shown:  # noqa: A002 - the exercise's own word for it
        """What exercise `id` gives to this student.

        Raises
        ------
        Refusal
            If the client's data cannot support the exercise.
        """
        made = self._made(id)
        return Shown(id, made.given, made.expects, self.client.currency)

    def check(self, id: str, value: Any) -> Verdict:  # noqa: A002 - the exercise's own word for it
        """Whether `value` is the answer to exercise `id`, and how many exercises are done; never the answer."""
        made = self._made(id)
        judged = judge(made, value)
        if judged.kind == "right":
            self.done.add(id)
        progress = tr("{done} of {all} exercises done so far.", done=count(len(self.done)), all=count(self._all))
        return Verdict((_said(judged, made), progress), self._record(id, judged))

    @property
    def _all(self) -> int:
        return len(self.exercises)

    def _made(self, id: str) -> Task:  # noqa: A002 - the exercise's own word for it
        if id not in self._tasks:
            asked = exercise_called(id)
            try:
                self._tasks[id] = asked.task(self.client, self.seed)
            except DataError as error:
                said = tr("exercise {id} cannot be asked of these data: {why}", id=id, why=str(error))
                raise Refusal([said]) from error
        return self._tasks[id]

    def _record(self, id: str, judged: Judgement) -> dict[str, Any]:  # noqa: A002 - the exercise's own word for it
        return {
            "exercise": id,
            "client": self.client.id,
            "data_key": self.client.data_key,
            "seed": self.seed,
            "value": _plain(judged.value),
            "right": judged.kind == "right",
        }


def begin(notebook: str, client: Client, *, seed: int) -> tuple[Callable[[str], Shown], Callable[[str, Any], Verdict]]:
    """`task` and `check` for the exercises of `notebook`: the question's numbers, and whether a value is the answer.

    Parameters
    ----------
    notebook : str
        Its number, two digits.
    client : Client
        Whose data the exercises are about, where they are about the notebook's data.
    seed : int
        The student's number: another number, other answers.

    Raises
    ------
    CrmlabError
        If the notebook has no exercises.
    """
    known = exercises_of(notebook)
    if not known:
        raise CrmlabError(f"notebook {notebook} has no exercises")
    work = Work(client, seed, known)
    return work.task, work.check


def _said(judged: Judgement, task: Task) -> str:
    asked = tr("What is asked for: {expects}.", expects=task.expects)
    match judged.kind:
        case "right":
            return tr("Right.")
        case "typical":
            return judged.hint
        case "blank":
            return f"{tr('There is no answer yet: put yours in the place of the three dots.')} {asked}"
        case "other_kind":
            return f"{tr('An answer of another kind is expected.')} {asked}"
    return f"{tr('Not yet.')} {asked}"


def _plain(value: Answer | None) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
