"""A portfolio: what it asks for, and everything that is wrong with one, told at once with its line."""

import re
from pathlib import Path

import pytest

from crmlab.errors import ParameterError
from crmlab.report.batch import portfolio_file
from crmlab.report.batch.portfolio import read_portfolio
from tests.report.batch.conftest import write_client

pytestmark = pytest.mark.usefixtures("tiny_suite")


@pytest.fixture
def portfolio(tmp_path):
    """Write a portfolio beside the clients `a` and `b`, and read it."""
    for name in "ab":
        write_client(tmp_path / name, name)

    def read(text, name="portfolio.yml"):
        (tmp_path / name).write_text(text, "utf-8")
        return read_portfolio(tmp_path / name)

    return read


def told(error) -> list[str]:
    return [line.removeprefix("  - ") for line in str(error.value).splitlines()[1:]]


def asked(jobs) -> list[tuple[str, str, str, int]]:
    return [(job.client_id, job.notebook.name, job.language, job.parameters["seed"]) for job in jobs]


def test_entry_comes_before_template_and_template_before_defaults(portfolio):
    read = portfolio("""
defaults: {notebooks: [1], language: [en, fa], parameters: {seed: 1, label: all}}
templates:
  second: {notebooks: [2], language: fa, parameters: {seed: 2}}
clients:
  - a
  - {client: b, template: second}
  - {client: b/client.yml, template: second, language: en, parameters: {seed: 3}}
""")
    assert asked(read.jobs) == [
        ("a", "01_tiny", "en", 1), ("a", "01_tiny", "fa", 1), ("b", "02_tiny", "fa", 2), ("b", "02_tiny", "en", 3),
    ]  # fmt: skip
    assert {job.parameters["label"] for job in read.jobs} == {"all"}
    assert read.language == "en"


def test_parameters_of_one_notebook_are_for_it_alone(portfolio):
    read = portfolio("clients: [{client: a, notebooks: [1, {notebook: 2, parameters: {seed: 5}}]}]")
    assert asked(read.jobs) == [("a", "01_tiny", "en", 20), ("a", "02_tiny", "en", 5)]


def test_the_portfolio_in_the_readme_is_sound(tmp_path):
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    (example,) = (one for one in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "templates:" in one)
    (tmp_path / "portfolio.yml").write_text(example, "utf-8")
    entries, problems = portfolio_file.read(tmp_path / "portfolio.yml")
    assert problems == []
    assert [(entry.client, entry.report, entry.formats) for entry in entries] == [
        ("corner-shop", True, ("html", "pdf")),
        ("shops/second/client.yml", False, ("html", "pdf")),
        (None, True, ("html", "pdf")),
    ]
    assert entries[1].languages == ("en", "fa")


def test_formats_of_two_entries_for_one_run_are_put_together(portfolio):
    read = portfolio("""
defaults: {format: pdf}
clients:
  - {client: a, notebooks: [1]}
  - {client: a, notebooks: [1], format: [docx]}
  - {client: b, notebooks: [1], format: html}
""")
    assert [(job.client_id, job.formats) for job in read.jobs] == [("a", ("html", "pdf", "docx")), ("b", ("html",))]
    rows = portfolio("client,notebooks,format\na,1,pdf docx\n", "rows.csv")
    assert [job.formats for job in rows.jobs] == [("html", "pdf", "docx")]


def test_unknown_format_is_refused_by_its_line(portfolio):
    with pytest.raises(ParameterError) as error:
        portfolio("clients:\n  - {client: a, notebooks: [1], format: [pdf, odt]}\n")
    assert "line 2" in told(error)[0]
    assert "reports have no format 'odt'; known are html, pdf, docx" in told(error)[0]
    with pytest.raises(ParameterError) as error:
        portfolio("client,notebooks,format\na,1,odt\n", "rows.csv")
    assert told(error)[0].startswith("rows.csv, line 2: format: reports have no format 'odt'")


def test_two_entries_that_give_the_same_run_are_one(portfolio):
    read = portfolio("""
clients:
  - {client: a, notebooks: [1]}
  - {client: a/client.yml, notebooks: [01_tiny], parameters: {seed: 20}}
""")
    assert asked(read.jobs) == [("a", "01_tiny", "en", 20)]


def test_report_is_every_notebook_and_then_the_one_that_needs_them(portfolio):
    read = portfolio("clients: [{client: a, report: true, notebooks: [{notebook: 2, parameters: {seed: 4}}]}]")
    assert asked(read.jobs) == [("a", "01_tiny", "en", 20), ("a", "02_tiny", "en", 4), ("a", "90_tiny", "en", 20)]
    assert read.jobs[2].needs == (read.jobs[0].key, read.jobs[1].key)
    assert read.jobs[0].needs == read.jobs[1].needs == ()


def test_folder_of_client_files_is_a_report_for_each(tmp_path, portfolio):
    write_client(tmp_path / "c", "c").rename(tmp_path / "c.yaml")  # its data are not beside it any more
    with pytest.raises(ParameterError, match=r"c\.yaml cannot be used as it stands") as error:
        read_portfolio(tmp_path)
    assert "sales.csv" in str(error.value)
    (tmp_path / "c.yaml").unlink()
    read = read_portfolio(tmp_path)
    assert [(job.client_id, job.notebook.number) for job in read.jobs] == [
        (client, number) for client in "ab" for number in ("01", "02", "90")
    ]
    small = portfolio("clients: [{folder: ., notebooks: [1]}]")  # and the portfolio is none of them
    assert asked(small.jobs) == [("a", "01_tiny", "en", 20), ("b", "01_tiny", "en", 20)]


