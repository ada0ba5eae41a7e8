import shutil

import pytest

from crmlab.cli import main
from crmlab.errors import ParameterError, ReportError
from crmlab.report.formats import make
from crmlab.report.run import run_notebook
from tests.report_pages import about, page


@pytest.fixture
def folder(tmp_path):
    """A run folder with a page."""
    run = tmp_path / "02_pareto-0123456789ab"
    run.mkdir()
    (run / "report.html").write_text(page("<h2 id='a'>A</h2><p>Text</p>"), encoding="utf-8")
    return run


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [((), ("html",)), (("pdf",), ("html", "pdf")), (("docx, PDF", "pdf"), ("html", "pdf", "docx"))],
)
def test_html_is_always_there_and_every_format_once(texts, wanted):
    assert make.chosen(texts) == wanted


def test_unknown_formats_are_refused_together_and_the_known_named():
    with pytest.raises(
        ParameterError, match=r"no format 'odt', 'pfd' \(did you mean 'pdf'\?\); known are html, pdf, docx"
    ):
        make.chosen(["html,odt", "pfd"])


def test_formats_lie_beside_the_folder_and_the_folder_stays_as_it_was(folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    make.add(folder, ("html", "pdf", "docx"), about())
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    found = make.made(folder)
    assert list(found) == ["html", "pdf", "docx"]
    assert found["pdf"] == folder.parent / "02_pareto-0123456789ab.pdf"
    assert found["pdf"].read_bytes().startswith(b"%PDF-1.7")
    assert found["docx"].read_bytes().startswith(b"PK")
    assert {one.name for one in folder.parent.iterdir()} == {folder.name, f"{folder.name}.pdf", f"{folder.name}.docx"}


def test_a_format_that_is_there_is_never_made_again(folder):
    make.place(folder, "pdf").write_bytes(b"there")
    make.add(folder, ("pdf",), about())
    assert make.place(folder, "pdf").read_bytes() == b"there"


def test_a_page_that_is_gone_or_no_text_is_said(folder):
    (folder / "report.html").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ReportError, match=r"its report\.html cannot be read; delete it and run again"):
        make.add(folder, ("pdf",), about())
    assert not make.place(folder, "pdf").exists()


def test_a_format_that_cannot_be_made_leaves_nothing(folder):
    (folder / "report.html").write_text(page('<figure><img src="a.png" alt="a"></figure>'), encoding="utf-8")
    with pytest.raises(ReportError, match="figure 1 is not inside the page"):
        make.add(folder, ("pdf", "docx"), about())
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]


def test_another_format_of_a_finished_run_does_not_run_it_again(runs, small, stand_in, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(runs.done.folder.parent, out / "shop")
    before = {file: file.read_bytes() for file in (out / "shop" / runs.done.folder.name).rglob("*") if file.is_file()}
    result = run_notebook(stand_in(), small, out=out, parameters={"mode": "warn"}, formats=("html", "pdf", "docx"))
    assert not result.fresh
    assert list(result.formats) == ["html", "pdf", "docx"]
    assert {file: file.read_bytes() for file in before} == before
    index = result.index.read_text(encoding="utf-8")
    for name in ("pdf", "docx"):
        assert f'<a href="{result.folder.name}.{name}" download>{name.upper()}</a>' in index
    twin = tmp_path / "twin"
    shutil.copytree(runs.twin.folder.parent, twin / "shop")
    again = run_notebook(stand_in(), small, out=twin, parameters={"mode": "warn"}, formats=("pdf", "docx"))
    assert again.formats["pdf"].read_bytes() == result.formats["pdf"].read_bytes()
    assert again.formats["docx"].read_bytes() == result.formats["docx"].read_bytes()


@pytest.mark.parametrize("words", [["run", "nowhere", "02"], ["report", "nowhere"]])
def test_commands_refuse_an_unknown_format_before_anything_is_read(words, capsys):
    assert main([*words, "--format", "pdf,odt", "--format", "rtf"]) == 2
    assert "reports have no format 'odt', 'rtf'; known are html, pdf, docx" in capsys.readouterr().err
