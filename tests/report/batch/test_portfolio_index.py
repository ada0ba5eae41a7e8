"""The page over all clients, made from run folders that lie there."""

import json
import re

import pytest

from crmlab.errors import ReportError
from crmlab.report import folder as run_folder
from crmlab.report.batch import portfolio_index
from crmlab.report.folder import publish

FINDING = {
    "id": "02.top_share", "claim": "The top <20 %> brings half.", "value": 0.5, "unit": "share", "low": 0.4,
    "high": 0.6, "n": 10, "method": "bootstrap", "denominator": "buyers", "window": "1997", "level": 0.95,
    "headline": True,
}  # fmt: skip


@pytest.fixture
def add(tmp_path):
    def add(
        client, folder, *, notebook="02_pareto", status="done", until="1998-06-30", data="d" * 64, files=(), **more
    ):
        record = {
            "client": {
                "id": client, "name": more.pop("name", f"Shop {client}"), "observed_until": until, "currency": "USD",
                "data_key": data,
            },
            "notebook": {"name": notebook, "question": "Why?"}, "parameters": {}, "status": status,
            "findings": [FINDING], "refusals": [], "warnings": [], "lists": [],
        } | more  # fmt: skip
        place = tmp_path / client / folder
        run_folder.write_bytes(place / "findings.json", json.dumps(record).encode())
        for name in files:
            run_folder.write_bytes(place / name, b"")
        line = json.dumps({"notebook": notebook, "folder": folder})
        run_folder.write_bytes(tmp_path / client / "runs.jsonl", f"{line}\n".encode(), append=True)

    return add


def page(tmp_path, language="en") -> str:
    return portfolio_index.write(tmp_path, language=language).read_text("utf-8")


def row(html: str, client: str) -> str:
    return next(part for part in html.split("<tr data-status=")[1:] if f'href="{client}/index.html"' in part)


def test_row_has_status_findings_and_what_to_look_at(tmp_path, add):
    add("a", "02_pareto-1")
    add("a", "03_x-1", notebook="03_x", status="refused", findings=[], refusals=["only 3 customers"])
    add("b", "02_pareto-1", status="refused", findings=[], refusals=["too short"])
    failure = {"cell": "fit", "error": "ValueError: <no>"}
    add("c", "02_pareto-1", warnings=["a risky choice"])
    add("c", "03_x-1", notebook="03_x", status="failed", findings=[], failure=failure, files=["failure.html"])
    html = page(tmp_path)
    assert row(html, "a").startswith('"done"')
    assert "1 answered, 1 not answered, 0 failed" in row(html, "a")
    assert "only 3 customers" in row(html, "a")
    assert "The top &lt;20 %&gt; brings half." in re.sub(r"</?span[^>]*>", "", row(html, "a"))
    assert "<b>50.0 %</b>" in row(html, "a")
    assert row(html, "b").startswith('"refused"')
    assert row(html, "c").startswith('"failed"')
    assert 'href="c/03_x-1/failure.html"' in row(html, "c")
    assert "ValueError: &lt;no&gt;" in row(html, "c")
    assert "a risky choice" in row(html, "c")


def test_failure_that_was_mended_is_none_any_more(tmp_path, add):
    add("a", "02_pareto-1", status="failed", findings=[], failure={"cell": "fit", "error": "no"})
    add("a", "02_pareto-2")
    assert row(page(tmp_path), "a").startswith('"done"')


def test_client_report_speaks_for_the_client(tmp_path, add):
    add("a", "02_pareto-1")
    add("a", "90_report-1", notebook="90_report", findings=[FINDING | {"claim": "Write to 40 customers."}])
    found = row(page(tmp_path), "a")
    assert "Write to 40 customers." in found
    assert "brings half" not in found
    assert 'href="a/90_report-1/report.html"' in found