def test_table_has_a_client_in_each_row_and_parameters_by_name(portfolio):
    read = portfolio(
        "client;notebooks;report;language;parameters;label\n"
        "a;1, 2;;;seed=7;=7\n"
        "\n"
        "b;;yes;fa;;\n",
        name="portfolio.csv",
    )  # fmt: skip
    assert asked(read.jobs)[:2] == [("a", "01_tiny", "en", 7), ("a", "02_tiny", "en", 7)]
    assert [job.parameters["label"] for job in read.jobs] == ["=7", "=7", "", "", ""]
    assert asked(read.jobs)[2:] == [("b", f"{number}_tiny", "fa", 20) for number in ("01", "02", "90")]


def test_days_of_yaml_are_texts(portfolio):
    read = portfolio("clients: [{client: a, notebooks: [1], parameters: {label: 2026-01-31}}]")
    assert read.jobs[0].parameters["label"] == "2026-01-31"


def test_every_problem_is_told_at_once_with_its_line(portfolio):
    with pytest.raises(ParameterError, match="cannot be used as it stands, and nothing was started") as error:
        portfolio("""clients:
  - {client: a, notebook: 2}
  - client: b
    notebooks: [1, 77, 90]
    parameters: {sead: 1}
  - client: a
    notebooks:
      - {notebook: 1, parameters: {seed: x, view: client}}
  - {client: b, template: short}
  - {client: nowhere, notebooks: [1]}
  - {client: a}
  - {notebooks: [1]}
  - {client: a, notebooks: [1, 01], report: true}
  - {client: a, notebooks: [1], view: both}
""")
    problems = told(error)
    expected = [
        "line 2: clients.0.notebook: is an unknown key (did you mean 'notebooks'?)",
        "line 3: there is no notebook '77'",
        "line 3: 90_tiny puts the other notebooks together; write report: true instead",
        "line 3: none of its notebooks has a parameter 'sead' (did you mean 'seed'?)",
        "line 6: 01_tiny: seed = 'x': Input should be a valid integer",
        "line 6: 01_tiny: the parameter 'view' is set by the batch itself",
        "line 9: there is no template 'short'",
        "line 10: there is no client",
        "line 11: asks for nothing",
        "line 12: names no client",
        "line 13: a client report has each notebook once",
        "line 14: clients.8.view: got 'both'; write 'client' or 'teaching'",
    ]
    for one in expected:
        assert any(problem.startswith(f"portfolio.yml, {one}") for problem in problems), one
    assert len(problems) == len(expected)


def test_parameter_of_the_defaults_that_nobody_has(portfolio):
    with pytest.raises(ParameterError, match=r"no notebook of the portfolio has the parameter 'sed'.*mean 'seed'"):
        portfolio("defaults: {parameters: {sed: 1}}\nclients: [{client: a, notebooks: [1]}]")


def test_two_client_files_with_one_id(tmp_path, portfolio):
    write_client(tmp_path / "other", "a")
    with pytest.raises(ParameterError, match=r"its client has the id 'a', and so has that of portfolio\.yml, line 1"):
        portfolio("clients: [{client: a, notebooks: [1]}, {client: other, notebooks: [1]}]")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds None, not keys with values"),
        ("clients: []", "clients: names nothing; write for example"),
        ("clients: [a\n", "is not valid YAML"),
        ("clients: [a]\nclients: [b]", "line 2: the key 'clients' is there twice"),
        ("defaults: {report: 1}\nclients: [a]", "line 1: defaults.report: Input should be a valid boolean"),
        ("client: a", "line 1: client: is an unknown key (did you mean 'clients'?)"),
        ("clients: [{folder: nowhere, report: true}]", "nowhere is no folder with client files"),
    ],
)
def test_portfolio_that_is_none(portfolio, text, problem):
    with pytest.raises(ParameterError) as error:
        portfolio(text)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no column 'client'"),
        ("client,notebooks\n", "has a header but no row"),
        ("client,client\na,b\n", "the column 'client' is there twice"),
        ("client,notebooks\na,1,2\n", "line 2: has 3 cells, and the header 2"),
        ("client,notebooks\n,1\n", "line 2: names no client"),
        ("client,notebooks,report\na,1,perhaps\n", "line 2: report is 'perhaps'; write yes or no"),
        ("client,notebooks,view\na,1,both\n", "line 2: view is 'both'"),
        ("client,notebooks,language\na,1,xx\n", "line 2: language is 'xx'"),
        ("client,notebooks,parameters\na,1,seed\n", "line 2: parameters: 'seed' is no name=value"),
        ("client,notebook\na,1\n", "'notebook' is taken for a parameter (did you mean 'notebooks'?)"),
        ("client,notebooks,sead\na,1,3\n", "line 2: none of its notebooks has a parameter 'sead'"),
        ("client,notebooks,seed\n\na,1,x\n", "line 3: 01_tiny: seed = 'x'"),
    ],
)
def test_table_that_is_wrong(portfolio, text, problem):
    with pytest.raises(ParameterError) as error:
        portfolio(text, name="portfolio.csv")
    assert problem in str(error.value)


def test_portfolio_that_is_not_there(tmp_path):
    with pytest.raises(ParameterError, match="there is no portfolio"):
        read_portfolio(tmp_path / "none.yml")
