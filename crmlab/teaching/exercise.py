"""What an exercise is: one function that gives the question's numbers, the answer, and the typical wrong answers."""

import math
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from crmlab.client import Client
from crmlab.display import Unit
from crmlab.errors import CrmlabError, nearest
from crmlab.teaching import exercises

Answer = bool | float | str | frozenset[str] | tuple[float, ...]
"""What can be asked for: yes or no, a number, a choice of words, a set of words, several numbers in their order."""

_NUMBER = re.compile(r"(\d\d)\.([1-9])")


@dataclass(frozen=True)
class Given:
    """One thing an exercise gives to a student.

    `value` is a number, a text or a DataFrame; `unit` says how a number is written, and `units` and `headings` how the
    columns of a DataFrame are, as in `show_table`.
    """

    name: str
    value: Any
    label: str
    unit: Unit = "number"
    units: Mapping[str, Unit] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the answer: the larger of `absolute`, in the answer's unit, and `relative` of it."""

    absolute: float = 0.0
    relative: float = 1e-9

    def holds(self, value: float, answer: float) -> bool:
        """Whether `value` is near enough to `answer`."""
        return math.isclose(value, answer, rel_tol=0.0, abs_tol=max(self.absolute, self.relative * abs(answer)))


EXACT = Tolerance()
"""Counts, and choices: nothing but rounding in the last digits of a double."""


def absolute(size: float) -> Tolerance:
    """Answers up to `size` away are right."""
    return Tolerance(absolute=size)


def relative(share: float) -> Tolerance:
    """Answers that differ by up to `share` of the answer are right: 0.01 is one per cent of it."""
    return Tolerance(relative=share)


@dataclass(frozen=True)
class Wrong:
    """A typical wrong answer, and a hint that leads out of it without saying the right one."""

    value: Answer
    hint: str


@dataclass(frozen=True)
class Task:
    """An exercise for one client and one student.

    Attributes
    ----------
    given : tuple of Given
        What the student is told.
    answer : bool, float, str, frozenset of str, tuple of float
        The right answer.
    expects : str
        What kind of answer is asked for, in words and with its unit: `a share between 0 and 1`.
    tolerance : Tolerance, or a tuple with one for each number
        How far a number may be off.
    wrong : tuple of Wrong
        Typical wrong answers, the most telling first.
    """

    given: tuple[Given, ...]
    answer: Answer
    expects: str
    tolerance: Tolerance | tuple[Tolerance, ...] = EXACT
    wrong: tuple[Wrong, ...] = ()


Make = Callable[[Client, np.random.Generator], Task]


@dataclass(frozen=True)
class Exercise:
    """One exercise: its id, notebook first (`05.1`), the function that makes its task, and what it asks, in a line."""

    id: str
    make: Make
    about: str

    @property
    def notebook(self) -> str:
        """The number of its notebook."""
        return self.id.partition(".")[0]

    def task(self, client: Client, seed: int) -> Task:
        """The task of the student whose number is `seed`, on `client`'s data.

        A typical mistake that happens to lead to the right answer is none for this student, and is left out.
        """
        made = self.make(client, np.random.default_rng([seed, *map(int, self.id.split("."))]))
        kept = tuple(one for one in made.wrong if not same_answer(one.value, made.answer, made.tolerance))
        return replace(made, wrong=kept)


def exercise(id: str) -> Callable[[Make], Make]:  # noqa: A002 - the exercise's own word for it
    """Declare the decorated function to be exercise `id`; the first line of its docstring says what it asks."""
    if not _NUMBER.fullmatch(id):
        raise ValueError(f"an exercise is called by its notebook and a digit, such as 05.1; got {id!r}")

    def declare(make: Make) -> Make:
        make.exercise = Exercise(id, make, (make.__doc__ or "").strip().splitlines()[0])  # type: ignore[attr-defined]
        return make

    return declare


@cache
def exercises_of(notebook: str) -> tuple[Exercise, ...]:
    """The exercises of the notebook with this number, in their order; none where it has none."""
    found = [one for one in _modules() if one.startswith(f"e{notebook}_")]
    members = [vars(import_module(f"{exercises.__name__}.{name}")).values() for name in found]
    declared = [one.exercise for values in members for one in values if hasattr(one, "exercise")]
    return tuple(sorted(declared, key=lambda one: one.id))


def exercise_called(id: str) -> Exercise:  # noqa: A002 - the exercise's own word for it
    """The exercise `id`.

    Raises
    ------
    CrmlabError
        If there is none.
    """
    notebook = id.partition(".")[0]
    known = {one.id: one for one in exercises_of(notebook)}
    if id not in known:
        said = ", ".join(known) or f"notebook {notebook} has none"
        raise CrmlabError(f"there is no exercise {id!r}{nearest(id, known)}; there are: {said}")
    return known[id]


def all_exercises() -> tuple[Exercise, ...]:
    """Every exercise of the suite."""
    numbers = sorted({name[1:3] for name in _modules()})
    return tuple(one for number in numbers for one in exercises_of(number))


def same_answer(value: Answer, answer: Answer, tolerance: Tolerance | tuple[Tolerance, ...]) -> bool:
    """Whether `value` passes for `answer`; letters' case and blanks around words do not count."""
    if isinstance(value, str) and isinstance(answer, str):
        return plain_word(value) == plain_word(answer)
    if isinstance(value, frozenset) and isinstance(answer, frozenset):
        return {plain_word(one) for one in value} == {plain_word(one) for one in answer}
    if any(isinstance(one, bool | str | frozenset) for one in (value, answer)):
        return value is answer
    got, want = _numbers(value), _numbers(answer)
    near = tolerance if isinstance(tolerance, tuple) else (tolerance,) * len(want)
    return len(got) == len(want) and all(one.holds(a, b) for one, a, b in zip(near, got, want, strict=True))


def _numbers(answer: Any) -> tuple[float, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def plain_word(text: str) -> str:
    """A word without what does not count in an answer."""
    return " ".join(text.split()).casefold()


def _modules() -> list[str]:
    return sorted(one.name for one in pkgutil.iter_modules(exercises.__path__))
