"""What a notebook may be told: its parameters cell, read without running it, and the check of what was given.

papermill infers types by a regular expression and enforces nothing, so everything is decided here, before
anything starts: names, types and constraints, all problems in one message.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal

import annotated_types
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from crmlab.errors import ParameterError, nearest, together

OF_THE_COMMAND = ("client", "language", "view", "reports")
"""Parameters that the command sets by arguments of their own; `reports` is the folder of `--out`."""

_TYPES: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
}
_CONSTRAINTS: dict[str, Any] = {
    "Field": Field,
    **{name: getattr(annotated_types, name) for name in ("Ge", "Gt", "Le", "Lt", "Len", "MinLen", "MaxLen")},
}
_CONSTRAINT_WORDS = {
    "ge": "at least",
    "gt": "above",
    "le": "at most",
    "lt": "below",
    "minlen": "length at least",
    "maxlen": "length at most",
    "min_length": "length at least",
    "max_length": "length at most",
    "len": "length",
    "pattern": "matching",
}
_STRICT = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: `name: annotation = default  # description`.

    `kind` is the Python type the annotation stands for; `allowed` says it in words.
    """

    name: str
    annotation: str
    kind: Any
    default: Any
    description: str
    allowed: str


def declared(notebook: Path) -> tuple[Parameter, ...]:
    """The parameters of the notebook at `notebook`, in the order of its parameters cell.

    Raises
    ------
    ParameterError
        If the cell is missing, has a line that is no annotated assignment of a constant, an annotation that is
        not understood, or a default that breaks its own annotation.
    """
    source = _parameters_cell(notebook)
    comments = _comments(source)
    read, problems = [], []
    for line in ast.parse(source).body:
        try:
            read.append(_parameter(line, comments))
        except (ValueError, TypeError, KeyError) as cause:
            problems.append(f"line {line.lineno}, {ast.get_source_segment(source, line)!r}: {cause}")
    problems += [text for one in read if (text := _problem(one, one.default))]
    if problems:
        raise ParameterError(together(f"the parameters cell of {notebook.name} cannot be read:", problems))
    return tuple(read)


def check(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of the notebook with its value: the one in `given`, or the default.

    Raises
    ------
    ParameterError
        With every unknown name and every value of the wrong type at once, and the list of known parameters.
    """
    known = {parameter.name: parameter for parameter in declared(notebook)}
    if problems := faults(known, given):
        heading = f"{notebook.stem} cannot run with these parameters:"
        raise ParameterError(f"{together(heading, problems)}\n{_known(known)}")
    values: BaseModel = _model(known)(**given)
    return values.model_dump()


def faults(known: Mapping[str, Parameter], given: Mapping[str, Any]) -> list[str]:
    """A sentence for every name in `given` that is not in `known` and every value that its parameter cannot take."""
    unknown = [f"{name!r} is not a parameter{nearest(name, known)}" for name in given if name not in known]
    return unknown + [text for name in given if name in known and (text := _problem(known[name], given[name]))]


def from_settings(notebook: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    """The values of `--set name=text` options, each text read as YAML in the way its parameter allows.

    A parameter that takes text takes the words as they stand, so that `--set start=1997-01-01` is text there and
    not a date. Names that are not known are kept, for `check` to refuse.

    Raises
    ------
    ParameterError
        If a name is one the command sets itself.
    """
    known = {parameter.name: parameter for parameter in declared(notebook)}
    taken = [name for name in settings if name in OF_THE_COMMAND]
    if taken:
        problems = [f"{name!r} is set by the command, not by --set" for name in taken]
        raise ParameterError(together(f"{notebook.stem} cannot run with these parameters:", problems))
    return {name: _from_text(known.get(name), text) for name, text in settings.items()}


def shared(notebooks: Sequence[Path], settings: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """For each notebook, by its stem, the values of those `--set name=text` options whose name it declares.

    Raises
    ------
    ParameterError
        If a name is declared by none of the notebooks or set by the command, or a value fits a notebook that declares
        it badly; everything at once.
    """
    known = {notebook.stem: {one.name: one for one in declared(notebook)} for notebook in notebooks}
    names = sorted({name for parameters in known.values() for name in parameters} - {*OF_THE_COMMAND, "runs"})
    problems = [
        f"{name!r} is set by the command, not by --set"
        if name in (*OF_THE_COMMAND, "runs")
        else f"no notebook has a parameter {name!r}{nearest(name, names)}"
        for name in settings
        if name not in names
    ]
    values: dict[str, dict[str, Any]] = {stem: {} for stem in known}
    for name, text in settings.items():
        for stem in (stem for stem in known if name in names and name in known[stem]):
            value = values[stem][name] = _from_text(known[stem][name], text)
            problems += [f"{stem}: {problem}" for problem in [_problem(known[stem][name], value)] if problem]
    if problems:
        raise ParameterError(
            f"{together('the notebooks cannot run with these parameters:', problems)}\n"
            f"--set takes {', '.join(names)}; crmlab list says what each is"
        )
    return values


def split_setting(setting: str) -> tuple[str, str]:
    """Name and text of one `name=text` option.

    Raises
    ------
    ParameterError
        If there is no `=` or no name before it.
    """
    name, equals, text = setting.partition("=")
    if not equals or not name.strip().isidentifier():
        raise ParameterError(f"--set takes name=value, for example --set seed=7; got {setting!r}")
    return name.strip(), text.strip()


def _from_text(parameter: Parameter | None, text: str) -> Any:
    try:
        value = yaml.load(text, Loader=_PlainYaml)  # noqa: S506 - a SafeLoader with fewer implicit types
    except yaml.YAMLError:
        value = text
    if parameter is not None and _problem(parameter, value) and not _problem(parameter, text):
        return text
    return value


def _model(known: Mapping[str, Parameter]) -> type[BaseModel]:
    fields: dict[str, Any] = {name: (parameter.kind, parameter.default) for name, parameter in known.items()}
    return create_model("Parameters", __config__=_STRICT, **fields)


def _problem(parameter: Parameter, value: Any) -> str:
    """What is wrong with `value`, in one line, or an empty string."""
    try:
        TypeAdapter(parameter.kind, config=_STRICT).validate_python(value)
    except ValidationError as refused:
        told = "; ".join(_place(error["loc"]) + error["msg"] for error in refused.errors())
        about = f" ({parameter.description})" if parameter.description else ""
        return f"{parameter.name} = {value!r}: {told}; it takes {parameter.allowed}{about}"
    return ""


def _place(location: tuple[int | str, ...]) -> str:
    numbers = [step + 1 for step in location if isinstance(step, int)]
    return f"item {numbers[0]}: " if numbers else ""


def _known(known: Mapping[str, Parameter]) -> str:
    lines = [f"{one.name} = {one.default!r}, {one.allowed}" for one in known.values() if one.name not in OF_THE_COMMAND]
    return together("its parameters and their defaults:", lines)


def _parameters_cell(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(f"{notebook.name} needs exactly one cell tagged 'parameters'; it has {len(tagged)}")
    return tagged[0]


def _comments(source: str) -> dict[int, str]:
    """The comment at the end of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _parameter(line: ast.stmt, comments: Mapping[int, str]) -> Parameter:
    if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name) or line.value is None:
        raise ValueError("a parameter is written `name: type = default  # description`")
    return Parameter(
        name=line.target.id,
        annotation=ast.unparse(line.annotation),
        kind=_kind(line.annotation),
        default=ast.literal_eval(line.value),
        description=comments.get(line.end_lineno or line.lineno, ""),
        allowed=_allowed(line.annotation),
    )


