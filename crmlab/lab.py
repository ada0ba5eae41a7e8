"""JupyterLab on a working copy of the notebooks, so that nobody's experiments change the originals."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from crmlab import suite
from crmlab.client import Client, built_in
from crmlab.errors import ReportError


def open_lab(client: str, *, folder: str, solutions: bool = False) -> int:
    """JupyterLab's exit code, after working copies of the notebooks were made in `folder/<client id>`."""
    place = Path(folder) / Client.open(client).id
    new, kept = working_copies(client, folder=place, solutions=solutions)
    sys.stderr.write(f"{len(new)} notebooks copied to {place}; {len(kept)} were there already and stay as they are.\n")
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(place)])  # noqa: S603 - fixed program


def working_copies(client: str, *, folder: Path, solutions: bool = False) -> tuple[list[Path], list[Path]]:
    """Paths of the notebooks newly copied to `folder`, and of those that were there already and were left alone.

    A notebook with exercises is copied with blanks where its solutions stand, unless `solutions` are wanted.

    The copies' parameter `client` names the given client: a built-in one by its name, a client file by its
    absolute path, because a kernel's working folder is the notebook's.

    Raises
    ------
    ReportError
        If the folder or a copy cannot be written.
    """
    name = client if client in built_in() else str(Client.open(client).source_path.resolve())
    new, kept = [], []
    for notebook in suite.notebooks():
        copy = folder / notebook.path.name
        if copy.exists():
            kept.append(copy)
            continue
        blank = suite.exercises_folder() / notebook.path.name
        source = blank if blank.is_file() and not solutions else notebook.path
        content = with_client(json.loads(source.read_text(encoding="utf-8")), name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            copy.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise ReportError(f"{copy} could not be written ({error.strerror}); name another --folder") from error
        new.append(copy)
    return new, kept


def with_client(content: dict[str, Any], name: str) -> dict[str, Any]:
    """A copy of a notebook's JSON in which the parameter `client` has the default `name`."""
    cells = [_cell_with_client(cell, name) if _is_parameters(cell) else cell for cell in content["cells"]]
    return {**content, "cells": cells}


def _is_parameters(cell: dict[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def _cell_with_client(cell: dict[str, Any], name: str) -> dict[str, Any]:
    source = "".join(cell["source"])
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "client" and node.value is not None:
            old = ast.get_source_segment(source, node.value) or ""
            lines[node.lineno - 1] = lines[node.lineno - 1].replace(old, json.dumps(name, ensure_ascii=False), 1)
    return {**cell, "source": lines}
