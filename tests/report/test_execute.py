import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from crmlab.errors import ReportError
from crmlab.report.execute import execute, without_volatile

SLOW_RUN = """
import sys
from pathlib import Path
from crmlab.report.execute import execute
print("started", flush=True)
execute(Path(sys.argv[1]), parameters={"mode": "slow"}, on_cell=lambda done, total: print(done, flush=True))
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's kernels keep what they need, to see that nothing of it stays."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def nothing_left(temporary: Path) -> bool:
    kernels = [child for child in psutil.Process().children(recursive=True) if "ipykernel" in " ".join(child.cmdline())]
    return not kernels and not list(temporary.iterdir())


def write(path: Path, *sources: str) -> Path:
    cells = [
        {"cell_type": "code", "id": f"cell-{n}", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
        for n, text in enumerate(sources)
    ]
    metadata = {"kernelspec": {"name": "no-such-kernel", "display_name": "x"}}
    path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_kernel_is_this_interpreter_in_surroundings_of_its_own(tmp_path, temporary, monkeypatch):
    startup = tmp_path / "startup.py"
    startup.write_text("injected = 1")
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.chdir(tmp_path)
    # compared in the kernel, because paths of the checkout are taken out of what a notebook shows
    same = f"sys.executable == {sys.executable!r}"
    seen = f"{same}, dict(os.environ), 'injected' in globals(), os.getcwd()"
    look = f"import os, sys, crmlab, json\njson.dumps([{seen}])"
    done = execute(write(tmp_path / "05_look.ipynb", look), parameters={})
    text = done.notebook.cells[0].outputs[0].data["text/plain"].strip("'").replace("\\'", "'")
    same_interpreter, environment, injected, folder = json.loads(text)
    assert same_interpreter
    assert not injected
    assert environment["PYTHONHASHSEED"] == "0"
    assert environment["IPYTHONDIR"].startswith(str(temporary))
    assert folder.startswith(str(temporary))
    assert nothing_left(temporary)


def test_cells_are_counted_and_nothing_is_printed(small, temporary, capfd):
    seen = []
    execute(small.path, parameters={"mode": "ok"}, on_cell=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(seen[0][1] + 1))
    assert capfd.readouterr() == ("", "")
    assert nothing_left(temporary)


def test_failing_cell_is_named_with_its_line(small, temporary):
    with pytest.raises(ReportError) as failed:
        execute(small.path, parameters={"mode": "fail"})
    assert str(failed.value) == (
        "99_small failed in cell 'trouble': ZeroDivisionError: division by zero\n  at: fraction = len(table) / 0"
    )
    assert nothing_left(temporary)


def test_time_limit_ends_the_notebook(small, temporary):
    with pytest.raises(ReportError, match=r"99_small was stopped at cell 'trouble': its limit of 3 seconds is over"):
        execute(small.path, parameters={"mode": "slow"}, time_limit_seconds=3)
    assert nothing_left(temporary)


def test_dead_kernel_is_reported(small, temporary):
    with pytest.raises(ReportError, match=r"99_small: its Python process died at cell 'trouble'"):
        execute(small.path, parameters={"mode": "die"})
    assert nothing_left(temporary)


def test_kernel_that_cannot_start_is_reported(small, temporary, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(temporary / "no-python"))
    with pytest.raises(ReportError, match="its Python process died before its first cell"):
        execute(small.path, parameters={})
    assert nothing_left(temporary)


@pytest.mark.parametrize("after", ["started", "0", "8"])
def test_interrupt_kills_the_kernel_and_leaves_nothing(small, temporary, after):
    surroundings = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SLOW_RUN, str(small.path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings
    ) as running:
        for line in running.stdout:
            if line.strip() == after:
                break
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)
    assert running.returncode == -signal.SIGINT
    assert told.rstrip().endswith("KeyboardInterrupt")
    assert "Task was destroyed" not in told
    assert not list(temporary.iterdir())
    deadline = time.monotonic() + 5
    while started_in(temporary) and time.monotonic() < deadline:
        os.sched_yield()
    assert not started_in(temporary)


def started_in(temporary: Path) -> list[int]:
    found = psutil.process_iter(["environ"])
    return [one.pid for one in found if (one.info["environ"] or {}).get("TMPDIR", "").startswith(str(temporary))]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("/scratch/ipykernel_812/1234.py:3: UserWarning: x", "<cell>:3: UserWarning: x"),
        ("/home/me/.venv/lib/python3.11/site-packages/scipy/a.py:1: W", "scipy/a.py:1: W"),
        ("<Axes at 0x7f11aabbcc>", "<Axes at 0x…>"),
        ("a dose of 0x10", "a dose of 0x10"),
    ],
)
def test_what_differs_between_equal_runs_is_left_out(text, same):
    assert without_volatile(text) == same
