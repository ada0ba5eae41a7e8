"""The pages in a real browser: nothing fetched, nothing complained of, nothing cut off."""

import pytest

from crmlab.client import Client
from crmlab.data_page.assemble import data_page
from crmlab.report import data

pytestmark = pytest.mark.browser

PAGES = ["done", "teaching", "refused", "index", "data"]
CUT_OFF = """[...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.closest('.scroll, pre, .skip');
}).map(e => e.tagName + '.' + e.className)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_page_opens_cleanly(runs, page, name, width, scheme):
    file = _file(runs, name)
    page.open(file, width=width, scheme=scheme)
    assert page.requests == [file.resolve().as_uri()]
    assert page.complaints == []
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value(CUT_OFF) == []
    assert page.value("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


def _file(runs, name):
    if name == "data":
        return data.write(data_page(Client.open("cdnow")), runs.done.folder.parent / data.PAGE)
    return runs.done.index if name == "index" else getattr(runs, name).folder / "report.html"


def test_scheme_changes_the_paper(runs, page):
    grounds = set()
    for scheme in ("light", "dark"):
        page.open(runs.done.folder / "report.html", width=1280, scheme=scheme)
        grounds.add(page.value("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_script_that_came_in_all_the_same_would_not_run(page, tmp_path, runs):
    html = (runs.done.folder / "report.html").read_text("utf-8")
    file = tmp_path / "with_script.html"
    file.write_text(html.replace("</main>", "<script>document.title = 'ran'</script></main>"), "utf-8")
    page.open(file, width=1280)
    assert page.value("document.title") != "ran"


def test_print_opens_the_appendix(runs, page):
    page.open(runs.done.folder / "report.html", width=1280)
    closed = page.value("document.querySelector('details').getBoundingClientRect().height")
    page.call("Emulation.setEmulatedMedia", media="print")
    printed = page.value("document.querySelector('details').getBoundingClientRect().height")
    page.call("Emulation.setEmulatedMedia", media="")
    assert printed > closed + 200


def test_contents_lead_to_their_sections(runs, page):
    page.open(runs.done.folder / "report.html", width=1280)
    targets = "[...document.querySelectorAll('.contents a')].every(a => document.getElementById(a.hash.slice(1)))"
    assert page.value(targets)
