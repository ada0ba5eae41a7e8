"""A disk that refuses, tried at every single thing that a command asks of it: no half report, no wrong exit code."""

import copy
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from crmlab import suite
from crmlab.cli import main
from crmlab.errors import ReportError
from crmlab.report import folder as run_folder
from crmlab.report import index, run
from crmlab.report.batch.events import Ended, IndexFailed
from crmlab.report.batch.jobs import Queue
from crmlab.report.batch.perform import perform
from crmlab.report.execute import execute
from crmlab.report.formats import make
from crmlab.report.parameters import check
from crmlab.report.record import read_log
from tests.report.batch.conftest import partial, write_client

SMALL = Path(__file__).parents[2] / "fixtures" / "99_small.ipynb"
OF_A_RUN = {"findings.json", "run.json", "lists.json", "notebook.ipynb", "lists.xlsx", "report.html"}
OF_A_FAILURE = {"findings.json", "run.json", "lists.json", "failure.html"}

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
FORBIDDEN = OSError(errno.EACCES, os.strerror(errno.EACCES))


class Disk:
    """Everything that is asked of the file system below a folder is counted, and from some number on refused.

    Removing is not: it takes no room, and a folder that cannot be removed is left to the next run. Renaming takes none
    either, and is refused once at most; making a folder that is there is no request.
    """

    def __init__(self, below: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.below = below
        self.allow()
        opened = Path.open

        def open_counted(path: Path, mode: str = "r", *given: Any, **how: Any) -> Any:
            if "r" in mode or self.below not in path.parents:
                return opened(path, mode, *given, **how)
            self.asked_for(path)
            return Counted(opened(path, mode, *given, **how), self, path)

        monkeypatch.setattr(Path, "open", open_counted)
        for name in ("mkdir", "rename", "replace"):
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))

    def allow(self) -> None:
        self.asked, self.refused, self.refuse_at, self.lasting, self.error = 0, 0, 0, False, FULL

    def refuse(self, number: int, error: OSError, *, lasting: bool) -> None:
        self.allow()
        self.refuse_at, self.error, self.lasting = number, error, lasting

    def asked_for(self, path: Path, *, takes_room: bool = True) -> None:
        self.asked += 1
        still = self.lasting and takes_room and self.asked > self.refuse_at
        if self.refuse_at and (self.asked == self.refuse_at or still):
            self.refused += 1
            raise OSError(*self.error.args, str(path))

    def _counted(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def asked(path: Any, *given: Any, **how: Any) -> Any:
            making = really.__name__ == "mkdir"
            if self.below in Path(path).parents and not (making and Path(path).exists()):
                self.asked_for(Path(path), takes_room=making)
            return really(path, *given, **how)

        return asked


class Counted:
    """A file whose every write is counted; one that is refused has taken half of what it was given."""

    def __init__(self, file: Any, disk: Disk, path: Path) -> None:
        self._file, self._disk, self._path = file, disk, path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "Counted":
        return self

    def __exit__(self, *_how: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> int:
        try:
            self._disk.asked_for(self._path)
        except OSError:
            self._file.write(content[: len(content) // 2])
            raise
        written: int = self._file.write(content)
        return written


@pytest.fixture(scope="module")
def executed() -> Any:
    """The small notebook, once really executed: what it put out stands for every run of these tests."""
    return execute(SMALL, parameters=check(SMALL, {"client": "a"}), engine="plain")


def at_once(jobs: Any, _workers: Any, setting: Any, *, quiet: bool) -> Iterator[Any]:
    """What the workers of a batch do, in this process, so that the disk they write to is the one of the test."""
    run_folder.sweep_all(setting.out)
    queue = Queue(jobs)
    while queue.has_ready:
        outcome = perform(task := queue.take(), setting)
        if task.kind != "index":
            queue.ended(outcome)
            yield Ended(outcome)
        elif outcome.status == "failed":
            yield IndexFailed(task.job.client_id, outcome.told)


def once_for_each_key(really: Callable[..., Any]) -> Callable[..., Any]:
    """The files of a run made once: the same key is the same content, and these tests ask for it hundreds of times."""
    made: dict[str, Any] = {}

    def files(plan: Any, out: Path, **how: Any) -> Any:
        if plan.key not in made:
            made[plan.key] = really(plan, out, **how)
        return made[plan.key]

    return files


@pytest.fixture
def place(tmp_path, executed, monkeypatch) -> Path:
    """A client `a`, a suite of a notebook and the one that gathers, and no process but this one."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    shutil.copy(SMALL, notebooks / "01_small.ipynb")
    shutil.copy(SMALL.with_name("90_small.ipynb"), notebooks / "90_small.ipynb")
    needs = {"transactions": ["customer_id"]}
    chosen = tuple(
        suite.Notebook(one.stem, one, f"What of {one.stem}?", needs, {}) for one in sorted(notebooks.iterdir())
    )
    monkeypatch.setattr(suite, "notebooks", lambda: chosen)
    monkeypatch.setattr("crmlab.report.run.execute", lambda *_what, **_how: copy.deepcopy(executed))
    monkeypatch.setattr("crmlab.report.run._made", once_for_each_key(run._made))
    monkeypatch.setattr("crmlab.batches._here", at_once)
    monkeypatch.setattr(
        make, "_MAKERS", {"pdf": lambda _report, _about: b"%PDF", "docx": lambda _report, _about: b"PK"}
    )
    monkeypatch.setenv("CRMLAB_CACHE", str(tmp_path / "cache"))
    write_client(tmp_path / "a", "a")
    (tmp_path / "portfolio.yml").write_text("clients: [{client: a, report: true, format: [pdf, docx]}]")
    return tmp_path


COMMANDS = {
    "run": ("run", "a/client.yml", "1", "--format", "pdf,docx"),
    "report": ("report", "a/client.yml", "--format", "pdf,docx"),
    "batch": ("batch", "portfolio.yml"),
    "batch made again": ("batch", "portfolio.yml", "--force"),
}


@pytest.fixture
def crmlab(place, monkeypatch, capsys) -> Callable[[str], tuple[int, str]]:
    """The exit code of a command, and all that it said."""
    monkeypatch.chdir(place)

    def command(name: str) -> tuple[int, str]:
        code = main([*COMMANDS[name], "--out", str(place / "OUT"), "--json", "--quiet"])
        return code, "".join(capsys.readouterr())

    return command


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_folders(out: Path) -> dict[str, dict[str, bytes]]:
    return {one.name: files(one) for one in out.glob("*/*-*/") if not one.name.startswith((".", "aside-"))}


def is_whole(out: Path, known: dict[str, list[dict[str, bytes]]]) -> bool:
    """Whether nothing but whole reports, whole records of failures, whole pages and whole lines can be seen."""
    for name, found in run_folders(out).items():
        if name in known:
            assert found in known[name], name
            continue
        status = json.loads(found["findings.json"])[
            "status"
        ]  # a client report that read the record of a failure is done
        assert set(found) >= {"failed": OF_A_FAILURE, "done": OF_A_RUN}[status], name
    for page in out.rglob("*.html"):
        assert page.read_text("utf-8").rstrip().endswith("</html>"), page
    for log in out.rglob("runs.jsonl"):
        assert log.read_bytes()[-1:] in (b"", b"\n")
        assert all(json.loads(line)["folder"] for line in log.read_text("utf-8").splitlines())
    for name, content in (("pdf", b"%PDF"), ("docx", b"PK")):
        assert all(one.read_bytes() == content for one in out.rglob(f"*.{name}"))
    assert partial(out) == []
    return True


def spoilt(out: Path) -> None:
    """A report of another content under the same key, as an older version with a fault would have left it."""
    (report,) = out.glob("a/01_small-*/report.html")
    report.write_text("<!doctype html><html>another</html>\n", "utf-8")


@pytest.mark.parametrize("command", ["run", *(pytest.param(name, marks=pytest.mark.slow) for name in [*COMMANDS][1:])])
@pytest.mark.parametrize("fault", [(FULL, True), (FORBIDDEN, False)], ids=["full for good", "forbidden once"])
def test_whatever_is_refused_is_told_and_leaves_nothing_half_made(place, crmlab, monkeypatch, command, fault):
    out, (error, lasting) = place / "OUT", fault
    assert crmlab(command)[0] == 0
    known = {name: [found] for name, found in run_folders(out).items()}
    assert set().union(*map(set, next(iter(known.values())))) >= OF_A_RUN
    before = place / "before"
    if "--force" in COMMANDS[command]:
        spoilt(out)
        known = {name: [found, run_folders(out)[name]] for name, (found,) in known.items()}
        shutil.copytree(out, before)
    disk = Disk(out, monkeypatch)
    for number in count(1):
        shutil.rmtree(out)
        if before.exists():
            shutil.copytree(before, out)
        disk.refuse(number, error, lasting=lasting)
        code, said = crmlab(command)
        if not disk.refused:
            break
        assert code == 1, (number, said)
        assert os.strerror(error.errno) in said, (number, said)
        assert "Traceback" not in said
        assert is_whole(out, known), number
        assert not before.exists() or set(run_folders(out)) >= set(known), number  # never lost
        disk.allow()
        code, said = crmlab(command)
        assert code == 0, (number, said)
        assert is_whole(out, known)
        assert {name: run_folders(out)[name] for name in known} == {name: found for name, (found, *_) in known.items()}
        assert all((out / "a" / f"{name}.{kind}").is_file() for name in known for kind in ("pdf", "docx"))
        runs, damaged = index.all_runs(out / "a", read_log(out / "a"))
        assert {run["status"] for run in index.latest_runs(runs)} == {"done"}
        assert damaged == []
    assert code == 0
    assert number > len(OF_A_RUN)


@pytest.mark.parametrize("command", ["run", "report", "batch"])
@pytest.mark.parametrize(
    "why", ["typst cannot make the PDF", "OSError: [Errno 28] No space left on device", "KeyError: 'figure'"]
)
def test_format_that_cannot_be_made_leaves_the_report_and_is_told(place, crmlab, monkeypatch, command, why):
    def broken(_report, _about):
        raise {"typst": ReportError(why), "OSErr": FULL, "KeyEr": KeyError("figure")}[why[:5]]

    monkeypatch.setitem(make._MAKERS, "pdf", broken)
    code, said = crmlab(command)
    assert code == 1
    expected = 1 if command == "run" else 2
    found = run_folders(place / "OUT")
    assert len(found) == expected
    assert all(f"{name} has its page, but no PDF ({why})" in said.replace('\\"', '"') for name in found)
    assert all(set(one) >= OF_A_RUN for one in found.values())  # no record of a failure beside them
    assert len(list((place / "OUT").rglob("*.docx"))) == expected  # the other format is made all the same
    pages = [place / "OUT" / "a" / "index.html", *[place / "OUT" / "index.html"][: command == "batch"]]
    assert all(str(escape(why)) in page.read_text("utf-8") for page in pages)
    assert "Failed while it ran" not in pages[0].read_text("utf-8")
    assert command != "batch" or 'data-status="failed"' in pages[-1].read_text("utf-8")
    monkeypatch.setitem(make._MAKERS, "pdf", lambda _report, _about: b"%PDF")
    monkeypatch.setattr("crmlab.report.run._made", None)  # nothing runs again
    assert crmlab(command)[0] == 0
    assert len(list((place / "OUT").rglob("*.pdf"))) == expected
    assert not any(str(escape(why)) in page.read_text("utf-8") for page in pages)
    assert command != "batch" or 'data-status="failed"' not in pages[-1].read_text("utf-8")