def test_change_since_the_last_run_on_other_data(tmp_path, add):
    # 0.5 (0.4 to 0.6) now; 0.2 (0.1 to 0.3) then: the intervals do not overlap, and 0.5 - 0.2 is 30 points
    add(
        "a",
        "02_pareto-1",
        until="1998-03-31",
        data="e" * 64,
        findings=[FINDING | {"value": 0.2, "low": 0.1, "high": 0.3}],
    )
    add("a", "02_pareto-2")
    add("b", "02_pareto-1")
    html = page(tmp_path)
    assert "clear change since 1998-03-31" in row(html, "a")
    assert "+30.0" in row(html, "a")
    assert 'data-value="1"' in row(html, "a")
    assert "since 1998" not in row(html, "b")


def test_text_of_a_client_is_text(tmp_path, add):
    add("a", "02_pareto-1", name='"><script>alert(1)</script>', warnings=["<img src=x onerror=alert(1)>"])
    html = page(tmp_path)
    assert html.count("<script") == 1  # our own
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_only_its_own_script_may_run_and_nothing_is_loaded(tmp_path, add):
    add("a", "02_pareto-1")
    html = page(tmp_path)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", policy)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_sorting_and_filtering_are_for_the_keyboard_too(tmp_path, add):
    add("a", "02_pareto-1")
    html = page(tmp_path)
    assert html.count('<button type="button"') == html.count('<th scope="col"') == 5
    assert 'for="words"' in html
    assert 'for="status"' in html
    assert 'role="status"' in html


def test_persian_page_is_right_to_left(tmp_path, add):
    add("a", "02_pareto-1")
    html = page(tmp_path, language="fa")
    assert 'lang="fa" dir="rtl"' in html
    assert 'lang="en"' not in row(html, "a").split("</th>")[0]


def test_folders_without_runs_and_damaged_ones(tmp_path, add):
    assert portfolio_index.write(tmp_path / "none", language="en") is None
    add("a", "02_pareto-1")
    add("a", "03_x-1", notebook="03_x")
    (tmp_path / "a" / "03_x-1" / "findings.json").write_text("{")
    (tmp_path / "notes").mkdir()
    html = page(tmp_path)
    assert html.count("<tr data-status=") == 1
    assert "03_x-1 was changed: its findings.json cannot be read" in html


def test_run_that_ends_meanwhile_is_in_the_page_too(tmp_path, add, monkeypatch):
    add("a", "02_pareto-1")
    replace = run_folder.replace

    def while_writing(path, content):
        replace(path, content)
        if not (tmp_path / "b").exists():
            add("b", "02_pareto-1")

    monkeypatch.setattr(run_folder, "replace", while_writing)
    assert page(tmp_path).count("<tr data-status=") == 2


def test_page_that_cannot_be_written_is_left_as_it_was(tmp_path, add, monkeypatch):
    add("a", "02_pareto-1")
    before = page(tmp_path)

    def full(path, content, **how):
        raise ReportError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr(run_folder, "write_bytes", full)
    with pytest.raises(ReportError, match="No space left"):
        portfolio_index.write(tmp_path, language="en")
    assert (tmp_path / "index.html").read_text("utf-8") == before


def test_made_again_with_the_same_bytes_nothing_changes(tmp_path):
    assert publish(tmp_path / "02-abc", {"report.html": b"one"})
    assert not publish(tmp_path / "02-abc", {"report.html": b"one"}, again=True)
    assert [path.name for path in tmp_path.iterdir()] == ["02-abc"]


def test_made_again_with_other_bytes_the_old_folder_is_put_aside_whole(tmp_path):
    publish(tmp_path / "02-abc", {"report.html": b"one", "lists/a.csv": b"a"})
    assert publish(tmp_path / "02-abc", {"report.html": b"two"}, again=True)
    assert (tmp_path / "02-abc" / "report.html").read_bytes() == b"two"
    (aside,) = (path for path in tmp_path.iterdir() if path.name != "02-abc")
    assert aside.name.startswith("aside-02-abc-")
    assert (aside / "report.html").read_bytes() == b"one"
    assert (aside / "lists" / "a.csv").read_bytes() == b"a"
