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
    assert html.index("New?") < html.index("Third?") < html.index("Earlier runs") < html.index("Old?")


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
    runs, damaged = index.all_runs(tmp_path, (tmp_path / "runs.jsonl").read_text())
    assert [run["folder"] for run in runs] == ["02_pareto-1"]
    assert damaged == []


def test_run_that_ends_meanwhile_is_in_the_page_too(tmp_path, add, monkeypatch):
    add("02_pareto-1", question="First?")
    replace = run_folder.replace

    def while_writing(path, content):
        replace(path, content)
        if not (tmp_path / "03_x-1").exists():
            add("03_x-1", notebook="03_x", question="Second?")

    monkeypatch.setattr(run_folder, "replace", while_writing)
    assert "Second?" in page(tmp_path)


def test_run_folder_that_was_changed_is_said_and_does_not_stop_the_others(tmp_path, add):
    add("02_pareto-1", question="Whole?")
    add("03_x-1", notebook="03_x", question="Broken?")
    (tmp_path / "03_x-1" / "findings.json").write_text("{")
    html = page(tmp_path)
    assert "Whole?" in html
    assert "03_x-1 was changed: its findings.json cannot be read" in html


def test_client_report_comes_first_and_large(tmp_path, add):
    add("02_pareto-1", question="A part?")
    add("90_client_report-1", notebook="90_client_report", question="What next?")
    html = page(tmp_path)
    assert html.index("What next?") < html.index("A part?")
    assert 'class="card whole-report"' in html
    assert "Open the client report" in html


def test_failed_run_says_where_and_has_no_link(tmp_path, add):
    failure = {"cell": "fit", "error": "ValueError: <no>"}
    add("03_x-1", notebook="03_x", status="failed", findings=[], failure=failure)
    html = page(tmp_path)
    assert "In cell fit:" in html
    assert "ValueError: &lt;no&gt;" in html
    assert 'href="03_x-1' not in html


def before(**finding):
    client = CLIENT | {"data_key": "c" * 64, "observed_until": "1998-03-31"}
    return {"client": client, "findings": [FINDING | finding]}


@pytest.mark.parametrize(
    ("then", "verdict", "difference"),
    [
        ({"value": 0.3, "low": 0.25, "high": 0.39}, "A clear change", "+20.0 points"),  # .39 < .40
        ({"value": 0.45, "low": 0.3, "high": 0.55}, "No clear change", "+5.0 points"),
        ({"value": 0.61, "low": 0.6, "high": 0.7}, "No clear change", "-11.0 points"),  # they touch at .60
        ({"value": 0.45, "low": None, "high": None}, "Counted, not estimated", "+5.0 points"),
    ],
)
def test_then_and_now_with_both_dates_and_whether_the_intervals_overlap(tmp_path, add, then, verdict, difference):
    add("02_pareto-1", **before(**then))
    add("02_pareto-2")
    part = page(tmp_path).split('id="changes"')[1].split("</section>")[0]
    assert part.index("1998-03-31") < part.index("1998-06-30")
    assert verdict in part
    assert difference in part


def test_money_and_counts_differ_in_their_own_unit(tmp_path, add):
    add("02_pareto-1", **before(unit="money", value=1200.0, low=1000.0, high=1300.0))
    add("02_pareto-2", findings=[FINDING | {"unit": "money", "value": 200.0, "low": 100.0, "high": 300.0}])
    assert "-1,000.00 USD" in page(tmp_path)


@pytest.mark.parametrize(
    "then",
    [
        {"client": CLIENT},  # the same data
        {"client": CLIENT | {"data_key": "c" * 64, "observed_until": "1999-06-30"}},  # later data
        {"client": CLIENT | {"data_key": "c" * 64, "currency": "EUR"}},
        before() | {"status": "refused", "findings": []},
        before(unit="count"),
        before(id="02.other"),
    ],
)
def test_what_is_not_the_same_thing_on_earlier_data_is_not_compared(tmp_path, add, then):
    add("02_pareto-1", **then)
    add("02_pareto-2")
    assert 'id="changes"' not in page(tmp_path)


def test_parameters_that_differ_are_named_instead_of_compared(tmp_path, add):
    add("02_pareto-1", **before(), parameters={"seed": 1, "top_share": 0.2, "view": "client"})
    add("02_pareto-2", parameters={"seed": 1, "top_share": 0.3, "view": "teaching", "horizon": [3, 6]})
    part = re.sub(r"<[^>]+>", "", page(tmp_path).split('id="changes"')[1].split("</section>")[0])
    assert "Not compared, because it ran with other parameters on the data observed until 1998-03-31" in part
    assert "top_share: 0.2 then, 0.3 now" in part
    assert "horizon: – then, 3, 6 now" in part
    assert "seed" not in part
    assert "view" not in part


def test_last_run_with_the_same_parameters_is_compared_with_although_another_came_between(tmp_path, add):
    add("02_pareto-1", **before(value=0.1, low=0.05, high=0.15), parameters={"top_share": 0.2})
    add("02_pareto-2", **before(), parameters={"top_share": 0.5})
    add("02_pareto-3", parameters={"top_share": 0.2})
    assert "+40.0 points" in page(tmp_path)


def test_changed_run_folder_is_named(tmp_path):
    (tmp_path / "02-a").mkdir()
    (tmp_path / "02-a" / "findings.json").write_text("{")
    with pytest.raises(ReportError, match=r"was changed: its findings\.json cannot be read"):
        record.read_record(tmp_path / "02-a")
