"""The reports that are looked at, made once: of a company whose data carry every notebook, of CDNOW, of small ones.

They are made as a user makes them, by two batches: one of client reports, whose page over all clients is looked at
too, and one of lessons and of reports in Persian.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmlab import cli, suite
from crmlab.client import Client
from crmlab.data_page.assemble import data_page
from crmlab.errors import ReportError
from crmlab.language import speaking
from crmlab.report import course, data, index
from crmlab.report.batch import portfolio_index
from crmlab.report.client_report import NUMBER
from crmlab.report.run import keep_failure, run_notebook
from tests.worlds.made import company

from .pages import COMPANY, LESSONS, NOTEBOOKS

SIZE = {"seed": 20, "customers": 1_500, "branches": 24}
GATHERED = suite.notebook(NUMBER).name


def make_reports(place: Path) -> tuple[Path, Path]:
    """The folder of client reports and that of lessons and Persian reports, both made under `place`."""
    client = str(company(place / "company", "standard", **SIZE))
    asked = {
        "reports": [{"client": client, "report": True}, {"client": "cdnow", "report": True}],
        "others": [
            {"client": client, "report": True, "view": "teaching"},
            {"client": "cdnow", "notebooks": ["02", "06"], "language": "fa"},
        ],
    }
    for name, clients in asked.items():
        portfolio = place / f"{name}.yml"
        portfolio.write_text(yaml.safe_dump({"clients": clients}), "utf-8")
        assert cli.main(["batch", str(portfolio), "--out", str(place / name), "--workers", "2", "--quiet"]) == cli.OK
    return place / "reports", place / "others"


def add_small(out: Path, small: suite.Notebook, stand_in: Any) -> Path:
    """The page of a failed notebook, after adding clients that refuse, fail, changed, and have a hostile name."""
    scripted = stand_in("scripted", '"><script>document.title = "ran"</script>')
    run_notebook(scripted, small, out=out, quiet=True)
    run_notebook(stand_in("few", "Éclair Bakery"), small, out=out, parameters={"mode": "refuse"}, quiet=True)
    before = run_notebook(stand_in("grown", "Shop 2", "e" * 64), small, out=out, quiet=True)
    _say_otherwise(before.folder / "findings.json", {"value": 0.2, "low": 0.1, "high": 0.3})
    run_notebook(stand_in("grown", "Shop 2"), small, out=out, quiet=True)
    return _failed(stand_in("broken", "Shop 10"), small, out) / "failure.html"


def _say_otherwise(record: Path, values: Mapping[str, float]) -> None:
    """The same run as if its first finding had been another, so that there is a clear change to show."""
    said = json.loads(record.read_text("utf-8"))
    said["findings"][0] |= values
    record.write_text(json.dumps(said), "utf-8")


def _failed(client: Any, small: suite.Notebook, out: Path) -> Path:
    given = {"mode": "fail"}
    with pytest.raises(ReportError) as error:
        run_notebook(client, small, out=out, parameters=given, quiet=True)
    how: dict[str, Any] = {"out": out, "parameters": given, "view": "client", "language": "en"}
    folder = keep_failure(error.value, client, small, **how)
    index.write(out / client.id, language="en")
    return folder


def pages_over_all(out: Path) -> Iterator[tuple[str, Path]]:
    """The page over all clients in Persian and in English; in Persian it lies under a name of its own."""
    persian = portfolio_index.write(out, language="fa")
    assert persian is not None
    yield "all clients, Persian", persian.rename(out / "index-fa.html")
    english = portfolio_index.write(out, language="en")
    assert english is not None
    yield "all clients", english


def data_pages(place: Path, clients: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """The data page of each client, in English, and that of CDNOW in Persian."""
    for name, path in clients.items():
        client = Client.open(path)
        yield name, data.write(data_page(client), place / client.id / data.PAGE)
    with speaking("fa"):
        told = data_page(Client.open("cdnow"))
    yield "data, Persian", data.write(told, place / "fa" / data.PAGE, language="fa")


def whole_reports(reports: Path, others: Path) -> dict[str, Path]:
    """The page of each notebook in each batch, by the names that `pages` has for them."""
    found = {name: report_of(reports / COMPANY, name) for name in NOTEBOOKS}
    lessons = {name: report_of(others / COMPANY, notebook) for name, notebook in LESSONS.items()}
    return {
        **found,
        **lessons,
        "CDNOW's report": report_of(reports / "cdnow", GATHERED),
        "CDNOW's index": reports / "cdnow" / "index.html",
        "company's index": reports / COMPANY / "index.html",
        "Persian": report_of(others / "cdnow", suite.notebook("02").name),
        "Persian value": report_of(others / "cdnow", suite.notebook("06").name),
    }


def report_of(client_folder: Path, notebook: str) -> Path:
    (found,) = client_folder.glob(f"{notebook}-*/report.html")
    return found


def course_pages(place: Path, reports: Path, languages: Sequence[str] = ("en", "fa")) -> Iterator[tuple[str, Path]]:
    """The course page in each language."""
    for language in languages:
        name = "course" if language == "en" else "course, Persian"
        yield name, course.write(place / f"course-{language}.html", reports=reports, language=language)
