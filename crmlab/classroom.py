"""What an instructor's commands write and print: the answer key and the gradebook."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from crmlab import suite
from crmlab.client import Client, built_in
from crmlab.errors import ParameterError
from crmlab.report import course
from crmlab.report import folder as run_folder
from crmlab.report.parameters import declared
from crmlab.report.tables_out import csv_of
from crmlab.tables.wording import plural
from crmlab.teaching.exercise import Exercise, all_exercises, exercises_of
from crmlab.teaching.grades import gradebook, handed_in
from crmlab.teaching.key import answer_key
from crmlab.teaching.roster import read_roster, read_seeds
from crmlab.terminal import busy, counting, print_line


def write_key(client: str | None, notebooks: Sequence[str], *, seeds: str | None, roster: str | None, out: str) -> None:
    """Write the answers of every student to the CSV `out`, and print where it lies.

    Each exercise is asked of `client`, or of the client that its notebook opens by itself.

    Raises
    ------
    ParameterError
        If not exactly one of `seeds` and `roster` is given, or a notebook has no exercises.
    """
    if (seeds is None) == (roster is None):
        raise ParameterError("whose answers? give --seeds 1-30, or --roster with a CSV of student and seed")
    students = read_seeds(seeds) if seeds is not None else read_roster(Path(str(roster)))
    exercises = _exercises(notebooks)
    with busy("Opening the data"):
        names = {one.notebook: client or own_client(one.notebook) for one in exercises}
        opened = {name: Client.open(name) for name in sorted(set(names.values()))}
    asked = [(one, opened[names[one.notebook]]) for one in exercises]
    with counting("Answers") as done:
        key = answer_key(asked, students, done=done)
    _write(key, Path(out))
    print_line(f"{out}: the answers of {plural(len(students), 'student')} to {plural(len(asked), 'exercise')}.")
    print_line("Keep it from the students: it holds every answer. Next: crmlab teach grade FOLDER")


def write_gradebook(folder: str, *, client: str | None, roster: str | None, out: str) -> None:
    """Judge the notebooks in `folder`, write the gradebook to the CSV `out`, and print what to look at.

    Answers may be about `client` and about every client that comes with crmlab.
    """
    students = read_roster(Path(roster)) if roster else ()
    works = handed_in(Path(folder))
    with busy("Opening the data"):
        named = {record["client"] for work in works for record in work.checks.values()}
        opened = [Client.open(name) for name in [*sorted(named & set(built_in())), *([client] if client else [])]]
    with counting("Students") as done:
        book = gradebook(works, {one.id: one for one in opened}, roster=students, done=done)
    _write(book, Path(out))
    print_line(f"{out}: {plural(len(works), 'notebook')} handed in, {plural(int(book.seed.notna().sum()), 'student')}.")
    odd = book[book.remarks.fillna("") != ""]
    for row in odd.to_dict(orient="records"):
        print_line(f"  look at {row['student'] or row['files'] or row['seed']}: {row['remarks']}")


def write_course(out: str, *, reports: str, language: str) -> None:
    """Write the course page to `out`, with the run times of the reports in `reports`, and print where it lies."""
    course.write(Path(out), reports=Path(reports), language=language)
    print_line(f"Open {out}")


def own_client(notebook: str) -> str:
    """The client that the notebook with this number opens where none is named."""
    defaults = {one.name: one.default for one in declared(suite.notebook(notebook).path)}
    return str(defaults["client"])


def _exercises(notebooks: Sequence[str]) -> tuple[Exercise, ...]:
    if not notebooks:
        return all_exercises()
    wanted = [suite.notebook(name) for name in notebooks]
    without = [one.name for one in wanted if not exercises_of(one.number)]
    if without:
        raise ParameterError(f"{', '.join(without)} {'has' if len(without) == 1 else 'have'} no exercises")
    return tuple(exercise for one in wanted for exercise in exercises_of(one.number))


def _write(table: pd.DataFrame, file: Path) -> None:
    plain = table.astype(object).where(table.notna(), None)
    rows = [[int(value) if isinstance(value, float) else value for value in row] for row in plain.to_numpy().tolist()]
    run_folder.replace(file, csv_of(list(table.columns), rows))
