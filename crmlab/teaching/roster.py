"""Who sits in the class: each student's name and number, from a CSV with the columns `student` and `seed`."""

import csv
from dataclasses import dataclass
from pathlib import Path

from crmlab.errors import DataError, ParameterError, together

COLUMNS = ("student", "seed")


@dataclass(frozen=True)
class Student:
    """One student: the name as the roster has it, empty where there is none, and the number the answers hang on."""

    name: str
    seed: int


def read_roster(path: Path) -> tuple[Student, ...]:
    """The students in the CSV at `path`, in its order; further columns are left alone.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, a number is none, or stands twice; all at once.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"the roster {path} cannot be read: {error}; it is a CSV in UTF-8") from error
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise DataError(f"the roster {path} lacks {' and '.join(missing)}; it is a CSV with the columns student, seed")
    problems = [f"row {row}: seed {text!r} is no whole number" for row, text in _numbered(rows) if not text.isdecimal()]
    seen: dict[str, int] = {}
    for row, text in _numbered(rows):
        if text in seen:
            problems.append(f"row {row}: seed {text} stands in row {seen[text]} already")
        seen.setdefault(text, row)
    if problems:
        heading = f"the roster {path} cannot be used; every student has a number of their own:"
        raise DataError(together(heading, problems))
    return tuple(Student(row["student"].strip(), int(row["seed"])) for row in rows)


def read_seeds(text: str) -> tuple[Student, ...]:
    """Students without names from numbers such as `7`, `1-30` or `1-30,41`.

    Raises
    ------
    ParameterError
        If the text is not of this form.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        ends = [first, last] if dash else [first, first]
        if not all(end.isdecimal() for end in ends) or int(ends[1]) < int(ends[0]):
            raise ParameterError(f"--seeds takes numbers such as 7, 1-30 or 1-30,41; got {text!r}")
        seeds += range(int(ends[0]), int(ends[1]) + 1)
    return tuple(Student("", seed) for seed in dict.fromkeys(seeds))


def _numbered(rows: list[dict[str, str]]) -> list[tuple[int, str]]:
    return [(row, (one["seed"] or "").strip()) for row, one in enumerate(rows, 2)]
