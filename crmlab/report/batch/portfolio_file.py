"""The portfolio file: what may stand in it, and what is wrong with one, in sentences that name the line.

It is YAML (clients with their settings), a CSV (one row a client) or a folder (every client file in it).
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crmlab import client_file
from crmlab.client import FILE_NAME
from crmlab.errors import ParameterError
from crmlab.language import LANGUAGES
from crmlab.tables.schema import as_tuple
from crmlab.tables.wording import shown

_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
_COLUMNS = ("client", "notebooks", "report", "view", "language", "parameters")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a portfolio asks for one notebook: its name, and parameters for it alone."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a portfolio asks for one client, or for every client file in a folder, and where it says so.

    `own` are parameters that the entry itself gives, `common` those of its template and of the defaults. With
    `as_text` the values are texts, each to be read in the way its parameter allows.
    """

    where: str
    client: str | None
    folder: str | None = None
    notebooks: tuple[Asked, ...] = ()
    report: bool = False
    view: Literal["client", "teaching"] = "client"
    languages: tuple[str, ...] = ("en",)
    own: Mapping[str, Any] = field(default_factory=dict)
    common: Mapping[str, Any] = field(default_factory=dict)
    as_text: bool = False


def read(path: Path) -> tuple[list[Entry], list[str]]:
    """The entries of the portfolio at `path`, and everything that is wrong with its form.

    Raises
    ------
    ParameterError
        If nothing is there.
    """
    if path.is_dir():
        return [Entry(where=f"{path}", client=None, folder=".", report=True)], []
    if not path.is_file():
        raise ParameterError(
            f"there is no portfolio {path}; name a YAML file of clients, a CSV with a row for each client, or a folder "
            "of client files"
        )
    return _from_csv(path) if path.suffix.lower() == ".csv" else _from_yaml(path)


def client_files(folder: Path) -> list[Path]:
    """The client files in a folder: each YAML file in it, and the `client.yml` of each folder in it."""
    inside = [path for path in folder.iterdir() if path.suffix in (".yml", ".yaml") and path.is_file()]
    return sorted([*inside, *folder.glob(f"*/{FILE_NAME}")])


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_asked(value: Any) -> Any:
    return value if isinstance(value, dict) else {"notebook": value}


def _as_entry(value: Any) -> Any:
    return {"client": value} if isinstance(value, str) else value


def _checked_language(code: str) -> str:
    if code in LANGUAGES:
        return code
    raise ValueError(f"{shown(code)} is no language of crmlab; write one of {', '.join(LANGUAGES)}")


def _plain(value: Any) -> Any:
    """A value of YAML as notebooks take it: days are texts there."""
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, list) else value


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Name = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
_Parameters = dict[str, Annotated[Any, BeforeValidator(_plain)]]


class NotebookKeys(_Keys):
    """One notebook, with parameters for it alone."""

    notebook: _Name
    parameters: _Parameters = {}


_Notebooks = Annotated[
    tuple[Annotated[NotebookKeys, BeforeValidator(_as_asked)], ...], BeforeValidator(lambda v: as_tuple(_as_text(v)))
]
_Language = Annotated[str, AfterValidator(_checked_language)]
_Languages = Annotated[tuple[_Language, ...], BeforeValidator(as_tuple), Field(min_length=1)]


class SettingKeys(_Keys):
    """What can be said for every client, in a template, or for one."""

    notebooks: _Notebooks | None = None
    report: bool | None = None
    view: Literal["client", "teaching"] | None = None
    language: _Languages | None = None
    parameters: _Parameters = {}


class EntryKeys(SettingKeys):
    """One client, or a folder of client files."""

    client: _Name | None = None
    folder: _Name | None = None
    template: str | None = None


class PortfolioKeys(_Keys):
    """A whole portfolio."""

    clients: Annotated[list[Annotated[EntryKeys, BeforeValidator(_as_entry)]], Field(min_length=1)]
    defaults: SettingKeys = SettingKeys()
    templates: dict[str, SettingKeys] = {}


