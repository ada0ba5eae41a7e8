"""The direction of dependence, read from the imports themselves."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "crmlab"

# A module imports only from rooms that stand before its own. Rooms on one line do not import each other.
LAYERS = [
    {"errors", "startup"},
    {"language"},
    {"estimate", "suite"},
    {"resamples", "shares", "trials"},
    {"simulate"},
    {"tables"},
    {"datasets"},
    {"brand"},
    {"client_file"},
    {"client"},
    {"summary"},
    {"models"},
    {"analyses"},
    {"display"},
    {"figures", "findings", "panel", "quoted"},
    {"gates"},
    {"data_page", "intake"},
    {"company"},
    {"teaching"},
    {"report"},
    {"terminal"},
    {"batches", "classroom", "console", "lab"},
    {"cli"},
]
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}

DRAWING_AND_RUNNING = {"matplotlib", "seaborn", "papermill", "nbconvert", "nbclient", "IPython"}
FORBIDDEN = {
    "analyses": DRAWING_AND_RUNNING,
    "tables": DRAWING_AND_RUNNING,
    "summary": DRAWING_AND_RUNNING,
    "models": DRAWING_AND_RUNNING | {"ibis", "duckdb"},
    "data_page": DRAWING_AND_RUNNING,
    "intake": DRAWING_AND_RUNNING,
    "simulate": DRAWING_AND_RUNNING | {"ibis", "duckdb"},
}
NOWHERE = {"lifetimes"}  # a reference for tests and benchmarks


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(source: str) -> set[str]:
    inside = [name.split(".") for name in imported(source) if name.split(".")[0] == "crmlab"]
    return {parts[1] for parts in inside if len(parts) > 1 and parts[1] in RANK}


def breaches(room: str, source: str) -> list[str]:
    """What `source`, standing in `room`, imports against the rules."""
    found = [
        f"{room} imports {other}" for other in rooms_imported(source) if other != room and RANK[other] >= RANK[room]
    ]
    outside = {name.split(".")[0] for name in imported(source)}
    found += [f"{room} imports {name}" for name in outside & (FORBIDDEN.get(room, set()) | NOWHERE)]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_rooms_before_its_own(path):
    if path == PACKAGE / "__init__.py":
        assert imported(path.read_text()) == set(), "the package's first file imports nothing"
        return
    assert room_of(path) in RANK, f"{path.name} stands in a room that LAYERS does not name"
    assert breaches(room_of(path), path.read_text()) == []


@pytest.mark.parametrize("folder", ["analyses", "figures"])
def test_modules_of_a_room_of_questions_do_not_import_each_other(folder):
    names = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {
        "__init__",
        "style",
        "heatmap",
        "ticks",
        "amounts",
    }
    for name in names:
        reached = {
            imp.split(".")[2]
            for imp in imported((PACKAGE / folder / f"{name}.py").read_text())
            if imp.startswith(f"crmlab.{folder}.")
        }
        assert reached & (names - {name}) == set()


def test_the_rules_catch_a_breach():
    assert breaches("analyses", "from crmlab.report.run import run_notebook") == ["analyses imports report"]
    assert breaches("analyses", "import matplotlib.pyplot as plt") == ["analyses imports matplotlib"]
    assert breaches("figures", "from crmlab import findings") == ["figures imports findings"]
    assert breaches("report", "import lifetimes") == ["report imports lifetimes"]
    assert breaches("cli", "from crmlab.client import Client") == []


# Where the truth behind made data may be spoken of: where it is made, and where it is taught with.
KNOWS_THE_TRUTH = {"company", "simulate", "teaching"}


def readings_of_truth(source: str) -> list[str]:
    """Where `source` reaches for the truth: an attribute of that name, its folder, or the constant that names it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "truth":
            found.append(f"line {node.lineno}: .truth")
        if isinstance(node, ast.Name) and node.id == "TRUTH_FOLDER":
            found.append(f"line {node.lineno}: TRUTH_FOLDER")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "truth" in node.value.split("/"):
            found.append(f"line {node.lineno}: {node.value!r}")
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_reads_the_truth_but_those_that_make_it(path):
    assert room_of(path) in KNOWS_THE_TRUTH or not readings_of_truth(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source", ["made.truth['customers']", "folder / 'truth'", "open('negin/truth/people.parquet')", "a / TRUTH_FOLDER"]
)
def test_reading_the_truth_is_found(source):
    assert readings_of_truth(source)


def test_a_word_is_no_reading():
    assert readings_of_truth("say('The truth is planted.')") == []
