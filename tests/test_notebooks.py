"""Every notebook of the suite keeps the rules, and each rule catches a notebook that breaks it."""

import ast
import copy
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crmlab import suite


def _beside(name: str) -> ModuleType:
    """The module `name` of this folder, which pytest's import mode does not put on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hygiene = _beside("hygiene")

QUESTION = "Is anybody there?"


def markdown(cell_id: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": text}


def code(cell_id: str, text: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {"tags": list(tags)},
        "source": text,
        "outputs": [],
        "execution_count": None,
    }


PARAMETERS = """client: str = "cdnow"  # a client
language: Literal["en"] = "en"  # language
view: Literal["client", "teaching"] = "teaching"  # view
seed: int = 20  # seed"""

CLEAN: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {"name": "python3"},
        "crmlab": {
            "id": "99",
            "question": QUESTION,
            "needs": {"transactions": ["customer_id"]},
            "gates": {"customers": 100},
        },
    },
    "cells": [
        markdown("title", f"# {QUESTION}"),
        markdown("prose", "word " * 1000 + "It costs $5, or $6 with 20 % on top; a/b and r² are fine."),
        code("setup", "import numpy as np", "setup"),
        code("parameters", PARAMETERS, "parameters"),
        code("look", "1 + 1\n\n2 + 2"),
    ],
}


@pytest.mark.parametrize("notebook", suite.notebooks(), ids=lambda notebook: notebook.name)
def test_notebooks_of_the_suite_are_clean(notebook: suite.Notebook) -> None:
    assert hygiene.problems(hygiene.read(notebook.path)) == []


@pytest.mark.parametrize("notebook", suite.notebooks(), ids=lambda notebook: notebook.name)
def test_the_id_is_the_number_in_the_file_name(notebook: suite.Notebook) -> None:
    assert hygiene.read(notebook.path)["metadata"]["crmlab"]["id"] == notebook.number


@pytest.mark.parametrize("notebook", suite.notebooks(), ids=lambda notebook: notebook.name)
def test_cells_without_the_teaching_ones_stand_alone(notebook: suite.Notebook) -> None:
    """The client view leaves teaching cells out: no other cell may need a name that is made only in them."""
    cells = hygiene.read(notebook.path)["cells"]
    made: dict[bool, set[str]] = {True: set(), False: set()}
    used: set[str] = set()
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        teaching = "teaching" in cell["metadata"].get("tags", [])
        for node in ast.walk(ast.parse(hygiene.source(cell))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                made[teaching].add(node.id)
            elif isinstance(node, ast.alias):
                made[teaching].add(node.asname or node.name.split(".")[0])
            elif isinstance(node, ast.Name) and not teaching:
                used.add(node.id)
    assert used & (made[True] - made[False]) == set()


def test_the_clean_notebook_is_clean() -> None:
    assert hygiene.problems(CLEAN) == []


Spoil = Callable[[dict[str, Any]], object]


def cell(notebook: dict[str, Any], cell_id: str) -> dict[str, Any]:
    return next(found for found in notebook["cells"] if found["id"] == cell_id)


def writes(cell_id: str, text: str) -> Spoil:
    return lambda notebook: cell(notebook, cell_id).update(source=text)


BAD: dict[str, tuple[Spoil, str]] = {
    "outputs": (lambda n: cell(n, "look").update(outputs=[{"output_type": "stream"}]), "has outputs"),
    "count": (lambda n: cell(n, "look").update(execution_count=3), "execution count"),
    "machine id": (lambda n: cell(n, "look").update(id="a1b2c3d4"), "not a readable slug"),
    "id with blanks": (lambda n: cell(n, "look").update(id="A look"), "not a readable slug"),
    "no id": (lambda n: cell(n, "look").pop("id") and n["cells"][-1].update(id=""), "not a readable slug"),
    "id twice": (lambda n: cell(n, "look").update(id="prose"), "stands twice"),
    "no metadata": (lambda n: n["metadata"].pop("crmlab"), "metadata.crmlab.id"),
    "no gates": (lambda n: n["metadata"]["crmlab"].pop("gates"), "metadata.crmlab.gates"),
    "needs of the wrong type": (lambda n: n["metadata"]["crmlab"].update(needs=["transactions"]), "no dict"),
    "unknown metadata": (lambda n: n["metadata"]["crmlab"].update(gate={}), "unknown keys"),
    "another kernel": (lambda n: n["metadata"]["kernelspec"].update(name="mine"), "kernelspec"),
    "no question": (writes("title", "# Concentration"), "asks a question"),
    "another question": (writes("title", "# Who is there?"), "not metadata.crmlab.question"),
    "no parameters": (lambda n: cell(n, "parameters").update(metadata={}), "0 cells are tagged parameters"),
    "two parameters": (lambda n: cell(n, "look").update(metadata={"tags": ["parameters"]}), "2 cells are tagged"),
    "no setup": (lambda n: cell(n, "setup").update(metadata={}), "not tagged setup"),
    "bare parameter": (writes("parameters", PARAMETERS + "\nshare = 0.2  # top"), "no annotated assignment"),
    "no default": (writes("parameters", PARAMETERS + "\nshare: float  # top"), "no annotated assignment"),
    "no comment": (writes("parameters", PARAMETERS + "\nshare: float = 0.2"), "has no comment"),
    "common parameters": (writes("parameters", "share: float = 0.2  # top"), "the first parameters are"),
    "long cell": (writes("look", "x = 1\n" * 16), "has 16 lines"),
    "long median": (
        lambda n: [cell(n, name).update(source="import numpy as np\n" * 6) for name in ("setup", "look")],
        "median code cell has 6",
    ),
    "little prose": (writes("prose", "word " * 800), "words"),
    "much prose": (writes("prose", "word " * 2100), "words"),
    "pip": (writes("look", "!pip install pandas"), "installs packages"),
    "magic pip": (writes("look", "%pip install pandas"), "installs packages"),
    "home path": (writes("look", 'open("/home/ann/sales.csv")'), "absolute path"),
    "drive path": (writes("look", "open(r'C:\\sales.csv')"), "absolute path"),
    "silenced warnings": (writes("look", "import warnings\nwarnings.simplefilter('ignore')"), "silences warnings"),
    "captured": (writes("look", "%%capture\n1 + 1"), "silences warnings"),
    "display maths": (writes("prose", "word " * 1000 + "$$ x $$"), "TeX"),
    "inline maths": (writes("prose", "word " * 1000 + r"the mean $\mu$"), "TeX"),
    "a power": (writes("prose", "word " * 1000 + "that is $x^2$"), "TeX"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_notebook_is_caught(name: str) -> None:
    spoil, fault = BAD[name]
    bad = copy.deepcopy(CLEAN)
    spoil(bad)
    found = hygiene.problems(bad)
    assert any(fault in problem for problem in found), found
