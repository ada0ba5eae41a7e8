import json
import shutil
from pathlib import Path

import pytest

from crmlab import suite
from crmlab.report.command_line import command_of, commands_of_report

FIXTURES = Path(__file__).parent.parent / "fixtures"
SMALL = {"client": "shop", "language": "en", "view": "client", "seed": 20, "top_share": 0.2, "windows": [3, 12],
         "base": "buyers", "cap": None, "mode": "ok"}  # fmt: skip
WHOLE = {"client": "shop", "language": "en", "view": "client", "reports": "reports", "runs": ["x"], "seed": 20,
         "max_actions": 5}  # fmt: skip


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """A run folder of a copy of the small notebook, with these parameters changed."""
    known = []
    monkeypatch.setattr(suite, "notebooks", lambda: tuple(known))

    def run_of(name: str, **changed) -> Path:
        path = shutil.copy(FIXTURES / "99_small.ipynb", tmp_path / f"{name}.ipynb")
        known.append(suite.Notebook(name, path, "?", {}, {}))
        folder = tmp_path / f"{name}-1"
        folder.mkdir()
        record = {"status": "done", "notebook": {"name": name}, "parameters": SMALL | changed}
        (folder / "findings.json").write_text(json.dumps(record), "utf-8")
        return folder

    return run_of


def commands(*inputs: Path, **changed) -> tuple[str, ...]:
    return commands_of_report("90_small", "shop", WHOLE | changed, FIXTURES / "90_small.ipynb", inputs)


@pytest.mark.parametrize(
    ("client", "changed", "line"),
    [
        ("cdnow", {}, "crmlab run cdnow 99_small"),
        ("shop", {}, "crmlab run client.yml 99_small"),
        ("cdnow", {"seed": 7, "windows": [3], "cap": 1.5},
         "crmlab run cdnow 99_small --set cap=1.5 --set seed=7 --set 'windows=[3]'"),
        ("cdnow", {"base": "all", "view": "teaching", "language": "fa"},
         "crmlab run cdnow 99_small --set base=all --view teaching --language fa"),
    ],
)  # fmt: skip
def test_command_names_what_is_no_default(client, changed, line):
    assert command_of("99_small", client, SMALL | changed, FIXTURES / "99_small.ipynb") == line


def test_one_command_for_a_client_report(run_of):
    assert commands(run_of("01_a"), run_of("02_b")) == ("crmlab report client.yml",)


def test_settings_of_all_notebooks_stand_in_the_one_command(run_of):
    both = [run_of("01_a", top_share=0.3), run_of("02_b", top_share=0.3)]
    assert commands(*both, max_actions=3) == ("crmlab report client.yml --set max_actions=3 --set top_share=0.3",)


def test_settings_that_differ_between_notebooks_take_a_command_each(run_of):
    assert commands(run_of("01_a", top_share=0.3), run_of("02_b")) == (
        "crmlab run client.yml 01_a --set top_share=0.3",
        "crmlab run client.yml 02_b",
        "crmlab run client.yml 90_small",
    )
