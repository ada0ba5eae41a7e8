import json
import re

import pytest

from crmlab.errors import ReportError
from crmlab.report import folder as run_folder
from crmlab.report import index, record

CLIENT = {"id": "shop", "name": "Shop & Sons", "observed_until": "1998-06-30", "currency": "USD", "data_key": "d" * 64}
FINDING = {
    "id": "02.top_share", "claim": "The top <20 %> brings half.", "value": 0.5, "unit": "share", "low": 0.4,
    "high": 0.6, "n": 10, "method": "bootstrap", "denominator": "buyers",
    "window": "1997", "level": 0.95, "headline": True,
}  # fmt: skip


@pytest.fixture
def add(tmp_path):
    def add(folder, *, notebook="02_pareto", question="How concentrated?", status="done", write=True, **more):
        record = {
            "client": CLIENT, "notebook": {"name": notebook, "question": question}, "parameters": {}, "status": status,
            "findings": [FINDING], "refusals": [], "warnings": [], "lists": [],
        } | more  # fmt: skip
        if write:
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "findings.json").write_text(json.dumps(record), "utf-8")
        line = json.dumps({"notebook": notebook, "folder": folder})
        run_folder.write_bytes(tmp_path / "runs.jsonl", f"{line}\n".encode(), append=True)

    return add


def page(tmp_path) -> str:
    return index.write(tmp_path, language="en").read_text("utf-8")


def test_latest_run_of_each_notebook_in_their_order(tmp_path, add):
    add("03_x-1", notebook="03_x", question="Third?")
    add("02_pareto-1", question="Old?")
    add("02_pareto-2", question="New?")
    html = page(tmp_path)
    assert html.index("New?") < html.index("Third?")
    assert "Old?" not in html


def test_headlines_lists_and_reasons_are_shown(tmp_path, add):
    add("02_pareto-1", lists=[{"id": "top", "title": "The top", "file": "lists/top.csv", "rows": 1200}])
    add("03_x-1", notebook="03_x", status="refused", findings=[], refusals=["only 3 customers"])
    html = page(tmp_path)
    assert "The top &lt;20 %&gt; brings half." in re.sub(r"</?span[^>]*>", "", html)
    assert "95 % interval 40.0 % to 60.0 %" in html
    assert 'href="02_pareto-1/lists/top.csv"' in html
    assert "The top (1,200 rows, CSV)" in html
    assert 'href="02_pareto-1/lists.xlsx"' in html
    assert 'href="03_x-1/report.html"' in html
    assert "only 3 customers" in html


def test_run_whose_folder_was_deleted_gives_way_to_the_one_before(tmp_path, add):
    add("02_pareto-1", question="Kept?")
    add("02_pareto-2", write=False)
    assert "Kept?" in page(tmp_path)


def test_line_cut_short_by_a_crash_is_passed_over(tmp_path, add):
    add("02_pareto-1", question="Whole?")
    with (tmp_path / "runs.jsonl").open("a") as log:
        log.write('{"notebook": "03')
    assert "Whole?" in page(tmp_path)


def test_log_cannot_lead_out_of_the_folder(tmp_path, add):
    add("02_pareto-1", question="Inside?")
    (tmp_path / "runs.jsonl").write_text((tmp_path / "runs.jsonl").read_text().replace("02_p", "../../02_p"))
    runs = index.latest_runs(tmp_path, (tmp_path / "runs.jsonl").read_text())
    assert [run["folder"] for run in runs] == ["02_pareto-1"]


def test_run_that_ends_meanwhile_is_in_the_page_too(tmp_path, add, monkeypatch):
    add("02_pareto-1", question="First?")
    replace = run_folder.replace

    def while_writing(path, content):
        replace(path, content)
        if not (tmp_path / "03_x-1").exists():
            add("03_x-1", notebook="03_x", question="Second?")

    monkeypatch.setattr(run_folder, "replace", while_writing)
    assert "Second?" in page(tmp_path)


def test_changed_run_folder_is_named(tmp_path):
    (tmp_path / "02-a").mkdir()
    (tmp_path / "02-a" / "findings.json").write_text("{")
    with pytest.raises(ReportError, match=r"was changed: its findings\.json cannot be read"):
        record.read_record(tmp_path / "02-a")
