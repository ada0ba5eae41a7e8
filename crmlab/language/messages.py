"""Every message of the source, into the `.po` files of each language: `python -m crmlab.language.messages`.

Messages are found, not declared: literals given to `tr`, `trn` and `mark` in the package and in the notebooks' cells,
the notebooks' own text by the paragraph, their questions, the descriptions of their parameters, the templates, and
the headings and labels that a table shows where it was given none. Translations that are there are kept; what is
no longer in the source goes.
"""

import ast
import csv
import io
import json
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from crmlab.language import markdown
from crmlab.language.catalogue import ENDS, LANGUAGES, LOCALE, read

COMMON = "common"
"""The domain of what belongs to no one question, and of what several domains say."""

MARKDOWN = "markdown"
"""The comment beside a message that stands only in a notebook's text."""

DATA = {
    "datasets/definitions/definitions.csv": ("00_what_is_crm", ("wording", "whom", "said_by")),
    "datasets/claims.yaml": ("quoted", ("origin",)),
    "datasets/course/lessons.yaml": ("course", ("question", "objectives")),
    "datasets/course/concepts.csv": ("course", ("concept",)),
}
"""Data files whose texts are shown, each with its domain and the columns or keys that hold them."""

_FUNCTIONS = {"tr": (0,), "trn": (1, 2), "mark": (0,), "Rule": (0, 1)}  # which arguments are messages
_KEYWORDS = {"Table": ("name", "description")}  # and which keyword arguments, where they are given as literals
_KEYS = {"mark", "Rule"}  # of these, those that are kept as keys and shown with blanks for underscores
_TABLES = {"show_table", "ActionList"}
_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass(frozen=True)
class Message:
    """A text to translate, the domain it belongs to, and where it stands, as a path in the project."""

    text: str
    domain: str
    place: str
    is_markdown: bool = False  # braces in the text of a notebook are no placeholders


def messages(package: Path, notebooks: Path) -> list[Message]:
    """Every message of the source, in the order of files and, inside a file, of their places."""
    found: list[Message] = []
    for path in sorted(package.rglob("*.py")):
        place = f"crmlab/{path.relative_to(package).as_posix()}"
        found += [Message(text, _domain(place), place) for text in in_python(path.read_text("utf-8"), place)]
    for path in sorted(package.rglob("*.jinja")):
        place = f"crmlab/{path.relative_to(package).as_posix()}"
        found += [Message(text, _domain(place), place) for text in in_template(path)]
    for path in sorted(notebooks.glob("*.ipynb")):
        place = f"notebooks/{path.name}"
        found += [Message(text, path.stem, place, is_markdown) for text, is_markdown in in_notebook(path)]
    for name, (domain, keys) in DATA.items():
        shown = notebooks.parent / name
        if shown.is_file():
            found += [Message(text, domain, name) for text in in_data(shown, keys)]
    return found


def in_python(source: str, place: str) -> Iterator[str]:
    """The literals given to `tr`, `trn` and `mark`, and what rules and tables are called and say, in their order.

    Raises
    ------
    ValueError
        If one of them is not a literal, so that it could not be found: names the line.
    """
    for call in _calls(source):
        for argument in _FUNCTIONS.get(_name(call), ()):
            text = _literal(call.args[argument]) if argument < len(call.args) else None
            if text is None:
                raise ValueError(f"{place}, line {call.lineno}: {_name(call)} needs a literal text to be found by")
            is_key = _name(call) in _KEYS and " " not in text
            yield text.replace("_", " ") if is_key else text
        yield from _by_keyword(call)


def _by_keyword(call: ast.Call) -> Iterator[str]:
    wanted = _KEYWORDS.get(_name(call), ())
    for keyword in call.keywords:
        text = _literal(keyword.value) if keyword.arg in wanted else None
        if text is not None:
            yield text


def in_data(path: Path, keys: Sequence[str]) -> Iterator[str]:
    """The texts under these columns of a CSV file, or keys of a list in YAML, each once."""
    text = path.read_text(encoding="utf-8")
    rows = yaml.safe_load(text) if path.suffix == ".yaml" else list(csv.DictReader(io.StringIO(text)))
    held = [row[key] for key in keys for row in rows if key in row]
    yield from dict.fromkeys(text for one in held for text in (one if isinstance(one, list) else [one]))


def in_template(path: Path) -> Iterator[str]:
    """The messages of a template, each given to `_`."""
    with path.open("rb") as file:
        for _line, _function, text, _comments in babel_extract(file, ["_"], [], {"silent": "false"}):
            yield str(text[0] if isinstance(text, tuple) else text)


