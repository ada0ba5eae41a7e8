import ast
import json

import pytest

from crmlab import lab
from crmlab.errors import ReportError


def parameter_source(path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))


def default_of(source: str, name: str):
    nodes = {ast.unparse(node.target): node.value for node in ast.parse(source).body if isinstance(node, ast.AnnAssign)}
    return ast.literal_eval(nodes[name])


def test_working_copies_name_the_client_and_spare_what_is_there(tmp_path):
    new, kept = lab.working_copies("cdnow-full", folder=tmp_path)
    assert kept == []
    assert {default_of(parameter_source(path), "client") for path in new} == {"cdnow-full"}
    new[0].write_text("mine")
    again, kept = lab.working_copies("cdnow-full", folder=tmp_path)
    assert again == []
    assert kept == new
    assert new[0].read_text() == "mine"


def test_only_the_client_changes():
    cell = {"metadata": {"tags": ["parameters"]}, "source": 'client: str = "cdnow"  # who "cdnow" is\nseed: int = 20\n'}
    content = {"cells": [cell, {"metadata": {}, "source": 'client: str = "cdnow"'}]}
    changed = lab.with_client(content, 'a "quoted" name')
    lines = changed["cells"][0]["source"]
    assert lines == ['client: str = "a \\"quoted\\" name"  # who "cdnow" is\n', "seed: int = 20\n"]
    assert changed["cells"][1] == content["cells"][1]
    assert cell["source"].startswith('client: str = "cdnow"')


def test_a_folder_that_cannot_be_written_is_a_readable_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportError, match="name another --folder"):
        lab.working_copies("cdnow", folder=tmp_path / "file" / "lab")


def test_students_get_blanks_and_instructors_the_solutions(tmp_path):
    lab.working_copies("cdnow", folder=tmp_path / "student")
    lab.working_copies("cdnow", folder=tmp_path / "instructor", solutions=True)
    cells = {
        who: {
            cell["id"]: "".join(cell["source"])
            for cell in json.loads((tmp_path / who / "02_pareto.ipynb").read_text("utf-8"))["cells"]
        }
        for who in ("student", "instructor")
    }
    assert cells["student"]["exercise-1-answer"].endswith('answer_1 = ...\ncheck("02.1", answer_1)')
    assert "norm.ppf" in cells["instructor"]["exercise-1-answer"]
    assert 'client: str = "cdnow"' in cells["student"]["parameters"]
