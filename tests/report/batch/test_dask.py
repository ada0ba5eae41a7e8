"""The same jobs on a cluster: the same folders, a readable end where the scheduler is gone or was never there."""

import builtins
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from crmlab.errors import ParameterError, ReportError
from crmlab.report.batch.dask import run_on
from crmlab.report.batch.jobs import Queue
from crmlab.report.batch.perform import Setting
from tests.report.batch.conftest import Checkout, ended, lines, partial, wait_for, whole, write_client


@dataclass
class Cluster:
    scheduler: subprocess.Popen
    address: str


@pytest.fixture
def cluster(checkout: Checkout, tmp_path) -> Iterator[Cluster]:
    """A scheduler and one worker with two threads, as processes of this machine."""
    file = tmp_path / "scheduler.json"
    how = {
        "cwd": checkout.root,
        "env": checkout.environment(),
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    own = ["--host", "127.0.0.1", "--scheduler-file", str(file), "--no-dashboard"]
    with contextlib.ExitStack() as stack:
        scheduler = stack.enter_context(ended(subprocess.Popen([*dask, "--port", "0", *own], **how)))
        address = json.loads(wait_for(lambda: file.is_file() and file.read_text()))["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "2", "--no-dashboard"]
        stack.enter_context(ended(subprocess.Popen([*worker, "--local-directory", str(tmp_path / "dask")], **how)))
        yield Cluster(scheduler, address)


@pytest.mark.slow
def test_cluster_makes_the_same_folders_as_this_machine(checkout, cluster, tmp_path):
    write_client(tmp_path / "a", "a")
    refusing = {"notebook": 2, "parameters": {"mode": "refuse"}}
    portfolio = checkout.portfolio(tmp_path, [{"client": "a", "report": True, "notebooks": [refusing]}])
    there = checkout.run("batch", portfolio, "--out", tmp_path / "THERE", "--scheduler", cluster.address, "--json")
    here = checkout.run("batch", portfolio, "--out", tmp_path / "HERE", "--json")
    assert there.returncode == here.returncode == 0, there.stderr + here.stderr
    assert whole(tmp_path / "THERE") == whole(tmp_path / "HERE")
    assert len(whole(tmp_path / "HERE")) == 3
    # A line is written when its report ends, and which of two workers ends first is nobody's promise.
    assert sorted(line["status"] for line in lines(there)[:-1]) == sorted(line["status"] for line in lines(here)[:-1])
    assert (tmp_path / "THERE" / "index.html").read_bytes() == (tmp_path / "HERE" / "index.html").read_bytes()


@pytest.mark.slow
def test_scheduler_that_is_gone_is_told_and_what_is_done_stays(checkout, cluster, tmp_path):
    for name in "ab":
        write_client(tmp_path / name, name)
    slow = {"notebook": 1, "parameters": {"mode": "slow", "label": str(tmp_path / "begun")}}
    portfolio = checkout.portfolio(tmp_path, [{"client": "a", "notebooks": [2]}, {"client": "b", "notebooks": [slow]}])
    out = tmp_path / "OUT"
    with ended(checkout.start("batch", portfolio, "--out", out, "--scheduler", cluster.address)) as process:
        wait_for(lambda: whole(out))
        cluster.scheduler.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"the scheduler at {cluster.address} is gone; what is done stays done" in errors
    assert "Traceback" not in errors
    assert len(whole(out)) == 1
    assert partial(out) == []


def test_without_the_extra_one_sentence_says_how_to_install_it(tmp_path, monkeypatch):
    really = builtins.__import__

    def missing(name, *given, **how):
        if name == "distributed":
            raise ImportError("No module named 'distributed'")
        return really(name, *given, **how)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ParameterError, match=r"install it with: pip install 'crmlab\[dask\]'"):
        next(run_on(Queue([]), Setting(out=tmp_path), "tcp://127.0.0.1:1"))


@pytest.mark.filterwarnings("ignore")
def test_scheduler_that_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr("crmlab.report.batch.dask._CONNECT_SECONDS", 0.5)
    with pytest.raises(ReportError, match=r"the scheduler at tcp://127.0.0.1:1 does not answer"):
        next(run_on(Queue([]), Setting(out=tmp_path), "tcp://127.0.0.1:1"))
