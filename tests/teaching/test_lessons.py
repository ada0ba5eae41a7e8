"""Every notebook as a student's lesson: solutions pass, blanks do not, the worlds are told only after a conclusion."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from crmlab import cli, figures, suite
from crmlab.teaching import blanks
from crmlab.teaching.exercise import exercises_of
from crmlab.teaching.session import CHECK_MIME, Verdict
from tests.in_process import value_of

GATHERING = "90"
LESSONS = [one for one in suite.notebooks() if exercises_of(one.number) and one.number != GATHERING]
# Two more ways to run each lesson, beside its own: parameters that change what it computes.
SETTINGS: dict[str, list[list[str]]] = {
    "00": [["min_buyers=9000"], ["level=0.8"]],
    "02": [["top_share=0.1", "base=all"], ["windows=[2, 5]", "period_months=3"]],
    "03": [["costing=recorded", "tiers=5"], ["period_months=6", "most_cut=0.2"]],
    "04": [["period_months=3", "n_bins=5"], ["active_days=60", "lapsed_days=240"]],
    "05": [["cohort=quarter", "churn_gap_days=90"], ["period_months=3", "own_quantile=0.8"]],
    "06": [["model=MBG/NBD", "time_unit=month"], ["horizon_months=24", "margin_rate=0.3"]],
    "08": [["setting=purchases", "window_days=60"], ["features=history", "capacity=50", "horizon_days=180"]],
    "11": [["min_support=0.003", "fdr=0.1"], ["top_n=5", "days=120", "trial=K10"]],
    "12": [["test=K04", "looks=3"], ["worthwhile=0.05", "level=0.9", "before_days=180"]],
    "13": [["lapsed_days=180", "horizon_days=730", "depth=0.5"], ["contact_cost=0", "offer_cost=0", "capacity=20"]],
    "14": [["hhi_cut=0.4", "level=0.9"], ["drop=2", "discount_rate_per_year=0.2"]],
    "16": [["base_months=6", "worth=0.1"], ["margin=0.02", "newcomer_days=90", "level=0.9"]],
    "21": [["carries=2", "sure=0.9"], ["level=0.9", "times=3"]],
}


def client_of(notebook: suite.Notebook) -> str:
    cells = json.loads(notebook.path.read_text("utf-8"))["cells"]
    source = next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    return "negin" if '= "negin"' in source else "cdnow"


def cells_of(out: Path, notebook: suite.Notebook) -> list[dict[str, Any]]:
    (made,) = out.glob(f"*/{notebook.name}-*/notebook.ipynb")
    cells: list[dict[str, Any]] = json.loads(made.read_text("utf-8"))["cells"]
    return cells


def checks(cells: list[dict[str, Any]]) -> dict[str, bool]:
    """Whether each exercise that was checked was right."""
    found = [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    records = [data[CHECK_MIME] for data in found if CHECK_MIME in data]
    assert len(records) == len({one["exercise"] for one in records})
    return {one["exercise"]: one["right"] for one in records}


def said(cells: list[dict[str, Any]]) -> str:
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "\n".join("".join(output.get("data", {}).get("text/plain", "")) for output in outputs)


def run(notebook: suite.Notebook, out: Path, *settings: str) -> list[dict[str, Any]]:
    given = [word for setting in settings for word in ("--set", setting)]
    options = ["--view", "teaching", "--quiet", "--out", str(out)]
    assert cli.main(["run", client_of(notebook), notebook.number, *options, *given]) == 0
    (folder,) = out.glob(f"*/{notebook.name}-*")
    assert json.loads((folder / "findings.json").read_text("utf-8"))["status"] == "done"
    return cells_of(out, notebook)


def test_every_notebook_is_a_lesson():
    assert {one.number for one in suite.notebooks() if exercises_of(one.number)} == {
        one.number for one in suite.notebooks()
    }
    assert set(SETTINGS) == {one.number for one in LESSONS}


@pytest.mark.parametrize("notebook", LESSONS, ids=lambda one: one.number)
def test_solutions_pass_and_every_output_can_be_shown(notebook, monkeypatch):
    monkeypatch.setattr(figures, "show", lambda _drawn: plt.close("all"))
    told = outputs_in_process(notebook)
    right = {one.record["exercise"]: one.record["right"] for one in told if isinstance(one, Verdict)}
    assert right == {one.id: True for one in exercises_of(notebook.number)}
    shown = "\n".join(map(repr, told))
    assert "World A has" in shown
    assert "First commit yourself" not in shown


def outputs_in_process(notebook: suite.Notebook) -> list[Any]:
    """What each cell of the teaching view comes to, made into what a page would show."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = json.loads(notebook.path.read_text("utf-8"))["cells"]
    told = [value_of(cell, names) for cell in cells if cell["cell_type"] == "code"]
    for one in told:
        for form in ("_repr_mimebundle_", "_repr_html_", "_repr_markdown_"):
            getattr(one, form, lambda: None)()
    return told


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20, 7])
@pytest.mark.parametrize("notebook", LESSONS, ids=lambda one: one.number)
def test_solutions_pass_and_the_truth_is_told(notebook, seed, tmp_path):
    cells = run(notebook, tmp_path, f"seed={seed}")
    assert checks(cells) == {one.id: True for one in exercises_of(notebook.number)}
    assert "World A has" in said(cells)
    assert "First commit yourself" not in said(cells)


@pytest.mark.slow
@pytest.mark.parametrize("notebook", LESSONS, ids=lambda one: one.number)
@pytest.mark.parametrize("which", [0, 1])
def test_other_parameters_do_not_change_what_solutions_are(notebook, which, tmp_path):
    cells = run(notebook, tmp_path, *SETTINGS[notebook.number][which])
    assert checks(cells) == {one.id: True for one in exercises_of(notebook.number)}


@pytest.mark.slow
@pytest.mark.parametrize("notebook", LESSONS, ids=lambda one: one.number)
def test_blanks_do_not_pass_and_keep_the_truth(notebook, tmp_path, monkeypatch):
    folder = tmp_path / "blank"
    folder.mkdir()
    path = folder / notebook.path.name
    path.write_text(blanks.blank_notebooks()[path.name], encoding="utf-8")
    left = suite.Notebook(notebook.name, path, notebook.question, notebook.needs, notebook.gates, notebook.horizon_days)
    monkeypatch.setattr(suite, "notebook", lambda _name: left)
    cells = run(left, tmp_path / "out")
    assert checks(cells) == {one.id: False for one in exercises_of(notebook.number)}
    assert "First commit yourself" in said(cells)
    assert "World A has" not in said(cells)


@pytest.mark.slow
def test_the_report_is_a_lesson_too(tmp_path):
    options = ["--view", "teaching", "--quiet", "--out", str(tmp_path)]
    assert cli.main(["report", "cdnow", *options]) == 0
    cells = cells_of(tmp_path, suite.notebook(GATHERING))
    assert checks(cells) == {one.id: True for one in exercises_of(GATHERING)}
    assert "World A has" in said(cells)
