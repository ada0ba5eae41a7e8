import json

import pandas as pd
import pytest

from crmlab import cli
from crmlab.client import Client
from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.teaching.exercise import Exercise, Given, Task, Wrong, absolute
from crmlab.teaching.grades import gradebook, handed_in
from crmlab.teaching.key import answer_key, written
from crmlab.teaching.roster import Student, read_roster, read_seeds
from crmlab.teaching.session import Work


def double(shop, rng):
    """Twice a number."""
    number = int(rng.integers(1, 1000))
    return Task(
        (Given("number", number, "a number", "count"),), 2.0 * number, "a number", absolute(0.5), (Wrong(0, "No."),)
    )


def choice(shop, rng):
    """Two words."""
    return Task((), frozenset({"left", "stayed"}), "a set", wrong=(Wrong(frozenset({"left"}), "There is another."),))


EXERCISES = tuple(Exercise(f"99.{n}", make, make.__doc__) for n, make in ((1, double), (2, choice), (3, double)))


@pytest.fixture
def shop():
    return Client.open("cdnow")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    by_id = {one.id: one for one in EXERCISES}

    def called(name):
        if name not in by_id:
            raise CrmlabError(f"there is no exercise {name!r}")
        return by_id[name]

    for module in ("session", "grades"):
        monkeypatch.setattr(f"crmlab.teaching.{module}.exercise_called", called)
    monkeypatch.setattr("crmlab.teaching.grades.exercises_of", lambda number: EXERCISES if number == "99" else ())


def hand_in(folder, name, *verdicts):
    """A notebook with one cell for each verdict, as Jupyter would save it."""
    outputs = [{"output_type": "execute_result", "data": dict(one._repr_mimebundle_())} for one in verdicts]
    cells = [{"cell_type": "code", "outputs": [one]} for one in outputs]
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown"}, *cells]}), encoding="utf-8")
    return path


def answered(shop, seed, *, right=(1, 2, 3)):
    work = Work(shop, seed, EXERCISES)
    values = {
        "99.1": 2 * work.task("99.1")["number"],
        "99.2": ["stayed", "LEFT"],
        "99.3": 2 * work.task("99.3")["number"],
    }
    return [work.check(f"99.{n}", values[f"99.{n}"] if n in right else 0) for n in (1, 2, 3)]


def test_marks_are_made_from_the_values_that_were_handed_over(shop, tmp_path):
    hand_in(tmp_path, "a/99.ipynb", *answered(shop, 7))
    hand_in(tmp_path, "b/99.ipynb", *answered(shop, 8, right=(2,)))
    students = [Student("Ann", 7), Student("Ben", 8), Student("Cy", 9)]
    book = gradebook(handed_in(tmp_path), {"cdnow": shop}, roster=students)
    assert book.columns.tolist() == ["student", "seed", "files", "99.1", "99.2", "99.3", "done", "of", "remarks"]
    assert book[["student", "99.1", "99.2", "99.3", "done", "of", "remarks"]].to_numpy().tolist() == [
        ["Ann", 1, 1, 1, 3, 3, ""],
        ["Ben", 0, 1, 0, 1, 3, ""],
        ["Cy", 0, 0, 0, 0, 3, "nothing handed in"],
    ]


def test_a_forged_check_is_found(shop, tmp_path):
    path = hand_in(tmp_path, "99.ipynb", *answered(shop, 7, right=(2, 3)))
    path.write_text(path.read_text().replace('"right": false', '"right": true'))
    row = gradebook(handed_in(tmp_path), {"cdnow": shop}).iloc[0]
    assert row["99.1"] == 0
    assert row["remarks"] == "99.1 claims to be right and is not"


def test_what_an_instructor_should_look_at_is_said(shop, tmp_path):
    hand_in(tmp_path, "a.ipynb", *answered(shop, 7))
    hand_in(tmp_path, "b.ipynb", *answered(shop, 7), *answered(shop, 8)[:1])
    hand_in(tmp_path, "c.ipynb")
    (tmp_path / "d.ipynb").write_text("no notebook")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "a-checkpoint.ipynb").write_text("{}")
    book = gradebook(handed_in(tmp_path), {"cdnow": shop}, roster=[Student("Ben", 8)])
    told = dict(zip(book.files, book.remarks, strict=True))
    assert "99.2 was handed in 2 times" in told["a.ipynb, b.ipynb"]
    assert "b.ipynb holds answers of other students too" in told["a.ipynb, b.ipynb"]
    assert "not in the roster" in told["a.ipynb, b.ipynb"]
    assert told["c.ipynb"].startswith("holds no checks")
    assert told["d.ipynb"] == "cannot be read as a notebook: JSONDecodeError"
    assert len(book) == 4


