"""What is kept of a notebook that failed: its cells up to the one that broke, and a page that shows where and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmlab.language import translated
from crmlab.report import provenance
from crmlab.report.collect import take_messages, without_payloads
from crmlab.report.execute import without_places
from crmlab.report.page import render
from crmlab.suite import Notebook

PAGE = "failure.html"
NOTEBOOK = "notebook.ipynb"

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Where and why a notebook broke.

    Attributes
    ----------
    cell : str
        The id of the cell, empty where it broke before its first.
    error : str
        What went wrong.
    source, traceback : str
        The cell's code and what Python said; empty where nothing is known of them.
    """

    cell: str
    error: str
    source: str = ""
    traceback: str = ""


def failure_of(cell: str, error: str, executed: Any) -> Failure:
    """Where and why `executed`, a notebook up to its failing cell or None, broke."""
    broken = next((one for one in executed.cells if one.get("id") == cell), None) if executed else None
    if broken is None:
        return Failure(cell=cell, error=error)
    lines = [line for one in broken.get("outputs", []) if one.output_type == "error" for line in one.traceback]
    traceback = without_places(_ANSI.sub("", "\n".join(lines)))
    return Failure(cell=cell, error=error, source=broken.source, traceback=traceback)


def tidied(executed: Any) -> Any:
    """The notebook as it is kept: without what its cells told the runner, and without places of this machine."""
    take_messages(executed)
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [without_places(line) for line in output.traceback]
                output.evalue = without_places(output.evalue)
    return without_payloads(executed)


def failure_page(
    failure: Failure,
    *,
    client: Mapping[str, Any],
    notebook: Notebook,
    commands: tuple[str, ...],
    language: str,
    kept: bool,
) -> bytes:
    """The page of a run that failed; `kept` says whether its notebook lies beside it."""
    return render(
        "failure.html.jinja",
        failure=failure,
        client=client,
        notebook=notebook.name,
        question=translated(notebook.question),
        commands=commands,
        file=NOTEBOOK if kept else None,
        language=language,
        version=provenance.own_version(),
    )
