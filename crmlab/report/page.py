"""The pages: a report of one run and the index of a client, each one file that needs nothing else to be read."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from crmlab.brand import OUR_OWN, Brand
from crmlab.client import Client
from crmlab.display import format_value, marked_code, unit_word
from crmlab.findings import Finding
from crmlab.language import FONTS, current, day, is_right_to_left, listed, percent, speaking, translated
from crmlab.language.numbers import MISSING
from crmlab.report.body import Body
from crmlab.report.brand import logo
from crmlab.report.brand import style as brand_style
from crmlab.report.changes import Changes
from crmlab.report.collect import Collected
from crmlab.report.evidence import GATHERING
from crmlab.report.safe_html import whole
from crmlab.suite import Notebook

THEME = Path(__file__).parent / "theme"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report says, before it has a form.

    `counts` is the table of rows and money by rule, `period` the dates of the first and the last kept row,
    `parameters` has name, value and description of each, `provenance` what went into the run, by name; `translation`
    is how many messages it says and how many of them are not translated; `commands` are the command lines that make
    it again, `libraries` the versions used. A report that `puts_together` others has its summary in its text.
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
    translation: tuple[int, int] = (0, 0)
    commands: Sequence[str] = ()
    puts_together: bool = False
    libraries: str = ""


def report_page(report: Report) -> bytes:
    """The report as one self-contained HTML file."""
    return render(
        "report.html.jinja",
        language=report.language,
        version=report.version,
        brand=report.client.brand,
        client=report.client,
        sources=report.client.sources,
        notebook=report.notebook.name,
        question=translated(report.notebook.question),
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
        translation=report.translation,
        commands=report.commands,
        puts_together=report.puts_together,
        libraries=report.libraries,
    )


def index_page(
    client: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
    *,
    earlier: Sequence[Mapping[str, Any]],
    changes: Changes,
    damaged: Sequence[str],
    data_page: str | None,
    language: str,
    version: str,
    brand: Brand,
) -> bytes:
    """The index of a client as one self-contained HTML file.

    `runs` are the latest of each notebook, made by `index.latest_runs`; `earlier` all others, the last first;
    `damaged` says what is wrong with run folders that cannot be read; `data_page` is the name of the data page's file,
    None where there is none.
    """
    return render(
        "index.html.jinja",
        client=client,
        whole=[run for run in runs if run["notebook"]["name"].startswith(GATHERING)],
        sections=[run for run in runs if not run["notebook"]["name"].startswith(GATHERING)],
        earlier=earlier,
        changes=changes,
        damaged=damaged,
        data_page=data_page,
        language=language,
        version=version,
        brand=brand,
    )


def render(template: str, *, brand: Brand = OUR_OWN, **values: Any) -> bytes:
    """A page of the theme in the look of a brand: one self-contained HTML file, with every value escaped."""
    with speaking(values["language"]):
        turned = is_right_to_left(current())
        style = _style(turned=turned) + brand_style(brand)
        shown = {"style": style, "right_to_left": turned, "brand": brand, **values}
        text: str = _environment().get_template(template).render(shown)
    return text.encode("utf-8", errors="replace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(THEME),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["_"] = _said
    environment.filters |= {
        "shown": format_value,
        "percent": lambda level: percent(level, None),
        "translated": translated,
        "unit_word": lambda item, currency: unit_word(item.value, item.unit, currency),
        "apart": _apart,
        "day": _day,
        "time": _time,
        "file": _file,
        "own_language": _own_language,
        "on_scale": _is_on_scale,
        "place": lambda share: f"{100 * share:.2f}%",
        "whole": whole,
        "coded": _coded,
        "value": value_text,
        "logo": logo,
        "words": lambda name: translated(str(name).replace("_", " ")),
        "css_text": _css_text,
        "script": _script,
        "script_hash": _script_hash,
    }
    return environment


@cache
def _style(*, turned: bool) -> Markup:
    """The style sheet; for a page from right to left with its font inside, and what such a page needs besides."""
    style = (THEME / "style.css").read_text(encoding="utf-8")
    if turned:
        font = base64.b64encode((FONTS / "Vazirmatn.woff2").read_bytes()).decode("ascii")
        style += (THEME / "right_to_left.css").read_text(encoding="utf-8").replace("FONT", font)
    return Markup(style)  # noqa: S704 - our own files


@cache
def _script(name: str) -> Markup:
    """A script of the theme, as it stands in the page."""
    return Markup((THEME / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _script_hash(name: str) -> str:
    """What lets the browser run this one script of ours and no other, whatever stands in the page."""
    digest = hashlib.sha256(_script(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _said(message: str, **values: Any) -> Markup:
    """A message of a template in the language spoken; it and its values are escaped, but for what is HTML already."""
    said = escape(translated(message))
    return said.format(**values) if values else said


def _apart(text: Any) -> Markup:
    """What is not of the page's language, in a direction of its own."""
    return Markup("<bdi>{}</bdi>").format(text)


def _day(iso: date | str) -> str:
    return day(date.fromisoformat(iso) if isinstance(iso, str) else iso)


def _time(iso: date | str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(str(iso), _day(iso))


def _file(name: str, *, download: bool = True) -> Markup:
    link = Markup('<a href="{}" download>{}</a>') if download else Markup('<a href="{}">{}</a>')
    return link.format(name, name)


def _own_language(run: Mapping[str, Any], language: str) -> Markup:
    """The attributes of a run's own language and direction, where it is not that of the page."""
    own = str(run["parameters"].get("language", language))
    direction = "rtl" if is_right_to_left(own) else "ltr"
    return Markup("") if own == language else Markup(' lang="{}" dir="{}"').format(own, direction)


def _coded(text: str) -> Markup:
    """A sentence with what stands between backticks in the form of code, days and percentages not broken; escaped."""
    return Markup(marked_code(str(whole(text))))  # noqa: S704 - `whole` has escaped it


def _css_text(text: str) -> Markup:
    """`text` as a string of CSS: what is no letter or digit is written as its code, so nothing can end the string."""
    written = "".join(sign if sign.isalnum() else f"\\{ord(sign):06x}" for sign in text)
    return Markup('"{}"').format(written)


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
        return listed(map(value_text, value))
    return str(value)
