"""The whole command on tiny notebooks: one batch with every outcome, looked at from all sides, then run again."""

import json
from types import SimpleNamespace

import pytest

from tests.report.batch.conftest import lines, partial, whole, write_client

HOSTILE = "Ann's <script>alert(1)</script> & Sons"


@pytest.fixture(scope="module")
def batch(checkout, tmp_path_factory):
    """Two clients: a client report with a failed and a refused notebook, a single notebook asked for twice."""
    place = tmp_path_factory.mktemp("batch")
    write_client(place / "whole", "whole", name=HOSTILE)
    write_client(place / "single", "single")
    one = {"notebook": 2, "parameters": {"mode": "refuse"}}
    portfolio = checkout.portfolio(
        place,
        [
            {"client": "whole", "report": True, "notebooks": [{"notebook": 1, "parameters": {"mode": "fail"}}, one]},
            {"client": "single/client.yml", "notebooks": [2], "parameters": {"seed": 7}},
            {"client": "single", "notebooks": [{"notebook": "02_tiny", "parameters": {"seed": 7}}]},
        ],
    )
    out = place / "OUT"
    first = checkout.run("batch", portfolio, "--out", out, "--workers", 2, "--json")
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*-*/*")}
    again = checkout.run("batch", portfolio, "--out", out, "--workers", 2)
    return SimpleNamespace(out=out, first=first, again=again, before=before, place=place)


def test_a_line_of_json_for_each_report_and_one_at_the_end(batch):
    assert batch.first.returncode == 1, batch.first.stderr
    *reports, last = lines(batch.first)
    told = {(line["client"], line["notebook"]): line["status"] for line in reports}
    assert told == {
        ("whole", "01_tiny"): "failed",
        ("whole", "02_tiny"): "refused",
        ("whole", "90_tiny"): "done",
        ("single", "02_tiny"): "done",
    }
    assert len(reports) == 4  # two entries of the same run are one
    assert last == {
        "event": "end", "done": 2, "before": 0, "refused": 1, "failed": 1, "seconds": last["seconds"],
        "index": str(batch.out / "index.html"),
    }  # fmt: skip
    by = {line["notebook"]: line for line in reports if line["client"] == "whole"}
    assert by["01_tiny"]["reason"].startswith("01_tiny failed in cell 'work': ValueError: no <such> thing")
    assert by["02_tiny"]["reason"] == "only 2 customers; 100 are needed"
    assert by["90_tiny"]["headline"] == "The seed is 20. "


def test_client_report_came_after_its_notebooks_and_reads_their_folders(batch):
    reports = [line for line in lines(batch.first) if line.get("client") == "whole"]
    assert reports[-1]["notebook"] == "90_tiny"
    made = {line["notebook"]: line["folder"].rpartition("/")[2] for line in reports}
    run = json.loads((batch.out / "whole" / made["90_tiny"] / "run.json").read_text("utf-8"))
    assert run["inputs"] == [made["01_tiny"], made["02_tiny"]]
    assert (batch.out / "whole" / "data.html").is_file()


def test_failed_notebook_is_kept_to_its_failing_cell_and_linked(batch):
    (folder,) = batch.out.glob("whole/01_tiny-*")
    notebook = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
    assert notebook["cells"][-1]["id"] == "work"
    kinds = [output["output_type"] for output in notebook["cells"][-1]["outputs"]]
    assert kinds == ["stream", "error"]
    page = (folder / "failure.html").read_text("utf-8")
    assert "no &lt;such&gt; thing" in page
    assert "raise ValueError(&#34;no &lt;such&gt; thing&#34;)" in page  # the cell's source
    assert str(batch.place) not in page + json.dumps(notebook)  # no place of this machine
    link = f'{folder.name}/failure.html"'
    assert link in (batch.out / "whole" / "index.html").read_text("utf-8")
    assert f'href="whole/{link}' in (batch.out / "index.html").read_text("utf-8")


def test_index_has_a_row_for_each_client_and_escapes_its_text(batch):
    page = (batch.out / "index.html").read_text("utf-8")
    assert page.count('<tr data-status="') == 2
    assert "<script>alert" not in page
    assert "Ann&#39;s &lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in page
    assert "The seed is 7." in page
    assert "only 2 customers; 100 are needed" in page


def test_running_it_again_makes_only_what_failed(batch):
    assert batch.again.returncode == 1
    assert "4 reports of 2 clients" in batch.again.stdout
    assert "0 done, 2 done before, 1 refused, 1 failed" in batch.again.stdout
    assert {path: path.stat().st_mtime_ns for path in batch.out.glob("*/*-*/*")} == batch.before


def test_table_names_every_report_and_progress_goes_to_standard_error(batch):
    for text in ("whole", "single", "01_tiny", "done before", "refused", "failed", "The seed is 7."):
        assert text in batch.again.stdout
    assert batch.again.stderr.count("of 4: ") == 4
    assert f"Open {batch.out / 'index.html'}" in batch.again.stdout


def test_nothing_half_written_is_left(batch):
    assert partial(batch.out) == []
    needed = {"findings.json", "run.json", "lists.json", "notebook.ipynb"}
    for name, files in whole(batch.out).items():
        assert needed <= files, name
        assert {"report.html", "failure.html"} & files, name


def test_wrong_portfolio_starts_nothing(checkout, tmp_path):
    portfolio = checkout.portfolio(tmp_path, [{"client": "nowhere", "notebooks": [77]}])
    done = checkout.run("batch", portfolio, "--out", tmp_path / "OUT")
    assert done.returncode == 2
    assert "line 2: there is no notebook '77'" in done.stderr
    assert "there is no client" in done.stderr
    assert not (tmp_path / "OUT").exists()