def test_answers_on_other_data_do_not_count(shop, tmp_path):
    hand_in(tmp_path, "99.ipynb", *answered(shop, 7))
    book = gradebook(handed_in(tmp_path), {})
    assert book.done.tolist() == [0]
    assert "99.1 was answered on other data (cdnow)" in book.remarks[0]


@pytest.mark.parametrize(
    "record", [{"exercise": 3}, {"seed": "7"}, {"seed": -7}, {"exercise": "../etc"}, {"right": "yes"}, {"value": {}}]
)
def test_an_edited_record_is_no_traceback(shop, tmp_path, record):
    path = hand_in(tmp_path, "99.ipynb", *answered(shop, 7)[:1])
    content = json.loads(path.read_text())
    data = content["cells"][1]["outputs"][0]["data"]
    next(one for one in data.values() if isinstance(one, dict)).update(record)
    path.write_text(json.dumps(content))
    book = gradebook(handed_in(tmp_path), {"cdnow": shop})
    assert book.get("99.1", pd.Series([0])).fillna(0).tolist() == [0]


@pytest.mark.parametrize(("make", "said"), [(False, "is no folder"), (True, "there is no notebook")])
def test_a_folder_without_notebooks_is_refused(tmp_path, make, said):
    folder = tmp_path / "in"
    if make:
        folder.mkdir()
    with pytest.raises(DataError, match=said):
        handed_in(folder)


def test_the_key_says_every_answer_and_what_each_hint_is_for(shop):
    told = []
    key = answer_key([(one, shop) for one in EXERCISES[:2]], read_seeds("7-8"), done=lambda *at: told.append(at))
    assert key.seed.tolist() == [7, 7, 8, 8]
    assert told[-1] == (4, 4)
    assert key.answer[0] == written(EXERCISES[0].task(shop, 7).answer)
    assert key.answer[1] == "left, stayed"
    assert key["typical mistakes"][1] == "left: There is another."
    assert key.tolerance.tolist()[:2] == ["± 0.5", "exact"]
    assert key.given[0].startswith("number = ")


def test_answers_are_written_for_people():
    assert [written(one) for one in (True, "a", 0.123456789, (1.0, 2.5), frozenset("ba"))] == [
        "True", "a", "0.123457", "1 and 2.5", "a, b",
    ]  # fmt: skip


def test_a_roster_is_read_with_its_names(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("student,seed,group\nزهرا,7,1\nBen ,8,2\n", encoding="utf-8-sig")
    assert read_roster(path) == (Student("زهرا", 7), Student("Ben", 8))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,seed\nAnn,7\n", "lacks student"),
        ("", "lacks student and seed"),
        ("student,seed\nAnn,7\nBen,x\nCy,7\n", r"(?s)row 3: seed 'x' is no whole.*row 4: seed 7 stands in row 2"),
        ("student,seed\nAnn\n", "row 2: seed '' is no whole"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused_with_all_its_faults(tmp_path, text, said):
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_roster(path)


def test_a_roster_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_roster(tmp_path / "roster.csv")


def test_seeds_are_read():
    assert [one.seed for one in read_seeds("3-5, 9,4")] == [3, 4, 5, 9]
    for text in ("", "a", "5-3", "1-", "-1"):
        with pytest.raises(ParameterError, match="--seeds takes numbers"):
            read_seeds(text)


def test_commands_of_an_instructor(tmp_path, capsys, monkeypatch, shop):
    monkeypatch.setattr("crmlab.classroom.all_exercises", lambda: EXERCISES)
    monkeypatch.setattr("crmlab.classroom.own_client", lambda _notebook: "cdnow")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["teach", "key"]) == 2
    assert "whose answers?" in capsys.readouterr().err
    assert cli.main(["teach", "key", "--seeds", "1-2"]) == 0
    assert len(pd.read_csv("key.csv")) == 6
    assert "the answers of 2 students to 3 exercises" in capsys.readouterr().out
    hand_in(tmp_path / "in", "=cmd.ipynb", *answered(shop, 7, right=(1,)))
    assert cli.main(["teach", "grade", "in"]) == 0
    book = pd.read_csv("gradebook.csv")
    assert book.files.tolist() == ["'=cmd.ipynb"]
    assert book.done.tolist() == [1]
    assert "1 notebook handed in, 1 student." in capsys.readouterr().out
