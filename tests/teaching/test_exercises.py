"""Every exercise of the suite, on the client its notebook opens, for several students."""

import re

import pytest

from crmlab import suite
from crmlab.client import Client
from crmlab.report.parameters import declared
from crmlab.teaching.exercise import Task, all_exercises
from crmlab.teaching.judge import judge


def client_of(notebook: str) -> Client:
    parameters = {one.name: one.default for one in declared(suite.notebook(notebook).path)}
    return Client.open(parameters["client"])


def said(task: Task) -> list[str]:
    """The answer's numbers as they might be printed: with two to four significant digits."""
    parts = task.answer if isinstance(task.answer, tuple) else (task.answer,)
    numbers = [float(one) for one in parts if isinstance(one, int | float) and not isinstance(one, bool)]
    return sorted({f"{one:.{digits}g}" for one in numbers for digits in (3, 4) if abs(one) not in (0, 1, 2)})


def hold(task: Task) -> None:
    assert judge(task, task.answer).kind == "right"
    assert len(task.wrong) >= 1
    assert len({one.name for one in task.given}) == len(task.given)
    for wrong in task.wrong:
        judged = judge(task, wrong.value)
        assert judged.kind == "typical"
        numbers = re.findall(r"\d[\d.]*\d|\d", wrong.hint)
        assert not set(numbers) & set(said(task)), f"the hint says the answer: {wrong.hint}"


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda one: one.id)
def test_an_exercise_tells_right_from_wrong_and_hints_do_not_say_the_answer(exercise):
    shop = client_of(exercise.notebook)
    task = exercise.task(shop, 20)
    hold(task)
    assert exercise.task(shop, 20).answer == task.answer


@pytest.mark.slow
@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda one: one.id)
def test_an_exercise_holds_for_a_class_of_students(exercise):
    shop = client_of(exercise.notebook)
    answers = set()
    for seed in range(100, 106):
        task = exercise.task(shop, seed)
        hold(task)
        answers.add(str(task.answer))
    assert len(answers) > 1 or exercise.notebook == "00", "all students have the same answer"
