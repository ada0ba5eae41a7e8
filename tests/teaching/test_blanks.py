import copy
import json

import pytest

from crmlab import suite
from crmlab.errors import CrmlabError
from crmlab.teaching import blanks


def code(cell_id, source, *tags):
    return {"cell_type": "code", "id": cell_id, "metadata": {"tags": list(tags)}, "source": source.splitlines(True)}


SOLUTION = """# Each year loses a share of those still there.
# Nothing else is needed.
kept = (1 - one["lost"]) ** (1 / one["years"])
answer_1 = 1 - kept
check("05.1", answer_1)"""
NOTEBOOK = {
    "cells": [
        code("given", 'one = task("05.1")\none', "teaching"),
        code("answer", SOLUTION, "teaching", "solution"),
        code("worlds", "conclusion = {}\nworlds.commit(conclusion)", "teaching", "solution"),
    ]
}


def test_three_dots_stand_for_the_solution_and_comments_stay():
    before = copy.deepcopy(NOTEBOOK)
    made = blanks.blank(NOTEBOOK)
    assert before == NOTEBOOK
    assert made["cells"][0] == NOTEBOOK["cells"][0]
    assert "".join(made["cells"][1]["source"]) == (
        "# Each year loses a share of those still there.\n"
        "# Nothing else is needed.\n"
        'answer_1 = ...\ncheck("05.1", answer_1)'
    )
    assert "".join(made["cells"][2]["source"]) == "conclusion = ...\nworlds.commit(conclusion)"
    assert blanks.problems(NOTEBOOK) == []


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (code("answer", "answer_1 = 1\nanswer_1", "teaching", "solution"), "its last line is no call"),
        (code("answer", "check('05.1', 1)", "teaching", "solution"), "its last line is no call"),
        (code("answer", "", "teaching", "solution"), "its last line is no call"),
        (code("answer", "check('05.1', one)", "teaching", "solution"), "hands over 'one', which it does not make"),
        (code("answer", "one = 1\ncheck('05.1', one)", "solution"), "is not tagged teaching"),
        (code("later", "print(answer_1)", "teaching"), "cell 'later' needs 'answer_1', which a solution makes"),
    ],
)
def test_a_solution_that_cannot_be_left_blank_is_found(cell, said):
    content = {"cells": [*NOTEBOOK["cells"][:2], cell]}
    assert any(said in fault for fault in blanks.problems(content))


def test_names_of_comprehensions_are_nobodys():
    one = code("answer", "answer_1 = [name for name in 'ab']\ncheck('05.1', answer_1)", "teaching", "solution")
    other = code("later", "name = 1\nname + len([found for found in 'a'])", "teaching")
    assert blanks.problems({"cells": [one, other]}) == []


def test_all_faults_are_told_at_once(monkeypatch, tmp_path):
    bad = {"cells": [code("answer", "1", "teaching", "solution")], "metadata": {}}
    paths = [tmp_path / "97_bad.ipynb", tmp_path / "98_bad.ipynb"]
    for path in paths:
        path.write_text(json.dumps(bad))
    monkeypatch.setattr(suite, "notebooks", lambda: [suite.Notebook(one.stem, one, "", {}, {}) for one in paths])
    with pytest.raises(CrmlabError, match=r"(?s)97_bad\.ipynb: cell 'answer'.*98_bad\.ipynb: cell 'answer'"):
        blanks.blank_notebooks()


def test_exercise_notebooks_are_what_the_notebooks_give():
    folder = suite.exercises_folder()
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.ipynb")} == blanks.blank_notebooks()


def test_writing_removes_what_has_no_solutions_any_more(tmp_path):
    stale = tmp_path / "97_gone.ipynb"
    stale.write_text("{}")
    assert {path.name for path in blanks.write(tmp_path)} == set(blanks.blank_notebooks())
    assert not stale.exists()
