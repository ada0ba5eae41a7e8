"""The pages in a real browser: nothing fetched, nothing complained of, nothing cut off."""

import pytest

from .pages import PAGES

pytestmark = pytest.mark.browser

CUT_OFF = """[...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.closest('.scroll, pre, .skip');
}).map(e => e.tagName + '.' + e.className)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_page_opens_cleanly(files, page, name, width, scheme):
    file = files[name]
    page.open(file, width=width, scheme=scheme)
    assert page.requests == [file.resolve().as_uri()]
    assert page.complaints == []
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value(CUT_OFF) == []
    assert page.value("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


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
    page.print_media(True)
    printed = page.value("document.querySelector('details').getBoundingClientRect().height")
    page.print_media(False)
    assert printed > closed + 200


def test_contents_lead_to_their_sections(runs, page):
    page.open(runs.done.folder / "report.html", width=1280)
    targets = "[...document.querySelectorAll('.contents a')].every(a => document.getElementById(a.hash.slice(1)))"
    assert page.value(targets)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_on_paper(files, page, name):
    page.open(files[name], width=1280)
    page.print_media(True)
    cut = page.value("""[...document.querySelectorAll('main table, main img, main pre, main p, header *')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width && (box.right > innerWidth + 1 || box.left < -1);
    }).map(e => e.tagName + ' ' + e.textContent.slice(0, 60))""")
    split = page.value("[...document.querySelectorAll('figure')].map(e => getComputedStyle(e).breakInside)")
    page.print_media(False)
    assert cut == []
    assert set(split) <= {"avoid"}


def test_summary_of_a_client_report_is_one_page_of_paper(files, page):
    page.open(files["client report"], width=1280)
    page.print_media(True)
    after = "document.querySelector('.after-summary')"
    assert page.value(f"getComputedStyle({after}).breakBefore") == "page"
    assert page.value("getComputedStyle(document.querySelector('.cover')).breakAfter") == "page"
    top = page.value("document.querySelector('main').getBoundingClientRect().top")
    height = page.value(f"{after}.getBoundingClientRect().top") - top
    page.print_media(False)
    assert height < (297 - 18 - 20) / 25.4 * 96  # an A4 page less its margins
    links = page.value("[...document.querySelectorAll('main a')].map(e => getComputedStyle(e).textDecorationLine)")
    assert set(links) == {"underline"}
