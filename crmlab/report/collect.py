"""What an executed notebook hands over, read from its outputs by MIME type."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from crmlab.display import Unit
from crmlab.errors import ReportError, together
from crmlab.findings import FINDINGS_MIME, LIST_MIME, REFUSAL_MIME, Finding
from crmlab.language import in_kernel

_LIST_ID = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_LONGEST_LIST_ID = 60
_NAMES_WINDOWS_KEEPS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


@dataclass(frozen=True)
class CollectedList:
    """An action list as it left the notebook: plain values, row by row, None where there is no value.

    `types` are those of the notebook's table, by column, so that the list can be read back as it was.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    units: dict[str, Unit]
    headings: dict[str, str]
    types: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Where the list lies inside the run folder."""
        return f"lists/{self.id}.csv"


@dataclass(frozen=True)
class Collected:
    """Everything a notebook handed over, in the order of its cells."""

    findings: tuple[Finding, ...]
    lists: tuple[CollectedList, ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def headlines(self) -> tuple[Finding, ...]:
        """The findings to show first; the first three where the notebook marks none."""
        return tuple(item for item in self.findings if item.headline) or self.findings[:3]


def collect(notebook: Any) -> Collected:
    """The findings, lists, refusals and warnings among the outputs of an executed notebook.

    Raises
    ------
    ReportError
        If two findings or two lists share an id, a list's id cannot be a file's name, or a finding's number is
        missing or infinite; all at once.
    """
    findings = [_finding(row) for rows in _payloads(notebook, FINDINGS_MIME) for row in rows]
    lists = [_list(payload) for payload in _payloads(notebook, LIST_MIME)]
    refusals = list(dict.fromkeys(str(reason) for reasons in _payloads(notebook, REFUSAL_MIME) for reason in reasons))
    problems = [
        *_repeated("finding", (item.id for item in findings)),
        *_repeated("list", (item.id for item in lists)),
        *(f"list id {item.id!r} cannot name a file: use a-z, 0-9, - and _" for item in lists if not _is_name(item.id)),
        *(text for item in findings if (text := _unsound(item))),
    ]
    if problems:
        raise ReportError(together("the notebook hands over what cannot be reported:", problems))
    return Collected(tuple(findings), tuple(lists), tuple(refusals or _bare_refusals(notebook)), _warnings(notebook))


def take_messages(notebook: Any) -> tuple[list[str], list[str]]:
    """What the notebook's cells looked up in the catalogue and what was missing there; taken out of the notebook."""
    asked: list[str] = []
    missing: list[str] = []
    for cell in notebook.cells:
        told = [output for output in cell.get("outputs", []) if in_kernel.MIME in output.get("data", {})]
        for output in told:
            asked += output.data[in_kernel.MIME]["asked"]
            missing += output.data[in_kernel.MIME]["missing"]
        if told:
            cell.outputs = [output for output in cell.outputs if output not in told]
    return asked, missing


def without_payloads(notebook: Any) -> Any:
    """The notebook, its lists kept as the tables a person sees; their data lie in files of their own."""
    for output in _outputs(notebook):
        output.get("data", {}).pop(LIST_MIME, None)
    return notebook


def _outputs(notebook: Any) -> Iterator[Any]:
    return (output for cell in notebook.cells for output in cell.get("outputs", []))


def _payloads(notebook: Any, mime: str) -> Iterator[Any]:
    return (output.data[mime] for output in _outputs(notebook) if mime in output.get("data", {}))


def _finding(row: Any) -> Finding:
    try:
        return Finding(**row)
    except TypeError as cause:
        raise ReportError(f"a finding does not have the fields of crmlab.findings.Finding: {cause}") from cause


def _list(payload: Any) -> CollectedList:
    table = payload["table"]
    return CollectedList(
        id=payload["id"],
        title=payload["title"],
        columns=tuple(str(name) for name in table["columns"]),
        rows=tuple(tuple(row) for row in table["data"]),
        units=dict(payload["units"]),
        headings=dict(payload["headings"]),
        types=dict(table.get("types", {})),
    )


def _repeated(kind: str, ids: Iterable[str]) -> list[str]:
    return [f"{kind} id {name!r} stands {count} times" for name, count in Counter(ids).items() if count > 1]


def _is_name(name: str) -> bool:
    """Whether `name` is a plain file name on every system, and so never a path."""
    return bool(_LIST_ID.fullmatch(name)) and len(name) <= _LONGEST_LIST_ID and name not in _NAMES_WINDOWS_KEEPS


def _unsound(finding: Finding) -> str:
    numbers = [finding.value, *(end for end in (finding.low, finding.high) if end is not None)]
    sound = all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
    return "" if sound else f"finding {finding.id!r} has a number that is missing or infinite: {numbers}"


def _bare_refusals(notebook: Any) -> list[str]:
    """The reason in the exception itself, where a notebook's own way of showing errors hid the statement."""
    return [output.evalue for output in _outputs(notebook) if output.output_type == "error"]


def _warnings(notebook: Any) -> tuple[str, ...]:
    streams = (output for output in _outputs(notebook) if output.output_type == "stream" and output.name == "stderr")
    return tuple(output.text.strip() for output in streams if output.text.strip())
