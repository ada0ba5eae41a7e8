"""What holds for the project as a whole: the lock, the environment file, the words that stay out, the wheel."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

NO_NETWORK = """
import socket

def refuse(self, address, *rest):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network was reached for: {address}")
    return connect(self, address, *rest)

connect = socket.socket.connect
socket.socket.connect = refuse
"""


def lock() -> str:
    return (ROOT / "requirements.lock").read_text()


def locked_names() -> set[str]:
    return {re.split(r"[=\[ ]", line)[0] for line in lock().splitlines() if re.match(r"[a-z0-9]", line)}


def test_every_declared_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[\[<>=! ;]", text)[0].lower().replace("_", "-") for text in declared}
    assert names - locked_names() == set()


def test_every_locked_package_has_hashes_and_no_address():
    entries = re.split(r"\n(?=[a-z0-9])", lock().strip())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links", lock()) == []


def test_the_conda_environment_installs_the_lock():
    assert "-r requirements.lock" in (ROOT / "environment.yml").read_text()


@pytest.fixture(scope="module")
def installed_elsewhere(tmp_path_factory) -> Path:
    """The Python of a fresh environment that has crmlab from its wheel, the locked packages, and no network."""
    folder = tmp_path_factory.mktemp("elsewhere")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(folder), str(ROOT)], check=True, cwd=folder)
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    (wheel,) = folder.glob("crmlab-*.whl")
    target = ["--no-deps", "--no-index", "--no-compile", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *target, str(wheel)], check=True, cwd=folder)
    # a path in a .pth file is searched after the environment's own packages, and its own .pth files are not read:
    # the dependencies are found there, the checkout is not
    (site / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    return python


def test_the_wheel_alone_makes_a_report_without_the_network(installed_elsewhere, tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["CRMLAB_CACHE"] = str(tmp_path / "cache")

    def crmlab(*arguments: str) -> str:
        command = [installed_elsewhere, "-m", "crmlab.cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.check_output(
        [installed_elsewhere, "-c", "import crmlab; print(crmlab.__file__)"], cwd=tmp_path, env=environment, text=True
    )
    assert str(ROOT) not in where
    assert "02_pareto" in crmlab("list")
    (row,) = json.loads(crmlab("run", "cdnow", "02", "--json", "--quiet"))
    assert row["status"] == "done"
    report = (tmp_path / row["report"]).read_text(encoding="utf-8")
    assert "CDNOW" in report
    assert str(ROOT) not in report