_OF_NOTEBOOKS = NotebookKeys.model_fields
_HINTS = {
    "clients": "write for example: clients: [cdnow, {client: shops/client.yml, notebooks: [2, 4]}]",
    "notebooks": "write for example: notebooks: [2, {notebook: 6, parameters: {seed: 7}}]",
    "report": "write true for the whole client report, or false",
    "parameters": "write for example: parameters: {seed: 7}",
    "template": "write the name of one of the templates",
    "templates": "write for example: templates: {short: {notebooks: [2, 4]}}",
    "defaults": "write for example: defaults: {report: true}",
}


def _known_at(steps: Sequence[str]) -> dict[tuple[str, ...], Any]:
    """The keys that may stand beside a faulty one, under the path that `client_file.sentence` asks for."""
    path = tuple(step for step in steps[:-1] if not step.isdigit())
    if path[-1:] == ("notebooks",):
        return {path: _OF_NOTEBOOKS}
    kinds: dict[tuple[str, ...], type[BaseModel]] = {(): PortfolioKeys, ("clients",): EntryKeys}
    return {path: kinds.get(path, SettingKeys).model_fields}


def _from_yaml(path: Path) -> tuple[list[Entry], list[str]]:
    holds, problems = client_file.read(path)
    if problems:
        return [], problems
    if not isinstance(holds, dict):
        return [], [f"{path.name}: holds {shown(holds)}, not keys with values; {_HINTS['clients']}"]
    lines = _lines(path)
    sound: dict[str, Any] | None = holds
    faulty = set[tuple[Any, ...]]()
    try:
        PortfolioKeys.model_validate(holds)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [f"{path.name}, {_fault(detail, lines)}" for detail in details]
        faulty = {detail["loc"][:2] for detail in details}
        sound = _without(faulty, holds)
    if sound is None:
        return [], problems
    keys = PortfolioKeys.model_validate(sound)
    places = [position for position, _ in enumerate(holds["clients"]) if ("clients", position) not in faulty]
    entries = []
    for position, entry in zip(places, keys.clients, strict=True):
        where = f"{path.name}, line {lines[('clients', position)]}"
        faults = [f"{where}: {problem}" for problem in _entry_problems(entry, keys)]
        problems += faults
        if not faults:
            template = keys.templates.get(entry.template or "", SettingKeys())
            entries.append(_merged(entry, template, keys.defaults, where=where))
    return entries, problems


