import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from crmlab.report.engines import forked
from crmlab.report.engines.client import MOST_CHARACTERS
from crmlab.report.engines.surroundings import surroundings
from crmlab.report.execute import CellError
from tests.report.engines.conftest import alive, notebook, server_pid, sleeping, text

STARTS_OTHERS = """
import os, subprocess, sys
below = subprocess.Popen(["sleep", "600"])
apart = subprocess.Popen(["sleep", "600"], start_new_session=True)
if os.fork() == 0:  # a daemon: a session of its own, and a parent that is gone
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "600"])
    os._exit(0)
os.wait()
"""

DRIVER = """
import sys
from pathlib import Path
from crmlab.report.execute import execute
execute(Path(sys.argv[1]), parameters={}, engine=sys.argv[2], on_cell=lambda done, total: print(done, flush=True))
"""


@pytest.fixture(autouse=True)
def nothing_stays(temporary):
    yield
    assert alive() == []
    assert not list(temporary.iterdir())


FAULTS = {
    "raises": ("1 / 0", r"05_cells failed in cell 'cell-1': ZeroDivisionError: division by zero\n  at: 1 / 0"),
    "exits": ("import os; os._exit(3)", r"died at cell 'cell-1' \(with exit code 3\)"),
    "is killed": ("import os; os.kill(os.getpid(), 9)", r"died at cell 'cell-1' \(by signal 9\)"),
    "breaks": ("import ctypes; ctypes.string_at(0)", r"died at cell 'cell-1' \(by signal 11\)"),
    "hangs": ("while True: pass", r"stopped at cell 'cell-1': its limit of 3 seconds is over"),
    "waits": ("import time; time.sleep(600)", r"stopped at cell 'cell-1': its limit of 3 seconds is over"),
    "holds too much": (
        "held = []\nwhile True: held.append(bytearray(b'x' * 10_000_000))",
        r"stopped at cell 'cell-1': its limit of 0\.6 GB of memory was exceeded",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_that_run_alone_with_all_it_started(run, fault):
    cell, told = FAULTS[fault]
    run("1")
    server = server_pid()
    with pytest.raises(CellError, match=told) as failed:
        run(STARTS_OTHERS, cell, time_limit_seconds=3, memory_limit=600_000_000)
    assert failed.value.cell == "cell-1"
    assert alive() == []
    assert text(run("6 * 7")) == "42"
    assert server_pid() == server


OF_A_KERNEL = FAULTS | {
    "exits": (FAULTS["exits"][0], r"died at cell 'cell-1' \(Kernel died\)"),
    "is killed": (FAULTS["is killed"][0], r"died at cell 'cell-1' \(Kernel died\)"),
    "breaks": (FAULTS["breaks"][0], r"died at cell 'cell-1' \(Kernel died\)"),
    "hangs": (FAULTS["hangs"][0], r"stopped at cell 'cell-1': its limit of 6 seconds is over"),
    "waits": (FAULTS["waits"][0], r"stopped at cell 'cell-1': its limit of 6 seconds is over"),
}


@pytest.mark.parametrize("fault", OF_A_KERNEL)
def test_a_fault_in_a_kernel_ends_all_it_started_too(run, fault):
    cell, told = OF_A_KERNEL[fault]
    mark = f"642.{os.getpid()}"
    started = STARTS_OTHERS.replace("600", mark)
    with pytest.raises(CellError, match=told) as failed:
        run(started, cell, engine="plain", time_limit_seconds=6, memory_limit=600_000_000)
    assert failed.value.cell == "cell-1"
    assert sleeping(mark) == []


def test_processes_that_a_finished_kernel_started_are_gone(run):
    mark = f"643.{os.getpid()}"
    done = run(STARTS_OTHERS.replace("600", mark), "below.poll(), apart.poll()", engine="plain")
    assert text(done) == "(None, None)"  # they were there to the end
    assert sleeping(mark) == []


def test_processes_that_a_finished_run_started_are_gone(run):
    started = text(run(STARTS_OTHERS, "below.pid, apart.pid"))
    assert alive() == []
    assert not [pid for pid in eval(started) if psutil.pid_exists(pid)]  # noqa: S307 - two numbers


@pytest.mark.parametrize("engine", ["warm", "plain"])
def test_memory_of_forked_children_counts(run, engine):
    fork = "import os, time\nif os.fork() == 0:\n    held = b'x' * 900_000_000\n    time.sleep(600)\ntime.sleep(600)"
    with pytest.raises(CellError, match=r"its limit of 0\.6 GB of memory was exceeded"):
        run(fork, engine=engine, memory_limit=600_000_000, time_limit_seconds=60)


@pytest.mark.parametrize("engine", ["warm", "plain"])
def test_a_cell_that_prints_a_hundred_megabytes_is_cut_with_a_note(run, engine):
    line = 99
    count = 1_010_000  # lines of a hundred characters with their ends
    write = f"sys.stdout.write(('x' * {line} + chr(10)) * {count // 100})"
    loud = f"import sys\nfor n in range(100): {write}\ndisplay('after')"
    before = psutil.Process().memory_info().rss
    outputs = run(loud, "print('next')", engine=engine).notebook.cells[0].outputs
    left_out = 100 * count - MOST_CHARACTERS
    assert outputs[0].text[MOST_CHARACTERS:] == (
        f"\n[{left_out:,} more characters that the cell wrote to stdout were left out]\n"
    )
    assert outputs[1].data["text/plain"] == "'after'"
    assert psutil.Process().memory_info().rss - before < 400e6


def test_many_small_pieces_are_cut_at_the_same_place(outputs):
    small = "for n in range(1200):\n    print('y' * 99)\n    if n == 500: display(n)"
    loud = f"import sys\nprint('y' * 900_000)\n{small}\nprint('z', file=sys.stderr)"
    assert outputs("warm", loud, "1") == outputs("plain", loud, "1")


def test_a_server_that_was_killed_is_replaced(run):
    run("1")
    before = server_pid()
    os.kill(before, signal.SIGKILL)
    assert text(run("6 * 7")) == "42"
    assert server_pid() != before


def test_a_guard_that_was_killed_takes_its_server_with_it_and_is_replaced(run):
    run("1")
    before, server = forked.shared_server().pid, server_pid()
    os.kill(before, signal.SIGKILL)
    gone(lambda: living([server]))
    assert text(run("6 * 7")) == "42"
    assert forked.shared_server().pid != before


def test_a_server_killed_under_a_run_is_an_error_of_that_run_and_nothing_stays(run):
    kill = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(600)"
    mark = f"644.{os.getpid()}"
    with pytest.raises(CellError, match="died at cell 'cell-1'"):
        run(STARTS_OTHERS.replace("600", mark), kill)
    assert sleeping(mark) == []
    assert text(run("6 * 7")) == "42"


def caller_alone(number):
    return lambda driver: driver.send_signal(number)


def caller_and_all_below_but_the_guard(driver):
    """Kill the caller, its server and the run at the same instant: stopped first, so that none sees another end."""
    (guard,) = psutil.Process(driver.pid).children()
    (server,) = guard.children()
    killed = [driver.pid, server.pid, server.children()[0].pid]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in killed:
            os.kill(pid, number)


def caller_and_kernel(driver):
    (guard,) = psutil.Process(driver.pid).children()
    killed = [driver.pid, guard.children()[0].pid]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in killed:
            os.kill(pid, number)


ENDS = {
    "killed": ("warm", caller_alone(signal.SIGKILL)),
    "interrupted": ("warm", caller_alone(signal.SIGINT)),
    "ended": ("warm", caller_alone(signal.SIGTERM)),
    "killed with its server": ("warm", caller_and_all_below_but_the_guard),
    "killed above a kernel": ("plain", caller_alone(signal.SIGKILL)),
    "killed with its kernel": ("plain", caller_and_kernel),
}


@pytest.mark.parametrize("end", ENDS)
def test_when_the_caller_ends_everything_ends(tmp_path, end):
    engine, kill = ENDS[end]
    mark = f"{650 + list(ENDS).index(end)}.{os.getpid()}"
    path = tmp_path / "05_cells.ipynb"
    path.write_text(json.dumps(notebook(STARTS_OTHERS.replace("600", mark), "while True: pass")))
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", DRIVER, str(path), engine]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as driver:
        assert next(line for line in driver.stdout if line.strip() == "1")
        while len(sleeping(mark)) < 3:
            time.sleep(0.05)
        below = [one.pid for one in psutil.Process(driver.pid).children(recursive=True)]
        kill(driver)
        driver.communicate(timeout=60)
    assert len(below) >= 5  # a guard, what it stands above, and three that sleep
    gone(lambda: living(below))
    gone(lambda: sleeping(mark))


def living(pids):
    return [one.pid for one in psutil.process_iter(["status"]) if one.pid in pids and one.info["status"] != "zombie"]


@pytest.mark.parametrize("engine", ["warm", "plain"])
def test_temporary_files_that_cannot_be_made_are_told_as_that(run, monkeypatch, engine):
    def full(*_given, **_how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crmlab.report.execute.surroundings", full)
    with pytest.raises(CellError, match=r"05_cells did not run: .*No space left on device.* folder of temporary files"):
        run("1", engine=engine)


def test_executed_notebook_that_cannot_be_written_is_not_told_as_a_dead_process(run):
    remove = "import os, shutil\nshutil.rmtree(os.path.dirname(os.environ['TMPDIR']))"
    with pytest.raises(CellError, match=r"05_cells did not run: the system refuses what it needs to run"):
        run(remove)


def gone(found, seconds=30):
    deadline = time.monotonic() + seconds
    while left := found():
        assert time.monotonic() < deadline, left
        os.sched_yield()


def test_what_is_looked_for_after_a_run_would_be_found(temporary):
    with tempfile.TemporaryDirectory() as folder, forked.forked_run(surroundings(Path(folder))) as one:
        list(one.execute(STARTS_OTHERS, None))
        assert len(alive()) == 4  # the run and three that sleep
