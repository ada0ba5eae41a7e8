"""What every notebook of the suite must look like, as a check that names each fault.

`problems(notebook)` returns one sentence a fault; an empty list is a clean notebook.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

Notebook = dict[str, Any]
Rule = Callable[[Notebook], Iterator[str]]

MOST_LINES, MEDIAN_LINES = 15, 5
LEAST_WORDS, MOST_WORDS = 900, 2000
METADATA = {"id": str, "question": str, "needs": dict, "gates": dict}
OPTIONAL = {"horizon_days"}  # how far the notebook looks; the gate history_horizons counts in it
COMMON_PARAMETERS = ("client", "language", "view", "seed")

CELL_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MACHINE_ID = re.compile(r"[0-9a-f]{8,}")
INSTALL = re.compile(r"^\s*[!%]\s*(pip|conda|mamba|uv)\b", re.MULTILINE)
ABSOLUTE_PATH = re.compile(r"""["'(\s](/(home|Users|root|tmp|work|mnt|opt|var|etc|content|data)/|[A-Za-z]:[\\/])""")
SILENCED = re.compile(r"filterwarnings|simplefilter|catch_warnings|captured_output|%%capture")
TEX = re.compile(r"\$\$|\\\(|\\\[|\\begin\{|\\(frac|sum|alpha|beta|mu|sigma|hat|bar)\b|\$[^$\n]*[\\^_{][^$\n]*\$")


def read(path: Path) -> Notebook:
    """The notebook at `path` as the JSON it is."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def problems(notebook: Notebook) -> list[str]:
    """Every fault of the notebook, in the order of the rules."""
    return [fault for rule in RULES for fault in rule(notebook)]


def source(cell: dict[str, Any]) -> str:
    """The text of a cell, however it is stored."""
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """The code cells."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def markdown_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """The markdown cells."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def tagged(notebook: Notebook, tag: str) -> list[dict[str, Any]]:
    """The cells with `tag`."""
    return [cell for cell in notebook["cells"] if tag in cell["metadata"].get("tags", [])]


def outputs_are_stripped(notebook: Notebook) -> Iterator[str]:
    """No outputs and no counts: a notebook in the repository has not been run."""
    for cell in code_cells(notebook):
        if cell["outputs"]:
            yield f"cell {cell['id']!r} has outputs; strip them"
        if cell["execution_count"] is not None:
            yield f"cell {cell['id']!r} has an execution count; strip it"


def cell_ids_are_readable(notebook: Notebook) -> Iterator[str]:
    """Ids are words, fixed and unique, so that a diff or an error can name a cell."""
    ids = [cell.get("id", "") for cell in notebook["cells"]]
    for cell_id in ids:
        if not CELL_ID.fullmatch(cell_id) or MACHINE_ID.fullmatch(cell_id):
            yield f"cell id {cell_id!r} is not a readable slug such as 'open-client'"
    for cell_id in sorted({cell_id for cell_id in ids if ids.count(cell_id) > 1}):
        yield f"cell id {cell_id!r} stands twice"


def metadata_is_complete(notebook: Notebook) -> Iterator[str]:
    """`metadata.crmlab` says what the runner needs to know, and the kernel is python3."""
    about = notebook["metadata"].get("crmlab", {})
    for name, kind in METADATA.items():
        if not isinstance(about.get(name), kind) or not about[name]:
            yield f"metadata.crmlab.{name} is missing, empty or no {kind.__name__}"
    if unknown := sorted(set(about) - set(METADATA) - OPTIONAL):
        yield f"metadata.crmlab has the unknown keys {unknown}"
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        yield "the kernelspec is not python3"


def title_is_the_question(notebook: Notebook) -> Iterator[str]:
    """The first cell is a heading, a question, and the one the metadata has."""
    first = notebook["cells"][0]
    title = source(first).strip()
    if first["cell_type"] != "markdown" or not title.startswith("# ") or not title.endswith("?"):
        yield f"the first cell is not a title that asks a question: {title[:60]!r}"
    elif title.removeprefix("# ") != notebook["metadata"].get("crmlab", {}).get("question"):
        yield "the title is not metadata.crmlab.question"


def parameters_are_annotated(notebook: Notebook) -> Iterator[str]:
    """One parameters cell, after one setup cell; each line annotated, with a default and a comment."""
    cells = tagged(notebook, "parameters")
    if len(cells) != 1:
        yield f"{len(cells)} cells are tagged parameters; there is to be one"
        return
    code = code_cells(notebook)
    position = code.index(cells[0])
    if position == 0 or "setup" not in code[position - 1]["metadata"].get("tags", []):
        yield "the code cell before the parameters is not tagged setup"
    lines = source(cells[0]).splitlines()
    names = []
    for statement in ast.parse(source(cells[0])).body:
        line = lines[statement.lineno - 1]
        if not isinstance(statement, ast.AnnAssign) or statement.value is None:
            yield f"the parameter line {line!r} is no annotated assignment"
        elif "  # " not in line:
            yield f"the parameter line {line!r} has no comment"
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.append(statement.target.id)
    if tuple(names[: len(COMMON_PARAMETERS)]) != COMMON_PARAMETERS:
        yield f"the first parameters are {names[:4]}, not {list(COMMON_PARAMETERS)}"


def cells_are_small(notebook: Notebook) -> Iterator[str]:
    """Logic lives in the package."""
    counts = {cell["id"]: _lines(cell) for cell in code_cells(notebook)}
    for cell_id, count in counts.items():
        if count > MOST_LINES:
            yield f"cell {cell_id!r} has {count} lines; at most {MOST_LINES}"
    if counts and median(counts.values()) > MEDIAN_LINES:
        yield f"the median code cell has {median(counts.values()):g} lines; at most {MEDIAN_LINES}"


def prose_has_a_readable_length(notebook: Notebook) -> Iterator[str]:
    """Enough to teach, short enough to be read; the questions of the exercises are not counted."""
    told = [source(cell) for cell in markdown_cells(notebook) if not cell.get("id", "").startswith("exercise")]
    words = sum(len(re.findall(r"\w[\w’'-]*", text)) for text in told)
    if not LEAST_WORDS <= words <= MOST_WORDS:
        yield f"the prose has {words} words; between {LEAST_WORDS} and {MOST_WORDS} are readable"


def nothing_is_installed_or_silenced(notebook: Notebook) -> Iterator[str]:
    """No installation, no path of one machine, no hidden warning."""
    for cell in code_cells(notebook):
        for pattern, fault in (
            (INSTALL, "installs packages"),
            (ABSOLUTE_PATH, "has an absolute path"),
            (SILENCED, "silences warnings"),
        ):
            if pattern.search(f" {source(cell)}"):
                yield f"cell {cell['id']!r} {fault}"


def prose_is_without_tex(notebook: Notebook) -> Iterator[str]:
    """Reports open offline and set no mathematics: formulas are words or Unicode."""
    for cell in markdown_cells(notebook):
        if TEX.search(source(cell)):
            yield f"cell {cell['id']!r} has TeX mathematics; write it in words or Unicode"


RULES: tuple[Rule, ...] = (
    outputs_are_stripped,
    cell_ids_are_readable,
    metadata_is_complete,
    title_is_the_question,
    parameters_are_annotated,
    cells_are_small,
    prose_has_a_readable_length,
    nothing_is_installed_or_silenced,
    prose_is_without_tex,
)


def _lines(cell: dict[str, Any]) -> int:
    return sum(1 for line in source(cell).splitlines() if line.strip())
