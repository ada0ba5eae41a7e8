import json
import shutil
from pathlib import Path

import pytest

from crmlab.cli import FAILED, OK, main
from crmlab.errors import ParameterError, ReportError
from crmlab.report.verify import client_of, verify


@pytest.fixture
def copied(runs, tmp_path) -> Path:
    """A copy of a finished run that a test may spoil."""
    return Path(shutil.copytree(runs.done.folder, tmp_path / "shop" / runs.done.folder.name))


def rewrite(file: Path, change) -> None:
    content = json.loads(file.read_text("utf-8"))
    change(content)
    text = json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def test_report_made_again_is_the_same_bytes(runs, stand_in, small):
    found = verify(runs.done.folder, stand_in(), notebook=small)
    assert found.sameness == "the same bytes"
    assert set(found.identical) >= {"report.html", "findings.json", "notebook.ipynb", "lists.xlsx"}
    assert (found.changed, found.differences, found.causes) == ((), (), ())


def test_number_that_was_changed_is_found_and_named(copied, stand_in, small):
    rewrite(copied / "findings.json", lambda content: content["findings"][0].update(value=0.5000001))
    found = verify(copied, stand_in(), notebook=small)
    assert found.sameness == "other numbers"
    assert [(one.where, one.then, one.now) for one in found.differences] == [
        ("finding 99.top_share, value", "0.5000001", "0.5")
    ]


def test_row_of_a_list_that_was_changed_is_found(copied, stand_in, small):
    rewrite(copied / "lists.json", lambda content: content["top_customers"]["rows"][1].__setitem__(0, "someone"))
    found = verify(copied, stand_in(), notebook=small)
    (one,) = found.differences
    assert one.where.startswith("list top_customers, row 2, ")
    assert one.then == "someone"


def test_last_digit_of_another_machine_is_the_same_number(copied, stand_in, small):
    rewrite(copied / "findings.json", lambda content: content["findings"][0].update(value=0.5 * (1 + 1e-12)))
    found = verify(copied, stand_in(), notebook=small)
    assert found.sameness == "the same numbers"
    assert found.changed == ("findings.json",)


def test_what_went_into_it_and_changed_is_said(copied, stand_in, small):
    def older(run):
        run["versions"]["pandas"] = "1.5.0"
        run["sources"][0]["sha256"] = "b" * 64
        run["crmlab"]["source_sha256"] = "c" * 64

    rewrite(copied / "run.json", older)
    causes = " ".join(verify(copied, stand_in(data_key="e" * 64), notebook=small).causes)
    assert "the data were changed: sales" in causes
    assert "crmlab's own source was changed" in causes
    assert "pandas 1.5.0, now" in causes


def test_refused_run_is_verified_as_well(runs, stand_in, small):
    assert verify(runs.refused.folder, stand_in("few"), notebook=small).sameness == "the same bytes"


def test_everything_that_stands_against_it_is_said_at_once(copied, stand_in, small):
    rewrite(copied / "run.json", lambda content: content.update(inputs=["02_pareto-000000000000", "../elsewhere"]))
    with pytest.raises(ReportError) as error:
        verify(copied, stand_in("other"), notebook=small)
    for part in ("'shop', and 'other' was given", "02_pareto-000000000000, which is no longer", "'../elsewhere'"):
        assert part in str(error.value)


def test_failed_run_has_nothing_to_verify(copied, stand_in, small):
    rewrite(copied / "findings.json", lambda content: content.update(status="failed"))
    with pytest.raises(ReportError, match="it failed when it was made"):
        verify(copied, stand_in(), notebook=small)


def test_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(ReportError, match="is no run: a run is a folder"):
        client_of(tmp_path, None)


def test_client_file_has_to_be_named_where_the_client_is_not_built_in(runs):
    with pytest.raises(ParameterError, match="--client client"):
        client_of(runs.done.folder, None)
    assert client_of(runs.done.folder, "here/client.yml") == "here/client.yml"


def test_command_says_whether_the_numbers_are_the_same(tmp_path, capsys):
    assert main(["run", "cdnow", "04", "--out", str(tmp_path), "--quiet"]) == OK
    (folder,) = (tmp_path / "cdnow").glob("04_*")
    assert main(["verify", str(folder), "--quiet"]) == OK
    assert f"{folder.name}, made again: the same bytes." in capsys.readouterr().out
    rewrite(folder / "findings.json", lambda content: content["findings"][0].update(value=1.0))
    assert main(["verify", str(folder), "--quiet"]) == FAILED
    said = capsys.readouterr().out
    assert "other numbers" in said
    assert "finding 04.customers, value" in said
    assert main(["verify", str(folder), "--quiet", "--json"]) == FAILED
    assert json.loads(capsys.readouterr().out)["sameness"] == "other numbers"
