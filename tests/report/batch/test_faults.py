"""What can go wrong while a batch runs: each fault costs its own report and nothing else."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crmlab.errors import ReportError
from crmlab.report import folder as run_folder
from crmlab.report.batch.jobs import Task
from crmlab.report.batch.perform import Setting, perform
from crmlab.report.batch.portfolio import read_portfolio
from tests.report.batch.conftest import ended, family, gone, lines, partial, wait_for, whole, workers, write_client


def slow(begun):
    """A notebook that goes on for ever once it has made the file `begun`."""
    return {"notebook": 1, "parameters": {"mode": "slow", "label": str(begun)}}


def clients(place, *names):
    for name in names:
        write_client(place / name, name)


def test_killed_worker_fails_its_job_alone_and_is_replaced(checkout, tmp_path):
    clients(tmp_path, "a", "b", "c")
    entries = [
        {"client": "a", "notebooks": [slow(tmp_path / "begun")]},
        *({"client": one, "notebooks": [2]} for one in "bc"),
    ]
    portfolio = checkout.portfolio(tmp_path, entries)
    out = tmp_path / "OUT"
    with ended(checkout.start("batch", portfolio, "--out", out, "--workers", 1, "--json", "--quiet")) as process:
        wait_for((tmp_path / "begun").exists)
        (worker,) = workers(process)
        started = worker.children(recursive=True)
        (tmp_path / "c" / "client.yml").unlink()  # and a client disappears in the middle
        worker.kill()
        text, errors = process.communicate(timeout=240)
    assert gone(started)
    assert process.returncode == 1, errors
    told = {line["client"]: line for line in map(json.loads, text.splitlines()) if line["event"] == "report"}
    assert {name: line["status"] for name, line in told.items()} == {"a": "failed", "b": "done", "c": "failed"}
    assert "its worker process was ended by SIGKILL" in told["a"]["reason"]
    assert "holds no client.yml" in told["c"]["reason"]
    record = json.loads((Path(told["a"]["folder"]) / "findings.json").read_text("utf-8"))
    assert record["status"] == "failed"
    assert partial(out) == []


def test_batch_that_is_killed_leaves_nothing_and_is_finished_by_the_next(checkout, tmp_path):
    clients(tmp_path, "a", "b")
    portfolio = checkout.portfolio(
        tmp_path, [{"client": "b", "notebooks": [2]}, {"client": "a", "notebooks": [slow(tmp_path / "begun")]}]
    )
    out = tmp_path / "OUT"
    with ended(checkout.start("batch", portfolio, "--out", out, "--workers", 1)) as process:
        wait_for((tmp_path / "begun").exists)
        started = family(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert gone(started)
    assert partial(out) == []
    (before,) = whole(out)
    again = checkout.run("batch", portfolio, "--out", out, "--workers", 1, "--json", "--time-limit", 3)
    assert again.returncode == 1, again.stderr
    told = {line["client"]: line for line in lines(again) if line["event"] == "report"}
    assert (told["b"]["status"], told["b"]["fresh"]) == ("done", False)
    assert told["b"]["folder"].endswith(before)
    assert "its limit of 3 seconds is over" in told["a"]["reason"]
    assert Path(told["a"]["folder"], "failure.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_it_leaves_no_process_and_nothing_half_written(checkout, tmp_path, number):
    clients(tmp_path, "a", "b")
    portfolio = checkout.portfolio(
        tmp_path, [{"client": one, "notebooks": [slow(tmp_path / f"begun-{one}")]} for one in "ab"]
    )
    out = tmp_path / "OUT"
    with ended(checkout.start("batch", portfolio, "--out", out, "--workers", 2)) as process:
        wait_for(lambda: (tmp_path / "begun-a").exists() and (tmp_path / "begun-b").exists())
        started = family(process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert gone(started)
    assert process.returncode == 130
    assert "stopped; nothing half-written was left behind" in errors
    assert whole(out) == {}
    assert partial(out) == []


@pytest.mark.slow
def test_two_batches_on_one_folder_do_not_disturb_each_other(checkout, tmp_path):
    clients(tmp_path, *"abc")
    portfolio = checkout.portfolio(tmp_path, [{"client": one, "notebooks": [1, 2]} for one in "abc"])
    out = tmp_path / "OUT"
    command = ("batch", portfolio, "--out", out, "--workers", 2, "--json")
    with ended(checkout.start(*command)) as one, ended(checkout.start(*command)) as other:
        for process in (one, other):
            text, errors = process.communicate(timeout=240)
            assert process.returncode == 0, errors
            assert json.loads(text.splitlines()[-1])["failed"] == 0
    assert len(whole(out)) == 6
    assert partial(out) == []
    for client in "abc":
        logged = [json.loads(line) for line in (out / client / "runs.jsonl").read_text("utf-8").splitlines()]
        assert len(logged) == 4  # twice each notebook
        assert sum(line["fresh"] for line in logged) == 2  # and each was made once
    assert (out / "index.html").read_text("utf-8").count('<tr data-status="done"') == 3


APPENDING = """
import sys
from pathlib import Path
from crmlab.report.folder import replace, write_bytes
log, page, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for number in range(100):
    write_bytes(log, f'{name} {number} {"x" * 2000}\\n'.encode(), append=True)
    replace(page, (name * 5000).encode())
