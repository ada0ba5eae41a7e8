"""The pages: a report of one run and the index of a client, each one file that needs nothing else to be read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from crmlab.client import Client
from crmlab.display import format_value
from crmlab.findings import Finding
from crmlab.language import day, speaking, tr
from crmlab.language.numbers import MISSING
from crmlab.report.body import Body
from crmlab.report.changes import Changes
from crmlab.report.collect import Collected
from crmlab.report.evidence import GATHERING
from crmlab.report.safe_html import whole
from crmlab.suite import Notebook

_THEME = Path(__file__).parent / "theme"
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report says, before it has a form.

    `counts` is the table of rows and money by rule, `period` the dates of the first and the last kept row,
    `parameters` has name, value and description of each, `provenance` what went into the run, by name.
    """

    client: Client
    notebook: Notebook
    language: str
    status: str
    key: str
    version: str
    body: Body
    collected: Collected
    counts: pd.DataFrame
    period: tuple[date, date] | None
    parameters: Sequence[Mapping[str, str]]
    provenance: Mapping[str, str]


def report_page(report: Report) -> bytes:
    """The report as one self-contained HTML file."""
    return render(
        "report.html.jinja",
        language=report.language,
        version=report.version,
        client=report.client,
        sources=report.client.sources,
        notebook=report.notebook.name,
        question=report.notebook.question,
        status=report.status,
        key=report.key,
        body=report.body,
        headlines=report.collected.headlines if report.status == "done" else (),
        lists=report.collected.lists,
        warnings=report.collected.warnings,
        counts=report.counts.to_dict(orient="records"),
        period=report.period,
        parameters=report.parameters,
        provenance=report.provenance.items(),
    )


def index_page(
    client: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
    *,
    earlier: Sequence[Mapping[str, Any]],
    changes: Changes,
    damaged: Sequence[str],
    language: str,
    version: str,
) -> bytes:
    """The index of a client as one self-contained HTML file.

    `runs` are the latest of each notebook, made by `index.latest_runs`; `earlier` all others, the last first;
    `damaged` says what is wrong with run folders that cannot be read.
    """
    return render(
        "index.html.jinja",
        client=client,
        whole=[run for run in runs if run["notebook"]["name"].startswith(GATHERING)],
        sections=[run for run in runs if not run["notebook"]["name"].startswith(GATHERING)],
        earlier=earlier,
        changes=changes,
        damaged=damaged,
        language=language,
        version=version,
    )


def render(template: str, **values: Any) -> bytes:
    """A page of the theme: one self-contained HTML file, with every value escaped."""
    with speaking(values["language"]):
        text: str = _environment().get_template(template).render(style=_style(), **values)
    return text.encode("utf-8", errors="replace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_THEME),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["_"] = tr
    environment.filters |= {
        "shown": format_value,
        "percent": lambda level: f"{100 * level:g} %",
        "on_scale": _is_on_scale,
        "place": lambda share: f"{100 * share:.2f}%",
        "whole": whole,
        "coded": _coded,
        "day": lambda text: day(date.fromisoformat(str(text))),
        "value": value_text,
        "words": lambda name: str(name).replace("_", " "),
    }
    return environment


@cache
def _style() -> Markup:
    return Markup((_THEME / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _coded(text: str) -> Markup:
    """A sentence with what stands between backticks in the form of code; everything is escaped first."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped in this line


def _is_on_scale(item: Finding) -> bool:
    """Whether a finding and its interval can be drawn on a line from 0 to 100 %."""
    if item.unit != "share" or item.low is None or item.high is None:
        return False
    return 0 <= item.low <= item.value <= item.high <= 1


def value_text(value: Any) -> str:
    """A parameter's value as a reader sees it: – for none, lists with commas."""
    if value is None:
        return MISSING
    if isinstance(value, list | tuple):
        return ", ".join(map(value_text, value))
    return str(value)
