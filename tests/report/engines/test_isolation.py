import json
import os
import subprocess
import sys
from pathlib import Path

import papermill
import pytest

from crmlab.report.engines import forked
from tests.report.engines.conftest import alive, notebook, server_pid, sleeping, text

DIRTY = """
import builtins, os, random, shutil, sys, tempfile, threading, time, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
left_behind = 1
builtins.left_behind = 1
os.environ["LEFT_BEHIND"] = "1"
os.chdir("/")
os.umask(0)
pd.options.display.max_rows = 3
plt.rcParams["figure.dpi"] = 33
plt.style.use("dark_background")
np.random.seed(1), random.seed(1)
np.seterr(all="ignore")
shutil.which = None
sys.path.append("/left/behind")
sys.modules["left_behind"] = sys
warnings.simplefilter("error")
time.sleep = None
threading.Thread(target=threading.Event().wait, daemon=True).start()
open(os.path.join(tempfile.gettempdir(), "left_behind"), "w").close()
get_ipython().run_line_magic("alias", "left_behind echo")
"""

LOOK = """
import builtins, json, os, random, shutil, sys, tempfile, threading, time, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
umask = os.umask(0)
seen = {
    "namespace": "left_behind" in globals() or hasattr(builtins, "left_behind") or "left_behind" in sys.modules,
    "environment": "LEFT_BEHIND" in os.environ,
    "current folder": os.path.basename(os.getcwd()) != "work" or os.listdir(),
    "umask": umask == 0,
    "pandas": pd.options.display.max_rows != 60,
    "matplotlib": plt.rcParams["figure.dpi"] != 100 or plt.rcParams["axes.facecolor"] != "white",
    "numpy": np.geterr()["divide"] != "warn",
    "modules": shutil.which is None or time.sleep is None,
    "search path": "/left/behind" in sys.path,
    "warnings": any(kind == "error" and category is Warning for kind, _, category, _, _ in warnings.filters),
    "threads": threading.active_count() != 1,
    "temporary files": os.listdir(tempfile.gettempdir()),
    "magics": "left_behind" in str(get_ipython().alias_manager.aliases),
    "history": len(get_ipython().history_manager.input_hist_raw) > 2,
}
json.dumps([name for name, found in seen.items() if found])
"""


def test_nothing_a_run_does_is_seen_by_the_next(run, temporary):
    run(DIRTY)
    assert json.loads(text(run(LOOK)).strip("'")) == []
    assert not list(temporary.iterdir())
    assert alive() == []


def test_what_is_looked_for_would_be_found(run):
    found = json.loads(text(run(DIRTY, LOOK)).strip("'"))
    assert set(found) >= {"namespace", "environment", "pandas", "matplotlib", "warnings", "temporary files", "magics"}


def test_chance_that_was_not_seeded_is_another_in_each_run_and_hashes_are_the_same(run):
    drawn = "random.random(), float(np.random.random()), float(np.random.default_rng().random())"
    draw = f"import random, numpy as np\n{drawn}"
    one, other = (run(draw, "hash('a text')").notebook for _ in range(2))
    assert not set(one.cells[0].outputs[0].data["text/plain"].strip("()").split(", ")) & set(
        other.cells[0].outputs[0].data["text/plain"].strip("()").split(", ")
    )
    assert one.cells[1].outputs == other.cells[1].outputs


def test_each_run_is_a_process_and_a_session_of_its_own_below_one_server(run):
    look = "import os\nos.getpid(), os.getsid(0), os.getpgid(0), os.getppid()"
    one, other = (eval(text(run(look))) for _ in range(2))  # noqa: S307 - four numbers
    assert one[0] != other[0]
    assert one[0] == one[1] == one[2]
    assert one[3] == other[3] == server_pid()
    assert os.getpid() not in one


def test_variables_of_the_caller_reach_the_next_run(run, monkeypatch):
    run("1")
    before = forked.shared_server().pid
    monkeypatch.setenv("A_VARIABLE", "set between two runs")
    assert text(run("import os\nos.environ['A_VARIABLE'], os.popen('echo $A_VARIABLE').read()")) == (
        "('set between two runs', 'set between two runs\\n')"
    )
    assert forked.shared_server().pid == before


def test_a_server_that_has_threads_is_not_forked_and_the_reason_is_told(run, tmp_path, monkeypatch):
    start = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    (tmp_path / "sitecustomize.py").write_text(start)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told: list[str] = []
    path = tmp_path / "05_cells.ipynb"
    path.write_text(json.dumps(notebook("6 * 7")))
    from crmlab.report.execute import execute  # noqa: PLC0415

    assert text(execute(path, parameters={}, on_plain=told.append)) == "42"
    assert told == ["the server has 2 threads, and a fork would keep only one of them"]


def test_papermill_by_itself_runs_it_in_its_own_current_folder(tmp_path, monkeypatch):
    (tmp_path / "beside.txt").write_text("read")
    (tmp_path / "in.ipynb").write_text(json.dumps(notebook("open('beside.txt').read() * n", "1 / 0")))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(papermill.PapermillExecutionError, match="division by zero"):
        papermill.execute_notebook("in.ipynb", "out.ipynb", {"n": 2}, engine_name="crmlab-warm", progress_bar=False)
    cells = [one for one in json.loads((tmp_path / "out.ipynb").read_text())["cells"] if one["cell_type"] == "code"]
    assert cells[-2]["outputs"][0]["data"]["text/plain"] == ["'readread'"]
    assert cells[-1]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert alive() == []


def test_the_papermill_command_finds_the_engine_and_leaves_nothing(tmp_path):
    mark = f"641.{os.getpid()}"
    start = f"import subprocess\nstarted = subprocess.Popen(['sleep', '{mark}'], start_new_session=True)"
    look = "import os, sys\n6 * n, 'seaborn' in sys.modules, os.getsid(0) == os.getpid()"
    (tmp_path / "in.ipynb").write_text(json.dumps(notebook(start, look)))
    (tmp_path / "broken.ipynb").write_text(json.dumps(notebook(start, "1 / 0")))
    told = [papermill_command(tmp_path, name, "-p", "n", "7") for name in ("in", "broken")]
    assert [one.returncode for one in told] == [0, 1], told
    assert "ZeroDivisionError: division by zero" in told[1].stderr
    cells = [one for one in json.loads((tmp_path / "in-out.ipynb").read_text())["cells"] if one["cell_type"] == "code"]
    # it leads a session, as no kernel below a guard does, and packages were there before it asked: the warm engine
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == ["(42, True, True)"]
    assert sleeping(mark) == []
    assert {one.name for one in tmp_path.glob("*.ipynb")} == {
        "in.ipynb", "in-out.ipynb", "broken.ipynb", "broken-out.ipynb",
    }  # fmt: skip


def papermill_command(folder, name, *arguments):
    """The command as it is installed beside this Python."""
    installed = Path(sys.executable).with_name("papermill")
    command = [installed, "--engine", "crmlab-warm", f"{name}.ipynb", f"{name}-out.ipynb", *arguments]
    own = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "TMPDIR": str(folder)}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, timeout=120, check=False)


def test_the_module_papermill_loads_imports_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'matplotlib', 'IPython', 'ipykernel', 'duckdb', 'psutil', 'pydantic'}"
    look = f"print(({heavy} & set(sys.modules)) - before)"
    code = f"import sys, papermill.engines; before = set(sys.modules)\nimport crmlab.report.engines.warm\n{look}"
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=surroundings)
    assert told.stdout.strip() == "set()"
