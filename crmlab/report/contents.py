"""What stands in a run folder: every file's bytes, made from an executed notebook before anything is written."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

import nbformat
import pandas as pd

from crmlab.client import Client
from crmlab.errors import ReportError
from crmlab.language import tally, tr, translated
from crmlab.report import brand, failure, provenance, record
from crmlab.report import folder as run_folder
from crmlab.report.body import View, body
from crmlab.report.collect import Collected, collect, take_messages, without_payloads
from crmlab.report.evidence import parts
from crmlab.report.execute import CellError, Execution, without_places
from crmlab.report.formats.about import About
from crmlab.report.page import Report, report_page, value_text
from crmlab.report.parameters import OF_THE_COMMAND, declared
from crmlab.report.tables_out import csv_bytes, workbook_bytes
from crmlab.suite import Notebook
from crmlab.tables.quality import rule_counts

Status = Literal["done", "refused", "failed"]

_VERSIONS_SHOWN = ("duckdb", "numpy", "pandas", "scipy", "matplotlib", "papermill")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides what a run gives; its key names the run folder.

    `inputs` are the names of the run folders that the notebook reads, none for most notebooks. Each name holds the
    key of its run. `commands` make the run again; they follow from all the rest.
    """

    client: Client
    notebook: Notebook
    parameters: Mapping[str, Any]
    view: View
    language: str
    notebook_sha256: str
    inputs: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, str]:
        """Whose data, up to which day: what the report's cover says of the client."""
        client = self.client
        return {
            "id": client.id,
            "name": client.name,
            "observed_until": client.observed_until.isoformat(),
            "currency": client.currency,
            "data_key": client.data_key,
        }

    @property
    def key(self) -> str:
        """Twelve digits that change with the notebook, the data, the parameters, the code and every version."""
        return run_folder.key_of(
            {
                "notebook": [self.notebook.name, self.notebook_sha256],
                "parameters": dict(self.parameters),
                "view": self.view,
                "language": self.language,
                "client": self.identity,
                "inputs": [*self.inputs, *([one.name for one in parts()] if self.inputs else [])],
                "terms": [asdict(self.client.economics), asdict(self.client.commission)],
                "brand": self.client.brand.sha256,
                "package": provenance.package_sha256(),
                "versions": provenance.versions(),
                "python": provenance.machine()["python"],
            }
        )


def about(plan: Plan) -> About:
    """What the running lines and the file's own data say of the run's report."""
    said = plan.client.commission
    return About(
        client=plan.client.name,
        language=plan.language,
        run=f"{plan.notebook.name} · {plan.key} · crmlab {provenance.own_version()}",
        author=said.analyst or "",
        confidentiality=said.confidentiality or "",
        brand=plan.client.brand,
    )


def files(plan: Plan, executed: Execution) -> dict[str, bytes]:
    """Every file of the run folder, by name.

    Raises
    ------
    ReportError
        If the notebook hands over what cannot be reported.
    """
    counted = tally()
    counted.add(*take_messages(executed.notebook))
    collected = collect(executed.notebook)
    counts = rule_counts(plan.client.table("transactions"))
    status: Status = "refused" if executed.refused else "done"
    shown = body(executed.notebook, view=plan.view, refused_at=executed.refused_at)
    report = Report(
        client=plan.client,
        notebook=plan.notebook,
        language=plan.language,
        status=status,
        key=plan.key,
        version=provenance.own_version(),
        body=shown,
        collected=collected,
        counts=counts,
        period=_period(plan.client),
        parameters=_parameters_shown(plan),
        provenance=_provenance_shown(plan),
        commands=plan.commands,
        puts_together=bool(plan.inputs),
        libraries=_libraries(),
    )
    page = report_page(report)
    if counted.asked:  # the page says how much of itself is translated, which only the page itself can tell
        page = report_page(replace(report, translation=(len(counted.asked), len(counted.missing))))
    lists = {table.file: csv_bytes(table) for table in collected.lists}
    own = plan.client.brand
    looks = {brand.FILE: json_bytes(brand.content(own), indent=None)} if own.is_own else {}
    return {
        "report.html": page,
        record.RECORD: json_bytes(_record(plan, status, collected)),
        record.RUN: json_bytes(_run_record(plan, counts) | _language_record(plan)),
        "notebook.ipynb": notebook_bytes(without_payloads(executed.notebook)),
        record.LISTS: json_bytes(record.list_rows(collected.lists), indent=None),
        "lists.xlsx": workbook_bytes(
            collected.lists,
            client=plan.client.name,
            observed_until=plan.client.observed_until,
            currency=plan.client.currency,
            notebook=plan.notebook.name,
        ),
        **lists,
        **looks,
    }


