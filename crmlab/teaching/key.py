"""The instructor's key: every student's answers, how far off they may be, and which mistake each hint is for."""

from collections.abc import Callable, Sequence

import pandas as pd

from crmlab.client import Client
from crmlab.teaching.exercise import Answer, Exercise, Task, Tolerance
from crmlab.teaching.roster import Student

COLUMNS = ("student", "seed", "exercise", "asks", "given", "answer", "expects", "tolerance", "typical mistakes")


def answer_key(
    asked: Sequence[tuple[Exercise, Client]],
    students: Sequence[Student],
    *,
    done: Callable[[int, int], None] = lambda _done, _all: None,
) -> pd.DataFrame:
    """One row for each student and exercise, in the columns `COLUMNS`, all of them text but the seed.

    `asked` are the exercises, each with the client whose data it is asked of. `done` is told after each row how many of
    how many there are.
    """
    rows = []
    for student in students:
        for exercise, client in asked:
            rows.append(_row(student, exercise, exercise.task(client, student.seed)))
            done(len(rows), len(students) * len(asked))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def written(answer: Answer) -> str:
    """An answer as text: numbers with six significant digits, sets in alphabetical order."""
    if isinstance(answer, bool | str):
        return str(answer)
    if isinstance(answer, frozenset):
        return ", ".join(sorted(answer))
    return " and ".join(map(written, answer)) if isinstance(answer, tuple) else f"{answer:.6g}"


def _row(student: Student, exercise: Exercise, task: Task) -> dict[str, object]:
    single = [one for one in task.given if not isinstance(one.value, pd.DataFrame)]
    tables = [one for one in task.given if isinstance(one.value, pd.DataFrame)]
    mistakes = [f"{written(one.value)}: {one.hint}" for one in task.wrong]
    values = (
        student.name,
        student.seed,
        exercise.id,
        exercise.about,
        "; ".join([*(f"{one.name} = {one.value}" for one in single), *(f"{one.name}: a table" for one in tables)]),
        written(task.answer),
        task.expects,
        _tolerance(task.tolerance),
        "\n".join(mistakes),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _tolerance(tolerance: Tolerance | tuple[Tolerance, ...]) -> str:
    if isinstance(tolerance, tuple):
        return "; ".join(map(_tolerance, tolerance))
    if tolerance.absolute:
        return f"± {tolerance.absolute:g}"
    return f"± {100 * tolerance.relative:g} % of it" if tolerance.relative > Tolerance().relative else "exact"