def _kind(node: ast.expr) -> Any:
    """The type an annotation stands for, built from known names only; nothing in the notebook is run."""
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Name(id=name) if name in _TYPES:
            return _TYPES[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return reduce(or_, [_kind(left), _kind(right)])
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            return Literal[tuple(ast.literal_eval(item) for item in _items(inner))]
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *rest])):
            return Annotated[(_kind(first), *map(_constraint, rest))]
        case ast.Subscript(value=ast.Name(id="list" | "dict" as name), slice=inner):
            return _TYPES[name][tuple(_kind(item) for item in _items(inner))]
    raise ValueError(f"the type {ast.unparse(node)!r} is not one of {', '.join(_TYPES)}, Literal, Annotated")


def _constraint(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CONSTRAINTS:
        named = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
        return _CONSTRAINTS[node.func.id](*map(ast.literal_eval, node.args), **named)
    raise ValueError(f"the constraint {ast.unparse(node)!r} is not one of {', '.join(_CONSTRAINTS)}")


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _allowed(node: ast.expr) -> str:
    """An annotation in words: `a number, above 0, below 1`."""
    match node:
        case ast.Constant(value=None):
            return "null"
        case ast.BinOp(left=left, right=right):
            return f"{_allowed(left)} or {_allowed(right)}"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            choices = [ast.unparse(item) for item in _items(inner)]
            return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *rest])):
            return ", ".join([_allowed(first), *(text for item in rest for text in _bounds(item))])
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return f"a list of ({_allowed(inner)})"
    return _WORDS.get(ast.unparse(node), ast.unparse(node))


def _bounds(node: ast.expr) -> list[str]:
    if not isinstance(node, ast.Call):
        return []
    name = ast.unparse(node.func).lower()
    bare = [f"{_CONSTRAINT_WORDS.get(name, name)} {' to '.join(map(ast.unparse, node.args))}"] if node.args else []
    named = [
        f"{_CONSTRAINT_WORDS.get(str(word.arg), str(word.arg))} {ast.unparse(word.value)}" for word in node.keywords
    ]
    return bare + named


class _PlainYaml(yaml.SafeLoader):
    """YAML without its surprises: 012 is not octal, 12:30 not a base-60 number, no is text, 1e-3 is a number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as in the base


for _tag, _form, _first in (
    ("bool", r"true|True|false|False", "tTfF"),
    ("null", r"null|None|~", "nN~"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _PlainYaml.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), list(_first))