def in_notebook(path: Path) -> Iterator[tuple[str, bool]]:
    """The messages of a notebook and whether they are its text: that, its question, and those of its code."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    yield content["metadata"]["crmlab"]["question"], False
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield from ((text, True) for text in markdown.messages_of(source))
        elif cell["cell_type"] == "code":
            if "parameters" in cell["metadata"].get("tags", []):
                yield from ((text, False) for text in _descriptions(source))
            yield from ((text, False) for text in in_python(source, f"{path.name}, cell {cell['id']!r}"))
            yield from ((text, False) for text in _default_headings(source))


def update(locale: Path, package: Path, notebooks: Path) -> dict[Path, bytes]:
    """Content of each `.po` file below `locale`, brought up to date with the source; nothing is written."""
    found = messages(package, notebooks)
    files: dict[Path, bytes] = {}
    for language in (name for name in LANGUAGES if name != "en"):
        known = _known(locale / language)
        for domain, catalog in _catalogs(found, known).items():
            text = io.BytesIO()
            write_po(text, catalog, width=0, include_lineno=False, omit_header=True)
            header = _HEADER.format(language=language).encode()
            files[locale / language / f"{domain}.po"] = header + text.getvalue().rstrip(b"\n") + b"\n"
    return files


def main() -> int:
    """Write the files, remove those that are empty, and say how many messages wait for a translation."""
    package = LOCALE.parent
    files = update(LOCALE, package, package.parent / "notebooks")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        waiting = [one for one in read(path) if one.id and not one.string]
        sys.stdout.write(f"{path.parent.name}/{path.name}: {len(waiting)} of {len(read(path))} not translated\n")
    for language in (name for name in LANGUAGES if name != "en"):
        for path in set((LOCALE / language).glob("*.po")) - set(files):
            path.unlink()
    return 0


def _domain(place: str) -> str:
    """`analyses/X` and `figures/X` say what belongs to one question; the report and the data page have their own."""
    room, *inside = Path(place).with_suffix("").parts[1:]
    if room in ("analyses", "figures") and inside and inside[0] not in ("__init__", "style"):
        return inside[0]
    return room if room in ("models", "report", "data_page") else COMMON


def _catalogs(found: list[Message], known: dict[str, str]) -> dict[str, Catalog]:
    """One catalogue a domain; a text that several domains say is in `common` once."""
    domains: dict[str, set[str]] = {}
    places: dict[str, list[str]] = {}
    in_code: set[str] = set()
    for one in (one for one in found if one.text.strip()):
        domains.setdefault(one.text, set()).add(one.domain)
        places.setdefault(one.text, [])
        places[one.text] += [] if one.place in places[one.text] else [one.place]
        in_code |= set() if one.is_markdown else {one.text}
    catalogs: dict[str, Catalog] = {}
    for text, said_in in domains.items():
        domain = next(iter(said_in)) if len(said_in) == 1 else COMMON
        catalog = catalogs.setdefault(domain, Catalog())
        catalog.add(
            text,
            known.get(text, ""),
            locations=[(place, 0) for place in places[text]],
            auto_comments=[] if text in in_code else [MARKDOWN],
        )
    return dict(sorted(catalogs.items()))


def _known(folder: Path) -> dict[str, str]:
    return {str(one.id): str(one.string) for path in sorted(folder.glob("*.po")) for one in read(path) if one.string}


def _calls(source: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "language":
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _descriptions(source: str) -> Iterator[str]:
    """The comment beside each parameter."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("# ").strip()


def _default_headings(source: str) -> Iterator[str]:
    """Columns that a notebook names when it shows a table, and gives no heading of their own."""
    for call in (call for call in _calls(source) if _name(call) in _TABLES):
        given = {word.arg: word.value for word in call.keywords}
        own = _keys(given.get("headings"))
        chosen = [text for argument in call.args for node in ast.walk(argument) for text in _chosen_columns(node)]
        for name in dict.fromkeys([*chosen, *_keys(given.get("units"))]):
            if name not in own:
                yield ENDS.get(name, name).replace("_", " ")


def _keys(node: ast.expr | None) -> list[str]:
    """Keys of a dictionary, also of several joined with `|` or `**`, and of `dict.fromkeys([...])`."""
    if isinstance(node, ast.BinOp):
        return [*_keys(node.left), *_keys(node.right)]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict.fromkeys" and isinstance(node.args[0], ast.List):
        return [text for item in node.args[0].elts if (text := _literal(item))]
    if not isinstance(node, ast.Dict):
        return []
    pairs = zip(node.keys, node.values, strict=True)
    return [text for key, value in pairs for text in (_keys(value) if key is None else [_literal(key)]) if text]


def _chosen_columns(node: ast.AST) -> list[str]:
    """Columns picked with `table[[...]]`, and those of a table made on the spot."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.List):
        return [text for item in node.slice.elts if (text := _literal(item))]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pd.DataFrame" and node.args:
        return _keys(node.args[0])
    return []


if __name__ == "__main__":
    sys.exit(main())
