"""What can go wrong while a batch runs: each fault costs its own report and nothing else."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from crmlab.errors import DataError, ReportError
from crmlab.report import folder as run_folder
from crmlab.report.batch import portfolio_index
from crmlab.report.batch.jobs import Queue, Task
from crmlab.report.batch.perform import Setting, perform
from crmlab.report.batch.pool import _Pool, run_here
from crmlab.report.batch.portfolio import read_portfolio
from crmlab.report.contents import files
from crmlab.report.execute import Execution
from crmlab.report.record import read_record
from tests.report.batch.conftest import ended, family, gone, lines, partial, wait_for, whole, workers, write_client


def slow(begun):
    """A notebook that goes on for ever once it has made the file `begun`."""
    return {"notebook": 1, "parameters": {"mode": "slow", "label": str(begun)}}


def status_on(page, client):
    """The status of the client's row on the page over all clients."""
    (row,) = (part for part in page.split("<tr data-status=")[1:] if f'href="{client}/index.html"' in part)
    return row.split('"')[1]


def dead_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


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
    left = out / "gone" / f".02_tiny-0.partial-{run_folder._host()}-{dead_process()}-0"  # of a client of yesterday
    left.mkdir(parents=True)
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
    for name in "ac":
        record = json.loads((Path(told[name]["folder"]) / "findings.json").read_text("utf-8"))
        assert record["status"] == "failed"
    assert partial(out) == []
    page = (out / "index.html").read_text("utf-8")
    assert {name: status_on(page, name) for name in "abc"} == {"a": "failed", "b": "done", "c": "failed"}
    assert "holds no client.yml" in page
    assert str(tmp_path) not in page
    assert "holds no client.yml" in (out / "c" / "index.html").read_text("utf-8")


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
    assert [path.name for path in (tmp_path / "OUT").iterdir()] == ["a"]
    assert read_record(tmp_path / "OUT" / "a" / outcome.folder)["status"] == "failed"


def test_client_that_cannot_be_opened_has_a_row_until_it_can(task, tmp_path, monkeypatch):
    out, sales = tmp_path / "OUT", tmp_path / "a" / "sales.csv"
    monkeypatch.setattr("crmlab.report.run._made", lambda plan, *_, **_how: files(plan, Execution(finished(), None)))
    assert perform(task, Setting(out=out)).status == "done"
    kept = sales.read_text()
    sales.write_text(kept.replace("10.00", "ten"))
    outcome = perform(task, Setting(out=out))
    assert outcome.status == "failed"
    assert "cannot be used as it stands" in outcome.told
    record = read_record(out / "a" / outcome.folder)
    assert record["client"] == {
        "id": "a", "name": "Shop a", "observed_until": "1998-06-30", "currency": "USD", "data_key": "",
    }  # fmt: skip
    assert record["parameters"]["client"] == "a"
    assert str(tmp_path) not in json.dumps(record)
    assert (out / "a" / outcome.folder / "failure.html").is_file()
    assert perform(Task(kind="index", job=task.job), Setting(out=out)).status == "done"
    page = portfolio_index.write(out, language="en").read_text("utf-8")
    assert status_on(page, "a") == "failed"
    assert "cannot be used as it stands" in page
    one = (out / "a" / "index.html").read_text("utf-8")
    assert "cannot be used as it stands" in one
    assert "on earlier data" not in one  # whose data they are, nobody could see
    again = perform(task, Setting(out=out))
    assert again.folder == outcome.folder  # the same failure is one record, however often
    sales.write_text(kept)
    assert perform(task, Setting(out=out)).status == "done"
    assert status_on(portfolio_index.write(out, language="en").read_text("utf-8"), "a") == "done"


def test_report_of_a_client_that_cannot_be_opened_names_what_it_would_read(task, tmp_path):
    (tmp_path / "a" / "client.yml").unlink()
    outcome = perform(replace(task, runs=("01_tiny-0123456789ab",)), Setting(out=tmp_path / "OUT"))
    record = read_record(tmp_path / "OUT" / "a" / outcome.folder)
    assert record["parameters"]["runs"] == ["01_tiny-0123456789ab"]
    assert record["failure"]["error"].startswith("the folder a holds no client.yml")


def test_worker_that_died_and_then_the_client_could_not_be_opened(task, tmp_path):
    (tmp_path / "a" / "client.yml").unlink()
    outcome = perform(
        replace(task, kind="failure", told="01_tiny: its worker process died"), Setting(out=tmp_path / "OUT")
    )
    assert outcome.status == "failed"
    assert outcome.told.startswith("01_tiny: its worker process died\n")
    assert read_record(tmp_path / "OUT" / "a" / outcome.folder)["status"] == "failed"


def test_tables_that_are_gone_when_a_failure_is_kept_do_not_hide_it(task, tmp_path, monkeypatch):
    def fails(*_given, **_how):
        raise ReportError("01_tiny failed in cell 'work'")

    def gone_too(*_given, **_how):
        raise DataError("the clean table of client a is gone from the cache")

    monkeypatch.setattr("crmlab.report.batch.perform.run_notebook", fails)
    monkeypatch.setattr("crmlab.report.batch.perform.keep_failure", gone_too)
    outcome = perform(task, Setting(out=tmp_path / "OUT"))
    assert outcome.told == "01_tiny failed in cell 'work'"
    assert read_record(tmp_path / "OUT" / "a" / outcome.folder)["failure"]["error"] == outcome.told


def test_task_that_takes_two_workers_with_it_is_kept_by_the_batch_itself(task, tmp_path):
    pool = _Pool(Queue([task.job]), Setting(out=tmp_path / "OUT"), 1)
    outcome = pool._given_up(task, "01_tiny: its worker process was ended by SIGKILL", 2.5)
    pool.close()
    assert (outcome.status, outcome.seconds) == ("failed", 2.5)
    assert status_on(portfolio_index.write(tmp_path / "OUT", language="en").read_text("utf-8"), "a") == "failed"


def test_batch_without_room_for_temporary_files_says_so(tmp_path, monkeypatch):
    def full(**_how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(ReportError, match=r"a folder for temporary files, and none can be made \(No space left"):
        next(run_here(Queue([]), Setting(out=tmp_path), workers=1))


def finished():
    """A notebook that has run and said nothing."""
    return nbformat.from_dict({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
