"""What is kept of a run whose client could not be opened: a record and a page from what is known without the data.

The client file was changed, or is gone, since somebody asked for the run. Without a record the pages over its client
would show nothing, or what was so before, and nobody would see that the report is missing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmlab.report import command_line, failure, provenance, record
from crmlab.report import folder as run_folder
from crmlab.report.contents import json_bytes
from crmlab.report.execute import without_places
from crmlab.report.run import log
from crmlab.suite import Notebook


def keep(told: str, client: Mapping[str, Any], notebook: Notebook, *, out: Path, parameters: Mapping[str, Any]) -> Path:
    """The folder of the record that says that a run failed for the reason `told`, written and logged.

    Parameters
    ----------
    told : str
        Why; places of this machine's disk are taken out of it.
    client : mapping
        `id`, `name`, `observed_until`, `currency` as they were when the run was asked for; `data_key` is empty, so that
        no run is taken for one on the same data.
    notebook : Notebook
    out : Path
        The folder that reports go to.
    parameters : mapping
        Those of the command (`client`, `view`, `language`) included.

    Raises
    ------
    ReportError
        If it cannot be written.
    """
    why = without_places(told)
    asked = {"client": dict(client), "parameters": dict(parameters)}
    key = run_folder.key_of({**asked, "notebook": notebook.name, "error": why})
    kept = {
        **asked,
        "notebook": {"name": notebook.name, "question": notebook.question},
        "status": "failed",
        "failure": {"cell": "", "error": why},
        "findings": [],
        "refusals": [],
        "warnings": [],
        "lists": [],
    }
    run = {**asked, "key": key, "inputs": [], "notebook": {"name": notebook.name}, "sources": [], "rows_by_rule": []}
    page = failure.failure_page(
        failure.Failure(cell="", error=why),
        client=client,
        notebook=notebook,
        commands=(command_line.command_of(notebook.name, client["id"], parameters, notebook.path),),
        language=parameters["language"],
        kept=False,
    )
    folder = out / str(client["id"]) / f"{notebook.name}-{key}"
    files = {
        record.RECORD: json_bytes(kept),
        record.RUN: json_bytes(run | {"versions": provenance.versions(), **provenance.machine()}),
        record.LISTS: json_bytes({}),
        failure.PAGE: page,
    }
    fresh = run_folder.publish(folder, files)
    log(folder, kept, fresh=fresh, seconds=0.0)
    return folder