def _without(faulty: set[tuple[Any, ...]], holds: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is left to look at when faulty clients are left out; None where a fault concerns them all."""
    if any(place[0] != "clients" or len(place) == 1 for place in faulty):
        return None
    left = [one for position, one in enumerate(holds["clients"]) if ("clients", position) not in faulty]
    return {**holds, "clients": left} if left else None


def _fault(detail: Any, lines: Mapping[tuple[Any, ...], int]) -> str:
    location = detail["loc"]
    known = next(location[:end] for end in range(len(location), -1, -1) if location[:end] in lines)
    steps = [str(step) for step in location]
    return f"line {lines[known]}: {client_file.sentence(detail, steps, keys=_known_at(steps), hints=_HINTS)}"


def _entry_problems(entry: EntryKeys, keys: PortfolioKeys) -> Iterator[str]:
    if (entry.client is None) == (entry.folder is None):
        yield "names no client; write client: (a client file or a built-in client) or folder: (of client files), one"
    if entry.template is not None and entry.template not in keys.templates:
        known = ", ".join(keys.templates) or "none"
        yield f"there is no template {shown(entry.template)}; the templates are: {known}"


def _merged(entry: EntryKeys, template: SettingKeys, defaults: SettingKeys, *, where: str) -> Entry:
    """An entry with what it leaves open from its template, and then from the defaults; parameters name by name."""
    levels = (entry, template, defaults)
    said = {name: _first(levels, name) for name in ("notebooks", "report", "view", "language")}
    return Entry(
        where=where,
        client=entry.client,
        folder=entry.folder,
        notebooks=tuple(
            Asked(name=one.notebook, parameters=one.parameters, where=where) for one in said["notebooks"] or ()
        ),
        report=bool(said["report"]),
        view=said["view"] or "client",
        languages=tuple(dict.fromkeys(said["language"] or ("en",))),
        own=entry.parameters,
        common={**defaults.parameters, **template.parameters},
    )


def _first(levels: Sequence[SettingKeys], name: str) -> Any:
    return next((value for level in levels if (value := getattr(level, name)) is not None), None)


def _lines(path: Path) -> dict[tuple[Any, ...], int]:
    """The line on which each key and each item of the file begins, by its path."""
    found: dict[tuple[Any, ...], int] = {(): 1}
    waiting: list[tuple[tuple[Any, ...], yaml.Node | None]] = [
        ((), yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader))
    ]
    while waiting:
        place, node = waiting.pop()
        inside: list[tuple[Any, Any, Any]] = []
        if isinstance(node, yaml.SequenceNode):
            inside = [(position, one, one) for position, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            inside = [(key.value, key, value) for key, value in node.value]
        for step, begins, holds in inside:
            found[*place, step] = begins.start_mark.line + 1
            if len(place) < 6:  # noqa: PLR2004 - clients, place, notebooks, place, parameters, name: none is deeper
                waiting.append(((*place, step), holds))
    return found


def _from_csv(path: Path) -> tuple[list[Entry], list[str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
        reader = csv.reader(lines, delimiter=separator, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        return [], [f"{path.name}: cannot be read as a CSV ({cause}); save it as UTF-8 with commas or semicolons"]
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    if "client" not in header:
        return [], [f"{path.name}: has no column 'client'; it takes {', '.join(_COLUMNS)} and names of parameters"]
    twice = sorted({name for name in header if header.count(name) > 1})
    problems = [f"{path.name}: the column {shown(name)} is there twice; keep one" for name in twice]
    entries = []
    for number, row in rows[1:]:
        where = f"{path.name}, line {number}"
        if len(row) > len(header):
            problems.append(f"{where}: has {len(row)} cells, and the header {len(header)}; quote cells with commas")
            continue
        entry, faults = _from_row({name: cell.strip() for name, cell in zip(header, row, strict=False)}, where)
        entries.append(entry)
        problems += [f"{where}: {fault}" for fault in faults]
    return entries, problems or ([] if entries else [f"{path.name}: has a header but no row of a client"])


def _from_row(cells: Mapping[str, str], where: str) -> tuple[Entry, list[str]]:
    """One row as an entry, and what is wrong with its cells; an empty cell says nothing."""
    problems = []
    report = _YES.get(cells.get("report", "").lower())
    view, languages = cells.get("view") or "client", tuple(_words(cells.get("language", ""))) or ("en",)
    settings = [part for part in cells.get("parameters", "").split(";") if part.strip()]
    if not cells["client"]:
        problems.append("names no client; write a client file or a built-in client")
    if report is None:
        problems.append(f"report is {shown(cells['report'])}; write yes or no")
    if view not in ("client", "teaching"):
        problems.append(f"view is {shown(view)}; write client or teaching")
    problems += [
        f"language is {shown(one)}; write one of {', '.join(LANGUAGES)}" for one in languages if one not in LANGUAGES
    ]
    problems += [
        f"parameters: {shown(one)} is no name=value; write seed=7; top=5" for one in settings if "=" not in one
    ]
    own = {name: cell for name, cell in cells.items() if name not in _COLUMNS and cell}
    own |= {name.strip(): text.strip() for name, _, text in (one.partition("=") for one in settings if "=" in one)}
    entry = Entry(
        where=where,
        client=cells["client"],
        notebooks=tuple(Asked(name=name, where=where) for name in _words(cells.get("notebooks", ""))),
        report=bool(report),
        view="teaching" if view == "teaching" else "client",
        languages=languages,
        own=own,
        as_text=True,
    )
    return entry, problems


def _words(cell: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", cell) if word]
