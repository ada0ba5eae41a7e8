"""All notebooks, then the one that puts them together, on small stand-ins for both."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from crmlab import suite
from crmlab.errors import ParameterError, ReportError
from crmlab.report import client_report, record
from crmlab.report.client_report import make_report
from crmlab.report.evidence import read_evidence
from crmlab.report.run import run_notebook

FIXTURES = Path(__file__).parent.parent / "fixtures"


def of(path: Path) -> suite.Notebook:
    return suite.Notebook(path.stem, path, f"What does {path.stem} say?", {"transactions": ["customer_id"]}, {})


@pytest.fixture
def small_suite(tmp_path, monkeypatch) -> Callable[..., tuple[suite.Notebook, ...]]:
    """Make the suite of two copies of the small notebook and the one that gathers; modes are their defaults."""

    def make(first: str = "ok", second: str = "ok") -> tuple[suite.Notebook, ...]:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        for name, mode in (("01_small", first), ("02_small", second)):
            text = (FIXTURES / "99_small.ipynb").read_text("utf-8")
            (folder / f"{name}.ipynb").write_text(text.replace('= \\"ok\\"', f'= \\"{mode}\\"'), "utf-8")
        shutil.copy(FIXTURES / "90_small.ipynb", folder / "90_small.ipynb")
        chosen = tuple(of(path) for path in sorted(folder.iterdir()))
        monkeypatch.setattr(suite, "notebooks", lambda: chosen)
        return chosen

    return make


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def statuses(made: Any) -> list[str]:
    return [one.status for one in made.outcomes]


def no_place_of_this_machine(folder: Path, places: Sequence[Path]) -> bool:
    text = b"".join(files_of(folder).values()).decode("utf-8", "replace")
    return not any(str(place) in text for place in (*places, Path.cwd(), Path.home()))


def test_every_notebook_runs_in_order_and_then_the_report(small_suite, stand_in, tmp_path):
    small_suite()
    told = []
    made = make_report(stand_in(), out=tmp_path / "OUT", on_done=lambda place, one: told.append((place, one.status)))
    assert told == [("1 of 3: 01_small", "done"), ("2 of 3: 02_small", "done"), ("3 of 3: 90_small", "done")]
    assert made.report.inputs == tuple(one.result.folder.name for one in made.outcomes[:2])
    assert json.loads((made.report.folder / "run.json").read_text("utf-8"))["inputs"] == list(made.report.inputs)
    assert no_place_of_this_machine(made.report.folder, [tmp_path])
    (one,) = made.report.findings
    assert (one.value, one.claim) == (0.5, "Nothing was said before.")


def test_same_inputs_are_the_same_bytes(small_suite, stand_in, tmp_path):
    small_suite()
    one, other = (make_report(stand_in(), out=tmp_path / name) for name in ("ONE", "OTHER"))
    assert one.report.folder.name == other.report.folder.name
    assert files_of(one.report.folder) == files_of(other.report.folder)
    assert one.index.read_bytes() == other.index.read_bytes()
    again = make_report(stand_in(), out=tmp_path / "ONE")
    assert not any(outcome.result.fresh for outcome in again.outcomes)


def test_report_is_another_one_when_a_run_it_reads_is(small_suite, stand_in, tmp_path):
    small_suite()
    one = make_report(stand_in(), out=tmp_path / "OUT")
    other = make_report(stand_in(), out=tmp_path / "OUT", settings={"top_share": "0.3"})
    assert one.report.folder != other.report.folder
    kept = json.loads((other.outcomes[0].result.folder / "run.json").read_text("utf-8"))
    assert kept["parameters"]["top_share"] == 0.3


def test_failure_is_kept_and_the_others_go_on(small_suite, stand_in, tmp_path):
    small_suite(second="fail")
    made = make_report(stand_in(), out=tmp_path / "OUT")
    assert statuses(made) == ["done", "failed", "done"]
    (failed,) = made.failed
    kept = record.read_record(failed.folder)
    assert kept["status"] == "failed"
    assert kept["failure"] == {"cell": "trouble", "error": "ZeroDivisionError: division by zero"}
    assert no_place_of_this_machine(failed.folder, [tmp_path])
    assert failed.folder.name in made.report.inputs
    evidence = read_evidence(tmp_path / "OUT", stand_in(), made.report.inputs)
    assert (evidence.section("02").status, evidence.section("02").reasons) == (
        "failed", ("ZeroDivisionError: division by zero",),
    )  # fmt: skip
    assert "ZeroDivisionError" in made.index.read_text("utf-8")
    assert f"{failed.folder.name}/report.html" not in made.index.read_text("utf-8")


def test_notebook_that_failed_is_tried_again(small_suite, stand_in, tmp_path):
    small_suite(second="fail")
    first, second = (make_report(stand_in(), out=tmp_path / "OUT") for _ in range(2))
    assert statuses(second) == ["done", "failed", "done"]
    assert second.failed[0].folder == first.failed[0].folder
    assert not second.report.fresh


def test_refusals_are_results_and_a_report_of_refusals_refuses(small_suite, stand_in, tmp_path):
    small_suite("refuse", "refuse")
    made = make_report(stand_in(), out=tmp_path / "OUT")
    assert statuses(made) == ["refused", "refused", "refused"]
    assert made.failed == ()
    assert "only 3 customers; 100 are needed" in made.report.refusals


def test_report_on_new_data_knows_the_one_before(small_suite, stand_in, tmp_path):
    small_suite()
    first = make_report(stand_in(), out=tmp_path / "OUT")
    second = make_report(stand_in(data_key="e" * 64), out=tmp_path / "OUT")
    assert second.report.inputs[-1] == first.report.folder.name
    assert second.report.findings[0].claim == "Before, 3 notebooks spoke."


def test_settings_are_refused_all_at_once_before_anything_runs(small_suite, stand_in, tmp_path, monkeypatch):
    small_suite()
    monkeypatch.setattr(client_report, "run_notebook", None)
    settings = {"top_shar": "0.3", "windows": "[0]", "runs": "[]", "max_actions": "0", "language": "fa"}
    with pytest.raises(ParameterError) as refused:
        make_report(stand_in(), out=tmp_path / "OUT", settings=settings)
    told = str(refused.value)
    assert "no notebook has a parameter 'top_shar' (did you mean 'top_share'?)" in told
    assert "01_small: windows = [0]" in told
    assert "02_small: windows = [0]" in told
    assert "90_small: max_actions = 0" in told
    assert "'runs' is set by the command" in told
    assert "'language' is set by the command" in told
    assert not (tmp_path / "OUT").exists()


def test_gathering_notebook_alone_takes_the_latest_runs(small_suite, stand_in, tmp_path):
    one, two, gathering = small_suite()
    out = tmp_path / "OUT"
    with pytest.raises(ReportError, match="make them all at once: crmlab report shop"):
        run_notebook(stand_in(), gathering, out=out)
    runs = [run_notebook(stand_in(), notebook, out=out) for notebook in (one, two)]
    result = run_notebook(stand_in(), gathering, out=out)
    assert result.inputs == tuple(run.folder.name for run in runs)
    with pytest.raises(ReportError, match="has no run of them on these data"):
        run_notebook(stand_in(data_key="e" * 64), gathering, out=out)
