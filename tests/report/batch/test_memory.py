"""What a batch holds: as much at the end as at the beginning, and a worker of it no more than is reckoned with."""

import contextlib
import json
import os
import subprocess
import sys
import threading

import psutil
import pytest

from crmlab import suite
from crmlab.report.batch import memory
from tests.report.batch.conftest import ended, workers, write_client

CLIENTS, SETTLED, SPAN = 60, 10, 10
MORE = 5e6  # bytes; a report kept by mistake would be 50 times some MB

HEAVIEST = "11"


def held(process):
    """Bytes of a process, each page that n processes share counted as an nth of it."""
    with contextlib.suppress(psutil.Error):
        return process.memory_full_info().pss
    return 0


def written(process):
    """Bytes of a process that no file holds (what it has put on its heap), with what it shares with its children."""
    info = process.memory_info()
    return info.rss - info.shared


def middle(values):
    return sorted(values)[len(values) // 2]


@pytest.mark.slow
def test_sixty_clients_take_no_more_at_the_end_than_at_the_beginning(checkout, tmp_path):
    for number in range(CLIENTS):
        write_client(tmp_path / "clients" / f"c{number:02}", f"c{number:02}")
    portfolio = checkout.portfolio(tmp_path, [{"folder": "clients", "notebooks": [1]}])
    together, files = [], []
    command = ("batch", portfolio, "--out", tmp_path / "OUT", "--workers", 1, "--json", "--quiet")
    with ended(checkout.start(*command)) as process:
        for line in process.stdout:
            if json.loads(line)["event"] != "report":
                break
            assert json.loads(line)["status"] == "done"
            lasting = [psutil.Process(process.pid), *workers(process)]
            lasting += [one for worker in lasting[1:] for one in worker.children()]  # the guard of its server
            lasting += [one for guard in lasting[2:] for one in guard.children()]  # the server
            # Not the pages that a process has for itself: a server shares its own with a fork that lives just now, and
            # those of libraries with whoever else has loaded them. Files after them, for right after its line a worker
            # still has one open for a moment.
            together.append(sum(map(written, lasting)))
            files.append([one.num_fds() for one in lasting])
        assert process.wait(60) == 0
    assert len(together) == CLIENTS
    assert middle(together[-SPAN:]) - middle(together[SETTLED : SETTLED + SPAN]) < MORE, together
    for of_one in zip(*files[SETTLED:], strict=True):
        assert middle(of_one[-SPAN:]) <= middle(of_one[:SPAN]), files


@pytest.mark.slow
def test_worker_is_reckoned_with_what_the_heaviest_notebook_takes(tmp_path):
    portfolio = tmp_path / "portfolio.yml"
    portfolio.write_text(f"clients: [{{client: negin, notebooks: ['{HEAVIEST}']}}]")
    peak = peak_of_worker(portfolio, tmp_path / "OUT")
    assert 0.8 * memory.NEED < peak <= memory.NEED, peak


def peak_of_worker(portfolio, out):
    """The most bytes that the one worker of a batch and all that it had started held together at any look."""
    command = [sys.executable, "-m", "crmlab.cli", "batch", str(portfolio), "--out", str(out), "--workers", "1"]
    environment = os.environ | {"PYTHONPATH": str(suite.PACKAGE.parent)}
    over, looks = threading.Event(), [0]

    def look(process):
        while not over.wait(0.1):
            for worker in workers(process):
                with contextlib.suppress(psutil.Error):
                    looks.append(sum(map(held, [worker, *worker.children(recursive=True)])))

    with ended(subprocess.Popen([*command, "--quiet"], env=environment, stdout=subprocess.DEVNULL)) as process:
        looking = threading.Thread(target=look, args=(process,))
        looking.start()
        process.wait()
        over.set()
        looking.join()
    assert process.returncode == 0
    return max(looks)