"""


def test_eight_processes_append_whole_lines_and_replace_whole_files(tmp_path):
    log, page = tmp_path / "runs.jsonl", tmp_path / "index.html"
    started = [subprocess.Popen([sys.executable, "-c", APPENDING, log, page, name]) for name in "abcdefgh"]
    assert [process.wait() for process in started] == [0] * 8
    found = log.read_text().splitlines()
    expected = {f"{name} {number} {'x' * 2000}" for name in "abcdefgh" for number in range(100)}
    assert len(found) == 800
    assert set(found) == expected
    assert page.read_text() in {name * 5000 for name in "abcdefgh"}
    assert {path.name for path in tmp_path.iterdir()} == {"runs.jsonl", "index.html"}


@pytest.fixture
def task(tiny_suite, tmp_path):
    clients(tmp_path, "a")
    (tmp_path / "p.yml").write_text("clients: [{client: a, notebooks: [1]}]")
    return Task(kind="run", job=read_portfolio(tmp_path / "p.yml").jobs[0])


@pytest.mark.parametrize("cause", ["No space left on device", "Permission denied"])
def test_write_that_fails_is_told_and_leaves_nothing(task, tmp_path, monkeypatch, cause):
    def refuse(path, content, **how):
        raise ReportError(f"cannot write {path}: {cause}")

    monkeypatch.setattr("crmlab.report.run._made", lambda *_plan, **_how: {"report.html": b""})
    monkeypatch.setattr(run_folder, "write_bytes", refuse)
    outcome = perform(task, Setting(out=tmp_path / "OUT"))
    assert outcome.status == "failed"
    assert cause in outcome.told
    assert "its record cannot be kept" in outcome.told
    assert outcome.folder is None
    assert not list((tmp_path / "OUT").rglob("*.html"))


def test_fault_of_ours_is_told_as_one_and_ends_nothing(task, tmp_path, monkeypatch):
    def broken(*_given, **_how):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("crmlab.report.batch.perform.run_notebook", broken)
    outcome = perform(task, Setting(out=tmp_path / "OUT"))
    assert (outcome.status, outcome.told) == ("failed", "ZeroDivisionError: division by zero")


def test_client_that_changed_its_id_meanwhile(task, tmp_path):
    file = tmp_path / "a" / "client.yml"
    file.write_text(file.read_text().replace("id: a", "id: z"))
    outcome = perform(task, Setting(out=tmp_path / "OUT"))
    assert "has got another id since the batch began: z" in outcome.told
    assert not (tmp_path / "OUT").exists()
