"""What finished runs left behind, read back: the log of a client's runs, the record of each, and its lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.errors import ReportError
from crmlab.report.collect import CollectedList

LOG = "runs.jsonl"
RECORD = "findings.json"
RUN = "run.json"
LISTS = "lists.json"


def read_log(client_folder: Path) -> str:
    """The log of a client's runs, one line of JSON for each; empty where there is none."""
    log = client_folder / LOG
    # a line may end anywhere where a machine went down, inside a letter as well
    return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""


def entries(log: str) -> list[dict[str, Any]]:
    """The lines of a log, oldest first.

    A line cut short by a crash is passed over: its run, if it was finished, is found when it is run again.
    """
    return list(_entries(log))


def folder_of(client_folder: Path, entry: Mapping[str, Any]) -> Path:
    """The run folder that a line of the log speaks of; never one outside of the client's folder."""
    return client_folder / Path(str(entry["folder"])).name


def read_record(folder: Path) -> dict[str, Any]:
    """What a finished run says about itself, from its `findings.json`.

    Raises
    ------
    ReportError
        If the file is gone or broken, which no run leaves behind.
    """
    record = read_json(folder / RECORD)
    if not isinstance(record, dict) or "status" not in record:
        raise ReportError(_changed(folder / RECORD, "it is not the record of a run"))
    return record


def read_json(file: Path) -> Any:
    """The content of a JSON file of a run folder.

    Raises
    ------
    ReportError
        If it cannot be read.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        told = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        raise ReportError(_changed(file, told)) from cause


def list_rows(lists: Sequence[CollectedList]) -> dict[str, Any]:
    """The lists of a run by id, as `lists.json` keeps them: every value as the notebook had it."""
    return {one.id: {"types": one.types, "columns": one.columns, "rows": one.rows} for one in lists}


def read_list(folder: Path, list_id: str) -> pd.DataFrame:
    """One list of a run as the notebook had it: the same columns and types, texts and numbers not touched.

    Raises
    ------
    ReportError
        If the file is gone or broken, or holds another number of rows than the run's record says.
    """
    kept = read_json(folder / LISTS)
    said = {one["id"]: one["rows"] for one in read_record(folder)["lists"]}
    try:
        frame, rows = _frame(kept[list_id]), said[list_id]
    except (KeyError, TypeError, ValueError) as cause:
        raise ReportError(_changed(folder / LISTS, str(cause))) from cause
    if len(frame) != rows:
        raise ReportError(_changed(folder / LISTS, f"{len(frame)} rows of {list_id}, and the record says {rows}"))
    return frame


def _frame(payload: Mapping[str, Any]) -> pd.DataFrame:
    rows = [tuple(row) for row in payload["rows"]]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(payload["columns"])
    typed = {
        name: _series(values, payload["types"].get(name, "object"))
        for name, values in zip(payload["columns"], columns, strict=True)
    }
    return pd.DataFrame(typed, columns=list(payload["columns"]))


def _series(values: Sequence[Any], kind: Any) -> pd.Series[Any]:
    if kind.startswith("datetime64"):
        dates: pd.Series[Any] = pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601").astype(kind)
        return dates
    series: pd.Series[Any] = pd.Series(values, dtype="object").astype(
        kind
    )  # object first: 2**60 is not a float for a moment
    return series


def _entries(log: str) -> Iterator[dict[str, Any]]:
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and {"notebook", "folder"} <= entry.keys():
            yield entry


def _changed(file: Path, cause: str) -> str:
    place = f"{file.parent.parent.name}/{file.parent.name}"
    return f"the run folder {place} was changed: its {file.name} cannot be read ({cause}); delete it and run again"