def files_of_failure(plan: Plan, error: ReportError) -> tuple[str, dict[str, bytes]]:
    """The key and the files of the record of a run that failed: what was tried, how far it came, where it broke.

    A failure has a key of its own, so that the run itself can be tried again.
    """
    cell, told = (error.cell, error.told) if isinstance(error, CellError) else ("", without_places(str(error)))
    executed = error.executed if isinstance(error, CellError) else None
    content = _record(plan, "failed", Collected((), (), (), ())) | {"failure": {"cell": cell, "error": told}}
    counts = rule_counts(plan.client.table("transactions"))
    kept = {record.RECORD: json_bytes(content), record.RUN: json_bytes(_run_record(plan, counts))}
    page = failure.failure_page(
        failure.failure_of(cell, told, executed),
        client=plan.identity,
        notebook=plan.notebook,
        commands=plan.commands,
        language=plan.language,
        kept=executed is not None,
    )
    kept |= {record.LISTS: json_bytes({}), failure.PAGE: page}
    if executed is not None:
        kept[failure.NOTEBOOK] = notebook_bytes(failure.tidied(executed))
    return run_folder.key_of({"run": plan.key, "cell": cell, "error": told}), kept


def json_bytes(content: Any, *, indent: int | None = 2) -> bytes:
    """`content` as JSON that is the same bytes for the same content."""
    text = json.dumps(content, sort_keys=True, indent=indent, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", errors="replace")


def notebook_bytes(notebook: Any) -> bytes:
    """A notebook as it lies on disk."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return f"{text}\n".encode("utf-8", errors="replace")


def _record(plan: Plan, status: Status, collected: Collected) -> dict[str, Any]:
    return {
        "client": plan.identity,
        "notebook": {"name": plan.notebook.name, "question": plan.notebook.question},
        "parameters": dict(plan.parameters),
        "status": status,
        "findings": [asdict(finding) for finding in collected.findings],
        "refusals": list(collected.refusals),
        "warnings": list(collected.warnings),
        "lists": [
            {"id": table.id, "title": table.title, "file": table.file, "rows": len(table.rows)}
            for table in collected.lists
        ],
    }


def _run_record(plan: Plan, counts: pd.DataFrame) -> dict[str, Any]:
    return {
        "key": plan.key,
        "notebook": {"name": plan.notebook.name, "sha256": plan.notebook_sha256},
        "parameters": dict(plan.parameters),
        "inputs": list(plan.inputs),
        "client": plan.identity,
        "sources": [
            {"file": source.file, "sha256": source.sha256, "bytes": source.bytes, "rows": source.rows}
            for source in plan.client.sources
        ],
        "rows_by_rule": [
            {"rule": row["rule"], "rows": int(row["rows"]), "amount": str(row["amount"])}
            for row in counts.to_dict(orient="records")
        ],
        "crmlab": {
            "version": provenance.own_version(),
            "source_sha256": provenance.package_sha256(),
            "commit": provenance.commit(),
        },
        "versions": provenance.versions(),
        **provenance.machine(),
    }


def _language_record(plan: Plan) -> dict[str, Any]:
    """How much of the report is translated; nothing in English, which is the source."""
    if plan.language == "en":
        return {}
    asked, missing = tally().asked, tally().missing
    told = {"code": plan.language, "messages": len(asked), "missing": len(missing), "not_translated": list(missing)}
    return {"language": told}


def _parameters_shown(plan: Plan) -> list[dict[str, str]]:
    return [
        {"name": one.name, "value": value_text(plan.parameters[one.name]), "description": translated(one.description)}
        for one in declared(plan.notebook.path)
        if one.name not in OF_THE_COMMAND
    ]


def _libraries() -> str:
    versions = provenance.versions()
    return ", ".join(f"{name} {versions[name]}" for name in _VERSIONS_SHOWN if name in versions)


def _provenance_shown(plan: Plan) -> dict[str, str]:
    return {
        tr("Run"): plan.key,
        tr("Notebook, SHA-256"): plan.notebook_sha256,
        tr("Data, SHA-256"): plan.client.data_key,
        tr("crmlab's source, SHA-256"): provenance.package_sha256(),
        tr("View and language"): f"{plan.view}, {plan.language}",
        tr("Python"): provenance.machine()["python"],
        tr("Libraries"): _libraries(),
    }


def _period(client: Client) -> tuple[date, date] | None:
    """The dates of the first and the last row kept, None where no row was."""
    clean = client.table("transactions")
    kept = clean.filter(clean.excluded_by.isnull())  # noqa: PD003 - Ibis's own name
    ends = kept.aggregate(first=kept.date.min(), last=kept.date.max()).to_pyarrow().to_pylist()[0]
    return None if ends["first"] is None else (ends["first"], ends["last"])
