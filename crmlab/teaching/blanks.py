"""The notebooks students open: those of the suite with blanks where the solutions stand, built and never edited.

`python -m crmlab.teaching.blanks` writes `notebooks/exercises/`; a test holds that nobody edited it.
"""

import ast
import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.errors import CrmlabError, together

SOLUTION = "solution"
Cell = dict[str, Any]


def blank_notebooks() -> dict[str, str]:
    """The text of every exercise notebook, by file name: one for each notebook that has solutions.

    Raises
    ------
    CrmlabError
        With every cell tagged `solution` that cannot be left blank.
    """
    made = {one.path.name: json.loads(one.path.read_text(encoding="utf-8")) for one in suite.notebooks()}
    faults = [f"{name}: {fault}" for name, content in made.items() for fault in problems(content)]
    if faults:
        raise CrmlabError(together("these solutions cannot be left blank:", faults))
    return {name: _text(blank(content)) for name, content in made.items() if solutions(content)}


def solutions(content: dict[str, Any]) -> list[Cell]:
    """The cells of a notebook that hold a solution."""
    return [cell for cell in content["cells"] if SOLUTION in cell["metadata"].get("tags", [])]


def blank(content: dict[str, Any]) -> dict[str, Any]:
    """A copy of a notebook in which three dots stand for each solution."""
    made = copy.deepcopy(content)
    for cell in solutions(made):
        cell["source"] = _blank_source("".join(cell["source"])).splitlines(keepends=True)
    return made


def problems(content: dict[str, Any]) -> list[str]:
    """What is wrong with a notebook's solutions: their last line, or a name that another cell needs."""
    faults = [f"cell {cell['id']!r}: {fault}" for cell in solutions(content) for fault in _faults(cell)]
    own = {id(cell) for cell in solutions(content)}
    made = {name for cell in solutions(content) for name in _made(cell)}
    others = [cell for cell in content["cells"] if cell["cell_type"] == "code" and id(cell) not in own]
    for cell in others:
        needed = sorted(made & (_names(cell, ast.Load) - _names(cell, ast.Store)))
        faults += [f"cell {cell['id']!r} needs {name!r}, which a solution makes" for name in needed]
    return faults


def write(folder: Path) -> list[Path]:
    """Write the exercise notebooks to `folder` and remove those whose notebook has no solutions any more."""
    wanted = blank_notebooks()
    folder.mkdir(exist_ok=True)
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    for stale in {path.name for path in folder.glob("*.ipynb")} - set(wanted):
        (folder / stale).unlink()
    return [folder / name for name in wanted]


def _blank_source(source: str) -> str:
    """The leading comments of a solution, its last line, and the name which that line hands over, left blank."""
    comments = list(_leading_comments(source))
    last = ast.parse(source).body[-1]
    kept = ast.get_source_segment(source, last)
    return "\n".join([*comments, f"{_handed_over(last)} = ...", str(kept)])


def _leading_comments(source: str) -> Iterator[str]:
    for line in source.splitlines():
        if not line.startswith("#"):
            return
        yield line


def _handed_over(statement: ast.stmt) -> str:
    """The name that is the last argument of the call; empty where `statement` is no such call."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    last = call.args[-1] if isinstance(call, ast.Call) and call.args else None
    return last.id if isinstance(last, ast.Name) else ""


def _faults(cell: Cell) -> list[str]:
    if "teaching" not in cell["metadata"]["tags"]:
        return ["it is not tagged teaching"]
    body = ast.parse("".join(cell["source"])).body
    handed = _handed_over(body[-1]) if body else ""
    if not handed:
        return ["its last line is no call whose last argument is a name, such as check('05.1', answer_1)"]
    return [] if handed in _made(cell) else [f"it hands over {handed!r}, which it does not make"]


def _made(cell: Cell) -> set[str]:
    """The names that a cell leaves behind: those of comprehensions are gone with them."""
    tree = ast.parse("".join(cell["source"]))
    passing = [node.target for node in ast.walk(tree) if isinstance(node, ast.comprehension)]
    gone = {node.id for target in passing for node in ast.walk(target) if isinstance(node, ast.Name)}
    return _names(cell, ast.Store) - gone


def _names(cell: Cell, kind: type[ast.expr_context]) -> set[str]:
    tree = ast.parse("".join(cell["source"]))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    places = write(suite.exercises_folder())
    sys.stderr.write(f"{len(places)} exercise notebooks written.\n")
