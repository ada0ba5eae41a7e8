"""The commands as a person types them: what they print, what they refuse, how they end."""

import json
import subprocess
import sys

import duckdb
import pytest

from crmlab import cli
from crmlab.tables import schema

HELP_THEN_MODULES = """
import sys, contextlib
from crmlab import cli

with contextlib.suppress(SystemExit):
    cli.main(["--help"])
heavy = {"pandas", "numpy", "ibis", "pydantic", "matplotlib", "papermill", "rich"}
sys.stderr.write(str(sorted(heavy & set(sys.modules))))
"""


def run(*arguments: str) -> int:
    return cli.main(list(arguments))


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        run("--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("list", "run", "report", "check", "data", "lab"))


def test_help_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", HELP_THEN_MODULES], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_list_shows_question_needs_and_parameters(capsys):
    assert run("list") == 0
    shown = capsys.readouterr().out
    assert "02_pareto" in shown
    assert "transactions (customer_id, date, amount)" in shown
    assert "seed" in shown


def test_list_json_is_read_by_a_program(capsys):
    assert run("list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    pareto = next(row for row in rows if row["notebook"] == "02_pareto")
    assert {"client", "language", "view", "seed"} <= {parameter["name"] for parameter in pareto["parameters"]}


def test_data_tables_lists_every_table_with_its_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run("data", "tables") == 0
    shown = capsys.readouterr().out
    assert all(f"\n{name}  " in f"\n{shown}" for name in schema.BY_NAME)
    assert all(column.name in shown for table in schema.TABLES for column in table.columns)


def test_data_tables_says_what_must_be_mapped_and_what_may_stand_there(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run("data", "tables", "contracts", "org_survey") == 0
    shown = capsys.readouterr().out
    assert "tickets  " not in shown
    cells = [line.split() for line in shown.splitlines()]
    assert next(row for row in cells if row[1:2] == ["customer_id"])[:7] == [
        "*",
        "customer_id",
        "id",
        "the",
        "key",
        "of",
        "customers",
    ]
    assert next(row for row in cells if row[1:2] == ["end"])[:5] == ["*", "end", "date", "may", "be"]
    assert next(row for row in cells if row[:1] == ["reason"])[1:4] == ["text", "price,", "service,"]
    assert next(row for row in cells if row[1:2] == ["score"])[2:8] == ["number,", "points", "from", "1", "to", "5"]
    assert "A row whose contract_id an earlier row has is left out." in shown


def test_data_tables_json_is_read_by_a_program(capsys):
    assert run("data", "tables", "--json") == 0
    tables = {row["table"]: row for row in json.loads(capsys.readouterr().out)}
    assert [name for name, row in tables.items() if row["required"]] == ["transactions"]
    assert tables["stage_history"]["key"] == ["opportunity_id", "entered_on", "stage"]
    stage = next(column for column in tables["stage_history"]["columns"] if column["name"] == "stage")
    assert (stage["required"], stage["allowed"][0]) == (True, "qualified")
    assert "not_allowed_stage" in [rule["name"] for rule in tables["stage_history"]["rules"]]


def test_a_table_that_is_not_known_is_wrong_use(capsys):
    assert run("data", "tables", "ticket") == 2
    assert "crmlab knows no table 'ticket' (did you mean 'tickets'?)" in capsys.readouterr().err


def test_check_counts_add_up(capsys):
    assert run("check", "cdnow", "--json") == 0
    rules = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rules"]["transactions"]}
    read, kept = rules.pop("read"), rules.pop("kept")
    assert read["rows"] == kept["rows"] + sum(row["rows"] for row in rules.values()) == 6919


def test_a_person_who_waits_sees_each_step_and_a_program_nothing(capsys, monkeypatch):
    assert run("check", "cdnow") == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # as if standard error were a terminal
    monkeypatch.setenv("COLUMNS", "120")
    assert run("check", "cdnow") == 0
    shown = capsys.readouterr().err
    # The last step of each wait; those before it are drawn only if they take a tenth of a second.
    assert "Reading the data of cdnow: hashing cdnow_sample.csv" in shown
    assert "Counting what is in the data of cdnow: looking whether tables fit" in shown
    monkeypatch.setenv("COLUMNS", "40")
    assert run("check", "cdnow") == 0
    last = capsys.readouterr().err.rpartition("Counting")[2]
    assert "…" in last
    assert "0:00:" in last  # the time is there however long the text is


def test_check_says_what_can_run(capsys):
    assert run("check", "cdnow") == 0
    shown = capsys.readouterr().out
    assert "02_pareto can run" in shown
    assert "2,357 customers" in shown


@pytest.mark.parametrize(
    ("chosen", "place"), [((), "pages/cdnow/data.html"), (("pages/mine.html",), "pages/mine.html")]
)
def test_check_writes_the_page_where_it_says(chosen, place, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("check", "cdnow", "--out", "pages", "--html", *chosen) == 0
    assert f"Open {place}" in capsys.readouterr().out
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()] == [place]
    assert "CDNOW" in (tmp_path / place).read_text(encoding="utf-8")


def test_check_json_names_the_page_it_wrote(capsys, tmp_path):
    assert run("check", "cdnow", "--json", "--html", str(tmp_path / "data.html")) == 0
    assert json.loads(capsys.readouterr().out)["html"] == str(tmp_path / "data.html")


def test_check_without_html_writes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("check", "cdnow") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_a_readable_error(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert run("check", "cdnow", "--html", str(tmp_path / "file" / "data.html")) == 1
    assert "cannot" in capsys.readouterr().err


def test_data_list_names_licence_and_source(capsys):
    assert run("data", "list") == 0
    shown = capsys.readouterr().out
    assert "cdnow" in shown
    assert "licence" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "cdnw"), "cdnow"),
        (("check", "../../x"), "../../x"),
        (("run", "cdnow", "02_paretto"), "02_pareto"),
        (("run", "cdnow", "02", "--set", "sed=1"), "seed"),
        (("run", "cdnow", "02", "--set", "seed=twelve"), "twelve"),
        (("run", "cdnow", "02", "--set", "seed"), "name=value"),
        (("run", "cdnow", "02", "--view", "boss"), "teaching"),
        (("run", "cdnow", "02", "--language", "xx"), "en"),
        (("report", "cdnow", "--set", "sed=1"), "seed"),
        (("report", "cdnow", "--set", "runs=[]"), "set by the command"),
        (("report", "cdnow", "--language", "xx"), "en"),
    ],
)
def test_wrong_use_is_one_readable_error(arguments, said, capsys, tmp_path):
    out = ("--out", str(tmp_path / "out")) if arguments[0] in ("run", "report") else ()
    assert run(*arguments, *out) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback():
    with pytest.raises(cli.CrmlabError, match="cdnw"):
        run("check", "cdnw", "--debug")


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_stopping_is_said_and_has_its_own_exit_code(stopped, monkeypatch, capsys):
    def stop(_options):
        raise stopped

    monkeypatch.setattr(cli, "_check", stop)
    assert run("check", "cdnow") == 130
    assert "nothing half-written" in capsys.readouterr().err


def test_too_little_memory_is_said_in_words(monkeypatch, capsys, cache_folder):
    def fill(_options):
        raise duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB")

    monkeypatch.setattr(cli, "_check", fill)
    assert run("check", "cdnow") == 1
    told = capsys.readouterr().err
    assert "more memory" in told
    assert f"is written to {cache_folder / 'spill'}. " in told


def test_any_other_fault_is_shown_as_it_is(monkeypatch):
    def fail(_options):
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_check", fail)
    with pytest.raises(ZeroDivisionError):
        run("check", "cdnow")


def test_who_waits_at_a_terminal_sees_what_is_going_on_and_nobody_else(write_client, capsys, monkeypatch):
    client = str(write_client(folder="[red]shop"))
    assert cli.main(["check", client]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "300")
    assert cli.main(["check", client]) == 0
    shown = capsys.readouterr().err
    assert "Counting what is in the data of" in shown
    assert "[red]shop" in shown
