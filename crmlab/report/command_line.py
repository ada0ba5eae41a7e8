"""The commands that make a run again, from what it ran with; the same for whoever made it."""

import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.client import FILE_NAME, built_in
from crmlab.errors import CrmlabError
from crmlab.report import record
from crmlab.report.parameters import OF_THE_COMMAND, declared

_NOT_SET = {*OF_THE_COMMAND, "runs"}


def command_of(notebook: str, client_id: str, parameters: Mapping[str, Any], path: Path) -> str:
    """`crmlab run CLIENT NOTEBOOK` with the settings that are not the notebook's defaults.

    The client is its built-in name, or `client.yml`: where that file lies is not the report's business.
    """
    return _line("run", client_id, [notebook], _changed(parameters, path), parameters)


def commands_of_report(
    notebook: str, client_id: str, parameters: Mapping[str, Any], path: Path, inputs: Iterable[Path]
) -> tuple[str, ...]:
    """The command line of a client report, from its own parameters and those of the run folders it reads.

    One `crmlab report` where every name has one value in all the notebooks that declare it; else one `crmlab run`
    for each notebook.
    """
    runs = list(_runs(inputs))
    settings = [_changed(parameters, path), *(_changed(given, of) for _, given, of in runs)]
    merged = {name: value for given in settings for name, value in given.items()}
    everywhere = [(parameters, path), *((given, of) for _, given, of in runs)]
    if all(_agrees(merged, given, of) for given, of in everywhere):
        return (_line("report", client_id, [], merged, parameters),)
    parts = [command_of(name, client_id, given, of) for name, given, of in runs]
    return (*parts, command_of(notebook, client_id, parameters, path))


def _runs(inputs: Iterable[Path]) -> Iterable[tuple[str, Mapping[str, Any], Path]]:
    for folder in inputs:
        try:
            kept = record.read_record(folder)
            notebook = suite.notebook(kept["notebook"]["name"])
        except CrmlabError:
            continue  # damaged, or of a notebook that is no longer there: the report says so elsewhere
        yield notebook.name, kept["parameters"], notebook.path


def _changed(parameters: Mapping[str, Any], path: Path) -> dict[str, Any]:
    known = {one.name: one.default for one in declared(path)}
    names = [name for name in parameters if name in known and name not in _NOT_SET]
    return {name: parameters[name] for name in names if parameters[name] != known[name]}


def _agrees(merged: Mapping[str, Any], parameters: Mapping[str, Any], path: Path) -> bool:
    names = {one.name for one in declared(path)} & merged.keys()
    return all(parameters.get(name) == merged[name] for name in names)


def _line(
    command: str, client_id: str, notebooks: list[str], settings: Mapping[str, Any], parameters: Mapping[str, Any]
) -> str:
    words = ["crmlab", command, client_id if client_id in built_in() else FILE_NAME, *notebooks]
    for name, value in sorted(settings.items()):
        words += ["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    for option, default in (("view", "client"), ("language", "en")):
        if parameters.get(option, default) != default:
            words += [f"--{option}", str(parameters[option])]
    return shlex.join(words)
