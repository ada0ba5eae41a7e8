import json
import zipfile
from pathlib import Path

import pytest

from crmlab.errors import ParameterError, ReportError
from crmlab.findings import LIST_MIME
from crmlab.report import folder as run_folder
from crmlab.report import provenance
from crmlab.report.run import _plan, run_notebook

FILES = {
    "report.html",
    "findings.json",
    "run.json",
    "notebook.ipynb",
    "lists.json",
    "lists.xlsx",
    "lists/top_customers.csv",
}


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def log_of(result) -> list[dict]:
    return [json.loads(line) for line in (result.folder.parent / "runs.jsonl").read_text("utf-8").splitlines()]


def test_run_folder_holds_everything_under_its_key(runs):
    assert runs.done.status == "done"
    assert runs.done.fresh
    assert set(files_of(runs.done.folder)) == FILES
    key = json.loads((runs.done.folder / "run.json").read_text("utf-8"))["key"]
    assert runs.done.folder.name == f"99_small-{key}"
    assert [finding.id for finding in runs.done.findings] == ["99.top_share", "99.total"]
    assert runs.done.warnings[0].startswith("<cell>:8: UserWarning: a risky choice")


def test_two_runs_are_the_same_bytes(runs):
    assert runs.twin.fresh
    assert runs.twin.folder != runs.done.folder
    assert files_of(runs.twin.folder) == files_of(runs.done.folder)
    assert runs.twin.index.read_bytes() == runs.done.index.read_bytes()


def test_run_that_is_there_is_kept_and_logged_again(runs):
    assert not runs.again.fresh
    assert runs.again.folder == runs.done.folder
    assert runs.again.findings == runs.done.findings
    assert [(line["status"], line["fresh"]) for line in log_of(runs.done)] == [("done", True), ("done", False)]


def test_nothing_half_written_is_left(runs):
    assert {path.name for path in runs.done.folder.parent.iterdir()} == {
        runs.done.folder.name, "runs.jsonl", "index.html",
    }  # fmt: skip


def test_findings_file_is_for_programs(runs):
    text = (runs.done.folder / "findings.json").read_text("utf-8")
    record = json.loads(text)
    assert text == json.dumps(record, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    assert record["client"]["observed_until"] == "1998-06-30"
    assert record["parameters"]["client"] == "shop"  # not a path of this machine
    assert record["findings"][0]["value"] == 0.5
    assert record["lists"] == [
        {"id": "top_customers", "title": "Customers to keep", "file": "lists/top_customers.csv", "rows": 3}
    ]


def test_refusal_is_a_normal_outcome(runs):
    assert runs.refused.status == "refused"
    assert runs.refused.refusals == ("only 3 customers; 100 are needed", "20 days of history; 180 are needed")
    assert json.loads((runs.refused.folder / "findings.json").read_text("utf-8"))["status"] == "refused"


def test_notebook_has_no_times_no_payloads_and_no_paths_of_this_machine(runs):
    text = (runs.done.folder / "notebook.ipynb").read_text("utf-8")
    assert "papermill" not in text
    assert LIST_MIME not in text
    assert str(Path("client.yml").resolve()) not in text
    injected = next(cell for cell in json.loads(text)["cells"] if cell["id"] == "injected-parameters")
    assert "client = 'shop'" in "".join(injected["source"])


def test_run_record_says_what_went_in(runs):
    record = json.loads((runs.done.folder / "run.json").read_text("utf-8"))
    assert record["rows_by_rule"][0] == {"rule": "read", "rows": 3, "amount": "14.5000"}
    assert record["sources"][0]["sha256"] == "a" * 64
    assert {"pandas", "duckdb", "papermill", "jinja2"} <= set(record["versions"])
    assert record["crmlab"]["source_sha256"] == provenance.package_sha256()


def test_hour_stands_only_in_the_log(runs):
    stamp = log_of(runs.done)[0]["time"]
    assert stamp.endswith("+00:00")
    assert all(stamp[:10].encode() not in content for content in files_of(runs.done.folder).values())
    with zipfile.ZipFile(runs.done.folder / "lists.xlsx") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


@pytest.mark.parametrize("parameters", [{"seed": "x"}, {"sead": 1}, {"client": "other"}])
def test_wrong_parameters_are_refused_before_anything_starts(small, stand_in, tmp_path, monkeypatch, parameters):
    monkeypatch.setattr("crmlab.report.run.execute", None)
    with pytest.raises(ParameterError, match="99_small cannot run with these parameters"):
        run_notebook(stand_in(), small, out=tmp_path / "OUT", parameters=parameters)
    assert not (tmp_path / "OUT").exists()


def test_failed_notebook_leaves_nothing(small, stand_in, tmp_path):
    with pytest.raises(ReportError, match="99_small failed in cell 'trouble'"):
        run_notebook(stand_in(), small, out=tmp_path / "OUT", parameters={"mode": "fail"})
    assert not (tmp_path / "OUT").exists()


def test_failed_write_leaves_nothing(small, stand_in, tmp_path, monkeypatch):
    def full(path, content, **how):
        raise ReportError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr(run_folder, "write_bytes", full)
    monkeypatch.setattr("crmlab.report.run._made", lambda *_plan, **_how: {"report.html": b""})
    with pytest.raises(ReportError, match=r"cannot write .*report\.html: No space left"):
        run_notebook(stand_in(), small, out=tmp_path / "OUT")
    assert not list(tmp_path.rglob("*.html"))


def test_place_that_is_a_file_is_refused_before_the_notebook_runs(small, stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr("crmlab.report.run.execute", None)
    (tmp_path / "OUT").write_text("a file")
    with pytest.raises(ReportError, match=r"reports cannot go to .*OUT is a file"):
        run_notebook(stand_in(), small, out=tmp_path / "OUT" / "deeper")


def test_key_minds_data_view_and_parameters(small, stand_in):
    keys = {
        _plan(client, small, given, view, "en", out=Path()).key
        for client, given, view in [
            (stand_in(), {}, "client"),
            (stand_in(), {}, "teaching"),
            (stand_in(), {"seed": 7}, "client"),
            (stand_in(data_key="e" * 64), {}, "client"),
            (stand_in(name="Shop and Sons"), {}, "client"),
        ]
    }
    assert len(keys) == 5
    assert (
        _plan(stand_in(), small, {"seed": 20}, "client", "en", out=Path()).key
        == _plan(stand_in(), small, {}, "client", "en", out=Path()).key
    )
