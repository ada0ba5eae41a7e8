"""The data page as a file: the sections that the terminal shows, in the theme of the reports and the client's look."""

from pathlib import Path

from crmlab.brand import OUR_OWN, Brand
from crmlab.data_page.assemble import DataPage
from crmlab.data_page.sections import sections
from crmlab.language import mark, speaking
from crmlab.report import folder as run_folder
from crmlab.report import provenance
from crmlab.report.page import render

PAGE = "data.html"

# The sign before a point, and what it says to who hears the page.
_SIGNS = {"good": ("✓", mark("good")), "bad": ("✕", mark("not good enough")), "odd": ("!", mark("notice"))}


def data_html(page: DataPage, *, language: str = "en", brand: Brand = OUR_OWN) -> bytes:
    """The data page, made while the same language was spoken, as one self-contained HTML file."""
    with speaking(language):
        told = sections(page)
    return render(
        "data.html.jinja",
        language=language,
        brand=brand,
        version=provenance.own_version(),
        page=page,
        sections=told,
        signs=_SIGNS,
    )


def write(page: DataPage, file: Path, *, language: str = "en", brand: Brand = OUR_OWN) -> Path:
    """The place of the data page, after giving it this content; a page that was there before is replaced whole.

    Raises
    ------
    ReportError
        If the file cannot be written; then it is left as it was.
    """
    run_folder.replace(file, data_html(page, language=language, brand=brand))
    return file
