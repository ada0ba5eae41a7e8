"""The gradebook: handed-in notebooks, their answers judged anew, and whatever an instructor should look at.

A notebook says itself what its checks said, and anybody can edit a file. So the marks are made here, from the values
that were handed over and from the client's data; where a notebook claims more than that, the gradebook says so.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.client import Client
from crmlab.errors import CrmlabError, DataError
from crmlab.teaching.exercise import Task, exercise_called, exercises_of
from crmlab.teaching.judge import judge
from crmlab.teaching.roster import Student
from crmlab.teaching.session import CHECK_MIME

Record = Mapping[str, Any]


@dataclass(frozen=True)
class HandedIn:
    """One notebook file: the last check of each exercise in it, or why there is none."""

    file: str
    checks: dict[str, Record] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def handed_in(folder: Path) -> list[HandedIn]:
    """Every notebook below `folder`, in the order of their paths.

    Raises
    ------
    DataError
        If there is no such folder, or no notebook in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give the folder that holds the notebooks handed in")
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        raise DataError(f"there is no notebook (.ipynb) in {folder}")
    return [_read(path, path.relative_to(folder).as_posix()) for path in paths]


def gradebook(
    works: Sequence[HandedIn],
    clients: Mapping[str, Client],
    *,
    roster: Sequence[Student] = (),
    done: Callable[[int, int], None] = lambda _done, _all: None,
) -> pd.DataFrame:
    """One row for each student, then one for each notebook that holds no checks.

    `clients` are those whose data the answers may be about, by their id.

    Columns `student`, `seed`, `files`, one for each exercise of the notebooks that anybody handed in (1 right, 0 wrong
    or not there), `done`, `of`, `remarks`. Of several answers to an exercise the last file's counts. `done` is told
    after each student how many of how many were judged.
    """
    names = {student.seed: student.name for student in roster}
    seeds = sorted({*names, *(record["seed"] for work in works for record in work.checks.values())})
    asked = _asked(works)
    rows = []
    for seed in seeds:
        rows.append(_row(seed, works, clients, asked, names))
        done(len(rows), len(seeds))
    rows += [{"files": work.file, "remarks": "; ".join(work.remarks)} for work in works if not work.checks]
    return pd.DataFrame(rows, columns=["student", "seed", "files", *asked, "done", "of", "remarks"])


def _asked(works: Sequence[HandedIn]) -> list[str]:
    """The exercises of every notebook of which anybody handed in a check."""
    numbers = sorted({name.partition(".")[0] for work in works for name in work.checks})
    return [one.id for number in numbers for one in exercises_of(number)]


def _read(path: Path, name: str) -> HandedIn:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        checks = {record["exercise"]: record for record in _records(cells)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return HandedIn(name, remarks=(f"cannot be read as a notebook: {type(error).__name__}",))
    return HandedIn(name, checks, () if checks else ("holds no checks: it was not run, or its outputs were cleared",))


def _records(cells: Sequence[Any]) -> Iterator[Record]:
    for cell in cells:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(CHECK_MIME)
            if record is not None and _is_whole(record):
                yield record


def _is_whole(record: Any) -> bool:
    """Whether a record has what a check writes; anybody can edit a file."""
    kinds = {"exercise": str, "client": str, "seed": int, "right": bool}
    return isinstance(record, dict) and all(isinstance(record.get(name), kind) for name, kind in kinds.items())


def _row(
    seed: int,
    works: Sequence[HandedIn],
    clients: Mapping[str, Client],
    asked: Sequence[str],
    names: Mapping[int, str],
) -> dict[str, Any]:
    own = [(work.file, record) for work in works for record in work.checks.values() if record["seed"] == seed]
    judged = {record["exercise"]: _mark(record, clients) for _, record in own}
    marks = {name: int(judged.get(name, (False, []))[0]) for name in asked}
    files = list(dict.fromkeys(file for file, _ in own))
    remarks = [told for _, odd in judged.values() for told in odd]
    remarks += [f"{name} was handed in {times} times" for name, times in _times(own).items() if times > 1]
    remarks += [f"{file} holds answers of other students too" for file in files if _is_mixed(file, works)]
    remarks += ["nothing handed in"] if not own else []
    remarks += ["not in the roster"] if names and seed not in names else []
    about = {"student": names.get(seed, ""), "seed": seed, "files": ", ".join(files)}
    return about | marks | {"done": sum(marks.values()), "of": len(asked), "remarks": "; ".join(remarks)}


def _times(own: Sequence[tuple[str, Record]]) -> Counter[str]:
    return Counter(record["exercise"] for _, record in own)


def _is_mixed(file: str, works: Sequence[HandedIn]) -> bool:
    return any(len({one["seed"] for one in work.checks.values()}) > 1 for work in works if work.file == file)


def _mark(record: Record, clients: Mapping[str, Client]) -> tuple[bool, list[str]]:
    """Whether the value that was handed over is right, and what is odd about it."""
    name, client = record["exercise"], clients.get(record["client"])
    if client is None or record.get("data_key") != client.data_key:
        return False, [f"{name} was answered on other data ({record['client']})"]
    try:
        task = exercise_called(name).task(client, record["seed"])
    except (CrmlabError, ValueError) as error:
        return False, [f"{name} cannot be judged: {error}"]
    right = judge(task, _value(record.get("value"), task)).kind == "right"
    odd = record["right"] and not right
    return right, [f"{name} claims to be right and is not"] if odd else []


def _value(value: Any, task: Task) -> Any:
    return frozenset(value) if isinstance(task.answer, frozenset) and isinstance(value, list) else value
