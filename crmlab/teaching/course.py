"""The course: lessons in their order, the concepts they cover, and what to read."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from crmlab import suite
from crmlab.teaching.exercise import exercises_of


@dataclass(frozen=True)
class Lesson:
    """One notebook as a lesson; `notebook` is None while it is still to come.

    `minutes` to work through it are a guess; `after` are the numbers of the lessons it builds on.
    """

    number: str
    question: str
    minutes: int
    after: tuple[str, ...]
    objectives: tuple[str, ...]
    notebook: suite.Notebook | None
    exercises: int


@dataclass(frozen=True)
class Concept:
    """One concept of the articles, where it stands (article and line), and the lessons that compute it.

    `ready` are those of them whose notebooks are there, `later` the others.
    """

    id: str
    place: str
    concept: str
    ready: tuple[str, ...]
    later: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A reference, the lessons it belongs to, and where it was checked."""

    reference: str
    lessons: tuple[str, ...]
    checked: str


@cache
def lessons() -> tuple[Lesson, ...]:
    """Every lesson, in the order of the course."""
    there = {one.number: one for one in suite.notebooks()}
    return tuple(_lesson(row, there.get(row["number"])) for row in _yaml("lessons.yaml"))


@cache
def concepts() -> tuple[Concept, ...]:
    """Every concept of the articles, article by article."""
    there = {one.number for one in suite.notebooks()}
    with (_folder() / "concepts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_concept(row, there) for row in csv.DictReader(file))


@cache
def reading() -> tuple[Reading, ...]:
    """What to read, in alphabetical order."""
    rows = [Reading(row["reference"], tuple(row["lessons"]), row["checked"]) for row in _yaml("reading.yaml")]
    return tuple(sorted(rows, key=lambda one: one.reference.casefold()))


def _folder() -> Path:
    return suite.datasets_folder() / "course"


def _yaml(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((_folder() / name).read_text(encoding="utf-8"))
    return rows


def _lesson(row: dict[str, Any], notebook: suite.Notebook | None) -> Lesson:
    return Lesson(
        number=row["number"],
        question=notebook.question if notebook else row["question"],
        minutes=row["minutes"],
        after=tuple(row["after"]),
        objectives=tuple(row["objectives"]),
        notebook=notebook,
        exercises=len(exercises_of(row["number"])),
    )


def _concept(row: dict[str, str], there: set[str]) -> Concept:
    numbers = row["notebooks"].split(";")
    ready = tuple(number for number in numbers if number in there)
    return Concept(row["id"], row["place"], row["concept"], ready, tuple(one for one in numbers if one not in there))
